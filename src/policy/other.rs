//! Gates with one simple rule, reads, and what no rule decides yet.

use super::{
    Confirm, Mark,
    common::{self, Looks},
    rules::{Rule, Rules},
};
use crate::{
    actions::{Effect, Gate, Proposal, Step},
    money::Money,
};

/// Not of the file: what cannot be taken back is never done by a key alone.
const FINAL: &str = "actions.final";

pub(super) fn read(looks: &mut Looks) -> Confirm {
    looks.pass("reads", "reading changes nothing");
    Confirm::Plain
}

/// What is done for good is confirmed by typing, whatever the rules ask for.
pub(super) fn for_good(looks: &mut Looks, proposal: &Proposal, confirm: Confirm) -> Confirm {
    if proposal.effect != Effect::Destructive || (confirm != Confirm::Plain && looks.asks()) {
        return confirm;
    }
    looks.add(FINAL, Mark::Confirm, "it cannot be taken back, and that must be confirmed by typing");
    match (confirm, proposal.amount) {
        (Confirm::Plain, Some(amount)) if amount.minor() > 0 && proposal.terms.confirm_word.is_none() => {
            Confirm::TypeAmount(amount)
        }
        (Confirm::Plain, _) => Confirm::TypeName(common::confirm_word(proposal)),
        (typed, _) => typed,
    }
}

/// Never allowed by default.
pub(super) fn undecided(looks: &mut Looks, proposal: &Proposal) -> Confirm {
    let action = crate::text::clean(&proposal.action);
    looks.deny("actions", format!("no rule decides {action} yet"));
    Confirm::Plain
}

pub(super) fn view_invoices(looks: &mut Looks, rules: &Rules) -> Confirm {
    let rule = Rule::CustomersViewInvoices;
    match &rules.closed {
        // A broken file may have said no; a missing one leaves the built-in rules.
        Some(closed) if rules.set.is_empty() => looks.deny(rule, &closed.why),
        _ => {
            let fine = rules.flag(rule) != Some(false);
            let says = if fine { "invoices may be seen" } else { "invoices may not be seen" };
            looks.check(rule, fine, says);
        }
    }
    Confirm::Plain
}

/// `rule` must be there and true; then a second Enter is asked for.
pub(super) fn flag(looks: &mut Looks, rules: &Rules, rule: Rule, what: &str) -> Confirm {
    if rules.flag(rule) == Some(true) {
        looks.add(rule, Mark::Confirm, format!("you may {what}, and that must be confirmed"));
    } else {
        looks.deny(rule, format!("the role {} may not {what}", rules.role));
    }
    Confirm::Plain
}

/// Each step has a rule of its own. Money that is taken is typed again.
pub(super) fn steps(looks: &mut Looks, rules: &Rules, proposal: &Proposal, gate: Gate) -> Confirm {
    let steps: Vec<_> = proposal.terms.steps.iter().filter_map(|step| step_rule(*step)).collect();
    let ours = steps.iter().filter(|(rule, _)| rule.info().gate == Some(gate));
    if steps.is_empty() || ours.count() < proposal.terms.steps.len() {
        return undecided(looks, proposal);
    }
    for (rule, what) in steps {
        flag(looks, rules, rule, what);
    }
    match proposal.amount {
        Some(amount) if proposal.effect == Effect::Money => Confirm::TypeAmount(amount),
        Some(_) | None => Confirm::Plain,
    }
}

/// The rule of a step, and what may be done by it; none where it has more than a flag.
fn step_rule(step: Step) -> Option<(Rule, &'static str)> {
    match step {
        Step::EditCharge => Some((Rule::PaymentsEdit, "change what stands beside a charge")),
        Step::CancelHeld => Some((Rule::PaymentsCancelHeld, "cancel a payment that is not through")),
        Step::CaptureHeld => Some((Rule::PaymentsCaptureHeld, "take money that is held")),
        Step::StageEvidence => Some((Rule::DisputesStage, "prepare evidence")),
        Step::SubmitEvidence => Some((Rule::DisputesSubmit, "hand evidence in")),
        Step::AcceptDispute => Some((Rule::DisputesAccept, "accept a dispute as lost")),
        Step::CallRefundBack
        | Step::TakeDiscount
        | Step::DropSchedule
        | Step::TakeCreditBack
        | Step::BillItem => None,
    }
}

/// What a customer does at a link is not ours to narrow: who may do it in every way may hand it over.
pub(super) fn hand_over(looks: &mut Looks, rules: &Rules, gate: Gate, proposal: &Proposal) -> Confirm {
    let every = |rule: Rule, ways: &[&str]| {
        let may = rules.words(rule).unwrap_or_default();
        ways.iter().all(|way| may.iter().any(|may| may == way)).then_some(true)
    };
    let (rule, may, what) = match gate {
        Gate::Cancel => {
            let may = every(Rule::SubscriptionsCancel, &["period_end", "now"]);
            (Rule::SubscriptionsCancel, may, "let a customer cancel: it takes both period_end and now")
        }
        Gate::Pause => (
            Rule::SubscriptionsPause,
            rules.flag(Rule::SubscriptionsPause),
            "let a customer pause a subscription",
        ),
        Gate::ChangePlan => {
            let may = every(Rule::SubscriptionsChangePlan, &["up", "down"]);
            (Rule::SubscriptionsChangePlan, may, "let a customer change the plan: it takes both up and down")
        }
        Gate::CustomerDetails => {
            let may = rules.flag(Rule::CustomersUpdateEmail);
            (Rule::CustomersUpdateEmail, may, "let a customer change their details")
        }
        Gate::None
        | Gate::Refund
        | Gate::Proration
        | Gate::Trial
        | Gate::Discount
        | Gate::Credit
        | Gate::Payments
        | Gate::ChargeDetails
        | Gate::PaymentMethod
        | Gate::Portal
        | Gate::InvoicesView
        | Gate::InvoicesWrite
        | Gate::Disputes => return undecided(looks, proposal),
    };
    if may == Some(true) {
        looks.add(rule, Mark::Confirm, format!("you may {what}"));
    } else {
        looks.deny(rule, format!("the role {} may not {what}", rules.role));
    }
    Confirm::Plain
}

