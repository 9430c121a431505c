//! What was refunded in the last days: bars by day, sums against the caps, by agent, reason and customer, and what stands out, each
//! with its rule, to follow. Beside it the radar: what may still be averted.

mod day_shown;
mod radar_shown;
mod shown;

use std::collections::BTreeSet;

use serde::{Deserialize, Serialize};

use super::{
    After, Overlay,
    answered::{self, Answered, Step},
    list::{List, Move},
};
use crate::{
    actions::Moment,
    answers::{
        monitor::{self, Alarm, Period, Sign, Volume},
        radar::{self, Concern},
    },
    desk::{
        binding::{Binding, Now, bind},
        gathering::Gathering,
        message::{Commands, Message},
        question::Question,
        sheet::Sheet,
        state::State,
        verdict::moment,
    },
    model::{AnyId, CustomerId},
    text::csv,
    time::Unix,
};

/// Names of agents, reasons and customers that are listed in a block.
const NAMES_MOST: usize = 6;
/// Rows of the radar whose customers are asked for by name.
const AVERTED_MOST: usize = 20;
/// What `p` goes through.
const PERIODS: [u32; 3] = [30, 90, 7];

#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Monitor {
    days: u32,
    period: Period,
    read: Gathering,
    told: Box<monitor::Monitor>,
    /// What may still be averted, and whether that is shown.
    concerns: Vec<Concern>,
    radar: bool,
    /// The day that is pointed at, by its place in the period; and whether its refunds are listed.
    #[serde(default)]
    day: Option<usize>,
    #[serde(default)]
    listed: bool,
    /// Which of the currencies is shown.
    currency: usize,
    list: List,
    /// Customers whose names were asked for.
    #[serde(default)]
    named: BTreeSet<CustomerId>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Do {
    Radar,
    /// The day before, or the next one.
    Day(isize),
    /// Its refunds.
    Listed,
    /// Back to all days.
    AllDays,
    Currency,
    Days,
    Export,
    Step(Step),
}

const OPEN: Binding<Step> = answered::open("open", "open the record behind the selected row");
const LISTED: Binding<Do> = bind(
    &["<enter>"],
    Do::Listed,
    Some("refunds of the day"),
    "list the refunds of the day that is pointed at",
);
const TABLE: [Binding<Do>; 6] = [
    bind(&["<left>", "h"], Do::Day(-1), Some("day"), "point at the day before").held(),
    bind(&["<right>", "l"], Do::Day(1), Some("day"), "point at the next day").held(),
    bind(
        &["<tab>"],
        Do::Radar,
        Some("radar"),
        "early fraud warnings and open disputes by what can still be done, and back to the refunds",
    ),
    bind(&["c"], Do::Currency, Some("currency"), "the next currency"),
    bind(&["p"], Do::Days, Some("days"), "the last 30, 90 or 7 days"),
    bind(&["E"], Do::Export, Some("export"), "copy all of it as rows for a spreadsheet (CSV)"),
];
const ALL_DAYS: Binding<Do> =
    bind(&["<esc>", "q"], Do::AllDays, Some("all days"), "back to all days, and then to none pointed at");
const COPY_ID: Binding<Step> = bind(&["i"], Step::CopyId, None, "copy the id of what stands out");
const BACK: Binding<Step> = bind(&["<esc>", "q", "m"], Step::Back, Some("back"), "back");

/// Days are the account's, as the caps on them are.
fn period(state: &State, days: u32) -> Period {
    monitor::period(&Moment { now: state.now(), zone: state.session.day_zone.clone() }, days)
}

impl Monitor {
    pub fn open(state: &mut State, commands: &mut Commands) -> Self {
        let days = PERIODS.first().copied().unwrap_or(1);
        Self::of(state, days, commands)
    }

    fn of(state: &mut State, days: u32, commands: &mut Commands) -> Self {
        let mut modal = Self {
            days,
            period: period(state, days),
            read: Gathering::default(),
            told: Box::default(),
            concerns: Vec::new(),
            radar: false,
            day: None,
            listed: false,
            currency: 0,
            list: List::default(),
            named: BTreeSet::new(),
        };
        modal.advance(state, commands);
        modal
    }

