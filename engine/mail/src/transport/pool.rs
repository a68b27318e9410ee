//! A pool of SMTP sessions. Their number, their mails and their idle time are bounded.

use std::{
    fmt,
    sync::{
        Arc, Mutex, PoisonError, Weak,
        atomic::{AtomicBool, Ordering},
    },
    time::Duration,
};

use program::Reason;
use tokio::{
    runtime::Handle,
    sync::{OwnedSemaphorePermit, Semaphore},
};
use tokio_rustls::TlsConnector;

use super::{ConfigError, Envelope, HandOver, SmtpConfig, Stage, Tls, Unreached, session::Session, trust};

/// A connection that was quiet for longer is asked whether it still lives; asking costs a round trip.
const FRESH: Duration = Duration::from_secs(5);

#[derive(Clone)]
pub(super) struct Pool(Arc<Inner>);

struct Inner {
    config: SmtpConfig,
    tls: Option<TlsConnector>,
    /// Last in, first out: what is not needed grows old and goes.
    idle: Mutex<Vec<Session>>,
    permits: Arc<Semaphore>,
    /// Whether a task looks after the idle ones.
    watched: AtomicBool,
}

impl fmt::Debug for Pool {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.config.fmt(f)
    }
}

impl Pool {
    pub(super) fn new(config: SmtpConfig) -> Result<Self, ConfigError> {
        let tls = if config.tls == Tls::None { None } else { Some(trust::connector(&config)?) };
        let permits = Arc::new(Semaphore::new(config.limits.connections));
        let idle = Mutex::new(Vec::new());
        Ok(Self(Arc::new(Inner { config, tls, idle, permits, watched: AtomicBool::new(false) })))
    }

    pub(super) fn width(&self) -> usize {
        self.0.config.limits.connections
    }

    /// Host and port.
    pub(super) fn server(&self) -> String {
        format!("{}:{}", self.0.config.host, self.0.config.port)
    }

    pub(super) async fn connection(&self) -> Result<Connection, Unreached> {
        let closed = |_| Unreached { stage: Stage::Connect, reason: "the pool is closed".into() };
        let permit = self.0.permits.clone().acquire_owned().await.map_err(closed)?;
        while let Some(mut session) = self.0.pop() {
            if session.idle() < FRESH || (session.idle() < self.0.config.limits.idle && session.answers().await) {
                return Ok(self.lend(session, true, permit));
            }
        }
        let session = self.0.open().await?;
        Ok(self.lend(session, false, permit))
    }

    fn lend(&self, session: Session, reused: bool, permit: OwnedSemaphorePermit) -> Connection {
        Connection { session: Some(session), reused, unreached: None, pool: self.0.clone(), permit: Some(permit) }
    }
}

impl Inner {
    async fn open(&self) -> Result<Session, Unreached> {
        Session::open(&self.config, self.tls.as_ref()).await
    }

    fn pop(&self) -> Option<Session> {
        self.idle.lock().unwrap_or_else(PoisonError::into_inner).pop()
    }

    fn push(self: &Arc<Self>, session: Session, permit: Option<OwnedSemaphorePermit>) {
        let Ok(runtime) = Handle::try_current() else { return };
        if !session.is_good() {
            // It has its place until it has left: whoever is slow to say goodbye is not asked over more connections.
            runtime.spawn(async move {
                session.quit().await;
                drop(permit);
            });
            return;
        }
        let mut idle = self.idle.lock().unwrap_or_else(PoisonError::into_inner);
        idle.push(session);
        // Under the lock, so that the task cannot stop between the push and the question.
        if !self.watched.swap(true, Ordering::AcqRel) {
            runtime.spawn(watch(Arc::downgrade(self), self.config.limits.idle));
        }
    }

    /// Takes out what lay idle for too long; says whether there is more to watch.
    fn expire(&self, limit: Duration) -> (Vec<Session>, bool) {
        let mut idle = self.idle.lock().unwrap_or_else(PoisonError::into_inner);
        let old = idle.extract_if(.., |session| session.idle() >= limit).collect();
        if idle.is_empty() {
            self.watched.store(false, Ordering::Release);
        }
        (old, !idle.is_empty())
    }
}

/// Closes idle connections until there are none; started again by the next one that comes back.
async fn watch(pool: Weak<Inner>, limit: Duration) {
    loop {
        tokio::time::sleep(limit / 2).await;
        let Some(pool) = pool.upgrade() else { return };
        let (old, more) = pool.expire(limit);
        for session in old {
            session.quit().await;
        }
        if !more {
            return;
        }
    }
}

/// A connection on loan from the pool; goes back when it is dropped, if it is still good.
///
/// A hand-over has two halves, so that the caller can put a durable mark between them: before [`Self::data`]
/// nothing of the mail has left, after it the mail may have been taken. Dropped between the halves, the server
/// forgets the envelope.
pub struct Connection {
    /// Always there but in `drop`.
    session: Option<Session>,
    /// It was used before and may be gone without our knowing.
    reused: bool,
    /// Where opening it again failed.
    unreached: Option<Stage>,
    pool: Arc<Inner>,
    /// Its place among the connections at once; always there but in `drop`.
    permit: Option<OwnedSemaphorePermit>,
}

impl fmt::Debug for Connection {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Connection").field("pool", &self.pool.config).finish_non_exhaustive()
    }
}

impl Connection {
    /// Names sender and recipient (MAIL, RCPT). `Err` is `Retry` or `Refused`. After it the connection can be asked
    /// again for the next mail; if it is lost, it answers `Retry` at once.
    pub async fn begin(&mut self, envelope: &Envelope<'_>) -> Result<(), HandOver> {
        let Some(session) = &mut self.session else { return Err(gone()) };
        let failure = match session.begin(envelope).await {
            Ok(()) => return Ok(()),
            Err(failure) => failure,
        };
        // The server closed an idle connection and we had not noticed: that is no news about this mail.
        if !(self.reused && failure.silent) {
            return Err(failure.outcome);
        }
        self.reused = false;
        // What is left of the old one must not come back to the pool.
        self.session = None;
        match self.pool.open().await {
            Ok(fresh) => self.session.insert(fresh).begin(envelope).await.map_err(|failure| failure.outcome),
            Err(unreached) => {
                self.unreached = Some(unreached.stage);
                Err(unreached.into())
            }
        }
    }

    /// What was said last: whose fault it may be that it led to nothing.
    pub fn stage(&self) -> Stage {
        self.session.as_ref().map(Session::stage).or(self.unreached).unwrap_or(Stage::Connect)
    }

    /// Sends the mail itself (DATA), after a successful [`Self::begin`]; without one the answer is `Retry`.
    pub async fn data(&mut self, raw: &[u8]) -> HandOver {
        self.reused = true;
        match &mut self.session {
            Some(session) => session.data(raw).await,
            None => gone(),
        }
    }
}

fn gone() -> HandOver {
    HandOver::Retry { reason: Reason::ConnectionGone, code: None }
}

impl Drop for Connection {
    fn drop(&mut self) {
        if let Some(session) = self.session.take() {
            self.pool.push(session, self.permit.take());
        }
    }
}
