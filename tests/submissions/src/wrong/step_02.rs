//! Mistakes of step 02, above all those about many clients at once.

use std::ffi::OsString;
use std::net::{SocketAddr, TcpListener};
use std::thread;

use super::neighbors::remember;
use super::screen::Screen;
use super::tests::*;
use super::visit::{accept, visit};
use super::{Mistake, command_line, it, mistake, step_10};

mistakes! {
    joins_each_thread_at_once: "it waits for the end of a client's thread before it accepts the next client" =>
        [SILENT, LAST_FIRST, A_HUNDRED, NOT_ANOTHERS, HELD_UP, LEAK, LINES];
    waits_for_the_first_byte_before_the_thread: "it waits for a client's first byte before it accepts the next" =>
        IN_ORDER;
    has_a_pool_of_16_threads: "16 threads serve a client each, and the 17th client waits" =>
        [A_HUNDRED, NOT_ANOTHERS, LEAK];
    has_a_pool_of_64_threads: "64 threads serve a client each, and the 65th client waits" => [A_HUNDRED];
    locks_while_it_writes: "all clients share a lock that is held during write()" => [HELD_UP];
    waits_in_write_with_its_only_thread: "one thread looks after all sockets, and write() blocks it" => [HELD_UP];
    swaps_the_replies_of_two_clients: "every hundredth line is answered with another client's" => [NOT_ANOTHERS];
    ends_with_a_clients_error: "the error of one client's socket ends the whole server" =>
        [LEAVES_AT_ONCE, RESET, NEVER_READS, UNHEARD, LOST, ANOTHERS_RESET];
    drops_older_clients_when_one_is_reset: "it removes from its list a client that was reset, and all before it" =>
        [ANOTHERS_RESET];
    keeps_a_list_of_clients: "it keeps a clone of each client's socket in a list that only grows" => [LEAK];
    has_threads_that_never_end: "a client's thread goes on without its client" => [LEAK];
    counts_clients_in_a_byte: "it counts its clients in a u8, and panics at the 256th" => [LEAK];
    leaves_the_connection_open: "the socket of a client that has sent its last byte stays open" =>
        [HALF_CLOSE, ONE_AFTER_ANOTHER, LEAK];
    does_not_wait_for_its_writer: "it closes the connection while a thread still has to write to it" => [HALF_CLOSE];
    prints_a_line_in_pieces: "it prints a line in two pieces, and another thread's comes in between" => [LINES];
    names_the_client_that_came_last: "its lines name the client that came last, whichever has spoken" => [LINES];
    queues_without_bound: "it goes on reading from a client that doesn't take its echo" => [NEVER_READS];
    ignores_ctrl_c: "its handler of Ctrl+C does nothing" => [INTERRUPT];
    says_echoed_before_received: "it prints what it has echoed before what it has received" => [EACH_EVENT];
}

groups! {
    // The first clients to connect aren't the first to speak.
    IN_ORDER = [SILENT, LAST_FIRST, A_HUNDRED];
}

pub fn serve(words: Vec<OsString>) -> anyhow::Result<()> {
    if it("waits_in_write_with_its_only_thread") {
        return step_10::serve(words);
    }
    let (address, quiet) =
        command_line::parse("Echoes every byte back, to any number of clients at once.", words);
    let listener = command_line::listen(&address)?;
    command_line::announce(&address, listener.local_addr()?);
    if it("ignores_ctrl_c") {
        ctrlc::set_handler(|| {})?;
    }
    let screen = |peer| Screen { quiet, peer, named: true };
    match mistake() {
        "has_a_pool_of_16_threads" => pool(16, &listener, screen),
        "has_a_pool_of_64_threads" => pool(64, &listener, screen),
        _ => thread_for_each(&listener, screen)?,
    }
    Ok(())
}

fn thread_for_each(listener: &TcpListener, screen: impl Fn(SocketAddr) -> Screen) -> anyhow::Result<()> {
    let mut count: u8 = 0;
    loop {
        let (client, peer) = accept(listener);
        let screen = screen(peer);
        match mistake() {
            "counts_clients_in_a_byte" => count = count.checked_add(1).expect("attempt to add with overflow"),
            "waits_for_the_first_byte_before_the_thread" => drop(client.peek(&mut [0])),
            "keeps_a_list_of_clients"
            | "ends_with_a_clients_error"
            | "drops_older_clients_when_one_is_reset" => remember(&client, peer)?,
            _ => {}
        }
        let thread = thread::Builder::new().spawn(move || visit(client, &screen))?;
        if it("joins_each_thread_at_once") {
            let _ = thread.join();
        }
    }
}

/// A fixed number of threads, each with one client at a time.
fn pool(threads: usize, listener: &TcpListener, screen: impl Fn(SocketAddr) -> Screen + Sync) {
    let work = || {
        loop {
            let (client, peer) = accept(listener);
            visit(client, &screen(peer));
        }
    };
    thread::scope(|scope| {
        for _ in 0..threads {
            scope.spawn(work);
        }
    });
}
