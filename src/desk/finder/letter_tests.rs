//! Letters as people send them, and texts that are none: what is found in each, in which order.

use jiff::tz::TimeZone;

use super::{super::amount::is_amount, *};
use crate::time::Unix;

static UTC: TimeZone = TimeZone::UTC;

/// 2026-11-23T12:00:00Z, a Monday.
fn when() -> When<'static> {
    When { now: Unix(1_795_435_200), zone: &UTC }
}

fn clues(text: &str) -> Vec<String> {
    let letter = read(&format!("{text}\n\nKind regards"), &when()).unwrap_or_default();
    letter.clues.into_iter().map(|clue| clue.text).collect()
}

fn first(text: &str) -> String {
    clues(text).into_iter().next().unwrap_or_default()
}

#[test]
fn a_whole_e_mail_is_read() {
    let text = "From: Ada Lovelace <Ada@Example.com>\nSubject: charged twice?\n\nHi,\nyou took $99.00 on 22 November from my card \
                ending in 4242, and again 4 minutes later. My invoice is A-0012.\nThanks, Ada";
    let letter = read(text, &when()).unwrap();
    let clues: Vec<_> = letter.clues.iter().map(|clue| (clue.sure, &*clue.text, &*clue.what)).collect();
    assert_eq!(
        clues,
        [
            (Sure::Names, "ada@example.com", "e-mail address"),
            (Sure::Names, "A-0012", "invoice number"),
            (Sure::Likely, "$99.00 22 Nov 2026 ··4242", "amount, day and card together"),
            (Sure::Maybe, "$99.00", "amount"),
            (Sure::Maybe, "4242", "last four digits of a card"),
        ]
    );
    assert_eq!(letter.says.as_deref(), Some("$99.00 22 Nov 2026"));
}

#[test]
fn a_mail_s_own_date_is_what_yesterday_is_counted_from() {
    let mail = "From: Alan <alan@example.com>\nDate: Sun, 22 Nov 2026 18:10:00 +0100\nSubject: ?\n\nWhy did you take $49 yesterday \
                from my card ending 5454?";
    let letter = read(mail, &when()).unwrap();
    assert_eq!(letter.says.as_deref(), Some("$49.00 21 Nov 2026"));
    assert!(letter.clues.iter().any(|clue| clue.text == "$49.00 21 Nov 2026 ··5454"), "{:?}", letter.clues);
    // In a bank's lines it is the day of the payment.
    let lines = "Date: 21 Nov 2026\nAmount: $49.00\nCard: ending 5454";
    assert_eq!(read(lines, &when()).unwrap().says.as_deref(), Some("$49.00 21 Nov 2026"));
}

#[test]
fn what_was_typed_and_what_names_nothing_is_no_letter() {
    for text in
        ["", "ada@example.com", "Alan Turing (alan@example.com)", "49.00 yesterday", "4242", "$49 on 22 Nov"]
    {
        assert_eq!(read(text, &when()), None, "{text}");
    }
    assert_eq!(
        read("Dear all,\nplease call me back when you can, it is about my plan.\nThanks", &when()),
        None
    );
}

#[test]
fn ids_stand_in_links_and_brackets() {
    for (text, id) in [
        ("see https://dashboard.stripe.com/test/customers/cus_Qx81LmTz3f?tab=1", "cus_Qx81LmTz3f"),
        ("(ch_3PxLabcD9Q)", "ch_3PxLabcD9Q"),
        ("charge:ch_3PxLabcD9Q.", "ch_3PxLabcD9Q"),
        ("re: [in_1Pgc5nwAB]", "in_1Pgc5nwAB"),
        ("\"pi_3PxLabcD9Q\"", "pi_3PxLabcD9Q"),
    ] {
        assert_eq!(first(text), id, "{text}");
    }
    assert_eq!(clues("in_the re_turn sub_scription was cus_tomary"), Vec::<String>::new());
    assert_eq!(first("ch_3PxLabcD9Q of cus_Qx81LmTz3f"), "cus_Qx81LmTz3f", "whoever it is about comes first");
}

