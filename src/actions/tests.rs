//! What holds for every action of the catalogue.

use std::collections::HashSet;

use super::*;

#[test]
fn names_are_unique_and_well_formed() {
    let mut seen = HashSet::new();
    for action in all() {
        assert!(seen.insert(action.name), "{} stands twice", action.name);
        assert!(action.name.bytes().all(|byte| byte.is_ascii_lowercase() || byte == b'_'), "{}", action.name);
        assert!(!action.summary.is_empty() && !action.summary.ends_with('.'), "{}", action.name);
    }
}

#[test]
fn a_key_means_one_thing_on_a_row() {
    let mut seen = HashSet::new();
    for action in all() {
        for kind in action.on {
            if let Some(key) = action.key {
                assert!(
                    seen.insert((key, *kind)),
                    "{key} on a {} is taken when {} asks for it",
                    kind.noun(),
                    action.name
                );
            }
        }
    }
}

#[test]
fn every_change_reads_what_it_is_done_to_and_says_what_must_not_move() {
    for action in all().filter(|action| action.effect > Effect::Read) {
        let target = action.reads.first().unwrap_or_else(|| panic!("{} reads nothing", action.name));
        assert!(!target.watch.is_empty(), "{}", action.name);
        for reads in action.reads {
            let field = action.field(reads.field).unwrap_or_else(|| panic!("{}", action.name));
            let kind = match field.kind {
                _ if reads.link.is_some() => continue,
                FieldKind::Id(kind) => kind,
                FieldKind::Items => Kind::Price,
                _ => panic!("{} {}", action.name, field.name),
            };
            assert!(!kind.endpoint().is_empty(), "{}: a {} cannot be read", action.name, kind.noun());
        }
        assert!(action.field(target.field).unwrap().required, "{}", action.name);
        if let Proof::Listed(listed) = &action.proof {
            assert!(action.metadata, "{}: what is made carries no mark", action.name);
            assert!(!listed.echoes.is_empty(), "{}", action.name);
        }
    }
}

#[test]
fn other_names_are_plain_words_that_the_name_does_not_have() {
    for action in all() {
        for (at, other) in action.also_called.iter().enumerate() {
            let plain = other.bytes().all(|byte| byte.is_ascii_lowercase() || byte == b' ');
            assert!(plain && !other.is_empty(), "{}: {other}", action.name);
            assert_ne!(other.replace(' ', "_"), action.name);
            assert!(!action.also_called[..at].contains(other), "{}: {other} stands twice", action.name);
        }
        if action.effect > Effect::Read {
            assert!(!action.also_called.is_empty(), "{} is found by its name alone", action.name);
        }
    }
    assert_eq!(find("refund_charge").unwrap().called("give b"), Some("give back"));
    assert_eq!(find("refund_charge").unwrap().called("back give"), None);
    assert_eq!(find("refund_charge").unwrap().called(" "), None);
}

#[test]
fn every_field_is_documented() {
    for field in all().flat_map(|action| action.fields) {
        assert!(!field.help.is_empty() && !field.example.is_empty(), "{}", field.name);
    }
}

#[test]
fn what_moves_money_or_cannot_be_undone_has_a_gate() {
    for action in all().filter(|action| action.effect >= Effect::Money) {
        assert_ne!(action.gate, Gate::None, "{}", action.name);
    }
}

#[test]
fn one_action_refunds_and_one_cancels() {
    for (gate, effect, name) in [
        (Gate::Refund, Effect::Money, "refund_charge"),
        (Gate::Cancel, Effect::Destructive, "cancel_subscription"),
    ] {
        let all: Vec<_> = all().filter(|one| one.gate == gate && one.effect == effect).collect();
        assert_eq!(all.len(), 1, "{all:?}");
        assert_eq!(by(gate, effect).unwrap().name, name);
    }
}

#[test]
fn what_stripe_has_is_said_in_the_words_of_the_choice_that_sets_it() {
    let pause = |value: &str| says("subscription", "pause_collection.behavior", value);
    assert_eq!(pause("void"), Some("invoices are void: nothing is owed"));
    assert_eq!((pause("other"), says("invoice", "pause_collection.behavior", "void")), (None, None));
}

#[test]
fn what_takes_back_exists() {
    for undo in all().filter_map(|action| action.undo) {
        assert!(find(undo).is_some(), "{undo}");
    }
}
