//! `kill -9` of the real binary at random moments of real refunds, cancellations and changes of plan, several at once: whatever the
//! moment, each is done once at most, none is lost, and nothing is unknown for ever.

#![expect(clippy::print_stderr, reason = "what came of a long run is said to who runs it")]

use std::{
    process::{Command, Output, Stdio},
    thread,
    time::{Duration, Instant},
};

use paydesk::sandbox::{self, Faults, Options, Running};
use serde_json::Value;
use tempfile::TempDir;

use crate::harness::command::get;

/// Of every run of the tests; `PAYDESK_KILLS` asks for more.
const KILLS: usize = 45;
/// Each lane is a desk of its own, so that a lane's trail grows over its kills.
const LANES: usize = 5;
/// So many changes at a time, of as many kinds.
const AT_ONCE: usize = 3;
const SEED: u64 = 0x9a1d;
/// Slow answers widen the windows; now and then an answer is lost, or the change waits at Stripe's door.
const FAULTS: &str = "slow=25,slow=60@POST /v1/refunds,slow=60@* /v1/subscriptions/*,reset-after@POST /v1/refunds#%7,\
                      reset-after@POST /v1/subscriptions/*#%7,reset-after@DELETE /v1/subscriptions/*#%3,\
                      503@POST /v1/refunds#%5,503@POST /v1/subscriptions/*#%5";

/// The sandbox, and what is true there, asked past paydesk.
struct World {
    running: Running,
}

/// A change, the object that it is done to, and the line that asks for it.
struct Change {
    target: String,
    line: String,
    what: What,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
enum What {
    Refund,
    CancelAtEnd,
    CancelNow,
    Plan,
}

impl World {
    /// All rows of a list.
    fn all(&self, list: &str) -> Vec<Value> {
        let (mut found, mut cursor) = (Vec::<Value>::new(), String::new());
        loop {
            let page = get(&self.running, &format!("{list}{cursor}"));
            found.extend(page["data"].as_array().unwrap().iter().cloned());
            if page["has_more"] != true {
                return found;
            }
            cursor = format!("&starting_after={}", found.last().unwrap()["id"].as_str().unwrap());
        }
    }

    /// Charges that can be refunded and were not.
    fn refunds(&self) -> Vec<Change> {
        let charges = self.all("/v1/charges?limit=100");
        let since = charges[0]["created"].as_i64().unwrap() - 90 * 86_400;
        let fits = |charge: &&Value| {
            charge["status"] == "succeeded"
                && charge["captured"] == true
                && charge["currency"] == "usd"
                && charge["disputed"] == false
                && charge["amount_refunded"] == 0
                && charge["amount"].as_i64() > Some(300)
                && charge["created"].as_i64() > Some(since)
        };
        let refund = |charge: &Value| {
            let target = charge["id"].as_str().unwrap().to_owned();
            let line = format!("run refund_charge charge={target} amount=1.00 reason=duplicate --yes");
            Change { target, line, what: What::Refund }
        };
        charges.iter().filter(fits).map(refund).collect()
    }

    /// Subscriptions that go on, every other one to be cancelled, the others to another plan.
    fn of_subscriptions(&self) -> (Vec<Change>, Vec<Change>) {
        let prices = self.all("/v1/prices?limit=100&active=true");
        let running = self.all("/v1/subscriptions?limit=100&status=active");
        let fits = |one: &&Value| {
            one["cancel_at"].is_null()
                && one["schedule"].is_null()
                && one["pause_collection"].is_null()
                && one["items"]["data"].as_array().is_some_and(|items| items.len() == 1)
        };
        let (mut ends, mut moves) = (Vec::new(), Vec::new());
        for one in running.iter().filter(fits) {
            let (target, item) = (one["id"].as_str().unwrap().to_owned(), &one["items"]["data"][0]["price"]);
            let other = prices.iter().find(|price| {
                price["id"] != item["id"]
                    && price["currency"] == item["currency"]
                    && price["recurring"]["interval"] == item["recurring"]["interval"]
                    && price["recurring"]["interval_count"] == item["recurring"]["interval_count"]
            });
            if let Some(price) = other.filter(|_| moves.len() <= ends.len()) {
                let line = format!(
                    "run update_subscription subscription={target} price={} --yes",
                    price["id"].as_str().unwrap()
                );
                moves.push(Change { target, line, what: What::Plan });
            } else {
                let now = ends.len() % 2 == 0;
                let (when, what) =
                    if now { ("now", What::CancelNow) } else { ("period_end", What::CancelAtEnd) };
                let line = format!("run cancel_subscription subscription={target} when={when} --yes");
                ends.push(Change { target, line, what });
            }
        }
        (ends, moves)
    }

