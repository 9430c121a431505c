//! What a customer says: an amount, a day, both roughly. Which charges fit, how well, and what to ask where none does.

use std::collections::BTreeSet;

use serde::{Deserialize, Serialize};

use super::{
    Explanation, Next, case,
    cause::{Cause, verifies},
    sum, typed,
};
use crate::{
    actions::Moment,
    answers::{Bag, reply::Reply, want::Want},
    model::{Charge, ChargeId, ChargeStatus, CustomerId},
    money::{Currency, Money, MoneyError},
    text::{Untrusted, clean},
    time::{DAY_S, Unix, named_day},
};

/// Banks book a payment days after it was made; further apart it is another one.
const DAYS_MOST: i64 = 7;
/// Below this a charge does not fit.
const LEAST: i32 = 50;
const SHOWN_MOST: usize = 6;

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Said {
    /// As it was said: `49`, `$49.00`, `45 EUR`.
    pub amount: Option<String>,
    /// The day's first second.
    pub on: Option<Unix>,
}

/// A charge that may be meant.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Fit {
    pub charge: ChargeId,
    pub amount: Money,
    pub at: Unix,
    /// How it fits what was said, and how it does not.
    pub how: Vec<String>,
    /// Others that make up the amount together with it.
    pub with: Vec<ChargeId>,
    pub score: i32,
}

impl Said {
    /// `49 yesterday`, `22 Nov`, `$49.00`; or what can be written.
    pub fn parse(text: &str, moment: &Moment) -> Result<Self, String> {
        let words: Vec<&str> = text.split_whitespace().collect();
        for at in (0..=words.len()).rev() {
            let (first, second) = words.split_at(at);
            let (first, second) = (first.join(" "), second.join(" "));
            for (amount, day) in [(&first, &second), (&second, &first)] {
                if let Some(said) = Self::of(amount, day, moment).filter(|said| !said.is_empty()) {
                    return Ok(said);
                }
            }
        }
        Err(format!("`{}` is no amount and no day: write it like `49.00 yesterday` or `22 Nov`", clean(text)))
    }

    fn of(amount: &str, day: &str, moment: &Moment) -> Option<Self> {
        let amount = (!amount.is_empty()).then(|| amount.to_owned());
        if amount.as_deref().is_some_and(|text| !typed::is_amount(text)) {
            return None;
        }
        let on = match day {
            "" => None,
            day => Some(Unix(
                named_day(day, moment.now, &moment.zone)?
                    .to_zoned_datetime(moment.zone.clone())
                    .ok()?
                    .timestamp()
                    .as_second(),
            )),
        };
        Some(Self { amount, on })
    }

    fn is_empty(&self) -> bool {
        self.amount.is_none() && self.on.is_none()
    }

    fn told(&self) -> Vec<Reply> {
        let amount =
            self.amount.as_ref().map(|amount| Reply::new("said_amount", [("amount", clean(amount))]));
        let day = self.on.map(|on| Reply::new("said_day", [("date", on)]));
        amount.into_iter().chain(day).collect()
    }

    fn words(&self, moment: &Moment) -> String {
        let day = self.on.map(|on| format!("around {}", case::day(moment, on)));
        let amount = self.amount.as_ref().map(|amount| format!("of {}", clean(amount)));
        [amount, day].into_iter().flatten().collect::<Vec<_>>().join(" ")
    }
}

/// Other customer records with the same address.
pub(super) fn twins(bag: &Bag, customer: &CustomerId) -> Vec<CustomerId> {
    let email = |id: &CustomerId| Some(bag.customer(id)?.email.as_ref()?.as_str().to_lowercase());
    let Some(own) = email(customer).filter(|own| !own.is_empty()) else { return Vec::new() };
    let same = |other: &&crate::model::Customer| {
        other.id != *customer
            && other.email.as_ref().is_some_and(|email| email.as_str().to_lowercase() == own)
    };
    bag.customers().filter(same).map(|other| other.id.clone()).collect()
}

/// What fits, the best first.
pub(super) fn fits(bag: &Bag, customer: &CustomerId, said: &Said, moment: &Moment) -> Vec<Fit> {
    let mut whose: BTreeSet<_> = twins(bag, customer).into_iter().collect();
    whose.insert(customer.clone());
    let theirs = |charge: &&Charge| charge.customer_id().is_some_and(|id| whose.contains(id));
    let charges: Vec<&Charge> = bag.charges().filter(theirs).collect();
    let mut fits: Vec<Fit> = charges.iter().filter_map(|charge| fit(bag, charge, said, moment)).collect();
    if !fits.iter().any(|fit| fit.score >= 100) {
        fits.extend(merged(&charges, said, moment));
    }
    fits.sort_by_key(|fit| (std::cmp::Reverse(fit.score), std::cmp::Reverse(fit.at)));
    fits.truncate(SHOWN_MOST);
    fits
}

