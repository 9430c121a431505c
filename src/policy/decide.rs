//! The decision: every rule that speaks about a proposal is looked at, and the strictest verdict wins. Nothing is
//! allowed by default: where no rule decides, the answer is no.

use super::{
    Confirm, Decision, Fact, Facts, Looked, Mark, Outcome, Sums, Times, cancel, common,
    common::Looks,
    discount,
    file::Policy,
    input, other, plan, refund,
    rules::{Rule, Rules},
};
use crate::{
    actions::{Action, Effect, Gate, Proposal, Step},
    money::Money,
};

/// Not of the file: what the rules of the other person say.
const SECOND: &str = "second_person";

/// What the policy says about the proposal, given these facts. Pure and total: the same input gives the same answer.
pub fn decide(policy: &Policy, proposal: &Proposal, facts: &Facts) -> Decision {
    let mut decision = decide_by(&policy.effective(&facts.agent), policy.hash(), proposal, facts);
    if let Some(other) = proposal.terms.second.as_deref().filter(|_| changes(proposal)) {
        let theirs = look_of_the_other(policy, other, proposal, facts);
        if theirs.mark == Mark::Deny {
            decision.outcome = Outcome::Deny;
        }
        decision.rules.push(theirs);
    }
    decision
}

/// Whoever agrees as the second person has to be allowed it too. What they did today, and how often it was done, counts for
/// whoever sends it.
fn look_of_the_other(policy: &Policy, other: &str, proposal: &Proposal, facts: &Facts) -> Looked {
    let mut theirs = Facts { agent: other.to_owned(), ..facts.clone() };
    if let Fact::Known(spent) = &mut theirs.spent {
        spent.agent = Sums::default();
        // Over the days of whoever sends it.
        spent.times = Some(Times { days: u32::MAX, ..spent.times.unwrap_or(Times::NONE) });
    }
    let mut alone = proposal.clone();
    alone.terms.second = None;
    let decision = decide_by(&policy.effective(other), policy.hash(), &alone, &theirs);
    let (rule, name) = (SECOND.to_owned(), crate::text::clean(other));
    let denied = decision.in_the_way().find(|looked| looked.mark == Mark::Deny);
    if !policy.is_person(other) {
        let says = format!("{name} is an assistant, and no second person");
        return Looked { rule, mark: Mark::Deny, input: name, says, allowed: None, lacks: None };
    }
    match denied {
        None => {
            let says = format!("{name} may agree to it");
            Looked { rule, mark: Mark::Pass, input: name, says, allowed: None, lacks: None }
        }
        Some(denied) => {
            let says = format!("{name} may not agree to it: {} ({})", denied.says, denied.rule);
            let allowed = Some("the same with another second person".to_owned());
            Looked { rule, mark: Mark::Deny, input: name, says, allowed, lacks: None }
        }
    }
}

/// Whether this agent may see what a reading action shows. Pure; an action that changes something is not for this to allow.
pub fn may_read(policy: &Policy, agent: &str, action: &Action) -> Decision {
    let mut looks = Looks::default();
    if action.effect == Effect::Read {
        return may_see(policy, agent, action.gate);
    }
    looks.deny("actions", format!("{} is a change: it is decided on its proposal", action.name));
    decided(looks.done(), Confirm::Plain, policy.hash())
}

/// Whether this agent may see what stands behind a gate, whoever asks for it: an action, a pane, a search.
pub fn may_see(policy: &Policy, agent: &str, gate: Gate) -> Decision {
    let mut looks = Looks::default();
    look_at_read(gate, &mut looks, &policy.effective(agent));
    decided(looks.done(), Confirm::Plain, policy.hash())
}

/// The largest refund that is not denied here and now, given a reason and a note: no more than what the policy, the
/// day's caps and the charge leave. `None` when nothing may be refunded, or the proposal is no refund.
pub fn largest_refund(policy: &Policy, proposal: &Proposal, facts: &Facts) -> Option<Money> {
    largest(&policy.effective(&facts.agent), proposal, facts)
}

pub(super) fn decide_by(rules: &Rules, hash: &str, proposal: &Proposal, facts: &Facts) -> Decision {
    let (mut looked, confirm) = look(rules, proposal, facts);
    if proposal.refunds().is_some() {
        refund::say_what_is_allowed(&mut looked, rules, largest(rules, proposal, facts));
    }
    for looked in &mut looked {
        looked.input = input::of(&looked.rule, proposal, facts);
    }
    decided(looked, confirm, hash)
}

