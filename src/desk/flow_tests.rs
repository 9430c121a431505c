//! Tests of a change from the hold to its end, and of leaving meanwhile.

use super::*;
use crate::desk::{
    fixture::{NOW_MS, begin, facts_task, intent, prepares, press, press_slowly, state, tell, text},
    message::Message,
    panes::PaneId,
    question::Question,
};
use crate::policy::{Fact, Spent};

fn run(work: impl FnOnce(&mut Commands)) -> Vec<Command> {
    let mut commands = Commands::default();
    work(&mut commands);
    commands.0
}

fn hold(state: &mut State, id: &str) -> Vec<Command> {
    run(|commands| prepared(state, Ok(Box::new(intent(id, IntentState::Held))), commands))
}

fn sends(commands: &[Command]) -> Vec<(TaskId, String)> {
    let send = |command: &Command| match command {
        Command::Send { task, intent } => Some((*task, intent.clone())),
        _ => None,
    };
    commands.iter().filter_map(send).collect()
}

fn wakes(commands: &[Command]) -> Vec<i64> {
    let wake = |command: &Command| match command {
        Command::Wake { at_ms } => Some(at_ms - NOW_MS),
        _ => None,
    };
    commands.iter().filter_map(wake).collect()
}

fn end(state: &mut State, task: TaskId, how: IntentState, message: &str) -> Vec<Command> {
    let mut intent = intent("int_1", how);
    intent.message = (!message.is_empty()).then(|| message.to_owned());
    intent.result_id = (how == IntentState::Settled).then(|| "re_7".to_owned());
    run(|commands| ended(state, task, Ending::new(intent, None), commands))
}

fn said(state: &State) -> (&str, bool) {
    state.notice.as_ref().map(|notice| (notice.text.as_str(), notice.good)).unwrap()
}

/// Held, then sent when the hold is over.
fn sending(state: &mut State) -> TaskId {
    hold(state, "int_1");
    state.now_ms = NOW_MS + 5_000;
    sends(&run(|commands| wake(state, commands)))[0].0
}

#[test]
fn a_hold_counts_down_and_is_sent_once() {
    let mut state = state();
    assert_eq!(wakes(&hold(&mut state, "int_1")), [1_000]);
    state.now_ms = NOW_MS + 1_200;
    assert_eq!(wakes(&run(|commands| wake(&mut state, commands))), [2_000]);
    state.now_ms = NOW_MS + 5_000;
    let commands = run(|commands| wake(&mut state, commands));
    assert_eq!((sends(&commands).len(), wakes(&commands)), (1, vec![]));
    assert_eq!(run(|commands| wake(&mut state, commands)), []);
    assert_eq!(state.changes[0].intent.state, IntentState::Sending);
}

#[test]
fn what_is_taken_back_is_not_sent_meanwhile() {
    let mut state = state();
    hold(&mut state, "int_0");
    hold(&mut state, "int_1");
    let commands = run(|commands| take_back(&mut state, commands));
    let [Command::Withdraw { task, intent }] = &commands[..] else { panic!("{commands:?}") };
    assert_eq!(intent, "int_1");
    state.now_ms = NOW_MS + 9_000;
    let sent = sends(&run(|commands| wake(&mut state, commands)));
    assert_eq!(sent.iter().map(|(_, intent)| intent.as_str()).collect::<Vec<_>>(), ["int_0"]);
    end(&mut state, *task, IntentState::Withdrawn, "");
    assert_eq!(said(&state), ("taken back: nothing was sent", true));
    assert_eq!(state.changes.len(), 1);
    assert_eq!(run(|commands| take_back(&mut state, commands)), []);
    assert!(said(&state).0.starts_with("too late: refund $99.00 to Ada Lovelace was sent at "));
}

#[test]
fn settled_is_said_with_its_id_and_what_it_touched_is_read_again() {
    let mut state = state();
    let task = sending(&mut state);
    let commands = end(&mut state, task, IntentState::Settled, "");
    assert_eq!(said(&state), ("refunded $99.00 to visa ··4242", true));
    assert!(state.changes.is_empty() && !state.tasks.running.contains_key(&task));
    let charges = state.data.folders.values().next().unwrap().charges.loading;
    let asked = |command: &Command| matches!(command, Command::Ask { task, question: Question::Charges { .. }, .. } if Some(*task) == charges);
    assert!(commands.iter().any(asked), "{commands:?}");
}

