//! Small crates, and the edges and circles that are seen in them.

use expect_test::{Expect, expect};

use super::*;

/// A crate from a text in which each file begins with `//- path`.
fn crate_of(text: &str) -> Graph {
    let mut sources = Sources::new();
    for part in text.split("//- ").skip(1) {
        let (file, code) = part.split_once('\n').unwrap();
        sources.insert(format!("src/{}", file.trim()), code.to_owned());
    }
    edges::of_crate(&sources).unwrap()
}

fn check_edges(text: &str, expected: &Expect) {
    let graph = crate_of(text);
    let lines = graph.edges.iter().map(|((from, to), line)| format!("{from}:{line} {to}").replace("src/", ""));
    expected.assert_eq(&lines.collect::<Vec<_>>().join("\n"));
}

fn check_circles(text: &str, expected: &Expect) {
    let graph = crate_of(text);
    let lines = circles(&graph).iter().map(|circle| complaint("c", circle, &graph)).collect::<Vec<_>>();
    expected.assert_eq(&lines.join("\n"));
}

#[test]
fn reexports_are_followed_to_the_file_that_defines() {
    check_edges(
        "//- lib.rs
mod a; mod b; mod c;
pub use b::*;
//- a.rs
use crate::Deep as Shallow;
fn f(_: super::Other, _: Shallow) {}
//- b.rs
mod deep;
pub use self::deep::{Deep, other::Other};
//- b/deep.rs
pub mod other;
pub struct Deep;
//- b/deep/other.rs
pub struct Other;
//- c.rs
fn g() { crate::b::Deep; }
",
        &expect![[r#"
            a.rs:1 b/deep.rs
            a.rs:2 b/deep/other.rs
            b.rs:2 b/deep.rs
            b.rs:2 b/deep/other.rs
            c.rs:1 b/deep.rs
            lib.rs:2 b.rs"#]],
    );
}

#[test]
fn names_come_from_globs_and_from_renamed_and_nested_imports() {
    check_edges(
        "//- main.rs
mod a; mod b; mod c; mod d;
//- a.rs
use crate::b::*;
use super::{c::{self as see, Three}, d as _};
fn f() -> One { private(); see::three(Three) }
//- b.rs
use crate::d::private;
pub use crate::d::*;
pub struct One;
//- c.rs
pub struct Three;
pub fn three(_: Three) { use crate::b::One; One }
//- d.rs
pub(crate) fn private() {}
",
        &expect![[r#"
            a.rs:1 b.rs
            a.rs:2 c.rs
            a.rs:2 d.rs
            b.rs:1 d.rs
            c.rs:2 b.rs"#]],
    );
}

#[test]
fn what_a_module_imports_for_itself_does_not_leave_it_by_a_glob() {
    check_edges(
        "//- lib.rs
mod a; mod b; mod c;
//- a.rs
use crate::b::*;
fn f() { hidden() }
//- b.rs
use crate::c::hidden;
//- c.rs
pub fn hidden() {}
",
        &expect![[r#"
            a.rs:1 b.rs
            b.rs:1 c.rs"#]],
    );
}

#[test]
fn a_module_and_a_function_may_share_a_name() {
    check_edges(
        "//- lib.rs
mod count; mod a;
use count::count;
//- count.rs
pub mod inner;
pub fn count() {}
//- count/inner.rs
pub enum Kind { Some }
//- a.rs
fn f() { crate::count(); crate::count::inner::Kind::Some.method(); }
",
        &expect![[r#"
            a.rs:1 count.rs
            a.rs:1 count/inner.rs
            lib.rs:2 count.rs"#]],
    );
}

#[test]
fn macros_and_attributes_name_things_too() {
    check_edges(
        r#"//- lib.rs
#[macro_use]
mod macros; mod a; mod b; mod c; mod d;
//- macros.rs
macro_rules! table { ($x:expr) => { $crate::d::made($x) } }
//- a.rs
#[derive(Serialize)]
#[serde(default = "crate::b::fallback")]
struct A { #[arg(value_parser = crate::c::parsed)] value: u8 }
fn f() { println!("{}", [1, 'x: loop { break 'x crate::d::made(table!(2)) }]) }
//- b.rs
pub fn fallback() {}
//- c.rs
pub fn parsed() {}
//- d.rs
pub fn made() {}
"#,
        &expect![[r#"
            a.rs:2 b.rs
            a.rs:3 c.rs
            a.rs:4 d.rs
            a.rs:4 macros.rs
            macros.rs:1 d.rs"#]],
    );
}

#[test]
fn inline_modules_belong_to_their_file_and_tests_are_left_out() {
    check_edges(
        "//- lib.rs
mod a; mod b;
#[cfg(test)]
mod missing;
//- a.rs
mod inner { pub fn g() { super::super::b::f() } mod far; }
#[cfg(test)]
mod tests { use crate::b::f; }
#[cfg(all(unix, test))]
use crate::b::f;
//- a/inner/far.rs
//! Names other crates.
use ::b::f; use std::fmt;
fn h() { fmt::b::f(); ::b::f() }
//- b.rs
pub fn f() {}
struct B;
impl B { #[cfg(test)] fn f() { crate::a::inner::g() } }
",
        &expect!["a.rs:1 b.rs"],
    );
}

/// `a` to `d` in a ring, with `a` as a module that has children.
const RING: &str = "//- a/one.rs
pub struct One(crate::b::B);
//- b.rs
pub struct B(crate::c::C);
//- c.rs
pub struct C(crate::d::D);
//- d.rs
pub struct D(crate::a::A);
//- lib.rs
mod a; mod b; mod c; mod d;
//- a.rs
mod one;
";

#[test]
fn a_circle_through_a_module_and_its_child_is_named_with_its_lines() {
    check_circles(
        &format!("{RING}\npub struct A(one::One);"),
        &expect![
            "c: 5 files use one another in circles, at most 3 may: src/a.rs, src/a/one.rs, src/b.rs, src/c.rs, src/d.rs; the shortest circle: src/a/one.rs:1 uses src/b.rs, src/b.rs:1 uses src/c.rs, src/c.rs:1 uses src/d.rs, src/d.rs:1 uses src/a.rs, src/a.rs:3 uses src/a/one.rs; move what both sides need into a file of its own, or hand it over as an argument (`cargo xtask tidy --edges c` has all edges)"
        ],
    );
}

#[test]
fn what_does_not_lead_back_is_no_circle() {
    check_circles(&format!("{RING}pub struct A;"), &expect![[""]]);
}

#[test]
fn a_module_and_its_children_may_use_one_another() {
    let children = "//- lib.rs
mod a;
//- a.rs
mod b; mod c; mod d;
pub struct A(b::B, c::C, d::D);
//- a/c.rs
pub struct C(super::A);
//- a/d.rs
pub struct D(super::A);
//- a/b.rs
pub struct B(super::A);
";
    check_circles(children, &expect![[""]]);
    check_circles(&format!("{children}\nfn f() {{ super::c::C }}"), &expect![[""]]);
}

#[test]
fn children_of_one_module_are_circles_among_themselves() {
    check_circles(
        "//- lib.rs
mod a;
//- a.rs
mod b; mod c; mod d; mod e;
//- a/b.rs
pub struct B(super::c::C);
//- a/c.rs
pub struct C(super::d::D);
//- a/d.rs
pub struct D(super::e::E);
//- a/e.rs
pub struct E(Box<super::b::B>);
",
        &expect![[r#"
            c: 4 files use one another in circles, at most 3 may: src/a/b.rs, src/a/c.rs, src/a/d.rs, src/a/e.rs; the shortest circle: src/a/b.rs:1 uses src/a/c.rs, src/a/c.rs:1 uses src/a/d.rs, src/a/d.rs:1 uses src/a/e.rs, src/a/e.rs:1 uses src/a/b.rs; move what both sides need into a file of its own, or hand it over as an argument (`cargo xtask tidy --edges c` has all edges)"#]],
    );
}

#[test]
fn a_fault_in_a_file_has_a_place() {
    let sources = [("src/lib.rs", "mod a;"), ("src/a.rs", "fn f() {}\n  struct;")];
    let sources = sources.map(|(file, text)| (file.to_owned(), text.to_owned())).into();
    let error = edges::of_crate(&sources).unwrap_err();
    expect![[r#"src/lib.rs: src/a.rs:2:9: expected identifier, expected Rust that compiles"#]]
        .assert_eq(&format!("{error:#}"));
    let sources = [("src/lib.rs".to_owned(), "mod a;".to_owned())].into();
    let error = edges::of_crate(&sources).unwrap_err();
    expect![[r#"src/lib.rs: `mod a` has no file src/a.rs or src/a/mod.rs"#]].assert_eq(&format!("{error:#}"));
}
