//! The items of a sheet as rows: labels in their column, choices and long texts over as many rows as they take.

use super::{Field, Item, Line, Offer, Sheet, Span, Tone, json, line, page::Drawn};
use crate::{policy::Mark, text};

/// Labels of fields stand in one column of at most this width; a longer one stands in front of its own field.
const FIELD_LABEL_MOST: usize = 32;
/// A field with less room than this behind its label goes below it.
const FIELD_LEAST: usize = 16;

/// Things that scrolling counts in an item: itself, or each line of code.
pub(super) fn unit_count(item: &Item) -> usize {
    match item {
        Item::Code { text, .. } => text.lines().count().max(1),
        _ => 1,
    }
}

/// The column of labels: as wide as the widest, as long as more than half of the width is left for values.
pub(super) fn label_width(sheet: &Sheet, width: usize) -> usize {
    let most = width.saturating_mul(9) / 20;
    let fitting = sheet.items.iter().filter_map(|item| {
        let (label, most) = match item {
            Item::Pair { label, .. } => (label, most),
            Item::Input { label, .. } | Item::Choice { label, .. } => (label, most.min(FIELD_LABEL_MOST)),
            _ => return None,
        };
        let wanted = text::width(label).saturating_add(2);
        (!label.is_empty() && wanted <= most).then_some(wanted)
    });
    fitting.max().unwrap_or(0)
}

/// The rows of an item; of code, those of its line `unit`.
pub(super) fn item_rows(item: &Item, unit: usize, (width, labels): (usize, usize)) -> Vec<Drawn> {
    match item {
        Item::Text(text) => line::wrap(text, width).into_iter().map(Drawn::plain).collect(),
        Item::Pair { label, value } => {
            if text::width(label) >= labels.max(1) {
                return long_pair(label, value, (width, labels));
            }
            let rows = line::wrap(value, width.saturating_sub(labels));
            rows.into_iter()
                .enumerate()
                .map(|(at, row)| Drawn::plain(labelled(label, at, labels, row)))
                .collect()
        }
        Item::Input { label, field, after } => input(label, field, after, (width, labels)),
        Item::Choice { label, options, focused } if text::width(label) >= labels.max(1) => {
            let tone = if *focused { Tone::Accent } else { Tone::Dim };
            let above = line::wrap(&Line::toned(label, tone), width).into_iter().map(Drawn::plain);
            above.chain(choice("", options, *focused, (width, labels))).collect()
        }
        Item::Choice { label, options, focused } => choice(label, options, *focused, (width, labels)),
        Item::Verdict { mark, text } => verdict(*mark, text, width),
        Item::Pick { line, selected } => {
            vec![Drawn { line: line.clone(), focused: *selected, selected: *selected, field: None }]
        }
        Item::Entry { lines, selected } => entry(lines, *selected, width),
        Item::Gap => vec![Drawn::plain(Line::default())],
        Item::Divider(word) => vec![Drawn::plain(divider(word, width))],
        Item::Code { text, find } => code_rows(text.lines().nth(unit).unwrap_or_default(), find, width),
    }
}

/// A field behind its label, or below it where both have no room on one line.
fn input(label: &str, field: &Field, after: &Line, (width, labels): (usize, usize)) -> Vec<Drawn> {
    let drawn = |line: Line| Drawn {
        line,
        focused: field.focused,
        selected: false,
        field: Some((field.clone(), after.clone())),
    };
    let used = text::width(label).saturating_add(1);
    if used <= labels {
        return vec![drawn(labelled_in(label, 0, labels, field.focused, Line::default()))];
    }
    if used.saturating_add(FIELD_LEAST) <= width {
        return vec![drawn(labelled_in(label, 0, used, field.focused, Line::default()))];
    }
    let tone = if field.focused { Tone::Accent } else { Tone::Dim };
    let above = line::wrap(&Line::toned(label, tone), width).into_iter().map(Drawn::plain);
    above.chain([drawn(Line::default())]).collect()
}

/// A label that is too long for the column: the value stands right behind it where it fits, and below it otherwise.
fn long_pair(label: &str, value: &Line, (width, labels): (usize, usize)) -> Vec<Drawn> {
    let head = Line::toned(label, Tone::Dim);
    if head.width().saturating_add(2).saturating_add(value.width()) <= width {
        return vec![Drawn::plain(Line([head.then("  ", Tone::Plain).0, value.0.clone()].concat()))];
    }
    let below = line::wrap(value, width.saturating_sub(labels));
    let rows = below.into_iter().map(|row| labelled("", 1, labels, row));
    line::wrap(&head, width).into_iter().chain(rows).map(Drawn::plain).collect()
}

fn labelled(label: &str, row: usize, labels: usize, value: Line) -> Line {
    labelled_in(label, row, labels, false, value)
}

/// The label on the first row, its width in blanks on the others, then the value.
fn labelled_in(label: &str, row: usize, labels: usize, focused: bool, value: Line) -> Line {
    let shown = if row == 0 { text::cut(label, labels.saturating_sub(1)) } else { String::new() };
    let blanks = " ".repeat(labels.saturating_sub(text::width(&shown)));
    let tone = if focused { Tone::Accent } else { Tone::Dim };
    Line([Line::toned(shown + &blanks, tone).0, value.0].concat())
}

/// Leaves of a choice that keys do not go to what is chosen.
pub(super) fn fold(item: &mut Item) {
    let Item::Choice { label, options, focused: false } = item else { return };
    let (dim, count) = (Tone::Dim, options.len());
    let value = match options.iter().find(|offer| offer.chosen) {
        Some(offer) => offered(offer, false),
        None => Line::toned(format!("○ {count} to choose from"), dim),
    };
    *item = Item::Pair { label: std::mem::take(label), value };
}

