//! What was written behind `paydesk run`, checked as far as that goes without Stripe.

use super::lines::EACH;
use crate::{
    actions::{self, Action, Args as Arguments, Field, FieldKind, Gives, Moment, Other},
    answers::payment,
    cli::{
        customer::by_email,
        exit::Failed,
        explain,
        wire::{Connected, Setup},
    },
    model::{ChargeId, PaymentIntentId},
    text::{clean, nearest},
    time::{Clock as _, SystemClock},
};

/// An action and its arguments.
pub(in crate::cli) struct Wanted {
    pub(in crate::cli) action: &'static Action,
    pub(super) arguments: Arguments,
    /// What is named by something else that leads to it: a customer by an address, a charge by its payment.
    by_other: Vec<&'static Field>,
    /// The field that gets a line of standard input each time.
    pub(in crate::cli) each: Option<&'static Field>,
}

/// An action by name, or the nearest one.
pub(in crate::cli) fn action(name: &str) -> Result<&'static Action, Failed> {
    actions::find(name).ok_or_else(|| no_action(name))
}

pub(in crate::cli) fn no_action(name: &str) -> Failed {
    let called = || actions::called(name).map(|action| action.name);
    let hint = match nearest(name, actions::all().map(|action| action.name)).or_else(called) {
        Some(nearest) => format!("did you mean `{nearest}`?"),
        None => "`paydesk actions` lists them".to_owned(),
    };
    Failed::Usage(format!("there is no action `{}`: {hint}", clean(name)))
}

pub(in crate::cli) fn moment(setup: &Setup) -> Moment {
    Moment { now: SystemClock.now(), zone: setup.zone() }
}

pub(in crate::cli) fn read(
    action: &'static Action,
    parameters: &[String],
    moment: &Moment,
) -> Result<Wanted, Failed> {
    let mut arguments = Arguments::default();
    for parameter in parameters {
        let (field, value) = one(action, parameter)?;
        // Under its own name, whichever of the two was written.
        if arguments.0.contains_key(field.name) {
            return Err(Failed::Usage(format!("`{}` is given twice", field.name)));
        }
        arguments.set(field.name, value);
    }
    let (mut by_other, mut each) = (Vec::new(), None);
    for field in action.fields {
        if matches!(field.kind, FieldKind::Id(_)) && arguments.get(field.name) == Some(EACH) {
            if let Some(Field { name, .. }) = each.replace(field) {
                let message = format!("{name} and {} cannot both be read from standard input", field.name);
                return Err(Failed::Usage(message));
            }
        } else if field.by_other(&arguments).is_some() {
            by_other.push(field);
        } else {
            check(field, &arguments, moment)?;
        }
    }
    Ok(Wanted { action, arguments, by_other, each })
}

/// `charge=ch_1`: the field and what it is given.
fn one<'p>(action: &'static Action, parameter: &'p str) -> Result<(&'static Field, &'p str), Failed> {
    let (name, value) = parameter.split_once('=').ok_or_else(|| {
        Failed::Usage(format!("`{}` is no parameter: write NAME=VALUE; {}", clean(parameter), takes(action)))
    })?;
    if value.trim().is_empty() {
        // An unset variable in a script must not mean "all of it".
        let name = clean(name);
        return Err(Failed::Usage(format!("{name} is empty: give a value, or leave the parameter out")));
    }
    let field = action.field(name).ok_or_else(|| {
        let hint = match nearest(name, action.fields.iter().map(|field| field.name)) {
            Some(nearest) => format!("did you mean `{nearest}`?"),
            // Stripe's own parameter of every list.
            None if name == "limit" && matches!(action.gives, Gives::List(_)) => {
                "did you mean `--limit`?".to_owned()
            }
            None => takes(action),
        };
        Failed::Usage(format!("{} has no parameter `{}`: {hint}", action.name, clean(name)))
    })?;
    Ok((field, value))
}

fn takes(action: &Action) -> String {
    if action.fields.is_empty() {
        return format!("{} takes none", action.name);
    }
    let fields: Vec<_> = action.fields.iter().map(|field| field.name).collect();
    format!("{} takes {}", action.name, fields.join(", "))
}

fn check(field: &Field, arguments: &Arguments, moment: &Moment) -> Result<(), Failed> {
    field.check(arguments, moment).map_err(|error| Failed::Usage(error.to_string()))
}

