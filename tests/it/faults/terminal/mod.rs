//! The rows of the fault matrix on the real binary in a real terminal over real sockets: what an agent is told there, and how the
//! intent stands on record afterwards.
//!
//! In process stays what needs a clock that is moved: asleep for a day and midnight while a refund is held. Whole screens are there
//! too; both are in `matrix`.

mod elsewhere;
mod ends;
mod here;
mod looks;
mod reading;
mod sending;

use std::{
    net::TcpStream,
    sync::{
        Mutex,
        atomic::{AtomicUsize, Ordering},
    },
    thread,
};

use paydesk::{
    ledger::{IntentState, Ledger, Store as _},
    sandbox::Options,
};

use self::looks::{boxed, boxed_at_rest, edges, lines, plain, rests, stays, told};
use crate::harness::{
    command::{Case, call, get},
    pty::Pty,
    sitting::{desk_with, form},
};

/// So many rows of a table at a time, each with a desk and a sandbox of its own: they wait more than they work.
const AT_ONCE: usize = 6;
/// What is held can be taken back for so long that a busy machine gets there in time.
const HELD: &str = "undo_seconds = 9";
const AT_ONCE_SENT: &str = "undo_seconds = 0";
/// Deadlines that what never answers runs into soon; whatever answers in such a row is not asked under them.
const SHORT: &str = "undo_seconds = 0\n[network]\nwrite_seconds = 1";

/// Where the desk of a row stands.
struct Place {
    sandbox: Options,
    /// Stands between the desk and the sandbox: gives its own address for the sandbox's.
    through: Option<fn(&str) -> String>,
    /// Of the settings file, from its table `desk` on.
    settings: &'static str,
    /// The policy file, if there is one.
    rules: &'static str,
    /// Of the environment, over those that every desk has.
    variables: &'static [(&'static str, &'static str)],
    /// With the restricted key.
    restricted: bool,
    /// What is done before the desk is opened.
    before: fn(&Case),
}

fn usual() -> Place {
    Place {
        sandbox: Options::default(),
        through: None,
        settings: AT_ONCE_SENT,
        rules: "",
        variables: &[],
        restricted: false,
        before: |_| {},
    }
}

fn short() -> Place {
    Place { settings: SHORT, ..usual() }
}

fn held() -> Place {
    Place { settings: HELD, ..usual() }
}

struct Row {
    name: &'static str,
    at: fn() -> Place,
    /// From the opened desk to the key after which something is told.
    story: fn(&mut Sitting),
    /// What of the screen is looked at.
    shows: fn(&Pty) -> String,
    /// What stands there in the end.
    words: &'static str,
    /// How the intents stand then, newest first.
    stands: &'static [IntentState],
}

const fn row(
    name: &'static str,
    story: fn(&mut Sitting),
    words: &'static str,
    stands: &'static [IntentState],
) -> Row {
    Row { name, at: usual, story, shows: told, words, stands }
}

/// A desk in a terminal, its sandbox, and whatever else must live as long.
struct Sitting {
    case: Case,
    pty: Pty,
    /// Of another program, which holds the ledger.
    other: Option<rusqlite::Connection>,
    unplugged: bool,
}

impl Sitting {
    fn at(place: Place) -> Self {
        let case = Case::with(place.sandbox);
        let write = |name: &str, text: String| std::fs::write(case.home.path().join(name), text).unwrap();
        write("config.toml", format!("version = 1\n[desk]\n{}\n", place.settings));
        if !place.rules.is_empty() {
            write("policy.toml", format!("version = 1\n{}", place.rules));
        }
        (place.before)(&case);
        let base = case.running.base_url();
        let base = place.through.map_or_else(|| base.to_owned(), |through| through(base));
        let running = &case.running;
        let key = if place.restricted { running.restricted_key() } else { running.secret_key() };
        let mut more = vec![("STRIPE_API_BASE", base.as_str()), ("STRIPE_API_KEY", key)];
        more.extend_from_slice(place.variables);
        let pty = desk_with(&case, &more);
        Self { case, pty, other: None, unplugged: false }
    }

    /// Keys, and what is seen before the next ones.
    fn keys(&mut self, all: &[(&str, &str)]) {
        for (keys, seen) in all {
            self.pty.press(keys);
            self.pty.until_text(seen);
        }
    }

    fn ada(&mut self) {
        self.keys(&[("ada@", "Ada Lovelace"), ("\r", "Subscription update")]);
    }

