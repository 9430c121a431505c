//! What is added to an invoice, and what is taken off one: single amounts, and credit notes.

use serde_json::Value;

use super::{
    Action, Answer, Args, Build, Choice, Done, Effect, Family, Field, FieldError, FieldKind, Gate, Gives,
    HERE, IN_PATH, Listed, Moment, Proof, Proposal, READ, Reads, SINCE, Sent, Shown, Step, Subject, Terms,
    UNTIL, Watch, by_step,
    customers::{CUSTOMER, currency, exists},
    get,
    given::{LINE, METADATA, NOTE, NOTE_MOST, with_all},
    invoices::{INVOICE, remaining},
    post, read, watch, write,
};
use crate::{
    model::{Charge, CreditNote, Customer, Invoice, InvoiceStatus, Kind, Price, Refund, Subscription},
    money::Money,
    request::Request,
    text::{clean, short_id},
    time::Unix,
};

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
        Field::new("email_type", "E-mail", FieldKind::Choice(MAIL))
            .help("credit_note unless said otherwise: the customer gets it by e-mail", "none"),
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

/// The amount and what it is of, in words.
fn price_of(args: &Args, subject: &Subject) -> Result<Option<Money>, FieldError> {
    let quantity = args.int("quantity", 0, QUANTITY_MOST)?;
    if args.get("price").is_none() {
        return match quantity {
            Some(_) => {
                Err(FieldError::new("quantity", "it goes with a price: leave it out, or give price=price_…"))
            }
            None => Ok(None),
        };
    }
    let id = args.any_id("price", Kind::Price)?;
    let wrong = |reason: String| Err(FieldError::new("price", reason));
    // It is always read before anything is sent; on screen it may not be yet.
    let Some(price) = subject.other("price").and_then(Subject::read::<Price>) else { return Ok(None) };
    if price.recurring.is_some() {
        return wrong(format!("{id} recurs: an invoice item takes a price that is paid once"));
    }
    if !price.active {
        return wrong(format!("{id} is archived: it cannot be sold any more"));
    }
    Ok(price.amount(quantity.unwrap_or(1)))
}

fn add_item(args: &Args, subject: &Subject, moment: &Moment) -> Result<Proposal, FieldError> {
    let customer = subject.named::<Customer>("customer", args, exists)?;
    let priced = args.get("price").is_some();
    let credit = args.choice("direction", DIRECTION)? == Some("credit");
    if priced && (args.get("amount").is_some() || credit) {
        return Err(FieldError::new("price", "give an amount, or a price that the customer pays, not both"));
    }
    let of_price = price_of(args, subject)?;
    let amount = if priced {
        of_price
    } else {
        let currency = currency(args, customer)?;
        let amount = args.money("amount", currency)?;
        Some(amount.ok_or_else(|| FieldError::new("amount", "give an amount, like 10.00, or a price"))?)
    };
    let (start, end) = (args.when("period_start", moment)?, args.when("period_end", moment)?);
    if start.is_some() != end.is_some() || start > end {
        return Err(FieldError::new(
            "period_end",
            "give both ends of the time that it is for, the first one first",
        ));
    }
    let place = place(args, subject, customer)?;
    let id = customer.id.as_str();
    let mut request = Request::post(ADD_ITEM.endpoint.path, &[]).with("customer", id);
    if let (false, Some(amount)) = (priced, amount) {
        // Stripe's sign: less than nothing is the customer's.
        let minor = if credit { amount.minor().saturating_neg() } else { amount.minor() };
        request = request.with("amount", minor).with("currency", amount.currency().code());
    }
    for field in
        ADD_ITEM.fields.iter().filter(|field| !["customer", "amount", "currency"].contains(&field.name))
    {
        if field.param != HERE {
            request = with_all(request, field.params(args, moment)?);
        }
    }
    let words = amount.map_or_else(|| "the price".to_owned(), |amount| amount.to_string());
    let sentence = if credit {
        format!("{place}: the customer gets {words} and pays that much less")
    } else {
        format!("{place}: the customer pays {words} more")
    };
    let mut proposal = Proposal::of(&ADD_ITEM, (args, subject), request, sentence);
    proposal.amount = amount;
    proposal.terms.note = args.text("note", NOTE_MOST)?.map(Into::into);
    if credit {
        proposal.also = vec![Gate::Credit];
        proposal.terms.credit = amount;
    } else {
        proposal.terms.steps = vec![Step::BillItem];
    }
    Ok(proposal)
}

