//! Programs, their drafts, versions and live counts.

pub mod archive;
pub mod cancel_dry_run;
pub mod check;
pub mod counts;
pub mod create;
pub mod draft;
pub mod duplicate;
pub mod finish;
pub mod get;
pub mod get_dry_run;
pub mod known;
pub mod list;
pub mod pause;
pub mod preview;
pub mod publish;
pub mod reset_draft;
pub mod resume;
pub mod save_draft;
pub mod start_dry_run;
pub mod stop;
pub mod unarchive;
pub mod undo;
pub mod version;
pub mod versions;
pub mod visits;
