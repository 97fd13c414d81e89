//! The criteria are themselves graded: by wrong submissions, right ones, hostile ones, and by stubs with one gap.

#[cfg(unix)]
mod class;
#[cfg(target_os = "linux")]
mod ended;
mod grade;
#[cfg(unix)]
mod hostile;
mod languages;
mod matrix;
mod named;
mod right;
mod todos;
