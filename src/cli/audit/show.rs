//! `paydesk audit show`: everything that the ledger holds about one change, as a sheet.

use serde_json::json;

use crate::{
    actions::Proposal,
    cli::{
        exit::Failed,
        out::{Done, Shown},
        run::outcome,
        wire::Setup,
    },
    gate::on_ledger,
    ledger::{Asked, AuditFilter, AuditRecord, Basis, Intent, IntentState, LedgerError, Store},
    policy::{Decision, Mark},
    text::{clean, nearest},
    time::Unix,
};

/// Among so many of the newest intents the one that was meant is looked for.
const NEAR_MOST: usize = 1_000;

/// What was found for an id or a number.
struct Found {
    /// Where a number was given.
    asked: Option<AuditRecord>,
    /// What waited for a person.
    proposal: Option<Asked>,
    intent: Option<(Intent, Vec<Basis>)>,
    /// Of the proposal and the intent, oldest first.
    records: Vec<AuditRecord>,
}

pub(super) async fn show(setup: &Setup, id: &str) -> Result<Done, Failed> {
    let wanted = id.trim().to_owned();
    let ledger = setup.ledger()?;
    let looked = on_ledger(&ledger, move |ledger| -> Result<_, LedgerError> {
        match find(ledger, &wanted)? {
            Some(found) => Ok(Ok(found)),
            None => Ok(Err(unknown(ledger, &wanted)?)),
        }
    });
    let found = looked.await?.map_err(Failed::Usage)?;
    let result = json!({
        "record": found.asked,
        "proposal": found.proposal,
        "intent": found.intent.as_ref().map(|(intent, _)| intent),
        "basis": found.intent.as_ref().map(|(_, basis)| basis),
        "records": found.records,
    });
    let mut done = Done::new("audit show", result, Shown::Pairs(sheet(&found, setup)));
    if let Some((intent, _)) = &found.intent {
        done.intent = json!(intent.id);
        done.verdict = json!(intent.decision);
        done.request_id = json!(intent.request_id);
    }
    Ok(done)
}

fn number(text: &str) -> Option<i64> {
    text.parse().ok().filter(|_| text.bytes().all(|byte| byte.is_ascii_digit()))
}

fn find(ledger: &mut dyn Store, wanted: &str) -> Result<Option<Found>, LedgerError> {
    let (asked, id) = match number(wanted) {
        Some(seq) => {
            let record = ledger.audit(&AuditFilter { seq: Some(seq), ..AuditFilter::default() })?.pop();
            let Some(record) = record else { return Ok(None) };
            let id = record.intent.clone();
            (Some(record), id)
        }
        None => (None, wanted.to_owned()),
    };
    // What waited for a person has two ids: its own, and that of the intent that it led to.
    let proposal = ledger.asked(&id)?;
    let led_to = proposal.as_ref().and_then(|proposal| proposal.intent.clone());
    let intent = match ledger.get(led_to.as_ref().unwrap_or(&id))? {
        Some(intent) => {
            let basis = ledger.basis(&intent.id)?;
            Some((intent, basis))
        }
        None => None,
    };
    let ids = proposal.iter().map(|proposal| &proposal.id).chain(intent.iter().map(|(intent, _)| &intent.id));
    let mut records = Vec::new();
    for id in ids {
        records.extend(ledger.audit(&AuditFilter { intent: Some(id.clone()), ..AuditFilter::default() })?);
    }
    records.sort_by_key(|record| record.seq);
    let nothing = asked.is_none() && proposal.is_none() && intent.is_none();
    Ok((!nothing).then_some(Found { asked, proposal, intent, records }))
}

/// What to look for instead.
fn unknown(ledger: &mut dyn Store, wanted: &str) -> Result<String, LedgerError> {
    if number(wanted).is_some() {
        let head = ledger.head()?.count;
        return Ok(match head {
            0 => format!("there is no record {wanted}: nothing was changed yet"),
            newest => format!("there is no record {wanted}: the newest is {newest}"),
        });
    }
    if wanted.starts_with("prop_") {
        return Ok(format!(
            "there is no proposal {} in this ledger; `paydesk approve` lists those that wait",
            clean(wanted)
        ));
    }
    let known = ledger.recent(NEAR_MOST)?;
    let hint = match (nearest(wanted, known.iter().map(|intent| intent.id.as_str())), known.first()) {
        (Some(near), _) => format!("did you mean {near}?"),
        (None, Some(newest)) => format!("the newest is {} ({})", newest.id, newest.proposal.sentence),
        (None, None) => "nothing was changed yet".to_owned(),
    };
    Ok(format!("there is no intent {} in this ledger: {hint}", clean(wanted)))
}

/// Names and values; what there is nothing of is left out.
struct Sheet(Vec<(String, String)>);

impl Sheet {
    fn add(&mut self, name: &str, value: impl Into<String>) {
        let value = value.into();
        if !value.is_empty() {
            self.0.push((name.to_owned(), value));
        }
    }

    fn some(&mut self, name: &str, value: Option<&String>) {
        self.add(name, value.cloned().unwrap_or_default());
    }
}

