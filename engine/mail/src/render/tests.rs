//! What templates give, and what they are refused.

use std::time::Instant;

use program::{Object, Stream};
use proptest::prelude::*;
use serde_json::{Value, json};

use super::*;
use crate::{Links, SurveyLink};

fn stream(html: &str, text: &str) -> Stream {
    let mut stream = Stream::parse(
        "{stafette: 1, name: x, title: X, class: operational, from: {email: a@b.test}, subject: S, html: h, text: t}",
    )
    .unwrap();
    (stream.html, stream.text) = (html.into(), text.into());
    stream
}

fn object(value: Value) -> Object {
    value.as_object().unwrap().clone()
}

/// Renders one source as text and as HTML, with an order as the event.
fn render(source: &str) -> Result<Rendered, RenderError> {
    render_with(source, Purpose::Mail)
}

fn render_with(source: &str, purpose: Purpose) -> Result<Rendered, RenderError> {
    let stream = stream(source, source);
    let templates = Templates::compile(&stream).map_err(|problems| RenderError {
        part: Part::Html,
        line: 0,
        message: problems.iter().map(ToString::to_string).collect::<Vec<_>>().join("\n"),
    })?;
    let contact = object(json!({"email": "ada@example.test", "first_name": "<Ada>", "nothing": null}));
    let event = object(json!({
        "order_id": "A-1", "total": 49.9, "currency": "EUR", "placed_at": "2026-03-01T09:05:00+01:00",
        "lines": [{"name": "Tea & cake", "quantity": 2, "price": 4.5}, {"name": "Mug", "quantity": 1, "price": 12}],
    }));
    let links = Links {
        survey: vec![SurveyLink { score: 1, label: "bad".into(), url: "https://x.test/?a=1&b=2".into() }],
        invite: Some("https://x.test/join".into()),
    };
    templates.render(&Material {
        stream: &stream,
        contact: &contact,
        event: &event,
        joined: &Object::new(),
        purpose: &purpose,
        links: &links,
        recipient: "ada@example.test",
        message_id: "1@b.test",
        date: "2026-03-01T09:00:00Z".parse().unwrap(),
        attachments: &[],
        test_run: None,
    })
}

#[track_caller]
fn check(source: &str, expected: &str) {
    match render(source) {
        Ok(rendered) => assert_eq!(rendered.text, expected, "{source}"),
        Err(error) => panic!("{source}: {error}"),
    }
}

#[track_caller]
fn refused(source: &str, words: &[&str]) {
    let start = Instant::now();
    let error = render(source).expect_err(&source[..source.len().min(80)]).to_string();
    for word in words {
        assert!(error.contains(word), "`{word}` is not in: {error}");
    }
    println!("{:>9.1?} {error}", start.elapsed());
}

#[test]
fn prints_values() {
    check("{{ event.order_id }}", "A-1");
    check("{{ contact.last_name | default('you') }}", "you");
    check("{{ contact.nothing | default('you') }}", "you");
    check("{{ event.total | money(event.currency) }}", "49.90 EUR");
    check(
        "{{ 1.005 | money('usd') }} {{ '7' | money('JPY') }} {{ -0.001 | money('KWD') }}",
        "1.01 USD 7 JPY -0.001 KWD",
    );
    check("{{ event.placed_at | date('%d.%m.%Y %H:%M') }}", "01.03.2026 09:05");
    check("{{ '2026-03-01' | date }}", "2026-03-01");
    check("{% for l in event.lines %}{{ l.quantity }}x{{ l.name }};{% endfor %}", "2xTea & cake;1xMug;");
    check("{% set sum = event.total + 1 %}{{ sum }}", "50.9");
    check("{%- set a = 'x' ~ \"%}\" -%}{{ a }}", "x%}");
    check("{% set a = {'b': [1, 2]} %}{{ a.b | join('+') }}", "1+2");
    check("{% if event.coupon is defined %}no{% else %}yes{% endif %}", "yes");
    check("{% raw %}{% set x %}{{ y }}{% endraw %}{# {% filter %} #}!", "{% set x %}{{ y }}!");
    check("{% for n in range(1, 4) %}{{ n }}{% endfor %}{{ stream.title }}", "123X");
    check("{{ 'a-b' | replace('-', '+') }}", "a+b");
}

