//! The ledger beside Stripe, both ways: what each has that the other lacks, and where they say different things. Only reads.

mod compare;
mod there;
mod what;

use std::{
    collections::{BTreeMap, BTreeSet},
    sync::Arc,
};

use compare::{Here, REFUNDS, Single, There, compare};
use serde_json::Value;
use there::Row;
pub use what::{Finding, What};

use super::{
    Found, Gate, Stopped,
    afterwards::{ACKNOWLEDGED, ACKNOWLEDGED_FOR_GOOD, RAISED},
    on_ledger, subject,
};
use crate::{
    actions::{self, Listed, MARK, Proof},
    ledger::{AuditFilter, AuditRecord, Checked, Intent, IntentState, LedgerError, PART},
    model::AnyId,
    request::Request,
    stripe::{self, Failure, Pages, Priority, cancelled, plain::explain},
    time::{HOUR_S, Unix},
};

/// Of what waits to be sent, and of two clocks: a refund is not much older at Stripe than its intent here.
const EARLIER_S: i64 = HOUR_S;
/// As the trail calls the record of a new intent.
const INTENDED: &str = "intended";

/// What was compared, and what was found.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Reconciled {
    pub from: Unix,
    pub until: Unix,
    /// Changes of ours, and refunds and cancellations at Stripe; what both have counts once.
    pub compared: usize,
    /// The gravest first.
    pub findings: Vec<Finding>,
}

impl Reconciled {
    pub fn differences(&self) -> impl Iterator<Item = &Finding> {
        self.findings.iter().filter(|finding| finding.what.is_difference())
    }
}

impl Gate {
    /// Compares all changes since then. `tell` hears how far it is. `Facts`: Stripe's refunds could not be read.
    pub async fn reconcile(
        &self,
        from: Unix,
        tell: &mut (dyn FnMut(&str) + Send),
    ) -> Result<Reconciled, Stopped> {
        self.check_account().await?;
        // The ledger first: what is settled here by now is there by then.
        let here = self.recorded(from).await?;
        let mut there = There::default();
        self.read_lists(from, &mut there, tell).await?;
        self.read_singly(&here, &mut there, from, tell).await;
        self.read_cancelled(from, &mut there).await?;
        let here = self.recorded_since(here, &there).await?;
        let until = self.now();
        let found = compare(&here, &there, (from, until));
        Ok(Reconciled { from, until, compared: found.count, findings: found.findings })
    }

    async fn recorded(&self, from: Unix) -> Result<Here, Stopped> {
        let account = (self.identity.account.clone(), self.identity.live);
        let here = on_ledger(&self.ledger, move |ledger| -> Result<Here, LedgerError> {
            let mut checked = Checked::default();
            let chain = checked.go_on(ledger.noted(), |after| ledger.chain(after, PART))?;
            let mut here = Here {
                account,
                intents: BTreeMap::new(),
                intended: BTreeMap::new(),
                raised: BTreeSet::new(),
                places: BTreeMap::new(),
                chain,
                removed: checked.removed(),
            };
            let mut last: Option<String> = None;
            loop {
                let whose = (here.account.0.as_str(), here.account.1);
                let part = ledger.made(whose, from, last.as_deref(), PART)?;
                let Some(end) = part.last() else { break };
                last = Some(end.id.clone());
                here.intents.extend(part.into_iter().map(|intent| (intent.id.clone(), intent)));
            }
            let records = ledger.audit(&AuditFilter { since: Some(from), ..AuditFilter::default() })?;
            for record in &records {
                note(&mut here, record);
            }
            Ok(here)
        });
        Ok(here.await?)
    }

