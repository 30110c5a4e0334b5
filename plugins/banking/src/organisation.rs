//! The organisation of a bank: its four levels, the eight roles of its users, and the month after an event in which that is
//! recorded. The rules are pure functions; below them stands what reads the records.

use crm_plugin_sdk::{
    Change, Choice, Date, Decision, Decisions, Enum, Failure, Field, Figures, Init, Record, Ref, Text, Violation,
    Violations, fields,
};

use super::rules::{following_month, is_there, recorder};

pub(crate) const SOURCE: &str = "公司银行客户关系管理办法 (F0 §9)";

/// The level of a unit as the regulation knows it. Source: R-CBK-03.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Level {
    HeadOffice,
    Tier1,
    Tier2,
    SubBranch,
    /// A department that is no unit of its own for the regulation.
    Department,
    /// One of which the regulation says nothing.
    Other,
}

/// Why a unit cannot stand where it stands, when it cannot. Source: R-CBK-02, R-CBK-03.
pub(crate) fn placed(level: Level, parent: Option<Level>) -> Option<Violation> {
    let (allowed, allowed_zh, fits) = match level {
        Level::HeadOffice => ("no other unit", "无上级机构", parent.is_none()),
        Level::Tier1 => ("the head office", "总行", parent == Some(Level::HeadOffice)),
        Level::Tier2 => ("a tier-1 branch", "一级分行", parent == Some(Level::Tier1)),
        Level::SubBranch => {
            ("a tier-1 or tier-2 branch", "一级分行或二级分行", matches!(parent, Some(Level::Tier1 | Level::Tier2)))
        }
        Level::Department => ("another unit", "所属机构", parent.is_some_and(|parent| parent != Level::Department)),
        Level::Other => return None,
    };
    let message = format!("parent does not fit the level: a unit of this level stands under {allowed}");
    let message_zh = format!("上级机构与层级不符：应为{allowed_zh}");
    (!fits).then(|| Violation::new("parent", "wrong_level", message, message_zh, "R-CBK-03"))
}

/// The event that a change of level is; `None` for one that the regulation does not know. Source: R-CBK-04 to R-CBK-07.
pub(crate) fn event(before: Option<Level>, after: Level) -> Option<&'static str> {
    Some(match (before, after) {
        (None, Level::Tier1) => "new_tier_1",
        (None, Level::Tier2) => "new_tier_2",
        (None, Level::SubBranch) => "new_sub_branch",
        (Some(Level::SubBranch), Level::Tier2) => "sub_branch_to_tier_2",
        (Some(Level::Tier2), Level::Tier1) => "tier_2_to_tier_1",
        _ => return None,
    })
}

/// The role of a user in a unit of this level; `None` for one that is none of the eight. Source: R-CBK-08.
pub(crate) fn role(unit: Level, position: &str) -> Option<&'static str> {
    Some(match (unit, position) {
        (Level::HeadOffice, "leader") => "head_office_leader",
        (Level::HeadOffice, "department_leader") => "head_office_department_leader",
        (Level::HeadOffice, "staff") => "head_office_department_staff",
        (Level::Tier1 | Level::Tier2, "leader") => "branch_leader",
        (Level::Tier1 | Level::Tier2, "department_leader") => "branch_department_leader",
        (Level::Tier1 | Level::Tier2, "staff") => "branch_department_staff",
        (Level::SubBranch, "leader") => "sub_branch_leader",
        (Level::SubBranch, "staff") => "sub_branch_staff",
        _ => return None,
    })
}

/// Who makes a user of a unit, by which rule. Source: R-CBK-01, R-CBK-09, R-CBK-10.
pub(crate) fn administrator(unit: Level) -> (&'static str, &'static str) {
    match unit {
        Level::HeadOffice => ("head_office", "R-CBK-09, R-CBK-01"),
        _ => ("branch", "R-CBK-10"),
    }
}

/// What is missing of the request that a user is made by: somebody asks, and another reviews. Source: R-CBK-09, R-CBK-10.
pub(crate) fn requested(by: Option<&str>, reviewer: Option<&str>, rule: &'static str) -> Vec<Violation> {
    let mut found = Vec::new();
    if !is_there(by) {
        found.push(Violation::required("bank.requested_by", "who asked for a new user", "申请人", rule));
    }
    if !is_there(reviewer) {
        found.push(Violation::required("bank.reviewed_by", "the reviewer of a new user", "审核人", rule));
    } else if by == reviewer {
        let message = "bank.reviewed_by is who asked for the user, another has to review it";
        found.push(Violation::new("bank.reviewed_by", "own_request", message, "申请人与审核人不得为同一人", rule));
    }
    found
}

/// Why a day of recording does not stand: it lies before the month after the event. Source: R-CBK-13.
pub(crate) fn recorded_early(recorded_on: Option<Date>, first: Date) -> Option<Violation> {
    let early = recorded_on.filter(|day| *day < first)?;
    let message = format!("bank.recorded_on is {early}, an event is recorded in the month after it, from {first}");
    let message_zh = format!("登记日期{early}早于次月首日{first}");
    Some(Violation::new("bank.recorded_on", "before_window", message, message_zh, "R-CBK-13"))
}

