//! The verbs: the state machines of visit, complaint and customer, as one table.

use super::command::Level;
use super::entity::EntityKind;

/// Where a verb leads.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Target {
    /// To the state of this name.
    State(&'static str),
    /// The state stays.
    Same,
    /// To the state from which the record was suspended.
    Resumed,
}

/// A verb of an entity: from which states it leads where, what it takes and who may use it.
#[derive(Debug, PartialEq, Eq)]
pub struct Verb {
    /// The stable number, as the C constants use it; never reused. The hundreds are the entity.
    pub number: i32,
    /// The entity.
    pub entity: EntityKind,
    /// The name in snake case.
    pub name: &'static str,
    /// The Chinese label.
    pub label_zh: &'static str,
    /// What it does.
    pub doc: &'static str,
    /// The states in which it is allowed.
    pub from: &'static [&'static str],
    /// Where it leads.
    pub to: Target,
    /// The inputs that it must get.
    pub required: &'static [&'static str],
    /// The inputs that it may get.
    pub optional: &'static [&'static str],
    /// What earlier steps must have recorded: it is there when the verb is done, and when a record is put behind it.
    pub rests_on: &'static [&'static str],
    /// What a record beside that owes which is put behind the verb.
    pub put_owes: &'static [&'static str],
    /// The instant that it sets to the present one when the caller gives none; empty for none.
    pub stamps: &'static str,
    /// The level that it asks of the actor.
    pub level: Level,
    /// Whether a put may not go this way: what the verb does cannot be told by the state that it leads to.
    pub only_done: bool,
    /// Whether it is a way beside the usual one: of a record that is put into a state behind it, the usual way is assumed.
    pub is_aside: bool,
    /// The rule that gives the step its place, with its source; `None` for one of the kernel's own.
    pub basis: Option<(&'static str, &'static str)>,
}

impl Verb {
    /// The verb of an entity with a name.
    pub fn named(entity: EntityKind, name: &str) -> Option<&'static Verb> {
        VERBS.iter().find(|v| v.entity == entity && v.name == name)
    }

    /// The verb with a number.
    pub fn numbered(number: i32) -> Option<&'static Verb> {
        VERBS.iter().find(|v| v.number == number)
    }
}

const fn verb(number: i32, entity: EntityKind, name: &'static str, label_zh: &'static str, doc: &'static str) -> Verb {
    Verb {
        number,
        entity,
        name,
        label_zh,
        doc,
        from: &[],
        to: Same,
        required: &[],
        optional: &[],
        rests_on: &[],
        put_owes: &[],
        stamps: "",
        level: Level::Edit,
        only_done: false,
        is_aside: false,
        basis: None,
    }
}

impl Verb {
    const fn leads(mut self, from: &'static [&'static str], to: Target) -> Self {
        self.from = from;
        self.to = to;
        self
    }

    const fn takes(mut self, required: &'static [&'static str], optional: &'static [&'static str]) -> Self {
        self.required = required;
        self.optional = optional;
        self
    }

    const fn rests_on(mut self, facts: &'static [&'static str]) -> Self {
        self.rests_on = facts;
        self
    }

    const fn put_owes(mut self, facts: &'static [&'static str]) -> Self {
        self.put_owes = facts;
        self
    }

    const fn stamps(mut self, field: &'static str) -> Self {
        self.stamps = field;
        self
    }

    const fn only_done(mut self) -> Self {
        self.only_done = true;
        self
    }

    const fn aside(mut self) -> Self {
        self.is_aside = true;
        self
    }

    const fn by(mut self, rule: &'static str, source: &'static str) -> Self {
        self.basis = Some((rule, source));
        self
    }

    const fn asks(mut self, level: Level) -> Self {
        self.level = level;
        self
    }
}

use EntityKind::{
    Action, Appeal, Complaint, Customer, CustomerPlan, Investigation, OrgUnit, Review, Survey, User, Visit,
};
use Target::{Resumed, Same, State};

