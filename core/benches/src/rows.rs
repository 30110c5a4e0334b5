//! The rows: customers of 20 fields and visits, made from a fixed seed, the same for every side.

use crm_core::domain::{ComplaintState, CustomerStatus, Date, PartyKind, VisitState};

/// The seed of everything that is random here.
pub(crate) const SEED: u64 = 20_261_122;

/// How many customers an owner has.
pub(crate) const CUSTOMERS_PER_OWNER: u64 = 1_000;

pub(crate) const CLASSES: [&str; 5] = ["general", "important", "key", "potential", "strategic"];
const SURNAMES: [&str; 8] = ["王", "李", "张", "刘", "陈", "杨", "赵", "黄"];
const CITIES: [(&str, &str, &str); 6] = [
    ("310000", "上海市浦东新区世纪大道", "shanghai"),
    ("110000", "北京市海淀区中关村大街", "beijing"),
    ("440300", "深圳市南山区科技园路", "shenzhen"),
    ("330100", "杭州市西湖区文三路", "hangzhou"),
    ("510100", "成都市高新区天府大道", "chengdu"),
    ("420100", "武汉市洪山区珞喻路", "wuhan"),
];
const INDUSTRIES: [&str; 5] = ["banking", "telecom", "manufacturing", "retail", "logistics"];

/// A sequence of random numbers. Source: SplitMix64, Steele, Lea and Flood, 2014.
pub(crate) struct Random(u64);

impl Random {
    /// The sequence of a thing; every number of a thing gives its own.
    pub(crate) fn of(thing: &str, number: u64) -> Self {
        let start = thing.bytes().fold(SEED, |hash, byte| (hash ^ u64::from(byte)).wrapping_mul(0x100_0000_01b3));
        Self(start ^ number.wrapping_mul(0x9e37_79b9_7f4a_7c15))
    }

    pub(crate) fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut z = self.0;
        z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        z ^ (z >> 31)
    }

    /// A number below a bound.
    pub(crate) fn below(&mut self, bound: u64) -> u64 {
        self.next() % bound.max(1)
    }

    fn pick<T: Copy>(&mut self, list: &[T]) -> T {
        list[usize::try_from(self.below(list.len() as u64)).unwrap_or(0)]
    }
}

/// A customer of 20 fields. The code and the external id hold the number, so they are unique.
pub(crate) struct Customer {
    pub(crate) code: String,
    pub(crate) external_system: &'static str,
    pub(crate) external_id: String,
    pub(crate) name: String,
    pub(crate) short_name: String,
    pub(crate) pinyin: String,
    pub(crate) party_kind: u16,
    pub(crate) status: u16,
    pub(crate) class: &'static str,
    pub(crate) owner: String,
    pub(crate) org_unit: String,
    pub(crate) region: &'static str,
    pub(crate) industry: &'static str,
    pub(crate) address: String,
    pub(crate) phone: String,
    pub(crate) email: String,
    pub(crate) website: String,
    pub(crate) employee_count: i64,
    pub(crate) annual_revenue_minor: i64,
    pub(crate) next_due_on: Date,
}

/// What an update sets.
pub(crate) struct Edit {
    pub(crate) id: u64,
    pub(crate) phone: String,
    pub(crate) employee_count: i64,
    pub(crate) next_due_on: Date,
}

/// A visit, planned or held.
pub(crate) struct Visit {
    pub(crate) code: String,
    pub(crate) customer: u64,
    pub(crate) channel: u16,
    pub(crate) state: u16,
    pub(crate) owner: String,
    pub(crate) planned_on: Date,
    pub(crate) purpose: &'static str,
    pub(crate) held_at_us: Option<i64>,
}

/// A complaint that stands somewhere between received and withdrawn.
pub(crate) struct Complaint {
    pub(crate) customer: u64,
    pub(crate) issue: &'static str,
    pub(crate) state: u16,
    pub(crate) external_intent: bool,
    pub(crate) received_at_us: i64,
}

/// The states of complaints that are open.
pub(crate) const OPEN_STATES: [u16; 7] = [
    ComplaintState::Received.number(),
    ComplaintState::Clarified.number(),
    ComplaintState::SolutionProposed.number(),
    ComplaintState::SolutionAccepted.number(),
    ComplaintState::FollowedUp.number(),
    ComplaintState::Escalated.number(),
    ComplaintState::Suspended.number(),
];

/// A day counted from 2026-01-01.
pub(crate) fn day(number: u64) -> Date {
    let first = 20_454_i32;
    let number = i32::try_from(number).unwrap_or_default();
    Date::from_epoch_days(first + number).expect("invariant: the numbers here stay within a few years")
}

