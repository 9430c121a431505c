//! The invoices of the open customer, newest first, and below them what the next ones will be.

use super::{
    Pane, SortKey,
    lists::{self, with_customer},
};
use crate::{
    actions::Subject,
    answers::Upcoming,
    desk::{
        data::Folder,
        merged,
        sheet::{Align, Column, Line, Row, Sign, Tone},
        state::State,
    },
    model::{Invoice, InvoiceStatus, List, Record},
};

const COLUMNS: &[Column] = &[
    Column { title: "Number", align: Align::Left, least: 8, grow: 1, drop: 0 },
    Column { title: "Date", align: Align::Left, least: 6, grow: 0, drop: 2 },
    Column { title: "Amount", align: Align::Right, least: 10, grow: 0, drop: 0 },
    Column { title: "Status", align: Align::Left, least: 10, grow: 0, drop: 0 },
];

pub(super) const PANE: Pane = Pane {
    number: "4",
    name: "Invoices",
    about: "invoices",
    columns: COLUMNS,
    len: |state| lists::len(state, rows).saturating_add(previews(state).count()),
    row,
    key,
    target: |state, at| {
        invoice(state, at).filter(|(_, preview)| !preview).map(|(invoice, _)| invoice.id.any())
    },
    subject: |state, at| {
        invoice(state, at).filter(|(_, preview)| !preview).map(|(invoice, _)| Subject::of(invoice))
    },
    raw: |state, at| invoice(state, at).map(|(invoice, _)| invoice.raw().clone()),
    ..with_customer!(Invoices of Invoice in invoices, "no invoice yet")
};

fn rows(folder: &Folder) -> Option<&List<Invoice>> {
    folder.invoices.value.as_ref()
}

fn previews(state: &State) -> impl Iterator<Item = &Record<Invoice>> {
    lists::folders(state)
        .flat_map(|(_, folder)| folder.upcoming.values())
        // After something moved, one that could not be read again is another by now.
        .filter(|slot| !slot.is_old || slot.trouble.is_none())
        .filter_map(|slot| slot.value.as_ref())
}

/// What the next one comes to, beside the others that come.
fn foretold(state: &State, invoice: &Invoice) -> Upcoming {
    Upcoming::among(invoice, previews(state).map(Record::object))
}

/// Previews stand before the newest: what comes next is what customers ask for.
fn invoice(state: &State, at: usize) -> Option<(&Record<Invoice>, bool)> {
    let ahead = previews(state).count();
    if at < ahead {
        return previews(state).nth(at).map(|invoice| (invoice, true));
    }
    lists::get(state, rows, at.saturating_sub(ahead)).map(|invoice| (invoice, false))
}

pub(super) fn status(state: &State, invoice: &Invoice) -> Line {
    let (text, tone) = match &invoice.status {
        InvoiceStatus::Paid => ("● paid".to_owned(), Tone::Good),
        InvoiceStatus::Open if invoice.is_past_due(state.now()) => ("✖ past due".to_owned(), Tone::Bad),
        InvoiceStatus::Open => ("◌ open".to_owned(), Tone::Warn),
        InvoiceStatus::Draft => ("◌ draft".to_owned(), Tone::Dim),
        InvoiceStatus::Void => ("○ void".to_owned(), Tone::Dim),
        InvoiceStatus::Uncollectible => ("✖ written off".to_owned(), Tone::Bad),
        InvoiceStatus::Other(_) => (format!("? {}", invoice.status), Tone::Warn),
    };
    Line::toned(text, tone)
}

fn row(state: &State, at: usize) -> Option<Row> {
    let (invoice, preview) = invoice(state, at)?;
    let zone = state.zone();
    let cells = if preview {
        let told = foretold(state, invoice);
        let when = told.at.map(|at| at.short_date(zone, state.now())).unwrap_or_default();
        let left =
            if told.left.is_zero() { "◌ preview".to_owned() } else { format!("◌ {} credit", told.left) };
        vec![
            merged::tagged(state, invoice.customer_id(), Line::toned("next", Tone::Info)),
            Line::toned(when, Tone::Info),
            Line::toned(told.due.to_string(), Tone::Info),
            Line::toned(left, Tone::Info),
        ]
    } else {
        vec![
            lists::waiting(
                state,
                invoice.id.as_str(),
                merged::tagged(state, invoice.customer_id(), Line::plain(invoice.title())),
            ),
            Line::plain(invoice.created.short_date(zone, state.now())),
            Line::toned(invoice.money().to_string(), Tone::Strong),
            status(state, invoice),
        ]
    };
    let sign = if preview { Sign::None } else { lists::sign(state, invoice.id.as_str()) };
    Some(Row { cells, sign })
}

fn key(state: &State, at: usize, column: usize) -> SortKey {
    let Some((invoice, preview)) = invoice(state, at) else { return SortKey::Number(0) };
    match column {
        0 => SortKey::Text(if preview { String::new() } else { invoice.title().to_owned() }),
        1 => SortKey::Number(invoice.created.0),
        2 if preview => SortKey::Number(foretold(state, invoice).due.minor()),
        2 => SortKey::Number(invoice.total),
        _ => SortKey::Text(status(state, invoice).text()),
    }
}
