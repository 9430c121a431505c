//! A modal: a box in the middle of the body, or the whole body, with its items from top to bottom. Only rows in view are
//! made, and what is focused is always among them.

use ratatui::layout::{Position, Rect};

use super::{field, json, line};
use crate::{
    desk::{
        layout,
        sheet::{Field, Item, Line, Sheet, Span, Tone},
    },
    policy::Mark,
    text,
    ui::{
        canvas::{Canvas, badge_width},
        theme::Role,
    },
};

/// Cells that a box has at least and at most, where the screen has them.
const WIDTH_LEAST: u16 = 44;
const WIDTH_MOST: u16 = 110;
/// What a sheet without a wish gets.
const WIDTH: u16 = 68;
/// Labels stand in one column of at most this width.
const LABEL_MOST: usize = 18;

/// One row of a sheet, ready to draw.
struct Drawn {
    line: Line,
    /// Keys go here.
    focused: bool,
    /// The whole row is shown selected.
    selected: bool,
    /// A field at this column of the row, and what stands after it.
    field: Option<(Field, Line)>,
}

impl Drawn {
    fn plain(line: Line) -> Self {
        Self { line, focused: false, selected: false, field: None }
    }
}

pub(in crate::ui) fn draw(canvas: &mut Canvas<'_>, sheet: &Sheet, body: Rect, live: bool) {
    let width = if sheet.full { body.width } else { width(sheet, body.width) };
    let text_width = usize::from(width.saturating_sub(4));
    let footer: u16 = if sheet.footer.0.is_empty() { 0 } else { 1 };
    let most = usize::from(body.height.saturating_sub(2).saturating_sub(footer));
    let units = units(sheet);
    let page = page(sheet, text_width, most, units);
    let rows = u16::try_from(page.rows.len().min(most)).unwrap_or(u16::MAX);
    let height = if sheet.full { body.height } else { rows.saturating_add(2).saturating_add(footer) };
    let area = Rect {
        x: body.x.saturating_add(body.width.saturating_sub(width) / 2),
        // A little above the middle, where the eye rests.
        y: body.y.saturating_add(body.height.saturating_sub(height) / 3),
        width,
        height,
    };
    canvas.clear(area);
    let role = if sheet.tone == Tone::Live { Role::BorderLive } else { Role::BorderModal };
    canvas.border(area, role);
    title(canvas, sheet, area, live && sheet.tone == Tone::Live);
    let inner = layout::inside(area);
    for (row, y) in page.rows.iter().zip(inner.top()..inner.bottom().saturating_sub(footer)) {
        draw_row(canvas, row, Rect { y, height: 1, ..inner });
    }
    if footer > 0 && inner.height > 0 {
        let at = Position { x: inner.x.saturating_add(1), y: inner.bottom().saturating_sub(1) };
        canvas.line(at, inner.right().saturating_sub(1), &sheet.footer, false);
    }
    if !page.whole {
        let shown = page.units_shown.max(1);
        canvas.scrollbar(
            Rect { height: inner.height.saturating_sub(footer), ..inner },
            (page.first, shown, units),
            role,
        );
    }
}

fn width(sheet: &Sheet, room: u16) -> u16 {
    let wanted = if sheet.width == 0 { WIDTH } else { sheet.width };
    // A screen that is hardly wider than the box gives all it has.
    let wanted = wanted.clamp(WIDTH_LEAST, WIDTH_MOST);
    if wanted.saturating_add(4) > room { room } else { wanted }
}

fn title(canvas: &mut Canvas<'_>, sheet: &Sheet, area: Rect, live: bool) {
    let (start, mut end) = (area.x.saturating_add(2), area.right().saturating_sub(2));
    if live {
        let x = end.saturating_sub(u16::try_from(badge_width("LIVE")).unwrap_or(0));
        canvas.badge(Position { x, y: area.y }, end, "LIVE", Role::BadgeLive);
        end = x.saturating_sub(1);
    }
    if !sheet.title.0.is_empty() {
        let title = Line([Line::plain(" ").0, sheet.title.0.clone(), Line::plain(" ").0].concat());
        canvas.line(Position { x: start, y: area.y }, end, &title, false);
    }
}

