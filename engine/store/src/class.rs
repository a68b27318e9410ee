//! Who must act when the database refuses. One table for both databases covers all of their codes.

/// Who must act before the same call can succeed. Status, retry, log level and readiness follow from this and from
/// nothing else.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Class {
    /// The caller: what it gave cannot be stored, or there is no such thing.
    Client,
    /// The caller, by looking again: it stands against what is stored.
    Conflict,
    /// Nobody: the same call may succeed in a moment.
    Soon,
    /// Whoever runs the database: room, a right, a column is missing.
    Operator,
    /// Whoever runs the database, from a backup: what is stored is damaged.
    Corrupt,
}

impl Class {
    /// Whether the same call may succeed later, without the caller changing it.
    pub fn retryable(self) -> bool {
        matches!(self, Self::Soon | Self::Operator)
    }

    /// Whether somebody must be told.
    pub fn alarming(self) -> bool {
        matches!(self, Self::Operator | Self::Corrupt)
    }
}

/// PostgreSQL: whole codes first, then classes, which are their first two characters (PostgreSQL's manual, appendix A).
/// What is in neither is as good as a defect: an operator must look.
const SQLSTATES: &[(&str, Class)] = &[
    // A plan that a migration made old, or a prepared statement that a pooler gave to another connection: each is
    // new on the next connection.
    ("0A000", Class::Soon),
    ("26000", Class::Soon),
    ("42P05", Class::Soon),
    // What is missing or against a rule of the schema is a matter of versions; what is there already is not.
    ("23502", Class::Operator),
    ("23514", Class::Operator),
    ("25006", Class::Operator),
    // Somebody's trigger refuses a row.
    ("P0001", Class::Operator),
    // What PostgreSQL has no code for: more often a file that cannot be written than one that is damaged.
    ("XX000", Class::Operator),
    // Too many connections, and no memory: both pass.
    ("53200", Class::Soon),
    ("53300", Class::Soon),
    ("55000", Class::Operator),
    ("55P02", Class::Operator),
    ("55P04", Class::Operator),
    ("57P04", Class::Operator),
    // Classes, in their order.
    ("00", Class::Operator),
    ("01", Class::Operator),
    ("02", Class::Operator),
    ("03", Class::Soon),
    ("08", Class::Soon),
    ("09", Class::Operator),
    ("0A", Class::Operator),
    ("0B", Class::Soon),
    ("0F", Class::Operator),
    ("0L", Class::Operator),
    ("0P", Class::Operator),
    ("0Z", Class::Operator),
    ("10", Class::Operator),
    ("20", Class::Operator),
    ("21", Class::Operator),
    ("22", Class::Client),
    ("23", Class::Conflict),
    ("24", Class::Soon),
    ("25", Class::Soon),
    ("26", Class::Soon),
    ("27", Class::Operator),
    ("28", Class::Operator),
    ("2B", Class::Operator),
    ("2D", Class::Soon),
    ("2F", Class::Operator),
    ("34", Class::Soon),
    ("38", Class::Operator),
    ("39", Class::Operator),
    ("3B", Class::Soon),
    ("3D", Class::Operator),
    ("3F", Class::Operator),
    ("40", Class::Soon),
    ("42", Class::Operator),
    ("44", Class::Operator),
    // A full disk among them.
    ("53", Class::Operator),
    // Larger than the database takes.
    ("54", Class::Client),
    ("55", Class::Soon),
    ("57", Class::Soon),
    // Its files cannot be read or written.
    ("58", Class::Operator),
    ("72", Class::Soon),
    ("F0", Class::Operator),
    ("HV", Class::Operator),
    ("P0", Class::Operator),
    ("XX", Class::Corrupt),
];

