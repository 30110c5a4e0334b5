//! What banking declares: its custom fields and its calculators.

use crm_plugin_sdk::{Calculator, CustomField, FieldKind, Parameter, QuantityType};

const COUNT: FieldKind = FieldKind::Int(0, 1_000_000_000);

pub(crate) const FIELDS: &[CustomField] = &[
    CustomField::new("customer", "bank.relation_ended_on", FieldKind::Date, "End of the relation", "业务关系结束日"),
    CustomField::new("customer", "bank.keep_until", FieldKind::Date, "Records kept until", "资料保存至").indexed(),
    CustomField::new("customer", "bank.risk_level", FieldKind::Text(16), "Risk level", "风险等级").indexed(),
    CustomField::new("customer", "bank.risk_warning", FieldKind::Text(64), "Risk warning", "风险预警").indexed(),
    CustomField::new("customer", "bank.listed", FieldKind::Bool, "Quality-customer list", "优质客户名单"),
    CustomField::new("customer", "bank.business_feature", FieldKind::Text(32), "Business", "业务特征"),
    CustomField::new("customer", "bank.segment", FieldKind::Text(80), "Class by type, risk and business", "分类")
        .indexed(),
    CustomField::new("customer", "bank.returns_told_on", FieldKind::Date, "Told of the returns on", "收益告知日期"),
    CustomField::new(
        "customer",
        "bank.returns_due_on",
        FieldKind::Date,
        "To be told of the returns by",
        "收益告知期限",
    )
    .indexed(),
    CustomField::new("customer", "bank.product_push_on", FieldKind::Date, "New product is told on", "新产品推送日期")
        .indexed(),
    CustomField::new("customer", "bank.vip_label", FieldKind::Bool, "VIP label", "贴标"),
    CustomField::new("customer", "bank.e_bank", FieldKind::Bool, "Personal e-banking", "个人网银"),
    CustomField::new("customer", "bank.notice_deposit", FieldKind::Bool, "Notice deposit", "双利丰"),
    CustomField::new("customer", "bank.fund_auto_invest", FieldKind::Bool, "Fund auto-invest", "基金定投"),
    CustomField::new("customer", "bank.wealth_products", FieldKind::Int(0, 10_000), "Wealth products", "理财产品数"),
    CustomField::new("customer", "bank.transactions", COUNT, "Transactions of the period", "期内交易笔数"),
    CustomField::new(
        "customer",
        "bank.self_service_transactions",
        COUNT,
        "Transactions by self-service",
        "自助交易笔数",
    ),
    CustomField::new("customer", "bank.list_open", FieldKind::Int(0, 100), "To be done for the list", "名单待办项数")
        .indexed(),
    CustomField::new("customer", "bank.list_missing", FieldKind::Text(200), "What is to be done", "名单待办事项"),
    CustomField::new(
        "complaint",
        "bank.representatives",
        FieldKind::Int(1, 10_000),
        "Representatives of a group",
        "群体投诉代表人数",
    ),
    CustomField::new("org_unit", "bank.marketing", FieldKind::Bool, "Marketing department", "营销部门（视同支行）"),
    CustomField::new("org_unit", "bank.recorder", FieldKind::Text(40), "Who records the event", "登记机构"),
    CustomField::new("org_unit", "bank.record_from", FieldKind::Date, "Recorded from", "登记起始日"),
    CustomField::new("org_unit", "bank.record_until", FieldKind::Date, "Recorded until", "登记截止日").indexed(),
    CustomField::new("org_unit", "bank.recorded_on", FieldKind::Date, "Recorded on", "登记日期"),
    CustomField::new("org_unit", "bank.recording", FieldKind::Text(8), "State of recording", "登记状态").indexed(),
    CustomField::new("user", "bank.requested_by", FieldKind::Text(64), "Asked for by", "申请人"),
    CustomField::new("user", "bank.reviewed_by", FieldKind::Text(64), "Reviewed by", "审核人"),
    CustomField::new("user", "bank.role", FieldKind::Text(40), "Role", "角色").indexed(),
    CustomField::new("user", "bank.administrator", FieldKind::Text(16), "Made by", "创建机构"),
    CustomField::new("user", "bank.recorder", FieldKind::Text(40), "Who records the event", "登记机构"),
    CustomField::new("user", "bank.record_from", FieldKind::Date, "Recorded from", "登记起始日"),
    CustomField::new("user", "bank.record_until", FieldKind::Date, "Recorded until", "登记截止日").indexed(),
    CustomField::new("user", "bank.recorded_on", FieldKind::Date, "Recorded on", "登记日期"),
    CustomField::new("user", "bank.recording", FieldKind::Text(8), "State of recording", "登记状态").indexed(),
];

