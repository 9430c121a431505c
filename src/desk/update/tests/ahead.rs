//! Reading ahead: nobody is asked twice, what nobody wants any more is given up, and what somebody wants is not.

use super::{ADA, Desk, TWO, desk};
use crate::desk::{
    message::{Command, Message, TaskId},
    question::Question,
    state::State,
};

const BOB: &str = r#"{"id":"cus_bob","name":"Bob","email":"bob@example.com"}"#;

fn two() -> Desk {
    let mut desk = desk()
        .answer("/v1/customers?limit", TWO)
        .answer("/v1/customers/cus_ada?", ADA)
        .answer("/v1/customers/cus_bob?", BOB);
    // Only the list of customers is answered: what is read ahead stays on its way.
    let newest = desk
        .waiting
        .iter()
        .position(|command| matches!(command, Command::Ask { question: Question::Customers, .. }));
    let Some(Command::Ask { task, question, .. }) = newest.map(|at| desk.waiting.remove(at)) else {
        panic!()
    };
    let result = desk.reply(&question);
    desk.send(Message::Reply { task, result });
    desk
}

/// Lets the selection rest until its customer is read ahead.
fn rest(desk: &mut Desk) {
    desk.now_ms += 100;
    desk.send(Message::Wake);
}

/// Reads that run for a customer.
fn running(state: &State, customer: &str) -> Vec<(TaskId, bool)> {
    let of = |question: &Question| question.customer().is_some_and(|id| id.as_str() == customer);
    let tasks = state.tasks.running.iter().filter(|(_, task)| task.question.as_ref().is_some_and(of));
    tasks.map(|(id, task)| (*id, task.prefetch)).collect()
}

fn cancelled(desk: &Desk) -> Vec<TaskId> {
    let cancelled = desk.waiting.iter().filter_map(|command| match command {
        Command::Cancel { task } => Some(*task),
        _ => None,
    });
    cancelled.collect()
}

#[test]
fn whoever_is_left_behind_is_read_no_further() {
    let mut desk = two();
    rest(&mut desk);
    let ada = running(&desk.state, "cus_ada");
    assert_eq!(ada.len(), 5);
    assert!(ada.iter().all(|(_, prefetch)| *prefetch));
    desk.press("<down>");
    rest(&mut desk);
    assert_eq!((running(&desk.state, "cus_ada").len(), running(&desk.state, "cus_bob").len()), (0, 5));
    assert_eq!(cancelled(&desk), ada.iter().map(|(id, _)| *id).collect::<Vec<_>>());
    // And from the beginning, when the selection comes back.
    desk.press("<up>");
    rest(&mut desk);
    assert_eq!((running(&desk.state, "cus_ada").len(), running(&desk.state, "cus_bob").len()), (5, 0));
    desk.settle();
    assert_eq!(desk.state.tasks.dropped, 0);
    assert!(desk.state.data.folders.values().all(|folder| folder.charges.loading.is_none()));
}

#[test]
fn opening_raises_what_is_on_its_way_and_asks_nothing_twice() {
    let mut desk = two();
    rest(&mut desk);
    let ahead = running(&desk.state, "cus_ada");
    let asked = desk.asked.len();
    desk.press("<enter>");
    assert_eq!(desk.asked.len(), asked);
    let raised: Vec<_> = desk
        .waiting
        .iter()
        .filter_map(|command| if let Command::Raise { task } = command { Some(*task) } else { None })
        .collect();
    assert_eq!(raised, ahead.iter().map(|(id, _)| *id).collect::<Vec<_>>());
    assert!(running(&desk.state, "cus_ada").iter().all(|(_, prefetch)| !prefetch));
    // What somebody waits for is not given up when the selection moves on.
    desk.press("1<down>");
    rest(&mut desk);
    assert_eq!(running(&desk.state, "cus_ada").len(), 5);
    assert!(cancelled(&desk).is_empty());
}

