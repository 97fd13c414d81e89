//! What criteria share with everything else on the machine.

use std::env;
use std::fs::{File, OpenOptions};
use std::io;
use std::net::{TcpListener, UdpSocket};
use std::sync::atomic::{AtomicU16, Ordering};
use std::sync::{Mutex, PoisonError};

/// Waits until no other criterion on this machine holds the turn called `name`, and holds it until the returned file
/// is dropped. For what exists once, such as port 8080.
pub fn turn(name: &str) -> Option<File> {
    let path = env::temp_dir().join(format!("echo-grader-{name}.lock"));
    let file = OpenOptions::new().read(true).write(true).create(true).truncate(false).open(path).ok()?;
    file.lock().ok()?;
    Some(file)
}

/// Between fork and exec a new process holds all sockets of this one. So nothing is started while a socket is opened only
/// to be closed again: its port would seem to be taken for a moment longer.
static STARTING: Mutex<()> = Mutex::new(());

/// Starts a process by calling `start`.
pub fn starting<T>(start: impl FnOnce() -> T) -> T {
    let _lock = STARTING.lock().unwrap_or_else(PoisonError::into_inner);
    start()
}

/// Whether `bind` can have its port; it is free again afterwards.
pub fn can_bind<T>(bind: impl FnOnce() -> io::Result<T>) -> bool {
    starting(|| bind().is_ok())
}

/// A port that nobody uses now, below those that systems give to clients, so that hardly anybody takes it meanwhile.
pub fn free_port() -> u16 {
    static NEXT: AtomicU16 = AtomicU16::new(0);
    let start = std::process::id().to_le_bytes()[0];
    for _ in 0..10_000 {
        let port = 20_000 + (u16::from(start) * 39 + NEXT.fetch_add(1, Ordering::Relaxed)) % 10_000;
        let free = can_bind(|| TcpListener::bind(("127.0.0.1", port)));
        if free && can_bind(|| UdpSocket::bind(("127.0.0.1", port))) {
            return port;
        }
    }
    panic!("there is no free port from 20000 to 29999");
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
