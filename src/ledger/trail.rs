//! Reading the audit trail back, as a filter wants it.

use std::{
    collections::{BTreeMap, BTreeSet},
    path::Path,
};

use rusqlite::{Connection, OptionalExtension as _, named_params, params};

use super::{
    AuditRecord, audit,
    checked::Part,
    schema::failed,
    sqlite::head_of,
    store::{AuditFilter, LedgerError},
};

/// Which records a filter means. The action stands only in the record itself.
const WHERE: &str = "WHERE (:seq IS NULL OR seq = :seq) AND (:since IS NULL OR at >= :since)
    AND (:until IS NULL OR at < :until) AND (:intent IS NULL OR intent = :intent)
    AND (:target IS NULL OR target = :target) AND (:agent IS NULL OR agent = :agent)
    AND (:action IS NULL OR json_extract(record, '$.action') = :action)";

macro_rules! wanted {
    ($filter:expr) => {
        named_params! {
            ":seq": $filter.seq,
            ":since": $filter.since.map(|since| since.0),
            ":until": $filter.until.map(|until| until.0),
            ":intent": $filter.intent,
            ":target": $filter.target,
            ":agent": $filter.agent,
            ":action": $filter.action,
        }
    };
}

/// The newest of them, oldest first.
pub(super) fn select(
    connection: &Connection,
    path: &Path,
    filter: &AuditFilter,
) -> Result<Vec<AuditRecord>, LedgerError> {
    let most = if filter.most == 0 { i64::MAX } else { i64::try_from(filter.most).unwrap_or(i64::MAX) };
    let sql = format!("SELECT record, hash FROM audit {WHERE} ORDER BY seq DESC LIMIT {most}");
    let rows: Vec<(String, String)> = connection
        .prepare_cached(&sql)
        .and_then(|mut statement| {
            statement.query_map(wanted!(filter), |row| Ok((row.get(0)?, row.get(1)?)))?.collect()
        })
        .map_err(|error| failed(path, &error))?;
    let read = |(text, hash): (String, String)| {
        audit::read(&text, hash).map_err(|reason| LedgerError::Damaged { path: path.to_owned(), reason })
    };
    rows.into_iter().rev().map(read).collect()
}

/// How many there are, whatever `most` says.
pub(super) fn count(
    connection: &Connection,
    path: &Path,
    filter: &AuditFilter,
) -> Result<usize, LedgerError> {
    let sql = format!("SELECT count(*) FROM audit {WHERE}");
    connection
        .prepare_cached(&sql)
        .and_then(|mut statement| statement.query_row(wanted!(filter), |row| row.get::<_, i64>(0)))
        .map(|count| usize::try_from(count).unwrap_or(usize::MAX))
        .map_err(|error| failed(path, &error))
}

/// The records after this one in their order, and where they ended in the same view.
pub(super) fn part(
    connection: &Connection,
    path: &Path,
    after: i64,
    most: usize,
) -> Result<Part, LedgerError> {
    let said = |error: rusqlite::Error| failed(path, &error);
    // One read transaction: another desk may append meanwhile.
    let view = connection.unchecked_transaction().map_err(said)?;
    let kept = head_of(&view, path)?;
    let mut statement = view
        .prepare_cached("SELECT seq, record, hash FROM audit WHERE seq > ?1 ORDER BY seq LIMIT ?2")
        .map_err(said)?;
    let values = params![after, i64::try_from(most).unwrap_or(i64::MAX)];
    let rows: Vec<_> = statement
        .query_map(values, |row| Ok(audit::Row { seq: row.get(0)?, text: row.get(1)?, hash: row.get(2)? }))
        .and_then(Iterator::collect)
        .map_err(said)?;
    let count = view.query_row("SELECT count(*) FROM audit", [], |row| row.get(0)).map_err(said)?;
    Ok(Part { last: rows.len() < most, rows, kept, count })
}

/// Where in the chain records with these hashes stand.
pub(super) fn places(
    connection: &Connection,
    path: &Path,
    hashes: &BTreeSet<String>,
) -> Result<BTreeMap<String, i64>, LedgerError> {
    let nothing = audit::empty_head();
    let mut found = BTreeMap::new();
    for hash in hashes {
        let place = connection
            .prepare_cached("SELECT seq FROM audit WHERE hash = ?1")
            .and_then(|mut statement| statement.query_row([hash], |row| row.get(0)).optional())
            .map_err(|error| failed(path, &error))?;
        let place = place.or_else(|| (*hash == nothing.hash).then_some(nothing.count));
        found.extend(place.map(|place| (hash.clone(), place)));
    }
    Ok(found)
}
