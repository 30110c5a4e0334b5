//! The rules on plain values, and the whole plugin against the host for tests.

use crm_plugin_sdk::testing::{Change, Host, Record, instant};
use crm_plugin_sdk::{Date, Violation};

use super::Banking;
use super::rules::{is_resident_card, is_social_credit_code};

/// The example of the standard GB 11643, not the number of a person.
const CARD: &str = "11010519491231002X";
/// The example of the standard GB 32100.
const CODE: &str = "91350100M000100Y43";

fn day(text: &str) -> Date {
    text.parse().unwrap()
}

/// A host of 16 September 2026 with the rest days of 2026 that the tests meet.
fn host() -> Host {
    Host::new(day("2026-09-16"))
        .resting(day("2026-02-15"), day("2026-02-23"))
        .resting(day("2026-10-01"), day("2026-10-07"))
        .working(day("2026-09-20"))
}

fn individual() -> Record {
    Record::new()
        .choice("status", "active")
        .choice("party_kind", "individual")
        .choice("identity_kind", "resident_card")
        .text("identity_number", CARD)
        .date("identity_valid_until", day("2026-09-16"))
        .date("identity_verified_on", day("2026-09-01"))
        .text("relation_purpose", "savings")
}

fn organisation() -> Record {
    individual()
        .choice("party_kind", "organisation")
        .choice("identity_kind", "social_credit_code")
        .text("identity_number", CODE)
        .text("beneficial_owner", "the owner")
}

fn refused(host: &Host, customer: &Record) -> Vec<Violation> {
    let plugin = host.start::<Banking>().unwrap();
    plugin.validate(&Change::add("customer", customer)).unwrap()
}

/// Field and code of each violation.
fn reasons(customer: &Record) -> Vec<String> {
    refused(&host(), customer).iter().map(|v| format!("{} {}", v.field, v.code)).collect()
}

#[test]
fn the_check_digit_of_a_resident_card_is_checked() {
    assert!(is_resident_card(CARD));
    assert!(is_resident_card("34052419800101001X"));
    for wrong in
        ["110105194912310020", "11010519491231002x", "1101051949123100", "11010519491231O02X", "", "身份证号码六"]
    {
        assert!(!is_resident_card(wrong), "{wrong}");
    }
    for at in 0..17 {
        let mut digits = CARD.as_bytes().to_vec();
        digits[at] = b'0' + (digits[at] - b'0' + 1) % 10;
        assert!(!is_resident_card(std::str::from_utf8(&digits).unwrap()), "a slip at {at} shows");
    }
}

#[test]
fn the_check_character_of_a_social_credit_code_is_checked() {
    assert!(is_social_credit_code(CODE));
    for wrong in
        ["91350100M000100Y44", "91350100m000100y43", "91350100I000100Y43", "91350100M000100Y4", "", "统一社会信用"]
    {
        assert!(!is_social_credit_code(wrong), "{wrong}");
    }
}

#[test]
fn a_full_identity_lets_a_customer_be_active() {
    assert_eq!(reasons(&individual()), [""; 0]);
    assert_eq!(reasons(&organisation()), [""; 0]);
    assert_eq!(reasons(&individual().without("identity_valid_until")), [""; 0], "valid for life");
    assert_eq!(reasons(&individual().choice("identity_kind", "passport").text("identity_number", "E1")), [""; 0]);
}

#[test]
fn a_customer_who_is_not_active_needs_nothing() {
    for status in ["prospect", "dormant", "lost"] {
        assert_eq!(reasons(&Record::new().choice("status", status)), [""; 0], "{status}");
    }
}

#[test]
fn all_that_is_missing_is_named_at_once() {
    let bare = Record::new().choice("status", "active").choice("party_kind", "organisation");
    let expected = [
        "identity_kind required",
        "identity_number required",
        "identity_verified_on required",
        "relation_purpose required",
        "beneficial_owner required",
    ];
    assert_eq!(reasons(&bare), expected);
    let rules: Vec<_> = refused(&host(), &bare).into_iter().map(|v| v.rule).collect();
    assert_eq!(rules, ["R-BNK-03, L-BNK-7", "R-BNK-03, L-BNK-7", "R-BNK-03, L-BNK-7", "L-BNK-8", "L-BNK-8"]);
    assert_eq!(reasons(&bare.choice("party_kind", "individual")), expected[..4]);
    assert_eq!(reasons(&individual().text("relation_purpose", " ")), ["relation_purpose required"]);
}

#[test]
fn what_is_wrong_is_named_with_its_own_code_and_no_personal_data() {
    let wrong = individual().text("identity_number", CODE).date("identity_valid_until", day("2026-09-15"));
    assert_eq!(reasons(&wrong), ["identity_number identity_number_invalid", "identity_valid_until identity_expired"]);
    assert_eq!(reasons(&organisation().text("identity_number", CARD)), ["identity_number identity_number_invalid"]);
    for violation in refused(&host(), &wrong) {
        assert!(!violation.message.contains(CODE) && !violation.message_zh.contains(CODE));
        assert!(!violation.message_zh.is_empty());
    }
}

#[test]
fn the_expiry_check_can_be_set() {
    let expired = individual().date("identity_valid_until", day("2026-09-06"));
    for (name, value, refusals) in [
        ("identity.expiry_grace_days", "9", 1),
        ("identity.expiry_grace_days", "10", 0),
        ("identity.check_expiry", "false", 0),
    ] {
        assert_eq!(refused(&host().setting(name, value), &expired).len(), refusals, "{name} {value}");
    }
}

