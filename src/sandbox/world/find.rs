//! The border to the search language. **To be replaced** by the protocol's own `search` module, which has the
//! same signatures; until then it knows only what the world's tests ask.

use serde_json::Value;

use crate::sandbox::error::Refusal;

/// A parsed query: all clauses must hold.
pub(super) struct Query {
    clauses: Vec<Clause>,
}

/// `field`, operator, value.
pub(super) struct Clause(String, char, String);

impl Query {
    /// `allowed`: the fields that may be asked, `metadata` for all its keys.
    pub(super) fn parse(query: &str, allowed: &[&str]) -> Result<Self, Refusal> {
        let mut clauses = Vec::new();
        for piece in query.split(" AND ") {
            let at = piece.find([':', '~', '>', '<']);
            let (field, rest) = at.and_then(|at| piece.split_at_checked(at)).ok_or_else(|| wrong(query))?;
            let mut letters = rest.chars();
            let operator = letters.next().unwrap_or(':');
            let field = field.trim().replace("[\"", ".").replace("\"]", "");
            let known = allowed.contains(&field.as_str()) || field.starts_with("metadata.");
            if !known {
                return Err(wrong(query));
            }
            clauses.push(Clause(field, operator, letters.as_str().trim_matches('"').to_owned()));
        }
        Ok(Self { clauses })
    }

    pub(super) fn matches(&self, object: &Value) -> bool {
        self.clauses.iter().all(|Clause(field, operator, wanted)| {
            let found =
                field.split('.').try_fold(object, |tree, part| tree.get(part)).unwrap_or(&Value::Null);
            let number = || found.as_i64().zip(wanted.parse::<i64>().ok());
            match operator {
                '>' => number().is_some_and(|(found, wanted)| found > wanted),
                '<' => number().is_some_and(|(found, wanted)| found < wanted),
                '~' => {
                    found.as_str().is_some_and(|text| text.to_lowercase().contains(&wanted.to_lowercase()))
                }
                _ => match found {
                    Value::String(text) => text.eq_ignore_ascii_case(wanted),
                    other => other.to_string().as_str() == wanted,
                },
            }
        })
    }
}

fn wrong(query: &str) -> Refusal {
    Refusal::invalid(format!("We were unable to parse your search query: {query}")).param("query")
}
