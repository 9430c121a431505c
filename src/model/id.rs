//! Typed ids, the kinds of objects, and what a pasted text may be an id of.

use std::fmt;

use serde::{Deserialize, Serialize};

use crate::text;

/// A kind of Stripe object that the desk knows.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Kind {
    Customer,
    Charge,
    PaymentIntent,
    Refund,
    Dispute,
    Subscription,
    SubscriptionSchedule,
    Invoice,
    CreditNote,
    PaymentMethod,
    Product,
    Price,
    BalanceTransaction,
    CustomerBalanceTransaction,
    Event,
    PromotionCode,
    TaxId,
    InvoicePayment,
    InvoiceItem,
    Discount,
    Coupon,
    PortalSession,
    LineItem,
}

struct Row {
    kind: Kind,
    /// As in "this is a charge".
    noun: &'static str,
    prefixes: &'static [&'static str],
    /// The endpoint that shows one.
    path: &'static str,
    /// The Dashboard's section, where it has one.
    section: Option<&'static str>,
}

const fn row(
    kind: Kind,
    noun: &'static str,
    prefixes: &'static [&'static str],
    path: &'static str,
    section: Option<&'static str>,
) -> Row {
    Row { kind, noun, prefixes, path, section }
}

const ROWS: &[Row] = &[
    row(Kind::Customer, "customer", &["cus_"], "/v1/customers/{id}", Some("customers")),
    row(Kind::Charge, "charge", &["ch_", "py_"], "/v1/charges/{id}", Some("payments")),
    row(Kind::PaymentIntent, "payment intent", &["pi_"], "/v1/payment_intents/{id}", Some("payments")),
    row(Kind::Refund, "refund", &["re_", "pyr_"], "/v1/refunds/{id}", None),
    row(Kind::Dispute, "dispute", &["du_", "dp_"], "/v1/disputes/{id}", Some("disputes")),
    row(
        Kind::SubscriptionSchedule,
        "subscription schedule",
        &["sub_sched_"],
        "/v1/subscription_schedules/{id}",
        None,
    ),
    row(Kind::Subscription, "subscription", &["sub_"], "/v1/subscriptions/{id}", Some("subscriptions")),
    row(Kind::Invoice, "invoice", &["in_"], "/v1/invoices/{id}", Some("invoices")),
    row(Kind::CreditNote, "credit note", &["cn_"], "/v1/credit_notes/{id}", None),
    row(
        Kind::PaymentMethod,
        "payment method",
        &["pm_", "card_", "src_", "ba_"],
        "/v1/payment_methods/{id}",
        None,
    ),
    row(Kind::Product, "product", &["prod_"], "/v1/products/{id}", Some("products")),
    row(Kind::Price, "price", &["price_", "plan_"], "/v1/prices/{id}", Some("prices")),
    row(Kind::BalanceTransaction, "balance transaction", &["txn_"], "/v1/balance_transactions/{id}", None),
    row(Kind::CustomerBalanceTransaction, "customer balance transaction", &["cbtxn_"], "", None),
    row(Kind::Event, "event", &["evt_"], "/v1/events/{id}", Some("events")),
    row(Kind::PromotionCode, "promotion code", &["promo_"], "/v1/promotion_codes/{id}", None),
    row(Kind::TaxId, "tax id", &["txi_"], "/v1/tax_ids/{id}", None),
    row(Kind::InvoicePayment, "invoice payment", &["inpay_"], "/v1/invoice_payments/{id}", None),
    row(Kind::InvoiceItem, "invoice item", &["ii_"], "/v1/invoiceitems/{id}", None),
    row(Kind::Discount, "discount", &["di_"], "", None),
    // Its owner makes its id up, so it begins like nothing in particular.
    row(Kind::Coupon, "coupon", &[], "/v1/coupons/{id}", Some("coupons")),
    row(Kind::PortalSession, "portal session", &["bps_"], "", None),
    row(Kind::LineItem, "line item", &["il_"], "", None),
];

/// Never reached: a test holds that every kind has a row.
const FALLBACK: &Row = &row(Kind::Customer, "object", &[], "", None);

