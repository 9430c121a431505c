//! `subscriptions.max_discount`: how much may be taken off and for how long. What is there already counts, so that giving
//! twice gives no more.

use super::{
    Confirm, Mark,
    common::Looks,
    other,
    rules::{Rule, Rules},
};
use crate::actions::{Off, Proposal, Step};

const RULE: Rule = Rule::SubscriptionsMaxDiscount;
/// Hundredths in a percent.
const HUNDREDTHS: u32 = 100;

pub(super) fn look(looks: &mut Looks, rules: &Rules, proposal: &Proposal) -> Confirm {
    match (proposal.terms.steps.as_slice(), proposal.terms.off) {
        ([Step::TakeDiscount], None) => take(looks, rules),
        ([], Some(off)) => give(looks, rules, off),
        _ => return other::undecided(looks, proposal),
    }
    Confirm::Plain
}

/// Who may give discounts may take them away.
fn take(looks: &mut Looks, rules: &Rules) {
    if rules.discount(RULE).is_some_and(|(percent, _)| percent > 0) {
        let says = "who may give discounts may take one away, and that must be confirmed";
        looks.add(RULE, Mark::Confirm, says);
    } else {
        looks.deny(RULE, format!("the role {} may neither give nor take discounts", rules.role));
    }
}

fn give(looks: &mut Looks, rules: &Rules, off: Off) {
    let Some((percent, months)) =
        rules.discount(RULE).filter(|(percent, months)| *percent > 0 && *months > 0)
    else {
        let says = format!("the role {} may neither give nor take discounts", rules.role);
        looks.deny_but(RULE, says, "nothing: ask somebody who may");
        return;
    };
    let most = format!("{percent} % for {}", months_words(months));
    let allowed = || format!("at most {most}, with what is there already");
    match (off.hundredths, off.months) {
        (None, _) => {
            let says = "how much it takes off cannot be told: the price varies, or a coupon was not read";
            looks.deny_but(RULE, says, allowed());
        }
        (Some(hundredths), _) if hundredths > percent.saturating_mul(HUNDREDTHS) => {
            let says =
                format!("{} % off, all discounts together: {percent} % is the most", plain(hundredths));
            looks.deny_but(RULE, says, allowed());
        }
        (Some(_), None) => {
            let says = format!("it never ends: {} is the longest", months_words(months));
            looks.deny_but(RULE, says, allowed());
        }
        (Some(_), Some(asked)) if asked > months => {
            let says = format!("it lasts {}: {} is the longest", months_words(asked), months_words(months));
            looks.deny_but(RULE, says, allowed());
        }
        (Some(_), Some(_)) => {
            looks.add(RULE, Mark::Confirm, format!("up to {most} may be given, and that must be confirmed"));
        }
    }
}

/// `12.5` of 1250.
pub(super) fn plain(hundredths: u32) -> String {
    let whole = hundredths.checked_div(HUNDREDTHS).unwrap_or(0);
    let rest = hundredths.checked_rem(HUNDREDTHS).unwrap_or(0);
    if rest == 0 {
        return whole.to_string();
    }
    format!("{whole}.{rest:02}").trim_end_matches('0').to_owned()
}

fn months_words(months: u32) -> String {
    if months == 1 { "1 month".into() } else { format!("{months} months") }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;
    use serde_json::json;

    use super::{
        super::{
            Outcome, decide,
            fixture::{self, facts, looked, policy, strictest},
        },
        *,
    };
    use crate::{
        actions::{Args, Subject},
        model::AnyId,
    };

    fn subject() -> Subject {
        let json = json!({"id": "sub_1", "status": "active", "currency": "usd", "discounts": []});
        Subject::parse(&AnyId::parse("sub_1").unwrap(), json.to_string()).unwrap()
    }

    fn giving(hundredths: Option<u32>, months: Option<u32>) -> Proposal {
        let args = Args::default().with("subscription", "sub_1").with("coupon", "SORRY20");
        let mut proposal = fixture::build("apply_discount", &subject(), &args);
        proposal.terms.off = Some(Off { hundredths, months });
        proposal
    }

    fn may(rules: &str, proposal: &Proposal) -> bool {
        decide(&policy(rules), proposal, &facts(subject())).outcome != Outcome::Deny
    }

    const RULE: &str = "subscriptions.max_discount = { percent = 20, months = 3 }";

    #[test]
    fn how_much_and_how_long_have_their_limits() {
        assert!(may(RULE, &giving(Some(2_000), Some(3))));
        for (proposal, why) in [
            (giving(Some(2_001), Some(1)), "20.01 % off, all discounts together: 20 % is the most"),
            (giving(Some(1_250), Some(4)), "it lasts 4 months: 3 months is the longest"),
            (giving(Some(100), None), "it never ends: 3 months is the longest"),
            (giving(None, Some(1)), "how much it takes off cannot be told"),
        ] {
            let said = strictest(&policy(RULE), &proposal, &facts(subject()));
            assert!(said.starts_with("Deny subscriptions.max_discount: ") && said.contains(why), "{said}");
            let decision = decide(&policy(RULE), &proposal, &facts(subject()));
            let allowed = looked(&decision, "subscriptions.max_discount").allowed.clone();
            assert_eq!(allowed.as_deref(), Some("at most 20 % for 3 months, with what is there already"));
        }
        for none in [
            "",
            "subscriptions.max_discount = { percent = 0, months = 3 }",
            "subscriptions.max_discount = { percent = 9, months = 0 }",
        ] {
            assert!(!may(none, &giving(Some(0), Some(1))), "{none}");
        }
    }

    #[test]
    fn a_coupon_that_was_not_read_is_denied() {
        let args = Args::default().with("subscription", "sub_1").with("coupon", "SORRY20");
        let unread = fixture::build("apply_discount", &subject(), &args);
        assert!(!may(RULE, &unread));
    }

    proptest! {
        #[test]
        fn more_is_never_easier_and_the_most_is_allowed(
            (percent, months) in (1..=100_u32, 1..=24_u32), (off, lasts) in (0..12_000_u32, 1..30_u32), more in 0..3_000_u32,
        ) {
            let rules = format!("subscriptions.max_discount = {{ percent = {percent}, months = {months} }}");
            let may = |off: u32, lasts: Option<u32>| may(&rules, &giving(Some(off), lasts));
            prop_assert!(may(off, Some(lasts)) || !may(off.saturating_add(more), Some(lasts)));
            prop_assert!(may(off, Some(lasts)) || !may(off, Some(lasts.saturating_add(more))));
            prop_assert!(!may(off, None));
            let most = percent.saturating_mul(100);
            prop_assert!(may(most, Some(months)));
            prop_assert!(!may(most.saturating_add(1), Some(months)) && !may(most, Some(months.saturating_add(1))));
        }
    }
}
