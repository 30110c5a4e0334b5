//! The relation of two persons: who reports to whom, who listens to whom, who is close to whom.

use super::entity::{entity, enumeration};

enumeration! {
    /// How a person is related to another. Source: R-TEL-07.
    PersonRelationKind, "person_relation_kind" {
        /// The first works under the second.
        ReportsTo = 1, "reports_to", "上级";
        /// The first has influence on the second.
        Influences = 2, "influences", "影响";
        /// The first stands against the second; how the second sees it is another relation.
        Opposes = 3, "opposes", "对立";
        /// Both are close, such as friends. It goes both ways.
        CloseTo = 4, "close_to", "关系密切";
        /// Both are of one family. It goes both ways.
        FamilyOf = 5, "family_of", "亲属";
    }
}

impl PersonRelationKind {
    /// Whether the relation says the same both ways, so that it is written down once.
    pub const fn goes_both_ways(self) -> bool {
        matches!(self, PersonRelationKind::CloseTo | PersonRelationKind::FamilyOf)
    }
}

entity! {
    /// The relation of a person to another, of the same customer or not. Source: R-TEL-07.
    PersonRelation, "person_relation", "person_relations", "人物关系", state none, code code {
        /// The company's own code of the relation.
        code = 1, Text(64), "关系编号";
        /// The other system that knows the relation.
        external_system = 2, Text(32), "外部系统";
        /// The relation's id in that system.
        external_id = 3, Text(128), "外部编号";
        /// The person from whom it leads.
        person = 4, Ref(Person), "人物", required, indexed;
        /// The person to whom it leads.
        other = 5, Ref(Person), "相关人物", required, indexed;
        /// How the first is related to the second.
        kind = 6, Enum(PersonRelationKind), "关系类型", required;
        /// The user who knows it.
        owner = 7, Text(64), "负责人";
        /// Free remarks.
        note = 40, Text(4000), "备注", sensitive;
        /// The dates that cannot be and were recorded as they are, with commas between; absent when all can be.
        date_doubt = 99, Text(400), "存疑日期", kernel, made_from("@dates");
    }
    indexes {
        by_code = 20_000, [code], unique;
        by_external_ref = 20_001, [external_system, external_id], unique;
        by_persons = 20_002, [person, other, kind], unique;
    }
}
