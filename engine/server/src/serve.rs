//! A running server: how it is put together, listens, works and ends.

use std::{
    future::Future,
    io,
    net::SocketAddr,
    sync::{Arc, atomic::Ordering},
    time::{Duration, Instant},
};

use mail::{DkimKey, Transport};
use program::PerClass;
use runner::{CallSigner, Clock, Deps, LinkSigner, Press, Running, Told, press::PressError};
use store::{Dialect, Settings, UnknownEvents};
use tokio::{
    net::TcpListener,
    sync::{Semaphore, watch},
    task::JoinHandle,
};

use crate::{
    access::{HOME, setup},
    address::{self, AddressError},
    config::{self, Config, ConfigError, Role},
    definitions,
    dry_run::DryRuns,
    folder::{self, Locks},
    hello,
    http::{self, App, Parts, assets::WebApp, limit::Limits, room::Room, system::metrics},
    known::Looks,
    listen,
    open::{self, OpenError},
    relays,
};

/// How long the database may take to see us off.
const GOODBYE: Duration = Duration::from_secs(1);
/// How often what is kept in memory is tidied up.
const TIDY: Duration = Duration::from_secs(30);
/// How many processes render what is only looked at.
const PREVIEWS: usize = 1;

/// A server that listens.
pub struct Server {
    /// Where it listens: the real port, also where 0 was asked for.
    pub addr: SocketAddr,
    /// The one-time link that makes the first user; absent where there is a user.
    pub setup_link: Option<String>,
    app: App,
    running: Running,
    stop: watch::Sender<bool>,
    http: JoinHandle<io::Result<()>>,
    tidy: JoinHandle<()>,
    address: JoinHandle<()>,
    // Held as long as the server runs.
    _lock: Option<Locks>,
}

