//! What is done by itself: rules on what happens, and the actions they take.

pub mod action;
