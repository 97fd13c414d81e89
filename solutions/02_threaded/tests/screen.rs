//! The reference serves also who doesn't read what it prints. The contract asks that of no step, so this is no criterion.

#![cfg(unix)]

grader::step!("02_threaded");

mod stopped;
