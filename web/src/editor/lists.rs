//! PURE: the pages that list the contacts behind a number of a node.

use crate::address::{encode, with_query};

/// Ready, waiting or held: what counts as being at a node.
pub const INSIDE: &str = "inside";

/// Who is at a node, by the state of its token.
pub fn tokens(program: &str, node: &str, state: &str) -> String {
    with_query(&page(program, "tokens"), &[("node", node), ("state", state)])
}

/// Who came by a node.
pub fn visits(program: &str, node: &str) -> String {
    with_query(&page(program, "visits"), &[("node", node)])
}

/// Who went on from a node.
pub fn went(program: &str, node: &str) -> String {
    with_query(&visits(program, node), &[("left", "true")])
}

/// Who went on from a node by a port.
pub fn went_by(program: &str, node: &str, port: &str) -> String {
    with_query(&visits(program, node), &[("port", port)])
}

fn page(program: &str, list: &str) -> String {
    format!("/programs/{}/{list}", encode(program))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_number_has_an_address() {
        assert_eq!(tokens("p", "pause", INSIDE), "/programs/p/tokens?node=pause&state=inside");
        assert_eq!(visits("p", "pause"), "/programs/p/visits?node=pause");
        assert_eq!(went("p", "pause"), "/programs/p/visits?node=pause&left=true");
        assert_eq!(went_by("p", "loyal", "yes"), "/programs/p/visits?node=loyal&port=yes");
    }
}
