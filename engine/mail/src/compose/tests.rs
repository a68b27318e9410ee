//! The bytes of a mail, read back by another parser.

use mail_parser::{MessageParser, MimeHeaders, PartType};
use program::{Object, Purpose, Stream};
use proptest::prelude::*;

use super::*;
use crate::Links;

const HEADERS: [&str; 8] =
    ["From", "To", "Subject", "Date", "Message-ID", "Auto-Submitted", "MIME-Version", "Content-Type"];

fn stream() -> Stream {
    Stream::parse(
        "{stafette: 1, name: x, title: X, class: operational, from: {name: Shop, email: shop@example.test}, \
         subject: S, html: h, text: t, attachments: include}",
    )
    .unwrap()
}

fn rendered() -> Rendered {
    Rendered {
        subject: "Your order – Größe 7".into(),
        preheader: "2 < 3".into(),
        html: "<html><BODY class=\"a\"><p>Hello</p></body></html>".into(),
        text: "Hello,\n.\n.dot\r\nFrom here\n".into(),
    }
}

fn file(filename: &str, content_type: &str, bytes: &[u8]) -> Attachment {
    Attachment { filename: filename.into(), content_type: content_type.into(), bytes: bytes.into() }
}

fn make(stream: &Stream, rendered: &Rendered, to: &str, id: &str, files: &[Attachment]) -> Result<Mail, RenderError> {
    let material = Material {
        stream,
        contact: &Object::new(),
        event: &Object::new(),
        joined: &Object::new(),
        purpose: &Purpose::Mail,
        links: &Links::default(),
        recipient: to,
        message_id: id,
        date: "2026-03-01T09:00:00.5Z".parse().unwrap(),
        attachments: files,
        test_run: None,
    };
    compose(&material, rendered, None)
}

fn simple(files: &[Attachment]) -> Result<Mail, RenderError> {
    make(&stream(), &rendered(), "ada@example.test", "0192-abc@example.test", files)
}

/// What holds for every mail.
fn sound(raw: &[u8], to: &str) {
    let text = std::str::from_utf8(raw).unwrap();
    for line in text.split("\r\n") {
        assert!(line.len() <= 998 && !line.contains(['\r', '\n', '\0']), "{line:?}");
    }
    assert!(text.ends_with("\r\n"));
    let message = MessageParser::default().parse(raw).unwrap();
    let names: Vec<_> = message.headers().iter().map(|header| header.name().to_owned()).collect();
    let planned: Vec<_> = HEADERS.iter().map(|name| name.to_string()).collect();
    assert_eq!(names.iter().filter(|name| *name != "Reply-To").cloned().collect::<Vec<_>>(), planned);
    let recipients: Vec<_> = message.to().unwrap().iter().collect();
    assert_eq!(recipients.len(), 1, "{text}");
    assert_eq!(recipients[0].address(), Some(to));
    assert_eq!(message.from().unwrap().iter().count(), 1);
    assert!(message.cc().is_none() && message.bcc().is_none());
}

#[test]
fn writes_one_mail() {
    let mail = simple(&[file("/tmp/Größe 7.pdf", "application/pdf", b"%PDF\r\n\n\r\0")]).unwrap();
    assert_eq!((mail.envelope_from.as_str(), mail.envelope_to.as_str()), ("shop@example.test", "ada@example.test"));
    sound(&mail.raw, "ada@example.test");
    let message = MessageParser::default().parse(&mail.raw).unwrap();
    assert_eq!(message.subject(), Some("Your order – Größe 7"));
    assert_eq!(message.message_id(), Some("0192-abc@example.test"));
    assert_eq!(message.date().unwrap().to_rfc3339(), "2026-03-01T09:00:00Z");
    assert_eq!(message.header_raw("Auto-Submitted").map(str::trim), Some("auto-generated"));
    assert_eq!(message.body_text(0).unwrap().replace("\r\n", "\n").trim_end(), "Hello,\n.\n.dot\nFrom here");
    let html = message.body_html(0).unwrap();
    assert!(html.starts_with("<html><BODY class=\"a\"><div style=\"display:none"), "{html}");
    assert!(html.contains(">2 &lt; 3&#847;"), "{html}");
    let attached = message.attachment(0).unwrap();
    assert_eq!(attached.attachment_name(), Some("Größe 7.pdf"));
    assert!(matches!(&attached.body, PartType::Binary(bytes) if bytes.as_ref() == b"%PDF\r\n\n\r\0"));
    assert!(String::from_utf8_lossy(&mail.raw).contains("multipart/mixed; boundary=\"=_m_0192abcexampletest\""));
}