/// Why a server cannot start.
#[derive(Debug, thiserror::Error)]
pub enum StartError {
    /// An option.
    #[error(transparent)]
    Config(#[from] ConfigError),
    /// The address under which the installation is reached.
    #[error(transparent)]
    Address(#[from] AddressError),
    /// The database.
    #[error("database: {0}")]
    Store(#[from] store::Error),
    /// The database, as it was found.
    #[error(transparent)]
    Open(#[from] OpenError),
    /// The example program.
    #[error("the example program: {0}")]
    Example(#[from] definitions::ImportError),
    /// Templates are rendered by a process of their own, or not at all.
    #[error(
        "{0}. This program starts itself again as `render-worker`, with limits of memory and time: it must be \
             allowed to, and needs /proc"
    )]
    Press(#[from] PressError),
    /// Calls of other people's servers.
    #[error(transparent)]
    Client(#[from] connect::ClientError),
    /// The socket.
    #[error("cannot listen on {0}: {1}")]
    Listen(String, io::Error),
}

/// Starts a server on the machine's clock.
pub async fn serve(config: Config, web: WebApp) -> Result<Server, StartError> {
    serve_with(config, Clock::system(), web).await
}

/// Starts a server on any clock.
pub async fn serve_with(config: Config, clock: Clock, web: WebApp) -> Result<Server, StartError> {
    metrics::start();
    address::demand(&config).await?;
    let guard = config.calls.guard()?;
    let client = connect::Client::new(guard.clone(), connect::Limits::default())?;
    folder::make(config.place.folder())?;
    let press = Press::start(config.work.renderer.clone());
    press.probe().await?;
    let lock = folder::lock(&config.place)?;
    let store = open::to_serve(&config.place, config.work.migrate.unwrap_or_default()).await?;
    // What keeps this node from starting is found before anything in it is changed.
    let listen = config.http.listen();
    let listening = |error| StartError::Listen(listen.to_string(), error);
    let listener = TcpListener::bind(listen).await.map_err(listening)?;
    let addr = listener.local_addr().map_err(listening)?;
    let known = address::known(&config, &store).await?;
    let transport = transports(&config, hello::name(known.as_deref()).as_deref())?;
    let public_url = address::of(&config, known, transport.iter().map(|(_, way)| way), addr)?;
    let dkim = dkim(&config)?;

    address::keep(&config, &public_url, &store).await?;
    if config.work.has(Role::Dispatcher) {
        relays::keep(&store, &transport).await?;
    }
    if store.dialect() == Dialect::Sqlite {
        // Nobody else can be alive on this file: the lock says so.
        store.forget_nodes().await?;
    }
    if let Some(rule) = config.ingest.unknown_events {
        let unknown_events = match rule {
            config::UnknownEvents::Register => UnknownEvents::Register,
            config::UnknownEvents::Refuse => UnknownEvents::Refuse,
        };
        store.set_settings(HOME, &Settings { unknown_events }).await?;
    }
    if config.work.example {
        definitions::example(&store, &clock, &press).await?;
    }
    let seals = folder::seals(&config.place, config.http.seal_key.as_deref())?;
    let secret = folder::secret(&config.place, config.http.secret.as_deref(), &store, &seals).await?;
    let links = LinkSigner::new(&secret, &public_url);
    let signer = CallSigner::new(&secret);
    let inbox = transport.iter().filter(|(_, way)| way.is_inbox()).map(|(class, _)| class).collect();
    let deps = Deps {
        store: store.clone(),
        clock: clock.clone(),
        transport,
        links: links.clone(),
        press: press.clone(),
        dkim,
        client,
        signer: signer.clone(),
        config: work(&config),
    };
    let running = runner::start(deps).await?;
    let renderer = config.work.renderer.clone();
    let app = App::new(Parts {
        limits: Limits::new(&clock, config.ingest.rate_limit()),
        ingest: running.ingest.clone(),
        wake: running.wake.clone(),
        dispatcher: running.dispatcher().clone(),
        callers: Default::default(),
        bodies: Room::new(config.http.body_memory()),
        untaken: Room::new(config.http.body_memory()),
        reads: Semaphore::new(http::READS),
        crowd: Default::default(),
        live: Default::default(),
        looks: Looks::new(running.ingest.seen().clone()),
        dry_runs: DryRuns::new(store.clone(), clock.clone()),
        names: Default::default(),
        web,
        leaving: Default::default(),
        config,
        store,
        clock,
        links,
        seals,
        guard,
        signer,
        press: Press::with(renderer, PREVIEWS),
        inbox,
    });
    let token = match app.config.work.has(Role::Api) {
        true => setup::draw(&app.store, &app.clock).await?,
        false => None,
    };
    let setup_link = token.map(|token| format!("{public_url}/setup?token={token}"));
    let (stop, stopped) = watch::channel(false);
    let http = tokio::spawn(answer(listener, app.clone(), stopped));
    let tidy = tokio::spawn(tidy(app.clone()));
    let address = tokio::spawn(address::follow(app.clone()));
    Ok(Server { addr, setup_link, app, running, stop, http, tidy, address, _lock: lock })
}

impl Server {
    /// Says that it is leaving and claims nothing more, but goes on answering for as long as a load balancer may need to
    /// see that; then as [`Server::shutdown`]. All of it keeps to the limit, counted from here.
    pub async fn leave(self) {
        let work = &self.app.config.work;
        let (shut, until) = stops(Instant::now(), work.drain(), work.notice());
        self.app.leaving.store(true, Ordering::Relaxed);
        self.running.stop_until(until);
        tokio::time::sleep_until(shut.into()).await;
        self.shutdown_until(until).await;
    }

    /// Takes no more requests, answers those that are open, finishes the work under way, and closes the database: within
    /// the limit, after which what hangs is cut off.
    pub async fn shutdown(self) {
        let until = Instant::now() + self.app.config.work.drain();
        self.shutdown_until(until).await;
    }

    async fn shutdown_until(self, until: Instant) {
        self.app.leaving.store(true, Ordering::Relaxed);
        self.running.stop_until(until);
        self.stop.send_replace(true);
        self.app.live.close();
        self.tidy.abort();
        self.address.abort();
        let abort = self.http.abort_handle();
        match tokio::time::timeout_at(until.into(), self.http).await {
            Ok(Ok(Ok(()))) => {}
            Ok(ended) => tracing::warn!(?ended, "the HTTP server ended badly"),
            Err(_) => {
                tracing::warn!("some requests took too long and were cut off");
                abort.abort();
            }
        }
        self.running.shutdown().await;
        if tokio::time::timeout(GOODBYE, self.app.store.close()).await.is_err() {
            tracing::warn!("the database was still at work; its connections were cut");
        }
    }

    /// What every endpoint may reach; for tests.
    pub fn app(&self) -> &App {
        &self.app
    }
}

/// When a node that is told to stop takes no more requests, and when all of it is over, whatever hangs.
fn stops(told: Instant, limit: Duration, notice: Duration) -> (Instant, Instant) {
    (told + notice.min(limit / 2), told + limit)
}

fn answer(listener: TcpListener, app: App, mut stopped: watch::Receiver<bool>) -> impl Future<Output = io::Result<()>> {
    let stop = async move {
        // A sender that is gone means that the server is, too.
        let _ = stopped.wait_for(|stop| *stop).await;
    };
    let http = &app.config.http;
    let budget = listen::Budget {
        connections: http.connections(),
        // Behind a proxy all are the proxy's.
        each: if http.proxies() > 0 { 0 } else { http.connections_per_address() },
        head: http.header_timeout(),
        stall: http.write_timeout(),
    };
    listen::answer(listener, http::router(&app), budget, Told::new(app.clock.clone()), stop)
}

async fn tidy(app: App) {
    loop {
        app.clock.pause(TIDY).await;
        app.limits.tidy();
        metrics::tidy();
    }
}

fn transports(config: &Config, hello: Option<&str>) -> Result<PerClass<Transport>, ConfigError> {
    let parse = |url: Option<&String>| match url {
        Some(url) => Transport::parse_as(url, hello).map_err(|error| ConfigError(format!("smtp: {error}"))),
        None => Ok(Transport::inbox()),
    };
    let mail = &config.mail;
    Ok(PerClass {
        operational: parse(mail.smtp.as_ref())?,
        marketing: parse(mail.smtp_marketing.as_ref().or(mail.smtp.as_ref()))?,
    })
}

fn dkim(config: &Config) -> Result<Option<Arc<DkimKey>>, ConfigError> {
    let Some(path) = &config.mail.dkim_key else { return Ok(None) };
    let domain = config.mail.dkim_domain.as_deref();
    let domain = domain.ok_or_else(|| ConfigError("dkim_key needs dkim_domain, the domain that signs".into()))?;
    let selector = config.mail.dkim_selector.as_deref().unwrap_or("stafette");
    let failed = |error: String| ConfigError(format!("{}: {error}", path.display()));
    let pem = std::fs::read_to_string(path).map_err(|error| failed(error.to_string()))?;
    let key = DkimKey::from_pem(domain, selector, &pem).map_err(|error| failed(error.to_string()))?;
    Ok(Some(Arc::new(key)))
}

fn work(config: &Config) -> runner::Config {
    let roles = runner::Roles {
        runner: config.work.has(Role::Runner),
        dispatcher: config.work.has(Role::Dispatcher),
        duties: config.work.has(Role::Duties),
    };
    runner::Config {
        roles,
        time_scale: config.work.time_scale(),
        keep: config.work.keep(),
        drain: config.work.drain(),
        calls: config.calls.limits(),
        ingest: runner::IngestConfig {
            max_contact: config.ingest.max_contact(),
            batch_bytes: config.ingest.max_batch(),
            ..runner::IngestConfig::default()
        },
        ..runner::Config::default()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn limits_of_what_comes_in_reach_the_runner() {
        let limits = |config: &Config| {
            let ingest = work(config).ingest;
            (ingest.batch_bytes, ingest.max_contact)
        };
        let mut config = Config::default();
        assert_eq!(limits(&config), (64 << 20, 512 << 10));
        (config.ingest.max_batch, config.ingest.max_contact) = (Some(3), Some(7));
        assert_eq!(limits(&config), (3 << 20, 7 << 10));
    }

    #[test]
    fn a_stop_counts_from_its_signal() {
        let (told, seconds) = (Instant::now(), Duration::from_secs);
        let work = crate::config::Work::default();
        assert_eq!((work.drain(), work.notice()), (seconds(20), seconds(1)));
        assert_eq!(stops(told, work.drain(), work.notice()), (told + seconds(1), told + seconds(20)));
        // A long notice is part of the limit and leaves half of it to what is under way.
        assert_eq!(stops(told, seconds(10), seconds(300)), (told + seconds(5), told + seconds(10)));
    }
}
