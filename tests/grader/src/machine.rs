//! What criteria share with everything else on the machine.

use std::env;
use std::fs::{File, OpenOptions};
use std::io;
use std::net::{Ipv4Addr, SocketAddr};
#[cfg(target_os = "linux")]
use std::path::Path;
use std::sync::atomic::{AtomicU16, Ordering};
use std::sync::{LazyLock, Mutex, PoisonError};

use socket2::{Domain, Socket, Type};

use crate::found;

/// Waits until no other criterion on this machine holds the turn called `name`, and holds it until the returned file
/// is dropped. For what exists once, such as port 8080.
pub fn turn(name: &str) -> Option<File> {
    found::begin();
    let file = lock_file(name)?;
    file.lock().ok()?;
    Some(file)
}

fn lock_file(name: &str) -> Option<File> {
    let path = env::temp_dir().join(format!("echo-grader-{name}.lock"));
    OpenOptions::new().read(true).write(true).create(true).truncate(false).open(path).ok()
}

/// Between fork and exec a new process holds all that this one has open. So nothing is started while a socket or a pipe is
/// closed of which somebody is to notice: a port would seem to be taken, or a pipe to be heard, for a moment longer.
static STARTING: Mutex<()> = Mutex::new(());

/// Does `work` while no process is being started, which is such work itself.
pub fn undisturbed<T>(work: impl FnOnce() -> T) -> T {
    let _lock = STARTING.lock().unwrap_or_else(PoisonError::into_inner);
    work()
}

/// From here on no process is started any more.
#[cfg(unix)]
pub fn undisturbed_for_good() {
    std::mem::forget(STARTING.lock().unwrap_or_else(PoisonError::into_inner));
}

/// Whether `bind` can have its port; it is free again afterwards.
pub fn can_bind<T>(bind: impl FnOnce() -> io::Result<T>) -> bool {
    found::begin();
    undisturbed(|| bind().is_ok())
}

/// A port that nobody uses now, below those that the system gives to who asks for any, and of a hundred that no other
/// grader has, so that hardly anybody takes it meanwhile.
pub fn free_port() -> u16 {
    static HUNDRED: LazyLock<(u16, Option<File>)> = LazyLock::new(own_hundred);
    static NEXT: AtomicU16 = AtomicU16::new(0);
    for _ in 0..1000 {
        let port = 20_000 + HUNDRED.0 * 100 + NEXT.fetch_add(1, Ordering::Relaxed) % 100;
        if is_free(port, Type::STREAM) && is_free(port, Type::DGRAM) {
            return port;
        }
    }
    panic!("there is no free port from {} on", 20_000 + HUNDRED.0 * 100);
}

/// Whether any program can have the port: nobody has it, and no connection of it is in TIME-WAIT (RFC 9293, section
/// 3.3.2), which hinders those that don't set `SO_REUSEADDR` as `TcpListener::bind` does.
fn is_free(port: u16, kind: Type) -> bool {
    let address = SocketAddr::from((Ipv4Addr::LOCALHOST, port)).into();
    can_bind(|| Socket::new(Domain::IPV4, kind, None)?.bind(&address))
}

/// Which hundred of the ports from 20000 to 29999 is this process's own for as long as it runs, and the lock on it.
fn own_hundred() -> (u16, Option<File>) {
    // The next one to run begins elsewhere: ports that were just in use may still be in TIME-WAIT.
    let start = u16::from(std::process::id().to_le_bytes()[0]);
    let locked = (start..start + 100).find_map(|number| {
        let number = number % 100;
        let file = lock_file(&format!("ports-{number}"))?;
        file.try_lock().ok()?;
        Some((number, Some(file)))
    });
    locked.unwrap_or((0, None)) // a hundred graders run, or there is no folder for locks
}

/// Lets this process have as many descriptors as it may: some criteria connect hundreds of clients.
pub fn raise_descriptor_limit() {
    #[cfg(unix)]
    {
        use nix::sys::resource::{Resource, getrlimit, setrlimit};
        const ENOUGH: u64 = 4096;
        if let Ok((soft, hard)) = getrlimit(Resource::RLIMIT_NOFILE) {
            let _ = setrlimit(Resource::RLIMIT_NOFILE, soft.max(hard.min(ENOUGH)), hard);
        }
    }
}

/// `wanted` clients, or as many as a criterion may have beside others where few descriptors may be open.
pub fn crowd(wanted: usize) -> usize {
    raise_descriptor_limit();
    #[cfg(unix)]
    {
        use nix::sys::resource::{Resource, getrlimit};
        if let Ok((soft, _)) = getrlimit(Resource::RLIMIT_NOFILE) {
            return wanted.min(usize::try_from(soft / 4).unwrap_or(usize::MAX));
        }
    }
    wanted
}

/// Makes the file `path` as large as `size` bytes, all of them zero, which takes no room on the disk. How large a file may
/// become where this is run doesn't matter for it.
#[cfg(target_os = "linux")]
pub fn sparse_file(path: &Path, size: u64) {
    use nix::sys::resource::{Resource, getrlimit, setrlimit};

    if let Ok((_, hard)) = getrlimit(Resource::RLIMIT_FSIZE) {
        let _ = setrlimit(Resource::RLIMIT_FSIZE, hard, hard);
    }
    let file = File::create(path).and_then(|file| file.set_len(size));
    file.expect("the file can be made");
}

/// How many threads have wanted each processor, in the last minute or so; at least 1, and no more than counts.
pub fn load() -> f64 {
    const MOST: f64 = 20.0;
    let load = std::fs::read_to_string("/proc/loadavg").ok(); // elsewhere than on Linux a machine counts as idle
    let load = load.and_then(|text| text.split_whitespace().next()?.parse().ok()).unwrap_or(1.0);
    let processors = std::thread::available_parallelism().map_or(1, std::num::NonZero::get);
    #[allow(clippy::cast_precision_loss)] // nobody has that many
    let each: f64 = load / processors as f64;
    each.clamp(1.0, MOST)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[cfg(target_os = "linux")]
    #[test]
    fn a_port_in_time_wait_is_not_free() {
        use std::io::Read;
        use std::net::{TcpListener, TcpStream};

        let listener = TcpListener::bind(("127.0.0.1", 0)).unwrap();
        let address = listener.local_addr().unwrap();
        let mut client = TcpStream::connect(address).unwrap();
        let (accepted, _) = listener.accept().unwrap();
        drop((listener, accepted)); // who closes first has to wait
        assert_eq!(client.read(&mut [0]).unwrap(), 0);
        drop(client);
        assert!(TcpListener::bind(address).is_ok());
        assert!(!is_free(address.port(), Type::STREAM));
    }

    #[test]
    fn no_two_graders_have_the_same_ports() {
        let hundreds = [0; 3].map(|_| own_hundred());
        assert!(hundreds.iter().all(|(_, lock)| lock.is_some()));
        assert!(
            hundreds[0].0 != hundreds[1].0
                && hundreds[1].0 != hundreds[2].0
                && hundreds[0].0 != hundreds[2].0
        );
    }
}