#[test]
fn a_letter_does_not_take_away_what_a_folder_waits_for() {
    let mut desk = two();
    rest(&mut desk);
    let asked = desk.asked.len();
    desk.press("cus_ada");
    desk.now_ms += 200;
    desk.send(Message::Wake);
    let searched = desk.state.search.asking.clone();
    let shared = running(&desk.state, "cus_ada").into_iter().any(|(id, _)| searched == [id]);
    assert!(shared && desk.asked.len() == asked, "the folder's question is the search's too");
    desk.press("x");
    assert!(cancelled(&desk).is_empty());
    assert!(desk.state.search.asking.is_empty());
    desk.settle();
    let ada = crate::model::CustomerId::parse("cus_ada").unwrap();
    assert!(desk.state.data.folders[&ada].customer.value.is_some());
}

#[test]
fn a_letter_gives_up_what_only_the_search_waits_for() {
    let mut desk = two();
    desk.settle();
    desk.press("grace");
    desk.now_ms += 200;
    desk.send(Message::Wake);
    let asking = desk.state.search.asking.clone();
    assert!(!asking.is_empty());
    desk.press("s");
    assert_eq!(cancelled(&desk), asking);
}

/// A desk whose list of customers has come, and nothing else.
fn listed(count: usize) -> Desk {
    let rows: Vec<_> = (0..count).map(|at| format!(r#"{{"id":"cus_{at}","name":"N{at}"}}"#)).collect();
    let mut desk = desk().answer("/v1/customers?limit", &format!(r#"{{"data":[{}]}}"#, rows.join(",")));
    let newest = |command: &Command| matches!(command, Command::Ask { question: Question::Customers, .. });
    let at = desk.waiting.iter().position(newest).unwrap();
    if let Command::Ask { task, question, .. } = desk.waiting.remove(at) {
        let result = desk.reply(&question);
        desk.send(Message::Reply { task, result });
    }
    desk
}

/// Customers who are being read ahead.
fn ahead(desk: &Desk) -> Vec<String> {
    let tasks = desk.state.tasks.running.values().filter(|task| task.prefetch);
    let customers = tasks.filter_map(|task| Some(task.question.as_ref()?.customer()?.to_string()));
    customers.collect()
}

#[test]
fn a_row_is_read_ahead_after_eighty_milliseconds_of_rest_and_no_sooner() {
    let mut desk = listed(3);
    let woken = |desk: &mut Desk, ms: i64| {
        desk.now_ms += ms;
        desk.send(Message::Wake);
        ahead(desk).len()
    };
    assert_eq!(woken(&mut desk, 79), 0);
    assert_eq!(woken(&mut desk, 1), 5);
    desk.press("<down>");
    assert!(desk.waiting.contains(&Command::Wake { at_ms: desk.now_ms + 80 }), "it asks to be woken then");
    assert_eq!(woken(&mut desk, 79), 0);
    // Moving on begins the rest anew.
    desk.press("<down>");
    assert_eq!(woken(&mut desk, 79), 0);
    assert_eq!(woken(&mut desk, 1), 5);
    assert_eq!(ahead(&desk), ["cus_2"; 5]);
}

#[test]
fn however_long_the_list_only_one_customer_is_read_ahead_at_a_time() {
    let mut desk = listed(60);
    for _ in 0..30 {
        desk.press("<down>");
        desk.now_ms += 40;
        desk.send(Message::Wake);
    }
    assert_eq!(ahead(&desk), Vec::<String>::new(), "who is scrolled past is not read");
    for _ in 0..20 {
        desk.press("<down>");
        desk.now_ms += 80;
        desk.send(Message::Wake);
        let ahead = ahead(&desk);
        assert!(ahead.len() <= 5 && ahead.iter().all(|id| *id == ahead[0]), "{ahead:?}");
    }
    assert_eq!(ahead(&desk), ["cus_50"; 5]);
}
