//! Tests of forms: their order, what is hidden, what is pasted.

use super::*;
use crate::{
    actions,
    desk::{
        choosing::CHOICES,
        key::{Code, parse_keys},
    },
};

fn refund() -> Form {
    let mut form = Form::of(actions::find("refund_charge").unwrap());
    form.show("instructions_email", false);
    form.show("metadata", false);
    form
}

fn press(form: &mut Form, keys: &str) {
    for key in parse_keys(keys).unwrap() {
        match (CHOICES.iter().find(|row| row.has(key)), key.code) {
            (_, Code::Tab | Code::Down) => form.step(true),
            (_, Code::BackTab | Code::Up) => form.step(false),
            (Some(row), _) if form.chooses() => _ = form.choose(row.does, 0),
            _ => _ = form.typed(key),
        }
    }
}

#[test]
fn fields_come_from_the_catalogue_and_are_walked_in_its_order() {
    let mut form = refund();
    assert_eq!(
        form.entries().map(|entry| entry.name.as_str()).collect::<Vec<_>>(),
        ["amount", "reason", "note"]
    );
    press(&mut form, "20<tab><right><right><down>billed twice<tab>0");
    assert_eq!(
        form.args(),
        Args::default()
            .with("amount", "200")
            .with("reason", "requested_by_customer")
            .with("note", "billed twice")
    );
    press(&mut form, "<s-tab><up>d");
    assert_eq!(form.get("reason"), Some("duplicate"));
}

#[test]
fn what_is_hidden_is_neither_focused_nor_given() {
    let mut form = refund();
    form.set("note", "x");
    form.show("note", false);
    form.focus("note");
    assert_eq!((form.focused(), form.args().get("note")), ("amount", None));
    press(&mut form, "<tab><tab>");
    assert_eq!(form.focused(), "amount");
    form.focus("reason");
    form.show("reason", false);
    assert_eq!(form.focused(), "amount");
}

#[test]
fn a_paste_is_one_bounded_harmless_line() {
    let mut form = refund();
    form.focus("note");
    form.paste(&format!("a\nb\u{1b}[31m{}", "x".repeat(1_000_000)));
    let note = form.get("note").unwrap();
    assert!(note.starts_with("a b␛[31m") && note.chars().count() == 400);
    form.focus("reason");
    assert!(!form.paste("duplicate"));
}
