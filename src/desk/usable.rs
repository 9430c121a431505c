//! What an action can be done to here, and why it cannot where it cannot: read-only, the key, the policy, the object's state.
//! The palette greys by it, and nothing rests on it: whatever opens decides again.

use serde::{Deserialize, Serialize};

use super::{
    bottom, linked,
    panes::{self, PaneId},
    picking, start,
    state::State,
    verdict::{moment, verdict},
};
use crate::{
    actions::{Action, Args, Effect, Field, FieldKind, HERE, Proposal, Subject},
    model::{AnyId, Kind},
    policy::{Decision, Fact, Looked, Mark, Outcome, may_read},
    time::DAY_S,
};

/// The records that an action may be about without asking: the selected one first, then whose it is.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Here(Vec<Subject>);

/// How an action stands here.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum Use {
    /// It can be used: on what is here, or on nothing in particular.
    Yes,
    /// What it is done to has to be chosen first.
    Asks(Kind),
    /// Why not.
    No(String),
}

impl Here {
    /// The selected row, and the customer whose desk is open.
    pub fn on_desk(state: &State) -> Self {
        let pane = state.focus.pane();
        let selected = panes::selected(state, pane.id);
        // While nobody chose one, the row of the customers is only where a list begins.
        let selected = selected.filter(|_| pane.id != PaneId::Customers || !state.search.typing);
        let row = selected.and_then(|at| (pane.subject)(state, at));
        Self(row.into_iter().collect()).with_customer(state)
    }

    /// A record that is looked at, wherever it was found.
    pub fn on_record(state: &State, subject: Option<Subject>) -> Self {
        Self(subject.into_iter().collect()).with_customer(state)
    }

    fn with_customer(mut self, state: &State) -> Self {
        let owner = self.0.first().and_then(Subject::customer).or_else(|| state.open.clone());
        if let Some(owner) = owner.map(|owner| owner.any()).filter(|owner| self.subject(owner.kind).is_none())
        {
            self.0.extend(linked::known(state, &owner));
        }
        self
    }

    /// The same with another record in the first place.
    #[must_use]
    pub fn and(mut self, subject: Subject) -> Self {
        self.0.retain(|known| known.id().kind != subject.id().kind);
        self.0.insert(0, subject);
        self
    }

    /// What is selected, or whose desk it is.
    pub fn first(&self) -> Option<&Subject> {
        self.0.first()
    }

    /// The record of a kind.
    pub fn subject(&self, kind: Kind) -> Option<&Subject> {
        self.0.iter().find(|subject| subject.id().kind == kind)
    }

    /// The selected record is of this kind.
    pub fn is_selected(&self, kind: Kind) -> bool {
        self.first().is_some_and(|subject| subject.id().kind == kind)
    }

    pub fn id(&self, kind: Kind) -> Option<&AnyId> {
        self.subject(kind).map(Subject::id)
    }

    /// What an action can be given without asking: what it needs, and what narrows a reading to what is looked at.
    pub fn args(&self, action: &Action) -> Args {
        let mut args = Args::default();
        for field in action.fields {
            let FieldKind::Id(kind) = field.kind else { continue };
            let wanted = field.required || (action.effect == Effect::Read && action.on.contains(&kind));
            if let Some(id) = self.id(kind).filter(|_| wanted) {
                args.set(field.name, id.id.clone());
            }
        }
        args
    }
}

/// How the action stands with what is here.
pub fn stands(state: &State, here: &Here, action: &'static Action) -> Use {
    if let Some(why) = lacked(state, action) {
        return Use::No(why);
    }
    if action.effect == Effect::Read { reads(state, here, action) } else { changes(state, here, action) }
}

fn reads(state: &State, here: &Here, action: &Action) -> Use {
    let decision = may_read(&state.policy, &state.session.agent, action);
    if decision.outcome == Outcome::Deny {
        return Use::No(denied(&decision).map_or_else(|| decision.denial(), words));
    }
    let about = action.target_field().and_then(|name| action.field(name)).and_then(picking::kind);
    if let Some(Err(why)) = about.and_then(|kind| here.subject(kind)).map(action.applies) {
        return Use::No(why);
    }
    start::missing(action, here).map_or(Use::Yes, Use::Asks)
}

