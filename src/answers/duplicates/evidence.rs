//! What was found of a pair, added up. Of most pairs only the sum is wanted: the signs themselves are kept where they are told.

use super::Sign;

/// As many as most have.
const SIGNS: usize = 8;

#[derive(Debug)]
pub(super) struct Evidence {
    sum: i32,
    told: Option<Vec<Sign>>,
}

impl Evidence {
    /// What it comes to, and nothing else.
    pub(super) fn weighed() -> Self {
        Self { sum: 0, told: None }
    }

    /// The signs one by one, too.
    pub(super) fn told() -> Self {
        Self { sum: 0, told: Some(Vec::with_capacity(SIGNS)) }
    }

    pub(super) fn push(&mut self, sign: Sign) {
        self.sum = self.sum.saturating_add(sign.weight());
        if let Some(told) = &mut self.told {
            told.push(sign);
        }
    }

    pub(super) fn extend(&mut self, signs: impl IntoIterator<Item = Sign>) {
        for sign in signs {
            self.push(sign);
        }
    }

    /// 0 to 100: the sum of the weights.
    pub(super) fn sure(&self) -> i32 {
        self.sum.clamp(0, 100)
    }

    /// In the order in which they were found.
    pub(super) fn into_signs(self) -> Vec<Sign> {
        self.told.unwrap_or_default()
    }
}
