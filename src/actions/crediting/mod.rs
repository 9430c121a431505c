//! What is added to an invoice, and what is taken off one: single amounts, and credit notes.

mod items;
mod notes;

use items::add_item;
pub use notes::left as left_to_credit;
use notes::{create, creditable, preview, void, voidable, voided};

use super::{
    Action, Answer, Build, Choice, Effect, Family, Field, FieldKind, Gate, Gives, HERE, IN_PATH, Listed,
    Proof, READ, Reads, SINCE, Shown, UNTIL, Watch,
    customers::{CUSTOMER, exists},
    get,
    given::{LINE, METADATA, NOTE},
    invoices::INVOICE,
    post, read, watch, write,
};
use crate::model::Kind;

const DIRECTION: &[Choice] = &[
    Choice { value: "charge", says: "the customer pays it" },
    Choice { value: "credit", says: "the customer gets it" },
];

const REASONS: &[Choice] = &[
    Choice { value: "duplicate", says: "duplicate" },
    Choice { value: "fraudulent", says: "fraudulent" },
    Choice { value: "order_change", says: "the order changed" },
    Choice { value: "product_unsatisfactory", says: "not satisfied" },
];

const MAIL: &[Choice] = &[
    Choice { value: "credit_note", says: "the customer gets it by e-mail" },
    Choice { value: "none", says: "no e-mail" },
];

const TAX: &[Choice] = &[
    Choice { value: "exclusive", says: "tax comes on top" },
    Choice { value: "inclusive", says: "tax is in it" },
    Choice { value: "unspecified", says: "not said" },
];

const QUANTITY_MOST: i64 = 1_000_000;

pub(super) const ACTIONS: &[Action] = &[ADD_ITEM, PREVIEW, CREATE, LIST, VOID];

const ADD_ITEM: Action = Action {
    name: "create_invoice_item",
    family: Family::Invoices,
    effect: Effect::Money,
    key: Some("B"),
    hint: "bill",
    verb: "put {amount} on an invoice",
    summary: "Add a single amount to the next invoice or to a draft: to be paid, or as credit",
    also_called: &["add charge", "bill extra", "fee"],
    endpoint: post("/v1/invoiceitems"),
    permission: write("invoice_item"),
    gate: Gate::InvoicesWrite,
    also: &[Gate::Credit],
    fields: &[
        CUSTOMER.param("customer"),
        Field::new("amount", "Amount", FieldKind::Money)
            .help("in the customer's currency and its own decimals, without a sign", "10.00"),
        Field::new("direction", "Direction", FieldKind::Choice(DIRECTION))
            .help("charge unless said otherwise: the customer pays it", "charge")
            .param(HERE),
        Field::new("price", "Price", FieldKind::Id(Kind::Price))
            .help("instead of an amount: a price that is paid once", "price_1Pgc…")
            .param("pricing[price]"),
        Field::new("quantity", "Quantity", FieldKind::Int { least: 0, most: QUANTITY_MOST })
            .help("how many of the price; one unless said otherwise", "2"),
        Field::new("currency", "Currency", FieldKind::Text { most: 3 })
            .help("only for a customer who was never billed and so has none yet", "usd"),
        Field::new("description", "Description", FieldKind::Text { most: 500 })
            .help("shown to the customer on the invoice", "setup on 21 Nov"),
        Field::new("subscription", "Subscription", FieldKind::Id(Kind::Subscription))
            .help("on the next invoice of this one; of any, when left out", "sub_1Pgc…"),
        Field::new("invoice", "Draft", FieldKind::Id(Kind::Invoice))
            .help("on this draft, at once", "in_1Pgc…"),
        Field::new("discountable", "Discounts", FieldKind::Bool)
            .help("false: discounts do not make it less; credit is never made less", "false"),
        Field::new("period_start", "For, from", FieldKind::When)
            .help("the time that it is for, shown on the invoice", "2026-11-01")
            .param("period[start]"),
        Field::new("period_end", "For, to", FieldKind::When)
            .help("the last day of it", "2026-11-30")
            .param("period[end]"),
        Field::new("tax_behavior", "Tax", FieldKind::Choice(TAX))
            .help("as the account has it, when left out", "exclusive"),
        Field::new("tax_rates", "Tax rates", FieldKind::Texts { most: 100 })
            .help("instead of those of the invoice, by their ids", "txr_1Pgc…")
            .param("tax_rates[]"),
        METADATA,
        NOTE,
    ],
    reads: &[
        Reads::of(
            "customer",
            &[watch("currency", "currency", Shown::Plain), watch("deleted", "deleted", Shown::Plain)],
        ),
        Reads::of(
            "price",
            &[watch("amount", "unit_amount", Shown::Money), watch("on sale", "active", Shown::Plain)],
        ),
        Reads::of(
            "subscription",
            &[watch("status", "status", Shown::Plain), watch("customer", "customer", Shown::Plain)],
        ),
        Reads::of(
            "invoice",
            &[watch("status", "status", Shown::Plain), watch("customer", "customer", Shown::Plain)],
        ),
    ],
    proof: Proof::Listed(Listed {
        path: "/v1/invoiceitems",
        by: &[("customer", "customer")],
        noun: "invoice items",
        echoes: &[("customer", "customer"), ("amount", "amount"), ("currency", "currency")],
        says: |_| None,
    }),
    on: &[Kind::Customer],
    applies: exists,
    build: Build::Change(add_item),
    gives: Gives::One("invoiceitem"),
    refreshes: &[Kind::Customer, Kind::Invoice, Kind::InvoiceItem],
    undo: None,
    metadata: true,
};

