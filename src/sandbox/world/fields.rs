//! Parameters that several objects take alike: texts with a length, e-mail addresses, postal addresses,
//! currencies.

use serde_json::{Map, Value};

use super::{
    params::{cleared, param, required, text_param, written},
    value::set,
};
use crate::sandbox::{call::Call, error::Refusal};

/// Currencies that Stripe charges in.
const CURRENCIES: &str = "usd aed afn all amd ang aoa ars aud awg azn bam bbd bdt bgn bhd bif bmd bnd bob brl bsd bwp \
    byn bzd cad cdf chf clp cny cop crc cve czk djf dkk dop dzd egp etb eur fjd fkp gbp gel gip gmd gnf gtq gyd hkd \
    hnl htg huf idr ils inr isk jmd jod jpy kes kgs khr kmf krw kwd kyd kzt lak lbp lkr lrd lsl mad mdl mga mkd mmk \
    mnt mop mur mvr mwk mxn myr mzn nad ngn nio nok npr nzd omr pab pen pgk php pkr pln pyg qar ron rsd rub rwf sar \
    sbd scr sek sgd shp sle sos srd std szl thb tjs tnd top try ttd twd tzs uah ugx uyu uzs vnd vuv wst xaf xcd xcg \
    xof xpf yer zar zmw";
const ADDRESS: [&str; 6] = ["city", "country", "line1", "line2", "postal_code", "state"];
const TEXT_LENGTH: usize = 5_000;
const EMAIL_LENGTH: usize = 512;

/// Characters shown of a text that is too long.
const SHOWN: usize = 40;

/// A text of at most so many characters; None when not sent or empty.
pub(super) fn bounded<'a>(call: &'a Call, path: &[&str], most: usize) -> Result<Option<&'a str>, Refusal> {
    let Some(text) = text_param(call, path) else { return Ok(None) };
    if text.chars().count() <= most {
        return Ok(Some(text));
    }
    let shown: String = text.chars().take(SHOWN).collect();
    Err(Refusal::invalid(format!("Invalid string: {shown}...; must be at most {most} characters"))
        .param(written(path)))
}

/// Sets or clears a text member by the parameter of the same name.
pub(super) fn text_field(call: &Call, object: &mut Value, name: &str, most: usize) -> Result<(), Refusal> {
    if cleared(call, &[name]) {
        set(object, name, Value::Null);
    } else if let Some(text) = bounded(call, &[name], most)? {
        set(object, name, text);
    }
    Ok(())
}

/// An address that can get mail.
pub(super) fn email<'a>(call: &'a Call, path: &[&str]) -> Result<Option<&'a str>, Refusal> {
    let Some(text) = bounded(call, path, EMAIL_LENGTH)? else { return Ok(None) };
    let plausible = text.split_once('@').is_some_and(|(name, host)| {
        let host_ok =
            host.contains('.') && !host.starts_with('.') && !host.ends_with('.') && !host.contains('@');
        !name.is_empty() && host_ok && !text.contains(char::is_whitespace)
    });
    if plausible {
        return Ok(Some(text));
    }
    Err(Refusal::invalid(format!("Invalid email address: {text}")).code("email_invalid").param(written(path)))
}

/// Sets or clears an e-mail member by the parameter of the same name.
pub(super) fn email_field(call: &Call, object: &mut Value, name: &str) -> Result<(), Refusal> {
    if cleared(call, &[name]) {
        set(object, name, Value::Null);
    } else if let Some(text) = email(call, &[name])? {
        set(object, name, text);
    }
    Ok(())
}

/// Refuses the empty string where nothing can be unset.
pub(super) fn not_empty(call: &Call, path: &[&str]) -> Result<(), Refusal> {
    if !cleared(call, path) {
        return Ok(());
    }
    let name = written(path);
    Err(Refusal::invalid(format!(
        "You passed an empty string for '{name}'. We assume empty values are an attempt to unset a parameter; however \
         '{name}' cannot be unset. You should remove '{name}' from your request or supply a non-empty value."
    ))
    .code("parameter_invalid_empty")
    .param(name))
}

/// Three letters that Stripe knows, in lower case.
pub(super) fn currency(call: &Call, path: &[&str]) -> Result<Option<String>, Refusal> {
    let Some(asked) = text_param(call, path) else { return Ok(None) };
    let lower = asked.to_ascii_lowercase();
    if CURRENCIES.split_whitespace().any(|known| known == lower) {
        return Ok(Some(lower));
    }
    let known = CURRENCIES.split_whitespace().collect::<Vec<_>>().join(", ");
    Err(Refusal::invalid(format!(
        "Invalid currency: {asked}. Stripe currently supports these currencies: {known}"
    ))
    .param(written(path)))
}

/// A postal address at a path. It stands for the whole: what is not sent is null.
pub(super) fn address(call: &Call, path: &[&str]) -> Result<Option<Value>, Refusal> {
    if param(call, path).is_none_or(|sent| !sent.is_object()) {
        return Ok(None);
    }
    let mut found = Map::new();
    for part in ADDRESS {
        let place: Vec<&str> = path.iter().copied().chain([part]).collect();
        let sent = bounded(call, &place, TEXT_LENGTH)?;
        if let Some(country) = sent.filter(|_| part == "country")
            && !(country.len() == 2 && country.bytes().all(|letter| letter.is_ascii_alphabetic()))
        {
            return Err(Refusal::invalid(format!(
                "Country '{country}' is unknown. Try using a 2-character alphanumeric country code instead, such as \
                 'US', 'EG', or 'GB'."
            ))
            .param(written(&place)));
        }
        found.insert(part.to_owned(), sent.map_or(Value::Null, Value::from));
    }
    Ok(Some(Value::Object(found)))
}

