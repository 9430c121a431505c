//! What Stripe says beforehand that a change comes to: what of it is billed at once, and what with the next invoice. Told alike in
//! the form and on the command line.

use jiff::tz::TimeZone;
use serde_json::{Value, json};

use super::Upcoming;
use crate::{
    actions::Args,
    model::{Invoice, InvoiceLine},
    money::Money,
    time::Unix,
};

/// What begins so shortly before or after the moment that is asked about begins with it.
const ABOUT_S: i64 = 600;
/// Said of the difference, it is billed for itself.
const AT_ONCE: &str = "always_invoice";

#[derive(Clone, Debug)]
pub struct Due {
    pub told: Upcoming,
    pub at_once: bool,
    /// The day of the invoice, where it is one to come.
    pub on: Option<String>,
    /// Credit is taken off that another bill may take before, where those were not read.
    shared: bool,
}

impl Due {
    /// Of the preview of what these arguments do. It is as of the first moment, and was asked for at the last; `others` are the
    /// customer's previews, which share one credit with it.
    pub fn of<'a>(
        invoice: &Invoice,
        others: impl IntoIterator<Item = &'a Invoice>,
        args: &Args,
        (asked, zone): ((Unix, Unix), &TimeZone),
    ) -> Self {
        let told = Upcoming::among(invoice, others);
        let lines = &invoice.lines.data;
        // What waits for an invoice and what was used have periods that are past, on a bill of any day: of what is paid in advance
        // the newest tells.
        let begins = lines.iter().filter(|line| line.is_regular()).map(|line| line.period.start).max();
        let at_once = if let Some(begins) = begins {
            // A period that begins now is billed now, whatever was said of prorations.
            begins >= asked.0.plus(-ABOUT_S) && begins <= asked.1.plus(ABOUT_S)
        } else {
            args.get("proration_behavior") == Some(AT_ONCE) && lines.iter().any(InvoiceLine::is_proration)
        };
        Self { told, at_once, on: told.at.map(|at| at.date(zone)), shared: false }
    }

    /// Of the preview of what these arguments do, where the customer's other bills were not read.
    pub fn alone(invoice: &Invoice, args: &Args, asked: ((Unix, Unix), &TimeZone)) -> Self {
        let due = Self::of(invoice, [], args, asked);
        Self { shared: !due.at_once && invoice.starting_balance < 0, ..due }
    }

    /// What is taken as soon as it is sent, where anything is.
    pub fn taken_now(&self) -> Option<Money> {
        Some(self.told.due).filter(|due| self.at_once && due.minor() > 0)
    }

    /// `nothing is billed now; the next invoice on 15 Dec 2026 is $99.00`, and what stays as credit.
    pub fn words(&self) -> String {
        let due = self.told.due;
        let billed = match (&self.on, self.at_once) {
            (_, true) if due.is_zero() => "nothing is billed now".to_owned(),
            (_, true) => format!("{due} is billed now"),
            (Some(on), false) => format!("nothing is billed now; the next invoice on {on} is {due}"),
            (None, false) => format!("nothing is billed now; the next invoice is {due}"),
        };
        let whole = match self.told.left_words() {
            Some(left) => format!("{billed}, and {left}"),
            None => billed,
        };
        if self.shared { format!("{whole}, unless another bill takes the credit first") } else { whole }
    }

    pub fn json(&self) -> Value {
        let now = if self.at_once { self.told.due.minor() } else { 0 };
        let next = (!self.at_once).then_some(self.told);
        json!({
            "says": self.words(),
            "currency": self.told.due.currency().code(),
            "billed_now": now,
            "next_invoice": next.map(|told| told.due.minor()),
            "next_invoice_at": next.and_then(|told| told.at).map(|at| at.0),
            "credit_left": self.told.left.minor(),
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::Record;

    const NOW: i64 = 1_797_000_000;

    fn due(lines: &Value, total: i64, args: &Args) -> Due {
        let json = json!({"id": "upcoming_in_1", "currency": "usd", "total": total, "amount_due": total.max(0),
            "starting_balance": 0, "period_end": 1_797_325_920, "lines": {"data": lines}});
        let invoice = Record::<Invoice>::parse(json.to_string()).unwrap();
        Due::of(invoice.object(), [], args, ((Unix(NOW), Unix(NOW)), &TimeZone::UTC))
    }

    /// Of a subscription, for a month from then.
    fn line(start: i64) -> Value {
        json!({"id": "il_1", "amount": 49_000, "currency": "usd", "period": {"start": start, "end": start + 2_592_000},
            "parent": {"type": "subscription_item_details", "subscription_item_details": {"proration": false}}})
    }

    fn proration() -> Value {
        json!({"id": "il_2", "amount": -7_316, "currency": "usd", "period": {"start": NOW, "end": NOW + 9},
            "parent": {"type": "subscription_item_details", "subscription_item_details": {"proration": true}}})
    }

    /// Made yesterday, and waiting for the next invoice.
    fn waiting() -> Value {
        json!({"id": "il_3", "amount": 500, "currency": "usd", "period": {"start": NOW - 86_400, "end": NOW - 86_400},
            "parent": {"type": "invoice_item_details", "invoice_item_details": {"proration": false}}})
    }

    const LATER: i64 = NOW + 999_999;

    #[test]
    fn a_period_that_begins_now_is_billed_now_and_one_to_come_is_not() {
        let none = Args::default();
        for lines in [json!([line(NOW)]), json!([proration(), line(NOW - 90), waiting()])] {
            let now = due(&lines, 41_618, &none);
            assert_eq!(now.taken_now().map(Money::minor), Some(41_618));
            assert_eq!(now.words(), "$416.18 is billed now");
            assert_eq!(now.json()["billed_now"], 41_618);
            assert!(now.json()["next_invoice"].is_null());
        }
        let used = line(NOW - 1_000_000);
        for lines in [json!([line(LATER)]), json!([waiting(), proration(), line(LATER), used])] {
            let later = due(&lines, 4_900, &none);
            assert_eq!((later.taken_now(), later.json()["billed_now"].clone()), (None, json!(0)));
            assert_eq!(later.words(), "nothing is billed now; the next invoice on 15 Dec 2026 is $49.00");
            assert_eq!(later.json()["next_invoice"], 4_900);
        }
    }

    #[test]
    fn what_is_asked_to_be_invoiced_at_once_is_where_there_is_something_and_credit_takes_nothing() {
        let at_once = Args::default().with("proration_behavior", "always_invoice");
        assert_eq!(due(&json!([proration()]), 500, &at_once).words(), "$5.00 is billed now");
        let credit = due(&json!([proration()]), -500, &at_once);
        assert_eq!(credit.words(), "nothing is billed now, and $5.00 stay as credit");
        assert_eq!(credit.taken_now(), None);
        // On trial nothing is prorated: what is previewed is the first bill.
        assert_eq!(due(&json!([line(LATER)]), 9_900, &at_once).taken_now(), None);
        // What somebody wrote is no choice.
        let noted = Args::default().with("note", "always_invoice");
        assert_eq!(due(&json!([proration()]), 500, &noted).taken_now(), None);
    }

    #[test]
    fn credit_that_another_bill_may_take_is_promised_with_that() {
        let json = json!({"id": "upcoming_in_1", "currency": "usd", "total": 9_900, "amount_due": 6_900,
            "starting_balance": -3_000, "period_end": 1_797_325_920, "lines": {"data": [line(LATER)]}});
        let invoice = Record::<Invoice>::parse(json.to_string()).unwrap();
        let asked = ((Unix(NOW), Unix(NOW)), &TimeZone::UTC);
        let words = Due::alone(invoice.object(), &Args::default(), asked).words();
        assert_eq!(
            words,
            "nothing is billed now; the next invoice on 15 Dec 2026 is $69.00, unless another bill takes the credit first"
        );
    }
}
