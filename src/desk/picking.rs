//! Fields of a form whose value is chosen from a list: objects by their kind, and the one of many values.

use super::{
    candidates,
    form::{Form, Value},
    message::Commands,
    modals::{Modal, pick::Pick},
    state::State,
    usable::Here,
};
use crate::{
    actions::{Action, Effect, Field, FieldKind},
    model::{AnyId, Kind},
};

/// More options than this are a list of their own: a form shows those around the chosen one.
pub const OPTIONS_MOST: usize = 8;

/// Which objects a field names.
pub fn kind(field: &Field) -> Option<Kind> {
    match field.kind {
        FieldKind::Id(kind) => Some(kind),
        FieldKind::Items => Some(Kind::Price),
        _ => None,
    }
}

/// The field that keys go to is chosen from a list.
pub fn has_list(form: &Form, action: &Action) -> bool {
    let Some(field) = action.field(form.focused()) else { return false };
    let many = match form.entry(field.name).map(|entry| &entry.value) {
        Some(Value::Choice { options, .. }) => options.len() > OPTIONS_MOST,
        _ => false,
    };
    many || kind(field).is_some_and(candidates::has_some)
}

/// Enter opens the list: what stands in the field is no id, or it needs one.
pub fn wants_list(form: &Form, action: &Action) -> bool {
    let Some(field) = action.field(form.focused()) else { return false };
    let FieldKind::Id(kind) = field.kind else { return false };
    if !candidates::has_some(kind) {
        return false;
    }
    match form.get(field.name) {
        None => field.required,
        Some(text) => AnyId::parse_as(text, kind).is_err(),
    }
}

/// The list of the field that keys go to.
pub fn open(
    form: &Form,
    action: &Action,
    here: Here,
    state: &mut State,
    commands: &mut Commands,
) -> Option<Modal> {
    let field = action.field(form.focused())?;
    if let Some(kind) = kind(field) {
        let typed = match field.kind {
            FieldKind::Id(kind) => form.get(field.name).filter(|text| AnyId::parse_as(text, kind).is_err()),
            _ => None,
        };
        let typed = typed.unwrap_or_default().to_owned();
        let binds = action.effect > Effect::Read;
        return Some(Modal::Pick(Pick::field(state, field, kind, (here, &typed, binds), commands)));
    }
    match &form.entry(field.name)?.value {
        Value::Choice { options, .. } => {
            Some(Modal::Pick(Pick::values(field.name, field.label, options, form.get(field.name))))
        }
        Value::Text { .. } => None,
    }
}

/// Puts what was chosen into its field, with the words that it was chosen by.
pub fn put(form: &mut Form, action: &Action, (name, value): (&str, &str), words: &str) {
    let adds = action.field(name).is_some_and(|field| field.kind == FieldKind::Items);
    let before = form.get(name).map(str::to_owned).filter(|_| adds);
    match before {
        // One more entry of a list.
        Some(before) => form.set(name, &format!("{before}, +{value}")),
        None if adds => form.set(name, &format!("+{value}")),
        None => form.set(name, value),
    }
    form.tell(name, words);
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::actions;

    #[test]
    fn what_nobody_lists_is_typed() {
        let action = actions::find("apply_discount").unwrap();
        let mut form = Form::of(action);
        form.focus("coupon");
        assert!(
            !has_list(&form, action) && !wants_list(&form, action),
            "Stripe's coupons are not in the catalogue"
        );
        form.focus("promotion_code");
        assert!(has_list(&form, action));
    }
}
