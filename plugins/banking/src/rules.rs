//! The rules as pure functions on plain values.

use crm_plugin_sdk::{Date, Violation};

/// The document that proves an identity, as far as its number has a form.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum IdentityKind {
    /// The resident identity card.
    ResidentCard,
    /// The unified social credit code.
    SocialCreditCode,
    /// A document whose number has no form that can be checked.
    Other,
}

/// Whether a customer has a beneficial owner to be named.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Party {
    /// A company or another institution.
    Organisation,
    /// Another legal person, such as a foundation.
    OtherLegalPerson,
    /// A natural person, or one of whom nothing is said.
    Person,
}

impl Party {
    /// Whether it is a legal person, who has a beneficial owner to be named. Source: L-BNK-8.
    pub(crate) const fn is_legal(self) -> bool {
        matches!(self, Party::Organisation | Party::OtherLegalPerson)
    }
}

/// What is known about the identity of a customer.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Identity<'a> {
    pub(crate) party: Party,
    pub(crate) kind: Option<IdentityKind>,
    pub(crate) number: Option<&'a str>,
    pub(crate) valid_until: Option<Date>,
    pub(crate) verified_on: Option<Date>,
    pub(crate) beneficial_owner: Option<&'a str>,
    pub(crate) relation_purpose: Option<&'a str>,
}

/// The figures of the identity check.
#[derive(Debug, Clone, Copy)]
pub(crate) struct IdentityFigures {
    pub(crate) check_expiry: bool,
    pub(crate) expiry_grace_days: i32,
}

/// How hard a complaint is to settle.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Complexity {
    /// The facts are clear.
    Simple = 0,
    /// The facts need to be investigated.
    Complex = 1,
    /// Special circumstances, approved.
    Special = 2,
}

impl Complexity {
    pub(crate) const fn name(self) -> &'static str {
        match self {
            Complexity::Simple => "simple",
            Complexity::Complex => "complex",
            Complexity::Special => "special",
        }
    }

    pub(crate) const fn name_zh(self) -> &'static str {
        match self {
            Complexity::Simple => "简单",
            Complexity::Complex => "复杂",
            Complexity::Special => "特殊",
        }
    }
}

/// The identification of customers, and no service to those of unknown identity. Source: R-BNK-03;
/// Anti-Money-Laundering Law Art. 28.
const IDENTIFICATION: &str = "R-BNK-03, L-BNK-7";
/// Due diligence covers the beneficial owner and the purpose of the relationship. Source: Art. 29.
const DUE_DILIGENCE: &str = "L-BNK-8";
/// The deadlines of complaints.
pub(crate) const COMPLAINT: &str = "L-BNK-1";
pub(crate) const COMPLAINT_SOURCE: &str = "银行业保险业消费投诉处理管理办法 (CBIRC Order 2020 No. 3)";

/// What is missing or wrong in the identity of a customer who is to be active, all at once.
///
/// A document without a last valid day does not expire. Source: R-BNK-03; Anti-Money-Laundering Law Art. 28 and 29
/// (L-BNK-7, L-BNK-8).
pub(crate) fn identity(of: &Identity<'_>, today: Date, figures: IdentityFigures) -> Vec<Violation> {
    let missing = |there: bool, field: &'static str, label_zh: &str, rule: &'static str| {
        let message = format!("{field} is absent, an active customer of a bank needs one");
        let message_zh = format!("缺少{label_zh}，银行客户启用前必须补全");
        (!there).then(|| Violation::new(field, "required", message, message_zh, rule))
    };
    let is_legal = of.party.is_legal();
    [
        missing(of.kind.is_some(), "identity_kind", "证件类型", IDENTIFICATION),
        missing(is_there(of.number), "identity_number", "证件号码", IDENTIFICATION),
        of.kind.zip(of.number.filter(|n| is_there(Some(n)))).and_then(|(kind, number)| number_form(kind, number)),
        expiry(of.valid_until, today, figures),
        missing(of.verified_on.is_some(), "identity_verified_on", "身份核实日期", IDENTIFICATION),
        missing(is_there(of.relation_purpose), "relation_purpose", "建立关系目的", DUE_DILIGENCE),
        missing(!is_legal || is_there(of.beneficial_owner), "beneficial_owner", "受益所有人", DUE_DILIGENCE),
    ]
    .into_iter()
    .flatten()
    .collect()
}

/// Whether a text says anything: one that is empty or blank does not.
pub(crate) fn is_there(text: Option<&str>) -> bool {
    text.is_some_and(|t| !t.trim().is_empty())
}

