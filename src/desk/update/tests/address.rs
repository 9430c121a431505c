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
