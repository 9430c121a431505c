//! How the line looks: a row an entry, days apart by thin lines, and below it where the selected refund is.

use super::{
    super::answered::{self, Answered as _},
    Timeline,
};
use crate::{
    answers::timeline::{self, Entry, EntryKind},
    desk::{
        sheet::{Item, Line, Sheet, Tone},
        state::State,
        verdict::moment,
    },
    text,
};

/// Cells of the column of amounts, and of the kinds.
const AMOUNTS: usize = 11;
/// Screens narrower than this leave the id out.
const WIDE: u16 = 110;
/// Screens narrower than this leave the word of the kind out.
const ROOMY: u16 = 72;
/// Screens lower than this say only the last of what is known of a refund.
const HIGH: u16 = 20;

impl Timeline {
    pub(super) fn shown(&self, state: &State) -> Sheet {
        let mut title = Line::toned("Timeline", Tone::Accent);
        if let Some(customer) = state.data.customer(&self.customer) {
            title = title.then(format!(" ── {}", customer.title()), Tone::Plain);
        }
        if let Some(kind) = self.kind {
            title = title.then(format!(" · only {}s", kind.word()), Tone::Strong);
        }
        if self.read.is_reading() {
            title = title.then(" · reading on…", Tone::Dim);
        }
        Sheet {
            title,
            tone: Tone::Accent,
            head: self.gaps(state),
            items: self.items(state),
            pinned: self.whereabouts(state),
            scroll: self.list.scrolled(),
            full: true,
            ..Sheet::default()
        }
    }

    /// What the line does not tell.
    fn gaps(&self, state: &State) -> Vec<Item> {
        let mut gaps = timeline::gaps(&self.read.bag, &self.customer, &moment(state));
        if let Some(Err(why)) = &self.trail {
            gaps.push(format!("this desk's own trail could not be read: {}", text::clean(why)));
        }
        if self.read.is_reading() {
            return Vec::new();
        }
        // The first is always there; on a low screen only what is unusual is.
        let skip = usize::from(state.height < HIGH && gaps.len() > 1);
        let tone = |at: usize| if at == 0 { Tone::Dim } else { Tone::Warn };
        let line = |(at, gap): (usize, &String)| Item::Text(Line::toned(format!("? {gap}"), tone(at)));
        gaps.iter().enumerate().skip(skip).map(line).collect()
    }

    fn items(&self, state: &State) -> Vec<Item> {
        if self.shown_entries().next().is_none() {
            let words =
                if self.read.is_reading() { "reading what happened…" } else { "nothing happened yet" };
            return vec![Item::Text(Line::toned(words, Tone::Strong))];
        }
        let line = |(at, entry): (usize, &Entry)| Item::Pick {
            line: line(entry, state),
            selected: at == self.list.at,
        };
        self.shown_entries().enumerate().map(line).collect()
    }

    /// Of the selected refund: where it is, and what `y` would copy.
    fn whereabouts(&self, state: &State) -> Vec<Item> {
        let Some(refund) = self.refund() else {
            // What does not fit in its row is told whole below.
            let entry = self.selected();
            let long =
                entry.filter(|entry| line(entry, state).width() > usize::from(state.width).saturating_sub(4));
            return long
                .map(|entry| Item::Text(Line::toned(entry.says.clone(), Tone::Plain)))
                .into_iter()
                .collect();
        };
        let rows = timeline::refund::rows(&self.read.bag, refund, &moment(state));
        let mut items = vec![Item::Divider("where it is".into())];
        let widest = rows.iter().map(|(label, _)| text::width(label)).max().unwrap_or(0);
        let row = |(label, words): (&'static str, String)| {
            let tone = if label == "To do" { Tone::Warn } else { Tone::Plain };
            Item::Text(Line::toned(format!("{label:<widest$}  "), Tone::Dim).then(words, tone))
        };
        if state.height >= HIGH {
            items.extend(rows.into_iter().skip(1).map(row));
        }
        items.extend(self.reply(state).and_then(|told| answered::told(&told, self.read.is_reading(), state)));
        items
    }
}

/// `22 Nov 14:00  ● payment   $99.00  paid with visa ··4242`
fn line(entry: &Entry, state: &State) -> Line {
    let (glyph, tone) = match entry.kind {
        EntryKind::Payment => ("●", Tone::Good),
        EntryKind::Failure => ("✖", Tone::Bad),
        EntryKind::Invoice => ("▤", Tone::Plain),
        EntryKind::Refund => ("↩", Tone::Warn),
        EntryKind::Dispute => ("⚑", Tone::Bad),
        EntryKind::Subscription => ("◆", Tone::Info),
        EntryKind::Change => ("∆", Tone::Info),
        EntryKind::Customer => ("☺", Tone::Accent),
        EntryKind::Credit => ("◇", Tone::Good),
        EntryKind::Audit => ("✎", Tone::Dim),
        EntryKind::Note => ("✐", Tone::Accent),
    };
    let at = entry.at.short(state.zone(), state.now());
    let amount = entry.amount.map(|amount| amount.to_string()).unwrap_or_default();
    let word = if state.width >= ROOMY { format!(" {:<12}", entry.kind.word()) } else { String::new() };
    let line = Line::toned(format!("{at:>12}  "), Tone::Dim)
        .then(glyph, tone)
        .then(word, tone)
        .then(format!("{amount:>AMOUNTS$}"), Tone::Strong)
        .then(format!("  {}", entry.says), Tone::Plain);
    if state.width >= WIDE {
        line.then(format!("  {}", text::short_id(&entry.id.id)), Tone::Dim)
    } else {
        line
    }
}
