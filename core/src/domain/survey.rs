//! The survey: what customers are asked in a period, and what they answer.

use super::entity::{entity, enumeration};

enumeration! {
    /// Where a survey stands.
    SurveyState, "survey_state" {
        /// Answers come in.
        Open = 1, "open", "进行中";
        /// Its score is taken.
        Closed = 2, "closed", "已结束";
    }
}

entity! {
    /// A satisfaction survey: questions for customers in a period. Source: R-FIX-32, R-GEN-16, R-DEV-12.
    Survey, "survey", "surveys", "满意度调查", state state, code code {
        /// The company's own code of the survey.
        code = 1, Text(64), "调查编号";
        /// The other system that knows the survey.
        external_system = 2, Text(32), "外部系统";
        /// The survey's id in that system.
        external_id = 3, Text(128), "外部编号";
        /// What it is called.
        title = 4, Text(200), "名称", required;
        /// Where it stands.
        state = 5, Enum(SurveyState), "状态", required, indexed, verb;
        /// The first day of the period that it is about.
        period_from = 6, Date, "期间起", required, indexed;
        /// The last day of that period.
        period_until = 7, Date, "期间止", required;
        /// The questions, one a line.
        questions = 8, Text(8000), "问题", required;
        /// The points that the best answer to a question gets.
        points_max = 9, Int(1, 100), "满分", required;
        /// The sum of the points of all answers.
        points = 10, Int(0, 1_000_000_000_000), "得分合计", kernel;
        /// The sum of the points that they could have got.
        points_possible = 11, Int(0, 1_000_000_000_000), "满分合计", kernel;
        /// The score in hundredths of a percent, rounded half up.
        score_hundredths = 12, Int(0, 10_000), "满意度（万分之一）", kernel, made_from("points", "points_possible");
        /// When it was closed.
        closed_at = 13, Instant, "结束时间", required_in("closed"), verb;
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