    /// What has happened here meanwhile, and what marks at Stripe name besides.
    async fn recorded_since(&self, mut here: Here, there: &There) -> Result<Here, Stopped> {
        let rows = || there.lists.values().flatten();
        let single = there.single.values().filter_map(|single| match single {
            Single::Carries(mark) => mark.as_deref(),
            Single::Made(_) | Single::Stands | Single::Otherwise(_) | Single::Gone | Single::Unread(_) => {
                None
            }
        });
        let cancelled = there.cancelled.iter().filter_map(|(_, _, mark)| mark.as_deref());
        let marks = rows().filter_map(Row::intent).chain(single).chain(cancelled);
        let named = marks.filter(|mark| !here.intents.contains_key(*mark)).map(str::to_owned);
        let open = here.intents.values().filter(|intent| !intent.state.is_final());
        let again: BTreeSet<String> = named.chain(open.map(|intent| intent.id.clone())).collect();
        let made = there.single.values().filter_map(|single| match single {
            Single::Made(row) => Some(&**row),
            Single::Carries(_) | Single::Stands | Single::Otherwise(_) | Single::Gone | Single::Unread(_) => {
                None
            }
        });
        let heads: BTreeSet<String> = rows().chain(made).filter_map(Row::head).map(str::to_owned).collect();
        let here = on_ledger(&self.ledger, move |ledger| -> Result<Here, LedgerError> {
            for id in again {
                if let Some(intent) = ledger.get(&id)? {
                    here.intents.insert(id.clone(), intent);
                    let records =
                        ledger.audit(&AuditFilter { intent: Some(id), ..AuditFilter::default() })?;
                    for record in &records {
                        note(&mut here, record);
                    }
                }
            }
            here.places = ledger.places(&heads)?;
            Ok(here)
        });
        Ok(here.await?)
    }

    /// All pages of what carries our marks.
    async fn read_lists(
        &self,
        from: Unix,
        there: &mut There,
        tell: &mut (dyn FnMut(&str) + Send),
    ) -> Result<(), Stopped> {
        for listed in there::lists() {
            match self.read_list(listed, from, tell).await {
                Ok(rows) => drop(there.lists.insert(listed.path, rows)),
                Err(failure) if listed.path == REFUNDS => {
                    return Err(Stopped::Facts(explain(&failure).to_string()));
                }
                Err(failure) => {
                    let why = format!("the {} could not be read: {}", listed.noun, explain(&failure).what);
                    there.unread.insert(listed.path, why);
                }
            }
        }
        Ok(())
    }

    async fn read_list(
        &self,
        listed: &'static Listed,
        from: Unix,
        tell: &mut (dyn FnMut(&str) + Send),
    ) -> Result<Vec<Row>, Failure> {
        let since = from.plus(-EARLIER_S).0;
        let request = Request::get(listed.path, &[]).with("created[gte]", since).with("limit", 100);
        let mut pages = Pages::<Value>::new(&self.line, request, Priority::Waiting);
        let mut rows = Vec::new();
        while let Some(page) = pages.next().await {
            rows.extend(page?.iter().map(|row| Row::read(listed, row.object())));
            pages.let_go();
            tell(&format!("{} {} read", rows.len(), listed.noun));
        }
        Ok(rows)
    }

    /// What no list of the account shows, one reading each: of several changes of one object the newest.
    async fn read_singly(
        &self,
        here: &Here,
        there: &mut There,
        from: Unix,
        tell: &mut (dyn FnMut(&str) + Send),
    ) {
        let shown: BTreeSet<&str> = there.lists.values().flatten().filter_map(Row::intent).collect();
        let settled = here.intents.values().filter(|intent| {
            intent.state == IntentState::Settled
                && intent.created >= from
                && !shown.contains(intent.id.as_str())
        });
        let mut singly: Vec<&Intent> = Vec::new();
        let mut newest: BTreeMap<(&str, bool), &Intent> = BTreeMap::new();
        for intent in settled {
            match actions::find(&intent.proposal.action).map(|action| &action.proof) {
                Some(Proof::Listed(listed)) if there.unread.contains_key(listed.path) => {}
                Some(Proof::Listed(_)) => singly.push(intent),
                Some(Proof::Object { .. }) => {
                    let of = newest.entry((&intent.proposal.target.id, is_marked(intent))).or_insert(intent);
                    if (of.created, &of.id) < (intent.created, &intent.id) {
                        *of = intent;
                    }
                }
                Some(Proof::Untold(_)) | None => {}
            }
        }
        singly.extend(newest.into_values());
        let all = singly.len();
        for (at, intent) in singly.into_iter().enumerate() {
            let found = self.single(intent).await;
            there.single.insert(intent.id.clone(), found);
            let done = at.saturating_add(1);
            if done == all || done.checked_rem(100) == Some(0) {
                tell(&format!("{done} of {all} other changes read"));
            }
        }
    }

