//! Customers: what is kept for the whole of them.

mod details;

use details::{CUSTOM_FIELDS, update};

use super::{
    Action, Answer, Args, Build, Choice, Effect, Family, Field, FieldError, FieldKind, Gate, Gives, HERE,
    IN_PATH, Listed, Moment, Proof, Proposal, READ, Reads, SINCE, Shown, Subject, UNTIL, Watch, by_mark, get,
    given::{EMAIL_MOST, LINE, METADATA, NOTE, NOTE_MOST, QUERY_MOST, address_line, noted, with_all},
    post, read, watch, write,
};
use crate::{
    model::{Customer, Kind},
    money::Currency,
    request::Request,
};

pub(super) const CUSTOMER: Field = Field::new("customer", "Customer", FieldKind::Id(Kind::Customer))
    .required()
    .help("the customer; a Dashboard link works too", "cus_Pgc…")
    .param(IN_PATH);

const DIRECTION: &[Choice] = &[
    Choice { value: "credit", says: "the customer gets it" },
    Choice { value: "debit", says: "it is taken back" },
];

const WATCHED: &[Watch] = &[
    watch("balance", "balance", Shown::Money),
    watch("currency", "currency", Shown::Plain),
    watch("deleted", "deleted", Shown::Plain),
];

/// Addresses are sent whole whenever a part of them is, so none of it may have moved.
const DETAILS: &[Watch] = &[
    watch("e-mail", "email", Shown::Private),
    watch("name", "name", Shown::Private),
    watch("phone", "phone", Shown::Private),
    watch("address", "address", Shown::Private),
    watch("shipping", "shipping", Shown::Private),
    watch("tax", "tax_exempt", Shown::Plain),
    watch("deleted", "deleted", Shown::Plain),
];

const TAX_EXEMPT: &[Choice] = &[
    Choice { value: "none", says: "taxed as usual" },
    Choice { value: "exempt", says: "exempt" },
    Choice { value: "reverse", says: "reverse charge: the customer pays the tax" },
];

const VALIDATE_LOCATION: &[Choice] = &[
    Choice { value: "auto", says: "when it is needed" },
    Choice { value: "immediately", says: "now: a wrong address is refused" },
    Choice { value: "deferred", says: "later" },
];

pub(super) const ACTIONS: &[Action] = &[
    Action {
        name: "get_customer",
        family: Family::Customers,
        summary: "Show a customer",
    also_called: &["client", "account"],
        endpoint: get("/v1/customers/{id}"),
        permission: read("customer"),
        fields: &[CUSTOMER],
        on: &[Kind::Customer],
        gives: Gives::One("customer"),
        ..READ
    },
    Action {
        name: "search_customers",
        family: Family::Customers,
        summary: "Find customers by name, e-mail, phone or metadata",
    also_called: &["look up"],
        endpoint: get("/v1/customers/search"),
        permission: read("customer"),
        fields: &[Field::new("query", "Query", FieldKind::Text { most: QUERY_MOST }).required().help(
            "in Stripe's query language: email, name, phone, created, metadata; ~ finds a part of three characters or more; up \
             to a minute behind",
            "email~'lovelace'",
        )],
        gives: Gives::List("customer"),
        ..READ
    },
    UPDATE,
    BALANCE,
    Action {
        name: "list_customer_balance_transactions",
        family: Family::Customers,
        summary: "List every change to a customer's credit, newest first, with reason and invoice",
    also_called: &["credit history"],
        endpoint: get("/v1/customers/{id}/balance_transactions"),
        permission: read("customer"),
        fields: &[
            CUSTOMER,
            Field::new("invoice", "Invoice", FieldKind::Id(Kind::Invoice))
                .help("only changes by this invoice", "in_1Pgc…"),
            SINCE,
            UNTIL,
        ],
        on: &[Kind::Customer],
        gives: Gives::List("customer_balance_transaction"),
        ..READ
    },
    ADJUST,
    Action {
        name: "list_customer_tax_ids",
        family: Family::Customers,
        summary: "List a customer's tax numbers (VAT and others), and whether they were verified",
    also_called: &["vat"],
        endpoint: get("/v1/customers/{id}/tax_ids"),
        permission: read("customer"),
        fields: &[CUSTOMER],
        on: &[Kind::Customer],
        gives: Gives::List("tax_id"),
        ..READ
    },
    EVENTS,
];

