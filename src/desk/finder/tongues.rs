//! What letters in German, French and Spanish say of days and cards, in the English words that are read; and the lines of a mail
//! that are no part of what was written.

use std::borrow::Cow;

/// A language of letters: words that only a letter in it has, and its words for days, each behind the English one.
struct Tongue {
    shows: &'static [&'static str],
    days: &'static [(&'static str, &'static [&'static str])],
}

const TONGUES: [Tongue; 3] = [
    Tongue {
        shows: &[
            "ich",
            "sie",
            "und",
            "wurde",
            "wurden",
            "bitte",
            "nicht",
            "guten",
            "hallo",
            "meine",
            "meiner",
            "abgebucht",
            "gesendet",
            "betreff",
        ],
        days: &[
            ("today", &["heute"]),
            ("yesterday", &["gestern"]),
            ("monday", &["montag"]),
            ("tuesday", &["dienstag"]),
            ("wednesday", &["mittwoch"]),
            ("thursday", &["donnerstag"]),
            ("friday", &["freitag"]),
            ("saturday", &["samstag", "sonnabend"]),
            ("sunday", &["sonntag"]),
            ("january", &["januar", "jänner"]),
            ("february", &["februar", "feber"]),
            ("march", &["märz", "mär", "mrz"]),
            ("may", &["mai"]),
            ("june", &["juni"]),
            ("july", &["juli"]),
            ("october", &["oktober", "okt"]),
            ("december", &["dezember", "dez"]),
        ],
    },
    Tongue {
        shows: &["vous", "bonjour", "je", "avez", "pourquoi", "débité", "prélevé", "votre", "objet", "écrit"],
        days: &[
            ("1", &["1er"]),
            ("today", &["aujourd'hui", "aujourd’hui"]),
            ("yesterday", &["hier"]),
            ("monday", &["lundi"]),
            ("tuesday", &["mardi"]),
            ("wednesday", &["mercredi"]),
            ("thursday", &["jeudi"]),
            ("friday", &["vendredi"]),
            ("saturday", &["samedi"]),
            ("sunday", &["dimanche"]),
            ("january", &["janvier", "janv"]),
            ("february", &["février", "fevrier", "févr", "fevr"]),
            ("march", &["mars"]),
            ("april", &["avril", "avr"]),
            ("may", &["mai"]),
            ("june", &["juin"]),
            ("july", &["juillet", "juil"]),
            ("august", &["août", "aout"]),
            ("september", &["septembre"]),
            ("october", &["octobre"]),
            ("november", &["novembre"]),
            ("december", &["décembre", "decembre", "déc"]),
        ],
    },
    Tongue {
        shows: &[
            "hola",
            "gracias",
            "usted",
            "ustedes",
            "cobraron",
            "cobrado",
            "tarjeta",
            "cuenta",
            "asunto",
            "escribió",
        ],
        days: &[
            ("today", &["hoy"]),
            ("yesterday", &["ayer"]),
            ("monday", &["lunes"]),
            ("tuesday", &["martes"]),
            ("wednesday", &["miércoles", "miercoles"]),
            ("thursday", &["jueves"]),
            ("friday", &["viernes"]),
            ("saturday", &["sábado", "sabado"]),
            ("sunday", &["domingo"]),
            ("january", &["enero", "ene"]),
            ("february", &["febrero"]),
            ("march", &["marzo"]),
            ("april", &["abril", "abr"]),
            ("may", &["mayo"]),
            ("june", &["junio"]),
            ("july", &["julio"]),
            ("august", &["agosto", "ago"]),
            ("september", &["septiembre", "setiembre"]),
            ("october", &["octubre"]),
            ("november", &["noviembre"]),
            ("december", &["diciembre", "dic"]),
        ],
    },
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
/// The line above a quoted mail: what it begins with, and what it says of whoever is quoted.
const QUOTED: [(&str, &str); 4] =
    [("on ", "wrote"), ("am ", "schrieb"), ("le ", "a écrit"), ("el ", "escribió")];

fn plain(word: &str) -> String {
    word.trim_matches(|c: char| !c.is_alphanumeric()).to_lowercase()
}

/// In English, what the languages that the text is in say of days. Whose words are read is seen by others of it: `hier` is a
/// place in German, `Mars` a bar and `Hoy` a name in English.
pub(super) fn in_english(text: &str) -> Cow<'_, str> {
    let words: Vec<String> = text.split_whitespace().map(plain).collect();
    let shows = |tongue: &&Tongue| words.iter().any(|word| tongue.shows.contains(&word.as_str()));
    // Of a letter in two languages the first is what it is in; the other one may be a quoted line.
    let Some(tongue) = TONGUES.iter().find(shows) else { return Cow::Borrowed(text) };
    Cow::Owned(translated(text, std::slice::from_ref(tongue)))
}

