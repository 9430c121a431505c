//! What a policy would have said to changes that were made: each is decided as it stood then, with what was refunded before it
//! counted in. Pure.

mod past;

use std::collections::BTreeMap;

use jiff::tz::TimeZone;
pub use past::{Left, Made, Past};

use super::{Decision, Fact, Facts, Mark, Outcome, Policy, Spent, Sums, Times, decide, rules::Rule};
use crate::time::{DAY_S, Unix};

/// How it would have ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Verdict {
    Allow,
    Confirm,
    /// It would have been asked for a reason or a note first.
    Incomplete,
    SecondPerson,
    Deny,
}

impl Verdict {
    pub fn word(self) -> &'static str {
        match self {
            Self::Allow => "allow",
            Self::Confirm => "confirm",
            Self::Incomplete => "incomplete",
            Self::SecondPerson => "second_person",
            Self::Deny => "deny",
        }
    }

    fn of(decision: &Decision) -> Self {
        match decision.outcome {
            Outcome::Allow => Self::Allow,
            Outcome::Confirm(_) => Self::Confirm,
            Outcome::SecondPerson => Self::SecondPerson,
            Outcome::Deny => {
                let mut denials = decision.rules.iter().filter(|looked| looked.mark == Mark::Deny);
                if denials.all(|looked| looked.lacks.is_some()) { Self::Incomplete } else { Self::Deny }
            }
        }
    }
}

/// One change of the past, decided by a policy.
#[derive(Clone, Debug)]
pub struct Replayed<'m> {
    pub made: &'m Made,
    pub verdict: Verdict,
    /// The rules that asked for the verdict, by name; none where it is allowed.
    pub rules: Vec<String>,
}

/// So many days before the first change have to be read, so that what counts further back is counted.
pub fn days_before(policy: &Policy) -> u32 {
    let roles = policy.roles().map(|role| policy.effective_role(role));
    let agents = policy.agents.keys().map(|agent| policy.effective(agent));
    let days = roles.chain(agents).filter_map(|rules| rules.often(Rule::RefundsPerCustomer));
    days.map(|(_, days)| days).max().unwrap_or(0)
}

/// Decides each of `made` (oldest first) in its turn; those before `from` are only counted.
pub fn replay<'m>(
    policy: &Policy,
    made: &'m [Made],
    from: Unix,
    (zone, live): (&TimeZone, bool),
) -> Vec<Replayed<'m>> {
    let (mut before, mut replayed) = (Before::default(), Vec::new());
    for one in made {
        if one.at >= from {
            let agent = one.agent.clone().unwrap_or_default();
            let days = policy.effective(&agent).often(Rule::RefundsPerCustomer).map(|(_, days)| days);
            let facts = Facts {
                now: one.at,
                zone: zone.clone(),
                live,
                read_only: None,
                agent,
                subject: Fact::Known(one.subject.clone()),
                spent: Fact::Known(before.spent(one, days.unwrap_or(0), zone)),
            };
            let decision = decide(policy, &one.proposal, &facts);
            let asked = decision.in_the_way().filter(|looked| looked.mark != Mark::Pass);
            let rules = asked.map(|looked| looked.rule.clone()).collect();
            replayed.push(Replayed { made: one, verdict: Verdict::of(&decision), rules });
        }
        before.count(one, zone);
    }
    replayed
}

/// Refunds that were made before, as a policy counts them.
#[derive(Default)]
struct Before {
    day: Option<Unix>,
    agents: BTreeMap<String, Sums>,
    team: Sums,
    outside: Sums,
    customers: BTreeMap<String, Sums>,
    when: BTreeMap<String, Vec<Unix>>,
}

impl Before {
    fn begin(&mut self, at: Unix, zone: &TimeZone) {
        let day = at.start_of_day(zone);
        if self.day != Some(day) {
            *self = Self { day: Some(day), when: std::mem::take(&mut self.when), ..Self::default() };
        }
    }

    fn spent(&mut self, one: &Made, days: u32, zone: &TimeZone) -> Spent {
        self.begin(one.at, zone);
        let whose = one.proposal.whose();
        let agent = one.agent.as_ref().and_then(|agent| self.agents.get(agent));
        Spent {
            agent: agent.cloned().unwrap_or_default(),
            team: self.team.clone(),
            customer: self.customers.get(whose).cloned().unwrap_or_default(),
            outside: self.outside.clone(),
            times: Some(self.times(whose, one.at, days)),
            local_only: false,
        }
    }

