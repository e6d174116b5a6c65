//! The rules of running plans, one subject a file; in `simulation` they meet, against a model of an
//! OSS that misbehaves (`oss`), in a world of crashes (`world`).

mod fixture;
mod oss;
mod world;

mod amend;
mod cancel;
mod every;
mod fallouts;
mod forward;
mod reports;
mod simulation;
mod views;