/// The charge that a payment came to.
async fn charge_of(connected: &Connected, id: &PaymentIntentId) -> Result<ChargeId, Failed> {
    let bag = explain::read(connected, |bag| payment::looks(bag, id)).await?;
    payment::charge(&bag, id).map_err(Failed::Usage)
}

impl Wanted {
    /// Stripe has to be asked whom an address belongs to.
    pub(super) fn is_to_be_looked_up(&self) -> bool {
        !self.by_other.is_empty()
    }

    /// The same with a value for the field that gets one each time.
    pub(super) fn with(&self, field: &'static Field, given: &str, moment: &Moment) -> Result<Self, Failed> {
        let arguments = self.arguments.clone().with(field.name, given);
        let mut by_other = self.by_other.clone();
        if field.by_other(&arguments).is_some() {
            by_other.push(field);
        } else {
            check(field, &arguments, moment)?;
        }
        Ok(Self { action: self.action, arguments, by_other, each: None })
    }

    /// Times as the instants that they mean at `moment`, so that what is sent is what was decided, to the second.
    pub(super) fn freeze(&mut self, moment: &Moment) -> Result<(), Failed> {
        let frozen = self.arguments.frozen(self.action.fields, moment);
        self.arguments = frozen.map_err(|error| Failed::Usage(error.to_string()))?;
        Ok(())
    }

