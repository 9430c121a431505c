//! Invoices: collecting what is owed, and giving it up.

mod steps;
mod upcoming;

use steps::{
    finalize, finalized, is_draft, is_open, paid, pay, payable, send, sendable, void, voided, write_off,
    written_off,
};
use upcoming::{ADDED, upcoming};

use super::{
    Action, Answer, Build, Choice, Effect, Family, Field, FieldKind, Gate, Gives, IN_PATH, Proof, READ,
    Reads, SINCE, Shown, UNTIL, Watch, get,
    given::{COLLECTION, NOTE, PREVIEW_MODE, QUERY_MOST},
    post, read, watch, write,
};
use crate::{
    model::{Invoice, Kind},
    money::Money,
};

pub(super) const INVOICE: Field = Field::new("invoice", "Invoice", FieldKind::Id(Kind::Invoice))
    .required()
    .help("the invoice; a Dashboard link works too", "in_1Pgc…")
    .param(IN_PATH);

const STATUS: &[Choice] = &[
    Choice { value: "draft", says: "not final yet" },
    Choice { value: "open", says: "to be paid" },
    Choice { value: "paid", says: "paid" },
    Choice { value: "uncollectible", says: "given up" },
    Choice { value: "void", says: "not owed" },
];

const PAYMENT_STATUS: &[Choice] = &[
    Choice { value: "paid", says: "paid" },
    Choice { value: "open", says: "not paid yet" },
    Choice { value: "canceled", says: "cancelled" },
];

const WATCHED: &[Watch] = &[
    watch("status", "status", Shown::Plain),
    watch("total", "total", Shown::Money),
    watch("still to pay", "amount_remaining", Shown::Money),
    watch("paid", "amount_paid", Shown::Money),
    watch("attempts", "attempt_count", Shown::Plain),
    watch("customer", "customer", Shown::Plain),
];

/// Besides, how Stripe goes on with it.
const MAILED: &[Watch] = &[
    watch("status", "status", Shown::Plain),
    watch("total", "total", Shown::Money),
    watch("still to pay", "amount_remaining", Shown::Money),
    watch("collected", "collection_method", Shown::Plain),
    watch("goes on by itself", "auto_advance", Shown::Plain),
    watch("e-mail", "customer_email", Shown::Private),
    watch("customer", "customer", Shown::Plain),
];

const READS: &[Reads] = &[Reads::of("invoice", WATCHED)];

pub(super) const ACTIONS: &[Action] = &[
    Action {
        name: "get_invoice",
        family: Family::Invoices,
        summary: "Show an invoice: status, amounts, lines, dates, links",
    also_called: &["bill", "receipt"],
        endpoint: get("/v1/invoices/{id}"),
        permission: read("invoice"),
        gate: Gate::InvoicesView,
        fields: &[INVOICE],
        on: &[Kind::Invoice],
        gives: Gives::One("invoice"),
        ..READ
    },
    Action {
        name: "list_invoices",
        family: Family::Invoices,
        summary: "List invoices, newest first: of a customer, of a subscription, by status, by date",
    also_called: &["bills", "receipts"],
        endpoint: get("/v1/invoices"),
        permission: read("invoice"),
        gate: Gate::InvoicesView,
        fields: &[
            Field::new("customer", "Customer", FieldKind::Id(Kind::Customer))
                .help("only invoices of this customer", "cus_Pgc…"),
            Field::new("subscription", "Subscription", FieldKind::Id(Kind::Subscription))
                .help("only invoices of this subscription", "sub_1Pgc…"),
            Field::new("status", "Status", FieldKind::Choice(STATUS))
                .help("overdue ones are open, with a due date in the past", "open"),
            Field::new("collection_method", "Collected", FieldKind::Choice(COLLECTION))
                .help("how they are collected", "send_invoice"),
            Field::new("due_since", "Due since", FieldKind::When)
                .help("due then or later", "2026-11-01")
                .param("due_date[gte]"),
            Field::new("due_until", "Due before", FieldKind::When)
                .help("due before then", "today")
                .param("due_date[lt]"),
            SINCE,
            UNTIL,
        ],
        on: &[Kind::Customer, Kind::Subscription],
        gives: Gives::List("invoice"),
        ..READ
    },
    Action {
        name: "search_invoices",
        family: Family::Invoices,
        summary: "Find invoices by number, total, status, customer or metadata",
        endpoint: get("/v1/invoices/search"),
        permission: read("invoice"),
        gate: Gate::InvoicesView,
        fields: &[Field::new("query", "Query", FieldKind::Text { most: QUERY_MOST }).required().help(
            "in Stripe's query language: created, currency, customer, metadata, number, receipt_number, status, subscription, \
             total; up to a minute behind",
            "number:'A-0012'",
        )],
        gives: Gives::List("invoice"),
        ..READ
    },
    UPCOMING,
    Action {
        name: "list_invoice_lines",
        family: Family::Invoices,
        summary: "List all lines of an invoice with price, period, tax and discount",
        endpoint: get("/v1/invoices/{id}/lines"),
        permission: read("invoice"),
        gate: Gate::InvoicesView,
        fields: &[INVOICE],
        on: &[Kind::Invoice],
        gives: Gives::List("line_item"),
        ..READ
    },
    PAYMENTS,
    FINALIZE,
    PAY,
    SEND,
    WRITE_OFF,
    VOID,
];

