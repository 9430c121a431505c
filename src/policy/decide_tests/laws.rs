//! Laws that hold for any rules, any facts and any amount.

use proptest::prelude::*;

use super::*;

#[derive(Clone, Debug)]
struct World {
    rules: String,
    facts: Facts,
    minor: i64,
    reason: bool,
    note: bool,
}

fn amount_rule(name: &'static str) -> impl Strategy<Value = String> {
    prop_oneof![
        1 => Just(String::new()),
        3 => (0..200_i64).prop_map(move |minor| format!("{name} = {{ usd = \"{}\" }}\n", usd(minor).plain())),
    ]
}

fn rules() -> impl Strategy<Value = String> {
    let amounts = (
        amount_rule("refunds.max"),
        amount_rule("refunds.automatic"),
        amount_rule("refunds.second_person_above"),
        amount_rule("refunds.note_above"),
        amount_rule("refunds.daily_cap.per_agent"),
        amount_rule("refunds.daily_cap.per_team"),
        amount_rule("refunds.daily_cap.per_customer"),
    );
    let words = (
        prop::sample::select(vec!["", "refunds.disputed = \"confirm\"\n", "refunds.disputed = \"allow\"\n"]),
        prop::sample::select(vec!["", "refunds.reason = \"optional\"\n"]),
        prop::sample::select(vec!["", "refunds.partial_only = true\n"]),
        prop::sample::select(vec!["", "refunds.max_age_days = 1\n", "refunds.max_age_days = 0\n"]),
        prop::sample::select(vec![
            "",
            "modes.live = false\n",
            "hours.days = [\"mon\"]\n",
            "refunds.allowed = false\n",
        ]),
    );
    (amounts, words).prop_map(|((a, b, c, d, e, f, g), (h, i, j, k, l))| {
        [&a, &b, &c, &d, &e, &f, &g, h, i, j, k, l].map(|text: &str| text).concat()
    })
}

fn facts() -> impl Strategy<Value = Facts> {
    let charge = (0..200_i64, any::<bool>(), 0..3_i64, prop::bool::weighted(0.9));
    let spent =
        (-5..150_i64, -5..150_i64, -5..150_i64, prop::bool::weighted(0.1), prop::bool::weighted(0.95));
    (charge, spent, any::<bool>(), prop::bool::weighted(0.05)).prop_map(
        |((left, disputed, days, read), (agent, team, customer, local_only, known), live, read_only)| {
            let mut charge = fixture::charge();
            charge.amount_refunded = charge.amount.saturating_sub(left);
            charge.disputed = disputed;
            charge.created = fixture::NOW.plus(days.saturating_mul(DAY_S).saturating_neg());
            let mut facts = fixture::facts(Subject::made(&charge));
            let mut spent = Spent { local_only, ..Spent::default() };
            spent.agent.add(usd(agent));
            spent.team.add(usd(team));
            spent.customer.add(usd(customer));
            facts.spent = if known { Fact::Known(spent) } else { Fact::Unknown("offline".into()) };
            if !read {
                facts.subject = Fact::Unknown("offline".into());
            }
            facts.live = live;
            facts.read_only = read_only.then(|| "full disk".into());
            facts
        },
    )
}

fn world() -> impl Strategy<Value = World> {
    let said = || prop::bool::weighted(0.8);
    (rules(), facts(), 1..220_i64, said(), said()).prop_map(|(rules, facts, minor, reason, note)| World {
        rules,
        facts,
        minor,
        reason,
        note,
    })
}

impl World {
    fn proposal(&self, minor: i64) -> Proposal {
        let mut proposal = refund(1);
        proposal.amount = Some(usd(minor));
        proposal.terms.reason = self.reason.then(|| "duplicate".into());
        proposal.terms.note = self.note.then(|| "why".into());
        proposal
    }

    fn decide(&self, minor: i64) -> Decision {
        decide(&policy(&self.rules), &self.proposal(minor), &self.facts)
    }
}