#[test]
fn escapes_html_and_nothing_else() {
    for (source, html, text) in [
        ("{{ contact.first_name }}", "&lt;Ada&gt;", "<Ada>"),
        ("{{ '\"/\\'&' }}", "&quot;/&#39;&amp;", "\"/'&"),
        ("{{ '<b>' | safe }}{{ '<' ~ 1 }}", "<b>&lt;1", "<b><1"),
    ] {
        let rendered = render(source).unwrap();
        assert_eq!((rendered.html.as_str(), rendered.text.as_str()), (html, text));
    }
}

#[test]
fn gives_links_to_those_who_have_them() {
    let survey = Purpose::Survey { question: "How?".into(), scale: 5 };
    let source = "{{ survey.question }}{% for l in survey.links %} {{ l.score }} {{ l.label }} {{ l.url }}{% endfor %}";
    assert_eq!(render_with(source, survey).unwrap().text, "How? 1 bad https://x.test/?a=1&b=2");
    let invite = Purpose::LoyaltyInvite { club: "Club".into(), valid: None };
    assert_eq!(render_with("{{ invite.club }} {{ invite.url }}", invite).unwrap().text, "Club https://x.test/join");
    refused("{{ survey.question }}", &["survey"]);
}

#[test]
fn names_what_is_missing() {
    refused("one\n\nHello {{ contact.last_name }}", &["html, line 3: ", "`contact.last_name` is undefined", "default"]);
    refused("{{ event.a.b }}", &["event.a"]);
    refused("{{ contact.nothing }}", &["null", "default"]);
    refused("{{ event.lines }}", &["loop"]);
    refused("\n{{ user.name }}", &["line 2", "`user` is not known", "contact"]);
    refused("\n{{ event.x | shout }}", &["shout"]);
    refused("\n\n{% if %}", &["line 3"]);
    refused("{{ event.total | money('Euro') }}", &["Euro", "three letters"]);
    refused("{{ event.order_id | money('EUR') }}", &["not an amount"]);
    refused("{{ event.placed_at | date('%Q') }}", &["%Q"]);
    refused("{{ event.order_id | date }}", &["not a time"]);
}

#[test]
fn defuses_bombs() {
    refused("{% for a in range(1000) %}{% for b in range(1000) %}{% endfor %}{% endfor %}", &["50000 steps"]);
    refused("{% for a in range(1000) %}{{ 'xxxxxxxxxxxxxxxx' * 100 }}{% endfor %}", &["longer than 1048576"]);
    refused("{{ range(1000000000) }}", &["1000"]);
    refused("{{ 'x' * 200000000 }}", &["too large"]);
    let doubling = format!("{{% set a = 'xxxxxxxx' %}}{}{{{{ a }}}}", "{% set a = a ~ a %}".repeat(27));
    refused(&doubling, &["64 KiB"]);
    let doubling = format!("{{% set a = [1] %}}{}{{{{ a | length }}}}", "{% set a = a + a %}".repeat(27));
    refused(&doubling, &["10000 items"]);
    let tower = format!("{{% set a = [1] %}}{}{{{{ a | length }}}}", "{% set a = [a, a] %}".repeat(27));
    refused(&tower, &["10000 items"]);
    refused("{% set a %}x{% endset %}{{ a }}", &["set"]);
    refused("{% filter upper %}x{% endfilter %}", &["`filter` is not known"]);
    refused("{% with a = 1 %}{% endwith %}", &["`with`"]);
    refused("{% include '/etc/passwd' %}", &["`include`"]);
    refused("{% for a in ['x' ~ 'y'] %}{% endfor %}", &["plain value"]);
    refused("{% for a in event.lines recursive %}{% endfor %}", &["plain value"]);
    refused(&format!("{{{{ 'x'{} }}}}", " ~ 'x'".repeat(40)), &["at most 32"]);
    refused("{% set ns = namespace(a=1) %}", &["namespace"]);
    refused("{{ ('x' * 60000) | replace('x', 'x' * 60000) }}", &["longer than a mail"]);
    refused("{{ ('x' * 60000) | split('') | join('x' * 60000) }}", &["longer than a mail"]);
    refused(&"x".repeat(letter::MAX_SOURCE + 1), &["at most 262144"]);
    refused(&format!("{{{{ {}", "(".repeat(800)), &["line 1"]);
    refused(&"{% if true %}".repeat(500), &["html"]);
    refused(&format!("a\n{{% if true %}}{}{{% endif %}}", "{% elif 1 %}".repeat(20_000)), &["line 2", "at most 100"]);
    refused(&"{% for a in event.lines %}".repeat(9_000), &["at most 100"]);
}