fn draw_row(canvas: &mut Canvas<'_>, row: &Drawn, area: Rect) {
    let y = area.y;
    if row.selected {
        let style = canvas.theme.style(Role::Selection);
        canvas.lay(area, style);
    }
    if row.focused {
        let style =
            if row.selected { canvas.theme.selected(Tone::Accent) } else { canvas.theme.style(Tone::Accent) };
        canvas.text(Position { x: area.x, y }, area.right(), "▸", style);
    }
    let (start, end) = (area.x.saturating_add(1), area.right().saturating_sub(1));
    let x = canvas.line(Position { x: start, y }, end, &row.line, row.selected);
    if let Some((field, after)) = &row.field {
        let after_width = u16::try_from(after.width()).unwrap_or(u16::MAX);
        // What stands after the field goes before the field is squeezed to nothing.
        let least = x.saturating_add(12).saturating_add(after_width);
        let stop = if after_width > 0 && least <= end {
            end.saturating_sub(after_width).saturating_sub(1)
        } else {
            end
        };
        let x = field::draw(canvas, Position { x, y }, stop, field);
        if stop < end || after_width == 0 {
            canvas.line(Position { x: x.saturating_add(1), y }, end, after, false);
        }
    }
}

/// Things that scrolling counts: items, and each line of code.
fn units(sheet: &Sheet) -> usize {
    let count = |item: &Item| match item {
        Item::Code { text, .. } => text.lines().count().max(1),
        _ => 1,
    };
    sheet.items.iter().map(count).sum()
}

/// The rows in view.
struct Page {
    rows: Vec<Drawn>,
    first: usize,
    units_shown: usize,
    whole: bool,
}

fn page(sheet: &Sheet, width: usize, height: usize, units: usize) -> Page {
    let labels = label_width(sheet, width);
    let make = |first: usize| rows_from(sheet, first, (width, labels), height);
    let (rows, shown) = make(0);
    if shown >= units && rows.len() <= height {
        return Page { rows, first: 0, units_shown: shown, whole: true };
    }
    let mut first = usize::from(sheet.scroll).min(last_page(sheet, (width, labels), height, units));
    if let Some(focus) = focused_unit(sheet) {
        first = first.min(focus).max(focus.saturating_add(1).saturating_sub(height.max(1)));
        while first < focus && focus >= first.saturating_add(make(first).1) {
            first = first.saturating_add(1);
        }
    }
    let (mut rows, shown) = make(first);
    rows.truncate(height);
    Page { rows, first, units_shown: shown, whole: false }
}

/// The first unit of the last full page.
fn last_page(sheet: &Sheet, (width, labels): (usize, usize), height: usize, units: usize) -> usize {
    let mut first = units;
    let mut used: usize = 0;
    for item in sheet.items.iter().rev() {
        let lines = match item {
            Item::Code { text, .. } => text.lines().count().max(1),
            _ => 1,
        };
        for line in (0..lines).rev() {
            let rows = item_rows(item, line, (width, labels)).len();
            used = used.saturating_add(rows);
            if used > height {
                return first.min(units.saturating_sub(1));
            }
            first = first.saturating_sub(1);
        }
    }
    first
}

/// Rows from a unit on until `height` is reached, and how many units they show whole.
fn rows_from(sheet: &Sheet, first: usize, widths: (usize, usize), height: usize) -> (Vec<Drawn>, usize) {
    let mut rows = Vec::new();
    let mut skip = first;
    let mut shown: usize = 0;
    for item in &sheet.items {
        if let Item::Code { text, highlight } = item {
            for raw in text.lines().skip(skip) {
                if rows.len() >= height {
                    return (rows, shown);
                }
                rows.extend(code_rows(raw, highlight, widths.0));
                shown = shown.saturating_add(usize::from(rows.len() <= height));
            }
            skip = skip.saturating_sub(text.lines().count().max(1));
            continue;
        }
        if skip > 0 {
            skip = skip.saturating_sub(1);
            continue;
        }
        if rows.len() >= height {
            return (rows, shown);
        }
        rows.extend(item_rows(item, 0, widths));
        shown = shown.saturating_add(usize::from(rows.len() <= height));
    }
    (rows, shown)
}

