//! Refunds that a credit note made. Stripe gives them none of our marks: the note has them, and names its refunds. So that they
//! count once, and are raised where they come back.

use std::collections::BTreeMap;

use super::{Gate, Stopped, facts::Listed};
use crate::{
    ledger::{Counted, Intent},
    model::{AnyId, CreditNote, Kind, Link, Record, RefundId},
    request::Request,
    stripe::{self, Failure, Priority, plain::explain},
    time::Unix,
};

/// Intent and agent that a note names.
type Marks = (Option<String>, Option<String>);

impl Gate {
    /// The day's refunds, with the marks of the credit notes that made some of them. Notes are asked for only where one of these
    /// refunds may be one that the ledger counts already; where they cannot be read it counts twice, never less than once.
    pub(super) async fn with_notes(
        &self,
        mut listed: Vec<Listed>,
        counted: &[Counted],
        day_start: Unix,
    ) -> Vec<Listed> {
        let has_row = |known: &Counted| listed.iter().any(|one| one.intent.as_ref() == Some(&known.intent));
        let unseen: Vec<_> =
            counted.iter().filter(|known| !has_row(known)).map(|known| known.amount).collect();
        let may_be = |one: &Listed| one.intent.is_none() && unseen.contains(&one.amount);
        if !listed.iter().any(may_be) {
            return listed;
        }
        let notes = self.notes_since(day_start).await.unwrap_or_default();
        for one in listed.iter_mut().filter(|one| one.intent.is_none()) {
            if let Some((intent, agent)) = notes.get(&one.id) {
                (one.intent, one.agent) = (intent.clone(), agent.clone());
            }
        }
        listed
    }

    /// By the refunds that they made.
    async fn notes_since(&self, since: Unix) -> Result<BTreeMap<String, Marks>, String> {
        let request = Request::get("/v1/credit_notes", &[]).with("created[gte]", since.0).with("limit", 100);
        let notes = self.read_all::<CreditNote>(request).await?;
        let mut made = BTreeMap::new();
        for note in &notes {
            let mark = |name: &str| {
                let found = note.metadata.iter().find(|(key, _)| key.as_str() == name);
                found.map(|(_, value)| value.as_str().to_owned())
            };
            let marks = (mark("paydesk_intent"), mark("paydesk_agent"));
            made.extend(note.refund_ids().map(|id| (id.to_string(), marks.clone())));
        }
        Ok(made)
    }

    /// The refund that an intent made: itself, or by a credit note.
    pub(super) async fn refund_made_by(&self, intent: &Intent) -> Result<Option<AnyId>, Stopped> {
        let Some(id) = intent.result_id.as_deref().and_then(AnyId::parse) else { return Ok(None) };
        if id.kind != Kind::CreditNote {
            return Ok(Some(id).filter(|id| id.kind == Kind::Refund));
        }
        let request = Request::get(id.kind.endpoint(), &[&id.id]);
        let reply = match stripe::read(&self.line, &request, Priority::Prefetch).await {
            Ok(reply) => reply,
            Err(Failure::Refused(error)) if error.status == 404 => return Ok(None),
            Err(failure) => return Err(Stopped::Facts(explain(&failure).to_string())),
        };
        let note =
            Record::<CreditNote>::parse(reply.body).map_err(|shape| Stopped::Facts(shape.to_string()))?;
        // A refund that was only linked to it was made by something else.
        let back = intent.proposal.refunds().map(crate::money::Money::minor);
        let linked = |id: &RefundId| intent.request.params.iter().any(|(_, value)| value == id.as_str());
        let own = note.refunds.iter().filter(|part| Some(part.amount_refunded) == back);
        let made = own.filter_map(|part| part.refund.as_ref().map(id_of)).find(|id| !linked(id));
        Ok(made.and_then(|id| AnyId::parse(id.as_str())))
    }
}

fn id_of(link: &Link<RefundId, crate::model::Refund>) -> &RefundId {
    match link {
        Link::Id(id) => id,
        Link::Object(refund) => &refund.id,
    }
}
