//! What the last change has done: before and after of the object, for whoever looks at it, and the way back where one leads.

use serde::{Deserialize, Serialize};

use super::{
    bottom, flow, keymap::Do, linked, message::Commands, modals::Modal, picking, state::State,
    verdict::moment, words,
};
use crate::{
    actions::{Action, Args, Effect, FieldKind, HERE, Subject, find},
    answers::{done, reply::Reply},
    gate,
    ledger::{Intent, IntentState},
    model::{AnyId, AnyObject, CustomerId, Listed, Record},
};

/// What of it is said beside how it ended.
const SAID_MOST: usize = 2;

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
}

/// Keeps what has changed, before it is read anew. Its most telling lines, for the notice.
pub(super) fn note(state: &mut State, intent: &Intent, result: Option<&std::sync::Arc<str>>) -> Vec<String> {
    let Some(action) = find(&intent.proposal.action).filter(|_| intent.state == IntentState::Settled) else {
        return Vec::new();
    };
    let target = &intent.proposal.target;
    let before = linked::known(state, target);
    let after = result.and_then(|raw| Subject::parse(target, std::sync::Arc::clone(raw)).ok());
    let lines = match (&before, &after) {
        (Some(before), Some(after)) => gate::moved(action, before, after, state.zone()),
        _ => Vec::new(),
    };
    let undo = action.undo.and_then(find).filter(|undo| undo.effect > Effect::Read);
    let args =
        before.map(|before| as_it_was(state, undo, &intent.proposal.args, &before)).unwrap_or_default();
    let reply = intent.proposal.customer.clone().map(|customer| (customer, reply(state, intent, result)));
    state.changed = Some(Changed {
        reply,
        what: words::to_do(state, &intent.proposal),
        is_refund: intent.proposal.is_refund(),
        sent_ms: intent.hold_until_ms,
        target: target.clone(),
        lines: lines.clone(),
        undo: undo.map(|undo| undo.name.to_owned()),
        args,
        after,
    });
    lines.into_iter().take(SAID_MOST).collect()
}

/// What the customer can be told of it.
fn reply(state: &State, intent: &Intent, result: Option<&std::sync::Arc<str>>) -> Reply {
    let after = result.and_then(|raw| {
        let named: AnyObject = serde_json::from_str(raw).ok()?;
        Subject::parse(&AnyId::parse(named.list_id())?, std::sync::Arc::clone(raw)).ok()
    });
    let folder = intent.proposal.customer.as_ref().and_then(|id| state.data.folder(id));
    let mut charges = folder.into_iter().flat_map(|folder| &folder.charges.value).flat_map(|list| &list.rows);
    let charge = charges.find(|row| row.id.as_str() == intent.proposal.target.id).map(Record::object);
    done::reply(&intent.proposal, (after.as_ref(), charge), |row| state.data.plan_name(row), &moment(state))
}

/// There is something that was done to whoever is open and was not told yet.
pub(super) fn tells(state: &State) -> bool {
    let reply = state.changed.as_ref().and_then(|changed| changed.reply.as_ref());
    reply.is_some_and(|(customer, _)| Some(customer) == state.open.as_ref())
}

/// The reply about what was done last to whoever is open: once, since it is told once. It may be none.
pub(super) fn take_reply(state: &mut State) -> Option<Reply> {
    let open = state.open.clone();
    let reply = &mut state.changed.as_mut()?.reply;
    if reply.as_ref().is_none_or(|(customer, _)| Some(customer) != open.as_ref()) {
        return None;
    }
    reply.take().map(|(_, reply)| reply)
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

/// The action that takes the last change back, while it applies to the object as it stands and nothing else is under way.
pub fn way_back(state: &State) -> Option<&'static Action> {
    let target = &state.changed.as_ref()?.target;
    let busy = state.changes.iter().any(|change| change.intent.proposal.target == *target);
    leads_back(state).filter(|_| !busy)
}

/// The action that takes the last change back, where it applies to the object as it stands.
pub(super) fn leads_back(state: &State) -> Option<&'static Action> {
    let changed = state.changed.as_ref().filter(|_| state.session.read_only.is_none())?;
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
    result: Option<&std::sync::Arc<str>>,
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
pub fn without_url(raw: &str) -> std::sync::Arc<str> {
    let mut json: serde_json::Value = serde_json::from_str(raw).unwrap_or_default();
    if let Some(url) = json.get_mut("url") {
        *url = "https://not.kept".into();
    }
    json.to_string().into()
}