/// What an invoice says is changed, or given up within its limit. Who may not see invoices changes none.
pub(super) fn invoices(looks: &mut Looks, rules: &Rules, proposal: &Proposal) -> Confirm {
    let confirm = flag(looks, rules, Rule::InvoicesChange, "change invoices");
    if rules.flag(Rule::CustomersViewInvoices) == Some(false) {
        looks.deny(Rule::CustomersViewInvoices, "who may not see invoices may not change them");
    }
    if proposal.terms.steps.contains(&Step::BillItem) {
        return match proposal.amount {
            Some(amount) if !amount.is_negative() => {
                within(looks, rules, Rule::InvoicesMaxItem, (amount, "billed as one item"))
            }
            _ => {
                looks.deny(Rule::InvoicesMaxItem, "what the customer would pay is not known");
                Confirm::Plain
            }
        };
    }
    match proposal.terms.write_off {
        None => confirm,
        Some(amount) if amount.minor() == 0 => confirm,
        Some(amount) => within(looks, rules, Rule::InvoicesMaxWriteOff, (amount, "written off")),
    }
}

/// What a customer is given, on their balance or by paying less: within its limit, and typed again.
pub(super) fn credit(looks: &mut Looks, rules: &Rules, proposal: &Proposal) -> Confirm {
    let rule = Rule::CustomersMaxCredit;
    if proposal.terms.steps.contains(&Step::TakeCreditBack) {
        if rules.amounts(rule).is_some_and(|most| most.values().any(|minor| *minor > 0)) {
            let says = "who may give credit may take it back, and that must be confirmed";
            looks.add(rule, Mark::Confirm, says);
        } else {
            looks.deny(rule, format!("the role {} may neither give credit nor take it back", rules.role));
        }
        return Confirm::Plain;
    }
    match (proposal.terms.credit, proposal.amount) {
        (Some(none), Some(amount)) if none.is_zero() && amount.minor() > 0 => {
            looks.add(
                rule,
                Mark::Confirm,
                "nothing is credited beyond what goes back, and that must be confirmed",
            );
            Confirm::TypeAmount(amount)
        }
        (Some(given), Some(amount)) if given.minor() > 0 && amount.minor() > 0 => {
            within(looks, rules, rule, (given, "credited"));
            Confirm::TypeAmount(amount)
        }
        (None, Some(amount)) if amount.minor() > 0 => within(looks, rules, rule, (amount, "credited")),
        _ => {
            looks.deny(rule, "the credit names no amount above zero");
            Confirm::Plain
        }
    }
}

/// At most what `rule` says for the currency; then it is typed again.
fn within(looks: &mut Looks, rules: &Rules, rule: Rule, (amount, done): (Money, &str)) -> Confirm {
    match rules.amount(rule, amount.currency()) {
        None => looks.deny(rule, format!("{} has no limit of its own in {rule}", amount.currency())),
        Some(max) if amount.compare(max).is_some_and(std::cmp::Ordering::is_le) => {
            looks.add(rule, Mark::Confirm, format!("up to {max} may be {done}, and that must be confirmed"));
        }
        Some(max) => looks.deny_but(
            rule,
            format!("{max} is the most that may be {done}"),
            format!("at most {max} may be {done} here"),
        ),
    }
    Confirm::TypeAmount(amount)
}

#[cfg(test)]
mod tests {
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
            let (action, submit) =
                words.split_once(' ').map_or((*words, false), |(action, _)| (action, true));
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
        let mut proposal =
            build("capture_payment", &subject, &Args::default().with("payment_intent", "pi_1234"));
        let all = policy(
            "payments = { capture_held = true, cancel_held = true }\ndisputes = { stage = true, submit = true, accept = true }\n
            subscriptions.max_discount = { percent = 20, months = 3 }",
        );
        let facts = facts(subject);
        for steps in [vec![], vec![Step::AcceptDispute], vec![Step::CaptureHeld, Step::TakeDiscount]] {
            proposal.terms.steps = steps;
            for gate in [Gate::Payments, Gate::Discount] {
                proposal.gate = gate;
                assert_eq!(
                    decide(&all, &proposal, &facts).outcome,
                    Outcome::Deny,
                    "{:?}",
                    proposal.terms.steps
                );
            }
        }
    }

    #[test]
    fn a_link_hands_over_only_what_the_agent_may_do_in_every_way() {
        let leads = |rules: &str, flow: &str| {
            let given = [("customer", "cus_1234"), ("flow", flow), ("subscription", "sub_1")];
            let given = if flow.starts_with("sub") { &given[..] } else { &given[..2] };
            said(
                &format!("customers.portal_links = true\n{rules}"),
                "create_portal_session",
                &customer(),
                given,
            )
        };
        for (flow, enough, short) in [
            (
                "subscription_cancel",
                "subscriptions.cancel = [\"period_end\", \"now\"]",
                "subscriptions.cancel = [\"now\"]",
            ),
            ("subscription_pause", "subscriptions.pause = true", "subscriptions.pause = false"),
            (
                "subscription_update",
                "subscriptions.change_plan = true",
                "subscriptions.change_plan = [\"up\"]",
            ),
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
}
