//! Cancel a subscription: when, what happens to days already paid for, why, and its name typed to confirm.

use jiff::tz::TimeZone;
use serde::{Deserialize, Serialize};

use super::{After, Overlay, parts};
use crate::{
    actions::CancelWhen,
    desk::{
        draft::{Draft, Standing},
        key::Key,
        message::{Commands, Message, TaskId, Trouble},
        question::{Answer, Question},
        sheet::{Item, Line, Sheet, Tone},
        state::State,
    },
    model::{Invoice, Record, Subscription, SubscriptionId},
    money::Money,
    text::short_id,
    time::{DAY_S, Unix},
};

#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Cancel {
    pub draft: Draft,
    preview: Preview,
}

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
        draft.form.set("when", "period_end");
        let mut preview = Preview::None;
        if let Some(subscription) = draft.seen.read::<Subscription>() {
            let word = state.data.plan_name(subscription);
            draft.confirm_word = Some(word).filter(|word| !word.trim().is_empty());
            if let Ok(id) = SubscriptionId::parse(subscription.id.as_str()) {
                preview = Preview::Asked(state.ask(Question::CancelPreview(id), false, commands));
            }
        }
        let mut cancel = Self { draft, preview };
        cancel.arrange(state);
        cancel
    }

    /// Shows the fields that mean something with what is chosen.
    fn arrange(&mut self, state: &State) {
        let when = self.draft.form.get("when").unwrap_or("period_end").to_owned();
        self.draft.form.show("on", when == "date");
        self.draft.form.show("proration", when != "period_end");
        self.draft.sync(state);
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
        let line = Line::plain("until ")
            .then(ends.date(&zone), Tone::Strong)
            .then(format!(" ({})", days(state.now(), ends, &zone)), Tone::Plain);
        if state.width < parts::ROOMY {
            return line;
        }
        line.then(format!(" · {}", ends.full(&zone)), Tone::Dim)
    }

    fn money(&self) -> Vec<Item> {
        let later = self.draft.form.get("when").is_none_or(|when| when == "period_end");
        let credit = self.draft.form.get("proration").filter(|chosen| !later && *chosen != "none");
        let first = match credit {
            None => "nothing is refunded; no further invoice",
            Some("always_invoice") => "nothing is refunded; credit for unused days, invoiced at once",
            Some(_) => "nothing is refunded; credit for unused days, for the next invoice",
        };
        let second = match &self.preview {
            Preview::Asked(_) => Line::toned("now: asking Stripe for the preview…", Tone::Dim),
            Preview::Failed(trouble) => Line::toned(format!("now: no preview: {}", trouble.what), Tone::Warn),
            Preview::Read(invoice) => Line::toned(preview_words(invoice), Tone::Dim),
            Preview::None => Line::default(),
        };
        vec![
            Item::Pair { label: "Money".into(), value: Line::plain(first) },
            Item::Pair { label: String::new(), value: second },
        ]
    }
}

