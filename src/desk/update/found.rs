//! Who is in the list under the search box, in which order, and who of them is who was typed.

use std::collections::HashMap;

use crate::desk::{
    panes::haystack,
    state::{Found, State},
};

/// Rows of those known here that are listed at once; scrolling brings as many again.
const PAGE: usize = 200;

/// So many of those known here are listed by now.
pub(super) fn most(state: &State) -> usize {
    PAGE.saturating_mul(state.search.pages_here.saturating_add(1))
}

/// The rows for a text: what is known here, best first, then what only Stripe found. And whether more are known here.
pub(super) fn found(state: &mut State, text: &str) -> (Vec<Found>, bool) {
    let most = most(state);
    let (here, more) = state.search.sought.find(text, &state.data.known, most);
    let mut found: Vec<Found> =
        state.search.remote.iter().filter(|found| found.because.is_some()).cloned().collect();
    found.extend(here.into_iter().map(|(id, matched)| Found { matched, ..Found::plain(id) }));
    for remote in &state.search.remote {
        if !found.iter().any(|found| found.customer == remote.customer) {
            found.push(remote.clone());
        }
    }
    let mut seen = std::collections::HashSet::new();
    found.retain(|found| seen.insert(found.customer.clone()));
    // Whoever has exactly this address comes first, then who has what was typed, then who looks alike.
    found.sort_by_cached_key(|found| (!has_address(state, found, text), !has_typed(state, found, text)));
    (found, more)
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
