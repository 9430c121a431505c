//! Tests of the rules that are a yes or a no.

use serde_json::{Value, json};

use super::{
    super::{
        Outcome, decide,
        fixture::{build, facts, policy, strictest, usd},
    },
    *,
};
use crate::{
    actions::{Args, Subject},
    model::AnyId,
};

fn subject(object: &Value) -> Subject {
    Subject::parse(&AnyId::parse(object["id"].as_str().unwrap()).unwrap(), object.to_string()).unwrap()
}

/// The action on the object, decided by these rules: how it is confirmed, or the denial.
fn said(rules: &str, action: &str, object: &Value, given: &[(&str, &str)]) -> String {
    let subject = subject(object);
    let args = given.iter().fold(Args::default(), |all, (name, value)| all.with(name, *value));
    let proposal = build(action, &subject, &args);
    let facts = facts(subject);
    match decide(&policy(rules), &proposal, &facts).outcome {
        Outcome::Confirm(Confirm::Plain) => "plain".into(),
        Outcome::Confirm(Confirm::TypeAmount(amount)) => amount.to_string(),
        Outcome::Confirm(Confirm::TypeName(word)) => word,
        Outcome::Allow => "allowed".into(),
        Outcome::SecondPerson => "second person".into(),
        Outcome::Deny => strictest(&policy(rules), &proposal, &facts),
    }
}

fn payment() -> Value {
    json!({"id": "pi_1234", "status": "requires_capture", "amount": 9_900, "amount_capturable": 9_900,
        "currency": "usd"})
}

fn dispute() -> Value {
    json!({"id": "du_1", "status": "needs_response", "amount": 4_900, "currency": "usd"})
}

fn waits() -> Value {
    json!({"id": "re_1", "status": "requires_action", "amount": 100, "currency": "usd"})
}

fn customer() -> Value {
    json!({"id": "cus_1234", "discount": {"id": "di_1"}})
}

const STAGE: &str = "disputes.stage = true";
const SUBMIT: &str = "disputes.stage = true\ndisputes.submit = true";
const DISCOUNT: &str = "subscriptions.max_discount = { percent = 20, months = 3 }";
const REFUNDS: &str = "refunds.max.usd = \"1.00\"";
const PAYING: &str = "customers.update_payment_method = true";

/// Action, the rule that decides, a line that allows it, and how it is confirmed then.
const CASES: &[[&str; 4]] = &[
    ["capture_payment", "payments.capture_held", "payments.capture_held = true", "$99.00"],
    ["cancel_payment", "payments.cancel_held", "payments.cancel_held = true", "$99.00"],
    ["update_dispute", "disputes.stage", STAGE, "plain"],
    ["update_dispute submit", "disputes.submit", SUBMIT, "submit"],
    ["close_dispute", "disputes.accept", "disputes.accept = true", "$49.00"],
    ["remove_customer_discount", "subscriptions.max_discount", DISCOUNT, "1234"],
    ["cancel_refund", "refunds.max", REFUNDS, "plain"],
    ["detach_payment_method", "customers.update_payment_method", PAYING, "4242"],
    ["set_default_payment_method", "customers.update_payment_method", PAYING, "plain"],
    ["update_customer", "customers.update_email", "customers.update_email = true", "plain"],
    ["update_charge", "payments.edit", "payments.edit = true", "plain"],
    ["create_portal_session", "customers.portal_links", "customers.portal_links = true", "plain"],
];

/// What such a case is done to, and what is given besides.
fn case(action: &str) -> (Value, Vec<(&'static str, &'static str)>) {
    let card = || json!({"id": "pm_1", "type": "card", "card": {"last4": "4242"}, "customer": "cus_1"});
    match action {
        "capture_payment" | "cancel_payment" => (payment(), vec![("payment_intent", "pi_1234")]),
        "update_dispute" => (dispute(), vec![("dispute", "du_1"), ("product_description", "x")]),
        "close_dispute" => (dispute(), vec![("dispute", "du_1")]),
        "detach_payment_method" => (card(), vec![("payment_method", "pm_1")]),
        "set_default_payment_method" => {
            (customer(), vec![("customer", "cus_1234"), ("payment_method", "pm_1")])
        }
        "update_customer" => (customer(), vec![("customer", "cus_1234"), ("name", "Ada")]),
        "update_charge" => (json!({"id": "ch_1"}), vec![("charge", "ch_1"), ("description", "x")]),
        "cancel_refund" => (waits(), vec![("refund", "re_1")]),
        "create_portal_session" => {
            (customer(), vec![("customer", "cus_1234"), ("flow", "payment_method_update")])
        }
        _ => (customer(), vec![("customer", "cus_1234")]),
    }
}

#[test]
fn each_step_goes_by_its_own_rule() {
    for [words, rule, allows, confirmed] in CASES {
        let (action, submit) = words.split_once(' ').map_or((*words, false), |(action, _)| (action, true));
        let (object, mut given) = case(action);
        given.extend(submit.then_some(("submit", "true")));
        assert_eq!(said(allows, action, &object, &given), *confirmed, "{words}");
        let closed = allows.replace("true", "false").replace("1.00", "0").replace("20", "0");
        for none in [String::new(), closed] {
            let denied = said(&none, action, &object, &given);
            assert!(denied.starts_with("Deny") && denied.contains(rule), "{words} {none:?}: {denied}");
        }
    }
}

