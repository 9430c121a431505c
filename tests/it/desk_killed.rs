//! The desk of the real binary over a refund when its process is ended: `kill -9` at any moment, SIGTERM and SIGHUP while the refund
//! is held and while it is sent. Whatever the moment, it is made once at most, and the next desk knows.

#![expect(clippy::print_stderr, reason = "what came of a long run is said to who runs it")]

use std::{thread, time::Duration};

use paydesk::{
    ledger::{Intent, IntentState, Ledger, Store as _},
    sandbox::Faults,
};

use crate::harness::{
    command::{Case, get},
    pty::Pty,
    sitting::{desk, form, refunds_sent},
};

/// Each of its own account and folder.
const LANES: usize = 3;
/// Kills in a lane of every run of the tests; `PAYDESK_DESK_KILLS` asks for more in all.
const KILLS: usize = 3;

fn case(undo_seconds: u8) -> Case {
    let case = Case::new();
    let config = format!("version = 1\n[desk]\nundo_seconds = {undo_seconds}\n");
    std::fs::write(case.home.path().join("config.toml"), config).unwrap();
    case
}

fn intents(case: &Case) -> Vec<Intent> {
    Ledger::open(&case.home.path().join("data")).unwrap().recent(1_000).unwrap()
}

/// Minor units of the refunds that were made by us, newest first, asked past paydesk.
fn made(case: &Case) -> Vec<i64> {
    let page = get(&case.running, "/v1/refunds?limit=100");
    let ours = page["data"].as_array().unwrap().iter();
    let ours = ours.filter(|refund| refund["metadata"]["paydesk_intent"].is_string());
    ours.map(|refund| refund["amount"].as_i64().unwrap()).collect()
}

#[expect(clippy::disallowed_methods, reason = "asks how many kills are wanted")]
fn wanted() -> usize {
    std::env::var("PAYDESK_DESK_KILLS").map_or(KILLS, |text| text.parse::<usize>().unwrap().div_ceil(LANES))
}

/// The desk with a refund of these cents confirmed, killed so long after the Enter.
#[expect(clippy::disallowed_methods, reason = "the moment of the kill is a moment in time")]
fn killed(case: &Case, cents: usize, after: Duration) {
    let mut pty = desk(case);
    form(&mut pty, &format!("{}.{:02}", cents / 100, cents % 100));
    pty.press("\r");
    thread::sleep(after);
    pty.signal("KILL");
    pty.until("it is dead", Pty::has_ended);
}

/// Three looks at most, and nothing is open.
fn settle(case: &Case, when: &str) {
    let looked = (0..3).any(|_| case.json("pending --resolve").0 == 0);
    assert!(looked, "{when}: not settled by three looks: {}", case.json("pending").1);
    assert_eq!(case.json("pending").1["result"].as_array().map(Vec::len), Some(0), "{when}");
}

fn lane(number: usize, kills: usize) -> (usize, usize) {
    let case = case(1);
    case.faults("slow=25,slow=150@POST /v1/refunds,reset-after@POST /v1/refunds#%3,503@POST /v1/refunds#%5");
    let mut random = fastrand::Rng::with_seed(u64::try_from(number).unwrap());
    let mut count = 0;
    for kill in 0..kills {
        // The reservation, the second that it is held, the sending, its answer and its record.
        let after = Duration::from_millis(random.u64(0..1_800));
        let cents = 101 + kill;
        let when = format!("lane {number}, kill {kill} after {after:?}");
        killed(&case, cents, after);
        settle(&case, &when);
        let times = made(&case).iter().filter(|made| **made == i64::try_from(cents).unwrap()).count();
        assert!(times <= 1, "{when}: made {times} times");
        let ours = intents(&case).into_iter().filter(|intent| {
            intent.proposal.amount.is_some_and(|amount| amount.minor() == i64::try_from(cents).unwrap())
        });
        let settled = ours.filter(|intent| intent.state == IntentState::Settled).count();
        assert_eq!(settled, times, "{when}: the ledger and Stripe disagree");
        count += times;
    }
    assert_eq!(made(&case).len(), count, "none came later");
    assert!(kills < 30 || count > 0, "of so many, some are made before the kill");
    assert_eq!(case.run("audit verify").0, 0);
    (kills, count)
}

