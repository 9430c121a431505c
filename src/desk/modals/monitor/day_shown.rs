//! How one day of the monitor looks: its refunds, each with who made it and to whom.

use super::{Monitor, shown::name};
use crate::{
    answers::monitor::Made,
    desk::{
        sheet::{Item, Line, Sheet, Tone},
        state::State,
    },
    text,
};

/// Cells of the columns of amounts, of agents, of reasons and of customers.
const AMOUNTS: usize = 11;
const AGENTS: usize = 13;
const REASONS: usize = 22;
const NAMES: usize = 20;
/// Screens narrower than this leave the reason out.
const WIDE: u16 = 90;

impl Monitor {
    pub(super) fn on_day(&self, state: &State) -> Sheet {
        let made = self.made();
        let row = |(at, one): (usize, &Made<'_>)| Item::Pick {
            line: line(one, state),
            selected: at == self.list.at,
        };
        let mut items: Vec<_> = made.iter().enumerate().map(row).collect();
        if items.is_empty() {
            let words =
                if self.read.is_reading() { "reading…" } else { "nothing was refunded on this day" };
            items.push(Item::Text(Line::toned(words, Tone::Dim)));
        }
        let pointed = self.volume().and_then(|volume| self.pointed(volume));
        Sheet {
            title: Line::toned("Refunds", Tone::Accent).then(" ── of one day", Tone::Plain),
            tone: Tone::Accent,
            head: pointed.map(Item::Text).into_iter().collect(),
            items,
            scroll: self.list.scrolled(),
            full: true,
            ..Sheet::default()
        }
    }
}

/// `14:03   $99.00  maya  requested by customer  Ada Lovelace  re_3P…9Q`
fn line(made: &Made<'_>, state: &State) -> Line {
    let refund = made.refund;
    let cell = |text: &str, cells: usize| {
        let text = text::cut(text, cells);
        let blanks = " ".repeat(cells.saturating_sub(text::width(&text)));
        format!("  {text}{blanks}")
    };
    let at = refund.created.zoned(state.zone()).strftime("%H:%M").to_string();
    let reason = refund.reason.as_ref().map(|reason| reason.as_str().replace('_', " ")).unwrap_or_default();
    let whose = made.customer.map(|id| name(id, state).unwrap_or_else(|| text::short_id(id.as_str())));
    let mut line = Line::toned(at, Tone::Dim)
        .then(format!("{:>AMOUNTS$}", refund.money().to_string()), Tone::Strong)
        .then(cell(made.agent.unwrap_or("not named"), AGENTS), Tone::Plain);
    if state.width >= WIDE {
        line = line.then(cell(&reason, REASONS), Tone::Dim);
    }
    line.then(cell(&whose.unwrap_or_default(), NAMES), Tone::Accent)
        .then(format!("  {}", text::short_id(refund.id.as_str())), Tone::Dim)
}
