//! The kernel's side: every operation through the facade, as a user would write it.

use std::path::Path;
use std::sync::Arc;

use crm_core::adapter::{RedbOptions, SystemClock};
use crm_core::domain::{
    Actor, Changes, Command, ComplaintState, EntityKind, Fields, Instant, Level, Money, Value, ValueRef, VisitState,
    complaint, customer, visit,
};
use crm_core::port::{Hook, Order};
use crm_core::testing::FixedClock;
use crm_core::{Atomicity, Condition, Config, Crm, Op, Query, Record, Session};

use crate::measure::{Result, Sum};
use crate::rows::{CLASSES, Complaint, Customer, Edit, OPEN_STATES, Visit};
use crate::void::Void;

/// An open database with a session of a manager, who may record the past.
pub(crate) struct Kernel {
    crm: Crm,
    session: Session,
}

impl Kernel {
    /// Opens or creates a database as the product ships: every page checked when it is read, 128 MiB of cache in the store and
    /// 64 MiB of records.
    pub(crate) fn open(path: &Path) -> Result<Self> {
        Self::open_with(path, &RedbOptions::default())
    }

    pub(crate) fn open_with(path: &Path, options: &RedbOptions) -> Result<Self> {
        Self::of(Crm::open_file(path, options, Config::new(Arc::new(SystemClock::new())))?)
    }

    /// As [`Kernel::open`], with policies, rules that decide and plugins switched off.
    pub(crate) fn open_without_rules(path: &Path) -> Result<Self> {
        let config = Config { rules: false, ..Config::new(Arc::new(SystemClock::new())) };
        Self::of(Crm::open_file(path, &RedbOptions::default(), config)?)
    }

    /// One on a store that forgets every record.
    pub(crate) fn forgetful() -> Result<Self> {
        Self::of(Crm::open(Arc::new(Void::default()), Config::new(Arc::new(SystemClock::new())))?)
    }

    /// As [`Kernel::open`], at an instant that stands still. Unit: microseconds since the epoch.
    pub(crate) fn open_at(path: &Path, now_us: i64) -> Result<Self> {
        let clock = FixedClock::new(Instant::from_us(now_us)?);
        Self::of(Crm::open_file(path, &RedbOptions::default(), Config::new(Arc::new(clock)))?)
    }

    /// One in a file, or on a store that forgets every record, with or without policies, rules that decide and plugins.
    pub(crate) fn open_for_price(path: Option<&Path>, rules: bool) -> Result<Self> {
        let config = Config { rules, ..Config::new(Arc::new(SystemClock::new())) };
        Self::of(match path {
            Some(path) => Crm::open_file(path, &RedbOptions::default(), config)?,
            None => Crm::open(Arc::new(Void::default()), config)?,
        })
    }

    fn of(crm: Crm) -> Result<Self> {
        let session = crm.session(Actor { name: "u.bench".into(), level: Level::Manage })?;
        Ok(Self { crm, session })
    }

    pub(crate) fn register(&self, hook: Arc<dyn Hook>) -> Result<()> {
        Ok(self.crm.register(hook)?)
    }

    pub(crate) fn record(&self, id: u64) -> Result<Record> {
        self.session.get(EntityKind::Customer, id)?.ok_or_else(|| "a customer is missing".into())
    }

    pub(crate) fn close(self) -> Result<()> {
        Ok(self.crm.close()?)
    }

    pub(crate) fn session(&self) -> Session {
        self.session.clone()
    }

    /// Adds customers in batches, each durable when the next begins.
    pub(crate) fn load(&self, customers: &[Customer], batch: usize) -> Result<Sum> {
        for part in customers.chunks(batch) {
            let outcomes = self.session.apply_many(part.iter().map(add).collect(), Atomicity::All)?;
            outcomes.into_iter().collect::<crm_core::Result<Vec<_>>>()?;
        }
        Ok(Sum::of_rows(customers.len() as u64))
    }

