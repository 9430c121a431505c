//! What of a sheet is in view: the box, its rows, and how far it scrolls. Drawing needs it, and so do keys: what moves by a page
//! must know what a page is, and what ends at the last page where that begins.

use std::borrow::Cow;

use ratatui::layout::Rect;

use super::{
    Field, Item, Line, Sheet,
    rows::{self, code_rows, item_rows, label_width, unit_count},
};
use crate::desk::layout;

/// Cells that a box has at least and at most, where the screen has them.
const WIDTH_LEAST: u16 = 44;
const WIDTH_MOST: u16 = 110;
/// What a sheet without a wish gets.
const WIDTH: u16 = 68;
/// What gives way, one after the other, where not everything fits: blank rows, then the options of choices that keys do not go to.
const TIGHTER: [fn(&mut Sheet); 2] = [
    |sheet| sheet.items.retain(|item| *item != Item::Gap),
    |sheet| sheet.items.iter_mut().for_each(rows::fold),
];

/// One row of a sheet, ready to draw.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Drawn {
    pub line: Line,
    /// Keys go here.
    pub focused: bool,
    /// The whole row is shown selected.
    pub selected: bool,
    /// A field at this column of the row, and what stands after it.
    pub field: Option<(Field, Line)>,
}

impl Drawn {
    pub(super) fn plain(line: Line) -> Self {
        Self { line, focused: false, selected: false, field: None }
    }
}

/// A sheet in its place.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Placed {
    /// With the border.
    pub area: Rect,
    /// Rows that are always in view, at the top of the box.
    pub head: Vec<Drawn>,
    /// Rows in view, below the head.
    pub rows: Vec<Drawn>,
    /// Rows that they may take.
    pub room: u16,
    /// Rows that are always in view, above the footer.
    pub pinned: Vec<Drawn>,
    /// Rows at the foot: the footer, and a blank one before it.
    pub footer: u16,
    pub gap: u16,
    pub view: View,
    /// The item that each row of head, rows and pinned belongs to.
    items: [Vec<usize>; 3],
    /// Cells of a row's text, and of the labels of what scrolls.
    widths: (usize, usize),
    /// Choices that keys do not go to show what is chosen alone.
    folded: bool,
}

/// What of a sheet lies under a cell.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Under {
    pub part: Part,
    /// In that part's items.
    pub item: usize,
    /// Of a choice.
    pub option: Option<usize>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Part {
    Head,
    Items,
    Pinned,
}

impl Placed {
    /// The first row of what scrolls, and the first of what is pinned.
    pub fn tops(&self) -> (u16, u16) {
        let inner = layout::inside(self.area);
        let high = |rows: &[Drawn]| u16::try_from(rows.len()).unwrap_or(u16::MAX);
        let last = inner.bottom().saturating_sub(self.footer).saturating_sub(self.gap);
        (inner.y.saturating_add(high(&self.head).min(inner.height)), last.saturating_sub(high(&self.pinned)))
    }

    /// What lies under a cell of the screen; none for what is no item, and outside of the box.
    pub fn under(&self, sheet: &Sheet, (column, row): (u16, u16)) -> Option<Under> {
        let inner = layout::inside(self.area);
        if !inner.contains((column, row).into()) {
            return None;
        }
        let (rows, pinned) = self.tops();
        let [head, shown, below] = &self.items;
        let (part, items, top, labels) = if row >= pinned && !below.is_empty() {
            (Part::Pinned, below, pinned, 0)
        } else if row >= rows {
            (Part::Items, shown, rows, self.widths.1)
        } else {
            (Part::Head, head, inner.y, 0)
        };
        let at = usize::from(row.saturating_sub(top));
        let item = *items.get(at)?;
        // Which of its own rows.
        let nth = items.iter().take(at).rev().take_while(|other| **other == item).count();
        let x = usize::from(column.saturating_sub(inner.x).saturating_sub(1));
        let shown = sheet.part(part).get(item)?;
        let whole = !self.folded || !matches!(shown, Item::Choice { focused: false, .. });
        let option = rows::option_at(shown, (self.widths.0, labels), (x, nth)).filter(|_| whole);
        Some(Under { part, item, option })
    }
}

/// What is in view, in units of [`Sheet::scroll`].
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct View {
    /// The first that is shown.
    pub first: usize,
    /// How many are shown whole.
    pub shown: usize,
    pub all: usize,
    /// The first of the last page: scrolling ends here.
    pub last: usize,
}

impl View {
    pub fn whole(&self) -> bool {
        self.last == 0 && self.shown >= self.all
    }

    /// Shown whole.
    pub fn has(&self, unit: usize) -> bool {
        (self.first..self.first.saturating_add(self.shown)).contains(&unit)
    }
}

