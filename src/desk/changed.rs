//! What the last change has done: before and after of the object, for whoever looks at it, and the way back where one leads.

use std::sync::Arc;

use serde::{Deserialize, Serialize};

use super::{
    bottom, flow,
    keymap::Do,
    linked, merged,
    message::Commands,
    modals::{Modal, detail::Detail},
    picking, reply,
    state::State,
    usable::Here,
    verdict::moment,
    words,
};
use crate::{
    actions::{Action, Args, Effect, FieldKind, Gate, HERE, Subject, find},
    answers::{done, reply::Reply},
    gate,
    ledger::{Intent, IntentState},
    model::{AnyId, AnyObject, CustomerId, InvoiceId, Listed, Record, Subscription},
    time::Unix,
};

/// What of it is said beside how it ended.
const SAID_MOST: usize = 2;

/// How far Stripe's clock, as we know it, may lie beside itself.
const CLOCKS_S: i64 = 5;

/// The last change that went through.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Changed {
    pub target: AnyId,
    /// `refund $99.00 to Ada Lovelace`
    #[serde(default)]
    pub what: String,
    #[serde(default)]
    pub is_refund: bool,
    /// When its hold was over.
    #[serde(default)]
    pub sent_ms: i64,
    /// What was done to it: its name in the catalogue.
    #[serde(default)]
    action: String,
    /// The object as it was.
    #[serde(default)]
    before: Option<Subject>,
    /// `price: $99.00 → $49.00`
    pub lines: Vec<String>,
    /// The action that takes it back.
    undo: Option<String>,
    /// What it would be given to make it as it was.
    args: Args,
    /// The object as it came back; none where something else did.
    after: Option<Subject>,
    /// Whose it is, and what they can be told of it, until that was copied.
    #[serde(default)]
    reply: Option<(CustomerId, Reply)>,
    /// Whose it is.
    #[serde(default)]
    customer: Option<CustomerId>,
    #[serde(default)]
    bill: Option<Bill>,
}

/// What a change of plan was billed with is told by the newest invoice of the subscription as it came back, once that was read.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
struct Bill {
    newest: InvoiceId,
    /// What was made from then on is its own: Stripe's clock.
    since: Unix,
    /// What is said where it made none.
    otherwise: Reply,
}

/// Keeps what has changed, before it is read anew. Its most telling lines, for the notice.
pub(super) fn note(state: &mut State, intent: &Intent, result: Option<&Arc<str>>) -> Vec<String> {
    let Some(action) = find(&intent.proposal.action).filter(|_| intent.state == IntentState::Settled) else {
        return Vec::new();
    };
    let target = &intent.proposal.target;
    let before = linked::known(state, target);
    let after = result.and_then(|raw| Subject::parse(target, Arc::clone(raw)).ok());
    let lines = match (&before, &after) {
        (Some(before), Some(after)) => moved(state, action, before, after),
        _ => Vec::new(),
    };
    let undo = action.undo.and_then(find).filter(|undo| undo.effect > Effect::Read);
    let as_it_was = |before| as_it_was(state, undo, &intent.proposal.args, before);
    let args = before.as_ref().map(as_it_was).unwrap_or_default();
    let bill = after.as_ref().and_then(|after| bill(state, intent, after));
    let reply = intent.proposal.customer.clone().map(|customer| (customer, reply(state, intent, result)));
    state.changed = Some(Changed {
        reply,
        customer: intent.proposal.customer.clone().or_else(|| state.data.owner(target)),
        bill,
        what: words::to_do(state, &intent.proposal),
        is_refund: intent.proposal.is_refund(),
        sent_ms: intent.hold_until_ms,
        target: target.clone(),
        action: action.name.to_owned(),
        before,
        lines: lines.clone(),
        undo: undo.map(|undo| undo.name.to_owned()),
        args,
        after,
    });
    lines.into_iter().take(SAID_MOST).collect()
}

fn bill(state: &State, intent: &Intent, after: &Subject) -> Option<Bill> {
    let proposal = &intent.proposal;
    let after = after.read::<Subscription>().filter(|_| proposal.gate == Gate::ChangePlan)?;
    let sent = Unix(intent.hold_until_ms.div_euclid(1_000)).plus(state.api.skew_s);
    Some(Bill {
        newest: after.latest_invoice_id()?.clone(),
        since: sent.plus(-CLOCKS_S),
        otherwise: done::not_billed(proposal, after),
    })
}

/// What the customer can be told of it.
fn reply(state: &State, intent: &Intent, result: Option<&Arc<str>>) -> Reply {
    let after = result.and_then(|raw| {
        let named: AnyObject = serde_json::from_str(raw).ok()?;
        Subject::parse(&AnyId::parse(named.list_id())?, Arc::clone(raw)).ok()
    });
    let folder = intent.proposal.customer.as_ref().and_then(|id| state.data.folder(id));
    let mut charges = folder.into_iter().flat_map(|folder| &folder.charges.value).flat_map(|list| &list.rows);
    let charge = charges.find(|row| row.id.as_str() == intent.proposal.target.id).map(Record::object);
    done::reply(&intent.proposal, (after.as_ref(), charge), |row| state.data.plan_name(row), &moment(state))
}

