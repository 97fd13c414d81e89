//! What the documentation shows in a terminal, and what it says to type there. On Linux, whose programs it names.
#![cfg(target_os = "linux")]

mod commands;
mod screen;
mod session;
mod transcripts;
