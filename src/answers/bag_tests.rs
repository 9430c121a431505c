//! Tests of what an answer has read so far.

use serde_json::json;

use super::*;

fn page(ids: &[&str], has_more: bool) -> Found {
    let rows: Vec<_> = ids.iter().map(|id| json!({"id": id, "currency": "usd"})).collect();
    let json = json!({"object": "list", "data": rows, "has_more": has_more}).to_string();
    Found::Charges(Page::parse(&json).unwrap())
}

fn charges() -> Want {
    Want::Charges(CustomerId::parse("cus_1").unwrap())
}

#[test]
fn a_list_is_read_to_its_end_and_no_further() {
    let mut bag = Bag::default();
    let first = bag.next(&charges()).unwrap();
    assert_eq!(first.after, None);
    bag.take(&first, Ok(page(&["ch_3", "ch_2"], true)));
    let second = bag.next(&charges()).unwrap();
    assert_eq!(second.after.as_deref(), Some("ch_2"));
    assert!(!bag.is_whole(&charges()));
    bag.take(&second, Ok(page(&["ch_1"], false)));
    assert!(bag.is_whole(&charges()) && bag.next(&charges()).is_none());
    assert_eq!(bag.charges().count(), 3);
}

#[test]
fn a_list_without_end_is_left_and_that_is_known() {
    let mut bag = Bag::default();
    let mut pages = 0;
    while let Some(look) = bag.next(&charges()) {
        pages += 1;
        bag.take(&look, Ok(page(&[&format!("ch_{pages}")], true)));
    }
    assert_eq!(pages, PAGES_MOST);
    assert!(bag.is_cut(&charges()));
    let mut bag = Bag::default();
    let look = bag.next(&charges()).unwrap();
    bag.take(&look, Ok(page(&[], true)));
    assert!(bag.next(&charges()).is_none(), "it leads nowhere");
}

#[test]
fn what_brought_nothing_is_not_asked_again_and_says_why() {
    let mut bag = Bag::default();
    let look = bag.next(&charges()).unwrap();
    bag.take(&look, Err(Why::Hidden("this key may not read charges".into())));
    assert!(bag.next(&charges()).is_none());
    assert_eq!(bag.looked()[0].1.as_deref(), Some("this key may not read charges"));
}

#[test]
fn what_is_known_already_is_not_read() {
    let mut bag = Bag::default();
    bag.know(charges(), page(&["ch_1"], false), true);
    assert!(bag.next(&charges()).is_none());
    assert!(bag.next(&Want::Object(AnyId::parse("ch_1").unwrap())).is_none());
    assert!(bag.next(&Want::Object(AnyId::parse("ch_2").unwrap())).is_some());
    let again: Bag = serde_json::from_str(&serde_json::to_string(&bag).unwrap()).unwrap();
    assert_eq!(again, bag);
}
