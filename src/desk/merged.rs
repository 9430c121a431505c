//! Customers who share an e-mail address: who they are, and which of them a row in the view of all of them is of.

use serde::{Deserialize, Serialize};

use super::{
    bottom::key_of,
    keymap::Do,
    sheet::{Line, Tone},
    state::State,
};
use crate::{model::CustomerId, text};

/// Records that are shown together.
const MOST: usize = 9;
/// One for each of them, the open one first.
const MARKS: [&str; MOST] = ["①", "②", "③", "④", "⑤", "⑥", "⑦", "⑧", "⑨"];

/// Who shares the address of whoever is open.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct Shares {
    /// Other records, as far as they are known.
    pub others: Vec<CustomerId>,
    /// The address that they were last looked for by.
    pub looked_for: Option<String>,
    /// When they are looked for.
    pub due_ms: Option<i64>,
    /// Their rows stand among the open customer's.
    pub together: bool,
}

/// Two addresses that differ in their capitals alone are one.
fn lower(email: &str) -> String {
    email.to_lowercase()
}

/// Others who are known and have the address of whoever is open, the newest record first.
pub(super) fn twins(state: &State) -> Vec<CustomerId> {
    let email = |id: &CustomerId| {
        let customer = state.data.customer(id).filter(|customer| !customer.deleted)?;
        Some(lower(customer.email.as_ref()?.as_str())).filter(|email| !email.is_empty())
    };
    let Some(open) = state.open.as_ref() else { return Vec::new() };
    let Some(own) = email(open) else { return Vec::new() };
    let same = |customer: &crate::model::Customer| {
        customer.email.as_ref().is_some_and(|other| lower(other.as_str()) == own)
    };
    let known =
        state.data.known.iter().filter(|(id, customer)| *id != open && !customer.deleted && same(customer));
    let mut twins: Vec<_> = known.map(|(id, customer)| (customer.created, id.clone())).collect();
    twins.sort_by(|a, b| b.cmp(a));
    twins.into_iter().map(|(_, id)| id).take(MOST.saturating_sub(1)).collect()
}

/// Whose rows are shown: the open customer's, then those of the others where they stand among them.
pub(super) fn whose(state: &State) -> impl Iterator<Item = &CustomerId> {
    let others = state.shares.others.iter().filter(|_| state.shares.together);
    state.open.iter().chain(others)
}

/// What tells a record from the others.
fn mark(state: &State, id: &CustomerId) -> Option<&'static str> {
    let at = state.open.iter().chain(&state.shares.others).position(|one| one == id)?;
    MARKS.get(at).copied()
}

/// The cell, with which record its row is of where several are shown.
pub(super) fn tagged(state: &State, of: Option<&CustomerId>, cell: Line) -> Line {
    let Some(mark) = of.filter(|_| state.shares.together).and_then(|id| mark(state, id)) else { return cell };
    let mut line = Line::toned(format!("{mark} "), Tone::Accent);
    line.0.extend(cell.0);
    line
}

/// In the head: how many there are, which is which, and the key that shows them together.
pub(super) fn words(state: &State) -> Line {
    if state.shares.others.is_empty() {
        return Line::default();
    }
    let key = key_of(Do::Merge).map(|key| key.to_string()).unwrap_or_default();
    let count = state.shares.others.len().saturating_add(1);
    if !state.shares.together {
        let all = if count == 2 { "both" } else { "all" };
        return Line::toned(format!("⚭ {count} records share this e-mail "), Tone::Warn)
            .then(key, Tone::Key)
            .then(format!(" {all}"), Tone::Dim);
    }
    let which = state
        .shares
        .others
        .iter()
        .filter_map(|id| Some(format!("{} {}", mark(state, id)?, text::short_id(id.as_str()))));
    let which = which.collect::<Vec<_>>().join(" ");
    Line::toned(format!("⚭ ① this {which} "), Tone::Warn).then(key, Tone::Key).then(" only this", Tone::Dim)
}

