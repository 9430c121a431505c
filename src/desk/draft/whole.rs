//! What a form's amount means where it is left out: everything. On a form that is said, and never left blank.

use super::Draft;
use crate::{
    actions::{Action, Field, FieldKind},
    desk::state::State,
};

/// The one amount that a form asks for; none where it asks for several.
pub(super) fn only_money(action: &Action) -> Option<&'static Field> {
    let fields: &'static [Field] = action.fields;
    let mut money = fields.iter().filter(|field| field.kind == FieldKind::Money);
    money.next().filter(|_| money.next().is_none())
}

impl Draft {
    /// Puts what an amount means that is left out into its field, where the object tells: what would be done is seen.
    pub fn say_whole(&mut self, state: &State) {
        let Some(action) = self.definition() else { return };
        let Some(field) = only_money(action).filter(|field| self.form.get(field.name).is_none()) else {
            return;
        };
        let whole = action.propose(&self.args(), &self.seen, &self.built_at(state)).ok();
        if let Some(amount) = whole.and_then(|proposal| proposal.amount) {
            self.form.set(field.name, &amount.plain());
            self.sync(state);
        }
    }
}
