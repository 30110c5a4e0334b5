//! The work year: the days of one year on which work and rest differ from the week, kept in the database.

use super::entity::entity;

entity! {
    /// One year of the working-day calendar, which takes the place of a built-in one. Source: L-HOL-1, L-CIV-4.
    WorkYear, "work_year", "work_years", "工作日历年度", state none, code code {
        /// The company's own code of the year.
        code = 1, Text(64), "编号";
        /// The other system that knows the year.
        external_system = 2, Text(32), "外部系统";
        /// The year's id in that system.
        external_id = 3, Text(128), "外部编号";
        /// The year.
        year = 4, Int(1900, 2200), "年度", required;
        /// The region, such as `CN`.
        region = 5, Text(32), "地区", required;
        /// The days from Monday to Friday that are not worked, such as `2027-01-01 2027-02-08`.
        rest_days = 6, Text(8000), "休息日";
        /// The Saturdays and Sundays that are worked.
        make_up_workdays = 7, Text(4000), "调休上班日";
        /// Further days on which the company rests.
        company_rest_days = 8, Text(8000), "公司休息日";
        /// Further days on which the company works.
        company_workdays = 9, Text(4000), "公司上班日";
        /// The notice that it comes from.
        source = 10, Text(400), "依据";
        /// Free remarks.
        note = 40, Text(4000), "备注";
        /// The dates that cannot be and were recorded as they are, with commas between; absent when all can be.
        date_doubt = 99, Text(400), "存疑日期", kernel, made_from("@dates");
    }
    indexes {
        by_code = 20_000, [code], unique;
        by_external_ref = 20_001, [external_system, external_id], unique;
        by_year = 20_002, [year], unique;
    }
}