    /// How often it was done: of a refund by counting, of the others by how the object stands.
    fn times_done(&self, change: &Change, before: &Value) -> usize {
        let now = || get(&self.running, &format!("/v1/subscriptions/{}", change.target));
        match change.what {
            What::Refund => {
                let page = get(&self.running, &format!("/v1/refunds?limit=100&charge={}", change.target));
                let all = page["data"].as_array().unwrap().iter();
                all.filter(|refund| refund["metadata"]["paydesk_intent"].is_string()).count()
            }
            What::CancelAtEnd => usize::from(now()["cancel_at_period_end"] == true),
            What::CancelNow => usize::from(now()["status"] == "canceled"),
            What::Plan => {
                let price = |one: &Value| one["items"]["data"][0]["price"]["id"].clone();
                usize::from(price(&now()) != price(before))
            }
        }
    }

    fn before(&self, change: &Change) -> Value {
        match change.what {
            What::Refund => Value::Null,
            _ => get(&self.running, &format!("/v1/subscriptions/{}", change.target)),
        }
    }
}

/// One desk: a home folder with its own ledger.
struct Desk<'world> {
    world: &'world World,
    home: TempDir,
}

impl<'world> Desk<'world> {
    fn new(world: &'world World) -> Self {
        let home = TempDir::new().unwrap();
        std::fs::write(home.path().join("config.toml"), "version = 1\n").unwrap();
        Self { world, home }
    }

    fn command(&self, line: &str) -> Command {
        let mut command = Command::new(env!("CARGO_BIN_EXE_paydesk"));
        command.args(line.split_whitespace()).arg("--json").env_clear().stdin(Stdio::null());
        command
            .env("PAYDESK_DATA_DIR", self.home.path().join("data"))
            .env("PAYDESK_CONFIG", self.home.path().join("config.toml"))
            .env("PAYDESK_AGENT", "maya")
            .env("STRIPE_API_BASE", self.world.running.base_url())
            .env("STRIPE_API_KEY", self.world.running.secret_key());
        command
    }

    fn json(&self, line: &str) -> (Option<i32>, Value) {
        let Output { status, stdout, stderr } = self.command(line).output().unwrap();
        let document = serde_json::from_slice(&stdout).unwrap_or_else(|error| {
            panic!(
                "{line}: {error}\n{}\n{}",
                String::from_utf8_lossy(&stdout),
                String::from_utf8_lossy(&stderr)
            )
        });
        (status.code(), document)
    }

    /// Starts the changes together and kills each after its delay.
    #[expect(clippy::disallowed_methods, reason = "the moment of the kill is a moment in time")]
    fn kill(&self, changes: &[Change], delays: &[Duration]) {
        thread::scope(|scope| {
            for (change, delay) in changes.iter().zip(delays) {
                scope.spawn(move || {
                    let mut command = self.command(&change.line);
                    let mut child = command.stdout(Stdio::null()).stderr(Stdio::null()).spawn().unwrap();
                    thread::sleep(*delay);
                    let _already_ended = child.kill();
                    child.wait().unwrap();
                });
            }
        });
    }

    /// What must be true after kills. Gives which of them happened.
    fn settle(&self, changes: &[Change], before: &[Value], when: &str) -> Vec<What> {
        // What was on its way when the desk died can arrive between two reads of the first look; it is never sent
        // again on such a doubt, and the next look sees it.
        let mut looks = (0..3).map(|_| self.json("pending --resolve"));
        let settled = looks.find(|(code, _)| *code == Some(0));
        assert!(settled.is_some(), "{when}: not settled by three looks: {}", self.json("pending").1);
        let (_, open) = self.json("pending");
        assert_eq!(
            open["result"].as_array().map(Vec::len),
            Some(0),
            "{when}: something is unknown for ever: {open}"
        );
        let (code, chain) = self.json("audit verify");
        assert_eq!(code, Some(0), "{when}: {chain}");
        let (_, trail) = self.json("audit list --all");
        let records = trail["result"].as_array().unwrap();
        let mut made = Vec::new();
        for (change, before) in changes.iter().zip(before) {
            let done = self.world.times_done(change, before);
            let events: Vec<&str> = records
                .iter()
                .filter(|record| record["target"] == change.target)
                .map(|record| record["event"].as_str().unwrap())
                .collect();
            let settled = events.iter().filter(|event| **event == "settled").count();
            assert!(done <= 1, "{when}: {} was done {done} times", change.line);
            assert_eq!(settled, done, "{when}: {}: trail and Stripe disagree: {events:?}", change.line);
            made.extend((done == 1).then_some(change.what));
        }
        made
    }
}

