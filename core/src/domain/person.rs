//! The person: a contact or a key person at a customer.

use super::entity::{entity, enumeration};

enumeration! {
    /// What a person is to the customer.
    PersonRole, "person_role" {
        /// A contact for everyday matters.
        Contact = 1, "contact", "联系人";
        /// Decides on purchases.
        DecisionMaker = 2, "decision_maker", "决策人";
        /// Is listened to by those who decide.
        Influencer = 3, "influencer", "影响人";
        /// Uses what is bought.
        User = 4, "user", "使用人";
        /// A parent or guardian. Source: R-EDU-01.
        Guardian = 5, "guardian", "监护人";
        /// The legal representative.
        LegalRepresentative = 6, "legal_representative", "法定代表人";
    }
}

entity! {
    /// A natural person at a customer: a contact or a key person.
    Person, "person", "persons", "联系人", state none, code code {
        /// The company's own code of the person.
        code = 1, Text(64), "联系人编号";
        /// The other system that knows the person.
        external_system = 2, Text(32), "外部系统";
        /// The person's id in that system.
        external_id = 3, Text(128), "外部编号";
        /// The customer that the person belongs to.
        customer = 4, Ref(Customer), "客户", required, indexed;
        /// The full name.
        name = 5, Text(100), "姓名", required, sensitive;
        /// The name in pinyin, for finding it.
        pinyin = 6, Text(200), "拼音", sensitive, made_from("name");
        /// What the person is to the customer.
        role = 7, Enum(PersonRole), "角色";
        /// Whether the person is a key person.
        is_key = 8, Bool, "关键人物";
        /// The title.
        title = 9, Text(100), "职务";
        /// The department.
        department = 10, Text(100), "部门";
        /// The telephone number.
        phone = 11, Text(64), "电话", sensitive;
        /// The mobile telephone number.
        mobile = 12, Text(64), "手机", sensitive;
        /// The e-mail address.
        email = 13, Text(254), "电子邮箱", sensitive;
        /// The WeChat name.
        wechat = 14, Text(64), "微信", sensitive;
        /// The birthday. Source: R-GEN-11.
        birthday = 15, Date, "生日", sensitive;
        /// Another day to remember. Source: R-GEN-11.
        anniversary = 16, Date, "纪念日", sensitive;
        /// The user who keeps the contact.
        owner = 17, Text(64), "负责人", indexed;
        /// Interests and hobbies. Source: R-GEN-13.
        interests = 18, Text(400), "兴趣爱好", sensitive;
        /// Free remarks.
        note = 19, Text(4000), "备注";
        /// The month and day of the birthday, such as 229, for finding whose is near. Source: R-GEN-11.
        birthday_month_day = 20, Int(101, 1231), "生日月日", sensitive, indexed, kernel, made_from("birthday");
        /// The month and day of the anniversary.
        anniversary_month_day = 21, Int(101, 1231), "纪念日月日", sensitive, indexed, kernel, made_from("anniversary");
        /// The day on which the record was last found to be true still. Source: R-TEL-15.
        verified_on = 22, Date, "核实日期";
        /// The dates that cannot be and were recorded as they are, with commas between; absent when all can be.
        date_doubt = 99, Text(400), "存疑日期", kernel, made_from("@dates");
    }
    indexes {
        by_code = 20_000, [code], unique;
        by_external_ref = 20_001, [external_system, external_id], unique;
    }
}
