//! What an agent can tell the customer: a text a case, filled with what was read and with nothing else, in the customer's language.

mod languages;
mod locale;
mod texts;

use std::{collections::BTreeMap, sync::Arc};

use serde::{Deserialize, Serialize};

pub use self::{
    languages::Languages,
    locale::Locale,
    texts::{Texts, Wrong},
};
use crate::{actions::Moment, money::Money, time::Unix};

/// What a name in a text stands for. How it is written is the language's.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Fact {
    Text(String),
    Money(Money),
    Day(Unix),
    /// A day and a time.
    At(Unix),
    Count(i64),
    /// As Stripe writes it: `12.5`.
    Percent(String),
    /// One of the language's own, by its name there.
    Word(String),
    /// A part of a sentence with facts of its own.
    Say(Box<Reply>),
    /// Further sentences, each behind a space; none where there is nothing further to tell.
    Also(Vec<Reply>),
}

impl From<String> for Fact {
    fn from(text: String) -> Self {
        Self::Text(text)
    }
}

impl From<Money> for Fact {
    fn from(money: Money) -> Self {
        Self::Money(money)
    }
}

impl From<Unix> for Fact {
    fn from(day: Unix) -> Self {
        Self::Day(day)
    }
}

impl From<i64> for Fact {
    fn from(count: i64) -> Self {
        Self::Count(count)
    }
}

impl From<Vec<Reply>> for Fact {
    fn from(further: Vec<Reply>) -> Self {
        Self::Also(further)
    }
}

impl Fact {
    pub fn word(name: &str) -> Self {
        Self::Word(name.to_owned())
    }

    pub fn say(reply: Reply) -> Self {
        Self::Say(Box::new(reply))
    }

    /// `visa ··4242`; where nothing names it, that it is theirs.
    pub fn method(named: String) -> Self {
        if named.is_empty() { Self::word("your_way") } else { Self::Text(named) }
    }

    /// `Growth`, `Growth and Pro`, `Growth and 2 more`; none where nothing has a name.
    pub fn names(names: &[String]) -> Option<Self> {
        let say = |case: &str, facts: [(&'static str, Self); 2]| Self::say(Reply::new(case, facts));
        Some(match names {
            [] => return None,
            [one] => Self::Text(one.clone()),
            [one, two] => say("two_names", [("first", one.clone().into()), ("second", two.clone().into())]),
            [one, more @ ..] => {
                let more = i64::try_from(more.len()).unwrap_or(i64::MAX);
                say("more_names", [("first", one.clone().into()), ("count", more.into())])
            }
        })
    }

    /// `two`, `three`, and figures for what has no word.
    pub fn number(count: usize) -> Self {
        match count {
            2..=6 => Self::Word(format!("number_{count}")),
            _ => Self::Count(i64::try_from(count).unwrap_or(i64::MAX)),
        }
    }

    /// `twice`, `three times`
    pub fn times(count: usize) -> Self {
        if (2..=6).contains(&count) {
            return Self::Word(format!("times_{count}"));
        }
        let count = i64::try_from(count).unwrap_or(i64::MAX);
        Self::say(Reply::new("more_times", [("count", count)]))
    }

    fn is_empty(&self) -> bool {
        matches!(self, Self::Text(text) if text.is_empty())
    }
}

/// A case, and what its names stand for.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Reply {
    /// Empty where there is nothing to tell a customer.
    pub case: String,
    pub facts: BTreeMap<String, Fact>,
}

/// Why there is no text.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum NoReply {
    #[error("there is nothing to tell a customer about this")]
    Nothing,
    #[error("no text is written for the case `{0}`")]
    NoText(String),
    #[error("the text `{case}` needs the {name}, which is not known here")]
    Missing { case: String, name: String },
}

/// In which language a customer is told, when, and by the days of which place.
#[derive(Clone, Debug)]
pub struct Voice {
    pub texts: Arc<Texts>,
    pub moment: Moment,
}

impl Voice {
    pub fn english(moment: Moment) -> Self {
        Self { texts: Arc::clone(Texts::builtin(Locale::En)), moment }
    }
}

