//! A recorded sitting seen again: the same messages give the same state and the same screen, without Stripe, clock or ledger.

use paydesk::runtime::record::Sitting;

use crate::harness::{
    desk::{Desk, Options, screen},
    pty::Pty,
};

fn json(state: &paydesk::desk::State) -> serde_json::Value {
    serde_json::to_value(state).unwrap()
}

#[test]
fn a_sitting_is_seen_again_as_it_was() {
    let home = tempfile::tempdir().unwrap();
    let path = home.path().join("sitting.jsonl");
    let mut desk = Desk::open(Options { record: Some(path.clone()), ..Options::default() });
    let mut pictures = Vec::new();
    // Search and open, a refund that is taken back and one that goes through, an invoice's detail, a resize, help.
    let refund =
        |amount: &str| ["r".to_owned(), "<space>".into(), format!("<s-tab><c-u>{amount}"), "<enter>".into()];
    let opens = ["ada@", "<enter>"].map(str::to_owned);
    let taken_back = refund("20").into_iter().chain(["u".to_owned()]);
    for keys in opens.into_iter().chain(taken_back).chain(refund("30")) {
        desk.press(&keys).settle();
        pictures.push(desk.screen());
        desk.reads();
    }
    desk.after_ms(6_000);
    pictures.push(desk.screen());
    for said in
        ["taken back: nothing was sent", "refunding $30.00 to Ada Lovelace", "refunded $30.00 to visa"]
    {
        assert!(pictures.iter().any(|picture| picture.contains(said)), "{said}:\n{}", desk.screen());
    }
    assert_eq!(desk.changes_asked(), ["POST /v1/refunds"], "one was taken back and one went through");
    for keys in ["2", "j<enter>", "<esc>", "?"] {
        desk.press(keys).settle();
        pictures.push(desk.screen());
    }
    desk.resize(80, 24).after_ms(3_000);
    desk.press("<esc>3").settle();
    let (state, shown) = (json(&desk.state), desk.screen());
    desk.record_ends();
    drop(desk);
    let sitting = Sitting::read(&path).unwrap();
    let count = sitting.messages().len();
    assert!(count > 40, "{count} messages");
    let again = sitting.after(count);
    assert_eq!(screen(&again), shown);
    assert_eq!(json(&again), state);
    // And every picture on the way was one of those.
    let mut seen = (0..=count).map(|count| screen(&sitting.after(count)));
    for picture in pictures {
        assert!(seen.any(|shown| shown == picture), "never seen again:\n{picture}");
    }
}

#[test]
fn the_program_records_what_can_be_seen_again() {
    let home = tempfile::tempdir().unwrap();
    let path = home.path().join("sitting.jsonl");
    let line = format!("demo --customers 20 --latency 0 --record {}", path.display());
    let mut pty = Pty::start(home.path(), (140, 42), "xterm-256color", &line);
    pty.until_text("DEMO");
    pty.press("ada@example.com");
    pty.until_text("▸ Ada Lovelace");
    pty.press("\r");
    pty.until_text("Subscription update");
    while pty.listen_for(std::time::Duration::from_millis(400)) > 0 {}
    let shown = pty.text();
    pty.signal("TERM");
    let _status = pty.end();
    let sitting = Sitting::read(&path).unwrap();
    let messages = sitting.messages();
    let leaves =
        messages.iter().position(|(_, message)| *message == paydesk::desk::Message::Terminate).unwrap();
    let trimmed =
        |text: &str| text.lines().map(str::trim_end).collect::<Vec<_>>().join("\n").trim_end().to_owned();
    let last = screen(&sitting.after(leaves));
    assert_eq!(trimmed(&last), trimmed(&shown));
}
