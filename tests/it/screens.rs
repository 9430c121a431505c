//! What the agent sees, one screen a story, on the real sandbox at three sizes.

use crate::harness::desk::{Desk, Options, desk};

fn at(size: (u16, u16)) -> Desk {
    Desk::open(Options { size, ..Options::default() })
}

#[test]
fn an_opened_customer() {
    insta::assert_snapshot!(
        "customer_140x42",
        desk().press("ada@").settle().press("<enter>").settle().screen()
    );
}

#[test]
fn an_opened_customer_on_a_small_terminal() {
    insta::assert_snapshot!(
        "customer_80x24",
        at((80, 24)).press("ada@").settle().press("<enter>").settle().screen()
    );
    insta::assert_snapshot!(
        "customer_60x16",
        at((60, 16)).press("ada@").settle().press("<enter>").settle().screen()
    );
}
