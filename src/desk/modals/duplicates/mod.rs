//! Whether somebody was charged twice: each group with its verdict, what speaks for it and against, and which one to give back.

mod lines;

use serde::{Deserialize, Serialize};

use super::{
    After, Modal, Overlay,
    answered::{self, Answered, Step},
    explain::Explain,
    list::{List, Move},
};
use crate::{
    actions::{self, Action, Effect, Gate, Subject},
    answers::{
        duplicates::{self, Group, Proposal, Scene, Verdict},
        reply::Reply,
    },
    desk::{
        binding::{Binding, Now, bind},
        flow, gathered,
        gathering::Gathering,
        linked,
        message::{Commands, Message},
        sheet::{Item, Line, Sheet, Tone},
        state::State,
    },
    model::{AnyId, ChargeId, CustomerId, Kind},
    money::Money,
};

#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Duplicates {
    customer: CustomerId,
    read: Gathering,
    groups: Vec<Group<'static>>,
    list: List,
}

/// How it is put right.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Way {
    Refund,
    Credit,
    Release,
}

impl Way {
    fn is(self, action: &Action) -> bool {
        let (gate, effect, kind) = match self {
            Self::Refund => (Gate::Refund, Effect::Money, Kind::Charge),
            Self::Credit => (Gate::Credit, Effect::Money, Kind::Invoice),
            Self::Release => (Gate::Payments, Effect::Destructive, Kind::PaymentIntent),
        };
        action.gate == gate && action.effect == effect && action.on.contains(&kind)
    }

    /// It is what is proposed.
    fn fits(self, proposal: &Proposal) -> bool {
        match proposal {
            Proposal::Refund { .. } => self == Self::Refund,
            Proposal::CreditNote { .. } => self == Self::Credit,
            Proposal::Release { .. } => self == Self::Release,
            Proposal::Nothing { .. } => false,
        }
    }

    fn words(self) -> &'static str {
        match self {
            Self::Refund => "refund",
            Self::Credit => "credit note",
            Self::Release => "release",
        }
    }
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Do {
    Right(Way),
    Explain,
    Step(Step),
}

const REFUND: Binding<Do> = bind(
    &["r"],
    Do::Right(Way::Refund),
    Some("refund"),
    "refund the charge that is proposed, as a duplicate",
);
const CREDIT: Binding<Do> = bind(
    &["c"],
    Do::Right(Way::Credit),
    Some("credit note"),
    "the credit note that is proposed, with what goes back in it",
);
const RELEASE: Binding<Do> =
    bind(&["x"], Do::Right(Way::Release), Some("release"), "release what is only held, as is proposed");
const EXPLAIN: Binding<Do> = bind(&["e"], Do::Explain, Some("explain"), "why that one was charged");
const OPEN: Binding<Step> =
    answered::open("open", "open the charge that is proposed, or the newest of the group");

impl Duplicates {
    pub fn open(state: &mut State, customer: CustomerId, commands: &mut Commands) -> Self {
        let read = Gathering::of(gathered::bag(state, &customer));
        Self::reading(state, customer, read, commands)
    }

    fn reading(state: &mut State, customer: CustomerId, read: Gathering, commands: &mut Commands) -> Self {
        let mut modal = Self { customer, read, groups: Vec::new(), list: List::default() };
        modal.advance(state, commands);
        modal
    }

