//! The rows of the fault matrix on the real binary in a real terminal: what stands on the line where an agent is told, and how the
//! refund stands on record. The screens are whole in `matrix`.

use std::{thread, time::Duration};

use paydesk::ledger::{
    IntentState::{self, Refused, Settled, Unknown},
    Ledger, Store as _,
};

use crate::harness::{
    command::{Case, get},
    pty::Pty,
    sitting::{desk, form},
};

struct Row {
    name: &'static str,
    faults: &'static str,
    /// What the desk says in the end.
    words: &'static str,
    stands: IntentState,
}

const fn row(name: &'static str, faults: &'static str, words: &'static str, stands: IntentState) -> Row {
    Row { name, faults, words, stands }
}

const ROWS: &[Row] = &[
    row("lost on the way back", "reset-after@POST /v1/refunds", "refunded $20.00", Settled),
    row("lost on the way there", "reset-before@POST /v1/refunds", "not known", Unknown),
    row("a 500 that is kept for the key", "500@POST /v1/refunds", "not known", Unknown),
    row("a 500 although it was done", "500-after@POST /v1/refunds", "refunded $20.00", Settled),
    row("a web page instead of an answer", "html@POST /v1/refunds", "not known", Unknown),
    row("ends in the middle", "truncated@POST /v1/refunds", "refunded $20.00", Settled),
    row("no JSON", "garbage@POST /v1/refunds", "refunded $20.00", Settled),
    row("20 MB", "huge@POST /v1/refunds", "refunded $20.00", Settled),
    row("stalls after its head", "stall=60000@POST /v1/refunds", "refunded $20.00", Settled),
    row("slower than its deadline", "slow=60000@POST /v1/refunds", "not known", Unknown),
    row("locked by somebody else", "lock-timeout@POST /v1/refunds", "refused", Refused),
    row("too many requests", "429=1@POST /v1/refunds", "refused", Refused),
    row("the key is in use", "409@POST /v1/refunds#1", "refunded $20.00", Settled),
    row("the key has expired", "401-expired@POST /v1/refunds", "refused", Refused),
];
/// So many at a time: each is a desk of its own at a sandbox of its own.
const AT_ONCE: usize = 3;

/// What is told below the panes, without the hints of keys and what is still read; ids are named for what they are.
fn told(pty: &Pty) -> String {
    let text = pty.text();
    let rows: Vec<&str> = text.lines().collect();
    let begins = rows.iter().rposition(|row| row.starts_with('╰')).map_or(0, |at| at + 1);
    let (last, above) = rows[begins..].split_last().unwrap();
    let plain = |word: &str| {
        let ids = ["ch_", "re_", "req_", "int_"];
        let rest = &word[word.trim_end_matches([',', '.', ':', ';']).len()..];
        ids.iter()
            .find(|id| word.starts_with(**id))
            .map_or_else(|| word.to_owned(), |id| format!("{id}…{rest}"))
    };
    let good = last.find('✔').map(|at| &last[at..]);
    let told = above.iter().copied().chain(good);
    told.map(|row| row.split(' ').map(plain).collect::<Vec<_>>().join(" ").trim().to_owned() + "\n").collect()
}

fn live_through(row: &Row) -> String {
    let case = Case::new();
    let config = "version = 1\n[desk]\nundo_seconds = 0\n[network]\nwrite_seconds = 2\nread_seconds = 2\n";
    std::fs::write(case.home.path().join("config.toml"), config).unwrap();
    let mut pty = desk(&case);
    form(&mut pty, "20");
    case.faults(row.faults);
    pty.press("\r");
    pty.until(row.name, |pty| told(pty).contains(row.words));
    // Until the frame is whole.
    pty.listen_for(Duration::from_millis(40));
    let screen = told(&pty);
    // What is not known is looked up further: on disk it may be on its way once more for a moment.
    let states = || {
        let intents = Ledger::open(&case.home.path().join("data")).unwrap().recent(10).unwrap();
        intents.iter().map(|intent| intent.state).collect::<Vec<_>>()
    };
    pty.until(row.name, |_| states() == [row.stands]);
    let ours = get(&case.running, "/v1/refunds?limit=100");
    let ours = ours["data"].as_array().unwrap().iter();
    let made = ours.filter(|refund| refund["metadata"]["paydesk_intent"].is_string()).count();
    assert!(made <= 1 && (row.stands != Refused || made == 0), "{}: made {made} times", row.name);
    format!("## {}\n{screen}", row.name)
}

#[test]
fn what_is_told_in_a_real_terminal() {
    let share = ROWS.len().div_ceil(AT_ONCE);
    let told: String = thread::scope(|scope| {
        let lanes: Vec<_> = ROWS
            .chunks(share)
            .map(|rows| scope.spawn(move || rows.iter().map(live_through).collect::<String>()))
            .collect();
        lanes.into_iter().map(|lane| lane.join().unwrap()).collect()
    });
    insta::assert_snapshot!(told);
}