fn fit(bag: &Bag, charge: &Charge, said: &Said, moment: &Moment) -> Option<Fit> {
    let (mut score, mut how) = (0, Vec::new());
    if let Some(amount) = &said.amount {
        let (points, says) = by_amount(bag, charge, amount)?;
        score += points;
        how.extend(says);
    } else {
        score += 40;
    }
    if let Some(on) = said.on {
        let (points, says) = by_day(charge.created, on, moment)?;
        score += points;
        how.extend(says);
    } else {
        score += 20;
    }
    match &charge.status {
        ChargeStatus::Failed => {
            score -= 15;
            how.push("it did not go through: a pending line in the bank falls away by itself".into());
        }
        ChargeStatus::Succeeded if !charge.captured => {
            score -= 5;
            how.push("it is only held: the line falls away unless it is taken".into());
        }
        _ => {}
    }
    (score >= LEAST).then(|| Fit {
        charge: charge.id.clone(),
        amount: charge.money(),
        at: charge.created,
        how,
        with: Vec::new(),
        score,
    })
}

/// The amount, without its tax, in the currency that was shown, or in one that nobody here knows.
fn by_amount(bag: &Bag, charge: &Charge, amount: &str) -> Option<(i32, Vec<String>)> {
    match typed::money(amount, charge.currency) {
        Ok(money) if money == charge.money() => Some((80, Vec::new())),
        Ok(money) if money == charge.captured_money() => Some((80, Vec::new())),
        Ok(money) => {
            let invoice =
                case::payment_by(bag, charge).and_then(|payment| bag.invoice(payment.invoice_id()?))?;
            let tax = sum::taxes(invoice, true);
            let without = Money::new(charge.amount.saturating_sub(tax), charge.currency);
            (tax > 0 && without == money).then(|| {
                let tax = Money::new(tax, charge.currency);
                (60, vec![format!("{money} is the amount without {tax} of tax")])
            })
        }
        Err(MoneyError::OtherCurrency { named, .. }) => {
            let money = typed::money(amount, named).ok()?;
            let shown = charge.presentment_details.as_ref();
            let shown = shown.map(|shown| Money::new(shown.presentment_amount, shown.presentment_currency));
            if shown == Some(money) {
                return Some((80, vec![format!("{money} is what was shown for {}", charge.money())]));
            }
            let says =
                format!("{} was charged: the bank makes {named} of it at its own rate", charge.money());
            // An amount at an unknown rate proves nothing: the day has to say it.
            Some((20, vec![says]))
        }
        Err(_) => None,
    }
}

fn by_day(at: Unix, on: Unix, moment: &Moment) -> Option<(i32, Vec<String>)> {
    let start = at.start_of_day(&moment.zone);
    // Days of 23 and 25 hours are days too.
    let days = start.since(on).saturating_add(DAY_S / 2).div_euclid(DAY_S);
    let apart = days.abs();
    if apart > DAYS_MOST {
        return None;
    }
    let points = i32::try_from(40_i64.saturating_sub(apart.saturating_mul(6))).unwrap_or(0);
    let way = if days > 0 { "later" } else { "earlier" };
    let says = match apart {
        0 => Vec::new(),
        1 => vec![format!("it was a day {way}: banks show a payment up to a few days off")],
        apart => vec![format!("it was {apart} days {way}: banks show a payment up to a few days off")],
    };
    Some((points, says))
}

/// Charges of one day that a bank may show as one line, at most.
const MERGED_MOST: usize = 4;
/// Charges about that day that are tried together; the newest of more.
const NEAR_MOST: usize = 14;

/// Charges about one day that a bank shows as one line: such as come to what was said, together.
fn merged(charges: &[&Charge], said: &Said, moment: &Moment) -> Vec<Fit> {
    let (Some(amount), Some(on)) = (&said.amount, said.on) else { return Vec::new() };
    let is_near = |charge: &&&Charge| {
        charge.paid && by_day(charge.created, on, moment).is_some_and(|(points, _)| points >= 28)
    };
    let mut near: Vec<&Charge> = charges.iter().filter(is_near).copied().collect();
    near.sort_by_key(|charge| std::cmp::Reverse(charge.created));
    near.truncate(NEAR_MOST);
    let mut currencies: Vec<Currency> = near.iter().map(|charge| charge.currency).collect();
    currencies.sort_by_key(|currency| currency.code().to_owned());
    currencies.dedup();
    let mut found = Vec::new();
    for currency in currencies {
        let Ok(wanted) = typed::money(amount, currency) else { continue };
        let own: Vec<&Charge> = near.iter().filter(|charge| charge.currency == currency).copied().collect();
        let sums = sums(&own, wanted.minor(), MERGED_MOST);
        found.extend(sums.iter().filter_map(|sum| together(sum, &clean(amount))));
    }
    found
}

