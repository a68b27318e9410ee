//! A mail server that answers as it is told.

use std::{collections::VecDeque, sync::Arc};

use mail::Transport;
use tokio::{
    io::{AsyncBufReadExt, AsyncWriteExt, BufReader},
    net::{TcpListener, TcpStream},
};

use crate::world::Shared;

/// What it does with a mail.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Act {
    Accept,
    /// 451 after the mail.
    Later,
    /// 550 at RCPT.
    Refuse,
    /// Takes the mail and closes without a word.
    Drop,
}

/// A server on a port of its own. Mails beyond the script are accepted.
pub(crate) struct FakeRelay {
    pub(crate) transport: Transport,
    script: Shared<VecDeque<Act>>,
    mails: Shared<Vec<String>>,
}

impl FakeRelay {
    pub(crate) async fn start(script: &[Act]) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let port = listener.local_addr().unwrap().port();
        let script: Shared<VecDeque<Act>> = Arc::new(std::sync::Mutex::new(script.iter().copied().collect()));
        let mails: Shared<Vec<String>> = Shared::default();
        let (acts, seen) = (script.clone(), mails.clone());
        tokio::spawn(async move {
            while let Ok((stream, _)) = listener.accept().await {
                tokio::spawn(serve(stream, acts.clone(), seen.clone()));
            }
        });
        let url = format!("smtp://127.0.0.1:{port}?tls=none&connections=4");
        Self { transport: Transport::parse(&url).unwrap(), script, mails }
    }

    pub(crate) fn then(&self, act: Act) {
        self.script.lock().unwrap().push_back(act);
    }

    /// The Message-IDs of all mails that came in, whatever was answered.
    pub(crate) fn message_ids(&self) -> Vec<String> {
        let header = |mail: &String| {
            let line = mail.lines().find(|line| line.to_ascii_lowercase().starts_with("message-id:")).unwrap();
            line["message-id:".len()..].trim().to_owned()
        };
        self.mails.lock().unwrap().iter().map(header).collect()
    }
}

async fn serve(stream: TcpStream, script: Shared<VecDeque<Act>>, mails: Shared<Vec<String>>) -> std::io::Result<()> {
    let mut stream = BufReader::new(stream);
    let mut act = Act::Accept;
    stream.write_all(b"220 fake\r\n").await?;
    loop {
        let mut line = String::new();
        if stream.read_line(&mut line).await? == 0 {
            return Ok(());
        }
        let verb = line.get(..4).unwrap_or("").to_ascii_uppercase();
        let answer: &[u8] = match verb.as_str() {
            "EHLO" => b"250-fake\r\n250 8BITMIME\r\n",
            "RCPT" => {
                act = script.lock().unwrap().pop_front().unwrap_or(Act::Accept);
                if act == Act::Refuse { b"550 5.1.1 nobody here\r\n" } else { b"250 ok\r\n" }
            }
            "DATA" => {
                stream.write_all(b"354 go on\r\n").await?;
                let mut mail = String::new();
                while !mail.ends_with("\r\n.\r\n") {
                    if stream.read_line(&mut mail).await? == 0 {
                        return Ok(());
                    }
                }
                mails.lock().unwrap().push(mail);
                match act {
                    Act::Drop => return Ok(()),
                    Act::Later => b"451 4.3.0 busy\r\n",
                    _ => b"250 2.0.0 queued\r\n",
                }
            }
            "QUIT" => {
                stream.write_all(b"221 bye\r\n").await?;
                return Ok(());
            }
            _ => b"250 ok\r\n",
        };
        stream.write_all(answer).await?;
    }
}
