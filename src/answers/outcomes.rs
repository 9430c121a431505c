//! What becomes of a subscription in each way of ending it, side by side with pausing it or taking less: access, money in and out
//! as Stripe foretells it, open invoices, and what can be taken back.

use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

use super::{
    Bag, Upcoming,
    explain::{day, money},
    open,
    want::{Look, Want},
};
use crate::{
    actions::{Moment, planned_end},
    model::{Price, Subscription, SubscriptionId, SubscriptionItem, SubscriptionStatus},
    money::Money,
    policy::{Rule, Rules},
    time::Unix,
};

/// What becomes of credit that waits, once the subscription is over.
pub const NO_NEXT: &str =
    "once this has ended none comes by itself, so somebody has to make one, or give it back";

/// An end at once makes no invoice for it.
const UNBILLED_USAGE: &str = "; what was used and is not billed yet is not charged";

/// A way to go.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Way {
    PeriodEnd,
    Now,
    NowWithCredit,
    Date,
    Pause,
    Downgrade,
}

impl Way {
    pub const ALL: [Self; 6] =
        [Self::PeriodEnd, Self::Now, Self::NowWithCredit, Self::Date, Self::Pause, Self::Downgrade];

    pub fn words(self) -> &'static str {
        match self {
            Self::PeriodEnd => "at period end",
            Self::Now => "now",
            Self::NowWithCredit => "now, with credit",
            Self::Date => "on a date",
            Self::Pause => "pause instead",
            Self::Downgrade => "a smaller plan instead",
        }
    }

    /// It keeps the customer.
    pub fn keeps(self) -> bool {
        matches!(self, Self::Pause | Self::Downgrade)
    }
}

/// Until when there is access.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Access {
    Until(Unix),
    EndsNow,
    GoesOn,
    Unknown,
}

/// What one way comes to.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Outcome {
    pub way: Way,
    pub access: Access,
    /// What the customer gets back, as credit, where that is known.
    pub credit: Option<Money>,
    /// Money in and out, in words.
    pub money: String,
    /// What can be taken back, and how.
    pub undo: &'static str,
    /// Why Stripe would refuse it, as the subscription stands.
    pub refused: Option<String>,
    /// The rule of the policy that does not let it be.
    pub denied: Option<Rule>,
}

/// All ways, and what is the same in each.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Outcomes {
    pub ways: Vec<Outcome>,
    /// Open invoices stay to be paid, whichever way it goes.
    pub open: Option<String>,
    /// Percent and months that may be taken off to keep the customer.
    pub discount: Option<(u32, u32)>,
    /// What could not be read.
    pub gaps: Vec<String>,
}

fn wants(bag: &Bag, subscription: &SubscriptionId, on: Option<Unix>) -> Vec<Want> {
    let mut wants = vec![
        Want::Object(subscription.any()),
        Want::EndedNow(subscription.clone()),
        Want::Upcoming(subscription.clone()),
        Want::InvoicesOf(subscription.clone()),
    ];
    wants.extend(on.map(|on| Want::EndedOn(subscription.clone(), on)));
    if let Some(row) = bag.subscription(subscription).filter(|row| !row.is_over()) {
        wants.push(Want::PlansIn(row.currency));
        wants.extend(smaller(bag, row).map(|(price, item)| replaced(row, item, price)));
    }
    wants
}

/// The reads of the next round; `on` is the date that is meant by "on a date".
pub fn looks(bag: &Bag, subscription: &SubscriptionId, on: Option<Unix>) -> Vec<Look> {
    wants(bag, subscription, on).iter().filter_map(|want| bag.next(want)).collect()
}

fn replaced(row: &Subscription, item: &SubscriptionItem, price: &Price) -> Want {
    Want::Replaced(row.id.clone(), item.id.clone(), price.id.clone())
}