pub(crate) fn code(number: u64) -> String {
    format!("C{number:09}")
}

pub(crate) fn owner(number: u64, rows: u64) -> String {
    format!("u.{:05}", number % (rows / CUSTOMERS_PER_OWNER).max(1))
}

/// The customer with a number; `rows` is the size of the loaded database.
pub(crate) fn customer(number: u64, rows: u64) -> Customer {
    let mut random = Random::of("customer", number);
    let (region, street, city) = random.pick(&CITIES);
    let surname = random.pick(&SURNAMES);
    let key = random.below(100_000);
    Customer {
        code: code(number),
        external_system: "erp",
        external_id: format!("KH-{number:010}"),
        name: format!("{surname}氏{key:05}商业设施有限公司"),
        short_name: format!("{surname}氏{key:05}"),
        pinyin: format!("{city} shangye sheshi {key:05} youxian gongsi"),
        party_kind: random.pick(&[PartyKind::Organisation, PartyKind::Individual]).number(),
        status: random.pick(&[CustomerStatus::Active, CustomerStatus::Dormant, CustomerStatus::Prospect]).number(),
        class: random.pick(&CLASSES),
        owner: owner(number, rows),
        org_unit: format!("branch-{:03}", random.below(200)),
        region,
        industry: random.pick(&INDUSTRIES),
        address: format!("{street}{}号{}室", random.below(2_000), random.below(900)),
        phone: format!("+86-21-{:08}", random.below(100_000_000)),
        email: format!("contact{number}@{city}.example"),
        website: format!("https://{city}-{key:05}.example"),
        employee_count: random.below(10_000).cast_signed(),
        annual_revenue_minor: random.below(10_000_000_000).cast_signed(),
        next_due_on: day(random.below(365)),
    }
}

/// As many customers as asked for, from a number on.
pub(crate) fn customers(from: u64, count: u64, rows: u64) -> Vec<Customer> {
    (from..from + count).map(|number| customer(number, rows)).collect()
}

/// The edits of a run, of customers that were loaded.
pub(crate) fn edits(run: u64, count: u64, rows: u64) -> Vec<Edit> {
    let mut random = Random::of("edit", run);
    let mut edit = || Edit {
        id: 1 + random.below(rows),
        phone: format!("+86-10-{:08}", random.below(100_000_000)),
        employee_count: random.below(10_000).cast_signed(),
        next_due_on: day(random.below(730)),
    };
    (0..count).map(|_| edit()).collect()
}

/// The visit with a number, at one of the `rows` customers.
pub(crate) fn visit(number: u64, rows: u64) -> Visit {
    let mut random = Random::of("visit", number);
    let planned_on = day(random.below(365));
    let held = random.below(2) == 0;
    Visit {
        code: format!("V{number:09}"),
        customer: 1 + random.below(rows),
        channel: 1 + u16::try_from(random.below(6)).unwrap_or_default(),
        state: if held { VisitState::Held } else { VisitState::Planned }.number(),
        owner: owner(random.next(), rows),
        planned_on,
        purpose: random.pick(&["回访", "维护关系", "合同续签", "投诉跟进"]),
        held_at_us: held.then(|| 1_767_225_600_000_000 + random.below(86_400_000_000).cast_signed()),
    }
}

/// As many complaints as asked for, of the `rows` customers.
pub(crate) fn complaints(count: u64, rows: u64) -> Vec<Complaint> {
    let states = [ComplaintState::Received, ComplaintState::Clarified, ComplaintState::Withdrawn];
    let complaint = |number| {
        let mut random = Random::of("complaint", number);
        Complaint {
            customer: 1 + random.below(rows),
            issue: random.pick(&["安装延误", "质量", "服务态度", "价格"]),
            state: random.pick(&states).number(),
            external_intent: random.below(5) == 0,
            received_at_us: 1_767_225_600_000_000 + random.below(86_400_000_000).cast_signed(),
        }
    };
    (0..count).map(complaint).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn rows_are_the_same_each_time_and_an_owner_has_a_thousand() {
        assert_eq!(customer(7, 10_000).address, customer(7, 10_000).address);
        assert_ne!(customer(7, 10_000).code, customer(8, 10_000).code);
        let mine = owner(3, 10_000);
        let count = (0..10_000).filter(|number| owner(*number, 10_000) == mine).count() as u64;
        assert_eq!(count, CUSTOMERS_PER_OWNER);
    }
}