/// SQLite: extended codes first, then primary ones, which are their low byte (sqlite.org/rescode.html).
const SQLITE: &[(u32, Class)] = &[
    // A checksum or a file system that says that it lost something.
    (10 | 32 << 8, Class::Corrupt),
    (10 | 33 << 8, Class::Corrupt),
    // Without memory, or blocked by another process.
    (10 | 12 << 8, Class::Soon),
    (10 | 15 << 8, Class::Soon),
    // CHECK and NOT NULL are matters of versions, as on PostgreSQL.
    (19 | 1 << 8, Class::Operator),
    (19 | 5 << 8, Class::Operator),
    // So is somebody's trigger that refuses a row.
    (19 | 7 << 8, Class::Operator),
    // Primary codes, in their order.
    (0, Class::Operator),
    (1, Class::Operator),
    (2, Class::Operator),
    (3, Class::Operator),
    (4, Class::Soon),
    (5, Class::Soon),
    (6, Class::Soon),
    (7, Class::Soon),
    (8, Class::Operator),
    (9, Class::Soon),
    (10, Class::Operator),
    (11, Class::Corrupt),
    (12, Class::Operator),
    (13, Class::Operator),
    (14, Class::Operator),
    (15, Class::Soon),
    (16, Class::Operator),
    (17, Class::Soon),
    (18, Class::Client),
    (19, Class::Conflict),
    (20, Class::Operator),
    (21, Class::Soon),
    (22, Class::Operator),
    (23, Class::Operator),
    (24, Class::Corrupt),
    (25, Class::Operator),
    (26, Class::Corrupt),
    (27, Class::Operator),
    (28, Class::Operator),
    (100, Class::Operator),
    (101, Class::Operator),
];

/// What an operator is to do, where the code says it.
const REMEDIES: &[(&str, &str)] = &[
    ("53100", "make room on the disk of the database"),
    ("13", "make room on the disk of the database"),
    ("10", "the file system of the database does not do what is asked of it: see the system's log"),
    ("25006", "the database takes no writes: end its read-only mode, or lead Stafette to the primary"),
    ("8", "make the database file and its folder writable for the user that runs Stafette"),
    ("14", "make the database file and its folder readable and writable for the user that runs Stafette"),
    ("42501", "grant the user of the database URL its rights on all tables again"),
    ("42703", "the tables do not fit this build: migrate them, or run the build that they fit"),
    ("42P01", "the tables do not fit this build: migrate them, or run the build that they fit"),
    ("1", "the tables do not fit this build: migrate them, or run the build that they fit"),
    ("11", "stop, keep a copy of the file, and restore a backup"),
    ("XX001", "stop, keep a copy of the data folder, and restore a backup"),
    ("XX002", "rebuild the index: REINDEX DATABASE CONCURRENTLY"),
];

/// The class of a SQLSTATE.
pub(crate) fn of_sqlstate(code: &str) -> Class {
    known_sqlstate(code).unwrap_or(Class::Operator)
}

fn known_sqlstate(code: &str) -> Option<Class> {
    let find = |wanted: &str| SQLSTATES.iter().find(|(code, _)| *code == wanted).map(|(_, class)| *class);
    find(code).or_else(|| find(code.get(..2)?))
}

/// The class of a code of SQLite, primary or extended.
pub(crate) fn of_sqlite(code: u32) -> Class {
    known_sqlite(code).unwrap_or(Class::Operator)
}

fn known_sqlite(code: u32) -> Option<Class> {
    let find = |wanted: u32| SQLITE.iter().find(|(code, _)| *code == wanted).map(|(_, class)| *class);
    find(code).or_else(|| find(code & 0xff))
}

/// Codes of a transaction that the database ended for the sake of others: it has left nothing, and may be run again at once.
const AGAIN: [&str; 2] = ["40001", "40P01"];

/// Whether a transaction was ended for the sake of others.
pub(crate) fn is_again(error: &sqlx::Error) -> bool {
    let code = error.as_database_error().and_then(|error| error.code());
    code.is_some_and(|code| AGAIN.contains(&&*code))
}

/// What an operator is to do; a primary code of SQLite stands for its extended ones.
pub(crate) fn remedy(code: &str) -> Option<&'static str> {
    let find = |wanted: &str| REMEDIES.iter().find(|(code, _)| *code == wanted).map(|(_, remedy)| *remedy);
    find(code).or_else(|| match code.parse::<u32>() {
        Ok(number) if code.len() < 5 => find(&(number & 0xff).to_string()),
        _ => None,
    })
}

/// The same, of an error's text that ends with it.
pub(crate) fn remedy_in(why: &str) -> Option<&'static str> {
    REMEDIES.iter().map(|(_, remedy)| *remedy).find(|remedy| why.ends_with(remedy))
}