impl Reply {
    /// An empty fact is one that is not known.
    pub fn new<F: Into<Fact>>(case: &str, facts: impl IntoIterator<Item = (&'static str, F)>) -> Self {
        let mut reply = Self { case: case.to_owned(), facts: BTreeMap::new() };
        for (name, fact) in facts {
            reply.put(name, fact.into());
        }
        reply
    }

    pub fn none() -> Self {
        Self::default()
    }

    /// Without facts.
    pub fn plain(case: &str) -> Self {
        Self { case: case.to_owned(), facts: BTreeMap::new() }
    }

    pub fn is_none(&self) -> bool {
        self.case.is_empty()
    }

    fn put(&mut self, name: &str, fact: Fact) {
        if !fact.is_empty() {
            self.facts.insert(name.to_owned(), fact);
        }
    }

    /// What is known besides.
    #[must_use]
    pub fn with(mut self, name: &str, fact: impl Into<Fact>) -> Self {
        self.put(name, fact.into());
        self
    }

    /// What is known besides, where it is.
    #[must_use]
    pub fn with_some(self, name: &str, fact: Option<impl Into<Fact>>) -> Self {
        match fact {
            Some(fact) => self.with(name, fact),
            None => self,
        }
    }

    /// With one sentence more, where its text has a place for it.
    #[must_use]
    pub fn also(mut self, further: Self) -> Self {
        if let Some(Fact::Also(all)) = self.facts.get_mut("also") {
            all.push(further);
        }
        self
    }

    /// Nothing that its text needs is missing.
    pub fn is_whole(&self) -> bool {
        let texts = Texts::builtin(Locale::En);
        texts.names(&self.case).is_some_and(|names| names.iter().all(|name| self.facts.contains_key(*name)))
    }

    /// The text, ready to be sent; or which fact it lacks.
    pub fn text(&self, voice: &Voice) -> Result<String, NoReply> {
        if self.is_none() {
            return Err(NoReply::Nothing);
        }
        let count = |name: &str| match self.facts.get(name) {
            Some(Fact::Count(count)) => Some(*count),
            _ => None,
        };
        let Some(text) = voice.texts.text(&self.case, count) else {
            return Err(NoReply::NoText(self.case.clone()));
        };
        let mut filled = String::new();
        let mut rest = text;
        while let Some((before, after)) = rest.split_once('{') {
            filled.push_str(before);
            let Some((name, behind)) = after.split_once('}') else { break };
            let missing = || NoReply::Missing { case: self.case.clone(), name: name.replace('_', " ") };
            filled.push_str(&self.facts.get(name).ok_or_else(missing)?.text(voice)?);
            rest = behind;
        }
        filled.push_str(rest);
        Ok(filled)
    }
}

impl Fact {
    fn text(&self, voice: &Voice) -> Result<String, NoReply> {
        let locale = voice.texts.locale;
        Ok(match self {
            Self::Text(text) => text.clone(),
            Self::Money(money) => locale.money(*money),
            Self::Day(at) => locale.day(*at, &voice.moment),
            Self::At(at) => locale.at(*at, &voice.moment),
            Self::Count(count) => count.to_string(),
            Self::Percent(percent) => locale.percent(percent),
            Self::Word(name) => {
                voice.texts.word(name).map(str::to_owned).ok_or_else(|| NoReply::NoText(name.clone()))?
            }
            Self::Say(reply) => reply.text(voice)?,
            Self::Also(further) => {
                let mut all = String::new();
                for reply in further {
                    all.push(' ');
                    all.push_str(&reply.text(voice)?);
                }
                all
            }
        })
    }
}

#[cfg(test)]
mod tests {
    use jiff::tz::TimeZone;

    use super::*;
    use crate::money::Currency;

    fn voice() -> Voice {
        Voice::english(Moment { now: Unix(1_795_435_200), zone: TimeZone::UTC })
    }

    fn text(reply: &Reply) -> Result<String, String> {
        reply.text(&voice()).map_err(|error| error.to_string())
    }

    #[test]
    fn a_text_is_filled_with_facts_and_says_which_it_lacks() {
        let reply = Reply::new("invoice_void", [("number", "A-1".to_owned())]);
        let missing = "the text `invoice_void` needs the date, which is not known here";
        assert_eq!(text(&reply).unwrap_err(), missing);
        // Nothing is not told as if it were something.
        assert_eq!(text(&reply.clone().with("date", String::new())).unwrap_err(), missing);
        assert!(!reply.is_whole());
        let reply = reply.with("date", Unix(1_795_348_800));
        assert!(reply.is_whole());
        assert_eq!(text(&reply).unwrap(), "Invoice A-1 of 22 Nov was cancelled. Nothing is to be paid.");
        assert_eq!(Reply::none().text(&voice()), Err(NoReply::Nothing));
    }

    #[test]
    fn a_fact_with_braces_in_it_is_only_told() {
        let reply = Reply::new("invoice_void", [("number", "{date}".to_owned()), ("date", "{x}".to_owned())]);
        assert!(text(&reply).unwrap().starts_with("Invoice {date} of {x} was cancelled."));
    }

    #[test]
    fn names_and_further_sentences_are_written_by_the_language() {
        let names = |names: &[&str]| {
            let names: Vec<String> = names.iter().map(|name| (*name).to_owned()).collect();
            Fact::names(&names).map(|fact| fact.text(&voice()).unwrap())
        };
        assert_eq!(names(&[]), None);
        assert_eq!(names(&["Growth", "Pro"]).unwrap(), "Growth and Pro");
        assert_eq!(names(&["Growth", "Pro", "Seats"]).unwrap(), "Growth and 2 more");
        let money = Money::new(2_000, Currency::USD);
        let also = Fact::Also(vec![Reply::new("after_refunded_in_part", [("amount", money)])]);
        assert_eq!(also.text(&voice()).unwrap(), " $20.00 of it was refunded.");
        assert_eq!(Fact::Also(Vec::new()).text(&voice()).unwrap(), "");
    }
}