/// Chains that the engine would walk by recursion: refused with their line, on a thread that has little stack.
#[test]
fn chains_are_bounded_before_they_are_parsed() {
    let small = std::thread::Builder::new().stack_size(2 << 20);
    let check = || {
        for link in [
            " | e",
            ".a",
            "[0]",
            "-1",
            " + 1",
            " ~ 1",
            " and a",
            " or a",
            " not in a",
            " is defined",
            " if a else a",
            "(1)",
            " ** 2",
            " == 1",
            " // 2",
        ] {
            // As deep as it may be, it is compiled and rendered; the engine may find other faults.
            let most = format!("{{{{ contact{} }}}}", link.repeat(100 / link.split(' ').count().max(2)));
            drop(render(&most));
            for many in [101, 20_000] {
                refused(&format!("\n{{{{ contact{} }}}}", link.repeat(many)), &["line 2", "at most"]);
            }
            refused(&format!("\n{{{{ contact{}", link.repeat(20_000)), &["line 2", "at most"]);
            refused(&format!("\n{{% if contact{} %}}{{% endif %}}", link.repeat(9_000)), &["line 2", "at most"]);
        }
        for open in ["(", "[", "not ", "-", "{'a': ", "a(", "a[", "[[], "] {
            drop(render(&format!("{{{{ {} }}}}", open.repeat(99))));
            refused(&format!("\n{{{{ {}", open.repeat(20_000)), &["line 2", "at most"]);
        }
        let nested = |n: usize| format!("{}{}", "{% if true %}".repeat(n), "{% endif %}".repeat(n));
        drop(render(&nested(100)));
        refused(&nested(9_000), &["at most 100"]);
        let chained = |n: usize| format!("{{% if true %}}{}{{% endif %}}", "{% elif true %}".repeat(n));
        assert_eq!(render(&chained(99)).unwrap().text, "");
    };
    small.spawn(check).unwrap().join().unwrap();
}

#[test]
fn names_that_nothing_answers_to_are_found_when_it_is_compiled() {
    for (source, words) in [
        ("\n{{ contact.first_name | capitlize }}", &["line 2", "no filter `capitlize`", "capitalize"][..]),
        ("{% if false %}\n{{ contact.a | shout }}{% endif %}", &["line 2", "no filter `shout`"]),
        ("{{ contact.a\n  | default('x')\n  | shout }}", &["line 3", "shout"]),
        ("{% set a = contact.a | shout %}", &["shout"]),
        ("{{ event.lines | map('shout') }}", &["shout"]),
        ("{% if contact.a is defind %}{% endif %}", &["no test `defind`", "defined"]),
        ("{% if contact.a is not defind %}{% endif %}", &["no test `defind`"]),
        ("{% if false %}{{ now() }}{% endif %}", &["no function `now`"]),
        ("{{ contact.first_name.upper() }}", &["no method `upper()`", "| upper"]),
        ("{{ event.lines | tojson }}", &["no filter `tojson`"]),
        ("\n{{ stream.titel }}", &["line 2", "`stream` has no `titel`", "title"]),
        ("{% if false %}{{ survey.answer }}{% endif %}", &["`survey` has no `answer`", "question"]),
        ("{% for l in event.lines %}{{ loop.indx }}{% endfor %}", &["`loop` has no `indx`"]),
    ] {
        let problems = Templates::compile(&stream(source, "t")).expect_err(source);
        assert_eq!(problems.len(), 1, "{problems:?}");
        assert_eq!(problems[0].field.as_deref(), Some("html"));
        for word in words {
            assert!(problems[0].message.contains(word), "`{word}` is not in: {}", problems[0].message);
        }
    }
    let several = Templates::compile(&stream("{{ a }}{{ event.b | c }}\n{{ event.d is e }}", "{{ event.b | c }}"));
    assert_eq!(several.unwrap_err().len(), 4);
    for fine in [
        "{% for stream in event.lines %}{{ stream.name }}{% endfor %}",
        "{% for l in event.lines %}{{ loop.cycle('a', 'b') }}{{ loop.index }}{% endfor %}",
        "{{ '| shout' }}{% raw %}{{ a | shout }}{% endraw %}{# {{ a | shout }} #}",
        "{{ contact.first_name | upper | urlencode }}{{ range(3) | sum }}",
        "{% if event.total is divisibleby(3) or event.total is not none %}{% endif %}",
    ] {
        let compiled = Templates::compile(&stream(fine, fine));
        assert!(compiled.is_ok(), "{fine}: {compiled:?}");
    }
}

