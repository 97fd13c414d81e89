//! Ctrl+C, or a request to end: the run stops, and its figures are shown.

use std::sync::atomic::{AtomicBool, Ordering};

static HAS_COME: AtomicBool = AtomicBool::new(false);

/// From now on an interrupt doesn't end this program. Whoever waits has to ask whether it has come. The first handler holds, so this
/// is called before any program is started that another one would end.
pub fn listen() {
    let _ = ctrlc::set_handler(|| HAS_COME.store(true, Ordering::Relaxed));
}

pub fn has_come() -> bool {
    HAS_COME.load(Ordering::Relaxed)
}