    fn selected(&self) -> Option<&Group<'static>> {
        self.groups.get(self.list.at)
    }

    /// The charge that the selected group is about.
    fn charge(&self) -> Option<&ChargeId> {
        let group = self.selected()?;
        group.proposal.charge().or_else(|| group.charges.last().map(|last| last.id.as_ref()))
    }

    /// What the proposed step is taken on, as it was read: a charge, an invoice, a payment.
    fn proposed(&self, step: Way) -> Option<(AnyId, Subject)> {
        let bag = &self.read.bag;
        let id = match (step, &self.selected()?.proposal) {
            (Way::Refund, Proposal::Refund { charges, .. }) => charges.first()?.any(),
            (Way::Credit, Proposal::CreditNote { invoice, .. }) => invoice.any(),
            (Way::Release, Proposal::Release { charge, .. }) => {
                bag.charge(charge)?.payment_intent_id()?.any()
            }
            _ => return None,
        };
        let raw = bag.raw(&id)?;
        let subject = linked::subject(&id, &raw)?;
        Some((id, subject))
    }

    /// The form of the proposed step, filled in.
    fn begin(&self, step: Way, state: &mut State, commands: &mut Commands) -> After {
        let action = actions::all().find(|action| step.is(action));
        let (Some(action), Some(on)) = (action, self.proposed(step)) else { return After::Stay };
        let Some(mut modal) = flow::begin_on(state, action, on, commands) else { return After::Stay };
        if let Modal::Refund(form) = modal {
            return After::Push(Box::new(Modal::Refund(form.as_duplicate(state))));
        }
        for (field, value) in self.filled(step) {
            modal.give((field, &value), "", state);
        }
        After::Push(Box::new(modal))
    }

    /// What a credit note can give back: what is left of the charge, as far as earlier notes have left as much of the invoice.
    fn given_back(&self) -> Option<Money> {
        let left = self.read.bag.charge(self.charge()?)?.left_to_refund();
        let (_, invoice) = self.proposed(Way::Credit)?;
        let most = actions::left_to_credit(invoice.read()?, &invoice);
        Some(if most.compare(left).is_some_and(std::cmp::Ordering::is_lt) { most } else { left })
    }

    /// What the form of a step has in it.
    fn filled(&self, step: Way) -> Vec<(&'static str, String)> {
        match step {
            Way::Refund => Vec::new(),
            Way::Credit => {
                let amount = self.given_back().map(|amount| ("refund_amount", amount.plain()));
                amount.into_iter().chain([("reason", "duplicate".to_owned())]).collect()
            }
            Way::Release => vec![("cancellation_reason", "duplicate".to_owned())],
        }
    }

    fn items(&self, state: &State) -> Vec<Item> {
        if self.groups.is_empty() {
            let words = if self.read.is_reading() {
                "reading what is charged…"
            } else {
                "Nothing looks like a duplicate: no two charges have enough in common."
            };
            return vec![Item::Text(Line::toned(words, Tone::Strong))];
        }
        let entry = |(at, group): (usize, &Group<'_>)| Item::Entry {
            lines: lines::lines(state, group, &self.customer),
            selected: at == self.list.at,
        };
        self.groups.iter().enumerate().map(entry).collect()
    }
}

impl Answered for Duplicates {
    answered::reads!();

    fn count(&self) -> usize {
        self.groups.len()
    }

    fn id(&self) -> Option<AnyId> {
        self.charge().map(ChargeId::any)
    }

    fn reply(&self, _state: &State) -> Option<Reply> {
        self.selected().map(duplicates::reply)
    }

    fn advance(&mut self, state: &mut State, commands: &mut Commands) {
        if !self.read.is_reading() {
            let looks = duplicates::looks(&self.read.bag, &self.customer);
            self.read.ask(looks, state, commands);
        }
        let before = self.selected().map(|group| group.charges.clone());
        let groups = duplicates::find(&Scene::of(&self.read.bag));
        self.groups = groups.into_iter().map(Group::into_owned).collect();
        // What is likely comes before what is not, each the newest first.
        self.groups.sort_by_key(|group| {
            (
                !group.is_likely(),
                !matches!(group.verdict, Verdict::Twice(_)),
                std::cmp::Reverse(group.newest()),
            )
        });
        let same = before.and_then(|charges| self.groups.iter().position(|group| group.charges == charges));
        self.list.at = same.unwrap_or(self.list.at);
        self.list.within(self.groups.len());
    }

    fn again(&mut self, state: &mut State, commands: &mut Commands) {
        *self = Self::reading(state, self.customer.clone(), Gathering::default(), commands);
    }
}

impl Overlay for Duplicates {
    type Do = Do;

    const NAME: &'static str = "Was this charged twice";

    fn sheet(&self, state: &State) -> Sheet {
        let reading = self.read.is_reading();
        let mut title = Line::toned("Charged twice?", Tone::Accent);
        if let Some(customer) = state.data.customer(&self.customer) {
            title = title.then(format!(" ── {}", customer.title()), Tone::Plain);
        }
        let gaps = self.read.bag.looked().into_iter().filter_map(|(what, not)| {
            let gap = format!("? {what}: {}", not?);
            Some(Item::Text(Line::toned(gap, Tone::Warn)))
        });
        let reply = self.reply(state).and_then(|told| answered::told(&told, reading, state));
        Sheet {
            title: answered::reading_on(title, reading),
            tone: Tone::Accent,
            items: self.items(state),
            pinned: gaps.chain(reply).collect(),
            scroll: self.list.scrolled(),
            full: true,
            ..Sheet::default()
        }
    }

