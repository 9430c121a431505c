//! Shapes only: filled in by a later commit.
use super::{message::*, modals::Modal, state::State};
use crate::{
    actions::Action,
    gate::Stopped,
    ledger::{Ending, Intent},
};
pub fn begin(_: &mut State, _: &'static Action, _: &mut Commands) -> Option<Modal> {
    None
}
pub fn prepared(_: &mut State, _: TaskId, _: Result<Box<Intent>, Box<Stopped>>, _: &mut Commands) {}
pub fn wake(_: &mut State, _: &mut Commands) {}
pub fn take_back(_: &mut State, _: &mut Commands) {}
pub fn ended(_: &mut State, _: TaskId, _: Ending, _: &mut Commands) {}
pub fn may_quit(_: &State) -> Result<(), Modal> {
    Ok(())
}
pub fn terminate(_: &mut State, _: &mut Commands) {}
pub fn leave_when_quiet(s: &mut State, c: &mut Commands) {
    if s.quitting {
        c.push(Command::Quit)
    }
}
