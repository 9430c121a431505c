//! Payments: what can be done to money that came in.

mod refunds;

use refunds::{call_back, can_be_called_back, refund, refund_says, refundable};

use super::{
    Action, Answer, Args, Build, Choice, Effect, Family, Field, FieldError, FieldKind, Gate, Gives, HERE,
    IN_PATH, Listed, Moment, Proof, Proposal, READ, Reads, SINCE, Shown, Step, Subject, UNTIL, Watch,
    by_mark, by_state, get,
    given::{
        EMAIL_MOST, LINE, METADATA, NOTE, NOTE_MOST, QUERY_MOST, address_line, email, given, noted, shipping,
        what, with_all,
    },
    post, read, unreadable, watch, write,
};
use crate::{
    model::{Charge, Kind, Refund, RefundStatus},
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
    also_called: &["payment details"],
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
    also_called: &["where is my refund"],
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
    also_called: &["fee", "net"],
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
    also_called: &["fix charge", "edit charge", "fraud"],
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
    also_called: &["give back", "money back", "return", "reverse", "reimburse"],
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
    also_called: &["stop refund", "take back"],
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
            None => unreadable::<Refund>(object),
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
    let mut proposal = Proposal::of(&UPDATE_CHARGE, (args, subject), with_all(request, given), sentence);
    proposal.terms.steps = vec![Step::EditCharge];
    noted(args, proposal)
}

#[cfg(test)]
mod tests;
