//! Tests of the decision: what each gate asks for, and that the strictest rule wins.

mod laws;

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
        assert_eq!(decide(&policy(""), &of(gate, Effect::Read), &facts).outcome, Outcome::Allow, "{gate:?}");
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
    let hidden =
        "customers.view_invoices = false\nroles.lead.customers.view_invoices = true\nagents.maya = \"lead\"";
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
fn a_denial_names_every_rule_that_denies_at_once_with_what_each_would_allow() {
    let rules = policy(
        "refunds.max.usd = \"500.00\"\nrefunds.reason = \"required\"\nrefunds.note_above.usd = \"1.00\"",
    );
    let mut proposal = refund(60_000);
    (proposal.terms.reason, proposal.terms.note) = (None, None);
    let denial = decide(&rules, &proposal, &refund_facts()).denial();
    for rule in ["refunds.max", "refunds.reason", "refunds.note_above"] {
        assert!(denial.contains(&format!("({rule})")), "{rule}: {denial}");
    }
    assert!(denial.contains("(refunds.max); allowed: "), "{denial}");
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
            decide(&policy(&format!("{rule} = {value}")), &of(gate, Effect::Write), &refund_facts()).outcome
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
    assert_eq!(decide(&item, &proposal, &refund_facts()).outcome, Outcome::Deny, "only with invoices.change");
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
    for (given, rules) in [(Some(101), &credit), (None, &credit), (Some(-1), &credit), (Some(1), &policy(""))]
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
