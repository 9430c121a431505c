//! What is to be known before a refund, as its form shows it: in a line each what stands in the way, in one line the rest.

use serde::{Deserialize, Serialize};

use crate::{
    answers::{
        Bag,
        preflight::{self, Check, Weight},
    },
    desk::{
        gathered,
        gathering::Gathering,
        message::{Commands, Message},
        sheet::{Item, Line, Tone},
        state::State,
        verdict::moment,
    },
    model::Charge,
    money::Money,
};

/// Screens lower than this show what stands in the way, and the most telling of the rest.
const ROOMY: u16 = 30;
/// On screens lower than this that is one thing.
const TIGHT: u16 = 20;

#[derive(Clone, Debug, Default, Serialize, Deserialize)]
pub(super) struct Before {
    read: Option<Gathering>,
}

impl Before {
    /// Asks for what is not known yet, once.
    pub(super) fn settle(&mut self, charge: Option<&Charge>, state: &mut State, commands: &mut Commands) {
        let (Some(charge), None) = (charge, &self.read) else { return };
        let customer = charge.customer_id().or(state.open.as_ref());
        let known = customer.map_or_else(Bag::default, |id| gathered::around(state, id, charge));
        let mut read = Gathering::of(known);
        read.ask(preflight::looks(&read.bag, &charge.id), state, commands);
        self.read = Some(read);
    }

    pub(super) fn hear(&mut self, message: &Message) {
        if let (Some(read), Message::Reply { task, result }) = (&mut self.read, message) {
            read.take(*task, result);
        }
    }

    pub(super) fn items(&self, charge: &Charge, amount: Option<Money>, state: &State) -> Vec<Item> {
        let Some(read) = &self.read else { return Vec::new() };
        let checks = preflight::preflight(&read.bag, charge, amount, &moment(state));
        let (says, rest): (Vec<_>, Vec<_>) = checks.iter().partition(|check| check.weight < Weight::Good);
        let mut items: Vec<Item> = says.into_iter().map(line).map(Item::Text).collect();
        // What the customer sees stands first among the rest, and has room everywhere.
        let fits = match state.height {
            ROOMY.. => rest.len(),
            TIGHT.. => 3,
            _ => 1,
        };
        if !rest.is_empty() {
            let telling = rest.iter().filter(|check| state.height >= ROOMY || check.weight == Weight::Note);
            let words: Vec<_> = telling.take(fits).map(|check| check.says.as_str()).collect();
            items.push(Item::Text(Line::toned(words.join(" · "), Tone::Dim)));
            let safer =
                rest.iter().find_map(|check| check.instead.as_ref()).filter(|_| state.height >= TIGHT);
            items.extend(safer.map(|safer| Item::Text(Line::toned(format!("safer: {safer}"), Tone::Info))));
        }
        if !items.is_empty() {
            items.insert(0, Item::Divider("before it is sent".into()));
        }
        items
    }
}

fn line(check: &Check) -> Line {
    let (mark, tone) = match check.weight {
        Weight::Stops => ("✖", Tone::Bad),
        Weight::Warns => ("!", Tone::Warn),
        Weight::Unknown => ("?", Tone::Warn),
        Weight::Good | Weight::Note => ("·", Tone::Dim),
    };
    let line = Line::toned(format!("{mark} {}", check.says), tone);
    match &check.instead {
        Some(instead) => line.then(format!(" · instead: {instead}"), Tone::Info),
        None => line,
    }
}
