//! What an invoice that is to come comes to: when it is billed, how much is due, and what is left as credit. Told alike
//! wherever it is told: in the list of invoices, in the form of a change, in what explains a charge.

use crate::{model::Invoice, money::Money, time::Unix};

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Upcoming {
    /// When it is collected; none where Stripe does not say.
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
        let end = Some(invoice.period_end).filter(|end| end.0 > 0);
        Self {
            at: invoice.next_payment_attempt.or(end),
            due: Money::new(invoice.amount_due, invoice.currency),
            left: Money::new(after.min(0).saturating_neg(), invoice.currency),
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
