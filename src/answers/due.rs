//! What Stripe says beforehand that a change comes to: what of it is billed at once, and what with the next invoice. Told alike in
//! the form and on the command line.

use jiff::tz::TimeZone;
use serde_json::{Value, json};

use super::Upcoming;
use crate::{actions::Args, model::Invoice, money::Money, time::Unix};

/// A period that begins within this begins now.
const SOON_S: i64 = 120;
/// What is asked for where the difference is billed for itself.
const AT_ONCE: &str = "always_invoice";

#[derive(Clone, Debug)]
pub struct Due {
    pub told: Upcoming,
    pub at_once: bool,
    /// The day of the invoice, where it is one to come.
    pub on: Option<String>,
}

impl Due {
    /// Of the preview of what these arguments do; `others` are the customer's previews, which share one credit with it.
    pub fn of<'a>(
        invoice: &Invoice,
        others: impl IntoIterator<Item = &'a Invoice>,
        args: &Args,
        (now, zone): (Unix, &TimeZone),
    ) -> Self {
        let told = Upcoming::among(invoice, others);
        // A period that begins now is billed now, whatever was said of prorations.
        let new_period = invoice.lines.data.iter().filter(|line| !line.is_proration());
        let begins = new_period.map(|line| line.period.start).filter(|start| start.0 > 0).min();
        let asked = args.0.values().any(|value| value == AT_ONCE);
        let at_once = asked || begins.is_some_and(|start| start <= now.plus(SOON_S));
        Self { told, at_once, on: told.at.map(|at| at.date(zone)) }
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
        match self.told.left_words() {
            Some(left) => format!("{billed}, and {left}"),
            None => billed,
        }
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
        Due::of(invoice.object(), [], args, (Unix(NOW), &TimeZone::UTC))
    }

    fn line(start: i64) -> Value {
        json!([{"id": "il_1", "amount": 49_000, "currency": "usd", "period": {"start": start, "end": start + 9}}])
    }

    #[test]
    fn a_period_that_begins_now_is_billed_now_and_one_to_come_is_not() {
        let none = Args::default();
        let now = due(&line(NOW), 41_618, &none);
        assert_eq!(
            (now.taken_now().map(Money::minor), now.words().as_str()),
            (Some(41_618), "$416.18 is billed now")
        );
        assert_eq!(now.json()["billed_now"], 41_618);
        assert!(now.json()["next_invoice"].is_null());
        let later = due(&line(NOW + 999_999), 4_900, &none);
        assert_eq!((later.taken_now(), later.json()["billed_now"].clone()), (None, json!(0)));
        assert_eq!(later.words(), "nothing is billed now; the next invoice on 15 Dec 2026 is $49.00");
        assert_eq!(later.json()["next_invoice"], 4_900);
    }

    #[test]
    fn what_is_asked_to_be_invoiced_at_once_is_and_credit_takes_nothing() {
        let at_once = Args::default().with("proration_behavior", "always_invoice");
        assert_eq!(due(&line(NOW + 999_999), 500, &at_once).words(), "$5.00 is billed now");
        let credit = due(&line(NOW + 999_999), -500, &at_once);
        assert_eq!(credit.words(), "nothing is billed now, and $5.00 stay as credit");
        assert_eq!(credit.taken_now(), None);
    }
}