    /// Asks who they are whose ids would be listed, each once, when all else was read: with no answer the id says it.
    fn ask_names(&mut self, state: &mut State, commands: &mut Commands) {
        if self.read.is_reading() {
            return;
        }
        let most = self.volume().into_iter().flat_map(|volume| volume.customers.iter().take(NAMES_MOST));
        let most = most.filter_map(|named| CustomerId::parse(&named.name).ok());
        let strange = self.told.alarms.iter().take(NAMES_MOST).filter_map(|alarm| alarm.about.as_ref());
        let averted = self.concerns.iter().filter(|_| self.radar).take(AVERTED_MOST);
        let about = strange.chain(averted.map(|concern| &concern.about));
        let whose = about.filter_map(|about| shown::whose(&self.read.bag, about));
        let unknown: Vec<_> = most.chain(whose).filter(|id| state.data.customer(id).is_none()).collect();
        for id in unknown {
            if self.named.insert(id.clone()) {
                state.ask(Question::Customer(id), true, commands);
            }
        }
    }

    /// Since when warnings and disputes are looked at: the same for as long as it is the same day.
    fn since(&self, state: &State) -> Unix {
        radar::since(&Moment { now: self.period.now(), zone: state.zone().clone() })
    }

    /// The refunds of the day that is listed.
    fn made(&self) -> Vec<monitor::Made<'_>> {
        let of = self.day.zip(self.volume().map(|volume| volume.currency));
        of.map(|of| monitor::made_on(&self.read.bag, &self.period, of)).unwrap_or_default()
    }

    /// Points at another day, from today backwards.
    fn point(&mut self, by: isize) {
        let last = self.period.len().saturating_sub(1);
        self.day = Some(self.day.map_or(last, |day| day.saturating_add_signed(by).min(last)));
        if self.listed {
            self.list = List::default();
        }
    }

    /// The day that what is selected is about.
    fn day_of_alarm(&self) -> Option<usize> {
        let alarm = self.selected().filter(|alarm| alarm.sign == Sign::Day)?;
        self.period.day_of(alarm.at)
    }

    fn volume(&self) -> Option<&Volume> {
        self.told.volumes.get(self.currency)
    }

    fn selected(&self) -> Option<&Alarm> {
        self.told.alarms.get(self.list.at).filter(|_| !self.radar && !self.listed)
    }
}

impl Answered for Monitor {
    answered::reads!();

    fn count(&self) -> usize {
        if self.radar {
            self.concerns.len()
        } else if self.listed {
            self.made().len()
        } else {
            self.told.alarms.len()
        }
    }

    fn id(&self) -> Option<AnyId> {
        if self.radar {
            return self.concerns.get(self.list.at).map(|concern| concern.about.clone());
        }
        if self.listed {
            return self.made().get(self.list.at).map(|made| made.refund.id.any());
        }
        self.selected()?.about.clone()
    }

    fn advance(&mut self, state: &mut State, commands: &mut Commands) {
        if !self.read.is_reading() {
            let mut looks = monitor::looks(&self.read.bag, &self.period);
            looks.extend(radar::looks(&self.read.bag, self.since(state)));
            self.read.ask(looks, state, commands);
        }
        let before = self.volume().map(|volume| volume.currency);
        *self.told = monitor::of_bag(&self.read.bag, &self.period, &state.policy);
        // What was chosen stays, and what comes with most refunds is shown first until something was.
        let chosen = self.told.volumes.iter().position(|volume| Some(volume.currency) == before);
        self.currency = chosen.filter(|_| self.currency > 0).unwrap_or(0);
        self.concerns = radar::radar(&self.read.bag, &moment(state));
        self.list.within(self.count());
        self.ask_names(state, commands);
    }

    fn again(&mut self, state: &mut State, commands: &mut Commands) {
        let kept = self.period.len() == usize::try_from(self.days).unwrap_or(0);
        let (day, listed) = if kept { (self.day, self.listed) } else { (None, false) };
        let anew = Self::of(state, self.days, commands);
        // What stands out now may be of others than before.
        let named = anew.named.union(&self.named).cloned().collect();
        *self = Self { list: self.list, radar: self.radar, day, listed, named, ..anew };
    }
}

