//! Between a proposal and its row, and the steps that it takes. Asking, agreeing, confirming, refusing and expiring are each one
//! transaction with their audit record, and confirming is the one that takes the intent in.

use std::path::Path;

use rusqlite::{Connection, Row, Transaction, params};
use serde::{Deserialize, Serialize};

use super::{
    Agreed, Asked, AskedState, Intent, audit,
    schema::failed,
    sqlite::{append, head_after},
    store::{Conflict, Head, LedgerError},
};
use crate::{
    actions::Proposal,
    money::Money,
    policy::{Decision, same_person},
    text::clean,
    time::Unix,
};

/// So many may wait at once. More would not be read any more, only confirmed.
pub(super) const WAITING_MOST: usize = 100;

const COLUMNS: &str = "id, state, account, live, asked_by, why, asked, expires, frozen, decided_by, decided, intent, reason, agreed";

/// What never changes and is not searched.
#[derive(Serialize, Deserialize)]
struct Frozen {
    proposal: Proposal,
    decision: Decision,
}

/// Those that `rest` (a `WHERE` and what follows) selects.
pub(super) fn select(
    connection: &Connection,
    path: &Path,
    rest: &str,
    values: impl rusqlite::Params,
) -> Result<Vec<Asked>, LedgerError> {
    let rows = connection
        .prepare_cached(&format!("SELECT {COLUMNS} FROM proposals {rest}"))
        .and_then(|mut statement| statement.query_map(values, read)?.collect::<Result<Vec<_>, _>>())
        .map_err(|error| failed(path, &error))?;
    rows.into_iter()
        .map(|row| row.map_err(|reason| LedgerError::Damaged { path: path.to_owned(), reason }))
        .collect()
}

pub(super) fn get(connection: &Connection, path: &Path, id: &str) -> Result<Option<Asked>, LedgerError> {
    Ok(select(connection, path, "WHERE id = ?1", [id])?.pop())
}

/// By its own id, or by that of the intent that it led to.
pub(super) fn find(connection: &Connection, path: &Path, id: &str) -> Result<Option<Asked>, LedgerError> {
    Ok(select(connection, path, "WHERE id = ?1 OR intent = ?1", [id])?.pop())
}

/// `Err` within: the row can be read, and is none that was written here.
fn read(row: &Row<'_>) -> rusqlite::Result<Result<Asked, String>> {
    let (id, state, frozen): (String, String, String) = (row.get(0)?, row.get(1)?, row.get(8)?);
    let agreed: String = row.get(13)?;
    let damaged = |what: &str| Err(format!("proposal {}: {what}", clean(&id)));
    let Some(state) = AskedState::ALL.into_iter().find(|known| known.name() == state) else {
        return Ok(damaged("its state is unknown"));
    };
    let frozen: Frozen = match serde_json::from_str(&frozen) {
        Ok(frozen) => frozen,
        Err(error) => return Ok(damaged(&error.to_string())),
    };
    let agreed: Vec<Agreed> = match serde_json::from_str(&agreed) {
        Ok(agreed) => agreed,
        Err(error) => return Ok(damaged(&error.to_string())),
    };
    Ok(Ok(Asked {
        id,
        state,
        proposal: frozen.proposal,
        decision: frozen.decision,
        account: row.get(2)?,
        live: row.get(3)?,
        asked_by: row.get(4)?,
        why: row.get(5)?,
        asked: Unix(row.get(6)?),
        expires: Unix(row.get(7)?),
        agreed,
        decided_by: row.get(9)?,
        decided: row.get::<_, Option<i64>>(10)?.map(Unix),
        intent: row.get(11)?,
        reason: row.get(12)?,
    }))
}