const AMOUNT: Field = Field::new("amount", "Amount", FieldKind::Money)
    .help("of the whole note; the sum of what goes back, when left out", "20.00");
const REFUND_AMOUNT: Field = Field::new("refund_amount", "Goes back", FieldKind::Money)
    .help("of what was paid: a new refund to the way it was paid", "10.00");
const CREDIT_AMOUNT: Field = Field::new("credit_amount", "On balance", FieldKind::Money)
    .help("of what was paid: credit towards the next invoice", "10.00");
const OUT_OF_BAND: Field = Field::new("out_of_band_amount", "Outside", FieldKind::Money)
    .help("of what was paid: given back outside Stripe", "10.00");
const LINES: Field = Field::new("lines", "Lines", FieldKind::Pairs).help(
    "instead of an amount: lines of the invoice with the part of each, or with nothing for all of it",
    "il_1Pgc…=10.00, il_1Pgd…=",
);
const LINKED: Field = Field::new("refund", "Refund", FieldKind::Id(Kind::Refund))
    .help("a refund that was made already, and that this note is for", "re_3PxL…")
    .param("refunds[][refund]");
const OF_REFUND: Field = Field::new("amount_refunded", "Part of it", FieldKind::Money)
    .help("how much of that refund this note is for; all of it when left out", "5.00")
    .param("refunds[][amount_refunded]");
const REASON: Field = Field::new("reason", "Reason", FieldKind::Choice(REASONS))
    .help("Stripe's reason, shown in the Dashboard", "product_unsatisfactory");
const MEMO: Field =
    Field::new("memo", "Memo", LINE).help("printed on the credit note", "for the outage of 21 Nov");
const EFFECTIVE: Field = Field::new("effective_at", "Dated", FieldKind::When)
    .help("the date that stands on it; today when left out", "2026-11-30");

const MAILED: Field = Field::new("email_type", "E-mail", FieldKind::Choice(MAIL))
    .help("credit_note unless said otherwise: the customer gets it by e-mail", "none");

const WATCHED: &[Watch] = &[
    watch("status", "status", Shown::Plain),
    watch("total", "total", Shown::Money),
    watch("still to pay", "amount_remaining", Shown::Money),
    watch("paid", "amount_paid", Shown::Money),
    watch("credited before it was paid", "pre_payment_credit_notes_amount", Shown::Money),
    watch("credited after it was paid", "post_payment_credit_notes_amount", Shown::Money),
    watch("customer", "customer", Shown::Plain),
];

const REFUND: Reads =
    Reads::of("refund", &[watch("status", "status", Shown::Plain), watch("amount", "amount", Shown::Money)]);

const PREVIEW: Action = Action {
    name: "preview_credit_note",
    family: Family::Invoices,
    hint: "preview",
    summary: "Show what a credit note would do, before it is made",
    also_called: &["adjust"],
    endpoint: get("/v1/credit_notes/preview"),
    permission: read("credit_note"),
    gate: Gate::Credit,
    fields: &[
        INVOICE.param("invoice"),
        AMOUNT,
        REFUND_AMOUNT,
        CREDIT_AMOUNT,
        OUT_OF_BAND,
        LINES,
        LINKED,
        OF_REFUND,
        REASON,
        MEMO,
        EFFECTIVE,
        MAILED,
        METADATA,
    ],
    reads: &[Reads::of("invoice", WATCHED), REFUND],
    on: &[Kind::Invoice],
    applies: creditable,
    build: Build::ReadOn(preview),
    gives: Gives::One("credit_note"),
    ..READ
};