/// Where the amount will stand.
fn place(args: &Args, subject: &Subject, customer: &Customer) -> Result<String, FieldError> {
    let whose = |field: &str, owner: Option<&crate::model::CustomerId>| {
        if owner == Some(&customer.id) {
            Ok(())
        } else {
            Err(FieldError::new(field, "it is another customer's"))
        }
    };
    let mut place = format!("on the next invoice of {}", short_id(customer.id.as_str()));
    if args.get("subscription").is_some() {
        let id = args.any_id("subscription", Kind::Subscription)?;
        if let Some(read) = subject.other("subscription").and_then(Subject::read::<Subscription>) {
            whose("subscription", read.customer_id())?;
            if read.is_over() {
                return Err(FieldError::new(
                    "subscription",
                    format!("it is {}: it has no next invoice", read.status),
                ));
            }
        }
        place = format!("on the next invoice of {}", short_id(&id.id));
    }
    if args.get("invoice").is_some() {
        let id = args.any_id("invoice", Kind::Invoice)?;
        if let Some(read) = subject.other("invoice").and_then(Subject::read::<Invoice>) {
            whose("invoice", read.customer_id())?;
            if read.status != InvoiceStatus::Draft {
                return Err(FieldError::new(
                    "invoice",
                    format!("it is {}: only drafts take more", read.status),
                ));
            }
        }
        place = format!("on the draft {}", short_id(&id.id));
    }
    Ok(place)
}

fn creditable(subject: &Subject) -> Result<(), String> {
    let invoice = subject.read::<Invoice>().ok_or("select an invoice")?;
    match &invoice.status {
        InvoiceStatus::Open | InvoiceStatus::Paid | InvoiceStatus::Uncollectible => {}
        InvoiceStatus::Draft => return Err("it is a draft: change it instead".into()),
        InvoiceStatus::Void => return Err("it is void: nothing is owed".into()),
        InvoiceStatus::Other(_) => return Err(format!("it is {}", invoice.status)),
    }
    if left(invoice, subject).minor() <= 0 {
        return Err(format!("all of it ({}) is credited already", invoice.money()));
    }
    Ok(())
}

/// What credit notes have left of it.
fn left(invoice: &Invoice, subject: &Subject) -> Money {
    let object = subject.value();
    let noted = |name: &str| object.get(name).and_then(Value::as_i64).unwrap_or(0);
    let credited =
        noted("pre_payment_credit_notes_amount").saturating_add(noted("post_payment_credit_notes_amount"));
    Money::new(invoice.total.saturating_sub(credited), invoice.currency)
}

/// A credit note, worked out.
struct Worked {
    total: Money,
    /// What is less to pay.
    lowers: Money,
    refund: Option<Money>,
    credit: Option<Money>,
    outside: Option<Money>,
    linked: Option<Money>,
    /// Given by lines, and so by no amount.
    lines: Vec<(String, String)>,
}

fn work_out(args: &Args, invoice: &Invoice, subject: &Subject) -> Result<Worked, FieldError> {
    let currency = invoice.currency;
    let none = Money::zero(currency);
    let sum = |parts: &[Option<Money>]| {
        parts
            .iter()
            .flatten()
            .try_fold(none, |sum, part| sum.checked_add(*part))
            .map_err(|error| FieldError::new("amount", error))
    };
    let (refund, credit, outside) = (
        args.money("refund_amount", currency)?,
        args.money("credit_amount", currency)?,
        args.money("out_of_band_amount", currency)?,
    );
    let linked = linked(args, subject, invoice)?;
    let parts = sum(&[refund, credit, outside, linked])?;
    let (lines, of_lines) = lines(args, invoice, subject)?.unzip();
    let open = if invoice.status == InvoiceStatus::Paid { none } else { remaining(invoice) };
    let total = match (args.money("amount", currency)?, of_lines) {
        (Some(_), Some(_)) => return Err(FieldError::new("lines", "give an amount, or lines, not both")),
        (Some(amount), None) | (None, Some(amount)) => amount,
        (None, None) if open.is_zero() && !parts.is_zero() => parts,
        (None, None) => {
            return Err(FieldError::new("amount", "give the amount of the note, like 20.00, or lines"));
        }
    };
    let most = left(invoice, subject);
    if total.compare(most).is_none_or(std::cmp::Ordering::is_gt) {
        return Err(FieldError::new(
            "amount",
            format!("{total} is more than can still be credited ({most})"),
        ));
    }
    // First less is to be paid; only what is over was paid, and has to go somewhere.
    let lowers = if total.minor() < open.minor() { total } else { open };
    let over = total.checked_sub(lowers).map_err(|error| FieldError::new("amount", error))?;
    if parts != over {
        let goes = "refund_amount, credit_amount, out_of_band_amount and refund";
        let reason = if over.is_zero() {
            format!("{total} is still to pay, so the note only lowers that: leave {goes} out")
        } else {
            format!("{over} of it was paid: say where it goes, by {goes}, {over} together and not {parts}")
        };
        let field = if refund.is_some() { "refund_amount" } else { "credit_amount" };
        return Err(FieldError::new(field, reason));
    }
    Ok(Worked { total, lowers, refund, credit, outside, linked, lines: lines.unwrap_or_default() })
}

