//! The way by JSON, which a bridge without an ABI of structs takes: the change and all fields of its record are written into a
//! text that is handed over as C would, parsed, and looked up; the answer comes back the same way.

use std::ffi::CString;
use std::sync::LazyLock;

use crm_core::domain::{CustomerStatus, EntityKind, Fields as _, SYSTEM_FIELDS, ValueRef, customer::field};
use crm_core::port::{Answer, HookInput};
use crm_core::{Record, Violation};
use serde::ser::{Serialize, SerializeMap as _, Serializer};

use crate::measure::Result;
use crate::plugins::{TEXTS, answered, refuses, refuses_with};

/// A parsed text.
type Json = serde_json::Value;

/// The entry of a plugin: takes a text that the host made, and gives one of its own. Its caller frees both.
pub(crate) type Entry = extern "C" fn(Box<CString>) -> Box<CString>;

/// The name of each field by its id.
static NAMES: LazyLock<Vec<Option<&'static str>>> = LazyLock::new(|| {
    let fields = EntityKind::Customer.def().fields;
    let ids = 0..=fields.iter().map(|field| field.id).max().unwrap_or_default();
    ids.map(|id| fields.iter().find(|field| field.id == id).map(|field| field.name)).collect()
});

/// The record as a JSON object of its fields by name, with the id, the revision and the two instants: enumerations, dates and instants as numbers, money as a pair.
struct Fields<'a>(&'a Record);

impl Serialize for Fields<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> std::result::Result<S::Ok, S::Error> {
        let mut map = serializer.serialize_map(None)?;
        let named = self.0.iter().filter_map(|(id, value)| Some((NAMES.get(usize::from(id)).copied()??, value)));
        let of_system = SYSTEM_FIELDS.iter().filter_map(|field| Some((field.name, self.0.get(field.id)?)));
        for (name, value) in of_system.chain(named) {
            match value {
                ValueRef::Text(text) => map.serialize_entry(name, text)?,
                ValueRef::Int(number) => map.serialize_entry(name, &number)?,
                ValueRef::Bool(flag) => map.serialize_entry(name, &flag)?,
                ValueRef::Date(date) => map.serialize_entry(name, &date.to_epoch_days())?,
                ValueRef::Instant(at) => map.serialize_entry(name, &at.us())?,
                ValueRef::Money(money) => map.serialize_entry(name, &(money.amount_minor(), money.currency()))?,
                ValueRef::Enum(number) => map.serialize_entry(name, &number)?,
                ValueRef::Ref(id) => map.serialize_entry(name, &id)?,
            }
        }
        map.end()
    }
}

/// A change with what the ABI gives, too; of the records only that which changes.
#[derive(serde::Serialize)]
struct Change<'a> {
    now: i64,
    today: i32,
    entity: &'static str,
    command: &'a str,
    before: Option<Fields<'a>>,
    after: Fields<'a>,
    customer: Option<Fields<'a>>,
}

/// Asks a plugin about a change of a record.
pub(crate) fn ask(entry: Entry, input: &HookInput<'_>, after: &Record) -> Result<Answer> {
    let change = Change {
        now: input.now.us(),
        today: input.today.to_epoch_days(),
        entity: input.entity.def().name,
        command: input.command,
        before: None,
        after: Fields(after),
        customer: None,
    };
    let given = entry(Box::new(CString::new(serde_json::to_vec(&change)?)?));
    let answer: Json = serde_json::from_slice(given.as_bytes())?;
    let found = answer["violations"].as_array().ok_or("the answer by JSON has no violations")?;
    let text = |of: &Json, name: &str| of[name].as_str().unwrap_or_default().to_owned();
    let violation = |of: &Json| Violation {
        field: text(of, "field"),
        code: text(of, "code").into(),
        message: text(of, "message"),
        message_zh: text(of, "message_zh"),
        rule: text(of, "rule").into(),
        source: "".into(),
        inputs: Vec::new(),
        policy_version: "".into(),
        plugin: String::new(),
    };
    Ok(Answer { violations: found.iter().map(violation).collect(), ..Answer::default() })
}

/// The plugin whose rule reads four fields.
pub(crate) extern "C" fn four_fields(request: Box<CString>) -> Box<CString> {
    answer_to(&request, refuses_four)
}

/// The one whose rule reads fifteen.
pub(crate) extern "C" fn fifteen_fields(request: Box<CString>) -> Box<CString> {
    answer_to(&request, refuses_fifteen)
}

fn answer_to(request: &CString, refuses: fn(&Json) -> bool) -> Box<CString> {
    let Ok(change) = serde_json::from_slice::<Json>(request.as_bytes()) else { return Box::default() };
    let violation = |v: Violation| {
        serde_json::json!({"field": v.field, "code": v.code, "message": v.message, "message_zh": v.message_zh,
            "rule": v.rule})
    };
    let found: Vec<Json> = answered(refuses(&change["after"])).violations.into_iter().map(violation).collect();
    Box::new(CString::new(serde_json::json!({ "violations": found }).to_string()).unwrap_or_default())
}

/// The four values of the rule.
fn four(record: &Json) -> (bool, &str, i64, i32) {
    let number = |name: &str| record[name].as_i64().unwrap_or_default();
    (
        number("status") == i64::from(CustomerStatus::Active.number()),
        record["phone"].as_str().unwrap_or_default(),
        number("employee_count"),
        i32::try_from(number("next_due_on")).unwrap_or_default(),
    )
}

fn refuses_four(record: &Json) -> bool {
    let (active, phone, employee_count, next_due_on) = four(record);
    refuses(active, phone, employee_count, next_due_on)
}

fn refuses_fifteen(record: &Json) -> bool {
    let (active, phone, employee_count, next_due_on) = four(record);
    debug_assert_eq!(TEXTS[0], field::code, "the names below stand in the order of TEXTS");
    let texts = [
        "code",
        "name",
        "short_name",
        "pinyin",
        "owner",
        "org_unit",
        "region",
        "industry",
        "address",
        "email",
        "website",
    ];
    let texts = texts.map(|name| record[name].as_str().unwrap_or_default());
    refuses_with(active, phone, employee_count, next_due_on, texts)
}
