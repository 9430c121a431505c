//! The desk driven by messages alone: keys in, commands out, answers back.

mod address;
mod ahead;
mod further;
mod mouse;
mod order;
mod pages;
mod search;
mod sought;

use std::collections::BTreeMap;

use super::{start, update};
use crate::{
    desk::{
        key::parse_keys,
        message::{Command, Message, Trouble},
        panes::{self, PaneId},
        question::{Answer, Question},
        state::{Mode, Session, State},
    },
    policy::Policy,
};

const NOW_MS: i64 = 1_795_435_200_000;

/// A desk whose Stripe is a table of answers.
struct Desk {
    state: State,
    now_ms: i64,
    waiting: Vec<Command>,
    /// Every question ever asked.
    asked: Vec<Question>,
    answers: BTreeMap<&'static str, String>,
    /// Lists by their path, newest first, given a page at a time.
    lists: BTreeMap<&'static str, Vec<String>>,
}

fn desk() -> Desk {
    let session = Session {
        mode: Mode::Demo,
        account: None,
        bound_to: String::new(),
        agent: "maya".into(),
        profile: "demo".into(),
        read_only: None,
        zone: jiff::tz::TimeZone::UTC,
        day_zone: jiff::tz::TimeZone::UTC,
        undo_ms: 5_000,
        poll_ms: 0,
        settings: Vec::new(),
        languages: crate::answers::reply::Languages::default(),
        tips: Vec::new(),
        profiles: Vec::new(),
    };
    let state = State::new(session, Policy::builtin(), NOW_MS, (140, 42));
    let mut desk = Desk {
        state,
        now_ms: NOW_MS,
        waiting: Vec::new(),
        asked: Vec::new(),
        answers: BTreeMap::new(),
        lists: BTreeMap::new(),
    };
    let commands = start(&mut desk.state);
    desk.take(commands.0);
    desk
}

impl Desk {
    fn answer(mut self, target: &'static str, json: &str) -> Self {
        self.answers.insert(target, json.to_owned());
        self
    }

    fn list(mut self, path: &'static str, rows: impl IntoIterator<Item = String>) -> Self {
        self.lists.insert(path, rows.into_iter().collect());
        self
    }

