//! Refunds that came back after they had gone through: asked about at start and whenever one is seen, raised until the agent
//! acknowledges each.

use super::{
    message::{Command, Commands, Trouble},
    question::Answer,
    state::{Again, State},
};
use crate::{
    gate::Looked,
    model::{Charge, Kind, Record, Refund, RefundStatus},
};

const DAY_MS: i64 = 24 * 3_600_000;

/// Asks whether refunds stayed: those of these intents, or all of the last days.
pub fn look_after(state: &mut State, only: Vec<String>, commands: &mut Commands) {
    if only.is_empty() {
        state.looked_ms = state.now_ms;
    }
    let task = state.start("whether refunds stayed");
    if let Some(running) = state.tasks.running.get_mut(&task) {
        running.prefetch = true;
    }
    commands.push(Command::LookAfter { task, only });
}

/// In a desk that is left open they are asked about once a day.
pub fn daily(state: &mut State, commands: &mut Commands) {
    if state.now_ms.saturating_sub(state.looked_ms) >= DAY_MS {
        look_after(state, Vec::new(), commands);
    }
}

/// Looks through what was read for refunds of this agent that did not stay. Each is asked about once for each status.
pub fn notice(state: &mut State, answer: &Answer, commands: &mut Commands) {
    let mut only = Vec::new();
    let mut seen = |refund: &Refund| {
        let worse = matches!(
            refund.status,
            RefundStatus::Failed
                | RefundStatus::Canceled
                | RefundStatus::Pending
                | RefundStatus::RequiresAction
        );
        let mark = |name: &str| {
            refund.metadata.iter().find(|(key, _)| key.as_str() == name).map(|(_, value)| value.as_str())
        };
        if let Some(intent) = mark("paydesk_intent")
            && worse
            && mark("paydesk_agent") == Some(&state.session.agent)
            && state.looked_after.insert(format!("{} {}", refund.id, refund.status))
        {
            only.push(intent.to_owned());
        }
    };
    let mut of = |charge: &Charge| charge.refunds.iter().flat_map(|list| &list.data).for_each(&mut seen);
    match answer {
        Answer::Charges(page) => page.rows.iter().for_each(|row| of(row)),
        Answer::Object(id, record) if id.kind == Kind::Charge => {
            if let Ok(charge) = Record::<Charge>::parse(record.raw().clone()) {
                of(&charge);
            }
        }
        Answer::Object(id, record) if id.kind == Kind::Refund => {
            if let Ok(refund) = Record::<Refund>::parse(record.raw().clone()) {
                seen(&refund);
            }
        }
        _ => {}
    }
    if !only.is_empty() {
        look_after(state, only, commands);
    }
}

/// What was found. What could not be looked at is kept among what can be tried again.
pub fn raised(state: &mut State, result: Result<Looked, String>) {
    let Looked { raised, missed } =
        result.unwrap_or_else(|why| Looked { missed: Some(why), ..Looked::default() });
    if let Some(what) = missed {
        state.tasks.failed.retain(|failed| failed.again != Some(Again::LookAfter));
        let trouble = Trouble {
            what,
            todo: "a refund that failed later is not raised until this was read".into(),
            request_id: None,
            retry: true,
            missing: false,
        };
        state.failed("whether refunds stayed", trouble, Some(Again::LookAfter));
    }
    for one in raised {
        state.raised.retain(|known| known.refund != one.refund);
        state.raised.push(one);
    }
}

/// The agent has seen it. It goes once that is recorded.
pub fn acknowledge(state: &mut State, refund: &str, commands: &mut Commands) {
    let Some(raised) = state.raised.iter().find(|raised| raised.refund == refund).cloned() else { return };
    let task = state.start(format!("acknowledging {refund}"));
    commands.push(Command::Acknowledge { task, raised: Box::new(raised) });
}

