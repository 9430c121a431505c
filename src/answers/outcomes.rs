//! What becomes of a subscription in each way of ending it, side by side with pausing it or taking less: access, money in and out
//! as Stripe foretells it, open invoices, and what can be taken back.

use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

use super::{
    Bag,
    explain::{day, money},
    want::{Look, Want},
};
use crate::{
    actions::Moment,
    model::{Invoice, InvoiceStatus, Subscription, SubscriptionId},
    money::Money,
    policy::{Rule, Rules},
    time::Unix,
};

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

fn wants(subscription: &SubscriptionId) -> [Want; 4] {
    [
        Want::Object(subscription.any()),
        Want::EndedNow(subscription.clone()),
        Want::Upcoming(subscription.clone()),
        Want::InvoicesOf(subscription.clone()),
    ]
}

/// The reads of the next round: all of them at once, since none waits for another.
pub fn looks(bag: &Bag, subscription: &SubscriptionId) -> Vec<Look> {
    wants(subscription).iter().filter_map(|want| bag.next(want)).collect()
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
        ways: Way::ALL.into_iter().map(|way| case.outcome(way)).collect(),
        open: open_invoices(bag, id),
        discount: rules.discount(Rule::SubscriptionsMaxDiscount).filter(|(percent, _)| *percent > 0),
        gaps: wants(id).iter().filter_map(gap).collect(),
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

    /// The next bill: how much, and when.
    fn next(&self) -> Option<(Money, Unix)> {
        let upcoming = self.bag.upcoming(&self.subscription.id)?;
        Some((Money::new(upcoming.amount_due, upcoming.currency), self.subscription.period_end()?))
    }

    fn money(&self, way: Way, credit: Option<Money>) -> String {
        let next = self.next().map(|(amount, at)| format!("{amount} of {}", day(self.moment, at)));
        let spared = next.as_ref().map(|next| format!(": not the {next}")).unwrap_or_default();
        match way {
            Way::PeriodEnd => format!("nothing back, no further invoice{spared}"),
            Way::Now => format!("nothing back for unused days, no further invoice{spared}"),
            Way::NowWithCredit => match credit {
                Some(credit) if credit.is_negative() => {
                    let due = credit.checked_neg().unwrap_or(credit);
                    format!("{due} for what was used is still to pay, by Stripe's preview")
                }
                Some(credit) if credit.is_zero() => "nothing to give back, by Stripe's preview".to_owned(),
                Some(credit) => {
                    format!("{credit} of credit to the balance, by Stripe's preview; no money back")
                }
                None => "credit to the balance; how much could not be foretold".to_owned(),
            },
            Way::Date => {
                let renews = self.on.zip(self.subscription.period_end()).is_some_and(|(on, end)| on > end);
                match (self.on, next) {
                    (None, _) => "billed as usual until then".to_owned(),
                    (Some(_), Some(next)) if renews => {
                        format!("billed as usual until then: {next}, and what follows")
                    }
                    (Some(_), _) if renews => "billed as usual until then".to_owned(),
                    (Some(_), _) => "nothing more is billed before then; nothing back".to_owned(),
                }
            }
            Way::Pause => {
                let next = next.map(|next| format!(" ({next} first)")).unwrap_or_default();
                format!("nothing is collected meanwhile{next}")
            }
            Way::Downgrade => {
                let next = next.map(|next| format!(" instead of {next}")).unwrap_or_default();
                format!("less from now on{next}; Stripe's preview comes with the plan")
            }
        }
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

fn open_invoices(bag: &Bag, id: &SubscriptionId) -> Option<String> {
    let open =
        |invoice: &&Invoice| invoice.subscription_id() == Some(id) && invoice.status == InvoiceStatus::Open;
    let open: Vec<&Invoice> = bag.invoices().filter(open).collect();
    let one = |invoice: &&Invoice| {
        format!("{} ({})", invoice.title(), Money::new(invoice.amount_remaining, invoice.currency))
    };
    match open.len() {
        0 => None,
        1 => Some(format!("{} stays to be paid, whichever way: void it by itself", one(open.first()?))),
        _ => {
            let all: Vec<_> = open.iter().map(one).collect();
            Some(format!("{} stay to be paid, whichever way: void them by themselves", all.join(", ")))
        }
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
mod tests {
    use jiff::tz::TimeZone;

    use super::*;
    use crate::{
        answers::want::Found,
        model::{AnyId, Kind, Record},
        policy::Policy,
        time::DAY_S,
    };

    const NOW: i64 = 1_795_435_200;

    fn bag(preview: i64) -> Bag {
        let mut bag = Bag::default();
        let id = SubscriptionId::parse("sub_1").unwrap();
        let end = NOW + 22 * DAY_S;
        for (kind, object) in [
            (
                Kind::Subscription,
                json!({"id": "sub_1", "status": "active", "currency": "usd", "start_date": NOW - 99 * DAY_S,
                    "items": {"data": [{"id": "si_1", "current_period_end": end, "price": {"id": "price_1"}}]}}),
            ),
            (
                Kind::Invoice,
                json!({"id": "in_1", "number": "A-7", "status": "open", "currency": "usd", "total": 9_900,
                    "amount_remaining": 4_900, "parent": {"subscription_details": {"subscription": "sub_1"}}}),
            ),
        ] {
            let id = AnyId { kind, id: object["id"].as_str().unwrap().to_owned() };
            let look = Look::first(Want::Object(id));
            bag.take(&look, Ok(look.read(&object.to_string()).unwrap()));
        }
        let invoice = |total: i64| -> Box<Record<Invoice>> {
            let json = json!({"id": "upcoming", "currency": "usd", "total": total, "amount_due": total});
            Box::new(Record::parse(json.to_string()).unwrap())
        };
        bag.take(&Look::first(Want::EndedNow(id.clone())), Ok(Found::Upcoming(invoice(preview))));
        bag.take(&Look::first(Want::Upcoming(id)), Ok(Found::Upcoming(invoice(9_900))));
        bag
    }

    fn told(bag: &Bag, on: Option<i64>, policy: &str) -> Outcomes {
        let policy = Policy::parse(&format!("version = 1\n{policy}"), "policy.toml").unwrap();
        let moment = Moment { now: Unix(NOW), zone: TimeZone::UTC };
        let id = SubscriptionId::parse("sub_1").unwrap();
        outcomes(bag, &id, on.map(Unix), (&policy.effective("maya"), &moment)).unwrap()
    }

    #[test]
    fn each_way_says_its_access_its_money_and_what_can_be_taken_back() {
        let all = told(&bag(-7_260), None, "subscriptions.cancel = [\"period_end\", \"now\"]");
        let money: Vec<_> = all.ways.iter().map(|one| one.money.as_str()).collect();
        assert_eq!(
            money,
            [
                "nothing back, no further invoice: not the $99.00 of 15 Dec",
                "nothing back for unused days, no further invoice: not the $99.00 of 15 Dec",
                "$72.60 of credit to the balance, by Stripe's preview; no money back",
                "billed as usual until then",
                "nothing is collected meanwhile ($99.00 of 15 Dec first)",
                "less from now on instead of $99.00 of 15 Dec; Stripe's preview comes with the plan",
            ]
        );
        assert_eq!(all.ways[0].access, Access::Until(Unix(NOW + 22 * DAY_S)));
        assert_eq!(
            all.open.as_deref(),
            Some("A-7 ($49.00) stays to be paid, whichever way: void it by itself")
        );
        let denied: Vec<_> = all.ways.iter().map(|one| one.denied.map(Rule::name)).collect();
        assert_eq!(
            denied,
            [
                None,
                None,
                Some("subscriptions.proration"),
                Some("subscriptions.cancel"),
                Some("subscriptions.pause"),
                Some("subscriptions.change_plan")
            ]
        );
    }

    #[test]
    fn a_date_after_the_next_bill_says_so_and_what_is_used_is_due() {
        let far = told(&bag(0), Some(NOW + 40 * DAY_S), "");
        assert!(far.ways[3].money.contains("$99.00 of 15 Dec, and what follows"), "{}", far.ways[3].money);
        let near = told(&bag(1_500), Some(NOW + 4 * DAY_S), "");
        assert_eq!(near.ways[3].money, "nothing more is billed before then; nothing back");
        assert_eq!(near.ways[2].money, "$15.00 for what was used is still to pay, by Stripe's preview");
        assert_eq!(far.ways[2].money, "nothing to give back, by Stripe's preview");
    }

    #[test]
    fn what_was_not_read_is_not_foretold() {
        assert!(looks(&Bag::default(), &SubscriptionId::parse("sub_1").unwrap()).len() == 4);
        let mut bag = bag(0);
        let look = Look::first(Want::EndedNow(SubscriptionId::parse("sub_1").unwrap()));
        bag.take(&look, Err(super::super::Why::Hidden("no".into())));
        assert_eq!(told(&bag, None, "").gaps, ["preview of ending sub_1 now: no"]);
    }
}
