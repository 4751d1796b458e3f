//! Frames of the live stream, as they stand on the wire: what clients say ([`asked`]) and what they are told ([`told`]).
//! The same types give `api-spec/asyncapi.yaml`, so that what is sent and what is promised cannot differ.

pub mod asked;
pub mod told;
