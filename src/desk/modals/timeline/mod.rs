//! Everything that happened to a customer on one line of time, by kind; of a refund, where it is and what the customer can be told.

mod shown;

use serde::{Deserialize, Serialize};

use super::{
    After, Modal, Overlay,
    answered::{self, Answered, Step},
    explain::Explain,
    list::{List, Move},
};
use crate::{
    answers::{
        reply::Reply,
        timeline::{self, Entry, EntryKind},
    },
    desk::{
        binding::{Binding, Now, bind},
        gathered,
        gathering::Gathering,
        message::{AuditPage, Command, Commands, Message, TaskId},
        notes,
        sheet::Sheet,
        state::State,
        trail,
        verdict::moment,
    },
    model::{AnyId, CustomerId, Kind, Refund},
};

#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Timeline {
    customer: CustomerId,
    read: Gathering,
    /// The task that reads this desk's own trail, and what it brought.
    asked: Option<TaskId>,
    trail: Option<Result<AuditPage, String>>,
    entries: Vec<Entry>,
    /// Only these are shown.
    kind: Option<EntryKind>,
    list: List,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Do {
    Kind,
    KindBefore,
    Refund,
    Explain,
    /// Back: all kinds again, then out of it.
    Step(Step),
}

const OPEN: Binding<Step> = answered::open("open", "open the record behind the entry");
const TABLE: [Binding<Do>; 5] = [
    bind(&["f", "<tab>"], Do::Kind, Some("kind"), "only payments, only failures, and so on, and all again"),
    bind(&["F", "<s-tab>"], Do::KindBefore, None, "the kind before"),
    bind(&["w"], Do::Refund, Some("where is my refund"), "to the newest refund, and to the one before it"),
    bind(&["y"], Do::Step(Step::Reply), Some("copy reply"), "copy where the refund is, for the customer"),
    bind(&["e"], Do::Explain, Some("explain"), "why this was charged"),
];
const COPY_ID: Binding<Step> = bind(&["i"], Step::CopyId, None, "copy the id of the entry's record");
const BACK: Binding<Step> =
    bind(&["<esc>", "q", "t", "W"], Step::Back, Some("back"), "back, one step at a time");

/// Kinds that have an answer of their own.
const EXPLAINED: [Kind; 3] = [Kind::Charge, Kind::Invoice, Kind::Subscription];

impl Timeline {
    pub fn open(state: &mut State, customer: CustomerId, commands: &mut Commands) -> Self {
        let read = Gathering::of(gathered::bag(state, &customer));
        Self::reading(state, customer, read, commands)
    }

    fn reading(state: &mut State, customer: CustomerId, read: Gathering, commands: &mut Commands) -> Self {
        let task = state.start("audit trail");
        commands.push(Command::Audit { task });
        let mut modal = Self {
            customer,
            read,
            asked: Some(task),
            trail: None,
            entries: Vec::new(),
            kind: None,
            list: List::default(),
        };
        modal.advance(state, commands);
        modal
    }

    fn shown_entries(&self) -> impl Iterator<Item = &Entry> {
        self.entries.iter().filter(|entry| self.kind.is_none_or(|kind| entry.kind == kind))
    }

    fn selected(&self) -> Option<&Entry> {
        self.shown_entries().nth(self.list.at)
    }

    /// The refund that the selected entry is about.
    fn refund(&self) -> Option<&Refund> {
        let entry = self.selected().filter(|entry| entry.id.kind == Kind::Refund)?;
        self.read.bag.refunds().find(|refund| refund.id.as_str() == entry.id.id)
    }

    /// The kinds that there are, in their order, from the one that is shown on.
    fn turn(&mut self, back: bool) {
        let there = |kind: &EntryKind| self.entries.iter().any(|entry| entry.kind == *kind);
        let mut kinds: Vec<Option<EntryKind>> =
            std::iter::once(None).chain(EntryKind::ALL.into_iter().filter(there).map(Some)).collect();
        if back {
            kinds.reverse();
        }
        let at = kinds.iter().position(|kind| *kind == self.kind).unwrap_or(0);
        self.kind = kinds.iter().cycle().nth(at.saturating_add(1)).copied().flatten();
        self.list = List::default();
    }