pub fn acknowledged(state: &mut State, refund: &str, result: Result<(), String>) {
    match result {
        Ok(()) => state.raised.retain(|raised| raised.refund != refund),
        Err(why) => state.say(format!("it stays, since it could not be recorded: {why}"), false),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{
        desk::{
            bottom,
            fixture::{charge, intent, press, state, tell, text},
            message::Message,
            question::Question,
        },
        gate::Raised,
        ledger::IntentState,
        model::{CustomerId, Page},
    };

    fn raised() -> Raised {
        let intent = intent("int_1", IntentState::Settled);
        Raised {
            intent,
            refund: "re_7".into(),
            what: "it failed: lost or stolen card".into(),
            for_good: true,
        }
    }

    fn look_task(commands: &[Command]) -> (crate::desk::message::TaskId, Vec<String>) {
        let look = |command: &Command| match command {
            Command::LookAfter { task, only } => Some((*task, only.clone())),
            _ => None,
        };
        commands.iter().find_map(look).unwrap()
    }

    #[test]
    fn what_came_back_stays_in_sight_until_its_acknowledgement_is_recorded() {
        let mut state = state();
        let commands = crate::desk::start(&mut state).0;
        state.search.typing = false;
        let (task, only) = look_task(&commands);
        assert!(only.is_empty());
        tell(
            &mut state,
            &Message::Raised { task, result: Ok(Looked { raised: vec![raised()], missed: None }) },
        );
        let bottom = |state: &State| bottom::bottom(state).tasks.text();
        assert!(bottom(&state).contains("✖ refund of $99.00 came back · T tasks"), "{}", bottom(&state));
        press(&mut state, "T");
        let shown = text(&state);
        assert!(
            shown.contains("▸came back: refund $99.00") && shown.contains("lost or stolen card"),
            "{shown}"
        );
        for (result, left) in [(Err("disk full".to_owned()), 1), (Ok(()), 0)] {
            let commands = press(&mut state, "a");
            let [Command::Acknowledge { task, raised }] = &commands[..] else { panic!("{commands:?}") };
            let refund = raised.refund.clone();
            tell(&mut state, &Message::Acknowledged { task: *task, refund, result });
            assert_eq!(state.raised.len(), left);
        }
        assert!(!text(&state).contains("came back"));
    }

    #[test]
    fn a_desk_that_is_left_open_looks_once_a_day_and_says_what_it_missed() {
        let mut state = state();
        look_task(&crate::desk::start(&mut state).0);
        let began = state.now_ms;
        let looks = |state: &mut State, at_ms: i64| {
            let commands = crate::desk::update(state, at_ms, Message::Wake).0;
            commands
                .into_iter()
                .filter(|command| matches!(command, Command::LookAfter { .. }))
                .collect::<Vec<_>>()
        };
        assert!(looks(&mut state, began + DAY_MS - 1).is_empty());
        let (task, _) = look_task(&looks(&mut state, began + DAY_MS));
        assert!(looks(&mut state, began + DAY_MS + 1).is_empty());
        let found = Looked { raised: vec![raised()], missed: Some("1 could not be read".into()) };
        tell(&mut state, &Message::Raised { task, result: Ok(found) });
        assert_eq!((state.raised.len(), state.tasks.failed.len()), (1, 1));
    }

    #[test]
    fn a_look_that_failed_is_kept_and_can_be_tried_again() {
        let mut state = state();
        let mut commands = Commands::default();
        look_after(&mut state, Vec::new(), &mut commands);
        let (task, _) = look_task(&commands.0);
        tell(&mut state, &Message::Raised { task, result: Err("no network".into()) });
        press(&mut state, "T");
        assert!(text(&state).contains("no network"), "{}", text(&state));
        look_task(&press(&mut state, "r"));
    }

    #[test]
    fn a_refund_of_ours_that_is_seen_to_have_failed_is_asked_about_once() {
        let row = |agent: &str, status: &str| {
            let mut charge = charge("ch_1", 9_900, 2_000, "usd");
            let refund = &mut charge["refunds"]["data"][0];
            refund["status"] = status.into();
            refund["metadata"] = serde_json::json!({"paydesk_intent": "int_9", "paydesk_agent": agent});
            charge
        };
        let mut state = state();
        let mut asked = |agent: &str, status: &str| {
            let customer = CustomerId::parse("cus_1").unwrap();
            let mut commands = Commands::default();
            let task = state.ask(Question::Charges { customer, after: None }, false, &mut commands);
            let list = serde_json::json!({"object": "list", "data": [row(agent, status)], "has_more": false});
            let result = Ok(Answer::Charges(Page::parse(&list.to_string()).unwrap()));
            let commands = tell(&mut state, &Message::Reply { task, result });
            let looks = commands.into_iter().filter_map(|command| match command {
                Command::LookAfter { only, .. } => Some(only),
                _ => None,
            });
            looks.collect::<Vec<_>>()
        };
        assert!(asked("maya", "succeeded").is_empty());
        assert!(asked("sam", "failed").is_empty(), "somebody else's");
        assert_eq!(asked("maya", "failed"), [["int_9"]]);
        assert!(asked("maya", "failed").is_empty(), "asked already");
        assert_eq!(asked("maya", "canceled"), [["int_9"]]);
    }
}