#[test]
fn a_refund_that_pends_is_not_called_done() {
    let mut state = state();
    let task = sending(&mut state);
    end(&mut state, task, IntentState::Settled, "pending at Stripe: insufficient funds");
    assert!(said(&state).0.ends_with(": pending at Stripe: insufficient funds"), "{}", said(&state).0);
}

#[test]
fn refused_is_kept_with_its_reason() {
    let mut state = state();
    let task = sending(&mut state);
    end(&mut state, task, IntentState::Refused, "Charge ch_1 is disputed");
    assert_eq!(said(&state), ("refused: Charge ch_1 is disputed", false));
    assert!(state.changes.is_empty());
    assert!(state.tasks.failed[0].trouble.what.contains("disputed"));
}

#[test]
fn unknown_stays_and_is_looked_up_once() {
    let mut state = state();
    let task = sending(&mut state);
    let commands = end(&mut state, task, IntentState::Unknown, "the connection was cut");
    let recover = |command: &Command| matches!(command, Command::Recover { .. });
    assert_eq!(commands.iter().filter(|command| recover(command)).count(), 1);
    assert!(said(&state).0.contains("not known yet how it ended: the connection was cut"));
    assert!(state.changes[0].note.is_some());
    let commands = end(&mut state, TaskId(99), IntentState::Unknown, "still not");
    assert!(!commands.iter().any(recover));
    end(&mut state, TaskId(99), IntentState::Settled, "");
    assert!(state.changes.is_empty());
}

#[test]
fn leaving_asks_while_something_is_in_flight_and_waits_for_it() {
    let mut state = state();
    assert!(may_quit(&state).is_ok());
    let task = sending(&mut state);
    state.modals.push(may_quit(&state).unwrap_err());
    assert!(text(&state).contains("refund $99.00 of ch_1") && text(&state).contains("leaving waits"));
    assert_eq!(press(&mut state, "w"), [], "it is still being sent");
    end(&mut state, task, IntentState::Settled, "");
    assert_eq!(run(|commands| leave_when_quiet(&state, commands)), [Command::Quit]);
    assert!(farewell(&state).is_empty(), "what went well needs no words");
}

#[test]
fn nobody_is_sent_away_before_they_answered() {
    let mut state = state();
    let task = sending(&mut state);
    state.modals.push(may_quit(&state).unwrap_err());
    end(&mut state, task, IntentState::Settled, "");
    assert_eq!(run(|commands| leave_when_quiet(&state, commands)), []);
    assert!(text(&state).contains("nothing is in flight any more"), "{}", text(&state));
    assert_eq!(press(&mut state, "w"), [Command::Quit]);
}

#[test]
fn taking_back_and_leaving_is_one_key() {
    let mut state = state();
    hold(&mut state, "int_0");
    state.modals.push(may_quit(&state).unwrap_err());
    let commands = press(&mut state, "u");
    assert!(matches!(commands[..], [Command::Withdraw { .. }]), "{commands:?}");
    assert!(state.quitting);
}

#[test]
fn staying_is_staying_whatever_ends() {
    let mut state = state();
    let task = sending(&mut state);
    state.modals.push(may_quit(&state).unwrap_err());
    press(&mut state, "<esc>");
    end(&mut state, task, IntentState::Settled, "");
    assert_eq!(run(|commands| leave_when_quiet(&state, commands)), []);
}

#[test]
fn what_ended_badly_while_leaving_is_said_afterwards() {
    let mut state = state();
    let task = sending(&mut state);
    state.modals.push(may_quit(&state).unwrap_err());
    press(&mut state, "w");
    end(&mut state, task, IntentState::Refused, "Charge ch_1 is disputed");
    let said = "refund $99.00 of ch_1 to visa ··4242: refused: Charge ch_1 is disputed";
    assert_eq!(farewell(&state), [said]);
    let mut state = super::super::fixture::state();
    let task = sending(&mut state);
    state.modals.push(may_quit(&state).unwrap_err());
    press(&mut state, "w");
    end(&mut state, task, IntentState::Unknown, "the connection was cut");
    assert_eq!(run(|commands| leave_when_quiet(&state, commands)), [Command::Quit]);
    assert!(farewell(&state)[0].starts_with("not known how it ended: refund $99.00 of ch_1"));
}

