//! The tree of the organisation: every unit stands under at most one other, and none under itself. Source: R-CBK-03.

use crate::error::{Result, Violation};

use super::shape::violation;

/// How many units lie at most between one and the top.
pub const LEVELS_MAX: u32 = 16;

/// What is wrong with the parent of a unit. `parent_of` gives the parent of another unit; a unit that is new has the id 0.
///
/// # Errors
/// What `parent_of` answers. There are no others.
pub fn check_parent(
    own: u64,
    parent: Option<u64>,
    parent_of: &mut dyn FnMut(u64) -> Result<Option<u64>>,
) -> Result<Option<Violation>> {
    let mut above = parent;
    for _ in 0..LEVELS_MAX {
        let Some(unit) = above else { return Ok(None) };
        if unit == own {
            let message = "parent leads back to the unit itself, which stands under no unit of its own";
            return Ok(Some(violation("parent", "circle", message, "上级机构不能是本机构或其下级机构")));
        }
        above = parent_of(unit)?;
    }
    let message = format!("parent has more than {LEVELS_MAX} units above it, at most {LEVELS_MAX} are allowed");
    let message_zh = format!("上级机构不得超过{LEVELS_MAX}层");
    Ok(above.map(|_| violation("parent", "too_deep", message, message_zh)))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn code(own: u64, parent: Option<u64>, above: &dyn Fn(u64) -> Option<u64>) -> Option<String> {
        let found = check_parent(own, parent, &mut |unit| Ok(above(unit))).unwrap();
        found.map(|violation| violation.code.to_string())
    }

    #[test]
    fn a_unit_stands_under_others_and_never_under_itself() {
        let tree = |unit: u64| [None, None, Some(1), Some(2)][unit as usize];
        assert_eq!(code(1, None, &tree), None);
        assert_eq!(code(0, Some(3), &tree), None, "one that is new");
        assert_eq!(code(3, Some(2), &tree), None);
        assert_eq!(code(2, Some(2), &tree).as_deref(), Some("circle"));
        assert_eq!(code(1, Some(3), &tree).as_deref(), Some("circle"));
    }

    #[test]
    fn sixteen_units_lie_above_one_at_most() {
        let chain = |unit: u64| unit.checked_sub(1).filter(|above| *above > 0);
        assert_eq!(code(0, Some(16), &chain), None);
        assert_eq!(code(0, Some(17), &chain).as_deref(), Some("too_deep"));
    }
}
