//! What people type in each language, with its value or why it is refused. `?` stands before what is refused; what is
//! offered instead stands behind it.

use chrono::NaiveDate;
use program::{Operand, Period};
use proptest::prelude::*;
use serde_json::{Value, json};

use super::{
    length::UNITS,
    value::{Holds, given, operand, show_given, show_operand},
    *,
};

const ALL: [Language; 3] = [Language::English, Language::German, Language::French];

/// In every language.
const ANY: &str = "
number | 5 | 5
number | 007 | 7
number | 1.5 | 1.5
number | 1,5 | 1.5
number | -1,5 | -1.5
number | −2 | -2
number | +3 | 3
number | .5 | 0.5
number | 0.125 | 0.125
number | 12.50 | 12.5
number | 1234.567 | 1234.567
number | 1.234.567 | 1234567
number | 1,234,567 | 1234567
number | 1,234.5 | 1234.5
number | 1.234,5 | 1234.5
number | 1 234 | 1234
number | 1'234'567.8 | 1234567.8
number | 1.2.3 | ?
number | 12 34 | ?
number | five | ?
number | - | ?
number |  | ?
number | 12345678901234567 | ?
percent | 50 | 50
percent | 50 % | 50
percent | 101 | ?
percent | 12.5 | ?
length | 2 | 2d
length | 36 h | 36h
length | 48h | 48h
length | 90 min | 90m
length | 2 Tage | 2d
length | 2 days | 2d
length | 2 jours | 2d
length | 1,5 heures | 1h 30m
length | 1.5 Tage | 1d 12h
length | 1d 12h | 1d 12h
length | 1 h 30 min | 1h 30m
length | 1h30 | 1h 30m
length | 14 days | 14d
length | 0 | ?
length | 0 days | ?
length |  | ?
length | soon | ?
length | 2 fortnights | ?
length | -2 days | ?
length | 4000 days | ?
length | 0,0001 s | ?
length | 2d 5 | ?
clock | 14:00 | 14:00
clock | 9:00 | 09:00
clock | 09:05 | 09:05
clock | 14.30 | 14:30
clock | 2 pm | 14:00
clock | 6pm | 18:00
clock | 12 am | 00:00
clock | 12 pm | 12:00
clock | 14 Uhr | 14:00
clock | 14h30 | 14:30
clock | 14 h | 14:00
clock | 1430 | 14:30
clock | 25:00 | ?
clock | 9:5 | ?9:05 / 9:50
clock | 24:00 | ?0:00
clock | late | ?
clock |  | ?
end | 24:00 | 24:00
date | 2026-12-24 | 2026-12-24
date | 24.12.2026 | 2026-12-24
date | 3.4.26 | 2026-04-03
date | 24/12/2026 | 2026-12-24
date | 12/24/2026 | 2026-12-24
date | 03/03/2026 | 2026-03-03
date | 24. Dezember 2026 | 2026-12-24
date | 24 December 2026 | 2026-12-24
date | Dec 24, 2026 | 2026-12-24
date | 24 décembre 2026 | 2026-12-24
date | 1er août 2026 | 2026-08-01
date | 30.02.2026 | ?
date | 24 ju 2026 | ?
date | someday | ?
date |  | ?
moment | 2026-12-24T08:00 | 2026-12-24T08:00
moment | 2026-12-24 8:00 | 2026-12-24T08:00
moment | 24.12.2026 14 Uhr | 2026-12-24T14:00
moment | 24.12.2026 um 14:30 Uhr | 2026-12-24T14:30
moment | Dec 24, 2026 at 2 pm | 2026-12-24T14:00
moment | 24 décembre 2026 à 14 h 30 | 2026-12-24T14:30
moment | soon | ?
";

