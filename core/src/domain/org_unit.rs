//! The organisational unit: a head office, a branch, an outlet or a department of the company itself.

use super::entity::{entity, enumeration};

enumeration! {
    /// The level of a unit. Source: R-CBK-02, R-CBK-03.
    OrgLevel, "org_level" {
        /// The head office.
        HeadOffice = 1, "head_office", "总行（总部）";
        /// A branch directly under the head office.
        Tier1Branch = 2, "tier_1_branch", "一级分行";
        /// A branch under a tier-1 branch.
        Tier2Branch = 3, "tier_2_branch", "二级分行";
        /// A sub-branch under a branch.
        SubBranch = 4, "sub_branch", "支行";
        /// An outlet.
        Outlet = 5, "outlet", "网点";
        /// A project department.
        ProjectDepartment = 6, "project_department", "项目部";
        /// A department of another unit.
        Department = 7, "department", "部门";
    }
}

enumeration! {
    /// Whether a unit is at work.
    OrgUnitState, "org_unit_state" {
        /// It is at work.
        Open = 1, "open", "存续";
        /// It was closed.
        Closed = 2, "closed", "已撤销";
    }
}

entity! {
    /// A unit of the company itself: the head office, a branch, an outlet, a department. Source: R-CBK-03.
    OrgUnit, "org_unit", "org_units", "机构", state state, code code {
        /// The company's own code of the unit.
        code = 1, Text(64), "机构编号";
        /// The other system that knows the unit.
        external_system = 2, Text(32), "外部系统";
        /// The unit's id in that system.
        external_id = 3, Text(128), "外部编号";
        /// The full name.
        name = 4, Text(200), "机构名称", required;
        /// Whether it is at work.
        state = 5, Enum(OrgUnitState), "机构状态", required, indexed, verb;
        /// The level; it changes by an upgrade.
        level = 6, Enum(OrgLevel), "机构层级", required, indexed, verb;
        /// The unit that it stands under; none of a head office.
        parent = 7, Ref(OrgUnit), "上级机构", indexed;
        /// The day on which it was founded.
        founded_on = 8, Date, "成立日期";
        /// The day since which it is of its level, when it was upgraded.
        level_since = 9, Date, "升级日期", verb;
        /// The day on which it was closed.
        closed_on = 10, Date, "撤销日期", verb;
        /// Free remarks.
        note = 40, Text(4000), "备注";
        /// The dates that cannot be and were recorded as they are, with commas between; absent when all can be.
        date_doubt = 99, Text(400), "存疑日期", kernel, made_from("@dates");
    }
    indexes {
        by_code = 20_000, [code], unique;
        by_external_ref = 20_001, [external_system, external_id], unique;
    }
}
