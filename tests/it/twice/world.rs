//! A merchant's charges of a year, with what really happened known: renewals, orders and one-off payments of thousands of people,
//! and among them cases of every kind of duplicate and of every look-alike. Written from how such things come about, and without
//! a look at how they are found.

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
            currency: Currency::USD,
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

    /// One case of every kind.
    fn planted(&mut self, rng: &mut fastrand::Rng) {
        self.paid_twice(rng);
        self.subscribed_twice(rng);
        self.look_alikes(rng);
    }

    fn paid_twice(&mut self, rng: &mut fastrand::Rng) {
        let at = NOW - rng.i64(DAY..300 * DAY);
        let amount = rng.choice(PRICES).unwrap();
        let text = rng.choice(THINGS).unwrap();
        let who = self.person(rng);
        let sub = self.subscribe(&who, at, &[]);
        let invoice = self.bill(Some(sub), "prod_1", (at, 1), amount);
        let pay = Pay { at, amount, text: "Subscription update", invoice: Some(invoice), ..Pay::default() };
        let later = at + rng.i64(20..9 * DAY);
        let both = vec![self.pay(&who, &pay), self.pay(&who, &Pay { at: later, ..pay })];
        self.note("same_invoice", both);

        let who = self.person(rng);
        let n = self.number();
        let key = rng.choice(["order_id", "order", "order_number", "cart_id"]).unwrap();
        let order = Some((key, format!("{n}")));
        let pay = Pay { at, amount, text, order, ..Pay::default() };
        let later = at + rng.i64(15..3 * DAY);
        let both = vec![self.pay(&who, &pay), self.pay(&who, &Pay { at: later, ..pay.clone() })];
        self.note("one_order", both);

        let who = self.person(rng);
        let pay = Pay { at, amount, text, ..Pay::default() };
        let mut all = vec![self.pay(&who, &pay)];
        let mut later = at;
        for _ in 0..rng.usize(1..3) {
            later += rng.i64(5..13 * 60);
            all.push(self.pay(&who, &Pay { at: later, ..pay.clone() }));
        }
        self.note("client_retry", all);

        let n = self.number();
        let email = format!("twin.{n}@example.org");
        let (one, mut other) = (self.customer(&email, rng), self.customer(&email, rng));
        // The card was typed in again.
        if rng.bool() {
            other.card.clone_from(&one.card);
            other.last4.clone_from(&one.last4);
        }
        let both = if rng.bool() {
            let later = at + rng.i64(60..18 * 3_600);
            let first = self.pay(&one, &pay);
            vec![first, self.pay(&other, &Pay { at: later, ..pay })]
        } else {
            let later = at + rng.i64(0..4 * DAY);
            let (first, second) = (self.subscribe(&one, at, &[]), self.subscribe(&other, later, &[]));
            let a = self.renew(&one, first, "prod_3", at, amount);
            vec![a, self.renew(&other, second, "prod_3", later, amount)]
        };
        self.note("two_records", both);

        let who = self.person(rng);
        let held = self.pay(&who, &Pay { at, amount, text, held: true, ..Pay::default() });
        let later = at + rng.i64(30..2 * DAY);
        let both = vec![held, self.pay(&who, &Pay { at: later, amount, text, ..Pay::default() })];
        self.note("hold_and_capture", both);
    }

    fn subscribed_twice(&mut self, rng: &mut fastrand::Rng) {
        let at = NOW - rng.i64(40 * DAY..300 * DAY);
        let amount = rng.choice(PRICES).unwrap();
        let who = self.person(rng);
        let later = at + rng.i64(60..20 * DAY);
        let (one, other) = (self.subscribe(&who, at, &[]), self.subscribe(&who, later, &[]));
        let first = self.renew(&who, one, "prod_2", at, amount);
        let both = vec![first, self.renew(&who, other, "prod_2", later, amount)];
        self.note("two_subscriptions", both);

        // A new plan, and the old one went on until somebody noticed.
        let who = self.person(rng);
        let began = at + rng.i64(DAY..25 * DAY);
        let (old, new) = (self.subscribe(&who, at - 3 * MONTH, &[]), self.subscribe(&who, began, &[]));
        let ends = began + rng.i64(2 * DAY..40 * DAY);
        self.subscriptions[old].canceled_at = Some(Unix(ends));
        let renewed = began + rng.i64(3_600..2 * DAY);
        let upgrade = amount + 1_000 * rng.i64(1..9);
        let fresh = self.renew(&who, new, "prod_5", began, upgrade);
        let stale = self.renew(&who, old, "prod_4", renewed, amount);
        self.note("old_and_new", vec![fresh, stale]);
    }

    fn look_alikes(&mut self, rng: &mut fastrand::Rng) {
        let at = NOW - rng.i64(40 * DAY..300 * DAY);
        let amount = rng.choice(PRICES).unwrap();
        let text = rng.choice(THINGS).unwrap();

        let who = self.person(rng);
        let sub = self.subscribe(&who, at, &[]);
        let first = self.renew(&who, sub, "prod_1", at, amount);
        let both = vec![first, self.renew(&who, sub, "prod_1", at + MONTH, amount)];
        self.note("renewal", both);

        let who = self.person(rng);
        let key = rng.choice(["seat", "user_id", "license", "workspace"]).unwrap();
        let later = at + rng.i64(0..2 * DAY);
        let one = self.subscribe(&who, at, &[(key, "first".to_owned())]);
        let other = self.subscribe(&who, later, &[(key, "second".to_owned())]);
        let first = self.renew(&who, one, "prod_2", at, amount);
        let both = vec![first, self.renew(&who, other, "prod_2", later, amount)];
        self.note("two_seats", both);

        let who = self.person(rng);
        let n = self.number();
        let pay = |order: String, at: i64| Pay {
            at,
            amount,
            text,
            order: Some(("order_id", order)),
            ..Pay::default()
        };
        let first = self.pay(&who, &pay(format!("a{n}"), at));
        let later = at + rng.i64(30..20 * 3_600);
        let both = vec![first, self.pay(&who, &pay(format!("b{n}"), later))];
        self.note("two_orders", both);

        // A deposit and the rest: of one order, or of one invoice in two halves.
        let who = self.person(rng);
        let later = at + rng.i64(2 * DAY..40 * DAY);
        let both = if rng.bool() {
            let order = Some(("booking_id", format!("{n}")));
            let share = if rng.bool() { amount } else { amount * 2 };
            let deposit = Pay { at, amount, text: "Deposit", order: order.clone(), ..Pay::default() };
            let rest = Pay { at: later, amount: share, text: "Rest", order, ..Pay::default() };
            vec![self.pay(&who, &deposit), self.pay(&who, &rest)]
        } else {
            let invoice = Some(self.bill(None, "prod_7", (at, 0), amount * 2));
            let half = Pay { at, amount, text: "Invoice", invoice, ..Pay::default() };
            vec![self.pay(&who, &half), self.pay(&who, &Pay { at: later, ..half })]
        };
        self.note("deposit_and_rest", both);

        let who = self.person(rng);
        let (one, other) = (self.subscribe(&who, at, &[]), self.subscribe(&who, at, &[]));
        let first = self.renew(&who, one, "prod_1", at, amount);
        let both = vec![first, self.renew(&who, other, "prod_6", at + 60, amount)];
        self.note("two_products", both);

        // Somebody was there before.
        for (label, disputed) in [("already_refunded", false), ("already_disputed", true)] {
            let who = self.person(rng);
            let pay = Pay { at, amount, text, ..Pay::default() };
            let both =
                vec![self.pay(&who, &pay), self.pay(&who, &Pay { at: at + rng.i64(5..20 * 60), ..pay })];
            let second = self.charge(&both[1]);
            if disputed {
                second.disputed = true;
            } else {
                second.amount_refunded = amount;
                second.refunded = true;
            }
            self.note(label, both);
        }
    }
}
