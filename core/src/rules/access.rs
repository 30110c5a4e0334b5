//! What must hold of an access record: it lies ahead, and what was recorded stays. Source: R-GEN-05, R-BNK-04.

use crate::domain::access_record::field;
use crate::domain::{Date, Fields, FileLoans, UserPosition, Value};
use crate::error::Violation;

use super::Effects;
use super::shape::violation;

const RULE: &str = "R-GEN-05";
const SOURCE: &str = "F0 §12 pt. 4";

/// What stays as it was recorded.
const RECORDED: [(u16, &str); 5] = [
    (field::customer, "customer"),
    (field::operation, "operation"),
    (field::purpose, "purpose"),
    (field::borrower, "borrower"),
    (field::until_on, "until_on"),
];

/// What a new record says when its caller does not: that it is the own access, of today.
pub fn defaults(record: &dyn Fields, actor: &str, today: Date) -> Effects {
    let own = [(field::borrower, Some(Value::Text(actor.to_owned()))), (field::until_on, Some(Value::Date(today)))];
    own.into_iter().filter(|(field, _)| record.get(*field).is_none()).collect()
}

/// That a borrower has a position of those who may borrow the file of a customer. Source: R-TEL-16.
pub fn check_borrower(loans: &FileLoans, position: Option<UserPosition>) -> Option<Violation> {
    if position.is_some_and(|position| loans.positions.contains(&position)) {
        return None;
    }
    let names: Vec<&str> = loans.positions.iter().map(|position| position.name()).collect();
    let (allowed, found) = (names.join(", "), position.map_or("none", UserPosition::name));
    let message = format!("the borrower has the position {found}; the file of a customer is lent to {allowed}");
    let refused = violation("borrower", "not_entitled", message, "客户档案仅限部门负责人以上人员借阅");
    let refused = refused.by(loans.basis.rule.clone(), loans.basis.source.clone());
    Some(refused.input("position", found).input("positions", allowed))
}

/// Checks an access record as it would be written on a day.
pub fn check(before: Option<&dyn Fields>, record: &dyn Fields, today: Date) -> Vec<Violation> {
    let Some(before) = before else {
        let past = record.date(field::until_on).filter(|last| *last < today);
        let ended = past.map(|last| {
            let message = "until_on is past, an access is recorded before it";
            violation("until_on", "in_the_past", message, "截止日期已过，借阅应事先登记")
                .by(RULE, SOURCE)
                .input("until_on", last)
                .input("today", today)
        });
        return ended.into_iter().collect();
    };
    let changed = RECORDED.iter().filter(|(field, _)| before.get(*field) != record.get(*field));
    let refused = |(_, name): &(u16, &str)| {
        let message = format!("{name} stays as it was recorded; record another access instead");
        violation(name, "recorded", message, "借阅记录不得更改，请另行登记").by(RULE, SOURCE)
    };
    changed.map(refused).collect()
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;

    use super::*;

    #[test]
    fn an_access_is_the_own_of_today_unless_it_says_otherwise_and_stays_as_it_is() {
        let today: Date = "2026-09-16".parse().unwrap();
        let mut record = BTreeMap::from([(field::purpose, Value::Text("开户复核".into()))]);
        for (field, value) in defaults(&record, "u.li", today) {
            record.insert(field, value.unwrap());
        }
        assert_eq!((record.text(field::borrower), record.date(field::until_on)), (Some("u.li"), Some(today)));
        assert_eq!(defaults(&record, "u.wu", today), []);
        assert_eq!(check(None, &record, today), []);
        assert_eq!(check(None, &record, today.succ_opt().unwrap())[0].code, "in_the_past");
        let mut other = record.clone();
        other.insert(field::note, Value::Text("x".into()));
        assert_eq!(check(Some(&record), &other, today), []);
        other.insert(field::purpose, Value::Text("营销".into()));
        let found = check(Some(&record), &other, today);
        assert_eq!((found[0].field.as_str(), found[0].code.as_ref()), ("purpose", "recorded"));
    }
}
