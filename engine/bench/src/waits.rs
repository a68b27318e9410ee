//! `bench waits`: how late a wait ends beside a million other waits, and what an idle node asks of its database.

use std::time::{Duration, Instant};

use chrono::TimeDelta;
use program::Time;
use runner::{Config, Roles, Running};

use crate::{
    Bench, BenchError,
    delay::by_p99,
    idle,
    measure::{Figure, cpu_seconds, median, middle},
    recorder::{LATENESS, Recorder},
    report::Report,
    seed::Bed,
};

/// Tokens that wait for next year, unless told otherwise.
const WAITING: usize = 1_000_000;
/// How long waits become due at half the rate.
const SPAN: Duration = Duration::from_secs(10);
/// How often it is asked whether all is done.
const PAUSE: Duration = Duration::from_millis(50);
/// Between the seeding of tokens and the first that is due.
const AHEAD: Duration = Duration::from_secs(1);

/// Measures the rate of a node's own workers, then waits that end at half of it, then idleness.
pub(crate) async fn run(options: &Bench, bed: &Bed, report: &mut Report) -> Result<(), BenchError> {
    let recorder = Recorder::install(LATENESS)?;
    let waiting = options.waiting.unwrap_or(WAITING);
    let next_year = bed.next_year();
    let begun = Instant::now();
    bed.seed_waits(waiting, |n| next_year + TimeDelta::milliseconds(n as i64)).await?;
    let seeded = waiting as f64 / begun.elapsed().as_secs_f64().max(0.001);
    let slow = seeded.clamp(500.0, 20_000.0) / 2.0;
    report.note(format!("{waiting} tokens wait for next year"));
    report.note("lateness: from the time that a wait ends to the return of the commit of its step");

    let roles = Roles { dispatcher: false, ..Roles::default() };
    let config = Config { roles, ..Config::default() };
    let running = runner::start(bed.deps(mail::Transport::inbox(), config)).await?;
    let (mut rates, mut late) = (Vec::new(), Vec::new());
    for _ in 0..options.rounds {
        let full = burst(bed, &running, ahead(options.n, slow), (options.n, Duration::ZERO)).await?;
        recorder.take();
        let n = ((full.per_second / 2.0 * SPAN.as_secs_f64()) as usize).max(100);
        let figure = burst(bed, &running, ahead(n, slow), (n, SPAN)).await?;
        let lateness = recorder.take();
        if lateness.len() != figure.n {
            return Err(format!("{} waits ended, but {} were due", lateness.len(), figure.n).into());
        }
        late.push(Figure::new(figure.n, Duration::from_secs_f64(figure.seconds), figure.cpu_seconds, lateness));
        rates.push(full);
    }
    running.shutdown().await;
    report.ratio("lateness at half load, p99 in ms", middle(late.iter().map(|figure| figure.p99_ms).collect()));
    report.figure("a node's workers, all due at once", median(rates));
    report.figure("waits that end at half that rate", by_p99(late));
    idle::run(bed, report).await
}

/// Tokens whose waits end evenly within a span; measured from the first end to the last step.
async fn burst(
    bed: &Bed,
    running: &Running,
    ahead: Duration,
    (n, span): (usize, Duration),
) -> Result<Figure, BenchError> {
    let before = bed.ended().await?;
    let first = bed.clock.now() + TimeDelta::from_std(ahead)?;
    bed.seed_waits(n, |at| spread(first, span, at, n)).await?;
    if bed.clock.now() >= first {
        return Err("the machine is too slow to put the tokens in before they are due".into());
    }
    running.wake.tokens();
    bed.clock.sleep_until(first).await;
    let (cpu, begun) = (cpu_seconds(), Instant::now());
    while bed.ended().await? < before + n as u64 {
        bed.clock.pause(PAUSE).await;
    }
    Ok(Figure::new(n, begun.elapsed(), cpu_seconds() - cpu, Vec::new()))
}

/// How long it takes to put in so many at this rate, and a little more: nothing may be due before all are there.
fn ahead(n: usize, rate: f64) -> Duration {
    AHEAD + Duration::from_secs_f64(n as f64 / rate)
}

/// When the wait of token `at` of `n` ends.
fn spread(first: Time, span: Duration, at: usize, n: usize) -> Time {
    let millis = span.as_millis() as f64 * at as f64 / n.max(1) as f64;
    first + TimeDelta::milliseconds(millis as i64)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn waits_end_evenly() {
        let first = Time::UNIX_EPOCH;
        let at = |n| (spread(first, Duration::from_secs(10), n, 4) - first).num_milliseconds();
        assert_eq!([at(0), at(1), at(3)], [0, 2_500, 7_500]);
        assert_eq!(spread(first, Duration::ZERO, 3, 4), first);
        assert_eq!(ahead(5_000, 1_000.0), Duration::from_secs(6));
    }
}
