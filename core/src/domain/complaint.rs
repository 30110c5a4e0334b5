//! The complaint: a customer's grievance to the company.

use super::entity::{entity, enumeration};
use super::visit::Channel;

enumeration! {
    /// Where a complaint stands. Source: R-FIX-19.
    ComplaintState, "complaint_state" {
        /// Taken in.
        Received = 1, "received", "受理";
        /// Facts and cause are found.
        Clarified = 2, "clarified", "澄清";
        /// A solution with its date is offered.
        SolutionProposed = 3, "solution_proposed", "方案";
        /// The customer accepts the solution.
        SolutionAccepted = 4, "solution_accepted", "认可";
        /// The result was told and satisfaction asked.
        FollowedUp = 5, "followed_up", "跟踪回访";
        /// Done.
        Closed = 6, "closed", "办结";
        /// Handed to a superior.
        Escalated = 7, "escalated", "升级";
        /// Taken back by the customer. Source: L-BNK-4.
        Withdrawn = 8, "withdrawn", "撤回";
        /// Stopped for a time, to be resumed where it was.
        Suspended = 9, "suspended", "暂停";
        /// Put into the archive. Source: R-FIX-23.
        Archived = 10, "archived", "归档";
        /// The customer finally rejects the solution; the company's limits are explained and another recourse is named.
        /// Source: R-FIX-20.
        Unaccepted = 11, "unaccepted", "最终不认可";
    }
}

enumeration! {
    /// How grave a complaint is. Source: R-FIX-14, R-FIX-15, R-FIX-16.
    ComplaintGrade, "complaint_grade" {
        /// A grievance about service or product quality.
        General = 1, "general", "一般投诉";
        /// The complaint of a key customer.
        KeyCustomer = 2, "key_customer", "重点客户投诉";
        /// Repeated, escalated, or about to go outside.
        Major = 3, "major", "重大投诉";
    }
}

enumeration! {
    /// How hard a complaint is to settle. Source: L-BNK-1.
    Complexity, "complexity" {
        /// The facts are clear.
        Simple = 1, "simple", "简单";
        /// The facts need to be investigated.
        Complex = 2, "complex", "复杂";
        /// Special circumstances, approved.
        Special = 3, "special", "特殊";
    }
}

enumeration! {
    /// What a customer answered when asked whether satisfied. Source: R-FIX-21.
    Satisfaction, "satisfaction" {
        /// Satisfied.
        Satisfied = 1, "satisfied", "满意";
        /// Not satisfied.
        Dissatisfied = 2, "dissatisfied", "不满意";
        /// Asked, but gave no answer.
        NoAnswer = 3, "no_answer", "未答复";
    }
}

