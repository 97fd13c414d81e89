//! A conversation as data: who is in it, and what happened, row by row. [`text`], [`list`] and [`mermaid`] draw it.

#![allow(missing_docs)] // most names say it all

pub mod list;
pub mod mermaid;
pub mod text;

use serde::{Deserialize, Serialize};

use crate::excerpt::Content;

/// A sequence diagram.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Diagram {
    /// Everybody, from left to right. In the rows each is told by the place here.
    pub cast: Vec<String>,
    /// The place of the program that is shown: every arrow begins or ends there.
    pub program: usize,
    pub events: Vec<Event>,
}

/// A row, and when that was.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Event {
    /// Since the program was started.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub seconds: Option<f64>,
    #[serde(flatten)]
    pub row: Row,
}

/// What happened.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "row", rename_all = "snake_case")]
pub enum Row {
    /// A part of the conversation begins.
    Phase {
        title: String,
    },
    /// What is to be said about one of the cast or all.
    Note {
        over: Option<usize>,
        text: String,
    },
    /// What was to be otherwise.
    Surprise {
        over: usize,
        text: String,
    },
    Arrow {
        from: usize,
        to: usize,
        label: Content,
        line: Line,
    },
}

/// What travels along an arrow.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Line {
    /// Bytes of a connection, or of a keyboard and a screen.
    Bytes,
    Datagram,
    /// The beginning of a connection or its orderly end, or a signal.
    Control,
    Reset,
}

impl From<Row> for Event {
    fn from(row: Row) -> Self {
        Self { seconds: None, row }
    }
}
