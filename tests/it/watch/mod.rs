//! The monitor on generated months of which it is known what is strange about them: everything planted is found, and a calm month
//! raises next to nothing.

pub(crate) mod world;

use std::{collections::BTreeMap, fmt::Write as _};

use jiff::tz::TimeZone;
use paydesk::{
    actions::Moment,
    answers::monitor::{self, Monitor, Scene},
    policy::Policy,
    time::Unix,
};

use self::world::{DAYS, NOW, PLANTS, World};
use crate::docs;

const WORLDS: u64 = 100;
const REFUNDS: u32 = 1_200;
/// Alarms in a hundred calm months, at most.
const FALSE_MOST: usize = 5;
/// Of a hundred planted cases of a kind.
const FOUND_LEAST: usize = 99;
/// Days that have more than such days have: whether of a weekend, in percent of what is usual, and of a hundred so many are found at
/// least. A day of a weekend on which as much is done as on a working day, and one besides, is far from usual whatever the others have.
const CROWDS: [(bool, u32, usize); 5] =
    [(true, 370, 95), (true, 300, 90), (true, 270, 80), (false, 220, 95), (false, 200, 85)];

pub(crate) fn watch(world: &World) -> Monitor {
    let scene = Scene {
        refunds: world.refunds.iter().collect(),
        charges: world.charges.iter().collect(),
        disputes: world.disputes.iter().collect(),
        ..Scene::default()
    };
    let moment = Moment { now: Unix(NOW), zone: TimeZone::UTC };
    let period = monitor::period(&moment, u32::try_from(DAYS).unwrap());
    monitor::monitor(&scene, &period, &Policy::builtin())
}

#[test]
fn a_calm_month_raises_next_to_nothing() {
    let mut raised: BTreeMap<&str, usize> = BTreeMap::new();
    for seed in 0..WORLDS {
        for alarm in watch(&World::calm(seed, REFUNDS)).alarms {
            *raised.entry(alarm.sign.code()).or_default() += 1;
        }
    }
    let all: usize = raised.values().sum();
    assert!(all <= FALSE_MOST, "{raised:?}");
}

#[test]
fn what_was_planted_is_found() {
    let mut missed = String::new();
    for (which, sign) in PLANTS.into_iter().enumerate() {
        let found = |seed: &u64| {
            let mut world = World::calm(1_000 + seed, REFUNDS);
            let about = world.plant(which);
            let says = |alarm: &monitor::Alarm| alarm.sign.code() == sign && alarm.says.contains(&about);
            watch(&world).alarms.iter().any(says)
        };
        let found = (0..WORLDS).filter(found).count();
        if found < FOUND_LEAST {
            writeln!(missed, "{which} {sign}: {found} of {WORLDS}").unwrap();
        }
    }
    assert!(missed.is_empty(), "{missed}");
}

/// Of a hundred months.
fn crowds_found(weekend: bool, percent: u32) -> usize {
    let found = |seed: &u64| {
        let mut world = World::calm(2_000 + seed, REFUNDS);
        let day = world.crowd(weekend, percent);
        let says = |alarm: &monitor::Alarm| alarm.sign.code() == "day" && alarm.says.contains(&day);
        watch(&world).alarms.iter().any(says)
    };
    (0..WORLDS).filter(found).count()
}

#[test]
fn sums_are_those_of_the_refunds_and_hold_to_the_cent() {
    let world = World::calm(5, REFUNDS);
    let told = watch(&world);
    let [volume] = &told.volumes[..] else { panic!("one currency") };
    let all: i64 = world.refunds.iter().map(|refund| refund.amount).sum();
    assert_eq!(volume.all.minor, all);
    assert_eq!(volume.days.iter().map(|day| day.minor).sum::<i64>(), all);
    assert_eq!(volume.agents.iter().map(|agent| agent.sum.minor).sum::<i64>(), all);
    assert_eq!(volume.reasons.iter().map(|reason| reason.sum.count).sum::<i64>(), volume.all.count);
    assert_eq!(volume.rate.charges.count, i64::try_from(world.charges.len()).unwrap());
    assert_eq!(told.days.len(), volume.days.len());
}

/// The page of rules, so that whoever is told of one can look up what it means. A quiet day is measured by quiet days: what is far from
/// usual at a weekend is found there too.
#[test]
fn the_page_of_rules_is_fresh_and_a_day_is_found_by_how_much_more_it_has() {
    let mut page = String::from(
        "# What stands out\n\n\
         The rules of the monitor (`m`, `paydesk monitor`), as they are said beside each thing that stands out. All arithmetic is in \
         whole numbers.\n\n| rule | what makes it strange |\n| --- | --- |\n",
    );
    for sign in monitor::Sign::ALL {
        writeln!(page, "| `{}` | {} |", sign.code(), sign.rule()).unwrap();
    }
    writeln!(
        page,
        "\nSeen on generated months of some {REFUNDS} refunds by a team of eight (`tests/it/watch/world.rs`, written apart from the \
         rules): of {WORLDS} months with one thing planted {FOUND_LEAST} at least are found for each rule, and {WORLDS} calm months \
         together raise {FALSE_MOST} alarms at most."
    )
    .unwrap();
    page.push_str(
        "\nA day that has more than such days have, in as many months, is found so often:\n\n\
         | day | of what is usual | found |\n| --- | ---: | ---: |\n",
    );
    for (weekend, percent, least) in CROWDS {
        let found = crowds_found(weekend, percent);
        assert!(found >= least, "weekend {weekend}, {percent} %: {found} of {WORLDS}, {least} at least");
        let day = if weekend { "of a weekend" } else { "a working day" };
        writeln!(page, "| {day} | {percent} % | {found} |").unwrap();
    }
    docs::check("monitor.md", &page);
}
