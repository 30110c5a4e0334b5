//! Reading: by id, by code, the visits due, an owner's customers, counts and full scans.

use crate::base::Base;
use crate::kernel::Kernel;
use crate::measure::{Contender, Operation, Result, compare};
use crate::options::Options;
use crate::rows::{self, Random};
use crate::sqlite::Sqlite;

const GETS: u64 = 10_000;
const LISTS: u64 = 50;

pub(crate) fn run(options: &Options, base: &Base) -> Result<()> {
    let kernel = Kernel::open(&base.kernel_copy("reads.crm")?)?;
    let sqlite = Sqlite::open(&base.sqlite_copy("reads.sqlite")?)?;
    let reads = Reads { kernel: &kernel, sqlite: &sqlite, runs: options.runs, rows: base.rows };
    reads.warm_up()?;
    if options.wants("get") {
        reads.by_id()?;
        reads.two_fields()?;
        reads.by_code()?;
    }
    if options.wants("due") {
        reads.visits_due()?;
    }
    if options.wants("owner") {
        reads.customers_of_an_owner()?;
    }
    if options.wants("count") {
        reads.count_by_class()?;
        reads.count_by_owner()?;
        reads.open_complaints_by_grade()?;
    }
    if options.wants("scan") {
        reads.sum_by_class()?;
        reads.scan()?;
    }
    kernel.close()
}

struct Reads<'r> {
    kernel: &'r Kernel,
    sqlite: &'r Sqlite,
    runs: u64,
    rows: u64,
}