/// Who it is, so that one record is not taken for another: the name, and the id where others share the address.
pub(super) fn named(state: &State, id: &CustomerId) -> String {
    let name = state.data.customer(id).map_or_else(|| id.to_string(), |customer| customer.title().to_owned());
    let shares = !state.shares.others.is_empty()
        && (state.open.as_ref() == Some(id) || state.shares.others.contains(id));
    if shares && name != id.as_str() { format!("{name} · {}", text::short_id(id.as_str())) } else { name }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;
    use crate::{
        desk::{
            fixture::{charge, press, rows, state, text},
            message::{Command, Message},
            panes::PaneId,
            question::Question,
        },
        model::{Page, Record},
    };

    fn know(state: &mut State, id: &str, email: &str, created: i64) {
        let json = json!({"id": id, "object": "customer", "name": "Ada Lovelace", "email": email, "created": created});
        let record = Record::parse(json.to_string()).unwrap();
        state.data.known.insert(CustomerId::parse(id).unwrap(), record);
    }

    /// Ada's desk, and another record with her address that has one charge.
    fn two() -> State {
        let mut state = state();
        state.search.typing = false;
        state.focus = PaneId::Charges;
        know(&mut state, "cus_1", "ada@example.com", 1);
        know(&mut state, "cus_2", "ADA@example.com", 2);
        know(&mut state, "cus_3", "adam@example.com", 3);
        state.shares.others = twins(&state);
        let mut other = charge("ch_9", 700, 0, "usd");
        other["customer"] = json!("cus_2");
        other["created"] = json!(1_795_400_000);
        let page = json!({"object": "list", "data": [other], "has_more": false}).to_string();
        let folder = state.data.folders.entry(CustomerId::parse("cus_2").unwrap()).or_default();
        folder.charges.fill(Page::parse(&page).unwrap().into(), state.now_ms);
        state
    }

    #[test]
    fn whoever_has_the_same_address_is_found_whatever_its_case() {
        let state = two();
        assert_eq!(state.shares.others.iter().map(CustomerId::as_str).collect::<Vec<_>>(), ["cus_2"]);
        assert_eq!(words(&state).text(), "⚭ 2 records share this e-mail @ both");
        assert_eq!(rows(&state, PaneId::Charges).len(), 3, "not merged yet");
        let mut state = two();
        let own = json!({"id": "cus_1", "object": "customer", "email": "ÄDA@example.com", "created": 1});
        let folder = state.data.folders.entry(CustomerId::parse("cus_1").unwrap()).or_default();
        folder.customer.fill(Record::parse(own.to_string()).unwrap(), state.now_ms);
        know(&mut state, "cus_4", "ÄDA@example.com", 4);
        know(&mut state, "cus_5", "äda@example.com", 5);
        let ids = |state: &State| twins(state).iter().map(ToString::to_string).collect::<Vec<_>>();
        assert_eq!(ids(&state), ["cus_5", "cus_4"]);
    }

    #[test]
    fn both_stand_together_by_date_each_with_its_mark_and_an_action_is_done_to_the_right_one() {
        let mut state = two();
        let asked = press(&mut state, "@");
        let of_the_other = |command: &Command| matches!(command, Command::Ask { question: Question::Charges { customer, .. }, .. } if customer.as_str() == "cus_2");
        // What was read a moment ago is not read again.
        assert!(!asked.iter().any(of_the_other));
        let shown = rows(&state, PaneId::Charges);
        assert_eq!(shown.len(), 4);
        assert!(shown[0].contains("① ") && shown[3].contains("② "), "{shown:?}");
        let first = crate::desk::panes::index_at(&state, PaneId::Charges, 0).unwrap();
        assert_eq!(first, 3, "the newest first, whosever it is");
        press(&mut state, "gr");
        let shown = text(&state);
        assert!(shown.contains("Ada Lovelace · cus_2") && shown.contains("$7.00"), "{shown}");
        press(&mut state, "<esc>@");
        assert_eq!(rows(&state, PaneId::Charges).len(), 3);
        assert!(state.pane(PaneId::Charges).sort.is_none());
    }

    #[test]
    fn who_shares_with_nobody_has_no_such_key() {
        let mut state = state();
        state.search.typing = false;
        press(&mut state, "@");
        assert!(!state.shares.together);
        assert!(state.notice.as_ref().unwrap().text.contains("nobody else has this e-mail"));
        let _commands = crate::desk::update(&mut state, 0, Message::Wake);
    }
}
