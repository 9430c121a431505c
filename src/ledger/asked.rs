//! Proposals that wait for a person: who asked for what, until when, and what became of it. Asking, confirming, refusing and
//! expiring are each one transaction with their audit record, and confirming is the one that takes the intent in.

use std::{fmt, path::Path};

use rusqlite::{Connection, Row, Transaction, params};
use serde::{Deserialize, Serialize};

use super::{
    Intent, audit,
    schema::failed,
    sqlite::{append, head_after},
    store::{Conflict, Head, LedgerError},
};
use crate::{
    actions::Proposal,
    money::Money,
    policy::Decision,
    text::{Hidden, clean},
    time::Unix,
};

/// So many may wait at once. More would not be read any more, only confirmed.
pub const WAITING_MOST: usize = 100;

/// A proposal that somebody asked for who may not confirm it: an assistant, or a first of two persons.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Asked {
    /// `prop_…`
    pub id: String,
    pub state: AskedState,
    pub proposal: Proposal,
    /// What the policy said to it when it was asked for.
    pub decision: Decision,
    /// An agent's name; `assistant`.
    pub asked_by: String,
    /// In their words.
    pub why: Option<String>,
    /// `acct_…`
    pub account: String,
    pub live: bool,
    pub asked: Unix,
    /// From here on it cannot be confirmed.
    pub expires: Unix,
    /// The person who confirmed or refused it.
    pub decided_by: Option<String>,
    pub decided: Option<Unix>,
    /// `int_…`: what confirming it led to.
    pub intent: Option<String>,
    /// Why it was refused, in that person's words.
    pub reason: Option<String>,
}

impl fmt::Debug for Asked {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Asked")
            .field("id", &self.id)
            .field("state", &self.state)
            .field("proposal", &self.proposal)
            .field("asked_by", &self.asked_by)
            .field("why", &self.why.as_deref().map(Hidden))
            .field("intent", &self.intent)
            .field("reason", &self.reason.as_deref().map(Hidden))
            .finish_non_exhaustive()
    }
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum AskedState {
    Waiting,
    /// An intent was made of it: how that stands says what was done.
    Confirmed,
    Refused,
    Expired,
}

impl AskedState {
    pub const ALL: [Self; 4] = [Self::Waiting, Self::Confirmed, Self::Refused, Self::Expired];

    /// As it stands in the database.
    pub fn name(self) -> &'static str {
        match self {
            Self::Waiting => "waiting",
            Self::Confirmed => "confirmed",
            Self::Refused => "refused",
            Self::Expired => "expired",
        }
    }

    /// As the audit trail has it, where `refused` is what Stripe does.
    fn event(self) -> &'static str {
        match self {
            Self::Waiting => "proposed",
            Self::Confirmed => "confirmed",
            Self::Refused => "declined",
            Self::Expired => "expired",
        }
    }
}

impl Asked {
    /// Why it cannot be decided any more at this time; none while it waits.
    pub fn over(&self, now: Unix) -> Option<String> {
        let who = clean(self.decided_by.as_deref().unwrap_or("somebody"));
        match self.state {
            AskedState::Waiting if now >= self.expires => {
                Some("its time was over before anybody decided".into())
            }
            AskedState::Waiting => None,
            AskedState::Confirmed => {
                Some(format!("{who} confirmed it already ({})", self.intent.as_deref().unwrap_or_default()))
            }
            AskedState::Refused => Some(format!("{who} refused it")),
            AskedState::Expired => Some("its time was over before anybody decided".into()),
        }
    }

    /// The same thing to the same object, asked for by the same.
    fn is_again(&self, other: &Self) -> bool {
        let one = (&self.proposal.action, &self.proposal.target, &self.proposal.args, &self.asked_by);
        one == (&other.proposal.action, &other.proposal.target, &other.proposal.args, &other.asked_by)
    }
}

const COLUMNS: &str =
    "id, state, account, live, asked_by, why, asked, expires, frozen, decided_by, decided, intent, reason";

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

/// `Err` within: the row can be read, and is none that was written here.
fn read(row: &Row<'_>) -> rusqlite::Result<Result<Asked, String>> {
    let (id, state, frozen): (String, String, String) = (row.get(0)?, row.get(1)?, row.get(8)?);
    let damaged = |what: &str| Err(format!("proposal {}: {what}", clean(&id)));
    let Some(state) = AskedState::ALL.into_iter().find(|known| known.name() == state) else {
        return Ok(damaged("its state is unknown"));
    };
    let frozen: Frozen = match serde_json::from_str(&frozen) {
        Ok(frozen) => frozen,
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
    let head = note(transaction, path, asked, (asked.asked, &asked.asked_by, None))?;
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
    if (&asked.proposal.action, &asked.proposal.target) != (&intent.proposal.action, &intent.proposal.target)
    {
        return Err(no("what is to be done now is something else".into()));
    }
    if asked.asked_by == intent.agent {
        return Err(no(format!("{} asked for it, and so cannot confirm it", clean(&asked.asked_by))));
    }
    let (by, at) = (intent.agent.clone(), intent.created);
    let after = Asked { state: AskedState::Confirmed, decided_by: Some(by), decided: Some(at), ..asked };
    let after = Asked { intent: Some(intent.id.clone()), ..after };
    let _noted = decide(transaction, path, &after, Some(intent.id.clone()))?;
    Ok(())
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
    note(transaction, path, after, (at, by, message))
}

fn note(
    transaction: &Transaction<'_>,
    path: &Path,
    asked: &Asked,
    (at, by, message): (Unix, &str, Option<String>),
) -> Result<Head, LedgerError> {
    let record = audit::of_proposal(&asked.proposal, &asked.id);
    let record =
        super::AuditRecord { at, event: asked.state.event().into(), agent: by.into(), message, ..record };
    Ok(head_after(&append(transaction, path, record)?))
}

#[cfg(test)]
#[path = "asked_tests.rs"]
mod tests;