#[test]
fn links_that_would_be_run_are_refused() {
    refused("\n<a href=\"javascript:alert(1)\">", &["line 2", "`javascript:`", "https"]);
    refused("<a href=\"{{ 'java' ~ 'script:alert(1)' }}\">", &["html: href begins with `javascript:`"]);
    refused("<img src='{{ 'data:text/html,x' }}'>", &["`data:`"]);
    assert!(render("<a href=\"https://x.test/{{ 'javascript:' }}\">{{ 'javascript:' }}</a>").is_ok());
}

#[test]
fn the_subject_is_one_line() {
    let mut stream = stream("h", "t");
    let contact = object(json!({ "name": "I\u{200b}\u{2067}da\u{2069}\t\r\nBcc: x", "long": "x".repeat(600) }));
    let subject = |template: &str| {
        stream.subject = template.into();
        stream.preheader = template.into();
        let rendered = Templates::compile(&stream).unwrap().render(&Material {
            stream: &stream,
            contact: &contact,
            event: &Object::new(),
            joined: &Object::new(),
            purpose: &Purpose::Mail,
            links: &Links::default(),
            recipient: "ada@example.test",
            message_id: "1@b.test",
            date: "2026-03-01T09:00:00Z".parse().unwrap(),
            attachments: &[],
            test_run: None,
        })?;
        assert!(rendered.preheader.starts_with(&rendered.subject[..3]));
        Ok::<_, RenderError>(rendered.subject)
    };
    let mut subject = subject;
    assert_eq!(subject("Hello {{ contact.name }}").unwrap(), "Hello Ida Bcc: x");
    assert_eq!(subject("a\r\n{% if true %}\n b{% endif %}").unwrap(), "a b");
    assert_eq!(subject("{{ contact.long }}").unwrap(), format!("{}…", "x".repeat(509)));
    let error = subject("{{ '\u{200b}' }}").unwrap_err();
    assert_eq!(error.part, Part::Subject);
    assert!(error.message.contains("empty"), "{error}");
}

/// Pieces of templates, in any order and number.
fn pieces() -> impl Strategy<Value = String> {
    let piece = prop::sample::select(vec![
        "{{",
        "}}",
        "{%",
        "%}",
        "{#",
        "#}",
        "{% if a %}",
        "{% elif a %}",
        "{% else %}",
        "{% endif %}",
        "{% for a in b %}",
        "{% endfor %}",
        "{% set a = ",
        "{% raw %}",
        "{% endraw %}",
        "(",
        ")",
        "[",
        "]",
        "{",
        "}",
        ",",
        ":",
        "|",
        "| e",
        ".a",
        "[0]",
        "-",
        "~",
        "*",
        "not ",
        " and ",
        " is ",
        " in ",
        " if a else ",
        "\"",
        "'",
        "\\",
        "a",
        "1",
        "1.5e9",
        "\n",
        "ä",
        "-%}",
        "{{-",
        "<a href='",
        "javascript:",
    ]);
    prop::collection::vec((piece, prop_oneof![9 => 1..4_usize, 1 => 200..3_000_usize]), 0..12)
        .prop_map(|pieces| pieces.into_iter().map(|(piece, times)| piece.repeat(times)).collect())
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(256))]

    /// Whatever is saved: problems or texts, on the stack of any thread.
    #[test]
    fn no_source_brings_the_process_down(source in pieces()) {
        drop(render(&source));
    }
}

#[test]
fn what_is_added_to_a_broken_source_does_not_break_the_fence() {
    for source in
        ["{%%}{% if a + b %}{{ c * d }}", "{{}}{{ a + b }}", "{% set a[b + 1] = c * 2 %}", "{% if a % }{{ b + c }}"]
    {
        let stream = stream(source, source);
        assert!(Templates::compile(&stream).is_err(), "{source}");
    }
}

