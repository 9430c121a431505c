//! Who the customers are: names of many cultures, places, contact data. A person can be made without the
//! history, for search.

use fastrand::Rng;

use super::{calendar::DAY, cases, cast, hostile, ids::mix, plan::Person};

const FIRST: &str = include_str!("../../../assets/world/first.txt");
const LAST: &str = include_str!("../../../assets/world/last.txt");
const CITIES: &str = include_str!("../../../assets/world/cities.txt");
const WORDS: [&str; 12] = [
    "Harbour",
    "Juniper",
    "Cobalt",
    "Meadow",
    "Lantern",
    "Quarry",
    "Tidewater",
    "Saffron",
    "Granite",
    "Willow",
    "Beacon",
    "Orchard",
];
const TRADES: [&str; 8] = ["Labs", "Studio", "GmbH", "Logistics", "& Sons", "Bakery", "Software", "Clinic"];

/// The lists, cut into lines once.
#[derive(Debug)]
pub(super) struct Names {
    first: Vec<&'static str>,
    last: Vec<&'static str>,
    cities: Vec<&'static str>,
    american: Vec<&'static str>,
    british: Vec<&'static str>,
}

impl Names {
    pub(super) fn new() -> Self {
        Self {
            first: FIRST.lines().collect(),
            last: LAST.lines().collect(),
            cities: CITIES.lines().collect(),
            american: CITIES.lines().filter(|city| city.starts_with("US")).collect(),
            british: CITIES.lines().filter(|city| city.starts_with("GB")).collect(),
        }
    }

    /// The places of a country, or of all.
    fn places(&self, country: &str) -> &[&'static str] {
        match country {
            "US" => &self.american,
            "GB" => &self.british,
            _ => &self.cities,
        }
    }
}

/// One of a list, by the generator.
pub(super) fn pick<T: Copy + Default>(rng: &mut Rng, list: &[T]) -> T {
    if list.is_empty() {
        return T::default();
    }
    list.get(rng.usize(..list.len())).copied().unwrap_or_default()
}

pub(super) fn generator(seed: u64, index: u32, salt: u64) -> Rng {
    Rng::with_seed(mix(mix(seed ^ (salt << 40)) ^ u64::from(index)))
}

/// `country|city|…` cut at the bars.
pub(super) fn place_part(place: &str, part: usize) -> &str {
    place.split('|').nth(part).unwrap_or("")
}

fn currency_of(country: &str) -> &'static str {
    match country {
        "GB" => "gbp",
        "JP" => "jpy",
        "KW" => "kwd",
        "BR" => "brl",
        "US" => "usd",
        _ => "eur",
    }
}

/// Letters that an e-mail address takes.
fn plain(name: &str) -> String {
    name.chars()
        .filter_map(|letter| match letter.to_ascii_lowercase() {
            letter if letter.is_ascii_alphanumeric() => Some(letter),
            'ä' | 'á' | 'ã' | 'å' => Some('a'),
            'ö' | 'ó' | 'ø' => Some('o'),
            'ü' | 'ú' => Some('u'),
            'é' => Some('e'),
            _ => None,
        })
        .collect()
}

/// Every fortieth customer shares an address with the one before.
fn email_owner(index: u32) -> u32 {
    if index % 40 == 17 { index - 1 } else { index }
}

fn invented_name(names: &Names, seed: u64, index: u32) -> (String, String) {
    let mut rng = generator(seed, index, 1);
    let (first, last) = (pick(&mut rng, &names.first), pick(&mut rng, &names.last));
    let domain =
        pick(&mut rng, &["example.com", "example.org", "example.net", "mail.example", "post.example"]);
    let email = format!("{}.{}{}@{domain}", plain(first), plain(last), index);
    let name = if rng.u8(..12) == 0 {
        format!("{} {}", pick(&mut rng, &WORDS), pick(&mut rng, &TRADES))
    } else {
        format!("{first} {last}")
    };
    (name, email)
}

/// The customer at `index` as somebody to look up.
pub(super) fn person(names: &Names, seed: u64, index: u32, base: i64) -> Person {
    let mut rng = generator(seed, index, 2);
    let home = pick(&mut rng, &["US", "US", "US", "", "", "GB"]);
    let place = pick(&mut rng, names.places(home));
    let (name, own) = invented_name(names, seed, index);
    let email = if email_owner(index) == index { own } else { invented_name(names, seed, index - 1).1 };
    let mut person = Person {
        created: base - rng.i64(2 * DAY..740 * DAY),
        name,
        email,
        phone: (rng.u8(..3) > 0)
            .then(|| format!("+{}{:07}", place_part(place, 5), rng.u32(1_000_000..9_999_999))),
        description: (rng.u8(..9) == 0).then(|| "Came by the partner programme".to_owned()),
        currency: currency_of(place_part(place, 0)),
        place,
        house: rng.u8(1..200),
        metadata: vec![("user_id", format!("u_{}", 10_000 + index))],
        deleted: index > cast::LAST_OF_CAST && index % 97 == 41,
    };
    if !cast::dress(&mut person, index, base) && !cases::dress(&mut person, index, base) {
        hostile::dress(&mut person, index, base);
    }
    person
}

#[cfg(test)]
mod tests {
    use super::*;

    const BASE: i64 = 1_795_392_000;

    #[test]
    fn the_lists_are_clean() {
        let names = Names::new();
        assert!(names.first.len() > 280 && names.last.len() > 400);
        assert!(names.cities.iter().all(|city| city.split('|').count() == 6));
        assert!(!names.first.contains(&"Ada"));
    }

    #[test]
    fn only_one_ada_l_in_the_world() {
        let names = Names::new();
        let adas = (0..5_000)
            .filter(|index| person(&names, 9, *index, BASE).name.starts_with("Ada L"))
            .collect::<Vec<_>>();
        assert_eq!(adas, [0]);
    }

    #[test]
    fn some_share_an_address() {
        let names = Names::new();
        assert_eq!(person(&names, 3, 57, BASE).email, person(&names, 3, 56, BASE).email);
        assert_ne!(person(&names, 3, 58, BASE).email, person(&names, 3, 57, BASE).email);
        assert_eq!(person(&names, 3, 58, BASE).email, person(&names, 3, 58, BASE).email);
    }
}