const DATE: QuantityType = QuantityType::Date;
const INT: QuantityType = QuantityType::Int;
const TEXT: QuantityType = QuantityType::Text;
const MONEY: QuantityType = QuantityType::Money;

pub(crate) const CALCULATORS: &[Calculator] = &[
    Calculator {
        name: "bank.fine_range",
        label: "Range of a fine",
        label_zh: "罚款区间",
        parameters: &[
            Parameter::new("gains", "Illegal gains", "违法所得", MONEY).optional(),
            Parameter::new("minimum", "Least fine", "罚款下限", MONEY).result(),
            Parameter::new("maximum", "Greatest fine", "罚款上限", MONEY).result(),
            Parameter::new("confiscated", "Gains confiscated", "没收违法所得", MONEY).result(),
        ],
    },
    Calculator {
        name: "bank.organisation_window",
        label: "Who records an event of the organisation, and when",
        label_zh: "机构变动登记",
        parameters: &[
            Parameter::new("event", "Event", "事项", TEXT),
            Parameter::new("event_on", "Day of the event", "发生日期", DATE),
            Parameter::new("recorder", "Who records it", "登记机构", TEXT).result(),
            Parameter::new("first_on", "First day", "起始日", DATE).result(),
            Parameter::new("last_on", "Last day", "截止日", DATE).result(),
        ],
    },
    Calculator {
        name: "bank.list_quota",
        label: "Listed customers a role maintains",
        label_zh: "岗位维护客户数",
        parameters: &[
            Parameter::new("role", "Role", "岗位", TEXT),
            Parameter::new("quota", "Quota", "维护户数", INT).result(),
        ],
    },
    Calculator {
        name: "bank.list_target",
        label: "Whether an outlet meets the targets of the scheme",
        label_zh: "网点达标",
        parameters: &[
            Parameter::new("gold_before", "Gold-card customers a year ago", "上年金卡以上客户数", INT),
            Parameter::new("gold_now", "Gold-card customers now", "金卡以上客户数", INT),
            Parameter::new("customers", "All customers", "全部客户数", INT),
            Parameter::new("staff", "Heads of the outlet", "网点人数", INT),
            Parameter::new("listed", "Quality customers maintained", "维护优质客户数", INT),
            Parameter::new("growth_met", "Growth met", "增长达标", QuantityType::Bool).result(),
            Parameter::new("share_met", "Share met", "占比达标", QuantityType::Bool).result(),
            Parameter::new("per_head_met", "Per head met", "人均达标", QuantityType::Bool).result(),
            Parameter::new("growth", "Growth", "增长率", QuantityType::Ratio).result(),
        ],
    },
    Calculator {
        name: "bank.report_deadline",
        label: "Last day of a report to the regulator",
        label_zh: "监管报告期限",
        parameters: &[
            Parameter::new("kind", "Kind", "类型", TEXT),
            Parameter::new("on", "Day of the matter, or end of the period", "事项日期或期末", DATE),
            Parameter::new("last_on", "Last day", "期限", DATE).result(),
        ],
    },
    Calculator {
        name: "bank.objection_deadline",
        label: "Last day for answering an objection",
        label_zh: "异议答复期限",
        parameters: &[
            Parameter::new("kind", "Kind", "类型", TEXT),
            Parameter::new("received_on", "Day of receipt", "受理日期", DATE),
            Parameter::new("last_on", "Last day", "期限", DATE).result(),
        ],
    },
];
