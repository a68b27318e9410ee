//! What is done from time to time, one duty per file.