fn changes(state: &State, here: &Here, action: &'static Action) -> Use {
    if let Some(why) = state.read_only() {
        return Use::No(format!("read-only: {why}"));
    }
    let field = action.target_field().and_then(|name| action.field(name));
    let Some(FieldKind::Id(kind)) = field.map(|field| field.kind) else {
        return Use::No("it names nothing to be done to".into());
    };
    let Some(subject) = here.subject(kind) else { return Use::Asks(kind) };
    if let Some(busy) = busy(state, subject.id()) {
        return Use::No(busy);
    }
    if let Err(why) = (action.applies)(subject) {
        return Use::No(why);
    }
    closed(state, here, action, subject).map_or(Use::Yes, |looked| Use::No(words(&looked)))
}

/// What is held, being sent or unknown about the object.
pub(super) fn busy(state: &State, target: &AnyId) -> Option<String> {
    let change = state.changes.iter().find(|change| change.intent.proposal.target == *target)?;
    Some(bottom::under_way(state, change))
}

/// Why there can be no form now: nothing may be changed, something else is under way on the object, its state does not allow
/// it, or the policy denies it whatever is filled in.
pub(super) fn in_the_way(
    state: &State,
    action: &Action,
    target: &AnyId,
    subject: &Subject,
) -> Option<String> {
    let closed = state.session.read_only.as_ref().map(|why| format!("read-only: {why}"));
    let to_do = || action.to_do(None, &super::words::called(state, target));
    if let Some(why) = closed {
        return Some(format!("cannot {}: {why}", to_do()));
    }
    if let Some(busy) = busy(state, target) {
        return Some(format!("cannot {} now: {busy}", to_do()));
    }
    if !subject.is_read() {
        return None;
    }
    let denied = || denied_whatever(state, action, subject);
    let why = (action.applies)(subject).err().or_else(denied)?;
    Some(format!("cannot {}: {why}", to_do()))
}

/// Why the policy denies an action on this object whatever is filled in, if it does.
fn denied_whatever(state: &State, action: &Action, subject: &Subject) -> Option<String> {
    // What was refunded today is only not read yet: that closes nothing.
    if action.may_refund() && matches!(state.spent, Fact::Unknown(_)) {
        return None;
    }
    let here = Here::on_record(state, Some(subject.clone()));
    closed(state, &here, action, subject).map(words)
}

fn words(looked: impl std::borrow::Borrow<Looked>) -> String {
    let looked = looked.borrow();
    format!("{} ({})", looked.says, looked.rule)
}

/// What denies; what is only not given yet is no reason where there is another.
fn denied(decision: &Decision) -> Option<Looked> {
    let denials = decision.rules.iter().filter(|looked| looked.mark == Mark::Deny);
    denials.min_by_key(|looked| looked.lacks.is_some()).cloned()
}

/// What the policy denies whatever is filled in: the engine is asked about the least that the form could ask for.
fn closed(state: &State, here: &Here, action: &Action, subject: &Subject) -> Option<Looked> {
    let mut first = None;
    for args in probes(state, here, action) {
        let Some(proposal) = proposed(state, here, action, (subject, args)) else { continue };
        let decision = verdict(state, &proposal, Fact::Known(subject.clone()), state.spent.clone());
        if decision.outcome != Outcome::Deny {
            return None;
        }
        first = first.or_else(|| denied(&decision));
    }
    first
}

