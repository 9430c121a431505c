//! Which of our changes Stripe shows, which of Stripe's the ledger knows, and where the two say different things. Pure: it is
//! handed both sides.

use std::collections::{BTreeMap, BTreeSet};

use super::{
    there::{Row, list_of},
    what::{Finding, What},
};
use crate::{
    ledger::{Intent, IntentState, Verified},
    request::Method,
    time::{HOUR_S, Unix},
};

/// What is held or being sent for longer than this is nobody's work any more.
const UNDER_WAY_S: i64 = HOUR_S;

/// The ledger's side.
#[derive(Debug)]
pub(super) struct Here {
    /// `acct_…`, and whether it is live.
    pub(super) account: (String, bool),
    /// Those of the account since then, and whatever else a mark at Stripe names.
    pub(super) intents: BTreeMap<String, Intent>,
    /// The number of the record that says what was intended, by intent.
    pub(super) intended: BTreeMap<String, i64>,
    /// Refunds that the trail says came back.
    pub(super) raised: BTreeSet<String>,
    /// Where a hash stands in the chain, of those that Stripe holds.
    pub(super) places: BTreeMap<String, i64>,
    pub(super) chain: Verified,
    /// How many records were removed, as old as they were.
    pub(super) removed: i64,
}

/// Stripe's side.
#[derive(Debug, Default)]
pub(super) struct There {
    /// By list (`/v1/refunds`), newest first.
    pub(super) lists: BTreeMap<&'static str, Vec<Row>>,
    /// Lists that could not be read, and why.
    pub(super) unread: BTreeMap<&'static str, String>,
    /// What was read for one intent alone, by intent.
    pub(super) single: BTreeMap<String, Single>,
    /// Subscriptions that were cancelled because somebody asked for it: their id, when, and our mark on them.
    pub(super) cancelled: Vec<(String, Unix, Option<String>)>,
}

/// How one change of ours stands at Stripe.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Single {
    /// What it made.
    Made(Box<Row>),
    /// It is as it was recorded.
    Stands,
    /// The object that it was done to carries this mark now.
    Carries(Option<String>),
    /// It is not so, in words.
    Otherwise(String),
    /// What it was done to is no more.
    Gone,
    Unread(String),
}

/// What was compared, and what was found.
#[derive(Debug, Default)]
pub(super) struct Compared {
    /// Changes of ours, and refunds of Stripe's.
    pub(super) count: usize,
    pub(super) findings: Vec<Finding>,
}

pub(super) const REFUNDS: &str = "/v1/refunds";

/// Compares what was made since `from`.
pub(super) fn compare(here: &Here, there: &There, (from, until): (Unix, Unix)) -> Compared {
    let mut out = Compared::default();
    if let Verified::Broken { seq, what } = &here.chain {
        let says = format!("the chain is broken at record {seq}: {what}");
        out.findings.push(Finding::of_object(What::PastEdited, until, None, says));
    }
    let mut shown: BTreeSet<&str> = BTreeSet::new();
    let by_notes = made_by_notes(here, there);
    for (path, rows) in &there.lists {
        for row in rows {
            let made_by = match row.intent() {
                Some(intent) => Some(intent),
                None if *path == REFUNDS => by_notes.get(row.id.as_str()).copied(),
                None => None,
            };
            let Some(id) = made_by else {
                if *path == REFUNDS && row.at >= from {
                    out.count = out.count.saturating_add(1);
                    out.findings.push(Finding::of_row(
                        What::Outside,
                        row,
                        row.says.clone().unwrap_or_default(),
                    ));
                }
                continue;
            };
            let by_itself = row.intent().is_some();
            if by_itself && !shown.insert(id) {
                let says = format!("another one carries {} too", crate::text::clean(id));
                out.findings.push(Finding::of_row(What::Twice, row, says));
                continue;
            }
            out.both(here, row, (id, by_itself), from);
        }
    }
    for intent in here.intents.values().filter(|intent| intent.created >= from) {
        if !shown.contains(intent.id.as_str()) && here.is_here(intent) {
            out.ours(here, there, intent, until);
        }
    }
    out.cancelled(here, there, from);
    out.findings.sort_by(|a, b| (a.what, a.at, &a.object).cmp(&(b.what, b.at, &b.object)));
    out
}

