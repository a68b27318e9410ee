//! When the contacts of claimed tokens entered before. Entries that limit repeated entries ask for it.

use std::collections::HashMap;

use program::{Time, TokenId};

use super::{Claim, DueToken};
use crate::{Result, args::Args, sql};

/// What other tokens of the same contact in the same program mean for a token at an entry.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Entered {
    /// When the contact last entered by one of them.
    pub at: Option<Time>,
    /// When the last of the earlier tokens outside this claim that have taken no step yet is due. The decision about
    /// this token depends on them.
    pub ahead: Option<Time>,
}

impl Claim {
    /// When the contacts of these claimed tokens entered before. Tokens that are not claimed are left out.
    pub async fn entered(&mut self, tokens: &[TokenId]) -> Result<HashMap<TokenId, Entered>> {
        let asked: Vec<DueToken> = self.tokens.iter().filter(|token| tokens.contains(&token.id)).cloned().collect();
        let mut entered = HashMap::with_capacity(asked.len());
        if asked.is_empty() {
            return Ok(entered);
        }
        let args = Args::new()
            .ints((0_i64..).take(asked.len()))
            .uuids(asked.iter().map(|token| token.workspace.uuid()))
            .uuids(asked.iter().map(|token| token.contact.uuid()))
            .uuids(asked.iter().map(|token| token.program.uuid()))
            .uuids(asked.iter().map(|token| token.id.uuid()));
        for row in self.tx.fetch(&sql::token_entered, args).await? {
            let mut row = row.read("token");
            let Some(token) = asked.get(row.number::<usize>("ord")?) else { continue };
            let at = row.opt_time("at")?;
            let ahead: usize = row.number("count")?;
            let due = row.opt_time("due_at")?;
            // Tokens of the same claim are decided with it, in the order of their ids.
            let with_it = self.tokens.iter().filter(|other| {
                (other.workspace, other.contact, other.program) == (token.workspace, token.contact, token.program)
                    && other.id < token.id
                    && other.place.seq == 0
            });
            let ahead = due.filter(|_| ahead > with_it.count());
            entered.insert(token.id, Entered { at, ahead });
        }
        Ok(entered)
    }
}
