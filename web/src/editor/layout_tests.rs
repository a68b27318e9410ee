//! What the layout promises, on small programs and on big ones.

use super::*;

const END: Option<usize> = None;

/// Ways out by number; what is not listed has none.
fn nodes(count: usize, edges: &[(usize, &[Option<usize>])]) -> Vec<Vec<Option<usize>>> {
    let mut nodes = vec![Vec::new(); count];
    for (from, ways) in edges {
        nodes[*from] = ways.to_vec();
    }
    nodes
}

/// Promises that hold for every program without circles.
fn check(nodes: &[Vec<Option<usize>>]) -> Layout {
    let layout = lay_out(nodes);
    assert_eq!(layout.cards.len(), nodes.len());
    for (a, card) in layout.cards.iter().enumerate() {
        assert!(card.x >= -0.01 && card.x + CARD_WIDTH <= layout.width + 0.01, "{a} stands outside");
        for (b, other) in layout.cards.iter().enumerate().skip(a + 1) {
            let apart = (card.x - other.x).abs() >= CARD_WIDTH || (card.y - other.y).abs() >= CARD_HEIGHT;
            assert!(apart, "{a} {card:?} covers {b} {other:?}");
        }
    }
    for (from, ways) in nodes.iter().enumerate() {
        for to in ways.iter().flatten() {
            assert!(layout.cards[from].y < layout.cards[*to].y, "{from} is not above {to}");
        }
    }
    layout
}

#[test]
fn the_example_program_looks_like_its_drawing() {
    // placed, confirmation, pause, loyal, invite, survey, done
    let layout = check(&nodes(
        7,
        &[
            (0, &[Some(1)]),
            (1, &[Some(2)]),
            (2, &[Some(3)]),
            (3, &[Some(4), Some(5)]),
            (4, &[Some(6)]),
            (5, &[Some(6)]),
        ],
    ));
    let card = |at: usize| layout.cards[at];
    for above in [0, 1, 2, 6] {
        assert_eq!(card(above).x, card(3).x, "{above} is not in the middle");
    }
    assert_eq!((card(1).y, card(2).y, card(4).y - card(3).y), (108.0, 216.0, 148.0));
    assert_eq!(card(4).y, card(5).y);
    assert!(card(4).x < card(3).x && card(3).x < card(5).x, "yes is left of no");
    assert_eq!(layout.edges.len(), 7);
    assert!(layout.edges[3].path().starts_with("M256.0 384.0L"), "{}", layout.edges[3].path());
}

#[test]
fn a_way_that_skips_has_its_own_lane() {
    // yes: 1 then 2; no: straight to 2
    let layout = check(&nodes(3, &[(0, &[Some(1), Some(2)]), (1, &[Some(2)])]));
    let skip = &layout.edges[1];
    let lane = skip.points.iter().map(|point| point.x).fold(0.0, f64::max);
    assert!(lane > layout.cards[1].x + CARD_WIDTH, "no runs right of the card of yes");
    assert_eq!(layout.cards[2].x, layout.cards[0].x);
}

#[test]
fn a_way_may_end() {
    let layout = check(&nodes(2, &[(0, &[Some(1), END])]));
    assert_eq!(layout.edges.len(), 2);
    assert_eq!(layout.edges[1].to, None);
}

#[test]
fn several_entries_stand_side_by_side_and_meet() {
    let layout = check(&nodes(4, &[(0, &[Some(2)]), (1, &[Some(2)]), (2, &[Some(3)])]));
    assert_eq!(layout.cards[0].y, layout.cards[1].y);
    assert!(layout.cards[0].x < layout.cards[2].x && layout.cards[2].x < layout.cards[1].x);
}

#[test]
fn circles_and_lonely_nodes_do_no_harm() {
    let layout = lay_out(&nodes(4, &[(0, &[Some(1)]), (1, &[Some(0)]), (2, &[Some(2)])]));
    assert_eq!((layout.cards.len(), layout.edges.len()), (4, 3));
    assert_eq!(lay_out(&[]), Layout::default());
}

#[test]
fn big_programs() {
    let chain: Vec<_> = (0..1000).map(|at| if at < 999 { vec![Some(at + 1)] } else { vec![] }).collect();
    check(&chain);
    let child = |at: usize| (at < 1000).then_some(at);
    let tree: Vec<_> = (0..1000)
        .map(|at| if 2 * at + 1 < 1000 { vec![child(2 * at + 1), child(2 * at + 2)] } else { vec![] })
        .collect();
    check(&tree);
    // Diamonds one below the other.
    let diamonds: Vec<_> = (0..1000)
        .map(|at| match at % 4 {
            _ if at >= 996 => vec![],
            0 => vec![Some(at + 1), Some(at + 2)],
            1 | 2 => vec![Some(at / 4 * 4 + 3)],
            _ => vec![Some(at + 1)],
        })
        .collect();
    check(&diamonds);
}

#[test]
fn any_program_without_circles() {
    // Numbers that look random and are always the same ones.
    let mut state = 7_u64;
    let mut draw = move |below: usize| {
        state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        (state >> 33) as usize % below
    };
    for size in 2..120 {
        let nodes: Vec<Vec<Option<usize>>> = (0..size)
            .map(|at| {
                let rest = size - at - 1;
                let ways = draw(4);
                (0..ways).map(|_| (rest > 0 && draw(5) > 0).then(|| at + 1 + draw(rest.min(8)))).collect()
            })
            .collect();
        check(&nodes);
    }
}
