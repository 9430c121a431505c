//! Looks over all customers: what global lists, sums and the calendar of renewals need. A customer that nobody asked for is
//! planned, looked at and forgotten, on every core.

use std::thread;

use super::{Universe, families::turns::Turn, kind::Kind, life, lists::Key, people::person, plan::Plan};

/// Customers that are not worth a thread of their own.
const SHARE_LEAST: usize = 2_000;

#[derive(Default)]
struct Found {
    keys: Vec<Key>,
    turns: Vec<(Turn, u32, u32)>,
}

impl Universe {
    /// Shows the plans of all customers that are not loaded; each thread collects its own.
    pub(super) fn survey<T: Default + Send>(&self, look: impl Fn(&mut T, u32, &Plan) + Sync) -> Vec<T> {
        let owners: Vec<u32> =
            (0..self.customers).filter(|owner| !self.bundles.contains_key(owner)).collect();
        let one = |owners: &[u32]| {
            let mut found = T::default();
            for owner in owners {
                look(&mut found, *owner, &life::plan(&self.names, self.seed, *owner, self.base));
            }
            found
        };
        let cores = thread::available_parallelism().map_or(1, std::num::NonZero::get);
        let share = owners.len().div_ceil(cores).max(SHARE_LEAST);
        if owners.len() <= share {
            return vec![one(&owners)];
        }
        thread::scope(|scope| {
            let parts: Vec<_> = owners.chunks(share).map(|part| scope.spawn(|| one(part))).collect();
            let ended = parts.into_iter().map(thread::ScopedJoinHandle::join);
            ended.map(|part| part.unwrap_or_else(|panic| std::panic::resume_unwind(panic))).collect()
        })
    }

    /// Makes the global list of a kind, unless it is there.
    pub(super) fn index(&mut self, kind: Kind) {
        if self.rows.contains_key(&kind) {
            return;
        }
        if kind == Kind::Customer {
            let people =
                (0..self.customers).map(|owner| (owner, person(&self.names, self.seed, owner, self.base)));
            let mut rows: Vec<Key> = people
                .filter(|(_, person)| !person.deleted)
                .map(|(owner, person)| Key { created: person.created, owner, ordinal: 0 })
                .collect();
            rows.sort_unstable();
            self.rows.insert(kind, rows);
            return;
        }
        let turns = !self.surveyed;
        let parts = self.survey(|found: &mut Found, owner, plan| {
            let times = plan.created(kind).into_iter().zip(0..);
            found.keys.extend(times.map(|(created, ordinal)| Key { created, owner, ordinal }));
            if turns {
                found.turns.extend(plan.turns(owner, self.began));
            }
        });
        let mut rows = Vec::with_capacity(parts.iter().map(|part| part.keys.len()).sum());
        let loaded: Vec<u32> = self.bundles.keys().copied().collect();
        for owner in loaded {
            rows.extend(self.keys_of(kind, owner));
        }
        for part in parts {
            rows.extend(part.keys);
            self.expect(part.turns);
        }
        rows.sort_unstable();
        self.rows.insert(kind, rows);
        self.surveyed = true;
        self.settle_due();
    }

    /// Knows from here on what falls due for anybody.
    pub(super) fn survey_once(&mut self) {
        if self.surveyed {
            return;
        }
        let parts =
            self.survey(|found: &mut Found, owner, plan| found.turns.extend(plan.turns(owner, self.began)));
        for part in parts {
            self.expect(part.turns);
        }
        self.surveyed = true;
        self.settle_due();
    }
}
