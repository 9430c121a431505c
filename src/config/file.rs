//! `config.toml`, read with the place of every value, so that whatever is wrong can be pointed at. Unknown keys are errors.

use std::{
    collections::BTreeMap,
    ops::Range,
    path::{Path, PathBuf},
};

use toml::de::{DeTable, DeValue};

use super::{
    error::{ConfigError, Fault},
    settings::{self, SETTINGS, Section, Setting, is_name},
};
use crate::text::nearest;

/// One value and where it stands.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Entry {
    pub text: String,
    /// From 1.
    pub line: usize,
}

/// The file's values, each already checked against what its setting takes.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct File {
    pub path: PathBuf,
    general: BTreeMap<&'static str, Entry>,
    profiles: BTreeMap<String, BTreeMap<&'static str, Entry>>,
}

impl File {
    /// No file: no values.
    pub fn absent(path: &Path) -> Self {
        Self { path: path.to_owned(), ..Self::default() }
    }

    /// What stands in `[desk]` or `[network]`.
    pub fn general(&self, name: &str) -> Option<&Entry> {
        self.general.get(name)
    }

    pub fn of_profile(&self, profile: &str, name: &str) -> Option<&Entry> {
        self.profiles.get(profile)?.get(name)
    }

    pub fn profiles(&self) -> impl Iterator<Item = &str> {
        self.profiles.keys().map(String::as_str)
    }

    pub fn read(path: &Path) -> Result<Self, ConfigError> {
        let text =
            std::fs::read_to_string(path).map_err(|error| ConfigError::file(path, error.to_string()))?;
        Self::parse(path, &text)
    }

    pub fn parse(path: &Path, text: &str) -> Result<Self, ConfigError> {
        let at = |(span, fault): (Range<usize>, Fault)| {
            let (line, column) = place(text, span.start);
            ConfigError::InFile { file: path.to_owned(), line, column, fault }
        };
        let root = DeTable::parse(text)
            .map_err(|error| at((error.span().unwrap_or(0..0), Fault::Toml(error.message().to_owned()))))?;
        let mut file = Self::absent(path);
        let root = root.into_inner();
        version(&root).map_err(at)?;
        for (key, value) in &root {
            let (name, span) = (key.get_ref().as_ref(), key.span());
            let section = Section::named(name);
            match (name, section, value.get_ref()) {
                ("version", ..) => {}
                (_, Some(section), DeValue::Table(table)) => {
                    file.general.extend(entries(text, table, Some(section)).map_err(at)?);
                }
                ("profiles", _, DeValue::Table(profiles)) => {
                    for (key, value) in profiles {
                        let (name, table) = profile(key.get_ref(), value.get_ref())
                            .map_err(|fault| at((key.span(), fault)))?;
                        file.profiles.insert(name, entries(text, table, None).map_err(at)?);
                    }
                }
                (_, Some(_), other) | ("profiles", _, other) => {
                    return Err(at((value.span(), wrong_type(name, other, "table"))));
                }
                _ => return Err(at((span, stray(name)))),
            }
        }
        Ok(file)
    }
}

fn version(root: &DeTable<'_>) -> Result<(), (Range<usize>, Fault)> {
    let Some(value) = root.get("version") else { return Err((0..0, Fault::NoVersion)) };
    match value.get_ref() {
        DeValue::Integer(number) if number.as_str() == "1" => Ok(()),
        DeValue::Integer(number) => Err((value.span(), Fault::Version(number.as_str().to_owned()))),
        other => Err((value.span(), wrong_type("version", other, "integer"))),
    }
}

/// A key at the top that is none: perhaps a setting outside its table.
fn stray(name: &str) -> Fault {
    if let Some(setting) = settings::find(name) {
        return Fault::Toml(format!("`{name}` belongs in [{}]", setting.section.name()));
    }
    let known = ["version", "desk", "network", "profiles"];
    Fault::Unknown {
        name: name.to_owned(),
        what: "a table of this file",
        nearest: nearest(name, known.into_iter()),
    }
}

fn profile<'a, 't>(name: &str, value: &'a DeValue<'t>) -> Result<(String, &'a DeTable<'t>), Fault> {
    if !is_name(name) {
        return Err(Fault::ProfileName(crate::text::clean(name)));
    }
    value.as_table().map(|table| (name.to_owned(), table)).ok_or_else(|| wrong_type(name, value, "table"))
}

/// The settings of one table; without a section, those of a profile.
fn entries(
    text: &str,
    table: &DeTable<'_>,
    section: Option<Section>,
) -> Result<BTreeMap<&'static str, Entry>, (Range<usize>, Fault)> {
    let mut found = BTreeMap::new();
    for (key, value) in table {
        let setting = known(key.get_ref(), section).map_err(|fault| (key.span(), fault))?;
        let given = plain(value.get_ref())
            .filter(|_| value.get_ref().type_str() == setting.shape.toml_type())
            .ok_or_else(|| wrong_type(setting.name, value.get_ref(), setting.shape.toml_type()))
            .map_err(|fault| (value.span(), fault))?;
        setting.shape.check(&given).map_err(|fault| (value.span(), fault))?;
        found.insert(setting.name, Entry { text: given, line: place(text, key.span().start).0 });
    }
    Ok(found)
}

