import { readFileSync } from "node:fs";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { review } from "../src/review.ts";

const example = (name: string) =>
  readFileSync(new URL(`../../../../../docs/examples/rust/${name}`, import.meta.url), "utf8");

/** `rule@line` of every finding. */
const marks = (source: string, path = "src/lib.rs") =>
  review(source, path).findings.map((finding) => `${finding.rule.id}@${finding.line}`);

const lineOf = (source: string, needle: string) => source.slice(0, source.indexOf(needle)).split("\n").length;

describe("a whole file", () => {
  it("orders.rs has the problems that were planted, each at its line, and nothing else", () => {
    const source = example("orders.rs");
    const at = (rule: string, needle: string) => `${rule}@${lineOf(source, needle)}`;
    expect(marks(source).toSorted()).toEqual(
      [
        at("secret-in-source", "const PROVIDER_API_KEY"),
        at("static-mut", "static mut ORDERS_SEEN"),
        at("sql-from-text", "let query = format!"),
        at("guard-across-await", "let mut stock ="),
        at("unwrap", "let left ="),
        at("unsafe-without-safety", "unsafe {"),
        at("blocking-in-async", "fs::write("),
        at("blocking-in-async", "std::thread::sleep"),
        at("shell-from-text", ".arg(format!"),
        at("ignored-result", "let _ = fs::rename"),
        at("lossy-cast", "sum as i32"),
        at("length-subtraction", "batch.len() - 1"),
        at("panicking-index", "fields[1]"),
        at("panicking-index", "fields[2]"),
        at("needless-clone", "order.lines.clone().len()"),
        at("debug-macro", "dbg!(&body"),
      ].toSorted(),
    );
  });

  it("clean.rs has no finding", () => {
    expect(marks(example("clean.rs"))).toEqual([]);
  });

  it("concurrent.rs has the problems of shared state", () => {
    expect(new Set(review(example("concurrent.rs")).findings.map((finding) => finding.rule.id))).toEqual(
      new Set(["unsound-send", "unsafe-without-safety", "guard-across-await", "mem-forget", "transmute"]),
    );
  });

  it("is read alike with LF, CRLF, a byte order mark and a shebang", () => {
    const source = example("orders.rs");
    const expected = marks(source);
    expect(marks(source.replaceAll("\n", "\r\n"))).toEqual(expected);
    expect(marks(`\ufeff${source}`)).toEqual(expected);
    expect(marks(`#!/usr/bin/env run\n${source}`)).toHaveLength(expected.length);
  });
});

describe("tricky Rust", () => {
  it("parses: raw strings, lifetimes, nested comments, macros, async, let chains, generics", () => {
    const source = String.raw`
#![doc = "x"]
/* a /* nested */ comment with unwrap() and unsafe { } */
use std::{self, collections::{BTreeMap, HashMap as Map}, io::*};
macro_rules! hash { ($($k:expr => $v:expr),* $(,)?) => {{ let mut m = Map::new(); $(m.insert($k, $v);)* m }}; }
struct W<'a, T: ?Sized + 'a, const N: usize>(&'a T, [u8; N]);
impl<'a, T: ?Sized, const N: usize> W<'a, T, N> where T: Fn(&'a str) -> Option<&'a str> {
    fn r#match(&self) -> impl Iterator<Item = char> + use<'_, 'a, T, N> { r##"a"#b"##.chars().chain('\''.to_lowercase()) }
}
async fn go<F: AsyncFn(u8)>(f: F) -> Result<(), Box<dyn std::error::Error>> {
    let Some(x) = Some(1) else { return Ok(()) };
    if let Some(y) = Some(x) && y > 0 && let Ok(z) = u8::try_from(y) { f(z).await; }
    let c = async move |a: u8| -> u8 { a };
    let v = hash! { 1 => vec![0u8; 3], 2 => vec![] };
    let n = 1_000.5e-3_f32 as f64 + 0x_ff as f64;
    'outer: loop { break 'outer; }
    tokio::select! { a = f(1) => {}, else => {} }
    println!("{n:>5} {0:?} {name}", v, name = b'\n');
    info!(target: "x", id = %n, ?v, "said");
    Ok(())
}
`;
    expect(review(source).errors).toEqual([]);
  });

  it("sees into nested macro arguments, and leaves macros with a syntax of their own as tokens", () => {
    expect(marks('fn f() {\n println!("{}", format!("{}", vec![a.unwrap()].len()));\n}')).toEqual([
      "unwrap@2",
    ]);
    expect(marks('fn f() {\n info!(id = %x.unwrap(), "said");\n println!("{}", b.unwrap());\n}')).toEqual([
      "unwrap@3",
    ]);
  });

  it("counts columns in characters, as rustc does", () => {
    const [finding] = review('fn f() { let s = "äö🦀"; a.unwrap(); }').findings;
    expect(finding).toMatchObject({ line: 1, column: 27 });
  });

  it("never shows a secret, not even in another finding on its line", () => {
    const secret = "f81Kq0zLm93NxVt7Rb2Wd5";
    const { findings } = review(`fn f() { let api_key = "${secret}"; g(api_key).unwrap(); }`);
    expect(findings.map((finding) => finding.rule.id)).toEqual(["secret-in-source", "unwrap"]);
    expect(JSON.stringify(findings)).not.toContain(secret.slice(4));
  });
});

describe("text that is not Rust", () => {
  it.each([
    ["fn main() {", 1],
    ["fn main( {\n}", 1],
    ["fn a() {}\nfn b() { let = 3; }\n", 2],
    ["The quick brown fox jumps over the lazy dog.", 1],
    ["def f(x):\n    return x\n", 1],
  ])("names the place: %j", (source, line) => {
    expect(review(source).errors[0]?.line).toBe(line);
  });

  it("reviews the items that are whole", () => {
    expect(marks("fn a() { x.unwrap(); }\nfn b() { let = 3; y.unwrap(); }\nfn c() { z.unwrap(); }")).toEqual([
      "unwrap@1",
      "unwrap@3",
    ]);
  });
});

describe("any text", () => {
  const whole = ["orders.rs", "clean.rs", "concurrent.rs"].map(example);

  it("is reviewed without an exception and alike twice: truncated Rust", () => {
    fc.assert(
      fc.property(fc.constantFrom(...whole), fc.nat(6000), fc.nat(6000), (source, from, length) => {
        const part = source.slice(from % source.length, (from % source.length) + length);
        expect(review(part)).toEqual(review(part));
      }),
      { numRuns: 60 },
    );
  });

  it("is reviewed without an exception: shuffled Rust tokens and random text", () => {
    const tokens = whole.join(" ").match(/\w+|[^\s\w]/g) ?? [];
    const soup = fc.array(
      fc.oneof({ weight: 20, arbitrary: fc.constantFrom(...tokens) }, fc.string({ unit: "binary" })),
      {
        maxLength: 200,
      },
    );
    fc.assert(
      fc.property(soup, (words) => {
        const text = words.join(" ");
        for (const finding of review(text).findings) {
          expect(finding.line).toBeGreaterThan(0);
          expect([...finding.snippet].length).toBeLessThanOrEqual(80);
        }
      }),
      { numRuns: 150 },
    );
  });
});
