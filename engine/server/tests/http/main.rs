//! The server from outside: a running one in this process, asked through its router, on a clock that tests move.

mod access;
mod answers;
mod assets;
mod cli;
mod events;
mod inbox;
mod openapi;
mod reading;
mod session;
mod world;