#[test]
fn an_unknown_one_is_named_and_leaving_does_not_wait_for_it() {
    let mut state = state();
    let task = sending(&mut state);
    end(&mut state, task, IntentState::Unknown, "");
    state.tasks.running.clear();
    state.modals.push(may_quit(&state).unwrap_err());
    assert!(text(&state).contains("settled at next start"), "{}", text(&state));
    assert_eq!(press(&mut state, "w"), [Command::Quit]);
    press(&mut state, "<esc>");
    assert!(state.modals.is_empty() && !state.quitting);
}

#[test]
fn the_system_s_wish_to_end_takes_back_what_is_held() {
    let mut state = state();
    hold(&mut state, "int_0");
    hold(&mut state, "int_1");
    let commands = run(|commands| terminate(&mut state, commands));
    assert!(matches!(commands[..], [Command::Withdraw { .. }, Command::Withdraw { .. }]), "{commands:?}");
    assert_eq!(run(|commands| leave_when_quiet(&state, commands)), []);
}

#[test]
fn a_form_that_was_closed_is_still_told_of() {
    let mut state = state();
    let stopped = Box::new(Stopped::Facts("no network".into()));
    run(|commands| prepared(&mut state, Err(stopped), commands));
    assert_eq!(said(&state), ("nothing was sent: no network", false));
}

/// A refund of $20.00 was stopped at its sending, since somebody else refunded as much.
fn moved_while_held(state: &mut State) -> Vec<Command> {
    let task = sending(state);
    let mut intent = intent("int_1", IntentState::Withdrawn);
    intent.message = Some("nothing was sent: it has changed meanwhile".into());
    intent.proposal.args = crate::actions::Args::default()
        .with("charge", "ch_1")
        .with("amount", "20")
        .with("reason", "duplicate")
        .with("note", "billed twice");
    let moved = vec!["refunded: $0.00 → $20.00".to_owned()];
    let ending = Ending { moved, ..Ending::new(intent, None) };
    run(|commands| ended(state, task, ending, commands))
}

fn fresh_facts(state: &mut State, commands: &[Command]) {
    let json = crate::desk::fixture::charge("ch_1", 9_900, 2_000, "usd").to_string();
    let charge = crate::model::Record::<crate::model::Charge>::parse(json).unwrap().object().clone();
    let message = Message::Facts {
        task: facts_task(commands),
        subject: Fact::Known(Subject::made(&charge)),
        spent: Fact::Known(Spent::default()),
    };
    tell(state, &message);
}

#[test]
fn what_moved_while_it_was_held_opens_the_form_again_as_it_was() {
    let mut state = state();
    let commands = moved_while_held(&mut state);
    let shown = text(&state);
    for piece in [
        "it moved while it was held: nothing was sent",
        "changed since: refunded $0.00 → $20.00",
        "Amount [20▏]",
        "● duplicate",
        "Note [billed twice]",
    ] {
        assert!(shown.contains(piece), "{piece}: {shown}");
    }
    fresh_facts(&mut state, &commands);
    assert!(text(&state).contains("left to refund  $79.00") && text(&state).contains("Amount [20▏]"));
    assert_eq!(prepares(&press(&mut state, "<enter>")), [], "the first Enter only takes note");
    let change = prepares(&press_slowly(&mut state, "<enter>"));
    assert_eq!((change.len(), change[0].args.get("amount")), (1, Some("20")));
}

#[test]
fn a_form_that_comes_back_while_it_is_read_only_waits_and_says_why() {
    let mut state = state();
    begin(&mut state, PaneId::Charges, 1, "refund_charge");
    moved_while_held(&mut state);
    press(&mut state, "<esc>");
    state.session.read_only = Some("this key belongs to acct_2".into());
    press(&mut state, "<c-o>");
    assert_eq!((state.modals.len(), state.returned.len()), (0, 1), "it is not lost");
    assert!(said(&state).0.contains("acct_2"), "{}", said(&state).0);
    state.session.read_only = None;
    press(&mut state, "<c-o>");
    assert_eq!((state.modals.len(), state.returned.len()), (1, 0));
}

