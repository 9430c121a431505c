//! Changes in the agent's words: the plan's name where the request has an id, the card where the money goes, and how it ended.

use std::sync::Arc;

use super::{
    bottom::key_of,
    changed,
    keymap::Do,
    state::{ChangeLine, State},
};
use crate::{
    actions::{Becomes, CancelWhen, Effect, Gate, Proposal, Subject, find},
    answers::done,
    gate::{BY_HAND, NOT_KNOWN, TAKEN_BACK},
    ledger::{Intent, IntentState},
    model::{AnyId, Charge, CustomerId, Kind, Record, Refund, RefundStatus, Subscription},
    text::{self, clean, short_id},
    time::Unix,
};

/// Before the sentence of a change of which nothing better is said.
pub(super) const DONE: &str = "done: ";

/// Cells of a name amid other words.
const CALLED_MOST: usize = 20;

/// What is said of something that ended: the words, the id that they are about, and whether they are good ones.
#[derive(Debug)]
pub(super) struct Said {
    pub text: String,
    pub id: Option<String>,
    pub good: bool,
}

/// `Pro` for a subscription that was read; the short id for anything else.
pub(super) fn name(state: &State, target: &AnyId) -> String {
    subscription(state, target).map_or_else(|| short_id(&target.id), |found| state.data.plan_name(found))
}

/// What a person calls it, on their own screen: the plan, the customer, the number of an invoice; otherwise the short id.
pub(super) fn called(state: &State, target: &AnyId) -> String {
    let known = match target.kind {
        Kind::Customer => {
            let id = CustomerId::parse(&target.id).ok();
            id.and_then(|id| state.data.customer(&id)).map(|customer| customer.title().to_owned())
        }
        Kind::Invoice => {
            let lists = state.data.folders.values().filter_map(|folder| folder.invoices.value.as_ref());
            let mut rows = lists.flat_map(|list| &list.rows);
            rows.find(|row| row.id.as_str() == target.id).map(|invoice| invoice.title().to_owned())
        }
        _ => None,
    };
    known.map_or_else(|| name(state, target), |known| text::cut(&known, CALLED_MOST))
}

/// Who gets it, or whose it is: ` to Ada Lovelace`, ` for Ada Lovelace`; nothing where nobody is named, or the words name them
/// already.
pub(super) fn whose(state: &State, proposal: &Proposal) -> String {
    let known = proposal.customer.as_ref().filter(|id| id.as_str() != proposal.target.id);
    let known = known.and_then(|id| state.data.customer(id)).map(|customer| customer.title());
    let joint = if proposal.is_refund() { "to" } else { "for" };
    known.map_or_else(String::new, |name| format!(" {joint} {}", text::cut(name, CALLED_MOST)))
}

/// `refund $99.00 to Ada Lovelace`
pub(super) fn to_do(state: &State, proposal: &Proposal) -> String {
    let amount = proposal.amount.map(|amount| amount.to_string());
    let it = called(state, &proposal.target);
    let what = find(&proposal.action)
        .map_or_else(|| proposal.sentence.clone(), |action| action.to_do(amount.as_deref(), &it));
    format!("{what}{}{}", becomes(state, proposal), whose(state, proposal))
}

/// ` to Growth $490.00/yr`, where a plan becomes another one.
pub(super) fn becomes(state: &State, proposal: &Proposal) -> String {
    let Some(Becomes { price, .. }) = &proposal.terms.becomes else { return String::new() };
    let product = becomes_product(state, proposal).map_or_else(String::new, |name| format!(" {name}"));
    format!(" to{product} {price}")
}

fn becomes_product(state: &State, proposal: &Proposal) -> Option<String> {
    let product = proposal.terms.becomes.as_ref()?.product.as_ref()?;
    state.data.product_name(product).map(|name| text::cut(name, CALLED_MOST))
}

/// For whoever would take back what is held no more: what was sent, when, and what can be done instead. Nothing where something
/// else is held, or is being taken back already.
pub(super) fn too_late(state: &State) -> Option<String> {
    if state.changes.iter().any(|change| change.intent.state == IntentState::Held) {
        return None;
    }
    let at = |ms: i64| Unix(ms.div_euclid(1_000)).zoned(state.zone()).strftime("%H:%M:%S").to_string();
    let key = |does: Do| key_of(does).map(|key| key.to_string()).unwrap_or_default();
    let open = |change: &&ChangeLine| change.intent.state != IntentState::Held;
    if let Some(ChangeLine { intent, .. }) = state.changes.iter().rev().find(open) {
        let (what, at) = (to_do(state, &intent.proposal), at(intent.hold_until_ms));
        return Some(format!("too late: {what} was sent at {at} · {} tells how it ends", key(Do::Tasks)));
    }
    let changed = state.changed.as_ref()?;
    let instead = match changed::way_back(state) {
        Some(undo) => format!("{} {}", key(Do::WayBack), undo.hint),
        None if changed.is_refund => {
            format!("{} shows where the money is; to have it back, bill it anew", key(Do::Timeline))
        }
        None => format!("{} finds what sets it right", key(Do::Palette)),
    };
    Some(format!("too late: {} was sent at {} · {instead}", changed.what, at(changed.sent_ms)))
}

