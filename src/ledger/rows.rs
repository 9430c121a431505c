//! Between an intent and its row: what is frozen lies in one JSON text, whose request has to give its hash again.

use std::path::Path;

use rusqlite::{Connection, OptionalExtension, Row, params};
use serde::{Deserialize, Serialize};

use super::{
    Intent, IntentState,
    audit::sha256_hex,
    budget::{self, Counted},
    schema::failed,
    store::{Conflict, LedgerError, Reserve},
};
use crate::{
    actions::Proposal,
    money::{Currency, Money},
    policy::Decision,
    request::Request,
    time::Unix,
};

/// Another payment of the same customer, given back alike within this time, asks first: of a double charge one is given back.
const TWIN_S: i64 = 24 * 3_600;
/// An equal intent within this time asks first.
const EQUAL_S: i64 = 600;
pub(super) const OPEN: &str = "state IN ('held', 'sending', 'unknown', 'waiting_at_stripe')";

const COLUMNS: &str = "id, state, account, live, agent, profile, created, hold_until_ms, first_sent, attempts, \
                       request_hash, frozen, request_id, result_id, message";

/// What never changes and is not searched.
#[derive(Serialize, Deserialize)]
struct Frozen {
    proposal: Proposal,
    request: Request,
    decision: Decision,
}

/// What an intent has to be before it is written: the other side of the check that is made when it is read.
pub(super) fn check_new(intent: &Intent) -> Result<(), LedgerError> {
    let wrong = |reason: &str| LedgerError::Malformed { id: intent.id.clone(), reason: reason.into() };
    if intent.state != IntentState::Held || intent.attempts != 0 || intent.first_sent.is_some() {
        return Err(wrong("a new intent is held and was never sent"));
    }
    if sha256_hex(intent.request.canonical().as_bytes()) != intent.request_hash {
        return Err(wrong("the request does not give its hash"));
    }
    let post = intent.request.method == crate::request::Method::Post;
    if post && intent.request.idempotency_key.as_ref().is_none_or(String::is_empty) {
        return Err(wrong("a request that is sent twice without a key is done twice"));
    }
    if intent.proposal.amount.is_some_and(|amount| amount.minor() < 0) {
        return Err(wrong("the amount is negative"));
    }
    Ok(())
}

pub(super) fn insert(
    connection: &Connection,
    path: &Path,
    owner: &str,
    intent: &Intent,
    limits: &Reserve,
) -> Result<(), LedgerError> {
    let malformed = |reason: String| LedgerError::Malformed { id: intent.id.clone(), reason };
    let frozen = Frozen {
        proposal: intent.proposal.clone(),
        request: intent.request.clone(),
        decision: intent.decision.clone(),
    };
    let frozen = serde_json::to_string(&frozen).map_err(|error| malformed(error.to_string()))?;
    let basis = serde_json::to_string(&limits.basis).map_err(|error| malformed(error.to_string()))?;
    let proposal = &intent.proposal;
    connection
        .prepare_cached(
            "INSERT INTO intents (id, owner, state, account, live, agent, profile, action, gate, target, customer,
                amount_minor, currency, reason, created, hold_until_ms, request_hash, frozen, basis)
             VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12, ?13, ?14, ?15, ?16, ?17, ?18, ?19)",
        )
        .and_then(|mut statement| {
            statement.execute(params![
                intent.id,
                owner,
                intent.state.name(),
                intent.account,
                intent.live,
                intent.agent,
                intent.profile,
                proposal.action,
                counted_as(proposal),
                proposal.target.id,
                proposal.customer.as_ref().map(crate::model::CustomerId::as_str),
                proposal.counted().map(Money::minor),
                proposal.counted().map(|amount| amount.currency().code().to_owned()),
                proposal.terms.reason,
                intent.created.0,
                intent.hold_until_ms,
                intent.request_hash,
                frozen,
                basis,
            ])
        })
        .map_err(|error| failed(path, &error))?;
    Ok(())
}

/// Only what the caps sum has to be told apart.
fn counted_as(proposal: &Proposal) -> &'static str {
    if proposal.refunds().is_some() { "refund" } else { "other" }
}

