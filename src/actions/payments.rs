//! Payments: what can be done to money that came in.

use serde_json::Value;

use super::{
    Action, Answer, Args, Build, Choice, Done, Effect, Family, Field, FieldError, FieldKind, Gate, Gives,
    HERE, IN_PATH, Listed, Moment, Proof, Proposal, READ, Reads, SINCE, Shown, Step, Subject, Terms, UNTIL,
    Watch, by_mark, by_state, get,
    given::{
        EMAIL_MOST, LINE, METADATA, NOTE, NOTE_MOST, QUERY_MOST, address_line, email, given, shipping, what,
        with_all,
    },
    post, read, watch, write,
};
use crate::{
    model::{Charge, ChargeStatus, Kind, Refund, RefundStatus},
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

const CHARGE_ID: Field = Field::new("charge", "Charge", FieldKind::Id(Kind::Charge))
    .required()
    .help("the charge; a Dashboard link works too", "ch_3PxL…")
    .param(IN_PATH);

const REFUND_ID: Field = Field::new("refund", "Refund", FieldKind::Id(Kind::Refund))
    .required()
    .help("the refund", "re_3PxL…")
    .param(IN_PATH);

/// Stripe learns from it which payments are fraud.
const USER_REPORTS: &[Choice] = &[
    Choice { value: "fraudulent", says: "fraud: Stripe's models learn from it" },
    Choice { value: "safe", says: "safe after all" },
];

/// The whole of it is sent whenever a part is, so none of it may have moved.
const CHARGE_WORDS: &[Watch] = &[
    watch("description", "description", Shown::Private),
    watch("receipt e-mail", "receipt_email", Shown::Private),
    watch("shipping", "shipping", Shown::Private),
    watch("fraud mark", "fraud_details.user_report", Shown::Plain),
    watch("customer", "customer", Shown::Plain),
];

pub(super) const ACTIONS: &[Action] = &[
    Action {
        name: "get_charge",
        summary: "Show one charge: amount, status, card, refunds, dispute",
        endpoint: get("/v1/charges/{id}"),
        permission: read("charge"),
        fields: &[CHARGE_ID],
        on: &[Kind::Charge],
        gives: Gives::One("charge"),
        ..READ
    },
    Action {
        name: "list_charges",
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
        name: "search_charges",
        summary: "Find charges by amount, last four digits, status, customer or metadata",
        endpoint: get("/v1/charges/search"),
        permission: read("charge"),
        fields: &[Field::new("query", "Query", FieldKind::Text { most: QUERY_MOST }).required().help(
            "in Stripe's query language: amount, currency, status, customer, disputed, refunded, created, metadata, \
             payment_method_details.card.last4; up to a minute behind",
            "payment_method_details.card.last4:4242",
        )],
        gives: Gives::List("charge"),
        ..READ
    },
    UPDATE_CHARGE,
    REFUND_CHARGE,
    Action {
        name: "get_refund",
        summary: "Show one refund: amount, status, why it failed, the bank's reference",
        endpoint: get("/v1/refunds/{id}"),
        permission: read("charge"),
        fields: &[REFUND_ID],
        on: &[Kind::Refund],
        gives: Gives::One("refund"),
        ..READ
    },
    Action {
        name: "list_refunds",
        summary: "List refunds, newest first: of a charge, of a payment, of a time",
        endpoint: get("/v1/refunds"),
        permission: read("charge"),
        fields: &[
            Field::new("charge", "Charge", FieldKind::Id(Kind::Charge))
                .help("only refunds of this charge", "ch_3PxL…"),
            Field::new("payment_intent", "Payment", FieldKind::Id(Kind::PaymentIntent))
                .help("only refunds of this payment", "pi_3PxL…"),
            SINCE,
            UNTIL,
        ],
        on: &[Kind::Charge, Kind::PaymentIntent],
        gives: Gives::List("refund"),
        ..READ
    },
    CANCEL_REFUND,
    Action {
        name: "get_balance_transaction",
        summary: "Show what a charge or refund did to the Stripe balance: gross, fee, net, when it is available",
        endpoint: get("/v1/balance_transactions/{id}"),
        permission: read("balance"),
        fields: &[Field::new("balance_transaction", "Movement", FieldKind::Id(Kind::BalanceTransaction))
            .required()
            .help("the movement, as a charge or a refund names it", "txn_3PxL…")
            .param(IN_PATH)],
        on: &[Kind::BalanceTransaction],
        gives: Gives::One("balance_transaction"),
        ..READ
    },
];

const UPDATE_CHARGE: Action = Action {
    name: "update_charge",
    family: Family::Payments,
    effect: Effect::Write,
    key: None,
    hint: "edit",
    verb: "edit {it}",
    summary: "Change the description, receipt e-mail, shipping or fraud mark of a charge",
    endpoint: post("/v1/charges/{id}"),
    permission: write("charge"),
    gate: Gate::ChargeDetails,
    also: &[],
    fields: &[
        CHARGE_ID,
        Field::new("description", "Description", FieldKind::Text { most: 5_000 })
            .help("shown beside the charge in the Dashboard", "Team plan, November"),
        Field::new("receipt_email", "Receipt to", FieldKind::Text { most: EMAIL_MOST })
            .help("Stripe mails a receipt to this address at once", "ada@example.com"),
        Field::new("user_report", "Fraud", FieldKind::Choice(USER_REPORTS))
            .help("whether it is fraud, as far as you know", "safe")
            .param("fraud_details[user_report]"),
        Field::new("shipping_name", "Recipient", LINE)
            .help("who receives it", "Ada Lovelace")
            .param("shipping[name]"),
        Field::new("shipping_phone", "Phone", LINE)
            .help("the recipient's, extension included", "+44 20 7946 0000")
            .param("shipping[phone]"),
        Field::new("shipping_carrier", "Carrier", LINE)
            .help("who ships it", "DHL")
            .param("shipping[carrier]"),
        Field::new("shipping_tracking_number", "Tracking", LINE)
            .help("the carrier's number", "JD014600003")
            .param("shipping[tracking_number]"),
        address_line!(
            "shipping_address",
            "shipping[address]",
            "line1",
            "Street",
            "street and number",
            "12 Analytical Way"
        ),
        address_line!(
            "shipping_address",
            "shipping[address]",
            "line2",
            "Flat",
            "flat, unit, building",
            "Flat 2"
        ),
        address_line!(
            "shipping_address",
            "shipping[address]",
            "city",
            "City",
            "city, town or village",
            "London"
        ),
        address_line!(
            "shipping_address",
            "shipping[address]",
            "state",
            "State",
            "state, county or region",
            "Greater London"
        ),
        address_line!(
            "shipping_address",
            "shipping[address]",
            "postal_code",
            "Postal code",
            "postal code",
            "N1 9GU"
        ),
        address_line!("shipping_address", "shipping[address]", "country", "Country", "two letters", "GB"),
        METADATA,
        NOTE,
    ],
    reads: &[Reads { field: "charge", link: None, expand: &[], watch: CHARGE_WORDS }],
    proof: Proof::Object { done: by_mark, answer: Answer::Itself },
    on: &[Kind::Charge],
    applies: |subject| subject.read::<Charge>().map(drop).ok_or_else(|| "select a charge".into()),
    build: Build::Change(update),
    gives: Gives::One("charge"),
    refreshes: &[Kind::Charge],
    undo: Some("update_charge"),
    metadata: true,
};

const REFUND_CHARGE: Action = Action {
    name: "refund_charge",
    family: Family::Payments,
    effect: Effect::Money,
    key: Some("r"),
    hint: "refund",
    verb: "refund {amount}",
    summary: "Refund a charge, whole or in part, to the way it was paid",
    endpoint: post("/v1/refunds"),
    permission: write("charge"),
    gate: Gate::Refund,
    also: &[],
    fields: &[
        Field::new("charge", "Charge", FieldKind::Id(Kind::Charge))
            .required()
            .help("the charge to refund; a Dashboard link works too", "ch_3PxL…"),
        Field::new("amount", "Amount", FieldKind::Money)
            .help("in the charge's currency and its own decimals; left out: all that is left", "49.00"),
        Field::new("reason", "Reason", FieldKind::Choice(REFUND_REASONS))
            .help("Stripe's reason, shown in the Dashboard; policy may require it", "duplicate"),
        Field::new("note", "Note", FieldKind::Text { most: NOTE_MOST })
            .help("for colleagues: kept in the audit trail and in the refund's metadata", "billed twice in November")
            .param(HERE),
        Field::new("instructions_email", "Instructions to", FieldKind::Text { most: EMAIL_MOST }).help(
            "where Stripe asks for bank details, for ways to pay that cannot be refunded by themselves (Konbini, PromptPay)",
            "ada@example.com",
        ),
        METADATA,
    ],
    reads: &[Reads { field: "charge", link: None, expand: &[], watch: CHARGE }],
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
    undo: Some("cancel_refund"),
    metadata: true,
};

const CANCEL_REFUND: Action = Action {
    name: "cancel_refund",
    family: Family::Payments,
    effect: Effect::Write,
    key: Some("x"),
    hint: "call back",
    verb: "call {amount} back",
    summary: "Call back a refund that still waits for the customer's bank details",
    endpoint: post("/v1/refunds/{id}/cancel"),
    permission: write("charge"),
    gate: Gate::Refund,
    also: &[],
    fields: &[REFUND_ID, NOTE],
    reads: &[Reads {
        field: "refund",
        link: None,
        expand: &[],
        watch: &[
            watch("status", "status", Shown::Plain),
            watch("amount", "amount", Shown::Money),
            watch("charge", "charge", Shown::Plain),
        ],
    }],
    proof: Proof::Object {
        done: |_, object| match object.read::<Refund>() {
            Some(refund) => {
                let over = refund.status == RefundStatus::Canceled;
                by_state(object, over, &refund.status.to_string())
            }
            None => Done::CannotTell(format!("{} cannot be read as a refund", object.id())),
        },
        answer: Answer::Itself,
    },
    on: &[Kind::Refund],
    applies: can_be_called_back,
    build: Build::Change(call_back),
    gives: Gives::One("refund"),
    refreshes: &[Kind::Refund, Kind::Charge, Kind::PaymentIntent],
    undo: Some("refund_charge"),
    metadata: false,
};

fn can_be_called_back(subject: &Subject) -> Result<(), String> {
    let refund = subject.read::<Refund>().ok_or("select a refund")?;
    match &refund.status {
        RefundStatus::RequiresAction => Ok(()),
        RefundStatus::Canceled => Err("it is already cancelled".into()),
        RefundStatus::Failed => Err("it failed: the money is back in the balance".into()),
        RefundStatus::Succeeded => Err("it is done: money that was sent cannot be called back".into()),
        RefundStatus::Pending => {
            Err("it is on its way to the bank: it cannot be called back any more".into())
        }
        RefundStatus::Other(_) => Err(format!("it is {}", refund.status)),
    }
}

/// It names no amount: what does not leave counts against no cap.
fn call_back(args: &Args, subject: &Subject, _moment: &Moment) -> Result<Proposal, FieldError> {
    let refund = subject.named::<Refund>("refund", args, can_be_called_back)?;
    let note = args.text("note", NOTE_MOST)?;
    let id = refund.id.as_str();
    let sentence =
        format!("call back the refund {}: the customer does not get {}", text::short_id(id), refund.money());
    let request = Request::post(CANCEL_REFUND.endpoint.path, &[id]);
    let proposal = Proposal::of(&CANCEL_REFUND, (args, subject), request, sentence);
    let terms = Terms { note: note.map(Into::into), steps: vec![Step::CallRefundBack], ..Terms::default() };
    Ok(Proposal { terms, ..proposal })
}

fn update(args: &Args, subject: &Subject, moment: &Moment) -> Result<Proposal, FieldError> {
    let charge = subject.named::<Charge>("charge", args, UPDATE_CHARGE.applies)?;
    let mut given = given(UPDATE_CHARGE.fields, args, moment)?;
    email("receipt_email", args)?;
    shipping(&mut given, &subject.value())?;
    let mut sentence =
        format!("change {} of {}", what(&UPDATE_CHARGE, args), text::short_id(charge.id.as_str()));
    if args.get("receipt_email").is_some() {
        sentence.push_str("; Stripe mails a receipt to the address at once");
    }
    if args.get("user_report") == Some("fraudulent") {
        sentence.push_str("; Stripe learns that it is fraud");
    }
    let request = Request::post(UPDATE_CHARGE.endpoint.path, &[charge.id.as_str()]);
    let proposal = Proposal::of(&UPDATE_CHARGE, (args, subject), with_all(request, given), sentence);
    let note = args.text("note", NOTE_MOST)?.map(Into::into);
    Ok(Proposal { terms: Terms { note, steps: vec![Step::EditCharge], ..Terms::default() }, ..proposal })
}

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

fn refund(args: &Args, subject: &Subject, moment: &Moment) -> Result<Proposal, FieldError> {
    let charge = subject.named::<Charge>("charge", args, refundable)?;
    let left = charge.left_to_refund();
    let amount = args.money("amount", charge.currency)?.unwrap_or(left);
    if amount.compare(left).is_none_or(std::cmp::Ordering::is_gt) {
        return Err(FieldError::new("amount", format!("{amount} is more than is left to refund ({left})")));
    }
    let reason = args.choice("reason", REFUND_REASONS)?;
    let note = args.text("note", NOTE_MOST)?;
    let email = email("instructions_email", args)?;
    // The amount is always sent, so that what was confirmed is what is asked for, whatever happened meanwhile.
    let request = Request::post(REFUND_CHARGE.endpoint.path, &[])
        .with("charge", &charge.id)
        .with("amount", amount.minor())
        .with_some("reason", reason)
        .with_some("instructions_email", email);
    let request = with_all(request, METADATA.params(args, moment)?);
    let proposal = Proposal::of(&REFUND_CHARGE, (args, subject), request, sentence(charge, amount));
    let terms = Terms {
        reason: reason.map(Into::into),
        note: note.map(Into::into),
        partial: Some(amount != left),
        ..Terms::default()
    };
    Ok(Proposal { amount: Some(amount), terms, ..proposal })
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
    use serde_json::json;

    use super::{super::fixture, *};
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

    #[test]
    fn each_reading_is_its_own_call() {
        for (name, given, call) in [
            ("get_charge", &[("charge", "ch_1")][..], "GET /v1/charges/ch_1"),
            ("search_charges", &[("query", "amount>100")], "GET /v1/charges/search?query=amount%3E100"),
            ("get_refund", &[("refund", "re_1")], "GET /v1/refunds/re_1"),
            (
                "list_refunds",
                &[("charge", "ch_1"), ("since", "2026-11-01")],
                "GET /v1/refunds?charge=ch_1&created[gte]=1793491200",
            ),
            (
                "get_balance_transaction",
                &[("balance_transaction", "txn_1")],
                "GET /v1/balance_transactions/txn_1",
            ),
            (
                "search_charges",
                &[],
                "query: it is required: give query=payment_method_details.card.last4:4242",
            ),
            (
                "get_refund",
                &[("refund", "ch_1")],
                "refund: `ch_1` is a charge, but a refund is needed here (like re_…)",
            ),
        ] {
            assert_eq!(fixture::reading(name, given), call);
        }
    }

    #[test]
    fn only_what_is_given_is_changed_and_shipping_goes_whole() {
        let shipped = json!({"id": "ch_1", "shipping": {"name": "Ada", "phone": null, "carrier": "DHL",
            "address": {"line1": "1 Way", "city": "London", "country": "GB"}}});
        let wire = |given: &[(&str, &str)]| {
            let given: Vec<_> = [("charge", "ch_1")].iter().chain(given).copied().collect();
            fixture::wire("update_charge", &shipped, &given)
        };
        assert_eq!(
            wire(&[("user_report", "fraudulent"), ("metadata", "order=17")]),
            "POST /v1/charges/ch_1\nfraud_details[user_report]=fraudulent&metadata[order]=17"
        );
        assert_eq!(
            wire(&[("shipping_tracking_number", "JD1"), ("shipping_address_city", "Leeds")]),
            "POST /v1/charges/ch_1\nshipping[tracking_number]=JD1&shipping[address][city]=Leeds&shipping[name]=Ada\
             &shipping[carrier]=DHL&shipping[address][line1]=1%20Way&shipping[address][country]=GB"
        );
        assert!(wire(&[]).contains("give at least one of description, receipt_email"));
        assert!(wire(&[("note", "x")]).contains("nothing is given"));
        assert!(wire(&[("receipt_email", "ada")]).contains("`ada` is no e-mail address"));
        let bare = json!({"id": "ch_1"});
        let bare = |given: &[(&str, &str)]| fixture::wire("update_charge", &bare, given);
        assert!(bare(&[("charge", "ch_1"), ("shipping_carrier", "DHL")]).starts_with("shipping_name: "));
        assert!(
            bare(&[("charge", "ch_1"), ("shipping_name", "Ada")]).starts_with("shipping_address_line1: ")
        );
    }

    #[test]
    fn a_receipt_that_is_mailed_is_said_before() {
        let given = [("charge", "ch_1"), ("receipt_email", "ada@example.com"), ("description", "x")];
        let proposal = fixture::propose("update_charge", &json!({"id": "ch_1"}), &given).unwrap();
        assert_eq!(
            proposal.sentence,
            "change description and receipt email of ch_1; Stripe mails a receipt to the address at once"
        );
        assert!(!format!("{proposal:?}").contains("ada@"));
    }

    #[test]
    fn a_refund_is_called_back_only_while_it_waits_and_counts_against_no_cap() {
        let refund = json!({"id": "re_1", "status": "requires_action", "amount": 4_900, "currency": "usd",
            "charge": "ch_1"});
        let given = [("refund", "re_1"), ("note", "wrong customer")];
        let proposal = fixture::propose("cancel_refund", &refund, &given).unwrap();
        assert_eq!(proposal.request.canonical(), "POST /v1/refunds/re_1/cancel\n");
        assert_eq!(proposal.sentence, "call back the refund re_1: the customer does not get $49.00");
        assert_eq!((proposal.amount, proposal.is_refund()), (None, false));
        for (status, why) in [
            ("succeeded", "money that was sent cannot be called back"),
            ("pending", "on its way to the bank"),
            ("failed", "the money is back"),
            ("canceled", "already cancelled"),
        ] {
            let refund = fixture::with(&refund, json!({"status": status}));
            fixture::refused("cancel_refund", &refund, &[(&given, why)]);
        }
        let canceled = fixture::with(&refund, json!({"status": "canceled"}));
        assert!(matches!(fixture::done(&proposal, &canceled), Done::Yes(Some(_))));
        assert_eq!(fixture::done(&proposal, &refund), Done::No("re_1 is requires action".into()));
    }

    #[test]
    fn what_goes_along_with_a_refund() {
        let proposal =
            build(&[("amount", "1"), ("instructions_email", "a@b.example"), ("metadata", "case=9")]).unwrap();
        assert_eq!(
            proposal.request.form(),
            "charge=ch_1&amount=100&instructions_email=a%40b.example&metadata[case]=9"
        );
    }
}