const UPCOMING: Action = Action {
    name: "get_upcoming_invoice",
    family: Family::Invoices,
    summary: "Show what the next invoice will be: of a subscription, or the nearest one of a customer",
    also_called: &["next bill", "renewal"],
    endpoint: post("/v1/invoices/create_preview"),
    permission: write("invoice"),
    gate: Gate::InvoicesView,
    fields: &[
        Field::new("subscription", "Subscription", FieldKind::Id(Kind::Subscription))
            .help("the next one of this subscription", "sub_1Pgc…"),
        Field::new("customer", "Customer", FieldKind::Id(Kind::Customer))
            .help("instead: the nearest of all the customer's subscriptions", "cus_Pgc…"),
        Field::new("schedule", "Schedule", FieldKind::Id(Kind::SubscriptionSchedule))
            .help("instead: as a schedule plans it", "sub_sched_1Pgc…"),
        Field::new("preview_mode", "What", FieldKind::Choice(PREVIEW_MODE))
            .help("next unless said otherwise", "next"),
        Field::new("coupon", "Coupon", FieldKind::Id(Kind::Coupon))
            .help("what it would be with this coupon", "SORRY20")
            .param("discounts[][coupon]"),
        Field::new("promotion_code", "Code", FieldKind::Id(Kind::PromotionCode))
            .help("what it would be with this code", "promo_1Pgc…")
            .param("discounts[][promotion_code]"),
        Field::new("cancel_at_period_end", "Cancel at end", FieldKind::Bool)
            .help("what it would be if it ended with the period", "true")
            .param("subscription_details[cancel_at_period_end]"),
        Field::new("cancel_now", "Cancel now", FieldKind::Bool)
            .help("what it would be if it ended now", "true")
            .param("subscription_details[cancel_now]"),
        Field::new("resume_at", "Resume", FieldKind::Choice(&[Choice { value: "now", says: "now" }]))
            .help("what it would be if a paused subscription went on", "now")
            .param("subscription_details[resume_at]"),
        Field::new("invoice_items", "With", FieldKind::Pairs)
            .help(
                "what it would be with these amounts; less than nothing is the customer's",
                "setup=10.00, sorry=-5.00",
            )
            .param(ADDED),
        Field::new("currency", "Currency", FieldKind::Text { most: 3 })
            .help("of those amounts", "usd")
            .param("invoice_items[][currency]"),
    ],
    on: &[Kind::Subscription, Kind::Customer],
    build: Build::ReadBy(upcoming),
    gives: Gives::One("invoice"),
    ..READ
};

const PAYMENTS: Action = Action {
    name: "list_invoice_payments",
    family: Family::Invoices,
    summary: "List the payments of an invoice, or find the invoice that a payment paid",
    endpoint: get("/v1/invoice_payments"),
    permission: read("invoice"),
    gate: Gate::InvoicesView,
    fields: &[
        Field::new("invoice", "Invoice", FieldKind::Id(Kind::Invoice))
            .help("payments of this invoice", "in_1Pgc…"),
        Field::new("payment_intent", "Payment", FieldKind::Id(Kind::PaymentIntent))
            .help("what this payment paid", "pi_3PxL…")
            .param("payment[payment_intent]"),
        Field::new("status", "Status", FieldKind::Choice(PAYMENT_STATUS)).help("only such payments", "paid"),
        SINCE,
        UNTIL,
    ],
    on: &[Kind::Invoice, Kind::PaymentIntent],
    build: Build::ReadBy(|args, moment| {
        let request = PAYMENTS.by_fields(args, moment)?;
        let of_payment = args.get("payment_intent").is_some();
        Ok(if of_payment { request.with("payment[type]", "payment_intent") } else { request })
    }),
    gives: Gives::List("invoice_payment"),
    ..READ
};

const FINALIZE: Action = Action {
    name: "finalize_invoice",
    family: Family::Invoices,
    effect: Effect::Money,
    key: Some("F"),
    hint: "finalise",
    verb: "finalise {it}",
    summary: "Turn a draft into a real invoice with a number, which is owed from then on",
    also_called: &["issue", "close draft"],
    endpoint: post("/v1/invoices/{id}/finalize"),
    permission: write("invoice"),
    gate: Gate::InvoicesWrite,
    also: &[],
    fields: &[
        INVOICE,
        Field::new("auto_advance", "Goes on", FieldKind::Bool).help(
            "true: Stripe charges or mails it by itself then; false: nothing more happens; as the draft has it, when left out",
            "false",
        ),
        NOTE,
    ],
    reads: &[Reads::of("invoice", MAILED)],
    proof: Proof::Object { done: finalized, answer: Answer::Itself },
    on: &[Kind::Invoice],
    applies: is_draft,
    build: Build::Change(finalize),
    gives: Gives::One("invoice"),
    refreshes: &[Kind::Invoice, Kind::Charge, Kind::Subscription, Kind::Customer],
    undo: Some("void_invoice"),
    metadata: false,
};

