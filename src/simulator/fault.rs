//! What can happen to one call on its way to Stripe, there, and on its way back.

/// What becomes of a call. Each kind is drawn apart from the others.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Fault {
    /// No connection: nothing leaves.
    NoConnection,
    /// Cut off on the way there: it never arrives.
    ResetBefore,
    /// Done, and cut off on the way back.
    ResetAfter,
    /// Cut off as it seems, and arriving up to a minute and a half later.
    Late,
    /// It arrives twice.
    Twice,
    /// Half of the answer comes.
    Cut,
    /// A web page with status 502, whether it was done or not.
    WebPage,
    /// A 500 that is kept for the key. It may have been done, may be done within the hour, or never.
    Stored500,
    /// 429, without a word or with `Retry-After`.
    Limited,
    /// 429: somebody holds the object.
    Locked,
    /// 409, as if an earlier attempt were running.
    InUse,
    /// No answer ever comes.
    Stalled,
    /// 401 or 403.
    Forbidden,
    /// A success about something else, whether it was done or not.
    Other,
    /// A refusal that is kept for the key and replayed.
    Refused,
    /// Stripe waits for its own second person.
    Approval,
}

impl Fault {
    pub(super) const ALL: [Self; 16] = [
        Self::NoConnection,
        Self::ResetBefore,
        Self::ResetAfter,
        Self::Late,
        Self::Twice,
        Self::Cut,
        Self::WebPage,
        Self::Stored500,
        Self::Limited,
        Self::Locked,
        Self::InUse,
        Self::Stalled,
        Self::Forbidden,
        Self::Other,
        Self::Refused,
        Self::Approval,
    ];

    /// Only of changes: a read that is answered so says nothing new.
    pub(super) fn is_for_changes(self) -> bool {
        matches!(self, Self::Late | Self::Twice | Self::InUse | Self::Other | Self::Refused | Self::Approval)
    }
}