/// The proposal's sentence, with the name in the place of the id, and the name of the plan that it becomes.
pub(super) fn sentence(state: &State, proposal: &Proposal) -> String {
    let said = proposal.sentence.replace(&short_id(&proposal.target.id), &name(state, &proposal.target));
    match &proposal.terms.becomes {
        Some(after) if becomes_product(state, proposal).is_some() => {
            said.replacen(&format!(" to {}", after.price), &becomes(state, proposal), 1)
        }
        _ => said,
    }
}

fn subscription<'a>(state: &'a State, target: &AnyId) -> Option<&'a Subscription> {
    let lists = state.data.folders.values().filter_map(|folder| folder.subscriptions.value.as_ref());
    let mut rows = lists.flat_map(|list| &list.rows).filter(|_| target.kind == Kind::Subscription);
    rows.find(|row| row.id.as_str() == target.id).map(Record::object)
}

fn charge<'a>(state: &'a State, target: &AnyId) -> Option<&'a Charge> {
    let lists = state.data.folders.values().filter_map(|folder| folder.charges.value.as_ref());
    let mut rows = lists.flat_map(|list| &list.rows).filter(|_| target.kind == Kind::Charge);
    rows.find(|row| row.id.as_str() == target.id).map(Record::object)
}

/// How a change ended, or that it cannot be told yet.
pub(super) fn ending(state: &State, intent: &Intent, result: Option<Arc<str>>) -> Said {
    let what = sentence(state, &intent.proposal);
    let why = intent.message.as_deref().map(clean).unwrap_or_default();
    // What it begins with is said here already.
    let why = why.strip_prefix(NOT_KNOWN).map_or_else(|| why.clone(), Into::into);
    let because = |otherwise: &str| if why.is_empty() { otherwise.to_owned() } else { why.clone() };
    let by_hand = intent.state.is_final() && why.starts_with(BY_HAND);
    let (text, good) = match intent.state {
        _ if by_hand => (format!("recorded: {what}: {why}"), true),
        IntentState::Settled => settled(state, &intent.proposal, result, &what, &why),
        IntentState::Refused => (format!("refused: {}", because(&what)), false),
        IntentState::Withdrawn if why.is_empty() || why == TAKEN_BACK => {
            ("taken back: nothing was sent".into(), true)
        }
        IntentState::Withdrawn => (why, false),
        IntentState::Unknown => (
            format!("not known yet how it ended: {} · it is looked up, not sent twice", because(&what)),
            false,
        ),
        IntentState::WaitingAtStripe if why.is_empty() => (format!("waits at Stripe: {what}"), false),
        IntentState::WaitingAtStripe => (format!("waits at Stripe: {what}: {why}"), false),
        IntentState::Held => (format!("still held, and not sent: {}", because(&what)), false),
        IntentState::Sending => (format!("being sent: {}", because(&what)), true),
    };
    // What came of it; or by which id Stripe knows the answer that was none.
    let id = match intent.state {
        IntentState::Settled => intent.result_id.clone(),
        IntentState::Refused | IntentState::Unknown => intent.request_id.clone(),
        _ => None,
    };
    Said { text, id, good }
}

/// In a few words: the line at the bottom has no room for what was confirmed. Where there is something to say of what was done, the
/// action itself has said it.
fn settled(
    state: &State,
    proposal: &Proposal,
    result: Option<Arc<str>>,
    what: &str,
    why: &str,
) -> (String, bool) {
    match proposal.gate {
        _ if !why.is_empty() => (format!("{what}: {why}"), !is_failed_refund(proposal, result)),
        Gate::Refund => (refunded(state, proposal, what), true),
        Gate::Cancel => (canceled(state, proposal), true),
        Gate::ChangePlan if is_pending(proposal, result) => {
            (format!("waits until it is paid: {what}"), false)
        }
        Gate::ChangePlan if proposal.terms.becomes.is_some() => {
            (format!("changed{}{}", becomes(state, proposal), whose(state, proposal)), true)
        }
        _ => (format!("{DONE}{what}"), true),
    }
}

/// Stripe has taken the change, and makes it once its invoice is paid.
fn is_pending(proposal: &Proposal, result: Option<Arc<str>>) -> bool {
    let after = result.and_then(|raw| Subject::parse(&proposal.target, raw).ok());
    after.is_some_and(|after| done::is_pending(proposal, &after))
}

