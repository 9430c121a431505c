//! A signal in the middle of `paydesk run`: what was not sent is taken back at once, and what was is waited for.

use std::{
    process::{Child, Command, Output, Stdio},
    thread,
    time::{Duration, Instant},
};

use paydesk::{
    ledger::{Intent, IntentState, Ledger, Store as _},
    sandbox::Faults,
};
use serde_json::Value;

use crate::harness::command::Case;

/// Far less than what the command would wait for otherwise, on a machine that does other things too.
const AT_ONCE: Duration = Duration::from_secs(5);

#[expect(clippy::disallowed_methods, reason = "how long the program takes to end is what is tested")]
fn now() -> Instant {
    Instant::now()
}

#[expect(clippy::disallowed_methods, reason = "another process is watched")]
fn until(what: &str, mut done: impl FnMut() -> bool) {
    let began = now();
    while !done() {
        assert!(began.elapsed() < Duration::from_secs(30), "never came: {what}");
        thread::sleep(Duration::from_millis(5));
    }
}

/// A refund, or the settling of one, that is under way in a process of its own.
struct Refund<'case> {
    case: &'case Case,
    charge: String,
    child: Child,
}

impl<'case> Refund<'case> {
    fn begin(case: &'case Case, faults: &str) -> Self {
        let charge = case.charge(4_900);
        case.running.forget_requests();
        case.faults(faults);
        let line = format!("run refund_charge charge={charge} amount=5 reason=duplicate --json");
        let mut command = case.command(&line);
        let child = command.stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap();
        Self { case, charge, child }
    }

    fn intents(&self) -> Vec<Intent> {
        Ledger::open(&self.case.home.path().join("data")).unwrap().recent(10).unwrap()
    }

    fn is(&self, state: IntentState) -> bool {
        self.intents().first().is_some_and(|intent| intent.state == state)
    }

    fn until(&self, state: IntentState) {
        until(state.name(), || self.is(state));
    }

    fn signal(&self, name: &str) {
        let pid = self.child.id().to_string();
        assert!(Command::new("kill").args([&format!("-{name}"), &pid]).status().unwrap().success());
    }

    /// The exit code, the document, what was said on the way, and how long it took to end.
    fn ended(self) -> (i32, Value, String, Duration) {
        let began = now();
        let Output { status, stdout, stderr } = self.child.wait_with_output().unwrap();
        let (took, said) = (began.elapsed(), String::from_utf8(stderr).unwrap());
        let code = status.code().unwrap_or_else(|| panic!("{status}: {said}"));
        (code, serde_json::from_slice(&stdout).unwrap(), said, took)
    }

    fn refunds_sent(&self) -> usize {
        let all = self.case.running.requests();
        all.iter().filter(|seen| seen.method == "POST" && seen.path == "/v1/refunds").count()
    }
}

#[test]
fn an_answer_on_its_way_is_waited_for() {
    for signal in ["TERM", "HUP", "INT"] {
        let case = Case::new();
        let refund = Refund::begin(&case, "slow=1500@POST /v1/refunds");
        refund.until(IntentState::Sending);
        refund.signal(signal);
        let charge = refund.charge.clone();
        let (code, done, said, _) = refund.ended();
        assert_eq!((code, &done["ok"]), (0, &Value::Bool(true)), "{signal}: {done}");
        assert!(said.contains("waiting up to 10 s for Stripe's answer"), "{signal}: {said}");
        assert_eq!(case.refunded(&charge), 500);
    }
}

#[test]
fn an_answer_that_does_not_come_is_unknown_and_the_intent_is_kept() {
    let case = Case::new();
    let refund = Refund::begin(&case, "slow=12500@POST /v1/refunds");
    refund.until(IntentState::Sending);
    refund.signal("TERM");
    let charge = refund.charge.clone();
    let (code, failed, _, took) = refund.ended();
    assert_eq!((code, &failed["error"]["kind"]), (6, &"unknown_outcome".into()), "{failed}");
    assert!((Duration::from_secs(9)..Duration::from_secs(20)).contains(&took), "{took:?}");
    let message = failed["error"]["message"].as_str().unwrap();
    assert!(message.contains("SIGTERM") && message.contains("`paydesk pending --resolve` settles it"));
    let intent = failed["error"]["intent"].as_str().unwrap().to_owned();
    assert!(message.contains(&intent) && message.contains("refund $5.00"), "{message}");
    case.running.set_faults(Faults::default());
    let (code, settled) = case.json("pending --resolve");
    assert_eq!((code, &settled["result"][0]["intent"]), (0, &intent.as_str().into()), "{settled}");
    assert_eq!(settled["result"][0]["state"], "settled");
    assert_eq!(case.refunded(&charge), 500);
    assert_eq!(case.run("audit verify").0, 0);
}

