//! `kill -9` of the real binary at random moments of real refunds: whatever the moment, one refund at most, none lost,
//! and nothing unknown for ever.

use std::{
    process::{Command, Output, Stdio},
    thread,
    time::{Duration, Instant},
};

use paydesk::sandbox::{self, Faults, Options, Running};
use serde_json::Value;
use tempfile::TempDir;

use crate::harness::command::get;

const KILLS: usize = 50;
/// Each lane is a desk of its own, so that a lane's trail grows over its kills.
const LANES: usize = 5;
const SEED: u64 = 0x9a1d;
/// Slow answers widen the windows; now and then an answer is lost, or the refund waits at Stripe's door.
const FAULTS: &str =
    "slow=25,slow=60@POST /v1/refunds,reset-after@POST /v1/refunds#%7,503@POST /v1/refunds#%5";

/// The sandbox, and what is true there, asked past paydesk.
struct World {
    running: Running,
}

impl World {
    /// Charges that can be refunded and were not.
    fn charges(&self) -> Vec<String> {
        let (mut found, mut cursor) = (Vec::new(), String::new());
        loop {
            let page = get(&self.running, &format!("/v1/charges?limit=100{cursor}"));
            let all = page["data"].as_array().unwrap();
            let fits = |charge: &&Value| {
                charge["status"] == "succeeded"
                    && charge["captured"] == true
                    && charge["currency"] == "usd"
                    && charge["disputed"] == false
                    && charge["amount_refunded"] == 0
                    && charge["amount"].as_i64() > Some(300)
                    && charge["created"].as_i64()
                        > Some(page["data"][0]["created"].as_i64().unwrap() - 90 * 86_400)
            };
            found.extend(all.iter().filter(fits).map(|charge| charge["id"].as_str().unwrap().to_owned()));
            if page["has_more"] != true || found.len() >= KILLS {
                return found;
            }
            cursor = format!("&starting_after={}", all.last().unwrap()["id"].as_str().unwrap());
        }
    }

    /// The refunds of one charge that a desk has made; a few have one that failed long ago.
    fn refunds(&self, charge: &str) -> Vec<Value> {
        let page = get(&self.running, &format!("/v1/refunds?limit=100&charge={charge}"));
        let all = page["data"].as_array().unwrap().iter();
        all.filter(|refund| refund["metadata"]["paydesk_intent"].is_string()).cloned().collect()
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

    /// Starts a refund and kills it after `delay`.
    #[expect(clippy::disallowed_methods, reason = "the moment of the kill is a moment in time")]
    fn kill(&self, charge: &str, delay: Duration) {
        let line = format!("run refund_charge charge={charge} amount=1.00 reason=duplicate --yes");
        let mut child = self.command(&line).stdout(Stdio::null()).stderr(Stdio::null()).spawn().unwrap();
        thread::sleep(delay);
        let _already_ended = child.kill();
        child.wait().unwrap();
    }

    /// What must be true after a kill. Gives whether the refund happened.
    fn settle(&self, charge: &str, when: &str) -> bool {
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

        let refunds = self.world.refunds(charge);
        assert!(refunds.len() <= 1, "{when}: refunded twice: {refunds:?}");
        let (_, trail) = self.json("audit list --all");
        let records = trail["result"].as_array().unwrap();
        let events: Vec<&str> = records
            .iter()
            .filter(|record| record["target"] == charge)
            .map(|record| record["event"].as_str().unwrap())
            .collect();
        let settled = events.contains(&"settled");
        assert_eq!(
            settled,
            !refunds.is_empty(),
            "{when}: trail and Stripe disagree: {events:?}, {refunds:?}"
        );
        let Some(refund) = refunds.first() else { return false };
        assert_eq!(refund["amount"], 100, "{when}");
        let intent = &refund["metadata"]["paydesk_intent"];
        let known = records
            .iter()
            .filter(|record| record["target"] == charge)
            .all(|record| record["intent"] == *intent);
        assert!(known && intent.is_string(), "{when}: the refund's intent {intent} is not the trail's");
        true
    }
}

#[expect(clippy::disallowed_methods, reason = "how long an undisturbed refund takes on this machine")]
fn undisturbed(desk: &Desk<'_>, charge: &str) -> Duration {
    let began = Instant::now();
    let (code, done) =
        desk.json(&format!("run refund_charge charge={charge} amount=1.00 reason=duplicate --yes"));
    let took = began.elapsed();
    assert_eq!(code, Some(0), "{done}");
    assert!(desk.settle(charge, "undisturbed"));
    took
}

#[test]
fn killed_at_any_moment_a_refund_happens_once_or_never_and_is_on_record() {
    let runtime = tokio::runtime::Runtime::new().unwrap();
    let options = Options { customers: 120, ..Options::default() };
    let world = World { running: runtime.block_on(sandbox::start(options)).unwrap() };
    let mut charges = world.charges();
    assert!(charges.len() > KILLS, "{} charges to refund", charges.len());
    world.running.set_faults(Faults::parse("slow=25,slow=60@POST /v1/refunds").unwrap());
    let took = undisturbed(&Desk::new(&world), &charges.pop().unwrap());
    world.running.set_faults(Faults::parse(FAULTS).unwrap());

    let lanes: Vec<&[String]> = charges[..KILLS].chunks(KILLS / LANES).collect();
    let made: usize = thread::scope(|scope| {
        let lanes: Vec<_> = lanes
            .iter()
            .enumerate()
            .map(|(lane, charges)| {
                let world = &world;
                scope.spawn(move || {
                    let desk = Desk::new(world);
                    let mut random = fastrand::Rng::with_seed(SEED + u64::try_from(lane).unwrap());
                    let mut made = 0;
                    for (number, charge) in charges.iter().enumerate() {
                        // Lanes hold each other up, so a refund here takes longer than one alone.
                        let delay = took.mul_f64(random.f64() * 2.5);
                        desk.kill(charge, delay);
                        let when = format!("seed {SEED:#x}, lane {lane}, kill {number} after {delay:?}");
                        made += usize::from(desk.settle(charge, &when));
                    }
                    made
                })
            })
            .collect();
        lanes.into_iter().map(|lane| lane.join().unwrap()).sum()
    });
    // Neither side of the moment that matters was missed.
    assert!(
        (1..KILLS).contains(&made),
        "{made} of {KILLS} refunds were made: the kills came too early or too late"
    );
    let _inside = runtime.enter();
    drop(world);
}
