//! Everything that the screen shows and everything that decides what a key does. It serialises whole, so that a sitting can
//! be recorded and seen again.

use std::collections::{BTreeMap, BTreeSet};

use jiff::tz::TimeZone;
use serde::{Deserialize, Serialize};
use tui_input::Input;

pub use super::lanes::{Again, ChangeLine, Failed, Returned, Task, Tasks};
pub use super::session::{Mode, Profile, Session, Tip};
use super::{
    changed::Changed,
    data::Data,
    known::Sought,
    live::Live,
    merged::Shares,
    message::{TaskId, Trouble},
    modals::Modal,
    panes::PaneId,
    question::Question,
    rest::Rest,
    update::Made,
};
use crate::{
    gate::Raised,
    ledger::{Asked, Note, Visit},
    model::{AnyId, CustomerId},
    policy::{Fact, Policy, Spent},
    time::Unix,
};

#[derive(Clone, Serialize, Deserialize)]
#[expect(
    clippy::struct_excessive_bools,
    reason = "each says something of its own, and none rules out another"
)]
pub struct State {
    /// The time of the last message.
    pub now_ms: i64,
    /// Moves with every message that may have changed something that is drawn.
    #[serde(default)]
    pub picture: u64,
    /// Counts up whenever the rows of a pane may have changed.
    #[serde(default)]
    pub revision: u64,
    pub width: u16,
    pub height: u16,
    pub session: Session,
    pub policy: Policy,
    /// The pane that keys go to.
    pub focus: PaneId,
    /// The pane in the place that the charges share with all further ones.
    #[serde(default = "charges")]
    pub place: PaneId,
    /// The focused pane takes the whole body.
    pub zoomed: bool,
    pub panes: BTreeMap<PaneId, PaneState>,
    pub search: Search,
    /// Whose desk is open.
    pub open: Option<CustomerId>,
    pub data: Data,
    /// Topmost last. Keys go to the topmost.
    pub modals: Vec<Modal>,
    pub tasks: Tasks,
    /// Changes that are held, being sent, or unknown: the write lane as the agent sees it, oldest first.
    pub changes: Vec<ChangeLine>,
    /// Changes that were stopped since something moved while they were held, and whose form waits to be looked at again.
    #[serde(default)]
    pub returned: Vec<Returned>,
    /// Proposals that wait for a person, oldest first, as they were read last.
    #[serde(default)]
    pub waiting: Vec<Asked>,
    /// Customers whose desk was opened lately, the latest first: in this sitting, and before it once that was read.
    #[serde(default)]
    pub lately: Vec<Visit>,
    /// Notes that are kept on this machine, of whoever was opened; the latest first.
    #[serde(default)]
    pub notes: BTreeMap<CustomerId, Vec<Note>>,
    /// Other records with the e-mail address of whoever is open.
    #[serde(default)]
    pub shares: Shares,
    /// What happens at Stripe meanwhile.
    #[serde(default)]
    pub live: Live,
    /// Refunds that went through and came back, until the agent acknowledges each.
    #[serde(default)]
    pub raised: Vec<Raised>,
    /// Refunds that were seen not to have stayed, with the status: the ledger was asked about these already.
    #[serde(default)]
    pub looked_after: BTreeSet<String>,
    /// When all of the last days were asked about last.
    #[serde(default)]
    pub looked_ms: i64,
    /// What the last change has done.
    #[serde(default)]
    pub changed: Option<Changed>,
    /// Whoever confirmed the last change has pressed nothing since it is held.
    #[serde(default)]
    pub looks_on: bool,
    /// What was last said in the task line.
    pub notice: Option<Notice>,
    /// Today's refunds, for the title.
    pub spent: Fact<Spent>,
    pub api: Api,
    /// Permissions that Stripe said the key lacks: `charge_read`.
    #[serde(default)]
    pub lacks: BTreeSet<String>,
    /// Asked to leave; waits for sends in flight.
    pub quitting: bool,
    /// The system asked: nothing that is not under way begins any more, and nobody stays.
    #[serde(default)]
    pub terminated: bool,
    /// The profile that the desk is left for.
    #[serde(default)]
    pub switch_to: Option<String>,
    /// Changes that were refused while leaving: nobody is there any more to see a notice.
    #[serde(default)]
    pub last_words: Vec<String>,
    /// Another Enter right after one that closed a modal means nothing to what lay below.
    #[serde(default)]
    pub enter: Rest,
    #[serde(skip)]
    pub top: Top,
}