#[test]
fn a_second_signal_ends_the_waiting() {
    let case = Case::new();
    let refund = Refund::begin(&case, "slow=60000@POST /v1/refunds");
    refund.until(IntentState::Sending);
    refund.signal("TERM");
    // Two of a kind that are not heard in time count as one.
    refund.signal("INT");
    let (code, failed, _, took) = refund.ended();
    assert_eq!(code, 6, "{failed}");
    assert!(took < AT_ONCE, "{took:?}");
    assert_eq!(case.json("pending").1["result"][0]["state"], "sending");
}

/// What `pending --resolve` settled before the signal is told, and what it was reading is given up.
#[test]
fn settling_tells_what_it_has_settled_when_the_signal_comes() {
    let case = Case::new();
    let charge = case.charge(4_900);
    let subscription = case.plan();
    case.faults("reset-before@POST /v1/*");
    for line in [
        format!("run refund_charge charge={charge} amount=5 reason=duplicate"),
        format!("run cancel_subscription subscription={subscription} when=period_end --yes"),
    ] {
        let (code, failed) = case.json(&line);
        assert_eq!(code, 6, "{failed}");
    }
    case.faults("slow=60000@GET /v1/subscriptions/*");
    let mut command = case.command("pending --resolve --json");
    let child = command.stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap();
    let settling = Refund { case: &case, charge, child };
    // What follows is held up by the reading of the second.
    until("the first is settled", || settling.intents().iter().any(|one| one.state == IntentState::Settled));
    settling.signal("INT");
    let charge = settling.charge.clone();
    let (code, told, _, took) = settling.ended();
    assert_eq!((code, &told["error"]["kind"]), (6, &"unknown_outcome".into()), "{told}");
    assert!(took < AT_ONCE, "{took:?}");
    let states: Vec<_> =
        told["error"]["result"].as_array().unwrap().iter().map(|one| &one["state"]).collect();
    assert_eq!(states, ["settled", "unknown"], "{told}");
    let message = told["error"]["message"].as_str().unwrap();
    assert!(message.contains("1 not settled when paydesk was told to end"), "{message}");
    case.running.set_faults(Faults::default());
    assert_eq!(case.refunded(&charge), 500);
    assert_eq!(case.json("pending --resolve").0, 0);
}

#[test]
fn before_anything_was_sent_it_ends_at_once_and_leaves_nothing_held() {
    for (signal, code) in [("HUP", 129), ("INT", 130), ("TERM", 143)] {
        let case = Case::new();
        // Held: the object is read once more, for the third time.
        let refund = Refund::begin(&case, "slow=60000@GET /v1/charges/*#3+");
        refund.until(IntentState::Held);
        refund.signal(signal);
        until("withdrawn", || refund.is(IntentState::Withdrawn));
        assert_eq!(refund.refunds_sent(), 0);
        let charge = refund.charge.clone();
        let (ended, failed, _, took) = refund.ended();
        assert_eq!((ended, &failed["error"]["kind"]), (code, &"interrupted".into()), "{failed}");
        assert!(took < AT_ONCE, "{took:?}");
        assert!(failed["error"]["message"].as_str().unwrap().contains("nothing was changed"), "{failed}");
        case.running.set_faults(Faults::default());
        assert_eq!(case.refunded(&charge), 0);
        // Nothing stands in the way of another one.
        let again = format!("run refund_charge charge={charge} amount=5 reason=duplicate");
        assert_eq!(case.run(&again).0, 0);
    }
}

#[test]
fn while_it_still_reads_nothing_was_even_intended() {
    let case = Case::new();
    let refund = Refund::begin(&case, "slow=60000@GET /v1/charges/*");
    until("the account", || case.running.requests().iter().any(|seen| seen.path == "/v1/account"));
    refund.signal("TERM");
    let home = case.home.path().join("data");
    let (code, failed, _, took) = refund.ended();
    assert_eq!(code, 143, "{failed}");
    assert!(took < AT_ONCE, "{took:?}");
    assert!(Ledger::open(&home).unwrap().recent(1).unwrap().is_empty());
}