/// `○ duplicate`, `○ on a date (subscriptions.cancel)`: one option, and the rule that denies it.
fn offered(offer: &Offer, focused: bool) -> Line {
    let (glyph, tone) = match (offer.chosen, offer.denied.is_some(), focused) {
        (true, true, _) => ("● ", Tone::Bad),
        (true, false, true) => ("● ", Tone::Accent),
        (true, false, false) => ("● ", Tone::Plain),
        (false, true, _) => ("✖ ", Tone::Dim),
        (false, false, _) => ("○ ", Tone::Dim),
    };
    // What can be chosen stands out from what cannot, where keys go.
    let words = if focused && !offer.chosen && offer.denied.is_none() { Tone::Plain } else { tone };
    let line = Line::toned(glyph, tone).then(offer.says.clone(), words);
    match &offer.denied {
        Some(rule) => line.then(format!(" ({rule})"), Tone::Dim),
        None => line,
    }
}

/// Cells between two options.
const APART: usize = 3;

/// The options of a choice, a row each, with the column at which they begin.
fn options_in(options: &[Offer], focused: bool, room: usize) -> Vec<Vec<(usize, Line)>> {
    let mut rows: Vec<Vec<(usize, Line)>> = vec![Vec::new()];
    for offer in options {
        let option = line::fit(&offered(offer, focused), room);
        let Some(row) = rows.last_mut() else { continue };
        let x = row.last().map_or(0, |(x, last)| x.saturating_add(last.width()).saturating_add(APART));
        if x.saturating_add(option.width()) > room && !row.is_empty() {
            rows.push(vec![(0, option)]);
        } else {
            row.push((x, option));
        }
    }
    rows
}

/// The option of a choice at a column of its row `nth`.
pub(super) fn option_at(
    item: &Item,
    (width, labels): (usize, usize),
    (x, nth): (usize, usize),
) -> Option<usize> {
    let Item::Choice { options, focused, .. } = item else { return None };
    let rows = options_in(options, *focused, width.saturating_sub(labels).max(1));
    // A long label stands in rows of its own above them.
    let all = item_rows(item, 0, (width, labels)).len();
    let nth = nth.checked_sub(all.saturating_sub(rows.len()))?;
    let before: usize = rows.iter().take(nth).map(Vec::len).sum();
    let x = x.checked_sub(labels)?;
    let over = |(from, option): &(usize, Line)| (*from..from.saturating_add(option.width())).contains(&x);
    Some(before.saturating_add(rows.get(nth)?.iter().position(over)?))
}

/// `○ duplicate   ● requested by customer`, on as many rows as it takes.
fn choice(label: &str, options: &[Offer], focused: bool, (width, labels): (usize, usize)) -> Vec<Drawn> {
    let room = width.saturating_sub(labels).max(1);
    let whole = |row: Vec<(usize, Line)>| {
        row.into_iter().fold(Line::default(), |mut whole, (x, option)| {
            let gap = x.saturating_sub(whole.width());
            if gap > 0 {
                whole.0.push(Span { text: " ".repeat(gap), tone: Tone::Plain });
            }
            whole.0.extend(option.0);
            whole
        })
    };
    let rows: Vec<Line> = options_in(options, focused, room).into_iter().map(whole).collect();
    let row = |(at, line): (usize, Line)| Drawn {
        line: labelled_in(label, at, labels, focused, line),
        focused: focused && at == 0,
        selected: false,
        field: None,
    };
    rows.into_iter().enumerate().map(row).collect()
}

fn entry(lines: &[Line], selected: bool, width: usize) -> Vec<Drawn> {
    let first = lines.first().into_iter().flat_map(|line| line::wrap(line, width));
    let rest = lines.iter().skip(1).flat_map(|line| line::wrap(line, width.saturating_sub(4)));
    let rest = rest.map(|line| Line([Line::plain("    ").0, line.0].concat()));
    let row = |(at, line): (usize, Line)| Drawn { line, focused: selected && at == 0, selected, field: None };
    first.chain(rest).enumerate().map(row).collect()
}

fn verdict(mark: Mark, text: &str, width: usize) -> Vec<Drawn> {
    let (glyph, tone, words) = match mark {
        Mark::Pass => ("✔", Tone::Good, Tone::Plain),
        Mark::Confirm => ("!", Tone::Warn, Tone::Warn),
        Mark::SecondPerson => ("⚑", Tone::Info, Tone::Info),
        Mark::Deny => ("✖", Tone::Bad, Tone::Bad),
    };
    let rows = line::wrap(&Line::toned(text, words), width.saturating_sub(3));
    let row = |(at, row): (usize, Line)| {
        let glyph = if at == 0 { glyph } else { " " };
        Drawn::plain(Line([Line::toned(format!(" {glyph} "), tone).0, row.0].concat()))
    };
    rows.into_iter().enumerate().map(row).collect()
}

fn divider(word: &str, width: usize) -> Line {
    if word.is_empty() {
        return Line::toned("─".repeat(width), Tone::Dim);
    }
    let word = text::cut(word, width.saturating_sub(6));
    let rest = width.saturating_sub(text::width(&word)).saturating_sub(4);
    Line::toned("── ", Tone::Dim).then(word, Tone::Strong).then(format!(" {}", "─".repeat(rest)), Tone::Dim)
}

pub(super) fn code_rows(raw: &str, find: &str, width: usize) -> Vec<Drawn> {
    line::wrap(&json::line(raw, find), width).into_iter().map(Drawn::plain).collect()
}
