//! How often a customer was refunded, as far back as the policy asks: at Stripe, and in this ledger where Stripe does not show
//! it yet. Stripe lists refunds by their charge and not by their customer, so the customer's charges are read first.

use super::{
    Gate,
    facts::{Listed, listed, whose},
};
use crate::{
    actions::Subject,
    ledger::{Counted, times},
    model::{Charge, Refund},
    policy::{Fact, Rule, Times},
    request::Request,
    time::{DAY_S, Unix},
};

/// How often, and what of that the ledger does not hold itself.
pub(super) struct CountedTimes {
    pub(super) times: Times,
    /// Since when, and how many of them this ledger does not hold itself; fewer than none where refunds of its own came back.
    pub(super) beside: Option<(Unix, i64)>,
    /// Stripe could not be asked.
    pub(super) local_only: bool,
}

impl Gate {
    /// How many days back refunds are to be counted, where this agent's policy limits them.
    pub(super) fn often_days(&self) -> Option<u32> {
        let rules = self.in_force();
        rules.effective(&self.identity.agent).often(Rule::RefundsPerCustomer).map(|(_, days)| days)
    }

    /// `Err`: not even the ledger could be asked.
    pub(super) async fn count_times(
        &self,
        subject: &Fact<Subject>,
        days: u32,
        except: Option<&str>,
    ) -> Result<CountedTimes, String> {
        let (Fact::Known(subject), Some(customer)) = (subject, whose(subject)) else {
            return Ok(CountedTimes { times: Times { count: 0, days }, beside: None, local_only: true });
        };
        let since = self.now().plus(i64::from(days).saturating_mul(DAY_S).saturating_neg());
        let (listed, counted) = tokio::join!(self.list_theirs(subject, since), self.counted(since, except));
        let counted = counted.map_err(|error| error.to_string())?;
        let local_only = listed.is_err();
        let ours = |one: &Listed| except.is_some() && one.intent.as_deref() == except;
        let listed: Vec<_> = listed.unwrap_or_default().into_iter().filter(|one| !ours(one)).collect();
        let count = count(&listed, &counted, &customer);
        let beside = count.saturating_sub(times(&counted, &customer));
        let times = Times { count: u32::try_from(count.max(0)).unwrap_or(u32::MAX), days };
        Ok(CountedTimes { times, beside: Some((since, beside)), local_only })
    }

    /// The customer's refunds since then; of a payment without a customer, its own.
    async fn list_theirs(&self, subject: &Subject, since: Unix) -> Result<Vec<Listed>, String> {
        let mut charges = Vec::new();
        match subject.customer() {
            None => charges.push(subject.id().id.clone()),
            Some(customer) => {
                let list = Request::get("/v1/charges", &[])
                    .with("customer", customer.to_string())
                    .with("limit", 100);
                let all = self.read_all::<Charge>(list).await?;
                let refunded = all.iter().filter(|charge| charge.amount_refunded > 0);
                charges.extend(refunded.map(|charge| charge.id.to_string()));
            }
        }
        let mut found = Vec::new();
        for charge in charges {
            let list = Request::get("/v1/refunds", &[])
                .with("charge", charge)
                .with("created[gte]", since.0)
                .with("limit", 100);
            found.extend(self.read_all::<Refund>(list).await?.iter().map(listed));
        }
        Ok(found)
    }
}

/// Each refund once: as Stripe shows it, or as the ledger has it where Stripe does not show it.
fn count(listed: &[Listed], counted: &[Counted], customer: &str) -> i64 {
    let shown = |one: &Counted| listed.iter().any(|row| row.intent.as_ref() == Some(&one.intent));
    let hidden = counted.iter().filter(|one| one.customer.as_deref() == Some(customer) && !shown(one));
    let all = listed.iter().filter(|row| row.counts).count().saturating_add(hidden.count());
    i64::try_from(all).unwrap_or(i64::MAX)
}
