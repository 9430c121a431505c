//! Modals as keys and answers bring them about, over Ada's desk.

use crate::{
    desk::{
        data::{Folder, Slot},
        fixture::{NOW_MS, answer_facts, begin, intent, press, state, tell},
        message::{AuditPage, Command, Commands, Memory, Message, Trouble},
        panes::PaneId,
        question::Question,
        state::{Again, ChangeLine, Mode, Profile, State},
        update,
    },
    gate::{Raised, Stopped},
    ledger::{AuditRecord, IntentState, Visit},
    model::{CustomerId, Record},
    time::Unix,
};

pub(super) fn on_desk(keys: &str) -> State {
    let mut state = state();
    state.search.typing = false;
    state.focus = PaneId::Charges;
    press(&mut state, keys);
    state
}

pub(super) fn form(pane: PaneId, action: &str, keys: &str) -> State {
    let mut state = on_desk("");
    let asked = begin(&mut state, pane, 0, action);
    answer_facts(&mut state, &asked);
    // What holds after every message holds before the first key.
    assert_eq!(update(&mut state, NOW_MS, Message::Wake).0, []);
    press(&mut state, keys);
    state
}

/// A refund that was confirmed, and what the gate said then.
pub(super) fn refund_stopped(stopped: Stopped) -> State {
    let mut state = form(PaneId::Charges, "refund_charge", "");
    let commands = press(&mut state, "d<up><c-u>20<enter>");
    let task = commands.iter().find_map(|command| match command {
        Command::Prepare { task, .. } => Some(*task),
        _ => None,
    });
    tell(&mut state, &Message::Prepared { task: task.unwrap(), result: Err(Box::new(stopped)) });
    state
}

pub(super) fn ending() -> State {
    let mut state = on_desk("");
    let folder: &mut Folder = state.data.folders.values_mut().next().unwrap();
    let mut json = crate::desk::fixture::subscription();
    json["cancel_at_period_end"] = true.into();
    let row = Record::parse(json.to_string()).unwrap();
    folder.subscriptions.value.as_mut().unwrap().rows = vec![row];
    let asked = begin(&mut state, PaneId::Subscriptions, 0, "undo_cancellation");
    answer_facts(&mut state, &asked);
    state
}

pub(super) fn with_change(how: IntentState, keys: &str) -> State {
    let mut state = on_desk("");
    state.changes.push(ChangeLine { intent: intent("int_1", how), task: None, note: None });
    press(&mut state, keys);
    state
}

pub(super) fn tasks(again: Option<Again>, keys: &str) -> State {
    let mut state = on_desk("");
    let mut commands = Commands::default();
    state.ask(Question::Account, false, &mut commands);
    state.start("copying");
    let trouble = Trouble {
        what: "the key may not read charges".into(),
        todo: "grant it".into(),
        request_id: None,
        retry: true,
        missing: false,
    };
    state.failed("charges", trouble, again);
    press(&mut state, keys);
    state
}

pub(super) fn raised() -> State {
    let mut state = on_desk("");
    state.raised.push(Raised {
        intent: intent("int_1", IntentState::Settled),
        refund: "re_1".into(),
        what: "the bank sent it back".into(),
        for_good: true,
    });
    press(&mut state, "T");
    state
}

pub(super) fn audit(count: i64, keys: &str) -> State {
    let mut state = on_desk("");
    let [Command::Audit { task }] = press(&mut state, "a")[..] else { panic!() };
    let record = |seq: i64| AuditRecord {
        seq,
        at: Unix(NOW_MS / 1_000 - seq),
        event: "settled".into(),
        intent: format!("int_{seq}"),
        agent: "maya".into(),
        action: "refund_charge".into(),
        target: "ch_1".into(),
        amount: Some(9_900),
        currency: Some("usd".into()),
        reason: None,
        request_id: None,
        result_id: None,
        message: None,
        previous: "00".into(),
        hash: "ff".into(),
    };
    let page = AuditPage {
        records: (0..count).map(record).collect(),
        customers: [("int_0".to_owned(), "cus_1".to_owned())].into(),
        ends: std::collections::BTreeMap::new(),
        chain: "unbroken".into(),
        chain_ok: true,
    };
    tell(&mut state, &Message::Audit { task, result: Ok(page) });
    press(&mut state, keys);
    state
}

