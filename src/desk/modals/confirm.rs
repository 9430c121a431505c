//! Any action without a form of its own: its fields from the catalogue, what it will do as a sentence, the verdict.

use serde::{Deserialize, Serialize};

use super::{After, Overlay, about, foretold, palette, parts};
use crate::{
    actions::{Args, Choice, Effect, FieldKind},
    desk::{
        binding::{Binding, Now},
        draft::{self, Do, Draft},
        form::{CONFIRM, Entry},
        key::Key,
        message::{Commands, Message},
        sheet::{Item, Line, Sheet, Tone},
        state::State,
        verdict::moment,
    },
    text::short_id,
};

/// Cells of the form: labels of evidence are long.
const WIDTH: u16 = 92;
/// Screens lower than this have no room for more than a few fields.
const ROOMY: u16 = 30;
const FEW: usize = 6;

#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Confirm {
    pub draft: Draft,
    /// Nobody saw it yet.
    #[serde(default)]
    new: bool,
    /// What an amount means by itself stands in its field, or was looked for.
    #[serde(default)]
    whole: bool,
}

impl Confirm {
    pub fn new(mut draft: Draft, state: &State) -> Self {
        arrange(&mut draft, state);
        draft.sync(state);
        let mut confirm = Self { draft, new: true, whole: false };
        confirm.say_whole(state);
        confirm
    }

    /// Once, as soon as the object is read: what the agent takes out again stays out.
    fn say_whole(&mut self, state: &State) {
        if !self.whole && self.draft.seen.is_read() {
            self.whole = true;
            self.draft.say_whole(state);
        }
    }

    fn field(&self, state: &State, entry: &Entry) -> Vec<Item> {
        let there = about::there(&self.draft, &entry.name);
        let mut items = parts::field(&self.draft, state, &entry.name, there.unwrap_or_default());
        // The field, and what letters did to it.
        let form = &self.draft.form;
        let own =
            1_usize.saturating_add(usize::from(form.focused() == entry.name && form.jumped().is_some()));
        // What nobody began to fill in is not wrong yet: it says what it is for.
        if entry.get().is_none() {
            items.truncate(own);
        }
        if let Some(action) = self.draft.definition().filter(|_| items.len() == own) {
            items.extend(parts::help(&self.draft.form, action, &entry.name, state));
        }
        items
    }
}

impl Confirm {
    /// On a screen on which a long form would hide what it does to money and what the rules say, the fields that are empty and may
    /// stay so are told by their names.
    fn folded<'a>(&self, fields: Vec<&'a Entry>, state: &State) -> (Vec<&'a Entry>, Vec<&'a Entry>) {
        let moves = self.draft.definition().is_some_and(|action| action.effect == Effect::Money)
            || !foretold::items(&self.draft, state).is_empty();
        if state.height >= ROOMY || fields.len() <= FEW || !moves {
            return (fields, Vec::new());
        }
        let form = &self.draft.form;
        let wrong = self.draft.proposal(state).err().map(|error| error.field);
        let required = |name: &str| {
            let field = self.draft.definition().and_then(|action| action.field(name));
            field.is_none_or(|field| field.required)
        };
        fields.into_iter().partition(|entry| {
            let name = entry.name.as_str();
            entry.get().is_some()
                || form.focused() == name
                || required(name)
                || wrong.as_deref() == Some(name)
        })
    }
}

/// In which currency is asked for only while the object has none of its own; nor is there a choice where, as the form is filled in,
/// none of its options can be taken.
fn arrange(draft: &mut Draft, state: &State) {
    let value = draft.seen.value();
    draft.form.show("currency", value.get("currency").is_none_or(serde_json::Value::is_null));
    let Some(action) = draft.definition().filter(|_| draft.seen.is_read()) else { return };
    let given = draft.args();
    for field in action.fields.iter().filter(|field| !field.required && !given.0.contains_key(field.name)) {
        let FieldKind::Choice(choices) = field.kind else { continue };
        let proposed = |args: &Args| action.propose(args, &draft.seen, &moment(state));
        // What is wrong elsewhere says nothing of this one.
        if proposed(&given).is_err() {
            continue;
        }
        let refused = |choice: &Choice| {
            proposed(&given.clone().with(field.name, choice.value))
                .is_err_and(|error| error.field == field.name)
        };
        let none = choices.iter().all(refused);
        draft.form.show(field.name, !none);
    }
}

impl Overlay for Confirm {
    type Do = Do;

    const NAME: &'static str = "Form of another change";

    fn sheet(&self, state: &State) -> Sheet {
        let action = self.draft.definition();
        let summary = match self.draft.proposal(state) {
            Ok(proposal) => parts::sentence(&foretold::sentence(&self.draft, &proposal, state)),
            Err(_) => action.map_or_else(String::new, |action| action.summary.to_owned()),
        };
        let id = short_id(&self.draft.target.id);
        let mut items =
            vec![Item::Text(Line::toned(summary, Tone::Strong).then(format!(" · {id}"), Tone::Dim))];
        items.extend(about::items(&self.draft.seen, state));
        items.extend(about::balance(&self.draft, state));
        let fields: Vec<_> = self.draft.form.entries().filter(|entry| entry.name != CONFIRM).collect();
        if !fields.is_empty() {
            items.push(Item::Gap);
        }
        let (fields, folded) = self.folded(fields, state);
        let mut asked = None;
        for entry in fields {
            let by = self.draft.asked_by(&entry.name);
            let begins = asked.as_ref() != Some(&by);
            items.extend(about::group(by.as_deref(), asked.as_ref().is_some()).filter(|_| begins));
            asked = Some(by);
            items.extend(self.field(state, entry));
        }
        if !folded.is_empty() {
            let labels: Vec<_> = folded.iter().map(|entry| entry.label.as_str()).collect();
            let more = Line::toned(format!("… more, by Tab: {}", labels.join(", ")), Tone::Dim);
            items.push(Item::Text(more));
        }
        items.extend(foretold::items(&self.draft, state));
        // By the name that the palette has for it.
        let title = action.map_or_else(String::new, |action| parts::sentence(&palette::title(action)));
        let mut sheet = Sheet { width: WIDTH, ..parts::sheet(&self.draft, state, &title, items) };
        sheet.pinned.splice(0..0, foretold::brief(&self.draft, state));
        sheet
    }