const UPDATE: Action = Action {
    name: "update_customer",
    family: Family::Customers,
    effect: Effect::Write,
    key: None,
    hint: "edit",
    verb: "edit {it}",
    summary: "Change a customer's name, e-mail, phone, addresses, languages or tax status",
    also_called: &["edit customer", "rename", "new email"],
    endpoint: post("/v1/customers/{id}"),
    permission: write("customer"),
    gate: Gate::CustomerDetails,
    also: &[],
    fields: &[
        CUSTOMER,
        Field::new("email", "E-mail", FieldKind::Text { most: EMAIL_MOST })
            .help("receipts and invoices go there from now on", "ada@example.com"),
        Field::new("name", "Name", FieldKind::Text { most: 256 })
            .help("of the person or the business; finalised invoices keep the old one", "Ada Lovelace"),
        Field::new("business_name", "Business", FieldKind::Text { most: 150 })
            .help("of the business", "Analytical Engines Ltd"),
        Field::new("individual_name", "Person", FieldKind::Text { most: 150 })
            .help("of the person, in full", "Ada Lovelace"),
        Field::new("phone", "Phone", FieldKind::Text { most: 20 }).help("the phone number", "+44 20 7946 0000"),
        Field::new("description", "Description", LINE)
            .help("shown beside the customer in the Dashboard, to colleagues alone", "moved from the old plan"),
        address_line!("address", "address", "line1", "Street", "street and number", "12 Analytical Way"),
        address_line!("address", "address", "line2", "Flat", "flat, unit, building", "Flat 2"),
        address_line!("address", "address", "city", "City", "city, town or village", "London"),
        address_line!("address", "address", "state", "State", "state, county or region", "Greater London"),
        address_line!("address", "address", "postal_code", "Postal code", "postal code", "N1 9GU"),
        address_line!("address", "address", "country", "Country", "two letters", "GB"),
        Field::new("shipping_name", "Recipient", LINE)
            .help("who receives what is shipped", "Ada Lovelace")
            .param("shipping[name]"),
        Field::new("shipping_phone", "Their phone", LINE)
            .help("the recipient's, extension included", "+44 20 7946 0000")
            .param("shipping[phone]"),
        address_line!("shipping_address", "shipping[address]", "line1", "Their street", "street and number", "12 Analytical Way"),
        address_line!("shipping_address", "shipping[address]", "line2", "Their flat", "flat, unit, building", "Flat 2"),
        address_line!("shipping_address", "shipping[address]", "city", "Their city", "city, town or village", "London"),
        address_line!("shipping_address", "shipping[address]", "state", "Their state", "state, county or region", "Greater London"),
        address_line!("shipping_address", "shipping[address]", "postal_code", "Their postcode", "postal code", "N1 9GU"),
        address_line!("shipping_address", "shipping[address]", "country", "Their country", "two letters", "GB"),
        Field::new("preferred_locales", "Languages", FieldKind::Texts { most: 20 })
            .help("of e-mails and invoices, the best first", "fr, en-GB")
            .param("preferred_locales[]"),
        Field::new("tax_exempt", "Tax", FieldKind::Choice(TAX_EXEMPT)).help("whether they pay tax", "reverse"),
        Field::new("tax_validate_location", "Check place", FieldKind::Choice(VALIDATE_LOCATION))
            .help("when Stripe checks that the address is good enough for tax", "immediately")
            .param("tax[validate_location]"),
        Field::new("invoice_footer", "Footer", LINE)
            .help("at the foot of their invoices", "Thank you")
            .param("invoice_settings[footer]"),
        Field::new("invoice_custom_fields", "On invoices", FieldKind::Pairs)
            .help("up to four names and values on their invoices, instead of those that are there", "PO number=17")
            .param(CUSTOM_FIELDS),
        METADATA,
        Field::new("clear", "Clear", FieldKind::Texts { most: 40 })
            .help(
                "what to empty: email, name, business_name, individual_name, phone, description, address, shipping, tax_exempt, \
                 invoice_custom_fields, invoice_footer, preferred_locales",
                "phone, description",
            )
            .param(HERE),
        NOTE,
    ],
    reads: &[Reads { field: "customer", link: None, expand: &[], watch: DETAILS }],
    proof: Proof::Object { done: by_mark, answer: Answer::Itself },
    on: &[Kind::Customer],
    applies: exists,
    build: Build::Change(update),
    gives: Gives::One("customer"),
    refreshes: &[Kind::Customer],
    undo: Some("update_customer"),
    metadata: true,
};

