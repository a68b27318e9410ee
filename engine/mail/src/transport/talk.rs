//! Writes lines to a server and reads its replies, as bytes and within bounds. The reply code decides. The text is only
//! shown, so it may be any bytes.

use std::{
    fmt::{self, Display},
    future::Future,
    io,
    pin::Pin,
    task::Poll,
    time::Duration,
};

use program::Reason;
use tokio::{
    io::{AsyncRead, AsyncReadExt, AsyncWriteExt, ReadBuf},
    time::timeout,
};

use super::wire::Wire;

/// Bytes of one line of a reply; RFC 5321 allows 512.
const MAX_LINE: usize = 2_048;
/// Lines of one reply. A long list of what a server offers has thirty.
const MAX_LINES: usize = 128;
/// Bytes that are read at once.
const CHUNK: usize = 4_096;
/// Bytes of a mail that are sent before it is looked whether the server says something meanwhile.
const PART: usize = 65_536;

/// A reply: what its last line's code is, and its lines without their codes.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Reply {
    pub(super) code: u16,
    pub(super) lines: Vec<String>,
}

impl Reply {
    pub(super) fn is_positive(&self) -> bool {
        self.code / 100 == 2
    }
}

impl Display for Reply {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}", self.code)?;
        // An enhanced status stands in every line; once is enough.
        let status =
            self.lines.first().and_then(|line| line.split(' ').next()).filter(|word| word.matches('.').count() == 2);
        for (n, line) in self.lines.iter().enumerate().filter(|(_, line)| !line.is_empty()) {
            let repeated = status.filter(|_| n > 0).and_then(|status| line.strip_prefix(status));
            write!(f, " {}", repeated.map_or(line.as_str(), str::trim_start))?;
        }
        Ok(())
    }
}

/// Why there is no reply.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Fault {
    /// Not in time.
    Late,
    /// The server closed the connection.
    Closed,
    /// The connection broke.
    Broken(String),
    /// What came is no reply.
    Garbage(String),
    /// A line or a reply that does not end.
    Endless,
    /// The server said something that nobody asked for, so nobody knows what its next reply belongs to.
    Unasked(String),
}

impl Display for Fault {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Late => Reason::Late.fmt(f),
            Self::Closed => f.write_str("the server closed the connection"),
            Self::Broken(why) => write!(f, "the connection broke: {why}"),
            Self::Garbage(text) => write!(f, "the server's answer is no reply: {text}"),
            Self::Endless => f.write_str("the server's reply does not end"),
            Self::Unasked(text) => write!(f, "the server said something that nobody asked for: {text}"),
        }
    }
}

impl From<Fault> for Reason {
    fn from(fault: Fault) -> Self {
        match fault {
            Fault::Late => Self::Late,
            fault => Self::Text(fault.to_string()),
        }
    }
}

impl From<io::Error> for Fault {
    fn from(error: io::Error) -> Self {
        match error.kind() {
            io::ErrorKind::UnexpectedEof => Self::Closed,
            _ => Self::Broken(error.to_string()),
        }
    }
}

/// How the sending of a mail ended.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Sent {
    /// All of it was sent; this is what came then.
    Whole(Result<Reply, Fault>),
    /// The end was not sent, so it cannot have been taken, unless the server says so.
    Part(Result<Reply, Fault>),
    /// Nothing of it was sent.
    Nothing(Result<Reply, Fault>),
}

/// Both directions of a connection.
pub(super) struct Talk {
    wire: Wire,
    /// What was read and is not used yet; never more than a line and a chunk.
    unread: Vec<u8>,
    /// Part of a line was thrown away: what comes is not known to be the start of a reply.
    torn: bool,
}

impl Talk {
    pub(super) fn new(wire: Wire) -> Self {
        Self { wire, unread: Vec::new(), torn: false }
    }

    /// The connection alone, for STARTTLS. What was sent in clear ahead of the handshake could pass for an encrypted reply,
    /// so there must not be any.
    pub(super) fn into_wire(mut self) -> Result<Wire, Fault> {
        match self.look() {
            Some(fault) => Err(fault),
            None => Ok(self.wire),
        }
    }

