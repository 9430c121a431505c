//! Who is in the list under the search box, in which order, and who of them is who was typed.

use std::collections::HashMap;

use crate::{
    desk::{
        fuzzy,
        panes::haystack,
        state::{Found, State},
    },
    model::CustomerId,
};

/// Rows of those known here that are listed at once; scrolling brings as many again.
const PAGE: usize = 200;

/// The rows for a text: what is known here, best first, then what only Stripe found. And whether more are known here.
pub(super) fn found(state: &State, text: &str) -> (Vec<Found>, bool) {
    let known: Vec<(&CustomerId, String)> =
        state.data.known.iter().map(|(id, customer)| (id, haystack(customer))).collect();
    let mut found: Vec<Found> =
        state.search.remote.iter().filter(|found| found.because.is_some()).cloned().collect();
    let most = PAGE.saturating_mul(state.search.pages_here.saturating_add(1));
    let here = fuzzy::find(text, known.iter().map(|(_, text)| text.as_str()), most);
    found.extend(here.rows.into_iter().filter_map(|(at, matched)| {
        known.get(at).map(|(id, _)| Found { matched, ..Found::plain((*id).clone()) })
    }));
    for remote in &state.search.remote {
        if !found.iter().any(|found| found.customer == remote.customer) {
            found.push(remote.clone());
        }
    }
    let mut seen = std::collections::HashSet::new();
    found.retain(|found| seen.insert(found.customer.clone()));
    // Whoever has exactly this address comes first, then who has what was typed, then who looks alike.
    found.sort_by_key(|found| (!has_address(state, found, text), !has_typed(state, found, text)));
    (found, here.more)
}

pub(super) fn has_address(state: &State, found: &Found, text: &str) -> bool {
    let customer = state.data.customer(&found.customer);
    let email = customer.and_then(|customer| customer.email.as_ref());
    email.is_some_and(|email| email.as_str().eq_ignore_ascii_case(text))
}

/// Every word of it stands in their name or address, or Stripe found them by something else that they have.
pub(super) fn has_typed(state: &State, found: &Found, text: &str) -> bool {
    let id = found.customer.as_str();
    if found.because.as_deref().is_some_and(|because| because != id) || id == text {
        return true;
    }
    let hay = state.data.customer(&found.customer).map(|customer| haystack(customer).to_lowercase());
    hay.is_some_and(|hay| text.to_lowercase().split_whitespace().all(|word| hay.contains(word)))
}

/// Rows that say the same get their ids.
pub(super) fn tell_twins_apart(state: &mut State) {
    let words = |found: &Found| state.data.customer(&found.customer).map(|customer| haystack(customer));
    let mut seen: HashMap<String, usize> = HashMap::new();
    for words in state.search.found.iter().filter_map(words) {
        let count = seen.entry(words).or_default();
        *count = count.saturating_add(1);
    }
    let twins: Vec<_> = state
        .search
        .found
        .iter()
        .map(|found| words(found).is_some_and(|words| seen.get(&words) > Some(&1)))
        .collect();
    for (found, _) in
        state.search.found.iter_mut().zip(twins).filter(|(found, twin)| *twin && found.because.is_none())
    {
        found.because = Some(found.customer.to_string());
    }
}
