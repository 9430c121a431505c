//! Choosing from a list: known objects, Stripe's own, typed ids, and what becomes of the chosen one.

use super::Pick;
use crate::{
    actions::{Subject, find},
    desk::{
        fixture::{paste, prepares, press, press_slowly, state, tell, text},
        message::{Command, Commands, Message, TaskId, Trouble},
        modals::{Modal, Overlay as _},
        panes::PaneId,
        question::{Answer, Question},
        state::State,
        usable::Here,
    },
    model::{Kind, Page, Record},
    policy::Fact,
};

/// The prices to change Ada's Pro at $99.00 a month to, as Stripe lists them.
fn prices(state: &mut State) -> Pick {
    let json = crate::desk::fixture::subscription().to_string();
    let subscription = Record::<crate::model::Subscription>::parse(json).unwrap();
    let here = Here::on_record(state, Some(Subject::of(&subscription)));
    let field = find("update_subscription").unwrap().field("price").unwrap();
    let mut commands = Commands::default();
    let mut pick = Pick::field(state, field, Kind::Price, (here, "", true), &mut commands);
    let (task, _) = asked(&commands.0);
    let price = |id: &str, currency: &str, product: &str, minor: i64, interval: &str| {
        format!(
            r#"{{"id":"{id}","object":"price","currency":"{currency}","unit_amount":{minor},"active":true,"product":"{product}",
            "recurring":{{"interval":"{interval}","interval_count":1}}}}"#
        )
    };
    let all = [
        price("price_7", "eur", "prod_1", 9_000, "month"),
        price("price_6", "usd", "prod_2", 190_000, "year"),
        price("price_5", "usd", "prod_2", 19_900, "month"),
        price("price_4", "usd", "prod_3", 4_900, "month"),
        price("price_3", "usd", "prod_1", 99_000, "year"),
        price("price_1", "usd", "prod_1", 9_900, "month"),
    ];
    pick.hear(&Message::Reply { task, result: Ok(rows(&all.join(","))) }, state, &mut commands);
    pick
}

#[test]
fn prices_begin_with_those_of_the_plan_that_there_is_and_end_with_other_currencies_which_cannot_be_chosen() {
    let mut state = state();
    let pick = prices(&mut state);
    let listed: Vec<_> = pick.found.iter().map(|at| pick.rows[*at].value.as_str()).collect();
    assert_eq!(listed, ["price_1", "price_3", "price_4", "price_5", "price_6", "price_7"]);
    assert!(!pick.words_of("price_5").contains("yes"), "{}", pick.words_of("price_5"));
    state.modals.push(Modal::Pick(pick));
    assert!(text(&state).contains("dim: another currency, which cannot be chosen"), "{}", text(&state));
    press(&mut state, "<end>");
    let shown = text(&state);
    assert!(shown.contains("✖ it cannot be chosen: price_7 is in EUR, the subscription in USD"), "{shown}");
    press(&mut state, "<enter>");
    assert!(matches!(state.modals[..], [Modal::Pick(_)]));
}

#[test]
fn the_very_amount_comes_before_one_that_has_its_digits_whatever_the_interval() {
    let mut state = state();
    let pick = prices(&mut state);
    state.modals.push(Modal::Pick(pick));
    press(&mut state, "990");
    let Some(Modal::Pick(pick)) = state.modals.last() else { panic!("{}", text(&state)) };
    assert_eq!(pick.chosen().as_deref(), Some("price_3"), "{}", text(&state));
}

#[test]
fn what_comes_later_moves_nothing_under_the_agent_s_hands() {
    let mut state = state();
    let mut pick = prices(&mut state);
    pick.narrow.list.at = 3;
    let cheaper = r#"{"id":"price_2","object":"price","currency":"usd","unit_amount":100,"active":true,"product":"prod_1"}"#;
    pick.add(&state, &[serde_json::from_str(cheaper).unwrap()]);
    assert_eq!((pick.chosen().as_deref(), pick.narrow.list.at), (Some("price_5"), 4));
}

