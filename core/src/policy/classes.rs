//! The classes of a policy: their order, their conditions, and which dimension reads which.

use crate::domain::{ClassRule, Dimension, EntityKind};
use crate::error::Violation;

use super::compile::{KnownFields, NamesOf, Problems, basis, flag, texts};
use super::condition;
use super::merge::{Merged, MergedFigure};
use super::place::Source;
use super::schema::DIMENSIONS;

/// The dimensions, those that others read first.
pub(super) fn dimensions(merged: &Merged, known: &dyn KnownFields, problems: &mut Problems<'_>) -> Vec<Dimension> {
    let found = DIMENSIONS.iter().filter_map(|name| dimension(merged, name, known, problems)).collect();
    in_order(found, merged, problems)
}

fn dimension(
    merged: &Merged,
    name: &'static str,
    known: &dyn KnownFields,
    problems: &mut Problems<'_>,
) -> Option<Dimension> {
    let prefix = format!("classes.{name}.");
    let mut given = merged.under(&prefix).filter(|(class, _)| *class != "order");
    let Some(order) = merged.figures.get(&format!("{prefix}order")) else {
        if let Some((_, class)) = given.next() {
            let message = format!("classes.{name} has no order; it says in which order the classes are tried");
            problems.add(class.figure.at, class, "required", &message, "缺少判定顺序");
        }
        return None;
    };
    let names = texts(order);
    if names.is_empty() {
        problems.of_value(order, "empty", "the list of classes is empty; name at least one", "分类列表为空");
    }
    for (class, figure) in
        given.filter(|(class, found)| found.origin == order.origin && !names.iter().any(|n| n == class))
    {
        let message = format!("the class {class} is not in the order");
        problems.add(figure.figure.at, figure, "not_in_order", &message, "分类不在判定顺序中");
    }
    let mut classes = Vec::new();
    for (i, class) in names.iter().enumerate() {
        if names[..i].contains(class) {
            problems.of_value(order, "duplicate", &format!("{class} is named twice"), "分类重复");
            continue;
        }
        match merged.figures.get(&format!("{prefix}{class}")) {
            Some(figure) => classes.extend(class_rule(class, figure, name == "class", known, problems)),
            None => {
                let message = format!("there is no figure {prefix}{class}");
                problems.of_value(order, "unknown_class", &message, "没有此分类的条件");
            }
        }
    }
    let field = EntityKind::Customer.def().field_named(name)?.id;
    Some(Dimension { name, field, classes, basis: basis(order) })
}

fn class_rule(
    name: &str,
    found: &MergedFigure,
    may_be_granted: bool,
    known: &dyn KnownFields,
    problems: &mut Problems<'_>,
) -> Option<ClassRule> {
    let figure = &found.figure;
    if (figure.get("granted").is_some() || figure.get("number_prefix").is_some()) && !may_be_granted {
        let message = "only classes of the dimension class are granted";
        problems.add(figure.place_of("granted"), found, "not_granted", message, "此维度的分类不能认定");
    }
    if figure.get("number_prefix").is_some() && !flag(found, "granted") {
        let message = "a number goes with a granted class; set granted = true";
        problems.add(figure.place_of("number_prefix"), found, "not_granted", message, "编号须随认定产生");
    }
    let when = match figure.text("when") {
        "" => None,
        text => match condition::compile(text, &NamesOf(EntityKind::Customer, known)) {
            Ok(condition) => Some(condition),
            Err(wrong) => {
                let at = figure.place_of("when") + wrong.at;
                problems.add(at, found, wrong.code, &wrong.message, "条件不正确");
                return None;
            }
        },
    };
    let text = |name: &str| figure.text(name).to_owned();
    Some(ClassRule {
        name: name.to_owned(),
        label_zh: text("label_zh"),
        when,
        granted: flag(found, "granted"),
        number_prefix: Some(text("number_prefix")).filter(|prefix| !prefix.is_empty()),
        reason: text("reason"),
        reason_zh: text("reason_zh"),
        basis: basis(found),
    })
}

/// The dimensions so that each comes behind those that its conditions read.
fn in_order(mut waiting: Vec<Dimension>, merged: &Merged, problems: &mut Problems<'_>) -> Vec<Dimension> {
    let mut ready: Vec<Dimension> = Vec::new();
    while !waiting.is_empty() {
        let reads = |dimension: &Dimension, field: u16| {
            let conditions = dimension.classes.iter().filter_map(|class| class.when.as_ref());
            conditions.flat_map(|condition| condition.fields()).any(|used| used.id == field)
        };
        let next = waiting.iter().position(|d| !waiting.iter().any(|other| reads(d, other.field)));
        match next {
            Some(next) => ready.push(waiting.remove(next)),
            None => {
                let names: Vec<&str> = waiting.iter().map(|dimension| dimension.name).collect();
                problems.push(cycle(merged, &names));
                return ready;
            }
        }
    }
    ready
}

fn cycle(merged: &Merged, names: &[&str]) -> Violation {
    let path = format!("classes.{}.order", names.first().copied().unwrap_or_default());
    let (text, at) = merged.figures.get(&path).map_or(("", 0), |found| (&*found.text, found.figure.at));
    let message = format!("the conditions read each other's class in a circle: {}", names.join(", "));
    Source(text).problem(at, &path, "cycle", &message, "分类条件循环引用")
}
