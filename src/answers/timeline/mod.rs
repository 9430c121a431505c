//! Everything that happened to a customer on one line of time: payments, failures in words, invoices, refunds and where they are,
//! disputes, how subscriptions began, changed and ended. What no longer can be known is said.

mod credit;
mod decline;
pub mod notes;
pub(super) mod events;
pub mod refund;
#[cfg(test)]
mod tests;

use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

use super::{
    Bag,
    explain::{EVENTS_KEPT_S, by, day, money},
    reply::Voice,
    want::{Look, Want},
};
use crate::{
    actions::Moment,
    model::{
        AnyId, Charge, ChargeStatus, CustomerId, Dispute, Invoice, InvoiceItem, InvoiceStatus, Metadata,
        ProductId, Refund, Subscription,
    },
    money::Money,
    text::Untrusted,
    time::{DAY_S, Unix},
};

/// Of so many refunds it is asked who made them.
const MADE_MOST: usize = 10;
/// Disputes are listed by charge: of so many charges they are read.
const DISPUTED_MOST: usize = 20;

#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum EntryKind {
    Payment,
    Failure,
    Invoice,
    Refund,
    Dispute,
    Subscription,
    /// Of a plan, a card, an address: what only events tell.
    Change,
    Customer,
    /// A credit note, or what moved the credit balance.
    Credit,
    /// What this desk did, by its trail.
    Audit,
    /// What an agent noted.
    Note,
}

impl EntryKind {
    pub const ALL: [Self; 11] = [
        Self::Payment,
        Self::Failure,
        Self::Invoice,
        Self::Refund,
        Self::Dispute,
        Self::Subscription,
        Self::Change,
        Self::Customer,
        Self::Credit,
        Self::Audit,
        Self::Note,
    ];

    pub fn word(self) -> &'static str {
        match self {
            Self::Payment => "payment",
            Self::Failure => "failure",
            Self::Invoice => "invoice",
            Self::Refund => "refund",
            Self::Dispute => "dispute",
            Self::Subscription => "subscription",
            Self::Change => "change",
            Self::Customer => "customer",
            Self::Credit => "credit",
            Self::Audit => "audit",
            Self::Note => "note",
        }
    }

    pub fn parse(word: &str) -> Option<Self> {
        let word = word.trim().to_lowercase();
        Self::ALL.into_iter().find(|kind| kind.word() == word.trim_end_matches('s'))
    }
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Entry {
    pub at: Unix,
    pub kind: EntryKind,
    pub amount: Option<Money>,
    pub says: String,
    pub id: AnyId,
}

/// The reads of the next round; none when everything is there that can be.
pub fn looks(bag: &Bag, customer: &CustomerId, moment: &Moment) -> Vec<Look> {
    let mut wants = vec![
        Want::Object(customer.any()),
        Want::Charges(customer.clone()),
        Want::Invoices(customer.clone()),
        Want::Subscriptions(customer.clone()),
        Want::CreditNotes(customer.clone()),
        Want::BalanceEntries(customer.clone()),
        Want::Waiting(customer.clone()),
        Want::EventsAbout(customer.clone()),
    ];
    let disputed =
        bag.charges().filter(|charge| charge.disputed).map(|charge| Want::DisputesOf(charge.id.clone()));
    wants.extend(disputed.take(DISPUTED_MOST));
    wants.extend(made_elsewhere(bag, moment));
    wants.iter().filter_map(|want| bag.next(want)).collect()
}

/// The newest first.
pub fn timeline(bag: &Bag, moment: &Moment) -> Vec<Entry> {
    let mut entries: Vec<Entry> = bag.charges().filter_map(charge).collect();
    entries.extend(bag.refunds().map(|refund| given_back(bag, refund, moment)));
    entries.extend(bag.invoices().flat_map(invoice));
    entries.extend(bag.waiting().map(waiting));
    entries.extend(bag.notes().map(|note| credit::note(bag, note)));
    entries.extend(bag.balance_entries().map(|moved| credit::moved(bag, moved)));
    entries.extend(bag.disputes().map(dispute));
    entries.extend(bag.subscriptions().flat_map(|row| subscription(row, moment)));
    entries.extend(bag.customers().map(|customer| Entry {
        at: customer.created,
        kind: EntryKind::Customer,
        amount: None,
        says: "became a customer".into(),
        id: customer.id.any(),
    }));
    // What moved the balance is told by its own entries, with the amount.
    let told = bag.balance_entries().next().is_some();
    let events = bag.events().filter(|event| !(told && events::is_of_the_balance(event)));
    entries.extend(events.filter_map(|event| {
        let named = |id: &ProductId| Some(bag.product(id)?.name.to_string());
        let mut entry = events::entry(event, &named)?;
        let invoice = bag.invoices().find(|invoice| invoice.id.as_str() == entry.id.id);
        events::number(&mut entry, invoice.and_then(|invoice| invoice.number.as_ref()));
        Some(entry)
    }));
    let noted = bag.customers().flat_map(|customer| {
        notes::in_metadata(&customer.metadata).map(|(at, text)| notes::entry(at, text, &customer.id))
    });
    entries.extend(noted);
    entries.retain(|entry| entry.at.0 > 0);
    sort(&mut entries);
    entries
}

