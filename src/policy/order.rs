//! Which of two values of a rule lets more through. Many have no such order: an hour is neither more nor less than another.

use std::{cmp::Ordering, collections::BTreeMap};

use super::rules::{Rule, Value};
use crate::money::Currency;

/// How the first of two values stands to the second.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Order {
    Same,
    /// It allows whatever the other allows, and asks for no more; and something more than that.
    Looser,
    Tighter,
    /// Now one and now the other, or it cannot be told.
    Neither,
}

impl From<Ordering> for Order {
    fn from(ordering: Ordering) -> Self {
        match ordering {
            Ordering::Less => Self::Tighter,
            Ordering::Equal => Self::Same,
            Ordering::Greater => Self::Looser,
        }
    }
}

impl Order {
    /// Of two parts of one value.
    fn and(self, other: Self) -> Self {
        match (self, other) {
            (Self::Same, order) | (order, Self::Same) => order,
            (one, other) if one == other => one,
            _ => Self::Neither,
        }
    }

    fn turned(self) -> Self {
        match self {
            Self::Looser => Self::Tighter,
            Self::Tighter => Self::Looser,
            Self::Same | Self::Neither => self,
        }
    }
}

/// Nothing stands for a rule that is left out.
pub fn compare(rule: Rule, one: Option<&Value>, other: Option<&Value>) -> Order {
    if one == other {
        return Order::Same;
    }
    match rule {
        Rule::RefundsMax
        | Rule::RefundsAutomatic
        | Rule::CustomersMaxCredit
        | Rule::InvoicesMaxWriteOff
        | Rule::InvoicesMaxItem => amounts(one, other, i64::MIN),
        Rule::RefundsSecondPerson
        | Rule::RefundsNoteAbove
        | Rule::CapAgent
        | Rule::CapTeam
        | Rule::CapCustomer => amounts(one, other, i64::MAX),
        Rule::RefundsAllowed | Rule::CustomersViewInvoices | Rule::ModesLive | Rule::ModesTest => {
            flag(one, true).cmp(&flag(other, true)).into()
        }
        Rule::RefundsPartialOnly => Order::from(flag(one, false).cmp(&flag(other, false))).turned(),
        Rule::SubscriptionsPause
        | Rule::CustomersUpdateEmail
        | Rule::CustomersUpdatePaymentMethod
        | Rule::CustomersPortalLinks
        | Rule::InvoicesChange
        | Rule::PaymentsEdit
        | Rule::PaymentsCancelHeld
        | Rule::PaymentsCaptureHeld
        | Rule::DisputesStage
        | Rule::DisputesSubmit
        | Rule::DisputesAccept => flag(one, false).cmp(&flag(other, false)).into(),
        Rule::RefundsReason => ranked(one, other, &["required", "optional"]),
        Rule::RefundsDisputed => ranked(one, other, &["deny", "confirm", "allow"]),
        Rule::SubscriptionsProration => proration(one, other),
        Rule::RefundsMaxAge => count(one, u32::MAX).cmp(&count(other, u32::MAX)).into(),
        Rule::SubscriptionsMaxTrial => count(one, 0).cmp(&count(other, 0)).into(),
        Rule::SubscriptionsMaxDiscount => pair(one, other, (0, 0), Order::from),
        Rule::RefundsPerCustomer => {
            pair(one, other, (u32::MAX, 0), |ordering| Order::from(ordering).turned())
        }
        Rule::SubscriptionsCancel | Rule::SubscriptionsChangePlan | Rule::AssistantActions => {
            words(one, other, false)
        }
        Rule::HoursDays => words(one, other, true),
        Rule::HoursFrom
        | Rule::HoursTo
        | Rule::AssistantWaitHours
        | Rule::KeysMaxAge
        | Rule::CustomersNotes => Order::Neither,
    }
}

fn amounts(one: Option<&Value>, other: Option<&Value>, absent: i64) -> Order {
    let none = BTreeMap::new();
    let of = |value: Option<&Value>| -> BTreeMap<Currency, i64> {
        if let Some(Value::Amounts(amounts)) = value { amounts.clone() } else { none.clone() }
    };
    let (one, other) = (of(one), of(other));
    let amount = |of: &BTreeMap<Currency, i64>, currency| of.get(currency).copied().unwrap_or(absent);
    let each = one.keys().chain(other.keys());
    each.map(|currency| Order::from(amount(&one, currency).cmp(&amount(&other, currency))))
        .fold(Order::Same, Order::and)
}

fn flag(value: Option<&Value>, absent: bool) -> bool {
    if let Some(Value::Flag(flag)) = value { *flag } else { absent }
}

fn count(value: Option<&Value>, absent: u32) -> u32 {
    if let Some(Value::Count(count)) = value { *count } else { absent }
}

fn word(value: Option<&Value>) -> Option<&str> {
    if let Some(Value::Word(word)) = value { Some(word) } else { None }
}

