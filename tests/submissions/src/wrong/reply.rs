//! What goes back to a client of step 01 or 02 for what it has sent: not always the same.

use std::borrow::Cow;
use std::net::SocketAddr;

use super::{mistake, neighbors};

pub fn to(peer: SocketAddr, bytes: &[u8]) -> Cow<'_, [u8]> {
    let is_only = |these: &[u8]| bytes.iter().all(|byte| these.contains(byte));
    match mistake() {
        "skips_blanks" if is_only(b" \t") => Cow::default(),
        "skips_empty_lines" if is_only(b"\r\n") => Cow::default(),
        "strips_the_newline" if str::from_utf8(bytes).is_ok() => bytes.trim_ascii_end().into(),
        "echoes_1024_bytes_of_each_read" => bytes[..bytes.len().min(1024)].into(),
        "makes_text_of_all_bytes" => String::from_utf8_lossy(bytes).into_owned().into_bytes().into(),
        "panics_at_bytes_that_are_no_text" => str::from_utf8(bytes).unwrap().as_bytes().into(),
        "turns_crlf_into_lf" => match str::from_utf8(bytes) {
            Ok(text) => text.replace("\r\n", "\n").into_bytes().into(),
            Err(_) => bytes.into(),
        },
        "swaps_the_replies_of_two_clients" => neighbors::swapped(peer, bytes).into(),
        _ => bytes.into(),
    }
}
