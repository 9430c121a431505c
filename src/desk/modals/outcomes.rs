//! The ways of ending a subscription side by side, with what keeps the customer instead: what each comes to, and one key to it.

use serde::{Deserialize, Serialize};

use super::{
    After, Overlay,
    answered::{self, Answered, Step},
    list::{List, Move},
};
use crate::{
    actions::{self, Action, Gate},
    answers::outcomes::{self, Access, Outcome, Outcomes as Told, Way},
    desk::{
        binding::{Binding, Now, bind},
        flow, gathered,
        gathering::Gathering,
        keymap, linked,
        message::{Commands, Message},
        sheet::{Item, Line, Sheet, Tone},
        state::State,
        verdict::moment,
    },
    model::{AnyId, Kind, SubscriptionId},
    policy::Rule,
    text,
    time::Unix,
};

/// Screens narrower than this say the rest of a way below it.
const WIDE: u16 = 110;
/// Cells of the name of a way, and of its access.
const NAMES: usize = 24;
const UNTIL: usize = 18;
/// What stands around a line: the frame, the mark of the selection.
const AROUND: usize = 6;

#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Outcomes {
    subscription: SubscriptionId,
    read: Gathering,
    /// The date that stands in the form.
    on: Option<Unix>,
    /// Ways that there are.
    ways: usize,
    list: List,
}

#[derive(Clone, Copy, Debug)]
pub enum Do {
    /// What keeps the customer: an action of the subscription.
    Act(&'static Action),
    Choose,
    Step(Step),
}

const CHOOSE: Binding<Do> =
    bind(&["<enter>"], Do::Choose, Some("this way"), "to the form with this way filled in");
const AGAIN: Binding<Step> = bind(&["<c-r>"], Step::Again, None, "ask Stripe again");
const BACK: Binding<Step> = bind(&["<esc>", "q", "<f2>"], Step::Back, Some("back"), "back to the form");

impl Outcomes {
    pub(super) fn open(
        state: &mut State,
        subscription: SubscriptionId,
        on: Option<Unix>,
        commands: &mut Commands,
    ) -> Self {
        let bag = state.open.clone().map(|open| gathered::bag(state, &open)).unwrap_or_default();
        let mut modal = Self { subscription, read: Gathering::of(bag), on, ways: 0, list: List::default() };
        modal.advance(state, commands);
        modal
    }

    fn told(&self, state: &State) -> Option<Told> {
        let rules = state.policy.effective(&state.session.agent);
        outcomes::outcomes(&self.read.bag, &self.subscription, self.on, (&rules, &moment(state)))
    }

    fn selected(&self, state: &State) -> Option<Outcome> {
        self.told(state)?.ways.into_iter().nth(self.list.at)
    }

    /// The form of what keeps the customer.
    fn begin(&self, action: &'static Action, state: &mut State, commands: &mut Commands) -> After {
        let id = self.subscription.any();
        let raw = self.read.bag.raw(&id);
        let subject = raw.and_then(|raw| Some((id.clone(), linked::subject(&id, &raw)?)));
        match subject.and_then(|on| flow::begin_on(state, action, on, commands)) {
            Some(modal) => After::Replace(Box::new(modal)),
            None => After::Stay,
        }
    }

    /// The way is filled into the form below, or the form of what keeps the customer opens.
    fn choose(&self, state: &mut State, commands: &mut Commands) -> After {
        let Some(outcome) = self.selected(state) else { return After::Stay };
        let gate = match outcome.way {
            Way::Pause => Some(Gate::Pause),
            Way::Downgrade => Some(Gate::ChangePlan),
            _ => None,
        };
        if let Some(gate) = gate {
            let keeps =
                |action: &&'static Action| action.gate == gate && action.on.contains(&Kind::Subscription);
            return match actions::all().find(|action| keeps(action) && action.key.is_some()) {
                Some(action) => self.begin(action, state, commands),
                None => After::Stay,
            };
        }
        let rules = state.policy.effective(&state.session.agent);
        let credit = rules.word(Rule::SubscriptionsProration).filter(|word| *word != "choose");
        let (when, proration) = match outcome.way {
            Way::PeriodEnd | Way::Pause | Way::Downgrade => ("period_end", None),
            Way::Now => ("now", Some("none")),
            Way::NowWithCredit => ("now", Some(credit.unwrap_or("always_invoice"))),
            Way::Date => ("date", None),
        };
        if let Some(mut form) = state.modals.pop() {
            form.give(("when", when), "", state);
            if let Some(proration) = proration {
                form.give(("proration", proration), "", state);
            }
            state.modals.push(form);
        }
        After::Close
    }

