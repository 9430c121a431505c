//! How customers pay and what they pay less: their saved payment methods, their discount, and the portal where they see to
//! it alone.

mod methods;
mod portal;

use methods::{attached, detach, detached, set_default};
use portal::{FLOW_SUBSCRIPTION, portal};
use serde_json::Value;

use super::{
    Action, Answer, Args, Build, Choice, Done, Effect, Family, Field, FieldError, FieldKind, Gate, Gives,
    IN_PATH, Moment, Proof, Proposal, READ, Reads, Sent, Shown, Step, Subject, by_absence, by_mark,
    customers::{CUSTOMER, exists},
    delete, get,
    given::{NOTE, noted},
    post, read, unreadable, watch, write,
};
use crate::{
    model::{Customer, Kind},
    request::Request,
    text::short_id,
};

/// Every kind of Stripe's.
const TYPES: &[Choice] = &[
    Choice { value: "card", says: "card" },
    Choice { value: "custom", says: "your own kind" },
    Choice { value: "acss_debit", says: "Canadian debit" },
    Choice { value: "affirm", says: "affirm" },
    Choice { value: "afterpay_clearpay", says: "afterpay clearpay" },
    Choice { value: "alipay", says: "alipay" },
    Choice { value: "alma", says: "alma" },
    Choice { value: "amazon_pay", says: "amazon pay" },
    Choice { value: "au_becs_debit", says: "Australian debit" },
    Choice { value: "bacs_debit", says: "British debit" },
    Choice { value: "bancontact", says: "bancontact" },
    Choice { value: "billie", says: "billie" },
    Choice { value: "bizum", says: "bizum" },
    Choice { value: "blik", says: "BLIK" },
    Choice { value: "boleto", says: "boleto" },
    Choice { value: "cashapp", says: "cashapp" },
    Choice { value: "crypto", says: "crypto" },
    Choice { value: "customer_balance", says: "bank transfer" },
    Choice { value: "eps", says: "EPS" },
    Choice { value: "fpx", says: "FPX" },
    Choice { value: "giropay", says: "giropay" },
    Choice { value: "grabpay", says: "grabpay" },
    Choice { value: "ideal", says: "iDEAL" },
    Choice { value: "kakao_pay", says: "kakao pay" },
    Choice { value: "klarna", says: "klarna" },
    Choice { value: "konbini", says: "konbini" },
    Choice { value: "kr_card", says: "kr card" },
    Choice { value: "link", says: "link" },
    Choice { value: "mb_way", says: "MB WAY" },
    Choice { value: "mobilepay", says: "mobilepay" },
    Choice { value: "multibanco", says: "multibanco" },
    Choice { value: "naver_pay", says: "naver pay" },
    Choice { value: "nz_bank_account", says: "New Zealand bank account" },
    Choice { value: "oxxo", says: "OXXO" },
    Choice { value: "p24", says: "Przelewy24" },
    Choice { value: "pay_by_bank", says: "pay by bank" },
    Choice { value: "payco", says: "payco" },
    Choice { value: "paynow", says: "paynow" },
    Choice { value: "paypal", says: "PayPal" },
    Choice { value: "paypay", says: "paypay" },
    Choice { value: "payto", says: "payto" },
    Choice { value: "pix", says: "pix" },
    Choice { value: "promptpay", says: "promptpay" },
    Choice { value: "revolut_pay", says: "revolut pay" },
    Choice { value: "samsung_pay", says: "samsung pay" },
    Choice { value: "satispay", says: "satispay" },
    Choice { value: "scalapay", says: "scalapay" },
    Choice { value: "sepa_debit", says: "SEPA debit" },
    Choice { value: "sequra", says: "sequra" },
    Choice { value: "sofort", says: "sofort" },
    Choice { value: "sunbit", says: "sunbit" },
    Choice { value: "swish", says: "swish" },
    Choice { value: "twint", says: "TWINT" },
    Choice { value: "upi", says: "UPI" },
    Choice { value: "us_bank_account", says: "US bank account" },
    Choice { value: "wechat_pay", says: "WeChat Pay" },
    Choice { value: "zip", says: "zip" },
];

