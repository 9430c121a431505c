//! What Enter does to a form: takes note, moves on, arms, confirms. It confirms nothing that came up only just, and nothing of
//! which Stripe is still asked what it comes to.

use super::{Draft, Foretold, Stage, Standing};
use crate::{
    actions::{self, Proposal},
    desk::{
        form::CONFIRM,
        lanes::Does,
        message::{Change, Command, Commands},
        state::State,
        verdict::{Needs, moment},
    },
    policy::{Confirm, Given, Outcome},
};

impl Draft {
    /// What Enter would confirm is new to whoever sits here: it is not heard before it can have been read. What somebody
    /// typed or chose in the form they know already.
    pub(in crate::desk) fn rests(&mut self, state: &State) {
        self.rest.begin(state.now_ms);
    }

    /// Enter would confirm, but Stripe has not told yet what it comes to.
    pub(super) fn waits_for_preview(&self, needs: &Needs) -> bool {
        let confirms = match needs {
            Needs::No(_) | Needs::Given { .. } => false,
            Needs::Amount(_) | Needs::Word(_) | Needs::Second(Some(_)) => self.form.focused() == CONFIRM,
            Needs::Enter | Needs::Twice | Needs::Second(None) => true,
        };
        confirms && matches!(self.foretold(), Foretold::Asking)
    }

