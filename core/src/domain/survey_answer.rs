//! The answer of a customer to a question of a survey.

use super::entity::entity;

entity! {
    /// The answer of a customer to a question of a survey. Source: R-FIX-32, R-GEN-08.
    SurveyAnswer, "survey_answer", "survey_answers", "问卷答复", state none, code code {
        /// The company's own code of the answer.
        code = 1, Text(64), "答复编号";
        /// The other system that knows the answer.
        external_system = 2, Text(32), "外部系统";
        /// The answer's id in that system.
        external_id = 3, Text(128), "外部编号";
        /// The survey.
        survey = 4, Ref(Survey), "调查", required, indexed;
        /// The customer who answers.
        customer = 5, Ref(Customer), "客户", required, indexed;
        /// The person who answers.
        person = 6, Ref(Person), "答复人";
        /// The line of the question, from 1.
        question = 7, Int(1, 400), "问题序号", required;
        /// The points; none when the question was left open, which counts for nothing.
        points = 8, Int(0, 100), "得分";
        /// What the customer says.
        remark = 9, Text(4000), "意见";
        /// When it was answered.
        answered_at = 10, Instant, "答复时间";
        /// The dates that cannot be and were recorded as they are, with commas between; absent when all can be.
        date_doubt = 99, Text(400), "存疑日期", kernel, made_from("@dates");
    }
    indexes {
        by_code = 20_000, [code], unique;
        by_external_ref = 20_001, [external_system, external_id], unique;
        by_question = 20_002, [survey, customer, question], unique;
    }
}
