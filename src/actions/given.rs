//! What the actions that change many small things have in common: fields, what was given of them, and the parts of an address
//! that go along with the given ones.

use serde_json::Value;

use super::{Action, Args, Choice, Field, FieldError, FieldKind, HERE, IN_PATH, Moment, Proposal};
use crate::{request::Request, text, time::Unix};

/// A short line, as long as Stripe takes one.
pub(super) const LINE: FieldKind = FieldKind::Text { most: 5_000 };
pub(super) const EMAIL_MOST: usize = 512;
pub(super) const NOTE_MOST: usize = 400;
pub(super) const QUERY_MOST: usize = 2_000;

/// How invoices are collected.
pub(super) const COLLECTION: &[Choice] = &[
    Choice { value: "charge_automatically", says: "charged by themselves" },
    Choice { value: "send_invoice", says: "mailed to be paid" },
];

/// How much of what comes a preview shows.
pub(super) const PREVIEW_MODE: &[Choice] = &[
    Choice { value: "next", says: "the next invoice, with everything on it" },
    Choice { value: "recurring", says: "only what recurs" },
];

pub(super) const METADATA: Field = Field::new("metadata", "Metadata", FieldKind::Pairs)
    .help("your own names and values, 50 at most; an empty value takes the name away", "order=17, plan=");

pub(super) const NOTE: Field = Field::new("note", "Note", FieldKind::Text { most: NOTE_MOST })
    .help("for colleagues: kept in the audit trail", "asked for on the phone")
    .param(HERE);

/// `address_line!("address", "address", "city", …)` is the field `address_city`, sent as `address[city]`.
macro_rules! address_line {
    ($name:literal, $wire:literal, $part:literal, $label:literal, $help:literal, $example:literal) => {
        Field::new(concat!($name, "_", $part), $label, LINE)
            .help($help, $example)
            .param(concat!($wire, "[", $part, "]"))
    };
}
pub(super) use address_line;

/// The parts that go together: Stripe does not say whether it keeps those that are left out.
const ADDRESS: &[&str] = &["line1", "line2", "city", "state", "postal_code", "country"];
const SHIPPING: &[&str] = &["name", "phone", "carrier", "tracking_number"];

/// Form names and values of what was given; at least one. Amounts and what stays with paydesk are for the action itself.
pub(super) fn given(
    fields: &[Field],
    args: &Args,
    moment: &Moment,
) -> Result<Vec<(String, String)>, FieldError> {
    let mut found = Vec::new();
    for field in fields.iter().filter(|field| ![IN_PATH, HERE].contains(&field.param)) {
        found.extend(field.params(args, moment)?);
    }
    if found.is_empty() {
        return Err(nothing(fields));
    }
    Ok(found)
}

/// A list, or a search where a query is given instead of everything else.
pub(super) fn list_or_search(
    list: &Action,
    search: &str,
    args: &Args,
    moment: &Moment,
) -> Result<Request, FieldError> {
    let Some(query) = args.text("query", QUERY_MOST)? else { return list.by_fields(args, moment) };
    if args.0.len() > 1 {
        let reason = "it says everything by itself: put the other conditions into it, or leave it out";
        return Err(FieldError::new("query", reason));
    }
    Ok(Request::get(search, &[]).with("query", query))
}

/// Nothing was given to change.
pub(super) fn nothing(fields: &[Field]) -> FieldError {
    let mut names =
        fields.iter().filter(|field| !field.required && field.name != "note").map(|field| field.name);
    let first = names.next().unwrap_or("action");
    let all = std::iter::once(first).chain(names).collect::<Vec<_>>().join(", ");
    FieldError::new(first, format!("nothing is given to change: give at least one of {all}"))
}

pub(super) fn with_all(request: Request, params: Vec<(String, String)>) -> Request {
    params.into_iter().fold(request, |request, (name, value)| request.with(&name, value))
}

/// What is changed, by the fields' names: values are people's own.
pub(super) fn what(action: &Action, args: &Args) -> String {
    let given = action.fields.iter().filter(|field| !field.required && field.name != "note");
    let names: Vec<_> = given
        .filter(|field| args.get(field.name).is_some())
        .map(|field| field.name.replace('_', " "))
        .collect();
    match names.split_last() {
        Some((last, [])) => last.clone(),
        Some((last, others)) => format!("{} and {last}", others.join(", ")),
        None => "nothing".into(),
    }
}

/// An address to write to, by its look.
pub(super) fn email<'a>(name: &str, args: &'a Args) -> Result<Option<&'a str>, FieldError> {
    let Some(address) = args.text(name, EMAIL_MOST)? else { return Ok(None) };
    let whole = address.split_once('@').is_some_and(|(who, host)| !who.is_empty() && host.contains('.'));
    if whole && !address.contains(|c: char| c.is_whitespace() || c == ',') {
        return Ok(Some(address));
    }
    Err(FieldError::new(
        name,
        format!("`{}` is no e-mail address, like ada@example.com", text::clean(address)),
    ))
}

/// The proposal with the note that was given.
pub(super) fn noted(args: &Args, mut proposal: Proposal) -> Result<Proposal, FieldError> {
    proposal.terms.note = args.text("note", NOTE_MOST)?.map(Into::into);
    Ok(proposal)
}

/// The time that a field gives, where it is still to come.
pub(super) fn to_come(name: &str, at: Unix, moment: &Moment) -> Result<Unix, FieldError> {
    if at > moment.now {
        return Ok(at);
    }
    let day = at.date(&moment.zone);
    Err(FieldError::new(
        name,
        format!("{day} lies in the past: give a date that is still to come, like `in 30d` or `in 2 months`"),
    ))
}

fn has(params: &[(String, String)], name: &str) -> bool {
    params.iter().any(|(known, value)| known == name && !value.is_empty())
}

/// Puts those of `parts` that stand in the object now beside those that were given.
fn keep(params: &mut Vec<(String, String)>, object: &Value, wire: &str, parts: &[&str]) {
    let pointer = format!("/{}", wire.replace(']', "").replace('[', "/"));
    for part in parts {
        let name = format!("{wire}[{part}]");
        let now = object.pointer(&format!("{pointer}/{part}")).and_then(Value::as_str);
        if let Some(now) =
            now.filter(|now| !now.is_empty() && !params.iter().any(|(known, _)| *known == name))
        {
            params.push((name, now.to_owned()));
        }
    }
}

/// The whole address, where a part of it was given.
pub(super) fn address(params: &mut Vec<(String, String)>, object: &Value, wire: &str) {
    if params.iter().any(|(name, _)| name.starts_with(&format!("{wire}["))) {
        keep(params, object, wire, ADDRESS);
    }
}

/// All of shipping, where a part of it was given; Stripe wants a name and a street then.
pub(super) fn shipping(params: &mut Vec<(String, String)>, object: &Value) -> Result<(), FieldError> {
    if !params.iter().any(|(name, _)| name.starts_with("shipping[")) {
        return Ok(());
    }
    keep(params, object, "shipping", SHIPPING);
    keep(params, object, "shipping[address]", ADDRESS);
    for (field, name) in
        [("shipping_name", "shipping[name]"), ("shipping_address_line1", "shipping[address][line1]")]
    {
        if !has(params, name) {
            return Err(FieldError::new(field, "nothing can be shipped without it: give it too"));
        }
    }
    Ok(())
}
