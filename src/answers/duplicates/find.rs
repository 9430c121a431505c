//! Finds the groups: the charges of one person are sorted by what they may have in common, and only neighbours are compared, so that
//! a hundred thousand take no longer than a blink.

use std::collections::{BTreeSet, HashMap};

use super::{
    Group, Member, Sign, Verdict,
    judge::{Judged, judge},
    propose::propose,
    scene::{Scene, Seen},
};
use crate::{money::Money, time::DAY_S};

/// How many of those behind it a charge is compared with, where they have something in common.
const NEIGHBOURS: usize = 4;
/// Further apart they are two payments, unless they name the same order or invoice.
const WINDOW_S: i64 = 62 * DAY_S;

/// Everything that looks alike, what it is, and what to do about it; the newest first.
pub fn find(scene: &Scene<'_>) -> Vec<Group> {
    let mut order: Vec<usize> = (0..scene.seen.len()).collect();
    order.sort_unstable_by_key(|at| scene.seen.get(*at).map(|seen| (seen.person, seen.charge.currency)));
    let same = |a: &usize, b: &usize| {
        let whose = |at: &usize| scene.seen.get(*at).map(|seen| (seen.person, seen.charge.currency));
        whose(a) == whose(b)
    };
    let mut groups = Vec::new();
    for theirs in order.chunk_by(same).filter(|theirs| theirs.len() > 1) {
        let seen: Vec<&Seen<'_>> = theirs.iter().filter_map(|at| scene.seen.get(*at)).collect();
        groups.extend(of_one_person(scene, seen));
    }
    groups.sort_by_key(|group| std::cmp::Reverse(group.newest()));
    groups
}

fn of_one_person(scene: &Scene<'_>, mut seen: Vec<&Seen<'_>>) -> Vec<Group> {
    seen.sort_by(|a, b| (a.charge.created, &a.charge.id).cmp(&(b.charge.created, &b.charge.id)));
    let mut found: Vec<(usize, usize, Judged)> = Vec::new();
    for (a, b) in pairs(&seen) {
        let (Some(one), Some(other)) = (seen.get(a), seen.get(b)) else { continue };
        if let Some(judged) = judge(scene, one, other) {
            found.push((a, b, judged));
        }
    }
    join(&seen, found)
}

/// Pairs that may have something to do with each other, by their places.
fn pairs(seen: &[&Seen<'_>]) -> Vec<(usize, usize)> {
    let mut pairs = Vec::new();
    neighbours(seen, |seen| Some(seen.charge.amount), WINDOW_S, &mut pairs);
    neighbours(seen, |seen| seen.invoice.map(|invoice| invoice.id.as_str()), i64::MAX, &mut pairs);
    neighbours(seen, |seen| seen.order, i64::MAX, &mut pairs);
    // Of two subscriptions the amounts may differ.
    neighbours(seen, |seen| seen.subscription.map(|_| ()), WINDOW_S, &mut pairs);
    pairs.sort_unstable();
    pairs.dedup();
    pairs
}

/// Each with the few behind it that have the same key, the oldest first.
fn neighbours<'a, K: Ord>(
    seen: &[&'a Seen<'a>],
    key: impl Fn(&'a Seen<'a>) -> Option<K>,
    within_s: i64,
    pairs: &mut Vec<(usize, usize)>,
) {
    let mut keyed: Vec<(K, usize)> =
        seen.iter().enumerate().filter_map(|(at, seen)| Some((key(seen)?, at))).collect();
    keyed.sort();
    for (at, (key, one)) in keyed.iter().enumerate() {
        let behind = keyed.iter().skip(at.saturating_add(1)).take(NEIGHBOURS);
        for (_, other) in behind.take_while(|(other, _)| other == key) {
            let when = |place: &usize| seen.get(*place).map_or(0, |seen| seen.charge.created.0);
            if when(other).saturating_sub(when(one)) <= within_s {
                pairs.push((*one, *other));
            }
        }
    }
}

/// A group on its way, by the places of its charges.
struct Made {
    verdict: Verdict,
    members: BTreeSet<usize>,
    signs: Vec<Sign>,
    sure: i32,
}

/// Pairs of one verdict that share a charge are one group. A charge that is in a duplicate is in no look-alike besides.
fn join(seen: &[&Seen<'_>], mut found: Vec<(usize, usize, Judged)>) -> Vec<Group> {
    let twice = |judged: &Judged| matches!(judged.verdict, Verdict::Twice(_));
    found.sort_by_key(|(_, _, judged)| (!twice(judged), std::cmp::Reverse(judged.sure())));
    let mut group_of: HashMap<usize, usize> = HashMap::new();
    let mut made: Vec<Made> = Vec::new();
    for (a, b, judged) in found {
        let place = match (group_of.get(&a).copied(), group_of.get(&b).copied()) {
            (None, None) => {
                let (sure, members) = (judged.sure(), BTreeSet::new());
                made.push(Made { verdict: judged.verdict, members, signs: judged.signs.clone(), sure });
                made.len().saturating_sub(1)
            }
            (Some(at), None) | (None, Some(at)) => at,
            // Both are told of already.
            (Some(_), Some(_)) => continue,
        };
        let Some(group) = made.get_mut(place) else { continue };
        if group.verdict == judged.verdict {
            for at in [a, b] {
                group.members.insert(at);
                group_of.insert(at, place);
            }
        }
    }
    made.into_iter()
        .filter_map(|Made { verdict, members, signs, sure }| {
            let members: Vec<&Seen<'_>> = members.iter().filter_map(|at| seen.get(*at).copied()).collect();
            (members.len() > 1).then(|| Group {
                verdict,
                sure,
                charges: members.iter().map(|seen| member(seen)).collect(),
                proposal: propose(verdict, &members),
                signs,
            })
        })
        .collect()
}

fn member(seen: &Seen<'_>) -> Member {
    Member {
        id: seen.charge.id.clone(),
        amount: Money::new(seen.charge.amount, seen.charge.currency),
        at: seen.charge.created,
        customer: seen.charge.customer_id().cloned(),
        fulfils: seen.invoice.map(|invoice| invoice.title().to_owned()),
    }
}
