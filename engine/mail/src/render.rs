//! Templates become texts.
//!
//! The syntax is Jinja, by `minijinja`. People who write templates may send mail but may not stop the service. So
//! steps, depth, source and output of a template are bounded, and it reaches no file and no network.

mod fence;
mod filters;
mod names;
mod numbers;
mod operands;

use std::{collections::BTreeMap, fmt, io};

use letter::{Part, check_links, check_source, one_line, texts};
use minijinja::{AutoEscape, Environment, Error, ErrorKind, UndefinedBehavior, Value, value::Serde, value::ValueKind};
use program::{Finding, Problem, Purpose, Reason, Stream};
use serde::{Deserialize, Serialize};

use crate::{Material, RenderError, material::MAX_SUBJECT};

/// The longest text that one part may become, in bytes.
pub const MAX_OUTPUT: usize = 1 << 20;

/// The longest preheader, in bytes; inboxes show a line or two of it.
const MAX_PREHEADER: usize = 1_024;

/// The longest question of a survey, in bytes.
const MAX_QUESTION: usize = 4_096;

/// The most steps that one part may take; a mail with a hundred rows takes some five thousand.
const FUEL: u64 = 50_000;

/// How deep tags and calls may stand in each other.
const DEPTH: usize = 64;

/// The texts of one stream version, compiled. Reusable from many threads; compile once per version.
#[derive(Debug)]
pub struct Templates(Environment<'static>);

/// The texts of one mail.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Rendered {
    /// One line, without what cannot be seen.
    pub subject: String,
    /// What inboxes show behind the subject, as plain text; may be empty.
    pub preheader: String,
    /// HTML part, without the preheader.
    pub html: String,
    /// Text part.
    pub text: String,
}

impl Templates {
    /// Compiles the texts; every part that cannot be compiled is one problem, with its line.
    pub fn compile(stream: &Stream) -> Result<Self, Vec<Problem>> {
        let mut env = Environment::new();
        env.set_undefined_behavior(UndefinedBehavior::SemiStrict);
        env.set_auto_escape_callback(|name| match name {
            "html" => AutoEscape::Html,
            _ => AutoEscape::None,
        });
        env.set_fuel(Some(FUEL));
        env.set_recursion_limit(DEPTH);
        // Errors then name the variable; data is kept in the error, which stays in this file.
        env.set_debug(true);
        env.set_formatter(print);
        filters::install(&mut env);

        let mut problems = Vec::new();
        for (part, source) in texts(stream) {
            for error in add(&mut env, part, source) {
                let line = if error.line > 0 { format!("line {}: ", error.line) } else { String::new() };
                let finding = Finding::Text(format!("{line}{}", error.message));
                problems.push(Problem::error("template", finding).field(part.name()));
            }
        }
        if problems.is_empty() { Ok(Self(env)) } else { Err(problems) }
    }

    /// Writes the texts of one mail. The material must be of the stream that was compiled.
    pub fn render(&self, material: &Material<'_>) -> Result<Rendered, RenderError> {
        let context = context(material);
        let subject = one_line(&self.part(Part::Subject, &context)?, MAX_SUBJECT);
        if subject.is_empty() {
            return Err(RenderError::new(Part::Subject, Reason::EmptySubject.to_string()));
        }
        let preheader = one_line(&self.part(Part::Preheader, &context)?, MAX_PREHEADER);
        let html = self.part(Part::Html, &context)?;
        // Its line is not one of the template.
        check_links(&html).map_err(|fault| RenderError::new(Part::Html, fault.message))?;
        Ok(Rendered { subject, preheader, html, text: self.part(Part::Text, &context)? })
    }

    fn part(&self, part: Part, context: &Value) -> Result<String, RenderError> {
        let mut output = Limited(Vec::new());
        let template = self.0.get_template(part.name()).map_err(|error| explain(part, &error))?;
        template.render_captured_to(context.clone(), &mut output).map_err(|error| explain(part, &error))?;
        String::from_utf8(output.0).map_err(|_| RenderError::new(part, "the text is not UTF-8"))
    }
}

/// Compiles one part; finds what is wrong with it, names that nothing will ever answer to among it.
fn add(env: &mut Environment<'static>, part: Part, source: &str) -> Vec<RenderError> {
    compile(env, part, source).unwrap_or_else(|error| vec![error])
}

fn compile(env: &mut Environment<'static>, part: Part, source: &str) -> Result<Vec<RenderError>, RenderError> {
    check_source(part, source).map_err(|fault| RenderError::at(part, fault.line, fault.message))?;
    let at = |(line, message): (_, String)| RenderError::at(part, line, message);
    let mut asked = Vec::new();
    let fenced = fence::fence(source, |line, name| asked.push((line, name))).map_err(at)?;
    env.add_template_owned(part.name(), fenced.into_owned()).map_err(|error| explain(part, &error))?;
    let template = env.get_template(part.name()).map_err(|error| explain(part, &error))?;
    Ok(names::unknown(env, &template, (part, source), asked))
}

