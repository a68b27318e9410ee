//! The cost of group commit for a single request: how long it waits until its commit begins.
//!
//! There are two measures. The first is the wait from the request's arrival in the committer's queue to the start of
//! its commit. It is measured at half the rate of single requests just before, and at a fixed rate. The second is the
//! difference for a client: the p99 of the answer with group commit, less the p99 with one commit per request through
//! the same committer. Both run at half of what one commit per request can do, because a higher load would be too much
//! for it. Requests come at their times, whether or not earlier ones were answered.

use std::time::{Duration, Instant};

use runner::{Config, IngestConfig, IngestError};
use tokio::task::JoinSet;

use crate::{
    BenchError,
    measure::{Figure, cpu_seconds, middle},
    recorder::{Recorder, WAIT},
    report::Report,
    seed::{Bed, WORKSPACE, incoming},
};

/// How long one load is offered.
pub(crate) const SPAN: Duration = Duration::from_secs(4);
/// Single requests a second that an installation should take in at least.
const FIXED: f64 = 1_500.0;
/// How often due requests are sent.
const TICK: Duration = Duration::from_millis(1);

/// All rounds.
pub(crate) struct Delay {
    recorder: Recorder,
    half: Vec<Figure>,
    fixed: Vec<Figure>,
    grouped: Vec<Figure>,
    alone: Vec<Figure>,
    /// Shares of the requests at half load that a full queue refused.
    refused: Vec<f64>,
}

impl Delay {
    /// None yet.
    pub(crate) fn new() -> Result<Self, BenchError> {
        Ok(Self {
            recorder: Recorder::install(WAIT)?,
            half: Vec::new(),
            fixed: Vec::new(),
            grouped: Vec::new(),
            alone: Vec::new(),
            refused: Vec::new(),
        })
    }

    /// Measures at half of what single requests, and one commit a request, have just done.
    pub(crate) async fn round(&mut self, bed: &Bed, many: &Figure, one: &Figure) -> Result<(), BenchError> {
        let (many, one) = (many.per_second / 2.0, one.per_second / 2.0);
        let (half, refused) = self.wait(bed, many).await?;
        self.half.push(half);
        self.refused.push(refused);
        self.fixed.push(self.wait(bed, FIXED).await?.0);
        self.grouped.push(offer(bed, one, IngestConfig::default()).await?.0);
        self.alone.push(offer(bed, one, IngestConfig { batch: 1, ..IngestConfig::default() }).await?.0);
        Ok(())
    }

    /// How long requests waited, and the share of them that was refused.
    async fn wait(&self, bed: &Bed, rate: f64) -> Result<(Figure, f64), BenchError> {
        self.recorder.take();
        let (figure, refused) = offer(bed, rate, IngestConfig::default()).await?;
        let (wall, waits) = (Duration::from_secs_f64(figure.seconds), self.recorder.take());
        Ok((Figure::new(figure.n, wall, figure.cpu_seconds, waits), refused))
    }

    /// Says what came of it.
    pub(crate) fn report(self, report: &mut Report) {
        let p99 = |rounds: &[Figure]| middle(rounds.iter().map(|figure| figure.p99_ms).collect());
        let added = self.grouped.iter().zip(&self.alone).map(|(grouped, alone)| grouped.p99_ms - alone.p99_ms);
        report.ratio("group commit adds to the p99 of an answer at equal load, ms", middle(added.collect()));
        report.ratio("wait for the commit at half load, p99 in ms", p99(&self.half));
        report.ratio("refused at half load, share", middle(self.refused));
        report.ratio("wait for the commit at 1,500 a second, p99 in ms", p99(&self.fixed));
        report.figure("wait for the commit at half load", by_p99(self.half));
        report.figure("wait for the commit at 1,500 a second", by_p99(self.fixed));
        report.figure("answers at low load, group commit", by_p99(self.grouped));
        report.figure("answers at low load, one commit each", by_p99(self.alone));
    }
}

/// The round in the middle, by p99.
pub(crate) fn by_p99(mut rounds: Vec<Figure>) -> Option<Figure> {
    rounds.sort_by(|a, b| a.p99_ms.total_cmp(&b.p99_ms));
    let middle = rounds.len() / 2;
    (!rounds.is_empty()).then(|| rounds.swap_remove(middle))
}

/// Single requests, so many a second; and the share of them that was refused because the queue was full.
async fn offer(bed: &Bed, rate: f64, ingest: IngestConfig) -> Result<(Figure, f64), BenchError> {
    let engine = bed.engine(mail::Transport::inbox(), Config { ingest, ..Config::default() });
    let (cpu, begun) = (cpu_seconds(), Instant::now());
    let (mut tasks, mut sent) = (JoinSet::new(), 0);
    while begun.elapsed() < SPAN {
        while sent < due(rate, begun.elapsed()) {
            let (ingest, n) = (engine.ingest.clone(), sent);
            tasks.spawn(async move {
                let begun = Instant::now();
                ingest.submit(WORKSPACE, vec![incoming(n, "bench.seen")]).await.map(|_| begun.elapsed())
            });
            sent += 1;
        }
        bed.clock.pause(TICK).await;
    }
    let mut calls = Vec::with_capacity(sent);
    while let Some(call) = tasks.join_next().await {
        match call? {
            Ok(took) => calls.push(took),
            Err(IngestError::Full) => {}
            Err(error) => return Err(error.into()),
        }
    }
    engine.ingest.close().await;
    let refused = (sent - calls.len()) as f64 / sent.max(1) as f64;
    Ok((Figure::new(calls.len(), begun.elapsed(), cpu_seconds() - cpu, calls), refused))
}

/// How many were to be sent by then.
fn due(rate: f64, after: Duration) -> usize {
    (rate * after.as_secs_f64()) as usize
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn requests_come_at_their_times() {
        assert_eq!(due(100.0, Duration::ZERO), 0);
        assert_eq!(due(100.0, Duration::from_millis(255)), 25);
    }

    #[test]
    fn the_middle_by_p99() {
        let figure = |ms| Figure::new(1, Duration::from_secs(1), 1.0, vec![Duration::from_millis(ms)]);
        assert_eq!(by_p99(vec![figure(9), figure(1), figure(5)]).map(|figure| figure.p99_ms), Some(5.0));
        assert!(by_p99(Vec::new()).is_none());
    }
}
