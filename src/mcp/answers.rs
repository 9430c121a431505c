//! Why somebody was charged, and whether twice: the answers of the desk, as tools.

use std::sync::Arc;

use rmcp::model::JsonObject;
use serde_json::{Value, json};

use super::{
    Assistant, answer, arguments, pages,
    tools::{ABOUT, BACK, CHARGE, CURSOR, CUSTOMER, DAYS, ON, SAID, SUBSCRIPTION},
    trouble::Trouble,
};
use crate::{
    actions::{FieldError, Gate, Moment},
    answers::{
        Bag, Look, Want, Why,
        duplicates::{self, Scene},
        explain::{self, Ask, Said},
        monitor, outcomes, preflight, radar, timeline,
    },
    desk::trail,
    model::{AnyId, ChargeId, CustomerId, SubscriptionId},
    policy::{self, Outcome},
    runtime::{changes::Changes, through_gate::ThroughGate},
    stripe::gather,
    time::parse_when,
};

/// Of the monitor, where nothing else is said.
const DAYS_USUAL: u32 = 30;
/// Rows of a page: of a long line, of groups, of the parts of a sum.
const ENTRIES_MOST: usize = 100;
const GROUPS_MOST: usize = 20;
const PARTS_MOST: usize = 100;

pub(super) async fn explain(assistant: &Assistant, given: JsonObject) -> Result<Value, Trouble> {
    let moment = assistant.moment();
    let args = arguments::read("explain_charge", &[&ABOUT, &CUSTOMER, &SAID, &CURSOR], given, &moment)?;
    let ask = match (args.get(ABOUT.name), args.get(CUSTOMER.name), args.get(SAID.name)) {
        (Some(id), None, None) => {
            let id = AnyId::parse(id).ok_or_else(|| {
                FieldError::new(
                    ABOUT.name,
                    "it takes a charge, payment intent, invoice or subscription, like ch_3Px",
                )
            })?;
            Ask::About(id)
        }
        (None, Some(customer), Some(said)) => {
            let said = Said::parse(said, &moment).map_err(|why| FieldError::new(SAID.name, why))?;
            Ask::Said(whose(customer)?, said)
        }
        _ => return Err(Trouble::invalid("give `id`, or `customer` and `said`, and not both")),
    };
    let bag = read(assistant, |bag| explain::looks(bag, &ask, &moment)).await?;
    let told = explain::explain(&bag, &ask, &moment);
    let voice = assistant.languages.voice(explain::whose(&bag, &ask, &told), moment);
    let told = explain::json(&told, &voice);
    let told = pages::page(told, "/sum/parts", (args.get(CURSOR.name), PARTS_MOST), |at, _| at.to_string())?;
    Ok(json!({"stripe_data": answer::marked(told)}))
}

pub(super) async fn twice(assistant: &Assistant, given: JsonObject) -> Result<Value, Trouble> {
    let moment = assistant.moment();
    let args = arguments::read("find_duplicates", &[&CUSTOMER, &CURSOR], given, &moment)?;
    let Some(customer) = args.get(CUSTOMER.name) else {
        return Err(
            FieldError::new(CUSTOMER.name, "it is missing: give a customer's id, like cus_Qx8").into()
        );
    };
    let customer = whose(customer)?;
    let bag = read(assistant, |bag| duplicates::looks(bag, &customer)).await?;
    there(&bag, &customer)?;
    let voice = assistant.languages.voice(bag.customer(&customer), moment);
    let found = duplicates::json(&duplicates::find(&Scene::of(&bag)), &customer, (&bag, &voice));
    let name = |_: usize, group: &Value| {
        let id = |at: usize| {
            group.pointer(&format!("/charges/{at}/id")).and_then(Value::as_str).unwrap_or_default()
        };
        format!("{}.{}", id(0), id(1))
    };
    let found = pages::page(found, "/groups", (args.get(CURSOR.name), GROUPS_MOST), name)?;
    Ok(json!({"stripe_data": answer::marked(found)}))
}

pub(super) async fn timeline(assistant: &Assistant, given: JsonObject) -> Result<Value, Trouble> {
    let moment = assistant.moment();
    let args = arguments::read("customer_timeline", &[&CUSTOMER, &CURSOR], given, &moment)?;
    let Some(customer) = args.get(CUSTOMER.name) else {
        return Err(
            FieldError::new(CUSTOMER.name, "it is missing: give a customer's id, like cus_Qx8").into()
        );
    };
    let customer = whose(customer)?;
    let bag = read(assistant, |bag| timeline::looks(bag, &customer, &moment)).await?;
    there(&bag, &customer)?;
    let mut entries = timeline::timeline(&bag, &moment);
    let mut gaps = timeline::gaps(&bag, &customer, &moment);
    match ThroughGate::new(Arc::clone(&assistant.gate)).audit().await {
        Ok(page) => entries.extend(trail::entries(&page, &customer, &bag)),
        Err(why) => gaps.push(format!("what this desk did is not on it: {why}")),
    }
    // They were written for colleagues, and the rule says that they stay on this machine: an assistant's maker is another.
    match assistant.gate.notes(&customer).await.map(|notes| notes.len()) {
        Ok(0) => {}
        Ok(count) => gaps.push(timeline::notes::kept_back(count)),
        Err(why) => gaps.push(format!("whether agents noted something on this machine is not known: {why}")),
    }
    timeline::sort(&mut entries);
    let voice = assistant.languages.voice(bag.customer(&customer), moment);
    let told = timeline::json(&entries, &gaps, (&bag, &voice));
    let text =
        |entry: &Value, name: &str| entry.get(name).and_then(Value::as_str).unwrap_or_default().to_owned();
    let name = |_: usize, entry: &Value| {
        let kind = text(entry, "kind");
        // Of one object in one second, what is said tells them apart.
        let says = text(entry, "says").len();
        format!("{}.{kind}.{}.{says}", entry.get("at").unwrap_or(&Value::Null), text(entry, "id"))
    };
    let told = pages::page(told, "/entries", (args.get(CURSOR.name), ENTRIES_MOST), name)?;
    Ok(json!({"stripe_data": answer::marked(told)}))
}

