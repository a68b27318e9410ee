//! The server from outside: a running one in this process, asked through its router, on a clock that tests move.

#![expect(clippy::unwrap_used, reason = "what a test unwraps is what it expects")]

mod access;
mod answers;
mod archive;
mod assets;
mod audit;
mod brief;
mod cli;
mod contracts;
mod designer;
mod doors;
mod events;
mod files;
mod former;
mod holding;
mod inbox;
mod live;
mod mending;
mod openapi;
mod press;
mod proxies;
mod queues;
mod reading;
mod rehearsal;
mod session;
mod slow;
mod strangers;
mod testing;
mod trying;
mod webhooks;
mod world;
