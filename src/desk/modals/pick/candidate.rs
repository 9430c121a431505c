//! One of those that can be chosen, and how likely it is meant by what was typed.

use serde::{Deserialize, Serialize};

use crate::desk::sheet::Line;

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct Candidate {
    pub(super) value: String,
    pub(super) cells: Vec<Line>,
    pub(super) words: String,
    pub(super) current: bool,
    /// Why it can hardly be meant: it is in another currency than what it is chosen for.
    #[serde(default)]
    pub(super) unfit: Option<String>,
    /// How far it stands from what there is, and what it costs: see [`crate::desk::candidates::distance`].
    #[serde(default)]
    pub(super) far: (u8, i64),
}

impl Candidate {
    /// Of two that match, the one with less of it is rather meant. A price in another currency can hardly be; one that has the very
    /// words is rather than one that has their letters; and one for the same interval rather than one for another.
    pub(super) fn rank(&self, typed: &[String]) -> (bool, bool, bool) {
        let words = self.words.to_lowercase();
        (self.unfit.is_some(), !typed.iter().all(|typed| has(&words, typed)), self.far.0 > 1)
    }
}

/// The words hold what was typed; an amount holds a number only as a whole: `490` and `1900` are in `$490.00` and `$1,900.00`, and
/// `49` is not.
fn has(words: &str, typed: &str) -> bool {
    let number = |text: &str| text.replace(',', "");
    let typed_number = number(typed.trim_start_matches(|c: char| !c.is_ascii_alphanumeric()));
    if !typed_number.starts_with(|c: char| c.is_ascii_digit()) {
        return words.contains(typed);
    }
    let is_it = |word: &str| {
        let word = number(word.trim_start_matches(|c: char| !c.is_ascii_digit()));
        word.strip_prefix(&typed_number).is_some_and(|rest| !rest.starts_with(|c: char| c.is_ascii_digit()))
    };
    words.split_whitespace().any(is_it)
}

#[cfg(test)]
mod tests {
    use super::has;

    #[test]
    fn a_number_is_meant_as_a_whole() {
        for (words, typed, holds) in [
            ("growth · $490.00/yr", "490", true),
            ("growth · $490.00/yr", "49", false),
            ("growth · $490.00/yr", "$490", true),
            ("growth · $1,900.00/yr", "1900", true),
            ("growth · $1,900.00/yr", "1,900.00", true),
            ("growth · 900 €/mo", "900", true),
            ("growth · 900 €/mo", "grow", true),
            ("growth · 900 €/mo", "seats", false),
        ] {
            assert_eq!(has(words, typed), holds, "{typed} in {words}");
        }
    }
}