fields! {
    /// The fields of a unit.
    struct UnitFields {
        level: Enum = "org_unit", "level";
        parent: Ref = "org_unit", "parent";
        founded_on: Date = "org_unit", "founded_on";
        level_since: Date = "org_unit", "level_since";
        marketing: bool = "org_unit", "bank.marketing";
        record_from: Date = "org_unit", "bank.record_from";
        record_until: Date = "org_unit", "bank.record_until";
        recorded_on: Date = "org_unit", "bank.recorded_on";
    }
}

fields! {
    /// The fields of a user.
    struct UserFields {
        unit: Ref = "user", "unit";
        transferred_on: Date = "user", "transferred_on";
        left_on: Date = "user", "left_on";
        requested_by: Text = "user", "bank.requested_by";
        reviewed_by: Text = "user", "bank.reviewed_by";
        record_from: Date = "user", "bank.record_from";
        record_until: Date = "user", "bank.record_until";
        recorded_on: Date = "user", "bank.recorded_on";
    }
}

/// The fields of the organisation and the figures of its rules.
pub(crate) struct Organisation {
    unit: UnitFields,
    user: UserFields,
    levels: [(Choice, Level); 5],
    positions: [(Choice, &'static str); 3],
    request_needed: bool,
}

/// The window of an event, and what is known of its recording.
struct Recording {
    event: Option<(&'static str, Date)>,
    /// The window that is stored, for a change without an event.
    window: Option<(Date, Date)>,
    recorded_on: Option<Date>,
    /// Whether the day of recording is told by this change.
    is_new: bool,
}

impl Organisation {
    pub(crate) fn new(init: &Init<'_>, figures: &Figures) -> Result<Self, String> {
        let level = |name: &str, level| Ok::<_, String>((init.choice("org_unit", "level", name)?, level));
        let position = |name: &'static str| Ok::<_, String>((init.choice("user", "position", name)?, name));
        Ok(Self {
            unit: UnitFields::new(init)?,
            user: UserFields::new(init)?,
            levels: [
                level("head_office", Level::HeadOffice)?,
                level("tier_1_branch", Level::Tier1)?,
                level("tier_2_branch", Level::Tier2)?,
                level("sub_branch", Level::SubBranch)?,
                level("department", Level::Department)?,
            ],
            positions: [position("leader")?, position("department_leader")?, position("staff")?],
            request_needed: figures.bool("organisation.request_needed")?,
        })
    }

    /// The level of a unit. The marketing department of a branch counts as a sub-branch. Source: R-CBK-02.
    fn level(&self, unit: Record<'_>) -> Level {
        match self.levels.iter().find(|(choice, _)| unit.is(*choice)) {
            Some((_, Level::Department)) if unit.get(self.unit.marketing) == Some(true) => Level::SubBranch,
            Some((_, level)) => *level,
            None => Level::Other,
        }
    }

    /// The level of the unit that a user belongs to; of a department that of what it is a part of.
    fn level_of_user(&self, user: Record<'_>) -> Result<Level, Failure> {
        let Some(unit) = user.follow(self.user.unit)? else { return Ok(Level::Other) };
        match (self.level(unit), unit.follow(self.unit.parent)?) {
            (Level::Department, Some(parent)) => Ok(self.level(parent)),
            (level, _) => Ok(level),
        }
    }

    fn unit_event(&self, change: &Change<'_>) -> Option<(&'static str, Date)> {
        let unit = change.after();
        let before = change.before().map(|before| self.level(before));
        let on = if before.is_none() { self.unit.founded_on } else { self.unit.level_since };
        Some((event(before, self.level(unit))?, unit.get(on)?))
    }

    /// A user who moved to another unit, or left, as the unit before sees it.
    fn user_event(&self, change: &Change<'_>) -> Result<Option<(&'static str, Date)>, Failure> {
        let (Some(before), after) = (change.before(), change.after()) else { return Ok(None) };
        let changed = |field: Field<Date>| after.get(field).filter(|day| before.get(field) != Some(*day));
        let Some(on) = changed(self.user.left_on).or_else(|| changed(self.user.transferred_on)) else {
            return Ok(None);
        };
        Ok(Some(match self.level_of_user(before)? {
            Level::HeadOffice => ("head_office_user_left", on),
            _ => ("branch_user_left", on),
        }))
    }

    fn recording(&self, change: &Change<'_>) -> Result<Recording, Failure> {
        let record = change.after();
        let is_unit = change.entity() == "org_unit";
        let (from, until, on) = match is_unit {
            true => (self.unit.record_from, self.unit.record_until, self.unit.recorded_on),
            false => (self.user.record_from, self.user.record_until, self.user.recorded_on),
        };
        Ok(Recording {
            event: if is_unit { self.unit_event(change) } else { self.user_event(change)? },
            window: record.get(from).zip(record.get(until)),
            recorded_on: record.get(on),
            is_new: change.before().is_none_or(|before| before.get(on) != record.get(on)),
        })
    }

    pub(crate) fn validate(&self, change: &Change<'_>, out: &mut Violations) -> Result<(), Failure> {
        match change.entity() {
            "org_unit" => self.validate_unit(change, out)?,
            "user" => self.validate_user(change, out)?,
            _ => return Ok(()),
        }
        let recording = self.recording(change)?;
        let window = recording.event.and_then(|(_, on)| following_month(on)).or(recording.window);
        if let (Some((first, _)), true) = (window, recording.is_new) {
            out.extend(recorded_early(recording.recorded_on, first));
        }
        Ok(())
    }

    fn validate_unit(&self, change: &Change<'_>, out: &mut Violations) -> Result<(), Failure> {
        let unit = change.after();
        let level = self.level(unit);
        let parent = unit.follow(self.unit.parent)?.map(|parent| self.level(parent));
        out.extend(placed(level, parent));
        match change.before().map(|before| self.level(before)) {
            None if event(None, level).is_some() && unit.get(self.unit.founded_on).is_none() => {
                out.push(Violation::required("founded_on", "the founding day of a branch", "成立日期", "R-CBK-04"));
            }
            Some(before) if before != level && event(Some(before), level).is_none() => {
                let message = "level does not follow the one before: a sub-branch becomes a tier-2 branch, a tier-2 \
                               branch a tier-1 branch";
                let message_zh = "机构升级仅限支行升为二级分行、二级分行升为一级分行";
                out.push(Violation::new("level", "no_upgrade", message, message_zh, "R-CBK-06, R-CBK-07"));
            }
            _ => {}
        }
        Ok(())
    }

    fn validate_user(&self, change: &Change<'_>, out: &mut Violations) -> Result<(), Failure> {
        let user = change.after();
        let level = self.level_of_user(user)?;
        if level != Level::Other && self.role(user, level).is_none() {
            let message = "position is none of the eight roles: a sub-branch has a leader and staff";
            out.push(Violation::new(
                "position",
                "no_role",
                message,
                "岗位不在八类角色之内：支行仅设领导和工作人员",
                "R-CBK-08",
            ));
        }
        if change.before().is_none() && self.request_needed && level != Level::Other {
            let (by, reviewer) = (user.get(self.user.requested_by), user.get(self.user.reviewed_by));
            out.extend(requested(by, reviewer, administrator(level).1));
        }
        Ok(())
    }

    fn role(&self, user: Record<'_>, level: Level) -> Option<&'static str> {
        let (_, position) = self.positions.iter().find(|(choice, _)| user.is(*choice))?;
        role(level, position)
    }

    pub(crate) fn classify(&self, change: &Change<'_>, out: &mut Decisions) -> Result<(), Failure> {
        if !matches!(change.entity(), "org_unit" | "user") {
            return Ok(());
        }
        if change.entity() == "user" {
            self.classify_user(change, out)?;
        }
        let recording = self.recording(change)?;
        if let Some((event, on)) = recording.event {
            let (recorder, rule) = recorder(event).ok_or("an event without a recorder")?;
            let (first, last) = following_month(on).ok_or("the month after is out of range")?;
            let decide = |subject, value: crm_plugin_sdk::Quantity| {
                let reason = format!("{recorder} records {event} of {on} in the month after, from {first} to {last}");
                let reason_zh = format!("{on}发生的机构变动应于次月（{first}至{last}）登记");
                let decision = Decision::new(subject, value, rule, SOURCE).because(reason, reason_zh);
                decision.input("event", event).input("event_on", on)
            };
            // The event is past with the change; what it asks for stays.
            out.push(decide("bank.recorder", recorder.into()).kept());
            out.push(decide("bank.record_from", first.into()).kept());
            out.push(decide("bank.record_until", last.into()).kept());
            out.push(decide("bank.recording", state(recording.recorded_on, (first, last)).into()));
        } else if let Some(window) = recording.window {
            let found = state(recording.recorded_on, window);
            let (first, last) = window;
            let reason = format!("the window of the event lasts from {first} to {last}");
            let decision = Decision::new("bank.recording", found, "R-CBK-13", SOURCE);
            out.push(decision.because(reason, format!("登记期限为{first}至{last}")));
        }
        Ok(())
    }

    fn classify_user(&self, change: &Change<'_>, out: &mut Decisions) -> Result<(), Failure> {
        let user = change.after();
        let level = self.level_of_user(user)?;
        if let Some(role) = self.role(user, level) {
            let decision = Decision::new("bank.role", role, "R-CBK-08", SOURCE);
            out.push(decision.because("the level of the unit and the position there", "按机构层级和岗位确定"));
        }
        if change.before().is_none() && level != Level::Other {
            let (by, rule) = administrator(level);
            let reason = format!("users of this unit are made by the {by}, after a request and its review");
            let decision = Decision::new("bank.administrator", by, rule, SOURCE);
            out.push(decision.because(reason, "书面申请、审核后由系统管理员创建").kept());
        }
        Ok(())
    }
}

/// How far the recording of an event is. Source: R-CBK-13.
fn state(recorded_on: Option<Date>, (first, last): (Date, Date)) -> &'static str {
    match recorded_on {
        Some(day) if day > last => "late",
        Some(day) if day >= first => "done",
        _ => "due",
    }
}
