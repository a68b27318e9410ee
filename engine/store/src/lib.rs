//! The only crate with SQL: one Store over SQLite and PostgreSQL.