#[test]
fn amounts_have_a_currency_and_are_read_as_people_write_them() {
    for (text, amount) in [
        ("you took $49.00 from me", "$49.00"),
        ("you took $49 from me", "$49.00"),
        ("it says US$1,234.56 there", "$1,234.56"),
        ("49,00 € were taken", "€49.00"),
        ("49,00€ were taken", "€49.00"),
        ("EUR 1.234,56 were taken", "€1,234.56"),
        ("1'234.50 eur", "€1,234.50"),
        ("-£12.50", "£12.50"),
        ("¥12,000", "¥12,000"),
        ("12.000 yen", "¥12,000"),
        ("49 dollars, please", "$49.00"),
        ("(usd 49.5)", "$49.50"),
    ] {
        assert_eq!(first(text), amount, "{text}");
        assert!(is_amount(amount), "{amount} can be searched for");
    }
    for text in [
        "49.00",
        "room 49",
        "$0.00",
        "$",
        "$.",
        "all 49 people",
        "¥12.5",
        "$1.2345",
        "v2.0.1",
        "50% off",
        "$49$50",
    ] {
        assert_eq!(clues(text), Vec::<String>::new(), "{text}");
    }
}

#[test]
fn days_go_with_their_amount() {
    for (text, both) in [
        ("$49 on 22 Nov", "$49.00 22 Nov 2026"),
        ("$49 on November 22nd", "$49.00 22 Nov 2026"),
        ("$49 on the 22nd of November, 2026", "$49.00 22 Nov 2026"),
        ("$49 at 2026-11-22T13:01:07Z", "$49.00 22 Nov 2026"),
        ("$49 (22.11.2026)", "$49.00 22 Nov 2026"),
        ("$49 on 22/11/2026", "$49.00 22 Nov 2026"),
        ("$49 on 11/22/2026", "$49.00 22 Nov 2026"),
        ("$49 yesterday", "$49.00 22 Nov 2026"),
        ("$49 last Friday", "$49.00 20 Nov 2026"),
        ("$49 on 24 December", "$49.00 24 Dec 2025"),
    ] {
        assert_eq!(first(text), both, "{text}");
    }
    for text in [
        "$49 on 31 Feb",
        "$49 for 3 d",
        "$49 for 5 people",
        "$49 on 3/4/2026",
        "$49 on 24.11.2026",
        "$49 in 3 markets",
    ] {
        assert_eq!(first(text), "$49.00", "{text}");
    }
}

#[test]
fn cards_are_known_by_their_last_four_digits_alone() {
    for text in [
        "my card ending in 4242",
        "it ends with 4242.",
        "visa 4242",
        "card no. 4242",
        "**** 4242 or so: ****4242",
        "xxxx4242",
        "··4242",
        "4242 4242 4242 4242",
        "5555 4444 3333 1112 is not mine, 4242424242424242 is",
    ] {
        assert_eq!(first(text), "4242", "{text}");
    }
    for text in ["in 1999 I was here", "order 4242", "1234 Main Street", "card 42", "ending 42424"] {
        assert_eq!(clues(text), Vec::<String>::new(), "{text}");
    }
    assert!(clues("my card **** 4242, the one ending in 4242") == ["4242"], "each once");
    assert!(
        !clues("my number is 4242 4242 4242 4242").iter().any(|clue| clue.len() > 4),
        "never more than four"
    );
}

#[test]
fn invoice_numbers_are_no_dates_and_no_phone_numbers() {
    assert_eq!(clues("invoices A-0012 and C2B9F1D4-0007, please"), ["A-0012", "C2B9F1D4-0007"]);
    for text in ["2026-11-22", "030-1234567", "wi-fi-200", "A-1", "covid-19"] {
        assert_eq!(clues(text), Vec::<String>::new(), "{text}");
    }
}

#[test]
fn several_are_listed_each_once_and_not_without_end() {
    let text = "ada@example.com and ADA@example.com, or grace@example.com";
    assert_eq!(clues(text), ["ada@example.com", "grace@example.com"]);
    let many = (0..50).map(|at| format!("n{at}@example.com")).collect::<Vec<_>>().join(" ");
    assert_eq!(clues(&many).len(), EACH_MOST);
}

