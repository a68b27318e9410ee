//! Why a step went as it did, or what became of a message.
//!
//! A reason is stored and sent as its name and its parts, `{"reason": "drew", "drawn": 42}`, so that it can be said in
//! any language. The wire also carries the English sentence, which the command line shows. Any other text, such as a
//! mail server's reply, is [`Reason::Text`]. Former builds stored the sentence alone: [`Reason::stored`] reads both.

use std::fmt;

use chrono::NaiveDate;
use serde::{Deserialize, Deserializer, Serialize, Serializer, de, ser::SerializeMap as _};

use crate::{
    EventType, NodeId, Period, StreamName,
    sentence::{At, Count, Part, Tagged as _, Window, sentences},
};

/// Under which key the name of a reason stands among its parts.
const TAG: &str = "reason";

// Every sentence stands here and nowhere else. Its blanks are its parts, in their order. If a text matches two sentences,
// the first one wins: list sentences that end in free text before those that begin with it.
sentences! {
    tagged
    /// Why, in one line for the timeline.
    Reason:

    /// The node is disabled and lets everybody pass.
    Disabled = "disabled";
    /// The contact was in the program before, and once is all.
    NeverAgain { day: NaiveDate } = "entered on {day}, never again";
    /// The contact was in the program not long enough ago.
    NotAgain { day: NaiveDate, within: Period } = "entered on {day}, not again within {within}";
    /// The event happened long before it came in.
    TooOld { day: NaiveDate, within: Period } = "happened on {day}, came in more than {within} later";
    /// The token could not be decided about when its event came in; now the filter says no.
    FilteredOut = "the filter does not let it in";
    /// The grades that a survey offers.
    Scale { best: u8 } = "1 to {best}";
    /// What chance drew.
    Drew { drawn: u32 } = "drew {drawn} of 100";
    /// A publication takes the token out.
    TakenOut { version: u32 } = "taken out when version {version} was published";
    /// A publication changes how long the token waits.
    Retimed { version: u32 } = "re-timed when version {version} was published";
    /// A publication puts the token elsewhere.
    Moved { version: u32 } = "moved when version {version} was published";
    /// Somebody replays a dead letter in the version that is live now.
    Mended { version: u32 } = "tried again in version {version}";
    /// The token is back where a publication took it from.
    Returned = "the publication was undone";
    /// What a step changed of the contact.
    Changed { names: String } = "changed: {names}";
    /// No step: the contact would hold too much.
    ContactFull { size: usize, most: usize } =
        "the contact would hold {size} bytes of attributes, and may hold {most}; remove some of them";
    /// No step: a value is too large to be kept.
    ValueTooLarge { name: String, size: usize, most: usize } =
        "the value of \"{name}\" would have {size} bytes, and may have {most}";
    /// No step: what is added to, or removed from, is no list.
    NoList { name: String } = "\"{name}\" of the contact is no list; nothing can be added to it or removed from it";
    /// No step: so much is changed that it would take too long.
    TooManyEdits { name: String } = "the changes take too long at \"{name}\"; change shorter lists, or fewer of them";
    /// What an event says of its contact was said before what is known of it.
    PassedOver { names: String } = "older than what is known of the contact, which stays as it is: {names}";
    /// The part of the week that the token waited for is over, and nobody moved it in time.
    Missed { window: Window } = "too late for {window}, waits for the next time";
    /// Too old for the rule by which a paused program goes on.
    Overdue { by: Period } = "skipped: it fell due during a pause, more than {by} before the program went on";
    /// In a test run somebody did not want to wait.
    WaitSkipped = "the wait was skipped in this test";

    /// No step: the node is gone from the program.
    NoNode { node: NodeId } = "this version has no node \"{node}\"";
    /// No step: the contact was deleted.
    ContactGone = "its contact is gone";
    /// No step: the event was pruned.
    EventGone = "its event is gone";
    /// No step: the condition is no question.
    NoQuestion { expr: String } = "`{expr}` gives no yes or no; compare it with something";
    /// No step: the condition asks for what is not there.
    Undecided { expr: String, error: Box<Reason> } =
        "`{expr}` cannot be decided: {error}. Guard optional fields, as in has(event.field)";
    /// Of what cannot be decided: a field is not there.
    NoKey { name: String } = "No such key: {name}";
    /// No step: the condition would take too long.
    TooManySteps { expr: String, most: u64 } =
        "`{expr}` takes more than {most} steps on this data. Look through fewer lists in each other";
    /// Ours to mend.
    Defect { error: String } = "defect, please report: {error}";

    /// No mail: nothing writes it.
    NoStream { stream: StreamName } = "there is no stream \"{stream}\"; import it and replay";
    /// No mail: nowhere to send it.
    NoAddress = "the contact has no mail address";
    /// No mail: not allowed to send it.
    NoOptIn = "marketing mail, and the contact has not opted in";
    /// No mail: the event came without files.
    NoAttachments = "the stream requires attachments, and the event brought none";
    /// No mail: its template holds too much at once.
    TooMuchMemory { mib: u64 } = "the template takes more than {mib} MiB of memory; repeat and collect less in it";
    /// No mail: its template computes too long.
    TooMuchTime { ms: u64 } = "the template computes longer than {ms} ms; make its loops and lists shorter";
    /// No mail: its template takes too many steps.
    TemplateSteps { most: u64 } = "the template takes more than {most} steps; make its loops shorter";
    /// No mail: it would become too long.
    TextTooLong { most: usize } = "the text becomes longer than {most} bytes; make the loops shorter";
    /// A template that is too long.
    TemplateTooLarge { size: usize, most: usize } = "the template has {size} bytes; at most {most} are read";
    /// No mail: it would have no subject.
    EmptySubject = "the subject is empty; give it a text that is always there";
    /// No mail: a template asks for what is not there.
    Undefined { name: String } = "`{name}` is undefined; write `| default(\"…\")` behind it, or `if … is defined` around it";
    /// No mail: a template asks for what is not there, and does not call it by a name.
    NoValue = "a value is missing; write `| default(\"…\")` behind it, or `if … is defined` around it";
    /// No mail: a template prints nothing.
    NullValue = "the value is null; write `| default(\"…\")` behind it, or `if … is defined` around it";
    /// No mail: a template prints what has parts.
    NotPrintable =
        "a list or an object cannot be printed; name one of its fields, write a loop or `| join(\", \")`";
    /// A template names what no template has.
    UnknownName { name: String, known: String } = "`{name}` is not known; templates have {known}";
    /// A template names a field that is never there.
    UnknownField { owner: String, field: String, known: String } = "`{owner}` has no `{field}`; it has {known}";
    /// A template names a filter that is not there.
    UnknownFilter { name: String, known: String } = "there is no filter `{name}`; there are {known}";
    /// A template names a test that is not there.
    UnknownTest { name: String, known: String } = "there is no test `{name}`; there are {known}";
    /// A template calls a function that is not there.
    UnknownFunction { name: String } =
        "there is no function `{name}`; there is range, and there are filters, as in `… | upper`";
    /// A template calls a method, as no value has one.
    UnknownMethod { name: String } = "there is no method `{name}()`; there are filters, as in `… | upper`";
    /// A template begins a tag that is not there.
    UnknownTag { name: String } = "`{name}` is not known here; there are if, elif, else, for, set and raw";
    /// A link that a mail program would run.
    CodeLink { attribute: String, scheme: String } =
        "{attribute} begins with `{scheme}:`, which is no address to go to; mails link to https, http, mailto and tel";
    /// A template that is not written as the language asks.
    TemplateSyntax { said: String } = "syntax error: {said}";
    /// A line of a template.
    Line { line: usize, error: Box<Reason> } = "line {line}: {error}";
    /// No mail: who or what it is about was deleted.
    Orphaned = "its contact or its event is gone";
    /// The message waits with its program.
    OnHold = "its program is paused or stopped";
    /// Tried as long as we try.
    Expired { hours: u64, last: Box<Reason> } = "expired after {hours} h; the last reply: {last}";
    /// Handed over as often as a mail is, in its whole life.
    TooOften { times: u64, last: Box<Reason> } =
        "handed over {times} times, and no mail is handed over more often; the last reply: {last}";
    /// Handed over with an unknown outcome as often as that may be.
    TooUnsure { times: u64, last: Box<Reason> } =
        "handed over {times} times without knowing what became of it; the last time: {last}";
    /// The server takes nothing at all, whatever the mail.
    RelayDown { cause: Box<Reason> } = "waits for the mail server, which takes nothing: {cause}";
    /// An operator holds all messages of this class.
    QueueHeld = "an operator holds the queue";
    /// What became of the message cannot be written down.
    Unsettled { error: String } = "its settlement cannot be stored: {error}";
    /// The node's end left the message as it was.
    StoppedBefore = "the node stopped before handing over";
    /// Put off, because somebody else might take the message over meanwhile.
    LeaseOver = "the lease was nearly over before its turn";
    /// Somebody decided about a message whose outcome is unknown.
    CountedByHand = "outcome unknown; counted as sent by hand";
    /// The server does not take mails of this size.
    TooLarge { size: usize, most: usize } = "the mail has {size} bytes; the server takes {most}";
    /// The server does not take such addresses.
    NotAscii = "the address has letters beyond ASCII and the server does not take them (SMTPUTF8)";
    /// The connection broke before the mail was under way.
    ConnectionGone = "the connection is gone";

    /// Called for as long as calls are tried.
    CalledInVain { hours: u64, last: Box<Reason> } = "called for {hours} h in vain; the last time: {last}";
    /// Called as often as a call is tried.
    CalledTooOften { times: u64, last: Box<Reason> } = "called {times} times in vain; the last time: {last}";
    /// The server answered the call, but did not take it.
    NotTaken { status: u64 } = "the server answered with status {status}";
    /// What there is to say about contact and event is too much for one call.
    CallTooLarge { size: usize, most: usize } = "the call has {size} bytes; at most {most} are sent";
    /// No call: this is a test run.
    NobodyCalled = "a test run calls nobody; this counts as answered";
    /// The token waits for the answer of this server.
    Calls { place: String } = "calls {place}";
    /// The token goes on, because its call was answered.
    CallTaken { status: u64 } = "answered with status {status}";
    /// The token goes on, because its call came to nothing.
    CallFailed { cause: Box<Reason> } = "the call failed: {cause}";
    /// The token goes on, because nobody said what became of its call.
    NoAnswer = "no answer in time";

    /// A line of a part of a mail.
    InLine { part: String, line: usize, error: Box<Reason> } = "{part}, line {line}: {error}";

    /// The outcome is unknown, and the stream says to send again.
    Resent { seen: Box<Reason> } = "{seen}; handed over again by the stream's policy";
    /// The outcome is unknown, and the stream says to ask.
    Kept { seen: Box<Reason> } = "{seen}; held for the operator";
    /// The outcome is unknown, and the stream says to leave it at that.
    Counted { seen: Box<Reason> } = "{seen}; counted as sent by the stream's policy";
    /// Seen of an unknown outcome: the node's end.
    StoppedAmid = "the node stopped while handing over";
    /// Seen of an unknown outcome: no word for as long as nobody else takes the message over.
    NoReplyInLease = "no reply within the lease";
    /// Seen of an unknown outcome: no word, or none that can be understood.
    NoReply { error: Box<Reason> } = "no reply to the mail: {error}";
    /// The server was silent for too long.
    Late = "no reply in time";

    /// The server did not answer the call.
    NoConnection { server: String } = "{server}: no connection in time";
    /// The token waits for an event.
    Awaits { event: EventType, within: Period } = "waits for {event}, at most {within}";
    /// The event that the token waited for did not come.
    DidNotCome { event: EventType, within: Period } = "no {event} within {within}";
    /// The event that the token waited for has come.
    Came { event: EventType } = "{event} came";
    /// The token waits for a condition.
    AwaitsCondition { within: Period } = "waits until a condition holds, at most {within}";
    /// The token waited for a condition in vain.
    NotMet { within: Period } = "the condition did not hold within {within}";
    /// The entry has a filter, and the event passed it.
    Filtered { event: EventType } = "{event}, filter passed";
    /// The date that the token waits for was over when it came.
    WasBefore { at: At } = "{at} was before";
    /// The date that the token waited for has come.
    HasCome { at: At } = "{at} has come";
    /// The token waits for this date.
    Until { at: At } = "{at}";
    /// The token goes on within this part of the week.
    Within { window: Window } = "{window}";
    /// The token has waited for so long.
    Over { wait: Period } = "{wait} are over";
    /// The token waits for so long.
    For { wait: Period } = "{wait}";
    /// How often the contact had the events that a condition asks for.
    Counts { counts: Vec<Count> } = "{counts}";
}

