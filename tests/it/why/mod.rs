//! Why a charge, on ten thousand whose reason is known, and on those of the demo world over HTTP: to the cent.

pub(crate) mod world;

use std::collections::BTreeMap;

use jiff::tz::TimeZone;
use paydesk::{
    actions::Moment,
    answers::{
        Bag, Look, Want,
        explain::{Ask, Cause, Explanation, Stand, explain},
        reply::Voice,
    },
    model::{AnyId, Kind},
    time::Unix,
};

use self::world::{CAUSES, NOW, Told};
use crate::harness::command::Case;

const CHARGES: usize = 10_000;

pub(crate) fn bag(told: &Told) -> Bag {
    let mut bag = Bag::default();
    for object in &told.objects {
        let kind = Kind::of_object(object["object"].as_str().unwrap()).unwrap();
        let look = Look::first(Want::Object(AnyId { kind, id: object["id"].as_str().unwrap().to_owned() }));
        bag.take(&look, Ok(look.read(&object.to_string()).unwrap()));
    }
    bag
}

fn voice() -> Voice {
    Voice::english(Moment { now: Unix(NOW), zone: TimeZone::UTC })
}

fn explained(told: &Told) -> Explanation {
    let moment = Moment { now: Unix(NOW), zone: TimeZone::UTC };
    explain(&bag(told), &Ask::About(AnyId::parse(told.about).unwrap()), &moment)
}

#[test]
fn ten_thousand_charges_are_explained_to_the_cent() {
    let mut rng = fastrand::Rng::with_seed(6);
    for at in 0..CHARGES {
        let told = world::told(&mut rng, CAUSES[at % CAUSES.len()]);
        let answer = explained(&told);
        let found: Vec<_> = answer.causes.iter().map(Cause::code).collect();
        let right = if told.first { found.first() == Some(&told.cause) } else { found.contains(&told.cause) };
        assert!(right, "{at}: {} was told as {found:?}\n{:?}\n{:#?}", told.cause, answer.says, told.objects);
        let sum = answer.sum.unwrap();
        assert!(
            sum.adds_up(),
            "{at} {}: {} is left\n{:#?}\n{:#?}",
            told.cause,
            sum.rest,
            sum.parts,
            told.objects
        );
        assert_eq!(sum.charged.minor(), told.charged, "{at}");
        assert_eq!(sum.stand == Stand::Charged, told.taken, "{at} {}: {:?}", told.cause, sum.stand);
        let mut parts: BTreeMap<String, i64> = BTreeMap::new();
        for part in &sum.parts {
            let kind = serde_json::to_value(part.kind).unwrap();
            *parts.entry(kind.as_str().unwrap().to_owned()).or_default() += part.amount.minor();
        }
        let known: BTreeMap<String, i64> =
            told.parts.iter().map(|(kind, minor)| ((*kind).to_owned(), *minor)).collect();
        assert_eq!(parts, known, "{at} {}", told.cause);
        let reply = answer.reply.text(&voice());
        assert_eq!(reply.is_ok(), told.speaks, "{at} {}: {:?}", told.cause, answer.reply);
        assert!(told.taken || !reply.is_ok_and(|text| text.contains("renewal")), "{at} {}", told.cause);
    }
}

#[test]
fn the_charges_of_the_demo_world_add_up_over_http() {
    let case = Case::with(paydesk::sandbox::Options { customers: 60, ..Default::default() });
    let list = crate::harness::command::get(&case.running, "/v1/charges?limit=100");
    let charges = list["data"].as_array().unwrap();
    let (mut looked, mut odd) = (0, Vec::new());
    for charge in charges.iter().step_by(4) {
        let id = charge["id"].as_str().unwrap();
        let (code, told) = case.json(&format!("explain {id}"));
        assert_eq!(code, 0, "{told}");
        looked += 1;
        if told["result"]["sum"]["adds_up"] != true || told["result"]["cause"] == "unknown" {
            odd.push(told.to_string());
        }
    }
    assert!(looked >= 25 && odd.is_empty(), "{} of {looked}:\n{}", odd.len(), odd.join("\n"));
}
