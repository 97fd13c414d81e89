//! The blocks of pages that are made of the facts about steps: tables, hints, and lesson plans.

use std::fmt::Write;

use anyhow::{Context, Result, bail};

use crate::Step;
use crate::facts::{Facts, Minutes, in_words};

/// What stands in a block that begins with these words; none if it isn't made here.
pub fn block(words: &str) -> Option<Result<String>> {
    let words: Vec<&str> = words.split_whitespace().collect();
    Some(match words[..] {
        ["steps"] => steps(),
        ["todos", step] => of(step, todos),
        ["hints", step] => of(step, hints),
        ["lessons"] => lessons(),
        ["lesson", ref plan @ ..] => lesson(plan),
        _ => return None,
    })
}

fn of(step: &str, text: impl Fn(&Step, &Facts) -> String) -> Result<String> {
    let step: Step = step.parse().map_err(anyhow::Error::msg)?;
    Ok(text(&step, &Facts::of(&step)?))
}

/// All steps, for the README.
fn steps() -> Result<String> {
    let mut text = "\n| step | what is new | you write | test it |\n| --- | --- | --- | --- |\n".to_owned();
    for step in Step::all()? {
        let facts = Facts::of(&step)?;
        let (gaps, time) = (facts.gaps.len(), in_words(facts.minutes.exercise));
        let link = format!("[{step}](exercises/{step}/README.md)");
        let _ = writeln!(text, "| {link} | {} | {gaps} gaps, {time} | `cargo test -p ex{step}` |", facts.new);
    }
    Ok(text)
}

/// The TODOs of a step, for its task.
fn todos(_: &Step, facts: &Facts) -> String {
    let time = in_words(facts.minutes.exercise);
    let mut text = format!("\n{} gaps, {time}:\n\n", facts.gaps.len());
    text += "| TODO | file | what | its own tests |\n| --- | --- | --- | --- |\n";
    for (number, gap) in (1..).zip(&facts.gaps) {
        let tests: Vec<String> = gap.tests.iter().map(|test| format!("`{test}`")).collect();
        let file = format!("[{0}](src/{0})", gap.file);
        let _ = writeln!(text, "| {number} | {file} | {} | {} |", gap.todo, tests.join("<br>"));
    }
    text
}

/// The hints of a step's TODOs, each folded away.
fn hints(_: &Step, facts: &Facts) -> String {
    let mut text = String::new();
    for (number, gap) in (1..).zip(&facts.gaps) {
        let _ = write!(text, "\n### TODO {number}: {}\n", gap.todo);
        for (place, hint) in (1..).zip(&gap.hints) {
            let summary = format!("Hint {place} of {}", gap.hints.len());
            let hint = hint.trim();
            let _ = write!(text, "\n<details><summary>{summary}</summary>\n\n{hint}\n\n</details>\n");
        }
    }
    text
}

/// How long the steps take, for instructors.
fn lessons() -> Result<String> {
    let mut text = "\n| step | read | demo | exercise |\n| --- | --- | --- | --- |\n".to_owned();
    let mut sums = [[0; 2]; 3];
    for step in Step::all()? {
        let facts = Facts::of(&step)?;
        let Minutes { read, demo, exercise } = facts.minutes;
        for (sum, [from, to]) in sums.iter_mut().zip([read, demo, exercise]) {
            *sum = [sum[0] + from, sum[1] + to];
        }
        let [read, demo, exercise] = [read, demo, exercise].map(range);
        let _ = writeln!(text, "| {} | {read} | {demo} | {exercise} |", title(&step, &facts));
    }
    let [read, demo, exercise] = sums.map(range);
    Ok(text + &format!("| all | {read} | {demo} | {exercise} |\n"))
}

/// A meeting, planned with the longer of each two times. Its words are `read`, `demo` and `exercise` with the number of a step,
/// `pause` and `questions` with minutes, and `home` before what is done at home.
fn lesson(words: &[&str]) -> Result<String> {
    let mut text = "\n| at | for | what |\n| --- | --- | --- |\n".to_owned();
    let (mut clock, mut at_home) = (0, 0);
    let (class, home) = words.split_at(words.iter().position(|word| *word == "home").unwrap_or(words.len()));
    for pair in class.chunks(2) {
        let (minutes, what) = item(pair)?;
        let _ = writeln!(text, "| {} | {} | {what} |", time(clock), duration(minutes));
        clock += minutes;
    }
    let _ = writeln!(text, "| {} | | end |", time(clock));
    for pair in home.get(1..).unwrap_or_default().chunks(2) {
        let (minutes, what) = item(pair)?;
        let _ = writeln!(text, "| home | {} | {what} |", duration(minutes));
        at_home += minutes;
    }
    if at_home > 0 {
        let _ = writeln!(text, "| home | {} | all of it |", duration(at_home));
    }
    Ok(text)
}

fn item(pair: &[&str]) -> Result<(u32, String)> {
    match pair {
        [activity @ ("read" | "demo" | "exercise"), number] => {
            let step: Step = number.parse().map_err(anyhow::Error::msg)?;
            let facts = Facts::of(&step)?;
            let [_, longest] = match *activity {
                "read" => facts.minutes.read,
                "demo" => facts.minutes.demo,
                _ => facts.minutes.exercise,
            };
            Ok((longest, format!("{activity}: {}", title(&step, &facts))))
        }
        [what @ ("pause" | "questions"), minutes] => {
            let minutes = minutes.parse().with_context(|| format!("{minutes:?} is no number of minutes"))?;
            Ok((minutes, (*what).into()))
        }
        _ => bail!("{pair:?} must be read, demo or exercise and a step, or pause or questions and minutes"),
    }
}

/// The title of a step's chapter, as a link from another chapter.
fn title(step: &Step, facts: &Facts) -> String {
    format!("[{}]({step}.md)", facts.heading(step))
}

/// `10–15 min`, `2–3 h`, `1 h 40 min to 2 h`.
fn range([from, to]: [u32; 2]) -> String {
    if from % 60 == 0 && to % 60 == 0 {
        format!("{}–{} h", from / 60, to / 60)
    } else if to <= 120 {
        format!("{from}–{to} min")
    } else {
        format!("{} to {}", duration(from), duration(to))
    }
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
    fn a_plan_has_a_clock() {
        let step: Step = "1".parse().unwrap();
        let [_, demo] = Facts::of(&step).unwrap().minutes.demo;
        let plan = block("lesson pause 50 demo 01 pause 15 home read 01").unwrap().unwrap();
        assert!(plan.contains("\n| 0:00 | 50 min | pause |\n| 0:50 | "), "{plan}");
        assert!(plan.contains(&format!("\n| {} | | end |\n| home | ", time(65 + demo))), "{plan}");
    }

    #[test]
    fn a_plan_that_makes_no_sense_is_an_error() {
        for words in ["lesson demo 00", "lesson demo", "lesson pause long", "todos 99_nothing"] {
            assert!(block(words).unwrap().is_err(), "{words}");
        }
        assert!(block("code src/main.rs").is_none());
    }

    #[test]
    fn times_are_as_people_say_them() {
        assert_eq!([45, 120, 90].map(duration), ["45 min", "2 h", "1 h 30 min"]);
        let ranges = [[10, 15], [120, 180], [100, 150]].map(range);
        assert_eq!(ranges, ["10–15 min", "2–3 h", "1 h 40 min to 2 h 30 min"]);
    }
}