impl Reason {
    /// Nothing to say.
    pub const NONE: Self = Self::Text(String::new());

    /// Whether there is nothing to say.
    pub fn is_none(&self) -> bool {
        *self == Self::NONE
    }

    /// As it goes over the wire: its sentence, and the reason itself, unless that is free text.
    pub fn told(self) -> (String, Option<Self>) {
        match self {
            Self::Text(text) => (text, None),
            reason => (reason.to_string(), Some(reason)),
        }
    }

    /// The other way. A reason that this build does not know is its sentence.
    pub fn heard(sentence: impl Into<String>, why: Option<Self>) -> Self {
        why.filter(|why| !why.is_none()).unwrap_or_else(|| Self::Text(sentence.into()))
    }

    /// As the tables keep it. Free text stays as it is, unless it would be read as something else.
    pub fn to_stored(&self) -> String {
        match self {
            Self::Text(text) if text.is_empty() || Self::stored(text) == *self => text.clone(),
            reason => serde_json::to_string(reason).unwrap_or_else(|_| reason.to_string()),
        }
    }

    /// As [`Self::to_stored`] wrote it, or as a sentence of a former build. What a later build wrote and this one does not
    /// know is shown as it is.
    pub fn stored(text: &str) -> Self {
        match text.starts_with(STORED).then(|| serde_json::from_str(text)) {
            Some(Ok(Told(Some(reason)))) => reason,
            _ => Self::read(text),
        }
    }

