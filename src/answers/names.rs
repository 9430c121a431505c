//! Names that are looked up by the hundred thousand: their beginning stands in the table itself, so that comparing one seldom looks
//! anywhere else; and numbers for them, so that what is counted of each stands in a row.

use std::{
    hash::{BuildHasher, Hash, Hasher},
    hint::black_box,
};

use foldhash::fast::RandomState;

/// As long as the ids of Stripe's objects become, in words of eight bytes.
const HEAD: usize = 4;
/// Names that are read before the first of them is looked up: what one waits for is on its way while others are read.
pub(super) const AT_ONCE: usize = 64;

/// Looks at the beginning of each and at nothing else. Texts lie far apart: waited for one after the other, they take longer than
/// whatever is done with them; so all of them are on their way at once.
pub(super) fn send_for<'a>(texts: impl Iterator<Item = &'a str>) {
    black_box(texts.fold(0, |all, text| all ^ text.as_bytes().first().copied().unwrap_or_default()));
}

/// The names that were there, of some that are looked up at once.
pub(super) type Read<'a> = Vec<Option<Sought<'a>>>;

/// A name, equal and hashed as its text is.
#[derive(Clone, Copy, Debug)]
struct Name<'a> {
    /// Filled up with zeros.
    head: [u64; HEAD],
    text: &'a str,
}

impl<'a> Name<'a> {
    fn new(text: &'a str) -> Self {
        let mut head = [0; HEAD];
        let (words, rest) = text.as_bytes().as_chunks();
        for (to, from) in head.iter_mut().zip(words) {
            *to = u64::from_le_bytes(*from);
        }
        if let Some(to) = head.get_mut(words.len()) {
            *to = rest.iter().rev().fold(0, |word, byte| (word << 8) | u64::from(*byte));
        }
        Self { head, text }
    }
}

impl PartialEq for Name<'_> {
    fn eq(&self, other: &Self) -> bool {
        self.head == other.head
            && self.text.len() == other.text.len()
            && (self.text.len() <= size_of_val(&self.head) || self.text == other.text)
    }
}

impl Eq for Name<'_> {}

impl Hash for Name<'_> {
    fn hash<H: Hasher>(&self, state: &mut H) {
        // Of the head, which is at hand, and of what lies behind it: addresses and order numbers may begin alike by the thousand.
        for word in self.head {
            state.write_u64(word);
        }
        state.write_usize(self.text.len());
        if let Some(rest) = self.text.as_bytes().get(HEAD..).filter(|rest| !rest.is_empty()) {
            state.write(rest);
        }
    }
}

/// A name that was read, to be looked up.
#[derive(Clone, Copy, Debug)]
pub(super) struct Sought<'a> {
    name: Name<'a>,
    hash: u64,
}

/// Where a name stands, and a part of its hash: so that hardly another one is compared with it.
#[derive(Clone, Copy, Debug)]
struct Slot {
    part: u32,
    place: u32,
}

/// No name stands there.
const FREE: u32 = u32::MAX;
const SLOTS_LEAST: usize = 16;

/// What is kept of each name, in the order in which they came.
#[derive(Debug)]
pub(super) struct Names<'a, V> {
    rows: Vec<(Name<'a>, V)>,
    /// A power of two, and no more than half of them are taken.
    slots: Vec<Slot>,
    hashing: RandomState,
}

impl<'a, V> Names<'a, V> {
    /// So that it is not sorted anew as it grows.
    pub(super) fn with_room(names: usize) -> Self {
        Self { rows: Vec::with_capacity(names), slots: slots(names), hashing: RandomState::default() }
    }

