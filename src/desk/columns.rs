//! How a table's columns share the width that there is: who grows, who shrinks, who goes first.

use super::sheet::{Align, Column, Row};

/// Cells between two columns; one where that saves a column.
pub const GAP: u16 = 2;
/// Tables at least this wide leave a cell between the marks and the first column.
const ROOMY: u16 = 48;
/// What a hostile cell may take.
const CELL_MOST: u16 = 24;
/// No column is squeezed below this while another can still give.
const SQUEEZED_LEAST: u16 = 4;

/// Where one column stands; `x` counts from the table's left edge.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Place {
    /// Its index in the pane's columns.
    pub index: usize,
    pub x: u16,
    pub width: u16,
}

/// Cells before the first column: the selection's mark and the mark of what is in flight.
pub fn lead(width: u16) -> u16 {
    if width >= ROOMY { 3 } else { 2 }
}

/// Places for the columns that fit into `width` cells; the last cell stays free. What does not grow takes what `rows`, those in
/// view, need of it: money is never cut as long as anything else can give way.
pub fn place(columns: &[Column], rows: &[Row], width: u16) -> Vec<Place> {
    let columns: Vec<Column> =
        columns.iter().enumerate().map(|(at, column)| for_rows(*column, at, rows)).collect();
    let columns = &columns;
    let lead = lead(width).min(width);
    let room = width.saturating_sub(lead).saturating_sub(1);
    let all = columns.iter().map(|column| column.least);
    let gap = if needed(all.clone(), GAP) > room && needed(all, 1) <= room { 1 } else { GAP };
    let shown = shown(columns, (room, gap));
    let mut widths: Vec<u16> = shown.iter().map(|(_, column)| column.least).collect();
    grow(&shown, &mut widths, (room, gap));
    shrink(&shown, &mut widths, (room, gap));
    let mut x = lead;
    let mut places = Vec::with_capacity(shown.len());
    for ((index, _), width) in shown.iter().zip(widths) {
        places.push(Place { index: *index, x, width });
        x = x.saturating_add(width).saturating_add(gap);
    }
    places.retain(|place| place.width > 0 && place.x.saturating_add(place.width) <= width);
    places
}

fn for_rows(column: Column, at: usize, rows: &[Row]) -> Column {
    if column.grow > 0 {
        return column;
    }
    let cells = rows.iter().filter_map(|row| row.cells.get(at));
    let widest = cells.map(|cell| u16::try_from(cell.width()).unwrap_or(u16::MAX)).max().unwrap_or(0);
    Column { least: column.least.max(widest.min(CELL_MOST)), ..column }
}

/// Which columns give way.
type Gives<'a> = &'a dyn Fn(&Column) -> bool;

type Shown<'a> = [(usize, &'a Column)];

/// Drops columns, the highest `drop` first, until the rest fits or none may go.
fn shown(columns: &[Column], (room, gap): (u16, u16)) -> Vec<(usize, &Column)> {
    let mut shown: Vec<_> = columns.iter().enumerate().collect();
    while needed(shown.iter().map(|(_, column)| column.least), gap) > room {
        let Some(most) = shown.iter().map(|(_, column)| column.drop).max().filter(|drop| *drop > 0) else {
            break;
        };
        shown.retain(|(_, column)| column.drop != most);
    }
    shown
}

fn needed(widths: impl Iterator<Item = u16>, gap: u16) -> u16 {
    widths.reduce(|sum, width| sum.saturating_add(gap).saturating_add(width)).unwrap_or(0)
}

/// Shares out what is left over; crumbs go to the last that grows.
fn grow(shown: &Shown<'_>, widths: &mut [u16], (room, gap): (u16, u16)) {
    let spare = room.saturating_sub(needed(widths.iter().copied(), gap));
    let parts: u16 = shown.iter().map(|(_, column)| column.grow).sum();
    let Some(each) = spare.checked_div(parts) else { return };
    let mut crumbs = spare.saturating_sub(each.saturating_mul(parts));
    for ((_, column), width) in shown.iter().zip(widths).rev().filter(|((_, column), _)| column.grow > 0) {
        *width = width.saturating_add(each.saturating_mul(column.grow)).saturating_add(crumbs);
        crumbs = 0;
    }
}

