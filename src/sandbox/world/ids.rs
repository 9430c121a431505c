//! Ids that lead back to their customer without a table: a keyed permutation of (owner, ordinal) and a check,
//! in base 62 behind the kind's prefix.

use super::kind::Kind;

const ALPHABET: &[u8; 62] = b"0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz";
const SHORT_DIGITS: usize = 14;
const LONG_DIGITS: usize = 22;
/// Bits of check that fit in 14 digits beside the 64 of the number.
const SHORT_CHECK: u64 = (1 << 19) - 1;
const FIRST: u64 = 0x9E37_79B9_7F4A_7C15;
const SECOND: u64 = 0xD6E8_FEB8_6659_FD93;

/// Objects that belong to nobody (products, prices) have this owner.
pub(super) const CATALOG: u32 = u32::MAX;

/// Spreads a number over 64 bits; not invertible by name, but the same for the same number.
pub(super) fn mix(number: u64) -> u64 {
    let mut x = number.wrapping_add(FIRST);
    x = (x ^ (x >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
    x = (x ^ (x >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
    x ^ (x >> 31)
}

/// The inverse of an odd number modulo 2^64: Newton's steps double the right bits.
const fn inverse(odd: u64) -> u64 {
    let mut x = odd;
    let mut step = 0;
    while step < 6 {
        x = x.wrapping_mul(2u64.wrapping_sub(odd.wrapping_mul(x)));
        step += 1;
    }
    x
}

/// Writes and reads the ids of one seed.
#[derive(Clone, Copy, Debug)]
pub(super) struct Ids {
    key: u64,
}

impl Ids {
    pub(super) fn new(seed: u64) -> Self {
        Self { key: mix(seed ^ 0x5AFE) }
    }

    fn kind_key(self, kind: Kind) -> u64 {
        mix(self.key ^ kind.number())
    }

    fn scramble(self, kind: Kind, number: u64) -> u64 {
        let mut x = (number ^ self.kind_key(kind)).wrapping_mul(FIRST);
        x ^= x >> 32;
        x = x.wrapping_mul(SECOND);
        x ^ (x >> 32)
    }

    fn unscramble(self, kind: Kind, scrambled: u64) -> u64 {
        let mut x = scrambled ^ (scrambled >> 32);
        x = x.wrapping_mul(inverse(SECOND));
        x ^= x >> 32;
        x.wrapping_mul(inverse(FIRST)) ^ self.kind_key(kind)
    }

    /// `ch_3P…` (24 characters behind the prefix) or `cus_…` (14).
    pub(super) fn write(self, kind: Kind, owner: u32, ordinal: u32) -> String {
        let scrambled = self.scramble(kind, (u64::from(owner) << 32) | u64::from(ordinal));
        let check = mix(scrambled ^ self.key);
        let start = kind.start();
        let (number, digits) = if start.is_empty() {
            ((u128::from(check & SHORT_CHECK) << 64) | u128::from(scrambled), SHORT_DIGITS)
        } else {
            ((u128::from(check) << 64) | u128::from(scrambled), LONG_DIGITS)
        };
        format!("{}_{start}{}", kind.prefix(), base62(number, digits))
    }

    /// Kind, owner and ordinal of an id of this seed; None for any other text.
    pub(super) fn read(self, id: &str) -> Option<(Kind, u32, u32)> {
        let (prefix, rest) = id.rsplit_once('_')?;
        let kind = Kind::of_prefix(prefix)?;
        let digits = rest.strip_prefix(kind.start())?;
        let number = from_base62(digits)?;
        let scrambled = u64::try_from(number & u128::from(u64::MAX)).ok()?;
        let plain = self.unscramble(kind, scrambled);
        let owner = u32::try_from(plain >> 32).ok()?;
        let ordinal = u32::try_from(plain & u64::from(u32::MAX)).ok()?;
        (self.write(kind, owner, ordinal) == id).then_some((kind, owner, ordinal))
    }
}

/// `number` in base 62, `digits` long, zeros in front.
pub(super) fn base62(mut number: u128, digits: usize) -> String {
    let mut written = Vec::with_capacity(digits);
    for _ in 0..digits {
        let digit = usize::try_from(number % 62).unwrap_or(0);
        written.push(ALPHABET.get(digit).copied().map_or('0', char::from));
        number /= 62;
    }
    written.iter().rev().collect()
}

fn from_base62(digits: &str) -> Option<u128> {
    let mut number: u128 = 0;
    for digit in digits.bytes() {
        let value = ALPHABET.iter().position(|letter| *letter == digit)?;
        number = number.checked_mul(62)?.checked_add(u128::try_from(value).ok()?)?;
    }
    Some(number)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    proptest! {
        #[test]
        fn an_id_leads_back(seed: u64, owner: u32, ordinal: u32) {
            let ids = Ids::new(seed);
            for kind in [Kind::Customer, Kind::Charge, Kind::Schedule, Kind::SubscriptionItem] {
                prop_assert_eq!(ids.read(&ids.write(kind, owner, ordinal)), Some((kind, owner, ordinal)));
            }
        }

        #[test]
        fn other_text_is_no_id(text in "(ch|cus|sub_sched)_[0-9A-Za-z]{0,30}") {
            prop_assert_eq!(Ids::new(7).read(&text), None);
        }
    }

    #[test]
    fn ids_are_as_long_as_stripes() {
        let ids = Ids::new(1);
        assert_eq!(ids.write(Kind::Customer, 1, 0).len(), "cus_".len() + 14);
        assert_eq!(ids.write(Kind::Charge, 1, 0).len(), "ch_".len() + 24);
        assert_ne!(ids.write(Kind::Charge, 1, 0), Ids::new(2).write(Kind::Charge, 1, 0));
    }
}
