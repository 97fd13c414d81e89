//! How a server lives through a shortage of file descriptors. Only Linux can take the free ones away from it, and measure
//! its CPU time: elsewhere this isn't compiled.

use std::time::Duration;

use grader::{Server, Verdict, patience};

use crate::waiting::processor_time;
use crate::{greet, submission};

/// In a second. An interpreter may say at length what is wrong, each time that it tries (Python's asyncio does, a hundred
/// times).
const LITTLE: Duration = Duration::from_millis(200);

#[test]
fn out_of_descriptors_it_waits_and_serves_again() {
    let server = ready();
    let (clients, (seconds, used)) = server.while_out_of_descriptors(|| {
        // Two, as one descriptor may have become free just now; a listener's queue may have room for no more.
        let mut clients = [1, 2].map(|number| server.connect(&format!("client {number}")));
        for client in &mut clients {
            client.send("Hello\n");
        }
        (clients, processor_time(&server, LITTLE))
    });
    let detail = format!("in {seconds} s without a free descriptor it used {used:.1?} of CPU time");
    server.check(used < LITTLE * 5, Verdict::OutOfBounds, &detail).or_hint(
        "No descriptor was free, and the server was busy all the time: accept fails, and fails again when you call it \
         at once. Pause before the next try",
    );
    for mut client in clients {
        let answered = client.expect("Hello\n").is_met();
        let detail =
            "descriptors are free again, and a client that waited for one is neither served nor sent away";
        server.check(answered || !client.is_silent(), Verdict::Silent, detail).or_hint(
            "A client that waited during the shortage isn't served after it. Nobody reports that descriptors are free \
             again. Try to accept again after a pause, until nobody waits",
        );
    }
    serves_again(&server);
}

/// A server whose clients have left, so that the next one needs a descriptor that is free.
pub fn ready() -> Server {
    let server = submission().start();
    greet(&server, "The first client wasn't served");
    let mut before = usize::MAX;
    patience::eventually(|| {
        std::thread::sleep(Duration::from_millis(50));
        let now = server.open_files();
        std::mem::replace(&mut before, now) == now
    });
    server
}

/// It may still be in its pause.
pub fn serves_again(server: &Server) {
    let goes_on = patience::eventually(|| {
        let mut client = server.connect("afterwards");
        client.send("Hello\n");
        client.expect("Hello\n").is_met()
    });
    server.check(goes_on, Verdict::Silent, "descriptors are free again, and no client is served").or_hint(
        "No client was served after a shortage of descriptors. An error of accept isn't the end: complain, pause, and \
         go on accepting",
    );
}
