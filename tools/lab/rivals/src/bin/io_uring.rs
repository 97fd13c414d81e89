//! One thread, and a ring that it shares with the kernel: it asks for accepts, reads and writes there, and finds there what has
//! become of them, many in one system call.

#[cfg(target_os = "linux")]
mod linux {
    use std::collections::HashMap;
    use std::io;
    use std::net::{TcpListener, TcpStream};
    use std::os::fd::{AsRawFd, FromRawFd};
    use std::ptr::null_mut;

    use io_uring::{IoUring, opcode, squeue::Entry, types::Fd};

    /// What the kernel tells of the listener; a client has its own number, from 1 on.
    const LISTENER: u64 = 0;

    struct Client {
        stream: TcpStream,
        /// On the heap, where it stays while the kernel reads or writes in it.
        buffer: Box<[u8]>,
        /// What of the buffer is still to be sent. Empty while it is read into.
        unsent: std::ops::Range<usize>,
    }

    impl Client {
        /// What is asked of the kernel next: to send what is left, or to read more.
        fn next(&mut self, number: u64) -> Entry {
            let socket = Fd(self.stream.as_raw_fd());
            let bytes = if self.unsent.is_empty() {
                &mut self.buffer[..]
            } else {
                &mut self.buffer[self.unsent.clone()]
            };
            let (start, length) =
                (bytes.as_mut_ptr(), u32::try_from(bytes.len()).expect("a buffer is small"));
            let entry = if self.unsent.is_empty() {
                opcode::Recv::new(socket, start, length).build()
            } else {
                opcode::Send::new(socket, start, length).build()
            };
            entry.user_data(number)
        }

        /// Takes note of what the kernel has done. Returns false if there is no more to do.
        fn done(&mut self, result: i32) -> bool {
            let count = usize::try_from(result).unwrap_or(0); // an error is the end as well
            self.unsent =
                if self.unsent.is_empty() { 0..count } else { self.unsent.start + count..self.unsent.end };
            count > 0
        }
    }

    pub fn serve() -> io::Result<()> {
        let mut ring = IoUring::new(1024)?;
        // A kernel may have none, or none for this user.
        if std::env::args().any(|word| word == "check") {
            return Ok(());
        }
        let listener = TcpListener::bind("127.0.0.1:0")?;
        println!("Server listening on {}...", listener.local_addr()?);
        let accept = || {
            opcode::Accept::new(Fd(listener.as_raw_fd()), null_mut(), null_mut()).build().user_data(LISTENER)
        };
        let mut clients: HashMap<u64, Client> = HashMap::new();
        let mut last = LISTENER;
        ask(&mut ring, &accept())?;
        loop {
            ring.submit_and_wait(1)?;
            let done: Vec<(u64, i32)> =
                ring.completion().map(|event| (event.user_data(), event.result())).collect();
            for (number, result) in done {
                let mut number = number;
                if number == LISTENER {
                    ask(&mut ring, &accept())?;
                    if result < 0 {
                        continue;
                    }
                    last += 1;
                    number = last;
                    #[expect(
                        unsafe_code,
                        reason = "the kernel has just made this socket, and nobody else has it"
                    )]
                    let stream = unsafe { TcpStream::from_raw_fd(result) };
                    clients
                        .insert(number, Client { stream, buffer: vec![0; 16 * 1024].into(), unsent: 0..0 });
                } else if !clients.get_mut(&number).is_some_and(|client| client.done(result)) {
                    clients.remove(&number);
                    continue;
                }
                let client = clients.get_mut(&number).expect("it is not removed above");
                ask(&mut ring, &client.next(number))?;
            }
        }
    }

    fn ask(ring: &mut IoUring, entry: &Entry) -> io::Result<()> {
        #[expect(
            unsafe_code,
            reason = "socket and buffer belong to a client, which stays until the kernel is done"
        )]
        while unsafe { ring.submission().push(entry) }.is_err() {
            ring.submit()?;
        }
        Ok(())
    }
}

#[cfg(target_os = "linux")]
fn main() -> std::io::Result<()> {
    linux::serve()
}

#[cfg(not(target_os = "linux"))]
fn main() {
    eprintln!("Only Linux has io_uring.");
    std::process::exit(1);
}
