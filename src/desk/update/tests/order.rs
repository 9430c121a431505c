//! Sort and filter: the rows in view, and what is kept of them.

use super::*;
use crate::desk::update::Made;

#[test]
fn sort_and_filter_keep_to_the_rows_that_are_there() {
    let mut desk = desk().answer("/v1/customers?limit", TWO).answer("/v1/customers/cus_ada?", ADA).answer(
        "/v1/charges?",
        r#"{"data":[{"id":"ch_1","amount":300,"currency":"usd"},{"id":"ch_2","amount":100,"currency":"usd"},
            {"id":"ch_3","amount":200,"currency":"usd"}]}"#,
    );
    desk.settle();
    desk.press("<enter>").settle();
    desk.press("ss");
    let order = |desk: &Desk| {
        (0..3).filter_map(|at| panes::index_at(&desk.state, PaneId::Charges, at)).collect::<Vec<_>>()
    };
    assert_eq!(order(&desk), [1, 2, 0]);
    desk.press("S");
    assert_eq!(order(&desk), [0, 2, 1]);
    desk.state.pane_mut(PaneId::Charges).filter = "$2".into();
    desk.send(Message::Wake);
    assert_eq!(order(&desk), [2]);
}

#[test]
fn what_is_kept_of_an_order_never_shows_other_rows_than_a_fresh_one() {
    let rows: Vec<_> = (0..40)
        .map(|at| format!(r#"{{"id":"ch_{at}","amount":{},"currency":"usd"}}"#, 100 + at * 37 % 900))
        .collect();
    let page: &'static str = format!(r#"{{"data":[{}]}}"#, rows.join(",")).leak();
    let mut desk = desk()
        .answer("/v1/customers?limit", TWO)
        .answer("/v1/customers/cus_ada?", ADA)
        .answer("/v1/charges?", page);
    desk.settle();
    desk.press("<enter>").settle();
    for keys in ["s", "s", "S", "f$", "1", "<bs>", "2", "<enter>", "S", "s", "f.", "<c-r>", "<esc>", "<esc>"]
    {
        desk.press(keys);
        if keys == "<c-r>" {
            desk.settle();
        }
        let kept = desk.state.pane(PaneId::Charges).order;
        desk.state.pane_mut(PaneId::Charges).made = Made::default();
        desk.send(Message::Wake);
        assert_eq!(desk.state.pane(PaneId::Charges).order, kept, "after {keys}");
    }
}
