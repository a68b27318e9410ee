//! Findings of the checker: one sentence for each thing that can be wrong, written and read back.
//!
//! The wire and the command line carry the English sentence, as with [`Reason`](crate::Reason)s. The web app reads it
//! back ([`Finding::read`]) to say it in another language. Any other text is [`Finding::Text`].

use crate::{
    EventType, Kinds, NodeId, Period, StreamName,
    sentence::{Names, Suggestion, sentences},
};

sentences! {
    /// What is wrong and what to do, in one or two sentences.
    Finding:

    /// The program has too long a title, or none.
    Title { most: usize, length: usize } = "Give the program a title of 1 to {most} characters; this one has {length}.";
    /// A node has too long a title.
    LongTitle { most: usize } = "The title is longer than {most} characters. Shorten it.";
    /// More nodes than are walked through.
    TooManyNodes { nodes: usize, most: usize } =
        "The program has {nodes} nodes; at most {most} are allowed. Split it into several programs.";
    /// More edges than are walked through.
    TooManyEdges { edges: usize, most: usize } = "The program has {edges} edges; at most {most} are allowed.";
    /// More of the history than a token may load.
    TooManyCounts { counts: usize, most: usize } =
        "The conditions count {counts} different things of the history; at most {most} are allowed. Count the same event \
         in the same time in several places, or split the program into several.";
    /// No entry, or a disabled one only.
    NoEntry = "Nothing starts this program. Add an entry node that names an external event.";
    /// An edge from a port that the node does not have.
    UnknownPort { port: String, known: String } = "There is no port \"{port}\" here; this node has {known}.";
    /// An edge from a node that has none.
    NoPort { port: String } = "There is no port \"{port}\" here; this node ends the run.";
    /// An edge to nowhere.
    UnknownNode { port: String, node: NodeId } = "Port \"{port}\" leads to \"{node}\", which does not exist.";
    /// An edge to where only events enter.
    EdgeIntoEntry { port: String, node: NodeId } =
        "Port \"{port}\" leads to the entry \"{node}\". Only events enter there.";
    /// A port without an edge.
    OpenPort { port: String } = "Port \"{port}\" leads nowhere: the run ends there. Connect it if that is not meant.";
    /// A way that comes by twice.
    Cycle { nodes: Names } =
        "These nodes lead in a circle: {nodes}. A contact must not come by twice; cut one edge.";
    /// A node to which no way leads.
    Unreachable = "No way leads here from an entry, so no contact ever comes. Connect or remove it.";
    /// Several of them that hang together.
    UnreachablePart { nodes: usize } =
        "No way leads here from an entry, so no contact ever comes. Connect or remove it. The same goes for all {nodes} \
         nodes that hang together here.";
    /// A node to which nobody gets.
    BehindDisabled =
        "Every way here leads through something disabled, so no contact comes. Enable it again, or disable this, too.";

    /// A field in which something is typed that cannot be read.
    Unread { typed: String } =
        "\"{typed}\" cannot be read, so this field still says what it said before. Correct it.";
    /// A field that was emptied and must not be.
    Emptied = "Nothing stands here any more, so this field still says what it said before. Fill it in.";
    /// A length of time that is none.
    NoTime = "This is no time at all. Write a length, such as 30m, 36h or 2d.";
    /// An entry without an event.
    NoEvent = "Choose the event that starts the program.";
    /// A filter that asks for what is not known yet.
    FilterScope =
        "A filter sees only event, because it is asked before the contact is looked up. Put the rest into a condition \
         after the entry.";
    /// A wait for a condition that the time alone would meet.
    WaitsForTime =
        "This wait looks again when something happens to the contact, not when time passes, so it cannot ask for now. \
         Wait for a length of time or until a date, and put the rest into a condition after it.";
    /// A call of nobody.
    NoUrl = "Name the URL that is called.";
    /// A call of what is no URL.
    BadUrl = "This is no URL that can be called. Write one such as `https://example.com/hook`, without spaces, user name and #.";
    /// A call that this installation does not make.
    UrlRefused { why: String } = "This installation does not call that URL: {why}.";

    /// An entry without a rule.
    NoAgain = "Nothing says whether a contact may enter again. Until it does, every event lets one in.";
    /// A program that starts itself, or others that start it.
    ProgramCircle { way: String } =
        "This program brings about what starts it again: {way}. Contacts may go round and round. Let nobody enter \
         again, or not for a while.";
    /// A node that sends mail, and does not say which.
    NoStream = "Choose the mail stream that this node sends.";
    /// A survey without a question, or with too long a one.
    Question { most: usize, length: usize } = "Write a question of 1 to {most} characters; this one has {length}.";
    /// A survey without grades.
    Scale { scale: u8 } = "The best grade is {scale}; choose 2 to 10.";
    /// An invitation into a club without a name.
    Club { most: usize, length: usize } = "Name the club in 1 to {most} characters; this name has {length}.";
    /// A split with too many ways.
    Ways { fewest: usize, most: usize, ways: usize } = "A split has {fewest} to {most} ways, not {ways}.";
    /// A split that leaves some out, or has some twice.
    WeightsSum { sum: u32 } = "The percentages are {sum} together; make them 100.";
    /// A window that never opens.
    NoDays = "Choose at least one day, or nobody ever goes on.";
    /// A wait without an end.
    NoDate = "Choose the date and time that contacts wait for.";

    /// A change of the contact that changes nothing.
    NoChanges = "Say what changes: add a change.";
    /// More changes than a node takes.
    TooManyChanges { changes: usize, most: usize } =
        "The node changes {changes} things; at most {most} are allowed. Put the others into a second node.";
    /// An attribute without a name, or with too long a one.
    AttributeName { most: usize, length: usize } =
        "Name the attribute in 1 to {most} characters; this name has {length}.";
    /// An attribute that says who the contact is.
    AttributeReserved { name: String } =
        "\"{name}\" says who the contact is or what it agreed to. Only events change it.";
    /// A change without a value.
    NoValue { name: String } = "Give the value for \"{name}\".";
    /// A value that no form can show.
    ValueKind { name: String } =
        "The value for \"{name}\" is a text, a number, true or false, or an expression that begins with =.";
    /// A value that is too large for the trace of each contact.
    ValueTooLarge { name: String, size: usize, most: usize } =
        "The value for \"{name}\" has {size} bytes; at most {most} are allowed. Shorten it.";
    /// A wait for an event that is not chosen.
    NoAwaitedEvent = "Choose the event that contacts wait for.";
    /// A wait for an event that only says how waits for conditions are found.
    NeverComes { event: EventType } =
        "No event \"{event}\" ever comes: Stafette uses the name for itself. Choose another event, or wait for a condition.";
    /// A name by which no expression could read the event.
    JoinedName { most: usize } =
        "Name the event with letters, digits and _, beginning with a letter, in at most {most} characters.";
    /// What is read in a place where no event comes in.
    IncomingScope = "incoming is the event that a wait looks at; it is known in the filter of that wait only.";
    /// An event that no wait before gives this name.
    UnknownJoined { name: String, suggestion: Suggestion } = "No wait before this node names an event \"{name}\": {suggestion}";
    /// The same where no wait before names any.
    NoJoined { name: String } =
        "No wait before this node names an event \"{name}\". Give the name to a wait for an event.";
    /// An event that only some contacts bring along.
    MaybeJoined { name: String } =
        "Some contacts come here without the event \"{name}\", and without it the node cannot be decided. Ask first with \
         has whether it is there.";
    /// Two waits on one way that give the same name.
    JoinedTwice { name: String } =
        "A wait before this one names its event \"{name}\", too. Choose another name, or the first event is lost.";

    /// Mail after mail.
    MailsPerDay { mails: usize, most: usize, names: String } =
        "{mails} mails within 24 hours on one way; more than {most} drive contacts away: {names}. Put a wait before this \
         one.";
    /// A question that nobody can have answered.
    NoWaitBefore { mail: NodeId, event: EventType } =
        "Contacts come here right after the mail of \"{mail}\", before {event} can happen, so it is hardly ever counted. \
         Put a wait before this node.";
    /// An invitation that runs out before anybody asks.
    InviteOver { valid: Period, waited: Period, node: NodeId } =
        "The invitation holds for {valid}, but contacts wait {waited} before \"{node}\" asks whether they joined. Let it \
         hold as long, or wait less.";

    /// A stream that is not there.
    UnknownStream { stream: StreamName, suggestion: Suggestion } = "There is no mail stream \"{stream}\": {suggestion}";
    /// Advertising that goes to who did not ask for it.
    PromotionalWords { stream: StreamName, words: String } =
        "\"{stream}\" is operational, so it goes to contacts who have not agreed to marketing; but it says {words}. Take \
         the words out, or send it through a marketing stream.";
    /// An event that nobody reports.
    UnknownEvent { event: String, suggestion: Suggestion } =
        "No event \"{event}\" was ever seen: {suggestion} If it is yet to come, all is well.";
    /// An attribute that no contact has.
    UnknownAttribute { path: String, suggestion: Suggestion } = "No contact has \"{path}\": {suggestion}";
    /// A field that no event carries.
    UnknownField { events: String, path: String, suggestion: Suggestion } =
        "No event {events} carried \"{path}\" so far: {suggestion}";
    /// A question that gives something else.
    NoQuestion { kind: Kinds } = "This gives {kind}, neither yes nor no. Compare it with a value.";
    /// Two sides of two kinds.
    UnlikeKinds { left: String, left_kind: Kinds, right: String, right_kind: Kinds } =
        "{left} is {left_kind}, but {right} is {right_kind}: they cannot be compared.";
    /// What stands where only other kinds do.
    UnfitKind { what: String, kind: Kinds, wanted: Kinds } = "{what} is {kind}; only {wanted} can stand here.";
    /// A field that few events carry.
    RareField { carried: u64, all: u64, event: String, percent: u64, path: String } =
        "Only {carried} of {all} events \"{event}\" ({percent} %) carried \"{path}\". Without it the condition cannot be \
         decided and the contact stands still; ask first whether it is there.";
    /// A mail that cannot be written, whatever came so far.
    MailFails { stream: StreamName, all: usize, error: String } =
        "No mail \"{stream}\" can be written here: all {all} that were tried with the newest events failed. {error}";
    /// One that some events do not lead to.
    MailMayFail { failed: usize, all: usize, stream: StreamName, error: String } =
        "{failed} of {all} mails \"{stream}\" that were tried here with the newest events cannot be written. {error}";
    /// One that no event can lead to.
    MailNeedsOther { stream: StreamName, error: String } =
        "The mail \"{stream}\" cannot be written here, whatever event comes. {error}";
    /// More mails than are tried.
    MailsNotTried { most: usize } =
        "{most} mails were written to see whether they can be. Those from here on were not.";
    /// More to compare than time for it.
    NotCompared =
        "The program reads so many fields that those from here on were not compared with the known ones.";
    /// The end of a long list.
    More { errors: usize, warnings: usize } =
        "There is more that is not listed: {errors} errors, {warnings} warnings. Mend these first.";

    /// An expression that cannot be read, and the place in it.
    Expression { line: usize, column: usize, error: String } = "line {line}, column {column}: {error}";

    /// Somebody published since the draft began at another version.
    Behind { latest: u32, base: u32 } =
        "Version {latest} was made after this draft began as version {base}. Publishing puts the draft in its place; \
         compare the two first.";
    /// Somebody published since the draft began as a new program.
    BehindNew { latest: u32 } =
        "Version {latest} was made after this draft began without one. Publishing puts the draft in its place; compare \
         the two first.";
    /// Of a mail that is looked at: nobody gets it.
    NoAddress = "The contact has no mail address: nothing is sent.";
    /// Of a mail that is looked at: the contact does not want it.
    NoOptIn = "This is marketing mail, and the contact has not opted in: nothing is sent.";
    /// Of a stream: nobody has written one of its texts.
    NotWritten { field: String } = "the {field} is empty; write one";
    /// Of a mail that is looked at: it may stay away.
    NeedsFiles = "The stream requires attachments: an event that brings none leads to no mail.";
}

#[cfg(test)]
mod tests;