fn complaint(received_on: &str, complexity: Option<&str>) -> Record {
    let record = Record::new().instant("received_at", instant(day(received_on), 23));
    let record = record.text("extension_approver", "wang");
    match complexity {
        Some(name) => record.choice("complexity", name),
        None => record,
    }
}

fn due(host: &Host, complaint: &Record) -> String {
    let plugin = host.start::<Banking>().unwrap();
    plugin.complaint(&Change::add("complaint", complaint)).unwrap().of("deadline_on").unwrap().value.to_string()
}

#[test]
fn the_worked_deadlines_hold() {
    let unrolled = host().setting("complaint.roll", "none");
    for (received_on, complexity, on, rolled) in [
        ("2026-09-16", None, "2026-10-01", "2026-10-08"),
        ("2026-01-20", Some("simple"), "2026-02-04", "2026-02-04"),
        ("2026-01-20", Some("complex"), "2026-02-19", "2026-02-24"),
        ("2026-01-20", Some("special"), "2026-03-21", "2026-03-23"),
    ] {
        let complaint = complaint(received_on, complexity);
        assert_eq!(due(&unrolled, &complaint), on, "{received_on} {complexity:?}");
        assert_eq!(due(&host(), &complaint), rolled, "{received_on} {complexity:?}");
    }
    let previous = host().setting("complaint.roll", "previous");
    assert_eq!(due(&previous, &complaint("2026-09-16", None)), "2026-09-30");
}

#[test]
fn a_deadline_says_why() {
    let host = host();
    let plugin = host.start::<Banking>().unwrap();
    let complaint = complaint("2026-09-16", None);
    let decisions = plugin.complaint(&Change::add("complaint", &complaint)).unwrap();
    let deadline = decisions.of("deadline_on").unwrap();
    assert_eq!(deadline.rule, "L-BNK-1");
    assert_eq!(deadline.source, "银行业保险业消费投诉处理管理办法 (CBIRC Order 2020 No. 3)");
    assert_eq!(
        deadline.reason,
        "a simple complaint received on 2026-09-16 is settled within 15 days, by 2026-10-01; that is a rest day, so \
         the last day is 2026-10-08 (roll next)"
    );
    assert_eq!(
        deadline.reason_zh,
        "2026-09-16收到的简单投诉应自次日起15日内办结，期限至2026-10-01；该日为休息日，顺延至2026-10-08"
    );
    let inputs: Vec<_> = deadline.inputs.iter().map(|(n, v)| format!("{n}={v}")).collect();
    assert_eq!(inputs, ["received_on=2026-09-16", "kind=simple", "days=15", "due_on=2026-10-01", "roll=next"]);
}

#[test]
fn figures_can_be_set_within_the_law_and_not_beyond() {
    let host = host().setting("complaint.simple_days", "5");
    assert_eq!(due(&host, &complaint("2026-09-16", None)), "2026-09-21");
    let error = Host::new(day("2026-09-16")).setting("complaint.simple_days", "16").start::<Banking>().err();
    let expected = "setting complaint.simple_days: found \"16\", allowed is an integer from 1 to 15";
    assert_eq!(error.as_deref(), Some(expected));
}

#[test]
fn a_special_complaint_needs_an_approver() {
    let host = host();
    let plugin = host.start::<Banking>().unwrap();
    let special = complaint("2026-01-20", Some("special"));
    assert_eq!(plugin.validate(&Change::add("complaint", &special)).unwrap(), []);
    let unapproved = special.without("extension_approver");
    let found = plugin.validate(&Change::of("complaint", "extend", &unapproved, &unapproved)).unwrap();
    assert_eq!(found.len(), 1);
    assert_eq!((&*found[0].field, &*found[0].code, &*found[0].rule), ("extension_approver", "required", "L-BNK-1"));
    let complex = complaint("2026-01-20", Some("complex")).without("extension_approver");
    assert_eq!(plugin.validate(&Change::add("complaint", &complex)).unwrap(), []);
}

#[test]
fn a_complaint_is_not_asked_for_the_customers_identity() {
    let host = host();
    let plugin = host.start::<Banking>().unwrap();
    let (complaint, customer) = (Record::new(), Record::new().choice("status", "active"));
    let change = Change::add("complaint", &complaint).of_customer(&customer);
    assert_eq!(plugin.validate(&change).unwrap(), []);
    assert!(
        plugin.complaint(&change).unwrap().of("deadline_on").is_none(),
        "a complaint without a date of receipt has no deadline"
    );
}

#[test]
fn a_missing_calendar_year_is_said_to_be_that() {
    let host = host().without_year(2026);
    let plugin = host.start::<Banking>().unwrap();
    let complaint = complaint("2026-09-16", None);
    let failure = plugin.complaint(&Change::add("complaint", &complaint)).unwrap_err();
    assert!(failure.is_calendar_year_missing());
}

#[test]
fn the_manifests_version_is_that_of_the_crate() {
    let manifest = include_str!("../plugin.toml");
    assert!(manifest.contains(&format!("version = \"{}\"", env!("CARGO_PKG_VERSION"))));
    assert!(manifest.contains("id = \"crmkernel.banking\""));
}
