//! Which events were taken: Stripe sends each at least once, in no order, and for days. A replayed one counts once, and what
//! happened earlier never stands for what is so now. Bounded: what is forgotten can neither count again nor move anything back.

use std::collections::{BTreeSet, HashMap};

use crate::{model::Event, time::Unix};

/// Events, and objects, that are remembered. Both are a few megabytes.
const MOST: usize = 50_000;

/// What an event is, beside those that came before it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Taken {
    /// The newest of its object: what it says of it may be shown.
    New,
    /// It counts, and its object may have moved on since: read it.
    Late,
    /// It was taken before, or is older than what is remembered.
    Again,
}

impl Taken {
    pub fn name(self) -> &'static str {
        match self {
            Self::New => "new",
            Self::Late => "late",
            Self::Again => "again",
        }
    }

    /// How often it counts.
    pub fn counts(self) -> bool {
        self != Self::Again
    }
}

/// A set of texts by their time, of which the oldest are forgotten first.
#[derive(Clone, Debug, Default)]
struct Memory {
    by_time: BTreeSet<(Unix, String)>,
    /// The newest that was forgotten: as old as that is not news.
    forgotten: Option<Unix>,
}

impl Memory {
    fn forgot(&self, at: Unix) -> bool {
        self.forgotten.is_some_and(|forgotten| at <= forgotten)
    }

    /// Gives what had to be forgotten for it.
    fn add(&mut self, at: Unix, text: &str, most: usize) -> Option<String> {
        self.by_time.insert((at, text.to_owned()));
        if self.by_time.len() <= most {
            return None;
        }
        let (time, text) = self.by_time.pop_first()?;
        self.forgotten = self.forgotten.max(Some(time));
        Some(text)
    }
}

/// Events and objects as far as they were heard of.
#[derive(Clone, Debug)]
pub struct Seen {
    events: Memory,
    /// By the time of their newest event.
    objects: Memory,
    newest: HashMap<String, Unix>,
    most: usize,
}

impl Default for Seen {
    fn default() -> Self {
        Self::of_most(MOST)
    }
}

impl Seen {
    fn of_most(most: usize) -> Self {
        Self { events: Memory::default(), objects: Memory::default(), newest: HashMap::new(), most }
    }

    /// Takes an event that is known to be Stripe's.
    pub fn take(&mut self, event: &Event) -> Taken {
        let (id, at) = (event.id.as_str(), event.created);
        if self.events.forgot(at) || self.events.by_time.contains(&(at, id.to_owned())) {
            return Taken::Again;
        }
        self.events.add(at, id, self.most);
        let object = event.data.object.id.as_str();
        // Two within one second: nothing tells which came first.
        let moves = match self.newest.get(object) {
            Some(newest) => at > *newest,
            None => !self.objects.forgot(at),
        };
        // What has no id is nothing that a state could be kept of.
        if object.is_empty() || !moves {
            return Taken::Late;
        }
        if let Some(before) = self.newest.insert(object.to_owned(), at) {
            self.objects.by_time.remove(&(before, object.to_owned()));
        }
        if let Some(gone) = self.objects.add(at, object, self.most) {
            self.newest.remove(&gone);
        }
        Taken::New
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;
    use serde_json::json;

    use super::*;

    fn event(id: &str, object: &str, created: i64) -> Event {
        serde_json::from_value(json!({"id": id, "created": created, "data": {"object": {"id": object}}}))
            .unwrap()
    }

    #[test]
    fn a_replay_counts_once_and_the_past_moves_nothing() {
        let mut seen = Seen::default();
        assert_eq!(seen.take(&event("evt_2", "sub_1", 20)), Taken::New);
        assert_eq!(seen.take(&event("evt_2", "sub_1", 20)), Taken::Again);
        assert_eq!(seen.take(&event("evt_1", "sub_1", 10)), Taken::Late, "it counts, and moves nothing back");
        assert_eq!(seen.take(&event("evt_1", "sub_1", 10)), Taken::Again);
        assert_eq!(seen.take(&event("evt_3", "sub_1", 20)), Taken::Late, "within one second nothing tells");
        assert_eq!(
            seen.take(&event("evt_4", "sub_2", 1)),
            Taken::New,
            "another object has a time of its own"
        );
        assert_eq!(seen.take(&event("evt_5", "", 99)), Taken::Late);
    }

    #[test]
    fn what_was_forgotten_is_no_news() {
        let mut seen = Seen::of_most(2);
        for (id, at) in [("evt_1", 10), ("evt_2", 20), ("evt_3", 30)] {
            assert_eq!(seen.take(&event(id, &format!("ch_{at}"), at)), Taken::New);
        }
        assert_eq!(seen.take(&event("evt_1", "ch_10", 10)), Taken::Again);
        assert_eq!(seen.take(&event("evt_0", "ch_9", 9)), Taken::Again, "whether it was taken is not known");
        assert_eq!(seen.take(&event("evt_4", "ch_10", 11)), Taken::New);
        assert!(seen.events.by_time.len() <= 2 && seen.newest.len() <= 2);
        assert_eq!(seen.newest.len(), seen.objects.by_time.len());
    }

    proptest! {
        /// Any number of deliveries of these events in any order, with a memory of any size.
        #[test]
        fn in_any_order_each_counts_once_and_no_object_goes_back(
            deliveries in proptest::collection::vec((0_u8..30, 0_u8..4), 1..200),
            most in 1_usize..40,
        ) {
            let mut seen = Seen::of_most(most);
            let mut counted = BTreeSet::new();
            let mut shown: HashMap<String, i64> = HashMap::new();
            for (number, object) in deliveries {
                // One number is one event: always about the same object, at the same time.
                let (object, at) = (format!("sub_{}", (number ^ object) % 4), i64::from(number / 3));
                let id = format!("evt_{number}_{object}");
                let taken = seen.take(&event(&id, &object, at));
                if taken.counts() {
                    prop_assert!(counted.insert(id), "it counts twice");
                }
                if taken == Taken::New {
                    let before = shown.insert(object, at);
                    prop_assert!(before.is_none_or(|before| before < at), "{before:?} then {at}");
                }
                prop_assert!(seen.events.by_time.len() <= most && seen.newest.len() <= most);
            }
        }

        #[test]
        fn with_room_enough_every_event_counts(order in Just((0_i64..60).collect::<Vec<_>>()).prop_shuffle()) {
            let mut seen = Seen::default();
            let all = order.iter().filter(|at| seen.take(&event(&format!("evt_{at}"), "sub_1", **at)).counts());
            prop_assert_eq!(all.count(), 60);
            prop_assert_eq!(seen.newest.get("sub_1"), Some(&Unix(59)));
        }
    }
}
