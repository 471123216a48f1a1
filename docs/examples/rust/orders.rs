//! A small order service, as one finds it before its first review.
//!
//! `npm run demo` reviews this file. It is written against tokio, rusqlite and anyhow, and works on a good day.

use std::collections::HashMap;
use std::fs;
use std::process::Command;
use std::sync::Mutex;
use std::time::Duration;

use anyhow::{bail, Context};
use rusqlite::Connection;

/// Where the payment provider is told about new orders.
const PROVIDER_API_KEY: &str = "pk7Qv2mZr9TxLw4eHn8sYb3cKd6uJa1f";

/// Orders since the process started.
static mut ORDERS_SEEN: u64 = 0;

#[derive(Debug, Clone)]
pub struct Line {
    pub sku: String,
    pub quantity: u32,
    pub price_cents: i64,
}

#[derive(Debug, Clone)]
pub struct Order {
    pub id: u64,
    pub customer: String,
    pub lines: Vec<Line>,
}

pub struct Service {
    database: Connection,
    stock: Mutex<HashMap<String, u32>>,
    outbox: Mutex<Vec<Order>>,
}

impl Service {
    pub fn open(path: &str) -> anyhow::Result<Self> {
        let database = Connection::open(path).context("opening the order database")?;
        Ok(Self {
            database,
            stock: Mutex::new(HashMap::new()),
            outbox: Mutex::new(Vec::new()),
        })
    }

    /// All orders of a customer, newest first.
    pub fn orders_of(&self, customer: &str) -> anyhow::Result<Vec<u64>> {
        let query = format!("SELECT id FROM orders WHERE customer = '{customer}' ORDER BY id DESC");
        let mut statement = self.database.prepare(&query)?;
        let ids = statement
            .query_map([], |row| row.get(0))?
            .collect::<Result<Vec<u64>, _>>()?;
        Ok(ids)
    }

    /// Takes an order in: reserves stock, tells the warehouse, keeps it for the mail run.
    pub async fn accept(&self, order: Order) -> anyhow::Result<u64> {
        if order.lines.is_empty() {
            bail!("order {} has no lines", order.id);
        }
        let mut stock = self.stock.lock().unwrap();
        for line in &order.lines {
            let left = stock.get_mut(&line.sku).unwrap();
            if *left < line.quantity {
                bail!("only {left} of {} left", line.sku);
            }
            *left -= line.quantity;
        }
        notify_warehouse(&order).await?;
        unsafe {
            ORDERS_SEEN += 1;
        }
        let id = order.id;
        self.outbox.lock().unwrap().push(order);
        Ok(id)
    }

    /// Writes the receipt and lets the printer settle.
    pub async fn print_receipt(&self, order: &Order) -> anyhow::Result<()> {
        let text = receipt(order);
        fs::write(format!("/var/spool/receipts/{}.txt", order.id), text)?;
        std::thread::sleep(Duration::from_millis(200));
        Ok(())
    }

    /// Packs the receipts of a day for the archive.
    pub fn archive(&self, day: &str) -> anyhow::Result<()> {
        let status = Command::new("sh")
            .arg("-c")
            .arg(format!("tar czf /archive/{day}.tgz /var/spool/receipts"))
            .status()?;
        let _ = fs::rename("/archive/current.tgz", "/archive/previous.tgz");
        if !status.success() {
            bail!("tar ended with {status}");
        }
        Ok(())
    }
}

/// The total in cents, as the printer's 32-bit protocol wants it.
pub fn total(order: &Order) -> i32 {
    let sum: i64 = order
        .lines
        .iter()
        .map(|line| line.price_cents * i64::from(line.quantity))
        .sum();
    sum as i32
}

/// The last order of a batch.
pub fn newest(batch: &[Order]) -> &Order {
    &batch[batch.len() - 1]
}

/// Reads `sku;quantity;price` lines.
pub fn parse_line(text: &str) -> anyhow::Result<Line> {
    let fields: Vec<&str> = text.split(';').collect();
    Ok(Line {
        sku: fields[0].to_string(),
        quantity: fields[1].parse().context("quantity")?,
        price_cents: fields[2].parse().context("price")?,
    })
}

pub fn receipt(order: &Order) -> String {
    let mut text = format!("Order {} for {}\n", order.id, order.customer);
    for line in &order.lines {
        text.push_str(&format!("{:>4} x {}\n", line.quantity, line.sku));
    }
    text.push_str(&format!("Total {}\n", total(order)));
    text
}

async fn notify_warehouse(order: &Order) -> anyhow::Result<()> {
    let body = format!("{}:{}", order.id, order.lines.clone().len());
    dbg!(&body, PROVIDER_API_KEY.len());
    tokio::time::sleep(Duration::from_millis(5)).await;
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn reads_a_line() {
        // In a test unwrap is the report, so nothing is said about it.
        let line = parse_line("bolt-8;3;120").unwrap();
        assert_eq!(line.quantity, 3);
        assert_eq!(line.sku, "bolt-8");
    }
}