    fn items(&self, state: &State) -> Vec<Item> {
        let Some(told) = self.told(state) else {
            let words = if self.read.is_reading() {
                "asking Stripe…"
            } else {
                "the subscription could not be read"
            };
            return vec![Item::Text(Line::toned(words, Tone::Strong))];
        };
        let mut items = Vec::new();
        for (at, outcome) in told.ways.iter().enumerate() {
            if outcome.way.keeps()
                && !told.ways.get(at.saturating_sub(1)).is_some_and(|before| before.way.keeps())
            {
                items.push(Item::Divider("or keep the customer".into()));
            }
            items.push(Item::Entry { lines: lines(outcome, state), selected: at == self.list.at });
        }
        if let Some((percent, months)) = told.discount {
            let key = actions::all()
                .find(|action| action.gate == Gate::Discount && action.on.contains(&Kind::Subscription))
                .and_then(|action| action.key)
                .unwrap_or_default();
            let words = format!(" up to {percent} % off for {months} months may be given to keep them");
            items.push(Item::Text(Line::toned(key, Tone::Key).then(words, Tone::Info)));
        }
        items
    }
}

/// The way, until when there is access and what can be taken back; below it its money, and who does not let it be.
fn lines(outcome: &Outcome, state: &State) -> Vec<Line> {
    let denied = outcome.denied.is_some() || outcome.refused.is_some();
    let glyph = if denied { "✖ " } else { "○ " };
    let (access, tone) = match outcome.access {
        Access::Until(at) => (format!("until {}", at.date(state.zone())), Tone::Plain),
        Access::EndsNow => ("ends at once".to_owned(), Tone::Warn),
        Access::GoesOn => ("goes on".to_owned(), Tone::Good),
        Access::Unknown => ("until that day".to_owned(), Tone::Dim),
    };
    let name = if denied { Tone::Dim } else { Tone::Strong };
    let first = Line::toned(glyph, if denied { Tone::Bad } else { Tone::Dim })
        .then(format!("{:<NAMES$}", outcome.way.words()), name)
        .then(format!("{access:<UNTIL$}"), tone);
    let rule = outcome.denied.map(|rule| Line::toned(format!("not allowed ({})", rule.name()), Tone::Bad));
    let undo = format!("back? {}", outcome.undo);
    let beside = text::width(&first.text()).saturating_add(text::width(&outcome.money)).saturating_add(2);
    // What would be wrapped stands on lines of its own.
    let fits = state.width >= WIDE && beside.saturating_add(AROUND) <= usize::from(state.width);
    let mut lines = if fits {
        vec![first.then(format!("  {}", outcome.money), Tone::Plain), Line::toned(undo, Tone::Dim)]
    } else {
        vec![first, Line::plain(outcome.money.clone()), Line::toned(undo, Tone::Dim)]
    };
    lines.extend(rule);
    lines.extend(
        outcome.refused.as_ref().map(|why| Line::toned(format!("Stripe refuses it: {why}"), Tone::Bad)),
    );
    lines
}

impl Answered for Outcomes {
    answered::reads!();

    fn count(&self) -> usize {
        self.ways
    }

    fn id(&self) -> Option<AnyId> {
        Some(self.subscription.any())
    }

    fn advance(&mut self, state: &mut State, commands: &mut Commands) {
        if !self.read.is_reading() {
            let looks = outcomes::looks(&self.read.bag, &self.subscription, self.on);
            self.read.ask(looks, state, commands);
        }
        self.ways = self.told(state).map_or(0, |told| told.ways.len());
        self.list.within(self.ways);
    }

    fn again(&mut self, state: &mut State, commands: &mut Commands) {
        self.read = Gathering::default();
        self.advance(state, commands);
    }
}

impl Overlay for Outcomes {
    type Do = Do;

    const NAME: &'static str = "Ways to end a subscription";

    fn sheet(&self, state: &State) -> Sheet {
        let mut title = Line::toned("What becomes of it", Tone::Accent);
        if let Some(subscription) = self.read.bag.subscription(&self.subscription) {
            title = title.then(format!(" ── {}", state.data.plan_name(subscription)), Tone::Strong);
        }
        title = title.then(format!(" · {}", text::short_id(self.subscription.as_str())), Tone::Dim);
        if self.read.is_reading() {
            title = title.then(" · asking Stripe…", Tone::Dim);
        }
        let told = self.told(state);
        let gaps = told.iter().flat_map(|told| &told.gaps);
        let gaps = gaps.map(|gap| Item::Text(Line::toned(format!("? {gap}"), Tone::Warn)));
        let open = told.iter().filter_map(|told| told.open.as_ref());
        let open = open.map(|open| Item::Text(Line::toned(format!("! {open}"), Tone::Warn)));
        Sheet {
            title,
            tone: if state.live() { Tone::Live } else { Tone::Accent },
            items: self.items(state),
            pinned: gaps.chain(open).collect(),
            scroll: self.list.scrolled(),
            full: true,
            ..Sheet::default()
        }
    }

    fn table() -> Vec<Binding<Do>> {
        answered::table(Do::Step, [CHOOSE], [AGAIN], BACK)
    }

    /// What else can be done to the subscription, by its own key: pausing, a discount, another plan.
    fn acting(&self, state: &State) -> Vec<Binding<Do>> {
        let keeps = |action: &&'static Action| action.gate != Gate::Cancel;
        keymap::acting(state, Kind::Subscription)
            .filter(|row| keeps(&row.does))
            .map(|row| row.within(Do::Act))
            .collect()
    }

    fn now(&self, does: Do, state: &State) -> Now {
        match does {
            Do::Act(action) => {
                let id = self.subscription.any();
                let subject = self.read.bag.raw(&id).and_then(|raw| linked::subject(&id, &raw));
                keymap::applies(state, action, subject.as_ref(), "it is not read yet")
            }
            Do::Choose => match self.selected(state) {
                None => Now::Off,
                Some(Outcome { denied: Some(rule), .. }) => Now::Dim(format!("not allowed: {}", rule.name())),
                Some(Outcome { refused: Some(why), .. }) => Now::Dim(why),
                Some(_) => Now::On,
            },
            Do::Step(step) => answered::now(self, step, state),
        }
    }

    fn act(&mut self, does: Do, state: &mut State, commands: &mut Commands) -> After {
        match does {
            Do::Act(action) => self.begin(action, state, commands),
            Do::Choose => self.choose(state, commands),
            Do::Step(step) => answered::act(self, step, state, commands),
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