/// What a refund that was made already has given back: as much of it as the note is for.
fn linked(args: &Args, subject: &Subject, invoice: &Invoice) -> Result<Option<Money>, FieldError> {
    let part = args.money("amount_refunded", invoice.currency)?;
    let wrong_part = |reason: String| FieldError::new("amount_refunded", reason);
    if args.get("refund").is_none() {
        let alone =
            |_| Err(wrong_part("it is a part of a refund: name that refund too (refund=re_…)".into()));
        return part.map_or(Ok(None), alone);
    }
    let id = args.any_id("refund", Kind::Refund)?;
    let wrong = |reason: String| Err(FieldError::new("refund", reason));
    let Some(refund) = subject.other("refund").and_then(Subject::read::<Refund>) else {
        return wrong(format!("{id} has to be read first"));
    };
    if !refund.counts() {
        return wrong(format!("{id} is {}: it gave nothing back", refund.status));
    }
    if refund.currency != invoice.currency {
        return wrong(format!("{id} is in {}, the invoice in {}", refund.currency, invoice.currency));
    }
    let whole = refund.money();
    match part {
        Some(part) if part.minor() <= 0 || part.minor() > whole.minor() => {
            Err(wrong_part(format!("{part} is no part of {id}: it is {whole}")))
        }
        part => Ok(Some(part.unwrap_or(whole))),
    }
}

/// Parameters of lines, and their sum.
type Lines = (Vec<(String, String)>, Money);

/// None where none is given.
fn lines(args: &Args, invoice: &Invoice, subject: &Subject) -> Result<Option<Lines>, FieldError> {
    let pairs = args.pairs("lines")?;
    if pairs.is_empty() {
        return Ok(None);
    }
    let wrong = |reason: String| FieldError::new("lines", reason);
    if invoice.total != invoice.subtotal || subject.value().get("total_taxes").is_some_and(has_any) {
        return Err(wrong(
            "tax or discounts are on the invoice, so lines alone do not tell the sum: give an amount".into(),
        ));
    }
    let (mut params, mut sum) = (Vec::new(), Money::zero(invoice.currency));
    for (at, (id, part)) in pairs.into_iter().enumerate() {
        let Some(line) = invoice.lines.data.iter().find(|line| line.id.as_str() == id) else {
            let known: Vec<_> = invoice.lines.data.iter().map(|line| line.id.as_str()).collect();
            return Err(wrong(format!("{} is no line of it: it has {}", clean(&id), known.join(", "))));
        };
        let whole = Money::new(line.amount, invoice.currency);
        let part = if part.is_empty() {
            whole
        } else {
            Money::parse(&part, invoice.currency).map_err(|error| wrong(format!("{id}: {error}")))?
        };
        if part.minor() > whole.minor() || part.minor() <= 0 {
            return Err(wrong(format!("{part} cannot be credited of {id}: it is {whole}")));
        }
        sum = sum.checked_add(part).map_err(|error| wrong(error.to_string()))?;
        for (name, value) in [
            ("type", "invoice_line_item".to_owned()),
            ("invoice_line_item", id),
            ("amount", part.minor().to_string()),
        ] {
            params.push((format!("lines[{at}][{name}]"), value));
        }
    }
    Ok(Some((params, sum)))
}

fn has_any(list: &Value) -> bool {
    list.as_array().is_some_and(|list| !list.is_empty())
}

/// The parameters that a preview and the note itself have in common.
fn described(
    request: Request,
    (args, moment): (&Args, &Moment),
    invoice: &Invoice,
    worked: &Worked,
) -> Result<Request, FieldError> {
    let minor = |amount: Option<Money>| amount.map(Money::minor);
    let request = request.with("invoice", &invoice.id);
    let request = if worked.lines.is_empty() {
        request.with("amount", worked.total.minor())
    } else {
        with_all(request, worked.lines.clone())
    };
    let linked = args.get("refund").map(|_| args.any_id("refund", Kind::Refund)).transpose()?;
    let part = args.money("amount_refunded", invoice.currency)?;
    Ok(request
        .with_some("refund_amount", minor(worked.refund))
        .with_some("credit_amount", minor(worked.credit))
        .with_some("out_of_band_amount", minor(worked.outside))
        .with_some("refunds[0][refund]", linked)
        .with_some("refunds[0][amount_refunded]", minor(part))
        .with_some("reason", args.choice("reason", REASONS)?)
        .with_some("memo", args.text("memo", 5_000)?)
        .with_some("effective_at", args.when("effective_at", moment)?.map(|at| at.0)))
}

