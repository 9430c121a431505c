//! Long lists: every page comes when it is wanted, in order, and what is not there yet is said.

use super::{ADA, Desk, TWO, desk};
use crate::{
    desk::{
        fixture, layout,
        message::{Command, Message, TaskId, Trouble},
        panes::{self, PaneId},
        question::Question,
    },
    ledger::{Ending, IntentState},
    model::{AnyId, CustomerId},
};

fn ada() -> Desk {
    desk().answer("/v1/customers?limit", TWO).answer("/v1/customers/cus_ada?", ADA)
}

fn rows(prefix: &str, n: usize, more: &str) -> Vec<String> {
    (0..n).map(|at| format!(r#"{{"id":"{prefix}_{at}","currency":"usd"{more}}}"#)).collect()
}

fn opened(desk: &mut Desk) -> &mut Desk {
    desk.settle();
    desk.press("<enter>").settle()
}

/// The ids in view, from the top.
fn ids(desk: &Desk, pane: PaneId) -> Vec<String> {
    (0..panes::count(&desk.state, pane))
        .filter_map(|at| panes::index_at(&desk.state, pane, at))
        .filter_map(|at| (pane.pane().target)(&desk.state, at))
        .map(|target| target.id)
        .collect()
}

fn selected(desk: &Desk, pane: PaneId) -> String {
    let at = panes::selected(&desk.state, pane).unwrap();
    (pane.pane().target)(&desk.state, at).unwrap().id
}

#[test]
fn two_hundred_and_fifty_of_each_kind_are_all_reached() {
    for (path, key, pane, prefix) in [
        ("/v1/charges", "2", PaneId::Charges, "ch"),
        ("/v1/subscriptions", "3", PaneId::Subscriptions, "sub"),
        ("/v1/invoices", "4", PaneId::Invoices, "in"),
    ] {
        let mut desk = ada().list(path, rows(prefix, 250, ""));
        opened(&mut desk).press(key);
        let counts = |desk: &Desk| layout::count_words(&desk.state, pane);
        assert_eq!(counts(&desk), "100+");
        let before = desk.asked.len();
        desk.press("G").settle();
        assert_eq!(counts(&desk), "200+");
        desk.press("G").settle();
        assert_eq!(counts(&desk), "250");
        desk.press("G").settle();
        assert_eq!(desk.asked.len(), before + 2, "nothing is asked behind the end");
        let all: Vec<_> = (0..250).map(|at| format!("{prefix}_{at}")).collect();
        assert_eq!(ids(&desk, pane), all);
    }
}

#[test]
fn running_subscriptions_stand_first_whatever_page_they_come_on() {
    let mut subscriptions = rows("sub", 250, r#","status":"canceled""#);
    subscriptions[220] = subscriptions[220].replace("canceled", "active");
    let mut desk = ada().list("/v1/subscriptions", subscriptions);
    opened(&mut desk).press("3jjj");
    assert_eq!(selected(&desk, PaneId::Subscriptions), "sub_3");
    desk.press("G").settle();
    assert_eq!(selected(&desk, PaneId::Subscriptions), "sub_99");
    desk.press("G").settle();
    assert_eq!(ids(&desk, PaneId::Subscriptions)[..2], ["sub_220", "sub_0"]);
    // What came above did not move the selection onto another row.
    assert_eq!(selected(&desk, PaneId::Subscriptions), "sub_199");
    assert_eq!(desk.state.pane(PaneId::Subscriptions).selected, 200);
}

#[test]
fn a_first_page_anew_keeps_the_pages_behind_it_and_the_selected_row() {
    let mut desk = ada().list("/v1/charges", rows("ch", 250, ""));
    opened(&mut desk).press("G").settle();
    desk.press("kkkk");
    let chosen = selected(&desk, PaneId::Charges);
    desk.lists.get_mut("/v1/charges").unwrap().insert(0, r#"{"id":"ch_new","currency":"usd"}"#.into());
    desk.now_ms += 60_000;
    // Opened again: what is on screen stays.
    desk.press("1<enter>2").settle();
    assert_eq!((ids(&desk, PaneId::Charges).len(), selected(&desk, PaneId::Charges)), (201, chosen));
    desk.press("G").settle();
    let ids = ids(&desk, PaneId::Charges);
    assert_eq!((ids.len(), &*ids[0], &*ids[250]), (251, "ch_new", "ch_249"));
}

fn refunded(desk: &Desk, id: &str) -> i64 {
    let ada = CustomerId::parse("cus_ada").unwrap();
    let list = desk.state.data.folders[&ada].charges.value.as_ref().unwrap();
    list.rows.iter().find(|row| row.id.as_str() == id).unwrap().amount_refunded
}

/// At Stripe, the charge stands as refunded from now on.
fn refund(desk: &mut Desk, id: &str) {
    let row = format!(r#"{{"id":"{id}","currency":"usd","amount_refunded":500}}"#);
    let rows = desk.lists.get_mut("/v1/charges").unwrap();
    let at = rows.iter().position(|row| row.contains(&format!(r#""{id}""#))).unwrap();
    rows[at] = row;
}

/// A refund of it was settled.
fn settled(desk: &mut Desk, id: &str) {
    let mut intent = fixture::intent("int_1", IntentState::Settled);
    intent.proposal.target = AnyId::parse(id).unwrap();
    intent.proposal.customer = Some(CustomerId::parse("cus_ada").unwrap());
    desk.send(Message::Ended { task: TaskId(999), ending: Box::new(Ending::new(intent, None)) });
}

#[test]
fn what_was_done_to_a_row_behind_the_first_page_shows() {
    let row = r#"{"id":"ch_150","object":"charge","currency":"usd","amount_refunded":500}"#;
    let mut desk = ada().list("/v1/charges", rows("ch", 250, "")).answer("/v1/charges/ch_150", row);
    opened(&mut desk).press("2G").settle();
    refund(&mut desk, "ch_150");
    settled(&mut desk, "ch_150");
    desk.settle();
    assert_eq!((refunded(&desk, "ch_150"), ids(&desk, PaneId::Charges).len()), (500, 200));
}

#[test]
fn reading_anew_by_key_keeps_nothing_old() {
    let mut desk = ada().list("/v1/charges", rows("ch", 250, ""));
    opened(&mut desk).press("2G").settle();
    // Somebody else refunds it.
    refund(&mut desk, "ch_150");
    desk.press("<c-r>").settle();
    assert_eq!(ids(&desk, PaneId::Charges).len(), 100, "the rest comes as it is scrolled to");
    desk.press("G").settle();
    assert_eq!((refunded(&desk, "ch_150"), ids(&desk, PaneId::Charges).len()), (500, 200));
}

#[test]
fn a_page_that_fails_leaves_the_rows_and_is_asked_for_again() {
    let mut desk = ada().list("/v1/charges", rows("ch", 150, ""));
    opened(&mut desk).press("G");
    let Some(Command::Ask { task, .. }) = desk.waiting.pop() else { panic!("no page was asked for") };
    let trouble =
        Trouble { what: "no".into(), todo: "wait".into(), request_id: None, retry: true, missing: false };
    desk.send(Message::Reply { task, result: Err(trouble) });
    assert_eq!(layout::count_words(&desk.state, PaneId::Charges), "100+");
    desk.press("G").settle();
    assert_eq!(layout::count_words(&desk.state, PaneId::Charges), "150");
}

#[test]
fn a_list_that_leads_nowhere_says_so_and_is_left() {
    let again = r#"{"data":[{"id":"ch_99"}],"has_more":true}"#;
    let mut desk = ada().list("/v1/charges", rows("ch", 250, "")).answer("starting_after=ch_99", again);
    opened(&mut desk).press("G").settle();
    let before = desk.asked.len();
    desk.press("G").settle();
    assert_eq!(desk.asked.len(), before);
    assert_eq!(layout::count_words(&desk.state, PaneId::Charges), "100+");
    let ada = CustomerId::parse("cus_ada").unwrap();
    let trouble = desk.state.data.folders[&ada].charges.trouble.clone().unwrap();
    assert!(trouble.what.contains("leads no further"), "{trouble:?}");
}

#[test]
fn what_did_not_fit_on_a_full_page_is_read_behind_it_and_nothing_else_is() {
    let full = r#","disputed":true,"refunds":{"data":[{"id":"re_0"}],"has_more":true}"#;
    let mut charges = rows("ch", 1, full);
    charges.extend(rows("ch_more", 3, r#","refunds":{"data":[{"id":"re_x"}],"has_more":false}"#));
    let mut desk = ada()
        .list("/v1/charges", charges)
        .list("/v1/refunds", rows("re", 120, ""))
        .list("/v1/disputes", rows("du", 130, ""))
        .list("/v1/customers/cus_ada/payment_methods", rows("pm", 250, ""));
    opened(&mut desk);
    let ada = CustomerId::parse("cus_ada").unwrap();
    let folder = &desk.state.data.folders[&ada];
    assert_eq!(folder.methods.value.as_ref().unwrap().rows.len(), 250);
    assert_eq!(
        folder.refunds.values().map(|slot| slot.value.as_ref().unwrap().rows.len()).sum::<usize>(),
        120
    );
    assert_eq!(
        folder.disputes.values().map(|slot| slot.value.as_ref().unwrap().rows.len()).sum::<usize>(),
        130
    );
    let count = |is: fn(&Question) -> bool| desk.asked.iter().filter(|question| is(question)).count();
    assert_eq!(count(|question| matches!(question, Question::RefundsOf { .. })), 2);
    assert_eq!(count(|question| matches!(question, Question::DisputesOf { .. })), 2);
    assert_eq!(count(|question| matches!(question, Question::PaymentMethods { .. })), 3);
}

#[test]
fn hundreds_of_previews_do_not_stand_before_what_is_opened_next() {
    let running = r#","status":"active","items":{"data":[{"price":{"id":"price_1","product":"prod_1"}}]}"#;
    let mut desk = ada().list("/v1/subscriptions", rows("sub", 100, running));
    desk.settle();
    desk.asked.clear();
    desk.now_ms += 60_000;
    desk.press("<enter>");
    let mut waited_for = 0;
    while let Some(command) = desk.waiting.pop() {
        let Command::Ask { task, question, prefetch } = command else { continue };
        let preview = matches!(question, Question::Upcoming { .. });
        waited_for += usize::from(preview && !prefetch);
        let result = desk.reply(&question);
        desk.send(Message::Reply { task, result });
    }
    assert!(waited_for <= 8, "{waited_for}");
}

#[test]
fn what_was_asked_before_a_change_is_no_answer_after_it() {
    let mut desk = ada().list("/v1/charges", rows("ch", 150, ""));
    opened(&mut desk).press("2<c-r>");
    let asked = |desk: &Desk| {
        let charges = |command: &Command| match command {
            Command::Ask { task, question: question @ Question::Charges { .. }, .. } => {
                Some((*task, question.clone()))
            }
            _ => None,
        };
        desk.waiting.iter().filter_map(charges).collect::<Vec<_>>()
    };
    let [(before, question)] = &asked(&desk)[..] else { panic!("{:?}", desk.waiting) };
    // Stripe answers what it was asked, and then does what it was told.
    let old = desk.reply(question);
    let before = *before;
    refund(&mut desk, "ch_3");
    settled(&mut desk, "ch_3");
    assert_eq!(asked(&desk).len(), 1);
    assert_ne!(asked(&desk)[0].0, before);
    desk.settle();
    assert_eq!(refunded(&desk, "ch_3"), 500);
    desk.send(Message::Reply { task: before, result: old });
    assert_eq!(refunded(&desk, "ch_3"), 500);
}

#[test]
fn what_the_policy_hides_is_never_asked_for_and_why_is_said() {
    let mut desk = ada().list("/v1/invoices", rows("in", 3, "")).list("/v1/charges", rows("ch", 2, ""));
    desk.state.policy =
        crate::policy::Policy::parse("version = 1\ncustomers.view_invoices = false", "policy.toml").unwrap();
    opened(&mut desk).press("4").settle();
    let invoices = |desk: &Desk| (PaneId::Invoices.pane().empty)(&desk.state).text();
    assert!(
        invoices(&desk).contains("invoices may not be seen (customers.view_invoices)"),
        "{}",
        invoices(&desk)
    );
    assert_eq!(ids(&desk, PaneId::Invoices), [""; 0]);
    assert_eq!(ids(&desk, PaneId::Charges).len(), 2, "the rest is there");
    let asked =
        |desk: &Desk| desk.asked.iter().filter(|asked| asked.request().path.contains("invoice")).count();
    assert_eq!(asked(&desk), 0);
    let waits = desk.state.tasks.running.values().any(|task| task.label.contains("invoice"));
    assert!(!waits, "nothing waits for it");
    desk.state.policy = crate::policy::Policy::builtin();
    desk.press("<c-r>").settle();
    assert_eq!(ids(&desk, PaneId::Invoices).len(), 3);
}