/// Nothing of it comes unless it is asked for.
const BALANCE: Action = Action {
    name: "get_customer_balance",
    family: Family::Customers,
    summary: "Show a customer's credit or debt by currency, and what they sent by bank transfer",
    also_called: &["credit", "owes"],
    endpoint: get("/v1/customers/{id}"),
    permission: read("customer"),
    fields: &[CUSTOMER],
    on: &[Kind::Customer],
    build: Build::ReadBy(|args, moment| {
        Ok(BALANCE.by_fields(args, moment)?.expand("invoice_credit_balance").expand("cash_balance"))
    }),
    gives: Gives::One("customer"),
    ..READ
};

const ADJUST: Action = Action {
    name: "adjust_customer_balance",
    family: Family::Customers,
    effect: Effect::Money,
    key: Some("b"),
    hint: "credit",
    verb: "change the credit",
    summary: "Give a customer credit towards the next invoice, or take it back",
    also_called: &["give credit", "goodwill", "compensate", "debit", "top up"],
    endpoint: post("/v1/customers/{id}/balance_transactions"),
    permission: write("customer"),
    gate: Gate::Credit,
    also: &[],
    fields: &[
        CUSTOMER,
        Field::new("amount", "Amount", FieldKind::Money)
            .required()
            .help("in the customer's currency and its own decimals", "10.00"),
        Field::new("direction", "Direction", FieldKind::Choice(DIRECTION))
            .help("credit unless said otherwise", "credit")
            .otherwise("credit")
            .param(HERE),
        Field::new("currency", "Currency", FieldKind::Text { most: 3 })
            .help("only for a customer who was never billed and so has none yet", "usd"),
        Field::new("description", "Description", FieldKind::Text { most: 350 })
            .help("shown to the customer beside the credit", "for the outage of 21 Nov"),
        METADATA,
        Field::new("note", "Note", FieldKind::Text { most: NOTE_MOST })
            .help("for colleagues: kept in the audit trail and in the metadata", "agreed on the phone")
            .param(HERE),
    ],
    reads: &[Reads { field: "customer", link: None, expand: &[], watch: WATCHED }],
    proof: Proof::Listed(Listed {
        path: "/v1/customers/{id}/balance_transactions",
        by: &[],
        noun: "balance transactions",
        echoes: &[("amount", "amount"), ("currency", "currency")],
        says: |_| None,
    }),
    on: &[Kind::Customer],
    applies: exists,
    build: Build::Change(adjust),
    gives: Gives::One("customer_balance_transaction"),
    refreshes: &[Kind::Customer, Kind::CustomerBalanceTransaction],
    undo: Some("adjust_customer_balance"),
    metadata: true,
};

