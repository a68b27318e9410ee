//! Events: in, and out with what they started.

pub mod create;
pub mod delete_contract;
pub mod get;
pub mod get_contract;
pub mod items;
pub mod list;
pub mod put_contract;
pub mod types;
