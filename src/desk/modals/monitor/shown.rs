//! How the monitor looks: today against the caps, the days as bars, what stands out, then who, why and whose, side by side where
//! there is room.

use super::{Monitor, NAMES_MOST};
use crate::{
    answers::{
        Bag,
        monitor::{self, Named, Sign, Volume},
    },
    desk::{
        sheet::{
            Item, Line, Sheet, Tone,
            plot::{self, Pillar},
        },
        state::State,
    },
    model::{AnyId, CustomerId, Kind},
    money::Money,
    text,
};

/// Cells of a bar toward a cap or of a share.
const BAR: i64 = 10;
/// Screens narrower than this have one block below the other.
const WIDE: usize = 110;
const TWO: usize = 70;
/// Screens lower than this have the rule of what stands out further down.
const LOW: u16 = 20;
/// Cells that a sheet takes around its text.
const AROUND: u16 = 4;
/// Cells of a name with its figures.
const FIGURES: usize = 29;
/// Cells of what stands beside the bars, at least.
const AXIS: usize = 10;

impl Monitor {
    pub(super) fn shown(&self, state: &State) -> Sheet {
        let room = usize::from(state.width.saturating_sub(AROUND));
        let mut title = Line::toned("Refunds", Tone::Accent)
            .then(format!(" ── the last {} days", self.days), Tone::Plain);
        let mut items = Vec::new();
        if let Some(volume) = self.volume() {
            let others = self.told.volumes.len().saturating_sub(1);
            let code = volume.currency.code().to_uppercase();
            title = title.then(format!(" · {code}"), Tone::Strong);
            if others > 0 {
                title = title.then(format!(" (1 of {} currencies)", others.saturating_add(1)), Tone::Dim);
            }
            items.extend(today(volume).into_iter().map(Item::Text));
            items.push(Item::Gap);
            items.extend(self.days(volume, state.height, room));
        } else if !self.read.is_reading() {
            items.push(Item::Text(Line::toned(nothing(&self.told.gaps), Tone::Strong)));
        }
        items.extend(self.stands_out(state));
        if let Some(volume) = self.volume() {
            items.extend(blocks(volume, (room, state)).into_iter().map(Item::Text));
        }
        let gaps = self.told.gaps.iter().map(|gap| Item::Text(Line::toned(format!("? {gap}"), Tone::Warn)));
        items.extend(gaps);
        Sheet {
            title,
            tone: Tone::Accent,
            head: self.progress().into_iter().collect(),
            items,
            scroll: self.list.scrolled(),
            full: true,
            ..Sheet::default()
        }
    }

    /// How far the reading came.
    fn progress(&self) -> Option<Item> {
        let (over, all) = monitor::progress(&self.read.bag, &self.period);
        if !self.read.is_reading() {
            return None;
        }
        let cells = plot::bar(i64::try_from(over).unwrap_or(0), i64::try_from(all).unwrap_or(1), BAR);
        let (refunds, charges) = (self.read.bag.refunds().count(), self.read.bag.charges().count());
        Some(Item::Text(
            Line::toned("reading ▕", Tone::Dim)
                .then(cells, Tone::Info)
                .then(format!("▏ {over} of {all} parts"), Tone::Dim)
                .then(format!(" · {refunds} refunds, {charges} charges so far"), Tone::Dim),
        ))
    }

    /// A standing bar a day, as high as what was refunded on it.
    fn days(&self, volume: &Volume, height: u16, room: usize) -> Vec<Item> {
        let rows = match height {
            34.. => 8,
            22.. => 4,
            _ => 2,
        };
        let highest = volume.days.iter().map(|day| day.minor).max().unwrap_or(0);
        let top = Money::new(highest, volume.currency).to_string();
        let axis = text::width(&top).max(AXIS.min(room / 8));
        let free = room.saturating_sub(axis).saturating_sub(2);
        let (cells, gap) = match free.checked_div(volume.days.len()).unwrap_or(0) {
            0 | 1 => (1, 0),
            2 => (1, 1),
            each => (each.min(4).saturating_sub(1), 1),
        };
        // Where they do not all fit, the newest are shown.
        let fits = free.checked_div(cells.saturating_add(gap)).unwrap_or(0);
        let from = volume.days.len().saturating_sub(fits);
        let last = volume.days.len().saturating_sub(1);
        let pillar = |(at, day): (usize, &monitor::Tally)| Pillar {
            value: day.minor,
            tone: match at {
                at if self.day == Some(at) => Tone::Key,
                at if self.is_strange(at) => Tone::Bad,
                at if at == last => Tone::Accent,
                _ => Tone::Info,
            },
        };
        let pillars: Vec<Pillar> = volume.days.iter().enumerate().skip(from).map(pillar).collect();
        let mut lines = Vec::new();
        for (row, bars) in plot::pillars(&pillars, rows, (cells, gap)).into_iter().enumerate() {
            let label = if row == 0 { top.clone() } else { String::new() };
            let tick = if row == 0 { "┤" } else { "│" };
            lines.push(Line([Line::toned(format!("{label:>axis$}{tick}"), Tone::Dim).0, bars.0].concat()));
        }
        lines.push(Line::toned(
            format!("{:axis$}└{}", "", self.names(from, cells.saturating_add(gap))),
            Tone::Dim,
        ));
        lines.extend(self.pointed(volume));
        lines.into_iter().map(Item::Text).collect()
    }

