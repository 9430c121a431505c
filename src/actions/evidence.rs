//! Evidence as a dispute takes it: files by their ids, and texts that fit together.

use serde_json::Value;

use super::{
    Args, Field, FieldError, FieldKind, Moment,
    given::{email, given},
};
use crate::text::clean;

/// Characters of all texts together.
const TEXTS_MOST: usize = 150_000;

/// Files are uploaded at Stripe: here they are named.
const FILE_EXAMPLE: &str = "file_1Pgc…";

pub(super) const fn file(
    name: &'static str,
    label: &'static str,
    param: &'static str,
    help: &'static str,
) -> Field {
    Field::new(name, label, FieldKind::Text { most: 255 }).help(help, FILE_EXAMPLE).param(param)
}

/// Everything but the order to hand it in, which may stand alone.
pub(super) fn given_of(
    fields: &[Field],
    args: &Args,
    submit: bool,
    moment: &Moment,
) -> Result<Vec<(String, String)>, FieldError> {
    email("customer_email_address", args)?;
    for field in fields.iter().filter(|field| field.example == FILE_EXAMPLE) {
        if let Some(id) = args.get(field.name).filter(|id| !id.starts_with("file_")) {
            let reason = format!(
                "`{}` is no file: upload it at Stripe and give its id, like {FILE_EXAMPLE}",
                clean(id)
            );
            return Err(FieldError::new(field.name, reason));
        }
    }
    let mut others = args.clone();
    others.0.remove("submit");
    let left = fields
        .iter()
        .any(|field| !field.required && field.name != "note" && others.get(field.name).is_some());
    if submit && !left { Ok(Vec::new()) } else { given(fields, &others, moment) }
}

/// All texts together, those that were saved before included.
pub(super) fn room(fields: &[Field], params: &[(String, String)], object: &Value) -> Result<(), FieldError> {
    let mut count: usize = 0;
    for field in fields.iter().filter(|field| matches!(field.kind, FieldKind::Text { .. })) {
        let name = field.param.strip_prefix("evidence[").and_then(|name| name.strip_suffix(']'));
        let Some(name) = name else { continue };
        let new = params.iter().find(|(known, _)| known == field.param).map(|(_, value)| value.as_str());
        let saved = || object.pointer(&format!("/evidence/{name}")).and_then(Value::as_str);
        count = count.saturating_add(new.or_else(saved).map_or(0, |text| text.chars().count()));
    }
    if count > TEXTS_MOST {
        let reason = format!("all texts together have {count} characters: Stripe takes {TEXTS_MOST}");
        return Err(FieldError::new("uncategorized_text", reason));
    }
    Ok(())
}