#[test]
fn hostile_texts_are_harmless() {
    let long = "a@".repeat(200_000);
    let nested = "$".repeat(100_000);
    for text in [
        "\u{1b}]52;c;aGk=\u{7} \u{202e}moc.elpmaxe@ada\u{202c} $\u{0}49",
        &long,
        &nested,
        "\n\n\n\n",
        "😀$49😀 €😀49 ··😀4242 ٤٩ دولار",
        "\u{202e}$49.00 on 22 Nov\u{202c}",
        "ada@example.com\"OR\"1\"=\"1 more words and more words here",
        "$99999999999999999999999999 and 9999999999999999999 usd",
        "9223372036854775807-22-22 0000-00-00 99/99/9999 32.13.2026",
    ] {
        for clue in clues(text) {
            assert!(!clue.chars().any(|c| c.is_control() || c == '\u{202e}' || c == '"'), "{clue:?}");
        }
    }
}

#[test]
fn letters_in_other_languages_are_read() {
    for (text, says) in [
        (
            "Guten Tag,\nSie haben gestern 49,00 € von meiner Karte abgebucht, die auf 5454 endet.",
            "€49.00 22 Nov 2026",
        ),
        (
            "Bonjour,\nvous avez prélevé 49,00 € le 21 novembre 2026 sur ma carte se terminant par 5454.",
            "€49.00 21 Nov 2026",
        ),
        (
            "Hola,\nme cobraron 49,00 € el 21 de noviembre de 2026 con la tarjeta terminada en 5454.",
            "€49.00 21 Nov 2026",
        ),
        ("Bonjour,\nvous avez débité 49,00 € hier.\nPourquoi ?", "€49.00 22 Nov 2026"),
        ("From: Ada\nDate: Mon, 23 Nov 2026 09:00\n\nHallo, es wurden hier 49,00 € abgebucht", "€49.00"),
        ("From: Chris Hoy\n\nYou charged $4.50 for 3 Mars bars.", "$4.50"),
        ("Hallo,\nes wurden hier 49,00 € abgebucht, und ich weiß nicht warum.", "€49.00"),
        ("Hallo,\nam Freitag wurden EUR 49,00 abgebucht, Karte 5454. Warum das?", "€49.00 20 Nov 2026"),
    ] {
        let letter = read(text, &when()).unwrap();
        assert_eq!(letter.says.as_deref(), Some(says), "{text}");
    }
    assert!(clues("Kreditkarte mit 5454 wurde belastet, bitte prüfen").contains(&"5454".to_owned()));
}

#[test]
fn yesterday_is_counted_from_the_mail_that_says_it() {
    let quote = "On Fri, 20 Nov 2026 at 18:10, Ada <ada@example.com> wrote:";
    for (mail, says) in [
        // A customer's mail that a colleague sends on.
        (format!("Hi Maya, can you look at this?\n\n{quote}\n> why did you take $99.00 yesterday?"), "$99.00 19 Nov 2026"),
        // Broken off as mail programs do.
        (
            "Look:\n\nOn Fri, Nov 20, 2026 at 6:10 PM Ada <ada@example.com>\nwrote:\n> you took $99.00 yesterday".to_owned(),
            "$99.00 19 Nov 2026",
        ),
        // A customer answers us: what is above the quote was written now.
        (format!("You took $99.00 yesterday.\n\n{quote}\n> Welcome"), "$99.00 22 Nov 2026"),
        (format!("You took $99.00 on 21 Nov.\n\n{quote}\n> Welcome"), "$99.00 21 Nov 2026"),
        (
            "Von: Ada <ada@example.com>\nGesendet: Freitag, 20. November 2026 18:10\nBetreff: ?\n\nWarum wurden gestern 99,00 € \
             abgebucht?"
                .to_owned(),
            "€99.00 19 Nov 2026",
        ),
        (
            "Bonjour,\nLe lun. 1 juin 2026 à 18:10, Ada <ada@example.com> a écrit :\n> vous avez débité 99,00 € hier.".to_owned(),
            "€99.00 31 May 2026",
        ),
        ("Date: Fri, 20 Nov 2026\n\nYou took $49.00 from me yesterday".to_owned(), "$49.00 19 Nov 2026"),
        // No quote, but a sentence.
        ("I was charged $49.00 on 21 Nov, card ending 4242; your colleague wrote:\nplease wait".to_owned(), "$49.00 21 Nov 2026"),
    ] {
        let letter = read(&mail, &when()).unwrap();
        assert_eq!(letter.says.as_deref(), Some(says), "{mail}");
        let names = |clue: &Clue| clue.text == "ada@example.com";
        assert_eq!(letter.clues.iter().any(names), mail.contains("ada@"), "who wrote is still found: {mail}");
    }
}
