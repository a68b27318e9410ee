//! What a node that waits for an event tells the engine about it.

use crate::{EventType, Expr, Port};

/// The event that tokens wait for at a node.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Awaits<'a> {
    /// Its type; none while none is chosen.
    pub event: Option<&'a EventType>,
    /// What must hold of it; without it every event of the type will do.
    pub filter: Option<&'a Expr>,
    /// By which name it is known from then on; without it, it is only waited for.
    pub name: Option<&'a str>,
    /// The way out of those whose event came.
    pub came: &'a Port,
}
