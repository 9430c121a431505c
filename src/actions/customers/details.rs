//! A customer's details: what is cleared, and fields printed on invoices.

use super::{
    super::{
        Args, FieldError, Moment, Proposal, Subject,
        given::{address, email, given, noted, shipping, what, with_all},
    },
    UPDATE, exists,
};
use crate::{model::Customer, request::Request, text};

/// What can be emptied, by our names and Stripe's.
const CLEARABLE: &[(&str, &str)] = &[
    ("email", "email"),
    ("name", "name"),
    ("business_name", "business_name"),
    ("individual_name", "individual_name"),
    ("phone", "phone"),
    ("description", "description"),
    ("address", "address"),
    ("shipping", "shipping"),
    ("tax_exempt", "tax_exempt"),
    ("invoice_custom_fields", CUSTOM_FIELDS),
    ("invoice_footer", "invoice_settings[footer]"),
    ("preferred_locales", "preferred_locales"),
];

pub(super) const CUSTOM_FIELDS: &str = "invoice_settings[custom_fields]";

const CUSTOM_FIELDS_MOST: usize = 4;

/// Characters of a custom field's value; its name has as many as a name of metadata.
const CUSTOM_VALUE_MOST: usize = 140;

pub(super) fn update(args: &Args, subject: &Subject, moment: &Moment) -> Result<Proposal, FieldError> {
    let customer = subject.named::<Customer>("customer", args, exists)?;
    email("email", args)?;
    let clear = cleared(args)?;
    let mut params = match given(UPDATE.fields, args, moment) {
        Err(_) if !clear.is_empty() => Vec::new(),
        given => given?,
    };
    let object = subject.value();
    address(&mut params, &object, "address");
    shipping(&mut params, &object)?;
    custom_fields(&mut params)?;
    params.extend(clear);
    let mut sentence = format!("change {} of {}", what(&UPDATE, args), text::short_id(customer.id.as_str()));
    if args.get("email").is_some() {
        sentence.push_str("; receipts and invoices go to the new address");
    }
    let request = with_all(Request::post(UPDATE.endpoint.path, &[customer.id.as_str()]), params);
    noted(args, Proposal::of(&UPDATE, (args, subject), request, sentence))
}

/// Empty values for what is to be emptied, which cannot be given at the same time.
fn cleared(args: &Args) -> Result<Vec<(String, String)>, FieldError> {
    let mut found = Vec::new();
    for name in args.texts("clear", 40)? {
        let Some((_, wire)) = CLEARABLE.iter().find(|(known, _)| *known == name) else {
            let known: Vec<_> = CLEARABLE.iter().map(|(known, _)| *known).collect();
            let reason = format!("`{}` is not one of {}", text::clean(name), known.join(", "));
            return Err(FieldError::new("clear", reason));
        };
        let part = format!("{name}_");
        if args.0.keys().any(|given| given == name || given.starts_with(&part)) {
            return Err(FieldError::new("clear", format!("{name} is given and cleared: one of the two")));
        }
        found.push(((*wire).to_owned(), String::new()));
    }
    Ok(found)
}

/// From pairs to the list that Stripe takes: it stands instead of the one that is there.
fn custom_fields(params: &mut Vec<(String, String)>) -> Result<(), FieldError> {
    let wrong = |reason: String| FieldError::new("invoice_custom_fields", reason);
    let prefix = format!("{CUSTOM_FIELDS}[");
    let (ours, others): (Vec<_>, Vec<_>) = params.drain(..).partition(|(name, _)| name.starts_with(&prefix));
    *params = others;
    if ours.len() > CUSTOM_FIELDS_MOST {
        return Err(wrong(format!("{} are too many: Stripe takes {CUSTOM_FIELDS_MOST}", ours.len())));
    }
    for (at, (name, value)) in ours.into_iter().enumerate() {
        let count = value.chars().count();
        if value.is_empty() || count > CUSTOM_VALUE_MOST {
            return Err(wrong(format!("a value has 1 to {CUSTOM_VALUE_MOST} characters, not {count}")));
        }
        let name = name.strip_prefix(&prefix).and_then(|name| name.strip_suffix(']')).unwrap_or_default();
        params.push((format!("{CUSTOM_FIELDS}[{at}][name]"), name.to_owned()));
        params.push((format!("{CUSTOM_FIELDS}[{at}][value]"), value));
    }
    Ok(())
}
