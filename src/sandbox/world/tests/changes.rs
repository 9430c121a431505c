//! What callers may change, and what they are told when they may not.
