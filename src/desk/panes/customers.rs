//! Customers: what the search box found, or the newest.

use super::{Pane, PaneId, SortKey};
use crate::{
    actions::Subject,
    desk::{
        finder,
        sheet::{Align, Column, Line, Row, Sign, Span, Tone},
        state::{Found, State},
    },
    model::{Customer, Kind, Record},
    text::Untrusted,
};

const COLUMNS: &[Column] = &[
    Column { title: "Name", align: Align::Left, least: 12, grow: 1, drop: 0 },
    Column { title: "E-mail", align: Align::Left, least: 10, grow: 2, drop: 1 },
];

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
    has_more,
    more: |_| None,
    short_of: |_| None,
    unreadable: |_| 0,
};

fn customer(state: &State, at: usize) -> Option<&Record<Customer>> {
    state.data.customer(&state.search.found.get(at)?.customer)
}

fn has_more(state: &State) -> bool {
    let search = &state.search;
    let at_stripe = if search.input.value().trim().is_empty() {
        search.newest_further.is_some()
    } else {
        !search.further.is_empty()
    };
    search.more_here || at_stripe
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
            sign: Sign::None,
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
    Some(Row { cells: vec![name, email], sign: Sign::None })
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
        (None, false, _) if search.enter_pending => {
            Line::toned("asking Stripe… Enter opens who is found", Tone::Dim)
        }
        (None, false, _) => Line::toned("asking Stripe…", Tone::Dim),
        (None, true, true) => Line::toned("no customer yet", Tone::Dim),
        (None, true, false) => {
            let when = finder::When { now: state.now(), zone: state.zone() };
            Line::toned(finder::nothing(text, &when, Some(state.data.known.len())), Tone::Dim)
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
        let nobody = says("somebody");
        assert!(nobody.contains("known here, nor at Stripe in names and e-mail addresses"), "{nobody}");
        assert!(nobody.contains("Somebody new may be missing for a minute"), "{nobody}");
        let amount = says("$1.23");
        assert!(amount.contains("charges of $1.23") && !amount.contains("Somebody"), "{amount}");
        let address = says("nobody@example.com");
        assert!(address.contains("this address") && !address.contains("missing"), "{address}");
        assert_eq!(says(""), "no customer yet");
    }
}
