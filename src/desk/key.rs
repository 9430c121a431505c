//! Keys as data: what the terminal sent, what tests and tables write (`r`, `<enter>`, `<c-r>`), what hints show.

use std::fmt;

use serde::{Deserialize, Serialize};

#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub enum Code {
    Char(char),
    Enter,
    Esc,
    Tab,
    BackTab,
    Backspace,
    Delete,
    Up,
    Down,
    Left,
    Right,
    Home,
    End,
    PageUp,
    PageDown,
    F(u8),
}

/// One key press. Shift is part of the character (`D`), not a modifier of its own.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct Key {
    pub code: Code,
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub ctrl: bool,
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub alt: bool,
    /// The terminal says that the key is held down: a repeat never confirms anything.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub repeat: bool,
}

const NAMED: &[(&str, Code, &str)] = &[
    ("enter", Code::Enter, "Enter"),
    ("esc", Code::Esc, "Esc"),
    ("tab", Code::Tab, "Tab"),
    ("s-tab", Code::BackTab, "⇧Tab"),
    ("bs", Code::Backspace, "⌫"),
    ("del", Code::Delete, "Del"),
    ("up", Code::Up, "↑"),
    ("down", Code::Down, "↓"),
    ("left", Code::Left, "←"),
    ("right", Code::Right, "→"),
    ("home", Code::Home, "Home"),
    ("end", Code::End, "End"),
    ("pgup", Code::PageUp, "PgUp"),
    ("pgdn", Code::PageDown, "PgDn"),
    ("space", Code::Char(' '), "Space"),
    ("lt", Code::Char('<'), "<"),
];

impl Key {
    pub const fn new(code: Code) -> Self {
        Self { code, ctrl: false, alt: false, repeat: false }
    }

    pub const fn char(c: char) -> Self {
        Self::new(Code::Char(c))
    }

    pub const fn ctrl(c: char) -> Self {
        Self { code: Code::Char(c), ctrl: true, alt: false, repeat: false }
    }

    /// `r`, `D`, `<enter>`, `<c-r>`, `<m-x>`, `<f1>`.
    pub fn parse(text: &str) -> Option<Self> {
        let Some(name) = text.strip_prefix('<').and_then(|rest| rest.strip_suffix('>')) else {
            let mut chars = text.chars();
            return chars.next().filter(|_| chars.next().is_none()).map(Self::char);
        };
        let name = name.to_ascii_lowercase();
        if let Some((_, code, _)) = NAMED.iter().find(|(known, ..)| *known == name) {
            return Some(Self::new(*code));
        }
        if let Some(number) = name.strip_prefix('f').and_then(|number| number.parse().ok()) {
            return Some(Self::new(Code::F(number)));
        }
        let (modifier, rest) = name.split_once('-')?;
        let mut chars = rest.chars();
        let c = chars.next().filter(|_| chars.next().is_none())?;
        match modifier {
            "c" => Some(Self::ctrl(c)),
            "m" => Some(Self { alt: true, ..Self::char(c) }),
            _ => None,
        }
    }

    /// The same key, held down or not.
    pub fn is(self, other: Self) -> bool {
        Self { repeat: false, ..self } == Self { repeat: false, ..other }
    }

    /// A character that is typed into a field.
    pub fn typed(self) -> Option<char> {
        match self.code {
            Code::Char(c) if !self.ctrl && !self.alt => Some(c),
            _ => None,
        }
    }
}

impl fmt::Display for Key {
    /// As hints show it: `r`, `Enter`, `Ctrl-r`.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let prefix = match (self.ctrl, self.alt) {
            (true, _) => "Ctrl-",
            (false, true) => "Alt-",
            (false, false) => "",
        };
        let shown = NAMED.iter().find(|(_, code, _)| *code == self.code).map(|(.., shown)| *shown);
        match (shown, self.code) {
            (Some(shown), _) => write!(f, "{prefix}{shown}"),
            (None, Code::Char(c)) => write!(f, "{prefix}{c}"),
            (None, Code::F(number)) => write!(f, "{prefix}F{number}"),
            (None, code) => write!(f, "{prefix}{code:?}"),
        }
    }
}

/// A line of keys as tests write it: `/ada<enter>r`.
pub fn parse_keys(line: &str) -> Result<Vec<Key>, String> {
    let mut keys = Vec::new();
    let mut rest = line;
    while let Some(first) = rest.chars().next() {
        let end = if first == '<' {
            rest.find('>').map_or(rest.len(), |at| at.saturating_add(1))
        } else {
            first.len_utf8()
        };
        let (token, tail) = rest.split_at(end);
        keys.push(Key::parse(token).ok_or_else(|| format!("no key is named {token}"))?);
        rest = tail;
    }
    Ok(keys)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_read_and_show() {
        let show = |text: &str| Key::parse(text).unwrap().to_string();
        assert_eq!(
            [show("r"), show("<enter>"), show("<c-r>"), show("<f1>"), show("<lt>")],
            ["r", "Enter", "Ctrl-r", "F1", "<"]
        );
        assert_eq!(Key::parse("<nope>"), None);
        assert_eq!(parse_keys("/a<enter>").unwrap(), [Key::char('/'), Key::char('a'), Key::new(Code::Enter)]);
    }
}
