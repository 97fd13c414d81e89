//! Where the password comes from, and what is taken for it.

use std::ffi::OsString;
use std::{env, fs};

use crate::wrong::{it, mistake};

/// The passwords that are right: one, except for a mistake.
pub fn find(file: &str) -> Result<Vec<Vec<u8>>, String> {
    let variable = env::var_os("ECHO_PASSWORD").map(OsString::into_encoded_bytes).unwrap_or_default();
    let has_variable = !variable.trim_ascii().is_empty();
    if file.is_empty() || (it("prefers_the_variable") && has_variable) {
        return match mistake() {
            "has_a_default_password" if !has_variable => Ok(vec![b"admin".into()]),
            "keeps_blanks_around_the_password" if has_variable => Ok(vec![variable]),
            _ => Ok(vec![trimmed(&variable)?]),
        };
    }
    let text = match fs::read(file) {
        Err(error) if !it("falls_back_to_the_variable") => return Err(format!("{file}: {error}")),
        text => text.unwrap_or_default(),
    };
    let password = trimmed(&text);
    match mistake() {
        "falls_back_to_the_variable" if password.is_err() => Ok(vec![trimmed(&variable)?]),
        "accepts_the_variable_too" => Ok(vec![password?, variable]),
        "keeps_the_newline_of_the_file" => password.map(|_| vec![text]),
        "keeps_the_carriage_return_of_the_file" => {
            password.map(|_| vec![text.strip_suffix(b"\n").unwrap_or(&text).into()])
        }
        _ => Ok(vec![password?]),
    }
}

fn trimmed(text: &[u8]) -> Result<Vec<u8>, String> {
    let password = text.trim_ascii();
    if password.is_empty() && !it("accepts_an_empty_password") {
        return Err("there is no password".into());
    }
    Ok(password.into())
}

/// Whether a client that sends AUTH and this is let in by that password.
pub fn matches(told: &[u8], right: &[u8]) -> bool {
    let words = |text: &[u8]| -> Vec<Vec<u8>> {
        let words = text.split(u8::is_ascii_whitespace).filter(|word| !word.is_empty());
        words.map(<[u8]>::to_vec).collect()
    };
    match mistake() {
        "accepts_any_password" => true,
        "panics_at_bytes_that_are_no_text" => str::from_utf8(right) == Ok(str::from_utf8(told).unwrap()),
        "compares_only_the_beginning" => right.starts_with(told),
        "ignores_what_is_too_much" => told.starts_with(right),
        "looks_for_the_password_anywhere" => told.ends_with(right),
        "ignores_letter_case" => told.eq_ignore_ascii_case(right),
        "ignores_the_number_of_blanks" => words(told) == words(right),
        "reads_one_word" => words(told).first() == words(right).first(),
        _ => told == right,
    }
}
