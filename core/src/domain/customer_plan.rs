//! The customer plan: what the company means to do at a customer, in sections, reviewed before it is in force.

use super::entity::{entity, enumeration};

enumeration! {
    /// Where a customer plan stands.
    CustomerPlanState, "customer_plan_state" {
        /// It is drawn up.
        Draft = 1, "draft", "草拟";
        /// It was reviewed and holds.
        InForce = 2, "in_force", "执行中";
        /// It holds no more, or was dropped.
        Ended = 3, "ended", "终止";
    }
}

entity! {
    /// The plan for a customer. Its aims are the competitive position at the customer and the potential of the business
    /// (R-TEL-19). The summary stands alone; the other sections are confidential. Which of them a plan must have, the policy
    /// says under `required.customer_plan`; a company with other sections declares them as fields. Source: R-TEL-20.
    CustomerPlan, "customer_plan", "customer_plans", "客户计划", state state, code code {
        /// The company's own code of the plan.
        code = 1, Text(64), "计划编号";
        /// The other system that knows the plan.
        external_system = 2, Text(32), "外部系统";
        /// The plan's id in that system.
        external_id = 3, Text(128), "外部编号";
        /// The customer whom it is for.
        customer = 4, Ref(Customer), "客户", required, indexed;
        /// Where it stands.
        state = 5, Enum(CustomerPlanState), "状态", required, indexed, verb;
        /// The user who draws it up.
        owner = 6, Text(64), "负责人", required, indexed;
        /// The first day for which it is made.
        period_from = 7, Date, "期间起";
        /// The last day for which it is made.
        period_until = 8, Date, "期间止";
        /// The summary, which is read without the rest. Source: R-TEL-20.
        summary = 10, Text(4000), "计划摘要";
        /// Customer overview: the key persons.
        key_persons = 11, Text(8000), "客户概况：关键人物", sensitive;
        /// Customer overview: what it did of late.
        moves = 12, Text(8000), "客户概况：动向", sensitive;
        /// Customer overview: its position.
        position = 13, Text(8000), "客户概况：地位", sensitive;
        /// Customer overview: its market.
        market = 14, Text(8000), "客户概况：市场", sensitive;
        /// Customer overview: its strategy.
        strategy = 15, Text(8000), "客户概况：战略", sensitive;
        /// Customer overview: where it is going.
        trend = 16, Text(8000), "客户概况：发展趋势", sensitive;
        /// Customer overview: its strengths, weaknesses, opportunities and threats.
        customer_swot = 17, Text(8000), "客户概况：SWOT分析", sensitive;
        /// Customer overview: what it needs.
        needs = 18, Text(8000), "客户概况：需求", sensitive;
        /// Competition overview.
        competition = 19, Text(8000), "竞争概况", sensitive;
        /// Situation: the history of the business.
        business_history = 20, Text(8000), "形势评估：业务历史", sensitive;
        /// Situation: the present business.
        current_business = 21, Text(8000), "形势评估：当前业务", sensitive;
        /// Situation: where the relationship stands in its life-cycle.
        life_cycle = 22, Text(8000), "形势评估：关系生命周期", sensitive;
        /// Situation: our strengths, weaknesses, opportunities and threats.
        swot = 23, Text(8000), "形势评估：SWOT分析", sensitive;
        /// Situation: our relation with the key persons.
        key_person_relations = 24, Text(8000), "形势评估：与关键人物的关系", sensitive;
        /// How many of the sections are missing that the policy asks for of a plan in force; absent when it asks for none.
        missing_sections = 30, Int(0, 10_000), "缺少章节数", kernel, made_from(
            "key_persons", "moves", "position", "market", "strategy", "trend", "customer_swot", "needs", "competition",
            "business_history", "current_business", "life_cycle", "swot", "key_person_relations", "summary"
        );
        /// Who reviewed it.
        reviewer = 31, Text(64), "审核人", required_in("in_force"), verb;
        /// When it was put in force.
        approved_at = 32, Instant, "审核时间", required_in("in_force"), verb;
        /// What the reviewer remarked.
        review_note = 33, Text(2000), "审核意见", verb;
        /// Why it was revised or ended.
        reason = 34, Text(400), "修订或终止原因", required_in("ended"), verb;
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
