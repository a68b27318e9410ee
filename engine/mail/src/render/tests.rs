//! What templates give, and what they are refused.

use std::time::Instant;

use program::{Object, Stream};
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
    templates.render(&Letter {
        stream: &stream,
        contact: &contact,
        event: &event,
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
    refused(&"x".repeat(MAX_SOURCE + 1), &["at most 262144"]);
    refused(&format!("{{{{ {}", "(".repeat(800)), &["line 1"]);
    refused(&"{% if true %}".repeat(500), &["html"]);
}

#[test]
fn keeps_line_breaks_out_of_the_subject() {
    let mut stream = stream("h", "t");
    for (subject, word) in
        [("{{ '\\r\\nBcc: x' }}y\r\nz", "line break"), ("{{ '' }}", "empty"), ("{{ 'x' * 600 }}", "512")]
    {
        stream.subject = subject.into();
        let templates = Templates::compile(&stream).unwrap();
        let object = Object::new();
        let letter = Letter {
            stream: &stream,
            contact: &object,
            event: &object,
            purpose: &Purpose::Mail,
            links: &Links::default(),
            recipient: "ada@example.test",
            message_id: "1@b.test",
            date: "2026-03-01T09:00:00Z".parse().unwrap(),
            attachments: &[],
            test_run: None,
        };
        let error = templates.render(&letter).unwrap_err();
        assert_eq!(error.part, Part::Subject);
        assert!(error.message.contains(word), "{error}");
    }
}
