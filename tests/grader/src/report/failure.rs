//! What a submission did wrong, with all that there is to say about it.

use std::fmt;

use serde::{Deserialize, Serialize};

use super::Detail;
use crate::diagram::Diagram;
use crate::diagram::text::{ASCII, Drawing};
use crate::text::{fill, plain};

/// How wide a text for people is.
const WIDTH: usize = 80;

/// How wide the time is that stands before each row of a conversation.
const TIME: usize = 12;

/// How many lines of each stream a failure quotes, and how long they may be.
const QUOTED_LINES: usize = 6;
const LONGEST_LINE: usize = 160;

/// What went wrong, in one of few words.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Verdict {
    /// The program can't be started.
    DidNotBuild,
    /// The process ended, or ended otherwise than it should.
    Exited,
    /// Its first line never came, or nobody listens at the port that the line names.
    NeverListened,
    /// It closed or reset a connection on which more was to come.
    Closed,
    /// The connection is open, and nothing comes.
    Silent,
    /// What came isn't what was expected.
    WrongBytes,
    /// What it printed isn't what was expected.
    WrongOutput,
    /// It didn't end in time.
    Late,
    /// It ended, and something that it had started did not.
    LeftAProcess,
    /// It used more memory, threads, descriptors or CPU time than it may.
    OutOfBounds,
    /// The test was not done when its time was over.
    OutOfTime,
}

impl Verdict {
    pub fn words(self) -> &'static str {
        match self {
            Self::DidNotBuild => "did not build",
            Self::Exited => "exited",
            Self::NeverListened => "never listened",
            Self::Closed => "closed",
            Self::Silent => "silent",
            Self::WrongBytes => "wrong bytes",
            Self::WrongOutput => "wrong output",
            Self::Late => "late",
            Self::LeftAProcess => "left a process",
            Self::OutOfBounds => "out of bounds",
            Self::OutOfTime => "out of time",
        }
    }

    /// What happened to what came instead of what was expected.
    fn received(self) -> &'static str {
        match self {
            Self::WrongOutput | Self::NeverListened => "printed",
            Self::Exited => "it was",
            _ => "received",
        }
    }
}

impl fmt::Display for Verdict {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.words())
    }
}

/// What a submission did wrong.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Failure {
    pub step: String,
    pub verdict: Verdict,
    pub detail: Detail,
    /// What to think of.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub hint: Option<String>,
    /// The page that helps, as a path from the root of the course.
    pub read_more: String,
    /// What was said.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub conversation: Option<Diagram>,
    /// The last lines that the submission printed.
    pub output: Vec<Printed>,
}

/// A line that a submission printed.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Printed {
    pub stream: Stream,
    pub line: String,
}

/// What a submission prints on.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Stream {
    Stdout,
    Stderr,
}

impl Failure {
    pub fn new(step: &str, verdict: Verdict, detail: impl Into<Detail>) -> Self {
        Self {
            step: step.to_owned(),
            verdict,
            detail: detail.into(),
            hint: None,
            read_more: format!("docs/src/{step}.md"),
            conversation: None,
            output: Vec::new(),
        }
    }

    /// Quotes the end of what the submission printed.
    pub fn quoting(mut self, stdout: &[String], stderr: &[String]) -> Self {
        for (stream, lines) in [(Stream::Stdout, stdout), (Stream::Stderr, stderr)] {
            let last = &lines[lines.len().saturating_sub(QUOTED_LINES)..];
            let line = |line: &String| line.chars().take(LONGEST_LINE).collect();
            self.output.extend(last.iter().map(|text| Printed { stream, line: line(text) }));
        }
        self
    }

    /// What was expected and what came instead, in words.
    pub fn detail_lines(&self) -> Vec<String> {
        self.detail.lines(self.verdict.received())
    }
}

impl fmt::Display for Stream {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(match self {
            Self::Stdout => "stdout",
            Self::Stderr => "stderr",
        })
    }
}

impl fmt::Display for Printed {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} | {}", self.stream, plain(&self.line))
    }
}

impl fmt::Display for Failure {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if let Some(Diagram { cast, program, events }) = &self.conversation {
            writeln!(f, "{}", Drawing::new(cast, *program, WIDTH - TIME, &ASCII).timed(events))?;
        }
        writeln!(f, "  verdict: {}", self.verdict)?;
        self.detail_lines().iter().try_for_each(|line| writeln!(f, "  {line}"))?;
        if let Some(hint) = &self.hint {
            let lines = fill(&format!("hint: {}", plain(hint)), WIDTH - 8).join("\n        ");
            writeln!(f, "  {lines}")?;
        }
        writeln!(f, "  read more: {}", self.read_more)?;
        if !self.output.is_empty() {
            writeln!(f, "\n  the end of what the submission printed:")?;
        }
        self.output.iter().try_for_each(|line| writeln!(f, "    {line}"))
    }
}

#[cfg(test)]
pub use tests::example;

#[cfg(test)]
mod tests {
    use super::*;
    use crate::conversation::Conversation;
    use crate::diagram::Line;
    use crate::text::tests::{RAW, commands};

    pub fn example() -> Failure {
        let conversation = Conversation::with("server");
        let client = conversation.join(RAW);
        conversation.did(client, Line::Control, "connect");
        conversation.sent(client, Line::Bytes, RAW.as_bytes());
        conversation.received(client, Line::Bytes, b"\xff\x1b");
        conversation.note(client, RAW);
        let detail = Detail::difference(RAW.as_bytes(), b"\xff\x1b").note(RAW);
        let failure = Failure::new("02_threaded", Verdict::WrongBytes, detail);
        Failure { hint: Some("think".into()), conversation: conversation.end(), ..failure }
            .quoting(&[RAW.into()], &[RAW.into()])
    }

    #[test]
    fn nothing_in_a_text_commands_a_terminal() {
        let text = example().to_string();
        assert_eq!(commands(&text), None, "{text}");
        let mermaid = crate::diagram::mermaid::write(&example().conversation.unwrap());
        assert_eq!(commands(&mermaid), None, "{mermaid}");
    }

    #[test]
    fn a_failure_as_text_has_80_columns() {
        let conversation = Conversation::with("server");
        let (silent, talker) = (conversation.join("silent"), conversation.join("talker"));
        conversation.did(silent, Line::Control, "connect");
        conversation.sent(talker, Line::Bytes, b"Hello\n");
        let detail = Detail::expected("\"Hello\\n\"").nothing().note("the connection is open and silent");
        let failure = Failure {
            hint: Some(
                "accept() must go on while a client is served: give each client a thread, or wait for all"
                    .into(),
            ),
            conversation: conversation.end(),
            ..Failure::new("02_threaded", Verdict::Silent, detail)
        };
        let text = failure.quoting(&["Server listening on localhost:1...".into()], &[]).to_string();
        // Without the times.
        let text: Vec<&str> =
            text.lines().map(|line| line.split_once(" s ").map_or(line, |(_, rest)| rest)).collect();
        assert_eq!(
            text,
            [
                "               silent                      server                      talker",
                "      |--------- connect -------->|                           |",
                "      |                           |<------- \"Hello\\n\" --------|",
                "",
                "  verdict: silent",
                "  expected \"Hello\\n\", received nothing: the connection is open and silent",
                "  hint: accept() must go on while a client is served: give each client a",
                "        thread, or wait for all",
                "  read more: docs/src/02_threaded.md",
                "",
                "  the end of what the submission printed:",
                "    stdout | Server listening on localhost:1...",
            ]
        );
    }
}