const LOCALES: &[Choice] = &[
    Choice { value: "auto", says: "as the customer prefers" },
    Choice { value: "bg", says: "Bulgarian" },
    Choice { value: "cs", says: "Czech" },
    Choice { value: "da", says: "Danish" },
    Choice { value: "de", says: "German" },
    Choice { value: "el", says: "Greek" },
    Choice { value: "en", says: "English" },
    Choice { value: "en-AU", says: "English, Australia" },
    Choice { value: "en-CA", says: "English, Canada" },
    Choice { value: "en-GB", says: "English, Britain" },
    Choice { value: "en-IE", says: "English, Ireland" },
    Choice { value: "en-IN", says: "English, India" },
    Choice { value: "en-NZ", says: "English, New Zealand" },
    Choice { value: "en-SG", says: "English, Singapore" },
    Choice { value: "es", says: "Spanish" },
    Choice { value: "es-419", says: "Spanish, Latin America" },
    Choice { value: "et", says: "Estonian" },
    Choice { value: "fi", says: "Finnish" },
    Choice { value: "fil", says: "Filipino" },
    Choice { value: "fr", says: "French" },
    Choice { value: "fr-CA", says: "French, Canada" },
    Choice { value: "hr", says: "Croatian" },
    Choice { value: "hu", says: "Hungarian" },
    Choice { value: "id", says: "Indonesian" },
    Choice { value: "it", says: "Italian" },
    Choice { value: "ja", says: "Japanese" },
    Choice { value: "ko", says: "Korean" },
    Choice { value: "lt", says: "Lithuanian" },
    Choice { value: "lv", says: "Latvian" },
    Choice { value: "ms", says: "Malay" },
    Choice { value: "mt", says: "Maltese" },
    Choice { value: "nb", says: "Norwegian" },
    Choice { value: "nl", says: "Dutch" },
    Choice { value: "pl", says: "Polish" },
    Choice { value: "pt", says: "Portuguese" },
    Choice { value: "pt-BR", says: "Portuguese, Brazil" },
    Choice { value: "ro", says: "Romanian" },
    Choice { value: "ru", says: "Russian" },
    Choice { value: "sk", says: "Slovak" },
    Choice { value: "sl", says: "Slovenian" },
    Choice { value: "sv", says: "Swedish" },
    Choice { value: "th", says: "Thai" },
    Choice { value: "tr", says: "Turkish" },
    Choice { value: "vi", says: "Vietnamese" },
    Choice { value: "zh", says: "Chinese" },
    Choice { value: "zh-HK", says: "Chinese, Hong Kong" },
    Choice { value: "zh-TW", says: "Chinese, Taiwan" },
];

/// Where the link leads.
const FLOWS: &[Choice] = &[
    Choice { value: "payment_method_update", says: "another way to pay" },
    Choice { value: "customer_update", says: "their details" },
    Choice { value: "subscription_cancel", says: "cancel a subscription" },
    Choice { value: "subscription_pause", says: "pause a subscription" },
    Choice { value: "subscription_update", says: "change a subscription" },
];

pub(super) const ACTIONS: &[Action] = &[
    Action {
        name: "list_payment_methods",
        family: Family::Customers,
        summary: "List a customer's saved cards and other ways to pay",
        also_called: &["cards"],
        endpoint: get("/v1/customers/{id}/payment_methods"),
        permission: read("payment_method"),
        fields: &[
            CUSTOMER,
            Field::new("type", "Kind", FieldKind::Choice(TYPES))
                .help("only of this kind; all when left out", "card"),
        ],
        on: &[Kind::Customer],
        gives: Gives::List("payment_method"),
        ..READ
    },
    SET_DEFAULT,
    DETACH,
    REMOVE_DISCOUNT,
    PORTAL,
];

