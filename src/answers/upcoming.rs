//! What an invoice that is to come comes to: when it is billed, how much is due, and what is left as credit. Told alike
//! wherever it is told: in the list of invoices, in the form of a change, in what explains a charge.

use crate::{model::Invoice, money::Money, time::Unix};

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Upcoming {
    /// When it is made; none where Stripe does not say.
    pub at: Option<Unix>,
    /// What is collected, credit taken off.
    pub due: Money,
    /// The credit that the customer has after it; zero where none is left.
    pub left: Money,
}

impl Upcoming {
    /// Of an invoice as Stripe previews it.
    pub fn of(invoice: &Invoice) -> Self {
        // Before it is finalised nothing was taken from the balance yet: what it will take is told by what there is.
        let after =
            invoice.ending_balance.unwrap_or_else(|| invoice.starting_balance.saturating_add(invoice.total));
        // Its own day: that it is collected an hour later may be on another one.
        let end = Some(invoice.period_end).filter(|end| end.0 > 0);
        Self {
            at: end.or(invoice.next_payment_attempt),
            due: Money::new(invoice.amount_due, invoice.currency),
            left: Money::new(after.min(0).saturating_neg(), invoice.currency),
        }
    }

    /// Of one of several: each preview takes the whole credit balance, and only the first to come will find it.
    pub fn among<'a>(own: &Invoice, all: impl IntoIterator<Item = &'a Invoice>) -> Self {
        let told = Self::of(own);
        let whose = |invoice: &Invoice| (invoice.customer_id().cloned(), invoice.currency);
        let turn = |invoice: &Invoice| (Self::of(invoice).at, invoice.id.clone());
        // Another preview of the same subscription is of the same bill, as it would be otherwise.
        let same = |other: &Invoice| {
            own.subscription_id().is_some() && other.subscription_id() == own.subscription_id()
        };
        let credit = own.starting_balance.min(0).saturating_neg();
        let debt = own.starting_balance.max(0);
        let mut earlier = all
            .into_iter()
            .filter(|other| whose(other) == whose(own) && !same(other) && turn(other) < turn(own))
            .map(|other| other.total.min(credit))
            .peekable();
        if earlier.peek().is_none() {
            return told;
        }
        let spent = earlier.fold(0, i64::saturating_add);
        let there = credit.saturating_sub(spent).max(0);
        let takes = |credit: i64| own.total.max(0).min(credit);
        let more = takes(credit).saturating_sub(takes(there)).saturating_sub(debt);
        let gain = own.total.min(0).saturating_neg();
        let left = there.saturating_sub(takes(there)).saturating_add(gain);
        Self {
            due: Money::new(told.due.minor().saturating_add(more).max(0), told.due.currency()),
            left: Money::new(left, told.left.currency()),
            ..told
        }
    }

    /// `$12.30 stay as credit`, where something does.
    pub fn left_words(&self) -> Option<String> {
        (!self.left.is_zero()).then(|| format!("{} stay as credit", self.left))
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;
    use crate::model::Record;

    fn told(total: i64, due: i64, starting: i64, ending: Option<i64>) -> (String, Option<String>) {
        let json = json!({"id": "upcoming_in_1", "currency": "usd", "total": total, "amount_due": due,
            "starting_balance": starting, "ending_balance": ending, "period_end": 1_797_325_920});
        let invoice = Record::<Invoice>::parse(json.to_string()).unwrap();
        let upcoming = Upcoming::of(&invoice);
        assert_eq!(upcoming.at, Some(Unix(1_797_325_920)));
        (upcoming.due.to_string(), upcoming.left_words())
    }

    #[test]
    fn one_credit_is_promised_to_one_bill() {
        let preview = |id: &str, at: i64, total: i64, starting: i64| {
            let due = (total + starting).max(0);
            let json = json!({"id": id, "customer": "cus_1", "currency": "usd", "total": total, "amount_due": due,
                "starting_balance": starting, "ending_balance": null, "period_end": at});
            Record::<Invoice>::parse(json.to_string()).unwrap()
        };
        let told = |all: &[Record<Invoice>]| {
            let each = all.iter().map(|own| Upcoming::among(own, all.iter().map(Record::object)));
            each.map(|told| (told.due.minor(), told.left.minor())).collect::<Vec<_>>()
        };
        // $30.00 of credit: the earlier bill takes it, whichever is listed first.
        let two = [preview("b", 200, 9_900, -3_000), preview("a", 100, 4_900, -3_000)];
        assert_eq!(told(&two), [(9_900, 0), (1_900, 0)]);
        let rest = [preview("a", 100, 1_000, -3_000), preview("b", 200, 9_900, -3_000)];
        assert_eq!(told(&rest), [(0, 2_000), (7_900, 0)]);
        let debt = [preview("a", 100, 1_000, 500), preview("b", 200, 9_900, 500)];
        assert_eq!(told(&debt), [(1_500, 0), (9_900, 0)]);
        assert_eq!(told(&two[..1]), [(6_900, 0)], "alone it has all of it");
    }

    #[test]
    fn two_previews_of_one_subscription_are_one_bill() {
        let preview = |id: &str, total: i64| {
            let json = json!({"id": id, "customer": "cus_1", "currency": "usd", "total": total,
                "amount_due": total - 3_000, "starting_balance": -3_000, "period_end": 100,
                "parent": {"subscription_details": {"subscription": "sub_1"}}});
            Record::<Invoice>::parse(json.to_string()).unwrap()
        };
        // The plan as it is, and a smaller one in its place: Stripe gives each preview an id of its own.
        for (plain, smaller) in [("a", "b"), ("b", "a")] {
            let (plain, smaller) = (preview(plain, 9_900), preview(smaller, 4_900));
            let told = Upcoming::among(smaller.object(), [plain.object(), smaller.object()]);
            assert_eq!((told.due.minor(), told.left.minor()), (1_900, 0));
        }
    }

    #[test]
    fn credit_that_an_invoice_does_not_use_up_stays() {
        let left = |words: &str| Some(words.to_owned());
        assert_eq!(told(9_900, 9_900, 0, None), ("$99.00".into(), None));
        assert_eq!(told(-1_230, 0, 0, None), ("$0.00".into(), left("$12.30 stay as credit")));
        assert_eq!(told(300, 0, -500, None), ("$0.00".into(), left("$2.00 stay as credit")));
        assert_eq!(told(9_900, 8_900, -1_000, None), ("$89.00".into(), None));
        assert_eq!(told(9_900, 10_000, 100, None), ("$100.00".into(), None));
        assert_eq!(told(-1_230, 0, 0, Some(-1_230)), ("$0.00".into(), left("$12.30 stay as credit")));
    }
}
