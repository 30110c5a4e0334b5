//! SQLite's writes: a row, its indexes and its audit row in one transaction, by prepared statements.

use crm_core::adapter::SystemClock;
use crm_core::domain::{EntityKind, customer, visit};
use crm_core::port::Clock;
use rusqlite::{Connection, OptionalExtension, Statement, params};

use crate::audit::{self, Seen};
use crate::measure::{Result, Sum};
use crate::rows::{Customer, Edit, Visit};

/// A connection's statements for writing, prepared once.
pub(crate) struct Writer<'c> {
    connection: &'c Connection,
    head: Statement<'c>,
    add_customer: Statement<'c>,
    add_visit: Statement<'c>,
    before_update: Statement<'c>,
    update_customer: Statement<'c>,
    add_entry: Statement<'c>,
    begin: Statement<'c>,
    commit: Statement<'c>,
    clock: SystemClock,
    entry: Vec<u8>,
    /// The end of the journal, known from the beginning of a transaction on.
    sequence: u64,
    hash: [u8; 32],
}

impl<'c> Writer<'c> {
    pub(crate) fn new(connection: &'c Connection) -> Result<Self> {
        let marks = |n: usize| (1..=n).map(|i| format!("?{i}")).collect::<Vec<_>>().join(", ");
        Ok(Self {
            connection,
            head: connection.prepare("SELECT sequence, hash FROM journal ORDER BY sequence DESC LIMIT 1")?,
            add_customer: connection.prepare(&format!(
                "INSERT INTO customer (revision, sequence, created_at, updated_at, code, external_system, external_id, \
                 name, short_name, pinyin, party_kind, status, class, owner, org_unit, region, industry, address, phone, \
                 email, website, employee_count, annual_revenue_minor, annual_revenue_currency, next_due_on) \
                 VALUES ({})",
                marks(25)
            ))?,
            add_visit: connection.prepare(&format!(
                "INSERT INTO visit (revision, sequence, created_at, updated_at, code, customer, channel, state, owner, \
                 planned_on, purpose, held_at) VALUES ({})",
                marks(12)
            ))?,
            before_update: connection.prepare(
                "SELECT revision, sequence, phone, employee_count, next_due_on FROM customer WHERE id = ?1",
            )?,
            update_customer: connection.prepare(
                "UPDATE customer SET revision = ?2, sequence = ?3, updated_at = ?4, phone = ?5, employee_count = ?6, \
                 next_due_on = ?7 WHERE id = ?1",
            )?,
            add_entry: connection.prepare("INSERT INTO journal (sequence, hash, entry) VALUES (?1, ?2, ?3)")?,
            begin: connection.prepare("BEGIN IMMEDIATE")?,
            commit: connection.prepare("COMMIT")?,
            clock: SystemClock::new(),
            entry: Vec::with_capacity(1024),
            sequence: 0,
            hash: [0; 32],
        })
    }

    /// Runs some work in one durable transaction; when it fails nothing of it stays.
    pub(crate) fn transaction<T>(&mut self, work: impl FnOnce(&mut Self) -> Result<T>) -> Result<T> {
        self.begin.execute([])?;
        let done = self.read_head().and_then(|()| work(self));
        match &done {
            Ok(_) => self.commit.execute([]).map(|_| ())?,
            Err(_) => self.connection.execute_batch("ROLLBACK")?,
        }
        done
    }

    fn read_head(&mut self) -> Result<()> {
        let found =
            self.head.query_row([], |row| Ok((row.get::<_, i64>(0)?, row.get::<_, [u8; 32]>(1)?))).optional()?;
        let (sequence, hash) = found.unwrap_or_default();
        (self.sequence, self.hash) = (sequence.cast_unsigned(), hash);
        Ok(())
    }

    pub(crate) fn load(&mut self, customers: &[Customer], batch: usize) -> Result<Sum> {
        for part in customers.chunks(batch) {
            self.transaction(|writer| part.iter().try_for_each(|row| writer.add_customer(row)))?;
        }
        Ok(Sum::of_rows(customers.len() as u64))
    }

    pub(crate) fn load_visits(&mut self, visits: &[Visit], batch: usize) -> Result<()> {
        for part in visits.chunks(batch) {
            self.transaction(|writer| part.iter().try_for_each(|row| writer.add_visit(row)))?;
        }
        Ok(())
    }

    pub(crate) fn create_each(&mut self, customers: &[Customer]) -> Result<Sum> {
        for row in customers {
            self.transaction(|writer| writer.add_customer(row))?;
        }
        Ok(Sum::of_rows(customers.len() as u64))
    }

    pub(crate) fn update_each(&mut self, edits: &[Edit]) -> Result<Sum> {
        for edit in edits {
            self.transaction(|writer| writer.update_customer(edit))?;
        }
        Ok(Sum::of_rows(edits.len() as u64))
    }

    /// Updates customers in one transaction.
    pub(crate) fn update_together(&mut self, edits: &[Edit]) -> Result<()> {
        self.transaction(|writer| edits.iter().try_for_each(|edit| writer.update_customer(edit)))
    }

    /// Adds a customer and its audit row to the open transaction.
    pub(crate) fn add_customer(&mut self, row: &Customer) -> Result<()> {
        let (at, sequence) = (self.clock.now().us(), self.sequence + 1);
        let due = row.next_due_on.to_epoch_days();
        self.add_customer.execute(params![
            1,
            sequence.cast_signed(),
            at,
            at,
            row.code,
            row.external_system,
            row.external_id,
            row.name,
            row.short_name,
            row.pinyin,
            row.party_kind,
            row.status,
            row.class,
            row.owner,
            row.org_unit,
            row.region,
            row.industry,
            row.address,
            row.phone,
            row.email,
            row.website,
            row.employee_count,
            row.annual_revenue_minor,
            "CNY",
            due
        ])?;
        let id = self.connection.last_insert_rowid().cast_unsigned();
        self.append(at, "add", EntityKind::Customer, (id, 1, 0), &added(&values_of(row)))
    }

