//! The only file that names apalis. Our tables are the queue, so an apalis task is not a job. It only says "it is your
//! turn": the handler then claims its batch itself, in a transaction or with a lease.

use std::{
    convert::Infallible,
    future::Future,
    io,
    pin::Pin,
    sync::Arc,
    task::{Context, Poll},
};

use apalis::prelude::*;
use apalis_core::{
    backend::{Backend, BackendConfig, finalize::Ephemeral},
    task::task_id::RandomId,
};
use tokio::sync::{OwnedSemaphorePermit, Semaphore};
use tower::layer::util::Identity;

use crate::job::Job;

/// Gives out turns, one at a time: the next one is waited for when the last one is over.
struct Turns {
    job: Arc<dyn Job>,
    free: Arc<Semaphore>,
    waiting: Option<Waiting>,
}

type Waiting = Pin<Box<dyn Future<Output = Option<OwnedSemaphorePermit>> + Send>>;

/// A turn; it is over when this is dropped.
struct Turn(#[expect(dead_code, reason = "held, not read")] Option<OwnedSemaphorePermit>);

impl Turns {
    fn new(job: Arc<dyn Job>) -> Self {
        Self { job, free: Arc::new(Semaphore::new(1)), waiting: None }
    }
}

impl Backend for Turns {
    type Task = Task<Turn>;
    // Errors end workers; a job deals with its own.
    type Error = Infallible;

    fn poll_ready(&mut self, _: &mut Context<'_>, _: &WorkerContext) -> Poll<Result<(), Infallible>> {
        Poll::Ready(Ok(()))
    }

    fn poll_next(&mut self, cx: &mut Context<'_>, _: &WorkerContext) -> Poll<Option<Result<Task<Turn>, Infallible>>> {
        let waiting = self.waiting.get_or_insert_with(|| {
            let (job, free) = (self.job.clone(), self.free.clone());
            Box::pin(async move {
                let turn = free.acquire_owned().await.ok();
                job.wait().await;
                turn
            })
        });
        let turn = std::task::ready!(waiting.as_mut().poll(cx));
        self.waiting = None;
        Poll::Ready(Some(Ok(Task::new(Turn(turn)))))
    }

    fn poll_close(&mut self, _: &mut Context<'_>, _: &WorkerContext) -> Poll<Result<(), Infallible>> {
        self.waiting = None;
        Poll::Ready(Ok(()))
    }
}

impl BackendConfig for Turns {
    type Args = Turn;
    type Id = RandomId;
    type Kind = Ephemeral;
    type Config = ();
    type Layer = Identity;

    fn config(&self) -> &() {
        &()
    }

    fn middleware(&mut self, _: &mut WorkerContext) -> Identity {
        Identity::new()
    }
}

/// Takes one turn.
async fn take_turn(turn: Turn, job: Data<Arc<dyn Job>>) {
    job.run().await;
    drop(turn);
}

/// Runs these jobs, each on its own worker, until `stop` is done; then lets their turns end, until `limit` is over, which
/// begins only then. A worker that breaks down starts again; its name carries the boot id, so that no restart
/// meets its own past.
pub(crate) async fn run(
    jobs: Vec<Arc<dyn Job>>,
    boot: &str,
    stop: impl Future<Output = ()> + Send,
    limit: impl Future<Output = ()> + Send + 'static,
) {
    if jobs.is_empty() {
        return stop.await;
    }
    let mut monitor = Monitor::new()
        .should_restart(|worker, error| {
            tracing::error!(worker = worker.name(), %error, "a worker broke down and starts again");
            true
        })
        // The monitor looks at it only after the stop. A sleep that is made here would count from the start.
        .with_terminator(limit);
    for job in jobs {
        let name = format!("{}-{boot}", job.name());
        monitor = monitor.register(move |restarts| {
            WorkerBuilder::new(format!("{name}-{restarts}"))
                .backend(Turns::new(job.clone()))
                .data(job.clone())
                .parallelize(tokio::spawn)
                .build(take_turn)
        });
    }
    let stop = async {
        stop.await;
        io::Result::Ok(())
    };
    if let Err(error) = monitor.run_with_signal(stop).await {
        tracing::error!(%error, "workers ended with an error");
    }
}

#[cfg(test)]
mod tests {
    use std::sync::atomic::{AtomicBool, Ordering};

    use tokio::sync::Notify;

    use super::*;
    use crate::job::Pending;

    /// A job whose one turn ends when it is told to.
    #[derive(Default)]
    struct Slow {
        begun: Notify,
        end: Notify,
        ended: AtomicBool,
    }

    impl Job for Slow {
        fn name(&self) -> &str {
            "slow"
        }

        fn wait(&self) -> Pending<'_> {
            Box::pin(async {
                if self.ended.load(Ordering::SeqCst) {
                    std::future::pending::<()>().await;
                }
            })
        }

        fn run(&self) -> Pending<'_> {
            Box::pin(async {
                self.begun.notify_one();
                self.end.notified().await;
                self.ended.store(true, Ordering::SeqCst);
            })
        }
    }

    /// Runs the job; `stop` and `limit` end when they are told to.
    fn start(job: &Arc<Slow>) -> (Arc<Notify>, Arc<Notify>, Arc<AtomicBool>, tokio::task::JoinHandle<()>) {
        let (stop, limit, counting) = (Arc::new(Notify::new()), Arc::new(Notify::new()), Arc::<AtomicBool>::default());
        let (stopped, over, counts) = (stop.clone(), limit.clone(), counting.clone());
        let limited = async move {
            counts.store(true, Ordering::SeqCst);
            over.notified().await;
        };
        let job: Arc<dyn Job> = job.clone();
        let running = tokio::spawn(async move { run(vec![job], "boot", stopped.notified(), limited).await });
        (stop, limit, counting, running)
    }

    #[tokio::test]
    async fn what_is_under_way_ends_however_long_the_node_was_up() {
        let job = Arc::new(Slow::default());
        let (stop, _limit, counting, running) = start(&job);
        job.begun.notified().await;
        assert!(!counting.load(Ordering::SeqCst), "the limit counts while the node is up");
        stop.notify_one();
        while !counting.load(Ordering::SeqCst) {
            tokio::task::yield_now().await;
        }
        assert!(!running.is_finished());
        job.end.notify_one();
        running.await.unwrap();
        assert!(job.ended.load(Ordering::SeqCst));
    }

    #[tokio::test]
    async fn what_hangs_does_not_hold_the_exit() {
        let job = Arc::new(Slow::default());
        let (stop, limit, _, running) = start(&job);
        job.begun.notified().await;
        stop.notify_one();
        limit.notify_one();
        running.await.unwrap();
        assert!(!job.ended.load(Ordering::SeqCst));
    }
}