fn preview(args: &Args, subject: &Subject, moment: &Moment) -> Result<Request, FieldError> {
    let invoice = subject.named::<Invoice>("invoice", args, creditable)?;
    let worked = work_out(args, invoice, subject)?;
    described(Request::get(PREVIEW.endpoint.path, &[]), (args, moment), invoice, &worked)
}

fn create(args: &Args, subject: &Subject, moment: &Moment) -> Result<Proposal, FieldError> {
    let invoice = subject.named::<Invoice>("invoice", args, creditable)?;
    let worked = work_out(args, invoice, subject)?;
    if worked.refund.is_some() && subject.others().filter_map(Subject::read::<Charge>).count() > 1 {
        let reason =
            "several payments paid it: refund the one that is meant, and name that refund here (refund=re_…)";
        return Err(FieldError::new("refund_amount", reason));
    }
    let mail = args.choice("email_type", MAIL)?.unwrap_or("credit_note");
    let request = described(Request::post(CREATE.endpoint.path, &[]), (args, moment), invoice, &worked)?;
    // Said although it is Stripe's default: the defaults of an account's version are not ours.
    let request = with_all(request.with("email_type", mail), METADATA.params(args, moment)?);
    let mut proposal = Proposal::of(&CREATE, (args, subject), request, says(invoice, &worked, mail));
    proposal.amount = Some(worked.total);
    let gone =
        [worked.refund, worked.linked].into_iter().flatten().try_fold(worked.total, Money::checked_sub);
    proposal.terms = Terms {
        reason: args.choice("reason", REASONS)?.map(Into::into),
        note: args.text("note", NOTE_MOST)?.map(Into::into),
        credit: Some(gone.map_err(|error| FieldError::new("amount", error))?),
        refund: worked.refund,
        ..Terms::default()
    };
    proposal.also = worked.refund.map(|_| Gate::Refund).into_iter().collect();
    Ok(proposal)
}

fn says(invoice: &Invoice, worked: &Worked, mail: &str) -> String {
    let lowers = Some(worked.lowers).filter(|lowers| !lowers.is_zero());
    let parts: Vec<_> = [
        lowers.map(|amount| format!("the customer pays {amount} less")),
        worked.refund.map(|amount| format!("{amount} go back to the customer")),
        worked.credit.map(|amount| format!("the customer gets {amount} of credit")),
        worked.outside.map(|amount| format!("{amount} were given back outside Stripe")),
        worked.linked.map(|amount| format!("{amount} were refunded already")),
    ]
    .into_iter()
    .flatten()
    .collect();
    let mail = if mail == "none" { "" } else { "; the customer gets it by e-mail" };
    format!("credit {} of invoice {}: {}{mail}", worked.total, invoice.title(), parts.join(", "))
}

fn voidable(subject: &Subject) -> Result<(), String> {
    let note = subject.read::<CreditNote>().ok_or("select a credit note")?;
    if note.status.as_str() == "void" {
        return Err("it is void already".into());
    }
    let object = subject.value();
    if object.get("post_payment_amount").and_then(Value::as_i64).unwrap_or(0) > 0 {
        return Err("something of it went back to the customer: that cannot be taken back".into());
    }
    let invoice = note.invoice.as_ref().and_then(|invoice| invoice.object());
    match invoice {
        Some(invoice) if invoice.status != InvoiceStatus::Open => {
            Err(format!("its invoice is {}: a note is taken back only while it is open", invoice.status))
        }
        _ => Ok(()),
    }
}

fn void(args: &Args, subject: &Subject, _moment: &Moment) -> Result<Proposal, FieldError> {
    let note = subject.named::<CreditNote>("credit_note", args, voidable)?;
    let amount = Money::new(note.amount, note.currency);
    let id = note.id.as_str();
    let sentence =
        format!("take the credit note {} back: the customer owes {amount} more again", short_id(id));
    let request = Request::post(VOID.endpoint.path, &[id]);
    let mut proposal = Proposal::of(&VOID, (args, subject), request, sentence);
    proposal.amount = Some(amount);
    proposal.terms.steps = vec![Step::TakeCreditBack];
    proposal.terms.note = args.text("note", NOTE_MOST)?.map(Into::into);
    Ok(proposal)
}

fn voided(sent: &Sent<'_>, object: &Subject) -> Done {
    let Some(note) = object.read::<CreditNote>() else {
        return Done::CannotTell(format!("{} cannot be read as a credit note", object.id()));
    };
    let at = object.value().get("voided_at").and_then(Value::as_i64).map(Unix);
    by_step(sent, object, note.status.as_str() == "void", note.status.as_str(), at)
}

#[cfg(test)]
#[path = "crediting_tests.rs"]
mod tests;
