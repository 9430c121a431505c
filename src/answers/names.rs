//! Names that are looked up by the hundred thousand: their beginning stands in the table itself, so that comparing one seldom looks
//! anywhere else; and numbers for them, so that what is counted of each stands in a row.

use std::hash::{Hash, Hasher};

use super::Quick;

/// As long as the ids of Stripe's objects become.
const HEAD: usize = 32;

/// A name, equal and hashed as its text is.
#[derive(Clone, Copy, Debug)]
pub(super) struct Name<'a> {
    /// Filled up with zeros.
    head: [u8; HEAD],
    text: &'a str,
}

impl<'a> Name<'a> {
    pub(super) fn new(text: &'a str) -> Self {
        let mut head = [0; HEAD];
        let most = text.len().min(HEAD);
        // As a whole: byte by byte is a tenth of all that is done with them.
        if let (Some(to), Some(from)) = (head.get_mut(..most), text.as_bytes().get(..most)) {
            to.copy_from_slice(from);
        }
        Self { head, text }
    }
}

impl PartialEq for Name<'_> {
    fn eq(&self, other: &Self) -> bool {
        self.head == other.head
            && self.text.len() == other.text.len()
            && (self.text.len() <= HEAD || self.text == other.text)
    }
}

impl Eq for Name<'_> {}

impl Hash for Name<'_> {
    fn hash<H: Hasher>(&self, state: &mut H) {
        // Of the head, which is at hand; what lies behind it seldom tells two apart.
        state.write(&self.head);
        state.write_usize(self.text.len());
    }
}

/// So that it is not sorted anew as it grows.
pub(super) fn roomy<K, V>(names: usize) -> Quick<K, V> {
    Quick::with_capacity_and_hasher(names, foldhash::fast::RandomState::default())
}

/// A number for each name, from nought on, in the order in which they come.
#[derive(Debug, Default)]
pub(super) struct Numbers<'a> {
    known: Quick<Name<'a>, usize>,
    names: Vec<&'a str>,
}

impl<'a> Numbers<'a> {
    pub(super) fn with_room(names: usize) -> Self {
        Self { known: roomy(names), names: Vec::new() }
    }

    pub(super) fn of(&mut self, text: &'a str) -> usize {
        *self.known.entry(Name::new(text)).or_insert_with(|| {
            self.names.push(text);
            self.names.len().saturating_sub(1)
        })
    }

    pub(super) fn len(&self) -> usize {
        self.names.len()
    }

    pub(super) fn name(&self, number: usize) -> &'a str {
        self.names.get(number).copied().unwrap_or_default()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_equal_as_their_texts_are() {
        let long = "x".repeat(HEAD);
        let texts =
            ["", "\0", "\0\0", "a", "cus_1", "cus_10", &long, &format!("{long}a"), &format!("{long}b")];
        let mut numbers = Numbers::default();
        for (at, text) in texts.iter().enumerate() {
            assert_eq!(numbers.of(text), at, "{text:?}");
        }
        for (at, text) in texts.iter().enumerate() {
            let again: String = text.chars().collect();
            assert!(Name::new(&again) == Name::new(text));
            assert_eq!((numbers.of(text), numbers.name(at)), (at, *text));
        }
        assert_eq!((numbers.len(), numbers.name(99)), (texts.len(), ""));
    }
}