    /// Reads a name; which table asks makes a difference to none but that table.
    pub(super) fn sought(&self, text: &'a str) -> Sought<'a> {
        let name = Name::new(text);
        Sought { name, hash: self.hashing.hash_one(name) }
    }

    /// Reads some, to be looked up next; and sends for the places where they will be looked up.
    pub(super) fn read(&self, texts: &[Option<&'a str>], read: &mut Read<'a>) {
        send_for(texts.iter().copied().flatten());
        read.clear();
        read.extend(texts.iter().map(|text| Some(self.sought((*text)?))));
        black_box(read.iter().flatten().fold(0, |all, sought| all ^ self.beginning(sought)));
    }

    /// Of the name that stands where this one is looked for first.
    fn beginning(&self, sought: &Sought<'a>) -> u64 {
        let at = parts(sought.hash).1 & self.slots.len().saturating_sub(1);
        let place = self.slots.get(at).map_or(FREE, |slot| slot.place);
        self.rows.get(usize::try_from(place).unwrap_or(usize::MAX)).map_or(0, |(name, _)| name.head[0])
    }

    /// The place of a name, which is new with this where it was not there.
    pub(super) fn place(&mut self, sought: &Sought<'a>, new: impl FnOnce() -> V) -> usize {
        match self.seek(sought) {
            Ok(place) => place,
            Err(free) => {
                let place = self.rows.len();
                self.rows.push((sought.name, new()));
                set(&mut self.slots, free, sought.hash, place);
                if self.rows.len().saturating_mul(2) > self.slots.len() {
                    self.grow();
                }
                place
            }
        }
    }

    pub(super) fn get(&self, sought: &Sought<'a>) -> Option<&V> {
        self.at(self.seek(sought).ok()?)
    }

    pub(super) fn at(&self, place: usize) -> Option<&V> {
        self.rows.get(place).map(|(_, kept)| kept)
    }

    /// Keeps this of a name, whatever was kept of it before.
    pub(super) fn set(&mut self, sought: &Sought<'a>, kept: V)
    where
        V: Copy,
    {
        let place = self.place(sought, || kept);
        if let Some((_, known)) = self.rows.get_mut(place) {
            *known = kept;
        }
    }

    /// Its place; or the slot where it would stand.
    fn seek(&self, sought: &Sought<'a>) -> Result<usize, usize> {
        let (part, mut at) = parts(sought.hash);
        loop {
            at &= self.slots.len().saturating_sub(1);
            let Some(slot) = self.slots.get(at).filter(|slot| slot.place != FREE) else { return Err(at) };
            if slot.part == part {
                let place = usize::try_from(slot.place).unwrap_or(usize::MAX);
                if self.rows.get(place).is_some_and(|(name, _)| *name == sought.name) {
                    return Ok(place);
                }
            }
            at = at.saturating_add(1);
        }
    }

    fn grow(&mut self) {
        let mut wider = slots(self.rows.len().saturating_mul(2));
        let mask = wider.len().saturating_sub(1);
        for (place, (name, _)) in self.rows.iter().enumerate() {
            let hash = self.hashing.hash_one(name);
            let (_, mut at) = parts(hash);
            while wider.get(at & mask).is_some_and(|slot| slot.place != FREE) {
                at = at.saturating_add(1);
            }
            set(&mut wider, at & mask, hash, place);
        }
        self.slots = wider;
    }
}

fn slots(names: usize) -> Vec<Slot> {
    let count = names.saturating_mul(2).next_power_of_two().max(SLOTS_LEAST);
    vec![Slot { part: 0, place: FREE }; count]
}

/// What stands in a slot, and from which one on it may stand there.
fn parts(hash: u64) -> (u32, usize) {
    (u32::try_from(hash >> 32).unwrap_or(0), usize::try_from(hash & u64::from(u32::MAX)).unwrap_or(0))
}

fn set(slots: &mut [Slot], at: usize, hash: u64, place: usize) {
    if let (Some(slot), Ok(place)) = (slots.get_mut(at), u32::try_from(place)) {
        *slot = Slot { part: parts(hash).0, place };
    }
}

/// A number for each name, from nought on, in the order in which they come.
#[derive(Debug)]
pub(super) struct Numbers<'a> {
    known: Names<'a, ()>,
}

impl<'a> Numbers<'a> {
    pub(super) fn with_room(names: usize) -> Self {
        Self { known: Names::with_room(names) }
    }

    pub(super) fn of(&mut self, text: &'a str) -> usize {
        let sought = self.known.sought(text);
        self.known.place(&sought, || ())
    }

    /// Of some names at once.
    pub(super) fn of_all(
        &mut self,
        texts: &[Option<&'a str>],
        read: &mut Read<'a>,
        numbers: &mut Vec<Option<usize>>,
    ) {
        self.known.read(texts, read);
        numbers.extend(read.iter().map(|sought| Some(self.known.place(sought.as_ref()?, || ()))));
    }

    pub(super) fn len(&self) -> usize {
        self.known.rows.len()
    }

    pub(super) fn name(&self, number: usize) -> &'a str {
        self.known.rows.get(number).map_or("", |(name, ())| name.text)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_that_begin_alike_are_told_apart_by_their_hashes() {
        let hashing = RandomState::default();
        let names: Vec<String> =
            (0..1_000).map(|at| format!("https://shop.example.com/orders/{at:06}")).collect();
        let hashes: std::collections::BTreeSet<u64> =
            names.iter().map(|name| hashing.hash_one(Name::new(name))).collect();
        assert!(hashes.len() > 990, "{}", hashes.len());
    }

    #[test]
    fn names_are_equal_as_their_texts_are() {
        let long = "x".repeat(32);
        let texts =
            ["", "\0", "\0\0", "a", "cus_1", "cus_10", &long, &format!("{long}a"), &format!("{long}b")];
        let mut numbers = Numbers::with_room(0);
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

    #[test]
    fn a_table_that_grows_loses_no_name() {
        let texts: Vec<String> = (0..5_000).map(|n| format!("cus_{n}")).collect();
        let mut names = Names::with_room(0);
        for (at, text) in texts.iter().enumerate() {
            let sought = names.sought(text);
            assert!(names.get(&sought).is_none());
            assert_eq!(names.place(&sought, || at), at);
        }
        for (at, text) in texts.iter().enumerate() {
            assert_eq!(names.get(&names.sought(text)), Some(&at));
        }
    }
}