/// Refunds that carry no mark because a credit note of ours made them, with the note's mark.
fn made_by_notes<'r>(here: &Here, there: &'r There) -> BTreeMap<&'r str, &'r str> {
    let mut made = BTreeMap::new();
    for note in there.lists.values().flatten() {
        let Some(intent) = note.intent() else { continue };
        let linked = |id: &String| {
            let known = here.intents.get(intent);
            known.is_some_and(|known| known.request.params.iter().any(|(_, value)| value == id))
        };
        made.extend(note.refunds.iter().filter(|id| !linked(id)).map(|id| (id.as_str(), intent)));
    }
    made
}

impl Here {
    fn is_here(&self, intent: &Intent) -> bool {
        (&intent.account, intent.live) == (&self.account.0, self.account.1)
    }

    /// A change of ours that was done to this object, and is settled.
    fn done_to<'h>(&'h self, id: &'h str) -> impl Iterator<Item = &'h Intent> {
        let all = self.intents.values();
        all.filter(move |intent| intent.state == IntentState::Settled && intent.proposal.target.id == id)
    }
}

impl Compared {
    /// What stands at Stripe under our mark.
    fn both(&mut self, here: &Here, row: &Row, (id, by_itself): (&str, bool), from: Unix) {
        let Some(intent) = here.intents.get(id) else {
            if row.at >= from {
                self.count = self.count.saturating_add(1);
                let says = if here.removed > 0 {
                    "there is no record of it: it is older than what is kept, or was made from another data folder"
                } else {
                    "there is no record of it: it was made from another data folder, or the record is gone"
                };
                self.findings.push(Finding::of_row(What::MissingHere, row, says));
            }
            return;
        };
        if intent.created >= from {
            self.count = self.count.saturating_add(1);
        }
        let mut say =
            |what: What, says: String| self.findings.push(Finding::of_both(what, intent, row, says));
        if !here.is_here(intent) {
            say(What::Differs, format!("it was recorded for the account {}", intent.account));
        }
        match intent.state {
            IntentState::Settled => {}
            IntentState::Refused | IntentState::Withdrawn => {
                say(What::DoneAnyway, format!("it was recorded as {}", intent.state.name()));
            }
            IntentState::Held
            | IntentState::Sending
            | IntentState::Unknown
            | IntentState::WaitingAtStripe => {
                say(
                    What::Unknown,
                    format!(
                        "recorded as {}, and done: `paydesk pending --resolve` settles it",
                        intent.state.name()
                    ),
                );
            }
        }
        if by_itself {
            let other = intent.result_id.as_ref().filter(|result| **result != row.id);
            if let Some(other) = other {
                say(What::Differs, format!("the record says that it made {other}"));
            }
            for otherwise in row.otherwise(intent) {
                say(What::Differs, otherwise);
            }
            if let Some(says) = contradiction(here, intent, row) {
                say(What::PastEdited, says);
            }
        }
        if row.came_back() && !here.raised.contains(&row.id) && intent.message != row.says {
            // Whoever called it back knows.
            let called_back = here.done_to(&row.id).next().is_some();
            if !called_back {
                let says = row.says.clone().unwrap_or_else(|| row.status.clone());
                say(What::CameBack, format!("{says}: {} is told of it at the desk", intent.agent));
            }
        }
    }

