//! Sharing state between threads and tasks: the mistakes that compile.

use std::cell::RefCell;
use std::collections::VecDeque;
use std::mem;
use std::rc::Rc;
use std::sync::{Mutex, RwLock};

/// A list that a C library calls back into.
pub struct Registry {
    names: Rc<RefCell<Vec<String>>>,
}

unsafe impl Send for Registry {}

impl Registry {
    pub fn first(&self) -> Option<String> {
        self.names.borrow().first().cloned()
    }
}

pub struct Queue {
    jobs: Mutex<VecDeque<String>>,
    settings: RwLock<String>,
}

impl Queue {
    /// Works the queue off.
    pub async fn drain(&self) {
        while let Some(job) = self.jobs.lock().unwrap().pop_front() {
            run(&job).await;
        }
    }

    /// Like `drain`, with the guard gone before the task can sleep.
    pub async fn drain_politely(&self) {
        loop {
            let next = { self.jobs.lock().unwrap().pop_front() };
            let Some(job) = next else { break };
            run(&job).await;
        }
    }

    pub fn replace(&self, text: &str) {
        *self.settings.write().unwrap() = text.to_owned();
    }
}

/// Keeps the buffer alive for the C side, for ever.
pub fn hand_over(buffer: Vec<u8>) -> *const u8 {
    let start = buffer.as_ptr();
    mem::forget(buffer);
    start
}

/// The bits of a header.
pub fn header(bytes: [u8; 4]) -> u32 {
    // SAFETY: both types have four bytes and every bit pattern is a valid u32.
    unsafe { mem::transmute(bytes) }
}

async fn run(job: &str) {
    println!("running {job}");
}
