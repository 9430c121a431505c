//! A row of the palette: name, effect, area, key, permission, and what it does or why it cannot be used.

use super::{Entry, Found, Palette};
use crate::{
    actions::{Effect, Family},
    desk::{
        binding,
        key::Key,
        keymap,
        sheet::{Item, Line, Span, Tone, line::fit},
        start,
        state::State,
        usable::{Here, Use},
    },
    text,
};

/// Screens at least this wide have a row an action; narrower ones two.
const WIDE: u16 = 110;
const NAME: usize = 35;
const EFFECT: usize = 14;
const AREA: usize = 14;
const KEY: usize = 4;
const PERMISSION: usize = 24;

/// The titles of the columns, where there are some.
pub(super) fn titles(state: &State) -> Option<Item> {
    let titles = [("Action", NAME), ("Effect", EFFECT), ("Area", AREA), ("Key", KEY), ("Needs", PERMISSION)];
    let line = titles.into_iter().map(|(title, room)| pad(&Line::toned(title, Tone::Dim), room));
    let line = line.reduce(join)?.then("What it does", Tone::Dim);
    (state.width >= WIDE).then_some(Item::Text(line))
}

/// A badge: a glyph and a word, and a colour for whoever sees one.
fn effect(effect: Effect) -> (&'static str, Tone) {
    match effect {
        Effect::Read => ("○ read", Tone::Good),
        Effect::Write => ("● write", Tone::Info),
        Effect::Money => ("$ money", Tone::Warn),
        Effect::Destructive => ("▲ destructive", Tone::Bad),
    }
}

fn area(family: Family) -> &'static str {
    match family {
        Family::Payments => "payments",
        Family::Customers => "customers",
        Family::Subscriptions => "subscriptions",
        Family::Invoices => "invoices",
        Family::Products => "products",
        Family::Disputes => "disputes",
    }
}

fn key(entry: &Entry) -> String {
    match entry {
        Entry::Action(action) => {
            action.key.and_then(Key::parse).map_or_else(String::new, |key| key.to_string())
        }
        Entry::Desk(row) => binding::shown(keymap::desk(), row.does),
    }
}

/// Badge, area and permission: what is the desk's own changes nothing at Stripe.
fn facts(entry: &Entry) -> ((&'static str, Tone), &'static str, String) {
    match entry {
        Entry::Action(action) => (effect(action.effect), area(action.family), action.permission.to_string()),
        Entry::Desk(_) => (("◇ desk", Tone::Accent), "the desk", String::new()),
    }
}

/// Why the row is not simply what it does: asked for first, or not to be used.
fn note(entry: &Entry, used: &Use) -> Option<Line> {
    let on = |kind| matches!(entry, Entry::Action(action) if action.on.contains(kind));
    match used {
        Use::Yes => None,
        Use::Asks(kind) if on(kind) => {
            Some(Line::toned(format!("no {} is selected: asks which", kind.noun()), Tone::Dim))
        }
        Use::Asks(kind) => Some(Line::toned(format!("asks for a {}", kind.noun()), Tone::Dim)),
        Use::No(why) => Some(Line::toned(format!("✖ {why}"), Tone::Dim)),
    }
}

/// What Enter does with the selected one.
pub(super) fn enter(entry: &Entry, used: &Use, here: &Here, state: &State) -> &'static str {
    let Entry::Action(action) = entry else { return "as its key does" };
    match used {
        Use::No(_) => "nothing",
        Use::Asks(_) => "choose which",
        Use::Yes if action.effect == Effect::Read && start::runs(action, here, state) => "show",
        Use::Yes => "open the form",
    }
}

