//! The day's sums: which intents count, for whom, and whether one more stays within a cap. Pure.

use super::store::{Cap, Conflict, Often, Scope};
use crate::{
    money::Money,
    policy::{Spent, Sums},
};

/// A refund that this ledger knows of and that counts.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Counted {
    /// `int_…`
    pub intent: String,
    pub agent: String,
    /// `cus_…`; the payment itself where it has no customer.
    pub customer: Option<String>,
    pub amount: Money,
}

/// The sums of what is counted; `local_only`, since nothing else was asked.
pub fn spent(counted: &[Counted], agent: &str, customer: Option<&str>) -> Spent {
    let mut spent = Spent { local_only: true, ..Spent::default() };
    for one in counted {
        spent.team.add(one.amount);
        if one.agent == agent {
            spent.agent.add(one.amount);
        }
        if customer.is_some() && one.customer.as_deref() == customer {
            spent.customer.add(one.amount);
        }
    }
    spent
}

/// Whether `amount` more keeps the cap, over what is counted here and what the caller saw outside.
pub(super) fn within(cap: &Cap, counted: &[Counted], amount: Money) -> Result<(), Conflict> {
    let mut sum = Sums::default();
    sum.add(Money::new(cap.already_outside_minor, cap.currency));
    sum.add(amount);
    for one in counted {
        let inside = match &cap.scope {
            Scope::Team => true,
            Scope::Agent(agent) => one.agent == *agent,
            Scope::Customer(customer) => one.customer.as_deref() == Some(customer),
        };
        if inside {
            sum.add(one.amount);
        }
    }
    let would_be = sum.of(cap.currency);
    if would_be.minor() > cap.most_minor {
        let most = Money::new(cap.most_minor, cap.currency);
        return Err(Conflict::Cap { scope: cap.scope.clone(), would_be, most });
    }
    Ok(())
}

/// Whether the customer may be refunded once more.
pub(super) fn as_often(often: &Often, counted: &[Counted]) -> Result<(), Conflict> {
    let would_be = times(counted, &often.customer).saturating_add(often.beside).saturating_add(1);
    if would_be > often.most {
        return Err(Conflict::Often { customer: often.customer.clone(), would_be, most: often.most });
    }
    Ok(())
}

/// Refunds of this customer.
pub fn times(counted: &[Counted], customer: &str) -> i64 {
    let theirs = counted.iter().filter(|one| one.customer.as_deref() == Some(customer));
    i64::try_from(theirs.count()).unwrap_or(i64::MAX)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::money::Currency;

    fn usd(minor: i64) -> Money {
        Money::new(minor, Currency::USD)
    }

    fn counted() -> Vec<Counted> {
        let one = |intent: &str, agent: &str, customer: Option<&str>, amount| Counted {
            intent: intent.into(),
            agent: agent.into(),
            customer: customer.map(Into::into),
            amount,
        };
        vec![
            one("int_1", "maya", Some("cus_1"), usd(1_000)),
            one("int_2", "noor", Some("cus_1"), usd(200)),
            one("int_3", "maya", None, usd(30)),
            one("int_4", "maya", None, Money::new(5, Currency::parse("eur").unwrap())),
        ]
    }

    #[test]
    fn each_scope_has_its_own_sum() {
        let spent = spent(&counted(), "maya", Some("cus_1"));
        let sums = [&spent.agent, &spent.team, &spent.customer].map(|sums| sums.of(Currency::USD).minor());
        assert_eq!(sums, [1_030, 1_230, 1_200]);
        assert!(spent.local_only);
    }

    #[test]
    fn nobody_is_not_a_customer() {
        assert!(super::spent(&counted(), "maya", None).customer.0.is_empty());
    }

    #[test]
    fn a_cap_is_kept_to_the_last_cent() {
        let cap = |scope, most_minor, already_outside_minor| Cap {
            scope,
            currency: Currency::USD,
            most_minor,
            already_outside_minor,
        };
        assert!(within(&cap(Scope::Team, 1_240, 0), &counted(), usd(10)).is_ok());
        assert!(within(&cap(Scope::Team, 1_240, 1), &counted(), usd(10)).is_err());
        assert!(within(&cap(Scope::Agent("noor".into()), 210, 0), &counted(), usd(10)).is_ok());
        assert!(within(&cap(Scope::Customer("cus_1".into()), 1_209, 0), &counted(), usd(10)).is_err());
        assert!(within(&cap(Scope::Customer("cus_1".into()), 1_209, -1), &counted(), usd(10)).is_ok());
        assert!(within(&cap(Scope::Team, i64::MAX, 0), &counted(), usd(i64::MAX)).is_ok(), "saturates");
    }

    #[test]
    fn once_more_is_counted_with_what_stripe_shows_beside() {
        let often = |customer: &str, most, beside| Often {
            customer: customer.into(),
            since: crate::time::Unix(0),
            most,
            beside,
        };
        for (customer, most, beside, fine) in [
            ("cus_1", 3, 0, true),
            ("cus_1", 2, 0, false),
            ("cus_1", 3, 1, false),
            ("cus_1", 2, -1, true),
            ("cus_2", 1, 0, true),
        ] {
            assert_eq!(
                as_often(&often(customer, most, beside), &counted()).is_ok(),
                fine,
                "{customer} {most} {beside}"
            );
        }
    }
}