fn insert(connection: &Connection, path: &Path, asked: &Asked) -> Result<(), LedgerError> {
    let frozen = Frozen { proposal: asked.proposal.clone(), decision: asked.decision.clone() };
    let frozen = serde_json::to_string(&frozen)
        .map_err(|error| LedgerError::Malformed { id: asked.id.clone(), reason: error.to_string() })?;
    let proposal = &asked.proposal;
    let values = params![
        asked.id,
        asked.state.name(),
        asked.account,
        asked.live,
        asked.asked_by,
        asked.why,
        asked.asked.0,
        asked.expires.0,
        frozen,
        proposal.action,
        proposal.target.id,
        proposal.amount.map(Money::minor),
        proposal.amount.map(|amount| amount.currency().code().to_owned()),
    ];
    connection
        .execute(
            "INSERT INTO proposals (id, state, account, live, asked_by, why, asked, expires, frozen, action, target,
                amount_minor, currency) VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12, ?13)",
            values,
        )
        .map_err(|error| failed(path, &error))?;
    Ok(())
}

/// Writes it, unless the same waits already: then that one is given back.
pub(super) fn ask(
    transaction: &Transaction<'_>,
    path: &Path,
    asked: &Asked,
) -> Result<(Asked, Option<Head>), LedgerError> {
    let wrong = |reason: &str| LedgerError::Malformed { id: asked.id.clone(), reason: reason.into() };
    if asked.state != AskedState::Waiting || asked.expires <= asked.asked {
        return Err(wrong("a new proposal waits, for some time"));
    }
    let waiting = waiting(transaction, path, &asked.account, asked.live)?;
    if let Some(same) = waiting.iter().find(|one| one.is_again(asked) && one.over(asked.asked).is_none()) {
        return Ok((same.clone(), None));
    }
    if waiting.len() >= WAITING_MOST {
        return Err(LedgerError::Waiting(WAITING_MOST));
    }
    insert(transaction, path, asked)?;
    let head = note(transaction, path, (asked, asked.state.event()), (asked.asked, &asked.asked_by, None))?;
    Ok((asked.clone(), Some(head)))
}

/// Oldest first.
pub(super) fn waiting(
    connection: &Connection,
    path: &Path,
    account: &str,
    live: bool,
) -> Result<Vec<Asked>, LedgerError> {
    let rest = "WHERE state = 'waiting' AND account = ?1 AND live = ?2 ORDER BY n";
    select(connection, path, rest, params![account, live])
}

/// One proposal leads to one intent: whoever is second finds it confirmed. Called where the intent is taken in.
pub(super) fn confirm(
    transaction: &Transaction<'_>,
    path: &Path,
    id: &str,
    intent: &Intent,
) -> Result<(), Conflict> {
    let no = |why: String| Conflict::Asked { id: id.to_owned(), why };
    let asked = get(transaction, path, id)?.ok_or_else(|| no("there is no such proposal".into()))?;
    if let Some(why) = asked.over(intent.created) {
        return Err(no(why));
    }
    if (&asked.account, asked.live) != (&intent.account, intent.live) {
        return Err(no(format!("it belongs to {}", asked.account)));
    }
    let (proposed, meant) = (&asked.proposal, &intent.proposal);
    // What was read and agreed to is what is done, to the last parameter.
    if (&proposed.action, &proposed.target) != (&meant.action, &meant.target)
        || proposed.request.canonical() != meant.request.canonical()
    {
        return Err(no("what is to be done now is something else".into()));
    }
    let other = meant.terms.second.as_deref();
    if other.is_some_and(|other| !asked.others(&intent.agent).any(|by| by == other)) {
        return Err(no("it is another person who agreed to it".into()));
    }
    if let Some(why) = asked.not_by(&intent.agent) {
        return Err(no(why));
    }
    let (by, at) = (intent.agent.clone(), intent.created);
    let after = Asked { state: AskedState::Confirmed, decided_by: Some(by), decided: Some(at), ..asked };
    let after = Asked { intent: Some(intent.id.clone()), ..after };
    let _noted = decide(transaction, path, &after, Some(intent.id.clone()))?;
    Ok(())
}