#[test]
fn equal_letters_become_equal_bytes() {
    let files = [file("a.txt", "text/plain", b"a\r\nb")];
    assert_eq!(simple(&files).unwrap(), simple(&files).unwrap());
}

#[test]
fn text_attachments_arrive_as_they_were() {
    let bytes = b"a\nb\r\nc\r \n.\n";
    let mail = simple(&[file("a.csv", "text/csv", bytes)]).unwrap();
    let message = MessageParser::default().parse(&mail.raw).unwrap();
    assert_eq!(message.attachment(0).unwrap().contents(), bytes);
}

#[test]
fn a_file_keeps_what_is_said_of_its_type() {
    let mail = simple(&[file("a.ics", "text/calendar; method=REQUEST; charset=utf-8", b"x")]).unwrap();
    let message = MessageParser::default().parse(&mail.raw).unwrap();
    let kind = message.attachment(0).unwrap().content_type().unwrap();
    let said = (kind.ctype(), kind.subtype(), kind.attribute("method"), kind.attribute("charset"));
    assert_eq!(said, ("text", Some("calendar"), Some("REQUEST"), Some("utf-8")));
}

#[test]
fn cleans_file_names() {
    let long = format!("{}.pdf", "ä".repeat(200));
    for (name, expected) in [
        ("../../etc/passwd", "passwd"),
        ("C:\\Temp\\a.pdf", "a.pdf"),
        ("a\"b;c.pdf", "a_b_c.pdf"),
        ("gpj\u{202e}fdp.exe", "gpjfdp.exe"),
        ("a\r\nBcc: x.pdf", "a Bcc_ x.pdf"),
        ("in\u{200b}voice\t7.pdf", "invoice 7.pdf"),
        (" .. ", "attachment"),
        ("", "attachment"),
        (&long, &format!("{}….pdf", "ä".repeat(56))),
    ] {
        assert_eq!(clean_filename(name), expected);
    }
}

#[test]
fn refuses_what_is_too_much() {
    let many = vec![file("a", "text/plain", b""); MAX_ATTACHMENTS + 1];
    let large = [file("a", "text/plain", &vec![0; MAX_ATTACHMENT_BYTES + 1])];
    for files in [&many[..], &large] {
        assert_eq!(simple(files).unwrap_err().part, Part::Attachments);
    }
    let mut required = stream();
    required.attachments = Attachments::Require;
    let error = make(&required, &rendered(), "ada@example.test", "1@b.test", &[]).unwrap_err();
    assert!(error.to_string().contains("brought none"), "{error}");
    let mut ignored = stream();
    ignored.attachments = Attachments::Ignore;
    let mail = make(&ignored, &rendered(), "ada@example.test", "1@b.test", &many).unwrap();
    assert!(!String::from_utf8_lossy(&mail.raw).contains("multipart/mixed"));
}

#[test]
fn odd_media_types_become_bytes() {
    let parameters =
        ["text/plain; boundary=x", "text/plain; charset=\"x\"", "text/plain; charset=a\nb", "text/plain; x"];
    let types = ["", "text", "message/rfc822", "Multipart/mixed", "a/b\r\nX: y"];
    for kind in types.into_iter().chain(parameters) {
        let mail = simple(&[file("a", kind, b"x")]).unwrap();
        sound(&mail.raw, "ada@example.test");
        assert!(String::from_utf8_lossy(&mail.raw).contains("application/octet-stream"), "{kind}");
    }
}

#[test]
fn refuses_bad_headers() {
    for id in ["", "x", "@", "a@b\r\nX: y", "a b@c", "a@b@c"] {
        assert_eq!(make(&stream(), &rendered(), "a@b.test", id, &[]).unwrap_err().part, Part::Headers, "{id}");
    }
    assert!(make(&stream(), &rendered(), "a@b.test", "<a@b>", &[]).is_ok());
    assert_eq!(make(&stream(), &rendered(), "a@b.test, c@d.test", "a@b", &[]).unwrap_err().part, Part::Headers);
}