    /// A page of a list as Stripe gives it.
    fn page(&self, request: &crate::request::Request) -> Option<String> {
        let rows = self.lists.get(request.path.as_str())?;
        let id = |after: &str| format!(r#""id":"{after}""#);
        let after = request.param("starting_after").map(id);
        let from = after.map_or(0, |after| rows.iter().position(|row| row.contains(&after)).unwrap() + 1);
        let page: Vec<_> = rows.iter().skip(from).take(100).map(String::as_str).collect();
        let more = rows.len() > from + page.len();
        Some(format!(r#"{{"object":"list","data":[{}],"has_more":{more}}}"#, page.join(",")))
    }

    fn take(&mut self, commands: Vec<Command>) {
        for command in commands {
            if let Command::Ask { question, .. } = &command {
                self.asked.push(question.clone());
            }
            if let Command::Cancel { task } = &command {
                self.waiting
                    .retain(|waiting| !matches!(waiting, Command::Ask { task: asked, .. } if asked == task));
            }
            self.waiting.push(command);
        }
    }

    fn send(&mut self, message: Message) {
        let commands = update(&mut self.state, self.now_ms, message);
        self.take(commands.0);
    }

    fn press(&mut self, keys: &str) -> &mut Self {
        for key in parse_keys(keys).unwrap() {
            self.send(Message::Key(key));
        }
        self
    }

    /// Answers what is asked and lets time pass until nothing is waited for.
    fn settle(&mut self) -> &mut Self {
        while !self.waiting.is_empty() {
            for command in std::mem::take(&mut self.waiting) {
                match command {
                    Command::Ask { task, question, .. } => {
                        let result = self.reply(&question);
                        self.send(Message::Reply { task, result });
                    }
                    Command::Wake { at_ms } if at_ms > self.now_ms => {
                        self.now_ms = at_ms;
                        self.send(Message::Wake);
                    }
                    _ => {}
                }
            }
        }
        self
    }

    fn reply(&self, question: &Question) -> Result<Answer, Trouble> {
        let request = question.request();
        let target = request.target();
        let found = self.answers.iter().find(|(known, _)| target.contains(*known));
        let found = found.map(|(_, json)| json.clone()).or_else(|| self.page(&request));
        let json = found.unwrap_or_else(|| r#"{"object":"list","data":[]}"#.to_owned());
        question.read(&json).map_err(|error| Trouble {
            what: error.to_string(),
            todo: String::new(),
            request_id: None,
            retry: false,
            missing: true,
        })
    }

    fn names(&self) -> Vec<String> {
        (0..panes::count(&self.state, PaneId::Customers))
            .filter_map(|at| (PaneId::Customers.pane().row)(&self.state, at))
            .map(|row| row.cells.iter().map(crate::desk::sheet::Line::text).collect::<Vec<_>>().join(" | "))
            .collect()
    }
}

const TWO: &str = r#"{"data":[{"id":"cus_ada","name":"Ada Lovelace","email":"ada@example.com"},
    {"id":"cus_bob","name":"Bob","email":"bob@example.com"}]}"#;
const ADA: &str = r#"{"id":"cus_ada","name":"Ada Lovelace","email":"ada@example.com"}"#;

#[test]
fn an_empty_box_shows_the_newest_and_typing_narrows_at_once() {
    let mut desk = desk().answer("/v1/customers?limit", TWO).answer("/v1/customers/cus_ada?", ADA);
    desk.settle();
    assert_eq!(desk.names(), ["Ada Lovelace | ada@example.com", "Bob | bob@example.com"]);
    let asked = desk.asked.len();
    desk.press("ada");
    assert_eq!(
        desk.names(),
        ["Ada Lovelace | ada@example.com"],
        "from what is known, before anything is asked"
    );
    assert_eq!(desk.asked.len(), asked);
    desk.settle();
    assert_eq!(desk.asked[asked], Question::CustomerSearch("name~\"ada\" OR email~\"ada\"".into()));
}

#[test]
fn a_stale_answer_never_replaces_a_newer_one() {
    let mut desk = desk();
    desk.settle();
    desk.press("grace");
    desk.now_ms += 200;
    desk.send(Message::Wake);
    let Some(Command::Ask { task, question, .. }) = desk
        .waiting
        .iter()
        .find(|command| matches!(command, Command::Ask { question: Question::CustomerSearch(_), .. }))
        .cloned()
    else {
        panic!("nothing was asked");
    };
    desk.press("<c-u>alan");
    let late = question.read(r#"{"data":[{"id":"cus_grace","name":"Grace"}]}"#).unwrap();
    desk.send(Message::Reply { task, result: Ok(late) });
    assert!(desk.names().is_empty(), "{:?}", desk.names());
    assert_eq!(desk.state.tasks.dropped, 1);
}

#[test]
fn a_customer_opens_with_one_round_and_what_depends_follows() {
    let mut desk = desk()
        .answer("/v1/customers?limit", TWO)
        .answer("/v1/customers/cus_ada?", ADA)
        .answer(
            "/v1/subscriptions?",
            r#"{"data":[{"id":"sub_1","status":"active","currency":"usd","items":{"data":[{"quantity":1,"price":{"id":"price_1",
            "unit_amount":9900,"currency":"usd","product":"prod_pro","recurring":{"interval":"month","interval_count":1}}}]}}]}"#,
        )
        .answer("/v1/products", r#"{"data":[{"id":"prod_pro","name":"Pro"}]}"#)
        .answer("/v1/charges?", r#"{"data":[{"id":"ch_1","amount":9900,"currency":"usd","disputed":true,"status":"succeeded"}]}"#);
    desk.settle();
    let before = desk.asked.iter().position(|question| matches!(question, Question::Customer(_))).unwrap();
    let first: Vec<String> = desk.asked[before..before + 5].iter().map(Question::label).collect();
    assert_eq!(
        first,
        ["customer", "charges", "subscriptions", "invoices", "payment methods"],
        "all of it together"
    );
    desk.press("<enter>").settle();
    let second: Vec<String> = desk.asked[before + 5..].iter().map(Question::label).collect();
    assert_eq!(second.len(), 4, "with who else has their address: {second:?}");
    let row = (PaneId::Subscriptions.pane().row)(&desk.state, 0).unwrap();
    assert_eq!(row.cells[0].text(), "● Pro");
    assert_eq!(desk.state.focus, PaneId::Charges);
}

#[test]
fn resting_on_a_row_reads_ahead_and_opening_asks_nothing_twice() {
    let mut desk = desk().answer("/v1/customers?limit", TWO).answer("/v1/customers/cus_ada?", ADA);
    desk.settle();
    let ahead = desk.asked.iter().filter(|question| matches!(question, Question::Charges { .. })).count();
    assert_eq!(ahead, 1, "the first row was rested on");
    let before = desk.asked.len();
    desk.press("<enter>").settle();
    assert_eq!(desk.asked[before..], [Question::CustomersByEmail("ada@example.com".into())], "who shares it");
}

#[test]
fn enter_before_the_answer_opens_when_it_comes() {
    let mut desk = desk().answer("/v1/customers?email=", TWO).answer("/v1/customers/cus_ada?", ADA);
    desk.settle();
    desk.press("ada@example.com<enter>");
    assert_eq!(desk.state.open, None);
    desk.settle();
    assert_eq!(desk.state.open.as_ref().map(crate::model::CustomerId::as_str), Some("cus_ada"));
}

#[test]
fn an_id_leads_to_its_customer_with_the_row_selected() {
    let mut desk = desk()
        .answer("/v1/charges/ch_2", r#"{"id":"ch_2","object":"charge","customer":"cus_ada"}"#)
        .answer("/v1/customers/cus_ada?", ADA)
        .answer("/v1/charges?", r#"{"data":[{"id":"ch_1"},{"id":"ch_2"}]}"#);
    desk.settle();
    desk.press("ch_2<enter>").settle();
    assert_eq!(desk.state.open.as_ref().map(crate::model::CustomerId::as_str), Some("cus_ada"));
    assert_eq!(desk.state.pane(PaneId::Charges).selected, 1);
}

#[test]
fn escape_goes_back_one_step_at_a_time_and_never_out() {
    let mut desk = desk().answer("/v1/customers?limit", TWO).answer("/v1/customers/cus_ada?", ADA);
    desk.settle();
    desk.press("ada<enter>").settle();
    desk.press("z<esc>");
    assert!(!desk.state.zoomed && desk.state.focus == PaneId::Charges);
    desk.press("<esc>");
    assert_eq!(desk.state.focus, PaneId::Customers);
    desk.press("<esc>");
    assert_eq!(desk.state.search.input.value(), "");
    desk.press("<esc><esc><esc>");
    assert!(!desk.state.quitting && !desk.waiting.contains(&Command::Quit));
}

#[test]
fn an_error_leaves_what_is_on_screen() {
    let mut desk = desk()
        .answer("/v1/customers?limit", TWO)
        .answer("/v1/customers/cus_ada?", ADA)
        .answer("/v1/charges?", r#"{"data":[{"id":"ch_1","amount":100,"currency":"usd"}]}"#);
    desk.settle();
    desk.press("<enter>").settle();
    desk.now_ms += 60_000;
    desk.press("<c-r>");
    let Some(Command::Ask { task, .. }) = desk
        .waiting
        .iter()
        .find(|command| matches!(command, Command::Ask { question: Question::Charges { .. }, .. }))
        .cloned()
    else {
        panic!("charges were not read again");
    };
    let trouble = Trouble {
        what: "no".into(),
        todo: "wait".into(),
        request_id: Some("req_1".into()),
        retry: true,
        missing: false,
    };
    desk.send(Message::Reply { task, result: Err(trouble) });
    assert_eq!(panes::count(&desk.state, PaneId::Charges), 1);
    assert_eq!(desk.state.tasks.failed.len(), 1);
}

#[test]
fn more_is_read_when_the_end_comes_near_without_gaps_or_twins() {
    let page = |from: u32, to: u32, more: bool| {
        let rows: Vec<_> = (from..to).map(|n| format!(r#"{{"id":"ch_{n}","currency":"usd"}}"#)).collect();
        format!(r#"{{"data":[{}],"has_more":{more}}}"#, rows.join(","))
    };
    let mut desk = desk()
        .answer("/v1/customers?limit", TWO)
        .answer("/v1/customers/cus_ada?", ADA)
        .answer("starting_after=ch_99", &page(98, 150, false))
        .answer("/v1/charges?limit=100&customer=cus_ada&expand", &page(0, 100, true));
    desk.settle();
    desk.press("<enter>").settle();
    assert_eq!(panes::count(&desk.state, PaneId::Charges), 100);
    desk.press("G").settle();
    assert_eq!(panes::count(&desk.state, PaneId::Charges), 150);
    desk.press("G").settle();
    assert_eq!(desk.state.pane(PaneId::Charges).selected, 149);
}

#[test]
fn the_state_serialises_whole() {
    let mut desk = desk().answer("/v1/customers?limit", TWO).answer("/v1/customers/cus_ada?", ADA);
    desk.settle();
    desk.press("ada<enter>?").settle();
    let json = serde_json::to_string(&desk.state).unwrap();
    let again: State = serde_json::from_str(&json).unwrap();
    assert_eq!(serde_json::to_string(&again).unwrap(), json);
}
