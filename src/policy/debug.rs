//! What `{:?}` tells of a decision: rules, marks and amounts. What was typed, and sentences that name people's things, stay out of
//! logs and crash reports.

use std::fmt;

use super::{Confirm, Fact, Facts, Given, Looked};
use crate::text::Hidden;

impl fmt::Debug for Facts {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Facts")
            .field("now", &self.now)
            .field("live", &self.live)
            .field("read_only", &self.read_only.is_some())
            .field("subject", &self.subject)
            .field("spent", &self.spent)
            .finish_non_exhaustive()
    }
}

impl<T: fmt::Debug> fmt::Debug for Fact<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Known(known) => f.debug_tuple("Known").field(known).finish(),
            Self::Unknown(why) => f.debug_tuple("Unknown").field(&Hidden(why)).finish(),
        }
    }
}

impl fmt::Debug for Confirm {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Plain => f.write_str("Plain"),
            Self::TypeAmount(amount) => f.debug_tuple("TypeAmount").field(amount).finish(),
            Self::TypeName(name) => f.debug_tuple("TypeName").field(&Hidden(name)).finish(),
        }
    }
}

impl fmt::Debug for Looked {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} {:?} {:?}", self.rule, self.mark, Hidden(&self.says))
    }
}

impl fmt::Debug for Given {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Nothing => f.write_str("Nothing"),
            Self::Enter => f.write_str("Enter"),
            Self::Typed(text) => f.debug_tuple("Typed").field(&Hidden(text)).finish(),
            Self::Yes => f.write_str("Yes"),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::policy::Mark;

    #[test]
    fn nothing_that_people_wrote_is_told() {
        let looked = Looked {
            rule: "refunds.max".into(),
            mark: Mark::Deny,
            input: "Ada".into(),
            says: "Ada owes it".into(),
            allowed: Some("Ada".into()),
            lacks: None,
        };
        let told = format!(
            "{looked:?} {:?} {:?} {:?}",
            Given::Typed("Ada".into()),
            Confirm::TypeName("Ada".into()),
            Fact::<u8>::Unknown("Ada could not be read".into())
        );
        assert!(!told.contains("Ada"), "{told}");
        assert!(told.contains("refunds.max Deny"), "{told}");
    }
}
