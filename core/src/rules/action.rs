//! What must hold of a corrective or preventive action beyond its form.

use crate::domain::Fields;
use crate::domain::action::field;
use crate::error::Violation;

use super::shape::{is_same_user, violation};

/// Checks an action as it would be written: nobody verifies the own action (R-FIX-24).
pub fn check(action: &dyn Fields) -> Vec<Violation> {
    let (owner, verifier) = (action.text(field::owner), action.text(field::verifier));
    let own = is_same_user(verifier, owner);
    let message = "the verifier is who is responsible for the action; another verifies it";
    let found = || {
        violation("verifier", "own_action", message, "措施须由责任人以外的人验证")
            .by("R-FIX-24", "F2 Art. 7.4")
            .input("owner", owner.unwrap_or_default())
            .input("verifier", verifier.unwrap_or_default())
    };
    own.then(found).into_iter().collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::Value;
    use std::collections::BTreeMap;

    #[test]
    fn nobody_verifies_the_own_action() {
        let action = |verifier: &str| {
            let text = |value: &str| Value::Text(value.to_owned());
            BTreeMap::from([(field::owner, text("u.li")), (field::verifier, text(verifier))])
        };
        assert_eq!(check(&action("u.li"))[0].code, "own_action");
        assert_eq!(check(&action("u.wang")), []);
        assert_eq!(check(&BTreeMap::new()), []);
    }
}
