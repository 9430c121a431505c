//! The search query language: `email~"ada" AND -metadata["vip"]:null AND created>1700000000`.

use std::{iter::Peekable, str::Chars};

use serde_json::Value;

use super::error::Refusal;

const CLAUSES_MOST: usize = 10;
const PART_LETTERS_LEAST: usize = 3;
const QUERY_LETTERS_MOST: usize = 5000;
/// Fields that may be asked for a part of their text, whether or not the caller marks them with `~`.
const TEXTS: &[&str] = &["email", "name", "phone", "description", "url"];

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Comparison {
    /// `:`, case aside.
    Is,
    /// `~`, case aside.
    Part,
    More,
    MoreOrEqual,
    Less,
    LessOrEqual,
}

/// One condition.
#[derive(Clone, Debug, PartialEq, Eq)]
struct Clause {
    /// `billing_details.address.postal_code`, cut at the dots; a metadata key is one piece.
    path: Vec<String>,
    comparison: Comparison,
    /// None: `null`.
    value: Option<String>,
    negated: bool,
}

/// A parsed query.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Query {
    clauses: Vec<Clause>,
    any: bool,
}

impl Query {
    /// `allowed`: the fields of the object, with dots; `metadata` for all its keys; `name~` for texts.
    pub(super) fn parse(text: &str, allowed: &[&str]) -> Result<Self, Refusal> {
        if text.chars().count() > QUERY_LETTERS_MOST {
            return Err(wrong(format!("Search queries can have at most {QUERY_LETTERS_MOST} characters.")));
        }
        let mut reader = Reader { letters: text.chars().peekable() };
        let mut clauses = Vec::new();
        let (mut and, mut or) = (false, false);
        loop {
            let clause = reader.clause()?;
            clause.check(allowed)?;
            clauses.push(clause);
            if clauses.len() > CLAUSES_MOST {
                return Err(wrong(format!("Search queries can have at most {CLAUSES_MOST} clauses.")));
            }
            match reader.join()? {
                Join::End => break,
                Join::And => and = true,
                Join::Or => or = true,
            }
        }
        if and && or {
            return Err(wrong(
                "Search queries can be joined with either AND or OR, not with both.".to_owned(),
            ));
        }
        Ok(Self { clauses, any: or })
    }

    pub(super) fn matches(&self, object: &Value) -> bool {
        if self.any {
            self.clauses.iter().any(|clause| clause.matches(object))
        } else {
            self.clauses.iter().all(|clause| clause.matches(object))
        }
    }

    /// Whether an object of which only some fields are known may be a hit.
    pub(super) fn may_match(&self, tell: impl Fn(&str) -> Told) -> bool {
        let mut sure = self.clauses.iter().map(|clause| clause.decides(tell(&clause.field())));
        if self.any { sure.any(|fits| fits != Some(false)) } else { sure.all(|fits| fits != Some(false)) }
    }

    /// What `field` must be in every hit: for a caller who has an index of it.
    pub(super) fn required(&self, field: &str) -> Option<&str> {
        let sure = !self.any || self.clauses.len() == 1;
        self.clauses
            .iter()
            .filter(|_| sure)
            .find(|clause| !clause.negated && clause.comparison == Comparison::Is && clause.field() == field)
            .and_then(|clause| clause.value.as_deref())
    }
}

impl Clause {
    /// `metadata` for any of its keys.
    fn field(&self) -> String {
        match self.path.split_first() {
            Some((head, _)) if head == "metadata" => head.clone(),
            _ => self.path.join("."),
        }
    }

    fn check(&self, allowed: &[&str]) -> Result<(), Refusal> {
        let field = self.field();
        let Some(row) = allowed.iter().find(|row| row.trim_end_matches('~') == field) else {
            return Err(wrong(format!(
                "Field `{field}` is an unsupported search field for this resource. See \
                 https://stripe.com/docs/search#supported-query-fields-for-each-resource for a list of supported \
                 fields."
            )));
        };
        if field == "metadata" && self.path.len() != 2 {
            return Err(unparsable());
        }
        match (self.comparison, self.value.as_deref()) {
            (Comparison::Is, _) => Ok(()),
            (Comparison::Part, Some(part)) => {
                if !row.ends_with('~') && !TEXTS.contains(&field.as_str()) {
                    return Err(wrong(format!("Field `{field}` does not support the operator `~`.")));
                }
                if part.chars().count() < PART_LETTERS_LEAST {
                    return Err(wrong(format!(
                        "The operator `~` needs at least {PART_LETTERS_LEAST} characters, in `{field}~\"{part}\"`."
                    )));
                }
                Ok(())
            }
            (_, Some(number)) if number.parse::<i64>().is_ok() => Ok(()),
            _ => Err(wrong(format!("The value for the field `{field}` must be a whole number here."))),
        }
    }

    /// As [`Clause::matches`], as far as it can be told.
    fn decides(&self, told: Told) -> Option<bool> {
        let fits = match (told, self.value.as_deref()) {
            (Told::Unknown, _) => return None,
            (Told::Nothing, wanted) => wanted.is_none(),
            (Told::Is(text), None) => text.is_empty(),
            (Told::Is(text), Some(wanted)) => self.compares(&text, wanted),
        };
        Some(fits != self.negated)
    }

    fn matches(&self, object: &Value) -> bool {
        let found = self.path.iter().try_fold(object, |tree, name| tree.get(name)).unwrap_or(&Value::Null);
        self.fits(found) != self.negated
    }