fn decided(looked: Vec<Looked>, confirm: Confirm, hash: &str) -> Decision {
    let outcome = match strictest(&looked) {
        Some(Mark::Pass) => Outcome::Allow,
        Some(Mark::Confirm) => Outcome::Confirm(confirm),
        Some(Mark::SecondPerson) => Outcome::SecondPerson,
        Some(Mark::Deny) | None => Outcome::Deny,
    };
    Decision { outcome, rules: looked, policy_hash: hash.to_owned() }
}

fn strictest(looked: &[Looked]) -> Option<Mark> {
    looked.iter().map(|looked| looked.mark).max()
}

/// Whether the proposal changes something. An action that calls itself a read but sends a write is taken for a write.
pub(super) fn changes(proposal: &Proposal) -> bool {
    proposal.effect != Effect::Read || proposal.request.is_write()
}

/// Every rule that was looked at, and how to confirm where one of them asks for it.
fn look(rules: &Rules, proposal: &Proposal, facts: &Facts) -> (Vec<Looked>, Confirm) {
    let mut looks = Looks::default();
    let confirm = if changes(proposal) {
        common::may_change(&mut looks, rules, facts);
        // Rules that could not be loaded have nothing to say.
        if rules.closed.is_some() {
            return (looks.done(), Confirm::Plain);
        }
        common::assistant(&mut looks, rules, proposal);
        look_at_change(&mut looks, rules, proposal, facts)
    } else {
        look_at_read(proposal.gate, &mut looks, rules)
    };
    (looks.done(), confirm)
}

/// Whatever is not hidden may be seen, by whoever may look at all.
fn look_at_read(gate: Gate, looks: &mut Looks, rules: &Rules) -> Confirm {
    if gate == Gate::InvoicesView { other::view_invoices(looks, rules) } else { other::read(looks) }
}

/// Every part of the policy that the proposal touches has its say; what asks to type something asks for more.
fn look_at_change(looks: &mut Looks, rules: &Rules, proposal: &Proposal, facts: &Facts) -> Confirm {
    let mut confirm = look_at(proposal.gate, looks, rules, (proposal, facts));
    for gate in proposal.also.iter().filter(|gate| **gate != proposal.gate) {
        let asked = if proposal.gate == Gate::Portal {
            other::hand_over(looks, rules, *gate, proposal)
        } else {
            look_at(*gate, looks, rules, (proposal, facts))
        };
        if confirm == Confirm::Plain {
            confirm = asked;
        }
    }
    other::for_good(looks, proposal, confirm)
}

/// One arm a gate, so that a new gate is decided here and not by default.
fn look_at(gate: Gate, looks: &mut Looks, rules: &Rules, (proposal, facts): (&Proposal, &Facts)) -> Confirm {
    match gate {
        Gate::Refund if proposal.terms.steps.contains(&Step::CallRefundBack) => {
            refund::look_back(looks, rules)
        }
        Gate::Refund => refund::look(looks, rules, proposal, facts),
        Gate::Cancel => cancel::look(looks, rules, proposal, facts),
        Gate::Pause => other::flag(looks, rules, Rule::SubscriptionsPause, "pause a subscription"),
        Gate::CustomerDetails => {
            other::flag(looks, rules, Rule::CustomersUpdateEmail, "change a customer's details")
        }
        Gate::PaymentMethod => {
            other::flag(looks, rules, Rule::CustomersUpdatePaymentMethod, "change how a customer pays")
        }
        Gate::Portal => other::flag(looks, rules, Rule::CustomersPortalLinks, "make a portal link"),
        Gate::Credit => other::credit(looks, rules, proposal),
        Gate::InvoicesWrite => other::invoices(looks, rules, proposal),
        Gate::Discount => discount::look(looks, rules, proposal),
        Gate::ChangePlan => plan::change(looks, rules, proposal, facts),
        Gate::Proration if proposal.gate != gate => plan::proration(looks, rules, proposal),
        Gate::Trial => plan::trial(looks, rules, proposal, facts),
        Gate::Payments | Gate::ChargeDetails | Gate::Disputes => other::steps(looks, rules, proposal, gate),
        Gate::None | Gate::Proration | Gate::InvoicesView => other::undecided(looks, proposal),
    }
}

