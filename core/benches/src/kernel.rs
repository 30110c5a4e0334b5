//! The kernel's side: every operation through the facade, as a user would write it.

use std::path::Path;
use std::sync::Arc;

use crm_core::adapter::{RedbOptions, SystemClock};
use crm_core::domain::{
    Actor, Changes, Command, EntityKind, Fields, Instant, Level, Money, Value, ValueRef, VisitState, customer, visit,
};
use crm_core::port::Order;
use crm_core::{Atomicity, Config, Crm, Op, Query, Record, Session};

use crate::measure::{Result, Sum};
use crate::rows::{CLASSES, Customer, Edit, Visit};

/// An open database with a session of a manager, who may record the past.
pub(crate) struct Kernel {
    crm: Crm,
    session: Session,
}

impl Kernel {
    /// Opens or creates a database as the product ships: every page checked when it is read, 64 MiB of cache.
    pub(crate) fn open(path: &Path) -> Result<Self> {
        Self::open_with(path, &RedbOptions::default())
    }

    pub(crate) fn open_with(path: &Path, options: &RedbOptions) -> Result<Self> {
        let crm = Crm::open_file(path, options, Config::new(Arc::new(SystemClock::new())))?;
        let session = crm.session(Actor { name: "u.bench".into(), level: Level::Manage })?;
        Ok(Self { crm, session })
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

    fn read_all(&self, query: &Query) -> Result<Sum> {
        let mut sum = Sum::default();
        let mut cursor = self.session.find(query)?;
        while let Some(record) = cursor.step()? {
            see(&mut sum, &record);
        }
        Ok(sum)
    }

    pub(crate) fn count_by_class(&self) -> Result<Sum> {
        let mut sum = Sum::default();
        for (class, count) in self.session.count_by(&Query::new(EntityKind::Customer), customer::field::class)? {
            if let Some(Value::Text(class)) = class {
                sum.text(&class);
            }
            sum.number(count.cast_signed());
        }
        Ok(sum)
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

    /// Reads every customer and sums the employees by class.
    pub(crate) fn employees_by_class(&self) -> Result<Sum> {
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

/// Reads every field.
fn see(sum: &mut Sum, record: &Record) {
    sum.rows += 1;
    for (_, value) in record.iter() {
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