/// Those that `rest` (a `WHERE` and what follows) selects.
pub(super) fn select(
    connection: &Connection,
    path: &Path,
    rest: &str,
    values: impl rusqlite::Params,
) -> Result<Vec<Intent>, LedgerError> {
    let rows = connection
        .prepare_cached(&format!("SELECT {COLUMNS} FROM intents {rest}"))
        .and_then(|mut statement| statement.query_map(values, read)?.collect::<Result<Vec<_>, _>>())
        .map_err(|error| failed(path, &error))?;
    rows.into_iter().map(|row| row.check(path)).collect()
}

pub(super) fn get(connection: &Connection, path: &Path, id: &str) -> Result<Option<Intent>, LedgerError> {
    Ok(select(connection, path, "WHERE id = ?1", [id])?.pop())
}

pub(super) fn text(connection: &Connection, path: &Path, sql: &str, id: &str) -> Result<String, LedgerError> {
    connection
        .query_row(sql, [id], |row| row.get(0))
        .optional()
        .map_err(|error| failed(path, &error))?
        .ok_or_else(|| LedgerError::Missing(id.to_owned()))
}

/// Whether nothing of the same object is open, and nothing alike was done just before.
pub(super) fn check_free(
    connection: &Connection,
    path: &Path,
    intent: &Intent,
    limits: &Reserve,
) -> Result<(), Conflict> {
    let proposal = &intent.proposal;
    let busy = format!("WHERE target = ?1 AND account = ?2 AND live = ?3 AND {OPEN} ORDER BY n DESC LIMIT 1");
    let values = params![proposal.target.id, intent.account, intent.live];
    if let Some(earlier) = select(connection, path, &busy, values)?.pop() {
        return Err(Conflict::Busy(Box::new(earlier)));
    }
    if limits.repeat_ok {
        return Ok(());
    }
    let equal = "WHERE target = ?1 AND account = ?2 AND live = ?3 AND created >= ?4 AND action = ?5
                   AND amount_minor IS ?6 AND currency IS ?7 AND reason IS ?8
                   AND state NOT IN ('refused', 'withdrawn') ORDER BY n DESC";
    let values = params![
        proposal.target.id,
        intent.account,
        intent.live,
        intent.created.plus(-EQUAL_S).0,
        proposal.action,
        proposal.counted().map(Money::minor),
        proposal.counted().map(|amount| amount.currency().code().to_owned()),
        proposal.terms.reason,
    ];
    let terms = proposal.plain_terms();
    let alike = select(connection, path, equal, values)?;
    // Credit and debit of one amount are opposites.
    match alike.into_iter().find(|earlier| earlier.proposal.plain_terms() == terms) {
        Some(earlier) => Err(Conflict::Equal(Box::new(earlier))),
        None if limits.together => Ok(()),
        None => match twin(connection, path, intent)? {
            Some(earlier) => Err(Conflict::Equal(Box::new(earlier))),
            None => Ok(()),
        },
    }
}

/// The refund of the same amount of another payment of the same customer, made or held a short while ago.
fn twin(connection: &Connection, path: &Path, intent: &Intent) -> Result<Option<Intent>, Conflict> {
    let proposal = &intent.proposal;
    let (Some(amount), Some(customer)) = (proposal.refunds(), &proposal.customer) else { return Ok(None) };
    let alike = "WHERE customer = ?1 AND account = ?2 AND live = ?3 AND created >= ?4 AND target <> ?5
                   AND amount_minor = ?6 AND currency = ?7
                   AND state NOT IN ('refused', 'withdrawn') ORDER BY n DESC";
    let currency = amount.currency();
    let values = params![
        customer.as_str(),
        intent.account,
        intent.live,
        intent.created.plus(-TWIN_S).0,
        proposal.target.id,
        amount.minor(),
        currency.code(),
    ];
    let alike = select(connection, path, alike, values)?;
    Ok(alike.into_iter().find(|earlier| earlier.proposal.refunds().is_some()))
}

