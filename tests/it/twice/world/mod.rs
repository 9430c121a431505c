//! A merchant's charges of a year, with what really happened known: renewals, orders and one-off payments of thousands of people,
//! and among them cases of every kind of duplicate and of every look-alike. Written from how such things come about, and without
//! a look at how they are found.

mod planted;

use paydesk::{
    model::{
        Card, Charge, ChargeId, ChargeStatus, Customer, CustomerId, Invoice, InvoiceId, InvoiceLine,
        LineParent, Link, MethodDetails, PaymentIntentId, ProductId, Subscription, SubscriptionId,
        SubscriptionStatus,
    },
    money::Currency,
    text::Untrusted,
    time::Unix,
};

const DAY: i64 = 86_400;
const MONTH: i64 = 30 * DAY;
/// 2026-11-23T12:00:00Z
pub(crate) const NOW: i64 = 1_795_435_200;
const PRICES: [i64; 6] = [900, 1_900, 2_900, 4_900, 9_900, 24_900];
const THINGS: [&str; 5] = ["Ticket", "Workshop", "Credits", "Book", "Consulting"];

/// What really happened to some charges.
pub(crate) struct Case {
    pub(crate) label: &'static str,
    pub(crate) charges: Vec<ChargeId>,
}

#[derive(Default)]
pub(crate) struct World {
    pub(crate) charges: Vec<Charge>,
    pub(crate) invoices: Vec<Invoice>,
    /// Which invoice a payment intent paid, by its place.
    pub(crate) paid: Vec<(String, usize)>,
    pub(crate) subscriptions: Vec<Subscription>,
    pub(crate) customers: Vec<Customer>,
    pub(crate) cases: Vec<Case>,
    next: usize,
}

#[derive(Clone)]
struct Person {
    id: CustomerId,
    card: Option<String>,
    last4: String,
}

/// How a payment is described, and what it stands for.
#[derive(Clone, Default)]
struct Pay<'a> {
    at: i64,
    amount: i64,
    text: &'a str,
    order: Option<(&'a str, String)>,
    invoice: Option<usize>,
    held: bool,
    /// US dollars where none is said.
    currency: Option<Currency>,
}

impl World {
    /// `charges` of them at least, with `each` planted cases of every kind.
    pub(crate) fn of(seed: u64, charges: usize, each: usize) -> Self {
        let mut rng = fastrand::Rng::with_seed(seed);
        let mut world = Self::default();
        for _ in 0..each {
            world.planted(&mut rng);
        }
        while world.charges.len() < charges {
            world.ordinary(&mut rng);
        }
        rng.shuffle(&mut world.charges);
        world
    }

    fn number(&mut self) -> usize {
        self.next += 1;
        self.next
    }

    fn person(&mut self, rng: &mut fastrand::Rng) -> Person {
        let n = self.number();
        let email = format!("Person.{n}@Example.com");
        self.customer(&email, rng)
    }

    /// One more record; the card is a new one.
    fn customer(&mut self, email: &str, rng: &mut fastrand::Rng) -> Person {
        let n = self.number();
        let id = CustomerId::from(format!("cus_{n}"));
        let email = if rng.bool() { email.to_owned() } else { email.to_lowercase() };
        self.customers.push(Customer {
            id: id.clone(),
            email: Some(Untrusted::new(&email)),
            ..Customer::default()
        });
        // Some methods have no fingerprint.
        let card = (rng.u8(..20) > 0).then(|| format!("print{n}"));
        Person { id, card, last4: format!("{:04}", rng.u16(..10_000)) }
    }

    fn pay(&mut self, who: &Person, pay: &Pay<'_>) -> ChargeId {
        let n = self.number();
        let (id, intent) = (ChargeId::from(format!("ch_{n}")), PaymentIntentId::from(format!("pi_{n}")));
        let card = Card {
            brand: Some("visa".into()),
            last4: Some(Untrusted::new(&who.last4)),
            fingerprint: who.card.as_deref().map(Untrusted::new),
            ..Card::default()
        };
        let metadata = pay.order.iter().map(|(name, value)| (Untrusted::new(name), Untrusted::new(value)));
        self.charges.push(Charge {
            id: id.clone(),
            amount: pay.amount,
            amount_captured: if pay.held { 0 } else { pay.amount },
            currency: pay.currency.unwrap_or(Currency::USD),
            created: Unix(pay.at),
            status: ChargeStatus::Succeeded,
            paid: true,
            captured: !pay.held,
            customer: Some(Link::Id(who.id.clone())),
            payment_intent: Some(Link::Id(intent.clone())),
            description: Some(Untrusted::new(pay.text)),
            payment_method_details: Some(MethodDetails {
                kind: "card".into(),
                card: Some(card),
                ..MethodDetails::default()
            }),
            metadata: metadata.collect(),
            ..Charge::default()
        });
        if let Some(invoice) = pay.invoice {
            self.paid.push((intent.as_str().to_owned(), invoice));
        }
        id
    }