    /// Why an Enter that would confirm is not heard now.
    fn unheard(&self, needs: &Needs, state: &State) -> Option<&'static str> {
        // The first of two confirms nothing yet.
        let twice = matches!(needs, Needs::Twice | Needs::Second(None));
        let arms = twice && self.stage != Stage::Armed;
        let by_enter = !arms && (twice || *needs == Needs::Enter);
        if self.waits_for_preview(needs) {
            Some("Stripe is still asked what it comes to: one moment")
        } else if by_enter && self.rest.is_on(state.now_ms) {
            Some("that was quick: read what Enter does, then press it again")
        } else {
            None
        }
    }

    pub(super) fn enter(&mut self, state: &mut State, commands: &mut Commands) {
        if self.stage == Stage::LookAgain {
            self.stage = Stage::Filling;
            self.noted = None;
            self.says = Some("look again: this has moved since you opened it; Enter goes on".into());
            self.rests(state);
            return;
        }
        let (proposal, outcome, needs) = match self.standing(state) {
            Standing::Wrong(error) => {
                // Why stands below the field.
                self.form.focus(&error.field);
                self.says = None;
                self.rests(state);
                return;
            }
            Standing::Reading => {
                self.says = Some(format!("still reading the {}: one moment", self.target.kind.noun()));
                return;
            }
            Standing::Decided(proposal, decision) => {
                let needs = self.needs(&proposal, &decision, state);
                (proposal, decision.outcome, needs)
            }
        };
        if let Some(why) = self.unheard(&needs, state) {
            self.says = Some(why.into());
            return;
        }
        match needs {
            Needs::No(_) => self.says = Some("Enter sends nothing while a rule stands in the way".into()),
            // What is missing is said where the rules are.
            Needs::Given { name, .. } => {
                self.form.focus(&name);
                self.says = None;
                self.rests(state);
            }
            Needs::Enter => self.submit((&proposal, &outcome), Given::Enter, state, commands),
            Needs::Twice | Needs::Second(None) if self.stage == Stage::Armed => {
                self.submit((&proposal, &outcome), Given::Enter, state, commands);
            }
            Needs::Twice | Needs::Second(None) => {
                self.stage = Stage::Armed;
                self.says = None;
                self.rests(state);
            }
            Needs::Amount(_) | Needs::Word(_) | Needs::Second(Some(_)) => {
                self.confirm_typed((&proposal, &outcome), &needs, state, commands);
            }
        }
    }

    /// Enter where something has to be typed first.
    fn confirm_typed(
        &mut self,
        decided: (&Proposal, &Outcome),
        needs: &Needs,
        state: &mut State,
        commands: &mut Commands,
    ) {
        self.form.show(CONFIRM, true);
        let typed = self.form.get(CONFIRM).unwrap_or_default().trim().to_owned();
        if self.form.focused() == CONFIRM && needs.fits(&typed) {
            self.submit(decided, Given::Typed(typed), state, commands);
            return;
        }
        let wanted = needs.wanted().filter(|_| !typed.is_empty() && !needs.fits(&typed));
        self.says = wanted.map(|wanted| format!("that is not {wanted}: nothing was confirmed"));
        self.form.focus(CONFIRM);
    }

    /// `y` was the confirmation; what was typed still stands.
    pub(super) fn confirm_again(&mut self, state: &mut State, commands: &mut Commands) {
        let Standing::Decided(proposal, decision) = self.standing(state) else {
            self.enter(state, commands);
            return;
        };
        match self.needs(&proposal, &decision, state) {
            Needs::Enter | Needs::Twice | Needs::Second(None) => {
                self.submit((&proposal, &decision.outcome), Given::Enter, state, commands);
            }
            Needs::Amount(_)
            | Needs::Word(_)
            | Needs::Second(Some(_))
            | Needs::Given { .. }
            | Needs::No(_) => {
                self.form.focus(CONFIRM);
                self.enter(state, commands);
            }
        }
    }

    fn submit(
        &mut self,
        (proposal, outcome): (&Proposal, &Outcome),
        given: Given,
        state: &mut State,
        commands: &mut Commands,
    ) {
        // The gate wants Enter alone where the policy does, whatever the desk asked for on top.
        let given = if *outcome == Outcome::Confirm(Confirm::Plain) { Given::Enter } else { given };
        let label = format!("deciding: {}", proposal.sentence);
        let task = state.start_doing(Does::Deciding, label, Some("on fresh facts, then on disk"));
        self.stage = Stage::Waiting(task);
        self.says = None;
        self.told.clear();
        // The proposal was built from these times, so they read.
        let fields = actions::find(&proposal.action).map_or(&[] as &[_], |action| action.fields);
        let args = proposal.args.frozen(fields, &moment(state)).unwrap_or_else(|_| proposal.args.clone());
        let change = Change {
            action: proposal.action.clone(),
            args,
            target: proposal.target.clone(),
            seen: self.seen.clone(),
            confirmed: proposal.request.canonical(),
            given,
            confirm_word: self.confirm_word.clone(),
            repeat_ok: self.repeat_ok,
            hold_ms: state.session.undo_ms,
            asked: self.asked.clone(),
        };
        let change = Box::new(change);
        commands.push(match outcome {
            Outcome::SecondPerson => Command::Second { task, change },
            _ => Command::Prepare { task, change },
        });
    }
}

#[cfg(test)]
mod tests {
    use serde_json::{Value, json};

    use crate::{
        actions::Subject,
        desk::{
            fixture::{NOW_MS, answer_facts, begin, prepares, press, state, subscription, text},
            key::Key,
            message::{Command, Message, TaskId},
            panes::PaneId,
            question::{Answer, Question},
            state::State,
            update,
        },
        model::{AnyId, Record},
        policy::{Fact, Given, Policy, Spent},
    };

    const MAY: &str = "version = 1\nsubscriptions.pause = true\nsubscriptions.proration = \"choose\"\n\
        subscriptions.change_plan = [\"up\", \"down\"]\nrefunds.max.usd = \"500.00\"\nrefunds.automatic.usd = \"100.00\"\n\
        refunds.reason = \"optional\"";

    fn form(pane: PaneId, action: &str) -> State {
        let mut state = state();
        state.policy = Policy::parse(MAY, "policy.toml").unwrap();
        let asked = begin(&mut state, pane, 0, action);
        answer_facts(&mut state, &asked);
        state
    }

    /// Enter, so long after noon.
    fn enter_at(state: &mut State, after_ms: i64) -> usize {
        let enter = Message::Key(Key::parse("<enter>").unwrap());
        prepares(&update(state, NOW_MS + after_ms, enter).0).len()
    }

