//! Which objects a field may name: those that are on screen or known already, and how Stripe is asked for the others.

use serde_json::Value;

use super::{panes::PANES, question::Question, records, state::State, usable::Here, verdict::moment};
use crate::{
    actions::{self, Action, Effect, FieldKind, Gives, Subject},
    model::{CustomerId, Kind},
    request::Request,
};

/// Known objects at most: whoever has more looks for them.
const KNOWN_MOST: usize = 1_000;

/// What the desk knows of a kind, as JSON, each once.
pub(super) fn known(state: &State, kind: Kind, whose: Option<&CustomerId>) -> Vec<Value> {
    let mut texts = Vec::new();
    for pane in PANES.iter().filter(|pane| pane.kind == kind) {
        let rows = (pane.len)(state).min(KNOWN_MOST);
        // A preview is no object yet: nothing can be done to it.
        let real = (0..rows).filter(|at| (pane.target)(state, *at).is_some());
        texts.extend(real.filter_map(|at| (pane.raw)(state, at)));
    }
    let folder = whose.and_then(|id| state.data.folder(id));
    match kind {
        Kind::PaymentMethod => {
            let rows = folder.and_then(|folder| folder.methods.value.as_ref()).into_iter();
            texts.extend(rows.flat_map(|list| &list.rows).map(|row| row.raw().clone()));
        }
        Kind::Dispute => {
            let lists = folder.into_iter().flat_map(|folder| folder.disputes.values());
            let rows = lists.filter_map(|slot| slot.value.as_ref()).flat_map(|list| &list.rows);
            texts.extend(rows.map(|row| row.raw().clone()));
        }
        Kind::Refund => {
            let lists = folder.into_iter().flat_map(|folder| folder.refunds.values());
            let rows = lists.filter_map(|slot| slot.value.as_ref()).flat_map(|list| &list.rows);
            texts.extend(rows.map(|row| row.raw().clone()));
        }
        _ => {}
    }
    let mut found: Vec<Value> = Vec::new();
    let parsed = texts.iter().filter_map(|raw| serde_json::from_str::<Value>(raw).ok());
    for value in parsed.chain(carried(state, kind, whose)).take(KNOWN_MOST) {
        if !found.iter().any(|known| known.get("id") == value.get("id")) {
            found.push(value);
        }
    }
    found
}

/// Refunds that came along with their charges.
fn carried(state: &State, kind: Kind, whose: Option<&CustomerId>) -> Vec<Value> {
    let folder = whose.and_then(|id| state.data.folder(id)).filter(|_| kind == Kind::Refund);
    let charges = folder.and_then(|folder| folder.charges.value.as_ref());
    let refunded = charges.into_iter().flat_map(|list| &list.rows);
    let refunded = refunded.filter(|charge| charge.amount_refunded > 0).take(KNOWN_MOST);
    refunded
        .filter_map(|charge| serde_json::from_str::<Value>(charge.raw()).ok())
        .filter_map(|charge| charge.pointer("/refunds/data").and_then(Value::as_array).cloned())
        .flatten()
        .collect()
}

/// The list is on its way already.
pub(super) fn is_loading(state: &State, kind: Kind) -> bool {
    PANES.iter().any(|pane| pane.kind == kind && (pane.loading)(state))
}

/// The catalogue's own list of objects of a kind.
fn lists(kind: Kind) -> Option<&'static Action> {
    let lists = |action: &&Action| match action.gives {
        Gives::List(object) => {
            Kind::of_object(object) == Some(kind) && !action.endpoint.path.ends_with("/search")
        }
        Gives::One(_) => false,
    };
    actions::all().filter(|action| action.effect == Effect::Read).find(lists)
}

/// There is something to choose from: rows of a pane, or a list at Stripe. Of coupons there is neither.
pub(super) fn has_some(kind: Kind) -> bool {
    lists(kind).is_some() || PANES.iter().any(|pane| pane.kind == kind)
}

/// How Stripe is asked for all that the field may name.
pub(super) fn question(state: &State, kind: Kind, here: &Here) -> Option<(Question, &'static str)> {
    let action = lists(kind)?;
    let mut args = here.args(action);
    if is_everybodys(kind) {
        // Nobody's own: what is tied to one customer is the least of it.
        args.0.remove("customer");
    }
    // What is not on sale or has run out cannot be chosen.
    if action.field("active").is_some_and(|field| field.kind == FieldKind::Bool) {
        args.set("active", "true");
    }
    let request = action.request(&args, &moment(state)).ok()?;
    let Gives::List(object) = action.gives else { return None };
    let request = with_names(request, kind);
    Some((Question::Run { action: action.name.to_owned(), request, after: None }, object))
}

/// A price without the name of its product says little, and a code without its coupon.
fn with_names(request: Request, kind: Kind) -> Request {
    match kind {
        Kind::Price => request.expand("data.product"),
        Kind::PromotionCode => request.expand("data.promotion.coupon"),
        _ => request,
    }
}

/// The ids of a kind that an object names already: the price that a subscription has, the card that pays.
pub(super) fn named(state: &State, subject: &Subject, kind: Kind) -> Vec<String> {
    let links = records::links(subject.raw(), state.zone());
    links.into_iter().filter(|link| link.id.kind == kind).map(|link| link.id.id).collect()
}

/// No pane has all of these, whoever is open.
pub(super) fn is_everybodys(kind: Kind) -> bool {
    matches!(kind, Kind::Price | Kind::Product | Kind::PromotionCode)
}

/// How far a price stands from what the subject has: 0 of the same product, 1 of the same interval, 2 of neither. What costs
/// about as much comes next to it.
pub(super) fn distance(subject: Option<&Subject>, record: &Value) -> (u8, i64) {
    let value = subject.map(Subject::value);
    let items = value.as_ref().and_then(|value| value.pointer("/items/data")?.as_array());
    let interval = |price: &Value| price.pointer("/recurring").cloned();
    let product = |price: &Value| {
        let product = price.get("product")?;
        product.as_str().or_else(|| product.get("id")?.as_str()).map(str::to_owned)
    };
    let every = |recurring: Option<Value>| {
        let recurring = recurring?;
        Some((recurring.get("interval")?.clone(), recurring.get("interval_count").cloned()))
    };
    let own = items.into_iter().flatten().filter_map(|item| item.get("price"));
    let far = own.map(|own| {
        if product(own).is_some() && product(own) == product(record) {
            0
        } else if every(interval(own)).is_some() && every(interval(own)) == every(interval(record)) {
            1
        } else {
            2
        }
    });
    let far = far.min();
    // Where nothing is there to stand near to, they stay as Stripe lists them.
    let amount = record.get("unit_amount").and_then(Value::as_i64).filter(|_| far.is_some());
    (far.unwrap_or(2), amount.unwrap_or(0))
}

/// What Stripe calls an object of the kind.
pub(super) fn object(kind: Kind) -> String {
    kind.noun().replace(' ', "_")
}
