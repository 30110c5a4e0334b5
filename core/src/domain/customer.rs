//! The customer: a party that buys, bought or may buy.

use super::entity::{entity, enumeration};

enumeration! {
    /// What kind of party a customer is. Source: R-LAW-01.
    PartyKind, "party_kind" {
        /// A company or another institution.
        Organisation = 1, "organisation", "单位";
        /// A natural person.
        Individual = 2, "individual", "个人";
        /// Another legal person, such as an association or a foundation.
        OtherLegalPerson = 3, "other_legal_person", "其他法人";
    }
}

enumeration! {
    /// What a customer does with what it buys. Source: R-GEN-06.
    CustomerKind, "customer_kind" {
        /// Sells it on in wholesale.
        Dealer = 1, "dealer", "经销商";
        /// Sells it to those who use it.
        Retailer = 2, "retailer", "零售商";
        /// Makes goods of it to order.
        ContractManufacturer = 3, "contract_manufacturer", "委托加工工厂";
        /// Uses it.
        Consumer = 4, "consumer", "消费者";
    }
}

enumeration! {
    /// Where a customer stands in the relationship.
    CustomerStatus, "customer_status" {
        /// Known, but does not buy yet.
        Prospect = 1, "prospect", "潜在";
        /// Buys.
        Active = 2, "active", "活跃";
        /// Bought, but not of late.
        Dormant = 3, "dormant", "休眠";
        /// Gone to another supplier, or out of business.
        Lost = 4, "lost", "流失";
    }
}

enumeration! {
    /// The document that proves a customer's identity.
    IdentityKind, "identity_kind" {
        /// The resident identity card.
        ResidentCard = 1, "resident_card", "居民身份证";
        /// A passport.
        Passport = 2, "passport", "护照";
        /// The unified social credit code of an organisation.
        SocialCreditCode = 3, "social_credit_code", "统一社会信用代码";
        /// Another document that the law accepts.
        Other = 9, "other", "其他证件";
    }
}