/// The next smaller plan by the same period, where there is one item and its price says what it is.
fn smaller<'a>(bag: &'a Bag, row: &'a Subscription) -> Option<(&'a Price, &'a SubscriptionItem)> {
    let [item] = row.items.data.as_slice() else { return None };
    let now = item.price.unit_amount?;
    let period = |price: &Price| {
        let recurring = price.recurring.as_ref()?;
        Some((recurring.interval.clone(), recurring.interval_count, recurring.usage_type.clone()))
    };
    let fits = |price: &&Price| {
        price.active
            && price.currency == item.price.currency
            && period(price).is_some()
            && period(price) == period(&item.price)
            && price.unit_amount.is_some_and(|amount| amount > 0 && amount < now)
    };
    let next = bag.prices().filter(fits).max_by_key(|price| (price.unit_amount, &price.id));
    next.map(|price| (price, item))
}

/// What each way comes to; `on` is the date that is meant by "on a date". None where the subscription was not read.
pub fn outcomes(
    bag: &Bag,
    id: &SubscriptionId,
    on: Option<Unix>,
    (rules, moment): (&Rules, &Moment),
) -> Option<Outcomes> {
    let subscription = bag.subscription(id)?;
    let case = Case { bag, subscription, on, rules, moment };
    let gap = |want: &Want| Some(format!("{}: {}", want.words(), bag.why_not(want)?.words()));
    Some(Outcomes {
        ways: Way::ALL.into_iter().filter(|way| case.is_one(*way)).map(|way| case.outcome(way)).collect(),
        open: open::stays(bag.invoices(), id),
        discount: rules.discount(Rule::SubscriptionsMaxDiscount).filter(|(percent, _)| *percent > 0),
        gaps: wants(bag, id, on).iter().filter_map(gap).collect(),
    })
}

struct Case<'a> {
    bag: &'a Bag,
    subscription: &'a Subscription,
    on: Option<Unix>,
    rules: &'a Rules,
    moment: &'a Moment,
}

