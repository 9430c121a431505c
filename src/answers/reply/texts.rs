//! The texts of one language: built in, or a team's own over them. What does not read is named with its line.

use std::{
    collections::{BTreeMap, BTreeSet},
    sync::{Arc, OnceLock},
};

use serde::{Deserialize, Serialize};
use toml::{
    Spanned,
    de::{DeTable, DeValue},
};

use super::Locale;
use crate::text::clean;

const SOURCES: [(Locale, &str); 4] = [
    (Locale::En, include_str!("../../../assets/replies/en.toml")),
    (Locale::De, include_str!("../../../assets/replies/de.toml")),
    (Locale::Fr, include_str!("../../../assets/replies/fr.toml")),
    (Locale::Es, include_str!("../../../assets/replies/es.toml")),
];

/// Where the words of a language stand.
const WORDS: &str = "words";

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
enum Text {
    Plain(String),
    /// By a count among the facts.
    Counted {
        by: String,
        one: String,
        other: String,
    },
}

/// What is wrong in a file of texts.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Wrong {
    pub line: usize,
    pub says: String,
}

/// What customers are told in one language, by its case.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Texts {
    pub locale: Locale,
    cases: BTreeMap<String, Text>,
    words: BTreeMap<String, String>,
}

impl Text {
    fn parts(&self) -> impl Iterator<Item = &str> {
        let (first, second) = match self {
            Self::Plain(text) => (text, None),
            Self::Counted { one, other, .. } => (one, Some(other)),
        };
        std::iter::once(first).chain(second).map(String::as_str)
    }
}

/// The names between braces.
fn names(text: &str) -> impl Iterator<Item = &str> {
    text.split('{').skip(1).filter_map(|part| Some(part.split_once('}')?.0))
}

impl Texts {
    /// What comes with paydesk; English where a language has none.
    pub fn builtin(locale: Locale) -> &'static Arc<Self> {
        static READ: OnceLock<(Arc<Texts>, Vec<Arc<Texts>>)> = OnceLock::new();
        let (english, others) = READ.get_or_init(|| {
            let read = |(locale, source): &(Locale, &str)| {
                Arc::new(Self::parse(source, *locale).unwrap_or_default())
            };
            let all: Vec<_> = SOURCES.iter().map(read).collect();
            (all.first().cloned().unwrap_or_default(), all)
        });
        others.iter().find(|texts| texts.locale == locale).unwrap_or(english)
    }

    /// A team's own over those that are built in: each for a case that there is, with names that the case has.
    pub fn own(source: &str, locale: Locale) -> Result<Self, Vec<Wrong>> {
        let known = Self::builtin(Locale::En);
        let mut merged = (**Self::builtin(locale)).clone();
        let own = Self::checked(source, locale, Some(known))?;
        merged.cases.extend(own.cases);
        merged.words.extend(own.words);
        Ok(merged)
    }

    fn parse(source: &str, locale: Locale) -> Result<Self, Vec<Wrong>> {
        Self::checked(source, locale, None)
    }

    fn checked(source: &str, locale: Locale, known: Option<&Self>) -> Result<Self, Vec<Wrong>> {
        let line = |at: usize| source.get(..at).unwrap_or(source).lines().count().max(1);
        let table = match DeTable::parse(source) {
            Ok(table) => table,
            Err(error) => {
                let at = error.span().map_or(source.len(), |span| span.start.saturating_add(1));
                return Err(vec![Wrong { line: line(at), says: clean(error.message()) }]);
            }
        };
        let (mut texts, mut wrong) = (Self { locale, ..Self::default() }, Vec::new());
        for (case, value) in table.get_ref() {
            let at = line(case.span().start.saturating_add(1));
            let case = case.get_ref().as_ref();
            let taken = match value.get_ref() {
                DeValue::Table(words) if case == WORDS => texts.take_words(words, known),
                value => text(value).and_then(|text| {
                    fits(case, &text, known)?;
                    texts.cases.insert(case.to_owned(), text);
                    Ok(())
                }),
            };
            wrong
                .extend(taken.err().map(|says| Wrong { line: at, says: format!("{}: {says}", clean(case)) }));
        }
        wrong.sort_by_key(|wrong| wrong.line);
        if wrong.is_empty() { Ok(texts) } else { Err(wrong) }
    }

    fn take_words(&mut self, words: &DeTable<'_>, known: Option<&Self>) -> Result<(), String> {
        for (name, word) in words {
            let name = name.get_ref().as_ref();
            let DeValue::String(word) = word.get_ref() else {
                return Err(format!("`{}` is no text: write it between quotes", clean(name)));
            };
            if known.is_some_and(|known| !known.words.contains_key(name)) {
                return Err(format!("`{}` is no word of a text", clean(name)));
            }
            self.words.insert(name.to_owned(), clean(word));
        }
        Ok(())
    }

    /// As it stands, with its names; `count` says what a name counts.
    pub(super) fn text(&self, case: &str, count: impl Fn(&str) -> Option<i64>) -> Option<&str> {
        Some(match self.cases.get(case)? {
            Text::Plain(text) => text,
            Text::Counted { by, one, other } => match count(by) {
                Some(count) if self.locale.is_one(count) => one,
                _ => other,
            },
        })
    }

    pub(super) fn word(&self, name: &str) -> Option<&str> {
        self.words.get(name).map(String::as_str)
    }

    /// What a case's text is filled with; none where there is no such case.
    pub(super) fn names(&self, case: &str) -> Option<BTreeSet<&str>> {
        Some(self.cases.get(case)?.parts().flat_map(names).collect())
    }
}

