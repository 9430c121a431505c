//! The palette: what it lists, in which order, what it says, and what Enter does.

use crate::{
    desk::{
        binding::Binding,
        fixture::{NOW_MS, prepares, press, state, tell, text},
        keymap::{self, Do},
        message::{Command, Message},
        modals::Modal,
        panes::PaneId,
        question::{Answer, Question},
        state::State,
        update::update,
    },
    model::{Page, Record},
    policy::Policy,
};

fn palette(keys: &str) -> State {
    let mut state = state();
    state.search.typing = false;
    state.focus = PaneId::Charges;
    press(&mut state, ":");
    press(&mut state, keys);
    state
}

fn rows(state: &State) -> Vec<String> {
    let all = text(state);
    let row = |line: &&str| line.starts_with('▸') || line.starts_with(' ');
    all.lines().filter(row).map(str::to_owned).collect()
}

/// Actions, and what the desk does itself.
fn every() -> usize {
    crate::actions::all().count() + deeds().count()
}

fn deeds() -> impl Iterator<Item = Binding<Do>> {
    keymap::desk().filter(|row| row.name.is_some())
}

fn ran(commands: &[Command]) -> Vec<(String, Vec<(String, String)>)> {
    let run = |command: &Command| match command {
        Command::Ask { question: Question::Run { action, request, .. }, .. } => {
            Some((action.clone(), request.params.clone()))
        }
        _ => None,
    };
    commands.iter().filter_map(run).collect()
}

#[test]
fn every_action_of_the_catalogue_is_listed_and_those_for_what_is_selected_come_first() {
    let state = palette("");
    assert_eq!(rows(&state).len(), every());
    let first = &rows(&state)[0];
    assert!(first.starts_with("▸get charge") && first.contains("○ read"), "{first}");
    assert!(first.contains("payments") && first.contains("charge:read"), "{first}");
    let refund = rows(&state).into_iter().find(|row| row.contains("refund charge")).unwrap();
    assert!(refund.contains("$ money") && refund.contains(" r   "), "{refund}");
    let place = |name: &str| rows(&state).iter().position(|row| row.contains(name)).unwrap();
    assert!(place("refund charge") < place("list events"), "what is selected comes first");
    assert!(place("list events") < place("cancel subscription"), "what has to be chosen comes later");
}

#[test]
fn letters_narrow_it_and_esc_brings_all_back() {
    let mut state = palette("refund ch");
    let found = rows(&state);
    assert!(found[0].starts_with("▸refund charge"), "{found:?}");
    assert!(found.len() < 10, "{found:?}");
    press(&mut state, "<esc>");
    assert_eq!(rows(&state).len(), every());
    press(&mut state, "xyzxyz");
    assert!(text(&state).contains("nothing is called or does this"));
    press(&mut state, "<esc><esc>");
    assert!(state.modals.is_empty());
}

/// Whatever else has its letters and could be used at once.
#[test]
fn the_whole_name_of_an_action_finds_it_first() {
    for action in crate::actions::all() {
        let found = rows(&palette(action.name));
        let title = super::Entry::Action(action).title();
        assert!(found[0].starts_with(&format!("▸{title} ")), "{title}: {}", found[0]);
    }
}

#[test]
fn the_desks_own_screens_and_deeds_are_found_by_name_and_by_other_words() {
    for row in deeds() {
        let name = row.name.unwrap();
        let found = rows(&palette(name));
        assert!(found[0].starts_with(&format!("▸{name} ")) && found[0].contains("◇ desk"), "{found:?}");
    }
    for (typed, name, by) in [
        ("dup", "duplicates", ""),
        ("why", "explain", ""),
        ("email", "copy reply", "email: "),
        ("log", "audit trail", "log: "),
        ("history", "timeline", "history: "),
        ("approve", "inbox", "approve: "),
        ("excel", "export", "excel: "),
        ("webhook", "live events", "webhook: "),
        ("statist", "monitor", "statistics: "),
        ("last cust", "recent customers", "last customers: "),
    ] {
        let found = rows(&palette(typed));
        let row = found.iter().take(5).find(|row| row.trim_start_matches(['▸', ' ']).starts_with(name));
        let row = row.unwrap_or_else(|| panic!("{typed}: {found:?}"));
        assert!(row.contains(by), "{typed}: {row}");
    }
}

/// Whatever it opens, says or copies.
#[test]
fn enter_on_a_deed_of_the_desk_does_what_its_key_does() {
    for row in deeds() {
        let name = row.name.unwrap();
        let mut by_palette = palette(name);
        let usable = !rows(&by_palette)[0].contains('✖');
        let commands = press(&mut by_palette, "<enter>");
        if !usable {
            assert!(matches!(by_palette.modals[..], [Modal::Palette(_)]), "{name}");
            continue;
        }
        let mut by_key = palette("<esc>");
        let key = row.keys().next().unwrap();
        let same = update(&mut by_key, NOW_MS, Message::Key(key));
        assert_eq!(format!("{commands:?}"), format!("{:?}", same.0), "{name}");
        // The Enter itself has to rest before another means anything.
        (by_palette.picture, by_palette.enter) = (by_key.picture, by_key.enter);
        let written = |state: &State| serde_json::to_value(state).unwrap();
        assert_eq!(written(&by_palette), written(&by_key), "{name}");
    }
}

