//! Why somebody was charged: the answer in plain words, its parts to the cent, and the records that it was read from, each to follow.

mod shown;

use serde::{Deserialize, Serialize};
use tui_input::Input;

use super::{
    After, Modal, Overlay,
    answered::{self, Answered, Step},
    duplicates::Duplicates,
    list::{List, Move},
};
use crate::{
    actions::Action,
    answers::{
        explain::{self, Ask, Explanation, Said},
        reply::Reply,
    },
    desk::{
        binding::{Binding, Now, bind},
        flow,
        form::edit,
        gathered,
        gathering::Gathering,
        key::Key,
        keymap, linked,
        message::{Commands, Message},
        panes,
        sheet::Sheet,
        state::State,
        verdict::moment,
    },
    model::{AnyId, CustomerId, Kind},
    text::clean,
};

const CHARS_MOST: usize = 60;

#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Explain {
    customer: CustomerId,
    ask: Ask,
    read: Gathering,
    told: Box<Explanation>,
    list: List,
    /// What the customer says, while it is typed.
    says: Option<Input>,
    /// What is wrong with it.
    wrong: Option<String>,
}

#[derive(Clone, Copy, Debug)]
pub enum Do {
    /// An action on the charge.
    Act(&'static Action),
    Say,
    Heard,
    StopSaying,
    Twice,
    Step(Step),
}

const SAYING: [Binding<Do>; 2] = [
    bind(&["<enter>"], Do::Heard, Some("look for it"), "look for the charge that was said"),
    bind(&["<esc>"], Do::StopSaying, Some("leave it"), "leave it at the charge that is shown"),
];
const OPEN: Binding<Step> =
    answered::open("follow", "open the selected record; of a charge that may be meant, its answer");
const FURTHER: [Binding<Do>; 2] = [
    bind(
        &["/"],
        Do::Say,
        Some("what they say"),
        "look for the charge by what the customer says: `49 yesterday`",
    ),
    bind(&["D"], Do::Twice, Some("duplicates"), "whether they were charged twice"),
];

impl Explain {
    /// The selected row of the focused pane, or the newest charge, else the plan or the invoice, of whoever is open; none where there is nothing to explain.
    pub fn open(state: &mut State, commands: &mut Commands) -> Option<Self> {
        let customer = state.open.clone()?;
        let pane = state.focus.pane();
        let kinds = [
            Kind::Charge,
            Kind::PaymentIntent,
            Kind::Invoice,
            Kind::Subscription,
            Kind::Refund,
            Kind::Dispute,
        ];
        let row = panes::selected(state, pane.id).filter(|_| kinds.contains(&pane.kind));
        let row = row.and_then(|at| (pane.target)(state, at));
        // Who was charged nothing yet, on trial, asks what will be.
        let newest = || {
            let folder = state.data.folder(&customer)?;
            let charge = folder.charges.value.as_ref()?.rows.first().map(|charge| charge.id.any());
            let plan = || Some(folder.subscriptions.value.as_ref()?.rows.first()?.id.any());
            let invoice = || Some(folder.invoices.value.as_ref()?.rows.first()?.id.any());
            charge.or_else(plan).or_else(invoice)
        };
        let id = row.or_else(newest)?;
        Some(Self::about(state, customer, id, commands))
    }

    pub fn about(state: &mut State, customer: CustomerId, id: AnyId, commands: &mut Commands) -> Self {
        let read = Gathering::of(gathered::bag(state, &customer));
        Self::asking(state, customer, Ask::About(id), read, commands)
    }

    /// By what the customer says; none where that is neither an amount nor a day.
    pub fn said(
        state: &mut State,
        customer: CustomerId,
        says: &str,
        commands: &mut Commands,
    ) -> Option<Self> {
        let said = Said::parse(says, &moment(state)).ok()?;
        let read = Gathering::of(gathered::bag(state, &customer));
        let ask = Ask::Said(customer.clone(), said);
        Some(Self::asking(state, customer, ask, read, commands))
    }

    fn asking(
        state: &mut State,
        customer: CustomerId,
        ask: Ask,
        read: Gathering,
        commands: &mut Commands,
    ) -> Self {
        let told = Box::new(explain::explain(&read.bag, &ask, &moment(state)));
        let list = List::default();
        let mut modal = Self { customer, ask, read, told, list, says: None, wrong: None };
        modal.advance(state, commands);
        modal
    }

    /// What can be selected: other charges that may be meant, then the chain.
    fn rows(&self) -> Vec<Row> {
        let others = self.told.others.iter().map(|fit| Row::Other(fit.charge.any()));
        others.chain(self.told.chain.iter().map(|step| Row::Step(step.id.clone()))).collect()
    }

    fn selected(&self) -> Option<Row> {
        self.rows().into_iter().nth(self.list.at)
    }