    /// What was refunded on the day that is pointed at.
    pub(super) fn pointed(&self, volume: &Volume) -> Option<Line> {
        let day = self.day?;
        let (date, tally) = self.period.date(day).zip(volume.days.get(day))?;
        let sum = Money::new(tally.minor, volume.currency);
        Some(
            Line::toned(format!("▸ {}", date.strftime("%A, %-d %b %Y")), Tone::Key)
                .then(format!("  {sum}"), Tone::Strong)
                .then(format!(" in {}", text::many(tally.count, "refund")), Tone::Plain),
        )
    }

    /// Something was strange about the day itself.
    fn is_strange(&self, day: usize) -> bool {
        let start = self.period.start(day);
        self.told.alarms.iter().any(|alarm| alarm.sign == Sign::Day && Some(alarm.at) == start)
    }

    /// The days below the bars, as far as there is room: each Monday.
    fn names(&self, from: usize, each: usize) -> String {
        let mut names = String::new();
        for (place, date) in self.period.dates().skip(from).enumerate() {
            let at = place.saturating_mul(each);
            let begins = date.weekday() == jiff::civil::Weekday::Monday;
            if !begins || (at < names.chars().count().saturating_add(1) && !names.is_empty()) {
                continue;
            }
            let blanks = at.saturating_sub(names.chars().count());
            names.push_str(&"─".repeat(blanks));
            let format = if each >= 2 { "%-d %b" } else { "%-d" };
            names.push_str(&date.strftime(format).to_string());
        }
        let all = self.period.len().saturating_sub(from).saturating_mul(each);
        let rest = all.saturating_sub(text::width(&names));
        names + &"─".repeat(rest)
    }

    /// Who the record is about, where the desk knows them by name.
    pub(super) fn name_of(&self, about: Option<&AnyId>, state: &State) -> Option<String> {
        name(&whose(&self.read.bag, about?)?, state)
    }

    /// What stands out, each with its rule below it where it is selected.
    fn stands_out(&self, state: &State) -> Vec<Item> {
        let mut items = vec![Item::Divider("stands out".into())];
        if self.told.alarms.is_empty() {
            let (words, tone) = match () {
                () if self.read.is_reading() => ("nothing yet", Tone::Dim),
                () if monitor::can_tell(&self.read.bag, &self.period) => ("✔ nothing", Tone::Good),
                () => ("nothing that can be told", Tone::Plain),
            };
            items.push(Item::Text(Line::toned(words, tone)));
            return items;
        }
        for (at, alarm) in self.told.alarms.iter().enumerate() {
            let selected = at == self.list.at;
            let when = alarm.at.short_date(self.period.zone(), state.now());
            let first = Line::toned("⚠ ", Tone::Warn)
                .then(format!("{:>6}  ", when.trim()), Tone::Dim)
                .then(alarm.says.clone(), Tone::Strong);
            let first = match self.name_of(alarm.about.as_ref(), state) {
                Some(name) => first.then(format!(" · {name}"), Tone::Accent),
                None => first,
            };
            let plain = Line::toned(alarm.sign.plain(), Tone::Plain);
            let rule = Line::toned(format!("rule: {}", alarm.sign.rule()), Tone::Dim);
            let told = selected || state.height >= 34 && self.told.alarms.len() <= 4;
            // Where there is no room for all of it, the days stay in view and the rule is further down.
            let below = (told && state.height < LOW).then(|| Item::Text(rule.clone()));
            let lines = match (told, below.is_some()) {
                (true, false) => vec![first, plain, rule],
                (true, true) => vec![first, plain],
                (false, _) => vec![first],
            };
            items.push(Item::Entry { lines, selected });
            items.extend(below);
        }
        items
    }
}