    /// $20.00 of Ada's newest charge: one Enter confirms it.
    fn refund(&mut self) {
        form(&mut self.pty, "20");
    }

    /// Confirmed into these faults.
    fn sends_into(&mut self, faults: &str) {
        self.refund();
        self.case.faults(faults);
        self.pty.press("\r");
    }

    /// Confirmed, and held.
    fn hold(&mut self) {
        self.refund();
        self.keys(&[("\r", "takes it back")]);
    }

    /// From now on nobody answers.
    fn unplug(&mut self) {
        self.case.running.unplug();
        self.unplugged = true;
        let address = self.case.running.base_url().trim_start_matches("http://");
        self.pty.until("the port is closed", |_| TcpStream::connect(address).is_err());
    }

    /// The id of Ada's newest charge, which is the one that is refunded here.
    fn charge(&self) -> String {
        let ada = self.id("/v1/customers?email=ada@example.com");
        self.id(&format!("/v1/charges?limit=1&customer={ada}"))
    }

    /// Of the first one in a list.
    fn id(&self, list: &str) -> String {
        let found = get(&self.case.running, list);
        found["data"][0]["id"].as_str().unwrap_or_else(|| panic!("{list}: {found}")).to_owned()
    }

    /// Somebody else does it, and it is done.
    fn elsewhere(&self, method: &str, path: &str, form: &str) {
        let (status, answer) = call(&self.case.running, method, path, form);
        assert_eq!(status, 200, "{method} {path}: {answer}");
    }
}

/// Of the intents on disk; none where there is no ledger that can be read.
fn states(case: &Case) -> Vec<IntentState> {
    let ledger = Ledger::open(&case.home.path().join("data"));
    let intents = ledger.map(|ledger| ledger.recent(10).unwrap()).unwrap_or_default();
    intents.iter().map(|intent| intent.state).collect()
}

/// Changes of ours that came to the sandbox: each is known by its key, however often it came.
fn sent(case: &Case) -> usize {
    let seen = case.running.requests();
    let mut keys: Vec<_> = seen.into_iter().filter_map(|seen| seen.idempotency_key).collect();
    keys.retain(|key| key.starts_with("pdk_"));
    keys.sort_unstable();
    keys.dedup();
    keys.len()
}

/// Refunds of ours at the sandbox.
fn made(case: &Case) -> usize {
    let all = get(&case.running, "/v1/refunds?limit=100");
    let all = all["data"].as_array().unwrap().iter();
    all.filter(|refund| refund["metadata"]["paydesk_intent"].is_string()).count()
}

fn live_through(row: &Row) -> String {
    let Row { name, shows, words, stands, .. } = *row;
    let mut sitting = Sitting::at((row.at)());
    (row.story)(&mut sitting);
    let Sitting { case, pty, other, unplugged } = &mut sitting;
    pty.until(name, |pty| pty.frame_is_whole() && shows(pty).contains(words));
    let shown = shows(pty);
    drop(other.take());
    // What is not known is looked up further: on disk it may be on its way once more for a moment.
    pty.until(name, |_| states(case) == stands);
    // One key each; what Stripe never answered it may never have heard of.
    let open = [IntentState::Sending, IntentState::Unknown];
    let (sent, unknown) = (sent(case), stands.iter().any(|state| open.contains(state)));
    let gone = stands.iter().filter(|state| **state != IntentState::Withdrawn).count();
    assert!(sent == gone || unknown && sent < gone, "{name}: {sent} sent");
    if sent > 0 && !*unplugged {
        let most = usize::from(unknown || stands.contains(&IntentState::Settled));
        assert!(made(case) <= most, "{name}: {} refunds", made(case));
    }
    format!("## {name}\n{shown}")
}

/// All of them, each told under its name, in the order of the table.
fn live_through_all(rows: &[Row]) -> String {
    let next = AtomicUsize::new(0);
    let told = Mutex::new(vec![String::new(); rows.len()]);
    let lane = || {
        while let Some((at, row)) =
            Some(next.fetch_add(1, Ordering::Relaxed)).and_then(|at| Some((at, rows.get(at)?)))
        {
            let text = live_through(row);
            told.lock().unwrap()[at] = text;
        }
    };
    thread::scope(|scope| {
        for _ in 0..AT_ONCE {
            scope.spawn(lane);
        }
    });
    told.into_inner().unwrap().concat()
}
