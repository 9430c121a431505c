//! Cancel a subscription: when, what happens to days already paid for, why, and its name typed to confirm.

use jiff::tz::TimeZone;
use serde::{Deserialize, Serialize};

use super::{After, Modal, Overlay, outcomes::Outcomes, parts};
use crate::{
    actions::{self, CancelWhen},
    answers::{open, outcomes},
    desk::{
        binding::{Binding, Now, bind},
        draft::{self, Draft},
        key::Key,
        message::{Commands, Message, TaskId, Trouble},
        question::{Answer, Question},
        sheet::{Item, Line, Sheet, Tone},
        state::State,
    },
    model::{Invoice, Record, Subscription, SubscriptionId, SubscriptionStatus},
    money::Money,
    text::short_id,
    time::{DAY_S, Unix},
};

#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Cancel {
    pub draft: Draft,
    preview: Preview,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Do {
    /// All ways side by side.
    Outcomes,
    Form(draft::Do),
}

const OUTCOMES: Binding<Do> = bind(
    &["<f2>"],
    Do::Outcomes,
    Some("all ways"),
    "every way of ending it side by side, and what keeps the customer instead",
);

/// What Stripe computes for ending it now.
#[derive(Clone, Debug, Serialize, Deserialize)]
enum Preview {
    Asked(TaskId),
    Read(Box<Record<Invoice>>),
    Failed(Trouble),
    None,
}

impl Cancel {
    /// At period end unless chosen otherwise; Stripe's preview of "now" is asked for at once.
    pub fn new(mut draft: Draft, state: &mut State, commands: &mut Commands) -> Self {
        named(&mut draft, state);
        let preview = match SubscriptionId::parse(&draft.target.id) {
            Ok(id) => Preview::Asked(state.ask(Question::CancelPreview(id), false, commands)),
            Err(_) => Preview::None,
        };
        let mut cancel = Self { draft, preview };
        cancel.arrange(state);
        cancel
    }

    /// Shows the fields that mean something with what is chosen.
    fn arrange(&mut self, state: &State) {
        let when = self.draft.form.get("when").unwrap_or("period_end").to_owned();
        self.draft.form.show("on", when == "date");
        self.draft.form.show("proration", when != "period_end");
        // An account's own reasons have no list at Stripe: by their ids, on the command line.
        self.draft.form.show("feedback_option", false);
        self.draft.sync(state);
    }

    fn outcomes(&self, state: &mut State, commands: &mut Commands) -> After {
        let Ok(id) = SubscriptionId::parse(&self.draft.target.id) else { return After::Stay };
        let read = self.draft.seen.read::<Subscription>();
        let chosen = self.draft.form.get("when") == Some("date");
        let on = read.filter(|_| chosen).and_then(|subscription| self.ends(state, subscription));
        After::Push(Box::new(Modal::Outcomes(Outcomes::open(state, id, on, commands))))
    }

    /// When it ends, as the form stands.
    fn ends(&self, state: &State, subscription: &Subscription) -> Option<Unix> {
        match self.draft.proposal(state).ok()?.terms.cancel? {
            CancelWhen::PeriodEnd => subscription.period_end(),
            CancelWhen::Now => Some(state.now()),
            CancelWhen::On(on) => Some(on),
        }
    }

    fn access(&self, state: &State, subscription: &Subscription) -> Line {
        let zone = state.zone();
        let Some(ends) = self.ends(state, subscription) else { return Line::toned("—", Tone::Dim) };
        if ends <= state.now() {
            return Line::toned("ends at once", Tone::Warn);
        }
        let at = if state.width < parts::ROOMY { ends.date(zone) } else { ends.full(zone) };
        let days = format!(" ({})", days(state.now(), ends, zone));
        Line::plain("until ").then(at, Tone::Strong).then(days, Tone::Plain)
    }

