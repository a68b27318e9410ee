//! Requests that wait for a commit, in two queues: small ones do not wait behind large ones.

use std::collections::VecDeque;

use crate::{IngestConfig, inflow::Request};

/// A request with more bytes than this is large.
const LARGE: usize = 128 << 10;
/// The most bytes of large requests in one commit, or a single request. A small request may have to wait for it.
const LARGE_BATCH: usize = 1 << 20;

/// The two queues. While both have requests they take turns.
#[derive(Default)]
pub(super) struct Waiting {
    small: VecDeque<Request>,
    large: VecDeque<Request>,
    /// The last commit was of small requests.
    large_next: bool,
}

impl Waiting {
    pub(super) fn add(&mut self, request: Request) {
        let line = if request.bytes > LARGE { &mut self.large } else { &mut self.small };
        line.push_back(request);
    }

    pub(super) fn is_empty(&self) -> bool {
        self.small.is_empty() && self.large.is_empty()
    }

    /// The requests of the next commit: at least one, if any waits.
    pub(super) fn next(&mut self, config: &IngestConfig) -> Vec<Request> {
        let large = self.small.is_empty() || self.large_next && !self.large.is_empty();
        self.large_next = !large;
        let (line, most) = match large {
            true => (&mut self.large, config.batch_bytes.min(LARGE_BATCH)),
            false => (&mut self.small, config.batch_bytes),
        };
        let (mut batch, mut rows, mut bytes) = (Vec::new(), 0, 0);
        while let Some(request) = line.pop_front_if(|request| {
            rows += request.events.len();
            bytes += request.bytes;
            batch.is_empty() || rows <= config.batch && bytes <= most
        }) {
            batch.push(request);
        }
        batch
    }
}

#[cfg(test)]
mod tests {
    use std::{sync::Arc, time::Instant};

    use program::WorkspaceId;
    use tokio::sync::{Semaphore, oneshot};

    use super::*;

    fn waiting(bytes: &[usize]) -> Waiting {
        let room = Arc::new(Semaphore::new(bytes.len()));
        let mut waiting = Waiting::default();
        for bytes in bytes {
            waiting.add(Request {
                workspace: WorkspaceId::from(uuid::Uuid::nil()),
                events: Vec::new(),
                decided: None,
                bytes: *bytes,
                answer: oneshot::channel().0,
                arrived: Instant::now(),
                room: Some(Arc::new(room.clone().try_acquire_owned().unwrap())),
            });
        }
        waiting
    }

    fn commits(mut waiting: Waiting, config: &IngestConfig) -> Vec<Vec<usize>> {
        let mut commits = Vec::new();
        while !waiting.is_empty() {
            commits.push(waiting.next(config).iter().map(|request| request.bytes).collect());
        }
        commits
    }

    #[test]
    fn who_brings_little_waits_for_one_commit_of_those_who_bring_much() {
        let config = IngestConfig { batch_bytes: 1 << 30, ..IngestConfig::default() };
        let (half, most) = (LARGE_BATCH / 2, LARGE_BATCH);
        let all = commits(waiting(&[half, half, half, 1, LARGE, 2 * most, 2]), &config);
        assert_eq!(all, [vec![1, LARGE, 2], vec![half, half], vec![half], vec![2 * most]]);
        // However many small requests come meanwhile, large ones have every second commit.
        let config = IngestConfig { batch_bytes: 3, ..config };
        let all = commits(waiting(&[1, most, 2, 3, most, 1, 1]), &config);
        assert_eq!(all, [vec![1, 2], vec![most], vec![3], vec![most], vec![1, 1]]);
    }
}