fn severity(outcome: &Outcome) -> u8 {
    match outcome {
        Outcome::Allow => 0,
        Outcome::Confirm(_) => 1,
        Outcome::SecondPerson => 2,
        Outcome::Deny => 3,
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(1_000))]

    #[test]
    fn more_money_is_never_easier(world in world(), more in 0..100_i64) {
        let (less, more) = (world.decide(world.minor), world.decide(world.minor.saturating_add(more)));
        prop_assert!(severity(&less.outcome) <= severity(&more.outcome), "{less:?}\n{more:?}");
    }

    #[test]
    fn the_strictest_mark_wins_and_the_same_input_gives_the_same_answer(world in world()) {
        let decision = world.decide(world.minor);
        let strictest = decision.rules.iter().map(|looked| looked.mark).max();
        let expected = match strictest.unwrap() {
            Mark::Pass => 0,
            Mark::Confirm => 1,
            Mark::SecondPerson => 2,
            Mark::Deny => 3,
        };
        prop_assert_eq!(severity(&decision.outcome), expected);
        prop_assert!(decision.rules.iter().all(|looked| looked.mark != Mark::Deny || looked.allowed.is_some()));
        prop_assert_eq!(&decision, &world.decide(world.minor));
    }

    #[test]
    fn the_largest_refund_is_allowed_and_one_unit_more_is_not(mut world in world()) {
        let largest = largest_refund(&policy(&world.rules), &world.proposal(world.minor), &world.facts);
        world.reason = true;
        world.note = true;
        if let Some(largest) = largest {
            prop_assert_ne!(world.decide(largest.minor()).outcome, Outcome::Deny);
            prop_assert_eq!(world.decide(largest.minor().saturating_add(1)).outcome, Outcome::Deny);
        } else {
            prop_assert_eq!(world.decide(world.minor).outcome, Outcome::Deny);
        }
    }

    #[test]
    fn a_tighter_amount_never_allows_more(
        world in world(), low in 0..200_i64, more in 0..100_i64,
        rule in prop::sample::select(vec!["refunds.max", "refunds.automatic", "refunds.second_person_above",
            "refunds.note_above", "refunds.daily_cap.per_agent", "refunds.daily_cap.per_team"]),
    ) {
        let with = |minor: i64| {
            let others = world.rules.lines().filter(|line| !line.starts_with(&format!("{rule} =")));
            let others = others.collect::<Vec<_>>().join("\n");
            policy(&format!("{others}\n{rule} = {{ usd = \"{}\" }}", usd(minor).plain()))
        };
        let outcome = |minor| {
            severity(&decide(&with(minor), &world.proposal(world.minor), &world.facts).outcome)
        };
        prop_assert!(outcome(low) >= outcome(low.saturating_add(more)));
    }

    #[test]
    fn no_input_breaks_it(
        minor in any::<i64>(), code in "[a-z]{3}", gate in prop::sample::select(GATES.to_vec()), now in any::<i64>(),
        amounts in any::<[i64; 3]>(), agent in ".{0,20}", reason in prop::option::of(".{0,20}"),
    ) {
        let currency = Currency::parse(&code).unwrap();
        let mut charge = fixture::charge();
        (charge.amount_captured, charge.amount_refunded) = (amounts[0], amounts[1]);
        charge.currency = currency;
        let mut facts = fixture::facts(Subject::made(&charge));
        let mut spent = Spent::default();
        spent.agent.add(Money::new(amounts[2], currency));
        facts.spent = Fact::Known(spent);
        facts.now = Unix(now);
        facts.agent = agent;
        let mut proposal = of(gate, Effect::Money);
        proposal.amount = Some(Money::new(minor, currency));
        proposal.terms.reason = reason;
        for policy in [Policy::builtin(), Policy::closed("no"), policy("hours.days = [\"sun\"]")] {
            let decision = decide(&policy, &proposal, &facts);
            if minor <= 0 && matches!(gate, Gate::Refund | Gate::Credit) {
                prop_assert_eq!(decision.outcome, Outcome::Deny);
            }
        }
    }
}