    fn table() -> Vec<Binding<Do>> {
        let [reply, open] = [answered::REPLY, OPEN].map(|row| row.within(Do::Step));
        answered::table(
            Do::Step,
            [REFUND, CREDIT, RELEASE, reply, open, EXPLAIN],
            answered::ENDS,
            answered::BACK,
        )
    }

    fn now(&self, does: Do, state: &State) -> Now {
        match does {
            Do::Right(way) => match self.selected().map(|group| &group.proposal) {
                _ if state.session.read_only.is_some() => Now::Off,
                Some(proposal) if way.fits(proposal) && self.proposed(way).is_some() => Now::On,
                Some(proposal) if way.fits(proposal) => {
                    Now::Dim("what it is about was not read: its charge says more".into())
                }
                // One key is shown, also where nothing is proposed.
                Some(proposal) if way == Way::Refund => {
                    Now::Dim(format!("no {} is proposed here: {}", way.words(), proposal.why()))
                }
                _ => Now::Off,
            },
            Do::Explain => Now::on(self.charge().is_some()),
            Do::Step(step) => answered::now(self, step, state),
        }
    }

    fn act(&mut self, does: Do, state: &mut State, commands: &mut Commands) -> After {
        match (does, self.id()) {
            (Do::Right(way), _) => self.begin(way, state, commands),
            (Do::Explain, Some(id)) => {
                let modal = Explain::about(state, self.customer.clone(), id, commands);
                After::Push(Box::new(Modal::Explain(modal)))
            }
            (Do::Explain, None) => After::Stay,
            (Do::Step(step), _) => answered::act(self, step, state, commands),
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

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;
    use crate::{
        answers::{Bag, Look, Want},
        desk::fixture::{NOW_MS, state, text},
        time::DAY_S,
    };

    /// A hold beside the charge that was taken for the same order; the payment behind the hold was read, or not.
    fn held(is_read: bool) -> (State, Duplicates) {
        let mut bag = Bag::default();
        let mut take = |kind, object: serde_json::Value| {
            let id = AnyId { kind, id: object["id"].as_str().unwrap().to_owned() };
            let look = Look::first(Want::Object(id));
            bag.take(&look, Ok(look.read(&object.to_string()).unwrap()));
        };
        for (id, captured) in [("ch_8", false), ("ch_9", true)] {
            take(
                Kind::Charge,
                json!({"id": id, "amount": 9_900, "amount_captured": if captured { 9_900 } else { 0 }, "currency": "usd",
                    "captured": captured, "paid": true, "status": "succeeded", "customer": "cus_1", "payment_intent": id.replace("ch_", "pi_"),
                    "created": NOW_MS / 1_000 - DAY_S, "metadata": {"order_id": "R7"}}),
            );
        }
        if is_read {
            for (id, status) in [("pi_8", "requires_capture"), ("pi_9", "succeeded")] {
                take(
                    Kind::PaymentIntent,
                    json!({"id": id, "status": status, "amount": 9_900, "currency": "usd", "customer": "cus_1"}),
                );
            }
        }
        let mut state = state();
        let rules = "version = 1\npayments.cancel_held = true\n";
        state.policy = crate::policy::Policy::parse(rules, "policy.toml").unwrap();
        let customer = CustomerId::parse("cus_1").unwrap();
        let mut commands = Commands::default();
        let modal = Duplicates::reading(&mut state, customer, Gathering::of(bag), &mut commands);
        (state, modal)
    }

    #[test]
    fn what_is_only_held_is_released_by_its_own_key() {
        let (mut state, mut modal) = held(true);
        assert_eq!(modal.now(Do::Right(Way::Release), &state), Now::On);
        assert_eq!(modal.now(Do::Right(Way::Credit), &state), Now::Off);
        assert!(
            matches!(modal.now(Do::Right(Way::Refund), &state), Now::Dim(_)),
            "r says why it does nothing"
        );
        let after = modal.act(Do::Right(Way::Release), &mut state, &mut Commands::default());
        let After::Push(form) = after else { panic!("no form") };
        assert!(matches!(&*form, Modal::Confirm(form) if form.draft.target.id == "pi_8"), "{form:?}");
        state.modals.push(*form);
        assert!(
            text(&state).contains("Cancel payment") && text(&state).contains("● duplicate"),
            "{}",
            text(&state)
        );
    }

    #[test]
    fn what_was_not_read_is_not_acted_on_and_says_so() {
        let (state, modal) = held(false);
        let Now::Dim(why) = modal.now(Do::Right(Way::Release), &state) else {
            panic!("a key without an object")
        };
        assert!(why.contains("was not read"), "{why}");
    }
}
