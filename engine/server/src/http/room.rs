//! Memory for bodies of requests, and for answers that wait to be read. One address never gets all of it.

use std::{
    collections::HashMap,
    net::IpAddr,
    sync::{
        Mutex, MutexGuard, PoisonError,
        atomic::{AtomicUsize, Ordering},
    },
};

/// How much of all one address may hold, as a part of it.
const SHARE: usize = 2;
/// When to try again where too much is under way.
pub(super) const AGAIN: u64 = 5;

/// What is taken of it, in all and by address.
#[derive(Debug)]
pub struct Room {
    most: usize,
    all: AtomicUsize,
    of: Mutex<HashMap<IpAddr, usize>>,
}

impl Room {
    /// Room for so many bytes.
    pub fn new(most: usize) -> Self {
        Self { most, all: AtomicUsize::new(0), of: Mutex::default() }
    }

    fn lock(&self) -> MutexGuard<'_, HashMap<IpAddr, usize>> {
        self.of.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// What one address may hold.
    pub(super) fn share(&self) -> usize {
        self.most / SHARE
    }

    /// Whether so many more of this address would fit right now.
    pub(super) fn fits(&self, ip: IpAddr, bytes: usize) -> bool {
        let of_it = self.lock().get(&ip).copied().unwrap_or_default();
        self.all.load(Ordering::Relaxed) + bytes <= self.most && of_it + bytes <= self.share()
    }

    pub(super) fn take(&self, ip: IpAddr, bytes: usize) -> bool {
        let mut of = self.lock();
        let of_it = of.get(&ip).copied().unwrap_or_default();
        if self.all.load(Ordering::Relaxed) + bytes > self.most || of_it + bytes > self.share() {
            return false;
        }
        self.all.fetch_add(bytes, Ordering::Relaxed);
        of.insert(ip, of_it + bytes);
        true
    }

    pub(super) fn give_back(&self, ip: IpAddr, bytes: usize) {
        let mut of = self.lock();
        self.all.fetch_sub(bytes, Ordering::Relaxed);
        if let Some(of_it) = of.get_mut(&ip) {
            *of_it -= bytes;
            if *of_it == 0 {
                of.remove(&ip);
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn one_address_does_not_hold_all() {
        let (room, ip) = (Room::new(100), |n: u8| IpAddr::from([127, 0, 0, n]));
        assert!(room.take(ip(1), 50) && !room.take(ip(1), 1) && !room.fits(ip(1), 1));
        assert!(room.take(ip(2), 40) && !room.take(ip(3), 11) && room.take(ip(3), 10));
        for (n, bytes) in [(1, 50), (2, 40), (3, 10)] {
            room.give_back(ip(n), bytes);
        }
        assert!(room.lock().is_empty() && room.all.load(Ordering::Relaxed) == 0);
    }
}