fn known(name: &str, section: Option<Section>) -> Result<&'static Setting, Fault> {
    let fits = |setting: &&Setting| match section {
        Some(section) => setting.section == section,
        None => setting.of_profile,
    };
    let unknown = || Fault::Unknown {
        name: name.to_owned(),
        what: "a setting",
        nearest: nearest(name, SETTINGS.iter().filter(fits).map(|setting| setting.name)),
    };
    let setting = settings::find(name).ok_or_else(unknown)?;
    if fits(&setting) {
        return Ok(setting);
    }
    Err(match section {
        Some(_) => Fault::Toml(format!("`{name}` belongs in [{}]", setting.section.name())),
        None => Fault::NotOfProfile(setting.name),
    })
}

fn plain(value: &DeValue<'_>) -> Option<String> {
    match value {
        DeValue::String(text) => Some(text.to_string()),
        DeValue::Integer(number) => Some(number.as_str().replace('_', "")),
        DeValue::Boolean(switch) => Some(switch.to_string()),
        _ => None,
    }
}

fn wrong_type(name: &str, value: &DeValue<'_>, takes: &'static str) -> Fault {
    Fault::Type { name: crate::text::clean(name), given: value.type_str(), takes }
}

/// Line and column of a byte, both from 1; columns count characters.
fn place(text: &str, byte: usize) -> (usize, usize) {
    let before = text.get(..byte).unwrap_or(text);
    let line = before.matches('\n').count().saturating_add(1);
    let start = before.rfind('\n').map_or(0, |at| at.saturating_add(1));
    let column = before.get(start..).unwrap_or_default().chars().count().saturating_add(1);
    (line, column)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn error(text: &str) -> String {
        File::parse(Path::new("config.toml"), text).unwrap_err().to_string()
    }

    #[test]
    fn values_are_found_with_their_lines() {
        let text =
            "version = 1\n[desk]\nundo_seconds = 1_0\n[profiles.work]\nagent = \"maya\"\nread_only = true\n";
        let file = File::parse(Path::new("config.toml"), text).unwrap();
        assert_eq!(file.general("undo_seconds"), Some(&Entry { text: "10".into(), line: 3 }));
        assert_eq!(file.of_profile("work", "read_only"), Some(&Entry { text: "true".into(), line: 6 }));
        assert_eq!(file.of_profile("home", "agent"), None);
        assert_eq!(file.profiles().collect::<Vec<_>>(), ["work"]);
    }

    #[test]
    fn what_is_wrong_is_pointed_at() {
        assert_eq!(
            error("version = 1\n\n[desk]\n  undo_secs = 5\n"),
            "config.toml:4:3: `undo_secs` is not a setting: did you mean `undo_seconds`?"
        );
        assert_eq!(
            error("version = 1\n[desk]\nundo_seconds = \"5\"\n"),
            "config.toml:3:16: `undo_seconds` takes an integer, not a string"
        );
        assert_eq!(
            error("version = 1\n[desk]\ncolor = \"blue\"\n"),
            "config.toml:3:9: `blue` is not one of auto, always, never"
        );
        // The file may be somebody else's; seen by mutated inputs.
        assert_eq!(
            error("version = 1\n[desk]\ncolor = \"blue\u{202e}\u{9b}\"\n"),
            "config.toml:3:9: `blue·` is not one of auto, always, never"
        );
        assert_eq!(
            error("version = 1\n[desk]\nread_seconds = 3\n"),
            "config.toml:3:1: `read_seconds` belongs in [network]"
        );
        assert_eq!(
            error("version = 1\n[profiles.a]\ndata_dir = \"x\"\n"),
            "config.toml:3:1: `data_dir` holds for all profiles: it belongs in [desk]"
        );
        assert_eq!(error("version = 1\n[profile.a]\n"), "config.toml:2:2: `profile` belongs in [desk]");
        assert_eq!(error("version = 1\ndesk = 3\n"), "config.toml:2:8: `desk` takes a table, not an integer");
        assert!(error("version = 1\n[profiles.\"../x\"]\n").contains("not `../x`"));
    }

    #[test]
    fn a_file_without_a_version_or_with_another_is_refused() {
        assert!(error("[desk]\n").starts_with("config.toml:1:1: `version = 1` is missing"));
        assert!(error("version = 2\n").starts_with("config.toml:1:11: version 2 is not known"));
    }

    #[test]
    fn broken_toml_names_its_place() {
        assert!(error("version = 1\n[desk\nagent = 1\n").starts_with("config.toml:2:"));
        assert!(error("version = 1\n[desk]\nagent = \"a\"\nagent = \"b\"\n").starts_with("config.toml:4:"));
    }

    #[test]
    fn columns_count_characters() {
        assert_eq!(place("aß\nüx", 6), (2, 2));
    }
}
