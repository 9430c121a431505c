//! A customer's whole history as plain numbers, cheap to make a hundred thousand times; the JSON is drawn
//! from it when somebody looks.

use super::kind::Kind;

/// Who it is.
#[derive(Clone, Debug, Default)]
pub(super) struct Person {
    pub(super) created: i64,
    pub(super) name: String,
    pub(super) email: String,
    pub(super) phone: Option<String>,
    pub(super) description: Option<String>,
    pub(super) currency: &'static str,
    /// `country|city|state|postal code|street|dialling prefix`
    pub(super) place: &'static str,
    pub(super) house: u8,
    pub(super) metadata: Vec<(&'static str, String)>,
    pub(super) deleted: bool,
}

/// A saved card, or a SEPA mandate.
#[derive(Clone, Debug)]
pub(super) struct Card {
    pub(super) created: i64,
    pub(super) brand: &'static str,
    pub(super) last4: String,
    pub(super) exp_month: i64,
    pub(super) exp_year: i64,
    pub(super) funding: &'static str,
    pub(super) sepa: bool,
    pub(super) fingerprint: u64,
}

/// One subscription as it stands today.
#[derive(Clone, Debug)]
pub(super) struct Sub {
    pub(super) created: i64,
    pub(super) status: &'static str,
    /// Place in the catalog.
    pub(super) price: usize,
    pub(super) quantity: i64,
    pub(super) seats: i64,
    /// Metered or tiered price beside the plan.
    pub(super) extra: Option<usize>,
    pub(super) anchor: i64,
    pub(super) period: (i64, i64),
    pub(super) trial: Option<(i64, i64)>,
    pub(super) at_period_end: bool,
    pub(super) cancel_at: Option<i64>,
    pub(super) canceled_at: Option<i64>,
    pub(super) ended_at: Option<i64>,
    pub(super) why: Option<(&'static str, Option<&'static str>)>,
    pub(super) pause: Option<(&'static str, Option<i64>)>,
    pub(super) paused_why: Option<&'static str>,
    pub(super) coupon: Option<usize>,
    /// Price that the schedule turns to at the period's end.
    pub(super) schedule: Option<usize>,
    pub(super) latest_invoice: Option<usize>,
}

/// One line of an invoice.
#[derive(Clone, Debug)]
pub(super) struct Line {
    pub(super) price: usize,
    /// Which of the subscription's items: 0 plan, 1 seats, 2 extra.
    pub(super) item: u32,
    pub(super) quantity: i64,
    pub(super) amount: i64,
    pub(super) discount: i64,
    pub(super) period: (i64, i64),
    pub(super) proration: bool,
}

#[derive(Clone, Debug)]
pub(super) struct Invoice {
    pub(super) created: i64,
    pub(super) sub: usize,
    pub(super) reason: &'static str,
    pub(super) status: &'static str,
    pub(super) currency: &'static str,
    pub(super) lines: Vec<Line>,
    pub(super) total: i64,
    pub(super) coupon: Option<usize>,
    pub(super) paid_at: Option<i64>,
    pub(super) attempts: i64,
    pub(super) next_attempt: Option<i64>,
    /// None: nothing to pay.
    pub(super) intent: Option<usize>,
    pub(super) period: (i64, i64),
}

/// How a payment was made.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) enum Way {
    /// With a saved card or mandate, by a payment intent.
    #[default]
    Saved,
    /// With a saved card, by a charge alone, as before there were payment intents.
    Direct,
    /// By a bank transfer.
    Transfer,
}

#[derive(Clone, Debug)]
pub(super) struct Intent {
    pub(super) created: i64,
    pub(super) amount: i64,
    pub(super) currency: &'static str,
    pub(super) status: &'static str,
    pub(super) card: usize,
    pub(super) way: Way,
    pub(super) invoice: Option<usize>,
    pub(super) text: &'static str,
    /// Number in `metadata[order_id]`.
    pub(super) order: Option<u32>,
    pub(super) latest_charge: Option<usize>,
}

#[derive(Clone, Debug)]
pub(super) struct Charge {
    pub(super) created: i64,
    pub(super) intent: usize,
    pub(super) status: &'static str,
    pub(super) captured: bool,
    pub(super) decline: Option<&'static str>,
    pub(super) refunded: i64,
    pub(super) disputed: bool,
    pub(super) transaction: Option<usize>,
}

#[derive(Clone, Debug)]
pub(super) struct Refund {
    pub(super) created: i64,
    pub(super) charge: usize,
    pub(super) amount: i64,
    pub(super) status: &'static str,
    pub(super) reason: Option<&'static str>,
    pub(super) agent: Option<&'static str>,
    pub(super) transaction: Option<usize>,
    pub(super) failure: Option<(&'static str, usize)>,
}

#[derive(Clone, Debug)]
pub(super) struct Dispute {
    pub(super) created: i64,
    pub(super) charge: usize,
    pub(super) status: &'static str,
    pub(super) reason: &'static str,
    pub(super) due_by: Option<i64>,
    pub(super) transactions: Vec<usize>,
}

/// A movement of the merchant's balance.
#[derive(Clone, Debug)]
pub(super) struct Transaction {
    pub(super) created: i64,
    pub(super) amount: i64,
    pub(super) fee: i64,
    pub(super) currency: &'static str,
    pub(super) kind: &'static str,
    pub(super) source: (Kind, usize),
}

/// A movement of the customer's credit; negative is credit for the customer.
#[derive(Clone, Debug)]
pub(super) struct Move {
    pub(super) created: i64,
    pub(super) amount: i64,
    pub(super) ending: i64,
    pub(super) kind: &'static str,
    pub(super) text: Option<&'static str>,
    pub(super) note: Option<usize>,
}

#[derive(Clone, Debug)]
pub(super) struct CreditNote {
    pub(super) created: i64,
    pub(super) invoice: usize,
    pub(super) amount: i64,
    pub(super) reason: &'static str,
    pub(super) refund: Option<usize>,
    pub(super) credit: Option<usize>,
}

#[derive(Clone, Copy, Debug)]
pub(super) struct Happening {
    pub(super) created: i64,
    pub(super) name: &'static str,
    pub(super) object: (Kind, usize),
}

/// Everything of one customer.
#[derive(Clone, Debug, Default)]
pub(super) struct Plan {
    pub(super) person: Person,
    pub(super) cards: Vec<Card>,
    pub(super) subs: Vec<Sub>,
    pub(super) invoices: Vec<Invoice>,
    pub(super) intents: Vec<Intent>,
    pub(super) charges: Vec<Charge>,
    pub(super) refunds: Vec<Refund>,
    pub(super) disputes: Vec<Dispute>,
    pub(super) transactions: Vec<Transaction>,
    pub(super) moves: Vec<Move>,
    pub(super) notes: Vec<CreditNote>,
    pub(super) tax_ids: Vec<(&'static str, String)>,
    /// Money sent by bank transfer that nothing is matched with, in the customer's currency.
    pub(super) cash: i64,
    /// Coupon on the customer itself.
    pub(super) coupon: Option<usize>,
    /// Amounts that wait for the next invoice: created, amount, text.
    pub(super) waiting: Vec<(i64, i64, &'static str)>,
    pub(super) happenings: Vec<Happening>,
    /// Midnight that the history ends before.
    pub(super) base: i64,
}

/// Stripe's fee in the smallest unit: 2.9% rounded down, and 30.
pub(super) fn fee(amount: i64) -> i64 {
    amount * 29 / 1_000 + 30
}

impl Transaction {
    /// Two days later.
    pub(super) fn available_on(&self) -> i64 {
        self.created + 2 * super::calendar::DAY
    }
}

impl Plan {
    /// Times of all objects of a kind, in the order of their ordinals.
    pub(super) fn created(&self, kind: Kind) -> Vec<i64> {
        match kind {
            Kind::Customer => vec![self.person.created],
            Kind::PaymentMethod => self.cards.iter().map(|x| x.created).collect(),
            Kind::Subscription => self.subs.iter().map(|x| x.created).collect(),
            Kind::Schedule => self.scheduled().map(|sub| sub.period.0 + 600).collect(),
            Kind::Invoice => self.invoices.iter().map(|x| x.created).collect(),
            Kind::InvoicePayment => self.paying().map(|(_, x)| x.created).collect(),
            Kind::InvoiceItem => self.waiting.iter().map(|x| x.0).collect(),
            Kind::Intent => self.intents.iter().map(|x| x.created).collect(),
            Kind::Charge => self.charges.iter().map(|x| x.created).collect(),
            Kind::Refund => self.refunds.iter().map(|x| x.created).collect(),
            Kind::Dispute => self.disputes.iter().map(|x| x.created).collect(),
            Kind::Transaction => self.transactions.iter().map(|x| x.created).collect(),
            Kind::BalanceMove => self.moves.iter().map(|x| x.created).collect(),
            Kind::CreditNote => self.notes.iter().map(|x| x.created).collect(),
            Kind::TaxId => self.tax_ids.iter().map(|_| self.person.created + 90).collect(),
            Kind::Discount => (0..=self.subs.len()).map(|_| self.person.created).collect(),
            Kind::Event => self.happenings.iter().map(|x| x.created).collect(),
            _ => vec![],
        }
    }

    /// Subscriptions with a schedule, in order.
    pub(super) fn scheduled(&self) -> impl Iterator<Item = &Sub> {
        self.subs.iter().filter(|sub| sub.schedule.is_some())
    }

    /// Invoices that have a payment, with their place; the n-th has the n-th invoice payment.
    pub(super) fn paying(&self) -> impl Iterator<Item = (usize, &Invoice)> {
        self.invoices.iter().enumerate().filter(|(_, invoice)| invoice.intent.is_some())
    }

    /// Adds a movement of the merchant's balance and gives its place.
    pub(super) fn book(&mut self, transaction: Transaction) -> usize {
        self.transactions.push(transaction);
        self.transactions.len() - 1
    }
}
