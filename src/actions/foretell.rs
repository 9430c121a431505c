//! Which reading action tells beforehand what a change comes to, and what that one is asked.

use super::{Action, Args, Effect, Gate, Moment, Subject, all};
use crate::request::Request;

/// What is said of how it is computed, and changes nothing by itself.
const MANNER: &str = "proration";
const PRORATION: &str = "proration_behavior";

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
        // What the change says besides, whoever left it out: Stripe would take another default for its preview.
        let built = self.propose(args, subject, moment).ok();
        let said = built.as_ref().and_then(|proposal| proposal.request.param(PRORATION));
        if let Some(value) = said.filter(|_| teller.field(PRORATION).is_some()) {
            asked.set(PRORATION, value.to_owned());
        }
        teller.call(&asked, Some(subject), moment).ok()
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use crate::actions::{
        find,
        fixture::{args, moment, subject},
    };

    #[test]
    fn what_a_change_comes_to_is_asked_with_what_the_change_is_given() {
        let on =
            subject(&json!({"id": "sub_1", "status": "trialing", "currency": "usd", "items": {"data": []}}));
        let asked = |action: &str, given: &[(&str, &str)]| {
            let request = find(action).unwrap().foretell(&args(given), &on, &moment());
            request.map(|request| request.form())
        };
        let sub = ("subscription", "sub_1");
        let now = asked("extend_trial", &[sub, ("trial_end", "now")]).unwrap();
        assert!(
            now.contains("subscription_details[trial_end]=now"),
            "it is a word of Stripe's, and no time: {now}"
        );
        let later = asked("extend_trial", &[sub, ("trial_end", "1797325920")]).unwrap();
        assert!(later.contains("subscription_details[trial_end]=1797325920"), "{later}");
        // Left out, it is sent as none: free time gives nothing back.
        assert!(later.contains("subscription_details[proration_behavior]=none"), "{later}");
        for (action, given) in [
            // Nothing of what it costs.
            ("update_subscription", &[sub, ("description", "x")] as &[_]),
            ("update_subscription", &[sub, ("proration_behavior", "none")]),
            ("cancel_subscription", &[sub, ("when", "now")]),
            ("get_subscription", &[sub]),
        ] {
            assert_eq!(asked(action, given), None, "{action} {given:?}");
        }
    }
}