impl Kind {
    fn row(self) -> &'static Row {
        ROWS.iter().find(|row| row.kind == self).unwrap_or(FALLBACK)
    }

    pub fn all() -> impl Iterator<Item = Self> {
        ROWS.iter().map(|row| row.kind)
    }

    pub fn noun(self) -> &'static str {
        self.row().noun
    }

    /// `/v1/charges/{id}`; empty where Stripe has no such endpoint.
    pub fn endpoint(self) -> &'static str {
        self.row().path
    }

    /// The section of `dashboard.stripe.com` that shows it.
    pub fn dashboard_section(self) -> Option<&'static str> {
        self.row().section
    }

    pub fn prefix(self) -> &'static str {
        self.row().prefixes.first().copied().unwrap_or_default()
    }

    /// By what Stripe calls it: `balance_transaction`.
    pub fn of_object(name: &str) -> Option<Self> {
        ROWS.iter().find(|row| row.noun.replace(' ', "_") == name).map(|row| row.kind)
    }

    /// By its prefix. Prefixes are Stripe's habit, not its promise, so this only guides what is pasted.
    pub fn of(id: &str) -> Option<Self> {
        ROWS.iter().find(|row| row.prefixes.iter().any(|prefix| id.starts_with(prefix))).map(|row| row.kind)
    }
}

/// Why a text is not the id that was asked for.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum IdError {
    #[error("no {wanted} given: paste one like {example}")]
    Empty { wanted: &'static str, example: String },
    #[error("`{text}` is not an id: ids are letters, digits and underscores, like {example}")]
    Malformed { text: String, example: String },
    #[error("`{text}` is {}, but {} is needed here (like {example})", text::a(found), text::a(wanted))]
    OtherKind { text: String, found: &'static str, wanted: &'static str, example: String },
    #[error("`{text}` starts like no id that paydesk knows: {} looks like {example}", text::a(wanted))]
    UnknownPrefix { text: String, wanted: &'static str, example: String },
}

/// What an agent typed or pasted as an id of `kind`: the id itself, or a Dashboard link that ends in one.
fn read(input: &str, kind: Kind) -> Result<String, IdError> {
    let made_up = kind.prefix().is_empty();
    let example = if made_up { "SORRY20".to_owned() } else { format!("{}…", kind.prefix()) };
    let wanted = kind.noun();
    let id = last_segment(input.trim());
    if id.is_empty() {
        return Err(IdError::Empty { wanted, example });
    }
    let text = || text::clean(&id.chars().take(60).collect::<String>());
    let letter = |byte: u8| byte.is_ascii_alphanumeric() || byte == b'_' || (made_up && byte == b'-');
    if id.len() > 255 || !id.bytes().all(letter) {
        return Err(IdError::Malformed { text: text(), example });
    }
    match Kind::of(id) {
        // `in_store10` is a good name for a coupon; `promo_1` is a mistake.
        Some(found) if made_up && found == Kind::PromotionCode => {
            Err(IdError::OtherKind { text: text(), found: found.noun(), wanted, example })
        }
        _ if made_up => Ok(id.to_owned()),
        Some(found) if found == kind => Ok(id.to_owned()),
        Some(found) => Err(IdError::OtherKind { text: text(), found: found.noun(), wanted, example }),
        None => Err(IdError::UnknownPrefix { text: text(), wanted, example }),
    }
}

/// `https://dashboard.stripe.com/test/payments/ch_1?x=y` → `ch_1`; anything else as it is.
pub(super) fn last_segment(text: &str) -> &str {
    if !text.starts_with("https://dashboard.stripe.com/") {
        return text;
    }
    let path = text.split(['?', '#']).next().unwrap_or(text);
    path.trim_end_matches('/').rsplit('/').next().unwrap_or(text)
}

/// An id of any kind that the desk knows.
#[derive(Clone, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
pub struct AnyId {
    pub kind: Kind,
    pub id: String,
}

impl AnyId {
    /// Reads an id or a Dashboard link of a known kind; `None` for anything else.
    pub fn parse(input: &str) -> Option<Self> {
        let id = last_segment(input.trim());
        let kind = Kind::of(id)?;
        read(id, kind).ok().map(|id| Self { kind, id })
    }

    /// Reads an id, or a Dashboard link, of this kind; otherwise what is wrong with it.
    pub fn parse_as(input: &str, kind: Kind) -> Result<Self, IdError> {
        read(input, kind).map(|id| Self { kind, id })
    }
}

impl fmt::Display for AnyId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(&self.id)
    }
}

/// Ids as Stripe sent them, each of a type of its own. The shape is not promised, so any text is taken, made safe.
macro_rules! sent_ids {
    ($($name:ident = $doc:expr),* $(,)?) => {$(
        #[doc = $doc]
        #[derive(Clone, Debug, Default, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
        #[serde(from = "String", into = "String")]
        pub struct $name(String);

        impl $name {
            pub fn as_str(&self) -> &str {
                &self.0
            }
        }

        impl From<String> for $name {
            fn from(id: String) -> Self {
                if id.bytes().all(|byte| byte.is_ascii_graphic()) { Self(id) } else { Self(text::clean(&id)) }
            }
        }

        impl From<$name> for String {
            fn from(id: $name) -> Self {
                id.0
            }
        }

        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.pad(&self.0)
            }
        }
    )*};
}