    #[test]
    fn two_enters_at_once_confirm_nothing_and_the_second_is_heard_after_a_moment() {
        let mut state = form(PaneId::Subscriptions, "pause_subscription");
        press(&mut state, "<right>");
        assert_eq!((enter_at(&mut state, 0), enter_at(&mut state, 0)), (0, 0));
        assert!(text(&state).contains("that was quick"), "{}", text(&state));
        assert!(text(&state).contains("Enter once more pauses Pro"), "{}", text(&state));
        assert_eq!(enter_at(&mut state, 599), 0);
        assert_eq!(enter_at(&mut state, 600), 1);
    }

    #[test]
    fn where_one_enter_is_enough_it_is_none_that_came_before_the_form_could_be_read() {
        let mut state = form(PaneId::Charges, "refund_charge");
        assert!(text(&state).contains("Enter refunds $99.00"), "{}", text(&state));
        assert_eq!((enter_at(&mut state, 0), enter_at(&mut state, 599)), (0, 0));
        assert_eq!(enter_at(&mut state, 600), 1);
    }

    #[test]
    fn what_the_agent_typed_or_chose_themselves_they_need_not_read_first() {
        let mut state = form(PaneId::Charges, "refund_charge");
        assert_eq!(prepares(&press(&mut state, "<c-u>20<enter>")).len(), 1);
        let mut state = form(PaneId::Charges, "refund_charge");
        assert_eq!(prepares(&press(&mut state, "<tab>d<enter>")).len(), 1);
    }

    fn preview_task(state: &mut State) -> TaskId {
        asks_preview(&update(state, NOW_MS + 200, Message::Wake).0)
    }

    fn asks_preview(commands: &[Command]) -> TaskId {
        let asks = |command: &Command| match command {
            Command::Ask { task, question: Question::Run { action, .. }, .. } => {
                action.starts_with("preview").then_some(*task)
            }
            _ => None,
        };
        commands.iter().find_map(asks).unwrap()
    }

    /// Stripe tells, at five seconds past noon, what the next invoice would be.
    fn previewed(state: &mut State, task: TaskId, total: i64) {
        previewed_with(state, task, total, &json!([]));
    }

    fn previewed_with(state: &mut State, task: TaskId, total: i64, lines: &Value) {
        let told = json!({"id": "upcoming_in_1", "object": "invoice", "currency": "usd", "total": total,
            "amount_due": total.max(0), "period_end": 1_797_325_920, "lines": {"data": lines}});
        let result = Ok(Answer::One(Box::new(Record::parse(told.to_string()).unwrap())));
        let _commands = update(state, NOW_MS + 5_000, Message::Reply { task, result });
    }

    #[test]
    fn the_sentence_says_what_the_preview_says_and_what_stays_as_credit() {
        let said = |total: i64| {
            let mut state = form(PaneId::Subscriptions, "update_subscription");
            press(&mut state, "<esc><tab>3");
            assert!(text(&state).contains("; Stripe is asked what is billed"), "{}", text(&state));
            let task = preview_task(&mut state);
            previewed(&mut state, task, total);
            text(&state)
        };
        let shown = said(29_700);
        assert!(
            shown.contains("; nothing is billed now; the next invoice on 15 Dec 2026 is $297.00"),
            "{shown}"
        );
        assert!(!shown.contains("the customer pays the difference"), "{shown}");
        let shown = said(-1_230);
        assert!(shown.contains("is $0.00, and $12.30 stay as credit"), "{shown}");
        assert!(shown.contains("Credit  $12.30 stay as credit for what comes later"), "{shown}");
    }