/// A person's word on what takes two: it waits on, for the other one.
pub(super) fn agree(
    transaction: &Transaction<'_>,
    path: &Path,
    id: &str,
    agreed: &Agreed,
) -> Result<(Asked, Option<Head>), LedgerError> {
    let over = |why: String| LedgerError::Over { id: id.to_owned(), why };
    let mut asked = get(transaction, path, id)?.ok_or_else(|| LedgerError::NoProposal(id.to_owned()))?;
    if let Some(why) = asked.over(agreed.at).or_else(|| asked.not_by(&agreed.by)) {
        return Err(over(why));
    }
    let before = asked.agreed.iter().any(|before| same_person(&before.by, &agreed.by));
    if before || same_person(&asked.asked_by, &agreed.by) {
        let did = if before { "agreed to it already" } else { "asked for it" };
        return Err(over(format!("{} {did}: it takes another person", clean(&agreed.by))));
    }
    asked.agreed.push(agreed.clone());
    let malformed =
        |error: serde_json::Error| LedgerError::Malformed { id: id.to_owned(), reason: error.to_string() };
    let all = serde_json::to_string(&asked.agreed).map_err(malformed)?;
    transaction
        .execute("UPDATE proposals SET agreed = ?2 WHERE id = ?1", params![id, all])
        .map_err(|error| failed(path, &error))?;
    let code = agreed.code.as_deref().map(|code| format!("code sha256:{code}"));
    let head = note(transaction, path, (&asked, "agreed"), (agreed.at, &agreed.by, code))?;
    Ok((asked, Some(head)))
}

pub(super) fn refuse(
    transaction: &Transaction<'_>,
    path: &Path,
    id: &str,
    (by, now, why): (&str, Unix, &str),
) -> Result<(Asked, Option<Head>), LedgerError> {
    let asked = get(transaction, path, id)?.ok_or_else(|| LedgerError::NoProposal(id.to_owned()))?;
    if let Some(why) = asked.over(now) {
        return Err(LedgerError::Over { id: id.to_owned(), why });
    }
    let after = Asked {
        state: AskedState::Refused,
        decided_by: Some(by.to_owned()),
        decided: Some(now),
        reason: Some(why.to_owned()),
        ..asked
    };
    let head = decide(transaction, path, &after, Some(audit::sealed("reason", why)))?;
    Ok((after, Some(head)))
}

/// Looking costs no write.
pub(super) fn none_due(connection: &Connection, path: &Path, now: Unix) -> Result<bool, LedgerError> {
    let due = "SELECT count(*) FROM proposals WHERE state = 'waiting' AND expires <= ?1";
    let count: i64 =
        connection.query_row(due, [now.0], |row| row.get(0)).map_err(|error| failed(path, &error))?;
    Ok(count == 0)
}

/// Those whose time is over.
pub(super) fn expire(
    transaction: &Transaction<'_>,
    path: &Path,
    now: Unix,
) -> Result<(usize, Option<Head>), LedgerError> {
    let due = select(transaction, path, "WHERE state = 'waiting' AND expires <= ?1 ORDER BY n", [now.0])?;
    let (count, mut head) = (due.len(), None);
    for asked in due {
        let after = Asked { state: AskedState::Expired, decided: Some(now), ..asked };
        head = Some(decide(transaction, path, &after, None)?);
    }
    Ok((count, head))
}

/// The step out of waiting, with its record.
fn decide(
    transaction: &Transaction<'_>,
    path: &Path,
    after: &Asked,
    message: Option<String>,
) -> Result<Head, LedgerError> {
    let at = after.decided.unwrap_or(after.asked);
    transaction
        .execute(
            "UPDATE proposals SET state = ?2, decided_by = ?3, decided = ?4, intent = ?5, reason = ?6 WHERE id = ?1",
            params![after.id, after.state.name(), after.decided_by, at.0, after.intent, after.reason],
        )
        .map_err(|error| failed(path, &error))?;
    let by = after.decided_by.as_deref().unwrap_or(&after.asked_by);
    note(transaction, path, (after, after.state.event()), (at, by, message))
}

fn note(
    transaction: &Transaction<'_>,
    path: &Path,
    (asked, event): (&Asked, &str),
    (at, by, message): (Unix, &str, Option<String>),
) -> Result<Head, LedgerError> {
    let record = audit::of_proposal(&asked.proposal, &asked.id);
    let record = super::AuditRecord { at, event: event.into(), agent: by.into(), message, ..record };
    Ok(head_after(&append(transaction, path, record)?))
}

#[cfg(test)]
#[path = "proposals_tests.rs"]
mod tests;