/// Every choice of at most so many that comes to the amount.
fn sums<'a>(from: &[&'a Charge], wanted: i64, most: usize) -> Vec<Vec<&'a Charge>> {
    let mut found = Vec::new();
    let Some(most) = most.checked_sub(1) else { return found };
    let mut rest = from;
    while let Some((one, further)) = rest.split_first() {
        rest = further;
        let left = wanted.saturating_sub(one.amount);
        if left == 0 {
            found.push(vec![*one]);
        } else if left > 0 {
            let with_one = |sum: Vec<&'a Charge>| std::iter::once(*one).chain(sum).collect();
            found.extend(sums(further, left, most).into_iter().map(with_one));
        }
    }
    found
}

/// None of a single one: that fits by itself.
fn together(sum: &[&Charge], amount: &str) -> Option<Fit> {
    let (one, others) = sum.split_first().filter(|(_, others)| !others.is_empty())?;
    let words: Vec<_> = others.iter().map(|other| other.money().to_string()).collect();
    let all = if others.len() == 1 { "both" } else { "all" };
    let says = format!(
        "together with {} it makes {amount}: the bank may show {all} as one line",
        words.join(" and ")
    );
    let more = i32::try_from(others.len()).unwrap_or(i32::MAX);
    Some(Fit {
        charge: one.id.clone(),
        amount: one.money(),
        at: one.created,
        how: vec![says],
        with: others.iter().map(|other| other.id.clone()).collect(),
        // The fewer it takes, the likelier.
        score: 92_i32.saturating_sub(more.saturating_mul(2)),
    })
}

/// How the charge fits what was said comes before what it was.
pub(super) fn lead(told: &mut Explanation, best: &Fit) {
    if !best.with.is_empty() {
        let count = best.with.len().saturating_add(1);
        told.causes.insert(0, Cause::Merged(count));
    }
    told.says.splice(0..0, best.how.iter().map(|how| format!("{}.", capital(how))));
}

pub(super) fn capital(text: &str) -> String {
    let mut letters = text.chars();
    letters.next().map_or_else(String::new, |first| first.to_uppercase().chain(letters).collect())
}

/// No charge fits: what was searched, what it may have been, and what to ask.
pub(super) fn nothing(bag: &Bag, customer: &CustomerId, said: &Said, moment: &Moment) -> Explanation {
    let verified = verified(bag, customer, said, moment);
    let charges = bag.charges().count();
    let others = twins(bag, customer).len();
    let whose = match others {
        0 => String::new(),
        1 => " and of one more record with the same e-mail".into(),
        more => format!(" and of {more} more records with the same e-mail"),
    };
    let searched =
        format!("No charge {} was found among {charges} of this customer{whose}.", said.words(moment));
    let ask = to_ask(bag);
    let mut unknown = Vec::new();
    let list = Want::Charges(customer.clone());
    if bag.is_cut(&list) {
        unknown.push("There are more charges than were read: an older one may fit.".into());
    }
    if let Some(why) = bag.why_not(&list) {
        unknown.push(format!("The charges could not be read: {}.", why.words()));
    }
    let causes = vec![if verified.is_some() { Cause::SetupVerification } else { Cause::NotOurs }];
    let case = if verified.is_some() { "explain_setup" } else { "explain_not_found" };
    let reply = Reply::new(case, [("what", said.told())]);
    Explanation {
        about: None,
        causes,
        says: [verified, Some(searched), Some(ask)].into_iter().flatten().collect(),
        sum: None,
        chain: Vec::new(),
        next: Next::Unknown("no charge was found".into()),
        unknown,
        others: Vec::new(),
        looked: Vec::new(),
        reply,
    }
}

/// What tells a charge that was not found.
pub(super) fn to_ask(bag: &Bag) -> String {
    let descriptor = bag
        .charges()
        .find_map(|charge| charge.calculated_statement_descriptor.as_ref())
        .map(Untrusted::as_str)
        .filter(|text| !text.is_empty());
    let ours = descriptor.map(|ours| format!(" (ours says {ours})")).unwrap_or_default();
    format!(
        "Ask for the line as the bank shows it{ours}, its date, amount and currency, the last four digits of the card, and other e-mail addresses."
    )
}

/// A card was saved about then: banks show a small amount for that, which nobody takes.
fn verified(bag: &Bag, customer: &CustomerId, said: &Said, moment: &Moment) -> Option<String> {
    let own =
        bag.charges().find(|charge| charge.customer_id() == Some(customer)).map(|charge| charge.currency);
    let small = said.amount.as_ref().is_none_or(|amount| {
        let money = match typed::money(amount, own.unwrap_or_default()) {
            Err(MoneyError::OtherCurrency { named, .. }) => typed::money(amount, named),
            read => read,
        };
        money.map_or(amount.trim() == "0", verifies)
    });
    let on = said.on.filter(|_| small)?;
    let near = |method: &&crate::model::PaymentMethod| {
        method.customer_id().is_none_or(|id| id == customer)
            && by_day(method.created, on, moment).is_some_and(|(points, _)| points >= 28)
    };
    let method = bag.methods().find(near)?;
    Some(format!(
        "{} was saved on {}: banks show a small amount while a card is verified, and it falls away within days. Nothing was charged.",
        method.words(),
        case::day(moment, method.created)
    ))
}
