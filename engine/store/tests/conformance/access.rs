//! Who may do what.

use program::{KeyId, UserId, WorkspaceId};
use store::{Error, NewKey, NewSession, NewUser};

use crate::world::*;

pub(crate) async fn keys_are_found_by_digest_until_revoked(store: World) {
    let new = |digest, expires_at| NewKey {
        id: KeyId(id()),
        name: "shop".into(),
        scopes: vec!["events:write".into()],
        digest: [digest; 32],
        expires_at,
    };
    let (one, two) = (new(1, None), new(2, Some(at(10))));
    store.create_key(WS, &one, at(0)).await.unwrap();
    store.create_key(WS, &two, at(0)).await.unwrap();
    let (workspace, key) = store.key_by_digest(&[1; 32], at(1)).await.unwrap().unwrap();
    assert_eq!((workspace, key.id, key.scopes), (WS, one.id, one.scopes.clone()));
    assert!(store.key_by_digest(&[2; 32], at(9)).await.unwrap().is_some());
    assert!(store.key_by_digest(&[2; 32], at(10)).await.unwrap().is_none());
    assert!(store.key_by_digest(&[3; 32], at(0)).await.unwrap().is_none());
    store.touch_key(WS, one.id, at(5)).await.unwrap();
    store.revoke_key(WS, one.id, at(6)).await.unwrap();
    assert!(store.key_by_digest(&[1; 32], at(7)).await.unwrap().is_none());
    let keys = store.keys(WS).await.unwrap();
    assert_eq!(keys.iter().map(|key| key.id).collect::<Vec<_>>(), [two.id, one.id]);
    assert_eq!((keys[1].last_used_at, keys[1].revoked_at), (Some(at(5)), Some(at(6))));
    assert!(matches!(store.revoke_key(WS, KeyId(id()), at(6)).await, Err(Error::NotFound { .. })));
}

async fn user(store: &World) -> UserId {
    let user = NewUser { id: UserId(id()), email: "Ann@example.com".into(), password: None };
    store.create_user(WS, &user, at(0)).await.unwrap();
    user.id
}

pub(crate) async fn sessions_end(store: World) {
    let ann = user(&store).await;
    let twin = NewUser { id: UserId(id()), email: "ANN@example.com".into(), password: None };
    assert!(matches!(store.create_user(WS, &twin, at(0)).await, Err(Error::Conflict { .. })));
    assert_eq!(store.user_by_email(WS, "ann@EXAMPLE.com").await.unwrap().unwrap().id, ann);
    assert_eq!(store.users(WS).await.unwrap().len(), 1);

    for digest in [1, 2] {
        let session = NewSession { digest: [digest; 32], user: ann, expires_at: at(10) };
        store.create_session(WS, &session, at(0)).await.unwrap();
    }
    let session = store.session(&[1; 32], at(9)).await.unwrap().unwrap();
    assert_eq!((session.workspace, session.user.id, session.expires_at), (WS, ann, at(10)));
    assert!(store.session(&[1; 32], at(10)).await.unwrap().is_none());
    store.extend_session(&[1; 32], at(20)).await.unwrap();
    assert_eq!(store.session(&[1; 32], at(19)).await.unwrap().unwrap().expires_at, at(20));
    store.delete_session(&[1; 32]).await.unwrap();
    assert!(store.session(&[1; 32], at(1)).await.unwrap().is_none());
    store.set_password(WS, ann, "$argon2id$x").await.unwrap();
    assert!(store.session(&[2; 32], at(1)).await.unwrap().is_none());
    assert_eq!(store.users(WS).await.unwrap()[0].password.as_deref(), Some("$argon2id$x"));
}

pub(crate) async fn setup_links_make_one_user(store: World) {
    let new = |email: &str| NewUser { id: UserId(id()), email: email.into(), password: None };
    for (digest, end) in [(1, 10), (2, 10), (3, 5)] {
        store.create_setup_link(WS, &[digest; 32], at(0), at(end)).await.unwrap();
    }
    // Unknown, and over.
    assert!(!store.create_first_user(WS, &[9; 32], &new("eve@example.com"), at(1)).await.unwrap());
    assert!(!store.create_first_user(WS, &[3; 32], &new("eve@example.com"), at(5)).await.unwrap());
    assert!(!store.create_first_user(WorkspaceId(id()), &[1; 32], &new("eve@example.com"), at(1)).await.unwrap());
    assert!(store.users(WS).await.unwrap().is_empty());
    // An address that is taken leaves the links alone.
    store.create_user(WS, &new("ann@example.com"), at(0)).await.unwrap();
    let error = store.create_first_user(WS, &[1; 32], &new("Ann@example.com"), at(1)).await.unwrap_err();
    assert!(matches!(error, Error::Conflict { .. }), "{error}");
    // Many at once, by any of the links: one of them.
    let all: Vec<_> = (0..8_u8)
        .map(|n| {
            let (store, user) = (store.clone(), new(&format!("user{n}@example.com")));
            tokio::spawn(async move { store.create_first_user(WS, &[1 + n % 2; 32], &user, at(9)).await.unwrap() })
        })
        .collect();
    let mut made = 0;
    for one in all {
        made += usize::from(one.await.unwrap());
    }
    assert_eq!((made, store.users(WS).await.unwrap().len()), (1, 2));
    assert!(!store.create_first_user(WS, &[2; 32], &new("eve@example.com"), at(9)).await.unwrap());
}