    /// The next refund down the line; from the last one, the newest.
    fn next_refund(&mut self) {
        self.kind = None;
        let places: Vec<usize> = self
            .entries
            .iter()
            .enumerate()
            .filter(|(_, entry)| entry.kind == EntryKind::Refund)
            .map(|(at, _)| at)
            .collect();
        let next = places.iter().find(|at| **at > self.list.at).or(places.first());
        self.list.at = next.copied().unwrap_or(self.list.at);
    }
}

impl Answered for Timeline {
    answered::reads!();

    fn count(&self) -> usize {
        self.shown_entries().count()
    }

    fn id(&self) -> Option<AnyId> {
        self.selected().map(|entry| entry.id.clone())
    }

    fn reply(&self, state: &State) -> Option<Reply> {
        let refund = self.refund()?;
        let charge = refund.charge_id().and_then(|id| self.read.bag.charge(id));
        Some(timeline::refund::reply(refund, charge, &moment(state)))
    }

    fn advance(&mut self, state: &mut State, commands: &mut Commands) {
        if !self.read.is_reading() {
            let looks = timeline::looks(&self.read.bag, &self.customer, &moment(state));
            self.read.ask(looks, state, commands);
        }
        let before = self.selected().map(|entry| (entry.at, entry.kind, entry.id.clone()));
        self.entries = timeline::timeline(&self.read.bag, &moment(state));
        if let Some(Ok(page)) = &self.trail {
            self.entries.extend(trail::entries(page, &self.customer, &self.read.bag));
        }
        self.entries.extend(notes::entries(state, &self.customer));
        timeline::sort(&mut self.entries);
        // Whoever stands on an entry stays there when others come before it.
        let same = before.filter(|_| self.list.at > 0).and_then(|(at, kind, id)| {
            self.shown_entries().position(|entry| (entry.at, entry.kind) == (at, kind) && entry.id == id)
        });
        self.list.at = same.unwrap_or(self.list.at);
        self.list.within(self.count());
    }

    fn again(&mut self, state: &mut State, commands: &mut Commands) {
        let fresh = Self::reading(state, self.customer.clone(), Gathering::default(), commands);
        *self = Self { kind: self.kind, list: self.list, ..fresh };
    }
}

impl Overlay for Timeline {
    type Do = Do;

    const NAME: &'static str = "Timeline";

    fn sheet(&self, state: &State) -> Sheet {
        self.shown(state)
    }

    fn table() -> Vec<Binding<Do>> {
        let own = std::iter::once(OPEN.within(Do::Step)).chain(TABLE);
        answered::table(Do::Step, own, [COPY_ID, answered::AGAIN], BACK)
    }

    fn now(&self, does: Do, state: &State) -> Now {
        let has = |kind: EntryKind| self.entries.iter().any(|entry| entry.kind == kind);
        match does {
            Do::Kind | Do::KindBefore => Now::on(!self.entries.is_empty()),
            Do::Refund if has(EntryKind::Refund) => Now::On,
            Do::Refund => Now::Dim("nothing was refunded".into()),
            Do::Explain => Now::on(self.selected().is_some_and(|entry| EXPLAINED.contains(&entry.id.kind))),
            Do::Step(Step::Reply) if self.refund().is_none() => {
                Now::Dim("this entry is no refund: w goes to the newest one".into())
            }
            Do::Step(Step::Back) if self.kind.is_some() => Now::Says("all kinds".into()),
            Do::Step(step) => answered::now(self, step, state),
        }
    }

    fn act(&mut self, does: Do, state: &mut State, commands: &mut Commands) -> After {
        match does {
            Do::Kind => self.turn(false),
            Do::KindBefore => self.turn(true),
            Do::Refund => self.next_refund(),
            Do::Explain => {
                if let Some(id) = self.id() {
                    let modal = Explain::about(state, self.customer.clone(), id, commands);
                    return After::Push(Box::new(Modal::Explain(modal)));
                }
            }
            Do::Step(Step::Back) if self.kind.is_some() => {
                self.kind = None;
                self.list = List::default();
            }
            Do::Step(step) => return answered::act(self, step, state, commands),
        }
        After::Stay
    }

    fn wheel(rows: isize) -> Option<Do> {
        Some(Do::Step(Step::Go(Move::Rows(rows))))
    }

    fn hear(&mut self, message: &Message, state: &mut State, commands: &mut Commands) -> After {
        match message {
            Message::Audit { task, result } if self.asked == Some(*task) => {
                self.asked = None;
                self.trail = Some(result.clone());
                self.advance(state, commands);
            }
            _ => answered::hear(self, message, state, commands),
        }
        After::Stay
    }
}
