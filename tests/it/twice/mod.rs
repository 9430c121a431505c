//! Duplicates on a generated world of which it is known what really happened: every cause is found, and nothing else is called one.

pub(crate) mod world;

use std::{
    collections::{BTreeMap, BTreeSet, HashMap},
    fmt::Write as _,
};

use paydesk::{
    answers::{
        Bag, Want,
        duplicates::{self, Group, Paid, Scene, Sources, Verdict, find},
    },
    model::{Charge, ChargeId, Customer, CustomerId, Kind, Link, PaymentIntentId},
};
use serde_json::{Value, json};

use self::world::World;
use crate::docs;

const CHARGES: usize = 100_000;
const EACH: usize = 400;
/// Of each cause, in thousandths.
const LEAST: usize = 990;

/// What is called what: by what really happened, then by what was found.
type Matrix = BTreeMap<&'static str, BTreeMap<&'static str, usize>>;

fn groups(world: &World) -> Vec<Group<'_>> {
    let paid = world.paid.iter().map(|(by, at)| Paid { by, invoice: &world.invoices[*at] });
    let sources = Sources {
        paid: paid.collect(),
        subscriptions: world.subscriptions.iter().collect(),
        customers: world.customers.iter().collect(),
        ..Sources::default()
    };
    find(&Scene::new(&world.charges, &sources))
}

