//! Conditions as people and programs write them, and the rows that they open as.

use proptest::prelude::*;

use super::*;
use crate::Expr;

/// Conditions as shops write them: what each opens as, or the part that stays text. `~` says that the rows are written
/// another way that means the same.
const CONDITIONS: [(&str, &str); 76] = [
    ("", ""),
    (r#"event.total > 50"#, ""),
    (r#"event.total >= 49.5"#, ""),
    (r#"event.total < -1.5"#, ""),
    (r#"event.total > 50 && contact.tier == "gold""#, ""),
    (r#"event.total > 50 || contact.tier == "gold""#, ""),
    (r#"!(event.total > 50 || contact.tier == "gold")"#, ""),
    (r#"!(event.total > 50 && contact.tier == "gold")"#, ""),
    (r#"!(event.total > 50)"#, ""),
    (r#"event.paid"#, ""),
    (r#"!(event.paid)"#, ""),
    (r#"event.paid == true"#, ""),
    (r#"event.paid != false && event.shipped"#, ""),
    (r#"has(event.voucher)"#, ""),
    (r#"!has(event.voucher)"#, ""),
    (r#"has(event.voucher) && event.voucher == "SPRING""#, ""),
    (r#"has(contact.address.city) || !has(contact.phone)"#, ""),
    (r#"("my-field" in event)"#, ""),
    (r#"event["my-field"] == "vip""#, ""),
    (r#"event.customer["first name"] == "Anna""#, ""),
    (r#"event.lines[0].sku == "B-1""#, ""),
    (r#"contact.tier in ["gold", "silver"]"#, ""),
    (r#"!(contact.tier in ["gold", "silver"])"#, ""),
    (r#"event.grade in [9, 10]"#, ""),
    (r#"event.email.endsWith("@example.com")"#, ""),
    (r#"event.name.startsWith("A") || event.name.contains("\"x\"")"#, ""),
    (r#"!(event.name.contains("test"))"#, ""),
    (r#"event.tags.contains("new")"#, ""),
    (r#"size(event.lines) >= 3"#, ""),
    (r#"size(event.name) == 0"#, ""),
    (r#"count("order.placed", duration("365d")) >= 3"#, ""),
    (r#"count("order.placed", duration("8760h")) >= 3"#, ""),
    (r#"count("mail.opened", duration("30d")) == 0 && count("order.placed", duration("1w")) > 1"#, ""),
    (r#"!(count("order.placed", duration("30d")) > 1)"#, ""),
    (r#"count("order.placed", duration("365d")) in [1, 2]"#, ""),
    (r#"event.total > 100 && (contact.tier == "gold" || contact.vip)"#, ""),
    (r#"(event.a == 1 && event.b == 2) || (event.a == 2 && event.b == 1)"#, ""),
    (r#"event.a == 1 && !(event.b == 1 || event.c == 1)"#, ""),
    (r#"event.a == 1 && (event.b == 1 || (event.c == 1 && event.d == 1))"#, ""),
    (r#"event.lines.exists(line, line.category == "Tents")"#, ""),
    (r#"event.lines.exists(line, line.category in ["Tents", "Bags"] && line.total > 12.5)"#, ""),
    (r#"event.lines.all(line, line.total > 0)"#, ""),
    (r#"!event.lines.exists(line, line.gift || line.total == 0)"#, ""),
    (r#"!event.lines.all(line, has(line.sku))"#, ""),
    (r#"event.tags.exists(tag, tag.startsWith("vip"))"#, ""),
    (r#"event.parcels.exists(parcel, parcel.lines.exists(line, line.sku == "B-1"))"#, ""),
    (r#"event.lines.exists(line, line.sku == event.gift.sku)"#, ""),
    (r#"incoming.order_id == event.order_id"#, ""),
    (r#"joined.delivery.carrier == "DHL" && event.total > 10"#, ""),
    (r#"contact.email != event.email"#, ""),
    (r#"event.total >= missing("49,5o")"#, ""),
    (r#"event[missing("")] == missing("")"#, ""),
    (r#"count(missing(""), missing("2 fortnights")) >= 3"#, ""),
    (r#"timestamp(event.placed_at) < now"#, ""),
    (r#"timestamp(contact.trial["ends at"]) > now"#, ""),
    (r#"timestamp(contact.member_since) < now - duration("730d")"#, ""),
    (r#"timestamp(event.placed_at) >= now - duration("36h") && !(timestamp(event.due) > now + duration("2w"))"#, ""),
    (r#"event.lines.exists(line, timestamp(line.shipped) <= now + duration("0d"))"#, ""),
    (r#"timestamp(event[missing("")]) < now - missing("2 fortnights")"#, ""),
    (r#"now > timestamp(event.placed_at)"#, "~timestamp(event.placed_at) < now"),
    (r#"timestamp(event.placed_at) == now"#, "timestamp(event.placed_at) == now"),
    (r#"timestamp(event.a) > now - duration("1d")"#, r#"timestamp(event.a) > (now - duration("1d"))"#),
    (r#"now - timestamp(event.a) < duration("1d")"#, r#"(now - timestamp(event.a)) < duration("1d")"#),
    (r#"50 < event.total"#, "~event.total > 50"),
    (r#"!event.paid"#, "~!(event.paid)"),
    (r#""new" in event.tags"#, r#"~event.tags.contains("new")"#),
    (r#"event.a == 1 && (event.b == 1 && event.c == 1)"#, "~event.a == 1 && event.b == 1 && event.c == 1"),
    ("event.name == 'Anna'", r#"~event.name == "Anna""#),
    (r#"event.total * 2 > 100 && event.paid"#, "(event.total * 2) > 100"),
    (r#"event.a > 1 && event.b + event.c > 100"#, "(event.b + event.c) > 100"),
    (r#"event.paid ? event.total > 5 : event.total > 50"#, "event.paid ? event.total > 5 : event.total > 50"),
    (r#"event.lines.filter(line, line.gift).size() > 1"#, "event.lines.…(line, …).size() > 1"),
    (r#"int(event.total) > 50"#, "int(event.total) > 50"),
    (r#"event.lines.exists(line, line.total * line.count > 100)"#, "(line.total * line.count) > 100"),
    (r#"event.total == null"#, "event.total == null"),
    (r#"true"#, "true"),
];

#[test]
fn conditions_open_as_rows_or_say_which_part_does_not() {
    for (source, expected) in CONDITIONS {
        let shown = match Rows::read(source) {
            Ok(rows) => {
                let again = rows.write();
                assert_eq!(Rows::read(&again), Ok(rows), "{source}");
                if again == source { String::new() } else { format!("~{again}") }
            }
            Err(Unshown::Part(part)) => part,
            Err(Unshown::Wrong(error)) => panic!("{source}: {error}"),
        };
        assert_eq!(shown, expected, "{source}");
    }
}

#[test]
fn what_is_missing_is_an_error_wherever_it_is_checked() {
    for (source, said) in [
        (r#"event[missing("")] == "vip""#, "something is not filled in yet"),
        (r#"event.total >= missing("49,5o")"#, "\"49,5o\" cannot be read"),
        (r#"has(event.a) && !missing("has", event)"#, "something is not filled in yet"),
        (r#"event.lines.exists(line, missing(""))"#, "something is not filled in yet"),
    ] {
        let error = Expr::new(source).error().map(ToString::to_string).unwrap_or_default();
        assert!(error.contains(said), "{source}: {error}");
        let rows = Rows::read(source).unwrap();
        assert_eq!((rows.missing(), rows.write()), (1, source.to_owned()));
    }
    for (source, _) in CONDITIONS.into_iter().filter(|(source, _)| !source.is_empty() && !source.contains("missing")) {
        assert_eq!(Expr::new(source).error(), None, "{source}");
        assert_eq!(Rows::read(source).map_or(0, |rows| rows.missing()), 0, "{source}");
    }
}

#[test]
fn what_is_wrong_says_where() {
    for source in ["event.total >", "event.total > 5)", "has(event)"] {
        assert!(matches!(Rows::read(source), Err(Unshown::Wrong(_))), "{source}");
    }
    for source in ["contcat.tier == 'gold'", "now > 5", "event", "line.total > 5"] {
        assert!(matches!(Rows::read(source), Err(Unshown::Part(_))), "{source}");
    }
}

#[test]
fn a_path_is_read_as_it_is_shown() {
    let event = || Root::Subject(Subject::Event);
    for (text, again) in [
        ("total", "total"),
        (" customer.name ", "customer.name"),
        ("lines[0].sku", "lines[0].sku"),
        ("my-field", "my-field"),
        ("a\\.b", "a\\.b"),
        ("customer.", "customer."),
        ("a[b]", "a\\[b]"),
        ("", ""),
    ] {
        let path = Path::of(event(), text);
        assert_eq!(path.words(), again);
        assert_eq!(Path::of(event(), again), path);
    }
}

fn names() -> impl Strategy<Value = String> {
    prop_oneof![3 => "[a-z_]{1,5}", 1 => "[a-z .\\[\\]\\\\\"-]{1,6}"]
}

fn path(root: Root) -> BoxedStrategy<Path> {
    let step = prop_oneof![4 => names().prop_map(Step::Name), 1 => (0..3_i64).prop_map(Step::At)];
    let known = (names(), proptest::collection::vec(step, 0..3)).prop_map(|(first, more)| {
        let mut steps = vec![Step::Name(first)];
        steps.extend(more);
        steps
    });
    prop_oneof![5 => known, 1 => Just(vec![Step::Missing])]
        .prop_map(move |steps| Path { root: root.clone(), steps })
        .boxed()
}

fn root() -> impl Strategy<Value = Root> {
    let subjects = vec![Subject::Event, Subject::Contact, Subject::Joined, Subject::Incoming];
    proptest::sample::select(subjects).prop_map(Root::Subject)
}

fn operand() -> impl Strategy<Value = Operand> {
    prop_oneof![
        ".{0,8}".prop_map(Operand::Text),
        (-9_999..9_999_i64).prop_map(|n| Operand::Number(n.to_string())),
        (-9_999..9_999_i64).prop_map(|n| Operand::Number((n as f64 / 8.0).to_string())),
        any::<bool>().prop_map(Operand::Bool),
        root().prop_flat_map(path).prop_filter("named", |path| !path.is_missing()).prop_map(Operand::Field),
        ".{0,8}".prop_map(Operand::Missing),
    ]
}

fn clause(root: impl Strategy<Value = Root>) -> impl Strategy<Value = Row> {
    let event = prop_oneof![2 => "[a-z]{1,4}(\\.[a-z]{1,4})?", 1 => "[a-z !\"]{0,5}"];
    let within = prop_oneof![2 => "[1-9][0-9]?[wdh]", 1 => "[a-z0-9 ]{0,4}"];
    let what = prop_oneof![
        4 => root.prop_flat_map(path).prop_map(Looked::Field),
        1 => self::root().prop_flat_map(path).prop_map(Looked::Size),
        1 => (event, within).prop_map(|(event, within)| Looked::Count { event, within }),
    ];
    let test = proptest::sample::select(Test::ALL.to_vec());
    (any::<bool>(), what, test, proptest::collection::vec(operand(), 1..4)).prop_filter_map(
        "fits",
        |(not, what, test, values)| {
            let mut values = values;
            if test.takes_length() {
                let length = |(at, value): (usize, Operand)| match value {
                    Operand::Missing(_) => value,
                    _ => Operand::Length(["36h", "0d", "1d 12h"][at % 3].to_owned()),
                };
                values = values.into_iter().enumerate().map(length).collect();
            }
            values.truncate(match (test.takes_several(), test.takes_value()) {
                (true, _) => 3,
                (false, true) => 1,
                (false, false) => 0,
            });
            // A key that is no word is asked for of what is before it, as an item is.
            let odd = matches!(&what, Looked::Field(Path { steps, .. }) if steps.len() > 1
            && matches!(steps.last(), Some(Step::Name(name)) if !write::is_word(name)));
            let odd = odd && matches!(test, Test::Present | Test::Absent);
            // What has a test of its own for its opposite is not negated.
            let not = not && !matches!(test, Test::Present | Test::OneOf);
            (test.fits(&what) && !odd).then_some(Row::Clause(Clause { not, what, test, values }))
        },
    )
}

/// Rows in which no group goes together as the one around it, and each has two rows at least.
fn rows() -> impl Strategy<Value = Rows> {
    let list = |row: BoxedStrategy<Row>| proptest::collection::vec(row, 2..4);
    let join = |joins: &'static [Join]| proptest::sample::select(joins);
    let items = (path_of_event(), any::<u8>(), list(clause(Just(Root::Item("line".into()))).boxed())).prop_map(
        |(of, which, list)| {
            let which = [Which::Any, Which::Every, Which::No, Which::NotEvery][usize::from(which % 4)];
            Row::Items(Items { which, of, name: "line".into(), rows: Rows { join: Join::Any, list } })
        },
    );
    let inner = (join(&[Join::None, Join::NotAll]), list(clause(root()).boxed()))
        .prop_map(|(join, list)| Row::Group(Rows { join, list }));
    let row = prop_oneof![4 => clause(root()), 1 => items, 1 => inner];
    (join(&[Join::All, Join::Any, Join::None, Join::NotAll]), list(row.boxed()))
        .prop_map(|(join, list)| Rows { join, list })
}

fn path_of_event() -> impl Strategy<Value = Path> {
    path(Root::Subject(Subject::Event))
}

proptest! {
    #[test]
    fn rows_come_back_from_their_text(rows in rows()) {
        let text = rows.write();
        prop_assert_eq!(Rows::read(&text), Ok(rows), "{}", text);
    }

    #[test]
    fn whatever_is_typed_as_a_path_comes_back(text in "[a-z0-9.\\[\\]\\\\ -]{0,12}") {
        let path = Path::of(Root::Subject(Subject::Event), &text);
        prop_assert_eq!(Path::of(Root::Subject(Subject::Event), &path.words()), path);
    }

    #[test]
    fn any_text_is_read_or_refused(source in ".{0,60}") {
        if let Ok(rows) = Rows::read(&source) {
            prop_assert_eq!(Rows::read(&rows.write()), Ok(rows));
        }
    }
}
