//! The cases that are planted: charged twice, subscribed twice, and what only looks like it.

use paydesk::{money::Currency, time::Unix};

use super::{DAY, MONTH, NOW, PRICES, Pay, THINGS, World};

impl World {
    /// One case of every kind.
    pub(super) fn planted(&mut self, rng: &mut fastrand::Rng) {
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

        self.retried(rng, (at, amount, text));
        let pay = Pay { at, amount, text, ..Pay::default() };

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

    /// By a client at once, or by somebody who came back after half an hour. Some clients number their attempts, and some of it was
    /// given back before anybody saw that it was there twice.
    fn retried(&mut self, rng: &mut fastrand::Rng, (at, amount, text): (i64, i64, &str)) {
        let who = self.person(rng);
        let currency = rng.choice([None, Currency::parse("eur"), Currency::parse("jpy")]).unwrap();
        let pay = Pay { at, amount, text, currency, ..Pay::default() };
        let numbered = rng.u8(..4) == 0;
        let attempt = |nth: usize| numbered.then(|| ("checkout_attempt", nth.to_string()));
        let mut all = vec![self.pay(&who, &Pay { order: attempt(0), ..pay.clone() })];
        let mut later = at;
        for nth in 0..rng.usize(1..3) {
            later += if rng.bool() { rng.i64(5..13 * 60) } else { rng.i64(20 * 60..40 * 60) };
            all.push(self.pay(&who, &Pay { at: later, order: attempt(nth + 1), ..pay.clone() }));
        }
        if rng.u8(..5) == 0 {
            let id = all[rng.usize(0..all.len())].clone();
            self.charge(&id).amount_refunded = amount / 4;
        }
        self.note("client_retry", all);
    }

    /// Two of a thing, one after the other: each says something else of what it is for, or is paid in another currency.
    fn bought_again(&mut self, rng: &mut fastrand::Rng, (at, amount, text): (i64, i64, &str)) {
        let n = self.number();
        let later = at + rng.i64(60..40 * 60);
        let who = self.person(rng);
        let both: Vec<_> = if rng.bool() {
            let texts = [format!("{text} {n}"), format!("{text} {}", n + 1)];
            texts
                .iter()
                .zip([at, later])
                .map(|(text, at)| self.pay(&who, &Pay { at, amount, text, ..Pay::default() }))
                .collect()
        } else {
            let key = rng.choice(["ticket_id", "item", "course", "gift_to"]).unwrap();
            let one = |which: usize, at: i64| Pay {
                at,
                amount,
                text,
                order: Some((key, format!("{}", n + which))),
                ..Pay::default()
            };
            vec![self.pay(&who, &one(0, at)), self.pay(&who, &one(1, later))]
        };
        self.note("bought_again", both);

        let who = self.person(rng);
        let pay = Pay { at, amount, text, ..Pay::default() };
        let abroad = Pay { at: later, currency: Currency::parse("eur"), ..pay.clone() };
        let both = vec![self.pay(&who, &pay), self.pay(&who, &abroad)];
        self.note("other_currency", both);
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
        self.bought_again(rng, (at, amount, text));

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
