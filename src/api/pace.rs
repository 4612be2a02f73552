//! How fast an account may be asked: a decision about the requests so far.
//!
//! A bucket of tokens, one for each request, that fills at a rate. When the API says that it is too much, the
//! rate and the number of requests at once are halved; with every good answer they grow again.

use std::time::{Duration, Instant};

/// How many seconds of its rate a full bucket holds. With 40 a second, no minute has more than 3,200 requests.
const SECONDS_IN_BUCKET: f64 = 20.0;

/// How many good answers bring the rate back to what it was.
const ANSWERS_TO_RECOVER: f64 = 200.0;

/// More requests at once than anybody makes.
const NO_WIDTH: f64 = 1_000.0;

/// How long to wait for others when it is not known how long that takes.
const GLANCE: Duration = Duration::from_millis(20);

/// A request that waits for its turn.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Waiting {
    ticket: u64,
    scan: u64,
}

/// The requests of an account: under way, waiting, and what they have used up.
#[derive(Debug)]
pub struct Pace {
    /// The rate that was set, and the one at present, in requests a second.
    most: f64,
    rate: f64,
    tokens: f64,
    counted: Instant,
    closed_until: Instant,
    width: f64,
    under_way: usize,
    waiting: Vec<Waiting>,
    tickets: u64,
    /// The scans that had a turn, the one before longest first.
    turns: Vec<u64>,
}

impl Pace {
    /// With a full bucket, at `now`.
    pub fn new(now: Instant) -> Pace {
        Pace {
            most: 1.0,
            rate: 0.0,
            tokens: 0.0,
            counted: now,
            closed_until: now,
            width: NO_WIDTH,
            under_way: 0,
            waiting: Vec::new(),
            tickets: 0,
            turns: Vec::new(),
        }
    }

    /// Sets the rate, in requests a second.
    pub fn set_rate(&mut self, most: f64) {
        if self.most != most || self.rate == 0.0 {
            (self.most, self.rate, self.tokens) = (most, most, most * SECONDS_IN_BUCKET);
        }
    }

    /// Notes a request of a scan, and returns its ticket.
    pub fn arrive(&mut self, scan: u64) -> u64 {
        self.tickets += 1;
        self.waiting.push(Waiting { ticket: self.tickets, scan });
        self.tickets
    }

    /// Forgets a request that was not made.
    pub fn leave(&mut self, ticket: u64) {
        self.waiting.retain(|waiting| waiting.ticket != ticket);
    }

    /// Whether the request may be made now. If not, when to ask again.
    pub fn turn(&mut self, ticket: u64, now: Instant) -> Result<(), Duration> {
        self.count(now);
        if now < self.closed_until {
            return Err(self.closed_until - now);
        }
        if self.under_way as f64 >= self.width.floor() {
            return Err(GLANCE);
        }
        if self.tokens < 1.0 {
            return Err(Duration::from_secs_f64((1.0 - self.tokens) / self.rate));
        }
        let Some(first) = self.first().filter(|first| first.ticket == ticket) else {
            return Err(GLANCE);
        };
        self.tokens -= 1.0;
        self.under_way += 1;
        self.leave(ticket);
        self.turns.retain(|scan| *scan != first.scan);
        self.turns.push(first.scan);
        self.turns.drain(..self.turns.len().saturating_sub(100));
        Ok(())
    }

    /// Of those that wait, one of the scan whose last turn is longest ago.
    fn first(&self) -> Option<Waiting> {
        let last_turn =
            |waiting: &Waiting| self.turns.iter().position(|scan| *scan == waiting.scan);
        self.waiting.iter().min_by_key(|waiting| (last_turn(waiting), waiting.ticket)).copied()
    }

    /// Fills the bucket with what came since it was last looked at.
    fn count(&mut self, now: Instant) {
        let came = now.saturating_duration_since(self.counted).as_secs_f64() * self.rate;
        self.tokens = (self.tokens + came).min(self.most * SECONDS_IN_BUCKET);
        self.counted = now;
    }

