//! How the answer looks: the words first, then the parts with their amounts in one column, then the way that it was read.

use super::{Explain, Row};
use crate::{
    answers::explain::{Explanation, Sum},
    desk::{
        modals::{answered, parts},
        sheet::{Field, Item, Line, Sheet, Tone},
        state::State,
    },
    model::Kind,
    text,
};

/// Cells of the column of amounts.
const AMOUNTS: usize = 12;
/// Screens lower than this keep to the answer.
const ROOMY: u16 = 24;

impl Explain {
    pub(super) fn shown(&self, state: &State) -> Sheet {
        let (told, reading) = (&self.told, self.read.is_reading());
        let mut items = Vec::new();
        if let Some(says) = &self.says {
            items.extend(typing(says, self.wrong.as_deref()));
        }
        // On a small screen the answer itself stays in view, however far down the list is.
        let (first, says) = match told.says.split_first() {
            Some((first, rest)) if state.height < ROOMY => (Some(first), rest),
            _ => (None, told.says.as_slice()),
        };
        let strong = |says: String| Item::Text(Line::toned(says, Tone::Strong));
        items.extend((!says.is_empty()).then(|| strong(says.join(" "))));
        items.extend(told.unknown.iter().map(|gap| Item::Text(Line::toned(format!("? {gap}"), Tone::Warn))));
        items.extend(self.others(state));
        items.extend(told.sum.as_ref().map(sum).unwrap_or_default());
        items.extend(self.chain(told));
        if state.height >= ROOMY {
            items.extend(looked(told));
        }
        let mut title = Line::toned("Why was this charged?", Tone::Accent);
        if let Some(about) = &told.about {
            title = title.then(format!(" · {}", text::short_id(&about.id)), Tone::Dim);
        }
        Sheet {
            title: answered::reading_on(title, reading),
            tone: Tone::Accent,
            head: first.map(|first| strong(first.clone())).into_iter().collect(),
            items,
            pinned: answered::told(&told.reply, reading, state).into_iter().collect(),
            scroll: self.list.scrolled(),
            full: true,
            ..Sheet::default()
        }
    }

    /// Charges that may be meant as well.
    fn others(&self, state: &State) -> Vec<Item> {
        if self.told.others.is_empty() {
            return Vec::new();
        }
        let mut items = vec![Item::Divider("or this one".into())];
        for fit in &self.told.others {
            let at = fit.at.short(state.zone(), state.now());
            let line = Line::toned(format!("{:>AMOUNTS$}", fit.amount.to_string()), Tone::Strong)
                .then(format!("  {}", at.trim()), Tone::Plain)
                .then(format!("  {}", fit.how.join("; ")), Tone::Dim);
            items.push(Item::Pick { line, selected: self.is_selected(&Row::Other(fit.charge.any())) });
        }
        items
    }

    fn is_selected(&self, row: &Row) -> bool {
        self.says.is_none() && self.selected().as_ref() == Some(row)
    }

    fn chain(&self, told: &Explanation) -> Vec<Item> {
        if told.chain.is_empty() {
            return Vec::new();
        }
        let label = |kind: Kind| parts::sentence(kind.noun());
        let widest = told.chain.iter().map(|step| text::width(&label(step.id.kind))).max().unwrap_or(0);
        let ids = told.chain.iter().map(|step| text::width(&text::short_id(&step.id.id))).max().unwrap_or(0);
        let mut items = vec![Item::Divider("read from".into())];
        for (depth, step) in told.chain.iter().enumerate() {
            let arrow = if depth == 0 { "  " } else { "→ " };
            let line = Line::toned(format!("{arrow}{:widest$}", label(step.id.kind)), Tone::Dim)
                .then(format!("  {:ids$}", text::short_id(&step.id.id)), Tone::Accent)
                .then(format!("  {}", step.says), Tone::Plain);
            items.push(Item::Pick { line, selected: self.is_selected(&Row::Step(step.id.clone())) });
        }
        items
    }
}

fn typing(says: &tui_input::Input, wrong: Option<&str>) -> Vec<Item> {
    let field = Field {
        value: says.value().to_owned(),
        cursor: says.cursor(),
        focused: true,
        width: 40,
        placeholder: "49.00 yesterday".into(),
    };
    let after = Line::toned(" as the customer says it", Tone::Dim);
    let wrong = wrong.map(|wrong| Item::Text(Line::toned(text::clean(wrong), Tone::Bad)));
    [Some(Item::Input { label: "They say".into(), field, after }), wrong].into_iter().flatten().collect()
}

/// Each part with its amount, and whether they come to what was charged.
fn sum(sum: &Sum) -> Vec<Item> {
    let mut items = vec![Item::Divider("to the cent".into())];
    let row = |amount: String, tone: Tone, says: String| {
        Item::Text(Line::toned(format!("{amount:>AMOUNTS$}"), tone).then(format!("  {says}"), Tone::Plain))
    };
    for part in &sum.parts {
        let tone = if part.amount.is_negative() { Tone::Good } else { Tone::Plain };
        items.push(row(part.amount.to_string(), tone, part.words()));
    }
    let total = Line::toned(format!("{:>AMOUNTS$}", sum.charged.to_string()), Tone::Strong);
    let word = sum.stand.word();
    items.push(Item::Text(if sum.adds_up() {
        total.then(format!("  {word}  ✔ the parts come to exactly that"), Tone::Good)
    } else {
        total.then(format!("  {word}  ✖ {} of it is not explained", sum.rest), Tone::Bad)
    }));
    if let Some(tax) = sum.tax_included {
        items.push(row(tax.to_string(), Tone::Dim, "of that is tax, included".into()));
    }
    if let Some(refunded) = sum.refunded {
        items.push(row(format!("−{refunded}"), Tone::Warn, "refunded since".into()));
    }
    items
}

/// What the answer rests on.
fn looked(told: &Explanation) -> Vec<Item> {
    if told.looked.is_empty() {
        return Vec::new();
    }
    let said = told.looked.iter().map(|looked| match &looked.not {
        None => looked.what.clone(),
        Some(not) => format!("{} ({not})", looked.what),
    });
    let words = format!("looked at: {}", said.collect::<Vec<_>>().join(", "));
    vec![Item::Gap, Item::Text(Line::toned(words, Tone::Dim))]
}