/// Where the topmost modal is: whatever it is, it has the keys.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Top {
    #[default]
    OnStack,
    /// It handles something.
    Off,
}

#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct PaneState {
    pub selected: usize,
    /// First row shown.
    pub scroll: usize,
    /// Column sorted by and whether it is reversed; none is Stripe's own order.
    pub sort: Option<(usize, bool)>,
    pub filter: String,
    /// Rows in view: indexes into the pane's list, after filter and sort.
    pub order: Option<Vec<u32>>,
    /// What the order was made from; made again when it is missing.
    #[serde(skip)]
    pub made: Made,
}

/// The search box and its two answers: from what is known at once, then from Stripe.
#[derive(Clone, Default, Serialize, Deserialize)]
#[expect(
    clippy::struct_excessive_bools,
    reason = "each says something of its own, and none rules out another"
)]
pub struct Search {
    pub input: Input,
    /// Keys go into the box.
    pub typing: bool,
    /// The whole text is selected: the first letter takes its place.
    #[serde(default)]
    pub whole: bool,
    /// Rows of the customers pane, best first.
    pub found: Vec<Found>,
    /// What was asked at Stripe for the text in the box, and is still on its way.
    pub asking: Vec<TaskId>,
    /// The text that the last questions were asked for: an answer for another one is stale.
    pub asked_for: String,
    pub trouble: Option<Trouble>,
    /// When to ask Stripe, if nothing more is typed until then.
    pub due_ms: Option<i64>,
    /// What Stripe found for the text in the box.
    pub remote: Vec<Found>,
    /// What comes behind the answers for the text in the box.
    #[serde(default)]
    pub further: Vec<Question>,
    /// More of those known here match than are listed.
    #[serde(default)]
    pub more_here: bool,
    /// How often more of those known here were asked for.
    #[serde(default)]
    pub pages_here: usize,
    /// How far the text was looked for among those known here; looked for anew where it is missing.
    #[serde(skip)]
    pub sought: Sought,
    /// The account's newest customers: what an empty box shows.
    pub newest: Vec<CustomerId>,
    /// What comes behind them.
    #[serde(default)]
    pub newest_further: Option<Question>,
    /// Enter came before there was anything to open.
    pub enter_pending: bool,
    /// The agent was told that this is not who was typed, or not they alone: Enter opens whoever is selected.
    #[serde(default)]
    pub warned: bool,
    /// What a pasted text asks about, explained once whoever is found is open: `$49.00 22 Nov 2026`.
    #[serde(default)]
    pub says: Option<String>,
    /// The customer under the selection, read ahead when it rests there.
    pub resting: Option<Resting>,
    /// What the open customer was found by: selected once its pane has it.
    pub wanted: Option<AnyId>,
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Resting {
    pub customer: CustomerId,
    pub due_ms: i64,
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Found {
    pub customer: CustomerId,
    /// Characters of the row's text that matched.
    pub matched: Vec<u32>,
    /// Why it is here, when it is not the name or e-mail: "charge $49.00 of 21 Nov".
    pub because: Option<String>,
    /// The charge, subscription or invoice that it was found by: the row that is selected when they are opened.
    #[serde(default)]
    pub row: Option<AnyId>,
}

impl Found {
    pub fn plain(customer: CustomerId) -> Self {
        Self { customer, matched: Vec::new(), because: None, row: None }
    }
}

/// Good news that was on screen for so long makes room for the keys at the next one.
const READ_MS: i64 = 8_000;

impl Notice {
    /// Whether the next key takes it away. What went wrong stays until something else is said.
    pub fn is_over(&self, now_ms: i64) -> bool {
        self.brief || self.good && now_ms.saturating_sub(self.at_ms) > READ_MS
    }
}

#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Notice {
    pub text: String,
    /// What it is about; shown behind the text, and never cut.
    #[serde(default)]
    pub id: Option<String>,
    pub good: bool,
    pub at_ms: i64,
    /// It answers the last key alone, and goes with the next.
    #[serde(default)]
    pub brief: bool,
    /// It is to be read whole, like what went wrong: what was copied for a customer.
    #[serde(default)]
    pub whole: bool,
}

/// Clocks that are further apart are told, seconds.
pub const SKEW_MOST_S: i64 = 30;

/// How wrong this machine's clock is, where it is; `skew_s` is Stripe's less ours.
pub fn skew(skew_s: i64) -> Option<String> {
    let way = if skew_s < 0 { "ahead of" } else { "behind" };
    let off = skew_s.saturating_abs();
    (off > SKEW_MOST_S).then(|| format!("{} {way} Stripe's", crate::time::span(off)))
}

#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Api {
    pub latency_ms: u64,
    pub skew_s: i64,
    /// The last call failed before it reached Stripe.
    pub unreachable: bool,
    /// When Stripe was last asked for something, or connections were opened for it.
    #[serde(default)]
    pub called_ms: i64,
}