entity! {
    /// A customer's grievance to the company.
    Complaint, "complaint", "complaints", "投诉", state state, code number {
        /// The company's own number of the complaint.
        number = 1, Text(64), "投诉编号";
        /// The other system that knows the complaint.
        external_system = 2, Text(32), "外部系统";
        /// The complaint's id in that system.
        external_id = 3, Text(128), "外部编号";
        /// The customer who complains. Its class decides which guards hold; a manager alone changes it.
        customer = 4, Ref(Customer), "客户", required, indexed, managed;
        /// The person who complains.
        person = 5, Ref(Person), "投诉人";
        /// Where the complaint stands.
        state = 6, Enum(ComplaintState), "状态", required, indexed, verb;
        /// When it was received. The start of every deadline; a manager alone changes it.
        received_at = 7, Instant, "受理时间", required, indexed, managed;
        /// How it came in.
        channel = 8, Enum(Channel), "渠道";
        /// What it is about, in a few words; the same text is the same issue.
        issue = 9, Text(200), "投诉事项", required;
        /// More exactly what it is about.
        sub_issue = 10, Text(200), "细项";
        /// The product or service.
        product = 11, Text(200), "产品";
        /// What the customer says.
        narrative = 12, Text(100_000), "投诉内容", sensitive;
        /// What the customer asks for.
        request = 13, Text(2000), "诉求";
        /// How grave it is, decided by the rules.
        grade = 14, Enum(ComplaintGrade), "投诉等级", indexed, kernel;
        /// How hard it is to settle.
        complexity = 15, Enum(Complexity), "复杂程度";
        /// Whether the customer means to complain outside. Source: R-FIX-16.
        external_intent = 16, Bool, "拟对外投诉";
        /// The user who is responsible.
        owner = 17, Text(64), "负责人", indexed;
        /// The region that it comes from.
        region = 18, Text(64), "地区", indexed;
        /// The amount at stake.
        amount = 19, Money, "涉及金额";
        /// The last day for settling it, decided by the rules.
        deadline_on = 20, Date, "办结期限", kernel, made_from("received_at", "reopened_at", "grade", "complexity", "extended_days", "paused_s");
        /// When the customer was told that it is received.
        acknowledged_at = 21, Instant, "告知受理时间", verb;
        /// The cause found.
        cause = 22, Text(4000), "原因", verb;
        /// The party that is liable. Source: R-LOG-09.
        liable_party = 23, Text(200), "责任方", verb;
        /// The solution offered.
        solution = 24, Text(4000), "解决方案", verb;
        /// The day by which the solution is promised. Source: R-EDU-09, R-FIX-20.
        promised_on = 25, Date, "承诺日期", verb;
        /// Why it takes that time. Source: R-FIX-20.
        promise_reason = 26, Text(400), "所需时间说明", verb;
        /// Why the customer rejects the solution.
        rejection_reason = 27, Text(2000), "不认可原因", verb;
        /// What the customer answered when asked whether satisfied. Source: R-FIX-21.
        satisfaction = 28, Enum(Satisfaction), "处理满意度", verb;
        /// The lesson recorded before closing. Source: R-EDU-10.
        lesson = 29, Text(4000), "总结", verb;
        /// Whether a major complaint is written up as a case. Source: R-FIX-18.
        case_written = 30, Bool, "已写案例", verb;
        /// The result as it was told to the customer.
        outcome = 31, Text(400), "处理结果", verb;
        /// When it was closed.
        closed_at = 32, Instant, "办结时间", required_in("closed"), verb;
        /// To whom it was handed up.
        escalated_to = 33, Text(64), "升级对象", verb;
        /// Why it was escalated, suspended, withdrawn, extended or concluded.
        reason = 34, Text(2000), "理由", verb;
        /// Who approved the longer deadline of a special case.
        extension_approver = 35, Text(64), "延期审批人", verb;
        /// The state to which a suspended complaint returns.
        resumes_to = 36, Enum(ComplaintState), "暂停前状态", required_in("suspended"), kernel;
        /// When the present suspension began.
        suspended_at = 37, Instant, "暂停时间", kernel;
        /// Whether the answer was given in time, as the source of an imported record says.
        timely = 38, Bool, "及时答复";
        /// Whether the customer disputes the answer, as the source of an imported record says.
        disputed = 39, Bool, "有异议";
        /// Free remarks.
        note = 40, Text(4000), "备注";
        /// The last instant for telling the customer that it is received, decided by the rules.
        acknowledge_by = 41, Instant, "告知受理期限", kernel, made_from("received_at", "reopened_at", "grade", "complexity", "extended_days", "paused_s");
        /// The last instant for offering a solution, decided by the rules.
        respond_by = 42, Instant, "答复期限", kernel, made_from("received_at", "reopened_at", "grade", "complexity", "extended_days", "paused_s");
        /// When the first solution was offered.
        responded_at = 43, Instant, "答复时间", verb;
        /// The last instant at which it goes up to the next level, decided by the rules. Source: R-FIX-17.
        escalate_by = 44, Instant, "升级期限", kernel, made_from("received_at", "reopened_at", "grade", "escalated_at", "escalation_level", "level_paused_s");
        /// How many levels it went up; 0 is where it was received.
        escalation_level = 45, Int(0, 20), "升级层级", kernel;
        /// When it went up to the present level.
        escalated_at = 46, Instant, "升级时间", kernel;
        /// How long its clocks stood so far, in seconds.
        paused_s = 47, Int(0, 9_000_000_000), "暂停秒数", kernel;
        /// How long its clocks stood so far, in civil days.
        paused_days = 48, Int(0, 100_000), "暂停天数", kernel, made_from("paused_s");
        /// How long its clocks stood so far, in working days, where the calendar has the years.
        paused_workdays = 49, Int(0, 100_000), "暂停工作日数", kernel, made_from("paused_s");
        /// How long its clocks stood so far, in seconds of working time, where the calendar has the years.
        paused_work_s = 50, Int(0, 9_000_000_000), "暂停工作秒数", kernel, made_from("paused_s");
        /// By how many days it is to be extended: working days when its limit counts those.
        extension_days = 51, Int(1, 3_650), "延期天数", verb;
        /// By how many days it was extended so far.
        extended_days = 52, Int(0, 36_500), "累计延期天数", kernel;
        /// How often it was extended.
        extension_count = 53, Int(0, 10_000), "延期次数", kernel;
        /// Who asked for an extension that is not yet decided.
        extension_requested_by = 54, Text(64), "延期申请人", kernel;
        /// When it was re-opened last; its deadlines run from there.
        reopened_at = 55, Instant, "重新受理时间", kernel;
        /// How often it was re-opened; each counts as the same issue once more.
        reopen_count = 56, Int(0, 10_000), "重新受理次数", kernel;
        /// When it was put into the archive. Source: R-FIX-23.
        archived_at = 57, Instant, "归档时间", required_in("archived"), verb;
        /// The number under which it lies in the archive.
        archive_number = 58, Text(64), "档案编号", verb;
        /// The return visit that it came from. Source: R-FIX-22.
        visit = 59, Ref(Visit), "来源回访";
        /// The written report to the company. Source: R-FIX-15.
        company_report = 60, Text(8000), "书面报告", verb;
        /// When that report was handed in.
        company_reported_at = 61, Instant, "书面报告时间", verb;
        /// How long its clocks stood on the present level of the chain, in seconds. Source: R-FIX-17.
        level_paused_s = 62, Int(0, 9_000_000_000), "本层级暂停秒数", kernel;
        /// How long they stood on that level, in civil days.
        level_paused_days = 63, Int(0, 100_000), "本层级暂停天数", kernel, made_from("level_paused_s");
        /// How long they stood on that level, in working days, where the calendar has the years.
        level_paused_workdays = 64, Int(0, 100_000), "本层级暂停工作日数", kernel, made_from("level_paused_s");
        /// How long they stood on that level, in seconds of working time, where the calendar has the years.
        level_paused_work_s = 65, Int(0, 9_000_000_000), "本层级暂停工作秒数", kernel, made_from("level_paused_s");
        /// How the company's limits were explained to a customer who accepts no solution. Source: R-FIX-20.
        limits_explained = 66, Text(4000), "公司限度说明", verb;
        /// Where else the customer can turn: a mediator, an authority, a court. Source: R-FIX-20.
        recourse = 67, Text(400), "其他救济途径", verb;
        /// The written reply to the customer. Source: R-FIX-15.
        written_reply = 68, Text(8000), "书面答复", verb;
        /// When that reply was sent.
        replied_at = 69, Instant, "书面答复时间", verb;
        /// Whether the source of a record of the past does not tell what the verbs would have asked for: cause, solution,
        /// result, satisfaction, lesson, report, case. A manager sets it when the record is added, or created by a put, and not
        /// later. Who takes it away gives what it stood for. It never frees the verb close.
        facts_unknown = 70, Bool, "经过无从查考", verb;
        /// The latest calendar year by which a deadline was decided, or a pause began or was counted, and that was not announced
        /// then; absent for none.
        provisional_year = 71, Int(1, 9999), "暂用日历年度", kernel, made_from("deadline_on", "acknowledge_by", "respond_by", "escalate_by", "pauses_provisional_year");
        /// The latest calendar year by which a pause of this round was counted and that was not announced then; absent for none.
        /// A reassessment counts the pauses anew, from the journal; where that has a gap, the sums and this mark stay.
        pauses_provisional_year = 72, Int(1, 9999), "暂停暂用日历年度", kernel, made_from("paused_s");
        /// The dates that cannot be and were recorded as they are, with commas between; absent when all can be.
        date_doubt = 99, Text(400), "存疑日期", kernel, made_from("@dates");
    }
    indexes {
        by_number = 20_000, [number], unique;
        by_external_ref = 20_001, [external_system, external_id], unique;
        open_by_deadline = 20_002, [deadline_on], states("received", "clarified", "solution_proposed", "solution_accepted", "followed_up", "escalated", "unaccepted", "suspended");
        by_customer_issue = 20_003, [customer, issue];
        open_by_escalation = 20_004, [escalate_by], states("received", "clarified", "solution_proposed", "solution_accepted", "followed_up", "escalated", "unaccepted");
    }
    counts {
        by_state_grade = 21_000, [state, grade];
        by_owner_state = 21_001, [owner, state];
    }
}
