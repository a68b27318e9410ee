//! What is counted by address, behind proxies.

use axum::{
    body::Body,
    http::{HeaderMap, Response, StatusCode},
};

use crate::world::{As, World, request};

/// Asks with these lines of X-Forwarded-For. The request is under way until its answer is dropped.
async fn ask(world: &World, lines: &[&str]) -> Response<Body> {
    let mut request = request("GET", "/healthz", &As::Nobody);
    for line in lines {
        request = request.header("x-forwarded-for", *line);
    }
    world.open(request.body(Body::empty()).unwrap()).await
}

fn crowded(headers: &HeaderMap, status: StatusCode) -> bool {
    status == StatusCode::SERVICE_UNAVAILABLE && headers["retry-after"] == "5"
}

#[tokio::test]
async fn a_forwarded_address_has_so_many_requests_under_way() {
    let world = World::new(&["--trust-forwarded"]).await;
    for (crowd, other) in [
        (["198.51.100.9", "198.51.100.9"], "192.0.2.1"),
        // Of IPv6, a /64 is one.
        (["2001:db8::1", "2001:db8::ffff:2"], "2001:db8:0:1::1"),
    ] {
        let mut under_way = Vec::new();
        for n in 0..64 {
            let answer = ask(&world, &[crowd[n % 2]]).await;
            assert_eq!(answer.status(), StatusCode::OK, "{n}");
            under_way.push(answer);
        }
        for ip in crowd {
            let refused = ask(&world, &[ip]).await;
            assert!(crowded(refused.headers(), refused.status()), "{ip}: {refused:?}");
        }
        for lines in [&[other][..], &[]] {
            assert_eq!(ask(&world, lines).await.status(), StatusCode::OK, "{lines:?}");
        }
        under_way.pop();
        assert_eq!(ask(&world, &[crowd[0]]).await.status(), StatusCode::OK, "there is room again");
    }
}

#[tokio::test]
async fn behind_two_proxies_the_outer_one_says_who_asks() {
    let world = World::new(&["--trust-forwarded", "2", "--connections-per-address", "2"]).await;
    let mut under_way = Vec::new();
    for lines in [&["198.51.100.9, 10.1.1.1"][..], &["6.6.6.6, 198.51.100.9", "10.1.1.2"]] {
        under_way.push(ask(&world, lines).await);
    }
    for claimed in ["198.51.100.9", "6.6.6.6,198.51.100.9", "a, b, c,198.51.100.9", "192.0.2.1,,198.51.100.9"] {
        for lines in [&[&format!("{claimed},10.1.1.1")[..]][..], &["7.7.7.7", claimed, "10.1.1.1"]] {
            let refused = ask(&world, lines).await;
            assert!(crowded(refused.headers(), refused.status()), "{lines:?}: {refused:?}");
        }
    }
    let answer = ask(&world, &["6.6.6.6, 192.0.2.1, 10.1.1.1"]).await;
    assert_eq!(answer.status(), StatusCode::OK, "another client of the same proxies");
    // For whoever comes past the outer one nobody vouches, whatever they say: all of them are one.
    for claimed in ["198.51.100.9", "192.0.2.1", "8.8.8.8"] {
        let answer = ask(&world, &[claimed]).await;
        assert_eq!(crowded(answer.headers(), answer.status()), claimed == "8.8.8.8", "{claimed}: {answer:?}");
        under_way.push(answer);
    }
    assert_eq!(ask(&world, &[]).await.status(), StatusCode::OK, "what a proxy asks itself");
}