#[test]
fn numbers_are_printed_as_written_and_calculated_with() {
    let event = r#"{"big": 99999999999999999999, "price": 100.00, "zero": -0, "fine": 123456789.123456789, "third": 33.1,
        "tenth": 0.10, "whole": 7, "half": 7.50, "far": 1e-7, "huge": 1e400, "long": 12345678901234567890123456789012345678901.5,
        "list": [2.50, 10.0, 9], "lines": [{"n": 2.50, "k": "b"}, {"n": 10.0, "k": "a"}, {"n": 9, "k": "c"}]}"#;
    let event: Object = serde_json::from_str(event).unwrap();
    let of = |source: &str| {
        let stream = stream(source, source);
        let (contact, links) = (Object::new(), Links { survey: Vec::new(), invite: None });
        let templates = Templates::compile(&stream).unwrap_or_else(|problems| panic!("{source}: {problems:?}"));
        let material = Material {
            stream: &stream,
            contact: &contact,
            event: &event,
            joined: &Object::new(),
            purpose: &Purpose::Mail,
            links: &links,
            recipient: "ada@example.test",
            message_id: "1@b.test",
            date: "2026-03-01T09:00:00Z".parse().unwrap(),
            attachments: &[],
            test_run: None,
        };
        templates.render(&material).map(|rendered| {
            assert_eq!(rendered.html, rendered.text, "{source}");
            rendered.text
        })
    };
    for (source, expected) in [
        // As written, wherever it only goes through.
        (
            "{{ event.big }} {{ event.price }} {{ event.zero }} {{ event.fine }}",
            "99999999999999999999 100.00 -0 123456789.123456789",
        ),
        ("{{- event.tenth -}}|{{ event['half'] }}|{{ event.lines[1].n }}", "0.10|7.50|10.0"),
        ("{% set p = event.price %}{{ p }} {{ p | default('-') }} {{ 'EUR ' ~ p }}", "100.00 100.00 EUR 100.00"),
        ("{% for n in event.list %}{{ n }};{% endfor %}{{ event.list | join(' ') }}", "2.50;10.0;9;2.50 10.0 9"),
        ("{{ event.price if event.price else '-' }} {{ event.zero or 'none' }}", "100.00 none"),
        ("{{ event.list | first }} {{ event.list | last }} {{ event.price | string | length }}", "2.50 9 6"),
        ("{% for l in event.lines | sort(attribute='n') %}{{ l.n }} {% endfor %}", "2.50 9 10.0 "),
        ("{% for l in event.lines | sort(attribute='n, k', reverse=true) %}{{ l.n }} {% endfor %}", "10.0 9 2.50 "),
        ("{{ event.list | max }} {{ event.list | min }} {{ (event.lines | max(attribute='n')).k }}", "10.0 2.50 a"),
        ("{% for l in event.lines | selectattr('n', 'gt', 2.5) %}{{ l.n }} {% endfor %}", "10.0 9 "),
        ("{% for n in event.list | reject('eq', 10) %}{{ n }} {% endfor %}", "2.50 9 "),
        // Calculated, as people do.
        ("{{ event.price + 1 }} {{ event.price * 2 }} {{ -event.tenth }} {{ event.price / 8 }}", "101 200 -0.1 12.5"),
        ("{{ event.third * 3 }} {{ event.tenth + 0.2 }} {{ event.half - event.half }}", "99.3 0.3 0"),
        (
            "{{ event.price // 3 }} {{ event.price % 30 }} {{ event.half ** 2 }} {{ event.whole / 2 }}",
            "33 10 56.25 3.5",
        ),
        (
            "{{ event.big + 1 }} {{ event.fine | round(2) }} {{ event.price | int }}",
            "100000000000000000000 123456789.12 100",
        ),
        ("{{ event.list | sum }} {{ event.lines | sum(attribute='n') }}", "21.5 21.5"),
        ("{{ event.price | money('EUR') }} {{ event.tenth | abs }}", "100.00 EUR 0.1"),
        (
            "{% if event.price > 99 and event.price == 100 and 100.0 <= event.price and event.half != 7 %}yes{% endif %}",
            "yes",
        ),
        ("{% if event.zero == 0 and not event.zero and event.half > event.whole %}yes{% endif %}", "yes"),
        ("{% if 10 in event.list and event.half in [7.5] and 3 not in event.list %}yes{% endif %}", "yes"),
        ("{% if event.price is number and event.price is divisibleby(event.list[1]) %}yes{% endif %}", "yes"),
        ("{% if event.huge and event.far > 0 %}{{ event.huge }} {{ event.far }}{% endif %}", "1e+400 1e-7"),
        ("{{ event.long }} {% if event.long > 1 %}yes{% endif %}", "12345678901234567890123456789012345678901.5 yes"),
        ("{% set n = event.price * 2 + event.tenth %}{{ n }}", "200.1"),
    ] {
        assert_eq!(of(source).map_err(|error| error.to_string()).as_deref(), Ok(expected), "{source}");
    }
    for source in ["{{ event.huge + 1 }}", "{% if event.huge > 1 %}{% endif %}", "{{ event.huge | round }}"] {
        let error = of(source).expect_err(source).to_string();
        assert!(error.contains("too large to calculate with"), "{error}");
    }
}