/// The proposal of a filling, with the date that it turns out to ask for: that of `on a date`.
fn proposed(
    state: &State,
    here: &Here,
    action: &Action,
    (subject, mut args): (&Subject, Args),
) -> Option<Proposal> {
    for _ in action.fields {
        let error = match action.propose(&args, subject, &moment(state)) {
            Ok(proposal) => return Some(proposal),
            Err(error) => error,
        };
        // An object that was not read would be denied for that alone: only a date can be made up.
        let missing = |field: &&Field| field.kind == FieldKind::When && args.get(field.name).is_none();
        let field = action.field(&error.field).filter(missing)?;
        args.set(field.name, least(state, here, field));
    }
    None
}

/// Options of a choice that are tried one by one; longer ones say the same of all.
const TRIED_MOST: usize = 8;

/// Fillings of the form that ask for little: what it needs, a word in each note, and each option in turn.
fn probes(state: &State, here: &Here, action: &Action) -> Vec<Args> {
    let mut base = Args::default();
    for field in action.fields {
        let note = field.param == HERE && matches!(field.kind, FieldKind::Text { .. });
        if field.required || note || field.kind == FieldKind::Money {
            base.set(field.name, least(state, here, field));
        }
    }
    let mut all = vec![base.clone()];
    for field in action.fields {
        let FieldKind::Choice(choices) = field.kind else { continue };
        all.extend(choices.iter().take(TRIED_MOST).map(|choice| base.clone().with(field.name, choice.value)));
    }
    // A currency without decimals takes none.
    let money = action.fields.iter().filter(|field| field.kind == FieldKind::Money);
    let money: Vec<_> = money.map(|field| field.name).collect();
    let whole: Vec<Args> = all
        .iter()
        .filter(|_| !money.is_empty())
        .map(|args| money.iter().fold(args.clone(), |args, name| args.with(name, "1")))
        .collect();
    all.extend(whole);
    all
}

/// A value that the field takes, as small as it can be.
fn least(state: &State, here: &Here, field: &Field) -> String {
    match field.kind {
        FieldKind::Id(kind) => {
            here.id(kind).map_or_else(|| format!("{}1", kind.prefix()), |id| id.id.clone())
        }
        FieldKind::Money => "0.01".into(),
        FieldKind::Choice(choices) => choices.first().map_or("", |choice| choice.value).into(),
        FieldKind::Int { least, .. } => least.to_string(),
        FieldKind::When => state.now().plus(DAY_S).0.to_string(),
        FieldKind::Bool => "true".into(),
        FieldKind::Text { .. } | FieldKind::Texts { .. } | FieldKind::Pairs | FieldKind::Items => {
            field.example.into()
        }
    }
}

/// Stripe refused for want of a permission, and which: kept until everything is read anew.
pub fn note_lack(state: &mut State, said: &str) {
    let words = said.split(|c: char| !(c.is_ascii_alphanumeric() || c == '_'));
    state.lacks.extend(words.filter_map(|word| word.strip_prefix("rak_")).map(str::to_owned));
}