    fn times(&self, whose: &str, at: Unix, days: u32) -> Times {
        let since = at.plus(DAY_S.saturating_mul(i64::from(days)).saturating_neg());
        let within = self.when.get(whose).into_iter().flatten().filter(|before| **before >= since);
        Times { count: u32::try_from(within.count()).unwrap_or(u32::MAX), days }
    }

    fn count(&mut self, one: &Made, zone: &TimeZone) {
        self.begin(one.at, zone);
        let Some(amount) = one.proposal.refunds().filter(|_| one.counts) else { return };
        self.team.add(amount);
        match &one.agent {
            Some(agent) => self.agents.entry(agent.clone()).or_default().add(amount),
            None => self.outside.add(amount),
        }
        let whose = one.proposal.whose().to_owned();
        self.customers.entry(whose.clone()).or_default().add(amount);
        self.when.entry(whose).or_default().push(one.at);
    }
}

#[cfg(test)]
mod tests {
    use serde_json::{Value, json};

    use super::{
        super::fixture::{NOW, policy},
        *,
    };
    use crate::model::{Dispute, Record, Refund, Subscription};

    fn row<T: serde::de::DeserializeOwned>(json: &Value) -> Record<T> {
        Record::parse(json.to_string()).unwrap()
    }

    /// So many hours from now, of `ch_1`, whose $90.00 are all refunded by now.
    fn refund(id: &str, hours: i64, minor: i64, more: &Value) -> Record<Refund> {
        let mut refund = json!({"id": id, "amount": minor, "currency": "usd", "created": NOW.plus(hours.saturating_mul(3_600)).0,
            "status": "succeeded", "reason": "duplicate", "metadata": {"paydesk_intent": "int_1", "paydesk_agent": "maya"},
            "charge": {"id": "ch_1", "object": "charge", "amount": 9_000, "amount_captured": 9_000, "captured": true,
                "amount_refunded": 9_000, "refunded": true, "currency": "usd", "status": "succeeded", "paid": true,
                "customer": "cus_1", "disputed": false, "created": NOW.plus(-10 * DAY_S).0}});
        for (name, value) in more.as_object().unwrap() {
            refund[name] = value.clone();
        }
        row(&refund)
    }

    fn past(refunds: Vec<Record<Refund>>) -> Past {
        Past { refunds, ..Past::default() }
    }

    fn verdicts(rules: &str, past: &Past) -> Vec<String> {
        let (made, left) = past.rebuild(&TimeZone::UTC);
        assert_eq!(left, []);
        let one =
            |one: &Replayed<'_>| format!("{} {} {}", one.made.id, one.verdict.word(), one.rules.join(" "));
        let words = replay(&policy(rules), &made, Unix(0), (&TimeZone::UTC, false));
        words.iter().map(|replayed| one(replayed).trim_end().to_owned()).collect()
    }

    const RULES: &str = "refunds.max.usd = \"80.00\"\nrefunds.automatic.usd = \"30.00\"";
    const WIDE: &str = "refunds.max.usd = \"500.00\"\nrefunds.automatic.usd = \"500.00\"";

    #[test]
    fn each_is_decided_on_what_was_there_then() {
        let one = past(vec![
            refund("re_2", 0, 4_000, &json!({})),
            refund("re_1", -1, 3_000, &json!({})),
            refund("re_3", 1, 2_000, &json!({})),
        ]);
        // All of the charge is refunded by now; then, each fitted.
        assert_eq!(
            verdicts(RULES, &one),
            ["re_1 allow", "re_2 confirm refunds.automatic", "re_3 deny refunds.max"]
        );
        let (made, _) = one.rebuild(&TimeZone::UTC);
        let left: Vec<_> =
            made.iter().map(|one| one.subject.value()["amount_refunded"].as_i64().unwrap()).collect();
        assert_eq!(left, [0, 3_000, 7_000]);
    }

