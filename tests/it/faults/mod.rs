//! What goes wrong between the desk and Stripe while money moves: faults of every kind, objects that move under the
//! agent's eyes, broken rules, bad input, and keys pressed at random.

#[cfg(feature = "long")]
mod crowd;
mod input;
mod leaving;
#[cfg(unix)]
mod machine;
mod matrix;
mod moved;
mod random;
mod rules;
#[cfg(unix)]
mod terminal;
mod wire;

use paydesk::{
    ledger::{AuditFilter, Intent, IntentState, Verified},
    policy::Fact,
    stripe::Deadlines,
};

use crate::harness::desk::{Desk, Options};

/// A change that stalls is given up soon; what is read meanwhile has all the time that a busy machine takes.
const SOON: Deadlines = Deadlines { connect_s: 5, read_s: 20, write_s: 1 };

fn impatient() -> Desk {
    Desk::open(Options { deadlines: SOON, ..Options::default() })
}

/// Of the selected row.
pub(crate) fn target(desk: &Desk) -> String {
    let pane = desk.state.focus;
    let at = paydesk::desk::panes::selected(&desk.state, pane).unwrap();
    (pane.pane().target)(&desk.state, at).unwrap().id
}

/// Ada's later $99.00 charge, its refund filled in and not yet confirmed.
fn form(desk: &mut Desk) -> String {
    desk.press("ada@").settle().press("<enter>").settle();
    let charge = target(desk);
    desk.press("r").settle().press("<space>").settle();
    charge
}

fn confirm(desk: &mut Desk) {
    desk.press("<enter><enter>").settle().press("99.00<enter>").settle();
}

/// Confirmed, and held for five seconds.
fn hold(desk: &mut Desk) -> String {
    let charge = form(desk);
    confirm(desk);
    charge
}

/// All intents on disk, newest first.
pub(crate) fn intents(desk: &Desk) -> Vec<Intent> {
    desk.gate.ledger().lock().unwrap().recent(100).unwrap()
}

pub(crate) fn states(desk: &Desk) -> Vec<IntentState> {
    intents(desk).iter().map(|intent| intent.state).collect()
}

/// Amounts of the charge's refunds, as Stripe itself tells them.
pub(crate) fn refunds_of(desk: &Desk, charge: &str) -> Vec<i64> {
    let list = desk.elsewhere("GET", &format!("/v1/refunds?charge={charge}&limit=100"), "");
    list["data"].as_array().unwrap().iter().map(|refund| refund["amount"].as_i64().unwrap()).collect()
}

pub(crate) fn notice(desk: &Desk) -> String {
    desk.state.notice.as_ref().map(|notice| notice.text.clone()).unwrap_or_default()
}

fn spent_minor(desk: &Desk) -> i64 {
    let Fact::Known(spent) = &desk.state.spent else { panic!("{:?}", desk.state.spent) };
    spent.agent.0.values().sum()
}

#[track_caller]
fn whole(desk: &Desk) {
    let ledger = desk.gate.ledger().lock().unwrap();
    assert!(matches!(ledger.verify().unwrap(), Verified::Whole(_)), "{:?}", ledger.verify());
    assert!(ledger.audit(&AuditFilter::default()).unwrap().len() >= 2);
}

/// Every attempt of one intent carries the same key and the same bytes.
#[track_caller]
fn one_key(desk: &Desk, row: &str) -> usize {
    let mut attempts: Vec<_> = desk
        .sandbox
        .requests()
        .into_iter()
        .filter(|seen| seen.method == "POST" && seen.path == "/v1/refunds")
        // What has no key was made by somebody else: the client sends no change without one.
        .filter(|seen| seen.idempotency_key.is_some())
        .map(|seen| (seen.idempotency_key, seen.params))
        .collect();
    let count = attempts.len();
    attempts.dedup();
    assert!(attempts.len() <= 1, "{row}: {attempts:?}");
    assert!(attempts.iter().all(|(key, _)| key.as_ref().is_some_and(|key| key.starts_with("pdk_"))), "{row}");
    count
}