/// The customer whom the record is, or whose it is.
pub(super) fn whose(bag: &Bag, about: &AnyId) -> Option<CustomerId> {
    let own = CustomerId::parse(&about.id).ok().filter(|_| about.kind == Kind::Customer);
    own.or_else(|| monitor::whose(bag, about).cloned())
}

/// As the desk knows them.
pub(super) fn name(id: &CustomerId, state: &State) -> Option<String> {
    let customer = state.data.customer(id)?;
    Some(customer.title().to_owned()).filter(|name| name != id.as_str())
}

fn nothing(gaps: &[String]) -> &'static str {
    if gaps.is_empty() {
        "nothing was refunded or charged in these days"
    } else {
        "nothing was refunded or charged that could be read"
    }
}

/// What was refunded today, of the caps on it: the team first.
fn today(volume: &Volume) -> Vec<Line> {
    let one = |capped: &monitor::Capped| {
        let whose = capped.agent.as_deref().unwrap_or("everybody");
        let line = Line::toned(format!("today {:<10} ", text::cut(whose, 10)), Tone::Dim)
            .then(format!("{:>11}", capped.spent.to_string()), Tone::Strong);
        match capped.cap.filter(|cap| cap.minor() > 0) {
            Some(cap) => {
                let (cells, tone) = plot::toward(capped.spent.minor(), cap.minor(), BAR);
                line.then(" ▕", Tone::Dim)
                    .then(cells, tone)
                    .then("▏ ", Tone::Dim)
                    .then(format!("of {cap}"), Tone::Dim)
            }
            None => line.then("  no cap", Tone::Dim),
        }
    };
    volume.today.iter().take(4).map(one).collect()
}

/// Who refunded, why, and to whom: beside each other where there is room.
fn blocks(volume: &Volume, (room, state): (usize, &State)) -> Vec<Line> {
    let all = Money::new(volume.all.minor, volume.currency);
    let total = Line::toned(format!("{all}"), Tone::Strong).then(
        format!(" in {} · {}", text::many(volume.all.count, "refund"), volume.rate_words()),
        Tone::Plain,
    );
    let beside = if room >= WIDE { 3 } else { usize::from(room >= TWO).saturating_add(1) };
    let share = room.checked_div(beside).unwrap_or(room).saturating_sub(2);
    let agents = block("by agent", &volume.agents, (volume, share), None);
    let reasons = block("by reason", &volume.reasons, (volume, share), None);
    let customers = block("most to", &volume.customers, (volume, share), Some(state));
    let mut lines = vec![Line::default(), total, Line::default()];
    lines.extend(if room >= WIDE {
        plot::beside(vec![agents, reasons, customers], room)
    } else if room >= TWO {
        [plot::beside(vec![agents, reasons], room), vec![Line::default()], customers].concat()
    } else {
        [agents, reasons, customers].concat()
    });
    lines
}

/// `known`: the names are ids of customers, and who they are stands there where it is known.
fn block(title: &str, all: &[Named], (volume, share): (&Volume, usize), known: Option<&State>) -> Vec<Line> {
    if all.is_empty() {
        return Vec::new();
    }
    let cells = i64::try_from(share.saturating_sub(FIGURES)).unwrap_or(0).clamp(0, BAR);
    let most = all.iter().map(|one| one.sum.minor).max().unwrap_or(0);
    let line = |one: &Named| {
        let name = one.shown().replace('_', " ");
        let name = match known {
            Some(state) => {
                let known = CustomerId::parse(one.shown()).ok().and_then(|id| self::name(&id, state));
                known.map_or_else(|| text::short_id(one.shown()), |name| text::cut(&name, 13))
            }
            None => text::cut(&name, 13),
        };
        let blanks = " ".repeat(13_usize.saturating_sub(text::width(&name)));
        let amount = Money::new(one.sum.minor, volume.currency).to_string();
        Line::toned(format!("{name}{blanks}"), Tone::Plain)
            .then(format!("{amount:>11}"), Tone::Strong)
            .then(format!("{:>4} ", one.sum.count), Tone::Dim)
            .then(plot::bar(one.sum.minor, most, cells), Tone::Info)
    };
    let head = Line::toned(title, Tone::Accent);
    std::iter::once(head).chain(all.iter().take(NAMES_MOST).map(line)).collect()
}