/// By the place in the list; what is left out is the first.
fn ranked(one: Option<&Value>, other: Option<&Value>, words: &[&str]) -> Order {
    let rank = |value| words.iter().position(|known| Some(*known) == word(value)).unwrap_or(0);
    rank(one).cmp(&rank(other)).into()
}

/// `choose` allows all; each of the others allows and forbids something of its own.
fn proration(one: Option<&Value>, other: Option<&Value>) -> Order {
    let named = |value| word(value).unwrap_or("none").to_owned();
    let (one, other) = (named(one), named(other));
    match (one == "choose", other == "choose") {
        _ if one == other => Order::Same,
        (true, false) => Order::Looser,
        (false, true) => Order::Tighter,
        _ => Order::Neither,
    }
}

/// Two numbers, the first of which allows more where it is larger.
fn pair(
    one: Option<&Value>,
    other: Option<&Value>,
    absent: (u32, u32),
    second: fn(Ordering) -> Order,
) -> Order {
    let of = |value: Option<&Value>| match value {
        Some(Value::Discount { percent, months }) => (*percent, *months),
        Some(Value::Often { count, days }) => (*count, *days),
        Some(
            Value::Amounts(_)
            | Value::Flag(_)
            | Value::Count(_)
            | Value::Word(_)
            | Value::Words(_)
            | Value::Time(_),
        )
        | None => absent,
    };
    let (one, other) = (of(one), of(other));
    Order::from(one.0.cmp(&other.0)).and(second(one.1.cmp(&other.1)))
}

fn words(one: Option<&Value>, other: Option<&Value>, absent_is_all: bool) -> Order {
    let of = |value: Option<&Value>| {
        if let Some(Value::Words(words)) = value { Some(words.clone()) } else { None }
    };
    let within = |one: &Option<Vec<String>>, other: &Option<Vec<String>>| match (one, other) {
        (_, None) => absent_is_all || one.as_ref().is_none_or(Vec::is_empty),
        (None, Some(_)) => !absent_is_all,
        (Some(one), Some(other)) => one.iter().all(|word| other.contains(word)),
    };
    let (one, other) = (of(one), of(other));
    match (within(&one, &other), within(&other, &one)) {
        (true, true) => Order::Same,
        (true, false) => Order::Tighter,
        (false, true) => Order::Looser,
        (false, false) => Order::Neither,
    }
}

#[cfg(test)]
mod tests {
    use super::{super::fixture::policy, *};

    fn order(rule: &str, one: &str, other: &str) -> Order {
        let value = |text: &str| {
            let line = if text.is_empty() { String::new() } else { format!("{rule} = {text}") };
            policy(&line).effective("ben").get(Rule::find(rule).unwrap()).map(|set| set.value.clone())
        };
        compare(Rule::find(rule).unwrap(), value(one).as_ref(), value(other).as_ref())
    }

    #[test]
    fn more_money_is_looser_and_a_cap_is_tighter_than_none() {
        let max = "refunds.max";
        assert_eq!(order(max, "{ usd = \"2.00\" }", "{ usd = \"1.00\" }"), Order::Looser);
        assert_eq!(order(max, "{ usd = \"1.00\", eur = \"1.00\" }", "{ usd = \"1.00\" }"), Order::Looser);
        assert_eq!(order(max, "{ usd = \"2.00\" }", "{ usd = \"1.00\", eur = \"1.00\" }"), Order::Neither);
        assert_eq!(order(max, "", "{ usd = \"1.00\" }"), Order::Tighter);
        assert_eq!(order("refunds.daily_cap.per_team", "", "{ usd = \"1.00\" }"), Order::Looser);
        assert_eq!(order("refunds.note_above", "{ usd = \"1.00\" }", "{ usd = \"2.00\" }"), Order::Tighter);
    }

    #[test]
    fn words_flags_and_pairs_have_their_order() {
        assert_eq!(order("refunds.disputed", "\"allow\"", ""), Order::Looser);
        assert_eq!(order("refunds.partial_only", "true", ""), Order::Tighter);
        assert_eq!(order("subscriptions.proration", "\"none\"", "\"always_invoice\""), Order::Neither);
        assert_eq!(order("subscriptions.proration", "\"choose\"", ""), Order::Looser);
        assert_eq!(order("subscriptions.cancel", "[\"now\"]", "[\"now\", \"date\"]"), Order::Tighter);
        assert_eq!(order("subscriptions.cancel", "[\"now\"]", "[\"date\"]"), Order::Neither);
        assert_eq!(order("subscriptions.cancel", "false", ""), Order::Same);
        assert_eq!(order("hours.days", "[\"mon\"]", ""), Order::Tighter);
        let often = "refunds.max_per_customer";
        assert_eq!(order(often, "{ count = 3, days = 9 }", "{ count = 2, days = 9 }"), Order::Looser);
        assert_eq!(order(often, "{ count = 3, days = 9 }", "{ count = 3, days = 30 }"), Order::Looser);
        assert_eq!(order(often, "", "{ count = 3, days = 30 }"), Order::Looser);
        assert_eq!(order("hours.from", "\"08:00\"", "\"09:00\""), Order::Neither);
    }
}