    /// What the chosen combination does, and below it what Stripe computes for credit now.
    fn money(&self) -> Vec<Item> {
        let when = self.draft.form.get("when");
        let credit = self.draft.form.get("proration").filter(|chosen| *chosen != "none");
        let metered = self.draft.seen.read::<Subscription>().is_some_and(Subscription::is_metered);
        // The day itself stands beside Access.
        let first = match (when, credit) {
            (Some("now"), None) if metered => {
                "no refund, no credit for unused days; usage not billed yet is not charged"
            }
            (Some("now"), None) => "no refund, no credit for unused days; no further invoice",
            (Some("now"), Some("always_invoice")) if metered => {
                "no refund; unused days are credited to the balance, and usage is billed, at once"
            }
            (Some("now"), Some("always_invoice")) => {
                "no refund; unused days are credited to the balance at once"
            }
            (Some("now"), Some(_)) if metered => {
                "no refund; credit for unused days waits for a next invoice; usage not billed yet is not charged"
            }
            (Some("now"), Some(_)) => "no refund; credit for unused days waits for a next invoice",
            (Some("date"), None) => "no refund, no credit; billed as usual until then",
            (Some("date"), Some("always_invoice")) => {
                "no refund; days unused then are credited to the balance"
            }
            (Some("date"), Some(_)) => "no refund; credit for days unused then waits for a next invoice",
            _ if metered => "no refund, no credit; only what is used until then is billed",
            _ => "no refund, no credit; no further invoice",
        };
        let mut items = vec![Item::Pair { label: "Money".into(), value: Line::plain(first) }];
        let now = when == Some("now");
        let second = match &self.preview {
            Preview::Asked(_) => Line::toned("asking Stripe for a preview of the credit…", Tone::Dim),
            Preview::Failed(trouble) => Line::toned(format!("no preview: {}", trouble.what), Tone::Warn),
            Preview::Read(invoice) => preview_words(invoice, now, credit.is_some()),
            Preview::None => return items,
        };
        // A date to come has its own sum, which no preview of today tells.
        if when != Some("date") {
            items.push(Item::Pair { label: String::new(), value: second });
        }
        items
    }

    /// Credit that waits for an invoice that will not come by itself.
    fn waits(&self) -> Option<Item> {
        let ends = self.draft.form.get("when").is_some_and(|when| when != "period_end");
        let waits = ends && self.draft.form.get("proration") == Some("create_prorations");
        let words = Line::toned(format!("! {}", outcomes::NO_NEXT), Tone::Warn);
        waits.then_some(Item::Pair { label: String::new(), value: words })
    }

    /// What is owed for it: credit for days that nobody has paid, or what stays to be paid whichever way it ends.
    fn owed(&self, state: &State, subscription: &Subscription) -> Option<Item> {
        let lists = state.data.folders.values().filter_map(|folder| folder.invoices.value.as_ref());
        let invoices = || lists.clone().flat_map(|list| list.rows.iter().map(|invoice| &**invoice));
        // At the last second of a period nothing is left of it.
        let ends = self.credited(state, subscription);
        let ends = ends.filter(|ends| subscription.period_end().is_none_or(|end| *ends < end));
        let unpaid = ends.and_then(|ends| open::unpaid(subscription, invoices(), ends));
        let words = unpaid.or_else(|| open::stays(invoices(), &subscription.id))?;
        let value = Line::toned(format!("! {words}"), Tone::Warn);
        Some(Item::Pair { label: String::new(), value })
    }

    /// When it ends with credit; none where Stripe foretells that there is none.
    fn credited(&self, state: &State, subscription: &Subscription) -> Option<Unix> {
        let when = self.draft.form.get("when").filter(|when| *when != "period_end")?;
        let credit = self.draft.form.get("proration").is_some_and(|chosen| chosen != "none");
        let none = matches!(&self.preview, Preview::Read(invoice) if when == "now" && invoice.total >= 0);
        self.ends(state, subscription).filter(|_| credit && !none)
    }

    /// What is unusual about it already.
    fn standing_now(state: &State, subscription: &Subscription) -> Vec<Item> {
        let zone = state.zone();
        let mut items = Vec::new();
        if let Some(pause) = &subscription.pause_collection {
            let what = actions::says("subscription", "pause_collection.behavior", pause.behavior.as_str());
            let what = what.unwrap_or("nothing is collected");
            let until = pause.resumes_at.map_or_else(String::new, |at| format!(" · until {}", at.date(zone)));
            let value = Line::toned(format!("‖ {what}{until}"), Tone::Warn);
            items.push(Item::Pair { label: "Paused".into(), value });
        }
        if let Some(ends) = subscription.ends_at() {
            let value = Line::toned(format!("◔ set to end {} already", ends.date(zone)), Tone::Warn);
            items.push(Item::Pair { label: "Ends".into(), value });
        }
        items
    }
}

/// Its plan's name is what has to be typed, as soon as that is read.
fn named(draft: &mut Draft, state: &State) {
    if let Some(subscription) = draft.seen.read::<Subscription>().filter(|_| draft.confirm_word.is_none()) {
        let word = state.data.plan_name(subscription);
        // An id that stands for a name is cut: nobody can type that.
        draft.confirm_word = Some(word).filter(|word| !word.trim().is_empty() && !word.contains('…'));
    }
}

/// `$72.60 of credit (preview)`, as far as it is about what is chosen.
fn preview_words(invoice: &Invoice, now: bool, credit: bool) -> Line {
    let total = Money::new(invoice.total, invoice.currency);
    let what = if total.is_negative() {
        format!("{} for unused days", total.checked_neg().unwrap_or(total))
    } else if total.is_zero() {
        "nothing to give back".into()
    } else {
        format!("{total} still to pay")
    };
    match (now, credit) {
        (true, true) => Line::toned(what, Tone::Strong).then(" (preview)", Tone::Dim),
        (true, false) => Line::toned(format!("with credit it would be {what} (preview)"), Tone::Dim),
        (false, _) => Line::toned(format!("if ended now with credit: {what} (preview)"), Tone::Dim),
    }
}

