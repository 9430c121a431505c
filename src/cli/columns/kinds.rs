//! The columns of each kind of object: one table.

use serde::Deserialize as _;
use serde_json::Value;

use super::{
    Column,
    How::{By, Day, Money as Sum, More, Text, Time, Word},
    column, plain, typed, values,
};
use crate::model::{Card, Charge, Coupon, Customer, PaymentMethod, Price, Subscription};

const ID: Column = column("Id", Text("id"));
const MADE: Column = column("Made", Time("created"));
const SINCE: Column = column("Since", Day("created"));
const AMOUNT: Column = column("Amount", Sum("amount"));
const STATUS: Column = column("Status", Word("status"));
const REASON: Column = column("Reason", Word("reason"));
const WHAT: Column = column("For", Text("description"));
const CUSTOMER: Column = column("Customer", Text("customer"));
const CHARGE: Column = column("Charge", Text("charge"));
const INVOICE: Column = column("Invoice", Text("invoice"));

/// By what Stripe writes in `object`. The id stands last: it is never cut.
pub(super) const KINDS: &[(&str, &[Column])] = &[
    (
        "balance_transaction",
        &[
            MADE,
            AMOUNT,
            column("Fee", Sum("fee")),
            column("Net", Sum("net")),
            column("Type", Word("type")),
            STATUS,
            column("Available", Day("available_on")),
            column("Source", Text("source")),
            ID,
        ],
    ),
    ("billing_portal.session", &[MADE, CUSTOMER, column("Link", Text("url")), ID]),
    (
        "charge",
        &[
            MADE,
            AMOUNT,
            column("Status", By(|charge| typed(charge, Charge::words))),
            WHAT,
            column("Paid with", By(|charge| typed(charge, Charge::method))),
            CUSTOMER,
            ID,
        ],
    ),
    (
        "credit_note",
        &[
            MADE,
            column("Amount", Sum("total|amount")),
            STATUS,
            REASON,
            column("Number", Text("number")),
            INVOICE,
            ID,
        ],
    ),
    (
        "customer",
        &[
            SINCE,
            column("Name", Text("name")),
            column("E-mail", Text("email")),
            column("Phone", Text("phone")),
            column("Balance", By(balance)),
            column("For", Text("description")),
            column("Deleted", Word("deleted")),
            ID,
        ],
    ),
    (
        "customer_balance_transaction",
        &[
            MADE,
            AMOUNT,
            column("Type", Word("type")),
            WHAT,
            column("Balance then", Sum("ending_balance")),
            INVOICE,
            ID,
        ],
    ),
    (
        "discount",
        &[
            column("From", Day("start")),
            column("Until", Day("end")),
            column("Coupon", By(coupon)),
            CUSTOMER,
            column("Subscription", Text("subscription")),
            ID,
        ],
    ),
    (
        "dispute",
        &[MADE, AMOUNT, STATUS, REASON, column("Evidence due", Time("evidence_details.due_by")), CHARGE, ID],
    ),
    ("event", &[MADE, column("Type", Text("type")), column("Object", Text("data.object.id")), ID]),
    (
        "invoice",
        &[
            MADE,
            column("Total", Sum("total")),
            STATUS,
            column("Number", Text("number")),
            column("Left", More("amount_remaining")),
            column("Due", Day("due_date|next_payment_attempt")),
            column("For", Text("description|lines.data[].description")),
            CUSTOMER,
            ID,
        ],
    ),
    (
        "invoice_payment",
        &[
            MADE,
            column("Amount", Sum("amount_paid|amount_requested")),
            STATUS,
            column("Payment", Text("payment.payment_intent|payment.charge|payment.payment_record")),
            INVOICE,
            ID,
        ],
    ),
    (
        "invoiceitem",
        &[
            column("Date", Day("date|created")),
            AMOUNT,
            WHAT,
            column("Quantity", Text("quantity")),
            INVOICE,
            CUSTOMER,
            ID,
        ],
    ),
    (
        "line_item",
        &[
            column("From", Day("period.start")),
            column("Until", Day("period.end")),
            AMOUNT,
            column("Quantity", Text("quantity")),
            WHAT,
            ID,
        ],
    ),
    ("payment_intent", &[MADE, AMOUNT, STATUS, WHAT, column("Charge", Text("latest_charge")), CUSTOMER, ID]),
    (
        "payment_method",
        &[
            SINCE,
            column("Method", By(|method| typed(method, PaymentMethod::words))),
            column("Expires", By(|method| typed(method, expires))),
            column("Name", Text("billing_details.name")),
            CUSTOMER,
            ID,
        ],
    ),
    (
        "price",
        &[
            SINCE,
            column("Price", By(|price| typed(price, price_words))),
            column("Active", Word("active")),
            column("Name", Text("nickname|product.name")),
            column("Product", Text("product")),
            ID,
        ],
    ),
    (
        "product",
        &[
            SINCE,
            column("Name", Text("name")),
            column("Active", Word("active")),
            WHAT,
            column("Price", Text("default_price")),
            ID,
        ],
    ),
    (
        "promotion_code",
        &[
            SINCE,
            column("Code", Text("code")),
            column("Active", Word("active")),
            column("Coupon", By(coupon)),
            column("Used", Text("times_redeemed")),
            column("Most", Text("max_redemptions")),
            column("Until", Day("expires_at")),
            CUSTOMER,
            ID,
        ],
    ),
    ("refund", &[MADE, AMOUNT, STATUS, REASON, CHARGE, column("Payment", Text("payment_intent")), ID]),
    (
        "subscription",
        &[
            column("Since", Day("start_date|created")),
            column("Amount", By(|subscription| typed(subscription, Subscription::amount_words))),
            column("Status", By(|subscription| typed(subscription, Subscription::words))),
            column("Price", Text("items.data[].price.nickname|items.data[].price.id")),
            column("Paid until", Day("items.data[].current_period_end")),
            column("Ends", Day("cancel_at|ended_at")),
            CUSTOMER,
            ID,
        ],
    ),
    (
        "subscription_schedule",
        &[
            MADE,
            STATUS,
            column("Phase ends", Day("current_phase.end_date")),
            column("Then", Word("end_behavior")),
            column("Subscription", Text("subscription|released_subscription")),
            CUSTOMER,
            ID,
        ],
    ),
    (
        "tax_id",
        &[
            SINCE,
            column("Type", Word("type")),
            column("Number", Text("value")),
            column("Country", Text("country")),
            column("Verified", Word("verification.status")),
            CUSTOMER,
            ID,
        ],
    ),
];