/// Asks the same rules again with the largest amount that they leave: what is told to be allowed is allowed.
fn largest(rules: &Rules, proposal: &Proposal, facts: &Facts) -> Option<Money> {
    proposal.refunds()?;
    let amount = refund::left(rules, proposal, facts)?;
    let mut asked = proposal.clone().refunding(amount);
    // What can still be said does not count against the amount.
    if !refund::given(asked.terms.reason.as_deref()) {
        asked.terms.reason = Some("requested_by_customer".into());
    }
    if !refund::given(asked.terms.note.as_deref()) {
        asked.terms.note = Some("note".into());
    }
    let (looked, _) = look(rules, &asked, facts);
    strictest(&looked).is_some_and(|mark| mark != Mark::Deny).then_some(amount)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;
    use serde_json::json;

    use super::{
        super::{
            Fact, Spent,
            fixture::{self, policy, refund, refund_facts, strictest, usd},
        },
        *,
    };
    use crate::{
        actions::{self, Subject},
        model::AnyId,
        money::Currency,
        request::Request,
        time::{DAY_S, Unix},
    };

    /// An action of some gate that the catalogue need not have.
    fn of(gate: Gate, effect: Effect) -> Proposal {
        let request = match effect {
            Effect::Read => Request::get("/v1/charges", &[]),
            Effect::Write | Effect::Money | Effect::Destructive => Request::post("/v1/charges", &[]),
        };
        Proposal { effect, gate, request, ..refund(100) }
    }

    const GATES: [Gate; 17] = [
        Gate::None,
        Gate::Refund,
        Gate::Cancel,
        Gate::Pause,
        Gate::ChangePlan,
        Gate::Proration,
        Gate::Trial,
        Gate::Discount,
        Gate::Credit,
        Gate::Payments,
        Gate::ChargeDetails,
        Gate::CustomerDetails,
        Gate::PaymentMethod,
        Gate::Portal,
        Gate::InvoicesView,
        Gate::InvoicesWrite,
        Gate::Disputes,
    ];

    #[test]
    fn without_a_rule_no_change_is_allowed() {
        let none = policy("");
        for gate in GATES {
            for effect in [Effect::Write, Effect::Money, Effect::Destructive] {
                let decision = decide(&none, &of(gate, effect), &refund_facts());
                assert_eq!(decision.outcome, Outcome::Deny, "{gate:?} {effect:?}");
                assert!(!decision.rules.is_empty());
            }
        }
    }

    #[test]
    fn reads_are_allowed_even_where_nothing_may_be_changed() {
        let mut facts = refund_facts();
        facts.read_only = Some("the ledger cannot write".into());
        for gate in GATES {
            assert_eq!(
                decide(&policy(""), &of(gate, Effect::Read), &facts).outcome,
                Outcome::Allow,
                "{gate:?}"
            );
        }
        let closed = Policy::closed("broken");
        assert_eq!(decide(&closed, &of(Gate::None, Effect::Read), &facts).outcome, Outcome::Allow);
        assert_eq!(decide(&closed, &of(Gate::InvoicesView, Effect::Read), &facts).outcome, Outcome::Deny);
        let hidden = policy("customers.view_invoices = false");
        assert_eq!(decide(&hidden, &of(Gate::InvoicesView, Effect::Read), &facts).outcome, Outcome::Deny);
    }

    #[test]
    fn a_reading_action_is_seen_unless_the_policy_hides_it() {
        let read = |rules: &str, agent: &str, gate: Gate| {
            let list = actions::find("list_charges").unwrap();
            may_read(&policy(rules), agent, &Action { gate, ..*list })
        };
        let hidden = "customers.view_invoices = false\nroles.lead.customers.view_invoices = true\nagents.maya = \"lead\"";
        for gate in GATES {
            assert_eq!(read("", "ben", gate).outcome, Outcome::Allow, "{gate:?}");
            let expected = if gate == Gate::InvoicesView { Outcome::Deny } else { Outcome::Allow };
            assert_eq!(read(hidden, "ben", gate).outcome, expected, "{gate:?}");
            assert_eq!(read(hidden, "maya", gate).outcome, Outcome::Allow, "{gate:?}");
        }
        assert!(read(hidden, "ben", Gate::InvoicesView).denial().contains("customers.view_invoices"));
        let change = may_read(&Policy::builtin(), "ben", actions::find("refund_charge").unwrap());
        assert_eq!(change.outcome, Outcome::Deny);
    }

    #[test]
    fn a_write_that_calls_itself_a_read_is_a_write() {
        let mut sly = of(Gate::None, Effect::Read);
        sly.request = Request::post("/v1/refunds", &[]);
        assert_eq!(decide(&Policy::builtin(), &sly, &refund_facts()).outcome, Outcome::Deny);
    }

    #[test]
    fn simple_gates_go_by_their_flag() {
        for (gate, rule) in [
            (Gate::Pause, "subscriptions.pause"),
            (Gate::CustomerDetails, "customers.update_email"),
            (Gate::PaymentMethod, "customers.update_payment_method"),
            (Gate::Portal, "customers.portal_links"),
        ] {
            let outcome = |value: bool| {
                decide(&policy(&format!("{rule} = {value}")), &of(gate, Effect::Write), &refund_facts())
                    .outcome
            };
            assert_eq!(outcome(true), Outcome::Confirm(Confirm::Plain), "{rule}");
            assert_eq!(outcome(false), Outcome::Deny, "{rule}");
        }
        let credit = policy("customers.max_credit = { usd = \"1.00\" }");
        let mut proposal = of(Gate::Credit, Effect::Money);
        assert_eq!(
            decide(&credit, &proposal, &refund_facts()).outcome,
            Outcome::Confirm(Confirm::TypeAmount(usd(100)))
        );
        proposal.amount = Some(usd(101));
        assert_eq!(
            strictest(&credit, &proposal, &refund_facts()),
            "Deny customers.max_credit: $1.00 is the most that may be credited"
        );
    }

    #[test]
    fn an_invoice_is_given_up_only_within_what_may_be_written_off() {
        let rules = policy("invoices.change = true\ninvoices.max_write_off = { usd = \"1.00\" }");
        let mut proposal = of(Gate::InvoicesWrite, Effect::Destructive);
        let asked = Outcome::Confirm(Confirm::TypeAmount(usd(100)));
        assert_eq!(decide(&rules, &proposal, &refund_facts()).outcome, asked, "it is done for good");
        proposal.effect = Effect::Write;
        assert_eq!(decide(&rules, &proposal, &refund_facts()).outcome, Outcome::Confirm(Confirm::Plain));
        proposal.terms.write_off = Some(usd(100));
        assert_eq!(decide(&rules, &proposal, &refund_facts()).outcome, asked);
        proposal.terms.write_off = Some(usd(101));
        assert_eq!(decide(&rules, &proposal, &refund_facts()).outcome, Outcome::Deny);
        let change = policy("invoices.change = true");
        assert_eq!(decide(&change, &proposal, &refund_facts()).outcome, Outcome::Deny, "no limit, nothing");
    }

    #[test]
    fn what_a_customer_is_billed_besides_has_a_limit_of_its_own() {
        let rules = policy("invoices.change = true\ninvoices.max_item = { usd = \"1.00\" }");
        let mut proposal = of(Gate::InvoicesWrite, Effect::Money);
        proposal.terms.steps = vec![Step::BillItem];
        let asked = Outcome::Confirm(Confirm::TypeAmount(usd(100)));
        assert_eq!(decide(&rules, &proposal, &refund_facts()).outcome, asked);
        for amount in [Some(usd(101)), Some(usd(-1)), None] {
            proposal.amount = amount;
            assert_eq!(decide(&rules, &proposal, &refund_facts()).outcome, Outcome::Deny, "{amount:?}");
        }
        proposal.amount = Some(usd(100));
        let change = policy("invoices.change = true");
        assert_eq!(
            strictest(&change, &proposal, &refund_facts()),
            "Deny invoices.max_item: USD has no limit of its own in invoices.max_item"
        );
        let item = policy("invoices.max_item = { usd = \"1.00\" }");
        assert_eq!(
            decide(&item, &proposal, &refund_facts()).outcome,
            Outcome::Deny,
            "only with invoices.change"
        );
    }

    #[test]
    fn credit_is_what_is_given_beside_what_goes_back() {
        let credit = policy("customers.max_credit = { usd = \"1.00\" }");
        let mut proposal = of(Gate::Credit, Effect::Money);
        proposal.amount = Some(usd(500));
        let outcome = |credit_of: Option<i64>, rules: &Policy| {
            let mut proposal = proposal.clone();
            proposal.terms.credit = credit_of.map(usd);
            decide(rules, &proposal, &refund_facts()).outcome
        };
        let typed = Outcome::Confirm(Confirm::TypeAmount(usd(500)));
        assert_eq!(outcome(Some(100), &credit), typed);
        assert_eq!(outcome(Some(0), &credit), typed, "all of it goes back, by a rule of its own");
        assert_eq!(outcome(Some(0), &policy("")), typed);
        for (given, rules) in
            [(Some(101), &credit), (None, &credit), (Some(-1), &credit), (Some(1), &policy(""))]
        {
            assert_eq!(outcome(given, rules), Outcome::Deny, "{given:?}");
        }
        proposal.effect = Effect::Destructive;
        proposal.terms.steps = vec![Step::TakeCreditBack];
        assert_ne!(decide(&credit, &proposal, &refund_facts()).outcome, Outcome::Deny);
        assert_eq!(
            decide(&policy("customers.max_credit.usd = \"0\""), &proposal, &refund_facts()).outcome,
            Outcome::Deny
        );
    }

    #[test]
    fn the_part_that_goes_back_passes_the_rules_of_refunds() {
        let invoice = json!({"id": "in_1", "status": "paid", "currency": "usd"});
        let charge = |id: &str| {
            let json = json!({"id": id, "currency": "usd", "amount": 5_000, "amount_captured": 5_000, "captured": true,
                "created": fixture::NOW.0, "status": "succeeded"});
            Subject::parse(&AnyId::parse(id).unwrap(), json.to_string()).unwrap()
        };
        let read = |charges: &[&str]| {
            let subject = Subject::parse(&AnyId::parse("in_1").unwrap(), invoice.to_string()).unwrap();
            fixture::facts(charges.iter().fold(subject, |all, id| all.with("refund_amount", charge(id))))
        };
        let note = |back: i64| {
            let mut proposal = of(Gate::Credit, Effect::Money);
            proposal.target = AnyId::parse("in_1").unwrap();
            proposal.also = vec![Gate::Refund];
            (proposal.amount, proposal.terms.credit) = (Some(usd(back)), Some(usd(0)));
            proposal.terms.refund = Some(usd(back));
            proposal
        };
        let rules = policy("refunds.max.usd = \"20.00\"\nrefunds.daily_cap.per_agent.usd = \"30.00\"");
        assert_ne!(decide(&rules, &note(2_000), &read(&["ch_1"])).outcome, Outcome::Deny);
        let over = decide(&rules, &note(2_001), &read(&["ch_1"]));
        assert_eq!(
            fixture::looked(&over, "refunds.max").allowed.as_deref(),
            Some("the most you may refund here is $20.00")
        );
        let mut spent = read(&["ch_1"]);
        let mut sums = Spent::default();
        sums.agent.add(usd(1_500));
        spent.spent = Fact::Known(sums);
        let capped = strictest(&rules, &note(1_501), &spent);
        assert!(capped.contains("Deny refunds.daily_cap.per_agent"), "{capped}");
        for (charges, why) in [(&[][..], "was not read"), (&["ch_1", "ch_2"], "paid by several charges")] {
            let said = strictest(&rules, &note(100), &read(charges));
            assert!(said.contains("facts.charge") && said.contains(why), "{said}");
        }
        let mut unsaid = note(100);
        unsaid.terms.refund = None;
        assert_eq!(decide(&rules, &unsaid, &read(&["ch_1"])).outcome, Outcome::Deny, "no amount, no refund");
    }

    #[test]
    fn every_gate_that_is_touched_has_its_say() {
        let rules = policy("subscriptions.pause = true\ncustomers.max_credit = { usd = \"1.00\" }");
        let mut proposal = of(Gate::Pause, Effect::Money);
        assert_eq!(decide(&rules, &proposal, &refund_facts()).outcome, Outcome::Confirm(Confirm::Plain));
        proposal.also = vec![Gate::Credit];
        let typed = Outcome::Confirm(Confirm::TypeAmount(usd(100)));
        assert_eq!(decide(&rules, &proposal, &refund_facts()).outcome, typed);
        proposal.also = vec![Gate::Credit, Gate::Disputes];
        let denied = strictest(&rules, &proposal, &refund_facts());
        assert!(denied.starts_with("Deny actions: no rule decides"), "{denied}");
    }

    #[test]
    fn a_decision_names_its_policy_and_survives_storage() {
        let policy = Policy::builtin();
        let decision = decide(&policy, &refund(60_000), &refund_facts());
        assert_eq!(decision.policy_hash, policy.hash());
        let json = serde_json::to_string(&decision).unwrap();
        assert_eq!(serde_json::from_str::<Decision>(&json).unwrap(), decision);
    }

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
            prop::sample::select(vec![
                "",
                "refunds.disputed = \"confirm\"\n",
                "refunds.disputed = \"allow\"\n",
            ]),
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
}