    fn fits(&self, found: &Value) -> bool {
        let Some(wanted) = self.value.as_deref() else {
            return found.is_null() || found == "";
        };
        match found {
            Value::Array(items) => items.iter().any(|item| self.fits(item)),
            // Expanded or not, an object is asked by its id.
            Value::Object(_) => found.get("id").is_some_and(|id| self.fits(id)),
            Value::Null => false,
            leaf => {
                let text = leaf.as_str().map_or_else(|| leaf.to_string(), str::to_owned);
                self.compares(&text, wanted)
            }
        }
    }

    fn compares(&self, text: &str, wanted: &str) -> bool {
        let numbers = || text.parse::<i64>().ok().zip(wanted.parse::<i64>().ok());
        match self.comparison {
            Comparison::Is => text.to_lowercase() == wanted.to_lowercase(),
            Comparison::Part => text.to_lowercase().contains(&wanted.to_lowercase()),
            Comparison::More => numbers().is_some_and(|(found, wanted)| found > wanted),
            Comparison::MoreOrEqual => numbers().is_some_and(|(found, wanted)| found >= wanted),
            Comparison::Less => numbers().is_some_and(|(found, wanted)| found < wanted),
            Comparison::LessOrEqual => numbers().is_some_and(|(found, wanted)| found <= wanted),
        }
    }
}

/// What is known of a field of an object that was not drawn.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Told {
    Unknown,
    /// It is missing or null.
    Nothing,
    Is(String),
}

enum Join {
    End,
    And,
    Or,
}

struct Reader<'a> {
    letters: Peekable<Chars<'a>>,
}

impl Reader<'_> {
    fn blank(&mut self) {
        while self.letters.next_if(|letter| letter.is_whitespace()).is_some() {}
    }

    fn word(&mut self, part: impl Fn(char) -> bool) -> String {
        let mut word = String::new();
        while let Some(letter) = self.letters.next_if(|letter| part(*letter)) {
            word.push(letter);
        }
        word
    }

    fn clause(&mut self) -> Result<Clause, Refusal> {
        self.blank();
        let negated = self.letters.next_if_eq(&'-').is_some();
        let path = self.path()?;
        let comparison = self.comparison()?;
        self.blank();
        let value = self.value()?;
        Ok(Clause { path, comparison, value, negated })
    }

    fn path(&mut self) -> Result<Vec<String>, Refusal> {
        let name = self.word(|letter| letter.is_ascii_alphanumeric() || letter == '_' || letter == '.');
        let mut path: Vec<String> = name.split('.').map(str::to_owned).collect();
        if path.iter().any(String::is_empty) {
            return Err(unparsable());
        }
        if self.letters.next_if_eq(&'[').is_some() {
            let key = self.quoted()?.ok_or_else(unparsable)?;
            if self.letters.next() != Some(']') {
                return Err(unparsable());
            }
            path.push(key);
        }
        Ok(path)
    }

    fn comparison(&mut self) -> Result<Comparison, Refusal> {
        self.blank();
        Ok(match self.letters.next() {
            Some(':') => Comparison::Is,
            Some('~') => Comparison::Part,
            Some('>') if self.letters.next_if_eq(&'=').is_some() => Comparison::MoreOrEqual,
            Some('>') => Comparison::More,
            Some('<') if self.letters.next_if_eq(&'=').is_some() => Comparison::LessOrEqual,
            Some('<') => Comparison::Less,
            _ => return Err(unparsable()),
        })
    }

    /// Quoted text, or bare: a number, true, false or null.
    fn value(&mut self) -> Result<Option<String>, Refusal> {
        if let Some(text) = self.quoted()? {
            return Ok(Some(text));
        }
        let bare = self.word(|letter| !letter.is_whitespace());
        match bare.as_str() {
            "null" => Ok(None),
            "true" | "false" => Ok(Some(bare)),
            number if number.parse::<i64>().is_ok() => Ok(Some(bare)),
            _ => Err(unparsable()),
        }
    }

    /// None: no quote stands here. `\` takes the next letter as it is.
    fn quoted(&mut self) -> Result<Option<String>, Refusal> {
        let Some(quote) = self.letters.next_if(|letter| matches!(letter, '"' | '\'')) else {
            return Ok(None);
        };
        let mut text = String::new();
        loop {
            match self.letters.next() {
                None => return Err(unparsable()),
                Some('\\') => text.push(self.letters.next().ok_or_else(unparsable)?),
                Some(letter) if letter == quote => return Ok(Some(text)),
                Some(letter) => text.push(letter),
            }
        }
    }

    /// What stands between two clauses; a space alone means AND.
    fn join(&mut self) -> Result<Join, Refusal> {
        let apart = self.letters.peek().is_none_or(|letter| letter.is_whitespace());
        self.blank();
        if self.letters.peek().is_none() {
            return Ok(Join::End);
        }
        if !apart {
            return Err(unparsable());
        }
        let ahead: String = self
            .letters
            .clone()
            .take_while(|letter| !letter.is_whitespace())
            .collect::<String>()
            .to_uppercase();
        let join = match ahead.as_str() {
            "AND" => Join::And,
            "OR" => Join::Or,
            _ => return Ok(Join::And),
        };
        self.word(|letter| !letter.is_whitespace());
        Ok(join)
    }
}

fn unparsable() -> Refusal {
    wrong(
        "We were unable to parse your search query. Try using the format `metadata[\"key\"]:\"value\"` to query for \
         metadata or key:\"value\" to query for other fields."
            .to_owned(),
    )
}

fn wrong(message: String) -> Refusal {
    Refusal::invalid(message).param("query")
}

#[cfg(test)]
#[path = "search_tests.rs"]
mod tests;
