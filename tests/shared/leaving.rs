//! What remains of clients that have left, in whatever way. The numbers come from Linux: elsewhere this isn't compiled.

use std::thread;
use std::time::Duration;

use grader::{Server, Verdict, patience};

use crate::{greet, quiet};

/// How many clients leave in each way before the server is looked at again.
const EACH: usize = 8;

/// No more than a listener's queue holds, be it as short as in a Python tutorial: `listen(1)` has room for two.
const TOGETHER: usize = 2;

/// As few that a server with one leak for each such group of clients grows by more.
const SLACK: u64 = 3;
const GROUPS: usize = 4;

const HINT: &str = "Something of a client stays when the client has left. Look at each way out of your code for one \
                    client, an error of read or write among them: close its socket there, let its thread or process \
                    end (a process that has ended waits for its parent to ask for its exit code), and keep it in no \
                    list";

/// What could remain: threads, open files, processes.
type Counts = [u64; 3];

/// The first clients may have the server start what it keeps, and some designs reuse pipes or threads in no fixed order:
/// so equal groups of clients are compared, and only a server that grows again and again has a leak.
#[test]
fn nothing_remains_of_a_client_however_it_left() {
    let server = quiet().start();
    let mut grown = Counts::default();
    visits(&server);
    for _ in 0..3 {
        let before = settled(&server);
        for _ in 0..GROUPS {
            visits(&server);
        }
        if patience::eventually(|| growth(&server, before).iter().all(|count| *count <= SLACK)) {
            return;
        }
        grown = growth(&server, before);
    }
    let [threads, files, processes] = grown;
    let count = GROUPS * EACH * 7;
    let detail = format!(
        "after {count} more clients it has {threads} more threads, {files} more open files and {processes} more \
         processes (zombies included)"
    );
    server.check(false, Verdict::OutOfBounds, &detail).or_hint(HINT);
}

/// It exists because these clients leave while the server is stuck in a write, where the others find it in a read.
#[test]
fn nothing_remains_of_clients_that_never_read() {
    const ROUNDS: usize = 2;
    const GLUTTONS: usize = 3; // in step 01 two of them wait in the listener's queue
    let server = quiet().start();
    visits(&server);
    let before = settled(&server);
    for _ in 0..ROUNDS {
        let mut gluttons = [(); GLUTTONS].map(|()| server.connect("glutton"));
        thread::scope(|scope| {
            for glutton in &mut gluttons {
                scope.spawn(|| glutton.flood(24 * 1024 * 1024));
            }
        });
        for glutton in gluttons {
            glutton.reset();
        }
    }
    greet(&server, "The server serves nobody any more after some clients that never read");
    let settled = patience::eventually(|| growth(&server, before).iter().all(|count| *count <= SLACK));
    let [threads, files, processes] = growth(&server, before);
    let detail = format!(
        "after {} clients that never read it has {threads} more threads, {files} more open files and \
         {processes} more processes",
        ROUNDS * GLUTTONS
    );
    server.check(settled, Verdict::OutOfBounds, &detail).or_hint(HINT);
}

/// Clients come, and leave in each of the ways that there are.
fn visits(server: &Server) {
    let hello = "Hello\n";
    let echo = "A line didn't come back. Echo what is sent, for one client after another";
    for _ in 0..EACH {
        let mut polite = server.connect("polite");
        polite.send(hello);
        polite.expect(hello).or_hint(echo);
        polite.half_close();
        polite.expect_end().or_hint("The connection wasn't closed when its client had sent everything");

        server.connect("says nothing").close();

        let mut leaves = server.connect("leaves");
        leaves.send(hello);
        leaves.expect(hello).or_hint(echo);
        leaves.close();

        let mut crashes = server.connect("crashes");
        crashes.send(hello);
        crashes.expect(hello).or_hint(echo);
        crashes.reset();

        let mut hasty = server.connect("crashes before it reads");
        hasty.send(hello);
        hasty.reset();
    }
    for _ in 0..EACH / TOGETHER {
        // Several at once, and each waits for the others' turn.
        let mut clients = [(); TOGETHER].map(|()| server.connect("one of several"));
        for client in &mut clients {
            client.send(hello);
        }
        for mut client in clients {
            client.expect(hello).or_hint(echo);
        }
        // Of these the server learns from a write that fails, as their end comes first.
        server.while_stopped(|| {
            for _ in 0..TOGETHER {
                let mut client = server.connect("crashes after its end");
                client.send(hello);
                client.half_close();
                client.reset();
            }
        });
    }
    greet(server, echo);
}

fn counts(server: &Server) -> Counts {
    [server.threads(), server.open_files() as u64, server.processes() as u64]
}

/// The fewest that are seen: of the last clients something may still be on its way out.
fn settled(server: &Server) -> Counts {
    let mut fewest = counts(server);
    for _ in 0..5 {
        thread::sleep(Duration::from_millis(30));
        let now = counts(server);
        fewest.iter_mut().zip(now).for_each(|(fewest, now)| *fewest = now.min(*fewest));
    }
    fewest
}

/// What there is now that wasn't there before. A server may learn only from its next client that the last one has gone.
fn growth(server: &Server, before: Counts) -> Counts {
    greet(server, "The server serves nobody any more");
    let now = counts(server);
    [0, 1, 2].map(|index| now[index].saturating_sub(before[index]))
}
