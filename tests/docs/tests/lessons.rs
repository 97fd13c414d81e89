//! Lesson plans promise what the tasks do.

use docs::minutes;
use rules::{steps, text};

/// A task begins with its time: `About 45 minutes.` or `About 3 hours.`
#[test]
fn the_minutes_of_an_exercise_are_those_of_its_task() {
    for step in steps() {
        let task = text(format!("exercises/{step}/README.md"));
        let time = task.lines().find_map(|line| line.strip_prefix("About ")).expect("a task tells its time");
        let (number, unit) = time.split_once(' ').expect("a number and a unit");
        let unit = if unit.starts_with("hour") { 60 } else { 1 };
        let told = number.parse::<u32>().expect("a number") * unit;
        assert_eq!(minutes(&step, "exercise"), Ok(told), "{step}: chapter on the left, task on the right");
    }
}