const CREATE: Action = Action {
    name: "create_credit_note",
    family: Family::Invoices,
    effect: Effect::Money,
    key: Some("c"),
    hint: "credit",
    verb: "credit {amount}",
    summary: "Lower a final invoice: less to pay, money back, or credit",
    also_called: &["adjust", "money back", "give back", "correct invoice", "reduce"],
    endpoint: post("/v1/credit_notes"),
    permission: write("credit_note"),
    gate: Gate::Credit,
    also: &[Gate::Refund],
    fields: &[
        INVOICE.param("invoice"),
        AMOUNT,
        REFUND_AMOUNT,
        CREDIT_AMOUNT,
        OUT_OF_BAND,
        LINES,
        LINKED,
        OF_REFUND,
        REASON,
        MEMO,
        EFFECTIVE,
        MAILED,
        METADATA,
        NOTE,
    ],
    reads: &[
        Reads { expand: &["payments.data.payment.payment_intent"], ..Reads::of("invoice", WATCHED) },
        REFUND,
        Reads {
            link: Some("payments.data[].payment.payment_intent.latest_charge"),
            ..Reads::of(
                "refund_amount",
                &[
                    watch("charge", "id", Shown::Plain),
                    watch("refunded", "amount_refunded", Shown::Money),
                    watch("disputed", "disputed", Shown::Plain),
                    watch("status", "status", Shown::Plain),
                ],
            )
        },
    ],
    proof: Proof::Listed(Listed {
        path: "/v1/credit_notes",
        by: &[("invoice", "invoice")],
        noun: "credit notes",
        echoes: &[("invoice", "invoice"), ("amount", "amount")],
        says: |_| None,
    }),
    on: &[Kind::Invoice],
    applies: creditable,
    build: Build::Change(create),
    gives: Gives::One("credit_note"),
    refreshes: &[Kind::Invoice, Kind::CreditNote, Kind::Charge, Kind::Refund, Kind::Customer],
    undo: Some("void_credit_note"),
    metadata: true,
};

const LIST: Action = Action {
    name: "list_credit_notes",
    family: Family::Invoices,
    summary: "List credit notes, newest first: of an invoice, of a customer",
    endpoint: get("/v1/credit_notes"),
    permission: read("credit_note"),
    gate: Gate::InvoicesView,
    fields: &[
        Field::new("invoice", "Invoice", FieldKind::Id(Kind::Invoice))
            .help("only notes of this invoice", "in_1Pgc…"),
        Field::new("customer", "Customer", FieldKind::Id(Kind::Customer))
            .help("only notes of this customer", "cus_Pgc…"),
        SINCE,
        UNTIL,
    ],
    on: &[Kind::Invoice, Kind::Customer],
    gives: Gives::List("credit_note"),
    ..READ
};

const VOID: Action = Action {
    name: "void_credit_note",
    family: Family::Invoices,
    effect: Effect::Destructive,
    key: Some("v"),
    hint: "void",
    verb: "void {it}",
    summary: "Take a credit note back while its invoice is open: it is owed again",
    also_called: &["cancel credit note", "take back"],
    endpoint: post("/v1/credit_notes/{id}/void"),
    permission: write("credit_note"),
    gate: Gate::Credit,
    also: &[],
    fields: &[
        Field::new("credit_note", "Credit note", FieldKind::Id(Kind::CreditNote))
            .required()
            .help("the credit note; a Dashboard link works too", "cn_1Pgc…")
            .param(IN_PATH),
        NOTE,
    ],
    reads: &[Reads {
        expand: &["invoice"],
        ..Reads::of(
            "credit_note",
            &[
                watch("status", "status", Shown::Plain),
                watch("amount", "amount", Shown::Money),
                watch("invoice", "invoice.status", Shown::Plain),
            ],
        )
    }],
    proof: Proof::Object { done: voided, answer: Answer::Itself },
    on: &[Kind::CreditNote],
    applies: voidable,
    build: Build::Change(void),
    gives: Gives::One("credit_note"),
    refreshes: &[Kind::CreditNote, Kind::Invoice],
    undo: Some("create_credit_note"),
    metadata: false,
};

#[cfg(test)]
mod tests;