/// A line that is nothing but a date and names, in any of the languages.
pub(super) fn date_in_english(line: &str) -> String {
    translated(line, &TONGUES)
}

fn translated(text: &str, tongues: &[Tongue]) -> String {
    let days = || tongues.iter().flat_map(|tongue| tongue.days);
    let word = |piece: &str| {
        let word = plain(piece);
        let same = days().find(|(_, others)| others.contains(&word.as_str()));
        let Some((english, _)) = same else { return piece.to_owned() };
        // What stands around it stays: the end of a line, a comma.
        let end = piece.trim_end().len();
        let tail = piece.get(end..).unwrap_or_default();
        format!("{english}{tail}")
    };
    text.split_inclusive(char::is_whitespace).map(word).collect()
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

/// `On Sun, 22 Nov 2026 at 18:10, Ada wrote:`, with a date in it and nothing but a name behind it.
pub(super) fn is_quoted(line: &str) -> bool {
    let line = line.trim_start_matches(['>', ' ']).trim_end().to_lowercase();
    let Some(line) = line.strip_suffix(':') else { return false };
    QUOTED.iter().any(|(begins, says)| {
        let behind = line.strip_prefix(begins).and_then(|rest| rest.rsplit_once(says));
        behind.is_some_and(|(date, name)| {
            date.contains(|c: char| c.is_ascii_digit())
                && (name.contains('@') || !name.contains(|c: char| c.is_ascii_digit() || c == ','))
        })
    })
}

/// A line of its own that a mail program broke off: `wrote:`.
pub(super) fn is_broken_off(line: &str) -> bool {
    let line = line.trim_start_matches(['>', ' ']).trim_end().to_lowercase();
    line.strip_suffix(':').is_some_and(|line| QUOTED.iter().any(|(_, says)| line.trim_end() == *says))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn words_of_days_are_read_where_the_language_is_seen() {
        for (text, read) in [
            ("Sie haben gestern, am 1. Dez. 2026", "Sie haben yesterday am 1. december 2026"),
            ("Bonjour,\nHier vous avez", "Bonjour,\nyesterday vous avez"),
            ("Hola, el miércoles\n", "Hola, el wednesday\n"),
            ("Hallo, hier ist Ada, und Merci", "Hallo, hier ist Ada, und Merci"),
            ("three Mars bars for Chris Hoy", "three Mars bars for Chris Hoy"),
            ("Anna Sonntag, 2 Mai Tais", "Anna Sonntag, 2 Mai Tais"),
        ] {
            assert_eq!(in_english(text), read);
        }
        assert_eq!(date_in_english("Le mar. 1 déc. 2026"), "Le mar. 1 december 2026");
    }

    #[test]
    fn the_line_above_a_quoted_mail_is_known() {
        for line in [
            "On Sun, 22 Nov 2026 at 18:10, Ada Lovelace <ada@example.com> wrote:",
            "> On Nov 22, 2026, at 18:10, Ada wrote:",
            "Am 22.11.2026 um 18:10 schrieb Ada Lovelace <ada@example.com>:",
            "Le dim. 22 nov. 2026 à 18:10, Ada <ada@example.com> a écrit :",
            "El dom, 22 nov 2026 a las 18:10, Ada (<ada@example.com>) escribió:",
        ] {
            assert!(is_quoted(line), "{line}");
        }
        for line in [
            "You wrote that it was refunded",
            "Invoice:",
            "I was charged $49.00 on 21 Nov; your colleague wrote:",
            "Am 21.11.2026 schrieb mir Ihr Kollege, dass 49,00 € fällig sind:",
        ] {
            assert!(!is_quoted(line), "{line}");
        }
        assert!(is_broken_off("wrote:") && is_broken_off("> a écrit :") && !is_broken_off("he wrote:"));
        assert!(
            is_head("Betreff: doppelt") && is_head("> Objet : double") && !is_head("Hallo, von: mir aus")
        );
        assert!(is_sent("Gesendet: Sonntag") && !is_sent("Amount: 4"));
    }
}
