//! Fuzzy matching of what is known here, with the letters that matched.

use nucleo_matcher::{
    Config, Matcher, Utf32Str,
    pattern::{AtomKind, CaseMatching, Normalization, Pattern},
};

/// What was found, best first: the index of each candidate and the characters of it that matched.
#[derive(Debug, Default)]
pub(super) struct Matches {
    pub(super) rows: Vec<(usize, Vec<u32>)>,
    /// There were more than `most`.
    pub(super) more: bool,
}

/// At most `most` of the candidates that match in letters which stand close together.
pub(super) fn find<'a>(text: &str, candidates: impl Iterator<Item = &'a str>, most: usize) -> Matches {
    let (pattern, mut matcher, mut buffer) = (pattern(text), Matcher::new(Config::DEFAULT), Vec::new());
    let scored = scored(&pattern, candidates, &mut matcher);
    // Letters scattered over a whole line match almost anything: far behind the best, they are noise.
    let least = scored.first().map_or(0, |(best, ..)| best.saturating_mul(2) / 3);
    let near = scored.into_iter().take_while(|(score, ..)| *score >= least);
    let mut hits = near.filter_map(|(_, at, text)| {
        Some((at, letters(&pattern, Utf32Str::new(text, &mut buffer), &mut matcher)?))
    });
    let rows = hits.by_ref().take(most).collect();
    Matches { rows, more: hits.next().is_some() }
}

/// Every candidate that has the letters in their order, best first: for short lists, in which a few letters of each word are how
/// people type.
pub(super) fn loosely<'a>(text: &str, candidates: impl Iterator<Item = &'a str>) -> Vec<(usize, Vec<u32>)> {
    let (pattern, mut matcher, mut buffer) = (pattern(text), Matcher::new(Config::DEFAULT), Vec::new());
    let scored = scored(&pattern, candidates, &mut matcher).into_iter();
    let hit = |(_, at, text): (u32, usize, &str)| {
        let mut letters = Vec::new();
        pattern.indices(Utf32Str::new(text, &mut buffer), &mut matcher, &mut letters);
        letters.sort_unstable();
        letters.dedup();
        (at, letters)
    };
    scored.map(hit).collect()
}

fn pattern(text: &str) -> Pattern {
    Pattern::new(text, CaseMatching::Smart, Normalization::Smart, AtomKind::Fuzzy)
}

/// Score, index and text of what matches, best first.
fn scored<'a>(
    pattern: &Pattern,
    candidates: impl Iterator<Item = &'a str>,
    matcher: &mut Matcher,
) -> Vec<(u32, usize, &'a str)> {
    let mut buffer = Vec::new();
    let hits = candidates.enumerate().filter_map(|(at, text)| {
        pattern.score(Utf32Str::new(text, &mut buffer), matcher).map(|score| (score, at, text))
    });
    let mut scored: Vec<_> = hits.collect();
    scored.sort_by(|a, b| b.0.cmp(&a.0).then(a.1.cmp(&b.1)));
    scored
}

/// The characters that matched; none where those of a word stand so far apart that nobody would see it in them.
fn letters(pattern: &Pattern, text: Utf32Str<'_>, matcher: &mut Matcher) -> Option<Vec<u32>> {
    let mut all = Vec::new();
    for word in &pattern.atoms {
        let mut letters = Vec::new();
        word.indices(text, matcher, &mut letters)?;
        let (first, last) = (letters.iter().min()?, letters.iter().max()?);
        let span = last.saturating_sub(*first).saturating_add(1);
        let wanted = u32::try_from(word.needle_text().len()).unwrap_or(u32::MAX);
        if span > wanted.saturating_add(wanted / 2) {
            return None;
        }
        all.append(&mut letters);
    }
    all.sort_unstable();
    all.dedup();
    Some(all)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_best_match_comes_first_with_its_letters() {
        let names = ["Adam Ant adam@ant.io", "Grace Hopper", "Ada Lovelace ada@example.com"];
        let found = find("ada@", names.into_iter(), 9).rows;
        assert_eq!(found[0].0, 2);
        assert_eq!(found[0].1, [13, 14, 15, 16]);
        assert!(found.iter().all(|(at, _)| *at != 1));
    }

    #[test]
    fn letters_far_apart_are_no_match() {
        let names = ["Kenji Watanabe kenji.d@example.com", "Kwadwo Mensah k@example.com", "Granite Clinic"];
        let found = |text: &str| -> Vec<usize> {
            find(text, names.into_iter(), 9).rows.into_iter().map(|(at, _)| at).collect()
        };
        assert_eq!(found("kwd"), [1], "K, w, d of three words are nobody's name");
        assert_eq!(found("gant"), [2], "a letter left out is");
        assert_eq!(found("mensah kwad"), [1], "words stand in any order");
        assert_eq!(found("!kwadwo"), Vec::<usize>::new(), "no letter means anything else than itself");
    }

    #[test]
    fn what_is_left_out_is_said() {
        let names = ["Ada", "Ada", "Ada"];
        let found = find("ada", names.into_iter(), 2);
        assert_eq!((found.rows.len(), found.more), (2, true));
        assert!(!find("ada", names.into_iter(), 3).more);
    }
}
