//! The information item: one thing that the file of a customer holds, with where it comes from.

use super::entity::{entity, enumeration};

enumeration! {
    /// The section of a customer's file. Source: R-TEL-06.
    FileSection, "file_section" {
        /// The industry and the market.
        IndustryMarket = 1, "industry_market", "行业与市场";
        /// The strategic direction.
        Strategy = 2, "strategy", "战略方向";
        /// The organisation and how it is managed.
        Organisation = 3, "organisation", "组织与管理体系";
        /// The key persons.
        KeyPersons = 4, "key_persons", "关键人物";
        /// The basic facts.
        Basics = 5, "basics", "基本情况";
        /// What is known of those who decide.
        DecisionMakers = 6, "decision_makers", "决策人资料";
        /// How the customer purchases.
        Purchasing = 7, "purchasing", "采购流程";
        /// What it invests and plans to need.
        Investment = 8, "investment", "投资规模与需求计划";
        /// What we make of it.
        Analysis = 9, "analysis", "综合分析";
    }
}

enumeration! {
    /// How near to the customer the source of an item is. Source: R-TEL-08, R-TEL-09, R-TEL-10, R-TEL-11.
    SourceLevel, "source_level" {
        /// Level 1: public material of the company itself.
        PublicMaterial = 1, "public_material", "一级：企业公开资料";
        /// Level 2: reports of others, such as analysts, journals and authorities.
        ExternalReport = 2, "external_report", "二级：外部报告";
        /// Level 3: contacts inside the customer, or parties that work closely with it.
        Contact = 3, "contact", "三级：内部联系人及合作方";
        /// Level 4: an insider close to us.
        Insider = 4, "insider", "四级：关系密切的内部人士";
    }
}

entity! {
    /// One thing that the file of a customer holds, with its section and the level of its source. Source: R-TEL-06, R-TEL-08.
    InformationItem, "information_item", "information_items", "客户信息", state none, code code {
        /// The company's own code of the item.
        code = 1, Text(64), "信息编号";
        /// The other system that knows the item.
        external_system = 2, Text(32), "外部系统";
        /// The item's id in that system.
        external_id = 3, Text(128), "外部编号";
        /// The customer whom it is about.
        customer = 4, Ref(Customer), "客户", required, indexed;
        /// The section of the file that it belongs to.
        section = 5, Enum(FileSection), "档案部分", required;
        /// How near to the customer its source is.
        level = 6, Enum(SourceLevel), "信息级别", required, indexed;
        /// What it is about, in a few words.
        title = 7, Text(200), "标题", required;
        /// What is known.
        content = 8, Text(8000), "内容", sensitive;
        /// Where it comes from, such as the title of a report. Source: R-TEL-09.
        origin = 9, Text(400), "来源";
        /// Who told it. Source: R-TEL-10, R-TEL-11.
        person = 10, Ref(Person), "信息提供人";
        /// The day on which it was learned.
        obtained_on = 11, Date, "获取日期", required;
        /// The day on which it was last found to be true still. Source: R-TEL-15.
        verified_on = 12, Date, "核实日期";
        /// The user who is responsible for it.
        owner = 13, Text(64), "负责人", required, indexed;
        /// Who found that it may be kept and used; an item of level 4 needs one other than its owner. Source: R-TEL-11.
        compliance_reviewer = 14, Text(64), "合规审核人";
        /// Free remarks.
        note = 40, Text(4000), "备注";
        /// The dates that cannot be and were recorded as they are, with commas between; absent when all can be.
        date_doubt = 99, Text(400), "存疑日期", kernel, made_from("@dates");
    }
    indexes {
        by_code = 20_000, [code], unique;
        by_external_ref = 20_001, [external_system, external_id], unique;
        by_customer_section = 20_002, [customer, section];
    }
}
