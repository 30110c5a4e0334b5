//! The visit: a planned or held contact with a customer.

use super::complaint::Satisfaction;
use super::entity::{entity, enumeration};

enumeration! {
    /// Where a visit stands. Source: R-MNT-05.
    VisitState, "visit_state" {
        /// Planned for a day.
        Planned = 1, "planned", "已计划";
        /// Took place.
        Held = 2, "held", "已拜访";
        /// Its report is written.
        Reported = 3, "reported", "已报告";
        /// A superior reviewed the report.
        Reviewed = 4, "reviewed", "已审核";
        /// Did not take place in its time.
        Missed = 5, "missed", "未访";
        /// Called off.
        Cancelled = 6, "cancelled", "取消";
    }
}

enumeration! {
    /// How a contact takes place. Source: R-EDU-05, R-GEN-14.
    Channel, "channel" {
        /// Face to face.
        InPerson = 1, "in_person", "面谈";
        /// By telephone.
        Phone = 2, "phone", "电话";
        /// By text message.
        Sms = 3, "sms", "短信";
        /// By WeChat.
        Wechat = 4, "wechat", "微信";
        /// By e-mail.
        Email = 5, "email", "邮件";
        /// By letter or fax.
        Post = 6, "post", "信函";
        /// On a web site.
        Web = 7, "web", "网络";
        /// Handed on by an authority or another party.
        Referral = 8, "referral", "转办";
        /// Another way.
        Other = 9, "other", "其他";
    }
}

entity! {
    /// A planned or held contact with a customer.
    Visit, "visit", "visits", "拜访", state state, code code {
        /// The company's own code of the visit.
        code = 1, Text(64), "拜访编号";
        /// The other system that knows the visit.
        external_system = 2, Text(32), "外部系统";
        /// The visit's id in that system.
        external_id = 3, Text(128), "外部编号";
        /// The customer visited.
        customer = 4, Ref(Customer), "客户", required, indexed;
        /// The person met.
        person = 5, Ref(Person), "联系人";
        /// The kind of contact, such as `maintenance`, `return_visit` or `on_site`.
        kind = 6, Text(32), "拜访类型";
        /// How it takes place.
        channel = 7, Enum(Channel), "方式";
        /// Where the visit stands.
        state = 8, Enum(VisitState), "状态", required, indexed, verb;
        /// The user who visits.
        owner = 9, Text(64), "拜访人", required_in("planned"), indexed;
        /// The day for which it is planned.
        planned_on = 10, Date, "计划日期", required_in("planned", "missed");
        /// The aim. Source: R-FIX-25.
        purpose = 11, Text(400), "目的";
        /// The planned content. Source: R-FIX-25.
        content = 12, Text(4000), "内容";
        /// What to bring. Source: R-FIX-25.
        materials = 13, Text(400), "资料";
        /// When it took place.
        held_at = 20, Instant, "拜访时间", required_in("held", "reported", "reviewed"), verb;
        /// How long it took, in seconds.
        duration_s = 21, Int(0, 604_800), "时长（秒）", verb;
        /// What came of it.
        result = 22, Text(4000), "结果", verb;
        /// What the customer answered when asked whether satisfied.
        satisfaction = 23, Enum(Satisfaction), "满意度", verb;
        /// The report. Source: R-MNT-05.
        report = 24, Text(8000), "探望报告", required_in("reported", "reviewed"), verb;
        /// When the report was handed in.
        reported_at = 25, Instant, "报告时间", verb;
        /// The superior who reviewed the report.
        reviewer = 26, Text(64), "审核人", required_in("reviewed"), verb;
        /// When the report was reviewed.
        reviewed_at = 27, Instant, "审核时间", verb;
        /// What the superior remarked.
        review_note = 28, Text(2000), "审核意见", verb;
        /// Why it was called off or missed.
        reason = 29, Text(400), "原因", required_in("cancelled"), verb;
        /// Free remarks.
        note = 40, Text(4000), "备注";
        /// The organisational unit that visits; that of the customer when none is given.
        org_unit = 41, Text(64), "所属机构", made_from("customer.org_unit");
        /// The day that a recurring visit stands for, counted from the anchor and not rolled.
        due_on = 42, Date, "应访日期", kernel, made_from("anchor_on");
        /// Which day behind the anchor that is, from 1.
        occurrence = 43, Int(1, 1_000_000), "序次", kernel, made_from("anchor_on");
        /// The day from which a recurring visit is counted.
        anchor_on = 44, Date, "起算日期", kernel, made_from("customer.signed_on");
        /// The event that asked for it. Source: R-FIX-28.
        event = 45, Text(64), "触发事件", kernel, made_from("customer.event");
        /// What is talked about, of: business, stock, feedback, market. Source: R-GEN-07.
        topics = 46, Text(200), "话题";
        /// What a dissatisfied customer complains of; it becomes the issue of the complaint. Source: R-FIX-22.
        complaint_issue = 47, Text(200), "不满意事项", verb;
        /// Whether it was held in the time of its plan; absent when it had no plan or is not held. Source: R-FIX-29, R-KPI-15.
        in_window = 48, Bool, "按期拜访", kernel, made_from("planned_on", "held_at");
        /// The calendar year by which the plan was rolled and that was not announced then; absent for none.
        provisional_year = 49, Int(1, 9999), "暂用日历年度", kernel, made_from("planned_on");
        /// The dates that cannot be and were recorded as they are, with commas between; absent when all can be.
        date_doubt = 99, Text(400), "存疑日期", kernel, made_from("@dates");
    }
    indexes {
        by_code = 20_000, [code], unique;
        by_external_ref = 20_001, [external_system, external_id], unique;
        due = 20_002, [planned_on], states("planned");
        due_by_owner = 20_003, [owner, planned_on], states("planned");
        due_by_unit = 20_004, [org_unit, planned_on], states("planned");
    }
    counts {
        by_state = 21_000, [state];
        by_owner_state = 21_001, [owner, state];
    }
}
