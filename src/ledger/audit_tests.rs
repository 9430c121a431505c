//! Tests of the chain: every damage is found where it is.

use super::*;

#[test]
fn canonical_json_is_sorted_and_tight() {
    let value: Value = serde_json::from_str(r#"{ "b": [1, {"z": null, "a": "ü\n\""}], "a": true }"#).unwrap();
    assert_eq!(canonical(&value), r#"{"a":true,"b":[1,{"a":"ü\n\"","z":null}]}"#);
}

#[test]
fn the_hash_is_the_known_one() {
    assert_eq!(sha256_hex(b"abc"), "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad");
}

fn chain(count: i64) -> (Vec<Row>, Head) {
    let mut head = empty_head();
    let rows = (0..count)
        .map(|at| {
            let event =
                Event { at: Unix(at), event: "login".into(), agent: "maya".into(), ..Event::default() };
            let record = link(other(&event), &head);
            head = Head { count: record.seq, hash: record.hash.clone() };
            Row { seq: record.seq, text: text(&record), hash: record.hash }
        })
        .collect();
    (rows, head)
}

fn walk(rows: &[Row], kept: &Head, outside: Option<Head>) -> Verified {
    let mut walk = Walk::on_from(None, outside);
    let _all = rows.iter().all(|row| walk.take(row));
    walk.end(kept)
}

fn broken_at(verified: &Verified) -> i64 {
    match verified {
        Verified::Broken { seq, .. } => *seq,
        Verified::Whole(_) => 0,
    }
}

#[test]
fn a_whole_chain_is_whole() {
    let (rows, head) = chain(5);
    assert_eq!(walk(&rows, &head, Some(head.clone())), Verified::Whole(head.clone()));
    let behind = Head { count: 3, hash: rows[2].hash.clone() };
    assert_eq!(walk(&rows, &head, Some(behind)), Verified::Whole(head), "the file may lag");
    assert_eq!(walk(&[], &empty_head(), None), Verified::Whole(empty_head()));
}

#[test]
fn every_kind_of_damage_is_found_where_it_is() {
    let (_, head) = chain(5);
    let damaged = |damage: fn(&mut Vec<Row>)| {
        let (mut rows, _) = chain(5);
        damage(&mut rows);
        broken_at(&walk(&rows, &head, Some(head.clone())))
    };
    assert_eq!(damaged(|rows| rows[2].text = rows[2].text.replace("maya", "noor")), 3);
    assert_eq!(damaged(|rows| drop(rows.remove(1))), 2);
    assert_eq!(damaged(|rows| rows.truncate(4)), 5);
    assert_eq!(damaged(|rows| rows.swap(0, 1)), 1);
    assert_eq!(
        damaged(|rows| {
            rows[3].text = rows[3].text.replace("maya", "noor");
            rows[3].hash = sha256_hex(rows[3].text.as_bytes());
        }),
        5,
        "a record with a new hash of its own no longer carries the next one"
    );
}

#[test]
fn a_rewritten_chain_contradicts_the_file_beside_it() {
    let (rows, head) = chain(4);
    let other = Head { count: 2, hash: sha256_hex(b"x") };
    assert_eq!(broken_at(&walk(&rows, &head, Some(other))), 2);
    let longer = Head { count: 9, hash: sha256_hex(b"x") };
    assert_eq!(broken_at(&walk(&rows, &head, Some(longer))), 5);
}

/// As [`chain`], with a checkpoint at its end that names the end of the first two, which are taken away.
fn retired() -> (Vec<Row>, Head) {
    let (mut rows, head) = chain(5);
    let removed = Head { count: 2, hash: rows[1].hash.clone() };
    let record = link(checkpoint(&removed, Unix(9)), &head);
    let head = Head { count: record.seq, hash: record.hash.clone() };
    rows.push(Row { seq: record.seq, text: text(&record), hash: record.hash });
    (rows.split_off(2), head)
}

#[test]
fn what_was_removed_is_told_by_a_checkpoint_or_missed() {
    let (rows, head) = retired();
    assert_eq!(walk(&rows, &head, Some(head.clone())), Verified::Whole(head.clone()));
    let short = &rows[..3];
    let last = Head { count: 5, hash: rows[2].hash.clone() };
    assert_eq!(broken_at(&walk(short, &last, None)), 1, "no checkpoint tells of it");
    assert_eq!(broken_at(&walk(&rows[1..], &head, None)), 1, "and one that tells of less does not");
    let mut other = rows;
    other[0].text = other[0].text.replace("maya", "noor");
    assert_eq!(broken_at(&walk(&other, &head, None)), 3);
}

#[test]
fn addresses_stay_out() {
    assert_eq!(without_addresses("No customer ada@example.com here"), "No customer [e-mail] here");
}