    fn add_visit(&mut self, row: &Visit) -> Result<()> {
        use visit::field;
        let (at, sequence) = (self.clock.now().us(), self.sequence + 1);
        let (customer, planned_on) = (row.customer.cast_signed(), row.planned_on.to_epoch_days());
        self.add_visit.execute(params![
            1,
            sequence.cast_signed(),
            at,
            at,
            row.code,
            customer,
            row.channel,
            row.state,
            row.owner,
            planned_on,
            row.purpose,
            row.held_at_us
        ])?;
        let id = self.connection.last_insert_rowid().cast_unsigned();
        let mut values = vec![
            (field::code, Seen::Text(&row.code)),
            (field::customer, Seen::Ref(customer)),
            (field::channel, Seen::Enum(i64::from(row.channel))),
            (field::state, Seen::Enum(i64::from(row.state))),
            (field::owner, Seen::Text(&row.owner)),
            (field::planned_on, Seen::Date(i64::from(planned_on))),
            (field::purpose, Seen::Text(row.purpose)),
        ];
        values.extend(row.held_at_us.map(|us| (field::held_at, Seen::Instant(us))));
        self.append(at, "add", EntityKind::Visit, (id, 1, 0), &added(&values))
    }

    fn update_customer(&mut self, edit: &Edit) -> Result<()> {
        use customer::field;
        let (id, at) = (edit.id, self.clock.now().us());
        let due = i64::from(edit.next_due_on.to_epoch_days());
        let mut rows = self.before_update.query([id.cast_signed()])?;
        let before = rows.next()?.ok_or("a customer is missing")?;
        let (revision, previous): (i64, i64) = (before.get(0)?, before.get(1)?);
        let old = |at: usize, tag| before.get_ref(at).map(|value| Seen::of(tag, value));
        let values = [
            (field::phone, old(2, audit::TEXT)?, Seen::Text(&edit.phone)),
            (field::employee_count, old(3, audit::INT)?, Seen::Int(edit.employee_count)),
            (field::next_due_on, old(4, audit::DATE)?, Seen::Date(due)),
        ];
        let head = audit::Head {
            previous: &self.hash,
            sequence: self.sequence + 1,
            at_us: at,
            command: "update",
            entity: EntityKind::Customer.number(),
            id,
            revision: revision.cast_unsigned() + 1,
            previous_sequence: previous.cast_unsigned(),
        };
        let hash = audit::encode(&mut self.entry, &head, &values);
        drop(rows);
        (self.sequence, self.hash) = (self.sequence + 1, hash);
        let sequence = self.sequence.cast_signed();
        self.update_customer.execute(params![
            id.cast_signed(),
            revision + 1,
            sequence,
            at,
            edit.phone,
            edit.employee_count,
            due
        ])?;
        self.add_entry.execute(params![sequence, hash, self.entry])?;
        Ok(())
    }

    fn append(
        &mut self,
        at_us: i64,
        command: &str,
        entity: EntityKind,
        (id, revision, previous_sequence): (u64, u64, u64),
        values: &[(u16, Seen<'_>, Seen<'_>)],
    ) -> Result<()> {
        let (sequence, entity) = (self.sequence + 1, entity.number());
        let head =
            audit::Head { previous: &self.hash, sequence, at_us, command, entity, id, revision, previous_sequence };
        self.hash = audit::encode(&mut self.entry, &head, values);
        self.sequence = sequence;
        self.add_entry.execute(params![sequence.cast_signed(), self.hash, self.entry])?;
        Ok(())
    }
}

/// The values of an added record: there was nothing before.
fn added<'v>(values: &[(u16, Seen<'v>)]) -> Vec<(u16, Seen<'v>, Seen<'v>)> {
    values.iter().map(|(field, value)| (*field, Seen::Absent, *value)).collect()
}

fn values_of(row: &Customer) -> [(u16, Seen<'_>); 20] {
    use customer::field;
    [
        (field::code, Seen::Text(&row.code)),
        (field::external_system, Seen::Text(row.external_system)),
        (field::external_id, Seen::Text(&row.external_id)),
        (field::name, Seen::Text(&row.name)),
        (field::short_name, Seen::Text(&row.short_name)),
        (field::pinyin, Seen::Text(&row.pinyin)),
        (field::party_kind, Seen::Enum(i64::from(row.party_kind))),
        (field::status, Seen::Enum(i64::from(row.status))),
        (field::class, Seen::Text(row.class)),
        (field::owner, Seen::Text(&row.owner)),
        (field::org_unit, Seen::Text(&row.org_unit)),
        (field::region, Seen::Text(row.region)),
        (field::industry, Seen::Text(row.industry)),
        (field::address, Seen::Text(&row.address)),
        (field::phone, Seen::Text(&row.phone)),
        (field::email, Seen::Text(&row.email)),
        (field::website, Seen::Text(&row.website)),
        (field::employee_count, Seen::Int(row.employee_count)),
        (field::annual_revenue, Seen::Cny(row.annual_revenue_minor)),
        (field::next_due_on, Seen::Date(i64::from(row.next_due_on.to_epoch_days()))),
    ]
}