/// Every state of a customer.
const EVERY: &[&str] = &["prospect", "active", "dormant", "lost"];
/// The states in which a complaint is worked on.
const WORKED: &[&str] =
    &["received", "clarified", "solution_proposed", "solution_accepted", "followed_up", "escalated", "unaccepted"];
/// The states in which a complaint is not settled.
const OPEN: &[&str] = &[
    "received",
    "clarified",
    "solution_proposed",
    "solution_accepted",
    "followed_up",
    "escalated",
    "unaccepted",
    "suspended",
];

/// Every verb of every entity, each entity's in the hundreds of its number.
pub static VERBS: &[Verb] = &[
    verb(101, Customer, "activate", "启用", "Takes up or resumes business with the customer.")
        .leads(&["prospect", "dormant", "lost"], State("active")),
    verb(102, Customer, "rest", "转休眠", "Marks the customer as not buying of late.")
        .leads(&["active"], State("dormant")),
    verb(103, Customer, "lose", "转流失", "Marks the customer as lost.")
        .leads(&["prospect", "active", "dormant"], State("lost"))
        .takes(&["lost_reason"], &[]),
    verb(104, Customer, "grant", "客户认定", "Grants a class that the policy gives by approval. Source: R-FIX-05.")
        .leads(EVERY, Same)
        .takes(&["granted_class", "grant_approver"], &["granted_at"])
        .stamps("granted_at")
        .asks(Level::Manage)
        .by("R-FIX-05", "F2 Art. 4.4"),
    verb(105, Customer, "revoke", "取消认定", "Takes a granted class and its number away.")
        .leads(EVERY, Same)
        .asks(Level::Manage)
        .by("R-FIX-05", "F2 Art. 4.4"),
    verb(106, Customer, "plan_visits", "安排回访计划", "Plans the visits that the class asks for. Source: R-MNT-06.")
        .leads(&["prospect", "active", "dormant"], Same)
        .by("R-MNT-06", "F0 §15 Art. 3.2"),
    verb(107, Customer, "end_visits", "停止回访计划", "Plans no more visits, and calls off those ahead.")
        .leads(&["prospect", "active", "dormant", "lost"], Same)
        .by("R-MNT-06", "F0 §15 Art. 3.2"),
    verb(
        108,
        Customer,
        "report_event",
        "登记事件",
        "Records an event that asks for a contact, such as a completed installation. Source: R-FIX-28.",
    )
    .leads(&["prospect", "active", "dormant", "lost"], Same)
    .takes(&["event"], &["event_on"])
    .by("R-FIX-28", "F2 Art. 8.1"),
    verb(301, Visit, "hold", "拜访", "Records that the visit took place.")
        .leads(&["planned"], State("held"))
        .takes(&[], &["held_at", "duration_s", "channel", "person", "result", "satisfaction", "complaint_issue"])
        .stamps("held_at")
        .by("R-MNT-05", "F0 §15 Art. 2.5"),
    verb(302, Visit, "report", "报告", "Hands in the report of the visit. Source: R-MNT-05.")
        .leads(&["held"], State("reported"))
        .takes(&["report"], &["result", "satisfaction", "complaint_issue", "reported_at"])
        .stamps("reported_at")
        .by("R-MNT-05", "F0 §15 Art. 2.5"),
    verb(303, Visit, "review", "审核", "Reviews the report; the reviewer is not the visitor. Source: R-MNT-05.")
        .leads(&["reported"], State("reviewed"))
        .takes(&[], &["review_note", "reviewed_at"])
        .stamps("reviewed_at")
        .asks(Level::Manage)
        .by("R-MNT-05", "F0 §15 Art. 2.5"),
    verb(304, Visit, "miss", "未访", "Records that the visit did not take place in its time.")
        .leads(&["planned"], State("missed"))
        .takes(&[], &["reason"])
        .by("R-MNT-05", "F0 §15 Art. 2.5"),
    verb(305, Visit, "cancel", "取消", "Calls the visit off.")
        .leads(&["planned"], State("cancelled"))
        .takes(&["reason"], &[])
        .by("R-MNT-05", "F0 §15 Art. 2.5"),
    verb(401, Complaint, "acknowledge", "告知受理", "Tells the customer that the complaint is received.")
        .leads(WORKED, Same)
        .takes(&[], &["acknowledged_at"])
        .stamps("acknowledged_at"),
    verb(402, Complaint, "clarify", "澄清", "Records facts and cause.")
        .leads(&["received", "escalated"], State("clarified"))
        .takes(&["cause"], &["liable_party", "complexity", "issue", "sub_issue"])
        .by("R-FIX-19", "F2 Art. 7.3"),
    verb(
        403,
        Complaint,
        "propose",
        "提出方案",
        "Offers a solution with its date and reason; an earlier rejection is of another solution, and goes. Source: R-FIX-20, R-EDU-09.",
    )
    .leads(&["clarified", "escalated"], State("solution_proposed"))
    .takes(&["solution", "promised_on", "promise_reason"], &["responded_at"])
    .stamps("responded_at")
    .by("R-FIX-19", "F2 Art. 7.3"),
    verb(404, Complaint, "accept", "认可", "Records that the customer accepts the solution.")
        .leads(&["solution_proposed"], State("solution_accepted"))
        .by("R-FIX-19", "F2 Art. 7.3"),
    verb(405, Complaint, "reject", "不认可", "Records that the customer rejects the solution; back to clarified.")
        .leads(&["solution_proposed"], State("clarified"))
        .takes(&["rejection_reason"], &[])
        .by("R-FIX-19", "F2 Art. 7.3"),
    verb(
        406,
        Complaint,
        "follow_up",
        "跟踪回访",
        "Tells the result and asks whether the customer is satisfied. Source: R-FIX-21.",
    )
    .leads(&["solution_accepted", "unaccepted"], State("followed_up"))
    .takes(&["outcome", "satisfaction"], &[])
    .by("R-FIX-19", "F2 Art. 7.3"),
    verb(407, Complaint, "close", "办结", "Closes the complaint with its lesson. Source: R-EDU-10, R-FIX-18.")
        .leads(&["followed_up"], State("closed"))
        .takes(&["lesson"], &["case_written", "closed_at"])
        .rests_on(&["cause", "solution", "promised_on", "promise_reason"])
        .stamps("closed_at")
        .by("R-FIX-19", "F2 Art. 7.3"),
    verb(
        408,
        Complaint,
        "escalate",
        "升级",
        "Hands the complaint up to the next level of the chain, to another than its owner; it becomes major. Source: R-FIX-16, R-FIX-17.",
    )
    .leads(WORKED, State("escalated"))
    .takes(&["escalated_to", "reason"], &[])
    .by("R-FIX-17", "F2 Art. 7.2.3"),
    verb(
        409,
        Complaint,
        "withdraw",
        "撤回",
        "Ends the procedure because the customer takes the complaint back. Source: L-BNK-4.",
    )
    .leads(OPEN, State("withdrawn"))
    .takes(&[], &["reason"])
    .put_owes(&["reason"])
    .by("L-BNK-4", "CBIRC Order 2020 No. 3 Art. 15"),
    verb(410, Complaint, "suspend", "暂停", "Stops the work and its clocks for a time.")
        .leads(WORKED, State("suspended"))
        .takes(&["reason"], &[]),
    verb(411, Complaint, "resume", "恢复", "Takes the work up where it was suspended.").leads(&["suspended"], Resumed),
    verb(
        412,
        Complaint,
        "extend",
        "延期",
        "Approves a longer deadline, by days or by a higher complexity. Source: L-BNK-1.",
    )
    .leads(WORKED, Same)
    .takes(&["reason"], &["extension_days", "complexity", "extension_approver"])
    .asks(Level::Manage)
    .by("L-BNK-1", "CBIRC Order 2020 No. 3: after approval"),
    verb(413, Complaint, "report", "书面报告", "Hands in the written report to the company. Source: R-FIX-15.")
        .leads(WORKED, Same)
        .takes(&["company_report"], &["company_reported_at"])
        .stamps("company_reported_at")
        .by("R-FIX-15", "F2 Art. 7.2.2"),
    verb(
        414,
        Complaint,
        "reopen",
        "重新受理",
        "Takes a closed complaint up again; it counts as the same issue once more.",
    )
    .leads(&["closed"], State("received"))
    .takes(&["reason"], &[])
    .only_done(),
    verb(415, Complaint, "archive", "归档", "Puts a settled complaint into the archive. Source: R-FIX-23.")
        .leads(&["closed", "withdrawn"], State("archived"))
        .takes(&[], &["archive_number", "archived_at"])
        .stamps("archived_at")
        .by("R-FIX-23", "F2 Art. 7.3.5"),
    verb(416, Complaint, "request_extension", "申请延期", "Asks for a longer deadline; a manager extends or refuses.")
        .leads(WORKED, Same)
        .takes(&["extension_days", "reason"], &[])
        .by("L-BNK-1", "CBIRC Order 2020 No. 3: after approval"),
    verb(417, Complaint, "refuse_extension", "驳回延期", "Refuses the extension that was asked for.")
        .leads(WORKED, Same)
        .takes(&["reason"], &[])
        .asks(Level::Manage)
        .by("L-BNK-1", "CBIRC Order 2020 No. 3: after approval"),
    verb(
        418,
        Complaint,
        "conclude",
        "终结协商",
        "Ends the search for a solution that the customer accepts: explains the company's limits and names another \
         recourse. The customer rejected the present solution before. Source: R-FIX-20.",
    )
    .leads(&["clarified", "solution_proposed", "escalated"], State("unaccepted"))
    .takes(&["limits_explained", "recourse", "reason"], &[])
    .rests_on(&["cause", "solution", "rejection_reason"])
    .aside()
    .by("R-FIX-20", "F2 Art. 7.3.3"),
    verb(419, Complaint, "reply", "书面答复", "Sends the customer a written reply. Source: R-FIX-15.")
        .leads(WORKED, Same)
        .takes(&["written_reply"], &["replied_at"])
        .stamps("replied_at")
        .by("R-FIX-15", "F2 Art. 7.2.2"),
    verb(501, Action, "complete", "完成", "Records what was done.")
        .leads(&["planned", "ineffective"], State("done"))
        .takes(&["result"], &["done_at"])
        .stamps("done_at")
        .by("R-FIX-24", "F2 Art. 7.4"),
    verb(
        502,
        Action,
        "verify",
        "验证有效",
        "Confirms that the action works; another than who did it. Source: R-FIX-24.",
    )
    .leads(&["done"], State("effective"))
    .takes(&[], &["verification", "verified_at"])
    .stamps("verified_at")
    .by("R-FIX-24", "F2 Art. 7.4"),
    verb(503, Action, "fail", "验证无效", "Finds that the action does not work; it is to be done again.")
        .leads(&["done"], State("ineffective"))
        .takes(&["verification"], &["verified_at"])
        .stamps("verified_at")
        .by("R-FIX-24", "F2 Art. 7.4"),
    verb(504, Action, "cancel", "取消", "Calls the action off.")
        .leads(&["planned", "ineffective"], State("cancelled"))
        .takes(&["reason"], &[])
        .by("R-FIX-24", "F2 Art. 7.4"),
    verb(601, Appeal, "answer", "答复", "Answers the authority. Source: L-LOG-2, L-LOG-8.")
        .leads(&["received"], State("answered"))
        .takes(&["answer"], &["answered_at"])
        .stamps("answered_at")
        .by("L-LOG-2", "快递市场管理办法 (MoT Order 2023 No. 22) Art. 30"),
    verb(602, Appeal, "decide", "裁定", "Records what the authority decided. Source: L-LOG-7.")
        .leads(&["received", "answered"], State("decided"))
        .takes(&["outcome", "decision"], &["decided_at"])
        .stamps("decided_at"),
    verb(603, Appeal, "withdraw", "撤回", "Ends the appeal because the customer takes it back.")
        .leads(&["received", "answered"], State("withdrawn"))
        .takes(&[], &["reason"]),
    verb(701, Review, "decide", "决定", "Records what the superior decided on the review. Source: L-BNK-5.")
        .leads(&["requested"], State("decided"))
        .takes(&["outcome", "decision"], &["decided_at"])
        .stamps("decided_at")
        .asks(Level::Manage),
    verb(702, Review, "withdraw", "撤回", "Ends the review because the customer takes the request back.")
        .leads(&["requested"], State("withdrawn"))
        .takes(&[], &["reason"]),
    verb(901, Survey, "close", "结束", "Ends a survey and takes its score. Source: R-FIX-32.")
        .leads(&["open"], State("closed"))
        .takes(&[], &["closed_at"])
        .stamps("closed_at")
        .by("R-FIX-32", "F2 Art. 8.4"),
    verb(1501, OrgUnit, "upgrade", "机构升级", "Gives the unit another level. Source: R-CBK-06, R-CBK-07.")
        .leads(&["open"], Same)
        .takes(&["level", "level_since"], &["parent"])
        .asks(Level::Manage)
        .by("R-CBK-06", "F0 §9 Art. 8"),
    verb(1502, OrgUnit, "close", "撤销", "Closes the unit.")
        .leads(&["open"], State("closed"))
        .takes(&["closed_on"], &[])
        .asks(Level::Manage),
    verb(1601, User, "transfer", "调动", "Gives the user another unit or position. Source: R-CBK-11, R-CBK-12.")
        .leads(&["active"], Same)
        .takes(&["unit", "transferred_on"], &["position"])
        .asks(Level::Manage)
        .by("R-CBK-11", "F0 §9 Art. 11"),
    verb(1602, User, "suspend", "停用", "Takes the user out of use, such as when leaving. Source: R-CBK-11, R-CBK-12.")
        .leads(&["active"], State("suspended"))
        .takes(&[], &["left_on"])
        .asks(Level::Manage)
        .by("R-CBK-11", "F0 §9 Art. 11"),
    verb(1603, User, "resume", "恢复", "Takes the user into use again.")
        .leads(&["suspended"], State("active"))
        .asks(Level::Manage)
        .by("R-CBK-11", "F0 §9 Art. 11"),
    verb(
        1801,
        CustomerPlan,
        "approve",
        "审核通过",
        "Puts the plan in force; another than its owner does. Source: R-TEL-03.",
    )
    .leads(&["draft"], State("in_force"))
    .takes(&[], &["review_note", "approved_at"])
    .stamps("approved_at")
    .asks(Level::Manage)
    .by("R-TEL-03", "F0 §20 Art. 5"),
    verb(1802, CustomerPlan, "revise", "修订", "Takes a plan in force back to be changed; it is approved again then.")
        .leads(&["in_force"], State("draft"))
        .takes(&["reason"], &[])
        .only_done()
        .by("R-TEL-03", "F0 §20 Art. 5"),
    verb(1803, CustomerPlan, "end", "终止", "Ends the plan.")
        .leads(&["draft", "in_force"], State("ended"))
        .takes(&["reason"], &[]),
    verb(1901, Investigation, "settle", "完成调查", "Records what was found. Source: R-KA-02, R-SEL-02.")
        .leads(&["open"], State("settled"))
        .takes(&["result", "outcome"], &["settled_at"])
        .stamps("settled_at")
        .by("R-KA-02", "F4 §15 Art. 6"),
    verb(
        1902,
        Investigation,
        "apply",
        "提出申请",
        "Applies for the customer's certification on what was found on site. Source: R-KA-03, R-KA-04.",
    )
    .leads(&["settled"], State("applied"))
    .takes(&["application_reason", "trade_policy", "goods", "goods_amount"], &["applied_at"])
    .stamps("applied_at")
    .by("R-KA-03", "F4 §15 Art. 7"),
    verb(1903, Investigation, "cancel", "取消", "Calls the investigation off.")
        .leads(&["open"], State("cancelled"))
        .takes(&["reason"], &[]),
];
