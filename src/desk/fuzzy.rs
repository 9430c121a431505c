//! Fuzzy matching of what is known here, with the letters that matched.

use nucleo_matcher::{
    Config, Matcher, Utf32Str,
    pattern::{AtomKind, CaseMatching, Normalization, Pattern},
};

/// What was found, best first: the index of each candidate and the characters of it that matched.
#[derive(Clone, Debug, Default)]
pub(super) struct Matches {
    pub(super) rows: Vec<(usize, Vec<u32>)>,
    /// There were more than were wanted.
    pub(super) more: bool,
}

/// A text that is typed letter by letter, looked for among the same candidates: what a longer one matches stands among what its
/// beginning matched, and what was found before a letter is there again when that is taken back.
#[derive(Clone, Default)]
pub(super) struct Steps(Vec<Step>);

#[derive(Clone)]
struct Step {
    text: String,
    /// All that have the letters in their order.
    hits: Vec<u32>,
    most: usize,
    found: Matches,
}

impl Steps {
    /// At most `most` of the candidates that match in letters which stand close together.
    pub(super) fn find(&mut self, text: &str, all: &[impl AsRef<str>], most: usize) -> Matches {
        self.0.retain(|step| text.starts_with(&step.text) && !text.contains(ESCAPE));
        if let Some(step) = self.0.last().filter(|step| step.text == text && step.most == most) {
            return step.found.clone();
        }
        let (pattern, mut matcher, mut buffer) = (pattern(text), Matcher::new(Config::DEFAULT), Vec::new());
        let mut score = |at: u32| {
            let candidate = all.get(usize::try_from(at).ok()?)?.as_ref();
            Some((pattern.score(Utf32Str::new(candidate, &mut buffer), &mut matcher)?, at))
        };
        let mut scored: Vec<Scored> = match self.0.last() {
            Some(step) => step.hits.iter().filter_map(|at| score(*at)).collect(),
            None => (0..u32::try_from(all.len()).unwrap_or(u32::MAX)).filter_map(&mut score).collect(),
        };
        let hits = scored.iter().map(|(_, at)| *at).collect();
        let found = nearest(&pattern, &mut scored, all, most);
        self.0.retain(|step| step.text != text);
        self.0.push(Step { text: text.to_owned(), hits, most, found: found.clone() });
        found
    }
}

/// How well it matches, and which candidate it is.
type Scored = (u32, u32);

/// Before a blank it makes one word of two: what is typed behind it may match more than what stands before.
const ESCAPE: char = '\\';

/// The best of what was scored, as far as its letters stand close together.
fn nearest(pattern: &Pattern, scored: &mut [Scored], all: &[impl AsRef<str>], most: usize) -> Matches {
    let (mut matcher, mut buffer) = (Matcher::new(Config::DEFAULT), Vec::new());
    // Letters scattered over a whole line match almost anything: far behind the best, they are noise.
    let least = scored.iter().map(|(score, _)| *score).max().unwrap_or(0).saturating_mul(2) / 3;
    let mut found = Matches::default();
    let mut rest = scored;
    while !rest.is_empty() {
        let (best, behind) = best_first(rest, most.saturating_add(1));
        for (score, at) in best.iter().copied() {
            if score < least {
                return found;
            }
            let index = usize::try_from(at).unwrap_or(usize::MAX);
            let Some(text) = all.get(index).map(AsRef::as_ref) else { continue };
            let Some(letters) = letters(pattern, Utf32Str::new(text, &mut buffer), &mut matcher) else {
                continue;
            };
            if found.rows.len() == most {
                return Matches { more: true, ..found };
            }
            found.rows.push((index, letters));
        }
        rest = behind;
    }
    found
}

/// The best so many in their order, and the others in none: of a hundred thousand, a few hundred are looked at.
fn best_first(scored: &mut [Scored], count: usize) -> (&mut [Scored], &mut [Scored]) {
    let order = |a: &Scored, b: &Scored| b.0.cmp(&a.0).then(a.1.cmp(&b.1));
    let count = count.min(scored.len());
    if count < scored.len() {
        scored.select_nth_unstable_by(count, order);
    }
    let (best, behind) = scored.split_at_mut(count);
    best.sort_unstable_by(order);
    (best, behind)
}

