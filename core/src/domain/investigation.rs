//! The investigation: what is found out about a customer before it is taken on, from documents and on site.

use super::entity::{entity, enumeration};

enumeration! {
    /// How a customer is investigated. Source: R-KA-02, R-KA-03, R-SEL-02.
    InvestigationKind, "investigation_kind" {
        /// From its documents and by talking to its head.
        General = 1, "general", "一般调查";
        /// At the customer, by departments of the company.
        OnSite = 2, "on_site", "实地调查";
    }
}

enumeration! {
    /// Where an investigation stands.
    InvestigationState, "investigation_state" {
        /// Under way.
        Open = 1, "open", "进行中";
        /// It has a result.
        Settled = 2, "settled", "已完成";
        /// The certification was applied for on its result.
        Applied = 3, "applied", "已申请";
        /// Called off.
        Cancelled = 4, "cancelled", "取消";
    }
}

enumeration! {
    /// What an investigation comes to.
    InvestigationOutcome, "investigation_outcome" {
        /// The customer is fit to go on with.
        Suitable = 1, "suitable", "合格";
        /// It is not.
        Unsuitable = 2, "unsuitable", "不合格";
    }
}

entity! {
    /// An investigation of a customer, and the application that comes of it. What each kind needs, and which departments take
    /// part, the policy says. Source: R-KA-02, R-KA-03, R-KA-04, R-SEL-02.
    Investigation, "investigation", "investigations", "客户调查", state state, code code {
        /// The company's own code of the investigation.
        code = 1, Text(64), "调查编号";
        /// The other system that knows the investigation.
        external_system = 2, Text(32), "外部系统";
        /// The investigation's id in that system.
        external_id = 3, Text(128), "外部编号";
        /// The customer who is investigated.
        customer = 4, Ref(Customer), "客户", required, indexed;
        /// How it is done.
        kind = 5, Enum(InvestigationKind), "调查类型", required, indexed;
        /// Where it stands.
        state = 6, Enum(InvestigationState), "状态", required, indexed, verb;
        /// The user who is responsible.
        owner = 7, Text(64), "负责人", required, indexed;
        /// The history of the customer. Source: R-KA-02.
        company_history = 10, Text(4000), "沿革";
        /// The overview of the customer. Source: R-KA-02.
        overview = 11, Text(4000), "概况";
        /// The latest annual accounts. Source: R-KA-02.
        annual_accounts = 12, Text(4000), "最近年度决算", sensitive;
        /// The year that these accounts are of.
        accounts_year = 13, Int(1, 9999), "决算年度";
        /// The product guide. Source: R-KA-02.
        product_guide = 14, Text(4000), "产品介绍";
        /// The catalogue. Source: R-KA-02.
        catalogue = 15, Text(4000), "产品目录";
        /// The head of the customer who was talked to. Source: R-KA-02.
        head = 16, Ref(Person), "面谈负责人";
        /// What came of the talk with the head. Source: R-KA-02.
        head_talk = 17, Text(4000), "与负责人面谈", sensitive;
        /// What came of the talk with the technical head. Source: R-SEL-02.
        technical_talk = 18, Text(4000), "与技术负责人面谈", sensitive;
        /// The departments that took part, with commas between. Source: R-KA-03, R-SEL-02.
        departments = 19, Text(400), "参加部门";
        /// What was found.
        result = 20, Text(4000), "调查结果", required_in("settled", "applied"), sensitive, verb;
        /// What it comes to.
        outcome = 21, Enum(InvestigationOutcome), "调查结论", required_in("settled", "applied"), verb;
        /// When it was settled.
        settled_at = 22, Instant, "完成时间", required_in("settled", "applied"), verb;
        /// Application: why. Source: R-KA-04.
        application_reason = 23, Text(4000), "申请理由", required_in("applied"), verb;
        /// Application: how the customer is dealt with. Source: R-KA-04.
        trade_policy = 24, Text(4000), "交易方针", required_in("applied"), verb;
        /// Application: the goods. Source: R-KA-04.
        goods = 25, Text(4000), "交易货物", required_in("applied"), verb;
        /// Application: the amount of the goods. Source: R-KA-04.
        goods_amount = 26, Money, "交易金额", required_in("applied"), verb;
        /// When it was applied for.
        applied_at = 27, Instant, "申请时间", required_in("applied"), verb;
        /// Why it was called off.
        reason = 28, Text(400), "取消原因", required_in("cancelled"), verb;
        /// Free remarks.
        note = 40, Text(4000), "备注";
        /// The dates that cannot be and were recorded as they are, with commas between; absent when all can be.
        date_doubt = 99, Text(400), "存疑日期", kernel, made_from("@dates");
    }
    indexes {
        by_code = 20_000, [code], unique;
        by_external_ref = 20_001, [external_system, external_id], unique;
        by_customer_kind = 20_002, [customer, kind];
    }
}
