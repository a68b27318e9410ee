//! Streams as labels of metrics: a bounded set, however many streams there are.

use std::{
    collections::HashSet,
    sync::{Mutex, PoisonError},
};

use metrics::SharedString;
use program::StreamName;

/// So many streams have series of their own, those that were met first since the node started.
const MOST: usize = 200;
/// What the others are called; no stream can be.
const OTHERS: &str = "(others)";

/// The streams that have series.
#[derive(Default)]
pub(crate) struct Series(Mutex<HashSet<StreamName>>);

impl Series {
    /// What a stream is called in metrics.
    pub(crate) fn label(&self, stream: StreamName) -> SharedString {
        let mut known = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if !known.contains(&stream) {
            if known.len() >= MOST {
                return OTHERS.into();
            }
            known.insert(stream.clone());
        }
        stream.to_string().into()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn there_are_never_more_than_so_many() {
        let series = Series::default();
        let name = |n: usize| StreamName::new(&format!("stream-{n}")).unwrap();
        let labels: HashSet<_> = (0..3 * MOST).map(|n| series.label(name(n)).to_string()).collect();
        assert_eq!(labels.len(), MOST + 1);
        assert_eq!((&*series.label(name(0)), &*series.label(name(MOST))), ("stream-0", OTHERS));
        assert!(StreamName::new(OTHERS).is_err());
    }
}