pub(super) async fn monitor(assistant: &Assistant, given: JsonObject) -> Result<Value, Trouble> {
    let moment = assistant.moment();
    let args = arguments::read("refund_monitor", &[&DAYS], given, &moment)?;
    let days = args.get(DAYS.name).and_then(|days| days.parse().ok()).unwrap_or(DAYS_USUAL);
    // Days are those of the account, as its caps are.
    let zone = assistant.gate.identity().zone.clone();
    let period = monitor::period(&Moment { now: moment.now, zone }, days);
    let since = radar::since(&moment);
    let looks = |bag: &Bag| [monitor::looks(bag, &period), radar::looks(bag, since)].concat();
    let bag = read(assistant, looks).await?;
    let mut told = monitor::json(&monitor::of_bag(&bag, &period, &assistant.gate.rules()));
    if let Some(members) = told.as_object_mut() {
        let concerns = radar::radar(&bag, &moment);
        members.insert("radar".to_owned(), radar::json(&concerns, &radar::gaps(&bag, since), since));
    }
    Ok(json!({"stripe_data": answer::marked(told)}))
}

pub(super) async fn outcomes(assistant: &Assistant, given: JsonObject) -> Result<Value, Trouble> {
    let moment = assistant.moment();
    let args = arguments::read("cancel_outcomes", &[&SUBSCRIPTION, &ON], given, &moment)?;
    let id = SubscriptionId::parse(args.get(SUBSCRIPTION.name).unwrap_or_default())
        .map_err(|error| FieldError::new(SUBSCRIPTION.name, error.to_string()))?;
    let on = args.get(ON.name).map(|text| parse_when(text, moment.now, &moment.zone)).transpose();
    let on = on.map_err(|error| FieldError::new(ON.name, error.to_string()))?;
    let bag = read(assistant, |bag| outcomes::looks(bag, &id, on)).await?;
    let rules = assistant.rules();
    let told = outcomes::outcomes(&bag, &id, on, (&rules, &moment)).ok_or_else(|| {
        let why = bag.looked().into_iter().find_map(|(what, not)| Some(format!("{what}: {}", not?)));
        Trouble::invalid(why.unwrap_or_else(|| "the subscription was not read".into()))
    })?;
    Ok(json!({"stripe_data": answer::marked(outcomes::json(&told))}))
}

pub(super) async fn preflight(assistant: &Assistant, given: JsonObject) -> Result<Value, Trouble> {
    let moment = assistant.moment();
    let args = arguments::read("refund_preflight", &[&CHARGE, &BACK], given, &moment)?;
    let args = arguments::led(assistant, &[&CHARGE], args).await?;
    let id = ChargeId::parse(args.get(CHARGE.name).unwrap_or_default())
        .map_err(|error| FieldError::new(CHARGE.name, error.to_string()))?;
    let bag = read(assistant, |bag| preflight::looks_around(bag, &id)).await?;
    let charge = bag.charge(&id).ok_or_else(|| {
        let why = bag.why_not(&Want::Object(id.any())).map(|why| format!(": {}", why.words()));
        Trouble::invalid(format!("{id} was not read{}", why.unwrap_or_default()))
    })?;
    let amount = args.money(BACK.name, charge.currency)?;
    let checks = preflight::preflight(&bag, charge, amount, &moment);
    let left = explain::money(charge.left_to_refund());
    Ok(
        json!({"stripe_data": answer::marked(json!({"left_to_refund": left, "checks": preflight::json(&checks)}))}),
    )
}

/// Nothing is said of a customer who is not there as if it had been looked at.
fn there(bag: &Bag, id: &CustomerId) -> Result<(), Trouble> {
    match bag.why_not(&Want::Object(id.any())) {
        Some(Why::NoSuch) => Err(Trouble::invalid(format!("Stripe has no customer {id} on this account"))),
        _ => Ok(()),
    }
}

fn whose(text: &str) -> Result<CustomerId, Trouble> {
    CustomerId::parse(text).map_err(|error| FieldError::new(CUSTOMER.name, error.to_string()).into())
}

/// What the policy hides from this agent is hidden from the assistant too.
pub(super) async fn read(assistant: &Assistant, next: impl Fn(&Bag) -> Vec<Look>) -> Result<Bag, Trouble> {
    assistant.gate.heed_policy();
    let hides = |gate: Gate| {
        let policy = assistant.gate.in_force();
        let decision = policy::may_see(&policy, &assistant.gate.identity().agent, gate);
        (decision.outcome != Outcome::Allow).then(|| decision.denial())
    };
    Ok(gather(&*assistant.transport, Bag::default(), hides, next).await?)
}
