//! What letters in German, French and Spanish say of days and cards, in the English words that are read; and the lines of a mail
//! that are no part of what was written.

/// A day, a weekday or a month, each with its English word. What also means something else in English is left out.
const WORDS: [(&str, &[&str]); 21] = [
    ("today", &["heute", "aujourd'hui", "aujourd’hui", "hoy"]),
    ("yesterday", &["gestern", "ayer"]),
    ("monday", &["montag", "lundi", "lunes"]),
    ("tuesday", &["dienstag", "mardi", "martes"]),
    ("wednesday", &["mittwoch", "mercredi", "miércoles", "miercoles"]),
    ("thursday", &["donnerstag", "jeudi", "jueves"]),
    ("friday", &["freitag", "vendredi", "viernes"]),
    ("saturday", &["samstag", "sonnabend", "samedi", "sábado", "sabado"]),
    ("sunday", &["sonntag", "dimanche", "domingo"]),
    ("january", &["januar", "jänner", "janvier", "enero"]),
    ("february", &["februar", "feber", "février", "fevrier", "febrero"]),
    ("march", &["märz", "maerz", "mars", "marzo"]),
    ("april", &["avril", "abril"]),
    ("may", &["mai", "mayo"]),
    ("june", &["juni", "juin", "junio"]),
    ("july", &["juli", "juillet", "julio"]),
    ("august", &["août", "aout", "agosto"]),
    ("september", &["septembre", "septiembre", "setiembre"]),
    ("october", &["oktober", "octobre", "octubre"]),
    ("november", &["novembre", "noviembre"]),
    ("december", &["dezember", "décembre", "decembre", "diciembre"]),
];

/// `of`, between a day and its month.
pub(super) const OF: [&str; 3] = ["of", "de", "del"];

/// Words before the last four digits of a card.
pub(super) const BEFORE_CARD: [&str; 15] = [
    "ending",
    "ends",
    "card",
    "visa",
    "mastercard",
    "amex",
    "digits",
    "karte",
    "kreditkarte",
    "endet",
    "endend",
    "carte",
    "terminant",
    "tarjeta",
    "terminada",
];

/// Words between those and the digits.
pub(super) const FILLERS: [&str; 12] =
    ["in", "with", "number", "no", "is", "ending", "mit", "auf", "par", "en", "se", "que"];

/// Heads of a mail that is one, and of the line that says when it was sent.
const HEADS: [&str; 8] = ["from", "subject", "von", "betreff", "de", "objet", "sujet", "asunto"];
const SENT: [&str; 8] = ["date", "sent", "datum", "gesendet", "envoyé", "envoye", "fecha", "enviado"];
/// What the line above a quoted mail ends with.
const WROTE: [&str; 4] = ["wrote", "schrieb", "a écrit", "escribió"];

/// A word as English has it, in small letters.
pub(super) fn english(word: &str) -> String {
    let word = word.to_lowercase();
    let same = WORDS.iter().find(|(_, others)| others.contains(&word.as_str()));
    // `1er janvier`
    same.map_or_else(
        || if word == "1er" { "1".to_owned() } else { word },
        |(english, _)| (*english).to_owned(),
    )
}

/// Words that a letter in French has, and one in German has not.
const FRENCH: [&str; 7] = ["vous", "bonjour", "merci", "ma", "mon", "débité", "prélevé"];

/// `hier` is a day in French, and a place in German.
pub(super) fn with_yesterday(text: &str) -> String {
    let is =
        |word: &str, of: &str| word.trim_matches(|c: char| !c.is_alphanumeric()).eq_ignore_ascii_case(of);
    let is_french = text.split_whitespace().any(|word| FRENCH.iter().any(|of| is(word, of)));
    if !is_french {
        return text.to_owned();
    }
    let said = |word: &str| if is(word, "hier") { "yesterday" } else { word }.to_owned();
    text.split(' ').map(said).collect::<Vec<_>>().join(" ")
}

/// The name that a line of a mail's head begins with.
fn head(line: &str) -> Option<String> {
    Some(line.trim_start_matches(['>', ' ']).split_once(':')?.0.trim().to_lowercase())
}

pub(super) fn is_head(line: &str) -> bool {
    head(line).is_some_and(|name| HEADS.contains(&name.as_str()))
}

/// When it was sent: a line of its head.
pub(super) fn is_sent(line: &str) -> bool {
    head(line).is_some_and(|name| SENT.contains(&name.as_str()))
}

/// `On Sun, 22 Nov 2026 at 18:10, Ada wrote:`
pub(super) fn is_quoted(line: &str) -> bool {
    let Some(before) = line.trim_end().strip_suffix(':') else { return false };
    // In German who wrote stands behind it.
    let line = before.trim_end().to_lowercase();
    WROTE.iter().any(|word| line.ends_with(word)) || line.contains(" schrieb ")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn words_of_days_are_read_in_four_languages() {
        for (word, read) in [
            ("Gestern", "yesterday"),
            ("ayer", "yesterday"),
            ("MIÉRCOLES", "wednesday"),
            ("août", "august"),
            ("1er", "1"),
            ("Nov", "nov"),
        ] {
            assert_eq!(english(word), read);
        }
    }

    #[test]
    fn the_line_above_a_quoted_mail_is_known() {
        for line in [
            "On Sun, 22 Nov 2026 at 18:10, Ada Lovelace <ada@example.com> wrote:",
            "Am 22.11.2026 um 18:10 schrieb Ada Lovelace <ada@example.com>:",
            "Le dim. 22 nov. 2026 à 18:10, Ada <ada@example.com> a écrit :",
            "El dom, 22 nov 2026 a las 18:10, Ada (<ada@example.com>) escribió:",
        ] {
            assert!(is_quoted(line), "{line}");
        }
        assert!(!is_quoted("You wrote that it was refunded") && !is_quoted("Invoice:"));
        assert!(
            is_head("Betreff: doppelt") && is_head("> Objet : double") && !is_head("Hallo, von: mir aus")
        );
        assert!(is_sent("Gesendet: Sonntag") && !is_sent("Amount: 4"));
    }
}