/// A text, or a table of two by a count.
fn text(value: &DeValue<'_>) -> Result<Text, String> {
    let table = match value {
        DeValue::String(text) => return Ok(Text::Plain(clean(text))),
        DeValue::Table(table) => table,
        _ => return Err("write a text between quotes, or { by = \"…\", one = \"…\", other = \"…\" }".into()),
    };
    let part = |name: &str| match table.get(name).map(Spanned::get_ref) {
        Some(DeValue::String(text)) => Ok(clean(text)),
        _ => Err(format!("`{name}` is missing: write {{ by = \"…\", one = \"…\", other = \"…\" }}")),
    };
    Ok(Text::Counted { by: part("by")?, one: part("one")?, other: part("other")? })
}

/// A text of a known case has only names that are told there.
fn fits(case: &str, text: &Text, known: Option<&Texts>) -> Result<(), String> {
    for part in text.parts() {
        if part.trim().is_empty() {
            return Err("the text is empty".into());
        }
        if part.matches('{').count() != part.matches('}').count() {
            return Err("a brace is open: names stand between { and }".into());
        }
    }
    let Some(known) = known else { return Ok(()) };
    let Some(allowed) = known.names(case) else {
        let near = known.cases.keys().min_by_key(|other| strsim::levenshtein(other, case));
        let near = near.map(|near| format!(": is `{near}` meant?")).unwrap_or_default();
        return Err(format!("there is no such case{near}"));
    };
    let by = match text {
        Text::Counted { by, .. } => Some(by.as_str()),
        Text::Plain(_) => None,
    };
    let strange = text.parts().flat_map(names).chain(by).find(|name| !allowed.contains(name));
    strange.map_or(Ok(()), |name| {
        let all: Vec<_> = allowed.into_iter().map(|name| format!("{{{name}}}")).collect();
        Err(format!("{{{}}} is not known here: it can tell {}", clean(name), all.join(", ")))
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_text_that_comes_with_it_reads_and_is_there_in_each_language() {
        let english = Texts::parse(SOURCES[0].1, Locale::En).unwrap();
        assert!(english.cases.len() > 60 && english.words.len() > 5);
        for (locale, source) in SOURCES {
            // Checked as a team's own would be: the same cases, the same names.
            let texts =
                Texts::checked(source, locale, Some(&english)).unwrap_or_else(|wrong| panic!("{wrong:#?}"));
            let cases = |texts: &Texts| texts.cases.keys().cloned().collect::<Vec<_>>();
            assert_eq!(cases(&texts), cases(&english), "{locale:?}");
            assert_eq!(texts.words.keys().collect::<Vec<_>>(), english.words.keys().collect::<Vec<_>>());
            for case in english.cases.keys() {
                assert_eq!(texts.names(case), english.names(case), "{locale:?} {case}");
            }
        }
    }

    #[test]
    fn a_teams_own_text_takes_the_place_of_ours() {
        let own = "invoice_void = \"Forget {number}.\"\n[words]\nyour_way = \"your card\"\n";
        let own = Texts::own(own, Locale::En).unwrap();
        assert_eq!(own.text("invoice_void", |_| None), Some("Forget {number}."));
        assert_eq!(own.word("your_way"), Some("your card"));
        assert!(own.text("invoice_open", |_| None).is_some());
    }

    #[test]
    fn what_is_wrong_is_named_with_its_line() {
        let wrong = |source: &str| {
            let wrong = Texts::own(source, Locale::En).unwrap_err();
            wrong.iter().map(|one| format!("{}: {}", one.line, one.says)).collect::<Vec<_>>().join("\n")
        };
        for (source, says) in [
            ("\ninvoice_viod = \"x\"", "2: invoice_viod: there is no such case: is `invoice_void` meant?"),
            (
                "# ours\n\ninvoice_void = \"{total}\"",
                "3: invoice_void: {total} is not known here: it can tell {date}, {number}",
            ),
            ("invoice_void = \"{number\"", "1: invoice_void: a brace is open"),
            ("invoice_void = \" \"", "1: invoice_void: the text is empty"),
            ("invoice_void = 5", "1: invoice_void: write a text between quotes"),
            ("invoice_void = { by = \"number\" }", "1: invoice_void: `one` is missing"),
            ("[words]\nmine = \"x\"", "1: words: `mine` is no word of a text"),
            ("# x\na = \"\n", "2: "),
        ] {
            assert!(wrong(source).starts_with(says), "{source}: {}", wrong(source));
        }
        assert!(wrong("a = \"x\"\ninvoice_void = \"\"").lines().count() == 2);
    }
}
