//! Proposals that wait for a person: what the desk knows of them, and how one becomes a change like any other, in its usual form. They
//! never run by themselves.

use super::{
    bottom::key_of,
    draft::Draft,
    flow,
    keymap::Do,
    linked,
    message::{Command, Commands, TaskId},
    modals::Modal,
    sheet::{Line, Tone},
    state::State,
    usable, words,
};
use crate::{
    actions::{Proposal, Subject, find},
    gate::Stopped,
    ledger::Asked,
    model::CustomerId,
    policy::Fact,
};

/// Reads what waits.
pub fn read(state: &mut State, commands: &mut Commands) -> TaskId {
    let task = state.start("what waits for a person");
    commands.push(Command::Inbox { task });
    task
}

/// It waits for a second person, or nothing came of it. Its form, if it is still open, has heard of it already.
pub fn proposed(state: &mut State, result: Result<Box<Asked>, Box<Stopped>>, commands: &mut Commands) {
    match result {
        Ok(asked) => {
            state.say_of("it waits for a second person; nothing was sent", Some(asked.id), true);
        }
        Err(stopped) => state.say(format!("nothing was asked: {stopped}"), false),
    }
    read(state, commands);
}

/// What waits now, or why it cannot be told.
pub fn take(state: &mut State, result: &Result<Vec<Asked>, String>) {
    match result {
        Ok(waiting) => state.waiting.clone_from(waiting),
        Err(why) => state.say(why.clone(), false),
    }
}

/// How many are about a customer, and the key that shows them, for the head.
pub fn words(state: &State, id: &CustomerId) -> Line {
    let theirs = |asked: &&Asked| {
        let named = asked.proposal.customer.as_ref() == Some(id) || asked.proposal.target.id == id.as_str();
        named || state.data.owner(&asked.proposal.target).as_ref() == Some(id)
    };
    let words = match state.waiting.iter().filter(theirs).count() {
        0 => return Line::default(),
        1 => "⚑ 1 proposal waits".to_owned(),
        count => format!("⚑ {count} proposals wait"),
    };
    let line = Line::toned(words, Tone::Info);
    match key_of(Do::Inbox) {
        Some(key) => line.then(format!(" {key}"), Tone::Key),
        None => line,
    }
}

/// The object as the desk has it, where it has it.
pub fn known(state: &State, proposal: &Proposal) -> Option<Fact<Subject>> {
    let raw = linked::known_raw(state, &proposal.target)?;
    linked::subject(&proposal.target, &raw).map(Fact::Known)
}

