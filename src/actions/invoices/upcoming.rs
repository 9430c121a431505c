//! The next invoice before it exists, with what would be added to it.

use super::{
    super::{Args, FieldError, Moment, given::with_all},
    UPCOMING,
};
use crate::{
    money::{Currency, Money},
    request::Request,
};

pub(super) const ADDED: &str = "invoice_items[][amount]";

/// Amounts as if they had been added, each with what it is for.
fn added(args: &Args) -> Result<Vec<(String, String)>, FieldError> {
    let pairs = args.pairs("invoice_items")?;
    let currency = match (args.text("currency", 3)?, pairs.is_empty()) {
        (None, true) => return Ok(Vec::new()),
        (Some(_), true) => {
            return Err(FieldError::new("currency", "it goes with invoice_items: leave it out"));
        }
        (None, false) => {
            return Err(FieldError::new("currency", "give the currency of invoice_items, like usd"));
        }
        (Some(code), false) => Currency::parse(code)
            .ok_or_else(|| FieldError::new("currency", "give three letters, like usd"))?,
    };
    let mut params = Vec::new();
    for (at, (what, amount)) in pairs.into_iter().enumerate() {
        let (sign, digits) =
            amount.strip_prefix(['-', '−']).map_or(("", amount.as_str()), |rest| ("-", rest));
        let parsed = Money::parse(digits, currency)
            .map_err(|error| FieldError::new("invoice_items", format!("{what}: {error}")))?;
        for (name, value) in [
            ("amount", format!("{sign}{}", parsed.minor())),
            ("currency", currency.code().to_owned()),
            ("description", what),
        ] {
            params.push((format!("invoice_items[{at}][{name}]"), value));
        }
    }
    Ok(params)
}

pub(super) fn upcoming(args: &Args, moment: &Moment) -> Result<Request, FieldError> {
    let given = |name: &str| args.get(name).is_some();
    if !["subscription", "customer", "schedule"].into_iter().any(given) {
        let reason =
            "give a subscription, or a customer for the nearest of all their subscriptions, or a schedule";
        return Err(FieldError::new("subscription", reason));
    }
    if given("schedule") && given("subscription") {
        return Err(FieldError::new("schedule", "give subscription or schedule, not both"));
    }
    if given("coupon") && given("promotion_code") {
        return Err(FieldError::new("coupon", "give coupon or promotion_code, not both"));
    }
    let mut request = Request::post(UPCOMING.endpoint.path, &[]);
    for field in UPCOMING.fields.iter().filter(|field| !field.param.starts_with("invoice_items[]")) {
        for (name, value) in field.params(args, moment)? {
            // The one discount is the first of the list.
            request = request.with(&name.replace("[][", "[0]["), value);
        }
    }
    Ok(with_all(request, added(args)?))
}