const EN: &str = "
number | 1.234 | ?1234 / 1.2340
number | 1,234 | ?1234 / 1.2340
number | 49,5o | ?49.5
number | 50 € | ?50
length | 2.000 h | ?2000 h / 2 h
length | two days | 2d
length | a week | 1w
length | 1 day, 12 hours | 1d 12h
length | 1 week and 2 days | 1w 2d
length | 3 hrs | 3h
length | 1:30 | ?1 h 30 min / 1 min 30 s
length | 2 months | ?60 days
length | a year | ?365 days
clock | 9 | ?9:00 / 21:00
clock | 12 | ?0:00 / 12:00
clock | 14 | 14:00
clock | 2 o'clock | ?2:00 / 14:00
clock | 2:30 p.m. | 14:30
clock | noon | 12:00
clock | midnight | 00:00
clock | 14 pm | ?14:00
end | midnight | 24:00
date | 03/04/2026 | ?3 April 2026 / 4 March 2026
date | 03/04 | ?3 April 2026 / 4 March 2026
date | 24 Dec | ?24 December 2026
date | December 24th, 2026 | 2026-12-24
date | Sept 5, 2026 | 2026-09-05
moment | 03/04/2026 8:00 | ?3 April 2026, 8:00 / 4 March 2026, 8:00
moment | 24 Dec 2026 | ?24 December 2026, 0:00
moment | 24 Dec 2026, 8 o'clock | ?24 December 2026, 8:00 / 24 December 2026, 20:00
moment | 24 Dec 8:00 | ?24 December 2026, 8:00
";

const DE: &str = "
number | 1.234 | ?1234 / 1,2340
number | 1,234 | ?1234 / 1,2340
number | 49,5o | ?49,5
number | 12,50 EUR | ?12,5
percent | 50 Prozent | 50
length | zwei Tage | 2d
length | eine Woche | 1w
length | 3 Std. | 3h
length | 1 Tag und 12 Stunden | 1d 12h
length | 1 Tag, 12 Std | 1d 12h
length | 1,5 Wochen | 1w 3d 12h
length | 1:30 | ?1 h 30 min / 1 min 30 s
length | 1 Monat | ?30 Tage
length | 2 Jahre | ?730 Tage
length | 1.500 h | ?1500 h / 1,5 h
clock | 9 | 09:00
clock | 14 | 14:00
clock | 9 Uhr | 09:00
clock | 14 Uhr 30 | 14:30
clock | 14:30 Uhr | 14:30
clock | 2 Uhr nachmittags | 14:00
clock | 14 Uhr nachmittags | 14:00
clock | 8 Uhr abends | 20:00
clock | Mittag | 12:00
clock | Mitternacht | 00:00
end | Mitternacht | 24:00
date | 03/04/2026 | ?3. April 2026 / 4. März 2026
date | 3.4. | ?3. April 2026
date | 24. Dez. 2026 | 2026-12-24
date | den 5. Mai 2026 | 2026-05-05
moment | 24.12.2026, 8 Uhr | 2026-12-24T08:00
moment | 24.12.2026 | ?24. Dezember 2026, 0:00
";

const FR: &str = "
number | 1.234 | ?1234 / 1,2340
number | 1 234,5 | 1234.5
number | 49,5o | ?49,5
number | 12,50 € | ?12,5
percent | 50 pour cent | 50
length | deux jours | 2d
length | une semaine | 1w
length | 2 j | 2d
length | 1 jour et 12 heures | 1d 12h
length | 3 sem. | 3w
length | 1:30 | ?1 h 30 min / 1 min 30 s
length | 3 mois | ?90 jours
length | 1 an | ?365 jours
clock | 9 | 09:00
clock | 9 h | 09:00
clock | 14 heures | 14:00
clock | 14 h 05 | 14:05
clock | 2 h de l’après-midi | 14:00
clock | 8 heures du soir | 20:00
clock | 8 heures du matin | 08:00
clock | midi | 12:00
clock | minuit | 00:00
end | minuit | 24:00
date | 03/04/2026 | ?3 avril 2026 / 4 mars 2026
date | 24 déc. 2026 | 2026-12-24
date | le 14 juillet 2026 | 2026-07-14
date | 14 juillet | ?14 juillet 2026
moment | 24/12/2026 à 8 h | 2026-12-24T08:00
moment | le 24 décembre 2026 à midi | 2026-12-24T12:00
";

const YEAR: i32 = 2026;

/// The value as files have it, or the refusal.
fn outcome(kind: &str, text: &str, language: Language) -> String {
    let read = match kind {
        "number" => number(text, language).map(|n| n.as_str().to_owned()),
        "percent" => percent(text, language).map(|n| n.to_string()),
        "length" => length(text, language, "d").map(|period| period.to_string()),
        "clock" => clock(text, language, false),
        "end" => clock(text, language, true),
        "date" => date(text, language, YEAR).map(|day| day.to_string()),
        "moment" => date_time(text, language, YEAR),
        other => panic!("{other}"),
    };
    read.unwrap_or_else(|refused| format!("?{}", refused.offers.join(" / ")))
}