impl Overlay for Monitor {
    type Do = Do;

    const NAME: &'static str = "Monitor";

    fn sheet(&self, state: &State) -> Sheet {
        if self.radar {
            self.on_radar(state)
        } else if self.listed {
            self.on_day(state)
        } else {
            self.shown(state)
        }
    }

    fn table() -> Vec<Binding<Do>> {
        let own = [LISTED, OPEN.within(Do::Step)].into_iter().chain(TABLE);
        let mut table = answered::table(Do::Step, own, [COPY_ID, answered::AGAIN], BACK);
        let back = table.len().saturating_sub(1);
        table.insert(back, ALL_DAYS);
        table
    }

    fn now(&self, does: Do, state: &State) -> Now {
        let pointed = self.day.is_some() && !self.radar;
        match does {
            Do::Listed => Now::on(!self.listed && !self.radar && (pointed || self.day_of_alarm().is_some())),
            Do::Day(_) => Now::on(!self.radar && !self.told.volumes.is_empty()),
            Do::AllDays => Now::on(pointed),
            Do::Step(Step::Back) if pointed => Now::Off,
            Do::Step(Step::Open) if !self.listed && (pointed || self.day_of_alarm().is_some()) => Now::Off,
            Do::Step(Step::Open | Step::CopyId) if self.count() > 0 && self.id().is_none() => {
                Now::Dim("this is about a day or an agent: there is no record of it to open".into())
            }
            Do::Radar if self.radar => Now::Says("refunds".into()),
            Do::Currency => Now::on(self.told.volumes.len() > 1 && !self.radar),
            Do::Export if self.radar => Now::on(!self.concerns.is_empty()),
            Do::Export => Now::on(!self.told.volumes.is_empty()),
            Do::Radar | Do::Days => Now::On,
            Do::Step(step) => answered::now(self, step, state),
        }
    }

    fn act(&mut self, does: Do, state: &mut State, commands: &mut Commands) -> After {
        match does {
            Do::Day(by) => self.point(by),
            Do::Listed => {
                self.day = self.day.or_else(|| self.day_of_alarm());
                (self.listed, self.list) = (true, List::default());
            }
            Do::AllDays if self.listed => (self.listed, self.list) = (false, List::default()),
            Do::AllDays => self.day = None,
            Do::Radar => {
                self.radar = !self.radar;
                self.list = List::default();
                self.ask_names(state, commands);
            }
            Do::Currency => {
                let next = self.currency.saturating_add(1);
                self.currency = next.checked_rem(self.told.volumes.len()).unwrap_or(0);
                self.ask_names(state, commands);
                if self.listed {
                    self.list = List::default();
                }
            }
            Do::Days => {
                let at = PERIODS.iter().position(|days| *days == self.days).unwrap_or(0);
                self.days = PERIODS.iter().cycle().nth(at.saturating_add(1)).copied().unwrap_or(self.days);
                self.read.forget(state, commands);
                self.again(state, commands);
            }
            Do::Export => {
                // Of what is on screen.
                let (head, rows) = if self.radar {
                    (radar::TITLES.as_slice(), radar::rows(&self.concerns, state.zone()))
                } else {
                    (monitor::TITLES.as_slice(), monitor::rows(&self.told))
                };
                let head = head.iter().map(|title| (*title).to_owned()).collect();
                let rows: Vec<_> = std::iter::once(head).chain(rows).collect();
                let what = format!("copied {} rows for a spreadsheet", rows.len());
                state.copy(csv(&rows), what, commands);
            }
            Do::Step(step) => return answered::act(self, step, state, commands),
        }
        After::Stay
    }

    fn wheel(rows: isize) -> Option<Do> {
        Some(Do::Step(Step::Go(Move::Rows(rows))))
    }

    fn hear(&mut self, message: &Message, state: &mut State, commands: &mut Commands) -> After {
        answered::hear(self, message, state, commands);
        After::Stay
    }
}