/// The newest first.
pub fn sort(entries: &mut [Entry]) {
    entries.sort_by(|a, b| (b.at, b.kind, &b.id).cmp(&(a.at, a.kind, &a.id)));
}

/// What the line does not tell.
pub fn gaps(bag: &Bag, customer: &CustomerId, moment: &Moment) -> Vec<String> {
    let kept = day(moment, moment.now.plus(-30 * DAY_S));
    let older = "changes of plans, cards and addresses";
    let events = Want::EventsAbout(customer.clone());
    let mut gaps = vec![match (bag.why_not(&events), bag.is_cut(&events)) {
        (Some(why), _) => format!("{older} are not on it: the events could not be read: {}", why.words()),
        (None, true) => {
            format!(
                "{older} are on it only as far as the newest events tell: the account has more than were read"
            )
        }
        (None, false) => {
            format!("{older} from before {kept} are not on it: Stripe keeps what tells of them for 30 days")
        }
    }];
    gaps.extend(bag.gone(customer));
    for (want, what) in [
        (Want::Charges(customer.clone()), "payments"),
        (Want::Invoices(customer.clone()), "invoices"),
        (Want::Subscriptions(customer.clone()), "subscriptions"),
        (Want::CreditNotes(customer.clone()), "credit notes"),
        (Want::BalanceEntries(customer.clone()), "movements of the balance"),
        (Want::Waiting(customer.clone()), "amounts that wait for an invoice"),
    ] {
        if let Some(why) = bag.why_not(&want) {
            gaps.push(format!("the {what} could not be read: {}", why.words()));
        } else if bag.is_cut(&want) {
            gaps.push(format!("there are older {what} than are shown"));
        }
    }
    gaps
}

fn charge(charge: &Charge) -> Option<Entry> {
    let method = charge.method();
    let what = charge.description.as_ref().map(Untrusted::as_str).filter(|text| !text.is_empty());
    let what = what.map(|text| format!(" · {text}")).unwrap_or_default();
    let (kind, says) = match &charge.status {
        ChargeStatus::Failed => {
            (EntryKind::Failure, format!("did not go through: {}{what}", decline::words(charge)))
        }
        ChargeStatus::Succeeded if !charge.captured => {
            (EntryKind::Payment, format!("held on {method}{what}"))
        }
        ChargeStatus::Succeeded => (EntryKind::Payment, format!("paid with {method}{what}")),
        ChargeStatus::Pending => (EntryKind::Payment, format!("on its way from {method}{what}")),
        ChargeStatus::Other(_) => return None,
    };
    Some(Entry { at: charge.created, kind, amount: Some(charge.money()), says, id: charge.id.any() })
}

/// Who did it, where paydesk or somebody else has left a name.
pub(super) fn agent(metadata: &Metadata) -> Option<&str> {
    let named =
        |key: &str| metadata.iter().find(|(name, _)| name.as_str() == key).map(|(_, value)| value.as_str());
    named("paydesk_agent").or_else(|| named("agent")).filter(|name| !name.is_empty())
}

/// Who made a refund: whoever is named on it, or on the credit note that made it.
pub(super) fn agent_of<'a>(bag: &'a Bag, refund: &'a Refund) -> Option<&'a str> {
    let by_note = || bag.notes().find(|note| note.made(refund)).and_then(|note| agent(&note.metadata));
    agent(&refund.metadata).or_else(by_note)
}

/// The newest refunds that do not say who made them, as long as Stripe keeps the event that does.
fn made_elsewhere(bag: &Bag, moment: &Moment) -> Vec<Want> {
    let asked = |refund: &&Refund| {
        agent_of(bag, refund).is_none() && moment.now.since(refund.created) < EVENTS_KEPT_S
    };
    let mut refunds: Vec<&Refund> = bag.refunds().filter(asked).collect();
    refunds.sort_by_key(|refund| std::cmp::Reverse(refund.created));
    refunds.truncate(MADE_MOST);
    refunds.into_iter().map(|refund| Want::RefundMade(refund.id.clone(), refund.created)).collect()
}

/// `by maya`, `through the API (req_…)`; or why that is not known.
pub fn made_by(bag: &Bag, refund: &Refund, moment: &Moment) -> Result<String, String> {
    if let Some(agent) = agent_of(bag, refund) {
        return Ok(format!("by {agent}"));
    }
    let mut own = bag.events().filter(|event| {
        event.kind.as_str() == events::REFUND_MADE && event.data.object.id.as_str() == refund.id.as_str()
    });
    if let Some(event) = own.next() {
        return Ok(by(event).to_string());
    }
    let want = Want::RefundMade(refund.id.clone(), refund.created);
    Err(match bag.why_not(&want) {
        Some(why) => why.words(),
        None if moment.now.since(refund.created) >= EVENTS_KEPT_S => {
            "Stripe keeps what tells of it for 30 days".to_owned()
        }
        None if bag.is_whole(&want) => "no event tells of it".to_owned(),
        None => "it was not asked".to_owned(),
    })
}