/// Whether a refund keeps the caps of the day, and how often its customer may be refunded.
pub(super) fn check_limits(
    connection: &Connection,
    path: &Path,
    intent: &Intent,
    limits: &Reserve,
) -> Result<(), Conflict> {
    let Some(amount) = intent.proposal.refunds() else { return Ok(()) };
    let since = |since| counted(connection, path, &intent.account, intent.live, since);
    let today = since(limits.day_start)?;
    for cap in limits.caps.iter().filter(|cap| cap.currency == amount.currency()) {
        budget::within(cap, &today, amount)?;
    }
    match &limits.often {
        Some(often) => budget::as_often(often, &since(often.since)?),
        None => Ok(()),
    }
}

pub(super) fn counted(
    connection: &Connection,
    path: &Path,
    account: &str,
    live: bool,
    day_start: Unix,
) -> Result<Vec<Counted>, LedgerError> {
    // What is still open may happen today, whenever it was meant.
    let sql = "SELECT id, agent, coalesce(customer, target), amount_minor, currency FROM intents
               WHERE account = ?1 AND live = ?2 AND gate = 'refund' AND amount_minor IS NOT NULL
                 AND ((created >= ?3 AND state NOT IN ('refused', 'withdrawn'))
                   OR state IN ('held', 'sending', 'unknown', 'waiting_at_stripe'))";
    connection
        .prepare_cached(sql)
        .and_then(|mut statement| {
            let one = |row: &Row<'_>| {
                let currency: String = row.get(4)?;
                Ok(Counted {
                    intent: row.get(0)?,
                    agent: row.get(1)?,
                    customer: row.get(2)?,
                    amount: Money::new(row.get(3)?, Currency::from(currency)),
                })
            };
            statement.query_map(params![account, live, day_start.0], one)?.collect()
        })
        .map_err(|error| failed(path, &error))
}

/// A row before it was looked at.
struct Raw {
    id: String,
    state: String,
    account: String,
    live: bool,
    agent: String,
    profile: String,
    created: i64,
    hold_until_ms: i64,
    first_sent: Option<i64>,
    attempts: u32,
    request_hash: String,
    frozen: String,
    request_id: Option<String>,
    result_id: Option<String>,
    message: Option<String>,
}

fn read(row: &Row<'_>) -> rusqlite::Result<Raw> {
    Ok(Raw {
        id: row.get(0)?,
        state: row.get(1)?,
        account: row.get(2)?,
        live: row.get(3)?,
        agent: row.get(4)?,
        profile: row.get(5)?,
        created: row.get(6)?,
        hold_until_ms: row.get(7)?,
        first_sent: row.get(8)?,
        attempts: row.get(9)?,
        request_hash: row.get(10)?,
        frozen: row.get(11)?,
        request_id: row.get(12)?,
        result_id: row.get(13)?,
        message: row.get(14)?,
    })
}

impl Raw {
    /// A request that is not the one which was hashed is never sent, so it is never handed out.
    fn check(self, path: &Path) -> Result<Intent, LedgerError> {
        let damaged = |what: &str| LedgerError::Damaged {
            path: path.to_owned(),
            reason: format!("intent {}: {what}", crate::text::clean(&self.id)),
        };
        let frozen: Frozen =
            serde_json::from_str(&self.frozen).map_err(|error| damaged(&error.to_string()))?;
        if sha256_hex(frozen.request.canonical().as_bytes()) != self.request_hash {
            return Err(damaged("the request does not give its hash"));
        }
        let state = IntentState::ALL.into_iter().find(|state| state.name() == self.state);
        let state = state.ok_or_else(|| damaged("its state is unknown"))?;
        Ok(Intent {
            id: self.id,
            state,
            proposal: frozen.proposal,
            request: frozen.request,
            request_hash: self.request_hash,
            decision: frozen.decision,
            agent: self.agent,
            profile: self.profile,
            account: self.account,
            live: self.live,
            created: Unix(self.created),
            hold_until_ms: self.hold_until_ms,
            first_sent: self.first_sent.map(Unix),
            attempts: self.attempts,
            request_id: self.request_id,
            result_id: self.result_id,
            message: self.message,
        })
    }
}
