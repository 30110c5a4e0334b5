//! The satisfaction score: how satisfied a customer is in a period, put together of three parts.

use super::entity::entity;

entity! {
    /// The satisfaction of a customer in a period: contract performance, awards and questionnaire. Source: R-ENG-14.
    SatisfactionScore, "satisfaction_score", "satisfaction_scores", "满意度评分", state none, code code {
        /// The company's own code of the score.
        code = 1, Text(64), "评分编号";
        /// The other system that knows the score.
        external_system = 2, Text(32), "外部系统";
        /// The score's id in that system.
        external_id = 3, Text(128), "外部编号";
        /// The customer.
        customer = 4, Ref(Customer), "客户", required, indexed;
        /// The first day of the period.
        period_from = 5, Date, "期间起", required;
        /// The last day of the period.
        period_until = 6, Date, "期间止", required;
        /// The points of contract performance, of 100.
        contract_points = 7, Int(0, 100), "合同履约得分";
        /// The points of the awards won, of 100.
        award_points = 8, Int(0, 100), "获奖得分";
        /// The points that the customer's answers in the period got.
        questionnaire_points = 9, Int(0, 1_000_000_000_000), "问卷得分合计", kernel, made_from("survey_answer.points");
        /// The points that they could have got.
        questionnaire_possible = 10, Int(0, 1_000_000_000_000), "问卷满分合计", kernel;
        /// The score in hundredths of a percent, rounded half up.
        score_hundredths = 11, Int(0, 10_000), "满意度（万分之一）", indexed, kernel, made_from("contract_points", "award_points", "questionnaire_points", "questionnaire_possible");
        /// Free remarks.
        note = 40, Text(4000), "备注";
        /// The dates that cannot be and were recorded as they are, with commas between; absent when all can be.
        date_doubt = 99, Text(400), "存疑日期", kernel, made_from("@dates");
    }
    indexes {
        by_code = 20_000, [code], unique;
        by_external_ref = 20_001, [external_system, external_id], unique;
        by_customer_period = 20_002, [customer, period_from, period_until], unique;
    }
}