/// Opens what was changed with what moved marked, for whoever confirmed it and looks on: nothing was pressed since, and nothing lies
/// over the desk or is under way. Esc leads back to the row. Only what is known to have gone through is shown.
pub(super) fn show(state: &mut State, intent: &Intent, commands: &mut Commands) {
    let target = &intent.proposal.target;
    let busy = !state.modals.is_empty() || !state.changes.is_empty() || !state.returned.is_empty();
    if !state.looks_on
        || busy
        || state.search.typing
        || state.quitting
        || intent.state != IntentState::Settled
    {
        return;
    }
    if Here::on_desk(state).id(target.kind) != Some(target) {
        return;
    }
    let Some(changed) = state.changed.as_ref().filter(|changed| changed.target == *target) else {
        return;
    };
    let marks = match &changed.after {
        Some(_) => !changed.lines.is_empty(),
        // Nothing of it came back with the change: it is read, where the change moves it at all.
        None => find(&changed.action).is_some_and(|action| action.refreshes.contains(&target.kind)),
    };
    if changed.before.is_none() || !marks {
        return;
    }
    let after = changed.after.as_ref().map(|after| Arc::clone(after.raw()));
    let detail = Detail::of_change(state, target, after, commands);
    state.modals.push(Modal::Detail(detail));
    // An Enter that was meant for the row follows no link.
    state.enter.begin(state.now_ms);
}

/// The object as it is read after the change, where it did not come back with it.
pub(super) fn seen(state: &mut State, target: &AnyId, raw: &Arc<str>) {
    let zone = state.zone().clone();
    let waits = |changed: &&mut Changed| changed.target == *target && changed.after.is_none();
    let Some(changed) = state.changed.as_mut().filter(waits) else {
        return;
    };
    let read = Subject::parse(target, Arc::clone(raw)).ok();
    if let (Some(action), Some(before), Some(after)) = (find(&changed.action), &changed.before, read) {
        changed.lines = gate::moved(action, before, &after, &zone);
        changed.after = Some(after);
    }
}

/// What moved, a line each: of another plan its name and price, and not the ids that the gate compares.
fn moved(state: &State, action: &Action, before: &Subject, after: &Subject) -> Vec<String> {
    let mut lines = gate::moved(action, before, after, state.zone());
    let plan = |subject: &Subject| {
        let row = subject.read::<Subscription>()?;
        Some(format!("{} {}", state.data.plan_name(row), row.amount_words()))
    };
    let Some((was, is)) = plan(before).zip(plan(after)).filter(|(was, is)| was != is) else { return lines };
    lines.retain(|line| !line.starts_with("prices: ") && !line.starts_with("price of one: "));
    lines.insert(0, format!("plan: {was} → {is}"));
    lines
}

/// Copies what the customer can be told of what was done last to whoever is open, once; whether there was something.
pub(super) fn tell(state: &mut State, commands: &mut Commands) -> bool {
    let Some(done) = take_reply(state) else {
        return false;
    };
    match done.text(&reply::voice(state)) {
        Ok(text) => state.copy(text.clone(), format!("copied: {text}"), commands),
        Err(why) => state.answer_key(format!("of what was done {why}; once more, and the row is told of")),
    }
    true
}

/// There is something that was done to whoever is open and was not told yet.
pub(super) fn tells(state: &State) -> bool {
    let reply = state.changed.as_ref().and_then(|changed| changed.reply.as_ref());
    reply.is_some_and(|(customer, _)| Some(customer) == state.open.as_ref())
}

/// The reply about what was done last to whoever is open: once, since it is told once. It may be none.
fn take_reply(state: &mut State) -> Option<Reply> {
    let open = state.open.clone();
    let reply = &state.changed.as_ref()?.reply;
    if reply.as_ref().is_none_or(|(customer, _)| Some(customer) != open.as_ref()) {
        return None;
    }
    let reply = reply.as_ref().map(|(_, reply)| reply.clone())?;
    let made = match state.changed.as_ref().and_then(|changed| changed.bill.as_ref()) {
        Some(bill) => {
            let folder = open.as_ref().and_then(|open| state.data.folder(open));
            let rows =
                folder.into_iter().flat_map(|folder| &folder.invoices.value).flat_map(|list| &list.rows);
            // Until it was read, what is known is told, and the whole can be told later.
            let Some(newest) = rows.into_iter().find(|row| row.id == bill.newest) else { return Some(reply) };
            done::billed(newest, bill.since, bill.otherwise.clone())
        }
        None => None,
    };
    state.changed.as_mut()?.reply = None;
    Some(made.into_iter().fold(reply, Reply::also))
}

