//! The table of settings: where each may be given, what it takes and what holds when nobody says anything. Files,
//! environment, flags, `config show` and the example are all read against it.

use super::error::Fault;

/// The table of the file that a setting stands in.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Section {
    Desk,
    Network,
}

impl Section {
    pub fn name(self) -> &'static str {
        match self {
            Self::Desk => "desk",
            Self::Network => "network",
        }
    }

    pub fn named(name: &str) -> Option<Self> {
        [Self::Desk, Self::Network].into_iter().find(|section| section.name() == name)
    }
}

/// What a setting takes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Shape {
    /// Words for people.
    Text,
    /// Letters, digits, `-` and `_`: it becomes a file name.
    Name,
    Path,
    Address,
    Account,
    /// IANA, such as `Europe/Berlin`.
    Zone,
    Switch,
    Number {
        least: u64,
        most: u64,
    },
    OneOf(&'static [&'static str]),
}

#[derive(Clone, Copy, Debug)]
pub struct Setting {
    pub name: &'static str,
    pub section: Section,
    pub variable: Option<&'static str>,
    pub flag: Option<&'static str>,
    /// A profile may have its own.
    pub of_profile: bool,
    pub shape: Shape,
    /// Empty: none, or worked out from the machine.
    pub default: &'static str,
}

const fn desk(name: &'static str, shape: Shape, default: &'static str) -> Setting {
    Setting { name, section: Section::Desk, variable: None, flag: None, of_profile: true, shape, default }
}

const fn network(name: &'static str, shape: Shape, default: &'static str) -> Setting {
    Setting { section: Section::Network, ..desk(name, shape, default) }
}

const COLOR: &[&str] = &["auto", "always", "never"];
const THEME: &[&str] = &["auto", "dark", "light"];
const LANGUAGE: &[&str] = &["en", "de", "fr", "es"];
const SECONDS: Shape = Shape::Number { least: 1, most: 600 };

pub const SETTINGS: &[Setting] = &[
    Setting {
        variable: Some("PAYDESK_PROFILE"),
        flag: Some("--profile"),
        of_profile: false,
        ..desk("profile", Shape::Name, "default")
    },
    Setting { variable: Some("PAYDESK_AGENT"), flag: Some("--agent"), ..desk("agent", Shape::Text, "") },
    Setting {
        variable: Some("PAYDESK_DATA_DIR"),
        flag: Some("--data-dir"),
        of_profile: false,
        ..desk("data_dir", Shape::Path, "")
    },
    desk("policy", Shape::Path, ""),
    desk("undo_seconds", Shape::Number { least: 0, most: 60 }, "5"),
    desk("live_seconds", Shape::Number { least: 0, most: 600 }, "10"),
    Setting { of_profile: false, ..desk("ledger_days", Shape::Number { least: 90, most: 36_500 }, "3650") },
    desk("zone", Shape::Zone, ""),
    Setting { flag: Some("--color"), ..desk("color", Shape::OneOf(COLOR), "auto") },
    desk("theme", Shape::OneOf(THEME), "auto"),
    desk("language", Shape::OneOf(LANGUAGE), "en"),
    desk("replies", Shape::Path, ""),
    Setting { flag: Some("--read-only"), ..desk("read_only", Shape::Switch, "false") },
    Setting { variable: Some("PAYDESK_LOG"), flag: Some("--log"), ..desk("log", Shape::Path, "") },
    Setting {
        variable: Some("STRIPE_API_BASE"),
        flag: Some("--api-base"),
        ..network("api_base", Shape::Address, "https://api.stripe.com")
    },
    Setting { variable: Some("STRIPE_ACCOUNT"), ..network("account", Shape::Account, "") },
    Setting {
        variable: Some("PAYDESK_CA_FILE"),
        flag: Some("--ca-file"),
        ..network("ca_file", Shape::Path, "")
    },
    network("connect_seconds", SECONDS, "5"),
    network("read_seconds", SECONDS, "20"),
    network("write_seconds", SECONDS, "60"),
    network("rate_share_percent", Shape::Number { least: 1, most: 100 }, "80"),
];

pub(super) fn find(name: &str) -> Option<&'static Setting> {
    SETTINGS.iter().find(|setting| setting.name == name)
}

impl Shape {
    /// Whether `text` is one, or what is wrong and what would be right.
    pub fn check(self, text: &str) -> Result<(), Fault> {
        let wrong = |takes: &str| Err(Fault::Value { given: text.to_owned(), takes: takes.to_owned() });
        match self {
            Self::Text if text.trim().is_empty() || text.chars().count() > 100 => {
                wrong("1 to 100 characters")
            }
            Self::Name if !is_name(text) => wrong("letters, digits, `-` and `_`, at most 40"),
            Self::Path if text.is_empty() => wrong("a path"),
            Self::Address if url::Url::parse(text).is_err() => {
                wrong("an address like https://api.stripe.com")
            }
            Self::Account if !(text.starts_with("acct_") && is_name(text)) => {
                wrong("an account id like acct_1Abc")
            }
            Self::Zone if jiff::tz::TimeZone::get(text).is_err() => wrong("a time zone like Europe/Berlin"),
            Self::Switch if !matches!(text, "true" | "false") => wrong("true or false"),
            Self::Number { least, most }
                if !text.parse::<u64>().is_ok_and(|number| (least..=most).contains(&number)) =>
            {
                wrong(&format!("a whole number from {least} to {most}"))
            }
            Self::OneOf(values) if !values.contains(&text) => wrong(&format!("one of {}", values.join(", "))),
            _ => Ok(()),
        }
    }

    /// The TOML type that it is written in.
    pub fn toml_type(self) -> &'static str {
        match self {
            Self::Switch => "boolean",
            Self::Number { .. } => "integer",
            _ => "string",
        }
    }
}

pub(super) fn is_name(text: &str) -> bool {
    (1..=40).contains(&text.len())
        && text.bytes().all(|byte| byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'_'))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_default_is_a_value_that_its_setting_takes() {
        for setting in SETTINGS.iter().filter(|setting| !setting.default.is_empty()) {
            assert_eq!(setting.shape.check(setting.default), Ok(()), "{}", setting.name);
        }
    }

    #[test]
    fn a_wrong_value_is_told_what_is_taken() {
        let takes = |name: &str, text: &str| match find(name).unwrap().shape.check(text) {
            Err(Fault::Value { takes, .. }) => takes,
            other => panic!("{name} = {text}: {other:?}"),
        };
        assert_eq!(takes("undo_seconds", "61"), "a whole number from 0 to 60");
        assert_eq!(takes("color", "blue"), "one of auto, always, never");
        assert_eq!(takes("profile", "../x"), "letters, digits, `-` and `_`, at most 40");
        assert!(takes("zone", "Moon/Sea").contains("Europe/Berlin"));
        assert!(takes("account", "cus_1").contains("acct_1Abc"));
    }
}
