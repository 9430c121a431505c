//! Payments: what can be done to money that came in.

use serde_json::Value;

use super::{
    Action, Args, Build, Choice, Effect, Family, Field, FieldError, FieldKind, Gate, Gives, IN_PATH, Listed,
    Moment, Proof, Proposal, READ, Reads, SINCE, Shown, Subject, Terms, UNTIL, Watch, get, post, read, watch,
    write,
};
use crate::{
    model::{Charge, ChargeId, ChargeStatus, Kind, Refund, RefundStatus},
    request::Request,
    text,
};

const CHARGE: &[Watch] = &[
    watch("status", "status", Shown::Plain),
    watch("captured", "captured", Shown::Plain),
    watch("amount", "amount", Shown::Money),
    watch("captured amount", "amount_captured", Shown::Money),
    watch("refunded", "amount_refunded", Shown::Money),
    watch("refunded in full", "refunded", Shown::Plain),
    watch("disputed", "disputed", Shown::Plain),
    watch("customer", "customer", Shown::Plain),
];

/// Stripe's reasons. It has no "other": the note says the rest.
const REFUND_REASONS: &[Choice] = &[
    Choice { value: "duplicate", says: "duplicate" },
    Choice { value: "requested_by_customer", says: "requested by customer" },
    Choice { value: "fraudulent", says: "fraudulent (Stripe may block the card)" },
];

pub(super) const ACTIONS: &[Action] = &[
    Action {
        name: "get_charge",
        family: Family::Payments,
        summary: "Show one charge: amount, status, card, refunds, dispute",
        endpoint: get("/v1/charges/{id}"),
        permission: read("charge"),
        fields: &[Field::new("charge", "Charge", FieldKind::Id(Kind::Charge))
            .required()
            .help("the charge; a Dashboard link works too", "ch_3PxL…")
            .param(IN_PATH)],
        on: &[Kind::Charge],
        gives: Gives::One("charge"),
        ..READ
    },
    Action {
        name: "list_charges",
        family: Family::Payments,
        summary: "List charges, newest first: of a customer, of a payment, of a time",
        endpoint: get("/v1/charges"),
        permission: read("charge"),
        fields: &[
            Field::new("customer", "Customer", FieldKind::Id(Kind::Customer))
                .help("only charges of this customer", "cus_Pgc…"),
            Field::new("payment_intent", "Payment", FieldKind::Id(Kind::PaymentIntent))
                .help("only charges of this payment", "pi_3PxL…"),
            SINCE,
            UNTIL,
        ],
        on: &[Kind::Customer, Kind::PaymentIntent],
        gives: Gives::List("charge"),
        ..READ
    },
    Action {
        name: "refund_charge",
        family: Family::Payments,
        effect: Effect::Money,
        key: Some("r"),
        hint: "refund",
        summary: "Refund a charge, whole or in part, to the way it was paid",
        endpoint: post("/v1/refunds"),
        permission: write("refund"),
        gate: Gate::Refund,
        fields: &[
            Field {
                name: "charge",
                label: "Charge",
                kind: FieldKind::Id(Kind::Charge),
                required: true,
                help: "the charge to refund; a Dashboard link works too",
                example: "ch_3PxL…",
                param: "charge",
            },
            Field {
                name: "amount",
                label: "Amount",
                kind: FieldKind::Money,
                required: false,
                help: "in the charge's currency and its own decimals; left out: all that is left",
                example: "49.00",
                param: "amount",
            },
            Field {
                name: "reason",
                label: "Reason",
                kind: FieldKind::Choice(REFUND_REASONS),
                required: false,
                help: "Stripe's reason, shown in the Dashboard; policy may require it",
                example: "duplicate",
                param: "reason",
            },
            Field {
                name: "note",
                label: "Note",
                kind: FieldKind::Text { most: 400 },
                required: false,
                help: "for colleagues: kept in the audit trail and in the refund's metadata",
                example: "billed twice in November",
                param: "note",
            },
        ],
        reads: &[Reads { field: "charge", expand: &[], watch: CHARGE }],
        proof: Proof::Listed(Listed {
            path: "/v1/refunds",
            by: &[("charge", "charge")],
            noun: "refunds",
            echoes: &[("charge", "charge"), ("amount", "amount")],
            says: refund_says,
        }),
        on: &[Kind::Charge],
        applies: refundable,
        build: Build::Change(refund),
        gives: Gives::One("refund"),
        refreshes: &[Kind::Charge, Kind::Refund],
        undo: None,
        metadata: true,
    },
];

fn refundable(subject: &Subject) -> Result<(), String> {
    let charge = subject.read::<Charge>().ok_or("select a charge")?;
    if charge.status == ChargeStatus::Failed {
        return Err("the payment failed: nothing was taken".into());
    }
    if charge.status == ChargeStatus::Pending {
        return Err("the payment is still pending: it can be refunded once it has gone through".into());
    }
    if !charge.captured {
        return Err("the money is only held: cancel the payment instead".into());
    }
    if charge.refunded || charge.left_to_refund().is_zero() {
        return Err(format!("{} is already refunded in full", charge.money()));
    }
    Ok(())
}

