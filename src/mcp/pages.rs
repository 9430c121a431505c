//! Long answers a page at a time: so many rows of one list, and a cursor that says where the next ones begin.

use serde_json::{Value, json};

use super::{tools::CURSOR, trouble::Trouble};
use crate::actions::FieldError;

/// Keeps of the list at `path` what follows `cursor`, no more than `most` rows, and adds `has_more` and the next `cursor`. `key` names
/// a row, by its place and what it is: the same as long as nothing new came before it.
pub(super) fn page(
    mut told: Value,
    path: &str,
    (cursor, most): (Option<&str>, usize),
    key: impl Fn(usize, &Value) -> String,
) -> Result<Value, Trouble> {
    let Some(rows) = told.pointer_mut(path).and_then(Value::as_array_mut) else { return Ok(told) };
    let keys: Vec<String> = rows.iter().enumerate().map(|(at, row)| key(at, row)).collect();
    let from = match cursor {
        None => 0,
        Some(cursor) => {
            let place = keys.iter().position(|key| key == cursor).ok_or_else(|| {
                FieldError::new(CURSOR.name, "it leads to no row any more: leave it out, and begin again")
            })?;
            place.saturating_add(1)
        }
    };
    let until = from.saturating_add(most).min(rows.len());
    let more = until < rows.len();
    *rows = rows.drain(from..until).collect();
    let next = keys.get(until.saturating_sub(1)).filter(|_| more);
    if let Some(members) = told.as_object_mut() {
        members.insert("has_more".into(), json!(more));
        members.insert(CURSOR.name.into(), json!(next));
        if more {
            members.insert("more".into(), json!("there are more rows: call it again with this cursor"));
        }
    }
    Ok(told)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn pages(cursor: Option<&str>) -> Result<Value, Trouble> {
        let rows: Vec<_> = (0..7).map(|n| json!({"id": format!("r{n}")})).collect();
        let name = |_: usize, row: &Value| row["id"].as_str().unwrap().to_owned();
        page(json!({"rows": rows}), "/rows", (cursor, 3), name)
    }

    #[test]
    fn each_page_says_where_the_next_begins_and_the_last_that_it_is() {
        let (mut cursor, mut seen) = (None::<String>, Vec::new());
        for _ in 0..3 {
            let told = pages(cursor.as_deref()).unwrap();
            seen.extend(
                told["rows"].as_array().unwrap().iter().map(|row| row["id"].as_str().unwrap().to_owned()),
            );
            assert_eq!(told["has_more"].as_bool(), Some(told["cursor"].is_string()));
            cursor = told["cursor"].as_str().map(str::to_owned);
        }
        assert_eq!(seen, ["r0", "r1", "r2", "r3", "r4", "r5", "r6"]);
        assert_eq!(cursor, None);
        assert!(pages(Some("r9")).is_err());
    }
}