fn given_back(bag: &Bag, refund: &Refund, moment: &Moment) -> Entry {
    let by = made_by(bag, refund, moment).map(|by| format!(" {by}")).unwrap_or_default();
    let reason = refund.reason.as_ref().map(|reason| format!(" ({})", reason.as_str().replace('_', " ")));
    let says = format!("refunded{by}{}: {}", reason.unwrap_or_default(), refund::where_is(refund, moment));
    Entry {
        at: refund.created,
        kind: EntryKind::Refund,
        amount: Some(refund.money()),
        says,
        id: refund.id.any(),
    }
}

fn invoice(invoice: &Invoice) -> Vec<Entry> {
    let entry = |at: Option<Unix>, says: String| {
        Some(Entry {
            at: at?,
            kind: EntryKind::Invoice,
            amount: Some(invoice.money()),
            says,
            id: invoice.id.any(),
        })
    };
    let title = invoice.title();
    let moves = &invoice.status_transitions;
    let made =
        moves.finalized_at.or(Some(invoice.created)).filter(|_| invoice.status != InvoiceStatus::Draft);
    let how = if invoice.collection_method.as_str() == "send_invoice" { "sent by e-mail" } else { "made" };
    [
        entry(made, format!("invoice {title} was {how}")),
        entry(moves.paid_at, format!("invoice {title} is paid")),
        entry(moves.voided_at, format!("invoice {title} was cancelled")),
        entry(moves.marked_uncollectible_at, format!("invoice {title} was written off")),
    ]
    .into_iter()
    .flatten()
    .collect()
}

/// What stands on no invoice yet.
fn waiting(item: &InvoiceItem) -> Entry {
    let what = item.description.as_ref().map(Untrusted::as_str).filter(|text| !text.is_empty());
    let what = what.map(|text| format!(": {text}")).unwrap_or_default();
    let kind = if item.amount < 0 { "credit waits" } else { "an amount waits" };
    Entry {
        at: item.date,
        kind: EntryKind::Invoice,
        amount: Some(Money::new(item.amount, item.currency)),
        says: format!("{kind} for a next invoice{what}"),
        id: item.id.any(),
    }
}

fn dispute(dispute: &Dispute) -> Entry {
    let reason = dispute.reason.as_str().replace('_', " ");
    Entry {
        at: dispute.created,
        kind: EntryKind::Dispute,
        amount: Some(dispute.money()),
        says: format!("disputed at the bank ({reason}): {}", dispute.status),
        id: dispute.id.any(),
    }
}

fn subscription(row: &Subscription, moment: &Moment) -> Vec<Entry> {
    let entry = |at: Option<Unix>, says: String| {
        Some(Entry { at: at?, kind: EntryKind::Subscription, amount: row.amount(), says, id: row.id.any() })
    };
    let details = row.cancellation_details.as_ref();
    let why = details.and_then(|details| details.feedback.as_ref().or(details.reason.as_ref()));
    let why = why.map(|why| format!(" ({})", why.as_str().replace('_', " "))).unwrap_or_default();
    let by = agent(&row.metadata).map(|agent| format!(" by {agent}")).unwrap_or_default();
    let ends = row.ends_at().map(|at| format!(", to end on {}", day(moment, at))).unwrap_or_default();
    [
        entry(Some(row.start_date), "subscription began".into()),
        entry(row.trial_end.filter(|at| *at <= moment.now), "its trial ended".into()),
        entry(row.canceled_at, format!("cancelled{by}{why}{ends}")),
        entry(row.ended_at, "subscription ended".into()),
    ]
    .into_iter()
    .flatten()
    .collect()
}

/// The line as one JSON document.
pub fn json(entries: &[Entry], gaps: &[String], (bag, voice): (&Bag, &Voice)) -> Value {
    // Of a refund where it is, what to do, and what the customer can be told.
    let refunded = |entry: &Entry| {
        let refund = bag.refunds().find(|refund| refund.id.as_str() == entry.id.id)?;
        let charge = refund.charge_id().and_then(|id| bag.charge(id));
        let rows = refund::rows(bag, refund, &voice.moment).into_iter();
        let rows: Vec<_> = rows.map(|(label, says)| json!({"what": label, "says": says})).collect();
        Some(json!({"rows": rows, "reply": refund::reply(refund, charge, &voice.moment).text(voice).ok()}))
    };
    let one = |entry: &Entry| {
        json!({"at": entry.at.0, "kind": entry.kind, "amount": entry.amount.map(money), "says": entry.says,
        "id": entry.id.id, "refund": refunded(entry)})
    };
    json!({"entries": entries.iter().map(one).collect::<Vec<_>>(), "not_known": gaps})
}
