//! How a subscription turns into invoices, payments and balance: the part of the history that repeats.

use super::{
    calendar::{HOUR, add_months},
    catalog::{self, COUPONS, METERED, TIERED},
    kind::Kind,
    plan::{Charge, Intent, Invoice, Line, Plan, Sub, Transaction, Way, fee},
};

/// How the attempt to take money ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Outcome {
    Paid,
    Declined(&'static str),
    /// Authorised, not captured.
    Held,
    /// Waits for the customer's bank.
    Action,
}

/// What to take, and for what.
#[derive(Clone, Copy, Debug)]
pub(super) struct Payment {
    pub(super) created: i64,
    pub(super) amount: i64,
    pub(super) currency: &'static str,
    pub(super) card: usize,
    pub(super) invoice: Option<usize>,
    pub(super) text: &'static str,
    pub(super) order: Option<u32>,
    pub(super) outcome: Outcome,
}

/// A change of price in the middle of a period.
#[derive(Clone, Copy, Debug)]
pub(super) struct Upgrade {
    /// The price before.
    pub(super) from: usize,
    /// Number of the period in which it happens, from 0.
    pub(super) period: i64,
    /// Thousandths of the period that had passed.
    pub(super) passed: i64,
}

/// How a subscription's bills went.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Course {
    pub(super) upgrade: Option<Upgrade>,
    /// So many of the newest invoices were not paid, for this reason.
    pub(super) failing: i64,
    pub(super) decline: &'static str,
    /// The newest invoices stayed drafts (collection paused).
    pub(super) drafts: i64,
    /// Bills of the counted part, drawn once.
    pub(super) usage: i64,
}

/// Rounds half up; `whole` is a length of time in seconds.
pub(super) fn prorated(amount: i64, left: i64, whole: i64) -> i64 {
    if whole <= 0 {
        return 0;
    }
    let (amount, left, whole) = (i128::from(amount), i128::from(left), i128::from(whole));
    i64::try_from((amount * left * 2 + whole).div_euclid(whole * 2)).unwrap_or(0)
}

/// What a number of a price costs.
pub(super) fn cost(price: usize, quantity: i64) -> i64 {
    if price == TIERED { catalog::tiered_amount(quantity) } else { catalog::spec(price).amount * quantity }
}

/// Takes `coupon` off each line of the n-th bill and gives the sum taken off.
fn take_off(lines: &mut [Line], coupon: Option<usize>, number: i64) -> i64 {
    let Some(coupon) = coupon.and_then(|place| COUPONS.get(place)) else { return 0 };
    let months = if coupon.months == 0 { 1 } else { coupon.months };
    if coupon.months != -1 && number >= months {
        return 0;
    }
    let mut fixed = coupon.amount;
    for line in lines.iter_mut().filter(|line| line.amount > 0) {
        line.discount =
            if coupon.percent > 0 { line.amount * coupon.percent / 100 } else { fixed.min(line.amount) };
        fixed -= line.discount.min(fixed);
    }
    lines.iter().map(|line| line.discount).sum()
}

impl Plan {
    /// Tries to take money: an intent, its charge, its balance transaction. Gives the intent's place.
    pub(super) fn pay(&mut self, payment: Payment) -> usize {
        let intent = self.intents.len();
        let charged = payment.outcome != Outcome::Action;
        self.intents.push(Intent {
            created: payment.created,
            amount: payment.amount,
            currency: payment.currency,
            status: match payment.outcome {
                Outcome::Paid => "succeeded",
                Outcome::Declined(_) => "requires_payment_method",
                Outcome::Held => "requires_capture",
                Outcome::Action => "requires_action",
            },
            card: payment.card,
            way: Way::default(),
            invoice: payment.invoice,
            text: payment.text,
            order: payment.order,
            latest_charge: charged.then_some(self.charges.len()),
        });
        if charged {
            self.charge(intent, payment);
        }
        intent
    }

    fn charge(&mut self, intent: usize, payment: Payment) {
        let place = self.charges.len();
        let paid = payment.outcome == Outcome::Paid;
        let created = payment.created + 1;
        let transaction = paid.then(|| {
            self.book(Transaction {
                created,
                amount: payment.amount,
                fee: fee(payment.amount),
                currency: payment.currency,
                kind: "charge",
                source: (Kind::Charge, place),
            })
        });
        let decline = if let Outcome::Declined(code) = payment.outcome { Some(code) } else { None };
        self.charges.push(Charge {
            created,
            intent,
            status: if decline.is_some() { "failed" } else { "succeeded" },
            captured: paid,
            decline,
            refunded: 0,
            disputed: false,
            transaction,
        });
    }

    /// The lines of an ordinary period.
    fn lines_of(sub: &Sub, price: usize, period: (i64, i64), usage: i64) -> Vec<Line> {
        let line = |price, item, quantity, amount| Line {
            price,
            item,
            quantity,
            amount,
            discount: 0,
            period,
            proration: false,
        };
        let mut lines = vec![line(price, 0, sub.quantity, cost(price, sub.quantity))];
        if sub.seats > 0 {
            let seat = catalog::seat_price(catalog::spec(price).currency);
            lines.push(line(seat, 1, sub.seats, cost(seat, sub.seats)));
        }
        if let Some(extra) = sub.extra {
            let used = if extra == METERED { usage } else { usage / 20 };
            lines.push(line(extra, 2, used, cost(extra, used)));
        }
        lines
    }