const EVENTS: Action = Action {
    name: "list_events",
    family: Family::Customers,
    summary: "List what happened in the account in the last 30 days, newest first",
    also_called: &["history", "log"],
    endpoint: get("/v1/events"),
    permission: read("event"),
    fields: &[
        Field::new("type", "Kind", FieldKind::Text { most: 100 })
            .help("of one kind; * stands for all of a group", "customer.subscription.*"),
        Field::new("types", "Kinds", FieldKind::Texts { most: 100 })
            .help("of these kinds, 20 at most, instead of one", "charge.refunded, charge.dispute.created")
            .param("types[]"),
        Field::new("delivery_success", "Delivered", FieldKind::Bool)
            .help("only those that every webhook took, or some did not", "false"),
        SINCE,
        UNTIL,
    ],
    build: Build::ReadBy(events),
    gives: Gives::List("event"),
    ..READ
};

const EVENT_TYPES_MOST: usize = 20;

fn events(args: &Args, moment: &Moment) -> Result<Request, FieldError> {
    let types = args.texts("types", 100)?.len();
    if types > EVENT_TYPES_MOST {
        return Err(FieldError::new(
            "types",
            format!("{types} kinds are too many: Stripe takes {EVENT_TYPES_MOST}"),
        ));
    }
    if types > 0 && args.get("type").is_some() {
        return Err(FieldError::new("types", "give type or types, not both"));
    }
    EVENTS.by_fields(args, moment)
}

/// A deleted customer is only an id.
pub(super) fn exists(subject: &Subject) -> Result<(), String> {
    let customer = subject.read::<Customer>().ok_or("select a customer")?;
    if customer.deleted { Err("the customer is deleted".into()) } else { Ok(()) }
}

/// The customer's own, or the one that is named for somebody who has none.
pub(super) fn currency(args: &Args, customer: &Customer) -> Result<Currency, FieldError> {
    let wrong = |reason: String| FieldError::new("currency", reason);
    let asked = args.text("currency", 3)?;
    let named = asked.map(|code| {
        let known = Currency::parse(code).filter(|currency| currency.exponent().is_some());
        known.ok_or_else(|| {
            wrong(format!("`{}` is not a currency that paydesk knows", crate::text::clean(code)))
        })
    });
    match (customer.currency, named.transpose()?) {
        (Some(own), Some(named)) if own != named => {
            Err(wrong(format!("this customer is billed in {own}: leave it out")))
        }
        (Some(currency), _) | (None, Some(currency)) => Ok(currency),
        (None, None) => Err(wrong("this customer was never billed: say in which currency".into())),
    }
}

fn adjust(args: &Args, subject: &Subject, moment: &Moment) -> Result<Proposal, FieldError> {
    let customer = subject.named::<Customer>("customer", args, exists)?;
    let currency = currency(args, customer)?;
    let amount =
        args.money("amount", currency)?.ok_or_else(|| FieldError::new("amount", "give an amount"))?;
    let debit = args.choice("direction", DIRECTION)? == Some("debit");
    let held = customer.credit().map_or(0, crate::money::Money::minor);
    if debit && amount.minor() > held {
        let reason = format!("{amount} is more than the credit that is there");
        return Err(FieldError::new("amount", reason));
    }
    let description = args.text("description", 350)?;
    // Stripe's sign: less than nothing is credit.
    let minor = if debit { amount.minor() } else { amount.minor().saturating_neg() };
    let request = Request::post(ADJUST.endpoint.path, &[customer.id.as_str()])
        .with("amount", minor)
        .with("currency", currency.code())
        .with_some("description", description);
    let request = with_all(request, METADATA.params(args, moment)?);
    let sentence = if debit {
        format!("take {amount} of credit back")
    } else {
        format!("give {amount} of credit towards the next invoice")
    };
    let mut proposal = Proposal::of(&ADJUST, (args, subject), request, sentence);
    proposal.amount = Some(amount);
    noted(args, proposal)
}

#[cfg(test)]
mod tests;