#[cfg(test)]
mod tests {
    use super::*;

    /// All classes of PostgreSQL 15's appendix A, and 10 and 0A of later ones.
    const CLASSES: &str = "00 01 02 03 08 09 0A 0B 0F 0L 0P 0Z 10 20 21 22 23 24 25 26 27 28 2B 2D 2F 34 38 39 3B 3D 3F \
                           40 42 44 53 54 55 57 58 72 F0 HV P0 XX";

    #[test]
    fn every_class_of_sqlstates_is_in_the_table() {
        for class in CLASSES.split_whitespace() {
            assert!(known_sqlstate(&format!("{class}999")).is_some(), "{class}");
            assert!(SQLSTATES.iter().filter(|(code, _)| *code == class).count() == 1, "{class}");
        }
        // What nobody knows yet is shown to an operator and is never the caller's fault.
        assert_eq!(of_sqlstate("QQ123"), Class::Operator);
        assert_eq!(of_sqlstate(""), Class::Operator);
        assert_eq!(of_sqlstate("ä"), Class::Operator);
    }

    #[test]
    fn every_code_of_sqlite_is_in_the_table() {
        // sqlite.org/rescode.html: primary codes are 0 to 28, 100 and 101.
        for primary in (0..=28).chain([100, 101]) {
            assert!(SQLITE.iter().filter(|(code, _)| *code == primary).count() == 1, "{primary}");
            // Extended codes are the primary one and a number above it.
            for extended in 0..64 {
                assert!(known_sqlite(primary | extended << 8).is_some(), "{primary} {extended}");
            }
        }
        assert_eq!(of_sqlite(99), Class::Operator);
    }

    #[test]
    fn what_the_caller_cannot_mend_is_not_the_callers_fault() {
        let postgres = [
            ("53100", Class::Operator),
            ("25006", Class::Operator),
            ("42501", Class::Operator),
            ("42703", Class::Operator),
            ("42P01", Class::Operator),
            ("28P01", Class::Operator),
            ("58030", Class::Operator),
            ("XX000", Class::Operator),
            ("XX001", Class::Corrupt),
            ("57P01", Class::Soon),
            ("57P03", Class::Soon),
            ("57014", Class::Soon),
            ("53300", Class::Soon),
            ("40001", Class::Soon),
            ("40P01", Class::Soon),
            ("55P03", Class::Soon),
            ("25P02", Class::Soon),
            ("23505", Class::Conflict),
            ("P0001", Class::Operator),
            ("22021", Class::Client),
            ("54000", Class::Client),
        ];
        for (code, expected) in postgres {
            assert_eq!(of_sqlstate(code), expected, "{code}");
        }
        let sqlite = [
            (5, Class::Soon),
            (261, Class::Soon),
            (6, Class::Soon),
            (8, Class::Operator),
            (1032, Class::Operator),
            (778, Class::Operator),
            (8202, Class::Corrupt),
            (8458, Class::Corrupt),
            (11, Class::Corrupt),
            (267, Class::Corrupt),
            (26, Class::Corrupt),
            (13, Class::Operator),
            (14, Class::Operator),
            (1, Class::Operator),
            (2067, Class::Conflict),
            (1555, Class::Conflict),
            (787, Class::Conflict),
            (1811, Class::Operator),
            (20, Class::Operator),
            (1299, Class::Operator),
            (275, Class::Operator),
            (18, Class::Client),
        ];
        for (code, expected) in sqlite {
            assert_eq!(of_sqlite(code), expected, "{code}");
        }
        let alarming = [Class::Operator, Class::Corrupt];
        for class in [Class::Client, Class::Conflict, Class::Soon, Class::Operator, Class::Corrupt] {
            assert_eq!(class.alarming(), alarming.contains(&class), "{class:?}");
        }
        let full = remedy("53100").unwrap();
        assert_eq!(remedy_in(&format!("database: commit: no space; {full}")), Some(full));
        assert_eq!(remedy_in("database: commit: something else"), None);
        assert!(remedy("1032") == remedy("8") && remedy("40001").is_none());
    }
}
