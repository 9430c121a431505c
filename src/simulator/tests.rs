//! Many worlds: each has to hold, the same number has to be the same world, and each planted mistake has to be found.

#![expect(clippy::print_stderr, reason = "what the worlds were is said to who runs them")]

use std::{
    sync::{
        Mutex,
        atomic::{AtomicU64, Ordering},
    },
    thread,
};

use super::{
    keys,
    plants::Plant,
    report::Report,
    sim::{run, run_in},
};

/// Worlds of every run of the tests, and what is done in each.
const SEEDS: u64 = 300;
const STEPS: usize = 17;
/// A mistake that is planted has to be found within so many worlds of the kind in which it can show.
const PLANTED_MOST: u64 = 40;
/// Keys of every run of the tests, at desks of their own.
const KEYS: u64 = 6_000;
const DESKS: u64 = 6;

/// Lives through all of them on so many threads; each world on one.
fn all(from: u64, seeds: u64, steps: usize, threads: usize) -> Report {
    let (next, total) = (AtomicU64::new(from), Mutex::new(Report::default()));
    let work = || {
        loop {
            let seed = next.fetch_add(1, Ordering::Relaxed);
            if seed >= from + seeds {
                return;
            }
            let report = lived(seed, steps);
            total.lock().unwrap().add(&report);
        }
    };
    thread::scope(|scope| {
        for _ in 0..threads {
            scope.spawn(work);
        }
    });
    total.into_inner().unwrap()
}

/// Names the seed when the program panics in its world.
struct Names(u64);

impl Drop for Names {
    fn drop(&mut self) {
        if thread::panicking() {
            eprintln!("in the world of seed {}", self.0);
        }
    }
}

fn lived(seed: u64, steps: usize) -> Report {
    let _names = Names(seed);
    run(seed, steps).unwrap_or_else(|failure| panic!("{failure:?}"))
}

#[test]
fn nothing_is_done_twice_nothing_is_lost_and_everything_is_settled() {
    let report = all(0, SEEDS, STEPS, 2);
    eprintln!("{report}");
    // A world in which nothing happens proves nothing.
    assert!(
        report.refunds > 200 && report.faults > 500 && report.crashes > 40 && report.power_cuts > 10,
        "{report}"
    );
}

#[test]
fn the_same_number_is_the_same_world() {
    for seed in [1, 2, 3, 5, 8, 13] {
        assert_eq!(lived(seed, 60).sum, lived(seed, 60).sum, "seed {seed}");
    }
}

/// And where the mistake is not made, the very same world holds.
#[test]
fn every_planted_mistake_is_found() {
    let (next, missed) = (AtomicU64::new(0), Mutex::new(Vec::new()));
    let find = || {
        while let Some(plant) = Plant::ALL.get(usize::try_from(next.fetch_add(1, Ordering::Relaxed)).unwrap())
        {
            missed.lock().unwrap().extend(not_found(*plant));
        }
    };
    thread::scope(|scope| {
        scope.spawn(find);
        scope.spawn(find);
    });
    let missed = missed.into_inner().unwrap();
    assert!(missed.is_empty(), "{}", missed.join("\n"));
}

/// `None`: it is found, by what it breaks.
fn not_found(plant: Plant) -> Option<String> {
    let found = (0..PLANTED_MOST).find_map(|seed| run_in(seed, plant.world(), Some(plant)).err());
    let Some(failure) = found else { return Some(format!("{plant:?} is not found")) };
    eprintln!("{plant:?}: seed {}, step {}: {}", failure.seed, failure.steps, failure.what);
    if !plant.shows().iter().any(|words| failure.what.contains(words)) {
        return Some(format!("{plant:?} is not what was found: {failure:?}"));
    }
    let without = run_in(failure.seed, plant.world(), None).err();
    without.map(|failure| format!("without {plant:?} it does not hold either: {failure:?}"))
}

#[test]
fn whatever_is_pressed_nothing_breaks_and_nothing_is_sent_unconfirmed() {
    let each = usize::try_from(number("PAYDESK_KEYS", KEYS) / DESKS).unwrap();
    let pressed = |seed| keys::press(seed, each).unwrap_or_else(|what| panic!("{what}"));
    let changes: Vec<usize> = thread::scope(|scope| {
        let halves = [0..DESKS / 2, DESKS / 2..DESKS].map(|seeds| scope.spawn(|| seeds.map(pressed).sum()));
        halves.into_iter().map(|half| half.join().unwrap()).collect()
    });
    assert!(
        changes.iter().all(|changes| *changes > 0),
        "keys that change nothing prove nothing: {changes:?}"
    );
    eprintln!("{} keys, {} changes", each as u64 * DESKS, changes.iter().sum::<usize>());
}

fn number(name: &str, otherwise: u64) -> u64 {
    #[expect(clippy::disallowed_methods, reason = "the numbers of a long run come from who starts it")]
    let given = std::env::var(name);
    given.map_or(otherwise, |text| text.parse().unwrap())
}

#[cfg(feature = "long")]
#[test]
fn one() {
    let steps = usize::try_from(number("PAYDESK_STEPS", STEPS as u64)).unwrap();
    eprintln!("{}", lived(number("PAYDESK_SEED", 0), steps));
}

#[cfg(feature = "long")]
#[test]
fn many() {
    let steps = usize::try_from(number("PAYDESK_STEPS", 120)).unwrap();
    let threads = thread::available_parallelism().map_or(1, usize::from);
    eprintln!("{}", all(number("PAYDESK_FROM", 0), number("PAYDESK_SEEDS", 1_000), steps, threads));
}