    /// What no list shows.
    fn ours(&mut self, here: &Here, there: &There, intent: &Intent, until: Unix) {
        if let (IntentState::Settled, Some(Single::Made(row))) = (intent.state, there.single.get(&intent.id))
        {
            return self.both(here, row, (&intent.id, true), intent.created);
        }
        self.count = self.count.saturating_add(1);
        let mut say = |what, says: String| self.findings.push(Finding::of_intent(what, intent, says));
        match intent.state {
            IntentState::Refused | IntentState::Withdrawn => return,
            IntentState::Unknown => {
                let why = intent.message.clone().unwrap_or_else(|| "Stripe did not tell".to_owned());
                return say(What::Unknown, format!("{why}: `paydesk pending --resolve` looks again"));
            }
            IntentState::WaitingAtStripe => {
                return say(What::UnderWay, "Stripe has taken it, and not done it yet".to_owned());
            }
            IntentState::Held | IntentState::Sending if until.since(intent.created) <= UNDER_WAY_S => {
                return say(What::UnderWay, format!("it is {}", intent.state.name()));
            }
            IntentState::Held | IntentState::Sending => {
                let says =
                    format!("it is {} for long: `paydesk pending --resolve` settles it", intent.state.name());
                return say(What::Unknown, says);
            }
            IntentState::Settled => {}
        }
        if let Some(why) = list_of(intent).and_then(|listed| there.unread.get(listed.path)) {
            return say(What::NotCompared, why.clone());
        }
        match there.single.get(&intent.id) {
            // Nothing that can be read tells of it, or a later change of ours is the one that shows.
            None | Some(Single::Stands | Single::Made(_)) => {}
            Some(Single::Otherwise(why)) => say(What::MissingAtStripe, why.clone()),
            Some(Single::Unread(why)) => say(What::NotCompared, why.clone()),
            Some(Single::Gone) => {
                let made = intent.result_id.as_deref().unwrap_or_default();
                let removed = here.done_to(made).any(|later| later.request.method == Method::Delete);
                let target = &intent.proposal.target.id;
                if list_of(intent).is_some() && !removed {
                    say(What::MissingAtStripe, format!("{made} is not there"));
                } else if list_of(intent).is_none() {
                    say(
                        What::Outside,
                        format!("{target} was deleted since: there is nothing left to compare"),
                    );
                }
            }
            Some(Single::Carries(mark)) => {
                if let Some((what, says)) = carried(here, intent, mark.as_deref()) {
                    say(what, says);
                }
            }
        }
    }

    /// Cancellations that are nobody's here.
    fn cancelled(&mut self, here: &Here, there: &There, from: Unix) {
        for (id, at, mark) in there.cancelled.iter().filter(|(_, at, _)| *at >= from) {
            if here.done_to(id).any(|intent| intent.proposal.terms.cancel.is_some()) {
                continue;
            }
            self.count = self.count.saturating_add(1);
            let unknown = mark.as_ref().filter(|mark| !here.intents.contains_key(*mark));
            let (what, says) = match unknown {
                Some(_) => {
                    (What::MissingHere, "cancelled, and there is no record of its last change by paydesk")
                }
                None => (What::Outside, "cancelled"),
            };
            let intent = unknown.map(|mark| crate::text::clean(mark));
            let finding = Finding::of_object(what, *at, Some(id.clone()), says);
            self.findings.push(Finding { intent, ..finding });
        }
    }
}

/// What is wrong where the object carries another mark than that of our last change.
fn carried(here: &Here, intent: &Intent, mark: Option<&str>) -> Option<(What, String)> {
    let target = &intent.proposal.target.id;
    match mark {
        Some(mark) if mark == intent.id => None,
        Some(mark) => match here.intents.get(mark) {
            // Two of ours that crossed: both stand in the ledger.
            Some(other) if (other.created, &other.id) > (intent.created, &intent.id) => None,
            Some(other) => {
                let says = format!("{target} carries the mark of the change before, {}", other.id);
                Some((What::MissingAtStripe, says))
            }
            None => {
                let mark = crate::text::clean(mark);
                Some((
                    What::MissingHere,
                    format!("{target} was changed since by {mark}, of which there is no record"),
                ))
            }
        },
        None => Some((What::Differs, format!("{target} carries no mark of paydesk any more"))),
    }
}

/// Where Stripe's copy of the chain's head contradicts our chain: it stood at the end when the change was confirmed, so it stands
/// before the record of what was intended.
fn contradiction(here: &Here, intent: &Intent, row: &Row) -> Option<String> {
    let head = row.head()?;
    let short: String = crate::text::clean(head).chars().take(12).collect();
    match (here.places.get(head), here.intended.get(&intent.id)) {
        (_, None) | (None, Some(_)) if here.removed > 0 => None,
        (_, None) => Some("the trail has no record that it was intended".to_owned()),
        (None, Some(_)) => Some(format!(
            "Stripe holds {short}… as the end of the trail at that time, and it stands nowhere in the trail"
        )),
        (Some(place), Some(intended)) if place >= intended => Some(format!(
            "Stripe holds {short}… as the end of the trail at that time: record {place}, after what it was the end of"
        )),
        (Some(_), Some(_)) => None,
    }
}