fn charges() -> PaneId {
    PaneId::Charges
}

impl State {
    pub fn new(session: Session, policy: Policy, now_ms: i64, (width, height): (u16, u16)) -> Self {
        Self {
            now_ms,
            picture: 0,
            revision: 0,
            width,
            height,
            session,
            policy,
            focus: PaneId::Customers,
            place: PaneId::Charges,
            zoomed: false,
            panes: BTreeMap::new(),
            search: Search::default(),
            open: None,
            data: Data::default(),
            modals: Vec::new(),
            tasks: Tasks::default(),
            changes: Vec::new(),
            returned: Vec::new(),
            waiting: Vec::new(),
            lately: Vec::new(),
            notes: BTreeMap::new(),
            shares: Shares::default(),
            live: Live { active_ms: now_ms, ..Live::default() },
            raised: Vec::new(),
            looked_after: BTreeSet::new(),
            looked_ms: now_ms,
            changed: None,
            looks_on: false,
            notice: None,
            spent: Fact::Unknown("not read yet".into()),
            api: Api::default(),
            lacks: BTreeSet::new(),
            quitting: false,
            terminated: false,
            last_words: Vec::new(),
            enter: Rest::default(),
            top: Top::OnStack,
            switch_to: None,
        }
    }

    /// The rows of a pane may have changed: what was found out about them is stale.
    pub fn rows_changed(&mut self) {
        self.revision = self.revision.saturating_add(1);
    }

    pub fn now(&self) -> Unix {
        Unix(self.now_ms.div_euclid(1_000))
    }

    pub fn zone(&self) -> &TimeZone {
        &self.session.zone
    }

    pub fn pane(&self, pane: PaneId) -> PaneState {
        self.panes.get(&pane).cloned().unwrap_or_default()
    }

    pub fn pane_mut(&mut self, pane: PaneId) -> &mut PaneState {
        self.panes.entry(pane).or_default()
    }

    pub fn live(&self) -> bool {
        self.session.mode == Mode::Live
    }

    /// Why nothing can be changed at this desk, by its settings or by the policy.
    pub fn read_only(&self) -> Option<String> {
        self.session.read_only.clone().or_else(|| self.policy.why_closed_for(&self.session.agent))
    }

    pub fn say(&mut self, text: impl Into<String>, good: bool) {
        self.say_of(text, None, good);
    }

    pub fn say_of(&mut self, text: impl Into<String>, id: Option<String>, good: bool) {
        self.notice =
            Some(Notice { text: text.into(), id, good, at_ms: self.now_ms, brief: false, whole: false });
    }

    /// Says it in rows of its own where the bottom line is too narrow.
    pub fn say_whole(&mut self, text: impl Into<String>, good: bool) {
        self.say(text, good);
        if let Some(notice) = &mut self.notice {
            notice.whole = true;
        }
    }

    /// Says why the last key did nothing.
    pub fn answer_key(&mut self, text: impl Into<String>) {
        self.say(text, false);
        if let Some(notice) = &mut self.notice {
            notice.brief = true;
        }
    }
}
