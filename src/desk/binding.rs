//! Tables of keys: one row says which keys, what they do, and in which words. Dispatch, the bottom line, the help and the docs
//! read the same rows, so what is shown is what works.

use serde::{Deserialize, Serialize};

use super::key::Key;
use crate::text;

/// A row: the same for the desk, a modal, a list, a form and a text field, each with what can be done there.
#[derive(Clone, Copy, Debug)]
pub struct Binding<D> {
    pub keys: &'static [&'static str],
    pub does: D,
    /// The word on the bottom line; none keeps it off. Neighbours with the same word are one hint.
    pub hint: Option<&'static str>,
    /// Neighbours with the same help are one line.
    pub help: &'static str,
    /// Goes on while the key is held down. What opens, answers or sends does not.
    pub held: bool,
    /// The palette lists it under this name.
    pub name: Option<&'static str>,
    /// What people call it who look for it in other words than the help's.
    pub words: &'static [&'static str],
}

pub const fn bind<D: Copy>(
    keys: &'static [&'static str],
    does: D,
    hint: Option<&'static str>,
    help: &'static str,
) -> Binding<D> {
    Binding { keys, does, hint, help, held: false, name: None, words: &[] }
}

impl<D: Copy> Binding<D> {
    #[must_use]
    pub const fn held(self) -> Self {
        Self { held: true, ..self }
    }

    #[must_use]
    pub const fn named(self, name: &'static str) -> Self {
        Self { name: Some(name), ..self }
    }

    #[must_use]
    pub const fn called(self, words: &'static [&'static str]) -> Self {
        Self { words, ..self }
    }

    /// The same row in the table of something that has this as a part.
    pub fn within<W>(self, wrap: fn(D) -> W) -> Binding<W> {
        let Self { keys, does, hint, help, held, name, words } = self;
        Binding { keys, does: wrap(does), hint, help, held, name, words }
    }

    pub fn keys(&self) -> impl Iterator<Item = Key> {
        self.keys.iter().filter_map(|name| Key::parse(name))
    }

    pub fn has(&self, key: Key) -> bool {
        self.keys().any(|bound| bound.is(key))
    }
}

/// The key that the table has for it first, as it is shown.
pub fn shown<D: Copy + PartialEq>(table: impl IntoIterator<Item = Binding<D>>, does: D) -> String {
    let row = table.into_iter().find(|row| row.does == does);
    row.and_then(|row| row.keys().next()).map_or_else(String::new, |key| key.to_string())
}

/// How a row stands now.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Now {
    /// It means nothing here: not shown, and another row may have its keys.
    Off,
    On,
    /// It works, and this says better than the table what it does now.
    Says(String),
    /// It would do nothing, and why: shown dim, and said when it is pressed all the same.
    Dim(String),
}

impl Now {
    pub fn on(when: bool) -> Self {
        if when { Self::On } else { Self::Off }
    }
}

/// One entry of the bottom line.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Hint {
    pub keys: Vec<Key>,
    pub word: String,
    pub dim: bool,
}

impl Hint {
    /// `Enter`, `↑↓`, `a–z`
    pub fn label(&self) -> String {
        names(&self.keys).concat()
    }
}

/// So many letters or digits in a row are shown by the first and the last.
const RUN: usize = 3;

/// Keys as they are shown: a run of letters or digits as one, and no capital beside a letter that does the same.
fn names(keys: &[Key]) -> Vec<String> {
    let small = |key: &Key| key.typed().filter(char::is_ascii_uppercase).map(|c| c.to_ascii_lowercase());
    let doubled = |key: &&Key| small(key).is_some_and(|c| keys.contains(&Key::char(c)));
    let mut runs: Vec<Vec<Key>> = Vec::new();
    for key in keys.iter().filter(|key| !doubled(key)) {
        let next = |last: &Key| {
            let (last, this) = (last.typed()?, key.typed()?);
            (last.is_ascii_alphanumeric() && u32::from(this) == u32::from(last).saturating_add(1))
                .then_some(())
        };
        match runs.last_mut() {
            Some(run) if run.last().and_then(next).is_some() => run.push(*key),
            _ => runs.push(vec![*key]),
        }
    }
    let shown = |run: Vec<Key>| match &run[..] {
        [first, .., last] if run.len() >= RUN => vec![format!("{first}–{last}")],
        _ => run.iter().map(Key::to_string).collect(),
    };
    runs.into_iter().flat_map(shown).collect()
}

