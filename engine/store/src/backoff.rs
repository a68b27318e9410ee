//! The pause before a retry: the same for both lanes of the outbox.

use std::time::Duration;

use uuid::Uuid;

/// Pauses in minutes after the first, second … try. After the last one it stays the same.
const PAUSES: [u64; 6] = [1, 5, 15, 30, 60, 120];
/// The pause after a second attempt that this node could not finish. It doubles.
const SOON: Duration = Duration::from_millis(500);
const NOT_SO_SOON: Duration = Duration::from_secs(60);

/// One attempt of one message or call.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Backoff {
    pub(crate) id: Uuid,
    pub(crate) attempt: u32,
    /// Attempts before this one that failed because of the other side.
    pub(crate) tries: u64,
}

impl Backoff {
    /// The pause after this attempt, 20 % more or less, so that messages of one moment are spread.
    pub(crate) fn pause(&self) -> Duration {
        let at = usize::try_from(self.tries).unwrap_or(usize::MAX).min(PAUSES.len() - 1);
        let pause = Duration::from_secs(PAUSES[at] * 60);
        pause.mul_f64(0.8 + 0.4 * self.chance())
    }

    /// It grows with the number of leases, so that a message that brings down its node does not do so all day.
    pub(crate) fn short_pause(&self) -> Duration {
        match self.attempt {
            ..=1 => Duration::ZERO,
            n => (SOON * 2_u32.pow((n - 2).min(7))).min(NOT_SO_SOON).mul_f64(0.5 + 0.5 * self.chance()),
        }
    }

    /// From 0 to 1, the same each time for one attempt.
    fn chance(&self) -> f64 {
        let mut z = self.id.as_u64_pair().1 ^ u64::from(self.attempt).wrapping_mul(0x9e37_79b9_7f4a_7c15);
        z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        ((z ^ (z >> 31)) >> 11) as f64 / (1_u64 << 53) as f64
    }
}