#[test]
fn killed_at_any_moment_of_a_refund_it_is_made_once_at_most_and_known() {
    let kills = wanted();
    let ended: Vec<_> = thread::scope(|scope| {
        let lanes: Vec<_> = (0..LANES).map(|number| scope.spawn(move || lane(number, kills))).collect();
        lanes.into_iter().map(|lane| lane.join().unwrap()).collect()
    });
    let (kills, made) = ended.into_iter().fold((0, 0), |sum, one| (sum.0 + one.0, sum.1 + one.1));
    eprintln!("{kills} kills of a desk over a refund, {made} refunds made");
}

/// The next desk tells what the dead one left, without being asked.
#[test]
fn the_next_desk_says_what_became_of_it() {
    for (undo_seconds, faults, words) in
        [(30, "", "never sent"), (0, "stall=60000@POST /v1/refunds", "refunded $20.00")]
    {
        let case = case(undo_seconds);
        let mut pty = desk(&case);
        form(&mut pty, "20");
        if !faults.is_empty() {
            case.faults(faults);
        }
        pty.press("\r");
        let state = if undo_seconds > 0 { IntentState::Held } else { IntentState::Sending };
        pty.until("on record", |_| intents(&case).iter().any(|intent| intent.state == state));
        if undo_seconds == 0 {
            // It is done, and its answer will never come.
            pty.until("Stripe has done it", |_| made(&case) == [2_000]);
        }
        pty.signal("KILL");
        pty.until("it is dead", Pty::has_ended);
        case.running.set_faults(Faults::default());
        let mut next = desk(&case);
        next.until_text(words);
        next.signal("TERM");
        assert_eq!(next.end().exit_code(), 0);
        assert_eq!(made(&case), if undo_seconds == 0 { vec![2_000] } else { Vec::new() });
    }
}

#[test]
fn asked_to_end_while_it_holds_a_refund_it_takes_it_back_and_says_so() {
    for signal in ["TERM", "HUP"] {
        let case = case(30);
        let mut pty = desk(&case);
        form(&mut pty, "20");
        pty.press("\r");
        pty.until_text("refunding $20.00");
        pty.signal(signal);
        assert_eq!(pty.end().exit_code(), 0, "{signal}");
        assert_eq!(intents(&case)[0].state, IntentState::Withdrawn, "{signal}");
        assert_eq!(refunds_sent(&case), 0, "{signal}");
        assert_eq!(case.run("audit verify").0, 0);
    }
}

#[test]
fn asked_to_end_while_it_sends_a_refund_it_waits_for_the_answer() {
    for signal in ["TERM", "HUP"] {
        let case = case(0);
        let mut pty = desk(&case);
        form(&mut pty, "20");
        case.faults("slow=1500@POST /v1/refunds");
        pty.press("\r");
        pty.until("on its way", |_| intents(&case).iter().any(|intent| intent.state == IntentState::Sending));
        pty.signal(signal);
        assert_eq!(pty.end().exit_code(), 0, "{signal}");
        assert_eq!(intents(&case)[0].state, IntentState::Settled, "{signal}");
        assert_eq!(made(&case), [2_000], "{signal}");
    }
}

/// Ten seconds are waited for it, no more: then it is unknown, kept, and said on the screen that stays.
#[test]
fn asked_to_end_while_no_answer_comes_it_leaves_it_unknown() {
    let case = case(0);
    let mut pty = desk(&case);
    form(&mut pty, "20");
    case.faults("slow=12500@POST /v1/refunds");
    pty.press("\r");
    pty.until("on its way", |_| intents(&case).iter().any(|intent| intent.state == IntentState::Sending));
    pty.signal("TERM");
    assert_eq!(pty.end().exit_code(), 0);
    let left = pty.text();
    assert!(left.contains("not known how it ended: refund $20.00 of ch_"), "{left}");
    case.running.set_faults(Faults::default());
    pty.until("Stripe has done it", |_| made(&case) == [2_000]);
    settle(&case, "after it left");
    assert_eq!(intents(&case)[0].state, IntentState::Settled);
    assert_eq!(made(&case), [2_000]);
}
