//! Mistakes that are planted on purpose, to see that each is found: on the way to Stripe and in front of the ledger, so that the
//! program itself carries none of them.

use super::{
    fault::Fault,
    options::{Doing, Options},
};

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Plant {
    /// Each attempt after the first has a key of its own.
    KeyMadeAnew,
    /// What was read once is not read again before sending.
    StaleFacts,
    /// The caps are looked at before the transaction, not in it, and what others have reserved is not counted.
    CapOutsideTheTransaction,
    /// The day of the caps is this machine's, not Stripe's.
    DayOfTheMachine,
    /// A 500 is taken for a refusal.
    FailureOf500,
    /// The age of a key is forgotten, so that it is sent again when Stripe has forgotten it.
    SentAfterADay,
    /// Intent and audit record are written when the answer is there.
    RecordedAfterwards,
    /// That it is being sent is not on disk.
    SendingNotMarked,
    /// It is sent while it can still be taken back.
    HoldIgnored,
    /// What was taken back is sent all the same.
    UndoIgnored,
    /// The answer to another call is taken for ours.
    AnswerOfAnother,
    /// What is not known is said to be done.
    UnknownIsDone,
    /// What is not known is said to have failed.
    UnknownIsFailed,
    /// A refusal of the second attempt is taken for the answer to the first.
    RefusalOfARepeat,
    /// A lost connection is taken for one that was never made.
    LostIsNotSent,
    /// The rules are read once.
    RulesReadOnce,
    /// What is written is durable only with the next write.
    NotSynced,
}

const COMMANDS: Doing = Doing { keys: 0, commands: 85, settles: 10 };
const KEYS: Doing = Doing { keys: 75, commands: 0, settles: 0 };

/// One desk's folder at which nothing happens but what people do there.
fn calm(doing: Doing) -> Options {
    Options { steps: 30, doing, bent: true, dashboard: false, ..Options::quiet() }
}

/// Changes that go wrong so, each in how many of a thousand cases.
fn struck(faults: &[(Fault, u32)]) -> Options {
    Options { faults: faults.to_vec(), ..calm(COMMANDS) }
}

impl Plant {
    pub(super) const ALL: [Self; 17] = [
        Self::KeyMadeAnew,
        Self::StaleFacts,
        Self::CapOutsideTheTransaction,
        Self::DayOfTheMachine,
        Self::FailureOf500,
        Self::SentAfterADay,
        Self::RecordedAfterwards,
        Self::SendingNotMarked,
        Self::HoldIgnored,
        Self::UndoIgnored,
        Self::AnswerOfAnother,
        Self::UnknownIsDone,
        Self::UnknownIsFailed,
        Self::RefusalOfARepeat,
        Self::LostIsNotSent,
        Self::RulesReadOnce,
        Self::NotSynced,
    ];

    /// A world in which it can show: what it does wrong is often called for.
    pub(super) fn world(self) -> Options {
        match self {
            Self::KeyMadeAnew => struck(&[(Fault::ResetAfter, 300)]),
            Self::StaleFacts => Options { undo_ms: 60_000, dashboard: true, ..calm(KEYS) },
            Self::CapOutsideTheTransaction => Options { crowd: true, slow_ms: 3_000, ..calm(COMMANDS) },
            // Noon in Greenwich is an hour before midnight there.
            Self::DayOfTheMachine => Options {
                clock_jumps: true,
                zone: "Pacific/Guadalcanal",
                doing: Doing { commands: 70, ..COMMANDS },
                crowd: true,
                ..calm(COMMANDS)
            },
            Self::FailureOf500 | Self::UnknownIsDone | Self::UnknownIsFailed => {
                struck(&[(Fault::Stored500, 400)])
            }
            Self::SentAfterADay => Options { idle: true, ..struck(&[(Fault::Stored500, 400)]) },
            Self::RecordedAfterwards | Self::SendingNotMarked => calm(COMMANDS),
            Self::HoldIgnored => Options { undo_ms: 5_000, ..calm(KEYS) },
            Self::UndoIgnored => Options { undo_ms: 20_000, regret: true, ..calm(KEYS) },
            Self::AnswerOfAnother => struck(&[(Fault::Other, 400)]),
            Self::RefusalOfARepeat => struck(&[(Fault::ResetAfter, 400), (Fault::Forbidden, 400)]),
            Self::LostIsNotSent => Options { slow_ms: 3_000, ..struck(&[(Fault::ResetAfter, 700)]) },
            Self::NotSynced => Options { power_cuts: 80, ..calm(COMMANDS) },
            Self::RulesReadOnce => Options { undo_ms: 60_000, policy_edits: true, ..calm(KEYS) },
        }
    }

    /// Words by which it is known that it was found, and not something else.
    pub(super) fn shows(self) -> &'static [&'static str] {
        match self {
            Self::KeyMadeAnew | Self::RecordedAfterwards | Self::SendingNotMarked => {
                &["no intent on disk is being sent with these bytes"]
            }
            Self::StaleFacts => &["rests on"],
            Self::CapOutsideTheTransaction | Self::DayOfTheMachine => &["has refunded"],
            // Without its age, what was done since then looks like somebody else's doing.
            Self::SentAfterADay => &["a key that Stripe has forgotten", "was done 1 times"],
            Self::HoldIgnored => &["is sent while it is held"],
            Self::UndoIgnored => &["after somebody was told", "is sent while it is held", "was done 1 times"],
            Self::FailureOf500 | Self::UnknownIsFailed | Self::RefusalOfARepeat | Self::LostIsNotSent => {
                &["was done 1 times", "after somebody was told"]
            }
            Self::AnswerOfAnother | Self::UnknownIsDone => &["was done 0 times"],
            Self::RulesReadOnce => &["the rules allow less by now"],
            Self::NotSynced => &["since the power went out"],
        }
    }
}
