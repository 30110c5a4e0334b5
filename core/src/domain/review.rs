//! The review: a superior unit looks at a settled complaint again. It is not an appeal to an authority.

use super::appeal::AppealOutcome;
use super::entity::{entity, enumeration};

enumeration! {
    /// Where a review stands.
    ReviewState, "review_state" {
        /// Asked for by the customer.
        Requested = 1, "requested", "申请";
        /// Decided by the superior unit.
        Decided = 2, "decided", "已决定";
        /// Taken back by the customer.
        Withdrawn = 3, "withdrawn", "撤回";
    }
}

entity! {
    /// A review of a settled complaint by a superior unit. Source: L-BNK-5.
    Review, "review", "reviews", "核查", state state, code code {
        /// The company's own number of the review.
        code = 1, Text(64), "核查编号";
        /// The other system that knows the review.
        external_system = 2, Text(32), "外部系统";
        /// The review's id in that system.
        external_id = 3, Text(128), "外部编号";
        /// The complaint that is reviewed.
        complaint = 4, Ref(Complaint), "原投诉", required, indexed;
        /// Where it stands.
        state = 5, Enum(ReviewState), "状态", required, indexed, verb;
        /// The superior unit.
        unit = 6, Text(64), "核查机构", required;
        /// When the customer asked for it. The start of the deadline.
        requested_at = 7, Instant, "申请时间", required;
        /// What the customer objects to.
        objection = 8, Text(4000), "申请理由", sensitive;
        /// The user who is responsible.
        owner = 9, Text(64), "负责人", indexed;
        /// The last day for the decision, decided by the rules.
        decide_on = 10, Date, "决定期限", kernel, made_from("requested_at");
        /// What came of it.
        outcome = 11, Enum(AppealOutcome), "核查结果", required_in("decided"), verb;
        /// The decision.
        decision = 12, Text(4000), "核查决定", verb;
        /// When it was decided.
        decided_at = 13, Instant, "决定时间", verb;
        /// Who decided it.
        decided_by = 14, Text(64), "决定人", required_in("decided"), verb;
        /// Why it was taken back.
        reason = 15, Text(2000), "撤回原因", verb;
        /// The calendar year by which the deadline was decided and that was not announced then; absent for none.
        provisional_year = 16, Int(1, 9999), "暂用日历年度", kernel, made_from("decide_on");
        /// Free remarks.
        note = 40, Text(4000), "备注";
        /// The dates that cannot be and were recorded as they are, with commas between; absent when all can be.
        date_doubt = 99, Text(400), "存疑日期", kernel, made_from("@dates");
    }
    indexes {
        by_code = 20_000, [code], unique;
        by_external_ref = 20_001, [external_system, external_id], unique;
        open_by_deadline = 20_002, [decide_on], states("requested");
    }
}
