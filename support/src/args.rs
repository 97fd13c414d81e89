//! The command line of a step: `[[HOST] PORT]` and its options.

use std::ffi::OsString;
use std::fmt::Write;
use std::process;
use std::time::Duration;

use crate::{Address, complain, flush, say};

/// The command line, taken apart option by option. Each call that takes an option also describes it for `--help`;
/// the last call is [`Args::address`], which ends the program if anything was wrong.
///
/// ```
/// # use support::Args;
/// let mut args = Args::from("Echoes every byte back.", ["--idle-timeout", "2.5", "::1", "0"]);
/// let quiet = args.flag("--quiet", "say less");
/// let idle = args.seconds("--idle-timeout", "30", "disconnect a silent client after this time");
/// let address = args.address();
/// assert_eq!((quiet, idle.as_millis(), address.host.as_str(), address.port), (false, 2500, "::1", 0));
/// ```
pub struct Args {
    about: &'static str,
    rest: pico_args::Arguments,
    help_wanted: bool,
    options: String,
    mistake: Option<String>,
}

impl Args {
    /// The command line of this process. `about` says in a sentence what the program does.
    pub fn new(about: &'static str) -> Self {
        Self::from(about, std::env::args_os().skip(1))
    }

    /// Any command line, for tests.
    pub fn from(about: &'static str, words: impl IntoIterator<Item = impl Into<OsString>>) -> Self {
        let words = words.into_iter().map(Into::into).collect();
        let mut rest = pico_args::Arguments::from_vec(words);
        let help_wanted = rest.contains(["-h", "--help"]);
        Self { about, rest, help_wanted, options: String::new(), mistake: None }
    }

    /// Takes an option without a value.
    pub fn flag(&mut self, name: &'static str, help: &str) -> bool {
        self.describe(name, help);
        self.rest.contains(name)
    }

    /// Takes an option with any text as its value.
    pub fn text(&mut self, name: &'static str, default: &str, help: &str) -> String {
        self.value(name, "TEXT", default, help, |text| Ok(text.to_owned()))
    }

    /// Takes an option with a time: a decimal number of seconds above 0.
    pub fn seconds(&mut self, name: &'static str, default: &str, help: &str) -> Duration {
        self.value(name, "SECONDS", default, help, |text| {
            let time = text.parse().ok().and_then(|seconds| Duration::try_from_secs_f64(seconds).ok());
            time.filter(|time| !time.is_zero())
                .ok_or_else(|| format!("it must be a number of seconds above 0, not \"{text}\""))
        })
    }

    /// Takes an option with a value of any kind; `parse` says in a sentence what is wrong with a bad one.
    pub fn value<T>(
        &mut self,
        name: &'static str,
        placeholder: &str,
        default: &str,
        help: &str,
        parse: impl Fn(&str) -> Result<T, String>,
    ) -> T {
        self.describe(&format!("{name} {placeholder}"), &format!("{help} [default: {default:?}]"));
        let given: Option<String> = self.rest.opt_value_from_str(name).unwrap_or_else(|error| {
            self.mistake(error.to_string());
            None
        });
        let parsed = given.map(|text| parse(&text));
        match parsed {
            Some(Ok(value)) => return value,
            Some(Err(reason)) => self.mistake(format!("{name}: {reason}")),
            None => {}
        }
        parse(default).unwrap_or_else(|reason| panic!("the default of {name}: {reason}"))
    }

    /// Takes what is left, `[[HOST] PORT]`, and ends the program if that or an option was wrong (reason and usage on
    /// standard error, exit code 2) or if help was asked for (exit code 0).
    pub fn address(self) -> Address {
        self.address_and(Ok(())).0
    }

    /// Like [`Args::address`], for a program that needs something else to start, such as a password. It ends in the same
    /// way if the program has not found that.
    pub fn address_and<T>(self, found: Result<T, String>) -> (Address, T) {
        if self.help_wanted {
            say!("{}", self.help());
            process::exit(0);
        }
        match self.finish(found) {
            Ok(both) => both,
            Err(reason) => {
                complain!("Error: {reason}\n{}\nTry --help for more.", usage());
                flush();
                process::exit(2);
            }
        }
    }

    /// What is wrong on the command line is told before what the program has not found.
    fn finish<T>(self, found: Result<T, String>) -> Result<(Address, T), String> {
        self.mistake.map_or(Ok(()), Err)?;
        Ok((parse_address(&self.rest.finish())?, found?))
    }