    #[test]
    fn a_change_of_plan_waits_for_what_it_comes_to_and_until_that_can_have_been_read() {
        let mut state = form(PaneId::Subscriptions, "update_subscription");
        press(&mut state, "<esc><tab>3");
        assert_eq!((enter_at(&mut state, 0), enter_at(&mut state, 140)), (0, 0));
        assert!(text(&state).contains("Enter waits until Stripe tells what it comes to"), "{}", text(&state));
        let task = preview_task(&mut state);
        assert_eq!(enter_at(&mut state, 5_000), 0, "it is still asked");
        previewed(&mut state, task, 29_700);
        assert_eq!(enter_at(&mut state, 5_000), 0, "the first of two");
        assert_eq!((enter_at(&mut state, 5_599), enter_at(&mut state, 5_600)), (0, 1));
    }

    #[test]
    fn what_a_card_is_charged_at_once_is_typed_before_it_is_sent() {
        let mut state = form(PaneId::Subscriptions, "update_subscription");
        press(&mut state, "<esc><tab>3");
        let task = preview_task(&mut state);
        // A period that begins with the change.
        let lines = json!([{"id": "il_1", "object": "line_item", "amount": 29_700, "currency": "usd",
            "period": {"start": NOW_MS / 1_000, "end": NOW_MS / 1_000 + 86_400},
            "parent": {"type": "subscription_item_details", "subscription_item_details": {"proration": false}}}]);
        previewed_with(&mut state, task, 21_618, &lines);
        let shown = text(&state);
        assert!(shown.contains("Type 216.18, billed now, to confirm"), "{shown}");
        for after in [6_000, 7_000, 8_000] {
            assert_eq!(enter_at(&mut state, after), 0, "no Enter alone confirms it");
        }
        assert_eq!(prepares(&press(&mut state, "297.00<enter>")).len(), 0, "the price is not what is billed");
        assert!(text(&state).contains("that is not 216.18: nothing was confirmed"), "{}", text(&state));
        let sent = prepares(&press(&mut state, "<c-u>216.18<enter>"));
        assert_eq!(sent.len(), 1);
        assert_eq!(sent[0].given, Given::Enter, "the policy asks for no more than a confirmation");
    }

    /// Reads again by the key, and answers with the object with this in it. Gives the task of the preview.
    fn read_again(state: &mut State, after_ms: i64, more: &Value) -> TaskId {
        let key = Message::Key(Key::parse("<c-r>").unwrap());
        let asked = update(state, NOW_MS + after_ms, key).0;
        assert!(text(state).contains("Stripe is asked what is billed"), "{}", text(state));
        let facts = |command: &Command| match command {
            Command::Facts { task, .. } => Some(*task),
            _ => None,
        };
        let mut value = subscription();
        value.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
        let subject = Subject::parse(&AnyId::parse("sub_1").unwrap(), value.to_string()).unwrap();
        let message = Message::Facts {
            task: asked.iter().find_map(facts).unwrap(),
            subject: Fact::Known(subject),
            spent: Fact::Known(Spent::default()),
        };
        let early = update(state, NOW_MS + after_ms + 200, Message::Wake).0;
        let _commands = update(state, NOW_MS + after_ms + 300, message);
        asks_preview(&early)
    }

    #[test]
    fn a_preview_of_what_has_moved_is_asked_for_anew() {
        let mut state = form(PaneId::Subscriptions, "update_subscription");
        press(&mut state, "<esc><tab>3");
        let task = preview_task(&mut state);
        previewed(&mut state, task, 29_700);
        assert!(text(&state).contains("is $297.00"), "{}", text(&state));
        // The key asks anew, and what comes then is good as long as nothing has moved.
        let task = read_again(&mut state, 6_000, &json!({}));
        previewed(&mut state, task, 29_800);
        assert!(text(&state).contains("is $298.00"), "{}", text(&state));
        // What was asked before it was read that something has moved speaks of what was there.
        let task = read_again(&mut state, 7_000, &json!({"discounts": ["di_1"]}));
        previewed(&mut state, task, 29_900);
        assert!(!text(&state).contains("is $299.00"), "{}", text(&state));
        let task = asks_preview(&update(&mut state, NOW_MS + 8_000, Message::Wake).0);
        previewed(&mut state, task, 28_000);
        assert!(text(&state).contains("is $280.00"), "{}", text(&state));
    }
}
