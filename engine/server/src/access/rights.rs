//! Rights. Each operation asks for one right (`http/table.rs`). People and keys have a set of them.

use super::key::Scope;

/// What an operation asks for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Right {
    /// Read everything but keys and the audit.
    Read,
    /// Report events.
    SendEvents,
    /// Change programs and streams.
    WriteDefinitions,
    /// Pause, try again, send tests: change what runs.
    Operate,
    /// Decide who may do what, and read who did.
    Administer,
}

impl Right {
    /// All of them.
    pub const ALL: [Self; 5] = [Self::Read, Self::SendEvents, Self::WriteDefinitions, Self::Operate, Self::Administer];

    /// The smallest scope that gives it.
    pub fn scope(self) -> Scope {
        match self {
            Self::Read => Scope::Read,
            Self::SendEvents => Scope::EventsWrite,
            Self::WriteDefinitions | Self::Operate | Self::Administer => Scope::Admin,
        }
    }
}

/// A set of rights.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Rights(u8);

impl Rights {
    /// All of them: what people have who are signed in, and the command line.
    pub const ALL: Self = Self((1 << Right::ALL.len()) - 1);

    /// Those that these scopes give.
    pub fn of(scopes: impl IntoIterator<Item = Scope>) -> Self {
        scopes.into_iter().fold(Self::default(), |rights, scope| match scope {
            Scope::EventsWrite => rights.with(Right::SendEvents),
            Scope::Read => rights.with(Right::Read),
            Scope::Admin => Self::ALL,
        })
    }

    /// These and one more.
    #[must_use]
    pub fn with(self, right: Right) -> Self {
        Self(self.0 | 1 << right as u8)
    }

    /// Whether one is among them.
    pub fn has(self, right: Right) -> bool {
        self.0 & 1 << right as u8 != 0
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn scopes_give_what_they_always_gave() {
        let rights = |scopes: &[Scope]| {
            let rights = Rights::of(scopes.iter().copied());
            Right::ALL.into_iter().filter(|right| rights.has(*right)).collect::<Vec<_>>()
        };
        assert_eq!(rights(&[]), []);
        assert_eq!(rights(&[Scope::Read]), [Right::Read]);
        assert_eq!(rights(&[Scope::EventsWrite]), [Right::SendEvents]);
        assert_eq!(rights(&[Scope::Read, Scope::EventsWrite]), [Right::Read, Right::SendEvents]);
        assert_eq!(rights(&[Scope::Admin]), Right::ALL);
        // The scope that a refusal names is enough.
        for right in Right::ALL {
            assert!(Rights::of([right.scope()]).has(right), "{right:?}");
        }
    }
}
