//! Eight customers whose names try to harm whoever shows them: escapes, direction marks, formulas, length.

use super::{cast, plan::Person};

/// How many there are; they stand right behind the cast.
const COUNT: u32 = 8;

fn name(which: u32) -> String {
    match which {
        0 => "\u{1b}[2J\u{1b}[31mRed Alert\u{1b}[0m".into(),
        1 => "Clip\u{1b}]52;c;cm0gLXJmIC8=\u{7} Board\u{1b}]0;owned\u{7}".into(),
        2 => "Invoice \u{202e}gnp.exe\u{202c} Left\u{2066}Right\u{2069}".into(),
        3 => "Zero\u{200b}Width\u{200d}Join\u{200c}er\u{feff}".into(),
        4 => "Longfellow ".chars().cycle().take(10_000).collect(),
        5 => "👩‍👩‍👧‍👦👨🏽‍🚀 Family 🏳️‍🌈".into(),
        6 => "田中さくら 株式会社漢字テスト".into(),
        _ => "=HYPERLINK(\"http://evil.example\",\"Z\u{351}\u{36b}\u{343}a\u{363}\u{334}lgo\")".into(),
    }
}

/// Changes the person when the index is one of theirs.
pub(super) fn dress(person: &mut Person, index: u32, base: i64) {
    let Some(which) = index.checked_sub(cast::LAST_OF_CAST + 1).filter(|which| *which < COUNT) else {
        return;
    };
    person.name = name(which);
    person.email = format!("hostile{}@example.com", which + 1);
    person.created = base - i64::from(which + 3) * 40 * super::calendar::DAY;
    person.description = Some(match which {
        0 => "line one\r\nline two\u{8}\u{8}\u{9b}31m".into(),
        7 => "@SUM(1+1)*cmd|' /C calc'!A0".into(),
        _ => "Name as the customer typed it".to_owned(),
    });
    person.metadata.push(("nickname", name(which).chars().take(400).collect()));
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn eight_people_are_hostile_and_nobody_else() {
        let dressed = (0..40)
            .filter(|index| {
                let mut person = Person::default();
                dress(&mut person, *index, 0);
                !person.name.is_empty()
            })
            .count();
        assert_eq!(dressed, 8);
        assert_eq!(name(4).chars().count(), 10_000);
    }
}
