//! The few fields that charges and invoices are searched by most, straight from the plan: search draws only what may be a hit.

use super::{
    Universe,
    kind::Kind,
    life,
    lists::Key,
    plan::{Plan, Way},
};
use crate::sandbox::search::{Query, Told};

/// What is told of an object before it is drawn, as long as nobody changed it.
#[derive(Clone, Copy, Debug)]
pub(super) struct Sketch {
    /// A charge's amount, an invoice's total.
    money: i64,
    created: i64,
    currency: &'static str,
    status: &'static str,
    /// Of a card.
    last4: Option<u16>,
    refunded: bool,
    disputed: bool,
}

/// All of a customer's, by ordinal.
fn sketches(kind: Kind, plan: &Plan) -> Box<[Sketch]> {
    match kind {
        Kind::Charge => (0..plan.charges.len()).map_while(|at| of_charge(plan, at)).collect(),
        Kind::Invoice => plan
            .invoices
            .iter()
            .map(|invoice| Sketch {
                money: invoice.total,
                created: invoice.created,
                currency: invoice.currency,
                status: invoice.status,
                last4: None,
                refunded: false,
                disputed: false,
            })
            .collect(),
        _ => Box::default(),
    }
}

fn of_charge(plan: &Plan, at: usize) -> Option<Sketch> {
    let charge = plan.charges.get(at)?;
    let intent = plan.intents.get(charge.intent)?;
    let card = plan.cards.get(intent.card).filter(|card| intent.way != Way::Transfer && !card.sepa);
    Some(Sketch {
        money: intent.amount,
        created: charge.created,
        currency: intent.currency,
        status: charge.status,
        last4: card.and_then(|card| card.last4.parse().ok()),
        refunded: charge.refunded == intent.amount,
        disputed: charge.disputed,
    })
}

impl Sketch {
    /// What stands in a field; `number` makes an invoice's.
    fn tell(&self, kind: Kind, field: &str, number: impl FnOnce() -> String) -> Told {
        match (kind, field) {
            (Kind::Charge, "amount") | (Kind::Invoice, "total") => Told::Is(self.money.to_string()),
            (_, "created") => Told::Is(self.created.to_string()),
            (_, "currency") => Told::Is(self.currency.to_owned()),
            (_, "status") => Told::Is(self.status.to_owned()),
            (Kind::Charge, "refunded") => Told::Is(self.refunded.to_string()),
            (Kind::Charge, "disputed") => Told::Is(self.disputed.to_string()),
            (Kind::Charge, "payment_method_details.card.last4") => {
                self.last4.map_or(Told::Nothing, |last4| Told::Is(format!("{last4:04}")))
            }
            (Kind::Invoice, "number") if self.status == "draft" => Told::Nothing,
            (Kind::Invoice, "number") => Told::Is(number()),
            _ => Told::Unknown,
        }
    }
}

impl Universe {
    /// Makes the sketches of a kind, unless they are there.
    pub(super) fn sketch(&mut self, kind: Kind) {
        if !matches!(kind, Kind::Charge | Kind::Invoice) || self.sketches.contains_key(&kind) {
            return;
        }
        let made = (0..self.customers)
            .map(|owner| match self.bundles.get(&owner) {
                Some(bundle) => sketches(kind, bundle.plan()),
                None => sketches(kind, &life::plan(&self.names, self.seed, owner, self.base)),
            })
            .collect();
        self.sketches.insert(kind, made);
    }

    /// The object needs not be drawn: it is surely no hit. Whatever somebody changed is always drawn.
    pub(super) fn ruled_out(&self, kind: Kind, key: Key, query: &Query) -> bool {
        let at = |number: u32| usize::try_from(number).unwrap_or(usize::MAX);
        let sketch = self.sketches.get(&kind).and_then(|all| all.get(at(key.owner))?.get(at(key.ordinal)));
        let Some(sketch) = sketch else { return false };
        if self.bundles.get(&key.owner).is_some_and(|bundle| bundle.has_kept(kind, key.ordinal)) {
            return false;
        }
        let number = || {
            let customer = self.ids.write(Kind::Customer, key.owner, 0);
            super::render::invoice_number(&customer, at(key.ordinal))
        };
        !query.may_match(|field| sketch.tell(kind, field, number))
    }
}

#[cfg(test)]
mod tests {
    use serde_json::Value;

    use super::*;

    const FIELDS: [&str; 9] = [
        "amount",
        "total",
        "created",
        "currency",
        "status",
        "refunded",
        "disputed",
        "payment_method_details.card.last4",
        "number",
    ];

    fn world() -> Universe {
        Universe::new(7, 150, 20_780 * 86_400 + 40_000)
    }

    fn keys(world: &mut Universe, kind: Kind) -> Vec<Key> {
        world.sketch(kind);
        (0..150).flat_map(|owner| world.keys_of(kind, owner)).collect()
    }

    fn query(text: &str) -> Query {
        Query::parse(text, &FIELDS).unwrap()
    }

    #[test]
    fn a_sketch_tells_what_is_drawn() {
        let mut world = world();
        for kind in [Kind::Charge, Kind::Invoice] {
            let (mut told, mut unknown) = (0, 0);
            for key in keys(&mut world, kind) {
                let drawn = world.fetch(kind, key.owner, key.ordinal).unwrap();
                let sketch = world.sketches[&kind][key.owner as usize][key.ordinal as usize];
                let customer = world.ids.write(Kind::Customer, key.owner, 0);
                for field in FIELDS {
                    let found = field.split('.').try_fold(&drawn, |tree, name| tree.get(name));
                    let number = || super::super::render::invoice_number(&customer, key.ordinal as usize);
                    match (sketch.tell(kind, field, number), found) {
                        (Told::Unknown, _) => unknown += 1,
                        (Told::Nothing, found) => {
                            assert!(found.is_none_or(Value::is_null), "{field}: {drawn}");
                        }
                        (Told::Is(text), Some(Value::String(found))) => assert_eq!(text, *found, "{field}"),
                        (Told::Is(text), found) => {
                            assert_eq!(Some(text), found.map(Value::to_string), "{field}");
                        }
                    }
                    told += 1;
                }
            }
            assert!(told > 5_000 && unknown < told / 2, "{told} told, {unknown} unknown");
        }
    }

    #[test]
    fn only_what_may_be_a_hit_is_drawn() {
        let mut world = world();
        let invoices = keys(&mut world, Kind::Invoice);
        let number = world.fetch(Kind::Invoice, 3, 0).unwrap()["number"].as_str().unwrap().to_lowercase();
        let left = |world: &Universe, text: &str| -> Vec<Key> {
            let query = query(text);
            invoices.iter().copied().filter(|key| !world.ruled_out(Kind::Invoice, *key, &query)).collect()
        };
        assert_eq!(left(&world, &format!("number:\"{number}\"")).len(), 1);
        assert_eq!(left(&world, &format!("number:\"{number}\" AND status:\"nowhere\"")).len(), 0);
        assert_eq!(left(&world, "-status:\"nowhere\"").len(), invoices.len());
        // Changed by somebody, it may be anything.
        let mut changed = world.fetch(Kind::Invoice, 9, 0).unwrap();
        changed["number"] = "X-1".into();
        world.put(&changed);
        assert_eq!(left(&world, "number:\"X-1\"").len(), 1);
    }
}
