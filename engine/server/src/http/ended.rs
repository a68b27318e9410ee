//! Why a body could not be read to its end.

/// Why reading a body ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Ended {
    /// Too slow, or not at all.
    #[error("the body came too slowly")]
    Slow,
    /// Others hold all room.
    #[error("too many bodies are under way")]
    Full,
    /// It takes more memory than one address may.
    #[error("the body holds too many values")]
    Heavy,
}

impl Ended {
    /// What ended reading, found in what came of it.
    pub fn of(error: &(dyn std::error::Error + 'static)) -> Option<Self> {
        let mut error = Some(error);
        // The reader wraps it a few times.
        for _ in 0..8 {
            let here = error?;
            if let Some(ended) = here.downcast_ref::<Self>() {
                return Some(*ended);
            }
            error = here.source();
        }
        None
    }
}