/// `now, with credit: $72.60 back to the customer's balance (preview)`
fn preview_words(invoice: &Invoice) -> String {
    let total = Money::new(invoice.total, invoice.currency);
    if total.is_negative() {
        let credit = total.checked_neg().unwrap_or(total);
        format!("now, with credit: {credit} for unused days (preview)")
    } else if total.is_zero() {
        "now, with credit: nothing to give back (preview)".into()
    } else {
        format!("now, with credit: {total} still to pay (preview)")
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
    fn sheet(&self, state: &State) -> Sheet {
        let standing: Standing = self.draft.standing(state);
        let draft = &self.draft;
        let mut items = Vec::new();
        if let Some(subscription) = draft.seen.read::<Subscription>() {
            let since = subscription.start_date.date(&state.zone());
            let line = Line::toned(state.data.plan_name(subscription), Tone::Strong).then(
                format!(
                    " · {} · {} since {since} · {}",
                    subscription.amount_words(),
                    subscription.status,
                    short_id(subscription.id.as_str())
                ),
                Tone::Plain,
            );
            items.push(Item::Text(line));
            items.push(Item::Gap);
            items.extend(parts::field(draft, &standing, "when", Line::default()));
            items.extend(parts::field(draft, &standing, "on", Line::default()));
            items.extend(parts::field(draft, &standing, "proration", Line::default()));
            items.push(Item::Pair { label: "Access".into(), value: self.access(state, subscription) });
            items.extend(self.money());
        }
        items.extend(parts::field(draft, &standing, "feedback", Line::default()));
        items.extend(parts::field(draft, &standing, "note", Line::default()));
        parts::sheet(draft, state, "Cancel subscription", items)
    }

    fn press(&mut self, key: Key, state: &mut State, commands: &mut Commands) -> After {
        let after = self.draft.press(key, state, commands);
        self.arrange(state);
        after
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
        self.arrange(state);
        after
    }

    fn hints(&self, _state: &State) -> Vec<(String, String)> {
        parts::hints(&self.draft)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{
        desk::{
            fixture::{answer_facts, begin, paste, prepares, press, state, tell, text},
            message::Command,
            panes::PaneId,
        },
        policy::Given,
    };

    fn cancel() -> (State, Vec<Command>) {
        let mut state = state();
        let asked = begin(&mut state, PaneId::Subscriptions, 0, "cancel_subscription");
        answer_facts(&mut state, &asked);
        (state, asked)
    }

    #[test]
    fn it_shows_what_is_kept_until_when_and_what_money_does() {
        let (state, _) = cancel();
        let text = text(&state);
        assert!(text.contains("Pro · $99.00/mo · active since 15 Mar 2024 · sub_1"), "{text}");
        assert!(text.contains("● at period end"), "{text}");
        assert!(text.contains("until 15 Dec 2026 (22 days) · 15 Dec 2026 09:12:00 +00:00"), "{text}");
        assert!(text.contains("nothing is refunded; no further invoice"), "{text}");
        assert!(!text.contains("Credit") && !text.contains("On ["), "{text}");
        assert!(text.contains("Type Pro to confirm"), "{text}");
    }

    #[test]
    fn the_preview_is_asked_for_and_shown_as_credit() {
        let (mut state, asked) = cancel();
        assert!(text(&state).contains("asking Stripe for the preview"));
        let task = asked.iter().find_map(|command| match command {
            Command::Ask { task, question: Question::CancelPreview(_), .. } => Some(*task),
            _ => None,
        });
        let invoice = Record::parse(r#"{"id":"upcoming_in_1","currency":"usd","total":-7260}"#).unwrap();
        let result = Ok(Answer::Invoice(Box::new(invoice)));
        tell(&mut state, &Message::Reply { task: task.unwrap(), result });
        assert!(text(&state).contains("now, with credit: $72.60 for unused days (preview)"), "{}", text(&state));
    }

    #[test]
    fn the_fields_follow_what_is_chosen() {
        let (mut state, _) = cancel();
        press(&mut state, "2");
        let shown = text(&state);
        assert!(shown.contains("● now") && shown.contains("Credit") && shown.contains("ends at once"), "{shown}");
        press(&mut state, "3<tab>2026-12-31");
        assert!(text(&state).contains("until 31 Dec 2026 (38 days)"), "{}", text(&state));
        press(&mut state, "<c-u>yesterday");
        assert!(text(&state).contains("lies in the past"), "{}", text(&state));
        press(&mut state, "<up>1");
        assert!(!text(&state).contains("lies in the past"));
    }

    #[test]
    fn only_the_typed_name_confirms() {
        let (mut state, _) = cancel();
        assert_eq!(press(&mut state, "<enter><enter>"), []);
        paste(&mut state, "Pro");
        assert_eq!(press(&mut state, "<enter>prox<enter>"), []);
        assert!(text(&state).contains("that is not Pro"), "{}", text(&state));
        let change = prepares(&press(&mut state, "<c-u>Pro<enter><enter>"));
        assert_eq!(change.len(), 1);
        assert_eq!((&change[0].given, change[0].confirm_word.as_deref()), (&Given::Typed("Pro".into()), Some("Pro")));
        assert_eq!(change[0].args.get("when"), Some("period_end"));
    }

    #[test]
    fn days_are_calendar_days() {
        let zone = TimeZone::UTC;
        let at = |text: &str| Unix(text.parse::<jiff::Timestamp>().unwrap().as_second());
        let say = |end: &str| days(at("2026-11-23T12:00:00Z"), at(end), &zone);
        assert_eq!(
            [say("2026-11-23T23:00:00Z"), say("2026-11-24T01:00:00Z"), say("2026-12-15T09:12:00Z")],
            ["today", "tomorrow", "22 days"]
        );
    }
}
