//! The kinds of object that the world keeps, with their id prefix and Stripe's words for them.

/// A family of objects. The number is part of the id's cipher, so the order must stay.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(in crate::sandbox) enum Kind {
    Customer = 1,
    PaymentMethod,
    Subscription,
    SubscriptionItem,
    Schedule,
    Invoice,
    Line,
    InvoicePayment,
    InvoiceItem,
    Intent,
    Charge,
    Refund,
    Dispute,
    Transaction,
    BalanceMove,
    CreditNote,
    TaxId,
    Event,
    Discount,
    Product,
    Price,
    PromotionCode,
    PortalConfiguration,
    PortalSession,
}

/// One row a kind: id prefix, fixed start and length of what follows, Stripe's word in "No such …".
struct Row(Kind, &'static str, &'static str, &'static str);

const ROWS: &[Row] = &[
    Row(Kind::Customer, "cus", "", "customer"),
    Row(Kind::PaymentMethod, "pm", "1P", "PaymentMethod"),
    Row(Kind::Subscription, "sub", "1P", "subscription"),
    Row(Kind::SubscriptionItem, "si", "", "subscription_item"),
    Row(Kind::Schedule, "sub_sched", "1P", "subscription schedule"),
    Row(Kind::Invoice, "in", "1P", "invoice"),
    Row(Kind::Line, "il", "1P", "invoice line item"),
    Row(Kind::InvoicePayment, "inpay", "1P", "invoice payment"),
    Row(Kind::InvoiceItem, "ii", "1P", "invoiceitem"),
    Row(Kind::Intent, "pi", "3P", "payment_intent"),
    Row(Kind::Charge, "ch", "3P", "charge"),
    Row(Kind::Refund, "re", "3P", "refund"),
    Row(Kind::Dispute, "dp", "1P", "dispute"),
    Row(Kind::Transaction, "txn", "3P", "balance_transaction"),
    Row(Kind::BalanceMove, "cbtxn", "1P", "customer_balance_transaction"),
    Row(Kind::CreditNote, "cn", "1P", "credit note"),
    Row(Kind::TaxId, "txi", "1P", "tax id"),
    Row(Kind::Event, "evt", "1P", "event"),
    Row(Kind::Discount, "di", "1P", "discount"),
    Row(Kind::Product, "prod", "", "product"),
    Row(Kind::Price, "price", "1P", "price"),
    Row(Kind::PromotionCode, "promo", "1P", "promotion code"),
    Row(Kind::PortalConfiguration, "bpc", "1P", "configuration"),
    Row(Kind::PortalSession, "bps", "1P", "session"),
];

impl Kind {
    fn row(self) -> &'static Row {
        static LOST: Row = Row(Kind::Customer, "cus", "", "customer");
        ROWS.iter().find(|row| row.0 == self).unwrap_or(&LOST)
    }

    pub(super) fn number(self) -> u64 {
        ROWS.iter().zip(1..).find(|(row, _)| row.0 == self).map_or(0, |(_, number)| number)
    }

    /// Without the underscore.
    pub(super) fn prefix(self) -> &'static str {
        self.row().1
    }

    /// What each id of the kind begins with after the prefix; empty means the short form of 14 characters.
    pub(super) fn start(self) -> &'static str {
        self.row().2
    }

    /// As in "No such …: 'id'".
    pub(super) fn noun(self) -> &'static str {
        self.row().3
    }

    pub(super) fn of_prefix(prefix: &str) -> Option<Self> {
        ROWS.iter().find(|row| row.1 == prefix).map(|row| row.0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_kind_has_one_row_and_its_own_prefix() {
        for row in ROWS {
            assert_eq!(ROWS.iter().filter(|other| other.0 == row.0).count(), 1);
            assert_eq!(Kind::of_prefix(row.1), Some(row.0));
        }
        assert_eq!(Kind::PromotionCode.number(), 22);
    }
}