/// What templates see.
fn context(material: &Material<'_>) -> Value {
    let stream = material.stream;
    let mut names = BTreeMap::from([
        ("contact", numbers::object(material.contact)),
        ("event", numbers::object(material.event)),
        ("joined", numbers::object(material.joined)),
        (
            "stream",
            Value::from_pairs([
                ("name", Value::from(stream.name.as_str())),
                ("title", Value::from(stream.title.as_str())),
                ("from", Value::from(stream.from.name.as_str())),
            ]),
        ),
    ]);
    match material.purpose {
        Purpose::Mail => {}
        Purpose::Survey { question, .. } => {
            let links = Value::from(Serde(&material.links.survey));
            let question = Value::from(one_line(question, MAX_QUESTION));
            names.insert("survey", Value::from_pairs([("question", question), ("links", links)]));
        }
        Purpose::LoyaltyInvite { club, .. } => {
            let mut invite = vec![("club", Value::from(club.as_str()))];
            invite.extend(material.links.invite.as_deref().map(|url| ("url", Value::from(url))));
            names.insert("invite", Value::from_pairs(invite));
        }
    }
    Value::from(names)
}

/// What is said where nothing would be printed.
const NULL: &str = "the value is null";

/// Prints a value into a mail: no lists, no objects, no `none`.
fn print(out: &mut minijinja::Output<'_>, state: &mut minijinja::State<'_, '_>, value: &Value) -> Result<(), Error> {
    if let Some(text) = numbers::text(value) {
        return Ok(out.write_str(text)?);
    }
    if let Some(text) = numbers::printed(value) {
        return Ok(out.write_str(&text)?);
    }
    match value.kind() {
        ValueKind::None => Err(Error::new(ErrorKind::UndefinedError, NULL)),
        ValueKind::Seq | ValueKind::Iterable | ValueKind::Map | ValueKind::Plain => {
            Err(Error::new(ErrorKind::InvalidOperation, Reason::NotPrintable.to_string()))
        }
        ValueKind::String if matches!(state.auto_escape(), AutoEscape::Html) && !value.is_safe() => {
            Ok(escape(value.as_str().unwrap_or_default(), out)?)
        }
        _ => minijinja::escape_formatter(out, state, value),
    }
}

/// Escapes what means something in HTML. The engine's own escaping also turns every `/` of an address into
/// `&#x2f;`, which is right but more than what rewrites links in mails understands.
pub(crate) fn escape(text: &str, out: &mut impl fmt::Write) -> fmt::Result {
    let mut rest = text;
    while let Some(at) = rest.find(['&', '<', '>', '"', '\'']) {
        out.write_str(&rest[..at])?;
        out.write_str(match rest.as_bytes()[at] {
            b'&' => "&amp;",
            b'<' => "&lt;",
            b'>' => "&gt;",
            b'"' => "&quot;",
            _ => "&#39;",
        })?;
        rest = &rest[at + 1..];
    }
    out.write_str(rest)
}

/// An engine's error in words: what, and what to do.
fn explain(part: Part, error: &Error) -> RenderError {
    let detail = error.detail().unwrap_or_default();
    let message = match error.kind() {
        ErrorKind::OutOfFuel => Reason::TemplateSteps { most: FUEL }.to_string(),
        ErrorKind::WriteFailure => Reason::TextTooLong { most: MAX_OUTPUT }.to_string(),
        ErrorKind::UndefinedError => undefined(detail).to_string(),
        ErrorKind::SyntaxError if !detail.is_empty() => Reason::TemplateSyntax { said: detail.into() }.to_string(),
        kind if detail.is_empty() => kind.to_string(),
        kind @ (ErrorKind::UnknownFilter | ErrorKind::UnknownTest) => format!("{kind}: {detail}"),
        _ => detail.to_owned(),
    };
    RenderError::at(part, error.line().unwrap_or_default(), message)
}

/// What is not there, by what the engine says of it.
fn undefined(detail: &str) -> Reason {
    // It may say more around the name.
    let name = detail.split_once("` is undefined").and_then(|(before, _)| before.rsplit('`').next());
    match name {
        Some(name) => Reason::Undefined { name: name.into() },
        None if detail == NULL => Reason::NullValue,
        None => Reason::NoValue,
    }
}

/// A buffer that is full at [`MAX_OUTPUT`].
struct Limited(Vec<u8>);

impl io::Write for Limited {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        if self.0.len() + bytes.len() > MAX_OUTPUT {
            return Err(io::Error::other("too long"));
        }
        self.0.extend_from_slice(bytes);
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

#[cfg(test)]
mod tests;