/// Of a kind that is not in the table.
pub(super) const ANY: &[Column] = &[MADE, AMOUNT, STATUS, WHAT, CUSTOMER, ID];

/// Which way it goes is a word: Stripe's sign means the opposite of what people think.
fn balance(customer: &Value) -> String {
    let words = |customer: &Customer| match customer.credit() {
        None => String::new(),
        Some(credit) if credit.is_negative() => {
            credit.checked_neg().map(|debt| format!("owes {debt}")).unwrap_or_default()
        }
        Some(credit) => format!("has {credit}"),
    };
    Customer::deserialize(customer).map(|customer| words(&customer)).unwrap_or_default()
}

fn expires(method: &PaymentMethod) -> String {
    method.card.as_ref().and_then(Card::expiry).unwrap_or_default()
}

fn price_words(price: &Price) -> String {
    let amount = price.amount(1).map_or_else(|| "varies".into(), |amount| amount.to_string());
    format!("{amount}{}", price.per())
}

/// What it takes off, or only its id where Stripe sent no more.
fn coupon(holder: &Value) -> String {
    let places = ["coupon", "source.coupon", "promotion.coupon"];
    let found = places.iter().flat_map(|place| values(holder, place)).next();
    match found {
        Some(coupon) if coupon.is_object() => typed(coupon, Coupon::words),
        Some(id) => plain(id),
        None => String::new(),
    }
}
