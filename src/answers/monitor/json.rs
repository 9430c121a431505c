//! The monitor as one JSON document.

use serde_json::{Value, json};

use super::{
    Monitor,
    tally::{Named, Tally, Volume},
};
use crate::{
    answers::explain::money,
    money::{Currency, Money},
};

pub fn json(monitor: &Monitor) -> Value {
    let alarm = |alarm: &super::Alarm| {
        json!({
            "rule": alarm.sign.code(), "says": alarm.says, "why": alarm.sign.rule(), "at": alarm.at.0,
            "about": alarm.about.as_ref().map(|id| &id.id), "agent": alarm.agent,
        })
    };
    json!({
        "days": monitor.days,
        "volumes": monitor.volumes.iter().map(|one| volume(one, &monitor.days)).collect::<Vec<_>>(),
        "alarms": monitor.alarms.iter().map(alarm).collect::<Vec<_>>(),
        "not_known": monitor.gaps,
    })
}

fn tally(tally: Tally, currency: Currency) -> Value {
    json!({"count": tally.count, "sum": money(Money::new(tally.minor, currency))})
}

fn volume(volume: &Volume, days: &[String]) -> Value {
    let currency = volume.currency;
    let day = |(date, (refunds, charges)): (&String, (&Tally, &Tally))| json!({"day": date, "refunds": tally(*refunds, currency), "charges": tally(*charges, currency)});
    let named = |all: &[Named]| -> Vec<Value> {
        let one = |one: &Named| json!({"name": one.name, "refunds": tally(one.sum, currency)});
        all.iter().map(one).collect()
    };
    let today = volume.today.iter().map(
        |capped| json!({"agent": capped.agent, "spent": money(capped.spent), "cap": capped.cap.map(money)}),
    );
    json!({
        "currency": currency.code(),
        "refunds": tally(volume.all, currency),
        "by_day": days.iter().zip(volume.days.iter().zip(&volume.charged)).map(day).collect::<Vec<_>>(),
        "by_agent": named(&volume.agents),
        "by_reason": named(&volume.reasons),
        "customers": named(&volume.customers),
        "today": today.collect::<Vec<_>>(),
        "rate": {
            "days": volume.rate.days,
            "refunds": tally(volume.rate.refunds, currency),
            "charges": tally(volume.rate.charges, currency),
            "per_mille": volume.rate.per_mille(),
        },
        "disputes": tally(volume.disputes, currency),
    })
}
