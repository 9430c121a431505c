//! Payments that are not through yet: payment intents, and the money that they hold.

use std::cmp::Ordering;

use super::{
    Action, Answer, Args, Build, Choice, Done, Effect, Family, Field, FieldError, FieldKind, Gate, Gives,
    IN_PATH, Moment, Proof, Proposal, READ, Reads, SINCE, Sent, Shown, Step, Subject, UNTIL, Watch, by_mark,
    by_step, get,
    given::{self, METADATA, NOTE, QUERY_MOST, noted, with_all},
    post, read, unreadable, watch, write,
};
use crate::{
    model::{Kind, PaymentIntent, PaymentIntentStatus as Status},
    money::Money,
    request::Request,
    text::short_id,
};

const PAYMENT: Field = Field::new("payment_intent", "Payment", FieldKind::Id(Kind::PaymentIntent))
    .required()
    .help("the payment intent; a Dashboard link works too", "pi_3PxL…")
    .param(IN_PATH);

/// What may be sent. Stripe itself also sets others.
const CANCELLATION_REASONS: &[Choice] = &[
    Choice { value: "duplicate", says: "duplicate" },
    Choice { value: "fraudulent", says: "fraudulent" },
    Choice { value: "requested_by_customer", says: "requested by customer" },
    Choice { value: "abandoned", says: "abandoned" },
];

const WATCHED: &[Watch] = &[
    watch("status", "status", Shown::Plain),
    watch("amount", "amount", Shown::Money),
    watch("held", "amount_capturable", Shown::Money),
    watch("received", "amount_received", Shown::Money),
    watch("customer", "customer", Shown::Plain),
];

const READS: &[Reads] = &[Reads { field: "payment_intent", link: None, expand: &[], watch: WATCHED }];

pub(super) const ACTIONS: &[Action] = &[
    Action {
        name: "get_payment_intent",
        summary: "Show one payment: status, amounts, last error, latest charge",
        endpoint: get("/v1/payment_intents/{id}"),
        permission: read("payment_intent"),
        fields: &[PAYMENT],
        on: &[Kind::PaymentIntent],
        gives: Gives::One("payment_intent"),
        ..READ
    },
    LIST,
    CANCEL,
    CAPTURE,
];

const LIST: Action = Action {
    name: "list_payment_intents",
    summary: "List payments, newest first: of a customer, of a time; or find them by status, amount or metadata",
    endpoint: get("/v1/payment_intents"),
    permission: read("payment_intent"),
    fields: &[
        Field::new("customer", "Customer", FieldKind::Id(Kind::Customer))
            .help("only payments of this customer", "cus_Pgc…"),
        SINCE,
        UNTIL,
        Field::new("query", "Query", FieldKind::Text { most: QUERY_MOST }).help(
            "instead of the others, in Stripe's query language: amount, created, currency, customer, metadata, status; up to \
             a minute behind",
            "status:'requires_capture'",
        ),
    ],
    on: &[Kind::Customer],
    build: Build::ReadBy(|args, moment| {
        given::list_or_search(&LIST, "/v1/payment_intents/search", args, moment)
    }),
    gives: Gives::List("payment_intent"),
    ..READ
};

const CANCEL: Action = Action {
    name: "cancel_payment",
    family: Family::Payments,
    effect: Effect::Destructive,
    key: Some("x"),
    hint: "cancel",
    verb: "cancel {it}",
    summary: "Cancel a payment that has not gone through, and let go of what it holds",
    also_called: &["void", "release", "stop payment", "let go"],
    endpoint: post("/v1/payment_intents/{id}/cancel"),
    permission: write("payment_intent"),
    gate: Gate::Payments,
    also: &[],
    fields: &[
        PAYMENT,
        Field::new("cancellation_reason", "Why", FieldKind::Choice(CANCELLATION_REASONS))
            .help("Stripe's reason, shown in the Dashboard", "requested_by_customer"),
        NOTE,
    ],
    reads: READS,
    proof: Proof::Object { done: canceled, answer: Answer::Itself },
    on: &[Kind::PaymentIntent],
    applies: cancellable,
    build: Build::Change(cancel),
    gives: Gives::One("payment_intent"),
    refreshes: &[Kind::PaymentIntent, Kind::Charge],
    undo: None,
    metadata: false,
};

