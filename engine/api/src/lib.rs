//! What crosses the wire: request and response structs and the path of each call. No logic.