    /// All bills of subscription `place` from its anchor until `until`; sets its period and latest invoice.
    pub(super) fn bill(&mut self, place: usize, until: i64, course: Course) {
        let Some(sub) = self.subs.get(place).cloned() else { return };
        let months = catalog::spec(sub.price).months;
        let boundary = |number: i64| add_months(sub.anchor, number * months);
        let mut count = 0;
        while boundary(count) < until {
            count += 1;
        }
        if sub.trial.is_some() {
            self.trial_bill(place, &sub);
        }
        for number in 0..count {
            let period = (boundary(number), boundary(number + 1));
            let price = match course.upgrade {
                Some(upgrade) if number <= upgrade.period => upgrade.from,
                _ => sub.price,
            };
            let mut lines = Vec::new();
            if let Some(upgrade) = course.upgrade.filter(|upgrade| upgrade.period + 1 == number) {
                lines.extend(proration_lines(&sub, upgrade, (boundary(number - 1), period.0)));
            }
            lines.extend(Self::lines_of(&sub, price, period, course.usage + number * 7));
            let outcome = if count - number <= course.failing {
                Outcome::Declined(course.decline)
            } else {
                Outcome::Paid
            };
            let draft = count - number <= course.drafts;
            self.issue(place, (number, period), lines, (outcome, draft));
        }
        let latest = self.invoices.iter().rposition(|invoice| invoice.sub == place);
        if let Some(sub) = self.subs.get_mut(place) {
            sub.latest_invoice = latest;
            if count > 0 {
                sub.period = (boundary(count - 1), boundary(count));
            }
        }
    }

    fn trial_bill(&mut self, place: usize, sub: &Sub) {
        let Some(trial) = sub.trial else { return };
        let mut lines = Self::lines_of(sub, sub.price, trial, 0);
        for line in &mut lines {
            line.amount = 0;
        }
        self.invoices.push(Invoice {
            created: sub.created,
            sub: place,
            reason: "subscription_create",
            status: "paid",
            currency: catalog::spec(sub.price).currency,
            lines,
            total: 0,
            coupon: sub.coupon,
            paid_at: Some(sub.created),
            attempts: 0,
            next_attempt: None,
            intent: None,
            period: trial,
        });
    }

    fn issue(
        &mut self,
        place: usize,
        (number, period): (i64, (i64, i64)),
        mut lines: Vec<Line>,
        end: (Outcome, bool),
    ) {
        let Some(sub) = self.subs.get(place) else { return };
        let (coupon, spec) = (sub.coupon, catalog::spec(sub.price));
        let (currency, months) = (spec.currency, spec.months);
        let first = number == 0 && sub.trial.is_none();
        let (outcome, draft) = end;
        let off = take_off(&mut lines, coupon, number);
        let total = lines.iter().map(|line| line.amount).sum::<i64>() - off;
        // A first bill is taken at once; later ones wait an hour as drafts.
        let wait = if first { 3 } else { HOUR + 5 };
        let paid_at = (period.0 + wait).min(self.base - 60).max(period.0 + 1);
        let invoice = self.invoices.len();
        let paid = outcome == Outcome::Paid && !draft;
        let intent = (!draft && total > 0).then(|| {
            self.pay(Payment {
                created: paid_at,
                amount: total,
                currency,
                card: 0,
                invoice: Some(invoice),
                text: if first { "Subscription creation" } else { "Subscription update" },
                order: None,
                outcome,
            })
        });
        self.invoices.push(Invoice {
            created: period.0,
            sub: place,
            reason: if first { "subscription_create" } else { "subscription_cycle" },
            status: if draft {
                "draft"
            } else if paid {
                "paid"
            } else {
                "open"
            },
            currency,
            lines,
            total,
            coupon: (off > 0).then_some(coupon).flatten(),
            paid_at: paid.then_some(paid_at + 1),
            attempts: i64::from(!draft && total > 0),
            next_attempt: (!paid && !draft).then_some(self.base + 2 * super::calendar::DAY),
            intent,
            period: (if first { period.0 } else { add_months(period.0, -months) }, period.0),
        });
    }
}

/// Credit for the old price and debit for the new, from the moment of the change to the period's end.
fn proration_lines(sub: &Sub, upgrade: Upgrade, period: (i64, i64)) -> [Line; 2] {
    let whole = period.1 - period.0;
    let moment = period.0 + whole * upgrade.passed / 1_000;
    let left = period.1 - moment;
    let line = |price, amount| Line {
        price,
        item: 0,
        quantity: sub.quantity,
        amount,
        discount: 0,
        period: (moment, period.1),
        proration: true,
    };
    [
        line(upgrade.from, -prorated(cost(upgrade.from, sub.quantity), left, whole)),
        line(sub.price, prorated(cost(sub.price, sub.quantity), left, whole)),
    ]
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn unused_time_is_rounded_half_up_to_the_second() {
        assert_eq!(prorated(9_900, 15, 30), 4_950);
        assert_eq!(prorated(1, 1, 2), 1);
        assert_eq!(prorated(1, 1, 3), 0);
        assert_eq!(prorated(9_900, 0, 30), 0);
        assert_eq!(prorated(9_900, 1, 0), 0);
    }

    #[test]
    fn coupons_end_when_their_months_are_over() {
        let line = Line {
            price: 0,
            item: 0,
            quantity: 1,
            amount: 9_900,
            discount: 0,
            period: (0, 1),
            proration: false,
        };
        let off = |coupon, number| take_off(&mut [line.clone()], Some(coupon), number);
        assert_eq!((off(0, 0), off(0, 2), off(0, 3)), (1_980, 1_980, 0));
        assert_eq!((off(1, 0), off(1, 30)), (2_475, 2_475));
        assert_eq!((off(4, 0), off(4, 1)), (1_000, 0));
    }
}
