//! Tests of the form that cancels a subscription.

use super::*;
use crate::{
    desk::{
        fixture::{answer_facts, begin, paste, prepares, press, state, subscription, tell, text},
        message::Command,
        panes::PaneId,
    },
    policy::Given,
};

fn cancel() -> (State, Vec<Command>) {
    let mut state = state();
    let asked = begin(&mut state, PaneId::Subscriptions, 0, "cancel_subscription");
    answer_facts(&mut state, &asked);
    (state, asked)
}

#[test]
fn it_shows_what_is_kept_until_when_and_what_money_does() {
    let (state, _) = cancel();
    let text = text(&state);
    assert!(text.contains("Pro · $99.00/mo · active since 15 Mar 2024 · sub_1"), "{text}");
    assert!(text.contains("● at period end"), "{text}");
    assert!(text.contains("until 15 Dec 2026 09:12:00 +00:00 (22 days)"), "{text}");
    assert!(text.contains("no refund, no credit; no further invoice"), "{text}");
    assert!(!text.contains("Credit") && !text.contains("On ["), "{text}");
    assert!(text.contains("Type Pro to confirm"), "{text}");
}

#[test]
fn the_preview_is_asked_for_and_shown_as_credit() {
    let (mut state, asked) = cancel();
    assert!(text(&state).contains("asking Stripe for a preview"));
    let task = asked.iter().find_map(|command| match command {
        Command::Ask { task, question: Question::CancelPreview(_), .. } => Some(*task),
        _ => None,
    });
    let invoice = Record::parse(r#"{"id":"upcoming_in_1","currency":"usd","total":-7260}"#).unwrap();
    let result = Ok(Answer::Invoice(Box::new(invoice)));
    tell(&mut state, &Message::Reply { task: task.unwrap(), result });
    let money = |state: &State| text(state).split_once("Money  ").unwrap().1.replace('\n', " ");
    let later = "no further invoice   if ended now with credit: $72.60 for unused days (preview)";
    assert!(money(&state).contains(later), "{}", money(&state));
    // Each combination says what it does, and marks what it means.
    for (keys, marked, says) in [
        (
            "n",
            "● no credit",
            "no credit for unused days; no further invoice   with credit it would be $72.60",
        ),
        (
            "<tab>c",
            "● credit on a next invoice",
            "waits for a next invoice   $72.60 for unused days (preview)",
        ),
        (
            "c",
            "● credit, invoiced at once",
            "credited to the balance at once   $72.60 for unused days (preview)",
        ),
        ("<bs>", "● no credit", "no refund, no credit for unused days"),
        ("<up>o<tab>2026-12-31", "● no credit", "no refund, no credit; billed as usual until then"),
        ("<tab>c", "● credit on a next invoice", "credit for days unused then waits for a next invoice"),
    ] {
        press(&mut state, keys);
        assert!(text(&state).contains(marked), "{keys}: {}", text(&state));
        assert!(money(&state).contains(says), "{keys}: {}", money(&state));
    }
    assert!(text(&state).contains("once this has ended none comes by itself"), "{}", text(&state));
    assert!(!money(&state).contains("$72.60"), "a preview of today says nothing of another day");
}

fn with(change: impl FnOnce(&mut serde_json::Value)) -> State {
    let mut state = state();
    let mut json = subscription();
    change(&mut json);
    let folder = state.data.folders.values_mut().next().unwrap();
    folder.subscriptions.value.as_mut().unwrap().rows = vec![Record::parse(json.to_string()).unwrap()];
    let asked = begin(&mut state, PaneId::Subscriptions, 0, "cancel_subscription");
    answer_facts(&mut state, &asked);
    state
}

#[test]
fn credit_for_days_that_nobody_paid_is_warned_of() {
    let mut state = state();
    let folder = state.data.folders.values_mut().next().unwrap();
    let open = serde_json::json!({"id": "in_1", "number": "A-0012", "status": "open", "currency": "usd",
        "amount_remaining": 9900, "parent": {"subscription_details": {"subscription": "sub_1"}}});
    folder.invoices.value.as_mut().unwrap().rows = vec![Record::parse(open.to_string()).unwrap()];
    let asked = begin(&mut state, PaneId::Subscriptions, 0, "cancel_subscription");
    answer_facts(&mut state, &asked);
    let warning = "! A-0012 ($99.00) is not paid: credit for its days gives away";
    let shown = |state: &State| text(state).replace('\n', " ");
    assert!(shown(&state).contains("! A-0012 ($99.00) stays open, whichever way"), "{}", shown(&state));
    press(&mut state, "n");
    assert!(!shown(&state).contains(warning), "without credit nothing is given away: {}", shown(&state));
    press(&mut state, "<tab>c");
    assert!(shown(&state).contains(warning), "{}", shown(&state));
    // Of another period nothing is known yet.
    press(&mut state, "<up>o<tab>2026-12-31");
    assert!(!shown(&state).contains(warning), "{}", shown(&state));
}

#[test]
fn a_paused_one_and_one_that_ends_already_say_so() {
    let state = with(|json| {
        json["pause_collection"] = serde_json::json!({"behavior": "void", "resumes_at": 1_800_000_000});
    });
    let shown = text(&state);
    assert!(shown.contains("$99.00/mo · paused · began 15 Mar 2024"), "{shown}");
    assert!(shown.contains("Paused  ‖ invoices are void: nothing is owed · until 15 Jan 2027"), "{shown}");
    let shown = text(&with(|json| json["cancel_at_period_end"] = true.into()));
    assert!(shown.contains("Ends  ◔ set to end 15 Dec 2026 already"), "{shown}");
}

#[test]
fn what_the_policy_denies_is_marked_with_its_rule_and_says_why() {
    let mut state = state();
    let rules = "version = 1\nsubscriptions.cancel = [\"period_end\", \"now\"]\n";
    state.policy = crate::policy::Policy::parse(rules, "policy.toml").unwrap();
    let asked = begin(&mut state, PaneId::Subscriptions, 0, "cancel_subscription");
    answer_facts(&mut state, &asked);
    let shown = text(&state);
    assert!(shown.contains("○ now ○ on a date (not allowed)"), "{shown}");
    press(&mut state, "o");
    let shown = text(&state);
    assert!(
        shown.contains("Deny a subscription may not be ended on a date (subscriptions.cancel)"),
        "{shown}"
    );
    assert!(shown.contains("denied · allowed: it may be ended at period end or now"), "{shown}");
    assert_eq!(prepares(&press(&mut state, "<enter><enter>Pro<enter>")), []);
    press(&mut state, "<tab>2026-12-31<enter><enter>");
    assert_eq!(prepares(&press(&mut state, "<up>a<enter>Pro<enter>")).len(), 1);
    // Credit that no way of ending may have is a matter of its own choice.
    press(&mut state, "<esc>");
    let asked = begin(&mut state, PaneId::Subscriptions, 0, "cancel_subscription");
    answer_facts(&mut state, &asked);
    press(&mut state, "n");
    assert!(text(&state).contains("○ credit on a next invoice (not allowed)"), "{}", text(&state));
}

#[test]
fn the_date_s_example_is_no_value() {
    let (mut state, _) = cancel();
    press(&mut state, "o");
    let sheet = state.modals[0].sheet(&state);
    let example = sheet.items.iter().find_map(|item| match item {
        Item::Input { label, field, .. } if label == "On" => {
            Some((field.value.clone(), field.placeholder.clone()))
        }
        _ => None,
    });
    assert_eq!(example.unwrap(), (String::new(), "e.g. 2026-12-31".to_owned()));
}

#[test]
fn the_fields_follow_what_is_chosen() {
    let (mut state, _) = cancel();
    press(&mut state, "n");
    let shown = text(&state);
    assert!(shown.contains("● now") && shown.contains("Credit") && shown.contains("ends at once"), "{shown}");
    press(&mut state, "<bs>o<tab>2026-12-31");
    assert!(text(&state).contains("until 31 Dec 2026 00:00:00 +00:00 (38 days)"), "{}", text(&state));
    press(&mut state, "<c-u>yesterday");
    assert!(text(&state).contains("lies in the past"), "{}", text(&state));
    press(&mut state, "<up>a");
    assert!(!text(&state).contains("lies in the past"));
}

#[test]
fn only_the_typed_name_confirms() {
    let (mut state, _) = cancel();
    assert_eq!(press(&mut state, "<enter><enter>"), []);
    paste(&mut state, "Pro");
    assert_eq!(press(&mut state, "<enter>prox<enter>"), []);
    assert!(text(&state).contains("that is not Pro"), "{}", text(&state));
    let change = prepares(&press(&mut state, "<c-u>Pro<enter><enter>"));
    assert_eq!(change.len(), 1);
    assert_eq!(
        (&change[0].given, change[0].confirm_word.as_deref()),
        (&Given::Typed("Pro".into()), Some("Pro"))
    );
    assert_eq!(change[0].args.get("when"), Some("period_end"));
}

#[test]
fn days_are_calendar_days() {
    let zone = TimeZone::UTC;
    let at = |text: &str| Unix(text.parse::<jiff::Timestamp>().unwrap().as_second());
    let say = |end: &str| days(at("2026-11-23T12:00:00Z"), at(end), &zone);
    assert_eq!(
        [say("2026-11-23T23:00:00Z"), say("2026-11-24T01:00:00Z"), say("2026-12-15T09:12:00Z")],
        ["today", "tomorrow", "22 days"]
    );
}