    pub(crate) fn load_visits(&self, visits: &[Visit], batch: usize) -> Result<()> {
        for part in visits.chunks(batch) {
            let outcomes = self.session.apply_many(part.iter().map(add_visit).collect(), Atomicity::All)?;
            outcomes.into_iter().collect::<crm_core::Result<Vec<_>>>()?;
        }
        Ok(())
    }

    pub(crate) fn create_each(&self, customers: &[Customer]) -> Result<Sum> {
        for customer in customers {
            self.session.apply(add(customer))?;
        }
        Ok(Sum::of_rows(customers.len() as u64))
    }

    pub(crate) fn update_each(&self, edits: &[Edit]) -> Result<Sum> {
        for edit in edits {
            self.session.apply(update(edit))?;
        }
        Ok(Sum::of_rows(edits.len() as u64))
    }

    /// Updates customers in one batch.
    pub(crate) fn update_together(&self, edits: &[Edit]) -> Result<()> {
        let outcomes = self.session.apply_many(edits.iter().map(update).collect(), Atomicity::All)?;
        Ok(outcomes.into_iter().try_for_each(|outcome| outcome.map(drop))?)
    }

    pub(crate) fn get_each(&self, ids: &[u64]) -> Result<Sum> {
        let mut sum = Sum::default();
        for id in ids {
            let record = self.session.get(EntityKind::Customer, *id)?;
            see(&mut sum, &record.ok_or("a customer is missing")?);
        }
        Ok(sum)
    }

    pub(crate) fn get_two_fields_each(&self, ids: &[u64]) -> Result<Sum> {
        let mut sum = Sum::default();
        for id in ids {
            let record = self.session.get(EntityKind::Customer, *id)?.ok_or("a customer is missing")?;
            sum.text(record.text(customer::field::name).unwrap_or_default());
            if let Some(ValueRef::Int(employees)) = record.get(customer::field::employee_count) {
                sum.number(employees);
            }
        }
        Ok(sum)
    }

    pub(crate) fn get_by_code_each(&self, codes: &[String]) -> Result<Sum> {
        let mut sum = Sum::default();
        for code in codes {
            let record = self.session.get_by_code(EntityKind::Customer, code)?;
            see(&mut sum, &record.ok_or("a customer is missing")?);
        }
        Ok(sum)
    }

    /// The first 100 planned visits up to a day, by day.
    pub(crate) fn visits_due(&self, until: crm_core::domain::Date) -> Result<Sum> {
        let query = Query::new(EntityKind::Visit)
            .filter(visit::field::state, Op::Eq, Value::Enum(VisitState::Planned.number()))
            .filter(visit::field::planned_on, Op::Le, Value::Date(until))
            .order_by(visit::field::planned_on, Order::Ascending)
            .limit(100);
        self.read_all(&query)
    }

    pub(crate) fn customers_of(&self, owner: &str) -> Result<Sum> {
        let query = Query::new(EntityKind::Customer).filter(customer::field::owner, Op::Eq, Value::Text(owner.into()));
        self.read_all(&query)
    }

    /// Every field of every customer.
    pub(crate) fn scan(&self) -> Result<Sum> {
        self.read_all(&Query::new(EntityKind::Customer))
    }

    fn read_all(&self, query: &Query) -> Result<Sum> {
        let mut sum = Sum::default();
        let mut cursor = self.session.find(query)?;
        while let Some(record) = cursor.step()? {
            see(&mut sum, &record);
        }
        Ok(sum)
    }

    pub(crate) fn count_by_class(&self) -> Result<Sum> {
        self.count_by(&Query::new(EntityKind::Customer), customer::field::class)
    }

    pub(crate) fn count_by_owner(&self) -> Result<Sum> {
        self.count_by(&Query::new(EntityKind::Customer), customer::field::owner)
    }

    pub(crate) fn open_complaints_by_grade(&self) -> Result<Sum> {
        let values = OPEN_STATES.map(Value::Enum).to_vec();
        let open = Condition { field: complaint::field::state, op: Op::In, values };
        let query = Query { conditions: vec![open], ..Query::new(EntityKind::Complaint) };
        self.count_by(&query, complaint::field::grade)
    }