fn number_form(kind: IdentityKind, number: &str) -> Option<Violation> {
    let (valid, message, message_zh) = match kind {
        IdentityKind::ResidentCard => (
            is_resident_card(number),
            "identity_number is not that of a resident card: 17 digits and the check digit 0 to 9 or X of GB 11643",
            "证件号码不是有效的居民身份证号码：应为17位数字加校验码（GB 11643）",
        ),
        IdentityKind::SocialCreditCode => (
            is_social_credit_code(number),
            "identity_number is not a unified social credit code: 18 characters, the last the check character of GB \
             32100",
            "证件号码不是有效的统一社会信用代码：应为18位且校验码正确（GB 32100）",
        ),
        IdentityKind::Other => return None,
    };
    (!valid).then(|| Violation::new("identity_number", "identity_number_invalid", message, message_zh, IDENTIFICATION))
}

fn expiry(valid_until: Option<Date>, today: Date, figures: IdentityFigures) -> Option<Violation> {
    let expired = figures.check_expiry && valid_until.is_some_and(|d| d + figures.expiry_grace_days < today);
    expired.then(|| {
        let message = "identity_valid_until is past, an active customer of a bank needs a valid identity document";
        let message_zh = "证件已过有效期，银行客户须持有效证件";
        Violation::new("identity_valid_until", "identity_expired", message, message_zh, IDENTIFICATION)
    })
}

/// Whether a text is the number of a resident identity card: 17 digits and a check digit. Source: GB 11643-1999.
pub(crate) fn is_resident_card(number: &str) -> bool {
    const WEIGHTS: [u32; 17] = [7, 9, 10, 5, 8, 4, 2, 1, 6, 3, 7, 9, 10, 5, 8, 4, 2];
    const CHECKS: &[u8; 11] = b"10X98765432";
    let Ok(characters) = <[u8; 18]>::try_from(number.as_bytes()) else { return false };
    let (digits, check) = (&characters[..17], characters[17]);
    let sum: u32 = digits.iter().zip(WEIGHTS).map(|(d, w)| u32::from(d.wrapping_sub(b'0')) * w).sum();
    digits.iter().all(u8::is_ascii_digit) && CHECKS[(sum % 11) as usize] == check
}

/// Whether a text is a unified social credit code: 17 characters and a check character. Source: GB 32100-2015.
pub(crate) fn is_social_credit_code(code: &str) -> bool {
    const CHARACTERS: &[u8; 31] = b"0123456789ABCDEFGHJKLMNPQRTUWXY";
    let Ok(characters) = <[u8; 18]>::try_from(code.as_bytes()) else { return false };
    let value = |c: u8| CHARACTERS.iter().position(|a| *a == c);
    let mut weight = 1;
    let mut sum = 0;
    for c in &characters[..17] {
        let Some(value) = value(*c) else { return false };
        sum += value * weight;
        weight = weight * 3 % 31;
    }
    value(characters[17]) == Some((31 - sum % 31) % 31)
}

/// A special case needs the approval of a longer deadline. Source: L-BNK-1.
pub(crate) fn extension(complexity: Complexity, approved: bool) -> Option<Violation> {
    (complexity == Complexity::Special && !approved).then(|| {
        Violation::new(
            "extension_approver",
            "required",
            "extension_approver is absent, a special complaint needs the approval of its longer deadline",
            "缺少延期审批人，特殊投诉延长期限须经审批",
            COMPLAINT,
        )
    })
}

/// The limit and its extensions by days keep within the longest time that any complaint may take, in whatever order they were
/// given. Source: L-BNK-1.
pub(crate) fn extended_days(term: u32, extended: i64, max: u32) -> Option<Violation> {
    let all = i64::from(term).saturating_add(extended);
    (all > i64::from(max)).then(|| {
        let message =
            format!("{term} days and {extended} of extensions are {all}, a bank settles a complaint within {max}");
        let message_zh = format!("期限{term}天加累计延期{extended}天共{all}天，银行投诉最长{max}天");
        Violation::new("extension_days", "out_of_range", message, message_zh, COMPLAINT)
            .input("days", term)
            .input("extended_days", extended)
            .input("days_max", max)
    })
}

/// A group that complains together names at most so many representatives. Source: L-BNK-2, Order 2020 No. 3 Art. 12.
pub(crate) fn representatives(count: Option<i64>, max: i64) -> Option<Violation> {
    let count = count.filter(|count| *count > max)?;
    let message = format!("bank.representatives is {count}, a group names at most {max}");
    let message_zh = format!("代表人数为{count}，群体投诉代表不得超过{max}名");
    Some(Violation::new("bank.representatives", "too_many", message, message_zh, "L-BNK-2"))
}