/// Three customers who were opened lately.
pub(super) fn recent(keys: &str) -> State {
    let mut state = on_desk("");
    let [Command::Remember { task, .. }] = press(&mut state, "H")[..] else { panic!() };
    let visit = |id: &str| Visit { customer: CustomerId::parse(id).unwrap(), at: Unix(NOW_MS / 1_000) };
    let lately = ["cus_1", "cus_2", "cus_3"].map(visit).into();
    tell(&mut state, &Message::Remembered { task, result: Ok(Memory { lately, notes: None }) });
    press(&mut state, keys);
    state
}

pub(super) fn pasted() -> State {
    let mut state = on_desk("");
    let text = "Hello,\nyou took $99.00 from me on 22 November, why?\nada@example.com";
    tell(&mut state, &Message::Paste(text.into()));
    state
}

/// A month in which one customer was given back money again and again.
pub(super) fn month(keys: &str) -> State {
    let mut state = on_desk("");
    let commands = press(&mut state, "m");
    for command in commands {
        let Command::Ask { task, question, .. } = command else { continue };
        let row = |at: i64, currency: &str| {
            serde_json::json!({"id": format!("re_{at}{currency}"), "amount": 500, "currency": currency, "status": "succeeded",
                "created": NOW_MS / 1_000 - at * 3_600,
                "charge": {"id": format!("ch_{at}{currency}"), "amount": 500, "currency": "usd", "customer": "cus_1"}})
        };
        let rows: Vec<_> = (1..6).flat_map(|at| [row(at, "usd"), row(at, "eur")]).collect();
        let rows = if question.label().starts_with("refunds") { rows } else { Vec::new() };
        let json = serde_json::json!({"data": rows, "has_more": false}).to_string();
        let result = Ok(question.read(&json).unwrap());
        tell(&mut state, &Message::Reply { task, result });
    }
    press(&mut state, keys);
    state
}

/// What happened to a customer, with a refund in it.
pub(super) fn line(keys: &str) -> State {
    let mut state = on_desk("");
    // Nothing is known of their charges yet.
    state.data.folders.values_mut().next().unwrap().charges = Slot::default();
    for command in press(&mut state, "t") {
        let Command::Ask { task, question, .. } = command else { continue };
        let charge = serde_json::json!({"id": "ch_7", "amount": 500, "currency": "usd", "status": "succeeded", "captured": true,
            "created": NOW_MS / 1_000 - 9_000, "customer": "cus_1", "refunds": {"data": [{"id": "re_7", "amount": 500,
            "currency": "usd", "status": "pending", "created": NOW_MS / 1_000 - 3_600, "charge": "ch_7"}]}});
        let rows = if question.label().starts_with("charges") { vec![charge] } else { Vec::new() };
        let json = serde_json::json!({"data": rows, "has_more": false}).to_string();
        if let Ok(answer) = question.read(&json) {
            tell(&mut state, &Message::Reply { task, result: Ok(answer) });
        }
    }
    press(&mut state, keys);
    state
}

/// A list that a reading action gave, with more behind it.
pub(super) fn listed(keys: &str) -> State {
    let mut state = on_desk(":");
    let commands = press(&mut state, "list_charges<enter>");
    let [Command::Ask { task, .. }] = commands[..] else { panic!("{commands:?}") };
    let json =
        r#"{"data":[{"id":"ch_1","object":"charge"},{"id":"ch_2","object":"charge"}],"has_more":true}"#;
    let answer = crate::desk::Answer::Rows(crate::model::Page::parse(json).unwrap());
    tell(&mut state, &Message::Reply { task, result: Ok(answer) });
    press(&mut state, keys);
    state
}

/// Another profile that can be opened, and one that cannot.
pub(super) fn profiles(keys: &str) -> State {
    let mut state = on_desk("");
    let profile = |name: &str, closed: Option<&str>| Profile {
        name: name.into(),
        account: Some(format!("acct_{name}")),
        mode: Some(Mode::Live),
        closed: closed.map(str::to_owned),
    };
    state.session.profiles = vec![
        profile("default", None),
        profile("europe", None),
        profile("new", Some("no key is kept for it")),
    ];
    press(&mut state, keys);
    state
}

pub(super) fn small(mut state: State) -> State {
    (state.width, state.height) = (60, 14);
    state
}
