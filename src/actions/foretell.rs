//! Which reading action tells beforehand what a change comes to, and what that one is asked.

use super::{Action, Args, Effect, Gate, Moment, Subject, all};
use crate::request::Request;

/// What is said of how it is computed, and changes nothing by itself.
const MANNER: &str = "proration";

impl Action {
    /// The reading action that tells beforehand what this one does: it is about the same object and takes the same fields.
    pub fn teller(&self) -> Option<&'static Self> {
        // What pauses or ends a subscription is no change of what it costs.
        if matches!(self.gate, Gate::Pause | Gate::Cancel) || self.effect == Effect::Read {
            return None;
        }
        let about = |one: &Self| Some(one.field(one.target_field()?)?.kind);
        let tells = |one: &&Self| {
            one.effect == Effect::Read && one.endpoint.path.ends_with("preview") && about(one) == about(self)
        };
        all().find(tells)
    }

    /// Whether something is given that changes what its teller would tell.
    pub fn is_told_of(&self, args: &Args) -> bool {
        let Some(teller) = self.teller() else { return false };
        let target = self.target_field();
        let told = |name: &&String| teller.field(name).is_some() && Some(name.as_str()) != target;
        args.0.keys().filter(told).any(|name| !name.starts_with(MANNER))
    }

    /// The call that tells what it comes to with these arguments; none where nothing is given that it would be about, or not yet as
    /// it can be asked.
    pub fn foretell(&self, args: &Args, subject: &Subject, moment: &Moment) -> Option<Request> {
        let teller = self.teller().filter(|_| self.is_told_of(args))?;
        let mut asked = Args::default();
        for (name, value) in args.0.iter().filter(|(name, _)| teller.field(name).is_some()) {
            asked.set(name, value.clone());
        }
        teller.call(&asked, Some(subject), moment).ok()
    }
}
