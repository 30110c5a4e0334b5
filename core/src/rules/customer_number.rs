//! The number of a key customer: the kernel gives it with the grant, and history brings it with the facts of its grant.
//! Source: R-FIX-05.

use crate::domain::customer::field;
use crate::domain::{Changes, Fields};
use crate::error::Violation;

use super::shape::violation;

/// What a grant says, which a number that is recorded from the past comes with.
const FACTS: [(u16, &str, &str); 3] = [
    (field::granted_class, "granted_class", "认定分类"),
    (field::grant_approver, "grant_approver", "认定审批人"),
    (field::granted_at, "granted_at", "认定时间"),
];

/// Checks a customer whose number a command gives, or takes away: one that is given comes in the same command with the class
/// that was granted, who approved it and when; one that is there goes with its grant alone, and its grant with it.
pub fn check(before: Option<&dyn Fields>, given: &Changes) -> Vec<Violation> {
    let was = before.and_then(|before| before.get(field::key_customer_number));
    let by = |found: Violation| found.by("R-FIX-05", "F2 Art. 4.4");
    match given.get(&field::key_customer_number) {
        Some(Some(number)) if was != Some(number.as_ref()) => {
            let is_missing = |(id, ..): &&(u16, &str, &str)| !given.get(id).is_some_and(Option::is_some);
            let missing = |(_, name, label_zh): &(u16, &str, &str)| {
                let message = format!("{name} is missing, a key-customer number comes with the facts of its grant");
                by(violation(name, "required", message, format!("补录重点客户编号须同时填写{label_zh}")))
            };
            FACTS.iter().filter(is_missing).map(missing).collect()
        }
        Some(None) if was.is_some() => {
            let message = "key_customer_number goes with its grant; revoke the grant";
            vec![by(violation("key_customer_number", "granted", message, "重点客户编号随认定取消，请取消认定"))]
        }
        // The number stays, also when it is given once more.
        _ => {
            let loses = |(id, ..): &&(u16, &str, &str)| given.get(id).is_some_and(Option::is_none);
            let lost = |(_, name, label_zh): &(u16, &str, &str)| {
                let message =
                    format!("{name} stays while there is a key_customer_number; revoke the grant, which takes both");
                by(violation(name, "granted", message, format!("重点客户编号存在时不能清除{label_zh}，请取消认定")))
            };
            let had = |(id, ..): &&(u16, &str, &str)| before.is_some_and(|before| before.get(*id).is_some());
            FACTS.iter().filter(|_| was.is_some()).filter(loses).filter(had).map(lost).collect()
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::{Instant, Value};

    fn codes(before: Option<&dyn Fields>, given: &Changes) -> Vec<String> {
        check(before, given).into_iter().map(|found| format!("{} {}", found.field, found.code)).collect()
    }

    #[test]
    fn a_number_comes_with_the_facts_of_its_grant_and_goes_with_it() {
        let text = |text: &str| Some(Value::Text(text.into()));
        let mut given = Changes::from([(field::key_customer_number, text("KA-7"))]);
        assert_eq!(codes(None, &given), ["granted_class required", "grant_approver required", "granted_at required"]);
        given.extend([(field::granted_class, text("key")), (field::grant_approver, text("u.gm"))]);
        given.insert(field::granted_at, None);
        assert_eq!(codes(None, &given), ["granted_at required"]);
        given.insert(field::granted_at, Some(Value::Instant(Instant::MIN)));
        assert_eq!(codes(None, &given), Vec::<String>::new());
        let has = std::collections::BTreeMap::from([(field::key_customer_number, Value::Text("KA-7".into()))]);
        let same = Changes::from([(field::key_customer_number, text("KA-7"))]);
        assert_eq!(codes(Some(&has), &same), Vec::<String>::new());
        assert_eq!(codes(Some(&has), &Changes::from([(field::key_customer_number, text("KA-8"))])).len(), 3);
        assert_eq!(
            codes(Some(&has), &Changes::from([(field::key_customer_number, None)])),
            ["key_customer_number granted"]
        );
        assert_eq!(codes(None, &Changes::from([(field::key_customer_number, None)])), Vec::<String>::new());
        // The facts of the grant were put away, and the number stayed without it.
        let mut granted = has.clone();
        granted.insert(field::granted_class, Value::Text("key".into()));
        let cleared = Changes::from([(field::granted_class, None), (field::grant_approver, None)]);
        assert_eq!(codes(Some(&granted), &cleared), ["granted_class granted"]);
        // Also when the same number was given with that, as a whole row gives it.
        let row = Changes::from([(field::granted_class, None), (field::key_customer_number, text("KA-7"))]);
        assert_eq!(codes(Some(&granted), &row), ["granted_class granted"]);
        granted.remove(&field::key_customer_number);
        assert_eq!(codes(Some(&granted), &cleared), Vec::<String>::new());
    }
}
