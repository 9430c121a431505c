//! Work on a hundred thousand things in two halves at once: most of it is waiting for memory, and two wait for half as long.

use std::{panic, thread};

/// Fewer are gone through before a thread has begun.
const MANY: usize = 4_000;

/// Both, at once where there is enough to do; one after the other where no thread is to be had.
pub(super) fn both<A: Send, B>(
    things: usize,
    one: impl Fn() -> A + Sync,
    other: impl FnOnce() -> B,
) -> (A, B) {
    if things < MANY {
        return (one(), other());
    }
    thread::scope(|scope| {
        let begun = thread::Builder::new().spawn_scoped(scope, &one);
        let other = other();
        let one = begun
            .map_or_else(|_| one(), |begun| begun.join().unwrap_or_else(|panic| panic::resume_unwind(panic)));
        (one, other)
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn both_are_done_whether_at_once_or_not() {
        let words = ["this", "that"];
        for things in [1, MANY] {
            assert_eq!(both(things, || words[0].len(), || words[1]), (4, "that"));
        }
    }
}