    /// Whether it says that something came too late, or was over before it came.
    pub fn is_late(&self) -> bool {
        matches!(self, Self::Missed { .. } | Self::Overdue { .. } | Self::WasBefore { .. })
    }
}

/// What nothing but a stored reason begins with.
const STORED: &str = r#"{"reason":""#;

impl From<String> for Reason {
    fn from(text: String) -> Self {
        Self::Text(text)
    }
}

impl From<&str> for Reason {
    fn from(text: &str) -> Self {
        Self::Text(text.into())
    }
}

impl Part for Box<Reason> {
    fn write(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }

    fn read(text: &str) -> Option<Self> {
        Some(Self::new(Reason::read(text)))
    }
}

/// A reason whose name and parts this build knows.
struct Told(Option<Reason>);

impl<'de> Deserialize<'de> for Told {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let mut parts = serde_json::Map::deserialize(deserializer)?;
        let tag = parts.remove(TAG);
        let tag = tag.as_ref().and_then(serde_json::Value::as_str).ok_or_else(|| de::Error::missing_field(TAG))?;
        Ok(Self(Reason::take(tag, &mut parts)))
    }
}

impl Serialize for Reason {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut map = serializer.serialize_map(None)?;
        self.put(&mut map, TAG)?;
        map.end()
    }
}

impl<'de> Deserialize<'de> for Reason {
    /// One that this build does not know is [`Reason::NONE`]: the sentence stands beside it.
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        Told::deserialize(deserializer).map(|told| told.0.unwrap_or(Self::NONE))
    }
}

#[cfg(test)]
mod tests;