#[test]
fn a_form_that_comes_back_never_takes_keys_from_what_is_being_typed() {
    let mut state = state();
    begin(&mut state, PaneId::Charges, 1, "refund_charge");
    moved_while_held(&mut state);
    assert_eq!((state.modals.len(), state.returned.len()), (1, 1));
    let bottom = crate::desk::bottom::bottom(&state).tasks.text();
    assert!(bottom.contains("refunding $99.00 was stopped · Ctrl-o look again"), "{bottom}");
    press(&mut state, "<esc>");
    assert!(state.modals.is_empty(), "closing something else does not bring it up either");
    let commands = press(&mut state, "/ada<c-o>");
    assert!(text(&state).contains("changed since: refunded $0.00 → $20.00"), "{}", text(&state));
    assert!(state.returned.is_empty());
    fresh_facts(&mut state, &commands);
    press(&mut state, "<esc>");
    press(&mut state, "<c-o>");
    assert!(said(&state).0.contains("no change waits"));

    let mut state = super::super::fixture::state();
    state.search.typing = true;
    moved_while_held(&mut state);
    assert!(state.modals.is_empty(), "letters go into the search box");
}

#[test]
fn a_subscription_s_form_comes_back_with_its_date_and_without_the_record_on_screen() {
    let mut state = state();
    state.data.folders.clear();
    let mut intent = intent("int_1", IntentState::Withdrawn);
    intent.proposal.action = "cancel_subscription".into();
    intent.proposal.target = AnyId::parse("sub_1").unwrap();
    intent.proposal.terms.confirm_word = Some("Pro".into());
    intent.proposal.args = crate::actions::Args::default()
        .with("when", "date")
        .with("on", "1798675200")
        .with("proration", "create_prorations");
    let ending = Ending { moved: vec!["price: $99.00 → $49.00".into()], ..Ending::new(intent, None) };
    let commands = run(|commands| ended(&mut state, TaskId(7), ending, commands));
    assert!(!text(&state).contains("When"), "nothing is shown of what is not read: {}", text(&state));
    let json = crate::desk::fixture::subscription().to_string();
    let subscription = crate::model::Record::<crate::model::Subscription>::parse(json).unwrap();
    let message = Message::Facts {
        task: facts_task(&commands),
        subject: Fact::Known(Subject::of(&subscription)),
        spent: Fact::Known(Spent::default()),
    };
    tell(&mut state, &message);
    let shown = text(&state);
    for piece in
        ["changed since: price $99.00", "On [2026-12-31]", "● credit on a next invoice", "takes note"]
    {
        assert!(shown.contains(piece), "{piece}: {shown}");
    }
    press(&mut state, "<enter>");
    assert!(text(&state).contains("Type Pro to confirm"), "{}", text(&state));
}

#[test]
fn a_write_that_dies_is_unknown_and_looked_up() {
    let mut state = state();
    let task = sending(&mut state);
    let commands = run(|commands| crashed(&mut state, task, commands));
    assert_eq!(state.changes[0].intent.state, IntentState::Unknown);
    assert!(matches!(commands[..], [Command::Recover { .. }]));
}

#[test]
fn what_the_role_may_not_do_opens_no_form_and_says_which_rule() {
    let mut state = state();
    assert_eq!(prepares(&begin(&mut state, PaneId::Subscriptions, 0, "pause_subscription")), []);
    assert!(state.modals.is_empty(), "{}", text(&state));
    let why = said(&state).0;
    assert!(why.starts_with("cannot pause Pro: ") && why.ends_with("(subscriptions.pause)"), "{why}");
    // What only some amounts or choices are denied is filled in.
    begin(&mut state, PaneId::Charges, 0, "refund_charge");
    assert_eq!(state.modals.len(), 1);
}

#[test]
fn what_cannot_be_done_says_why_and_opens_nothing() {
    let mut state = state();
    begin(&mut state, PaneId::Subscriptions, 0, "undo_cancellation");
    assert_eq!(said(&state).0, "cannot keep Pro: it is not set to end");
    state.session.read_only = Some("no policy file".into());
    begin(&mut state, PaneId::Charges, 0, "refund_charge");
    assert_eq!(said(&state).0, "cannot refund ch_1: read-only: no policy file");
    state.session.read_only = None;
    hold(&mut state, "int_1");
    assert_eq!(prepares(&begin(&mut state, PaneId::Charges, 0, "refund_charge")), []);
    assert_eq!(
        said(&state).0,
        "cannot refund ch_1 now: refunding $99.00 to Ada Lovelace in 5 s · u takes it back"
    );
    assert!(state.modals.is_empty());
    state.search.typing = true;
    begin(&mut state, PaneId::Charges, 0, "update_charge");
    assert!(said(&state).0.ends_with("in 5 s · Ctrl-t takes it back"), "{}", said(&state).0);
    begin(&mut state, PaneId::Charges, 9, "refund_charge");
    assert_eq!(said(&state).0, "select a charge first");
}
