//! Mail streams: what a mail says, who may get it, and what follows an unknown outcome.

use std::ops::Index;

use serde::{Deserialize, Serialize};

use crate::{StreamName, file};

/// A mail stream as its file says it. The texts are templates (Jinja syntax, rendered by `mail`);
/// `contact`, `event` and, where the node gives them, `survey` or `invite` are known in them.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Stream {
    /// Version of the file format; 1 for now.
    pub stafette: u32,
    /// Name within the workspace; nodes refer to it.
    pub name: StreamName,
    /// Shown to people.
    pub title: String,
    /// Operational or marketing. Fixed when the stream is made.
    pub class: StreamClass,
    /// Sender.
    pub from: Mailbox,
    /// Where answers go, if not to the sender.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub reply_to: Option<Mailbox>,
    /// Template of the subject.
    pub subject: String,
    /// Template of the text that inboxes show behind the subject.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub preheader: String,
    /// Template of the HTML part.
    pub html: String,
    /// Template of the text part.
    pub text: String,
    /// What happens to the event's attachments.
    #[serde(default)]
    pub attachments: Attachments,
    /// What happens to a message whose hand-over was cut between DATA and the reply.
    #[serde(default)]
    pub unknown_outcome: UnknownOutcome,
}

/// Who may be written to.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum StreamClass {
    /// Mail that the contact's own act asks for: opt-in is ignored, own sending pool.
    Operational,
    /// Everything else: goes only to contacts with opt-in.
    Marketing,
}

impl StreamClass {
    /// Both of them.
    pub const ALL: [Self; 2] = [Self::Operational, Self::Marketing];

    /// As files, tables, labels and options say it.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Operational => "operational",
            Self::Marketing => "marketing",
        }
    }
}

/// One of something for each class of mail, so that a full one never delays the other.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct PerClass<T> {
    /// For operational mail.
    pub operational: T,
    /// For marketing mail.
    pub marketing: T,
}

impl<T> PerClass<T> {
    /// One of each.
    pub fn each(mut one: impl FnMut(StreamClass) -> T) -> Self {
        Self { operational: one(StreamClass::Operational), marketing: one(StreamClass::Marketing) }
    }

    /// Both, with their class.
    pub fn iter(&self) -> impl Iterator<Item = (StreamClass, &T)> {
        StreamClass::ALL.into_iter().map(|class| (class, &self[class]))
    }
}

impl<T> Index<StreamClass> for PerClass<T> {
    type Output = T;

    fn index(&self, class: StreamClass) -> &T {
        match class {
            StreamClass::Operational => &self.operational,
            StreamClass::Marketing => &self.marketing,
        }
    }
}

/// Attachments of the event that started the token.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Attachments {
    /// Leave them out.
    #[default]
    Ignore,
    /// Attach what the event brought.
    Include,
    /// Attach, and stop the mail where the event brought none.
    Require,
}

/// Policy for messages whose outcome is unknown.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum UnknownOutcome {
    /// Hand over again under the same Message-ID: rather twice than never.
    Resend,
    /// Leave it to the operator.
    #[default]
    Hold,
    /// Count it as sent: rather never than twice.
    Skip,
}

/// A mail address with an optional display name.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Mailbox {
    /// Display name.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub name: String,
    /// Address.
    pub email: String,
}

impl Stream {
    /// Reads a stream file (YAML, or JSON as its subset).
    pub fn parse(text: &str) -> Result<Self, file::FileError> {
        let stream: Self = file::parse(text)?;
        match stream.stafette {
            1 => Ok(stream),
            n => Err(file::FileError::at(
                text,
                "stafette",
                format!("format version {n} is not known; this build reads version 1"),
            )),
        }
    }

    /// Writes the file.
    pub fn to_yaml(&self) -> String {
        file::to_yaml(self)
    }
}