const SET_DEFAULT: Action = Action {
    name: "set_default_payment_method",
    family: Family::Customers,
    effect: Effect::Write,
    key: None,
    hint: "change card",
    verb: "change how the customer pays",
    summary: "Choose which saved payment method pays a customer's invoices",
    also_called: &["change card", "pay with"],
    endpoint: post("/v1/customers/{id}"),
    permission: write("customer"),
    gate: Gate::PaymentMethod,
    also: &[],
    fields: &[
        CUSTOMER,
        Field::new("payment_method", "Pay with", FieldKind::Id(Kind::PaymentMethod))
            .required()
            .help("one of the customer's own", "pm_1Pgc…")
            .param("invoice_settings[default_payment_method]"),
        NOTE,
    ],
    reads: &[
        Reads {
            field: "customer",
            link: None,
            expand: &["subscriptions"],
            watch: &[
                watch("default way to pay", "invoice_settings.default_payment_method", Shown::Plain),
                watch("deleted", "deleted", Shown::Plain),
            ],
        },
        Reads {
            field: "payment_method",
            link: None,
            expand: &[],
            watch: &[watch("customer", "customer", Shown::Plain), watch("type", "type", Shown::Plain)],
        },
    ],
    proof: Proof::Object { done: by_mark, answer: Answer::Itself },
    on: &[Kind::Customer],
    applies: exists,
    build: Build::Change(set_default),
    gives: Gives::One("customer"),
    refreshes: &[Kind::Customer, Kind::Subscription, Kind::PaymentMethod],
    undo: Some("set_default_payment_method"),
    metadata: true,
};

const DETACH: Action = Action {
    name: "detach_payment_method",
    family: Family::Customers,
    effect: Effect::Destructive,
    key: None,
    hint: "remove",
    verb: "remove {it}",
    summary: "Remove a saved card or bank account from its customer, for good",
    also_called: &["delete card", "forget card"],
    endpoint: post("/v1/payment_methods/{id}/detach"),
    permission: write("payment_method"),
    gate: Gate::PaymentMethod,
    also: &[],
    fields: &[
        Field::new("payment_method", "Remove", FieldKind::Id(Kind::PaymentMethod))
            .required()
            .help("the saved card or bank account", "pm_1Pgc…")
            .param(IN_PATH),
        NOTE,
    ],
    reads: &[Reads {
        field: "payment_method",
        link: None,
        // What it pays is told by the customer and their subscriptions.
        expand: &["customer.subscriptions"],
        watch: &[watch("customer", "customer", Shown::Plain), watch("type", "type", Shown::Plain)],
    }],
    proof: Proof::Object { done: detached, answer: Answer::Itself },
    on: &[Kind::PaymentMethod],
    applies: attached,
    build: Build::Change(detach),
    gives: Gives::One("payment_method"),
    refreshes: &[Kind::Customer, Kind::PaymentMethod, Kind::Subscription],
    undo: None,
    metadata: false,
};

const REMOVE_DISCOUNT: Action = Action {
    name: "remove_customer_discount",
    family: Family::Customers,
    effect: Effect::Destructive,
    key: None,
    hint: "end discount",
    verb: "end the customer's discount",
    summary: "Take away the discount on everything that a customer buys",
    also_called: &["stop discount", "end coupon"],
    endpoint: delete("/v1/customers/{id}/discount"),
    permission: write("customer"),
    gate: Gate::Discount,
    also: &[],
    fields: &[CUSTOMER, NOTE],
    reads: &[Reads {
        field: "customer",
        link: None,
        expand: &[],
        watch: &[
            watch("discount", "discount.id", Shown::Plain),
            watch("coupon", "discount.source.coupon", Shown::Plain),
            watch("deleted", "deleted", Shown::Plain),
        ],
    }],
    proof: Proof::Object { done: full_price, answer: Answer::Another },
    on: &[Kind::Customer],
    applies: discounted,
    build: Build::Change(remove_discount),
    gives: Gives::One("discount"),
    refreshes: &[Kind::Customer, Kind::Subscription, Kind::Invoice],
    undo: None,
    metadata: false,
};

