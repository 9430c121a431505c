//! Invoices: collecting what is owed, and giving it up.

use super::{
    Action, Answer, Args, Build, Choice, Done, Effect, Family, Field, FieldError, FieldKind, Gate, Gives,
    IN_PATH, Moment, Proof, Proposal, READ, Reads, SINCE, Sent, Shown, Subject, Terms, UNTIL, Watch, by_step,
    get,
    given::{NOTE, NOTE_MOST, QUERY_MOST, with_all},
    post, read, watch, write,
};
use crate::{
    model::{Invoice, InvoiceStatus, Kind, PaymentMethod},
    money::{Currency, Money},
    request::Request,
    time::Unix,
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

const COLLECTION: &[Choice] = &[
    Choice { value: "charge_automatically", says: "charged by themselves" },
    Choice { value: "send_invoice", says: "mailed to be paid" },
];

const PAYMENT_STATUS: &[Choice] = &[
    Choice { value: "paid", says: "paid" },
    Choice { value: "open", says: "not paid yet" },
    Choice { value: "canceled", says: "cancelled" },
];

const MODE: &[Choice] = &[
    Choice { value: "next", says: "with everything on it" },
    Choice { value: "recurring", says: "only what recurs" },
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
        Field::new("preview_mode", "What", FieldKind::Choice(MODE))
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

const ADDED: &str = "invoice_items[][amount]";

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

fn upcoming(args: &Args, moment: &Moment) -> Result<Request, FieldError> {
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

/// Open, or written off: both can still be paid or declared void.
fn payable(subject: &Subject) -> Result<(), String> {
    let invoice = subject.read::<Invoice>().ok_or("select an invoice")?;
    match &invoice.status {
        InvoiceStatus::Open | InvoiceStatus::Uncollectible => Ok(()),
        InvoiceStatus::Draft => Err("it is a draft: finalise it first".into()),
        InvoiceStatus::Paid => Err("it is already paid".into()),
        InvoiceStatus::Void => Err("it is void: nothing is owed".into()),
        InvoiceStatus::Other(_) => Err(format!("it is {}", invoice.status)),
    }
}

fn is_draft(subject: &Subject) -> Result<(), String> {
    let invoice = subject.read::<Invoice>().ok_or("select an invoice")?;
    if invoice.status == InvoiceStatus::Draft {
        Ok(())
    } else {
        Err(format!("it is {}: it is final already", invoice.status))
    }
}

fn is_open(subject: &Subject) -> Result<(), String> {
    let invoice = subject.read::<Invoice>().ok_or("select an invoice")?;
    if invoice.status == InvoiceStatus::Uncollectible {
        return Err("it is written off already".into());
    }
    payable(subject)
}

fn sendable(subject: &Subject) -> Result<(), String> {
    let invoice = subject.read::<Invoice>().ok_or("select an invoice")?;
    payable(subject)?;
    if invoice.collection_method.as_str() == "charge_automatically" {
        return Err(
            "it is charged automatically: Stripe mails only invoices that the customer pays by themselves"
                .into(),
        );
    }
    Ok(())
}

pub(super) fn remaining(invoice: &Invoice) -> Money {
    Money::new(invoice.amount_remaining, invoice.currency)
}

/// The proposal with what all of these say: the amount that is left to pay, and the note.
fn about(
    args: &Args,
    proposal: Proposal,
    amount: Money,
    write_off: Option<Money>,
) -> Result<Proposal, FieldError> {
    let note = args.text("note", NOTE_MOST)?.map(Into::into);
    Ok(Proposal { amount: Some(amount), terms: Terms { note, write_off, ..Terms::default() }, ..proposal })
}

fn finalize(args: &Args, subject: &Subject, _moment: &Moment) -> Result<Proposal, FieldError> {
    let invoice = subject.named::<Invoice>("invoice", args, is_draft)?;
    // Said although it is the draft's own: what was confirmed is what happens.
    let goes_on = args.flag("auto_advance")?.unwrap_or(invoice.auto_advance);
    let mailed = invoice.collection_method.as_str() == "send_invoice";
    let then = match (goes_on, mailed) {
        (false, _) => "nothing more happens until somebody acts",
        (true, true) => "Stripe mails it to the customer by itself",
        (true, false) => "Stripe charges the customer by itself",
    };
    let due = Money::new(invoice.amount_due, invoice.currency);
    let sentence = format!("finalise invoice {} ({due}): it is owed from now on; {then}", invoice.title());
    let request = Request::post(FINALIZE.endpoint.path, &[invoice.id.as_str()]).with("auto_advance", goes_on);
    about(args, Proposal::of(&FINALIZE, (args, subject), request, sentence), due, None)
}

fn pay(args: &Args, subject: &Subject, _moment: &Moment) -> Result<Proposal, FieldError> {
    let invoice = subject.named::<Invoice>("invoice", args, payable)?;
    let outside = args.flag("paid_out_of_band")? == Some(true);
    let forgives = args.flag("forgive")? == Some(true);
    let method =
        args.get("payment_method").map(|_| args.any_id("payment_method", Kind::PaymentMethod)).transpose()?;
    if let (true, Some(field)) =
        (outside, method.as_ref().map(|_| "payment_method").or(forgives.then_some("forgive")))
    {
        return Err(FieldError::new(field, "nothing is charged with paid_out_of_band=true: leave it out"));
    }
    let read = subject.other("payment_method").and_then(Subject::read::<PaymentMethod>);
    if let Some(method) = read
        && method.customer_id() != invoice.customer_id()
    {
        return Err(FieldError::new("payment_method", format!("{} is not this customer's", method.id)));
    }
    let left = remaining(invoice);
    let request = Request::post(PAY.endpoint.path, &[invoice.id.as_str()]);
    // The customer is not there: a bank that wants to see them must say no.
    let request =
        if outside { request.with("paid_out_of_band", true) } else { request.with("off_session", true) };
    let request =
        request.with_some("payment_method", method.as_ref()).with_some("forgive", forgives.then_some(true));
    let title = invoice.title();
    let with = match (&method, read) {
        (Some(_), Some(read)) => format!(" with {}", read.words()),
        (Some(id), None) => format!(" with {}", crate::text::short_id(&id.id)),
        (None, _) => String::new(),
    };
    let rest = if forgives { "; what is short of it is let go" } else { "" };
    let sentence = if outside {
        format!("mark invoice {title} ({left}) paid outside Stripe")
    } else {
        format!("charge {left} for invoice {title} now{with}{rest}")
    };
    let proposal = Proposal::of(&PAY, (args, subject), request, sentence);
    let also = method.map(|_| Gate::PaymentMethod).into_iter().collect();
    about(args, Proposal { also, ..proposal }, left, (outside || forgives).then_some(left))
}

fn send(args: &Args, subject: &Subject, _moment: &Moment) -> Result<Proposal, FieldError> {
    let invoice = subject.named::<Invoice>("invoice", args, sendable)?;
    let object = subject.value();
    let known = object.get("customer_email");
    if known.is_some_and(|email| email.as_str().is_none_or(str::is_empty)) {
        return Err(FieldError::new("invoice", "the customer has no e-mail address: give them one first"));
    }
    let left = remaining(invoice);
    let test = if invoice.livemode { "" } else { " (in test mode Stripe mails nothing)" };
    let sentence = format!("e-mail invoice {} ({left} to pay) to the customer{test}", invoice.title());
    let request = Request::post(SEND.endpoint.path, &[invoice.id.as_str()]);
    about(args, Proposal::of(&SEND, (args, subject), request, sentence), left, None)
}

fn write_off(args: &Args, subject: &Subject, _moment: &Moment) -> Result<Proposal, FieldError> {
    let invoice = subject.named::<Invoice>("invoice", args, is_open)?;
    let left = remaining(invoice);
    let sentence = format!(
        "write {left} of invoice {} off: Stripe stops collecting it, the customer can still pay it",
        invoice.title()
    );
    let request = Request::post(WRITE_OFF.endpoint.path, &[invoice.id.as_str()]);
    about(args, Proposal::of(&WRITE_OFF, (args, subject), request, sentence), left, Some(left))
}

fn void(args: &Args, subject: &Subject, _moment: &Moment) -> Result<Proposal, FieldError> {
    let invoice = subject.named::<Invoice>("invoice", args, payable)?;
    let left = remaining(invoice);
    let sentence = format!("void invoice {} ({left}): the customer does not owe it", invoice.title());
    let request = Request::post(VOID.endpoint.path, &[invoice.id.as_str()]);
    about(args, Proposal::of(&VOID, (args, subject), request, sentence), left, Some(left))
}

/// A payment may still be under way where it is open: it is not said that nothing happened. Where it is paid, the customer
/// may have done that themselves meanwhile: a payment carries no mark of ours.
fn paid(sent: &Sent<'_>, object: &Subject) -> Done {
    let Some(invoice) = object.read::<Invoice>() else { return unreadable(object) };
    let id = &invoice.id;
    if invoice.status != InvoiceStatus::Paid {
        return Done::Unseen(format!("{id} is {}", invoice.status));
    }
    let told = by_step(sent, object, true, "paid", invoice.status_transitions.paid_at);
    let outside = sent.request.param("paid_out_of_band") == Some("true");
    match (told, invoice.amount_paid_off_stripe) {
        (Done::Yes(_), Some(off)) if outside && off > 0 => Done::Yes(None),
        (Done::Yes(_), Some(_)) if outside => {
            Done::Before(format!("{id} was paid through Stripe meanwhile; it was not marked by this"))
        }
        (Done::Yes(_), _) => {
            Done::ByKey(format!("{id} was paid after this was sent, and does not show by whose doing"))
        }
        (told, _) => told,
    }
}

fn voided(sent: &Sent<'_>, object: &Subject) -> Done {
    let Some(invoice) = object.read::<Invoice>() else { return unreadable(object) };
    let over = invoice.status == InvoiceStatus::Void;
    by_step(sent, object, over, &invoice.status.to_string(), invoice.status_transitions.voided_at)
}

fn finalized(sent: &Sent<'_>, object: &Subject) -> Done {
    let Some(invoice) = object.read::<Invoice>() else { return unreadable(object) };
    let over = invoice.status != InvoiceStatus::Draft;
    let status = if over { "final" } else { invoice.status.as_str() };
    by_step(sent, object, over, status, invoice.status_transitions.finalized_at)
}

/// What was written off may be paid or void by now.
fn written_off(sent: &Sent<'_>, object: &Subject) -> Done {
    let Some(invoice) = object.read::<Invoice>() else { return unreadable(object) };
    let at: Option<Unix> = invoice.status_transitions.marked_uncollectible_at;
    let over = invoice.status == InvoiceStatus::Uncollectible || at.is_some();
    by_step(sent, object, over, if over { "written off" } else { invoice.status.as_str() }, at)
}

fn unreadable(object: &Subject) -> Done {
    Done::CannotTell(format!("{} cannot be read as an invoice", object.id()))
}

#[cfg(test)]
#[path = "invoices_tests.rs"]
mod tests;
