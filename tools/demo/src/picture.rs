//! What a scene has shown, event by event. The screen, the text and the Mermaid diagram are three views of it.

/// One row of a sequence diagram. Who is in it is told by the place in the cast.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Picture {
    Phase(String),
    /// What the audience is told, about one of the cast or all.
    Note {
        over: Option<usize>,
        text: String,
    },
    Arrow {
        from: usize,
        to: usize,
        label: String,
        kind: Kind,
    },
    /// What happened instead of what is in the script.
    Otherwise {
        over: usize,
        text: String,
    },
}

/// What travels along an arrow.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    /// Bytes of a connection, or of a keyboard and a screen.
    Bytes,
    Datagram,
    /// The beginning of a connection or its orderly end, or a signal.
    Control,
    Reset,
}
