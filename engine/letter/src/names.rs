//! The names that templates know.

/// What templates know by name. `survey` and `invite` are there where the node gives them; `joined` has the events that
/// joined the token on its way.
pub const VARIABLES: [&str; 6] = ["contact", "event", "invite", "joined", "stream", "survey"];

/// Those that the node gives, whatever the event.
pub const OF_NODES: [&str; 2] = ["invite", "survey"];

/// The filters that people are told of: those of the engine that mails use, and ours.
pub const FILTERS: [&str; 27] = [
    "abs",
    "capitalize",
    "date",
    "default",
    "dictsort",
    "escape",
    "first",
    "float",
    "int",
    "items",
    "join",
    "last",
    "length",
    "list",
    "lower",
    "map",
    "max",
    "min",
    "money",
    "replace",
    "reverse",
    "round",
    "sort",
    "sum",
    "title",
    "trim",
    "upper",
];

/// The tests that people are told of.
pub const TESTS: [&str; 14] = [
    "defined",
    "divisibleby",
    "endingwith",
    "eq",
    "even",
    "false",
    "in",
    "none",
    "number",
    "odd",
    "startingwith",
    "string",
    "true",
    "undefined",
];

/// What these have. What a contact or an event has depends on what was reported.
const ATTRIBUTES: [(&str, &[&str]); 4] = [
    ("invite", &["club", "url"]),
    (
        "loop",
        &[
            "changed",
            "cycle",
            "depth",
            "depth0",
            "first",
            "index",
            "index0",
            "last",
            "length",
            "nextitem",
            "previtem",
            "revindex",
            "revindex0",
        ],
    ),
    ("stream", &["from", "name", "title"]),
    ("survey", &["links", "question"]),
];

/// What a variable has; none where that depends on what was reported.
pub fn fields(variable: &str) -> Option<&'static [&'static str]> {
    ATTRIBUTES.iter().find(|(known, _)| *known == variable).map(|(_, has)| *has)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_the_same_in_every_mail_has_known_fields() {
        let open: Vec<_> = VARIABLES.into_iter().filter(|name| fields(name).is_none()).collect();
        assert_eq!(open, ["contact", "event", "joined"]);
        assert!(fields("survey").is_some_and(|has| has.contains(&"links")));
    }
}
