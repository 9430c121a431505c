//! Choosing among the options of a field: the keys for it, and letters that jump to the option that begins with them. What they
//! do is said below the field, and what begins no option changes nothing: somebody may have meant another field.

use serde::{Deserialize, Serialize};

use super::binding::{self, Binding, bind};
use crate::text;

/// What a key does to a choice.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Choose {
    Previous,
    Next,
    /// The next one; amid letters, one of them.
    Space,
    /// Nothing, or what is meant where nobody chooses. After letters, what was chosen before them.
    Nothing,
    /// The option that begins with what was typed; one letter again and again goes round. No digit chooses: somebody may mean it
    /// for an amount.
    Letter(char),
}

/// Keys of a choice.
pub const CHOICES: &[Binding<Choose>] = &[
    bind(&["<left>"], Choose::Previous, Some("choose"), "the option before").held(),
    bind(&["<right>"], Choose::Next, Some("choose"), "the next option").held(),
    bind(&["<space>"], Choose::Space, None, "the next option").held(),
    bind(&["<bs>", "<del>"], Choose::Nothing, None, "no option, or the one that is meant by itself"),
    letter(&["a", "A"], 'a'),
    letter(&["b", "B"], 'b'),
    letter(&["c", "C"], 'c'),
    letter(&["d", "D"], 'd'),
    letter(&["e", "E"], 'e'),
    letter(&["f", "F"], 'f'),
    letter(&["g", "G"], 'g'),
    letter(&["h", "H"], 'h'),
    letter(&["i", "I"], 'i'),
    letter(&["j", "J"], 'j'),
    letter(&["k", "K"], 'k'),
    letter(&["l", "L"], 'l'),
    letter(&["m", "M"], 'm'),
    letter(&["n", "N"], 'n'),
    letter(&["o", "O"], 'o'),
    letter(&["p", "P"], 'p'),
    letter(&["q", "Q"], 'q'),
    letter(&["r", "R"], 'r'),
    letter(&["s", "S"], 's'),
    letter(&["t", "T"], 't'),
    letter(&["u", "U"], 'u'),
    letter(&["v", "V"], 'v'),
    letter(&["w", "W"], 'w'),
    letter(&["x", "X"], 'x'),
    letter(&["y", "Y"], 'y'),
    letter(&["z", "Z"], 'z'),
];

const fn letter(keys: &'static [&'static str], letter: char) -> Binding<Choose> {
    bind(keys, Choose::Letter(letter), Some("jump"), "to the option that begins with what is typed")
}

/// Letters that were typed on a choice since any other key, and what was chosen before the first of them.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Ahead {
    letters: String,
    before: Option<usize>,
    found: bool,
    /// When the last letter was typed.
    at_ms: i64,
}

/// Letters that are kept: what goes on for longer begins no option anyway.
const LETTERS_MOST: usize = 100;
/// Cells of them that are shown.
const SHOWN_MOST: usize = 16;
/// After a jump, a letter so much later begins anew.
const PAUSE_MS: i64 = 1_000;
/// The same after letters that began no option: whoever writes on, in a field that they did not mean, pauses less.
const ASTRAY_MS: i64 = 5_000;

impl Ahead {
    /// What is chosen of options, value and word, after a key.
    pub(super) fn choose(
        &mut self,
        options: &[(String, String)],
        chosen: Option<usize>,
        default: Option<usize>,
        (choose, now_ms): (Choose, i64),
    ) -> Option<usize> {
        let pause = if self.found { PAUSE_MS } else { ASTRAY_MS };
        if now_ms.saturating_sub(self.at_ms) > pause && choose != Choose::Nothing {
            *self = Self::default();
        }
        self.at_ms = now_ms;
        let last = options.len().saturating_sub(1);
        match choose {
            Choose::Letter(letter) => return self.letter(options, chosen, letter),
            Choose::Space if !self.letters.is_empty() => return self.letter(options, chosen, ' '),
            Choose::Space | Choose::Previous | Choose::Next | Choose::Nothing => {}
        }
        let typed = std::mem::take(self);
        match (choose, chosen) {
            (Choose::Previous, None) => Some(last),
            (Choose::Previous, Some(at)) => Some(at.checked_sub(1).unwrap_or(last)),
            (Choose::Next | Choose::Space, None) => Some(0),
            (Choose::Next | Choose::Space, Some(at)) => {
                Some(if at >= last { 0 } else { at.saturating_add(1) })
            }
            (Choose::Nothing, _) if !typed.letters.is_empty() => typed.before,
            (Choose::Nothing | Choose::Letter(_), _) => default,
        }
    }