/// Takes what is missing from those that grow, then from the last columns, and from money at the very last.
fn shrink(shown: &Shown<'_>, widths: &mut [u16], (room, gap): (u16, u16)) {
    let mut missing = needed(widths.iter().copied(), gap).saturating_sub(room);
    let grows = |column: &Column| column.grow > 0;
    let no_money = |column: &Column| column.align != Align::Right;
    let any = |_: &Column| true;
    let steps: [(Gives<'_>, u16); 4] =
        [(&grows, SQUEEZED_LEAST), (&no_money, SQUEEZED_LEAST), (&no_money, 0), (&any, 0)];
    for (gives, least) in steps {
        for ((_, column), width) in shown.iter().zip(widths.iter_mut()).rev() {
            if gives(column) {
                let given = width.saturating_sub(least).min(missing);
                *width = width.saturating_sub(given);
                missing = missing.saturating_sub(given);
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::desk::{
        panes::{PANES, PaneId},
        sheet::Line,
    };

    fn titles(pane: PaneId, width: u16) -> Vec<&'static str> {
        let columns = pane.pane().columns;
        place(columns, &[], width).iter().map(|place| columns[place.index].title).collect()
    }

    #[test]
    fn narrow_tables_lose_the_least_important_columns_first() {
        assert_eq!(titles(PaneId::Charges, 103), ["Date", "Amount", "Status", "For", "Method"]);
        assert_eq!(titles(PaneId::Charges, 78), ["Date", "Amount", "Status", "For", "Method"]);
        assert_eq!(titles(PaneId::Charges, 58), ["Date", "Amount", "Status", "For"]);
        assert_eq!(titles(PaneId::Charges, 46), ["Date", "Amount", "Status"]);
    }

    #[test]
    fn what_grows_takes_all_that_is_left() {
        let places = place(PaneId::Charges.pane().columns, &[], 140);
        let last = places.last().unwrap();
        assert_eq!(last.x + last.width, 139, "one cell stays free");
        assert_eq!(places[1].width, 10, "money does not grow");
    }

    /// A row with this money in each column that is aligned to the right, and a word in the others.
    fn rows(pane: PaneId, money: &str) -> Vec<Row> {
        let cell = |column: &Column| {
            Line::plain(if column.align == Align::Right { money } else { "a long word or two" })
        };
        vec![Row { cells: pane.pane().columns.iter().map(cell).collect(), ..Row::default() }]
    }

    #[test]
    fn money_is_never_cut_while_anything_else_can_give_way() {
        for pane in [PaneId::Charges, PaneId::Subscriptions, PaneId::Invoices] {
            for (money, from) in [("KWD 300.000", 24), ("$2,490.00/yr", 24), ("KWD 1,234,567.890/mo", 30)] {
                for width in from..150 {
                    let columns = pane.pane().columns;
                    let places = place(columns, &rows(pane, money), width);
                    for place in places.iter().filter(|place| columns[place.index].align == Align::Right) {
                        let name = pane.pane().name;
                        assert!(usize::from(place.width) >= money.len(), "{money} in {name} at {width}");
                    }
                }
            }
        }
    }

    #[test]
    fn what_is_for_what_takes_what_the_status_needs_not() {
        let width = |pane: u16| {
            let places = place(PaneId::Charges.pane().columns, &[], pane);
            places.iter().find(|place| place.index == 3).map(|place| place.width)
        };
        assert!(width(78) >= Some(20), "{:?}", width(78));
        assert!(width(58) >= Some(14), "{:?}", width(58));
    }

    #[test]
    fn no_width_breaks_it_and_nothing_overlaps() {
        for pane in PANES {
            for width in 0..300 {
                let places = place(pane.columns, &[], width);
                for pair in places.windows(2) {
                    assert!(pair[0].x + pair[0].width < pair[1].x, "{} at {width}", pane.name);
                }
                assert!(places.last().is_none_or(|last| last.x + last.width <= width), "{width}");
            }
        }
    }
}
