//! What an action does to what, as an order, as something done now and as something under way: made from the one phrase of its
//! literal.

use super::Action;

/// Where the amount stands; without one, the object.
const AMOUNT: &str = "{amount}";
const IT: &str = "{it}";
/// Verbs whose last letter is doubled.
const DOUBLED: [&str; 2] = ["cancel", "put"];

impl Action {
    /// `refund $20.00`, `write A-0012 off`
    pub fn to_do(&self, amount: Option<&str>, it: &str) -> String {
        self.said(str::to_owned, amount, it)
    }

    /// `refunds $20.00`, `writes A-0012 off`
    pub fn does(&self, amount: Option<&str>, it: &str) -> String {
        self.said(|verb| format!("{verb}s"), amount, it)
    }

    /// `refunding $20.00`, `writing A-0012 off`
    pub fn doing(&self, amount: Option<&str>, it: &str) -> String {
        self.said(present, amount, it)
    }

    fn said(&self, bend: fn(&str) -> String, amount: Option<&str>, it: &str) -> String {
        let (verb, rest) = self.verb.split_once(' ').unwrap_or((self.verb, ""));
        let rest = rest.replace(AMOUNT, amount.unwrap_or(it)).replace(IT, it);
        format!("{} {rest}", bend(verb))
    }
}

fn present(verb: &str) -> String {
    let stem = verb.strip_suffix('e').unwrap_or(verb);
    let twice = verb.chars().last().filter(|_| DOUBLED.contains(&verb));
    format!("{stem}{}ing", twice.map(String::from).unwrap_or_default())
}

#[cfg(test)]
mod tests {
    use crate::actions::{Effect, all, find};

    #[test]
    fn every_change_says_what_it_does_and_to_what() {
        for action in all() {
            let (amount, it) = (action.verb.matches("{amount}").count(), action.verb.matches("{it}").count());
            assert!(amount + it <= 1, "{}: {}", action.name, action.verb);
            let verb = action.verb.split(' ').next().unwrap();
            let plain = verb.bytes().all(|byte| byte.is_ascii_lowercase());
            // These would take another ending than s.
            let regular = !["s", "x", "ch", "sh", "y"].iter().any(|end| verb.ends_with(end)) || verb == "pay";
            assert!(plain && regular, "{}: {}", action.name, action.verb);
            assert!(action.effect == Effect::Read || verb != "show", "{}", action.name);
        }
    }

    #[test]
    fn an_order_a_deed_and_what_is_under_way_read_well() {
        let said = |name: &str| {
            let action = find(name).unwrap();
            let amount = Some("$20.00");
            [action.to_do(amount, "Pro"), action.does(amount, "Pro"), action.doing(amount, "Pro")]
        };
        assert_eq!(said("refund_charge"), ["refund $20.00", "refunds $20.00", "refunding $20.00"]);
        assert_eq!(said("cancel_subscription"), ["cancel Pro", "cancels Pro", "cancelling Pro"]);
        assert_eq!(said("pause_subscription")[2], "pausing Pro");
        assert_eq!(said("mark_invoice_uncollectible")[1..], ["writes Pro off", "writing Pro off"]);
        assert_eq!(said("create_invoice_item")[2], "putting $20.00 on an invoice");
        assert_eq!(said("create_portal_session")[1..], ["makes a portal link", "making a portal link"]);
        assert_eq!(
            find("refund_charge").unwrap().to_do(None, "ch_1"),
            "refund ch_1",
            "the amount is not known"
        );
    }

    /// Stripe writes its status `canceled`; our sentences say it with two.
    #[test]
    fn one_spelling_for_our_words() {
        let mut words: Vec<&str> = Vec::new();
        for action in all() {
            words.extend([action.hint, action.verb, action.summary]);
            words.extend(action.also_called);
            for field in action.fields {
                words.extend([field.label, field.help]);
                if let crate::actions::FieldKind::Choice(choices) = field.kind {
                    words.extend(choices.iter().map(|choice| choice.says));
                }
            }
        }
        let other = ["canceled", "canceling", "finalize", "finalizing"];
        for words in words {
            // A name of Stripe's own, `canceled_at`, is one word.
            let mut each = words.split(|c: char| !c.is_alphanumeric() && c != '_');
            assert!(!each.any(|word| other.contains(&word.to_lowercase().as_str())), "{words}");
        }
    }
}