    fn letter(&mut self, options: &[(String, String)], chosen: Option<usize>, letter: char) -> Option<usize> {
        if self.letters.is_empty() {
            self.before = chosen;
        }
        if self.letters.len() < LETTERS_MOST {
            self.letters.push(letter);
        }
        let begins = |at: &usize| {
            let says = options.get(*at).map(|(_, says)| says.to_lowercase());
            says.is_some_and(|says| says.starts_with(&self.letters))
        };
        let found = if self.letters.chars().all(|one| one == letter) {
            // Several may begin with it: the next one round.
            let after = chosen.map_or(0, |at| at.saturating_add(1)).min(options.len());
            let fits = |at: &usize| options.get(*at).is_some_and(|(_, says)| first(says) == Some(letter));
            (after..options.len()).chain(0..after).find(fits)
        } else {
            (0..options.len()).find(begins)
        };
        self.found = found.is_some();
        found.or(self.before)
    }

    /// Letters that begin no option.
    pub(super) fn is_astray(&self) -> bool {
        !self.letters.is_empty() && !self.found
    }

    /// What the letters did, and how to go on; nothing where none were typed.
    pub(super) fn says(&self, chosen: Option<&str>) -> Option<String> {
        if self.letters.is_empty() {
            return None;
        }
        let key = |does| binding::shown(CHOICES.iter().copied(), does);
        let Some(chosen) = chosen.filter(|_| self.found) else {
            let letters = text::cut(&self.letters, SHOWN_MOST);
            return Some(format!("no option begins with `{letters}`: nothing changed"));
        };
        Some(format!("`{}` jumped to {chosen} · {} takes it back", self.letters, key(Choose::Nothing)))
    }
}

fn first(says: &str) -> Option<char> {
    says.chars().next().map(|first| first.to_ascii_lowercase())
}

#[cfg(test)]
mod tests {
    use super::*;

    /// What is chosen after the keys, and what is said of it.
    fn after(keys: &[Choose]) -> (Option<usize>, Option<String>) {
        let options = ["too expensive", "too slow", "missing features", "other"];
        let options: Vec<_> = options.map(|says| (says.to_owned(), says.to_owned())).into();
        let (mut ahead, mut chosen) = (Ahead::default(), Some(3));
        for key in keys {
            chosen = ahead.choose(&options, chosen, None, (*key, 0));
        }
        (chosen, ahead.says(chosen.map(|at| options[at].1.as_str())))
    }

    fn typed(text: &str) -> Vec<Choose> {
        text.chars().map(Choose::Letter).collect()
    }

    #[test]
    fn a_letter_jumps_and_says_so_and_is_taken_back() {
        let (chosen, said) = after(&typed("m"));
        assert_eq!(chosen, Some(2));
        assert_eq!(said.unwrap(), "`m` jumped to missing features · ⌫ takes it back");
        let back = [typed("m"), vec![Choose::Nothing]].concat();
        assert_eq!(after(&back), (Some(3), None));
        assert_eq!(after(&[Choose::Nothing]), (None, None), "without letters, nothing is chosen");
    }

    #[test]
    fn one_letter_goes_round_and_several_are_a_beginning() {
        assert_eq!(after(&typed("t")).0, Some(0));
        assert_eq!(after(&typed("tt")).0, Some(1));
        assert_eq!(after(&typed("ttt")).0, Some(0));
        assert_eq!(after(&typed("to")).0, Some(0));
    }

    #[test]
    fn after_a_pause_a_letter_begins_anew() {
        let options = ["duplicate", "requested", "fraudulent"];
        let options: Vec<_> = options.map(|says| (says.to_owned(), says.to_owned())).into();
        let mut ahead = Ahead::default();
        let mut press =
            |chosen, letter, at_ms| ahead.choose(&options, chosen, None, (Choose::Letter(letter), at_ms));
        let first = press(None, 'r', 0);
        assert_eq!(first, Some(1));
        assert_eq!(press(first, 'f', 1_500), Some(2));
        assert_eq!(press(Some(2), 'd', 1_600), Some(1), "`fd` begins nothing: as it was before it");
        assert_eq!(press(Some(1), 'r', 9_000), Some(1), "words that are astray stay so");
    }

    #[test]
    fn a_sentence_that_was_meant_for_another_field_changes_nothing() {
        let sentence = [typed("moved"), vec![Choose::Space], typed("to")].concat();
        let (chosen, said) = after(&sentence);
        assert_eq!(chosen, Some(3));
        assert_eq!(said.unwrap(), "no option begins with `moved to`: nothing changed");
        assert_eq!(after(&[sentence, vec![Choose::Next]].concat()), (Some(0), None), "an arrow chooses");
    }
}
