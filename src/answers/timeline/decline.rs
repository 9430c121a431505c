//! Why a bank said no, in words for an agent. Some reasons are not for the customer's ears.

use crate::{model::Charge, text::Untrusted};

/// The code that a bank gave, in words; and whether a customer may be told.
const CODES: &[(&str, &str, bool)] = &[
    ("insufficient_funds", "there is not enough money on it", true),
    ("expired_card", "the card has expired", true),
    ("incorrect_cvc", "the security code is wrong", true),
    ("invalid_cvc", "the security code is wrong", true),
    ("incorrect_number", "the card's number is wrong", true),
    ("incorrect_zip", "the postal code does not match", true),
    ("authentication_required", "the customer has to confirm it at their bank", true),
    ("approve_with_id", "the bank could not be asked: it may go through another time", true),
    ("try_again_later", "the bank asks to try again later", true),
    ("processing_error", "something went wrong on the way: it may go through another time", true),
    ("issuer_not_available", "the bank could not be reached", true),
    ("card_not_supported", "the card does not take such payments", true),
    ("currency_not_supported", "the card does not take this currency", true),
    ("card_velocity_exceeded", "the card is over its limit", true),
    ("withdrawal_count_limit_exceeded", "the card is over its limit", true),
    ("revocation_of_authorization", "the customer has told the bank to stop these payments", true),
    ("stop_payment_order", "the customer has told the bank to stop these payments", true),
    ("do_not_honor", "the bank gave no reason: the customer has to ask there", true),
    ("generic_decline", "the bank gave no reason: the customer has to ask there", true),
    ("card_declined", "the bank gave no reason: the customer has to ask there", true),
    ("fraudulent", "Stripe or the bank takes it for fraud", false),
    ("merchant_blacklist", "the card is on a block list", false),
    ("lost_card", "the card is reported lost", false),
    ("stolen_card", "the card is reported stolen", false),
    ("pickup_card", "the card is reported lost or stolen", false),
    ("highest_risk_level", "Stripe takes it for fraud", false),
];

fn code(text: Option<&Untrusted>) -> Option<&str> {
    text.map(Untrusted::as_str).filter(|code| !code.is_empty())
}

/// Of a charge that failed.
pub(super) fn words(charge: &Charge) -> String {
    let reason = charge.outcome.as_ref().and_then(|outcome| outcome.reason.as_ref());
    let found = [code(reason), code(charge.failure_code.as_ref())]
        .into_iter()
        .flatten()
        .find_map(|code| CODES.iter().find(|(known, ..)| *known == code));
    match found {
        Some((_, says, true)) => (*says).to_owned(),
        Some((_, says, false)) => format!("{says} (not to be told: say that the bank declined it)"),
        None => code(charge.failure_message.as_ref()).unwrap_or("the bank gave no reason").to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use serde_json::{Value, json};

    use super::*;

    fn said(charge: &Value) -> String {
        words(&serde_json::from_value(charge.clone()).unwrap())
    }

    #[test]
    fn the_banks_own_reason_goes_before_that_it_declined() {
        let charge = json!({"failure_code": "card_declined", "outcome": {"reason": "insufficient_funds"}});
        assert_eq!(said(&charge), "there is not enough money on it");
        assert_eq!(said(&json!({"failure_code": "expired_card"})), "the card has expired");
        assert!(said(&json!({"outcome": {"reason": "stolen_card"}})).contains("not to be told"));
        assert_eq!(
            said(&json!({"failure_code": "new_code", "failure_message": "Something new."})),
            "Something new."
        );
        assert_eq!(said(&json!({})), "the bank gave no reason");
    }

    #[test]
    fn each_code_stands_once() {
        for (place, (code, ..)) in CODES.iter().enumerate() {
            assert_eq!(CODES.iter().position(|(other, ..)| other == code), Some(place), "{code}");
        }
    }
}