fn is_failed_refund(proposal: &Proposal, result: Option<Arc<str>>) -> bool {
    // One that was called back is canceled because it was meant to be.
    let refund = result.filter(|_| proposal.is_refund());
    let refund = refund.and_then(|raw| Record::<Refund>::parse(raw).ok());
    refund.is_some_and(|refund| matches!(refund.status, RefundStatus::Failed | RefundStatus::Canceled))
}

/// `refunded $99.00 to visa ··4242`, `refunded $99.00 to Ada Lovelace, visa ··4242`
fn refunded(state: &State, proposal: &Proposal, what: &str) -> String {
    let Some(amount) = proposal.amount else { return format!("done: {what}") };
    let method = charge(state, &proposal.target).map(Charge::method);
    // Somebody else is open by now: whose card it is stands beside it.
    let elsewhere = proposal.customer.as_ref().filter(|id| state.open.as_ref() != Some(id));
    let whose = elsewhere.and_then(|id| state.data.customer(id)).map(|customer| customer.title());
    match (whose.map(|whose| text::cut(whose, CALLED_MOST)), method) {
        (Some(whose), Some(method)) => format!("refunded {amount} to {whose}, {method}"),
        (Some(to), None) | (None, Some(to)) => format!("refunded {amount} to {to}"),
        (None, None) => format!("refunded {amount}"),
    }
}

/// `Pro ends 15 Dec 2026`, `Pro was cancelled`, `Pro goes on`.
fn canceled(state: &State, proposal: &Proposal) -> String {
    let plan = name(state, &proposal.target);
    let zone = state.zone();
    let end = match proposal.terms.cancel {
        _ if proposal.effect != Effect::Destructive => return format!("{plan} goes on"),
        Some(CancelWhen::On(on)) => Some(on),
        Some(CancelWhen::PeriodEnd) => {
            subscription(state, &proposal.target).and_then(Subscription::period_end)
        }
        Some(CancelWhen::Now) | None => return format!("{plan} was cancelled"),
    };
    end.map_or_else(
        || format!("{plan} ends with its period"),
        |end| format!("{plan} ends {}", end.date(zone)),
    )
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::desk::fixture::{intent, state};

    fn said(target: &str, gate: Gate, effect: Effect, cancel: Option<CancelWhen>) -> String {
        let mut intent = intent("int_1", IntentState::Settled);
        intent.proposal.target = AnyId::parse(target).unwrap();
        (intent.proposal.gate, intent.proposal.effect, intent.proposal.terms.cancel) = (gate, effect, cancel);
        ending(&state(), &intent, None).text
    }

    #[test]
    fn what_the_action_says_of_it_is_never_left_out() {
        let told = |state_of: IntentState, gate, refund: Option<&str>, says: &str| {
            let mut intent = intent("int_1", state_of);
            (intent.proposal.gate, intent.message) = (gate, Some(says.into()));
            let Said { text, good, .. } = ending(&state(), &intent, refund.map(Into::into));
            assert!(text.contains(says), "{text}");
            (text, good)
        };
        let refund = |status: &str| format!(r#"{{"id":"re_7","status":"{status}","currency":"usd"}}"#);
        let failed =
            told(IntentState::Settled, Gate::Refund, Some(&refund("failed")), "Stripe made it and it failed");
        assert!(!failed.1, "{failed:?}");
        let pends = told(IntentState::Settled, Gate::Refund, Some(&refund("pending")), "pending at Stripe");
        assert_eq!(pends, ("refund $99.00 of ch_1 to visa ··4242: pending at Stripe".into(), true));
        for gate in [Gate::Cancel, Gate::InvoicesWrite, Gate::Credit] {
            told(IntentState::Settled, gate, None, "it stands as it was meant, though without our mark");
        }
        let taken = told(IntentState::WaitingAtStripe, Gate::InvoicesWrite, None, "in_1 is open");
        assert!(taken.0.starts_with("waits at Stripe: ") && !taken.1, "{taken:?}");
    }

    #[test]
    fn what_ended_is_told_about_the_plan_and_the_card() {
        let cancel = |when| said("sub_1", Gate::Cancel, Effect::Destructive, Some(when));
        assert_eq!(cancel(CancelWhen::PeriodEnd), "Pro ends 15 Dec 2026");
        assert_eq!(cancel(CancelWhen::Now), "Pro was cancelled");
        assert_eq!(said("sub_1", Gate::Cancel, Effect::Write, None), "Pro goes on");
        assert_eq!(said("sub_9", Gate::Cancel, Effect::Write, None), "sub_9 goes on");
        assert_eq!(said("ch_1", Gate::Refund, Effect::Money, None), "refunded $99.00 to visa ··4242");
    }
}
