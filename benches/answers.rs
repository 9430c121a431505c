//! Answers, once what they rest on is there: whether a hundred thousand charges hold duplicates, what stands out among as many
//! refunds, and why a charge was made. Prints rows of the table that `scripts/bench` makes.
#![expect(
    clippy::unwrap_used,
    clippy::indexing_slicing,
    clippy::disallowed_methods,
    clippy::print_stdout,
    reason = "a bench measures time and prints it"
)]

use std::{
    hint::black_box,
    time::{Duration, Instant},
};

use jiff::tz::TimeZone;
use paydesk::{
    actions::Moment,
    answers::{
        Bag, Look, Want,
        duplicates::{Paid, Scene, Sources, find},
        explain::{Ask, explain},
        monitor,
    },
    model::{AnyId, Kind},
    policy::Policy,
    time::Unix,
};

#[path = "../tests/it/twice/world/mod.rs"]
mod twice;
#[path = "../tests/it/watch/world.rs"]
mod watch;
#[path = "../tests/it/why/world/mod.rs"]
mod why;

const RUNS: usize = 20;
const CHARGES: usize = 100_000;
const REFUNDS: u32 = 100_000;

/// Median and slowest.
fn timed(mut work: impl FnMut(usize)) -> (Duration, Duration) {
    let mut times: Vec<Duration> = (0..RUNS)
        .map(|run| {
            let begun = Instant::now();
            work(run);
            begun.elapsed()
        })
        .collect();
    times.sort();
    (times[RUNS / 2], times[RUNS - 1])
}

fn ms(time: Duration) -> String {
    let micros = time.as_micros();
    format!("{}.{:03}", micros / 1_000, micros % 1_000)
}

fn row(what: &str, (median, slowest): (Duration, Duration), goal: &str) {
    println!("| {what} | {} ms, at most {} ms | {goal} | – |", ms(median), ms(slowest));
}

fn main() {
    let world = twice::World::of(1, CHARGES, 400);
    let planted =
        |label: &str| world.cases.iter().filter(|case| case.label == label && case.charges.len() > 1).count();
    assert_eq!(planted("client_retry"), 400, "the world is another one");
    row(
        &format!("duplicates among {CHARGES} charges"),
        timed(|_| {
            let paid = world.paid.iter().map(|(by, at)| Paid { by, invoice: &world.invoices[*at] });
            let sources = Sources {
                paid: paid.collect(),
                subscriptions: world.subscriptions.iter().collect(),
                customers: world.customers.iter().collect(),
                ..Sources::default()
            };
            black_box(find(&Scene::new(&world.charges, &sources)));
        }),
        "100 ms",
    );
    let mut rng = fastrand::Rng::with_seed(6);
    let all: Vec<_> =
        (0..RUNS).map(|run| why::told(&mut rng, why::CAUSES[run % why::CAUSES.len()])).collect();
    let known = |told: &&why::Told| {
        told.parts.values().sum::<i64>() == told.charged
            && (told.first || !told.cause.is_empty())
            && (told.speaks || !told.taken)
    };
    assert!(all.iter().filter(known).count() > 1, "the charges are other ones");
    let bags: Vec<Bag> = all
        .iter()
        .map(|told| {
            let mut bag = Bag::default();
            for object in &told.objects {
                let kind = Kind::of_object(object["object"].as_str().unwrap()).unwrap();
                let id = AnyId { kind, id: object["id"].as_str().unwrap().to_owned() };
                let look = Look::first(Want::Object(id));
                bag.take(&look, Ok(look.read(&object.to_string()).unwrap()));
            }
            bag
        })
        .collect();
    let moment = Moment { now: Unix(why::NOW), zone: TimeZone::UTC };
    let asks: Vec<Ask> = all.iter().map(|told| Ask::About(AnyId::parse(told.about).unwrap())).collect();
    row(
        "why a charge, once its objects are there",
        timed(|run| drop(black_box(explain(&bags[run], &asks[run], &moment)))),
        "5 ms",
    );
    // An agent who is planted makes as many as all the others together.
    let mut month = watch::World::calm(1, REFUNDS / 2);
    for which in 0..watch::PLANTS.len() {
        month.plant(which);
    }
    assert!(!month.crowd(true, 370).is_empty(), "a day of a weekend");
    assert!(month.refunds.len() > 90_000, "the month is another one");
    let period = monitor::period(&moment, 30);
    let policy = Policy::builtin();
    row(
        &format!("what stands out among {} refunds of a month", month.refunds.len()),
        timed(|_| {
            let scene = monitor::Scene {
                refunds: month.refunds.iter().collect(),
                disputes: month.disputes.iter().collect(),
                ..monitor::Scene::default()
            };
            drop(black_box(monitor::monitor(&scene, &period, &policy)));
        }),
        "50 ms",
    );
}