/// Calendar days as the agent counts them, or hours on the last day.
fn days(now: Unix, end: Unix, zone: &TimeZone) -> String {
    let midnights = end.start_of_day(zone).since(now.start_of_day(zone));
    // A day of 23 or 25 hours is a day.
    match midnights.saturating_add(DAY_S / 2).div_euclid(DAY_S) {
        0 => "today".into(),
        1 => "tomorrow".into(),
        days => format!("{days} days"),
    }
}

impl Overlay for Cancel {
    type Do = Do;

    const NAME: &'static str = "Cancel form";

    fn sheet(&self, state: &State) -> Sheet {
        let draft = &self.draft;
        let mut items = Vec::new();
        if let Some(subscription) = draft.seen.read::<Subscription>() {
            let since = subscription.start_date.date(state.zone());
            let status = match (&subscription.status, &subscription.pause_collection) {
                (SubscriptionStatus::Active, None) => format!("active since {since}"),
                (SubscriptionStatus::Active, Some(_)) => format!("paused · began {since}"),
                (other, _) => format!("{other} · began {since}"),
            };
            let mut line = Line::toned(state.data.plan_name(subscription), Tone::Strong)
                .then(format!(" · {} · {status}", subscription.amount_words()), Tone::Plain);
            // On a narrow screen the id would cost a line of its own.
            if state.width >= parts::ROOMY {
                line = line.then(format!(" · {}", short_id(subscription.id.as_str())), Tone::Plain);
            }
            items.push(Item::Text(line));
            items.extend(Self::standing_now(state, subscription));
            items.push(Item::Gap);
            items.extend(parts::field(draft, state, "when", Line::default()));
            items.extend(parts::field(draft, state, "on", Line::default()));
            items.extend(parts::field(draft, state, "proration", Line::default()));
            items.push(Item::Pair { label: "Access".into(), value: self.access(state, subscription) });
            items.extend(self.money());
            items.extend(self.waits());
            items.extend(self.owed(state, subscription));
        }
        items.extend(parts::field(draft, state, "feedback", Line::default()));
        items.extend(parts::field(draft, state, "note", Line::default()));
        parts::sheet(draft, state, "Cancel subscription", items)
    }

    fn table() -> Vec<Binding<Do>> {
        let mut rows: Vec<_> = draft::table().into_iter().map(|row| row.within(Do::Form)).collect();
        // Behind Enter: what leads to other ways must not be what is cut.
        rows.insert(1.min(rows.len()), OUTCOMES);
        rows
    }

    fn now(&self, does: Do, state: &State) -> Now {
        match does {
            Do::Outcomes => Now::on(self.draft.is_open()),
            Do::Form(does) => self.draft.now(does, state),
        }
    }

    fn act(&mut self, does: Do, state: &mut State, commands: &mut Commands) -> After {
        let after = match does {
            Do::Outcomes => self.outcomes(state, commands),
            Do::Form(does) => self.draft.act(does, state, commands),
        };
        self.arrange(state);
        after
    }

    fn give(&mut self, field: (&str, &str), words: &str, state: &mut State) {
        self.draft.give(field, words, state);
        self.arrange(state);
    }

    fn types(&self) -> bool {
        self.draft.types()
    }

    fn typed(&mut self, key: Key, state: &mut State) {
        self.draft.typed(key, state);
        self.arrange(state);
    }

    fn confirms(&self, does: Do) -> bool {
        matches!(does, Do::Form(does) if does.confirms())
    }

    fn wheel(rows: isize) -> Option<Do> {
        Some(Do::Form(draft::wheel(rows)))
    }

    fn paste(&mut self, text: &str, state: &mut State) {
        self.draft.paste(text, state);
        self.arrange(state);
    }

    fn hear(&mut self, message: &Message, state: &mut State, commands: &mut Commands) -> After {
        if let Message::Reply { task, result } = message
            && matches!(self.preview, Preview::Asked(asked) if asked == *task)
        {
            self.preview = match result {
                Ok(Answer::Invoice(invoice)) => Preview::Read(invoice.clone()),
                Ok(_) => Preview::None,
                Err(trouble) => Preview::Failed(trouble.clone()),
            };
        }
        let after = self.draft.hear(message, state, commands, |_, _| {});
        named(&mut self.draft, state);
        self.arrange(state);
        after
    }
}

#[cfg(test)]
#[path = "cancel_tests.rs"]
mod tests;
