//! Records of the trail as rows: as many columns as the screen has room for. When it was, what happened and who did it stay.

use crate::{
    desk::{
        message::AuditPage,
        sheet::{Line, Tone},
        state::State,
    },
    ledger::AuditRecord,
    text::{self, clean, short_id},
};

/// Cells between two columns.
const GAP: usize = 2;
/// Cells around the rows: the border, and the mark of the selected one.
const AROUND: usize = 5;
/// Cells of a reason at most: whole, it stands in the record.
const REASON_MOST: usize = 24;
const COLUMNS: usize = 8;
/// What gives way, one after the other: reason, customer, object, amount, action.
const GIVES_WAY: [usize; 5] = [7, 6, 5, 2, 3];
const AMOUNT: usize = 2;

type Cells = [(String, Tone); COLUMNS];

/// The rows, in the width of the screen.
pub(super) fn rows(page: &AuditPage, records: &[&AuditRecord], state: &State) -> Vec<Line> {
    let room = usize::from(state.width).saturating_sub(AROUND);
    let all = |seconds: bool| -> Vec<Cells> {
        records.iter().map(|record| cells(record, page, seconds, state)).collect()
    };
    let mut rows = all(true);
    let mut shown = [true; COLUMNS];
    for gives_way in GIVES_WAY {
        if wide(&rows, shown) <= room {
            break;
        }
        if gives_way == AMOUNT {
            // Seconds are of less use than what was done and for how much.
            rows = all(false);
        }
        if wide(&rows, shown) > room
            && let Some(column) = shown.get_mut(gives_way)
        {
            *column = false;
        }
    }
    let widths = widths(&rows);
    rows.into_iter().map(|cells| line(cells, widths, shown)).collect()
}

fn widths(rows: &[Cells]) -> [usize; COLUMNS] {
    let mut widest = [0; COLUMNS];
    for cells in rows {
        for (width, (cell, _)) in widest.iter_mut().zip(cells) {
            *width = text::width(cell).max(*width);
        }
    }
    widest
}

fn wide(rows: &[Cells], shown: [bool; COLUMNS]) -> usize {
    let columns = widths(rows).into_iter().zip(shown).filter(|(width, shown)| *shown && *width > 0);
    columns.map(|(width, _)| width.saturating_add(GAP)).sum::<usize>().saturating_sub(GAP)
}

fn line(cells: Cells, widths: [usize; COLUMNS], shown: [bool; COLUMNS]) -> Line {
    let mut line = Line::default();
    let columns = cells.into_iter().zip(widths).zip(shown).enumerate();
    for (at, (((cell, tone), width), _)) in columns.filter(|(_, ((_, width), shown))| *shown && *width > 0) {
        let gap = " ".repeat(if line.0.is_empty() { 0 } else { GAP });
        let blanks = " ".repeat(width.saturating_sub(text::width(&cell)));
        let cell = if at == AMOUNT { blanks + &cell } else { cell + &blanks };
        line = line.then(gap, Tone::Plain).then(cell, tone);
    }
    line
}

fn cells(record: &AuditRecord, page: &AuditPage, seconds: bool, state: &State) -> Cells {
    let (event, tone) = event(record);
    let at = if seconds {
        record.at.short_seconds(state.zone(), state.now())
    } else {
        record.at.short(state.zone(), state.now())
    };
    let customer = page.customers.get(&record.intent);
    let reason = record.reason.as_deref().map(|reason| clean(&reason.replace('_', " ")));
    [
        (at, Tone::Dim),
        (event, tone),
        (super::amount(record), Tone::Strong),
        (action(record, page, state), Tone::Plain),
        (clean(&record.agent), Tone::Plain),
        (short_id(&clean(&record.target)), Tone::Plain),
        (customer.map(|id| short_id(&clean(id))).unwrap_or_default(), Tone::Dim),
        (reason.map(|reason| text::cut(&reason, REASON_MOST)).unwrap_or_default(), Tone::Dim),
    ]
}

/// `cancel subscription at period end`
fn action(record: &AuditRecord, page: &AuditPage, state: &State) -> String {
    let name = record.action.replace('_', " ");
    match page.ends.get(&record.intent) {
        Some(when) => format!("{name} {}", when.words(state.zone())),
        None => name,
    }
}

/// Glyph, word and meaning of what happened.
fn event(record: &AuditRecord) -> (String, Tone) {
    let (glyph, tone) = match record.event.as_str() {
        "settled" | "acknowledged" => ("✔", Tone::Good),
        "refused" | "came_back" => ("✖", Tone::Bad),
        "unknown" => ("?", Tone::Bad),
        "withdrawn" => ("↶", Tone::Dim),
        "intended" | "held" => ("◌", Tone::Info),
        _ => ("·", Tone::Plain),
    };
    (format!("{glyph} {}", clean(&record.event.replace('_', " "))), tone)
}