const CAPTURE: Action = Action {
    name: "capture_payment",
    family: Family::Payments,
    effect: Effect::Money,
    key: Some("c"),
    hint: "capture",
    verb: "capture {amount}",
    summary: "Take the money that a payment holds, all or a part",
    also_called: &["take money", "settle"],
    endpoint: post("/v1/payment_intents/{id}/capture"),
    permission: write("payment_intent"),
    gate: Gate::Payments,
    also: &[],
    fields: &[
        PAYMENT,
        Field::new("amount_to_capture", "Amount", FieldKind::Money)
            .help("in the payment's currency and its own decimals; left out: all that is held", "49.00"),
        Field::new("final_capture", "Final", FieldKind::Bool)
            .help("false: the rest stays held for another capture, where the card allows it; it is let go otherwise", "true"),
        Field::new("statement_descriptor_suffix", "Statement", FieldKind::Text { most: 22 })
            .help("what stands behind your name on the card's statement", "NOVEMBER"),
        METADATA,
        NOTE,
    ],
    reads: READS,
    proof: Proof::Object { done: captured, answer: Answer::Itself },
    on: &[Kind::PaymentIntent],
    applies: capturable,
    build: Build::Change(capture),
    gives: Gives::One("payment_intent"),
    refreshes: &[Kind::PaymentIntent, Kind::Charge, Kind::BalanceTransaction],
    undo: Some("refund_charge"),
    metadata: true,
};

fn cancellable(subject: &Subject) -> Result<(), String> {
    let payment = subject.read::<PaymentIntent>().ok_or("select a payment")?;
    match payment.status {
        Status::Succeeded => Err("it has gone through: refund its charge instead".into()),
        Status::Canceled => Err("it is already cancelled".into()),
        Status::RequiresPaymentMethod
        | Status::RequiresConfirmation
        | Status::RequiresAction
        | Status::RequiresCapture
        | Status::Processing
        | Status::Other(_) => Ok(()),
    }
}

fn capturable(subject: &Subject) -> Result<(), String> {
    let payment = subject.read::<PaymentIntent>().ok_or("select a payment")?;
    match payment.status {
        Status::RequiresCapture if held(payment).is_zero() => Err("nothing is held any more".into()),
        Status::RequiresCapture => Ok(()),
        Status::Succeeded => Err("it is already captured".into()),
        Status::Canceled => Err("it is cancelled: the customer has to pay again".into()),
        Status::Processing => Err("it is still under way: nothing is held yet".into()),
        Status::RequiresPaymentMethod
        | Status::RequiresConfirmation
        | Status::RequiresAction
        | Status::Other(_) => Err(format!("nothing is held: it {}", payment.status)),
    }
}

fn held(payment: &PaymentIntent) -> Money {
    Money::new(payment.amount_capturable, payment.currency)
}

fn cancel(args: &Args, subject: &Subject, _moment: &Moment) -> Result<Proposal, FieldError> {
    let payment = subject.named::<PaymentIntent>("payment_intent", args, cancellable)?;
    let reason = args.choice("cancellation_reason", CANCELLATION_REASONS)?;
    let id = payment.id.as_str();
    let held =
        Some(held(payment)).filter(|held| payment.status == Status::RequiresCapture && !held.is_zero());
    let ends = match held {
        Some(held) => {
            format!("the customer gets the {held} back that are held, and has to pay again if it is owed")
        }
        None => "nothing was taken, and the customer has to pay again if it is owed".into(),
    };
    let request = Request::post(CANCEL.endpoint.path, &[id]).with_some("cancellation_reason", reason);
    let sentence = format!("cancel the payment {}: {ends}", short_id(id));
    let mut proposal = Proposal::of(&CANCEL, (args, subject), request, sentence);
    proposal.amount = held;
    proposal.terms.reason = reason.map(Into::into);
    proposal.terms.steps = vec![Step::CancelHeld];
    noted(args, proposal)
}

