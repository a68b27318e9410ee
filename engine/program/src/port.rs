//! Ports: the named ways out of a node.

use std::{borrow::Cow, fmt};

use serde::{Deserialize, Serialize};

/// A named way out of a node. Each port has one edge at most.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Port(Cow<'static, str>);

impl Port {
    /// The one way out of nodes that do not decide.
    pub const NEXT: Self = Self(Cow::Borrowed("next"));
    /// A condition holds.
    pub const YES: Self = Self(Cow::Borrowed("yes"));
    /// A condition does not hold.
    pub const NO: Self = Self(Cow::Borrowed("no"));

    pub(crate) const fn named(name: &'static str) -> Self {
        Self(Cow::Borrowed(name))
    }

    /// A port by its name. Whether the node has it is the checker's question.
    pub fn new(name: impl Into<Cow<'static, str>>) -> Self {
        Self(name.into())
    }

    /// The name.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Display for Port {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(&self.0)
    }
}
