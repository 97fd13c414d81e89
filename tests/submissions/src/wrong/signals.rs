//! What Ctrl+C and SIGTERM do.

use std::future::{Future, poll_fn};
use std::task::Poll;
use std::thread;

use anyhow::Result;

use super::{exit, mistake};

/// Calls `stop` on Ctrl+C and on SIGTERM.
pub fn on_end(stop: impl FnMut() + Send + 'static) -> Result<()> {
    match mistake() {
        "does_not_handle_ctrl_c" => {}
        "dies_at_once_on_ctrl_c" => ctrlc::set_handler(|| exit(130))?,
        "does_not_handle_sigterm" | "handles_ctrl_c_but_not_sigterm" => on_ctrl_c_alone(stop)?,
        _ => ctrlc::set_handler(stop)?,
    }
    Ok(())
}

/// Leaves SIGTERM to the operating system.
fn on_ctrl_c_alone(mut stop: impl FnMut() + Send + 'static) -> Result<()> {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_io().build()?;
    let mut ctrl_c = Box::pin(tokio::signal::ctrl_c());
    // Polled for the first time, it begins to watch for the signal: before the first line is printed.
    runtime.block_on(poll_fn(|context| {
        let _ = ctrl_c.as_mut().poll(context);
        Poll::Ready(())
    }));
    thread::spawn(move || {
        if runtime.block_on(ctrl_c).is_ok() {
            stop();
        }
    });
    Ok(())
}