    /// What was typed is looked for among the customer's charges.
    fn heard(&mut self, state: &mut State, commands: &mut Commands) {
        let Some(says) = &self.says else { return };
        match Said::parse(says.value(), &moment(state)) {
            Ok(said) => {
                self.ask = Ask::Said(self.customer.clone(), said);
                (self.says, self.wrong, self.list) = (None, None, List::default());
                self.advance(state, commands);
            }
            Err(wrong) => self.wrong = Some(wrong),
        }
    }

    fn begin(&self, action: &'static Action, state: &mut State, commands: &mut Commands) -> After {
        let subject = self.told.about.clone().and_then(|id| {
            let raw = self.read.bag.raw(&id)?;
            Some((id.clone(), linked::subject(&id, &raw)?))
        });
        match subject.and_then(|on| flow::begin_on(state, action, on, commands)) {
            Some(modal) => After::Push(Box::new(modal)),
            None => After::Stay,
        }
    }
}

#[derive(Clone, Debug, PartialEq, Eq)]
enum Row {
    Other(AnyId),
    Step(AnyId),
}

impl Answered for Explain {
    answered::reads!();

    fn count(&self) -> usize {
        self.rows().len()
    }

    fn id(&self) -> Option<AnyId> {
        self.selected().map(|(Row::Other(id) | Row::Step(id))| id)
    }

    fn reply(&self, _state: &State) -> Option<Reply> {
        Some(self.told.reply.clone())
    }

    fn advance(&mut self, state: &mut State, commands: &mut Commands) {
        let moment = moment(state);
        if !self.read.is_reading() {
            let looks = explain::looks(&self.read.bag, &self.ask, &moment);
            self.read.ask(looks, state, commands);
        }
        *self.told = explain::explain(&self.read.bag, &self.ask, &moment);
        self.list.within(self.rows().len());
    }

    fn again(&mut self, state: &mut State, commands: &mut Commands) {
        let (customer, ask) = (self.customer.clone(), self.ask.clone());
        *self = Self::asking(state, customer, ask, Gathering::default(), commands);
    }
}

impl Overlay for Explain {
    type Do = Do;

    const NAME: &'static str = "Why was this charged";

    fn sheet(&self, state: &State) -> Sheet {
        self.shown(state)
    }

    fn table() -> Vec<Binding<Do>> {
        let told = [answered::REPLY, OPEN].map(|row| row.within(Do::Step));
        let own = SAYING.into_iter().chain(told).chain(FURTHER);
        answered::table(Do::Step, own, answered::ENDS, answered::BACK)
    }

    fn acting(&self, state: &State) -> Vec<Binding<Do>> {
        let kind = self.told.about.as_ref().map(|id| id.kind).filter(|_| self.says.is_none());
        kind.into_iter().flat_map(|kind| keymap::acting(state, kind)).map(|row| row.within(Do::Act)).collect()
    }

    fn now(&self, does: Do, state: &State) -> Now {
        let typing = self.says.is_some();
        match does {
            Do::Heard | Do::StopSaying => Now::on(typing),
            _ if typing => Now::Off,
            Do::Act(action) => {
                let subject =
                    self.told.about.as_ref().and_then(|id| linked::subject(id, &self.read.bag.raw(id)?));
                keymap::applies(state, action, subject.as_ref(), "it is not read yet")
            }
            Do::Say | Do::Twice => Now::On,
            Do::Step(step) => answered::now(self, step, state),
        }
    }

    fn act(&mut self, does: Do, state: &mut State, commands: &mut Commands) -> After {
        match does {
            Do::Act(action) => return self.begin(action, state, commands),
            Do::Say => self.says = Some(Input::default()),
            Do::Heard => self.heard(state, commands),
            Do::StopSaying => (self.says, self.wrong) = (None, None),
            Do::Twice => {
                let modal = Duplicates::open(state, self.customer.clone(), commands);
                return After::Push(Box::new(Modal::Duplicates(modal)));
            }
            Do::Step(step) => match (step, self.selected()) {
                // A charge that may be meant is told of in its place.
                (Step::Open, Some(Row::Other(id))) => {
                    (self.ask, self.list) = (Ask::About(id), List::default());
                    self.advance(state, commands);
                }
                _ => return answered::act(self, step, state, commands),
            },
        }
        After::Stay
    }

    fn types(&self) -> bool {
        self.says.is_some()
    }

    fn typed(&mut self, key: Key, _state: &mut State) {
        if let Some(says) = &mut self.says
            && edit(says, CHARS_MOST, key)
        {
            self.wrong = None;
        }
    }

    fn paste(&mut self, text: &str, _state: &mut State) {
        if let Some(says) = &mut self.says {
            for c in clean(text).chars().take(CHARS_MOST) {
                edit(says, CHARS_MOST, Key::char(c));
            }
        }
    }

    fn wheel(rows: isize) -> Option<Do> {
        Some(Do::Step(Step::Go(Move::Rows(rows))))
    }

    fn hear(&mut self, message: &Message, state: &mut State, commands: &mut Commands) -> After {
        answered::hear(self, message, state, commands);
        After::Stay
    }
}
