//! Finds the groups: the charges of one person are sorted by what they may have in common, and only neighbours are compared, so that
//! a hundred thousand take no longer than a blink.

use std::{borrow::Cow, ops::Range};

use super::{
    Group, LookAlike, Member, Sign, Verdict,
    evidence::Evidence,
    judge::judge,
    propose::{kept, propose},
    scene::{Scene, Seen},
};
use crate::{answers::halves::both, money::Money, time::DAY_S};

/// How many of those behind it a charge is compared with, where they have something in common.
const NEIGHBOURS: usize = 4;
/// Further apart they are two payments, unless they name the same order or invoice.
const WINDOW_S: i64 = 62 * DAY_S;
/// People whose charges are read before they are compared.
const PEOPLE_AT_ONCE: usize = 32;

/// Everything that looks alike, what it is, and what to do about it; the newest first.
pub fn find<'a>(scene: &Scene<'a>) -> Vec<Group<'a>> {
    let people = scene.owners.people();
    let half = scene.owners.len() / 2;
    let (first, second) = people.split_at(people.partition_point(|person| person.end <= half));
    let (one, other) = both(scene.owners.len(), || groups_of(scene, first), || groups_of(scene, second));
    merged(one, other)
}

/// Both are in order, the newest first: so is what is made of them, and of two of one moment that of the first comes first.
fn merged<'a>(one: Vec<Group<'a>>, other: Vec<Group<'a>>) -> Vec<Group<'a>> {
    if other.is_empty() {
        return one;
    }
    let mut groups = Vec::with_capacity(one.len().saturating_add(other.len()));
    let (mut one, mut other) = (one.into_iter().peekable(), other.into_iter().peekable());
    loop {
        let newer = matches!((one.peek(), other.peek()), (Some(a), Some(b)) if b.newest() > a.newest());
        let next = if newer { other.next() } else { one.next().or_else(|| other.next()) };
        match next {
            Some(group) => groups.push(group),
            None => return groups,
        }
    }
}

/// The groups of some people, by where their charges stand; the newest first.
fn groups_of<'a>(scene: &Scene<'a>, people: &[Range<usize>]) -> Vec<Group<'a>> {
    let (mut groups, mut pairs, mut all) = (Vec::new(), Pairs::default(), Vec::new());
    let (mut found, mut group_of) = (Vec::new(), Vec::new());
    for people in people.chunks(PEOPLE_AT_ONCE) {
        scene.of_people(people, &mut all);
        for theirs in all.chunk_by(Seen::goes_with).filter(|theirs| theirs.len() > 1) {
            for (a, b) in pairs.of(theirs) {
                let (Some(one), Some(other)) = (theirs.get(*a), theirs.get(*b)) else { continue };
                if let Some(judged) = judge(scene, (one, other), Evidence::weighed()) {
                    found.push((*a, *b, (judged.verdict, judged.signs.sure())));
                }
            }
            if !found.is_empty() {
                join(scene, theirs, (&mut found, &mut group_of), &mut groups);
            }
        }
    }
    groups.sort_by_cached_key(|group| std::cmp::Reverse(group.newest()));
    groups
}

/// Two charges by their places, and what they are to each other.
type Pair = (usize, usize, (Verdict, i32));

/// What two charges may have in common.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum Key {
    Amount(i64),
    Invoice(usize),
    Order(usize),
    Subscribed,
}

/// Pairs that may have something to do with each other, by their places.
#[derive(Default)]
struct Pairs {
    found: Vec<(usize, usize)>,
    keyed: Vec<(Key, usize)>,
}

