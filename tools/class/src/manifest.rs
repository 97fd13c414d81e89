//! Dependencies that a student has added to an exercise.

use anyhow::{Context, Result, ensure};
use toml_edit::{DocumentMut, Item};

/// Adds to `ours`, an exercise's Cargo.toml, the dependencies that only `theirs` has. All else in `theirs` is ignored.
///
/// # Errors
/// It is no TOML, or a dependency is not one of the registry's, by its version.
pub fn merge(ours: &str, theirs: &str) -> Result<String> {
    let mut merged: DocumentMut = ours.parse().context("the course's own Cargo.toml")?;
    let theirs: DocumentMut = theirs.parse().context("Cargo.toml")?;
    let Some(added) = theirs.get("dependencies").and_then(Item::as_table_like) else {
        return Ok(merged.to_string());
    };
    let dependencies =
        merged["dependencies"].as_table_like_mut().context("our Cargo.toml has no dependencies")?;
    for (name, dependency) in added.iter() {
        if dependencies.contains_key(name) {
            continue;
        }
        let from_registry = dependency.is_str()
            || dependency.as_table_like().is_some_and(|table| {
                table
                    .iter()
                    .all(|(key, _)| ["version", "features", "default-features", "package"].contains(&key))
            });
        ensure!(from_registry, "{name} in Cargo.toml: only dependencies with a version are taken");
        dependencies.insert(name, dependency.clone());
    }
    Ok(merged.to_string())
}

#[cfg(test)]
mod tests {
    use super::*;

    const OURS: &str = "[package]\nname = \"ex\"\n\n[dependencies]\nanyhow.workspace = true\n";

    #[test]
    fn what_was_added_is_taken_and_nothing_else() {
        let theirs = "[package]\nname = \"x\"\nbuild = \"evil.rs\"\n[dependencies]\nanyhow = \"0.1\"\nrand = \"0.9\"\n\
                      mio = { version = \"1\", features = [\"net\"] }\n[profile.dev]\nopt-level = 3\n";
        let merged = merge(OURS, theirs).unwrap();
        assert_eq!(
            merged,
            format!("{OURS}rand = \"0.9\"\nmio = {{ version = \"1\", features = [\"net\"] }}\n")
        );
        assert_eq!(merge(OURS, "").unwrap(), OURS);
    }

    #[test]
    fn paths_and_repositories_are_refused() {
        for table in ["{ path = \"/tmp\" }", "{ git = \"https://example.org/x\" }", "{ workspace = true }"] {
            let error = merge(OURS, &format!("[dependencies]\nx = {table}\n")).unwrap_err();
            assert!(error.to_string().contains("only dependencies with a version"), "{error}");
        }
        assert!(merge(OURS, "no toml").is_err());
    }
}