/// The bottom line of rows as they stand. While letters are typed into a field, a row shows the key that is none.
pub fn hints<D: Copy>(rows: impl IntoIterator<Item = (Binding<D>, Now)>, typing: bool) -> Vec<Hint> {
    let mut hints: Vec<Hint> = Vec::new();
    for (row, now) in rows {
        let Some(key) = row.keys().find(|key| !typing || key.typed().is_none()) else { continue };
        let (word, dim) = match now {
            Now::Off => continue,
            Now::On => (row.hint.map(str::to_owned), false),
            Now::Says(word) => (Some(word), false),
            Now::Dim(_) => (row.hint.map(str::to_owned), true),
        };
        let Some(word) = word else { continue };
        match hints.last_mut() {
            Some(last) if last.word == word && last.dim == dim => last.keys.push(key),
            _ => hints.push(Hint { keys: vec![key], word, dim }),
        }
    }
    hints
}

/// A line of the help.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Told {
    pub keys: String,
    pub what: String,
    /// Other words that find it.
    pub words: Vec<String>,
}

impl Told {
    /// Whether the text finds it, and by which of its other words where its own lack it.
    pub fn found(&self, text: &str) -> Option<Option<&str>> {
        let own = format!("{} {}", self.keys, self.what).to_lowercase();
        if text.to_lowercase().split_whitespace().all(|word| own.contains(word)) {
            return Some(None);
        }
        text::called(&self.words, text).map(Some)
    }
}

/// Keys and what they do, a line each. What would do nothing says why.
pub fn help<D: Copy>(rows: impl IntoIterator<Item = (Binding<D>, Now)>) -> Vec<Told> {
    let mut lines: Vec<(Vec<Key>, String, Vec<String>)> = Vec::new();
    for (row, now) in rows {
        let keys: Vec<_> = row.keys().collect();
        let what = match now {
            Now::Off => continue,
            Now::On | Now::Says(_) => row.help.to_owned(),
            Now::Dim(why) => format!("{} · not now: {why}", row.help),
        };
        let words = row.words.iter().map(|word| (*word).to_owned());
        match lines.last_mut() {
            Some((all, last, known)) if *last == what => {
                all.extend(keys);
                known.extend(words);
            }
            _ => lines.push((keys, what, words.collect())),
        }
    }
    let told = |(keys, what, words): (Vec<Key>, String, Vec<String>)| Told {
        keys: names(&keys).join("  "),
        what,
        words,
    };
    lines.into_iter().map(told).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    const ROWS: [Binding<u8>; 4] = [
        bind(&["<up>", "k"], 0, Some("move"), "a row up"),
        bind(&["j", "<down>"], 1, Some("move"), "a row down"),
        bind(&["1"], 2, None, "the option of this number"),
        bind(&["2"], 3, Some("pick"), "the option of this number"),
    ];

    #[test]
    fn a_run_of_letters_is_shown_as_one() {
        let keys = |text: &str| text.chars().map(Key::char).collect::<Vec<_>>();
        assert_eq!(names(&keys("aAbBcCdD")), ["a–d"]);
        assert_eq!(names(&keys("jk")), ["j", "k"]);
        assert_eq!(names(&keys("jJG019")), ["j", "G", "0", "1", "9"]);
        assert_eq!(names(&keys("0123")), ["0–3"]);
    }

    #[test]
    fn neighbours_with_one_word_are_one_hint_and_with_one_help_one_line() {
        let rows = |now: Now| ROWS.map(|row| (row, now.clone()));
        let said = |hints: Vec<Hint>| -> Vec<_> {
            hints.into_iter().map(|hint| (hint.label(), hint.word, hint.dim)).collect()
        };
        let hint = |key: &str, word: &str, dim| (key.to_owned(), word.to_owned(), dim);
        assert_eq!(said(hints(rows(Now::On), false)), [hint("↑j", "move", false), hint("2", "pick", false)]);
        assert_eq!(said(hints(rows(Now::On), true)), [hint("↑↓", "move", false)], "letters are typed");
        assert_eq!(said(hints(rows(Now::Dim("late".into())), true)), [hint("↑↓", "move", true)]);
        assert_eq!(said(hints(rows(Now::Says("go".into())), true)), [hint("↑↓", "go", false)]);
        assert_eq!(hints(rows(Now::Off), false), []);
        let lines = help(rows(Now::On));
        assert_eq!(lines.len(), 3);
        assert_eq!((&*lines[2].keys, &*lines[2].what), ("1  2", "the option of this number"));
        assert_eq!(help(rows(Now::Dim("late".into())))[0].what, "a row up · not now: late");
    }
}