entity! {
    /// A party that buys, bought or may buy.
    Customer, "customer", "customers", "客户", state status, code code {
        /// The company's own code of the customer.
        code = 1, Text(64), "客户编号";
        /// The other system that knows the customer, such as `erp`.
        external_system = 2, Text(32), "外部系统";
        /// The customer's id in that system.
        external_id = 3, Text(128), "外部编号";
        /// The full name.
        name = 4, Text(200), "客户名称", required;
        /// The short name in everyday use.
        short_name = 5, Text(100), "简称";
        /// The name in pinyin, for finding it.
        pinyin = 6, Text(400), "拼音", made_from("name");
        /// What kind of party it is.
        party_kind = 7, Enum(PartyKind), "主体类型";
        /// Where the customer stands in the relationship.
        status = 8, Enum(CustomerStatus), "客户状态", required, indexed, verb;
        /// The class that the company's regulation gives, such as `key` or `general`.
        class = 9, Text(32), "客户分类", indexed;
        /// The number that the kernel gives with granted key status. A manager's add or put of history may bring one, with the
        /// facts of its grant: granted_class, grant_approver and granted_at. Source: R-FIX-05.
        key_customer_number = 10, Text(64), "重点客户编号", verb;
        /// The user who is responsible.
        owner = 11, Text(64), "负责人", indexed;
        /// The organisational unit that the customer belongs to.
        org_unit = 12, Text(64), "所属机构";
        /// The administrative region, such as a GB/T 2260 code or a name.
        region = 13, Text(64), "地区", indexed;
        /// The industry.
        industry = 14, Text(64), "行业";
        /// The postal address.
        address = 15, Text(400), "地址";
        /// The telephone number.
        phone = 16, Text(64), "电话", sensitive;
        /// The e-mail address.
        email = 17, Text(254), "电子邮箱", sensitive;
        /// The web address.
        website = 18, Text(254), "网址";
        /// The parent customer.
        parent = 19, Ref(Customer), "上级客户";
        /// The number of employees.
        employee_count = 20, Int(0, 1_000_000_000), "员工人数";
        /// The turnover of a year.
        annual_revenue = 21, Money, "年营业额";
        /// The credit limit granted.
        credit_limit = 22, Money, "信用额度";
        /// The year in which it was founded, not later than the present one. Companies that trade today were founded from about 1000 on.
        founded_year = 23, Int(1000, 2200), "成立年份";
        /// The day of the first contract, the anchor of repeating visits.
        signed_on = 24, Date, "签约日期";
        /// The day on which the next contact is due.
        next_due_on = 26, Date, "下次应访日期", indexed;
        /// Where the customer was heard of.
        source = 27, Text(64), "来源";
        /// The document that proves the identity.
        identity_kind = 30, Enum(IdentityKind), "证件类型", sensitive;
        /// The number of that document.
        identity_number = 31, Text(64), "证件号码", sensitive;
        /// The last day on which that document is valid.
        identity_valid_until = 32, Date, "证件有效期", sensitive;
        /// The day on which the identity was verified.
        identity_verified_on = 33, Date, "身份核实日期";
        /// The natural person who finally owns or controls the customer.
        beneficial_owner = 34, Text(200), "受益所有人", sensitive;
        /// The purpose of the relationship.
        relation_purpose = 35, Text(200), "建立关系目的";
        /// The birthday of a natural person.
        birthday = 36, Date, "生日", sensitive;
        /// The occupation of a natural person.
        occupation = 37, Text(64), "职业";
        /// Why the customer was lost.
        lost_reason = 38, Text(200), "流失原因", verb;
        /// Free remarks.
        note = 40, Text(4000), "备注";
        /// The class by value, such as quality or promising. Source: R-SEG-01, R-TIER-01.
        value_class = 41, Text(32), "价值分类", indexed;
        /// The class by need. Source: R-SEG-01, R-TIER-01.
        need_class = 42, Text(32), "需求分类", indexed;
        /// The class by behaviour, such as active or dormant. Source: R-TIER-01.
        behaviour_class = 43, Text(32), "行为分类", indexed;
        /// The class by closeness of the relationship. Source: R-TIER-01.
        closeness_class = 44, Text(32), "紧密度分类", indexed;
        /// The class that was granted. Source: R-FIX-05.
        granted_class = 45, Text(32), "认定分类", verb;
        /// Who approved the grant. Source: R-FIX-05.
        grant_approver = 46, Text(64), "认定审批人", verb;
        /// When the class was granted.
        granted_at = 47, Instant, "认定时间", verb;
        /// Whether visits are planned as the class asks for.
        visits_planned = 48, Bool, "已安排回访计划", kernel;
        /// The event reported last, such as `installation_completed`. Source: R-FIX-28.
        event = 49, Text(64), "事件", verb;
        /// The day of that event.
        event_on = 50, Date, "事件日期", verb;
        /// The month and day of the birthday, such as 229, for finding whose is near. Source: R-GEN-11.
        birthday_month_day = 51, Int(101, 1231), "生日月日", sensitive, indexed, kernel, made_from("birthday");
        /// What the customer does with what it buys. Source: R-GEN-06.
        kind = 52, Enum(CustomerKind), "客户类型";
        /// The number of the supply contract. Source: R-KA-05.
        supply_contract_number = 53, Text(64), "供货合同编号";
        /// The day on which the supply contract was signed. Source: R-KA-05.
        supply_contract_on = 54, Date, "供货合同签订日期";
        /// Who signed the supply contract for each side. Source: R-KA-05, R-SEL-03.
        supply_contract_signatories = 55, Text(200), "供货合同签署人", sensitive;
        /// The number of the quality-assurance contract. Source: R-KA-05.
        quality_contract_number = 56, Text(64), "质量保证合同编号";
        /// The day on which the quality-assurance contract was signed. Source: R-KA-05.
        quality_contract_on = 57, Date, "质量保证合同签订日期";
        /// The day on which its certification was applied for, on an investigation that found it suitable. Source: R-KA-03.
        certification_applied_on = 58, Date, "认证申请日期", kernel;
        /// The calendar year by which a due day was decided and that was not announced then; absent for none.
        provisional_year = 59, Int(1, 9999), "暂用日历年度", kernel, made_from("next_due_on");
        /// The dates that cannot be and were recorded as they are, with commas between; absent when all can be.
        date_doubt = 99, Text(400), "存疑日期", kernel, made_from("@dates");
    }
    indexes {
        by_code = 20_000, [code], unique;
        by_external_ref = 20_001, [external_system, external_id], unique;
        by_key_customer_number = 20_002, [key_customer_number], unique;
        by_owner_due = 20_003, [owner, next_due_on];
    }
    counts {
        by_status = 21_000, [status];
        by_class = 21_001, [class];
        by_owner = 21_002, [owner];
        by_region = 21_003, [region];
    }
}
