//! The user: a person of the company who works with the system, with a unit and a position.

use super::entity::{entity, enumeration};

enumeration! {
    /// What a user is in the own unit. Source: R-CBK-08.
    UserPosition, "user_position" {
        /// Leads the unit.
        Leader = 1, "leader", "机构领导";
        /// Leads a department of it.
        DepartmentLeader = 2, "department_leader", "部门负责人";
        /// Works in it.
        Staff = 3, "staff", "工作人员";
    }
}

enumeration! {
    /// Whether a user works with the system.
    UserState, "user_state" {
        /// Works with it.
        Active = 1, "active", "在用";
        /// Does not, such as after leaving.
        Suspended = 2, "suspended", "停用";
    }
}

entity! {
    /// A person of the company who works with the system. Source: R-CBK-08.
    User, "user", "users", "用户", state state, code code {
        /// The name by which the journal knows the user, that of the actor in sessions. Kept in the normal form of names: NFKC,
        /// case folded, single spaces, and no character that nobody sees.
        code = 1, Text(64), "用户编号", required, names_user;
        /// The other system that knows the user.
        external_system = 2, Text(32), "外部系统";
        /// The user's id in that system.
        external_id = 3, Text(128), "外部编号";
        /// The full name.
        name = 4, Text(100), "姓名", required, sensitive;
        /// Whether the user works with the system. Commands of a suspended user are refused. Source: R-X-07.
        state = 5, Enum(UserState), "用户状态", required, indexed, verb;
        /// The unit that the user belongs to; it changes by a transfer.
        unit = 6, Ref(OrgUnit), "所属机构", required, indexed, verb;
        /// What the user is there.
        position = 7, Enum(UserPosition), "岗位", required, verb;
        /// The day of the last transfer. Source: R-CBK-11, R-CBK-12.
        transferred_on = 8, Date, "调动日期", verb;
        /// The day on which the user left. Source: R-CBK-11, R-CBK-12.
        left_on = 9, Date, "离职日期", verb;
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