/// Every candidate that has the letters in their order, best first: for short lists, in which a few letters of each word are how
/// people type.
pub(super) fn loosely<'a>(text: &str, candidates: impl Iterator<Item = &'a str>) -> Vec<(usize, Vec<u32>)> {
    let (pattern, mut matcher, mut buffer) = (pattern(text), Matcher::new(Config::DEFAULT), Vec::new());
    let hits = candidates.enumerate().filter_map(|(at, text)| {
        pattern.score(Utf32Str::new(text, &mut buffer), &mut matcher).map(|score| (score, at, text))
    });
    let mut scored: Vec<_> = hits.collect();
    scored.sort_by(|a, b| b.0.cmp(&a.0).then(a.1.cmp(&b.1)));
    let hit = |(_, at, text): (u32, usize, &str)| {
        let mut letters = Vec::new();
        pattern.indices(Utf32Str::new(text, &mut buffer), &mut matcher, &mut letters);
        letters.sort_unstable();
        letters.dedup();
        (at, letters)
    };
    scored.into_iter().map(hit).collect()
}

fn pattern(text: &str) -> Pattern {
    Pattern::new(text, CaseMatching::Smart, Normalization::Smart, AtomKind::Fuzzy)
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

    fn find(text: &str, names: &[&str], most: usize) -> Matches {
        Steps::default().find(text, names, most)
    }

    #[test]
    fn the_best_match_comes_first_with_its_letters() {
        let names = ["Adam Ant adam@ant.io", "Grace Hopper", "Ada Lovelace ada@example.com"];
        let found = find("ada@", &names, 9).rows;
        assert_eq!(found[0].0, 2);
        assert_eq!(found[0].1, [13, 14, 15, 16]);
        assert!(found.iter().all(|(at, _)| *at != 1));
    }

    #[test]
    fn letters_far_apart_are_no_match() {
        let names = ["Kenji Watanabe kenji.d@example.com", "Kwadwo Mensah k@example.com", "Granite Clinic"];
        let found =
            |text: &str| -> Vec<usize> { find(text, &names, 9).rows.into_iter().map(|(at, _)| at).collect() };
        assert_eq!(found("kwd"), [1], "K, w, d of three words are nobody's name");
        assert_eq!(found("gant"), [2], "a letter left out is");
        assert_eq!(found("mensah kwad"), [1], "words stand in any order");
        assert_eq!(found("!kwadwo"), Vec::<usize>::new(), "no letter means anything else than itself");
    }

    #[test]
    fn what_is_left_out_is_said() {
        let names = ["Ada", "Ada", "Ada"];
        let found = find("ada", &names, 2);
        assert_eq!((found.rows.len(), found.more), (2, true));
        assert!(!find("ada", &names, 3).more);
    }

    #[test]
    fn letter_by_letter_finds_what_the_whole_text_finds() {
        let first = ["Ada", "Grace", "Kwadwo", "Zoë", "Jean-Luc", "ADA", "O\\'Neil"];
        let last = ["Lovelace", "Hopper", "Mensah", "Ångström", "van der Berg", "Lo"];
        let names: Vec<String> = (0..600)
            .map(|at| format!("{} {} {at}@{}.example", first[at % 7], last[at / 7 % 6], last[at % 5]))
            .collect();
        let seen = |found: &Matches| (found.rows.clone(), found.more);
        for typed in
            ["lovelace 12", "Ada H", "zoë å", "van 3@", "O\\'N", "\\ a b", "grace hop", "e@.", "  lo"]
        {
            let mut steps = Steps::default();
            let ends: Vec<usize> = (1..=typed.len()).filter(|end| typed.is_char_boundary(*end)).collect();
            // Forth, back, and forth with more rows wanted.
            let there = ends.iter().map(|end| (*end, 5));
            for (end, most) in there.clone().chain(there.rev()).chain(ends.iter().map(|end| (*end, 40))) {
                let text = typed.get(..end).unwrap();
                let whole = Steps::default().find(text, &names, most);
                assert_eq!(seen(&steps.find(text, &names, most)), seen(&whole), "“{text}” of “{typed}”");
            }
        }
    }
}