/// How it ended, with what moved and the key of the way back.
pub(super) fn told(state: &State, text: &str, moved: Option<&String>) -> String {
    let moved = moved.map_or_else(String::new, |moved| format!(" · {}", moved.replacen(": ", " ", 1)));
    let back = leads_back(state).zip(bottom::key_of(Do::WayBack));
    let back = back.map_or_else(String::new, |(undo, key)| format!(" · {key} {}", undo.hint));
    format!("{text}{moved}{back}")
}

/// What the fields that were given stood at before, as far as the object tells.
fn as_it_was(state: &State, undo: Option<&Action>, given: &Args, before: &Subject) -> Args {
    let mut args = Args::default();
    let value = before.value();
    let Some(undo) = undo else { return args };
    let target = undo.target_field();
    if let Some(back) = other_way(undo, given) {
        return back;
    }
    let fields = undo.fields.iter().filter(|field| Some(field.name) != target && field.param != HERE);
    for field in fields.filter(|field| given.get(field.name).is_some()) {
        if let (FieldKind::Id(_), Some(kind)) = (field.kind, picking::kind(field)) {
            // The one that stood there, where there was only one.
            if let [only] = &super::candidates::named(state, before, kind)[..] {
                args.set(field.name, only.clone());
            }
            continue;
        }
        let path = field.param.replace(']', "").replace('[', "/");
        let was = value.pointer(&format!("/{path}"));
        let was = was
            .and_then(|was| was.as_str().map(str::to_owned).or_else(|| was.as_i64().map(|n| n.to_string())));
        if let Some(was) = was {
            args.set(field.name, was);
        }
    }
    args
}

/// An amount that went one of two ways goes the other way again.
fn other_way(undo: &Action, given: &Args) -> Option<Args> {
    let field = undo.fields.iter().find(|field| field.name == "direction")?;
    let FieldKind::Choice([one, other]) = field.kind else { return None };
    let went = given.get(field.name).unwrap_or(field.otherwise);
    let back = if went == one.value { other } else { one };
    let mut args = Args::default().with(field.name, back.value);
    for name in ["amount", "currency"] {
        if let Some(value) = given.get(name) {
            args.set(name, value);
        }
    }
    Some(args)
}

/// The last change was of this object.
pub(super) fn is_of(state: &State, id: &AnyId) -> bool {
    state.changed.as_ref().is_some_and(|changed| changed.target == *id)
}

/// The action that takes the last change back, while it applies to the object as it stands and nothing else is under way.
pub fn way_back(state: &State) -> Option<&'static Action> {
    let target = &state.changed.as_ref()?.target;
    let busy = state.changes.iter().any(|change| change.intent.proposal.target == *target);
    leads_back(state).filter(|_| !busy)
}

/// The action that takes the last change back, where it applies to the object as it stands.
pub(super) fn leads_back(state: &State) -> Option<&'static Action> {
    let changed = state.changed.as_ref().filter(|_| state.session.read_only.is_none())?;
    // What was done to somebody else is taken back at their desk.
    if changed.customer.as_ref().is_some_and(|owner| merged::whose(state).all(|shown| shown != owner)) {
        return None;
    }
    let undo = find(changed.undo.as_deref()?)?;
    let stands = stands(state, changed)?;
    (undo.applies)(&stands).is_ok().then_some(undo)
}

/// As it came back; what is on screen may be older.
fn stands(state: &State, changed: &Changed) -> Option<Subject> {
    changed.after.clone().or_else(|| linked::known(state, &changed.target))
}

/// Opens the form of the way back, filled in with what was there before.
pub fn go_back(state: &mut State, commands: &mut Commands) -> Option<Modal> {
    let undo = way_back(state)?;
    let changed = state.changed.clone()?;
    let subject = stands(state, &changed)?;
    let mut modal = flow::begin_on(state, undo, (changed.target, subject), commands)?;
    for (name, value) in &changed.args.0 {
        modal.give((name, value), "as it was", state);
    }
    Some(modal)
}

/// A link that was made goes to the clipboard and nowhere else.
pub(super) fn hand_over(
    state: &mut State,
    intent: &Intent,
    result: Option<&Arc<str>>,
    commands: &mut Commands,
) {
    if !is_link(intent) || intent.state != IntentState::Settled {
        return;
    }
    let url = result.and_then(|raw| serde_json::from_str::<serde_json::Value>(raw).ok());
    let url = url.and_then(|json| json.get("url").and_then(serde_json::Value::as_str).map(str::to_owned));
    if let Some(url) = url.filter(|url| url.starts_with("https://") || url.starts_with("http://")) {
        let what = "the link is in the clipboard: it lets in whoever has it, for a few minutes".into();
        state.copy(url, what, commands);
    }
}

/// What came back lets in whoever has it.
pub fn is_link(intent: &Intent) -> bool {
    intent.proposal.gate == crate::actions::Gate::Portal
}

/// The same answer with another address in the place of the link.
pub fn without_url(raw: &str) -> Arc<str> {
    let mut json: serde_json::Value = serde_json::from_str(raw).unwrap_or_default();
    if let Some(url) = json.get_mut("url") {
        *url = "https://not.kept".into();
    }
    json.to_string().into()
}
