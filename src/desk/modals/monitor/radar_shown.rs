//! How the radar looks: early fraud warnings and open disputes, what can still be done first.

use super::Monitor;
use crate::{
    answers::radar::{self, Can, Concern},
    desk::{
        sheet::{Item, Line, Sheet, Tone},
        state::State,
    },
    text,
};

/// Cells of the column of amounts.
const AMOUNTS: usize = 11;
/// Cells of a name.
const NAMES: usize = 14;

impl Monitor {
    pub(super) fn on_radar(&self, state: &State) -> Sheet {
        let mut items = Vec::new();
        let mut before = None;
        for (at, concern) in self.concerns.iter().enumerate() {
            if before != Some(concern.can) {
                items.push(Item::Divider(concern.can.words().into()));
                before = Some(concern.can);
            }
            let whose = self.name_of(Some(&concern.about), state);
            items.push(Item::Pick {
                line: line(concern, whose.as_deref(), state),
                selected: at == self.list.at,
            });
        }
        if self.concerns.is_empty() {
            let words = if self.read.is_reading() {
                "reading…"
            } else {
                "✔ no early fraud warning, no open dispute"
            };
            items.push(Item::Text(Line::toned(words, Tone::Good)));
        }
        let gaps = radar::gaps(&self.read.bag, self.since(state));
        let gaps = gaps.into_iter().map(|gap| Item::Text(Line::toned(format!("? {gap}"), Tone::Warn)));
        Sheet {
            title: Line::toned("Radar", Tone::Accent).then(
                format!(" ── what may still be averted, since {}", self.since(state).date(state.zone())),
                Tone::Plain,
            ),
            tone: Tone::Accent,
            items,
            pinned: gaps.collect(),
            scroll: self.list.scrolled(),
            full: true,
            ..Sheet::default()
        }
    }
}

/// With the customer's name, as far as it was read; otherwise the id of what it is about.
fn line(concern: &Concern, whose: Option<&str>, state: &State) -> Line {
    let (glyph, tone) = match concern.can {
        Can::Refund | Can::Release => ("⚠", Tone::Bad),
        Can::AnswerOrRefund | Can::Answer => ("⚑", Tone::Warn),
        Can::Wait => ("◌", Tone::Dim),
        Can::TooLate => ("✖", Tone::Dim),
    };
    let amount = concern.amount.map(|amount| amount.to_string()).unwrap_or_default();
    let at = concern.at.short_date(state.zone(), state.now());
    let whose = whose.map_or_else(|| text::short_id(&concern.about.id), |name| text::cut(name, NAMES));
    Line::toned(glyph, tone)
        .then(format!("{amount:>AMOUNTS$}"), Tone::Strong)
        .then(format!("  {}", text::padded(&whose, NAMES)), Tone::Accent)
        .then(format!("  {}", concern.says), Tone::Plain)
        .then(format!("  of {}", at.trim()), Tone::Dim)
}