fn capture(args: &Args, subject: &Subject, moment: &Moment) -> Result<Proposal, FieldError> {
    let payment = subject.named::<PaymentIntent>("payment_intent", args, capturable)?;
    let held = held(payment);
    let amount = args.money("amount_to_capture", payment.currency)?.unwrap_or(held);
    let last = args.flag("final_capture")?;
    let over = amount.compare(held).is_none_or(Ordering::is_gt);
    if over || amount.is_zero() {
        let reason = format!("{amount} cannot be taken: {held} is held");
        return Err(FieldError::new("amount_to_capture", reason));
    }
    if amount == held && last == Some(false) {
        let reason = format!("{amount} is all that is held: this capture is the last");
        return Err(FieldError::new("final_capture", reason));
    }
    let suffix = args.text("statement_descriptor_suffix", 22)?;
    let id = payment.id.as_str();
    // The amount is always sent, so that what was confirmed is what is asked for, whatever happened meanwhile.
    let request = Request::post(CAPTURE.endpoint.path, &[id])
        .with("amount_to_capture", amount.minor())
        .with_some("final_capture", last)
        .with_some("statement_descriptor_suffix", suffix);
    let request = with_all(request, METADATA.params(args, moment)?);
    let rest = held.checked_sub(amount).ok().filter(|rest| !rest.is_zero());
    let ends = match (rest, last) {
        (None, _) => String::new(),
        (Some(rest), Some(false)) => format!("; {rest} stay held"),
        (Some(rest), _) => {
            format!("; the customer gets the other {rest} back, and they cannot be taken later")
        }
    };
    let sentence = format!("take {amount} from the customer that {} holds{ends}", short_id(id));
    let mut proposal = Proposal::of(&CAPTURE, (args, subject), request, sentence);
    proposal.amount = Some(amount);
    proposal.terms.partial = Some(amount != held);
    proposal.terms.steps = vec![Step::CaptureHeld];
    noted(args, proposal)
}

fn canceled(sent: &Sent<'_>, object: &Subject) -> Done {
    let Some(payment) = object.read::<PaymentIntent>() else { return unreadable::<PaymentIntent>(object) };
    let over = payment.status == Status::Canceled;
    let status = if over { "cancelled".to_owned() } else { payment.status.to_string() };
    by_step(sent, object, over, &status, payment.canceled_at)
}

/// Our mark tells it. Without it, what is captured was captured by somebody else, and what is cancelled by nobody.
fn captured(sent: &Sent<'_>, object: &Subject) -> Done {
    let Some(payment) = object.read::<PaymentIntent>() else { return unreadable::<PaymentIntent>(object) };
    match (by_mark(sent, object), &payment.status) {
        (Done::Unseen(_), Status::Succeeded) => {
            Done::Before("it was captured, and not by this: nothing was taken twice".into())
        }
        (Done::Unseen(_), Status::Canceled) => Done::No(format!("{} is cancelled", payment.id)),
        (told, _) => told,
    }
}

#[cfg(test)]
mod tests {
    use serde_json::{Value, json};

    use super::{
        super::fixture::{NOW, done, propose, reading, refused, wire, with},
        *,
    };

    fn held() -> Value {
        json!({"id": "pi_1", "status": "requires_capture", "amount": 9_900, "amount_capturable": 9_900, "amount_received": 0,
            "currency": "usd", "customer": "cus_1", "metadata": {}})
    }

    #[test]
    fn payments_are_listed_or_searched_for() {
        assert_eq!(
            reading("get_payment_intent", &[("payment_intent", "pi_1")]),
            "GET /v1/payment_intents/pi_1"
        );
        assert_eq!(
            reading("list_payment_intents", &[("customer", "cus_1")]),
            "GET /v1/payment_intents?customer=cus_1"
        );
        assert_eq!(
            reading("list_payment_intents", &[("query", "status:'requires_capture'")]),
            "GET /v1/payment_intents/search?query=status%3A%27requires_capture%27"
        );
        let both = reading("list_payment_intents", &[("query", "x"), ("customer", "cus_1")]);
        assert!(both.contains("it says everything by itself"), "{both}");
    }

    #[test]
    fn the_amount_that_is_taken_is_always_sent() {
        let wire = |given: &[(&str, &str)]| {
            let given: Vec<_> = [("payment_intent", "pi_1")].iter().chain(given).copied().collect();
            wire("capture_payment", &held(), &given)
        };
        assert_eq!(wire(&[]), "POST /v1/payment_intents/pi_1/capture\namount_to_capture=9900");
        assert_eq!(
            wire(&[("amount_to_capture", "40"), ("final_capture", "false"), ("metadata", "order=1")]),
            "POST /v1/payment_intents/pi_1/capture\namount_to_capture=4000&final_capture=false&metadata[order]=1"
        );
    }