/// The unit that keys go to.
fn focused_unit(sheet: &Sheet) -> Option<usize> {
    let mut unit: usize = 0;
    for item in &sheet.items {
        let focused = match item {
            Item::Input { field, .. } => field.focused,
            Item::Choice { focused, .. } => *focused,
            Item::Pick { selected, .. } => *selected,
            _ => false,
        };
        if focused {
            return Some(unit);
        }
        let lines = if let Item::Code { text, .. } = item { text.lines().count().max(1) } else { 1 };
        unit = unit.saturating_add(lines);
    }
    None
}

/// The column of labels: as wide as the widest, within reason.
fn label_width(sheet: &Sheet, width: usize) -> usize {
    let label = |item: &Item| match item {
        Item::Pair { label, .. } | Item::Input { label, .. } | Item::Choice { label, .. }
            if !label.is_empty() =>
        {
            Some(text::width(label))
        }
        _ => None,
    };
    let widest = sheet.items.iter().filter_map(label).max().map_or(0, |widest| widest.saturating_add(2));
    widest.min(LABEL_MOST).min(width / 3)
}

fn item_rows(item: &Item, unit: usize, (width, labels): (usize, usize)) -> Vec<Drawn> {
    match item {
        Item::Text(text) => line::wrap(text, width).into_iter().map(Drawn::plain).collect(),
        Item::Pair { label, value } => {
            let rows = line::wrap(value, width.saturating_sub(labels));
            rows.into_iter()
                .enumerate()
                .map(|(at, row)| Drawn::plain(labelled(label, at, labels, row)))
                .collect()
        }
        Item::Input { label, field, after } => vec![Drawn {
            line: labelled_in(label, 0, labels, field.focused, Line::default()),
            focused: field.focused,
            selected: false,
            field: Some((field.clone(), after.clone())),
        }],
        Item::Choice { label, options, focused } => choice(label, options, *focused, (width, labels)),
        Item::Verdict { mark, text } => verdict(*mark, text, width),
        Item::Pick { line, selected } => {
            vec![Drawn { line: line.clone(), focused: *selected, selected: *selected, field: None }]
        }
        Item::Gap => vec![Drawn::plain(Line::default())],
        Item::Divider(word) => vec![Drawn::plain(divider(word, width))],
        Item::Code { text, highlight } => {
            code_rows(text.lines().nth(unit).unwrap_or_default(), highlight, width)
        }
    }
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

/// `○ duplicate   ● requested by customer`, on as many rows as it takes.
fn choice(
    label: &str,
    options: &[(String, bool)],
    focused: bool,
    (width, labels): (usize, usize),
) -> Vec<Drawn> {
    let room = width.saturating_sub(labels).max(1);
    let mut rows: Vec<Line> = vec![Line::default()];
    for (word, chosen) in options {
        let (glyph, tone) = match (chosen, focused) {
            (true, true) => ("● ", Tone::Accent),
            (true, false) => ("● ", Tone::Plain),
            (false, _) => ("○ ", Tone::Dim),
        };
        let option = line::fit(&Line::toned(glyph, tone).then(word.clone(), tone), room);
        let used = rows.last().map_or(0, Line::width);
        let gap = if used == 0 { 0 } else { 3 };
        if used.saturating_add(gap).saturating_add(option.width()) > room {
            rows.push(option);
        } else if let Some(row) = rows.last_mut() {
            if gap > 0 {
                row.0.push(Span { text: " ".repeat(gap), tone: Tone::Plain });
            }
            row.0.extend(option.0);
        }
    }
    let row = |(at, line): (usize, Line)| Drawn {
        line: labelled_in(label, at, labels, focused, line),
        focused: focused && at == 0,
        selected: false,
        field: None,
    };
    rows.into_iter().enumerate().map(row).collect()
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

fn code_rows(raw: &str, highlight: &str, width: usize) -> Vec<Drawn> {
    line::wrap(&json::line(raw, highlight), width).into_iter().map(Drawn::plain).collect()
}