    /// Puts ids in the place of addresses, each of which has to be one customer's alone.
    pub(in crate::cli) async fn look_up(
        &mut self,
        connected: &Connected,
        moment: &Moment,
    ) -> Result<(), Failed> {
        for field in std::mem::take(&mut self.by_other) {
            let name = field.name;
            let found = match field.by_other(&self.arguments) {
                Some(Other::Payment(payment)) => {
                    charge_of(connected, &payment).await.map(|id| id.to_string())
                }
                Some(Other::Email(email)) => by_email(connected, &email).await.map(|id| id.to_string()),
                None => continue,
            };
            let id = found.map_err(|failed| match failed {
                Failed::Usage(message) => Failed::Usage(format!("{name}: {message}")),
                other => other,
            })?;
            self.arguments.set(name, id);
        }
        for field in self.action.fields {
            check(field, &self.arguments, moment)?;
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use jiff::tz::TimeZone;

    use super::*;
    use crate::{model::Kind, time::Unix};

    fn wanted(line: &str) -> Result<Wanted, String> {
        let mut words = line.split(' ').map(str::to_owned);
        let moment = Moment { now: Unix(1_795_435_200), zone: TimeZone::UTC };
        let name = words.next().unwrap();
        let parameters: Vec<_> = words.collect();
        let found = action(&name).and_then(|action| read(action, &parameters, &moment));
        found.map_err(|failed| match failed {
            Failed::Usage(message) => message,
            other => panic!("{other:?}"),
        })
    }

    fn error(line: &str) -> String {
        wanted(line).err().unwrap_or_default()
    }

    #[test]
    fn the_one_action_more_that_tests_have_is_taken_like_any_other() {
        assert_eq!(error("delete_invoice_item invoice_item=ii_1 note=x"), "");
        assert!(
            error("delete_invoice_itme invoice_item=ii_1").ends_with("did you mean `delete_invoice_item`?")
        );
        assert!(
            error("delete_invoice_item invoice_item=in_1")
                .contains("is an invoice, but an invoice item is needed")
        );
    }

    #[test]
    fn names_that_are_almost_right_are_guessed() {
        assert!(error("refund_chrage charge=ch_1").ends_with("did you mean `refund_charge`?"));
        assert!(error("frobnicate").contains("`paydesk actions` lists them"));
        assert!(error("refund_charge charge=ch_1 amuont=3").ends_with("did you mean `amount`?"));
        assert!(error("list_charges limit=3").ends_with("did you mean `--limit`?"));
        assert!(!error("refund_charge charge=ch_1 limit=3").contains("--limit"));
        assert!(error("refund_charge ch_1").contains("write NAME=VALUE; refund_charge takes charge, amount"));
    }

    #[test]
    fn values_are_checked_before_anything_is_asked() {
        assert_eq!(error("refund_charge charge=ch_1 amount=5 reason=duplicate"), "");
        assert!(error("refund_charge amount=5").contains("charge: it is required: give charge=ch_"));
        assert!(error("refund_charge charge=cus_1").contains("is a customer, but a charge is needed"));
        assert!(error("refund_charge charge=ch_1 reason=because").contains("not one of duplicate"));
        assert!(error("refund_charge charge=ch_1 charge=ch_2").contains("given twice"));
        assert!(error("get_charge charge=").contains("charge is empty"));
        let both = error("list_charges customer=- payment_intent=-");
        assert!(both.contains("cannot both be read from standard input"), "{both}");
        assert!(
            error("cancel_subscription subscription=sub_1 when=date on=soon")
                .contains("on: `soon` is not a time")
        );
    }

    #[test]
    fn a_customer_may_be_named_by_an_address_and_nobody_else() {
        assert!(wanted("list_charges customer=ada@example.com").unwrap().is_to_be_looked_up());
        assert!(!wanted("list_charges customer=cus_1").unwrap().is_to_be_looked_up());
        assert!(error("get_charge charge=ada@example.com").contains("not an id"));
    }

    #[test]
    fn a_link_is_an_id() {
        let link = "https://dashboard.stripe.com/test/payments/ch_1";
        assert_eq!(error(&format!("get_charge charge={link}")), "");
    }
    /// What such a field never takes, and what is said to it.
    fn wrong(kind: FieldKind) -> Vec<(String, &'static str)> {
        let one = |value: &str, says| vec![(value.to_owned(), says)];
        let pair = |name: usize, value: usize| format!("{}={}", "n".repeat(name), "v".repeat(value));
        match kind {
            FieldKind::Id(Kind::Customer) => one("ch_1", "is a charge, but a customer is needed"),
            FieldKind::Id(_) => one("cus_1", "is a customer, but a"),
            FieldKind::Choice(_) => one("nonsense", "is not one of"),
            FieldKind::Text { most } => vec![("x".repeat(most + 1), "characters are too many")],
            FieldKind::Texts { most } => {
                vec![(format!("a,{}", "x".repeat(most + 1)), "characters are too many")]
            }
            FieldKind::Int { least, most } => vec![
                ((least - 1).to_string(), "is not between"),
                ((most + 1).to_string(), "is not between"),
                ("1.5".into(), "is no whole number"),
            ],
            FieldKind::When => one("soon", "is not a time"),
            FieldKind::Bool => one("maybe", "is neither true nor false"),
            FieldKind::Pairs => vec![
                (pair(41, 1), "a name of 41 characters is too long: 40 fit"),
                (pair(1, 501), "a value of 501 characters is too long: 500 fit"),
                (
                    (0..51).map(|n| format!("k{n}=v,")).collect::<Vec<_>>().concat(),
                    "51 pairs are too many: Stripe keeps 50",
                ),
                ("order".into(), "is no pair"),
                ("paydesk_intent=x".into(), "are kept for the audit trail"),
            ],
            FieldKind::Items => vec![
                ("price_1:1000000000".into(), "a quantity is a whole number"),
                ("price_1:-1".into(), "a quantity is a whole number"),
                ("prod_1".into(), "is none of price_"),
            ],
            FieldKind::Money => Vec::new(),
        }
    }

    #[test]
    fn every_field_of_every_action_says_what_is_wrong_and_what_would_be_right() {
        let moment = Moment { now: Unix(1_795_435_200), zone: TimeZone::UTC };
        for action in actions::all() {
            for field in action.fields {
                // Of what its owner made up nothing tells that it is something else.
                if matches!(field.kind, FieldKind::Id(kind) if kind.prefix().is_empty()) {
                    continue;
                }
                for (value, says) in wrong(field.kind) {
                    let others =
                        action.fields.iter().filter(|other| other.required && other.name != field.name);
                    let mut parameters: Vec<_> = others
                        .map(|other| match other.kind {
                            FieldKind::Id(kind) => format!("{}={}1", other.name, kind.prefix()),
                            _ => format!("{}={}", other.name, other.example),
                        })
                        .collect();
                    parameters.push(format!("{}={value}", field.name));
                    let said = read(action, &parameters, &moment).err().map(|failed| failed.message());
                    let said = said.unwrap_or_else(|| panic!("{} takes {parameters:?}", action.name));
                    assert!(said.contains(says) && said.starts_with(field.name), "{}: {said}", action.name);
                }
            }
        }
    }
}
