//! What an agent can tell the customer: a text a case, filled with what was read and with nothing else.

use std::{collections::BTreeMap, sync::OnceLock};

use serde::{Deserialize, Serialize};

const TEXTS: &str = include_str!("../../assets/replies/en.toml");

/// The texts by their case.
pub fn texts() -> &'static BTreeMap<String, String> {
    static READ: OnceLock<BTreeMap<String, String>> = OnceLock::new();
    READ.get_or_init(|| toml::from_str(TEXTS).unwrap_or_default())
}

/// A case, and what its names stand for.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Reply {
    /// Empty where there is nothing to tell a customer.
    pub case: String,
    pub facts: BTreeMap<String, String>,
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

impl Reply {
    pub fn new(case: &str, facts: impl IntoIterator<Item = (&'static str, String)>) -> Self {
        let facts = facts.into_iter().map(|(name, value)| (name.to_owned(), value)).collect();
        Self { case: case.to_owned(), facts }
    }

    pub fn none() -> Self {
        Self::default()
    }

    /// What is known besides. An empty fact is one that is not there to be told.
    #[must_use]
    pub fn with(mut self, name: &str, value: impl Into<String>) -> Self {
        self.facts.insert(name.to_owned(), value.into());
        self
    }

    /// The text, ready to be sent; or which fact it lacks.
    pub fn text(&self) -> Result<String, NoReply> {
        if self.case.is_empty() {
            return Err(NoReply::Nothing);
        }
        let text = texts().get(&self.case).ok_or_else(|| NoReply::NoText(self.case.clone()))?;
        let mut filled = String::new();
        let mut rest = text.as_str();
        while let Some((before, after)) = rest.split_once('{') {
            filled.push_str(before);
            let Some((name, behind)) = after.split_once('}') else { break };
            let missing = || NoReply::Missing { case: self.case.clone(), name: name.replace('_', " ") };
            filled.push_str(self.facts.get(name).ok_or_else(missing)?);
            rest = behind;
        }
        filled.push_str(rest);
        Ok(filled)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_text_is_filled_with_facts_and_says_which_it_lacks() {
        let reply = Reply::new("invoice_void", [("number", "A-1".to_owned())]);
        assert_eq!(
            reply.text().unwrap_err().to_string(),
            "the text `invoice_void` needs the date, which is not known here"
        );
        let text = reply.with("date", "22 Nov").text().unwrap();
        assert_eq!(text, "Invoice A-1 of 22 Nov was cancelled. Nothing is to be paid.");
        assert_eq!(Reply::none().text(), Err(NoReply::Nothing));
    }

    #[test]
    fn a_fact_with_braces_in_it_is_only_told() {
        let reply = Reply::new("invoice_void", [("number", "{date}".to_owned()), ("date", "{x}".to_owned())]);
        assert!(reply.text().unwrap().starts_with("Invoice {date} of {x} was cancelled."));
    }

    #[test]
    fn every_text_reads() {
        assert!(texts().len() > 20, "the file was not read");
        for (case, text) in texts() {
            assert_eq!(text.matches('{').count(), text.matches('}').count(), "{case}");
            assert!(!text.trim().is_empty(), "{case}");
        }
    }
}