    fn count_by(&self, query: &Query, field: u16) -> Result<Sum> {
        let mut sum = Sum::default();
        for (value, count) in self.session.count_by(query, field)? {
            match value {
                Some(Value::Text(text)) => sum.text(&text),
                Some(Value::Enum(number)) => sum.number(i64::from(number)),
                _ => {}
            }
            sum.number(count.cast_signed());
        }
        Ok(sum)
    }

    /// Adds complaints, and gives the state and grade of each.
    pub(crate) fn add_complaints(&self, complaints: &[Complaint]) -> Result<Vec<(u16, u16)>> {
        let commands = complaints.iter().map(add_complaint).collect();
        let mut added = Vec::with_capacity(complaints.len());
        for outcome in self.session.apply_many(commands, Atomicity::All)? {
            let record = outcome?.record.ok_or("a complaint is missing")?;
            let number = |field| record.enumeration(field).ok_or("a complaint lacks its state or grade");
            added.push((number(complaint::field::state)?, number(complaint::field::grade)?));
        }
        Ok(added)
    }

    /// The count of each known class by itself, which the index answers alone.
    pub(crate) fn count_of_each_class(&self) -> Result<Sum> {
        let mut sum = Sum::default();
        for class in CLASSES {
            let query =
                Query::new(EntityKind::Customer).filter(customer::field::class, Op::Eq, Value::Text(class.into()));
            sum.text(class);
            sum.number(self.session.count(&query)?.cast_signed());
        }
        Ok(sum)
    }

    /// Sums the employees by class.
    pub(crate) fn employees_by_class(&self) -> Result<Sum> {
        use customer::field;
        let mut by_class = [(0, 0); CLASSES.len()];
        let all = Query::new(EntityKind::Customer);
        for summary in self.session.aggregate(&all, field::employee_count, Some(field::class))? {
            let Some(Value::Text(class)) = &summary.group else { continue };
            let at = CLASSES.iter().position(|known| known == class).ok_or("an unknown class")?;
            by_class[at] = (summary.count.cast_signed(), i64::try_from(summary.sum.unwrap_or_default())?);
        }
        Ok(sum_of_classes(&by_class))
    }

    /// The same by a cursor, adding up outside of the kernel.
    pub(crate) fn employees_by_class_row_by_row(&self) -> Result<Sum> {
        let mut by_class = [(0_i64, 0_i64); CLASSES.len()];
        let mut cursor = self.session.find(&Query::new(EntityKind::Customer))?;
        while let Some(record) = cursor.step()? {
            let class = record.text(customer::field::class);
            let at = CLASSES.iter().position(|known| Some(*known) == class).ok_or("an unknown class")?;
            let Some(ValueRef::Int(employees)) = record.get(customer::field::employee_count) else { continue };
            by_class[at] = (by_class[at].0 + 1, by_class[at].1 + employees);
        }
        Ok(sum_of_classes(&by_class))
    }

    /// How many entries the journal has, after a check that nothing is wrong.
    pub(crate) fn verify(&self) -> Result<u64> {
        let report = self.session.verify()?;
        match report.problems.first() {
            Some(problem) => Err(format!("the kernel's database is wrong: {problem}").into()),
            None => Ok(report.entries),
        }
    }
}

/// What was counted by class, as a sum.
pub(crate) fn sum_of_classes(by_class: &[(i64, i64)]) -> Sum {
    let mut sum = Sum::default();
    for (place, (count, employees)) in (1_i64..).zip(by_class) {
        sum.number(count * place);
        sum.number(employees * place * 7);
    }
    sum
}

