//! The box itself, and that a search is followed to its end.

use super::*;
use crate::desk::{bottom, layout};

/// Charges of $49.00, each of another customer, and where the search goes on.
fn charges(ids: std::ops::Range<usize>, next: Option<&str>) -> String {
    let rows: Vec<_> = ids
        .map(|at| {
            format!(
                r#"{{"id":"ch_{at}","amount":4900,"currency":"usd","customer":{{"id":"cus_{at}","name":"N{at}"}}}}"#
            )
        })
        .collect();
    let next = next.map_or("null".to_owned(), |next| format!("\"{next}\""));
    let more = next != "null";
    let rows = rows.join(",");
    format!(r#"{{"object":"search_result","data":[{rows}],"has_more":{more},"next_page":{next}}}"#)
}

fn count(desk: &Desk) -> String {
    layout::count_words(&desk.state, PaneId::Customers)
}

#[test]
fn a_search_says_that_there_is_more_and_is_read_on_as_it_is_scrolled() {
    let mut desk = desk()
        .answer("/v1/charges/search", &charges(0..60, Some("t1")))
        .answer("&page=t1", &charges(60..90, Some("t2")))
        .answer("&page=t2", &charges(90..95, None));
    desk.settle();
    desk.press("$49.00").settle();
    assert_eq!(count(&desk), "60+");
    let asked = desk.asked.len();
    desk.press("<tab>1<down>").settle();
    let furthers = |desk: &Desk| {
        desk.asked[asked..].iter().filter(|question| matches!(question, Question::Further(..))).count()
    };
    assert_eq!(furthers(&desk), 0, "the end is not near");
    desk.press("G").settle();
    assert_eq!(count(&desk), "90+");
    assert_eq!(desk.state.pane(PaneId::Customers).selected, 59, "the selection stays where it was");
    desk.press("G").settle();
    assert_eq!(count(&desk), "95");
    desk.press("G").settle();
    assert_eq!(furthers(&desk), 2, "nothing is asked behind the end");
}

#[test]
fn the_newest_customers_go_on_too() {
    let rows = (0..250).map(|at| format!(r#"{{"id":"cus_{at}","name":"N{at}"}}"#));
    let mut desk = desk().list("/v1/customers", rows);
    desk.settle();
    assert_eq!(count(&desk), "100+");
    desk.press("<tab>1G").settle();
    assert_eq!(count(&desk), "200+");
    // Of those known here so many are listed at once, and it is said that there are more.
    desk.press("G").settle();
    assert_eq!(count(&desk), "200+");
    desk.press("G").settle();
    assert_eq!(count(&desk), "250");
    desk.press("/N").settle();
    assert_eq!(count(&desk), "200+");
    desk.press("<tab>1G").settle();
    // The few who were read ahead have no name here.
    let all = count(&desk).parse::<usize>().unwrap();
    assert!((240..=250).contains(&all), "{all}");
}

#[test]
fn what_comes_behind_another_search_is_dropped() {
    let mut desk = desk()
        .answer("/v1/charges/search", &charges(0..60, Some("t1")))
        .answer("&page=t1", &charges(60..90, None));
    desk.settle();
    desk.press("$49.00").settle();
    desk.press("<tab>1G");
    let further = desk.waiting.iter().find_map(|command| match command {
        Command::Ask { task, question: question @ Question::Further(..), .. } => {
            Some((*task, question.clone()))
        }
        _ => None,
    });
    let (task, question) = further.unwrap();
    desk.press("/nobody");
    let late = desk.reply(&question);
    desk.send(Message::Reply { task, result: late });
    desk.settle();
    assert_eq!(count(&desk), "0");
}

#[test]
fn a_letter_takes_the_place_of_what_an_earlier_search_left() {
    let left = || {
        let mut desk = desk().answer("/v1/customers?limit", TWO).answer("/v1/customers/cus_ada?", ADA);
        desk.settle();
        desk.press("ada<enter>").settle();
        assert_eq!((desk.state.search.input.value(), desk.state.search.typing), ("ada", false));
        desk
    };
    for (keys, text) in [
        ("/", "ada"),
        ("/g", "g"),
        ("/grace", "grace"),
        ("/<bs>", ""),
        ("/<del>g", "g"),
        ("//g", "g"),
        ("/<right>x", "adax"),
        ("/<home>x", "xada"),
        ("/<end><bs>", "ad"),
        ("/<down>", "ada"),
        ("/<esc>", ""),
        ("/<tab>/g", "g"),
    ] {
        let mut desk = left();
        desk.press(keys);
        assert_eq!(desk.state.search.input.value(), text, "after {keys}");
        let whole = desk.state.search.whole;
        assert_eq!(whole, text == "ada", "after {keys}");
        desk.press("<tab>");
        assert!(!desk.state.search.whole, "outside the box nothing of it is selected");
    }
}

#[test]
fn enter_before_the_answer_says_what_it_waits_for() {
    let mut desk = desk().answer("/v1/charges/search", &charges(0..1, None));
    desk.settle();
    desk.press("4242<enter>");
    let says = bottom::bottom(&desk.state).tasks.text();
    assert!(says.contains("searching charges") && says.contains("Enter opens who is found"), "{says}");
    let pane = (PaneId::Customers.pane().empty)(&desk.state).text();
    assert!(pane.contains("Enter opens who is found"), "{pane}");
    desk.press("<bs>");
    assert!(!bottom::bottom(&desk.state).tasks.text().contains("Enter opens"));
}