/// Those of a [`Kind`], which an agent may also type or paste.
macro_rules! ids {
    ($($name:ident = $kind:ident),* $(,)?) => {
        sent_ids! { $($name = concat!("The id of a [`Kind::", stringify!($kind), "`]."),)* }
        $(
            impl $name {
                /// What an agent typed or pasted: an id of this kind, or a Dashboard link to one.
                pub fn parse(input: &str) -> Result<Self, IdError> {
                    read(input, Kind::$kind).map(Self)
                }

                pub fn any(&self) -> AnyId {
                    AnyId { kind: Kind::$kind, id: self.0.clone() }
                }
            }
        )*
    };
}

ids! {
    CustomerId = Customer, ChargeId = Charge, PaymentIntentId = PaymentIntent, RefundId = Refund, DisputeId = Dispute,
    SubscriptionId = Subscription, ScheduleId = SubscriptionSchedule, InvoiceId = Invoice, CreditNoteId = CreditNote,
    PaymentMethodId = PaymentMethod, ProductId = Product, PriceId = Price, BalanceTransactionId = BalanceTransaction,
    CustomerBalanceTransactionId = CustomerBalanceTransaction, EventId = Event, InvoiceItemId = InvoiceItem,
}

sent_ids! {
    AccountId = "`acct_…`",
    SubscriptionItemId = "`si_…`",
    InvoiceLineId = "`il_…`",
    InvoicePaymentId = "`inpay_…`",
    DiscountId = "`di_…`",
    CouponId = "Whatever the account's owner called it.",
    SourceId = "Of whatever moved the balance: a charge, a refund, a payout, …",
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn takes_ids_and_dashboard_links() {
        assert_eq!(ChargeId::parse(" ch_1 ").unwrap().as_str(), "ch_1");
        let link = "https://dashboard.stripe.com/acct_1/test/payments/ch_3P?from=search";
        assert_eq!(ChargeId::parse(link).unwrap().as_str(), "ch_3P");
        assert_eq!(AnyId::parse("sub_sched_1").unwrap().kind, Kind::SubscriptionSchedule);
        assert_eq!(AnyId::parse("ada@example.com"), None);
    }

    #[test]
    fn says_what_is_wrong_with_an_id() {
        let error = |text: &str| ChargeId::parse(text).unwrap_err().to_string();
        assert!(error("").contains("like ch_…"));
        assert!(error("cus_1").contains("is a customer, but a charge is needed"));
        assert!(error("foo_1").contains("starts like no id"));
        assert!(error("ch_1/../x").contains("not an id"));
        assert!(error("ch_\x1b[31m").contains("␛"));
    }

    #[test]
    fn what_its_owner_made_up_is_an_id_too() {
        let read = |text: &str| {
            AnyId::parse_as(text, Kind::Coupon).map(|id| id.id).map_err(|error| error.to_string())
        };
        assert_eq!(read(" SUMMER-20_off ").unwrap(), "SUMMER-20_off");
        assert_eq!(read("in_store10").unwrap(), "in_store10");
        assert!(
            read("promo_1")
                .unwrap_err()
                .contains("is a promotion code, but a coupon is needed here (like SORRY20)")
        );
        assert!(read("20 %").unwrap_err().contains("is not an id"));
        assert_eq!(AnyId::parse("SORRY20"), None, "nothing tells it from a word");
    }

    #[test]
    fn no_id_that_stripe_sends_reaches_the_screen_as_it_came() {
        use super::super::{Account, CreditNote, Record, Subscription};
        let account: Record<Account> = Record::parse("{\"id\":\"acct_\\u001b[31m\"}").unwrap();
        assert_eq!(account.id.as_str(), "acct_␛[31m");
        let note: Record<CreditNote> = Record::parse("{\"id\":\"cn_\\u202e1\"}").unwrap();
        assert_eq!(note.id.as_str(), "cn_·1");
        let json = "{\"schedule\":\"sub_sched_\\u0007\",\"items\":{\"data\":[{\"id\":\"si_\\u0000\"}]}}";
        let subscription: Record<Subscription> = Record::parse(json).unwrap();
        assert_eq!(subscription.items.data[0].id.as_str(), "si_␀");
        assert_eq!(format!("{:?}", subscription.schedule), "Some(ScheduleId(\"sub_sched_␇\"))");
    }

    #[test]
    fn every_kind_has_a_row_and_no_prefix_hides_another() {
        for kind in Kind::all() {
            assert_eq!(kind.row().kind, kind);
            if kind.prefix().is_empty() {
                continue;
            }
            assert_eq!(Kind::of(&format!("{}x", kind.prefix())), Some(kind));
        }
    }
}