    fn describe(&mut self, option: &str, help: &str) {
        writeln!(self.options, "  {option:<24} {help}").expect("a String takes any text");
    }

    /// The first mistake is the one to tell.
    fn mistake(&mut self, reason: String) {
        self.mistake.get_or_insert(reason);
    }

    fn help(&self) -> String {
        let Self { about, options, .. } = self;
        let (usage, program) = (usage(), program());
        format!(
            "{about}

{usage}

Arguments:
  HOST                     the name or address to listen on [default: localhost]
  PORT                     0 to 65535; 0 lets the system choose [default: 8080]

Options:
{options}  --help                   print this

Example:
  {program} 127.0.0.1 4444      listen on port 4444; in another terminal: telnet 127.0.0.1 4444"
        )
    }
}

fn usage() -> String {
    format!("Usage: {} [[HOST] PORT] [options]", program())
}

/// The program's name as it was called.
fn program() -> String {
    let path = std::env::args_os().next().unwrap_or_default();
    let name = std::path::Path::new(&path).file_stem().unwrap_or_default();
    name.to_string_lossy().into_owned()
}

fn parse_address(words: &[OsString]) -> Result<Address, String> {
    let words: Vec<_> = words.iter().map(|word| word.to_string_lossy()).collect();
    if let Some(option) = words.iter().find(|word| word.starts_with('-')) {
        return Err(format!("there is no option {option:?}"));
    }
    let (host, port) = match words.as_slice() {
        [] => ("localhost", "8080"),
        [port] => ("localhost", port.as_ref()),
        [host, port] => (host.as_ref(), port.as_ref()),
        [_, _, extra, ..] => {
            return Err(format!("there is nothing to do with {extra:?} after a host and a port"));
        }
    };
    match port.parse() {
        Ok(port) => Ok(Address { host: host.to_owned(), port }),
        Err(_) => Err(format!("the port must be a number from 0 to 65535, not {port:?}")),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn parsed(words: &[&str]) -> Result<String, String> {
        let words: Vec<OsString> = words.iter().map(Into::into).collect();
        parse_address(&words).map(|address| address.to_string())
    }

    #[test]
    fn host_and_port_have_defaults() {
        assert_eq!(parsed(&[]).unwrap(), "localhost:8080");
        assert_eq!(parsed(&["4444"]).unwrap(), "localhost:4444");
        assert_eq!(parsed(&["::1", "0"]).unwrap(), "[::1]:0");
    }

    #[test]
    fn a_mistake_is_named() {
        for (words, reason) in [
            (&["abc"][..], "not \"abc\""),
            (&["70000"], "not \"70000\""),
            (&["-1"], "no option \"-1\""),
            (&["--bogus", "8080"], "no option \"--bogus\""),
            (&["a", "b"], "not \"b\""),
            (&["a", "1", "2"], "nothing to do with \"2\""),
        ] {
            let error = parsed(words).unwrap_err();
            assert!(error.contains(reason), "{words:?}: {error}");
        }
    }

    #[test]
    fn seconds_are_above_zero_and_finite() {
        for (text, right) in
            [("0.5", true), ("30", true), ("0", false), ("-1", false), ("nan", false), ("inf", false)]
        {
            let mut args = Args::from("", ["--idle-timeout", text]);
            args.seconds("--idle-timeout", "30", "");
            assert_eq!(args.mistake.is_none(), right, "{text}");
        }
    }

    #[test]
    fn what_the_program_has_not_found_is_told_after_mistakes_of_the_command_line() {
        let reason = |words: &[&str], found| {
            let mut args = Args::from("", words);
            args.seconds("--idle-timeout", "30", "");
            args.finish(found).map(|(address, found): (_, u8)| (address.to_string(), found))
        };
        let missing = || Err("there is no password".to_owned());
        assert_eq!(reason(&["0"], Ok(7)), Ok(("localhost:0".into(), 7)));
        assert_eq!(reason(&["0"], missing()).unwrap_err(), "there is no password");
        assert!(reason(&["x"], missing()).unwrap_err().contains("port"));
        assert!(reason(&["--idle-timeout", "0"], missing()).unwrap_err().contains("--idle-timeout"));
    }

    #[test]
    fn an_option_without_its_value_is_a_mistake() {
        let mut args = Args::from("", ["--prefix"]);
        assert_eq!(args.text("--prefix", "none", ""), "none");
        assert!(args.mistake.unwrap().contains("--prefix"));
    }
}