impl Pairs {
    fn of(&mut self, seen: &[Seen<'_>]) -> &[(usize, usize)] {
        self.found.clear();
        self.neighbours(seen, |seen| Some(Key::Amount(seen.amount)), WINDOW_S);
        self.neighbours(seen, |seen| seen.billed.map(|billed| Key::Invoice(billed.key())), i64::MAX);
        self.neighbours(seen, |seen| seen.order.map(Key::Order), i64::MAX);
        // Of two subscriptions the amounts may differ.
        self.neighbours(seen, |seen| seen.subscription().map(|_| Key::Subscribed), WINDOW_S);
        self.found.sort_unstable();
        self.found.dedup();
        &self.found
    }

    /// Each with the few behind it that have the same key, the oldest first.
    fn neighbours(&mut self, seen: &[Seen<'_>], key: fn(&Seen<'_>) -> Option<Key>, within_s: i64) {
        self.keyed.clear();
        self.keyed.extend(seen.iter().enumerate().filter_map(|(at, seen)| Some((key(seen)?, at))));
        self.keyed.sort_unstable();
        for (at, (key, one)) in self.keyed.iter().enumerate() {
            let behind = self.keyed.iter().skip(at.saturating_add(1)).take(NEIGHBOURS);
            for (_, other) in behind.take_while(|(other, _)| other == key) {
                let when = |place: &usize| seen.get(*place).map_or(0, |seen| seen.at.0);
                if when(other).saturating_sub(when(one)) <= within_s {
                    self.found.push((*one, *other));
                }
            }
        }
    }
}

/// A group on its way, by the places of its charges.
struct Made {
    verdict: Verdict,
    members: Vec<usize>,
    signs: Vec<Sign>,
    sure: i32,
}

/// Pairs of one verdict that share a charge are one group. A charge that is in a duplicate is in no look-alike besides.
/// What was found is used up; `group_of` is only room to work in.
fn join<'a>(
    scene: &Scene<'a>,
    seen: &[Seen<'a>],
    (found, group_of): (&mut Vec<Pair>, &mut Vec<Option<usize>>),
    groups: &mut Vec<Group<'a>>,
) {
    let twice = |verdict: &Verdict| matches!(verdict, Verdict::Twice(_));
    found.sort_by_key(|(_, _, (verdict, sure))| (!twice(verdict), std::cmp::Reverse(*sure)));
    group_of.clear();
    group_of.resize(seen.len(), None);
    let mut made: Vec<Made> = Vec::new();
    // Of the pairs only few begin a group: what they rest on is looked at again, and not kept of all of them.
    let signs = |a: usize, b: usize| {
        let pair = seen.get(a).zip(seen.get(b));
        let judged = pair.and_then(|pair| judge(scene, pair, Evidence::told()));
        judged.map(|judged| judged.signs.into_signs()).unwrap_or_default()
    };
    for (a, b, (verdict, sure)) in found.drain(..) {
        let known = |at: usize| group_of.get(at).copied().flatten();
        let (place, new) = match (known(a), known(b)) {
            (None, None) => {
                made.push(Made { verdict, members: Vec::new(), signs: signs(a, b), sure });
                (made.len().saturating_sub(1), [Some(a), Some(b)])
            }
            (Some(place), None) => (place, [None, Some(b)]),
            (None, Some(place)) => (place, [Some(a), None]),
            // Both are told of already.
            (Some(_), Some(_)) => continue,
        };
        let Some(group) = made.get_mut(place).filter(|group| group.verdict == verdict) else { continue };
        for at in new.into_iter().flatten() {
            group.members.push(at);
            if let Some(known) = group_of.get_mut(at) {
                *known = Some(place);
            }
        }
    }
    let group = |Made { verdict, mut members, signs, sure }: Made| {
        members.sort_unstable();
        let members: Vec<&Seen<'a>> = members.into_iter().filter_map(|at| seen.get(at)).collect();
        let charges = members.iter().map(|seen| member(seen)).collect();
        let verdict = too_much_is_back(verdict, &members);
        Group { verdict, sure, charges, proposal: propose(verdict, &members), signs }
    };
    groups.extend(made.into_iter().map(group));
}

/// What stays of them is less than any one of them: it is not only the one too many that was given back.
fn too_much_is_back(verdict: Verdict, members: &[&Seen<'_>]) -> Verdict {
    if verdict != Verdict::Not(LookAlike::AlreadyRefunded) {
        return verdict;
    }
    let least = members.iter().map(|seen| seen.charge.captured_money().minor()).min().unwrap_or(0);
    if kept(members) < least { Verdict::Not(LookAlike::RefundedTooMuch) } else { verdict }
}

fn member<'a>(seen: &Seen<'a>) -> Member<'a> {
    Member {
        id: Cow::Borrowed(&seen.charge.id),
        amount: Money::new(seen.amount, seen.currency),
        refunded: Money::new(seen.refunded, seen.currency),
        at: seen.at,
        customer: seen.customer_id.map(Cow::Borrowed),
        fulfils: seen.invoice().map(|invoice| Cow::Borrowed(invoice.title())),
    }
}
