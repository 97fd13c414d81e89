//! Wrong submissions, one deliberate mistake each, and what the criteria have to say of them. The right submissions of
//! other designs than the reference are programs of their own, in `src/bin` and `python`.

#![allow(clippy::missing_errors_doc)] // what can fail is listening, and it says so

pub mod wrong;
