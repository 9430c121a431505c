//! A modal: a box in the middle of the body, or the whole body, with its items from top to bottom. Only rows in view are
//! made, and what is focused is always among them.

use std::borrow::Cow;

use ratatui::layout::{Position, Rect};

use super::{
    field,
    items::{self, Drawn, code_rows, item_rows, label_width, unit_count},
};
use crate::{
    desk::{
        layout,
        sheet::{Item, Line, Sheet, Tone},
    },
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
/// What gives way, one after the other, where not everything fits: blank rows, then the options of choices that keys do not go to.
const TIGHTER: [fn(&mut Sheet); 2] = [
    |sheet| sheet.items.retain(|item| *item != Item::Gap),
    |sheet| sheet.items.iter_mut().for_each(items::fold),
];

pub(in crate::ui) fn draw(canvas: &mut Canvas<'_>, sheet: &Sheet, body: Rect, live: bool) {
    let width = if sheet.full { body.width } else { width(sheet, body.width) };
    let text_width = usize::from(width.saturating_sub(4));
    let footer = u16::from(!sheet.footer.0.is_empty());
    let most = usize::from(body.height.saturating_sub(2).saturating_sub(footer));
    let mut pinned: Vec<_> =
        sheet.pinned.iter().flat_map(|item| item_rows(item, 0, (text_width, 0))).collect();
    // One row of what it is about stays in view, and the last of what is pinned.
    let over = pinned.len().saturating_sub(most.saturating_sub(1));
    pinned.drain(..over);
    let room = most.saturating_sub(pinned.len());
    let mut sheet = Cow::Borrowed(sheet);
    let mut page = page(&sheet, text_width, room);
    for tighten in TIGHTER {
        if !page.whole {
            tighten(sheet.to_mut());
            page = self::page(&sheet, text_width, room);
        }
    }
    let rows = page.rows.len().min(room);
    // Where there is one to spare, a blank row before what is pinned and before the bottom line.
    let spare = |used: usize| u16::from(page.whole && used < most);
    let apart = if pinned.is_empty() { 0 } else { spare(rows.saturating_add(pinned.len())) };
    let used = rows.saturating_add(pinned.len()).saturating_add(usize::from(apart));
    let gap = if footer > 0 { spare(used) } else { 0 };
    let wanted =
        u16::try_from(used).unwrap_or(u16::MAX).saturating_add(2).saturating_add(footer).saturating_add(gap);
    let height = if sheet.full || !page.whole { body.height } else { wanted };
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
    title(canvas, &sheet, area, live && sheet.tone == Tone::Live);
    let inner = layout::inside(area);
    let shown = Rect { height: u16::try_from(room).unwrap_or(u16::MAX).min(inner.height), ..inner };
    for (row, y) in page.rows.iter().zip(shown.top()..shown.bottom()) {
        draw_row(canvas, row, Rect { y, height: 1, ..inner });
    }
    let last = inner.bottom().saturating_sub(footer).saturating_sub(gap);
    let first = last.saturating_sub(u16::try_from(pinned.len()).unwrap_or(u16::MAX));
    for (row, y) in pinned.iter().zip(first..last) {
        draw_row(canvas, row, Rect { y, height: 1, ..inner });
    }
    if footer > 0 && inner.height > 0 {
        let at = Position { x: inner.x.saturating_add(1), y: inner.bottom().saturating_sub(1) };
        canvas.line(at, inner.right().saturating_sub(1), &sheet.footer, false);
    }
    if !page.whole {
        canvas.scrollbar(shown, (page.first, page.units_shown.max(1), page.units), role);
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

/// The rows in view.
struct Page {
    rows: Vec<Drawn>,
    first: usize,
    units_shown: usize,
    units: usize,
    whole: bool,
}

fn page(sheet: &Sheet, width: usize, height: usize) -> Page {
    let units = sheet.items.iter().map(unit_count).sum();
    let labels = label_width(sheet, width);
    let make = |first: usize| rows_from(sheet, first, (width, labels), height);
    let (rows, shown) = make(0);
    if shown >= units && rows.len() <= height {
        return Page { rows, first: 0, units_shown: shown, units, whole: true };
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
    Page { rows, first, units_shown: shown, units, whole: false }
}

/// The first unit of the last full page.
fn last_page(sheet: &Sheet, (width, labels): (usize, usize), height: usize, units: usize) -> usize {
    let mut first = units;
    let mut used: usize = 0;
    for item in sheet.items.iter().rev() {
        for line in (0..unit_count(item)).rev() {
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
        if let Item::Code { text, find } = item {
            for raw in text.lines().skip(skip) {
                if rows.len() >= height {
                    return (rows, shown);
                }
                rows.extend(code_rows(raw, find, widths.0));
                shown = shown.saturating_add(usize::from(rows.len() <= height));
            }
            skip = skip.saturating_sub(unit_count(item));
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
            Item::Pick { selected, .. } | Item::Entry { selected, .. } => *selected,
            _ => false,
        };
        if focused {
            return Some(unit);
        }
        unit = unit.saturating_add(unit_count(item));
    }
    None
}
