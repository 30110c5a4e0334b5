//! What conditions say of records, and what is said of conditions that are wrong.

use std::collections::BTreeMap;

use super::*;
use crate::domain::{Customer, CustomerStatus, EntityKind, Money, Value, customer};

/// The declared fields of a customer.
struct Declared;

impl Names for Declared {
    fn find(&self, name: &str) -> Option<FieldFacts> {
        let def = EntityKind::Customer.def().field_named(name)?;
        Some(FieldFacts { id: def.id, kind: def.kind, sensitive: def.sensitive })
    }

    fn all(&self) -> Vec<String> {
        EntityKind::Customer.def().fields.iter().map(|f| f.name.to_owned()).collect()
    }
}

fn customer() -> BTreeMap<u16, Value> {
    Customer {
        name: Some("上海商业设施有限公司".into()),
        status: Some(CustomerStatus::Active),
        employee_count: Some(120),
        annual_revenue: Some(Money::new(5_000_000, "CNY").unwrap()),
        signed_on: Some("2024-10-31".parse().unwrap()),
        ..Customer::default()
    }
    .to_values()
}

fn holds(text: &str) -> bool {
    compile(text, &Declared).unwrap().holds(&customer(), "2025-10-31".parse().unwrap())
}

fn wrong(text: &str) -> (usize, &'static str, String) {
    let wrong = compile(text, &Declared).unwrap_err();
    (wrong.at, wrong.code, wrong.message)
}

#[test]
fn operators_bind_as_in_the_common_expression_language() {
    for text in [
        "true || false && false",
        "!(false || false)",
        "1 + 2 * 3 == 7 && -2 + 3 == 1 && 7 / 2 == 3 && 7 % 4 == 3",
        "status == 'active' && 'active' == status && status in ['active', 'dormant'] && status != \"lost\"",
        "employee_count >= 120 && employee_count < 121 && employee_count in [1, 120]",
        "annual_revenue >= money(5000000, 'CNY')",
        "signed_on == date('2024-10-31') && months_since(signed_on) >= 12 && days_since(signed_on) == 365",
        "today == date('2025-10-31')",
        "name.startsWith('上海') && name.contains('设施') && name.endsWith('公司') && size(name) == 10",
        "employee_count > 100 ? status == 'active' : false",
        "has(name) && !has(industry)",
    ] {
        assert!(holds(text), "{text}");
    }
}

#[test]
fn an_absent_field_is_absorbed_where_the_other_side_decides_and_else_holds_nothing() {
    assert!(!holds("industry == 'steel'"));
    assert!(!holds("industry != 'steel'"));
    assert!(!holds("!(industry == 'steel')"));
    assert!(holds("industry == 'steel' || employee_count > 1"));
    assert!(holds("employee_count > 1 || industry == 'steel'"));
    assert!(holds("!(industry == 'steel' && employee_count > 999)"));
    assert!(!holds("industry in ['steel']"));
}

#[test]
fn what_cannot_be_calculated_holds_nothing() {
    assert!(!holds("employee_count / 0 == 1"));
    assert!(!holds("employee_count * 9223372036854775807 > 0"));
    assert!(!holds("annual_revenue == money(5000000, 'USD')"));
    assert!(!holds("annual_revenue != money(5000000, 'USD')"));
}

#[test]
fn a_wrong_condition_is_named_with_its_place_and_what_is_allowed() {
    assert_eq!(wrong("employee_count >= 'many'"), (15, "wrong_type", "an integer is not compared with a text".into()));
    assert_eq!(wrong("status == 'asleep'").1, "unknown_value");
    assert_eq!(
        wrong("true && status == 'asleep'").2,
        "customer_status is never \"asleep\"; it is prospect, active, dormant, lost"
    );
    let (at, code, message) = wrong("name == 'x' && colour == 'red'");
    assert_eq!((at, code), (15, "unknown_field"));
    assert!(message.starts_with("there is no field colour; there are address, annual_revenue, "), "{message}");
    assert_eq!(wrong("employee_count"), (0, "wrong_type", "found an integer, allowed is a truth value".into()));
    assert_eq!(
        wrong("employee_count >"),
        (16, "syntax", "found the end, allowed is a field, a value, a function or (".into())
    );
    assert_eq!(wrong("(true"), (5, "syntax", "found the end, allowed is )".into()));
    assert_eq!(wrong("true true"), (5, "syntax", "found true, allowed is an operator or the end".into()));
    assert_eq!(wrong("1.5 > 1"), (0, "syntax", "1.5 is not an integer of 64 bits; there are no other numbers".into()));
    assert_eq!(wrong("name == 'x").1, "syntax");
    assert_eq!(wrong("parent == 1").1, "wrong_type");
    assert_eq!(wrong("status < 'lost'").1, "wrong_type");
    assert_eq!(wrong("sum(1)").1, "unknown_function");
    assert_eq!(
        wrong("date('2026-02-30') == today"),
        (5, "wrong_type", "the date is not of the form 2026-01-31".into())
    );
    assert_eq!(wrong("").1, "syntax");
}

/// Depth, length and words are bounded, so that no text of a policy can exhaust the stack.
#[test]
fn depth_and_length_are_bounded() {
    assert_eq!(wrong(&"(".repeat(900)).1, "too_deep");
    assert_eq!(wrong(&"!".repeat(900)).1, "too_deep");
    assert_eq!(wrong(&" ".repeat(4_001)).1, "too_long");
    assert!(compile(&vec!["true"; 500].join("&&"), &Declared).is_ok());
    assert!(compile(&format!("{} > 1", vec!["1"; 400].join("+")), &Declared).is_ok());
    assert_eq!(wrong(&vec!["1"; 600].join("+")).1, "too_long");
}

#[test]
fn a_condition_names_the_fields_that_it_reads_once_each() {
    let condition = compile("has(phone) && employee_count > 1 && employee_count < 9", &Declared).unwrap();
    let names: Vec<&str> = condition.fields().iter().map(|f| f.name.as_str()).collect();
    assert_eq!(names, ["phone", "employee_count"]);
    assert_eq!(condition.fields()[0].id, customer::field::phone);
    assert!(condition.fields()[0].sensitive);
}
