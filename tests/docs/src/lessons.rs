//! Lesson plans. How long a step takes is told in one place, below the title of its chapter, where neither mdBook nor a
//! repository's web page shows it:
//!
//! ```text
//! <!-- minutes: read 15, demo 10, exercise 45 -->
//! ```

use std::fmt::Write;

use rules::{course, steps};

const ACTIVITIES: [&str; 3] = ["read", "demo", "exercise"];

/// All steps, and how long each takes.
pub fn table() -> Result<String, String> {
    let mut text = "\n| step | read | demo | exercise |\n| --- | --- | --- | --- |\n".to_owned();
    let mut sums = [0; 3];
    for step in steps() {
        write!(text, "| {} |", title(&step)?).expect("memory takes it");
        for (activity, sum) in ACTIVITIES.iter().zip(&mut sums) {
            let minutes = minutes(&step, activity)?;
            *sum += minutes;
            write!(text, " {} |", duration(minutes)).expect("memory takes it");
        }
        text += "\n";
    }
    let [read, demo, exercise] = sums.map(duration);
    Ok(text + &format!("| all | {read} | {demo} | {exercise} |\n"))
}

/// A meeting: its words are `read`, `demo` and `exercise` with the number of a step, `pause` and `questions` with minutes,
/// and `home` before what is done at home.
pub fn plan(words: &[&str]) -> Result<String, String> {
    let mut text = "\n| at | for | what |\n| --- | --- | --- |\n".to_owned();
    let (mut clock, mut at_home) = (0, 0);
    let (class, home) = words.split_at(words.iter().position(|word| *word == "home").unwrap_or(words.len()));
    for pair in class.chunks(2) {
        let (minutes, what) = item(pair)?;
        writeln!(text, "| {} | {} | {what} |", time(clock), duration(minutes)).expect("memory takes it");
        clock += minutes;
    }
    writeln!(text, "| {} | | end |", time(clock)).expect("memory takes it");
    for pair in home.get(1..).unwrap_or_default().chunks(2) {
        let (minutes, what) = item(pair)?;
        writeln!(text, "| home | {} | {what} |", duration(minutes)).expect("memory takes it");
        at_home += minutes;
    }
    if at_home > 0 {
        writeln!(text, "| home | {} | all of it |", duration(at_home)).expect("memory takes it");
    }
    Ok(text)
}

fn item(pair: &[&str]) -> Result<(u32, String), String> {
    match pair {
        [activity, number] if ACTIVITIES.contains(activity) => {
            let step = steps().into_iter().find(|step| step.starts_with(&format!("{number}_")));
            let step = step.ok_or_else(|| format!("there is no step {number}"))?;
            Ok((minutes(&step, activity)?, format!("{activity}: {}", title(&step)?)))
        }
        [what @ ("pause" | "questions"), minutes] => {
            Ok((minutes.parse().map_err(|_| format!("{minutes} is no number of minutes"))?, (*what).into()))
        }
        _ => Err(format!(
            "{pair:?} must be read, demo or exercise and a step, or pause or questions and minutes"
        )),
    }
}

/// The title of a step's chapter, as a link from another chapter.
fn title(step: &str) -> Result<String, String> {
    let title = chapter(step)?.lines().find_map(|line| Some(line.strip_prefix("# ")?.to_owned()));
    Ok(format!("[{}]({step}.md)", title.ok_or_else(|| format!("docs/src/{step}.md has no title"))?))
}

/// How long one activity takes in a step.
///
/// # Errors
/// The step's chapter doesn't tell it.
pub fn minutes(step: &str, activity: &str) -> Result<u32, String> {
    let chapter = chapter(step)?;
    let told = chapter.lines().find_map(|line| line.strip_prefix("<!-- minutes: ")?.strip_suffix(" -->"));
    let of = |entry: &str| entry.strip_prefix(activity)?.trim().parse().ok();
    told.and_then(|told| told.split(", ").find_map(of)).ok_or_else(|| {
        format!(
            "docs/src/{step}.md doesn't tell the minutes of `{activity}`; below its title it needs a line such as\n\
             <!-- minutes: read 15, demo 10, exercise 45 -->"
        )
    })
}

fn chapter(step: &str) -> Result<String, String> {
    let path = course().join(format!("docs/src/{step}.md"));
    std::fs::read_to_string(&path).map_err(|error| format!("{}: {error}", path.display()))
}

/// `45 min`, `2 h`, `1 h 30 min`.
fn duration(minutes: u32) -> String {
    match (minutes / 60, minutes % 60) {
        (0, minutes) => format!("{minutes} min"),
        (hours, 0) => format!("{hours} h"),
        (hours, minutes) => format!("{hours} h {minutes} min"),
    }
}

/// Hours and minutes since the beginning.
fn time(minutes: u32) -> String {
    format!("{}:{:02}", minutes / 60, minutes % 60)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_plan_is_told_with_a_clock() {
        let demo = minutes("01_basic_single", "demo").unwrap();
        let plan = plan(&["pause", "50", "demo", "01", "pause", "15", "home", "read", "01"]).unwrap();
        assert!(plan.contains("\n| 0:00 | 50 min | pause |\n| 0:50 | "), "{plan}");
        assert!(plan.contains(&format!("\n| {} | | end |\n| home | ", time(65 + demo))), "{plan}");
    }

    #[test]
    fn what_is_missing_is_told() {
        assert!(plan(&["demo", "00"]).unwrap_err().contains("no step 00"));
        assert!(plan(&["demo"]).is_err());
        assert!(plan(&["pause", "long"]).is_err());
        assert!(minutes("01_basic_single", "sleep").unwrap_err().contains("01_basic_single.md"));
    }

    #[test]
    fn hours_are_told_when_there_are_some() {
        assert_eq!([45, 120, 90].map(duration), ["45 min", "2 h", "1 h 30 min"]);
    }
}
