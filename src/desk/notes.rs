//! Notes on a customer: those that are kept on this machine, and those in the customer's metadata at Stripe. Which way a new one
//! goes, the policy says.

use super::{
    card,
    draft::Draft,
    flow, linked,
    message::Commands,
    modals::Modal,
    sheet::{Line, Tone},
    state::State,
    usable,
};
use crate::{
    actions::{self, Action, Effect, FieldKind, Gate},
    answers::timeline::{self, Entry},
    model::{CustomerId, Kind},
    policy::Rule,
    text::clean,
    time::Unix,
};

/// One note, wherever it is kept.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Shown {
    pub at: Unix,
    /// Who wrote it and what: `maya: called, wants the yearly plan`
    pub says: String,
    /// At Stripe, where everybody on the account reads it.
    pub at_stripe: bool,
}

/// All that are known of a customer, the latest first.
pub fn of(state: &State, customer: &CustomerId) -> Vec<Shown> {
    let here = state.notes.get(customer).into_iter().flatten().map(|note| Shown {
        at: note.at,
        says: clean(&note.says()),
        at_stripe: false,
    });
    let metadata = state.data.customer(customer).map(|customer| &customer.metadata);
    let there = metadata.into_iter().flat_map(timeline::notes::in_metadata);
    let there = there.map(|(at, says)| Shown { at, says: says.to_owned(), at_stripe: true });
    let mut all: Vec<_> = here.chain(there).collect();
    all.sort_by_key(|note| std::cmp::Reverse(note.at));
    all
}

/// How many there are, for the head.
pub(super) fn words(state: &State, id: &CustomerId) -> Line {
    match of(state, id).len() {
        0 => Line::default(),
        1 => Line::toned("✎ 1 note", Tone::Info),
        count => Line::toned(format!("✎ {count} notes"), Tone::Info),
    }
}

/// Of those that are kept on this machine, as entries of the customer's line of time.
pub(super) fn entries(state: &State, customer: &CustomerId) -> Vec<Entry> {
    let notes = state.notes.get(customer).into_iter().flatten();
    notes.map(|note| timeline::notes::entry(note.at, &note.says(), customer)).collect()
}

/// Whether the agent's notes are kept at Stripe.
pub fn in_metadata(state: &State) -> bool {
    state.policy.effective(&state.session.agent).word(Rule::CustomersNotes) == Some("metadata")
}

/// Why this is not to be written down.
pub fn wrong(text: &str) -> Option<String> {
    let four = card::last_four(text)?;
    Some(format!("that looks like a card number, which is never written down: ··{four} is enough"))
}

/// The change of a customer that takes metadata.
fn edits() -> Option<(&'static Action, &'static str)> {
    let mut changes = actions::all().filter(|action| {
        action.effect == Effect::Write
            && action.gate == Gate::CustomerDetails
            && action.target_field().and_then(|name| action.field(name)).map(|field| field.kind)
                == Some(FieldKind::Id(Kind::Customer))
    });
    changes.find_map(|action| {
        let metadata = action.fields.iter().find(|field| field.param == "metadata")?;
        Some((action, metadata.name))
    })
}

/// The form of the change that writes a note to Stripe, filled in: it is confirmed like any other.
pub fn at_stripe(
    state: &mut State,
    customer: &CustomerId,
    text: &str,
    commands: &mut Commands,
) -> Option<Modal> {
    let (action, field) = edits()?;
    let target = customer.any();
    let Some(subject) = linked::known(state, &target) else {
        state.answer_key("one moment: the customer is still being read");
        return None;
    };
    if let Some(why) = usable::in_the_way(state, action, &target, &subject) {
        state.answer_key(why);
        return None;
    }
    let metadata =
        state.data.customer(customer).map(|customer| customer.metadata.clone()).unwrap_or_default();
    let name = timeline::notes::name(state.now(), &metadata);
    let value = format!("{}: {text}", state.session.agent).replace(',', "\\,");
    let mut draft = Draft::new(action, target, subject, state, commands);
    draft.form.set(field, &format!("{name}={value}"));
    draft.form.focus(field);
    draft.sync(state);
    Some(flow::form(action, draft, state, commands))
}