#[test]
fn over_a_record_the_palette_lists_actions_alone() {
    let mut state = palette("<esc>");
    press(&mut state, "j<enter>:");
    assert_eq!(rows(&state).len(), crate::actions::all().count());
}

#[test]
fn what_an_action_does_finds_it_too() {
    let state = palette("whole or in part");
    assert!(rows(&state)[0].contains("refund charge"), "{:?}", rows(&state));
}

#[test]
fn what_people_call_an_action_finds_it_and_is_shown_as_why() {
    for (typed, action, by) in [
        ("answer", "update dispute", "answer: "),
        ("adjust", "adjust customer balance", ""),
        ("give ba", "refund charge", "give back: "),
        ("money back", "refund charge", "money back: "),
        ("void", "void invoice", ""),
        ("stop", "cancel subscription", "stop: "),
        ("downgrade", "update subscription", "downgrade: "),
        ("chargeback", "update dispute", "chargeback: "),
    ] {
        let found = rows(&palette(typed));
        let row = found.iter().take(4).find(|row| row.contains(action));
        let row = row.unwrap_or_else(|| panic!("{typed}: {found:?}"));
        assert!(row.contains(by), "{typed}: {row}");
    }
    assert!(
        rows(&palette("adjust"))
            .iter()
            .any(|row| row.contains("create credit note") && row.contains("adjust: "))
    );
}

#[test]
fn what_cannot_be_used_is_last_and_says_why() {
    let mut state = palette("<esc>");
    state.policy = Policy::parse("version = 1\nrefunds.max.jpy = \"1\"", "policy.toml").unwrap();
    press(&mut state, ":refund");
    let rows = rows(&state);
    let refund = rows.iter().position(|row| row.contains("refund charge")).unwrap();
    assert!(rows[refund].contains("✖ USD has no limit"), "{}", rows[refund]);
    assert!(rows[..refund].iter().all(|row| !row.contains('✖')), "{rows:?}");
    for _ in 0..refund {
        press(&mut state, "<down>");
    }
    assert_eq!(prepares(&press(&mut state, "<enter>")), []);
    assert!(state.notice.as_ref().unwrap().text.contains("(refunds."));
    assert!(matches!(state.modals[..], [Modal::Palette(_)]));
}

#[test]
fn read_only_greys_every_change_and_no_reading() {
    let mut state = palette("<esc>");
    state.session.read_only = Some("no policy file".into());
    press(&mut state, ":");
    for row in rows(&state) {
        let changes = !row.contains("○ read") && !row.contains("◇ desk");
        assert_eq!(row.contains("read-only: no policy file"), changes, "{row}");
    }
}

#[test]
fn enter_opens_the_form_in_its_place() {
    let mut state = palette("refund_charge<enter>");
    assert!(matches!(state.modals[..], [Modal::Refund(_)]));
    press(&mut state, "<esc>");
    assert!(state.modals.is_empty());
}

#[test]
fn a_reading_that_lacks_nothing_runs_and_its_rows_open() {
    let mut state = palette("");
    let commands = press(&mut state, "list_charges<enter>");
    assert_eq!(ran(&commands), [("list_charges".to_owned(), vec![("customer".into(), "cus_1".into())])]);
    assert!(text(&state).contains("reading…"), "{}", text(&state));
    let [Command::Ask { task, .. }] = commands[..] else { panic!("{commands:?}") };
    let json = format!(
        r#"{{"object":"list","has_more":true,"data":[{},{}]}}"#,
        crate::desk::fixture::charge("ch_8", 9_900, 0, "usd"),
        crate::desk::fixture::charge("ch_9", 4_900, 0, "usd"),
    );
    let answer = Answer::Rows(Page::parse(&json).unwrap());
    tell(&mut state, &Message::Reply { task, result: Ok(answer) });
    let shown = text(&state);
    assert!(shown.contains("$99.00") && shown.contains("2 read · there are more"), "{shown}");
    let more = press(&mut state, "<down>");
    let [Command::Ask { question: Question::Run { after, .. }, .. }] = &more[..] else { panic!("{more:?}") };
    assert_eq!(after.as_deref(), Some("ch_9"));
    press(&mut state, "<enter>");
    assert!(text(&state).contains("Amount  $49.00"), "{}", text(&state));
    press(&mut state, "<esc><esc>");
    assert!(matches!(state.modals[..], [Modal::Palette(_)]), "back to look for another");
    assert!(!state.tasks.running.values().any(|task| task.label == "list charges"), "nobody waits for it");
}

#[test]
fn one_object_opens_in_its_detail() {
    let mut state = palette("");
    let commands = press(&mut state, "get_customer_bal<enter>");
    let [Command::Ask { task, .. }] = commands[..] else { panic!("{commands:?}") };
    let record = Record::parse(r#"{"id":"cus_1","object":"customer","name":"Ada"}"#).unwrap();
    tell(&mut state, &Message::Reply { task, result: Ok(Answer::One(Box::new(record))) });
    assert!(text(&state).contains("Name  Ada"), "{}", text(&state));
}

#[test]
fn over_a_record_it_is_about_that_record() {
    let mut state = palette("<esc>");
    press(&mut state, "j<enter>:");
    press(&mut state, "get_charge");
    let commands = press(&mut state, "<enter>");
    let [Command::Ask { question, .. }] = &commands[..] else { panic!("{commands:?}") };
    assert_eq!(question.request().path, "/v1/charges/ch_2");
}