#[test]
fn one_step_does_not_allow_another() {
    let pay = payment();
    let capture =
        said("payments.cancel_held = true", "capture_payment", &pay, &[("payment_intent", "pi_1234")]);
    assert_eq!(capture, "Deny payments.capture_held: the role agent may not take money that is held");
    let submit = [("dispute", "du_1"), ("product_description", "x"), ("submit", "true")];
    for (rules, rule) in
        [("disputes.stage = true", "disputes.submit"), ("disputes.submit = true", "disputes.stage")]
    {
        let denied = said(rules, "update_dispute", &dispute(), &submit);
        assert!(denied.starts_with(&format!("Deny {rule}: ")), "{denied}");
    }
    let closed = "refunds.allowed = false\nrefunds.max.usd = \"9.00\"";
    let back = said(closed, "cancel_refund", &waits(), &[("refund", "re_1")]);
    assert_eq!(back, "Deny refunds.allowed: the role agent may not refund");
}

#[test]
fn a_step_of_another_part_and_no_step_at_all_are_denied() {
    let subject = subject(&payment());
    let mut proposal = build("capture_payment", &subject, &Args::default().with("payment_intent", "pi_1234"));
    let all = policy(
        "payments = { capture_held = true, cancel_held = true }\ndisputes = { stage = true, submit = true, accept = true }\n
        subscriptions.max_discount = { percent = 20, months = 3 }",
    );
    let facts = facts(subject);
    for steps in [vec![], vec![Step::AcceptDispute], vec![Step::CaptureHeld, Step::TakeDiscount]] {
        proposal.terms.steps = steps;
        for gate in [Gate::Payments, Gate::Discount] {
            proposal.gate = gate;
            assert_eq!(decide(&all, &proposal, &facts).outcome, Outcome::Deny, "{:?}", proposal.terms.steps);
        }
    }
}

#[test]
fn a_link_hands_over_only_what_the_agent_may_do_in_every_way() {
    let leads = |rules: &str, flow: &str| {
        let given = [("customer", "cus_1234"), ("flow", flow), ("subscription", "sub_1")];
        let given = if flow.starts_with("sub") { &given[..] } else { &given[..2] };
        said(&format!("customers.portal_links = true\n{rules}"), "create_portal_session", &customer(), given)
    };
    for (flow, enough, short) in [
        (
            "subscription_cancel",
            "subscriptions.cancel = [\"period_end\", \"now\"]",
            "subscriptions.cancel = [\"now\"]",
        ),
        ("subscription_pause", "subscriptions.pause = true", "subscriptions.pause = false"),
        ("subscription_update", "subscriptions.change_plan = true", "subscriptions.change_plan = [\"up\"]"),
        ("customer_update", "customers.update_email = true", "customers.update_email = false"),
    ] {
        assert_eq!(leads(enough, flow), "plain", "{flow}");
        for none in [short, ""] {
            let denied = leads(none, flow);
            let rule = short.split(' ').next().unwrap();
            assert!(
                denied.starts_with(&format!("Deny {rule}: the role agent may not let a customer")),
                "{denied}"
            );
        }
    }
    assert_eq!(leads("", "payment_method_update"), "plain");
    // The whole portal is every one of them.
    let all = [
        "subscriptions.cancel = [\"period_end\", \"now\"]",
        "subscriptions.pause = true",
        "subscriptions.change_plan = true",
        "customers.update_email = true",
    ];
    assert_eq!(leads(&all.join("\n"), ""), "plain");
    for rule in all {
        let rest: Vec<_> = all.into_iter().filter(|one| *one != rule).collect();
        let denied = leads(&rest.join("\n"), "");
        let name = rule.split(' ').next().unwrap();
        assert!(denied.starts_with(&format!("Deny {name}: the role agent may not let")), "{denied}");
    }
}

#[test]
fn what_is_done_for_good_is_typed_whatever_the_rules_ask() {
    let subject = subject(&dispute());
    let mut proposal = build("close_dispute", &subject, &Args::default().with("dispute", "du_1"));
    let facts = facts(subject);
    // A gate that asks for a plain confirmation alone.
    proposal.gate = Gate::CustomerDetails;
    let asked =
        |proposal: &Proposal| decide(&policy("customers.update_email = true"), proposal, &facts).outcome;
    assert_eq!(asked(&proposal), Outcome::Confirm(Confirm::TypeAmount(usd(4_900))));
    proposal.terms.confirm_word = Some("lost".into());
    assert_eq!(asked(&proposal), Outcome::Confirm(Confirm::TypeName("lost".into())));
    (proposal.terms.confirm_word, proposal.amount) = (None, None);
    assert_eq!(asked(&proposal), Outcome::Confirm(Confirm::TypeName("du_1".into())));
    proposal.effect = Effect::Write;
    assert_eq!(asked(&proposal), Outcome::Confirm(Confirm::Plain));
    // One that asks for nothing: what was automatic is typed.
    let mut looks = Looks::default();
    looks.pass("some.rule", "fine");
    proposal.effect = Effect::Destructive;
    let typed = for_good(&mut looks, &proposal, Confirm::TypeAmount(usd(1)));
    assert_eq!((typed, looks.asks()), (Confirm::TypeAmount(usd(1)), true));
}
