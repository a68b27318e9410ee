//! `bench prune`: deletes old events, old finished tokens with their steps, old messages and old inbox mails, all at
//! once. The duty of a node does it. It leaves half of the time to others, even if there are none.

use std::time::Duration;

use mail::Transport;
use runner::{Config, duties::Prune};
use store::{Keep, Pruned};

use crate::{
    Bench, BenchError,
    dispatch::{hand_over, queue},
    measure::{figure, median},
    report::Report,
    seed::Bed,
};

/// Longer than anything is kept here.
const OLD: Duration = Duration::from_secs(2);

/// Measures rows of all sorts.
pub(crate) async fn run(options: &Bench, bed: &Bed, report: &mut Report) -> Result<(), BenchError> {
    let inbox = bed.engine(Transport::inbox(), Config::default());
    let kept = "1s".parse()?;
    let keep = Keep { trace: kept, events: kept, messages: kept, inbox: kept, audit: kept };
    let prune = Prune::new(bed.store.clone(), bed.clock.clone(), keep);
    let (mut rounds, mut last) = (Vec::new(), Pruned::default());
    for _ in 0..options.rounds {
        queue(bed, options.n).await?;
        hand_over(&inbox).await?;
        tokio::time::sleep(OLD).await;
        let all = async {
            let mut all = Pruned::default();
            loop {
                all += prune.run_once().await?;
                if !prune.more() {
                    last = all;
                    return Ok::<_, BenchError>((usize::try_from(all.total())?, Vec::new()));
                }
            }
        };
        rounds.push(figure(all).await?);
    }
    report.figure("rows pruned", median(rounds));
    report.note(format!("the last round: {last:?}"));
    Ok(())
}
