//! Slips that somebody could make, planted to see that each is found.

/// A slip that somebody could make, planted to see that it is found.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Bug {
    None,
    /// A limit is not part of what it allows.
    LimitExclusive,
    /// The day's sum is compared before this refund is added.
    CapForgetsItself,
    /// The team's cap is counted over the agent alone.
    TeamIsAgent,
    /// Without Stripe, what this machine counted is taken for all.
    LocalIsEnough,
    /// One refund more than the count allows.
    OnceTooOften,
    /// A currency without a limit takes that of another.
    CurrencyFallsBack,
    /// What the agent's own section says is not read.
    AgentIgnored,
    /// A role forgets what it extends.
    NoInheritance,
    /// A role that names one currency loses the others.
    AmountsReplaced,
    /// A disputed charge is fine where nothing is said.
    DisputeAllowed,
    /// Hours end a minute late.
    HoursInclusive,
    /// The small hours belong to the day that the calendar shows.
    NightIsToday,
    /// Days begin in Greenwich.
    ZoneIgnored,
    /// A confirmation lifts the need for a second person.
    ConfirmBeatsSecond,
    /// One refund in two parts is two small ones.
    PartsForgotten,
    /// What is left of the charge is Stripe's business.
    LeftIgnored,
    /// A discount for ever is short.
    EverIsShort,
    /// `none` is always a fine proration, whatever the plan costs then.
    NoneAlwaysFine,
    /// A trial is counted in days, and their rest is lost.
    TrialRounded,
    /// An assistant is a person like any other.
    AssistantFree,
    /// An assistant with another role is none.
    AssistantByRoleAlone,
    /// A blank reason is a reason.
    BlankIsGiven,
}

impl Bug {
    pub(crate) const PLANTED: &[Self] = &[
        Self::LimitExclusive,
        Self::CapForgetsItself,
        Self::TeamIsAgent,
        Self::LocalIsEnough,
        Self::OnceTooOften,
        Self::CurrencyFallsBack,
        Self::AgentIgnored,
        Self::NoInheritance,
        Self::AmountsReplaced,
        Self::DisputeAllowed,
        Self::HoursInclusive,
        Self::NightIsToday,
        Self::ZoneIgnored,
        Self::ConfirmBeatsSecond,
        Self::PartsForgotten,
        Self::LeftIgnored,
        Self::EverIsShort,
        Self::NoneAlwaysFine,
        Self::TrialRounded,
        Self::AssistantFree,
        Self::AssistantByRoleAlone,
        Self::BlankIsGiven,
    ];
}
