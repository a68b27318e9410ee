//! Write-ahead log: how many bytes PostgreSQL writes for a token.
//!
//! The first change of a page after a checkpoint writes the whole page. So a checkpoint is made first, and the first
//! round does not count.

use crate::{BenchError, measure::middle, report::Report, seed::Bed};

/// Bytes a token of each round.
#[derive(Debug, Default)]
pub(crate) struct Wal {
    raw: Vec<f64>,
    engine: Vec<f64>,
}

/// Whose writes.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Whose {
    /// The bare rows.
    Raw,
    /// The engine's.
    Engine,
}

impl Wal {
    /// Notes what was written since `before` for `n` tokens; nothing on SQLite.
    pub(crate) fn add(&mut self, whose: Whose, before: Option<u64>, after: Option<u64>, n: usize) {
        let Some((before, after)) = before.zip(after).filter(|_| n > 0) else { return };
        let bytes = after.saturating_sub(before) as f64 / n as f64;
        match whose {
            Whose::Raw => self.raw.push(bytes),
            Whose::Engine => self.engine.push(bytes),
        }
    }

    /// Says what came of it.
    pub(crate) fn report(self, report: &mut Report) {
        if self.raw.is_empty() || self.engine.is_empty() {
            return;
        }
        let (raw, engine) = (middle(self.raw), middle(self.engine));
        report.ratio("write-ahead log, bytes a token, raw", raw);
        report.ratio("write-ahead log, bytes a token, engine", engine);
        report.ratio("engine : raw, write-ahead log", engine / raw);
    }
}

/// How much was written until now.
pub(crate) async fn written(bed: &Bed) -> Result<Option<u64>, BenchError> {
    Ok(bed.store.meters().await?.wal_bytes)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn bytes_a_token() {
        let mut wal = Wal::default();
        wal.add(Whose::Raw, Some(100), Some(1_100), 10);
        wal.add(Whose::Engine, None, None, 10);
        wal.add(Whose::Engine, Some(0), Some(5), 0);
        assert_eq!((wal.raw, wal.engine), (vec![100.0], Vec::new()));
    }
}
