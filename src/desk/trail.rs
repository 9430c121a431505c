//! This desk's own trail as entries of a customer's line of time: what was done to what is theirs, by whom.

use super::message::AuditPage;
use crate::{
    answers::{
        Bag,
        timeline::{Entry, EntryKind},
    },
    ledger::AuditRecord,
    model::{AnyId, CustomerId},
    text::clean,
};

/// Steps on the way, which the end of a change tells as well.
const ON_THE_WAY: [&str; 2] = ["intended", "held"];

/// What the trail tells of a customer: their own intents, and those on anything that was read of them.
pub fn entries(page: &AuditPage, customer: &CustomerId, bag: &Bag) -> Vec<Entry> {
    let theirs = |record: &&AuditRecord| {
        let named = page.customers.get(&record.intent).is_some_and(|id| id == customer.as_str());
        named
            || record.target == customer.as_str()
            || AnyId::parse(&record.target).is_some_and(|id| bag.raw(&id).is_some())
    };
    let told = page.records.iter().filter(|record| !ON_THE_WAY.contains(&record.event.as_str()));
    told.filter(theirs).filter_map(entry).collect()
}

fn entry(record: &AuditRecord) -> Option<Entry> {
    let by = if record.agent.is_empty() { String::new() } else { format!(" by {}", clean(&record.agent)) };
    let why = record.reason.as_ref().filter(|why| !why.is_empty());
    let why = why.map(|why| format!(" ({})", clean(&why.replace('_', " ")))).unwrap_or_default();
    let says = format!(
        "{}{why}{by}: {}",
        clean(&record.action.replace('_', " ")),
        clean(&record.event.replace('_', " "))
    );
    // What came of it where it is known, or what it was done to.
    let id = record.result_id.as_deref().and_then(AnyId::parse).or_else(|| AnyId::parse(&record.target))?;
    Some(Entry { at: record.at, kind: EntryKind::Audit, amount: record.money(), says, id })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::time::Unix;

    fn record(seq: i64, event: &str, target: &str) -> AuditRecord {
        AuditRecord {
            seq,
            at: Unix(seq),
            event: event.into(),
            intent: format!("int_{seq}"),
            agent: "maya".into(),
            action: "refund_charge".into(),
            target: target.into(),
            amount: Some(9_900),
            currency: Some("usd".into()),
            reason: Some("requested_by_customer".into()),
            request_id: None,
            result_id: Some("re_1".into()),
            message: None,
            previous: "00".into(),
            hash: "ff".into(),
        }
    }

    #[test]
    fn only_what_is_the_customers_and_only_how_it_ended() {
        let page = AuditPage {
            records: vec![
                record(1, "intended", "ch_1"),
                record(2, "settled", "ch_1"),
                record(3, "settled", "ch_9"),
                record(4, "refused", "cus_1"),
            ],
            customers: [("int_1", "cus_1"), ("int_2", "cus_1"), ("int_3", "cus_2")]
                .map(|(intent, customer)| (intent.to_owned(), customer.to_owned()))
                .into(),
            ends: std::collections::BTreeMap::new(),
            chain: "whole".into(),
            chain_ok: true,
        };
        let found = entries(&page, &CustomerId::parse("cus_1").unwrap(), &Bag::default());
        let says: Vec<_> = found.iter().map(|entry| (entry.says.as_str(), entry.id.id.as_str())).collect();
        assert_eq!(
            says,
            [
                ("refund charge (requested by customer) by maya: settled", "re_1"),
                ("refund charge (requested by customer) by maya: refused", "re_1"),
            ]
        );
    }
}
