//! Bounds the open connections, in all and of one address. If there are too many, a new one replaces an idle one. If
//! none is idle, the new one is refused.

use std::{
    cmp::Reverse,
    collections::HashMap,
    net::{IpAddr, Ipv6Addr},
    pin::Pin,
    sync::{
        Arc, Mutex, MutexGuard, PoisonError,
        atomic::{AtomicU64, Ordering},
    },
    task::{Context, Poll},
};

use hyper::body::{Body, Frame, SizeHint};
use tokio::sync::Notify;

/// An address as it is counted: of IPv6 the network, since whoever has one address has 2^64.
pub(crate) fn net(ip: IpAddr) -> IpAddr {
    match ip.to_canonical() {
        IpAddr::V6(ip) => {
            let [a, b, c, d, ..] = ip.segments();
            IpAddr::V6(Ipv6Addr::new(a, b, c, d, 0, 0, 0, 0))
        }
        ip => ip,
    }
}

/// The places of a server.
pub(super) struct Places {
    most: usize,
    each: usize,
    open: Mutex<Open>,
    /// Counts what happens, so that it is known who has been idle for the longest.
    moment: Arc<AtomicU64>,
}

#[derive(Default)]
struct Open {
    next: u64,
    connections: HashMap<u64, (IpAddr, Arc<State>)>,
    of: HashMap<IpAddr, usize>,
}

/// What one connection is doing.
pub(super) struct State {
    /// Requests that are being answered; 0 or 1 with HTTP/1.
    busy: AtomicU64,
    /// When it last was not idle.
    since: AtomicU64,
    moment: Arc<AtomicU64>,
    leave: Notify,
}

/// A place that is taken; free again when dropped.
pub(super) struct Place {
    id: u64,
    ip: IpAddr,
    state: Arc<State>,
    places: Arc<Places>,
}

impl Places {
    /// Places for so many, and so many of one address (0: no matter how many).
    pub(super) fn new(most: usize, each: usize) -> Self {
        let each = if each == 0 { most } else { each };
        Self { most, each, open: Mutex::default(), moment: Arc::default() }
    }

    fn lock(&self) -> MutexGuard<'_, Open> {
        self.open.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Takes a place, if need be that of whoever has been idle for the longest: of the same address where that has too
    /// many, else of the address that has the most.
    pub(super) fn enter(self: &Arc<Self>, ip: IpAddr) -> Option<Place> {
        let ip = net(ip);
        let mut open = self.lock();
        if open.of.get(&ip).is_some_and(|n| *n >= self.each) {
            open.make_room(|other| other == ip)?;
        } else if open.connections.len() >= self.most {
            open.make_room(|_| true)?;
        }
        let id = open.next;
        open.next += 1;
        let since = AtomicU64::new(self.moment.fetch_add(1, Ordering::Relaxed));
        let state = State { busy: AtomicU64::new(0), since, moment: self.moment.clone(), leave: Notify::new() };
        let state = Arc::new(state);
        open.connections.insert(id, (ip, state.clone()));
        *open.of.entry(ip).or_default() += 1;
        metrics::gauge!("stafette_http_connections").set(open.connections.len() as f64);
        Some(Place { id, ip, state, places: self.clone() })
    }
}

impl Open {
    /// Sends one away that is idle: of the address that has the most, the one that has been so for the longest.
    fn make_room(&mut self, of: impl Fn(IpAddr) -> bool) -> Option<()> {
        let idle = self.connections.iter().filter(|(_, (ip, state))| of(*ip) && state.is_idle());
        let id = idle.max_by_key(|(_, (ip, state))| (self.of.get(ip), Reverse(state.since.load(Ordering::Relaxed))));
        let id = *id?.0;
        let (_, state) = self.remove(id)?;
        state.leave.notify_one();
        Some(())
    }

    fn remove(&mut self, id: u64) -> Option<(IpAddr, Arc<State>)> {
        let (ip, state) = self.connections.remove(&id)?;
        if let Some(n) = self.of.get_mut(&ip) {
            *n -= 1;
            if *n == 0 {
                self.of.remove(&ip);
            }
        }
        Some((ip, state))
    }
}