/// `shipping` as a whole: address and name are wanted, the rest is optional.
pub(super) fn shipping(call: &Call, optional: &[&str]) -> Result<Option<Value>, Refusal> {
    if param(call, &["shipping"]).is_none_or(|sent| !sent.is_object()) {
        return Ok(None);
    }
    let address = address(call, &["shipping", "address"])?.ok_or_else(|| required("shipping[address]"))?;
    let name =
        bounded(call, &["shipping", "name"], TEXT_LENGTH)?.ok_or_else(|| required("shipping[name]"))?;
    let mut found = Map::new();
    found.insert("address".to_owned(), address);
    found.insert("name".to_owned(), Value::from(name));
    for part in optional {
        let sent = bounded(call, &["shipping", part], TEXT_LENGTH)?;
        found.insert((*part).to_owned(), sent.map_or(Value::Null, Value::from));
    }
    Ok(Some(Value::Object(found)))
}

/// The parts of `what` that only an account with connected accounts may send.
pub(super) fn without_connect(call: &Call) -> Result<(), Refusal> {
    for name in ["application_fee", "application_fee_amount"] {
        if text_param(call, &[name]).is_some() || param(call, &[name]).is_some_and(Value::is_number) {
            return Err(Refusal::invalid(format!(
                "Can only apply an {name} when the payment is attempting a direct payment (using an OAuth key or \
                 Stripe-Account header) or destination payment (using `transfer_data[destination]`)."
            ))
            .param(name));
        }
    }
    if param(call, &["transfer_data"]).is_some_and(Value::is_object) {
        return Err(Refusal::invalid(
            "You cannot update `transfer_data[amount]` on a payment that was made without `transfer_data`.",
        )
        .param("transfer_data[amount]"));
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn call(params: &Value) -> Call {
        Call {
            path: String::new(),
            ids: vec![],
            params: params.as_object().unwrap().clone(),
            now: 0,
            request_id: "req_1".into(),
            idempotency_key: None,
        }
    }

    #[test]
    fn an_address_that_gets_no_mail_is_refused() {
        for fine in ["a@example.com", "ada.l+x@mail.example.org"] {
            assert_eq!(email(&call(&json!({"email": fine})), &["email"]), Ok(Some(fine)));
        }
        for wrong in
            ["ada", "ada@", "@example.com", "ada@localhost", "a b@example.com", "a@b@example.com", "a@.com"]
        {
            let refusal = email(&call(&json!({"email": wrong})), &["email"]).unwrap_err();
            assert_eq!(
                (refusal.code, refusal.param.as_deref()),
                (Some("email_invalid"), Some("email")),
                "{wrong}"
            );
        }
    }

    #[test]
    fn a_text_has_a_length_in_characters() {
        let long = call(&json!({"name": "é".repeat(11)}));
        assert!(bounded(&long, &["name"], 11).is_ok());
        let refusal = bounded(&long, &["name"], 10).unwrap_err();
        assert!(refusal.message.ends_with("must be at most 10 characters"), "{}", refusal.message);
        let mut object = json!({"name": "old"});
        text_field(&call(&json!({})), &mut object, "name", 10).unwrap();
        assert_eq!(object["name"], "old");
        text_field(&call(&json!({"name": ""})), &mut object, "name", 10).unwrap();
        assert_eq!(object["name"], Value::Null);
    }

    #[test]
    fn an_address_stands_for_the_whole() {
        let sent = call(&json!({"address": {"city": "Paris", "country": "FR"}}));
        let found = address(&sent, &["address"]).unwrap().unwrap();
        assert_eq!((&found["city"], &found["line1"]), (&json!("Paris"), &Value::Null));
        let wrong = call(&json!({"address": {"country": "France"}}));
        assert_eq!(address(&wrong, &["address"]).unwrap_err().param.as_deref(), Some("address[country]"));
        assert_eq!(address(&call(&json!({"address": ""})), &["address"]), Ok(None));
    }

    #[test]
    fn shipping_wants_address_and_name() {
        let unnamed = call(&json!({"shipping": {"address": {"line1": "x"}}}));
        assert_eq!(shipping(&unnamed, &[]).unwrap_err().param.as_deref(), Some("shipping[name]"));
        let whole = call(&json!({"shipping": {"address": {"line1": "x"}, "name": "Ada"}}));
        assert_eq!(shipping(&whole, &["phone"]).unwrap().unwrap()["phone"], Value::Null);
    }

    #[test]
    fn currencies_are_known_and_lower_case() {
        assert_eq!(currency(&call(&json!({"currency": "USD"})), &["currency"]), Ok(Some("usd".to_owned())));
        assert!(currency(&call(&json!({"currency": "xyz"})), &["currency"]).is_err());
    }

    #[test]
    fn the_empty_string_names_what_cannot_be_unset() {
        let refusal =
            not_empty(&call(&json!({"evidence": {"receipt": ""}})), &["evidence", "receipt"]).unwrap_err();
        assert_eq!(refusal.code, Some("parameter_invalid_empty"));
        assert!(refusal.message.starts_with("You passed an empty string for 'evidence[receipt]'"));
    }
}