/// An action found in the palette, with a charge selected.
fn started(keys: &str) -> (State, Vec<Command>) {
    let mut state = state();
    state.search.typing = false;
    state.focus = PaneId::Charges;
    press(&mut state, ":");
    let commands = press(&mut state, keys);
    (state, commands)
}

fn asked(commands: &[Command]) -> (TaskId, String) {
    let ask = |command: &Command| match command {
        Command::Ask { task, question, .. } => Some((*task, question.request().target())),
        _ => None,
    };
    commands.iter().find_map(ask).unwrap()
}

fn rows(json: &str) -> Answer {
    let page = format!(r#"{{"object":"list","data":[{json}],"has_more":false}}"#);
    Answer::Rows(Page::parse(&page).unwrap())
}

#[test]
fn a_change_of_something_that_is_not_selected_asks_which_and_goes_on_to_its_form() {
    let (mut state, commands) = started("cancel_subscription<enter>");
    assert!(!commands.iter().any(|command| matches!(command, Command::Ask { .. })), "they are known");
    let shown = text(&state);
    assert!(shown.contains("Cancel subscription · which subscription?"), "{shown}");
    assert!(shown.contains("▸  Pro") && shown.contains("sub_1"), "{shown}");
    press(&mut state, "<enter>");
    assert!(matches!(state.modals[..], [Modal::Cancel(_)]));
    assert!(
        text(&state).contains("Type Pro to confirm") || text(&state).contains("waits until"),
        "{}",
        text(&state)
    );
}

#[test]
fn what_is_not_known_is_asked_for_and_an_id_may_be_typed_meanwhile() {
    let (mut state, commands) = started("get_dispute<enter>");
    let (task, target) = asked(&commands);
    assert_eq!(target, "/v1/disputes?charge=ch_1&limit=100");
    assert!(text(&state).contains("asking Stripe… an id may be typed meanwhile"), "{}", text(&state));
    let json = r#"{"id":"du_1","object":"dispute","amount":9900,"currency":"usd","status":"needs_response"}"#;
    let mut late = state.clone();
    tell(&mut late, &Message::Reply { task, result: Ok(rows(json)) });
    assert!(text(&late).contains("$99.00") && text(&late).contains("du_1"), "{}", text(&late));
    let commands = press(&mut late, "<enter>");
    assert_eq!(asked(&commands).1, "/v1/disputes/du_1");
    paste(&mut state, "https://dashboard.stripe.com/test/disputes/du_7");
    assert!(text(&state).contains("Enter takes du_7 as it is typed"), "{}", text(&state));
    assert_eq!(asked(&press(&mut state, "<enter>")).1, "/v1/disputes/du_7");
}

#[test]
fn what_cannot_be_read_leaves_it_usable() {
    let (mut state, commands) = started("get_dispute<enter>");
    let (task, _) = asked(&commands);
    let trouble = Trouble {
        what: "this key may not read disputes".into(),
        todo: "grant rak_dispute_read".into(),
        request_id: None,
        retry: false,
        missing: false,
    };
    tell(&mut state, &Message::Reply { task, result: Err(trouble) });
    assert!(
        text(&state).contains("✖ this key may not read disputes · an id may be typed"),
        "{}",
        text(&state)
    );
    assert!(state.lacks.contains("dispute_read"));
    assert_eq!(asked(&press(&mut state, "du_2<enter>")).1, "/v1/disputes/du_2");
}

#[test]
fn letters_find_among_what_is_shown_and_esc_goes_back_a_step() {
    let (mut state, _) = started("cancel_subscription<enter>");
    press(&mut state, "zzz");
    assert!(text(&state).contains("none has these letters"));
    press(&mut state, "<esc>pro");
    assert!(text(&state).contains("▸  Pro"), "{}", text(&state));
    press(&mut state, "<esc><esc>");
    assert!(state.modals.is_empty());
}

const ADA: &str = r#"{"id":"cus_1","object":"customer","name":"Ada Lovelace","invoice_settings":{"default_payment_method":"pm_1"}}"#;

/// The form that chooses how Ada pays, with her two cards known.
fn pays_with() -> State {
    let mut state = state();
    state.search.typing = false;
    state.focus = PaneId::Charges;
    let card = |id: &str, last4: &str| {
        format!(
            r#"{{"id":"{id}","object":"payment_method","type":"card","customer":"cus_1","card":{{"brand":"visa","last4":"{last4}"}}}}"#
        )
    };
    let page = format!(r#"{{"data":[{},{}],"has_more":false}}"#, card("pm_1", "4242"), card("pm_2", "1881"));
    let folder = state.data.folders.values_mut().next().unwrap();
    folder.customer.fill(Record::parse(ADA).unwrap(), 0);
    folder.methods.fill(Page::parse(&page).unwrap().into(), 0);
    let rules = "version = 1\ncustomers.update_payment_method = true";
    state.policy = crate::policy::Policy::parse(rules, "policy.toml").unwrap();
    press(&mut state, ":");
    let commands = press(&mut state, "set_default<enter>");
    ada_is_read(&mut state, &commands);
    state
}

fn ada_is_read(state: &mut State, commands: &[Command]) {
    let record = Record::<crate::model::Customer>::parse(ADA).unwrap();
    let message = Message::Facts {
        task: crate::desk::fixture::facts_task(commands),
        subject: Fact::Known(Subject::of(&record)),
        spent: Fact::Unknown("not asked".into()),
    };
    tell(state, &message);
}

#[test]
fn a_field_for_an_id_opens_its_list_and_takes_what_is_chosen() {
    let mut state = pays_with();
    press(&mut state, "<esc>");
    assert!(text(&state).contains("Enter opens the list to choose from"), "{}", text(&state));
    press(&mut state, "<enter>");
    let shown = text(&state);
    assert!(shown.contains("Pay with · which payment method?") && shown.contains("● now"), "{shown}");
    assert!(shown.contains("● visa ··4242") && shown.contains("  visa ··1881"), "{shown}");
    press(&mut state, "1881<enter>");
    let shown = text(&state);
    assert!(shown.contains("Pay with [pm_2▏] visa ··1881"), "{shown}");
    assert!(shown.contains("Pay the invoices of"), "{shown}");
    // Somebody who read what stands there.
    state.enter.end();
    let commands = press_slowly(&mut state, "<enter>");
    ada_is_read(&mut state, &commands);
    state.now_ms += 5_000;
    let change = prepares(&press_slowly(&mut state, "<enter>"));
    assert_eq!(change.len(), 1, "{}", text(&state));
    assert_eq!(change[0].args.get("payment_method"), Some("pm_2"));
}

#[test]
fn what_was_typed_and_is_no_id_is_looked_for() {
    let mut state = pays_with();
    assert!(text(&state).contains("which payment method?"), "what it begins with is asked for first");
    press(&mut state, "<esc>1881<enter>");
    assert!(text(&state).contains("Find [1881▏] 1 of 2"), "{}", text(&state));
    press(&mut state, "<enter>");
    assert!(text(&state).contains("Pay with [pm_2▏]"), "{}", text(&state));
    press(&mut state, "<c-u>ch_1");
    assert!(text(&state).contains("`ch_1` is a charge"), "{}", text(&state));
}

#[test]
fn a_long_choice_has_a_list_of_its_own() {
    let (mut state, _) = started("list_payment_m<tab>");
    press(&mut state, "<tab>");
    assert!(text(&state).contains("in all"), "{}", text(&state));
    press(&mut state, "<c-p>");
    press(&mut state, "sepa<enter>");
    state.enter.end();
    let commands = press(&mut state, "<enter>");
    let question = commands.iter().find_map(|command| match command {
        Command::Ask { question: question @ Question::Run { .. }, .. } => Some(question.clone()),
        _ => None,
    });
    assert_eq!(question.unwrap().request().param("type"), Some("sepa_debit"));
}
