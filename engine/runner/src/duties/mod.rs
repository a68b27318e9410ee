//! Periodic jobs, one duty per file.

mod catch_up;
mod crowds;
mod gauges;
mod heartbeat;
mod prune;
mod rescue;

use store::Result;

pub use catch_up::CatchUps;
pub(crate) use crowds::CROWDS;
pub use crowds::Crowds;
pub use gauges::Gauges;
pub use heartbeat::Heartbeat;
pub use prune::Prune;
pub use rescue::Rescue;

/// A duty as its worker sees it.
pub(crate) trait Duty: Send + Sync + 'static {
    /// For logs.
    const NAME: &'static str;

    /// Does it once; says whether something is left to do at once.
    fn tick(&self) -> impl Future<Output = Result<bool>> + Send;
}
