//! Who entered before.

use program::{ContactId, ProgramId, TokenId, VersionId};
use store::{Entered, Ingested, NewToken, TokenState};

use crate::world::*;

/// One contact's tokens in a program, each from an event of its own.
async fn again(store: &World, contact: &str, program: ProgramId, n: usize) -> (Vec<TokenId>, ContactId) {
    let mut tokens = Vec::new();
    let mut whose = None;
    for _ in 0..n {
        let mut event = event(by_external_id(contact), "user.joined");
        event.tokens =
            vec![NewToken { id: TokenId(id()), program, version: VersionId(program.uuid()), node: node("joined") }];
        let Ingested::Accepted { contact, tokens: started, .. } = ingest(store, at(0), &[event]).await.remove(0) else {
            panic!("not accepted")
        };
        tokens.extend(started);
        whose = Some(contact);
    }
    (tokens, whose.unwrap())
}

pub(crate) async fn who_entered_before_is_known(store: World) {
    let (program, other) = (ProgramId(id()), ProgramId(id()));
    let (tokens, _) = again(&store, "ann", program, 3).await;
    let (elsewhere, _) = again(&store, "ann", other, 1).await;
    let (stranger, _) = again(&store, "bob", program, 1).await;
    let nothing = Entered::default();

    // All in one claim: nobody has entered, and nobody outside is ahead.
    let mut claim = store.claim(at(1), 10).await.unwrap();
    let entered = claim.entered(&tokens).await.unwrap();
    assert_eq!(entered, tokens.iter().map(|token| (*token, nothing)).collect());
    assert!(claim.entered(&[]).await.unwrap().is_empty());
    claim.rollback().await.unwrap();

    // Alone, the second one must wait for the first; what is due says until when.
    let mut claim = store.claim_exactly(at(1), &tokens[1..2]).await.unwrap();
    let entered = claim.entered(&tokens).await.unwrap();
    assert_eq!(entered, [(tokens[1], Entered { at: None, ahead: Some(at(0)) })].into());
    // It is put off: no step, and due again then.
    let second = claim.tokens()[0].clone();
    let mut write = carry(&second, at(1), TokenState::Ready { due_at: at(7) });
    (write.place, write.steps) = (second.place.clone(), Vec::new());
    claim.commit(vec![write]).await.unwrap();

    // The first passes its entry and goes on; a wait later on does not count as another entry.
    let claim = store.claim_exactly(at(2), &tokens[..1]).await.unwrap();
    let first = claim.tokens()[0].clone();
    claim.commit(vec![carry(&first, at(2), TokenState::Ready { due_at: at(3) })]).await.unwrap();
    let claim = store.claim_exactly(at(3), &tokens[..1]).await.unwrap();
    let first = claim.tokens()[0].clone();
    claim.commit(vec![carry(&first, at(3), TokenState::Done)]).await.unwrap();

    let all: Vec<_> = [&tokens[1..], &elsewhere, &stranger].concat();
    let mut claim = store.claim_exactly(at(9), &all).await.unwrap();
    let entered = claim.entered(&all).await.unwrap();
    let after = Entered { at: Some(at(2)), ahead: None };
    assert_eq!(entered, [(all[0], after), (all[1], after), (all[2], nothing), (all[3], nothing)].into());

    // One that was not let in leaves no entry behind, and is ahead of nobody.
    let second = claim.tokens().iter().find(|token| token.id == tokens[1]).unwrap().clone();
    let mut refused = carry(&second, at(9), TokenState::Done);
    refused.place.node = second.place.node.clone();
    refused.steps = vec![step(1, at(9), &second.place.node, program::Action::Finished)];
    claim.commit(vec![refused]).await.unwrap();
    let mut claim = store.claim_exactly(at(9), &tokens).await.unwrap();
    assert_eq!(claim.entered(&tokens).await.unwrap(), [(tokens[2], after)].into());
    claim.rollback().await.unwrap();
}