/// Below the list: the selected action in a sentence, and why it cannot be used.
pub(super) fn said(entry: &Entry, used: &Use) -> Vec<Item> {
    let mut items = vec![Item::Text(Line::toned(entry.summary(), Tone::Strong))];
    let ((badge, tone), area, needs) = facts(entry);
    match used {
        Use::No(why) => items.push(Item::Text(Line::toned(format!("✖ {why}"), Tone::Warn))),
        Use::Yes | Use::Asks(_) => {
            let line = Line::toned(badge, tone).then(format!(" · {area}"), Tone::Dim);
            let line = if needs.is_empty() {
                line.then(" · its key is ", Tone::Dim).then(key(entry), Tone::Key)
            } else {
                line.then(format!(" · needs {needs}"), Tone::Dim)
            };
            items.push(Item::Text(line));
        }
    }
    items
}

impl Palette {
    pub(super) fn row(&self, at: usize, state: &State) -> Option<Item> {
        let (entry, used) = self.nth(at)?;
        let ((badge, colour), area, needs) = facts(&entry);
        let Found { matched, by, .. } = self.found.get(at)?;
        let selected = at == self.narrow.list.at;
        let greyed = matches!(used, Use::No(_));
        let tone = |tone: Tone| if greyed { Tone::Dim } else { tone };
        let name = marked(&entry.title(), 0, matched, tone(Tone::Plain));
        let after = entry.title().chars().count().saturating_add(1);
        let what = note(&entry, used).unwrap_or_else(|| marked(entry.summary(), after, matched, Tone::Dim));
        // Why it is in the list at all.
        let what = match by {
            Some(by) => join(Line::toned(by.as_str(), tone(Tone::Match)).then(": ", Tone::Dim), what),
            None => what,
        };
        let badge = Line::toned(badge, tone(colour));
        let room = usize::from(state.width).saturating_sub(4);
        let area = Line::toned(area, Tone::Dim);
        let key = Line::toned(key(&entry), tone(Tone::Key));
        let apart = if needs.is_empty() { "" } else { " · " };
        let needs = Line::toned(needs, Tone::Dim);
        if state.width >= WIDE {
            let cells = [(name, NAME), (badge, EFFECT), (area, AREA), (key, KEY), (needs, PERMISSION)];
            let line = cells.into_iter().map(|(cell, room)| pad(&cell, room)).reduce(join)?;
            let line = join(line, what);
            return Some(Item::Pick { line: fit(&line, room), selected });
        }
        let first = [(name, NAME), (badge, EFFECT), (key, KEY)];
        let first = first.into_iter().map(|(cell, room)| pad(&cell, room)).reduce(join)?;
        let second = join(Line::plain("  "), join(what, Line::plain(" · ")));
        let second = join(second, join(area, Line::toned(apart, Tone::Dim)));
        let second = fit(&join(second, needs), room);
        Some(Item::Entry { lines: vec![fit(&first, room), fit(&second, room.saturating_sub(4))], selected })
    }
}

fn join(mut left: Line, right: Line) -> Line {
    left.0.extend(right.0);
    left
}

/// The line in exactly so many cells, the last of them blank.
fn pad(line: &Line, room: usize) -> Line {
    let line = fit(line, room.saturating_sub(1));
    let blank = room.saturating_sub(line.width());
    line.then(" ".repeat(blank), Tone::Plain)
}

/// The text with the letters that matched standing out; `from` is where it begins in what was searched.
fn marked(words: &str, from: usize, matched: &[u32], tone: Tone) -> Line {
    let mut spans: Vec<Span> = Vec::new();
    for (at, c) in words.chars().enumerate() {
        let place = u32::try_from(at.saturating_add(from)).unwrap_or(u32::MAX);
        let tone = if matched.binary_search(&place).is_ok() { Tone::Match } else { tone };
        match spans.last_mut() {
            Some(last) if last.tone == tone => last.text.push(c),
            _ => spans.push(Span { text: c.to_string(), tone }),
        }
    }
    debug_assert!(text::width(words) == spans.iter().map(|span| text::width(&span.text)).sum::<usize>());
    Line(spans)
}
