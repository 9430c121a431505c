//! Which options of a choice the policy denies, before anybody chooses them: asked of the engine that guards the call, one
//! option after the other.

use super::{Draft, Standing};
use crate::{
    actions::{FieldKind, Proposal},
    desk::{
        form::Value,
        picking::OPTIONS_MOST,
        state::State,
        verdict::{moment, verdict},
    },
    policy::{Decision, Fact, Looked, Mark, Outcome},
    time::DAY_S,
};

impl Draft {
    /// For each option of a choice, the rule that denies it. What would be denied whatever is chosen is not the option's fault.
    pub fn denied(&self, name: &str, state: &State) -> Vec<Option<Looked>> {
        let Some(Value::Choice { options, .. }) = self.form.entry(name).map(|entry| &entry.value) else {
            return Vec::new();
        };
        // A long list is about what the policy does not speak of: a language, a kind of card.
        if options.len() > OPTIONS_MOST {
            return Vec::new();
        }
        // What cannot be chosen as it stands is neither denied nor allowed.
        let judged: Vec<Option<Vec<Looked>>> = options
            .iter()
            .map(|(value, _)| self.tried(name, value, state).map(|(_, decision)| denials(decision)))
            .collect();
        let everywhere = |looked: &Looked| {
            judged.iter().flatten().all(|one| one.iter().any(|other| other.rule == looked.rule))
        };
        let own =
            |one: &Option<Vec<Looked>>| one.iter().flatten().find(|looked| !everywhere(looked)).cloned();
        judged.iter().map(own).collect()
    }

    /// Where the policy leaves one option of a choice that nobody made, that one is meant.
    pub(super) fn choose_the_only(&mut self, state: &State) {
        match self.standing(state) {
            Standing::Decided(_, decision) if decision.outcome == Outcome::Deny => {}
            _ => return,
        }
        let open = self.form.entries().filter(|entry| entry.get().is_none());
        let open: Vec<_> = open.map(|entry| entry.name.clone()).collect();
        for name in open {
            let denied = self.denied(&name, state);
            let mut free = denied.iter().enumerate().filter(|(_, rule)| rule.is_none());
            let (only, another) = (free.next().map(|(at, _)| at), free.next());
            let Some(Value::Choice { options, .. }) = self.form.entry(&name).map(|entry| &entry.value) else {
                continue;
            };
            let value = only.filter(|_| another.is_none() && denied.len() > 1).and_then(|at| options.get(at));
            if let Some((value, _)) = value.cloned() {
                self.form.set(&name, &value);
                self.sync(state);
            }
        }
    }

    /// What is chosen and denied for itself, decided although something else is still missing.
    pub(super) fn chosen_and_denied(&self, state: &State) -> Option<(Proposal, Decision)> {
        self.form.entries().find_map(|entry| {
            let Value::Choice { options, chosen, .. } = &entry.value else { return None };
            let at = (*chosen)?;
            self.denied(&entry.name, state).get(at)?.as_ref()?;
            self.tried(&entry.name, &options.get(at)?.0, state)
        })
    }

    /// The decision if this were chosen. What does not go with it gives way, and a date that is missing is tomorrow.
    fn tried(&self, name: &str, value: &str, state: &State) -> Option<(Proposal, Decision)> {
        let action = self.definition()?;
        let mut args = self.args();
        args.set(name, value);
        for _ in action.fields {
            let error = match action.propose(&args, &self.seen, &moment(state)) {
                Ok(proposal) => {
                    let subject = Fact::Known(self.seen.clone());
                    let decision = verdict(state, &proposal, subject, self.spent.clone());
                    return Some((proposal, decision));
                }
                Err(error) => error,
            };
            let field = action.field(&error.field).filter(|field| field.name != name)?;
            if args.0.remove(field.name).is_none() && field.kind == FieldKind::When {
                args.set(field.name, state.now().plus(DAY_S).0.to_string());
            }
        }
        None
    }
}

fn denials(decision: Decision) -> Vec<Looked> {
    decision.rules.into_iter().filter(|looked| looked.mark == Mark::Deny).collect()
}
