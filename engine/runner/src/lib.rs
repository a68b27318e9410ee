//! Durable work: ingest, advance, dispatch and the periodic duties.
//!
//! In reading order:
//!
//! - [`Clock`]: the only source of time, ids and chance.
//! - [`Ingest`]: events come in, many to a commit.
//! - [`Advancer`]: due tokens move, one transaction a batch.
//! - [`Dispatcher`]: messages are leased, written, handed over and settled; [`LinkSigner`] makes their links,
//!   [`press`] renders their templates.
//! - [`Calls`]: calls of other people's servers are leased, made and settled; [`CallSigner`] knows the secrets that sign
//!   them.
//! - [`duties`]: what is done from time to time.
//! - [`Wake`]: hints that something is to be done.
//! - [`Engine`]: all of them put together; [`start`] sets a node to work.

mod advance;
mod breaker;
mod calls;
mod clock;
mod committer;
mod config;
mod contracts;
mod dispatch;
mod doors;
pub mod duties;
mod engine;
mod failpoint;
mod gather;
mod guard;
mod inflow;
mod ingest;
mod job;
mod jobs;
mod links;
mod outbox;
mod plans;
pub mod press;
mod relay;
mod routes;
mod running;
mod seen;
mod series;
mod settler;
#[cfg(test)]
mod several;
mod skew;
mod told;
mod verdict;
mod waits;
mod wake;
mod way;
mod worker;
mod writer;

pub use advance::{Advanced, Advancer};
pub use calls::{CallSigner, Calls};
pub use clock::{Clock, ManualClock};
pub use config::{Batch, CallsConfig, Config, DispatchConfig, IngestConfig, Roles};
pub use dispatch::{Dispatched, Dispatcher};
pub use engine::{Deps, Engine};
pub use inflow::IngestError;
pub use ingest::{Incoming, Ingest};
pub use links::LinkSigner;
pub use outbox::contact_object;
pub use plans::Plans;
pub use press::Press;
pub use running::{Running, start};
pub use seen::Seen;
pub use skew::{Skew, clock_skew};
pub use told::Told;
pub use wake::{Listener, Topic, Wake};
pub use way::RelayHealth;
