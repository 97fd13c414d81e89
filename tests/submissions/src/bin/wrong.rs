//! `wrong STEP MISTAKE [[HOST] PORT] [options]`: a submission with one deliberate mistake, or a correct one if the
//! mistake is `none`. Without arguments it lists all mistakes.

use std::process::ExitCode;

use submissions::wrong::{STEPS, make};
use support::OneLine;

fn main() -> Result<ExitCode, OneLine> {
    let mut words = std::env::args_os().skip(1);
    let mut word = || words.next().unwrap_or_default().to_string_lossy().into_owned();
    let (step, mistake) = (word(), word());
    let Some((_, mistakes, serve)) = STEPS.iter().find(|(name, ..)| *name == step) else {
        for (step, mistakes, _) in STEPS {
            for mistake in *mistakes {
                println!("{step} {:32} {}", mistake.name, mistake.what);
            }
        }
        return Ok(ExitCode::from(2));
    };
    match mistakes.iter().find(|known| known.name == mistake) {
        Some(mistake) => make(mistake),
        None if mistake == "none" => {}
        None => {
            eprintln!("Error: {step} has no mistake {mistake:?}");
            return Ok(ExitCode::from(2));
        }
    }
    serve(words.collect())?;
    Ok(ExitCode::SUCCESS)
}