    #[test]
    fn who_gets_what_is_said() {
        let said = |given: &[(&str, &str)]| {
            let given: Vec<_> = [("payment_intent", "pi_1")].iter().chain(given).copied().collect();
            propose("capture_payment", &held(), &given).unwrap().sentence
        };
        assert_eq!(said(&[]), "take $99.00 from the customer that pi_1 holds");
        assert_eq!(
            said(&[("amount_to_capture", "40")]),
            "take $40.00 from the customer that pi_1 holds; the customer gets the other $59.00 back, and they cannot be \
             taken later"
        );
        assert!(
            said(&[("amount_to_capture", "40"), ("final_capture", "false")]).ends_with("; $59.00 stay held")
        );
        let cancel = propose("cancel_payment", &held(), &[("payment_intent", "pi_1")]).unwrap();
        assert!(
            cancel.sentence.contains("the customer gets the $99.00 back that are held"),
            "{}",
            cancel.sentence
        );
        assert_eq!(cancel.amount.unwrap().minor(), 9_900);
        let waits = with(&held(), json!({"status": "requires_action", "amount_capturable": 0}));
        let cancel = propose("cancel_payment", &waits, &[("payment_intent", "pi_1")]).unwrap();
        assert!(cancel.sentence.contains("nothing was taken"));
        assert_eq!(cancel.amount, None);
    }

    #[test]
    fn wrong_amounts_and_states_are_named() {
        let id = ("payment_intent", "pi_1");
        refused(
            "capture_payment",
            &held(),
            &[
                (&[id, ("amount_to_capture", "99.01")], "$99.01 cannot be taken: $99.00 is held"),
                (&[id, ("amount_to_capture", "0")], "amount_to_capture: "),
                (&[id, ("amount_to_capture", "99"), ("final_capture", "false")], "this capture is the last"),
                (
                    &[id, ("statement_descriptor_suffix", "a suffix that is too long")],
                    "too many: Stripe takes 22",
                ),
                (&[("payment_intent", "pi_2")], "pi_2 is not the payment intent that was read (pi_1)"),
            ],
        );
        for (status, capture, cancel) in [
            ("succeeded", "it is already captured", "refund its charge instead"),
            ("canceled", "the customer has to pay again", "already cancelled"),
            ("requires_action", "nothing is held: it requires action", "POST"),
            ("processing", "nothing is held yet", "POST"),
        ] {
            let payment = with(&held(), json!({"status": status}));
            refused("capture_payment", &payment, &[(&[id], capture)]);
            refused("cancel_payment", &payment, &[(&[id], cancel)]);
        }
        let asked = [id, ("cancellation_reason", "expired")];
        refused("cancel_payment", &held(), &[(&asked, "not one of duplicate; fraudulent")]);
    }

    #[test]
    fn a_capture_is_told_by_its_mark_and_a_cancellation_by_its_time() {
        let capture = propose("capture_payment", &held(), &[("payment_intent", "pi_1")]).unwrap();
        let told = |fields: Value| done(&capture, &with(&held(), fields));
        let marked = json!({"paydesk_intent": "int_1"});
        assert_eq!(told(json!({"status": "succeeded", "metadata": marked})), Done::Yes(None));
        assert!(matches!(told(json!({"status": "succeeded"})), Done::Before(_)));
        assert!(matches!(told(json!({"status": "canceled"})), Done::No(_)));
        assert!(matches!(told(json!({})), Done::Unseen(_)));
        let cancel = propose("cancel_payment", &held(), &[("payment_intent", "pi_1")]).unwrap();
        let told = |fields: Value| done(&cancel, &with(&held(), fields));
        assert_eq!(told(json!({"status": "canceled", "canceled_at": NOW.0})), Done::Yes(None));
        assert!(matches!(told(json!({"status": "canceled", "canceled_at": NOW.0 - 9})), Done::Before(_)));
        assert!(matches!(told(json!({})), Done::No(_)));
    }
}