/// What a group is called; what is not likely is no duplicate.
fn called(group: &Group<'_>) -> &'static str {
    match group.verdict {
        Verdict::Twice(_) if !group.is_likely() => "nothing",
        verdict => verdict.code(),
    }
}

fn matrix(world: &World, groups: &[Group<'_>]) -> Matrix {
    let mut of: HashMap<&ChargeId, &Group<'_>> = HashMap::new();
    for group in groups {
        for member in &group.charges {
            let before = of.insert(member.id.as_ref(), group);
            assert!(before.is_none(), "{} is in two groups", member.id);
        }
    }
    let mut matrix = Matrix::new();
    let mut planted = BTreeSet::new();
    for case in &world.cases {
        planted.extend(case.charges.iter());
        let group = of.get(&case.charges[0]).filter(|group| {
            let members: BTreeSet<_> = group.charges.iter().map(|member| member.id.as_ref()).collect();
            members == case.charges.iter().collect()
        });
        let called = group.map_or("nothing", |group| called(group));
        *matrix.entry(case.label).or_default().entry(called).or_default() += 1;
    }
    // Everybody else's: each group is one too many, unless it says that it is none.
    for group in
        groups.iter().filter(|group| !group.charges.iter().any(|member| planted.contains(member.id.as_ref())))
    {
        *matrix.entry("ordinary").or_default().entry(called(group)).or_default() += 1;
    }
    matrix
}

const CAUSES: [&str; 7] = [
    "same_invoice",
    "one_order",
    "client_retry",
    "two_subscriptions",
    "old_and_new",
    "two_records",
    "hold_and_capture",
];

/// Precision and recall in thousandths.
fn quality(matrix: &Matrix, cause: &str) -> (usize, usize) {
    let count =
        |label: &str, called: &str| matrix.get(label).and_then(|row| row.get(called)).copied().unwrap_or(0);
    let right = count(cause, cause);
    let called: usize = matrix.keys().map(|label| count(label, cause)).sum();
    let real: usize = matrix.get(cause).map_or(0, |row| row.values().sum());
    (right * 1_000 / called.max(1), right * 1_000 / real.max(1))
}

fn page(matrix: &Matrix, charges: usize) -> String {
    let columns: BTreeSet<_> = matrix.values().flat_map(BTreeMap::keys).copied().collect();
    let mut page = format!(
        "# Duplicates\n\nHow well they are found, on a generated world of {charges} charges in which it is known what really \
         happened. The generator (`tests/it/twice/world/`) knows nothing of the detector (`src/answers/duplicates/`). Made by \
         `UPDATE_DOCS=1 cargo test --test it twice`.\n\nEach row is what happened, each column what it was called. A group below \
         {} points is called nothing. The same thing, bought twice within three quarters of an hour with nothing that tells the \
         two apart, cannot be told from a retry and is called one: a person decides.\n\n| happened |",
        paydesk::answers::duplicates::LIKELY
    );
    for column in &columns {
        write!(page, " {column} |").unwrap();
    }
    writeln!(page, "\n| --- |{}", " ---: |".repeat(columns.len())).unwrap();
    for (label, row) in matrix {
        write!(page, "| {label} |").unwrap();
        for column in &columns {
            write!(page, " {} |", row.get(column).map(ToString::to_string).unwrap_or_default()).unwrap();
        }
        page.push('\n');
    }
    page.push_str("\n| cause | precision | recall |\n| --- | ---: | ---: |\n");
    for cause in CAUSES {
        let (precision, recall) = quality(matrix, cause);
        let share = |thousandths: usize| format!("{}.{:03}", thousandths / 1_000, thousandths % 1_000);
        writeln!(page, "| {cause} | {} | {} |", share(precision), share(recall)).unwrap();
    }
    page
}

#[test]
fn what_really_happened_is_found_and_nothing_else() {
    let world = World::of(1, CHARGES, EACH);
    let groups = groups(&world);
    let matrix = matrix(&world, &groups);
    let page = page(&matrix, CHARGES);
    for cause in CAUSES {
        let (precision, recall) = quality(&matrix, cause);
        assert!(precision >= LEAST && recall >= LEAST, "{cause}: {precision} {recall}\n{page}");
    }
    docs::check("duplicates.md", &page);
}

#[test]
fn it_holds_on_other_worlds_too() {
    for seed in 2..6 {
        let world = World::of(seed, 12_000, 60);
        let matrix = matrix(&world, &groups(&world));
        for cause in CAUSES {
            let (precision, recall) = quality(&matrix, cause);
            assert!(
                precision >= LEAST && recall >= LEAST,
                "{seed} {cause}: {precision} {recall}\n{}",
                page(&matrix, 12_000)
            );
        }
    }
}

/// What Stripe would answer to a read, from what the world is.
fn answer(world: &World, want: &Want) -> Value {
    let whose = |link: &Option<Link<CustomerId, Customer>>, id: &CustomerId| matches!(link, Some(Link::Id(own)) if own == id);
    let rows: Vec<Value> = match want {
        Want::Object(id) if id.kind == Kind::PaymentIntent => {
            return json!({"id": id.id, "status": "requires_capture", "currency": "usd"});
        }
        Want::Object(id) => {
            let own = world.customers.iter().find(|customer| customer.id.as_str() == id.id).unwrap();
            return serde_json::to_value(own).unwrap();
        }
        Want::Charges(id) => {
            let own = world.charges.iter().filter(|charge| whose(&charge.customer, id));
            own.map(|charge| serde_json::to_value(charge).unwrap()).collect()
        }
        Want::Subscriptions(id) => {
            let own = world.subscriptions.iter().filter(|row| whose(&row.customer, id));
            own.map(|row| serde_json::to_value(row).unwrap()).collect()
        }
        Want::Invoices(id) => {
            let own: BTreeSet<&str> = world
                .charges
                .iter()
                .filter(|charge| whose(&charge.customer, id))
                .filter_map(|charge| charge.payment_intent_id().map(PaymentIntentId::as_str))
                .collect();
            let mut paid: BTreeMap<usize, Vec<&str>> = BTreeMap::new();
            for (by, at) in world.paid.iter().filter(|(by, _)| own.contains(by.as_str())) {
                paid.entry(*at).or_default().push(by);
            }
            let billed = |(at, intents): (usize, Vec<&str>)| {
                let payment = |intent: &&str| {
                    json!({"id": format!("inpay_{intent}"), "status": "paid",
                    "payment": {"type": "payment_intent", "payment_intent": intent}})
                };
                let mut invoice = serde_json::to_value(&world.invoices[at]).unwrap();
                invoice["payments"] = json!({"data": intents.iter().map(payment).collect::<Vec<_>>()});
                invoice
            };
            paid.into_iter().map(billed).collect()
        }
        // Stripe minds the case.
        Want::SameAddress(email) => {
            let same = world.customers.iter().filter(|customer| customer.email.as_ref() == Some(email));
            same.map(|customer| serde_json::to_value(customer).unwrap()).collect()
        }
        Want::SameCard(print) => {
            let of = |charge: &&Charge| {
                charge
                    .card()
                    .and_then(|card| card.fingerprint.as_ref())
                    .is_some_and(|own| own.as_str() == print)
            };
            world.charges.iter().filter(of).map(|charge| serde_json::to_value(charge).unwrap()).collect()
        }
        other => panic!("{other:?}"),
    };
    json!({"data": rows, "has_more": false})
}

#[test]
fn it_is_found_through_the_reads_that_the_desk_makes() {
    let world = World::of(11, 3_000, 12);
    let mut missed = String::new();
    let mut asked = 0;
    for case in world.cases.iter().filter(|case| CAUSES.contains(&case.label)) {
        let charge = world.charges.iter().find(|charge| charge.id == case.charges[0]).unwrap();
        let customer = charge.customer_id().unwrap();
        let mut bag = Bag::default();
        for _ in 0..12 {
            let looks = duplicates::looks(&bag, customer);
            if looks.is_empty() {
                break;
            }
            for look in looks {
                let json = answer(&world, &look.want).to_string();
                bag.take(&look, Ok(look.read(&json).unwrap()));
                asked += 1;
            }
        }
        let groups = find(&Scene::of(&bag));
        let same = |group: &&Group| {
            let members: BTreeSet<_> = group.charges.iter().map(|member| member.id.as_ref()).collect();
            members == case.charges.iter().collect()
        };
        let called = groups.iter().find(same).map_or("nothing", called);
        if called != case.label {
            writeln!(missed, "{}: {called}", case.label).unwrap();
        }
    }
    assert!(asked > 500, "{asked}");
    assert!(missed.is_empty(), "{missed}");
}

#[test]
fn what_is_proposed_is_never_wrong() {
    use paydesk::answers::duplicates::Proposal;
    let world = World::of(7, 12_000, 60);
    let by_id: HashMap<_, _> = world.charges.iter().map(|charge| (&charge.id, charge)).collect();
    let paid: HashMap<_, _> =
        world.paid.iter().map(|(by, at)| (by.as_str(), &world.invoices[*at].id)).collect();
    let (mut refunds, mut first) = (0, HashMap::new());
    for (by, at) in &world.paid {
        first.entry(&world.invoices[*at].id).or_insert(by.as_str());
    }
    for group in groups(&world) {
        let Proposal::Refund { charges, keep, .. } = &group.proposal else { continue };
        for id in charges {
            refunds += 1;
            let charge = by_id[id];
            assert!(id != keep && !charge.disputed && charge.captured, "{group:?}");
            assert!(charge.amount_refunded < charge.amount && by_id[keep].amount_refunded == 0, "{group:?}");
            let intent = charge.payment_intent_id().unwrap().as_str();
            // It paid no invoice, or one that an earlier payment had paid already.
            assert!(paid.get(intent).is_none_or(|invoice| first[invoice] != intent), "{group:?}");
        }
    }
    assert!(refunds > 150, "{refunds}");
}
