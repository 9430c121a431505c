//! Which way to pay is the default one, and taking one off.

use serde_json::Value;

use super::{
    super::{
        Args, Done, FieldError, Moment, Proposal, Sent, Subject, by_state, customers::exists, given::noted,
        unreadable,
    },
    DETACH, SET_DEFAULT, linked, subscriptions,
};
use crate::{
    model::{Customer, Kind, PaymentMethod},
    request::Request,
    text::short_id,
};

pub(super) fn set_default(args: &Args, subject: &Subject, _moment: &Moment) -> Result<Proposal, FieldError> {
    let customer = subject.named::<Customer>("customer", args, exists)?;
    let id = args.any_id("payment_method", Kind::PaymentMethod)?;
    let wrong = |reason: String| FieldError::new("payment_method", reason);
    let object = subject.value();
    if linked(&object, "/invoice_settings/default_payment_method") == Some(&id.id) {
        return Err(wrong(format!("{id} is already what the customer pays with")));
    }
    // It is always read before anything is sent; on screen it may not be yet.
    let other = subject.other("payment_method");
    let method =
        other.map(|other| other.named::<PaymentMethod>("payment_method", args, attached)).transpose()?;
    if let Some(owner) = method.map(PaymentMethod::customer_id)
        && owner != Some(&customer.id)
    {
        return Err(wrong(format!("{id} belongs to another customer")));
    }
    let words = method.map_or_else(|| short_id(&id.id), PaymentMethod::words);
    let mut sentence = format!("pay the invoices of {} with {words}", short_id(customer.id.as_str()));
    let others = paid_otherwise(&object, &id.id);
    if !others.is_empty() {
        sentence.push_str("; except ");
        sentence.push_str(&others.join(", "));
        sentence.push_str(", with a way to pay of their own");
    }
    let request = Request::post(SET_DEFAULT.endpoint.path, &[customer.id.as_str()])
        .with("invoice_settings[default_payment_method]", &id);
    noted(args, Proposal::of(&SET_DEFAULT, (args, subject), request, sentence))
}

/// Subscriptions whose own payment method is another one: it wins over the customer's.
fn paid_otherwise(customer: &Value, method: &str) -> Vec<String> {
    let own = |one: &Value| linked(one, "/default_payment_method").is_some_and(|own| own != method);
    subscriptions(customer).filter(|(one, _)| own(one)).map(|(_, id)| id).collect()
}

pub(super) fn attached(subject: &Subject) -> Result<(), String> {
    let method = subject.read::<PaymentMethod>().ok_or("select a payment method")?;
    method.customer_id().map(drop).ok_or_else(|| "it belongs to nobody any more: it cannot be used".into())
}

pub(super) fn detach(args: &Args, subject: &Subject, _moment: &Moment) -> Result<Proposal, FieldError> {
    let method = subject.named::<PaymentMethod>("payment_method", args, attached)?;
    let id = method.id.as_str();
    let object = subject.value();
    let customer = object.get("customer").unwrap_or(&Value::Null);
    let mut pays: Vec<_> = subscriptions(customer)
        .filter(|(one, _)| linked(one, "/default_payment_method") == Some(id))
        .map(|(_, id)| id)
        .collect();
    if linked(customer, "/invoice_settings/default_payment_method") == Some(id) {
        pays.insert(0, "everything that has no way to pay of its own".into());
    }
    let pays = if pays.is_empty() {
        String::new()
    } else {
        format!("; it is the default and pays {}: the next invoices will fail", pays.join(", "))
    };
    let sentence = format!("remove {} ({}) from its customer for good{pays}", method.words(), short_id(id));
    let digits = method.card.as_ref().or(method.sepa_debit.as_ref()).and_then(|card| card.last4.as_ref());
    let request = Request::post(DETACH.endpoint.path, &[id]);
    let mut proposal = Proposal::of(&DETACH, (args, subject), request, sentence);
    proposal.terms.confirm_word = digits.map(|digits| digits.as_str().to_owned());
    noted(args, proposal)
}

pub(super) fn detached(_sent: &Sent<'_>, object: &Subject) -> Done {
    match object.read::<PaymentMethod>() {
        Some(method) => {
            let alone = method.customer_id().is_none();
            by_state(object, alone, if alone { "removed" } else { "still the customer's" })
        }
        None => unreadable::<PaymentMethod>(object),
    }
}