fn refund(args: &Args, subject: &Subject, _moment: &Moment) -> Result<Proposal, FieldError> {
    let id = args.id("charge", ChargeId::parse)?;
    refundable(subject).map_err(|reason| FieldError::new("charge", reason))?;
    let charge = subject.read::<Charge>().ok_or_else(|| FieldError::new("charge", "select a charge"))?;
    if charge.id != id {
        return Err(FieldError::new(
            "charge",
            format!("{id} is not the charge that was read ({})", charge.id),
        ));
    }
    let left = charge.left_to_refund();
    let amount = args.money("amount", charge.currency)?.unwrap_or(left);
    if amount.compare(left).is_none_or(std::cmp::Ordering::is_gt) {
        return Err(FieldError::new("amount", format!("{amount} is more than is left to refund ({left})")));
    }
    let reason = args.choice("reason", REFUND_REASONS)?;
    let note = args.text("note", 400)?;
    // The amount is always sent, so that what was confirmed is what is asked for, whatever happened meanwhile.
    let request = Request::post("/v1/refunds", &[])
        .with("charge", &id)
        .with("amount", amount.minor())
        .with_some("reason", reason);
    Ok(Proposal {
        action: "refund_charge".into(),
        effect: Effect::Money,
        gate: Gate::Refund,
        also: Vec::new(),
        args: args.clone(),
        target: id.any(),
        customer: charge.customer_id().cloned(),
        amount: Some(amount),
        terms: Terms {
            reason: reason.map(Into::into),
            note: note.map(Into::into),
            partial: Some(amount != left),
            ..Terms::default()
        },
        sentence: sentence(charge, amount),
        request,
    })
}

/// What a refund's status says beyond "done".
fn refund_says(refund: &Value) -> Option<String> {
    let refund: Refund = serde::Deserialize::deserialize(refund).ok()?;
    let why = |reason: &Option<text::Untrusted>| {
        reason.as_ref().map(|reason| format!(": {}", reason.as_str().replace('_', " "))).unwrap_or_default()
    };
    match &refund.status {
        RefundStatus::Failed => Some(format!(
            "Stripe made the refund and it failed{}; the money is back in the balance",
            why(&refund.failure_reason)
        )),
        RefundStatus::Canceled => Some("the refund was cancelled at Stripe".into()),
        RefundStatus::Pending => Some(format!("pending at Stripe{}", why(&refund.pending_reason))),
        RefundStatus::RequiresAction => Some("Stripe asked the customer where to send it".into()),
        RefundStatus::Succeeded | RefundStatus::Other(_) => None,
    }
}

fn sentence(charge: &Charge, amount: crate::money::Money) -> String {
    let method = charge.method();
    let to = if method.is_empty() { String::new() } else { format!(" to {method}") };
    format!("refund {amount} of {}{to}", text::short_id(charge.id.as_str()))
}

#[cfg(test)]
mod tests {
    use jiff::tz::TimeZone;

    use super::*;
    use crate::{model::Record, time::Unix};

    fn charge(json: &str) -> Subject {
        let base = r#"{"id":"ch_1","amount":9900,"amount_captured":9900,"amount_refunded":2000,"currency":"usd",
            "status":"succeeded","captured":true,"customer":"cus_1""#;
        // A field named twice: the later one counts.
        let json: serde_json::Value = serde_json::from_str(&format!("{base}{json}}}")).unwrap();
        Subject::of(&Record::<Charge>::parse(json.to_string()).unwrap())
    }

    fn build(args: &[(&str, &str)]) -> Result<Proposal, String> {
        let args = args
            .iter()
            .fold(Args::default().with("charge", "ch_1"), |all, (name, value)| all.with(name, *value));
        let moment = Moment { now: Unix(0), zone: TimeZone::UTC };
        refund(&args, &charge(""), &moment).map_err(|error| error.to_string())
    }

    #[test]
    fn no_amount_means_all_that_is_left_and_is_still_sent() {
        let proposal = build(&[("reason", "duplicate")]).unwrap();
        assert_eq!(proposal.request.form(), "charge=ch_1&amount=7900&reason=duplicate");
        assert_eq!(proposal.terms.partial, Some(false));
        assert_eq!(proposal.sentence, "refund $79.00 of ch_1");
    }

    #[test]
    fn a_part_is_a_part() {
        let proposal = build(&[("amount", "20")]).unwrap();
        assert_eq!(proposal.amount.unwrap().minor(), 2000);
        assert_eq!(proposal.terms.partial, Some(true));
    }

    #[test]
    fn wrong_arguments_are_named() {
        assert!(build(&[("amount", "79.01")]).unwrap_err().contains("more than is left to refund ($79.00)"));
        assert!(
            build(&[("reason", "because")])
                .unwrap_err()
                .contains("not one of duplicate, requested_by_customer")
        );
        assert!(build(&[("charge", "ch_2")]).unwrap_err().contains("not the charge that was read"));
        assert!(build(&[("note", &"x".repeat(401))]).unwrap_err().contains("too many"));
    }

    #[test]
    fn the_state_of_the_charge_decides() {
        let why = |json: &str| refundable(&charge(json)).unwrap_err();
        assert!(why(r#","status":"failed""#).contains("nothing was taken"));
        assert!(why(r#","captured":false"#).contains("only held"));
        assert!(why(r#","refunded":true"#).contains("already refunded"));
    }
}
