//! The appeal: a customer turns to an authority. It is not the complaint, and not the review by a superior.

use super::entity::{entity, enumeration};

enumeration! {
    /// Where an appeal stands.
    AppealState, "appeal_state" {
        /// Handed on by the authority.
        Received = 1, "received", "转办";
        /// Answered to the authority.
        Answered = 2, "answered", "已答复";
        /// Decided by the authority.
        Decided = 3, "decided", "已裁定";
        /// Taken back by the customer.
        Withdrawn = 4, "withdrawn", "撤回";
    }
}

enumeration! {
    /// For whom an appeal or a review was decided.
    AppealOutcome, "appeal_outcome" {
        /// The company's handling stands.
        Upheld = 1, "upheld", "维持";
        /// It is changed in the customer's favour.
        Changed = 2, "changed", "变更";
        /// It is to be handled again.
        Returned = 3, "returned", "重新处理";
    }
}

entity! {
    /// An appeal of a customer to an authority. Source: L-LOG-2, L-LOG-7, L-LOG-8.
    Appeal, "appeal", "appeals", "申诉", state state, code code {
        /// The authority's or the company's number of the appeal.
        code = 1, Text(64), "申诉编号";
        /// The other system that knows the appeal.
        external_system = 2, Text(32), "外部系统";
        /// The appeal's id in that system.
        external_id = 3, Text(128), "外部编号";
        /// The customer who appeals.
        customer = 4, Ref(Customer), "客户", required, indexed;
        /// The complaint before it; there is none when the customer went to the authority at once.
        complaint = 5, Ref(Complaint), "原投诉", indexed;
        /// Where it stands.
        state = 6, Enum(AppealState), "状态", required, indexed, verb;
        /// The authority.
        authority = 7, Text(200), "受理机关", required;
        /// When the authority handed it on. The start of the deadline.
        received_at = 8, Instant, "转办时间", required;
        /// What the customer claims.
        claim = 9, Text(4000), "申诉请求", sensitive;
        /// The user who is responsible.
        owner = 10, Text(64), "负责人", indexed;
        /// The last day for the answer: the authority's, else the one that the rules decide.
        answer_on = 11, Date, "答复期限", made_from("received_at");
        /// The answer to the authority.
        answer = 12, Text(8000), "答复内容", required_in("answered"), verb;
        /// When it was answered.
        answered_at = 13, Instant, "答复时间", required_in("answered"), verb;
        /// For whom the authority decided.
        outcome = 14, Enum(AppealOutcome), "裁定结果", required_in("decided"), verb;
        /// What the authority decided.
        decision = 15, Text(4000), "裁定内容", verb;
        /// When the authority decided.
        decided_at = 16, Instant, "裁定时间", verb;
        /// Why it was taken back.
        reason = 17, Text(2000), "撤回原因", verb;
        /// The calendar year by which the deadline was decided and that was not announced then; absent for none.
        provisional_year = 18, Int(1, 9999), "暂用日历年度", kernel, made_from("answer_on");
        /// Free remarks.
        note = 40, Text(4000), "备注";
        /// The dates that cannot be and were recorded as they are, with commas between; absent when all can be.
        date_doubt = 99, Text(400), "存疑日期", kernel, made_from("@dates");
    }
    indexes {
        by_code = 20_000, [code], unique;
        by_external_ref = 20_001, [external_system, external_id], unique;
        open_by_deadline = 20_002, [answer_on], states("received");
    }
}