    #[test]
    fn caps_and_counts_go_by_the_day_and_by_who() {
        let outside = json!({"metadata": {}});
        let one = past(vec![
            refund("re_1", -13, 1_000, &json!({})), // the day before
            refund("re_2", -2, 2_000, &json!({})),
            refund("re_3", -1, 2_000, &outside),
            refund("re_4", 0, 2_000, &json!({})),
        ]);
        let caps = format!("{WIDE}\nrefunds.daily_cap = {{ per_agent = {{ usd = \"30.00\" }} }}");
        assert_eq!(
            verdicts(&caps, &one),
            ["re_1 allow", "re_2 allow", "re_3 allow", "re_4 deny refunds.daily_cap.per_agent"]
        );
        let often = format!("{WIDE}\nrefunds.max_per_customer = {{ count = 3, days = 1 }}");
        assert_eq!(verdicts(&often, &one)[3], "re_4 deny refunds.max_per_customer");
        let failed = past(
            one.refunds
                .iter()
                .map(|refund| {
                    let mut value: Value = serde_json::from_str(refund.raw()).unwrap();
                    value["status"] =
                        json!(if refund.id.as_str() == "re_2" { "failed" } else { "succeeded" });
                    row(&value)
                })
                .collect(),
        );
        assert_eq!(verdicts(&caps, &failed)[3], "re_4 allow", "what came back does not count");
    }

    #[test]
    fn a_dispute_that_came_later_was_none_then() {
        let disputed = refund("re_1", 0, 1_000, &json!({}));
        let mut value: Value = serde_json::from_str(disputed.raw()).unwrap();
        value["charge"]["disputed"] = json!(true);
        let dispute = |hours: i64| {
            row::<Dispute>(
                &json!({"id": "du_1", "charge": "ch_1", "created": NOW.plus(hours.saturating_mul(3_600)).0}),
            )
        };
        let says = |disputes: Vec<Record<Dispute>>| {
            verdicts(WIDE, &Past { refunds: vec![row(&value)], disputes, ..Past::default() })
        };
        assert_eq!(says(vec![dispute(1)]), ["re_1 allow"]);
        assert_eq!(says(vec![dispute(-1)]), ["re_1 deny refunds.disputed"]);
        assert_eq!(says(vec![]), ["re_1 deny refunds.disputed"], "longer ago than what was read");
    }

    #[test]
    fn what_only_lacks_a_reason_is_not_denied_for_good() {
        let one = past(vec![refund("re_1", 0, 1_000, &json!({"reason": null, "metadata": {}}))]);
        assert_eq!(verdicts(WIDE, &one), ["re_1 incomplete refunds.reason"]);
    }

    #[test]
    fn what_cannot_be_proposed_again_is_named() {
        let one = past(vec![
            refund("re_1", 0, 1_000, &json!({"charge": "ch_1"})),
            refund("re_2", 0, 1_000, &json!({"reason": "expired_uncaptured_charge"})),
        ]);
        let (made, left) = one.rebuild(&TimeZone::UTC);
        assert!(made.is_empty());
        let left: Vec<_> = left.iter().map(|left| (left.id.as_str(), left.why.contains("reason"))).collect();
        assert_eq!(left, [("re_1", false), ("re_2", true)]);
    }

    #[test]
    fn cancellations_are_those_that_somebody_asked_for() {
        let subscription = |id: &str, more: &Value| {
            let mut value = json!({"id": id, "status": "canceled", "canceled_at": NOW.0, "ended_at": NOW.0, "currency": "usd",
                "cancel_at_period_end": false, "cancel_at": null, "customer": "cus_1", "items": {"data": []},
                "cancellation_details": {"reason": "cancellation_requested"}, "metadata": {}});
            for (name, set) in more.as_object().unwrap() {
                value[name] = set.clone();
            }
            row::<Subscription>(&value)
        };
        let subscriptions = vec![
            subscription("sub_1", &json!({})),
            subscription("sub_2", &json!({"cancel_at_period_end": true, "cancel_at": NOW.plus(9).0})),
            subscription("sub_3", &json!({"cancel_at": NOW.plus(9).0})),
            subscription("sub_4", &json!({"cancellation_details": {"reason": "payment_failed"}})),
            subscription("sub_5", &json!({"canceled_at": null, "status": "active"})),
        ];
        let one = Past { subscriptions, ..Past::default() };
        let rules = "subscriptions.cancel = [\"period_end\"]";
        assert_eq!(
            verdicts(rules, &one),
            [
                "sub_1 deny subscriptions.cancel",
                "sub_2 confirm subscriptions.cancel",
                "sub_3 deny subscriptions.cancel",
            ]
        );
    }

    #[test]
    fn how_far_back_has_to_be_read_is_the_longest_of_all_rules() {
        assert_eq!(days_before(&policy("")), 0);
        let rules = "refunds.max_per_customer = { count = 1, days = 7 }\nagents.maya.refunds.max_per_customer = { count = 1, days = 40 }";
        assert_eq!(days_before(&policy(rules)), 40);
    }
}