const PAY: Action = Action {
    name: "pay_invoice",
    family: Family::Invoices,
    effect: Effect::Money,
    key: Some("p"),
    hint: "collect",
    verb: "pay {it}",
    summary: "Try to collect an open invoice now, or mark it paid outside Stripe",
    also_called: &["collect", "charge again", "retry", "mark paid"],
    endpoint: post("/v1/invoices/{id}/pay"),
    permission: write("invoice"),
    gate: Gate::InvoicesWrite,
    also: &[Gate::PaymentMethod],
    fields: &[
        INVOICE,
        Field::new("payment_method", "Pay with", FieldKind::Id(Kind::PaymentMethod))
            .help("one of the customer's own, for this payment; the default one when left out", "pm_1Pgc…"),
        Field::new("paid_out_of_band", "Outside", FieldKind::Bool)
            .help("true: it was paid outside Stripe, and nothing is charged; counts as a write-off", "false"),
        Field::new("forgive", "Forgive", FieldKind::Bool).help(
            "true: take what a bank transfer brought and let the small rest go; counts as a write-off",
            "false",
        ),
        Field::new("off_session", "Customer absent", FieldKind::Bool).help(
            "true unless said otherwise: the customer is not there, and a bank that wants them to confirm says no",
            "true",
        ),
        NOTE,
    ],
    reads: &[
        Reads::of("invoice", WATCHED),
        Reads::of(
            "payment_method",
            &[watch("customer", "customer", Shown::Plain), watch("type", "type", Shown::Plain)],
        ),
    ],
    proof: Proof::Object { done: paid, answer: Answer::Itself },
    on: &[Kind::Invoice],
    applies: payable,
    build: Build::Change(pay),
    gives: Gives::One("invoice"),
    refreshes: &[Kind::Invoice, Kind::Charge, Kind::Subscription],
    undo: None,
    metadata: false,
};

const SEND: Action = Action {
    name: "send_invoice",
    family: Family::Invoices,
    effect: Effect::Write,
    key: Some("M"),
    hint: "mail",
    verb: "mail {it}",
    summary: "E-mail an invoice to the customer now",
    also_called: &["mail", "resend", "remind"],
    endpoint: post("/v1/invoices/{id}/send"),
    permission: write("invoice"),
    gate: Gate::InvoicesWrite,
    also: &[],
    fields: &[INVOICE, NOTE],
    reads: &[Reads::of("invoice", MAILED)],
    proof: Proof::Untold(
        "Stripe does not tell how often an invoice was mailed: look into the customer's mail, or mail it again",
    ),
    on: &[Kind::Invoice],
    applies: sendable,
    build: Build::Change(send),
    gives: Gives::One("invoice"),
    refreshes: &[Kind::Invoice],
    undo: None,
    metadata: false,
};

const WRITE_OFF: Action = Action {
    name: "mark_invoice_uncollectible",
    family: Family::Invoices,
    effect: Effect::Write,
    key: Some("w"),
    hint: "write off",
    verb: "write {it} off",
    summary: "Write an open invoice off as bad debt; it can still be paid",
    also_called: &["write off", "bad debt", "give up"],
    endpoint: post("/v1/invoices/{id}/mark_uncollectible"),
    permission: write("invoice"),
    gate: Gate::InvoicesWrite,
    also: &[],
    fields: &[INVOICE, NOTE],
    reads: READS,
    proof: Proof::Object { done: written_off, answer: Answer::Itself },
    on: &[Kind::Invoice],
    applies: is_open,
    build: Build::Change(write_off),
    gives: Gives::One("invoice"),
    refreshes: &[Kind::Invoice, Kind::Subscription],
    undo: None,
    metadata: false,
};

const VOID: Action = Action {
    name: "void_invoice",
    family: Family::Invoices,
    effect: Effect::Destructive,
    key: Some("v"),
    hint: "void",
    verb: "void {it}",
    summary: "Declare a finalised invoice not owed, for good",
    also_called: &["cancel invoice", "annul", "delete invoice"],
    endpoint: post("/v1/invoices/{id}/void"),
    permission: write("invoice"),
    gate: Gate::InvoicesWrite,
    also: &[],
    fields: &[INVOICE, NOTE],
    reads: READS,
    proof: Proof::Object { done: voided, answer: Answer::Itself },
    on: &[Kind::Invoice],
    applies: payable,
    build: Build::Change(void),
    gives: Gives::One("invoice"),
    refreshes: &[Kind::Invoice, Kind::Subscription],
    undo: None,
    metadata: false,
};

pub(super) fn remaining(invoice: &Invoice) -> Money {
    Money::new(invoice.amount_remaining, invoice.currency)
}

#[cfg(test)]
mod tests;