impl State {
    fn is_idle(&self) -> bool {
        self.busy.load(Ordering::Relaxed) == 0
    }
}

impl Place {
    /// What the connection does, to be told.
    pub(super) fn busy(&self) -> Arc<State> {
        self.state.clone()
    }

    /// Ends when the place was given to another one.
    pub(super) async fn left(&self) {
        self.state.leave.notified().await;
    }
}

impl Drop for Place {
    fn drop(&mut self) {
        let mut open = self.places.lock();
        let gone = open.remove(self.id);
        debug_assert!(gone.is_none_or(|(ip, _)| ip == self.ip));
        metrics::gauge!("stafette_http_connections").set(open.connections.len() as f64);
    }
}

/// A request that is being answered.
pub(super) struct Busy(Arc<State>);

impl Busy {
    pub(super) fn begin(state: &Arc<State>) -> Self {
        state.busy.fetch_add(1, Ordering::Relaxed);
        Self(state.clone())
    }
}

impl Drop for Busy {
    fn drop(&mut self) {
        self.0.since.store(self.0.moment.fetch_add(1, Ordering::Relaxed), Ordering::Relaxed);
        self.0.busy.fetch_sub(1, Ordering::Relaxed);
    }
}

/// A body that holds something, such as a place, until it is written.
pub(crate) struct Held<B, T> {
    body: B,
    _held: T,
}

impl<B, T> Held<B, T> {
    pub(crate) fn new(body: B, held: T) -> Self {
        Self { body, _held: held }
    }
}

impl<B: Body + Unpin, T: Unpin> Body for Held<B, T> {
    type Data = B::Data;
    type Error = B::Error;

    fn poll_frame(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Option<Result<Frame<B::Data>, B::Error>>> {
        Pin::new(&mut self.body).poll_frame(cx)
    }

    fn is_end_stream(&self) -> bool {
        self.body.is_end_stream()
    }

    fn size_hint(&self) -> SizeHint {
        self.body.size_hint()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn idle_ones_make_room_and_busy_ones_do_not() {
        let ip = |n: u8| IpAddr::from([127, 0, 0, n]);
        let places = Arc::new(Places::new(4, 2));
        let (first, second) = (places.enter(ip(1)).unwrap(), places.enter(ip(1)).unwrap());
        let busy = Busy::begin(&first.busy());
        // Of one address only so many; the idle one goes.
        let third = places.enter(ip(1)).unwrap();
        let stays = |place: &Place| places.lock().connections.contains_key(&place.id);
        assert!(stays(&first) && !stays(&second) && stays(&third));
        let also = Busy::begin(&third.busy());
        assert!(places.enter(ip(1)).is_none());
        // In all only so many; those of the address that has the most go first.
        let others = [2, 3].map(|n| places.enter(ip(n)).unwrap());
        let answered = others.each_ref().map(|place| Busy::begin(&place.busy()));
        assert!(places.enter(ip(4)).is_none(), "all are being answered");
        drop(answered);
        drop(also);
        let fourth = places.enter(ip(4)).unwrap();
        assert!(!stays(&third) && stays(&others[0]) && stays(&others[1]));
        drop((busy, first, second, third, fourth, others));
        assert!(places.lock().connections.is_empty() && places.lock().of.is_empty());
    }

    #[test]
    fn addresses_are_counted_by_network() {
        for (a, b, same) in [
            ("2001:db8:1:2::1", "2001:db8:1:2:ffff::9", true),
            ("2001:db8:1:2::1", "2001:db8:1:3::1", false),
            ("::ffff:192.0.2.1", "192.0.2.1", true),
            ("192.0.2.1", "192.0.2.2", false),
        ] {
            assert_eq!(net(a.parse().unwrap()) == net(b.parse().unwrap()), same, "{a} {b}");
        }
    }
}