    fn subscribe(&mut self, who: &Person, started: i64, metadata: &[(&str, String)]) -> usize {
        let n = self.number();
        let metadata = metadata.iter().map(|(name, value)| (Untrusted::new(name), Untrusted::new(value)));
        self.subscriptions.push(Subscription {
            id: SubscriptionId::from(format!("sub_{n}")),
            status: SubscriptionStatus::Active,
            customer: Some(Link::Id(who.id.clone())),
            currency: Currency::USD,
            start_date: Unix(started),
            metadata: metadata.collect(),
            ..Subscription::default()
        });
        self.subscriptions.len() - 1
    }

    /// An invoice of one period of a product, for a subscription or by hand.
    fn bill(&mut self, sub: Option<usize>, product: &str, (at, months): (i64, i64), total: i64) -> usize {
        let n = self.number();
        let mut line = InvoiceLine { amount: total, currency: Currency::USD, ..InvoiceLine::default() };
        line.period.start = Unix(at);
        line.period.end = Unix(at + months * MONTH);
        let mut invoice = Invoice {
            id: InvoiceId::from(format!("in_{n}")),
            number: Some(Untrusted::new(&format!("A-{n}"))),
            currency: Currency::USD,
            created: Unix(at),
            total,
            amount_due: total,
            ..Invoice::default()
        };
        let subscription = sub.and_then(|sub| self.subscriptions.get(sub)).map(|sub| sub.id.clone());
        if let Some(subscription) = subscription {
            line.parent = Some(LineParent {
                subscription_item_details: Some(paydesk::model::ItemDetails::default()),
                ..LineParent::default()
            });
            invoice.parent = Some(paydesk::model::InvoiceParent {
                subscription_details: Some(paydesk::model::SubscriptionParent {
                    subscription: Some(Link::Id(subscription)),
                }),
            });
        }
        line.pricing = Some(paydesk::model::LinePricing {
            price_details: Some(paydesk::model::PriceDetails {
                product: Some(ProductId::from(product.to_owned())),
                ..Default::default()
            }),
            ..Default::default()
        });
        invoice.lines.data.push(line);
        self.invoices.push(invoice);
        self.invoices.len() - 1
    }

    /// One renewal, billed and paid.
    #[expect(clippy::too_many_arguments, reason = "who pays what of which, and when")]
    fn renew(&mut self, who: &Person, sub: usize, product: &str, at: i64, amount: i64) -> ChargeId {
        let invoice = self.bill(Some(sub), product, (at, 1), amount);
        self.pay(
            who,
            &Pay { at, amount, text: "Subscription update", invoice: Some(invoice), ..Pay::default() },
        )
    }

    fn note(&mut self, label: &'static str, charges: Vec<ChargeId>) {
        self.cases.push(Case { label, charges });
    }

    fn charge(&mut self, id: &ChargeId) -> &mut Charge {
        self.charges.iter_mut().rev().find(|charge| charge.id == *id).unwrap()
    }

    /// Nothing is wrong with these.
    fn ordinary(&mut self, rng: &mut fastrand::Rng) {
        let who = self.person(rng);
        let amount = rng.choice(PRICES).unwrap();
        let months = rng.i64(1..14);
        let product = format!("prod_{}", rng.u8(..8));
        let start = NOW - months * MONTH - rng.i64(0..MONTH);
        match rng.u8(..10) {
            0..6 => {
                let sub = self.subscribe(&who, start, &[]);
                for month in 0..months {
                    let late = if rng.u8(..8) == 0 { rng.i64(0..3 * DAY) } else { 0 };
                    self.renew(&who, sub, &product, start + month * MONTH + late, amount);
                }
            }
            6..9 => {
                for at in 0..rng.i64(1..6) {
                    let n = self.number();
                    let order = Some(("order_id", format!("ord_{n}")));
                    let at = start + at * 9 * DAY + rng.i64(0..DAY);
                    let amount = rng.choice(PRICES).unwrap();
                    self.pay(&who, &Pay { at, amount, text: "Order", order, ..Pay::default() });
                }
            }
            // The same thing bought again, another day or hour, with nothing that names it.
            _ => {
                let text = rng.choice(THINGS).unwrap();
                let mut at = start;
                for _ in 0..rng.i64(2..5) {
                    at += rng.i64(3 * 3_600..9 * DAY);
                    self.pay(&who, &Pay { at, amount, text, ..Pay::default() });
                }
            }
        }
    }
}
