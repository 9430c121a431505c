//! The conversations, as keys, on the real sandbox over HTTP.

use paydesk::ledger::IntentState;

use crate::harness::desk::{Desk, desk};

fn ada() -> Desk {
    let mut desk = desk();
    desk.press("ada@").settle().press("<enter>").settle();
    desk
}

#[test]
fn look() {
    let mut desk = ada();
    println!("{}", desk.press("r").settle().screen());
    desk.press("99.00");
    println!("{}", desk.screen());
    let mut desk = crate::harness::desk::desk();
    desk.press("grace@").settle().press("<enter>").settle().press("3x").settle();
    println!("{}", desk.screen());
    let _ = IntentState::Held;
}
