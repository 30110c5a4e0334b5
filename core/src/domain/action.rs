//! The action: what corrects the cause of a complaint, or prevents that it comes again.

use super::entity::{entity, enumeration};

enumeration! {
    /// What an action is for. Source: R-FIX-24.
    ActionKind, "action_kind" {
        /// Mends what went wrong.
        Corrective = 1, "corrective", "纠正";
        /// Keeps it from coming again.
        Preventive = 2, "preventive", "预防";
    }
}

enumeration! {
    /// Where an action stands.
    ActionState, "action_state" {
        /// To be done.
        Planned = 1, "planned", "待办";
        /// Done, not yet verified.
        Done = 2, "done", "已完成";
        /// Verified: it works.
        Effective = 3, "effective", "有效";
        /// Verified: it does not work, and is to be done again.
        Ineffective = 4, "ineffective", "无效";
        /// Called off.
        Cancelled = 5, "cancelled", "取消";
    }
}

entity! {
    /// A corrective or preventive action that comes of a complaint. Source: R-FIX-24.
    Action, "action", "actions", "纠正预防措施", state state, code code {
        /// The company's own code of the action.
        code = 1, Text(64), "措施编号";
        /// The other system that knows the action.
        external_system = 2, Text(32), "外部系统";
        /// The action's id in that system.
        external_id = 3, Text(128), "外部编号";
        /// The complaint that it comes of.
        complaint = 4, Ref(Complaint), "投诉", required, indexed;
        /// What it is for.
        kind = 5, Enum(ActionKind), "类别", required;
        /// Where it stands.
        state = 6, Enum(ActionState), "状态", required, verb;
        /// What is to be done.
        content = 7, Text(4000), "措施内容", required;
        /// The user who must improve. Source: R-FIX-24.
        owner = 8, Text(64), "责任人", required;
        /// The day by which it is to be done.
        due_on = 9, Date, "期限";
        /// What was done.
        result = 10, Text(4000), "实施结果", required_in("done", "effective"), verb;
        /// When it was done.
        done_at = 11, Instant, "完成时间", required_in("done", "effective"), verb;
        /// How it was verified, or why it does not work.
        verification = 12, Text(2000), "验证情况", required_in("ineffective"), verb;
        /// Who verified it.
        verifier = 13, Text(64), "验证人", required_in("effective"), verb;
        /// When it was verified.
        verified_at = 14, Instant, "验证时间", verb;
        /// Why it was called off.
        reason = 15, Text(400), "取消原因", required_in("cancelled"), verb;
        /// Free remarks.
        note = 40, Text(4000), "备注";
        /// The dates that cannot be and were recorded as they are, with commas between; absent when all can be.
        date_doubt = 99, Text(400), "存疑日期", kernel, made_from("@dates");
    }
    indexes {
        by_code = 20_000, [code], unique;
        by_external_ref = 20_001, [external_system, external_id], unique;
        open_by_owner = 20_002, [owner, due_on], states("planned", "ineffective");
    }
}
