//! The relation of two parties that do business: partner, agent, supplier, competitor.

use super::entity::{entity, enumeration};

enumeration! {
    /// How a party is related to another. Source: R-TEL-10, R-TEL-20, R-AGR-06, R-DEP-05.
    PartnerRelationKind, "partner_relation_kind" {
        /// The first acts for the second.
        AgentOf = 1, "agent_of", "代理";
        /// The first delivers to the second.
        SupplierOf = 2, "supplier_of", "供应商";
        /// Both work together. It goes both ways.
        PartnerOf = 3, "partner_of", "合作伙伴";
        /// Both compete. It goes both ways.
        CompetitorOf = 4, "competitor_of", "竞争对手";
        /// The first sells on what it buys of the second, in wholesale.
        DistributorOf = 5, "distributor_of", "分销商";
        /// The first sells what it buys of the second to those who use it.
        RetailerOf = 6, "retailer_of", "零售商";
        /// Both are of related industries. It goes both ways.
        RelatedIndustry = 7, "related_industry", "相关行业";
        /// Both work together for the long term. It goes both ways.
        StrategicPartnerOf = 8, "strategic_partner_of", "战略合作伙伴";
    }
}

impl PartnerRelationKind {
    /// Whether the relation says the same both ways, so that it is written down once.
    pub const fn goes_both_ways(self) -> bool {
        use PartnerRelationKind::{CompetitorOf, PartnerOf, RelatedIndustry, StrategicPartnerOf};
        matches!(self, PartnerOf | CompetitorOf | RelatedIndustry | StrategicPartnerOf)
    }
}

entity! {
    /// The relation of a party to another with whom it does business. Source: R-TEL-10, R-TEL-20.
    PartnerRelation, "partner_relation", "partner_relations", "伙伴关系", state none, code code {
        /// The company's own code of the relation.
        code = 1, Text(64), "关系编号";
        /// The other system that knows the relation.
        external_system = 2, Text(32), "外部系统";
        /// The relation's id in that system.
        external_id = 3, Text(128), "外部编号";
        /// The party from which it leads.
        customer = 4, Ref(Customer), "客户", required, indexed;
        /// The party to which it leads.
        other = 5, Ref(Customer), "相关客户", required, indexed;
        /// How the first is related to the second.
        kind = 6, Enum(PartnerRelationKind), "关系类型", required;
        /// The user who knows it.
        owner = 7, Text(64), "负责人";
        /// Free remarks.
        note = 40, Text(4000), "备注";
        /// The dates that cannot be and were recorded as they are, with commas between; absent when all can be.
        date_doubt = 99, Text(400), "存疑日期", kernel, made_from("@dates");
    }
    indexes {
        by_code = 20_000, [code], unique;
        by_external_ref = 20_001, [external_system, external_id], unique;
        by_parties = 20_002, [customer, other, kind], unique;
    }
}
