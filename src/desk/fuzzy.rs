//! Fuzzy matching of what is known here, with the letters that matched.

use nucleo_matcher::{
    Config, Matcher, Utf32Str,
    pattern::{CaseMatching, Normalization, Pattern},
};

/// Rows kept at most: nobody scrolls further in a search.
const FOUND_MOST: usize = 200;

/// Best first: the index of each candidate that matches, and the characters of it that did.
pub(super) fn find<'a>(text: &str, candidates: impl Iterator<Item = &'a str>) -> Vec<(usize, Vec<u32>)> {
    let mut matcher = Matcher::new(Config::DEFAULT);
    let pattern = Pattern::parse(text, CaseMatching::Smart, Normalization::Smart);
    let mut buffer = Vec::new();
    let mut scored: Vec<(u32, usize, &str)> = candidates
        .enumerate()
        .filter_map(|(at, text)| {
            pattern.score(Utf32Str::new(text, &mut buffer), &mut matcher).map(|score| (score, at, text))
        })
        .collect();
    scored.sort_by(|a, b| b.0.cmp(&a.0).then(a.1.cmp(&b.1)));
    // Letters scattered over a whole line match almost anything: far behind the best, they are noise.
    let least = scored.first().map_or(0, |(best, ..)| best.saturating_mul(2) / 3);
    scored.retain(|(score, ..)| *score >= least);
    scored.truncate(FOUND_MOST);
    scored
        .into_iter()
        .map(|(_, at, text)| {
            let mut letters = Vec::new();
            pattern.indices(Utf32Str::new(text, &mut buffer), &mut matcher, &mut letters);
            letters.sort_unstable();
            letters.dedup();
            (at, letters)
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_best_match_comes_first_with_its_letters() {
        let names = ["Adam Ant adam@ant.io", "Grace Hopper", "Ada Lovelace ada@example.com"];
        let found = find("ada@", names.into_iter());
        assert_eq!(found[0].0, 2);
        assert_eq!(found[0].1, [13, 14, 15, 16]);
        assert!(found.iter().all(|(at, _)| *at != 1));
    }
}