    /// Notes that a request is over.
    pub fn over(&mut self) {
        self.under_way = self.under_way.saturating_sub(1);
    }

    /// Notes a good answer.
    pub fn good(&mut self) {
        self.rate = (self.rate + self.most / ANSWERS_TO_RECOVER).min(self.most);
        self.width = (self.width + 1.0 / self.width).min(NO_WIDTH);
    }

    /// Notes an answer that says that it was too much, and how long it asks to wait.
    pub fn too_many(&mut self, asked: Option<Duration>, now: Instant) {
        self.count(now);
        self.width = (self.width.min(self.under_way as f64) / 2.0).max(1.0);
        self.rate = (self.rate / 2.0).max(1.0_f64.min(self.most));
        self.tokens = self.tokens.min(self.rate);
        let until = now.checked_add(asked.unwrap_or_default()).unwrap_or(now);
        self.closed_until = self.closed_until.max(until);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn pace(rate: f64) -> (Pace, Instant) {
        let now = Instant::now();
        let mut pace = Pace::new(now);
        pace.set_rate(rate);
        (pace, now)
    }

    /// Makes as many requests as may be made at `now`, all of one scan.
    fn go(pace: &mut Pace, now: Instant) -> usize {
        let mut made = 0;
        loop {
            let ticket = pace.arrive(1);
            if pace.turn(ticket, now).is_err() {
                pace.leave(ticket);
                return made;
            }
            pace.over();
            made += 1;
        }
    }

    #[test]
    fn a_full_bucket_goes_at_once_and_then_comes_the_rate() {
        let (mut pace, now) = pace(40.0);
        assert_eq!(go(&mut pace, now), 800);
        assert_eq!(go(&mut pace, now + Duration::from_secs(1)), 40);
        let minute = (2..=60).map(|second| go(&mut pace, now + Duration::from_secs(second)));
        assert_eq!(800 + 40 + minute.sum::<usize>(), 3_200);
    }

    #[test]
    fn a_wait_is_as_long_as_a_token_takes() {
        let (mut pace, now) = pace(40.0);
        go(&mut pace, now);
        let ticket = pace.arrive(1);
        let wait = pace.turn(ticket, now).expect_err("no token");
        assert_eq!(wait, Duration::from_millis(25));
        assert_eq!(pace.turn(ticket, now + wait), Ok(()));
    }

    #[test]
    fn too_many_makes_it_slower_and_good_answers_faster_again() {
        let (mut pace, now) = pace(40.0);
        let tickets: Vec<_> = (0..16).map(|_| pace.arrive(1)).collect();
        tickets.iter().for_each(|ticket| assert_eq!(pace.turn(*ticket, now), Ok(())));
        pace.too_many(Some(Duration::from_secs(3)), now);
        (0..16).for_each(|_| pace.over());
        assert_eq!((pace.rate, pace.width), (20.0, 8.0));
        let ticket = pace.arrive(1);
        assert_eq!(pace.turn(ticket, now), Err(Duration::from_secs(3)));
        assert_eq!(pace.turn(ticket, now + Duration::from_secs(3)), Ok(()));
        (0..200).for_each(|_| pace.good());
        assert!(pace.rate == 40.0 && pace.width > 16.0);
        for _ in 0..20 {
            pace.too_many(None, now);
        }
        assert_eq!((pace.rate, pace.width), (1.0, 1.0));
    }

    #[test]
    fn scans_take_turns_however_many_requests_each_has() {
        let (mut pace, now) = pace(40.0);
        let many: Vec<_> = (0..8).map(|_| pace.arrive(1)).collect();
        let one = pace.arrive(2);
        assert_eq!(pace.turn(many[0], now), Ok(()));
        assert!(pace.turn(many[1], now).is_err(), "the other scan is first");
        assert_eq!(pace.turn(one, now), Ok(()));
        assert_eq!(pace.turn(many[1], now), Ok(()));
        let again = pace.arrive(2);
        assert_eq!(pace.turn(again, now), Ok(()));
        pace.leave(many[2]);
        assert_eq!(pace.turn(many[3], now), Ok(()));
    }
}
