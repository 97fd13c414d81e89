//! A thread for each client, without starting one for each: that takes longer than a short visit.

use std::collections::VecDeque;
use std::io;
use std::sync::{Condvar, Mutex};
use std::thread::{Builder, Scope};

/// A thread that serves a client needs little; the default of 2 MiB is address space that thousands would add up.
const STACK_BYTES: usize = 256 * 1024;

/// How many threads are kept for the next clients.
const SPARE: usize = 8;

/// Threads that do visits, one at a time each.
pub struct Threads<V> {
    state: Mutex<State<V>>,
    changed: Condvar,
}

struct State<V> {
    /// No more than there are spare threads: a visit never waits for another to end.
    visits: VecDeque<V>,
    spare: usize,
    closed: bool,
}

impl<V: FnOnce() + Send> Threads<V> {
    pub fn new() -> Self {
        let state = State { visits: VecDeque::new(), spare: 0, closed: false };
        Self { state: Mutex::new(state), changed: Condvar::new() }
    }

    /// Has a spare thread do the visit, or starts one in `scope`.
    ///
    /// # Errors
    /// There is no spare thread, and the system has none to give.
    pub fn begin<'scope>(&'scope self, visit: V, scope: &'scope Scope<'scope, '_>) -> io::Result<()>
    where
        V: 'scope,
    {
        let mut state = self.state.lock().unwrap();
        if state.visits.len() < state.spare {
            state.visits.push_back(visit);
            self.changed.notify_one();
            return Ok(());
        }
        drop(state);
        let work = move || {
            visit();
            while let Some(next) = self.next() {
                next();
            }
        };
        Builder::new().stack_size(STACK_BYTES).spawn_scoped(scope, work).map(drop)
    }

    /// Waits for a visit to do. None when there are spare threads enough, or when there will be no more visits.
    fn next(&self) -> Option<V> {
        let mut state = self.state.lock().unwrap();
        if state.spare == SPARE {
            return None;
        }
        state.spare += 1;
        let waits = |state: &mut State<V>| state.visits.is_empty() && !state.closed;
        let mut state = self.changed.wait_while(state, waits).unwrap();
        state.spare -= 1;
        state.visits.pop_front()
    }

    /// There will be no more visits: spare threads end.
    pub fn close(&self) {
        self.state.lock().unwrap().closed = true;
        self.changed.notify_all();
    }
}