#[test]
fn what_cannot_be_seen_is_taken_out_of_headers() {
    let subject = Rendered { subject: "Hello I\u{200b}da\u{2028}\r\nBcc: eve@example.test".into(), ..rendered() };
    let mut stream = stream();
    stream.from.name = "Sh\u{feff}op\n\u{2067}of Ida\u{2069}".into();
    stream.reply_to = Some(Mailbox { name: "x".repeat(300), email: "r@example.test".into() });
    let mail = make(&stream, &subject, "ada@example.test", "1@b.test", &[]).unwrap();
    sound(&mail.raw, "ada@example.test");
    let message = MessageParser::default().parse(&mail.raw).unwrap();
    assert_eq!(message.subject(), Some("Hello Ida Bcc: eve@example.test"));
    assert_eq!(mail.subject, "Hello Ida Bcc: eve@example.test");
    assert_eq!(message.from().unwrap().first().unwrap().name(), Some("Shop of Ida"));
    let name = format!("{}…", "x".repeat(253));
    assert_eq!(message.reply_to().unwrap().first().unwrap().name(), Some(name.as_str()));
}

/// Readers decode an encoded-word wherever it stands, so none may come from data.
#[test]
fn what_looks_encoded_is_shown_as_it_is() {
    let word = "=?utf-8?Q?Eve_=3Ceve=40example.test=3E?=";
    for text in [
        word.to_owned(),
        format!("Order {word} shipped"),
        format!("{word} {word}"),
        format!("x{word}"),
        format!("\"{word}\" (a)"),
        format!("Grüße {word}"),
        "=?".into(),
        format!("{} {word}", "long ".repeat(60)),
    ] {
        let mut stream = stream();
        stream.from.name = text[..text.len().min(250)].into();
        let subject = Rendered { subject: text.clone(), ..rendered() };
        let mail = make(&stream, &subject, "ada@example.test", "1@b.test", &[file(&text, "text/plain", b"")]).unwrap();
        sound(&mail.raw, "ada@example.test");
        assert!(!String::from_utf8_lossy(&mail.raw).contains("=?utf-8?Q?Eve_=3C"), "{text}");
        let message = MessageParser::default().parse(&mail.raw).unwrap();
        assert_eq!(message.subject(), Some(text.trim_end()));
        let from = message.from().unwrap().first().unwrap();
        assert_eq!((from.name(), from.address()), (Some(stream.from.name.trim()), Some("shop@example.test")));
    }
}

#[test]
fn domains_go_out_in_ascii() {
    let mut stream = stream();
    stream.from.email = "shop@müller.example".into();
    let mail = make(&stream, &rendered(), "info@MU\u{308}LLER。example", "1@b.test", &[]).unwrap();
    assert_eq!(mail.envelope_from, "shop@xn--mller-kva.example");
    assert_eq!(mail.envelope_to, "info@xn--mller-kva.example");
    sound(&mail.raw, "info@xn--mller-kva.example");
    assert!(mail.raw.is_ascii());
}

/// Strings that look for trouble: line ends, header starts, encoded words, boundaries, anything.
fn nasty() -> impl Strategy<Value = String> {
    let piece = prop_oneof![
        Just("\r\n".to_owned()),
        Just("\n".to_owned()),
        Just("\r".to_owned()),
        Just("\r\nBcc: eve@example.test\r\n".to_owned()),
        Just("=?utf-8?q?a=0D=0ABcc:_eve@example.test?=".to_owned()),
        Just("--=_a_1btest\r\n".to_owned()),
        Just(", eve@example.test".to_owned()),
        Just("\">".to_owned()),
        Just("\u{2028}".to_owned()),
        any::<String>(),
        "[ -~]{0,120}",
    ];
    prop::collection::vec(piece, 0..5).prop_map(|pieces| pieces.concat())
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(512))]

    /// Whatever stands in a field: a mail with the planned headers and one recipient, or a refusal.
    #[test]
    fn no_field_becomes_a_header(field in 0..10, text in nasty()) {
        let (mut stream, mut rendered) = (stream(), rendered());
        let (mut to, mut id) = ("ada@example.test".to_owned(), "1@b.test".to_owned());
        let mut attached = file("a.txt", "text/plain", b"x");
        match field {
            0 => stream.from.name = text,
            1 => stream.from.email = text,
            2 => stream.reply_to = Some(Mailbox { name: text, email: "r@example.test".into() }),
            3 => rendered.subject = text,
            4 => rendered.preheader = text,
            5 => rendered.html = text,
            6 => rendered.text = text,
            7 => to = text,
            8 => id = text,
            _ => (attached.filename, attached.content_type) = (text.clone(), text),
        }
        if let Ok(mail) = make(&stream, &rendered, &to, &id, &[attached]) {
            sound(&mail.raw, &mail.envelope_to);
        }
    }
}
