//! A whole e-mail address in the search box.

use super::*;

#[test]
fn a_whole_address_is_asked_for_at_once_and_only_once() {
    let mut desk = desk().answer("email=ada%40example.com", TWO);
    desk.settle();
    let before = desk.asked.len();
    desk.press("ada@example.co");
    let by_email = |email: &str| Question::CustomersByEmail(email.to_owned());
    assert_eq!(desk.asked[before..], [by_email("ada@example.co")], "nothing waits for a pause");
    desk.press("m").settle();
    let times = |question: &Question| desk.asked.iter().filter(|asked| *asked == question).count();
    assert_eq!(times(&by_email("ada@example.com")), 1, "the pause asks for the rest only");
    assert!(
        desk.asked.contains(&Question::CustomerSearch("email~\"ada@example.com\"".into())),
        "the search minds no capitals"
    );
}

#[test]
fn the_only_one_with_an_address_is_read_without_waiting_for_a_rest() {
    let one = r#"{"data":[{"id":"cus_ada","name":"Ada Lovelace","email":"ada@example.com"}]}"#;
    let mut desk = desk().answer("email=ada%40example.com", one);
    desk.settle();
    desk.press("ada@example.com");
    let asked = desk.waiting.drain(..).collect::<Vec<_>>();
    for command in asked {
        if let Command::Ask { task, question: question @ Question::CustomersByEmail(_), .. } = command {
            let result = desk.reply(&question);
            desk.send(Message::Reply { task, result });
        }
    }
    let charges = |question: &Question| matches!(question, Question::Charges { customer, .. } if customer.as_str() == "cus_ada");
    assert!(desk.asked.iter().any(charges));
}

#[test]
fn a_whole_address_never_opens_somebody_who_looks_alike() {
    let alike = r#"{"data":[{"id":"cus_anna","name":"Anna Dale","email":"anna.dale@example.com"}]}"#;
    let mut desk = desk()
        .answer("/v1/customers?limit", alike)
        .answer("/v1/customers?email=ada", TWO)
        .answer("/v1/customers/cus_ada?", ADA);
    desk.settle();
    desk.press("ada@example.com<enter>");
    assert_eq!(desk.state.open, None, "the one who looks alike is not opened");
    desk.settle();
    assert_eq!(desk.state.open.as_ref().map(crate::model::CustomerId::as_str), Some("cus_ada"));
}

const LOOKALIKES: &str = r#"{"data":[{"id":"cus_granite","name":"Granite Clinic","email":"rebecca.tamm@clinic.example"},
    {"id":"cus_grace","name":"Grace Hopper","email":"grace@navy.example"}]}"#;

#[test]
fn a_hurried_enter_opens_who_was_typed() {
    let mut desk = desk().answer("/v1/customers?limit", LOOKALIKES);
    desk.settle();
    desk.press("grace@<enter>").settle();
    assert_eq!(desk.state.open.as_ref().unwrap().as_str(), "cus_grace");
}

#[test]
fn who_merely_looks_alike_is_opened_only_after_it_was_said() {
    let granite = r#"{"id":"cus_granite","name":"Granite Clinic","email":"rebecca.tamm@clinic.example"}"#;
    let mut desk =
        desk().answer("/v1/customers?limit", LOOKALIKES).answer("/v1/customers/cus_granite?", granite);
    desk.settle();
    desk.press("gant").settle();
    assert_eq!(desk.names(), ["Granite Clinic | rebecca.tamm@clinic.example"]);
    desk.press("<enter>").settle();
    assert_eq!(desk.state.open, None);
    let notice = desk.state.notice.as_ref().unwrap();
    assert!(notice.text.contains("nobody has “gant”"), "{}", notice.text);
    desk.press("<enter>").settle();
    assert_eq!(desk.state.open.as_ref().unwrap().as_str(), "cus_granite");
}

#[test]
fn an_address_of_two_is_never_opened_silently() {
    let two = r#"{"data":[{"id":"cus_one","name":"Shreya","email":"s@example.com"},
        {"id":"cus_two","name":"Shreya","email":"s@example.com"}]}"#;
    let mut desk = desk()
        .answer("email=s%40example.com", two)
        .answer("/v1/customers/cus_one?", r#"{"id":"cus_one","name":"Shreya","email":"s@example.com"}"#);
    desk.settle();
    desk.press("s@example.com<enter>").settle();
    assert_eq!(desk.state.open, None);
    assert!(desk.state.notice.as_ref().unwrap().text.starts_with("2 customers have this address"));
    assert_eq!(desk.names(), ["Shreya | cus_one", "Shreya | cus_two"], "what tells them apart is shown");
    desk.press("<down><enter>").settle();
    assert_eq!(desk.state.open.as_ref().unwrap().as_str(), "cus_two");
}

#[test]
fn the_row_under_the_cursor_is_whoever_is_open() {
    let mut desk = desk().answer("/v1/customers?limit", LOOKALIKES);
    desk.settle();
    desk.press("grace@<enter>").settle();
    desk.press("<esc><esc><esc>").settle();
    assert_eq!(desk.state.search.input.value(), "");
    let at = panes::selected(&desk.state, PaneId::Customers).unwrap();
    assert_eq!(desk.state.search.found[at].customer.as_str(), "cus_grace");
}

#[test]
fn a_charge_that_was_searched_is_selected_although_it_was_read_ahead() {
    let charges = r#"{"data":[{"id":"ch_new","amount":9900,"currency":"usd","customer":"cus_ada"},
        {"id":"ch_old","amount":9900,"currency":"usd","customer":"cus_ada"}]}"#;
    let old = r#"{"id":"ch_old","object":"charge","amount":9900,"currency":"usd","customer":"cus_ada"}"#;
    let mut desk = desk()
        .answer("/v1/customers/cus_ada?", ADA)
        .answer("/v1/charges/ch_old", old)
        .answer("/v1/charges?", charges);
    desk.settle();
    desk.press("ch_old").settle();
    assert!(desk.state.data.folders.values().any(|folder| folder.charges.value.is_some()), "read ahead");
    desk.press("<enter>").settle();
    let at = panes::selected(&desk.state, PaneId::Charges).unwrap();
    assert_eq!((PaneId::Charges.pane().target)(&desk.state, at).unwrap().id, "ch_old");
}
