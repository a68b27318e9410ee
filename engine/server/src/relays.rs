//! Keeps the relays of the nodes in the database, without user and password. A command such as `stafette doctor` needs
//! them, because it may not have the options of the nodes.

use mail::Transport;
use program::{PerClass, StreamClass};
use store::Store;

/// Its name in the database.
pub(crate) fn name(class: StreamClass) -> &'static str {
    match class {
        StreamClass::Operational => "relay_operational",
        StreamClass::Marketing => "relay_marketing",
    }
}

/// Keeps where this node hands over to; nothing stands for the built-in inbox.
pub(crate) async fn keep(store: &Store, ways: &PerClass<Transport>) -> store::Result<()> {
    for (class, way) in ways.iter() {
        let (name, relay) = (name(class), way.server().unwrap_or_default());
        if store.installation(name).await?.unwrap_or_default() != relay {
            store.set_installation(name, &relay).await?;
        }
    }
    Ok(())
}
