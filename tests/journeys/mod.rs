//! Journeys: what a user does from start to end, through the doors that users have.

mod bad_input;
mod cases;
mod late;
mod nothing_lost;
mod nul;
mod publish;
mod shut;
mod spellings;
mod story;
mod test_run;
mod written;