#[expect(clippy::disallowed_methods, reason = "how long an undisturbed refund takes on this machine")]
fn undisturbed(desk: &Desk<'_>, change: Change) -> Duration {
    let began = Instant::now();
    let (code, done) = desk.json(&change.line);
    let took = began.elapsed();
    assert_eq!(code, Some(0), "{done}");
    assert_eq!(desk.settle(&[change], &[Value::Null], "undisturbed"), [What::Refund]);
    took
}

#[expect(clippy::disallowed_methods, reason = "asks how many kills are wanted")]
fn wanted() -> usize {
    std::env::var("PAYDESK_KILLS").map_or(KILLS, |text| text.parse().unwrap())
}

/// One lane: a desk, and changes of all kinds at once, each killed at some moment.
fn lane(world: &World, number: usize, rounds: Vec<Vec<Change>>, took: Duration) -> Vec<What> {
    let desk = Desk::new(world);
    let mut random = fastrand::Rng::with_seed(SEED + u64::try_from(number).unwrap());
    let mut made = Vec::new();
    for (round, changes) in rounds.into_iter().enumerate() {
        // Lanes hold each other up, so a change here takes longer than one alone.
        let delays: Vec<_> = changes.iter().map(|_| took * random.u32(0..250) / 100).collect();
        let before: Vec<_> = changes.iter().map(|change| world.before(change)).collect();
        desk.kill(&changes, &delays);
        let when = format!("seed {SEED:#x}, lane {number}, round {round}, killed after {delays:?}");
        made.extend(desk.settle(&changes, &before, &when));
    }
    made
}

#[test]
fn killed_at_any_moment_a_change_happens_once_or_never_and_is_on_record() {
    let runtime = tokio::runtime::Runtime::new().unwrap();
    let kills = wanted();
    let rounds = kills.div_ceil(AT_ONCE * LANES);
    let customers = u32::try_from(120.max(kills * 2)).unwrap();
    let options = Options { customers, ..Options::default() };
    let world = World { running: runtime.block_on(sandbox::start(options)).unwrap() };
    let (mut refunds, (mut ends, mut moves)) = (world.refunds(), world.of_subscriptions());
    world.running.set_faults(Faults::parse("slow=25,slow=60@POST /v1/refunds").unwrap());
    let took = undisturbed(&Desk::new(&world), refunds.pop().unwrap());
    world.running.set_faults(Faults::parse(FAULTS).unwrap());
    let mut take = || [&mut refunds, &mut ends, &mut moves].map(|kind| kind.pop().unwrap()).into();
    let lanes: Vec<Vec<Vec<Change>>> = (0..LANES).map(|_| (0..rounds).map(|_| take()).collect()).collect();
    let made: Vec<What> = thread::scope(|scope| {
        let lanes: Vec<_> = lanes
            .into_iter()
            .enumerate()
            .map(|(number, rounds)| {
                let world = &world;
                scope.spawn(move || lane(world, number, rounds, took))
            })
            .collect();
        lanes.into_iter().flat_map(|lane| lane.join().unwrap()).collect()
    });
    // Neither side of the moment that matters was missed.
    let all = rounds * LANES * AT_ONCE;
    eprintln!("{all} kills, {} changes made: {:?}", made.len(), {
        let mut kinds = made.clone();
        kinds.sort();
        kinds
    });
    assert!(
        (1..all).contains(&made.len()),
        "{} of {all} changes were made: the kills came too early or too late",
        made.len()
    );
    let _inside = runtime.enter();
    drop(world);
}