    /// Sends commands, if the server says nothing unasked, and reads the first reply.
    pub(super) async fn say(&mut self, commands: &str, patience: Duration) -> Result<Reply, Fault> {
        if let Some(fault) = self.look() {
            return Err(fault);
        }
        within(patience, async {
            self.wire.write_all(commands.as_bytes()).await?;
            self.wire.flush().await?;
            self.reply().await
        })
        .await
    }

    /// Reads the next reply.
    pub(super) async fn hear(&mut self, patience: Duration) -> Result<Reply, Fault> {
        within(patience, self.reply()).await
    }

    /// Sends a mail and its end, and reads the reply, all within this time.
    pub(super) async fn mail(&mut self, raw: &[u8], patience: Duration) -> Sent {
        let mut parts = stuffed(raw).peekable();
        let mut sent = 0;
        let mut ended = false;
        let reply = within(patience, async {
            while let Some(part) = parts.next() {
                // A server that answers before the end is done with this mail.
                match self.look() {
                    None => {}
                    Some(Fault::Unasked(_)) => return self.reply().await,
                    Some(fault) => return Err(fault),
                }
                sent += 1;
                ended = parts.peek().is_none();
                if let Err(error) = self.wire.write_all(&part).await {
                    // It may have said why before it went.
                    return self.reply().await.map_err(|_| error.into());
                }
            }
            self.wire.flush().await?;
            self.reply().await
        })
        .await;
        match (ended, sent) {
            (true, _) => Sent::Whole(reply),
            (false, 0) => Sent::Nothing(reply),
            (false, _) => Sent::Part(reply),
        }
    }

    /// Whether the server says or does something that nobody asked for; does not wait.
    fn look(&mut self) -> Option<Fault> {
        if self.torn {
            return Some(Fault::Endless);
        }
        if self.unread.is_empty() {
            let mut bytes = [0; 256];
            let mut buffer = ReadBuf::new(&mut bytes);
            let mut context = std::task::Context::from_waker(std::task::Waker::noop());
            match Pin::new(&mut self.wire).poll_read(&mut context, &mut buffer) {
                Poll::Pending => return None,
                Poll::Ready(Err(error)) => return Some(error.into()),
                Poll::Ready(Ok(())) if buffer.filled().is_empty() => return Some(Fault::Closed),
                Poll::Ready(Ok(())) => self.unread.extend_from_slice(buffer.filled()),
            }
        }
        Some(Fault::Unasked(shown(&self.unread)))
    }

    async fn reply(&mut self) -> Result<Reply, Fault> {
        let mut lines: Vec<String> = Vec::new();
        let mut first = None;
        loop {
            let line = self.line().await?;
            let code = code(&line).ok_or_else(|| Fault::Garbage(shown(&line)))?;
            // Lines of one reply have one code (RFC 5321, section 4.2.1).
            if *first.get_or_insert(code) != code {
                return Err(Fault::Garbage(shown(&line)));
            }
            lines.push(shown(line.get(4..).unwrap_or_default()));
            if line.get(3) != Some(&b'-') {
                return Ok(Reply { code, lines });
            }
            if lines.len() >= MAX_LINES {
                return Err(Fault::Endless);
            }
        }
    }

    /// The next line, without its end. Of a line that is too long and says that it is the last one the start is enough, but
    /// nothing can be said on this connection any more.
    async fn line(&mut self) -> Result<Vec<u8>, Fault> {
        if self.torn {
            return Err(Fault::Endless);
        }
        let mut seen = 0;
        loop {
            if let Some(at) = self.unread.iter().skip(seen).position(|byte| *byte == b'\n') {
                let rest = self.unread.split_off(seen + at + 1);
                let mut line = std::mem::replace(&mut self.unread, rest);
                line.truncate(line.len() - 1);
                if line.last() == Some(&b'\r') {
                    line.truncate(line.len() - 1);
                }
                return Ok(line);
            }
            seen = self.unread.len();
            if seen > MAX_LINE {
                self.torn = true;
                let line = std::mem::take(&mut self.unread);
                return match code(&line) {
                    Some(_) if line.get(3) == Some(&b' ') => Ok(line),
                    _ => Err(Fault::Endless),
                };
            }
            let mut chunk = [0; CHUNK];
            match self.wire.read(&mut chunk).await? {
                0 => return Err(Fault::Closed),
                n => self.unread.extend_from_slice(chunk.get(..n).unwrap_or_default()),
            }
        }
    }

