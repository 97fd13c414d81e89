//! Who is measured.

use anyhow::{Context, Result, ensure};

use crate::args::Args;
use crate::rivals;
use crate::server::{Contestant, Transport};
use steps::Step;
use steps::cargo;
use steps::facts::{self, Facts};

/// Leaves out what steps without a log say of each message.
const QUIET: &str = "--quiet";

impl Contestant {
    /// The same server, which also says what it receives and echoes.
    fn talking(&self) -> Self {
        let mut talking = Self { name: format!("{}, with its log", self.name), talks: true, ..self.clone() };
        talking.command.retain(|word| word != QUIET);
        talking
    }

    fn of_step(step: &Step, name: &str, program: &str) -> Result<Self> {
        let Facts { transport, load, .. } = Facts::of(step)?;
        let transport = if transport == facts::Transport::Udp { Transport::Udp } else { Transport::Tcp };
        let words = [program, "127.0.0.1", "0"].map(str::to_owned);
        let command = words.into_iter().chain(load.options).collect();
        Ok(Self {
            variables: load.variables,
            login: load.login,
            one_at_a_time: load.one_at_a_time,
            ..Self::new(name, transport, command)
        })
    }
}

/// All contestants, the bare loop first, and the names of those that are not installed, each with the reason.
pub fn all(args: &Args) -> Result<(Vec<Contestant>, Vec<String>)> {
    let mut steps = Vec::new();
    for step in if args.steps.is_empty() { Step::all()? } else { args.steps.clone() } {
        let facts = Facts::of(&step)?;
        // A variant of step 03 is as fast as that, apart from what its layer or its framing does.
        let is_wanted = !args.steps.is_empty() || !facts.variant_of_03;
        if is_wanted && facts.transport != facts::Transport::Client {
            steps.push(step);
        }
    }
    ensure!(
        !steps.is_empty() || !args.submission.is_empty(),
        "a client is no server: there is nothing to measure"
    );
    let mut contestants = rivals::bare()?;
    for step in &steps {
        let reference = built(step, "sol", step.name())?;
        let talking = args.log.then(|| reference.talking());
        contestants.push(reference);
        contestants.extend(talking);
    }
    if args.mine {
        for step in &steps {
            contestants.push(built(step, "ex", &format!("{step}, mine"))?);
        }
    }
    let transport = if args.udp { Transport::Udp } else { Transport::Tcp };
    for line in &args.submission {
        let words = shlex::split(line).filter(|words| !words.is_empty());
        let mut command = words.with_context(|| format!("the submission {line:?} is no command line"))?;
        command.push("0".into());
        contestants.push(Contestant::new(line, transport, command));
    }
    let mut missing = Vec::new();
    if args.rivals {
        let (found, not_found) = rivals::all(args.log)?;
        contestants.extend(found);
        missing = not_found;
    }
    Ok((contestants, missing))
}

/// Builds the package of a step, `prefix` "ex" or "sol".
fn built(step: &Step, prefix: &str, name: &str) -> Result<Contestant> {
    let package = format!("{prefix}{step}");
    let programs = cargo::programs(&["-p".into(), package.clone(), "--bins".into()])?;
    let program = programs.first().with_context(|| format!("{package} has no program"))?;
    Contestant::of_step(step, name, program.to_str().context("the path of the course is not UTF-8")?)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn one_that_talks_is_not_told_to_be_quiet() {
        let command = ["server", "127.0.0.1", "0", QUIET].map(str::to_owned).to_vec();
        let quiet = Contestant::new("server", Transport::Tcp, command);
        let talking = quiet.talking();
        assert_eq!(talking.command, ["server", "127.0.0.1", "0"]);
        assert!(talking.talks && !quiet.talks);
        assert_eq!(talking.name, "server, with its log");
    }
}
