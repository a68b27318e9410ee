//! Durable work: ingest, advance, dispatch and the periodic duties.