impl Reads<'_> {
    /// Reads every customer once by code on both sides, so that both have in memory what they keep there.
    fn warm_up(&self) -> Result<()> {
        let codes: Vec<String> = (0..self.rows).map(rows::code).collect();
        let (ours, theirs) = (self.kernel.get_by_code_each(&codes)?, self.sqlite.get_by_code_each(&codes)?);
        if ours == theirs { Ok(()) } else { Err(format!("crmkernel saw {ours:?}, SQLite {theirs:?}").into()) }
    }

    fn ids(&self, run: u64) -> Vec<u64> {
        let mut random = Random::of("get", run);
        (0..GETS).map(|_| 1 + random.below(self.rows)).collect()
    }

    fn by_id(&self) -> Result<()> {
        let Self { kernel, sqlite, .. } = self;
        let operation = Operation { title: "get by id, all fields read".into(), per_turn: GETS, warm_up: true };
        let contenders = vec![
            Contender::timed("crmkernel", |run| kernel.get_each(&self.ids(run))),
            Contender::timed("SQLite, one read transaction", |run| sqlite.in_one_read(|s| s.get_each(&self.ids(run)))),
            Contender::timed("SQLite, a transaction each", |run| sqlite.get_each(&self.ids(run))),
        ];
        compare(self.runs, &operation, contenders)
    }

    fn two_fields(&self) -> Result<()> {
        let Self { kernel, sqlite, .. } = self;
        let operation = Operation { title: "get by id, two fields read".into(), per_turn: GETS, warm_up: true };
        let two = |s: &Sqlite, run| s.get_two_fields_each(&self.ids(run));
        let contenders = vec![
            Contender::timed("crmkernel", |run| kernel.get_two_fields_each(&self.ids(run))),
            Contender::timed("SQLite, one read transaction", |run| sqlite.in_one_read(|s| two(s, run))),
            Contender::timed("SQLite, a transaction each", |run| two(sqlite, run)),
        ];
        compare(self.runs, &operation, contenders)
    }

    fn by_code(&self) -> Result<()> {
        let Self { kernel, sqlite, .. } = self;
        let codes = |run| self.ids(run).into_iter().map(|id| rows::code(id - 1)).collect::<Vec<_>>();
        let operation = Operation { title: "get by code, all fields read".into(), per_turn: GETS, warm_up: true };
        let one = |s: &Sqlite, run| s.get_by_code_each(&codes(run));
        let contenders = vec![
            Contender::timed("crmkernel", |run| kernel.get_by_code_each(&codes(run))),
            Contender::timed("SQLite, one read transaction", |run| sqlite.in_one_read(|s| one(s, run))),
            Contender::timed("SQLite, a transaction each", |run| one(sqlite, run)),
        ];
        compare(self.runs, &operation, contenders)
    }

    fn visits_due(&self) -> Result<()> {
        let until = |run, n| rows::day(100 + (run * LISTS + n) % 200);
        let operation =
            Operation { title: "the first 100 visits due, all fields".into(), per_turn: LISTS, warm_up: true };
        let contenders = vec![
            Contender::timed("crmkernel", |run| last_of(|n| self.kernel.visits_due(until(run, n)))),
            Contender::timed("SQLite", |run| last_of(|n| self.sqlite.visits_due(until(run, n)))),
        ];
        compare(self.runs, &operation, contenders)
    }

    fn customers_of_an_owner(&self) -> Result<()> {
        let owner = |run, n| rows::owner(run * LISTS + n, self.rows);
        let operation =
            Operation { title: "the 1,000 customers of an owner, all fields".into(), per_turn: LISTS, warm_up: true };
        let contenders = vec![
            Contender::timed("crmkernel", |run| last_of(|n| self.kernel.customers_of(&owner(run, n)))),
            Contender::timed("SQLite", |run| last_of(|n| self.sqlite.customers_of(&owner(run, n)))),
        ];
        compare(self.runs, &operation, contenders)
    }

    fn count_by_class(&self) -> Result<()> {
        let operation =
            Operation { title: format!("count {} customers by class", self.rows), per_turn: 1, warm_up: true };
        let contenders = vec![
            Contender::timed("crmkernel, count_by", |_| self.kernel.count_by_class()),
            Contender::timed("SQLite, GROUP BY over the index", |_| self.sqlite.count_by_class()),
            Contender::timed("(crmkernel, count of each class)", |_| self.kernel.count_of_each_class()),
        ];
        compare(self.runs, &operation, contenders)
    }

    fn count_by_owner(&self) -> Result<()> {
        let operation =
            Operation { title: format!("count {} customers by owner", self.rows), per_turn: 1, warm_up: true };
        let contenders = vec![
            Contender::timed("crmkernel, count_by", |_| self.kernel.count_by_owner()),
            Contender::timed("SQLite, GROUP BY over the index", |_| self.sqlite.count_by_owner()),
        ];
        compare(self.runs, &operation, contenders)
    }

    fn open_complaints_by_grade(&self) -> Result<()> {
        let complaints = rows::complaints(self.rows / 10, self.rows);
        self.sqlite.add_complaints(&self.kernel.add_complaints(&complaints)?)?;
        let title = format!("the open of {} complaints by grade", complaints.len());
        let operation = Operation { title, per_turn: 1, warm_up: true };
        let contenders = vec![
            Contender::timed("crmkernel, count_by", |_| self.kernel.open_complaints_by_grade()),
            Contender::timed("SQLite, GROUP BY over an index of the open", |_| self.sqlite.open_complaints_by_grade()),
        ];
        compare(self.runs, &operation, contenders)
    }

    fn sum_by_class(&self) -> Result<()> {
        let title = format!("scan {} customers, sum a field by class", self.rows);
        let operation = Operation { title, per_turn: 1, warm_up: true };
        let contenders = vec![
            Contender::timed("crmkernel, aggregate", |_| self.kernel.employees_by_class()),
            Contender::timed("SQLite, GROUP BY", |_| self.sqlite.employees_by_class()),
            Contender::timed("SQLite, row by row", |_| self.sqlite.employees_by_class_row_by_row()),
            Contender::timed("(crmkernel, cursor)", |_| self.kernel.employees_by_class_row_by_row()),
        ];
        compare(self.runs, &operation, contenders)
    }

    fn scan(&self) -> Result<()> {
        let title = format!("scan {} customers, all fields", self.rows);
        let operation = Operation { title, per_turn: 1, warm_up: true };
        let contenders = vec![
            Contender::timed("crmkernel, cursor", |_| self.kernel.scan()),
            Contender::timed("SQLite, row by row", |_| self.sqlite.scan()),
        ];
        compare(self.runs, &operation, contenders)
    }
}

/// Does a list as often as a turn asks, and gives what the last one saw.
fn last_of(list: impl Fn(u64) -> Result<crate::measure::Sum>) -> Result<crate::measure::Sum> {
    let mut last = crate::measure::Sum::default();
    for n in 0..LISTS {
        last = list(n)?;
    }
    Ok(last)
}
