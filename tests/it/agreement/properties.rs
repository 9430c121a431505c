//! What holds for every file and every case: more is never easier, a tighter rule never lets more through, the strictest word wins,
//! and the same question has the same answer.

use paydesk::policy::{self, Decision, Mark, Order, Outcome, Policy, Rule};

use super::{
    build::Built,
    draw::{Case, Change, Draw, File, Refund},
};

const FILES: u64 = 80;
const CASES: usize = 25;

fn severity(decision: &Decision) -> u8 {
    match decision.outcome {
        Outcome::Allow => 0,
        Outcome::Confirm(_) => 1,
        Outcome::SecondPerson => 2,
        Outcome::Deny => 3,
    }
}

fn decide(policy: &Policy, case: &Case) -> Decision {
    let built = Built::of(case);
    policy::decide(policy, &built.proposal, &built.facts)
}

fn parse(file: &File) -> Policy {
    Policy::parse(&file.text(), "policy.toml").unwrap_or_else(|error| panic!("{error}\n{}", file.text()))
}

fn each(seed: u64, mut check: impl FnMut(&mut Draw, &File, &Policy, &Case)) {
    for file_seed in 0..FILES {
        let mut draw = Draw::new(seed * 7_919 + file_seed);
        let file = File::draw(&mut draw);
        let policy = parse(&file);
        for _ in 0..CASES {
            let case = Case::draw(&mut draw);
            check(&mut draw, &file, &policy, &case);
        }
    }
}

fn more_refund(refund: &mut Refund, by: i64) {
    if let Some((amount, _)) = refund.amount.as_mut().filter(|(amount, _)| *amount > 0) {
        *amount += by;
    }
}

/// The same, and more of what it is about; none where it is about nothing that can be more.
fn more(case: &Case, by: i64) -> Option<Case> {
    let mut case = case.clone();
    match &mut case.change {
        Change::Refund(refund) => more_refund(refund, by),
        Change::CreditAndRefund { given, refund, .. } => {
            more_refund(refund, by);
            *given += if *given > 0 { by } else { 0 };
        }
        Change::Credit { amount, given } => match (amount, given) {
            (_, Some((given, _))) if *given > 0 => *given += by,
            (Some((amount, _)), None) if *amount > 0 => *amount += by,
            _ => return None,
        },
        Change::Invoice { write_off: Some((amount, _)) } => *amount += by,
        Change::Discount { hundredths: Some(hundredths), months: Some(months) } => {
            *hundredths += by * 10;
            *months += by / 20;
        }
        Change::Trial { days: Some(days), .. } => *days += by,
        _ => return None,
    }
    Some(case)
}

/// The same at a worse time: more was refunded before, the payment is older, less of it is left.
fn worse(draw: &mut Draw, case: &Case) -> Case {
    let mut case = case.clone();
    if let Some(before) = &mut case.before {
        for (_, minor) in before.sums.iter_mut().flatten() {
            *minor += draw.number(0, 40);
        }
        if let Some((count, _)) = &mut before.times {
            *count += draw.number(0, 2);
        }
        before.local_only |= draw.chance(30);
    }
    let (Change::Refund(refund) | Change::CreditAndRefund { refund, .. }) = &mut case.change else {
        return case;
    };
    if let Some(charge) = &mut refund.charge {
        charge.age_s += draw.number(0, 2) * 86_400;
        charge.refunded = draw.number(charge.refunded, charge.taken);
        charge.disputed |= draw.chance(30);
    }
    if draw.chance(20) {
        refund.note = None;
    }
    case
}

#[test]
fn more_is_never_easier() {
    let mut compared = 0;
    each(1, |draw, file, policy, case| {
        let by = draw.number(1, 60);
        let Some(dearer) = more(case, by) else { return };
        let (less, much) = (decide(policy, case), decide(policy, &dearer));
        assert!(
            severity(&less) <= severity(&much),
            "{by} more: {less:#?}\n{much:#?}\n{case:#?}\n{}",
            file.text()
        );
        compared += 1;
    });
    assert!(compared > 300, "{compared}");
}

#[test]
fn a_worse_time_is_never_easier() {
    each(2, |draw, file, policy, case| {
        let later = worse(draw, case);
        let (before, after) = (decide(policy, case), decide(policy, &later));
        assert!(
            severity(&before) <= severity(&after),
            "{before:#?}\n{after:#?}\n{later:#?}\n{}",
            file.text()
        );
    });
}

#[test]
fn a_tighter_rule_never_lets_more_through() {
    let mut compared = std::collections::BTreeMap::new();
    for file_seed in 0..FILES * 3 {
        let mut draw = Draw::new(0x7167_4874 + file_seed);
        let file = File::draw(&mut draw);
        let (name, other) = file.with_one_rule_otherwise(&mut draw);
        let rule = Rule::find(name).unwrap();
        let (one, two) = (parse(&file), parse(&other));
        for _ in 0..CASES {
            let case = Case::draw(&mut draw);
            let set = |policy: &Policy| policy.effective(case.agent).get(rule).map(|set| set.value.clone());
            let order = policy::compare(rule, set(&two).as_ref(), set(&one).as_ref());
            let (before, after) = (decide(&one, &case), decide(&two, &case));
            let kept = match order {
                Order::Same => severity(&before) == severity(&after),
                Order::Tighter => severity(&before) <= severity(&after),
                Order::Looser => severity(&before) >= severity(&after),
                Order::Neither => true,
            };
            assert!(
                kept,
                "{name} is {order:?}: {before:#?}\n{after:#?}\n{case:#?}\n{}\n{}",
                file.text(),
                other.text()
            );
            if matches!(order, Order::Tighter | Order::Looser) {
                *compared.entry(name).or_insert(0) += 1;
            }
        }
    }
    assert!(compared.len() > 25, "{compared:#?}");
}

#[test]
fn the_strictest_word_wins_and_the_same_question_has_the_same_answer() {
    each(3, |_, file, policy, case| {
        let decision = decide(policy, case);
        let strictest = decision.rules.iter().map(|looked| looked.mark).max();
        let expected = match strictest {
            Some(Mark::Pass) => 0,
            Some(Mark::Confirm) => 1,
            Some(Mark::SecondPerson) => 2,
            Some(Mark::Deny) | None => 3,
        };
        assert_eq!(severity(&decision), expected, "{decision:#?}\n{}", file.text());
        assert_eq!(decision, decide(policy, case));
        assert_eq!(decision.policy_hash, policy.hash());
        for looked in &decision.rules {
            assert!(!looked.says.is_empty(), "{looked:?}");
        }
    });
}