/// A key that may not read something may not change it either.
fn lacked(state: &State, action: &Action) -> Option<String> {
    let permission = action.permission;
    let lacks = |access: &str| state.lacks.contains(&format!("{}_{access}", permission.resource));
    (lacks("read") || (permission.write && lacks("write")))
        .then(|| format!("this key lacks the permission {permission}"))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{
        actions::find,
        desk::fixture::{charge, state},
        ledger::IntentState,
        model::{Charge, Record},
        policy::Policy,
    };

    fn on(state: &State, json: &serde_json::Value) -> Here {
        let record = Record::<Charge>::parse(json.to_string()).unwrap();
        Here::on_record(state, Some(Subject::of(&record)))
    }

    fn said(state: &State, here: &Here, action: &str) -> Use {
        stands(state, here, find(action).unwrap())
    }

    fn desk() -> (State, Here) {
        let mut state = state();
        state.search.typing = false;
        state.focus = PaneId::Charges;
        let here = Here::on_desk(&state);
        (state, here)
    }

    #[test]
    fn what_is_selected_and_whose_it_is_are_here() {
        let (state, here) = desk();
        assert_eq!(here.id(Kind::Charge).unwrap().id, "ch_1");
        assert_eq!(here.id(Kind::Customer).unwrap().id, "cus_1");
        assert_eq!(said(&state, &here, "refund_charge"), Use::Yes);
        assert_eq!(said(&state, &here, "cancel_subscription"), Use::Asks(Kind::Subscription));
        assert_eq!(said(&state, &here, "get_charge"), Use::Yes);
        assert_eq!(said(&state, &here, "search_charges"), Use::Yes);
        assert_eq!(said(&state, &here, "get_dispute"), Use::Asks(Kind::Dispute));
    }

    #[test]
    fn a_reading_is_narrowed_to_what_is_looked_at_and_a_change_takes_only_what_it_needs() {
        let (_, here) = desk();
        let args = |name: &str| here.args(find(name).unwrap());
        assert_eq!(args("list_charges"), Args::default().with("customer", "cus_1"));
        assert_eq!(args("list_refunds"), Args::default().with("charge", "ch_1"));
        assert_eq!(args("refund_charge"), Args::default().with("charge", "ch_1"));
        assert_eq!(args("list_events"), Args::default());
    }

    #[test]
    fn the_state_of_the_object_and_a_change_under_way_are_said() {
        let (mut state, here) = desk();
        let whole = on(&state, &charge("ch_9", 9_900, 9_900, "usd"));
        let Use::No(why) = said(&state, &whole, "refund_charge") else { panic!() };
        assert!(why.contains("refunded"), "{why}");
        state.changes.push(crate::desk::state::ChangeLine {
            intent: crate::desk::fixture::intent("int_1", IntentState::Held),
            task: None,
            note: None,
        });
        assert_eq!(
            said(&state, &here, "refund_charge"),
            Use::No("refunding $99.00 to Ada Lovelace in 5 s · u takes it back".into())
        );
    }

    #[test]
    fn the_policy_greys_what_it_denies_whatever_is_filled_in() {
        let (mut state, here) = desk();
        let mut under = |rules: &str, action: &str, here: &Here| {
            state.policy = Policy::parse(&format!("version = 1\n{rules}"), "policy.toml").unwrap();
            said(&state, here, action)
        };
        let small = "refunds.max.usd = \"0.01\"";
        assert_eq!(under(small, "refund_charge", &here), Use::Yes);
        assert_eq!(
            under(
                "refunds.reason = \"required\"\nrefunds.note_above.usd = \"0.00\"\nrefunds.max.usd = \"1.00\"",
                "refund_charge",
                &here
            ),
            Use::Yes
        );
        let Use::No(why) = under("refunds.max.jpy = \"1\"", "refund_charge", &here) else { panic!() };
        assert!(why.contains("(refunds."), "{why}");
        let Use::No(why) = under("payments.edit = false", "update_charge", &here) else { panic!() };
        assert!(why.contains("(payments.edit)"), "{why}");
        let (state, _) = desk();
        let yen = on(&state, &charge("ch_9", 12_000, 0, "jpy"));
        assert_eq!(under("refunds.max.jpy = \"1\"", "refund_charge", &yen), Use::Yes);
    }

    #[test]
    fn read_only_stops_changes_and_no_reading() {
        let (mut state, here) = desk();
        state.session.read_only = Some("no policy file".into());
        assert_eq!(said(&state, &here, "refund_charge"), Use::No("read-only: no policy file".into()));
        assert_eq!(said(&state, &here, "get_charge"), Use::Yes);
    }

    #[test]
    fn what_the_key_lacks_is_known_once_stripe_said_it() {
        let (mut state, here) = desk();
        note_lack(
            &mut state,
            "ask your lead to grant it the permission rak_charge_write; Ctrl-r reads again",
        );
        assert_eq!(said(&state, &here, "get_charge"), Use::Yes);
        assert_eq!(
            said(&state, &here, "update_charge"),
            Use::No("this key lacks the permission charge:write".into())
        );
        note_lack(&mut state, "rak_charge_read");
        assert!(matches!(said(&state, &here, "get_charge"), Use::No(_)));
    }
}
