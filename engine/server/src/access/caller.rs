//! The caller of a request: who asks, for which workspace, and with which rights.

use program::{KeyId, Time, UserId, WorkspaceId};
use store::Act;

use super::rights::{Right, Rights};

/// The workspace of whoever brings neither key nor session: who signs in, the first user, the command line, options, and
/// links in mails. An installation has one workspace, so it is that. Nothing else names it; a key and a session know their
/// own.
pub const HOME: WorkspaceId = WorkspaceId::DEFAULT;

/// Who asks.
#[derive(Clone, Debug)]
pub struct Caller {
    /// Whose data they see.
    pub workspace: WorkspaceId,
    /// Who.
    pub actor: Actor,
    /// What they may do.
    pub rights: Rights,
}

/// Somebody, or something.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Actor {
    /// A person, who signed in.
    Person {
        /// Their account.
        id: UserId,
        /// Their mail address.
        email: String,
    },
    /// A program, with an API key.
    Key {
        /// The key.
        id: KeyId,
        /// What it is called.
        name: String,
    },
    /// Whoever gives commands on a machine of the installation.
    CommandLine,
    /// Whoever watches it, without a key.
    Monitor,
}

impl Caller {
    /// What is written beside what they make.
    pub fn author(&self) -> Option<&str> {
        match &self.actor {
            Actor::Person { email: name, .. } | Actor::Key { name, .. } => Some(name),
            Actor::CommandLine | Actor::Monitor => None,
        }
    }

    /// What they do now.
    pub fn act(&self, now: Time) -> Act<'_> {
        Act { workspace: self.workspace, author: self.author(), now }
    }

    /// Whether they may do this.
    pub fn may(&self, right: Right) -> bool {
        self.rights.has(right)
    }
}
