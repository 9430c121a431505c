//! What is said of fields by their names, as the command line has them, in the words of a form: there nobody has seen the names.

use super::{Action, FieldKind};

impl Action {
    /// `give refund_amount` as `give “Goes back”`, `billing_cycle_anchor=now` as `“Billing day”: moves to today…`. A name that is a
    /// plain word stays, unless a value is given with it.
    pub fn on_form(&self, said: &str) -> String {
        let (mut told, mut rest) = (String::new(), said);
        while let Some(at) = rest.find(is_of_name) {
            let (before, from) = rest.split_at(at);
            told.push_str(before);
            let (name, behind) = from.split_at(from.find(|c| !is_of_name(c)).unwrap_or(from.len()));
            let value = behind.strip_prefix('=').map(|behind| {
                behind.split_at(behind.find([' ', ',', ')', ';', ':']).unwrap_or(behind.len()))
            });
            rest = behind;
            let Some(field) = self.field(name).filter(|_| value.is_some() || name.contains('_')) else {
                told.push_str(name);
                continue;
            };
            told.extend(["“", field.label, "”"]);
            if let Some((value, behind)) = value {
                let says = match field.kind {
                    FieldKind::Choice(choices) => choices.iter().find(|choice| choice.value == value),
                    _ => None,
                };
                told.push_str(": ");
                told.push_str(says.map_or(value, |choice| choice.says));
                rest = behind;
            }
        }
        told.push_str(rest);
        told
    }
}

fn is_of_name(c: char) -> bool {
    c.is_ascii_lowercase() || c.is_ascii_digit() || c == '_'
}

#[cfg(test)]
mod tests {
    use crate::actions::{all, find};

    #[test]
    fn names_become_labels_and_plain_words_stay() {
        let told = |action: &str, said: &str| find(action).unwrap().on_form(said);
        for (action, said, words) in [
            (
                "create_credit_note",
                "$5.00 of it was paid: say where it goes, by refund_amount, credit_amount and refund",
                "$5.00 of it was paid: say where it goes, by “Goes back”, “On balance” and refund",
            ),
            (
                "create_credit_note",
                "name that refund too (refund=re_…)",
                "name that refund too (“Refund”: re_…)",
            ),
            (
                "update_subscription",
                "give price, quantity or items, or billing_cycle_anchor=now",
                "give price, quantity or items, or “Billing day”: moves to today: a period begins and is billed",
            ),
            ("apply_discount", "give coupon or promotion_code, not both", "give coupon or “Code”, not both"),
            // What is no field of it, and what only begins like one.
            ("apply_discount", "a_stranger=1 and promotion_codes", "a_stranger=1 and promotion_codes"),
            ("apply_discount", "", ""),
        ] {
            assert_eq!(told(action, said), words);
        }
    }

    #[test]
    fn what_is_wrong_with_a_form_names_no_parameter() {
        let action = find("create_credit_note").unwrap();
        for field in action.fields.iter().filter(|field| field.name.contains('_')) {
            assert!(!action.on_form(&format!("give {}", field.name)).contains('_'), "{}", field.name);
        }
    }

    /// A click finds its field by the name that stands before it.
    #[test]
    fn no_form_has_two_fields_of_one_name() {
        for action in all() {
            let labels: std::collections::BTreeSet<_> =
                action.fields.iter().map(|field| field.label).collect();
            assert_eq!(labels.len(), action.fields.len(), "{}", action.name);
        }
    }
}
