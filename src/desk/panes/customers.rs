//! Customers: what the search box found, or the newest.

use super::{Pane, PaneId, SortKey};
use crate::{
    actions::Subject,
    desk::{
        finder,
        sheet::{Align, Column, Line, Row, Span, Tone},
        state::{Found, State},
    },
    model::{Customer, Kind, Record},
    text::Untrusted,
};

const COLUMNS: &[Column] = &[
    Column { title: "Name", align: Align::Left, least: 12, grow: 1, drop: 0 },
    Column { title: "E-mail", align: Align::Left, least: 10, grow: 2, drop: 1 },
];

const NOTHING: &str = "nothing found here or at Stripe. Somebody new may be missing for a minute: their whole e-mail or \
                       id finds them at once";

pub(super) const PANE: Pane = Pane {
    id: PaneId::Customers,
    number: "1",
    name: "Customers",
    about: "customers",
    kind: Kind::Customer,
    further: false,
    source: None,
    columns: COLUMNS,
    len: |state| state.search.found.len(),
    rank: None,
    row,
    key: |state, at, column| {
        SortKey::Text(
            row(state, at).and_then(|row| row.cells.get(column).map(Line::text)).unwrap_or_default(),
        )
    },
    target: |state, at| state.search.found.get(at).map(|found| found.customer.any()),
    subject: |state, at| customer(state, at).map(Subject::of),
    raw: |state, at| customer(state, at).map(|customer| customer.raw().clone()),
    empty,
    loading: |state| !state.search.asking.is_empty(),
    has_more: |_| false,
    more: |_| None,
    short_of: |_| None,
    unreadable: |_| 0,
};

fn customer(state: &State, at: usize) -> Option<&Record<Customer>> {
    state.data.customer(&state.search.found.get(at)?.customer)
}

/// What search matches against: name, a space, e-mail.
pub(in crate::desk) fn haystack(customer: &Customer) -> String {
    format!("{} {}", name(customer), email(customer))
}

fn name(customer: &Customer) -> &str {
    if customer.deleted { "(deleted)" } else { customer.name.as_ref().map_or("", Untrusted::as_str) }
}

fn email(customer: &Customer) -> &str {
    customer.email.as_ref().map_or("", Untrusted::as_str)
}

fn row(state: &State, at: usize) -> Option<Row> {
    let found = state.search.found.get(at)?;
    let Some(customer) = customer(state, at) else {
        return Some(Row {
            cells: vec![Line::toned(found.customer.to_string(), Tone::Dim), Line::default()],
            marked: false,
        });
    };
    let open = state.open.as_ref() == Some(&found.customer);
    let (name, email) = (name(customer), email(customer));
    let (name, shift) = if name.is_empty() { (customer.id.as_str(), None) } else { (name, Some(0)) };
    let after = u32::try_from(name.chars().count()).unwrap_or(u32::MAX).saturating_add(1);
    let name = highlighted(name, found, shift, if open { Tone::Accent } else { Tone::Plain });
    let email = match &found.because {
        Some(because) => Line::toned(because.clone(), Tone::Info),
        None => highlighted(email, found, Some(after), Tone::Dim),
    };
    Some(Row { cells: vec![name, email], marked: false })
}

/// The text with the letters that matched in a tone of their own; `shift` is where it starts in the haystack.
fn highlighted(text: &str, found: &Found, shift: Option<u32>, tone: Tone) -> Line {
    let Some(shift) = shift.filter(|_| !found.matched.is_empty()) else { return Line::toned(text, tone) };
    let mut spans: Vec<Span> = Vec::new();
    for (at, c) in text.chars().enumerate() {
        let at = u32::try_from(at).unwrap_or(u32::MAX).saturating_add(shift);
        let tone = if found.matched.binary_search(&at).is_ok() { Tone::Match } else { tone };
        match spans.last_mut() {
            Some(last) if last.tone == tone => last.text.push(c),
            _ => spans.push(Span { text: c.to_string(), tone }),
        }
    }
    Line(spans)
}

fn empty(state: &State) -> Line {
    let search = &state.search;
    let text = search.input.value().trim();
    match (&search.trouble, search.asking.is_empty(), text.is_empty()) {
        (Some(trouble), ..) => Line::toned(format!("✖ {}", trouble.line()), Tone::Bad),
        (None, false, _) => Line::toned("asking Stripe…", Tone::Dim),
        (None, true, true) => Line::toned("no customer yet", Tone::Dim),
        (None, true, false) => {
            Line::toned(finder::no_such_prefix(text).unwrap_or_else(|| NOTHING.to_owned()), Tone::Dim)
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::desk::fixture::state;

    #[test]
    fn an_empty_result_says_why() {
        let mut state = state();
        state.search.found.clear();
        let mut says = |text: &str| {
            state.search.input = tui_input::Input::new(text.to_owned());
            empty(&state).text()
        };
        assert!(says("zz_abc").starts_with("no id starts with zz_; ids here start with cus_, ch_"));
        assert_eq!(says("somebody"), NOTHING);
        assert_eq!(says(""), "no customer yet");
    }
}
