/** For each rule: code in which it fires exactly once, and code in which it must not. */
export const SNIPPETS: Readonly<Record<string, { fires: readonly string[]; quiet: readonly string[] }>> = {
  unwrap: {
    fires: [
      "fn f(a: Option<u8>) -> u8 { a.unwrap() }",
      'fn f() { println!("{}", std::env::var("X").ok().unwrap()); }',
      "fn f(r: Result<u8, u8>) -> u8 { r.unwrap_err() }",
      "#[cfg(not(test))] mod real { fn f(a: Option<u8>) -> u8 { a.unwrap() } }",
    ],
    quiet: [
      "#[cfg(test)] mod tests { fn f(a: Option<u8>) -> u8 { a.unwrap() } }",
      "#[cfg(all(test, unix))] mod tests { fn f(a: Option<u8>) -> u8 { a.unwrap() } }",
      "#[tokio::test] async fn t() { a().await.unwrap(); }",
      "fn f(m: &std::sync::Mutex<u8>) -> u8 { *m.lock().unwrap() }",
      "fn f(a: Option<u8>) -> u8 { a.unwrap_or(1) }",
      'fn f() { let s = "a.unwrap()"; /* b.unwrap() */ let r = r#"c.unwrap()"#; } // d.unwrap()',
      '/// let x = a.unwrap();\nfn f() { println!("call .unwrap() here"); }',
      "const N: u8 = make().unwrap();",
      'fn f() -> Regex { Regex::new("^a+$").unwrap() }',
      "fn f(s: &str) -> &str { s.split(',').next().unwrap() }",
      "fn f(a: Option<u8>) -> u8 {\n    a.unwrap() // the caller has inserted it\n}",
      "macro_rules! m { ($x:expr) => { $x.unwrap() }; }",
    ],
  },
  "expect-without-reason": {
    fires: ['fn f(a: Option<u8>) -> u8 { a.expect("failed") }', 'fn f(a: Option<u8>) -> u8 { a.expect("") }'],
    quiet: [
      'fn f(a: Option<u8>) -> u8 { a.expect("inserted in new()") }',
      "fn f(p: &mut Parser) { p.expect(Token::Comma); }",
      '#[test] fn f(a: Option<u8>) -> u8 { a.expect("failed") }',
    ],
  },
  "unsafe-without-safety": {
    fires: [
      "fn f(p: *const u8) -> u8 { unsafe { *p } }",
      "struct A; unsafe impl Send for A {}",
      "fn f(p: *const u8) -> u8 {\n    // SAFETY: p is valid\n    let a = unsafe { *p };\n    let b = unsafe { *p.add(1) };\n    a + b\n}",
    ],
    quiet: [
      "fn f(p: *const u8) -> u8 {\n    // SAFETY: p is valid\n    unsafe { *p }\n}",
      "fn f(p: *const u8) -> u8 {\n    unsafe {\n        // SAFETY: p is valid\n        *p\n    }\n}",
      "fn f(p: *const u8) -> u8 {\n    /* SAFETY: p is valid */\n    let x = unsafe { *p };\n    x\n}",
      "fn f(p: *const u8) { match 1 {\n    // SAFETY: p is valid\n    _ => unsafe { *p },\n }; }",
      "struct A;\n// SAFETY: A holds nothing\nunsafe impl Send for A {}",
      "fn f(p: *const u8) -> S {\n    // SAFETY: p is valid\n    S { a: 1, b: unsafe { *p } }\n}",
      "unsafe fn f() {}",
    ],
  },
  "unsafe-fn-undocumented": {
    fires: [
      "pub unsafe fn f(p: *const u8) {}",
      "/// Reads.\npub unsafe fn f(p: *const u8) {}",
      "pub unsafe trait T {}",
    ],
    quiet: [
      "/// Reads.\n///\n/// # Safety\n///\n/// `p` is valid.\n#[inline]\npub unsafe fn f(p: *const u8) {}",
      "unsafe fn f() {}",
      "pub(crate) unsafe fn f() {}",
      'extern "C" { pub fn f(); }',
    ],
  },
  "unsound-send": {
    fires: [
      "struct A { x: std::rc::Rc<u8> }\n// SAFETY: no\nunsafe impl Send for A {}",
      "struct A(RefCell<u8>);\n// SAFETY: no\nunsafe impl Sync for A {}",
      "struct A<T> { x: Option<Rc<T>> }\n// SAFETY: no\nunsafe impl<T> Send for A<T> {}",
    ],
    quiet: [
      "struct A { x: Arc<u8> }\n// SAFETY: yes\nunsafe impl Send for A {}",
      "struct A { x: RefCell<u8> }\n// SAFETY: yes\nunsafe impl Send for A {}",
      "struct A { x: OnceCell<u8>, y: PhantomData<Rc<u8>> }\n// SAFETY: yes\nunsafe impl Sync for A {}",
    ],
  },
  "lossy-cast": {
    fires: [
      "fn f(a: u64) -> u32 { a as u32 }",
      "fn f(v: &[u8]) -> u16 { v.len() as u16 }",
      "fn f(i: i32) -> usize { i as usize }",
      "struct S { n: i64 } impl S { fn f(&self) -> u8 { self.n as u8 } }",
      "fn f() -> u8 { let n: u32 = g(); n as u8 }",
      "fn g() -> u64 { 1 } fn f() -> u32 { g() as u32 }",
    ],
    quiet: [
      "fn f(a: u32) -> u64 { a as u64 }",
      "fn f(a: u8) -> usize { a as usize }",
      "fn f(a: u64) -> u8 { (a & 0xff) as u8 }",
      "fn f(a: u64) -> u8 { (a >> 56) as u8 }",
      "fn f(a: u64) -> u8 { a.min(255) as u8 }",
      "fn f(a: usize) -> u32 { if a > u32::MAX as usize { return 0; } a as u32 }",
      "const N: u64 = 7; fn f() -> u8 { N as u8 }",
      "fn f(a: T) -> u8 { a as u8 }",
      "fn f(v: &[u8]) -> i64 { v.len() as i64 }",
      "fn f(a: u64) { let a: u8 = 1; let b = a as u32; }",
      "use std::io as stdio;",
    ],
  },
  "guard-across-await": {
    fires: [
      "async fn f(m: &Mutex<u8>) { let g = m.lock().unwrap(); h().await; }",
      "async fn f(m: &RwLock<u8>) -> Result<(), E> { let g = m.write()?; h().await; Ok(()) }",
      "fn f() { spawn(async move { let mut g = m.borrow_mut(); g.x(h().await); }); }",
      "async fn f(m: &Mutex<V>) { while let Some(j) = m.lock().unwrap().pop() { j.run().await; } }",
      "async fn f(m: &Mutex<V>) { match m.lock().unwrap().get(1) { Some(j) => j.run().await, None => {} } }",
    ],
    quiet: [
      "async fn f(m: &Mutex<u8>) { let g = m.lock().await; h().await; }",
      "async fn f(m: &Mutex<u8>) { let g = m.lock().unwrap(); drop(g); h().await; }",
      "async fn f(m: &Mutex<u8>) { { let g = m.lock().unwrap(); } h().await; }",
      "async fn f(m: &Mutex<u8>) { let g = m.lock().unwrap().clone(); h().await; }",
      "async fn f(m: &Mutex<u8>) { let g = m.lock().unwrap(); spawn(async { h().await }); }",
      "fn f(m: &Mutex<u8>) { let g = m.lock().unwrap(); h(); }",
      "async fn f(m: &Mutex<u8>) { h().await; let g = m.lock().unwrap(); }",
    ],
  },
  "guard-dropped-at-once": {
    fires: [
      "fn f(m: &Mutex<u8>) { let _ = m.lock().unwrap(); }",
      "fn f(m: &Mutex<u8>) { let _ = m.lock(); }",
    ],
    quiet: [
      "fn f(m: &Mutex<u8>) { let _guard = m.lock().unwrap(); }",
      "fn f(m: &Mutex<V>) { let _ = m.lock().unwrap().pop(); }",
      "fn f(r: &mut File) { let _ = r.read(); }",
    ],
  },
  "needless-clone": {
    fires: [
      "fn f(v: &Vec<u8>) -> usize { v.clone().len() }",
      "fn f(v: &str) -> String { v.to_string().clone() }",
      'fn f(a: u8) -> String { format!("{a}").clone() }',
      "fn f(s: String) { g(&s.clone()); }",
    ],
    quiet: [
      "fn f(v: &Vec<u8>) -> Vec<u8> { v.clone() }",
      "fn f(&mut self) { self.add(&self.name.clone()); }",
      "fn f(v: &V) { for x in v.clone().into_iter() { } }",
    ],
  },
  "panicking-index": {
    fires: [
      "fn f(s: &str) { let p: Vec<&str> = s.split(':').collect(); g(p[1]); }",
      "fn f(v: &[u8]) -> u8 { v[0] }",
      "pub struct S { items: Vec<u8> } impl S { pub fn get(&self, i: usize) -> u8 { self.items[i] } }",
      "fn f(s: &str) -> &str { &s[..8] }",
      'fn f(v: Vec<u8>) { println!("{}", v[2]); }',
    ],
    quiet: [
      "fn f(v: &[u8]) -> u8 { if v.is_empty() { return 0; } v[0] }",
      "fn f(v: &[u8]) { assert!(v.len() > 3); g(v[3]); }",
      "fn f(v: [u8; 4]) -> u8 { v[3] }",
      "fn f(v: &[u8]) { for i in 0..v.len() { g(v[i]); } }",
      "impl Index<usize> for S { type Output = u8; fn index(&self, i: usize) -> &u8 { &self.items[i] } }",
      "fn f(s: &str) { let p: Vec<&str> = s.split(':').collect(); g(p[0]); }",
      "fn f(v: &[u8]) { for w in v.windows(2) { g(w[1]); } }",
      "fn f(s: &str) -> &str { &s[..] }",
      "fn f(v: &[u8]) { match v.len() { 1 => g(v[0]), _ => {} } }",
    ],
  },
  "length-subtraction": {
    fires: [
      "fn f(v: &[u8]) -> usize { v.len() - 1 }",
      "fn f(v: &[u8]) { for i in 0..v.len() - 1 { g(i); } }",
      "fn f(a: &str, b: &str) -> usize { a.len() - b.len() }",
    ],
    quiet: [
      "fn f(v: &[u8]) -> usize { if v.is_empty() { 0 } else { v.len() - 1 } }",
      "fn f(v: &mut Vec<u8>) -> usize { v.push(1); v.len() - 1 }",
      "fn f(v: [u8; 4]) -> usize { v.len() - 1 }",
      "fn f(v: &[u8]) -> usize { v.len().saturating_sub(1) }",
      "fn f(v: &[u8]) -> usize { v.len() - 0 }",
    ],
  },
  "ignored-result": {
    fires: [
      'fn f(w: &mut W) { let _ = w.write_all(b"x"); }',
      'use std::fs; fn f() { let _ = fs::rename("a", "b"); }',
      "fn f(w: &mut W) { w.flush().ok(); }",
      "fn save() -> Result<(), E> { Ok(()) } fn f() { let _ = save(); }",
      "async fn f(t: T) { let _ = t.commit().await; }",
    ],
    quiet: [
      'fn f(w: &mut W) -> io::Result<()> { w.write_all(b"x") }',
      "fn f(w: &mut W) {\n    // The peer may be gone already.\n    let _ = w.flush();\n}",
      "impl Drop for S { fn drop(&mut self) { let _ = self.w.flush(); } }",
      "fn f(t: &Sender<u8>) { let _ = t.send(1); }",
      "fn save() -> bool { true } fn f() { let _ = save(); }",
      "fn f(w: &mut W) { let x = w.flush().ok(); }",
    ],
  },
  "blocking-in-async": {
    fires: [
      "async fn f() { std::thread::sleep(d); }",
      "use std::{fs, thread}; async fn f() { let s = fs::read_to_string(p); }",
      "use std::thread::sleep as nap; fn f() { spawn(async { nap(d); }); }",
      "async fn f() { let r = reqwest::blocking::get(u); }",
    ],
    quiet: [
      "fn f() { std::thread::sleep(d); }",
      "use tokio::fs; async fn f() { fs::read_to_string(p).await; }",
      "async fn f() { spawn_blocking(|| std::thread::sleep(d)).await; }",
      "use tokio::time::sleep; async fn f() { sleep(d).await; }",
      "async fn f() { fn g() { std::thread::sleep(d); } }",
    ],
  },
  "mem-forget": {
    fires: ["fn f(a: A) { std::mem::forget(a); }", "use core::mem; fn f(a: A) { mem::forget(a); }"],
    quiet: ["fn f(a: A) { forget(a); }", "fn f(a: A) { a.forget(); }"],
  },
  transmute: {
    fires: [
      "// SAFETY: x\nfn f(a: A) -> B { unsafe { std::mem::transmute(a) } }",
      "use std::mem::transmute; fn f(a: A) -> B { /* SAFETY: x */ unsafe { transmute::<A, B>(a) } }",
    ],
    quiet: ["fn f(a: A) -> B { transmute(a) }", "fn f(a: A) { a.transmute(); }", "use std::mem::transmute;"],
  },
  "uninitialised-memory": {
    fires: [
      "fn f() -> u8 { /* SAFETY: x */ unsafe { std::mem::uninitialized() } }",
      "fn f() -> u8 { /* SAFETY: x */ unsafe { MaybeUninit::uninit().assume_init() } }",
    ],
    quiet: [
      "fn f() { let mut a = MaybeUninit::uninit(); a.write(1); /* SAFETY: written */ unsafe { a.assume_init() }; }",
      "fn f() { let a: [MaybeUninit<u8>; 4] = /* SAFETY: array */ unsafe { MaybeUninit::uninit().assume_init() }; }",
    ],
  },
  "sql-from-text": {
    fires: [
      "fn f(n: &str) -> String { format!(\"SELECT * FROM t WHERE n = '{n}'\") }",
      'fn f(n: &str) -> String { "DELETE FROM t WHERE n = \'".to_string() + n }',
      'fn f(n: &str) -> String { format!(r#"INSERT INTO t VALUES ("{}")"#, n) }',
      'fn f(c: &C, n: &str) { c.execute(&format!("delete from t where n = {}", n), []); }',
      'fn f(c: &C, n: &str) { let q = format!("select a from t where n = {n}"); c.query(&q); }',
    ],
    quiet: [
      'fn f() -> String { format!("SELECT * FROM {TABLE} WHERE id = ?") }',
      'fn f(limit: u32) -> String { format!("SELECT * FROM t LIMIT {limit}") }',
      'fn f(n: &str) -> String { format!("Select an item from {n}") }',
      'fn f(c: &C, n: &str) { c.execute("DELETE FROM t WHERE n = ?1", [n]); }',
      'fn f(k: usize) -> String { format!("SELECT * FROM t WHERE id IN ({})", vec!["?"; k].join(",")) }',
      'fn f() { let s = "format!(\\"SELECT * FROM t WHERE n = {n}\\")"; }',
    ],
  },
  "shell-from-text": {
    fires: [
      'fn f(d: &str) { Command::new("sh").arg("-c").arg(format!("rm -r {d}")).status(); }',
      'fn f(d: &str) { Command::new("/bin/bash").args(["-c", &format!("ls {}", d)]).spawn(); }',
      'fn f(d: &str) { let line = "ls ".to_string() + d; let mut c = std::process::Command::new("sh"); c.arg("-c").arg(line); }',
    ],
    quiet: [
      'fn f(d: &str) { Command::new("rm").arg("-r").arg(format!("{d}/x")).status(); }',
      'fn f() { Command::new("sh").arg("-c").arg("ls /tmp").status(); }',
    ],
  },
  "secret-in-source": {
    fires: [
      `const KEY: &str = "${"AKIA"}QZ7LMN4R2TWXVB3C";`,
      `fn f() { login("${"ghp_"}abcdefghijklmnopqrstuvwxyz0123456789"); }`,
      'const API_KEY: &str = "f81Kq0zLm93NxVt7Rb2Wd5";',
      'fn f() -> C { C { password: "t7Rb2Wd5f81Kq0zLm93".to_string() } }',
      'const DB: &str = "postgres://app:Kq0zLm93@db.internal/app";',
    ],
    quiet: [
      `const KEY: &str = "${"AKIA"}IOSFODNN7EXAMPLE";`,
      'const API_KEY_HEADER: &str = "x-api-key";',
      'const PASSWORD: &str = "change-me-please-0";',
      'const DIGEST: &str = "f81Kq0zLm93NxVt7Rb2Wd5";',
      'const DB: &str = "postgres://localhost/app";',
      '#[cfg(test)] const API_KEY: &str = "f81Kq0zLm93NxVt7Rb2Wd5";',
      'fn f() -> String { std::env::var("API_KEY").unwrap_or_default() }',
    ],
  },
  "static-mut": {
    fires: ["static mut A: u8 = 0;", "pub static mut A: u8 = 0;"],
    quiet: ["static A: u8 = 0;", 'extern "C" { static mut errno: i32; }', "fn f(a: &'static mut u8) {}"],
  },
  "unfinished-code": {
    fires: [
      "fn f() { todo!() }",
      'fn f() { unimplemented!("later"); }',
      "fn f() -> u8 { let x = g(todo!()); x }",
    ],
    quiet: [
      'fn f() { println!("todo!()"); }',
      "#[test] fn f() { todo!() }",
      "fn f() { crate::unimplemented!(); }",
    ],
  },
  "debug-macro": {
    fires: ["fn f(a: u8) { dbg!(a); }", 'fn f(a: u8) { println!("{}", dbg!(a)); }'],
    quiet: ["fn f(a: u8) { dbg(a); }", "mod tests { #[test] fn f() { dbg!(1); } }"],
  },
  "panic-in-result": {
    fires: [
      'fn f() -> Result<u8, E> { panic!("no") }',
      'fn f() -> io::Result<()> { if x { panic!("no"); } Ok(()) }',
    ],
    quiet: [
      'fn f() -> u8 { panic!("no") }',
      'fn f() -> Result<u8, E> { g(|| panic!("no")) }',
      "fn f() -> Result<u8, E> { Err(E) }",
    ],
  },
  "boxed-error-in-api": {
    fires: [
      "pub fn f() -> Result<u8, Box<dyn Error>> { Ok(1) }",
      "pub fn f() -> Result<(), Box<dyn std::error::Error + Send + Sync>> { Ok(()) }",
    ],
    quiet: [
      "fn f() -> Result<u8, Box<dyn Error>> { Ok(1) }",
      "pub(crate) fn f() -> Result<u8, Box<dyn Error>> { Ok(1) }",
      "fn main() -> Result<(), Box<dyn Error>> { f() } pub fn f() -> Result<(), Box<dyn Error>> { Ok(()) }",
      "pub fn f() -> Result<Box<dyn Draw>, E> { g() }",
    ],
  },
  "blanket-allow": {
    fires: [
      "#![allow(warnings)]\nfn f() {}",
      "#[allow(clippy::all)] fn f() {}",
      "#![allow(dead_code)]",
      "#[allow(unused)] mod m {}",
    ],
    quiet: [
      "#[allow(dead_code)] fn f() {}",
      '#![allow(dead_code, reason = "generated")]',
      "// Generated by the build.\n#![allow(warnings)]",
      "#[warn(unused)] mod m {}",
    ],
  },
  "tls-verification-off": {
    fires: [
      "fn f() { Client::builder().danger_accept_invalid_certs(true).build(); }",
      "fn f(b: &mut B) { b.set_verify(SslVerifyMode::NONE); }",
    ],
    quiet: [
      "fn f() { Client::builder().danger_accept_invalid_certs(false).build(); }",
      "fn f(b: &mut B) { b.set_verify(SslVerifyMode::PEER); }",
    ],
  },
  "world-writable": {
    fires: [
      "fn f(o: &mut O) { o.mode(0o666); }",
      "fn f() { p.set_permissions(Permissions::from_mode(0o777)); }",
    ],
    quiet: [
      "fn f(o: &mut O) { o.mode(0o644); }",
      "fn f(o: &mut O) { o.mode(0o1777); }",
      "fn f(o: &mut O) { o.mode(666); }",
    ],
  },
  "float-equality": {
    fires: ["fn f(a: f64) -> bool { a == 0.1 }", "fn f(a: f64, b: f64) -> bool { a + b != a }"],
    quiet: [
      "fn f(a: f64) -> bool { a == 0.0 }",
      "fn f(a: f64) -> bool { a < 0.1 }",
      "fn f(a: u32, b: u32) -> bool { a + b == 3 }",
    ],
  },
  "regex-in-loop": {
    fires: [
      'fn f() { for l in lines { let r = Regex::new("a+"); } }',
      'fn f() { while x() { g(regex::Regex::new(r"\\d")); } }',
    ],
    quiet: [
      'fn f() { let r = Regex::new("a+"); for l in lines { r.is_match(l); } }',
      "fn f() { for p in patterns { Regex::new(p); } }",
    ],
  },
  "exit-outside-main": {
    fires: ["use std::process; pub fn f() { process::exit(1); }"],
    quiet: ["use std::process; fn f() { process::exit(1); } fn main() { f(); }", "pub fn f() { exit(1); }"],
  },
};