fn sheet(found: &Found, setup: &Setup) -> Vec<(String, String)> {
    let mut sheet = Sheet(Vec::new());
    if let Some(record) = &found.asked {
        sheet.add("asked for", format!("record {}", record.seq));
    }
    if let Some(proposal) = &found.proposal {
        of_proposal(&mut sheet, proposal, setup);
    }
    if let Some((intent, basis)) = &found.intent {
        of_intent(&mut sheet, intent, setup);
        of_decision(&mut sheet, &intent.decision, basis);
        of_call(&mut sheet, intent, setup);
    }
    let alone = found.asked.iter().filter(|_| found.records.is_empty());
    for record in alone.chain(&found.records) {
        of_record(&mut sheet, record, setup);
    }
    sheet.0
}

/// Who asked for what and why, who agreed, and how it was decided. What was done is told of its intent.
fn of_proposal(sheet: &mut Sheet, asked: &Asked, setup: &Setup) {
    let time = |at: Unix| at.full(&setup.zone());
    let proposal = &asked.proposal;
    sheet.add("proposal", &asked.id);
    sheet.add("proposal state", asked.state.name());
    sheet.add("asked by", format!("{}, {}", asked.asked_by, time(asked.asked)));
    sheet.add("asked to", &proposal.sentence);
    sheet.some("why", asked.why.as_ref());
    sheet.add("until", time(asked.expires));
    for agreed in &asked.agreed {
        let how = agreed.code.as_ref().map(|code| format!(", by code sha256:{code}")).unwrap_or_default();
        sheet.add("agreed", format!("{}, {}{how}", agreed.by, time(agreed.at)));
    }
    let decided = asked.decided_by.iter().cloned().chain(asked.decided.map(time));
    sheet.add("decided by", decided.collect::<Vec<_>>().join(", "));
    sheet.some("refused since", asked.reason.as_ref());
    if asked.intent.is_none() {
        sheet.add("action", &proposal.action);
        of_object(sheet, proposal);
        sheet.add("account", &asked.account);
        sheet.add("mode", if asked.live { "live" } else { "test" });
        of_decision(sheet, &asked.decision, &[]);
    }
}

fn of_object(sheet: &mut Sheet, proposal: &Proposal) {
    sheet.add("object", &proposal.target.id);
    sheet.add("customer", proposal.customer.as_ref().map(ToString::to_string).unwrap_or_default());
    sheet.add("amount", proposal.amount.map(|amount| amount.to_string()).unwrap_or_default());
    sheet.some("reason", proposal.terms.reason.as_ref());
    sheet.some("note", proposal.terms.note.as_ref());
}

fn of_intent(sheet: &mut Sheet, intent: &Intent, setup: &Setup) {
    let proposal = &intent.proposal;
    sheet.add("intent", &intent.id);
    sheet.add("state", intent.state.name());
    sheet.some("message", intent.message.as_ref());
    sheet.add("action", &proposal.action);
    sheet.add(if intent.state == IntentState::Settled { "did" } else { "meant to" }, &proposal.sentence);
    of_object(sheet, proposal);
    sheet.add("agent", &intent.agent);
    sheet.some("second person", proposal.terms.second.as_ref());
    sheet.add("profile", &intent.profile);
    sheet.add("account", &intent.account);
    sheet.add("mode", if intent.live { "live" } else { "test" });
    sheet.add("created", intent.created.full(&setup.zone()));
}

fn of_decision(sheet: &mut Sheet, decision: &Decision, basis: &[Basis]) {
    sheet.add("verdict", outcome(decision));
    for looked in &decision.rules {
        let mark = match looked.mark {
            Mark::Pass => "pass",
            Mark::Confirm => "confirm",
            Mark::SecondPerson => "second person",
            Mark::Deny => "deny",
        };
        sheet.add(&format!("rule {}", looked.rule), format!("{mark}: {}", looked.says));
    }
    sheet.add("policy hash", &decision.policy_hash);
    for fact in basis {
        sheet.add(&format!("fact {}", fact.what), &fact.value);
    }
}

fn of_call(sheet: &mut Sheet, intent: &Intent, setup: &Setup) {
    let request = &intent.request;
    let time = |at: Option<Unix>| at.map(|at| at.full(&setup.zone())).unwrap_or_default();
    sheet.add("call", format!("{} {}", request.method.name(), request.path));
    for (name, value) in &request.params {
        sheet.add(&format!("sends {name}"), value);
    }
    sheet.add("call hash", &intent.request_hash);
    sheet.some("idempotency key", request.idempotency_key.as_ref());
    sheet.add("attempts", intent.attempts.to_string());
    sheet.add("first attempt", time(intent.first_sent));
    sheet.some("request id", intent.request_id.as_ref());
    sheet.some("result", intent.result_id.as_ref());
}

fn of_record(sheet: &mut Sheet, record: &AuditRecord, setup: &Setup) {
    let mut says = vec![record.event.clone(), record.at.full(&setup.zone()), format!("by {}", record.agent)];
    says.extend(record.request_id.clone());
    says.extend(record.result_id.clone());
    says.extend(record.message.clone());
    sheet.add(&format!("record {}", record.seq), says.join(" · "));
    sheet.add("  hash", &record.hash);
    sheet.add("  hash before", &record.previous);
}
