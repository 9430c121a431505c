//! What was refunded in the last days: bars by day, sums against the caps, by agent, reason and customer, and what stands out, each
//! with its rule, to follow. Beside it the radar: what may still be averted.

mod radar_shown;
mod shown;

use serde::{Deserialize, Serialize};

use super::{
    After, Modal, Overlay,
    detail::Detail,
    list::{self, List, Move},
};
use crate::{
    actions::Moment,
    answers::{
        monitor::{self, Alarm, Period, Volume},
        radar::{self, Concern},
    },
    desk::{
        binding::{Binding, Now, bind},
        gathering::Gathering,
        linked,
        message::{Commands, Message},
        sheet::Sheet,
        state::State,
        verdict::moment,
    },
    model::AnyId,
    text::{clean, csv},
    time::Unix,
};

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
    /// Which of the currencies is shown.
    currency: usize,
    list: List,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Do {
    Open,
    Radar,
    Currency,
    Days,
    Export,
    CopyId,
    Again,
    Go(Move),
    Back,
}

const TABLE: [Binding<Do>; 8] = [
    bind(&["<enter>"], Do::Open, Some("open"), "open the record behind the selected row"),
    bind(
        &["<tab>"],
        Do::Radar,
        Some("radar"),
        "early fraud warnings and open disputes by what can still be done, and back to the refunds",
    ),
    bind(&["c"], Do::Currency, Some("currency"), "the next currency"),
    bind(&["p"], Do::Days, Some("days"), "the last 30, 90 or 7 days"),
    bind(&["E"], Do::Export, Some("export"), "copy all of it as rows for a spreadsheet (CSV)"),
    bind(&["i"], Do::CopyId, None, "copy the id of what stands out"),
    bind(&["<c-r>"], Do::Again, None, "read it again"),
    bind(&["<esc>", "q", "m"], Do::Back, Some("back"), "back"),
];

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
            currency: 0,
            list: List::default(),
        };
        modal.advance(state, commands);
        modal
    }

    /// The next round of reading, and what is known so far.
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
        self.list.within(self.rows());
    }

    /// Since when warnings and disputes are looked at: the same for as long as it is the same day.
    fn since(&self, state: &State) -> Unix {
        radar::since(&Moment { now: self.period.now(), zone: state.zone().clone() })
    }

    /// Rows that can be selected.
    fn rows(&self) -> usize {
        if self.radar { self.concerns.len() } else { self.told.alarms.len() }
    }

    fn volume(&self) -> Option<&Volume> {
        self.told.volumes.get(self.currency)
    }

    fn selected(&self) -> Option<&Alarm> {
        self.told.alarms.get(self.list.at).filter(|_| !self.radar)
    }

    fn about(&self) -> Option<AnyId> {
        if self.radar {
            return self.concerns.get(self.list.at).map(|concern| concern.about.clone());
        }
        self.selected()?.about.clone()
    }

    fn again(&mut self, days: u32, state: &mut State, commands: &mut Commands) {
        self.read.forget(state, commands);
        *self = Self { list: self.list, radar: self.radar, ..Self::of(state, days, commands) };
    }
}

impl Overlay for Monitor {
    type Do = Do;

    const NAME: &'static str = "Monitor";

    fn sheet(&self, state: &State) -> Sheet {
        if self.radar { self.on_radar(state) } else { self.shown(state) }
    }

    fn table() -> Vec<Binding<Do>> {
        let [open, radar, currency, days, export, copy, again, back] = TABLE;
        let rows = [open, radar, currency, days, export, copy, again];
        rows.into_iter().chain(list::table(Do::Go)).chain([back]).collect()
    }

    fn now(&self, does: Do, state: &State) -> Now {
        match does {
            Do::Open | Do::CopyId if self.rows() == 0 => Now::Off,
            Do::Open | Do::CopyId if self.about().is_none() => {
                Now::Dim("this is about a day or an agent: there is no record of it to open".into())
            }
            Do::Radar if self.radar => Now::Says("refunds".into()),
            Do::Currency => Now::on(self.told.volumes.len() > 1 && !self.radar),
            Do::Export => Now::on(!self.told.volumes.is_empty()),
            Do::Again => Now::on(!self.read.is_reading()),
            Do::Go(_) => Now::on(self.rows() > 1 || !self.view(state).whole()),
            Do::Open | Do::CopyId | Do::Radar | Do::Days | Do::Back => Now::On,
        }
    }

    fn act(&mut self, does: Do, state: &mut State, commands: &mut Commands) -> After {
        match does {
            Do::Open => {
                if let Some(id) = self.about() {
                    let known = self.read.bag.raw(&id).or_else(|| linked::known_raw(state, &id));
                    let detail = Detail::of(state, id, known, false, commands);
                    return After::Push(Box::new(Modal::Detail(detail)));
                }
            }
            Do::Radar => {
                self.radar = !self.radar;
                self.list = List::default();
            }
            Do::Currency => {
                let next = self.currency.saturating_add(1);
                self.currency = next.checked_rem(self.told.volumes.len()).unwrap_or(0);
            }
            Do::Days => {
                let at = PERIODS.iter().position(|days| *days == self.days).unwrap_or(0);
                let next = PERIODS.iter().cycle().nth(at.saturating_add(1)).copied().unwrap_or(self.days);
                self.again(next, state, commands);
            }
            Do::Export => {
                let head = monitor::TITLES.map(str::to_owned).to_vec();
                let rows: Vec<_> = std::iter::once(head).chain(monitor::rows(&self.told)).collect();
                let what = format!("copied {} rows for a spreadsheet", rows.len());
                state.copy(csv(&rows), what, commands);
            }
            Do::CopyId => {
                if let Some(id) = self.about() {
                    let what = format!("copied {}", clean(&id.id));
                    state.copy(id.id, what, commands);
                }
            }
            Do::Again => self.again(self.days, state, commands),
            Do::Go(to) if self.rows() > 1 => self.list.select(to, self.rows(), self.view(state)),
            Do::Go(to) => self.list.scroll(to, self.view(state)),
            Do::Back => {
                self.read.forget(state, commands);
                return After::Close;
            }
        }
        After::Stay
    }

    fn wheel(rows: isize) -> Option<Do> {
        Some(Do::Go(Move::Rows(rows)))
    }

    fn hear(&mut self, message: &Message, state: &mut State, commands: &mut Commands) -> After {
        match message {
            Message::Reply { task, result } if self.read.take(*task, result) => self.advance(state, commands),
            Message::Ended { .. } => self.again(self.days, state, commands),
            _ => {}
        }
        After::Stay
    }
}
