//! How a server can misbehave: what it does instead of one of its replies.

use std::{io, time::Duration};

use tokio::io::{AsyncRead, AsyncReadExt, AsyncWrite, AsyncWriteExt};

/// What it does instead.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Act {
    /// These bytes.
    Say(&'static [u8]),
    /// These bytes, and it is gone.
    SayAndClose(&'static [u8]),
    /// These bytes before the command is read as a whole, then nothing.
    Hang,
    /// The good reply, a byte at a time.
    ByteByByte,
    /// The good reply, and these bytes that nobody asked for.
    GoodAnd(&'static [u8]),
    /// This again and again, as fast as it is read.
    Flood(&'static [u8]),
    /// This, and then a byte now and then.
    Drip(&'static [u8]),
}

/// More than forty of them.
pub(crate) const ACTS: &[(&str, Act)] = &[
    ("closes", Act::SayAndClose(b"")),
    ("hangs", Act::Hang),
    ("half a code", Act::SayAndClose(b"25")),
    ("half a line", Act::SayAndClose(b"250 o")),
    ("half a reply", Act::SayAndClose(b"250-one\r\n")),
    ("half a reply and silence", Act::Say(b"250-one\r\n")),
    ("a line without end and silence", Act::Say(b"250 o")),
    ("empty line", Act::Say(b"\r\n")),
    ("bare line feed", Act::Say(b"\n")),
    ("garbage", Act::Say(b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\r\n")),
    ("only garbage", Act::SayAndClose(b"\xde\xad\xbe\xef")),
    ("no UTF-8 with 250", Act::Say(b"250 \xff\xfe\xc3\x28 taken\r\n")),
    ("no UTF-8 with 451", Act::Say(b"451 \xff\xfe\xc3\x28 later\r\n")),
    ("no UTF-8 with 550", Act::Say(b"550 \xff\xfe\xc3\x28 never\r\n")),
    ("zero bytes in the text", Act::Say(b"550 no\0pe\r\n")),
    ("zero bytes in the code", Act::Say(b"2\x0050 ok\r\n")),
    ("only zero bytes", Act::Say(b"\0\0\0\0\r\n")),
    ("HTTP", Act::SayAndClose(b"HTTP/1.1 400 Bad Request\r\n\r\n")),
    ("HTML", Act::SayAndClose(b"<html><body>502 Bad Gateway</body></html>\r\n")),
    ("a code of two digits", Act::Say(b"25 ok\r\n")),
    ("a code of four digits", Act::Say(b"2500 ok\r\n")),
    ("a code that is none", Act::Say(b"999 ok\r\n")),
    ("a code of one", Act::Say(b"150 wait\r\n")),
    ("a code without space", Act::Say(b"250ok\r\n")),
    ("a negative code", Act::Say(b"-50 ok\r\n")),
    ("digits that are none", Act::Say("２５０ ok\r\n".as_bytes())),
    ("a colour", Act::Say(b"\x1b[32m250 ok\r\n")),
    ("354 everywhere", Act::Say(b"354 go on\r\n")),
    ("334 everywhere", Act::Say(b"334 who\r\n")),
    ("220 everywhere", Act::Say(b"220 hello\r\n")),
    ("421", Act::SayAndClose(b"421 4.3.2 going down\r\n")),
    ("451", Act::Say(b"451 4.3.0 later\r\n")),
    ("452 and closes", Act::SayAndClose(b"452 4.3.1 no room\r\n")),
    ("500", Act::Say(b"500 5.5.1 what\r\n")),
    ("504", Act::Say(b"504 5.5.2 need a name\r\n")),
    ("530", Act::Say(b"530 5.7.0 who are you\r\n")),
    ("550 and closes", Act::SayAndClose(b"550 no\r\n")),
    ("554", Act::Say(b"554 5.7.1 no\r\n")),
    ("lines of two codes", Act::Say(b"250-yes\r\n550 no\r\n")),
    ("lines of two codes, the other way", Act::Say(b"550-no\r\n250 yes\r\n")),
    ("lines ended by bare line feeds", Act::Say(b"550-no\n550 never\n")),
    ("lines ended by bare returns", Act::Say(b"550-no\r550 never\r")),
    ("a byte at a time", Act::ByteByByte),
    ("a reply too many", Act::GoodAnd(b"250 2.0.0 and this\r\n")),
    ("a refusal too many", Act::GoodAnd(b"550 5.0.0 and that\r\n")),
    ("half a reply too many", Act::GoodAnd(b"250 2.0")),
    ("a line without end", Act::Flood(b"250-xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx")),
    ("a last line without end", Act::Flood(b"250 xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx")),
    ("a line of nothing without end", Act::Flood(b"\0")),
    ("lines without end", Act::Flood(b"250-more\r\n")),
    ("garbage lines without end", Act::Flood(b"\xff\xff\xff\xff\r\n")),
    ("replies without end", Act::Flood(b"250 ok\r\n")),
    ("drips a reply", Act::Drip(b"250-")),
    ("drips nothing", Act::Drip(b"")),
];

#[allow(dead_code, reason = "each test needs some of it")]
impl Act {
    /// Does it instead of the good reply; says whether the conversation is over. Who is not answered goes by itself.
    pub(crate) async fn play<S>(self, stream: &mut S, good: &[u8]) -> io::Result<bool>
    where
        S: AsyncRead + AsyncWrite + Unpin,
    {
        match self {
            Self::Say(bytes) => stream.write_all(bytes).await.map(|()| false),
            Self::SayAndClose(bytes) => stream.write_all(bytes).await.map(|()| true),
            Self::GoodAnd(more) => stream.write_all(&[good, more].concat()).await.map(|()| false),
            Self::Hang => {
                let mut heard = [0; 4_096];
                while stream.read(&mut heard).await? > 0 {}
                Ok(true)
            }
            Self::ByteByByte => {
                for byte in good {
                    stream.write_all(&[*byte]).await?;
                    stream.flush().await?;
                    tokio::task::yield_now().await;
                }
                Ok(false)
            }
            Self::Flood(bytes) => {
                let start: Vec<u8> = bytes.repeat(1_000);
                loop {
                    stream.write_all(&start).await?;
                }
            }
            Self::Drip(bytes) => {
                stream.write_all(bytes).await?;
                loop {
                    tokio::time::sleep(Duration::from_millis(20)).await;
                    stream.write_all(b"x").await?;
                }
            }
        }
    }

    /// Whether a client that waits for this code goes on.
    pub(crate) fn is_like(self, code: &[u8]) -> bool {
        match self {
            Self::Say(bytes) => bytes.starts_with(code),
            Self::GoodAnd(_) | Self::ByteByByte => true,
            Self::SayAndClose(_) | Self::Hang | Self::Flood(_) | Self::Drip(_) => false,
        }
    }

    /// Whether a client that hears this may wait for more until its patience ends.
    pub(crate) fn is_silent(self) -> bool {
        match self {
            Self::Say(bytes) => {
                let last = bytes.split(|byte| *byte == b'\n').rev().nth(1);
                !bytes.ends_with(b"\n") || last.is_some_and(|line| line.get(3) == Some(&b'-'))
            }
            Self::GoodAnd(more) => !more.ends_with(b"\n"),
            Self::Hang | Self::Drip(_) => true,
            Self::SayAndClose(_) | Self::ByteByByte | Self::Flood(_) => false,
        }
    }
}