/// The form of the action, filled in as it was proposed, with fresh facts on their way; or a notice that says why it cannot be
/// decided any more.
pub fn take_up(state: &mut State, asked: &Asked, commands: &mut Commands) -> Option<Modal> {
    let now = state.now().plus(state.api.skew_s);
    let Some(action) = find(&asked.proposal.action) else {
        state.say(format!("there is no action {} any more", asked.proposal.action), false);
        return None;
    };
    let target = asked.proposal.target.clone();
    let subject = match known(state, &asked.proposal) {
        Some(Fact::Known(subject)) => subject,
        Some(Fact::Unknown(_)) | None => Subject::unread(&target),
    };
    let to_do = || action.to_do(None, &words::called(state, &target));
    let why = asked.over(now).map(|why| format!("cannot {}: {why}", to_do()));
    if let Some(why) = why.or_else(|| usable::in_the_way(state, action, &target, &subject)) {
        state.answer_key(why);
        return None;
    }
    let draft = Draft::new(action, target, subject, state, commands).proposed(asked, state);
    Some(flow::form(action, draft, state, commands))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{
        desk::{
            fixture::{NOW_MS, facts_task, intent, prepares, press, press_slowly, state, tell, text},
            message::Message,
        },
        ledger::{AskedState, IntentState},
        money::{Currency, Money},
        policy::Spent,
        time::Unix,
    };

    /// A refund of $25.00 of Ada's first charge, asked for an hour ago.
    pub(crate) fn asked(id: &str) -> Asked {
        let mut proposal = intent("int_0", IntentState::Held).proposal;
        proposal.args =
            proposal.args.with("charge", "ch_1").with("amount", "25.00").with("reason", "duplicate");
        proposal.amount = Some(Money::new(2_500, Currency::USD));
        proposal.terms.reason = Some("duplicate".into());
        proposal.sentence = "refund $25.00 of ch_1 to visa ··4242".into();
        Asked {
            id: id.into(),
            state: AskedState::Waiting,
            decision: intent("int_0", IntentState::Held).decision,
            proposal,
            asked_by: "assistant".into(),
            why: Some("she wrote that she paid twice\u{1b}[2J".into()),
            account: "acct_1".into(),
            live: false,
            asked: Unix(NOW_MS / 1_000 - 3_600),
            expires: Unix(NOW_MS / 1_000 + 82_800),
            agreed: Vec::new(),
            decided_by: None,
            decided: None,
            intent: None,
            reason: None,
        }
    }

    fn inbox(waiting: Vec<Asked>) -> State {
        let mut state = state();
        state.search.typing = false;
        tell(&mut state, &Message::Waiting { asked: waiting.clone() });
        let [Command::Inbox { task }] = press(&mut state, "A")[..] else { panic!("it reads what waits") };
        tell(&mut state, &Message::Inbox { task, result: Ok(waiting) });
        state
    }

    fn said(state: &State) -> &str {
        &state.notice.as_ref().unwrap().text
    }

    #[test]
    fn the_inbox_says_who_asked_for_what_why_and_how_it_stands() {
        let state = inbox(vec![asked("prop_1")]);
        let shown = text(&state);
        assert!(shown.contains("1 proposal waits"), "{shown}");
        assert!(shown.contains("refund $25.00 of ch_1"), "{shown}");
        assert!(shown.contains("assistant asked 60 min ago · until 24 Nov 11:00 (in 23 h)"), "{shown}");
        assert!(shown.contains("$25.00  refund") && shown.contains("✔ "), "{shown}");
        assert!(shown.contains("“she wrote that she paid twice␛[2J”"), "{shown}");
        assert!(text(&inbox(vec![])).contains("nothing waits for a person"));
    }

    #[test]
    fn enter_opens_it_in_its_form_and_confirming_carries_its_id() {
        let mut state = inbox(vec![asked("prop_1")]);
        let commands = press(&mut state, "<enter>");
        let task = facts_task(&commands);
        let subject = known(&state, &asked("prop_1").proposal).unwrap();
        tell(&mut state, &Message::Facts { task, subject, spent: Fact::Known(Spent::default()) });
        let shown = text(&state);
        assert!(shown.contains("assistant asks for it"), "{shown}");
        assert!(shown.contains("[25.00") && shown.contains("● duplicate"), "{shown}");
        let confirmed = prepares(&press_slowly(&mut state, "<enter>"));
        assert_eq!(confirmed.len(), 1, "{}", text(&state));
        assert_eq!(confirmed[0].asked.as_deref(), Some("prop_1"));
        assert_eq!(confirmed[0].args.get("amount"), Some("25.00"));
    }

    #[test]
    fn what_is_over_or_in_the_way_is_said_and_opens_nothing() {
        let over = Asked { expires: Unix(NOW_MS / 1_000), ..asked("prop_1") };
        let mut late = inbox(vec![over]);
        assert_eq!(press(&mut late, "<enter>"), []);
        assert!(said(&late).contains("time was over"), "{}", said(&late));
        let mut read_only = inbox(vec![asked("prop_1")]);
        read_only.session.read_only = Some("by flag".into());
        press(&mut read_only, "<enter>");
        assert!(said(&read_only).contains("read-only: by flag"));
        press(&mut read_only, "x");
        assert!(said(&read_only).contains("nothing is decided"));
    }

    #[test]
    fn a_refusal_wants_a_reason_and_leaves_the_rest() {
        let mut state = inbox(vec![asked("prop_1"), asked("prop_2")]);
        press(&mut state, "jx");
        assert_eq!(press(&mut state, "<enter>"), [], "no reason, no refusal");
        assert!(said(&state).contains("give a reason"));
        let commands = press(&mut state, "she<space>has<space>it<enter>");
        let [Command::Refuse { task, asked: id, why }] = &commands[..] else { panic!("{commands:?}") };
        assert_eq!((id.as_str(), why.as_str()), ("prop_2", "she has it"));
        tell(&mut state, &Message::Inbox { task: *task, result: Ok(vec![asked("prop_1")]) });
        assert!(text(&state).contains("1 proposal waits"));
        press(&mut state, "x<esc>");
        assert_eq!(state.modals.len(), 1, "Esc lets it wait, and keeps the inbox");
        press(&mut state, "<esc>");
        assert!(state.modals.is_empty());
    }

    #[test]
    fn what_another_process_wrote_shows_at_once_and_the_same_again_changes_nothing() {
        let mut state = inbox(vec![]);
        press(&mut state, "<esc>");
        let before = state.picture;
        tell(&mut state, &Message::Waiting { asked: vec![] });
        assert_eq!(state.picture, before, "nothing is drawn");
        tell(&mut state, &Message::Waiting { asked: vec![asked("prop_1")] });
        assert_ne!(state.picture, before);
        assert_eq!(state.waiting.len(), 1);
    }
}
