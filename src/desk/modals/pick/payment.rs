//! A payment where a charge is to be chosen: links to the Dashboard lead to it, and it leads to its charge.

use serde::{Deserialize, Serialize};
use serde_json::Value;

use super::Pick;
use crate::{
    desk::{
        message::{Commands, TaskId, Trouble},
        question::{Answer, Question},
        sheet::{Line, Tone},
        state::State,
    },
    model::{Kind, PaymentIntentId},
};

/// How far it is.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
pub(super) enum Led {
    #[default]
    Unasked,
    Asked(TaskId),
    Nowhere(String),
}

impl Pick {
    /// The payment that stands in the line where a charge is meant.
    pub(super) fn payment(&self) -> Option<PaymentIntentId> {
        PaymentIntentId::parse(self.narrow.value()).ok().filter(|_| self.kind == Some(Kind::Charge))
    }

    /// Enter asks for its charge.
    pub(super) fn can_be_led(&self) -> bool {
        matches!(self.led, Led::Unasked) && self.payment().is_some()
    }

    pub(super) fn lead(&mut self, state: &mut State, commands: &mut Commands) {
        if let Some(payment) = self.payment() {
            self.led = Led::Asked(state.ask(Question::Object(payment.any()), false, commands));
        }
    }

    /// Its charge stands in the line then, as if it had been typed.
    pub(super) fn is_led(&mut self, task: TaskId, result: &Result<Answer, Trouble>) -> bool {
        if !matches!(self.led, Led::Asked(asked) if asked == task) {
            return false;
        }
        let charge = match result {
            Ok(Answer::Object(_, record)) => {
                let charge = record.object().get("latest_charge").cloned().unwrap_or_default();
                let id = charge.as_str().or_else(|| charge.get("id").and_then(Value::as_str));
                id.map(str::to_owned).ok_or("it has no charge: nothing was paid with it, or tried".to_owned())
            }
            Ok(_) => Err("it could not be read".to_owned()),
            Err(trouble) => Err(trouble.what.clone()),
        };
        self.led = match charge {
            Ok(charge) => {
                self.narrow.put(&charge);
                Led::Unasked
            }
            Err(why) => Led::Nowhere(why),
        };
        true
    }

    /// What becomes of the payment in the line.
    pub(super) fn led_words(&self) -> Option<Line> {
        self.payment()?;
        Some(match &self.led {
            Led::Unasked => Line::toned("a payment: Enter looks for its charge", Tone::Strong),
            Led::Asked(_) => Line::toned("asking Stripe for its charge…", Tone::Dim),
            Led::Nowhere(why) => Line::toned(format!("✖ {why}"), Tone::Bad),
        })
    }
}