/// The range of a fine in minor units, and whether it is a multiple of the gains.
///
/// Source: R-BNK-09, L-BNK-15; Commercial Bank Law Art. 74.
pub(crate) fn fine_range(gains: i64, threshold: i64, times_max: i64, fixed_max: i64) -> Option<(i64, i64, bool)> {
    match gains {
        i64::MIN..0 => None,
        _ if gains >= threshold => Some((gains, gains.checked_mul(times_max)?, true)),
        _ => Some((threshold, fixed_max, false)),
    }
}

/// The first and the last day of the month after an event: the window in which it is recorded.
///
/// Source: R-CBK-04 to R-CBK-07, R-CBK-11 to R-CBK-13 ("in the following month").
pub(crate) fn following_month(event_on: Date) -> Option<(Date, Date)> {
    let (year, month, _) = event_on.parts();
    let first = Date::new(year, month, 1)?.plus_months(1);
    Some((first, first.plus_months(1) + -1))
}

/// Who records an event of the organisation, and by which rule; `None` when the event is not one of the regulation.
pub(crate) fn recorder(event: &str) -> Option<(&'static str, &'static str)> {
    Some(match event {
        "new_tier_1" => ("head_office", "R-CBK-04"),
        "new_tier_2" | "new_sub_branch" => ("tier_1_branch", "R-CBK-05"),
        "sub_branch_to_tier_2" => ("tier_1_branch", "R-CBK-06"),
        "tier_2_to_tier_1" => ("head_office", "R-CBK-07"),
        "head_office_user_left" => ("head_office", "R-CBK-11"),
        "branch_user_left" => ("branch", "R-CBK-12"),
        _ => return None,
    })
}

/// The class of a customer by type, risk and business. Source: R-BNK-01.
pub(crate) fn segment(party: Party, risk: &str, feature: &str) -> String {
    let party = match party {
        Party::Organisation => "organisation",
        Party::OtherLegalPerson => "other_legal_person",
        Party::Person => "person",
    };
    format!("{party}/{risk}/{feature}")
}

/// The day by which a listed customer is told of the returns on the holdings. Source: R-ABC-13.
pub(crate) fn returns_told_by(told_on: Date, months: u32) -> Date {
    told_on.plus_months(months)
}

/// The last day of a report to the regulator: a major matter is reported on the day, a period as the company says.
/// Source: R-BNK-08.
pub(crate) fn reported_by(kind: &str, on: Date, period_days: u32) -> Option<Date> {
    match kind {
        "major" => Some(on),
        "periodic" if period_days > 0 => Some(on + i32::try_from(period_days).ok()?),
        _ => None,
    }
}

/// What is known of a customer on the list of quality customers.
#[derive(Debug, Clone, Copy, Default)]
pub(crate) struct Listed {
    pub(crate) has_plan: bool,
    pub(crate) vip_label: bool,
    pub(crate) e_bank: bool,
    pub(crate) notice_deposit: bool,
    pub(crate) fund_auto_invest: bool,
    pub(crate) wealth_products: i64,
    /// Transactions, and how many of them by self-service.
    pub(crate) transactions: i64,
    pub(crate) self_service: i64,
}

/// What a listed customer is still to get, by name: work for who maintains the list, and no bar to being on it.
///
/// The share is exact: 796 of 1,000 transactions are less than 80 %. Without any transaction there is no share yet.
/// Source: R-ABC-09, R-ABC-11, R-ABC-12.
pub(crate) fn list_missing(of: Listed, products_min: i64, percent_min: i64) -> Vec<&'static str> {
    let share = of.transactions > 0
        && i128::from(of.self_service) * 100 >= i128::from(of.transactions) * i128::from(percent_min);
    let all = [
        (of.vip_label, "vip_label"),
        (of.e_bank, "e_bank"),
        (of.notice_deposit, "notice_deposit"),
        (of.fund_auto_invest, "fund_auto_invest"),
        (of.wealth_products >= products_min, "wealth_products"),
        (share, "self_service"),
        (of.has_plan, "customer_plan"),
    ];
    all.into_iter().filter(|(is_there, _)| !is_there).map(|(_, name)| name).collect()
}

/// More transactions by self-service than there are in all cannot be. Source: R-ABC-11.
pub(crate) fn self_service(of: Listed) -> Option<Violation> {
    (of.self_service > of.transactions).then(|| {
        let (part, all) = (of.self_service, of.transactions);
        let message = format!("bank.self_service_transactions is {part}, there are {all} transactions in all");
        let message_zh = format!("自助交易{part}笔，多于全部交易{all}笔");
        Violation::new("bank.self_service_transactions", "out_of_range", message, message_zh, "R-ABC-11")
            .input("bank.transactions", all)
    })
}