const PORTAL: Action = Action {
    name: "create_portal_session",
    family: Family::Customers,
    effect: Effect::Write,
    key: None,
    hint: "portal link",
    verb: "make a portal link",
    summary: "Make a link where the customer sees to card, invoices and subscriptions alone",
    also_called: &["self service", "link", "update card"],
    endpoint: post("/v1/billing_portal/sessions"),
    permission: write("customer_portal"),
    gate: Gate::Portal,
    also: &[Gate::Cancel, Gate::Pause, Gate::ChangePlan, Gate::CustomerDetails],
    fields: &[
        CUSTOMER.param("customer"),
        Field::new("flow", "Leads to", FieldKind::Choice(FLOWS))
            .help("one thing to do there; the whole portal when left out", "payment_method_update")
            .param("flow_data[type]"),
        Field::new("subscription", "Subscription", FieldKind::Id(Kind::Subscription))
            .help("which one, where the link leads to cancelling, pausing or changing it", "sub_1Pgc…")
            .param(FLOW_SUBSCRIPTION),
        Field::new("return_url", "Back to", FieldKind::Text { most: 5_000 })
            .help("where the portal leads back to", "https://example.com/account"),
        Field::new("locale", "Language", FieldKind::Choice(LOCALES))
            .help("as the customer prefers, when left out", "fr"),
        Field::new("configuration", "Settings", FieldKind::Text { most: 255 })
            .help("which of the portal's settings; the default ones when left out", "bpc_1Pgc…"),
        NOTE,
    ],
    reads: &[
        Reads {
            field: "customer",
            link: None,
            expand: &[],
            watch: &[watch("e-mail", "email", Shown::Private), watch("deleted", "deleted", Shown::Plain)],
        },
        Reads {
            field: "subscription",
            link: None,
            expand: &[],
            watch: &[watch("status", "status", Shown::Plain), watch("customer", "customer", Shown::Plain)],
        },
    ],
    proof: Proof::Untold(
        "Stripe lists no portal links: if one was made it runs out unused, and another can be made",
    ),
    on: &[Kind::Customer],
    applies: exists,
    build: Build::Change(portal),
    gives: Gives::One("billing_portal.session"),
    refreshes: &[],
    undo: None,
    metadata: false,
};

/// The id behind a link, expanded or not.
fn linked<'a>(object: &'a Value, pointer: &str) -> Option<&'a str> {
    let link = object.pointer(pointer)?;
    link.as_str().or_else(|| link.get("id").and_then(Value::as_str))
}

/// The subscriptions that were read with the customer.
fn subscriptions(customer: &Value) -> impl Iterator<Item = (&Value, String)> {
    let all = customer.pointer("/subscriptions/data").and_then(Value::as_array);
    all.into_iter().flatten().map(|one| {
        (one, short_id(&crate::text::clean(one.get("id").and_then(Value::as_str).unwrap_or_default())))
    })
}

fn discounted(subject: &Subject) -> Result<(), String> {
    exists(subject)?;
    let customer = subject.read::<Customer>().ok_or("select a customer")?;
    customer.discount.as_ref().map(drop).ok_or_else(|| "there is no discount on the customer".into())
}

fn remove_discount(args: &Args, subject: &Subject, _moment: &Moment) -> Result<Proposal, FieldError> {
    let customer = subject.named::<Customer>("customer", args, discounted)?;
    let sentence = format!(
        "take the discount of {} away: the customer pays the full price from the next invoice, and cannot be given it back",
        short_id(customer.id.as_str())
    );
    let request = Request::delete(REMOVE_DISCOUNT.endpoint.path, &[customer.id.as_str()]);
    let mut proposal = Proposal::of(&REMOVE_DISCOUNT, (args, subject), request, sentence);
    proposal.terms.steps = vec![Step::TakeDiscount];
    noted(args, proposal)
}

fn full_price(_sent: &Sent<'_>, object: &Subject) -> Done {
    match object.read::<Customer>() {
        Some(customer) if customer.deleted => Done::CannotTell("the customer is deleted".into()),
        Some(customer) => by_absence(object, customer.discount.is_none(), "discount"),
        None => unreadable::<Customer>(object),
    }
}

#[cfg(test)]
mod tests;