/// Reads every field, and sums up those that SQLite's rows have, too: its visits lack the unit, which the kernel takes
/// from the customer.
fn see(sum: &mut Sum, record: &Record) {
    sum.rows += 1;
    let is_visit = record.entity() == EntityKind::Visit;
    for (field, value) in record.iter() {
        if is_visit && field == visit::field::org_unit {
            continue;
        }
        match value {
            ValueRef::Text(text) => sum.text(text),
            ValueRef::Int(number) => sum.number(number),
            ValueRef::Bool(flag) => sum.number(i64::from(flag)),
            ValueRef::Date(date) => sum.number(i64::from(date.to_epoch_days())),
            ValueRef::Instant(at) => sum.number(at.us()),
            ValueRef::Money(money) => {
                sum.number(money.amount_minor());
                sum.text(money.currency());
            }
            ValueRef::Enum(number) => sum.number(i64::from(number)),
            ValueRef::Ref(id) => sum.number(id.cast_signed()),
        }
    }
}

pub(crate) fn add(row: &Customer) -> Command {
    use customer::field;
    let text = |text: &str| Some(Value::Text(text.to_owned()));
    let revenue = Money::new(row.annual_revenue_minor, "CNY").expect("invariant: CNY is of the form of a currency");
    let changes = Changes::from([
        (field::code, text(&row.code)),
        (field::external_system, text(row.external_system)),
        (field::external_id, text(&row.external_id)),
        (field::name, text(&row.name)),
        (field::short_name, text(&row.short_name)),
        (field::pinyin, text(&row.pinyin)),
        (field::party_kind, Some(Value::Enum(row.party_kind))),
        (field::status, Some(Value::Enum(row.status))),
        (field::class, text(row.class)),
        (field::owner, text(&row.owner)),
        (field::org_unit, text(&row.org_unit)),
        (field::region, text(row.region)),
        (field::industry, text(row.industry)),
        (field::address, text(&row.address)),
        (field::phone, text(&row.phone)),
        (field::email, text(&row.email)),
        (field::website, text(&row.website)),
        (field::employee_count, Some(Value::Int(row.employee_count))),
        (field::annual_revenue, Some(Value::Money(revenue))),
        (field::next_due_on, Some(Value::Date(row.next_due_on))),
    ]);
    Command::Add { entity: EntityKind::Customer, changes }
}

fn update(edit: &Edit) -> Command {
    use customer::field;
    let changes = Changes::from([
        (field::phone, Some(Value::Text(edit.phone.clone()))),
        (field::employee_count, Some(Value::Int(edit.employee_count))),
        (field::next_due_on, Some(Value::Date(edit.next_due_on))),
    ]);
    Command::Update { entity: EntityKind::Customer, id: edit.id, revision: None, changes }
}

fn add_visit(row: &Visit) -> Command {
    use visit::field;
    let mut changes = Changes::from([
        (field::code, Some(Value::Text(row.code.clone()))),
        (field::customer, Some(Value::Ref(row.customer))),
        (field::channel, Some(Value::Enum(row.channel))),
        (field::state, Some(Value::Enum(row.state))),
        (field::owner, Some(Value::Text(row.owner.clone()))),
        (field::planned_on, Some(Value::Date(row.planned_on))),
        (field::purpose, Some(Value::Text(row.purpose.into()))),
    ]);
    if let Some(at) = row.held_at_us.and_then(|us| Instant::from_us(us).ok()) {
        changes.insert(field::held_at, Some(Value::Instant(at)));
    }
    Command::Add { entity: EntityKind::Visit, changes }
}

fn add_complaint(row: &Complaint) -> Command {
    use complaint::field;
    let received = Instant::from_us(row.received_at_us).expect("invariant: the instants here are of this century");
    let changes = Changes::from([
        (field::customer, Some(Value::Ref(row.customer))),
        (field::issue, Some(Value::Text(row.issue.into()))),
        (field::received_at, Some(Value::Instant(received))),
        (field::state, Some(Value::Enum(row.state))),
        (field::external_intent, Some(Value::Bool(row.external_intent))),
        // The rows do not tell what the verbs would have asked for.
        (field::facts_unknown, (row.state != ComplaintState::Received.number()).then_some(Value::Bool(true))),
    ]);
    Command::Add { entity: EntityKind::Complaint, changes }
}