    async fn single(&self, intent: &Intent) -> Single {
        let listed = there::list_of(intent);
        if let Some(listed) = listed.filter(|listed| there::is_whole(listed)) {
            let made = intent.result_id.as_deref().and_then(AnyId::parse);
            return match made {
                Some(made) => {
                    self.object(&made, |value| Single::Made(Box::new(Row::read(listed, value)))).await
                }
                None => Single::Unread("the record does not say what it made".to_owned()),
            };
        }
        if listed.is_none() && is_marked(intent) {
            let carries = |value: &Value| {
                let mark = there::marks(value).into_iter().find(|(name, _)| name == MARK);
                Single::Carries(mark.map(|(_, value)| value).filter(|value| !value.is_empty()))
            };
            return self.object(&intent.proposal.target, carries).await;
        }
        match (self.resolve_by_reading(intent).await, listed) {
            (Found::Done { raw, .. }, Some(listed)) => {
                let value = serde_json::from_str(&raw).unwrap_or_default();
                Single::Made(Box::new(Row::read(listed, &value)))
            }
            // What shows in the object's state may have been undone since; what stands in a list is not.
            (Found::Done { .. } | Found::ByKey { .. }, _) | (Found::NotThere { surely: false, .. }, None) => {
                Single::Stands
            }
            (Found::Before(why) | Found::NotThere { why, .. }, _) => Single::Otherwise(why),
            (Found::CannotTell(why), _) => Single::Unread(why),
        }
    }

    async fn object(&self, id: &AnyId, says: impl FnOnce(&Value) -> Single) -> Single {
        let Some(request) = subject::read_request(id, &[]) else {
            return Single::Unread(format!("{} cannot be looked up", crate::text::a(id.kind.noun())));
        };
        let body: Arc<str> = match stripe::read(&self.line, &request, Priority::Waiting).await {
            Ok(reply) => reply.body,
            Err(Failure::Refused(error)) if error.status == 404 => return Single::Gone,
            Err(failure) => {
                return Single::Unread(format!("{id} could not be read: {}", explain(&failure).what));
            }
        };
        match serde_json::from_str::<Value>(&body) {
            Ok(value) if value.get("deleted") == Some(&Value::Bool(true)) => Single::Gone,
            Ok(value) => says(&value),
            Err(_shape) => Single::Unread(format!("{id} could not be read: Stripe's answer is no JSON")),
        }
    }

    async fn read_cancelled(&self, from: Unix, there: &mut There) -> Result<(), Stopped> {
        let (rows, _) = match cancelled(&self.line, from).await {
            Ok(found) => found,
            // A key for refunds alone has nothing to cancel either.
            Err(Failure::Refused(error)) if matches!(error.status, 401 | 403 | 404) => return Ok(()),
            Err(failure) => return Err(Stopped::Facts(explain(&failure).to_string())),
        };
        let asked_for = rows.iter().filter(|row| row.was_asked_for());
        there.cancelled.extend(asked_for.filter_map(|row| {
            let mark = row.metadata.iter().find(|(name, _)| name.as_str() == MARK);
            Some((row.id.to_string(), row.canceled_at?, mark.map(|(_, value)| value.as_str().to_owned())))
        }));
        Ok(())
    }
}

fn is_marked(intent: &Intent) -> bool {
    intent.request.param(&format!("metadata[{MARK}]")).is_some()
}

fn note(here: &mut Here, record: &AuditRecord) {
    match record.event.as_str() {
        INTENDED => {
            here.intended.insert(record.intent.clone(), record.seq);
        }
        RAISED | ACKNOWLEDGED | ACKNOWLEDGED_FOR_GOOD => {
            here.raised.insert(record.target.clone());
        }
        _ => {}
    }
}