#[test]
fn what_people_type_is_read_or_refused_with_what_was_meant() {
    for (language, own) in ALL.into_iter().zip([EN, DE, FR]) {
        let lines: Vec<&str> = ANY.lines().chain(own.lines()).filter(|line| !line.is_empty()).collect();
        assert!(lines.len() >= 100, "{language:?}: {}", lines.len());
        let wrong = lines.iter().filter_map(|line| {
            let parts: Vec<&str> = line.split('|').collect();
            let [kind, text, expected] = [parts[0].trim(), parts[1].trim(), parts[2].trim()];
            let seen = outcome(kind, text, language);
            (seen != expected).then(|| format!("{language:?} {line} => {seen}"))
        });
        assert_eq!(wrong.collect::<Vec<_>>(), Vec::<String>::new());
        // What is offered leaves no doubt.
        for line in lines {
            let (kind, rest) = line.split_once(" | ").unwrap();
            let offers = rest.split_once('?').map(|(_, offers)| offers).unwrap_or_default();
            for offer in offers.split(" / ").filter(|offer| !offer.is_empty()) {
                assert!(!outcome(kind, offer, language).starts_with('?'), "{language:?} {kind} {offer}");
            }
        }
    }
}

#[test]
fn a_number_alone_takes_the_unit_beside_it_and_a_unit_that_is_typed_stays() {
    for (text, unit, expected) in [
        ("36", "h", "36h"),
        ("48", "h", "48h"),
        ("75", "d", "75d"),
        ("14", "d", "14d"),
        ("2 days", "h", "2d"),
        ("1.5", "h", "1h 30m"),
        ("1,5", "w", "1w 3d 12h"),
    ] {
        let read = length(text, Language::English, unit).unwrap();
        assert_eq!(read.to_string(), expected);
        let (shown, shown_unit) = show_length(read, Language::German);
        assert_eq!(length(&shown, Language::German, shown_unit), Ok(read), "{shown} {shown_unit}");
    }
}

fn languages() -> impl Strategy<Value = Language> {
    proptest::sample::select(ALL.to_vec())
}

fn units() -> impl Strategy<Value = &'static str> {
    proptest::sample::select(UNITS.map(|(name, _)| name).to_vec())
}