/// Where a sheet stands in the body of the screen, and what of it is in view.
pub fn place(sheet: &Sheet, body: Rect) -> Placed {
    let width = if sheet.full { body.width } else { width(sheet, body.width) };
    let text_width = usize::from(width.saturating_sub(4));
    let footer = u16::from(!sheet.footer.0.is_empty());
    let most = usize::from(body.height.saturating_sub(2).saturating_sub(footer));
    let always = |items: &[Item]| -> Vec<(Drawn, usize)> {
        let rows = |(at, item)| item_rows(item, 0, (text_width, 0)).into_iter().map(move |row| (row, at));
        items.iter().enumerate().flat_map(rows).collect()
    };
    let (mut head, mut pinned) = (always(&sheet.head), always(&sheet.pinned));
    // One row of what it is about stays in view, and the last of what is pinned.
    head.truncate(most.saturating_sub(1));
    let most = most.saturating_sub(head.len());
    let over = pinned.len().saturating_sub(most.saturating_sub(1));
    pinned.drain(..over);
    let room = most.saturating_sub(pinned.len());
    let given = sheet;
    let mut sheet = Cow::Borrowed(sheet);
    let (mut paged, mut view) = page(&sheet, text_width, room);
    let mut tightened: usize = 0;
    for tighten in TIGHTER {
        if !view.whole() {
            tightened = tightened.saturating_add(1);
            tighten(sheet.to_mut());
            (paged, view) = page(&sheet, text_width, room);
        }
    }
    // Only blank rows were left out.
    let (tight, folded) = (tightened > 0, tightened == TIGHTER.len());
    let kept = given.items.iter().enumerate().filter(|(_, item)| !tight || **item != Item::Gap);
    let kept: Vec<usize> = kept.map(|(at, _)| at).collect();
    let labels = label_width(&sheet, text_width);
    let (rows, mut shown): (Vec<Drawn>, Vec<usize>) = paged.into_iter().unzip();
    for item in &mut shown {
        *item = kept.get(*item).copied().unwrap_or(usize::MAX);
    }
    // Where there is one to spare, a blank row before what is pinned and before the bottom line.
    let spare = |used: usize| u16::from(view.whole() && used < most);
    let apart = if pinned.is_empty() { 0 } else { spare(rows.len().min(room).saturating_add(pinned.len())) };
    let used = rows.len().min(room).saturating_add(pinned.len()).saturating_add(usize::from(apart));
    let gap = if footer > 0 { spare(used) } else { 0 };
    let used = used.saturating_add(head.len());
    let wanted =
        u16::try_from(used).unwrap_or(u16::MAX).saturating_add(2).saturating_add(footer).saturating_add(gap);
    let height = if sheet.full || !view.whole() { body.height } else { wanted };
    let area = Rect {
        x: body.x.saturating_add(body.width.saturating_sub(width) / 2),
        // A little above the middle, where the eye rests.
        y: body.y.saturating_add(body.height.saturating_sub(height) / 3),
        width,
        height,
    };
    let (head, of_head) = head.into_iter().unzip();
    let (pinned, of_pinned) = pinned.into_iter().unzip();
    let room = u16::try_from(room).unwrap_or(u16::MAX);
    let items = [of_head, shown, of_pinned];
    Placed { area, head, rows, room, pinned, footer, gap, view, items, widths: (text_width, labels), folded }
}

fn width(sheet: &Sheet, room: u16) -> u16 {
    let wanted = if sheet.width == 0 { WIDTH } else { sheet.width };
    // A screen that is hardly wider than the box gives all it has.
    let wanted = wanted.clamp(WIDTH_LEAST, WIDTH_MOST);
    if wanted.saturating_add(4) > room { room } else { wanted }
}

/// The rows in view of what scrolls, each with the item that it belongs to.
fn page(sheet: &Sheet, width: usize, height: usize) -> (Vec<(Drawn, usize)>, View) {
    let all = sheet.items.iter().map(unit_count).sum();
    let labels = label_width(sheet, width);
    let make = |first: usize| rows_from(sheet, first, (width, labels), height);
    let (rows, shown) = make(0);
    if shown >= all && rows.len() <= height {
        return (rows, View { first: 0, shown, all, last: 0 });
    }
    let last = last_page(sheet, (width, labels), height, all);
    let mut first = usize::from(sheet.scroll).min(last);
    if let Some(focus) = focused_unit(sheet) {
        first = first.min(focus).max(focus.saturating_add(1).saturating_sub(height.max(1)));
        while first < focus && focus >= first.saturating_add(make(first).1) {
            first = first.saturating_add(1);
        }
    }
    let (mut rows, shown) = make(first);
    rows.truncate(height);
    (rows, View { first, shown, all, last })
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

/// Rows from a unit on until `height` is reached, each with its item, and how many units they show whole.
fn rows_from(
    sheet: &Sheet,
    first: usize,
    widths: (usize, usize),
    height: usize,
) -> (Vec<(Drawn, usize)>, usize) {
    let mut rows = Vec::new();
    let mut skip = first;
    let mut shown: usize = 0;
    for (at, item) in sheet.items.iter().enumerate() {
        if let Item::Code { text, find } = item {
            for raw in text.lines().skip(skip) {
                if rows.len() >= height {
                    return (rows, shown);
                }
                rows.extend(code_rows(raw, find, widths.0).into_iter().map(|row| (row, at)));
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
        rows.extend(item_rows(item, 0, widths).into_iter().map(|row| (row, at)));
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
