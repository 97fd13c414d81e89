//! The language of the scenes: who is in the cast, and what they do, act by act. A scene is nothing but data.

use grader::diagram::Diagram;

/// A step's scene. The program stands between the cast: every act is something between it and an actor.
pub struct Scene {
    pub step: &'static str,
    pub title: &'static str,
    pub role: Role,
    /// The program of the step.
    pub program: Actor,
    /// Everybody, the program included, from left to right.
    pub cast: &'static [Actor],
    /// What the program finds in its environment.
    pub variables: &'static [(&'static str, &'static str)],
    pub acts: &'static [Act],
}

impl Scene {
    /// The diagram before anything has happened.
    pub fn diagram(&self) -> Diagram {
        let cast = self.cast.iter().map(|actor| actor.0.to_owned()).collect();
        Diagram { cast, program: self.place(self.program), events: Vec::new() }
    }

    /// Where in the cast somebody is.
    pub fn place(&self, actor: Actor) -> usize {
        self.cast.iter().position(|other| *other == actor).expect("who acts is in the cast")
    }
}

/// What the program of a step is.
#[derive(Clone, Copy, PartialEq, Eq)]
pub enum Role {
    TcpServer,
    UdpServer,
    /// A client; the server is one of the cast.
    Client,
}

/// Who acts, by name.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Actor(pub &'static str);

/// What somebody does, or what happens to somebody.
#[derive(Clone, Copy)]
pub struct Act {
    /// None is everybody.
    pub actor: Option<Actor>,
    pub deed: Deed,
    /// Whether it follows without a pause, because somebody wouldn't wait for long.
    pub at_once: bool,
}

#[derive(Clone, Copy)]
pub enum Deed {
    Phase(&'static str),
    Note(&'static str),
    Starts(&'static [&'static str]),
    Ends,
    Connects,
    Accepts,
    Says(Data),
    Hears(Data),
    HearsLine(&'static str),
    HearsNothing,
    HearsEnd,
    HalfCloses,
    Closes,
    Resets,
    Waits(u64),
    Types(&'static str),
    #[cfg(unix)]
    PressesCtrlC,
    Reads(&'static str),
}

/// What is sent: text, and in front of it the header of a frame, if it has one.
#[derive(Clone, Copy)]
pub struct Data {
    header: Option<u32>,
    text: &'static str,
}

impl Data {
    const fn plain(text: &'static str) -> Self {
        Self { header: None, text }
    }

    #[allow(clippy::cast_possible_truncation)] // there is no const way to convert, and the scenes' texts are short
    const fn frame(text: &'static str) -> Self {
        Self { header: Some(text.len() as u32), text }
    }

    pub fn bytes(&self) -> Vec<u8> {
        let header = self.header.map(u32::to_be_bytes);
        header.iter().flatten().chain(self.text.as_bytes()).copied().collect()
    }

    /// As it stands beside an arrow.
    pub fn label(&self) -> String {
        let text = if self.text.is_empty() { "(empty)".into() } else { quoted(self.text) };
        let Some(header) = self.header else { return text };
        let [a, b, c, d] = header.to_be_bytes();
        let header = format!("{a:02X} {b:02X} {c:02X} {d:02X}");
        if self.text.is_empty() { header } else { format!("{header} {text}") }
    }
}

/// Text in quotation marks, on one line.
pub fn quoted(text: &str) -> String {
    const MORE_THAN_ANY_SCENE_SAYS: usize = 1000;
    grader::quote(text.as_bytes(), MORE_THAN_ANY_SCENE_SAYS)
}

/// A part of the scene begins.
pub const fn phase(title: &'static str) -> Act {
    Act { actor: None, deed: Deed::Phase(title), at_once: false }
}

/// What the audience is told.
pub const fn note(text: &'static str) -> Act {
    Act { actor: None, deed: Deed::Note(text), at_once: false }
}

impl Act {
    /// It follows the act before without a pause.
    pub const fn at_once(mut self) -> Self {
        self.at_once = true;
        self
    }
}

impl Actor {
    const fn act(self, deed: Deed) -> Act {
        Act { actor: Some(self), deed, at_once: false }
    }

    /// What the audience is told about this actor.
    pub const fn note(self, text: &'static str) -> Act {
        self.act(Deed::Note(text))
    }

    /// The program is started with these options.
    pub const fn starts(self, options: &'static [&'static str]) -> Act {
        self.act(Deed::Starts(options))
    }

    /// The program ends with exit code 0.
    pub const fn ends(self) -> Act {
        self.act(Deed::Ends)
    }

    pub const fn connects(self) -> Act {
        self.act(Deed::Connects)
    }

    /// A server takes the program's connection.
    pub const fn accepts(self) -> Act {
        self.act(Deed::Accepts)
    }

    /// Sends text.
    pub const fn says(self, text: &'static str) -> Act {
        self.act(Deed::Says(Data::plain(text)))
    }

    /// Receives this text.
    pub const fn hears(self, text: &'static str) -> Act {
        self.act(Deed::Hears(Data::plain(text)))
    }

    /// Sends a frame.
    pub const fn says_frame(self, text: &'static str) -> Act {
        self.act(Deed::Says(Data::frame(text)))
    }

    /// Receives this frame.
    pub const fn hears_frame(self, text: &'static str) -> Act {
        self.act(Deed::Hears(Data::frame(text)))
    }

    /// Sends the header of a frame, which promises `length` bytes, and then `text`.
    pub const fn promises(self, length: u32, text: &'static str) -> Act {
        self.act(Deed::Says(Data { header: Some(length), text }))
    }

    /// Receives a line like this one: `<...>` stands for any text.
    pub const fn hears_line(self, pattern: &'static str) -> Act {
        self.act(Deed::HearsLine(pattern))
    }

    /// Has received nothing for a moment.
    pub const fn hears_nothing(self) -> Act {
        self.act(Deed::HearsNothing)
    }

    /// Reads the end of file.
    pub const fn hears_end(self) -> Act {
        self.act(Deed::HearsEnd)
    }

    /// Shuts down the sending side.
    pub const fn half_closes(self) -> Act {
        self.act(Deed::HalfCloses)
    }

    pub const fn closes(self) -> Act {
        self.act(Deed::Closes)
    }

    /// Is gone without a goodbye, like a client that crashes.
    pub const fn resets(self) -> Act {
        self.act(Deed::Resets)
    }

    /// Does nothing for so many seconds.
    pub const fn waits(self, seconds: u64) -> Act {
        self.act(Deed::Waits(seconds))
    }

    /// Types a line at the program's keyboard.
    pub const fn types(self, line: &'static str) -> Act {
        self.act(Deed::Types(line))
    }

    #[cfg(unix)]
    pub const fn presses_ctrl_c(self) -> Act {
        self.act(Deed::PressesCtrlC)
    }

    /// Reads a line on the program's screen, like this one: `<...>` stands for any text.
    pub const fn reads(self, pattern: &'static str) -> Act {
        self.act(Deed::Reads(pattern))
    }
}