    fn table() -> Vec<Binding<Do>> {
        draft::table()
    }

    fn now(&self, does: Do, state: &State) -> Now {
        self.draft.now(does, state)
    }

    fn act(&mut self, does: Do, state: &mut State, commands: &mut Commands) -> After {
        let after = self.draft.act(does, state, commands);
        arrange(&mut self.draft, state);
        after
    }

    fn types(&self) -> bool {
        self.draft.types()
    }

    fn typed(&mut self, key: Key, state: &mut State) {
        self.draft.typed(key, state);
    }

    fn confirms(&self, does: Do) -> bool {
        does.confirms()
    }

    fn wheel(rows: isize) -> Option<Do> {
        Some(draft::wheel(rows))
    }

    fn paste(&mut self, text: &str, state: &mut State) {
        self.draft.paste(text, state);
    }

    fn give(&mut self, field: (&str, &str), words: &str, state: &mut State) {
        self.draft.give(field, words, state);
    }

    fn settle(&mut self, state: &mut State, commands: &mut Commands) {
        self.draft.settle(state, commands);
        // What has to be chosen first is asked for first: a price, a card.
        if std::mem::take(&mut self.new)
            && self.draft.begins_with_list(state)
            && let After::Push(list) = self.draft.pick(state, commands)
        {
            state.modals.push(*list);
            // Nor does the Enter that opened the form choose in it.
            state.enter.begin(state.now_ms);
        }
    }

    fn hear(&mut self, message: &Message, state: &mut State, commands: &mut Commands) -> After {
        let after = self.draft.hear(message, state, commands, |_, _| {});
        arrange(&mut self.draft, state);
        self.say_whole(state);
        after
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use crate::{
        actions,
        desk::{
            fixture::{answer_facts, begin, prepares, press, press_slowly, state, subscription, text},
            flow, linked,
            message::Commands,
            panes::PaneId,
            state::State,
        },
        model::{AnyId, Customer, Record, Subscription},
    };

    /// The form of a change of Ada's balance, which is $5.00 of credit.
    fn credit() -> State {
        let mut state = state();
        let may = "version = 1\ncustomers.max_credit.usd = \"50.00\"";
        state.policy = crate::policy::Policy::parse(may, "policy.toml").unwrap();
        let ada =
            json!({"id": "cus_1", "object": "customer", "name": "Ada", "currency": "usd", "balance": -500});
        let folder = state.data.folders.values_mut().next().unwrap();
        folder.customer.fill(Record::<Customer>::parse(ada.to_string()).unwrap(), 0);
        let subject = linked::known(&state, &AnyId::parse("cus_1").unwrap()).unwrap();
        let mut commands = Commands::default();
        let on = (subject.id().clone(), subject);
        let action = actions::find("adjust_customer_balance").unwrap();
        let modal = flow::begin_on(&mut state, action, on, &mut commands).unwrap();
        state.modals.push(modal);
        state
    }

    #[test]
    fn a_credit_says_who_gets_it_in_which_currency_and_what_the_balance_becomes() {
        let mut state = credit();
        assert!(text(&state).contains("Balance  $5.00 of credit\n"), "{}", text(&state));
        press(&mut state, "10");
        let shown = text(&state);
        for piece in [
            "Adjust customer balance ── Ada",
            "Balance  $5.00 of credit → $15.00 of credit",
            "Amount [10▏] USD",
            "● the customer gets it",
        ] {
            assert!(shown.contains(piece), "{piece}: {shown}");
        }
        assert!(!shown.contains("Currency"), "the customer's own is the only one: {shown}");
        press(&mut state, "<c-u>5<tab><right>");
        assert!(text(&state).contains("$5.00 of credit → no credit"), "{}", text(&state));
    }

    #[test]
    fn an_action_that_needs_nothing_is_a_sentence_and_an_enter() {
        let mut state = state();
        let mut ending = subscription();
        ending["cancel_at_period_end"] = true.into();
        let folder = state.data.folders.values_mut().next().unwrap();
        let row = Record::<Subscription>::parse(ending.to_string()).unwrap();
        folder.subscriptions.value.as_mut().unwrap().rows = vec![row];
        let asked = begin(&mut state, PaneId::Subscriptions, 0, "undo_cancellation");
        assert_eq!(prepares(&press_slowly(&mut state, "<enter>")), []);
        answer_facts(&mut state, &asked);
        let shown = text(&state);
        let says = "Keep Pro ($99.00/mo): it renews on 15 Dec 2026 instead of ending · sub_1";
        assert!(shown.contains(says) && !shown.contains("Days cut off"), "{shown}");
        let change = prepares(&press_slowly(&mut state, "<enter><enter>"));
        assert_eq!((change.len(), change[0].action.as_str()), (1, "undo_cancellation"));
    }
}