    /// Takes leave, so that the server does not wait.
    pub(super) async fn quit(mut self, patience: Duration) {
        // Whoever leaves needs no answer.
        let _ = self.say("QUIT\r\n", patience).await;
    }
}

/// The code of a line: three digits, the first from 2 to 5, and nothing, a space or a hyphen behind them.
fn code(line: &[u8]) -> Option<u16> {
    let (digits, rest) = (line.get(..3)?, line.get(3));
    let plain = digits.iter().all(u8::is_ascii_digit) && (b'2'..=b'5').contains(digits.first()?);
    let ends = matches!(rest, None | Some(b' ' | b'-'));
    (plain && ends).then(|| digits.iter().fold(0, |code, digit| code * 10 + u16::from(digit - b'0')))
}

/// A server's words as one line of bounded length.
pub(super) fn shown(bytes: &[u8]) -> String {
    let bytes = bytes.get(..bytes.len().min(500)).unwrap_or_default();
    let text = String::from_utf8_lossy(bytes);
    text.chars().map(|c| if c.is_control() { ' ' } else { c }).collect::<String>().trim().to_owned()
}

/// A mail as it goes over the wire: dots at the start of lines doubled, its end behind it (RFC 5321, section 4.5.2). In
/// parts, so that a large mail is not in memory twice.
fn stuffed(raw: &[u8]) -> impl Iterator<Item = Vec<u8>> {
    // The end brings the last line end itself.
    let body = raw.strip_suffix(b"\r\n").unwrap_or(raw);
    let parts = body.len().div_ceil(PART).max(1);
    (1..=parts).map(move |n| {
        let end = body.len().min(n * PART);
        let mut plain = (n - 1) * PART;
        let mut part = Vec::with_capacity(end - plain + 256);
        for at in (plain..end).filter(|at| body[*at] == b'.' && (*at == 0 || body[..*at].ends_with(b"\r\n"))) {
            part.extend_from_slice(&body[plain..at]);
            part.push(b'.');
            plain = at;
        }
        part.extend_from_slice(&body[plain..end]);
        if n == parts {
            part.extend_from_slice(b"\r\n.\r\n");
        }
        part
    })
}

async fn within<T>(patience: Duration, work: impl Future<Output = Result<T, Fault>>) -> Result<T, Fault> {
    timeout(patience, work).await.unwrap_or(Err(Fault::Late))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn codes_are_read_from_bytes() {
        for (line, expected) in [
            (&b"250 ok"[..], Some(250)),
            (b"250-ok", Some(250)),
            (b"250", Some(250)),
            (b"550 \xff\xfe", Some(550)),
            (b"2500 ok", None),
            (b"250ok", None),
            (b"150 go", None),
            (b"950 go", None),
            (b"25", None),
            (b"", None),
            (b"\x00250 ok", None),
            (b" 250 ok", None),
        ] {
            assert_eq!(code(line), expected, "{line:?}");
        }
        assert_eq!(shown(b"\xff no\0pe\r"), "\u{fffd} no pe");
        assert_eq!(shown(&[b'x'; 4_000]).len(), 500);
    }

    #[test]
    fn dots_are_doubled() {
        for (raw, wire) in [
            ("a\r\n.\r\n.b\r\n..\r\nc\r\n", "a\r\n..\r\n..b\r\n...\r\nc\r\n.\r\n"),
            (".a", "..a\r\n.\r\n"),
            ("", "\r\n.\r\n"),
            ("a\n.b", "a\n.b\r\n.\r\n"),
            ("a.\r\n\r\n.", "a.\r\n\r\n..\r\n.\r\n"),
        ] {
            let parts: Vec<_> = stuffed(raw.as_bytes()).collect();
            assert_eq!(String::from_utf8(parts.concat()).unwrap(), wire, "{raw:?}");
        }
        // Wherever a part ends.
        for before in PART - 4..PART + 2 {
            let raw = "x".repeat(before) + "\r\n.b\r\n";
            let parts: Vec<_> = stuffed(raw.as_bytes()).collect();
            assert_eq!(
                (parts.len(), parts.concat().len()),
                (1 + usize::from(before + 4 > PART), before + 10),
                "{before}"
            );
            assert!(parts.concat().ends_with(b"x\r\n..b\r\n.\r\n"), "{before}");
        }
    }
}