proptest! {
    #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn a_number_comes_back(n in -999_999_999_i64..999_999_999, below in 0..6_u32, language in languages()) {
        let text = format!("{:.*}", below as usize, n as f64 / f64::from(10_u32.pow(below)));
        let decimal = Decimal::of(&text).unwrap();
        prop_assert_eq!(number(&show_number(&decimal, language), language), Ok(decimal));
    }

    #[test]
    fn what_reads_as_a_number_is_shown_as_it(text in "[-−]?[0-9., ]{0,9}", language in languages()) {
        if let Ok(read) = number(&text, language) {
            prop_assert_eq!(number(&show_number(&read, language), language), Ok(read));
        }
    }

    #[test]
    fn a_length_comes_back_in_its_unit(millis in 1..315_360_000_000_u64, unit in units(), language in languages()) {
        let period = Period::in_unit(millis, unit).unwrap();
        let (text, shown) = show_length(period, language);
        prop_assert_eq!(shown, unit);
        // By what the file says: a length that is shorter than its unit is written without it.
        let read = length(&text, language, shown).map(|read| read.to_string());
        prop_assert_eq!(read, Ok(period.to_string()), "{}", text);
    }

    #[test]
    fn round_lengths_come_back_in_their_unit(n in 1..500_u64, quarters in 0..4_u64, at in 0..5_usize, language in languages()) {
        let (unit, length_of) = UNITS[at];
        let period = Period::in_unit(n * length_of + quarters * length_of / 4, unit).unwrap();
        let (text, shown) = show_length(period, language);
        prop_assert_eq!(shown, unit);
        prop_assert!(text.chars().all(|c| !c.is_alphabetic()), "{}", text);
        prop_assert_eq!(length(&text, language, shown), Ok(period));
    }

    #[test]
    fn the_unit_is_the_one_that_was_chosen(n in 1..999_u32, unit in units(), language in languages()) {
        if let Ok(period) = length(&n.to_string(), language, unit) {
            prop_assert_eq!(period.to_string(), format!("{n}{unit}"));
        }
    }

    #[test]
    fn a_time_of_the_day_comes_back(hour in 0..24_u8, minute in 0..60_u8, language in languages()) {
        let time = format!("{hour:02}:{minute:02}");
        prop_assert_eq!(clock(&show_clock(&time), language, false), Ok(time));
    }

    #[test]
    fn a_date_comes_back(days in 0..80_000_i64, hour in 0..24_u8, minute in 0..60_u8, language in languages()) {
        let day = NaiveDate::from_ymd_opt(2000, 1, 1).unwrap() + chrono::TimeDelta::days(days);
        prop_assert_eq!(date(&show_date(day, language), language, YEAR), Ok(day));
        let moment = format!("{day}T{hour:02}:{minute:02}");
        let shown = show_date_time(&moment, language).unwrap();
        prop_assert_eq!(date_time(&shown, language, YEAR), Ok(moment), "{}", shown);
    }

    #[test]
    fn a_value_of_a_condition_comes_back(
        of in prop_oneof![
            ".{0,10}".prop_map(Operand::Text),
            "(true|false|[0-9,.]{1,7}|=.{0,5}|\".{0,4}\")".prop_map(Operand::Text),
            any::<bool>().prop_map(Operand::Bool),
            (-99_999..99_999_i64).prop_map(|n| Operand::Number((n as f64 / 8.0).to_string())),
            ("[a-z.\\[\\]0-9 -]{1,9}", any::<bool>()).prop_filter_map("a field", |(path, contact)| {
                let root = value::root(if contact { "contact" } else { "line" }).unwrap();
                let path = program::Path::of(root, &path);
                (!path.is_missing() && !path.words().starts_with('.')).then_some(Operand::Field(path))
            }),
        ],
        holds in proptest::sample::select(vec![Holds::Text, Holds::Number, Holds::Bool, Holds::Anything]),
        language in languages(),
    ) {
        let shown = show_operand(&of, holds, language);
        prop_assert_eq!(operand(&shown, holds, language), of, "{}", shown);
    }

    #[test]
    fn whatever_is_typed_as_a_value_stays(
        text in ".{0,10}",
        holds in proptest::sample::select(vec![Holds::Text, Holds::Number, Holds::Bool, Holds::Anything]),
        language in languages(),
    ) {
        let read = operand(&text, holds, language);
        prop_assert_eq!(operand(&show_operand(&read, holds, language), holds, language), read);
    }

    #[test]
    fn a_value_that_is_given_comes_back(
        of in prop_oneof![
            ".{0,10}".prop_map(Value::from),
            "(true|[0-9,.]{1,7}|=.{0,5}|\".{0,4}\")".prop_map(Value::from),
            any::<bool>().prop_map(Value::from),
            (-99_999..99_999_i64).prop_map(Value::from),
        ],
        language in languages(),
    ) {
        // A text that begins with = is an expression, in quotes or not.
        prop_assume!(of.as_str().is_none_or(|text| !text.trim().is_empty()));
        let shown = show_given(&of, language);
        prop_assert_eq!(given(&shown, language), Ok(Some(of)), "{}", shown);
    }

    #[test]
    fn nothing_typed_breaks_a_reader(text in ".{0,20}", language in languages()) {
        for kind in ["number", "percent", "length", "clock", "end", "date", "moment"] {
            let _ = outcome(kind, &text, language);
        }
    }
}

#[test]
fn a_value_that_is_given_is_a_number_where_it_is_written_as_one() {
    for (text, value) in [
        ("gold", json!("gold")),
        ("5", json!(5)),
        ("1,5", serde_json::from_str("1.5").unwrap()),
        ("true", json!(true)),
        ("\"5\"", json!("5")),
        ("= event.total * 2", json!("= event.total * 2")),
        ("[1]", json!("[1]")),
    ] {
        assert_eq!(given(text, Language::German), Ok(Some(value.clone())), "{text}");
        assert_eq!(show_given(&value, Language::German), text);
    }
    assert_eq!(given(" ", Language::German), Ok(None));
    assert_eq!(given("1.234", Language::German).unwrap_err().offers, ["1234", "1,2340"]);
}