impl Case<'_> {
    fn outcome(&self, way: Way) -> Outcome {
        let credit = (way == Way::NowWithCredit).then(|| self.credit()).flatten();
        Outcome {
            way,
            access: self.access(way),
            credit,
            money: self.money(way, credit),
            refused: self.refused(way),
            undo: match way {
                Way::PeriodEnd | Way::Date => "until then it can be kept",
                Way::Now => "no: only a new subscription begins again",
                Way::NowWithCredit => "no: the credit stays, and only a new subscription begins again",
                Way::Pause => "collects again once it is resumed",
                Way::Downgrade => "can be changed back; what that costs is shown first",
            },
            denied: self.denied(way),
        }
    }

    /// What is paused is not paused instead.
    fn is_one(&self, way: Way) -> bool {
        let paused = self.subscription.pause_collection.is_some()
            || self.subscription.status == SubscriptionStatus::Paused;
        way != Way::Pause || !paused
    }

    fn refused(&self, way: Way) -> Option<String> {
        match way {
            _ if self.subscription.is_over() => Some(format!("it is {} already", self.subscription.status)),
            Way::PeriodEnd if self.subscription.cancel_at_period_end => {
                Some("it ends at period end already".into())
            }
            Way::PeriodEnd | Way::Date => planned_end(self.subscription),
            Way::Now | Way::NowWithCredit | Way::Pause | Way::Downgrade => None,
        }
    }

    fn access(&self, way: Way) -> Access {
        match way {
            Way::PeriodEnd => self.subscription.period_end().map_or(Access::Unknown, Access::Until),
            Way::Date => self.on.map_or(Access::Unknown, Access::Until),
            Way::Now | Way::NowWithCredit => Access::EndsNow,
            Way::Pause | Way::Downgrade => Access::GoesOn,
        }
    }

    /// What ending it now gives back, by Stripe's preview.
    fn credit(&self) -> Option<Money> {
        let preview = self.bag.ended_now(&self.subscription.id)?;
        Money::new(preview.total, preview.currency).checked_neg().ok()
    }

    /// What changes made within the period wait to be billed with the next invoice: it goes with an end at once.
    fn waiting(&self) -> Option<Money> {
        let upcoming = self.bag.upcoming(&self.subscription.id)?;
        let lines = self.bag.lines(upcoming).into_iter().filter(|line| line.is_proration());
        let sum = lines.map(|line| line.amount).fold(0, i64::saturating_add);
        (sum != 0).then(|| Money::new(sum, upcoming.currency))
    }

    /// The next bill: how much, and when.
    fn next(&self) -> Option<(Money, Unix)> {
        let upcoming = self.bag.upcoming(&self.subscription.id)?;
        let told = Upcoming::among(upcoming, self.bag.all_upcoming());
        Some((told.due, self.subscription.period_end()?))
    }

    fn money(&self, way: Way, credit: Option<Money>) -> String {
        let next = self.next().map(|(amount, at)| format!("{amount} of {}", day(self.moment, at)));
        let spared = next.as_ref().map(|next| format!(": not the {next}")).unwrap_or_default();
        match way {
            Way::PeriodEnd if self.subscription.is_metered() => {
                "nothing back; what is used until then is billed, and nothing else".to_owned()
            }
            Way::PeriodEnd => format!("nothing back, no further invoice{spared}"),
            Way::Now => {
                let lost =
                    self.waiting().map(|lost| format!("; {lost} of changes that wait for it vanishes"));
                let used = if self.subscription.is_metered() { UNBILLED_USAGE } else { "" };
                format!(
                    "nothing back for unused days, no further invoice{spared}{}{used}",
                    lost.unwrap_or_default()
                )
            }
            Way::NowWithCredit => self.with_credit(credit) + &self.unpaid(credit),
            Way::Date => self.until_a_date(next),
            Way::Pause => {
                let next = next.map(|next| format!(" ({next} first)")).unwrap_or_default();
                format!("nothing is collected meanwhile{next}")
            }
            Way::Downgrade => self.on_a_smaller_plan(next),
        }
    }

    fn with_credit(&self, credit: Option<Money>) -> String {
        match credit {
            Some(credit) if credit.is_negative() => {
                let due = credit.checked_neg().unwrap_or(credit);
                format!("{due} for what was used is still to pay, by Stripe's preview")
            }
            Some(credit) if credit.is_zero() => "nothing to give back, by Stripe's preview".to_owned(),
            Some(credit) if self.credit_waits() => format!(
                "{credit} of credit, by Stripe's preview, that waits for a next invoice: {NO_NEXT}; no money back"
            ),
            Some(credit) => {
                format!("{credit} of credit to the balance, by Stripe's preview; no money back")
            }
            None if self.credit_waits() => {
                format!("credit that waits for a next invoice: {NO_NEXT}; how much could not be foretold")
            }
            None => "credit to the balance; how much could not be foretold".to_owned(),
        }
    }

    /// Days that nobody has paid are none to be credited.
    fn unpaid(&self, credit: Option<Money>) -> String {
        if credit.is_some_and(|credit| credit.is_negative() || credit.is_zero()) {
            return String::new();
        }
        let unpaid = open::unpaid(self.subscription, self.bag.invoices(), self.moment.now);
        unpaid.map(|words| format!("; but {words}")).unwrap_or_default()
    }

    fn until_a_date(&self, next: Option<String>) -> String {
        let Some(on) = self.on else { return "billed as usual until then".to_owned() };
        let renews = self.subscription.period_end().is_some_and(|end| on > end);
        let told = self.bag.preview(&Want::EndedOn(self.subscription.id.clone(), on));
        match (told.map(|told| Upcoming::among(told, self.bag.all_upcoming())), next) {
            (Some(told), _) if !told.due.is_zero() => {
                let at = told.at.filter(|_| renews).map(|at| format!(" on {}", day(self.moment, at)));
                let more = if renews { ", and what follows" } else { "" };
                format!(
                    "{} is billed{} before it ends, by Stripe's preview{more}; nothing back",
                    told.due,
                    at.unwrap_or_default()
                )
            }
            (Some(_), _) if !renews => {
                "nothing more is billed before then, by Stripe's preview; nothing back".to_owned()
            }
            (_, Some(next)) if renews => format!("billed as usual until then: {next}, and what follows"),
            _ if renews => "billed as usual until then".to_owned(),
            _ => "nothing more is billed before then; nothing back".to_owned(),
        }
    }

    fn on_a_smaller_plan(&self, next: Option<String>) -> String {
        let instead = next.map(|next| format!(" instead of {next}")).unwrap_or_default();
        let told = smaller(self.bag, self.subscription).and_then(|(price, item)| {
            let told = self.bag.preview(&replaced(self.subscription, item, price))?;
            let named =
                price.product.as_ref().and_then(|link| link.object()).map(|product| product.name.to_string());
            let named = named.or_else(|| Some(self.bag.product(price.product_id()?)?.name.to_string()));
            let plan = named.map_or_else(|| price.words(), |name| format!("{name} ({})", price.words()));
            let told = Upcoming::among(told, self.bag.all_upcoming());
            let left = told.left_words().map(|left| format!(", and {left}")).unwrap_or_default();
            Some(format!("with {plan} the next bill is {}{instead}, by Stripe's preview{left}", told.due))
        });
        told.unwrap_or_else(|| format!("less from now on{instead}; Stripe's preview comes with the plan"))
    }

    /// The rules let credit be given on a next invoice only, and not at once to the balance.
    fn credit_waits(&self) -> bool {
        self.rules.word(Rule::SubscriptionsProration) == Some("create_prorations")
    }

    fn denied(&self, way: Way) -> Option<Rule> {
        let ways = self.rules.words(Rule::SubscriptionsCancel).unwrap_or_default();
        let may = |word: &str| ways.iter().any(|way| way == word);
        let credit = || self.rules.word(Rule::SubscriptionsProration).is_some_and(|word| word != "none");
        let plans = self.rules.words(Rule::SubscriptionsChangePlan).unwrap_or_default();
        let (rule, fine) = match way {
            Way::PeriodEnd => (Rule::SubscriptionsCancel, may("period_end")),
            Way::Now => (Rule::SubscriptionsCancel, may("now")),
            Way::NowWithCredit if may("now") => (Rule::SubscriptionsProration, credit()),
            Way::NowWithCredit => (Rule::SubscriptionsCancel, false),
            Way::Date => (Rule::SubscriptionsCancel, may("date")),
            Way::Pause => (Rule::SubscriptionsPause, self.rules.flag(Rule::SubscriptionsPause) == Some(true)),
            Way::Downgrade => (Rule::SubscriptionsChangePlan, plans.iter().any(|way| way == "down")),
        };
        (!fine).then_some(rule)
    }
}

/// The ways as one JSON document.
pub fn json(outcomes: &Outcomes) -> Value {
    let one = |outcome: &Outcome| {
        let until = match outcome.access {
            Access::Until(at) => Some(at.0),
            _ => None,
        };
        json!({
            "way": outcome.way, "access": outcome.access, "access_until": until,
            "credit": outcome.credit.map(money), "money": outcome.money, "undo": outcome.undo,
            "refused": outcome.refused,
            "denied_by": outcome.denied.map(Rule::name),
        })
    };
    json!({
        "ways": outcomes.ways.iter().map(one).collect::<Vec<_>>(),
        "open_invoices": outcomes.open,
        "discount": outcomes.discount.map(|(percent, months)| json!({"percent": percent, "months": months})),
        "not_known": outcomes.gaps,
    })
}

#[cfg(test)]
#[path = "outcomes_tests.rs"]
mod tests;
