//! What pages of a query cost, counted in the pairs that the store shows.
//!
//! A query whose order no index gives began anew with every page: it read every record, made a copy of each, and sorted
//! all of them for the twenty that were asked for, so that paging through a base of 1,000,000 took 1.9 s a page. An order
//! by an indexed field alone did the same, because the plan asked for a condition on the field. Now an order alone goes by
//! the index of its field; a page of any other order sorts in bounded memory, and the second page notes where the
//! following records lie, for the pages that come. No page reads more than the first.
#![expect(clippy::unwrap_used, reason = "a test may panic")]

use std::collections::BTreeMap;
use std::ops::ControlFlow;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use crm_core::adapter::MemoryStore;
use crm_core::domain::{Actor, Command, EntityKind, FIELD_ID, Fields, Instant, Level, Value, customer};
use crm_core::port::{Order, ReadTxn, Seen, Space, Store, StoreStatistics, Visitor, WriteTxn};
use crm_core::testing::FixedClock;
use crm_core::{Atomicity, Config, Crm, Op, Query, Result, Session};

const CUSTOMER: EntityKind = EntityKind::Customer;
const ROWS: u64 = 1_000;
const PAGE: u64 = 20;

/// A store that counts the records that it shows.
struct Counting {
    inner: MemoryStore,
    shown: Arc<AtomicU64>,
}

struct CountingTxn {
    inner: Box<dyn ReadTxn>,
    shown: Arc<AtomicU64>,
}

impl Store for Counting {
    fn begin_read(&self) -> Result<Box<dyn ReadTxn>> {
        Ok(Box::new(CountingTxn { inner: self.inner.begin_read()?, shown: Arc::clone(&self.shown) }))
    }

    fn begin_write(&self) -> Result<Box<dyn WriteTxn + '_>> {
        self.inner.begin_write()
    }

    fn check(&self, wait: Duration) -> Result<Vec<String>> {
        self.inner.check(wait)
    }

    fn compact(&self, wait: Duration) -> Result<()> {
        self.inner.compact(wait)
    }

    fn statistics(&self, spaces: bool) -> Result<StoreStatistics> {
        self.inner.statistics(spaces)
    }

    fn close(&self) -> Result<()> {
        self.inner.close()
    }
}

impl ReadTxn for CountingTxn {
    fn get(&self, space: Space, key: &[u8], visit: &mut dyn FnMut(&[u8])) -> Result<bool> {
        self.shown.fetch_add(u64::from(space == Space::Record), Ordering::Relaxed);
        self.inner.get(space, key, visit)
    }

    fn scan(
        &self,
        space: Space,
        from: &[u8],
        until: Option<&[u8]>,
        order: Order,
        visit: &mut Visitor<'_>,
    ) -> Result<()> {
        self.inner.scan(space, from, until, order, &mut |key, value| {
            self.shown.fetch_add(1, Ordering::Relaxed);
            visit(key, value)
        })
    }

    fn read_through(&self, space: Space, visit: &mut dyn FnMut(Seen<'_>) -> Result<ControlFlow<()>>) -> Result<()> {
        self.inner.read_through(space, visit)
    }
}

fn text(value: impl Into<String>) -> Value {
    Value::Text(value.into())
}

/// Every third customer has no day, in every seventh the note is absent; names and notes come in no order.
fn row(n: u64) -> Command {
    use customer::field;
    let mut changes = BTreeMap::from([(field::name, Some(text(format!("c{:04}", n * 7_919 % 10_007))))]);
    if !n.is_multiple_of(3) {
        let day = chrono::NaiveDate::from_ymd_opt(2026, 1, 1).unwrap() + chrono::Days::new(n * 31 % 200);
        changes.insert(field::signed_on, Some(Value::Date(day)));
        changes.insert(field::region, Some(text(format!("{}", n * 17 % 40))));
    }
    if !n.is_multiple_of(7) {
        changes.insert(field::note, Some(text(format!("{}", n * 13 % 50))));
    }
    Command::Add { entity: CUSTOMER, changes }
}

/// A session over a store that counts, without a cache of records that would hide reads.
fn filled() -> (Session, Arc<AtomicU64>) {
    let shown = Arc::new(AtomicU64::new(0));
    let store = Counting { inner: MemoryStore::new(), shown: Arc::clone(&shown) };
    let clock = FixedClock::new(Instant::parse("2026-09-16T01:00:00Z").unwrap());
    let config = Config { record_cache_bytes: 0, ..Config::new(Arc::new(clock)) };
    let crm = Crm::open(Arc::new(store), config).unwrap();
    let session = crm.session(Actor { name: "u.li".into(), level: Level::Manage }).unwrap();
    session.apply_many((0..ROWS).map(row).collect(), Atomicity::All).unwrap();
    (session, shown)
}

/// The ids of each page with the records that were shown for it, each page by the position of the one before.
fn pages(session: &Session, query: &Query, shown: &AtomicU64) -> Vec<(Vec<u64>, u64)> {
    let (mut pages, mut position) = (Vec::new(), None);
    loop {
        shown.store(0, Ordering::Relaxed);
        let mut cursor = session.find(&Query { position, ..query.clone().limit(PAGE) }).unwrap();
        let mut ids = Vec::new();
        while let Some(record) = cursor.step().unwrap() {
            ids.push(record.id());
        }
        if ids.is_empty() {
            return pages;
        }
        position = Some(cursor.position());
        pages.push((ids, shown.load(Ordering::Relaxed)));
    }
}

/// The ids in their order, by looking at every record.
fn sorted(session: &Session, query: &Query) -> Vec<u64> {
    let (field, order) = query.order.unwrap();
    let mut cursor = session.find(&Query { order: None, ..query.clone() }).unwrap();
    let mut all = Vec::new();
    while let Some(record) = cursor.step().unwrap() {
        all.push((record.get(field).map(|value| value.to_value()), record.id()));
    }
    all.sort();
    if order == Order::Descending {
        all.reverse();
    }
    all.into_iter().map(|(_, id)| id).collect()
}

const ORDERS: [Order; 2] = [Order::Ascending, Order::Descending];

#[test]
fn an_order_alone_goes_by_the_index_of_its_field_with_absent_values_first() {
    use customer::field;
    let (session, shown) = filled();
    for (field, name) in [(field::region, "customer.region"), (field::next_due_on, "customer.next_due_on")] {
        for order in ORDERS {
            let query = Query::new(CUSTOMER).order_by(field, order);
            let plan = session.explain_query(&query).unwrap();
            assert_eq!((plan.index.as_deref(), plan.sorted), (Some(name), true));
            let found = pages(&session, &query, &shown);
            let ids: Vec<u64> = found.iter().flat_map(|(ids, _)| ids.clone()).collect();
            assert_eq!(ids, sorted(&session, &query));
            // Every record is shown once for all pages together that are without a value, and once for those that have one;
            // a batch ahead of each page.
            let all: u64 = found.iter().map(|(_, shown)| shown).sum();
            assert!(all <= 4 * ROWS, "{name} {order:?}: {all}");
            assert_eq!(session.count(&query).unwrap(), ROWS);
        }
    }
}

#[test]
fn an_order_by_a_unique_key_goes_by_it_too() {
    let (session, _) = filled();
    let changes = |code: &str| {
        BTreeMap::from([(customer::field::name, Some(text("x"))), (customer::field::code, Some(text(code)))])
    };
    for code in ["b", "a", "c"] {
        session.apply(Command::Add { entity: CUSTOMER, changes: changes(code) }).unwrap();
    }
    for order in ORDERS {
        let query = Query::new(CUSTOMER).order_by(customer::field::code, order);
        assert!(session.explain_query(&query).unwrap().sorted);
        let mut cursor = session.find(&query).unwrap();
        let mut ids = Vec::new();
        while let Some(record) = cursor.step().unwrap() {
            ids.push(record.id());
        }
        assert_eq!(ids, sorted(&session, &query));
    }
}

#[test]
fn no_page_of_an_order_without_an_index_costs_more_than_the_first() {
    use customer::field;
    let (session, shown) = filled();
    let all = Query::new(CUSTOMER);
    for (query, hits) in [
        (all.clone(), ROWS),
        (all.clone().filter(field::signed_on, Op::Ge, Value::Date("2026-02-01".parse().unwrap())), ROWS),
        (all.filter(field::region, Op::Eq, text("17")), 40),
    ] {
        for (field, order) in ORDERS.map(|order| (field::note, order)).into_iter().chain([(field::name, ORDERS[1])]) {
            let query = query.clone().order_by(field, order);
            assert!(!session.explain_query(&query).unwrap().sorted);
            let found = pages(&session, &query, &shown);
            let ids: Vec<u64> = found.iter().flat_map(|(ids, _)| ids.clone()).collect();
            assert_eq!(ids, sorted(&session, &query), "{query:?}");
            let first = found[0].1;
            assert!(first <= hits + PAGE, "{first} {query:?}");
            for (page, (ids, shown)) in found.iter().enumerate().skip(1) {
                let most = if page == 1 { first + PAGE } else { ids.len() as u64 };
                assert!(*shown <= most, "page {page} showed {shown}, the first {first}: {query:?}");
            }
        }
    }
}

/// A position may come from before a commit: what is kept of that state is not used for another.
#[test]
fn a_page_behind_a_commit_sees_the_commit() {
    use customer::field;
    let (session, _) = filled();
    let query = Query::new(CUSTOMER).order_by(field::name, Order::Ascending);
    let wanted = sorted(&session, &query);
    let query = query.limit(PAGE);
    let mut position = None;
    for page in 0..6 {
        let mut cursor = session.find(&Query { position, ..query.clone() }).unwrap();
        let first = cursor.step().unwrap().unwrap();
        while cursor.step().unwrap().is_some() {}
        position = Some(cursor.position());
        assert_eq!(first.id(), wanted[page * usize::try_from(PAGE).unwrap()], "{page}");
        // The first record of each page moves behind all others.
        let rename = BTreeMap::from([(field::name, Some(text("zzz")))]);
        session.apply(Command::Update { entity: CUSTOMER, id: first.id(), revision: None, changes: rename }).unwrap();
    }
    let rest = {
        let mut cursor = session.find(&Query { position, limit: None, ..query }).unwrap();
        let mut names = Vec::new();
        while let Some(record) = cursor.step().unwrap() {
            names.push(record.text(field::name).unwrap().to_owned());
        }
        names
    };
    assert_eq!(rest.iter().filter(|name| *name == "zzz").count(), 6);
    assert_eq!(rest.len() as u64, ROWS - 6 * PAGE + 6);
}

/// `query.after(position).pages(n)` of Python has no limit: each first page read every record twice, for the places were
/// neither kept nor looked for.
#[test]
fn a_query_without_a_limit_that_goes_on_keeps_its_places_as_pages_do() {
    use customer::field;
    let (session, shown) = filled();
    for order in ORDERS {
        let query = Query::new(CUSTOMER).order_by(field::note, order);
        let wanted = sorted(&session, &query);
        let (mut position, mut ids, mut costs) = (None, Vec::new(), Vec::new());
        loop {
            shown.store(0, Ordering::Relaxed);
            let mut cursor = session.find(&Query { position, ..query.clone() }).unwrap();
            let before = ids.len();
            while ids.len() < before + usize::try_from(PAGE).unwrap() {
                let Some(record) = cursor.step().unwrap() else { break };
                ids.push(record.id());
            }
            if ids.len() == before {
                break;
            }
            costs.push(shown.load(Ordering::Relaxed));
            position = Some(cursor.position());
        }
        assert_eq!(ids, wanted);
        let ahead = 2 * 64;
        assert!(costs.iter().skip(2).all(|cost| *cost <= PAGE + ahead), "{costs:?}");
    }
}

/// A cursor that goes on to the end reads every record for its order once, and each once more at most.
#[test]
fn a_cursor_reads_on_in_one_snapshot() {
    let (session, shown) = filled();
    let query = Query::new(CUSTOMER).order_by(customer::field::note, Order::Descending);
    shown.store(0, Ordering::Relaxed);
    let mut cursor = session.find(&query).unwrap();
    let mut ids = Vec::new();
    while let Some(record) = cursor.step().unwrap() {
        if ids.is_empty() {
            let changes = BTreeMap::from([(customer::field::note, Some(text("0")))]);
            session.apply(Command::Update { entity: CUSTOMER, id: record.id(), revision: None, changes }).unwrap();
        }
        ids.push(record.id());
    }
    assert!(shown.load(Ordering::Relaxed) <= 2 * ROWS);
    assert_eq!(ids.len() as u64, ROWS);
    assert_ne!(ids, sorted(&session, &query), "the cursor kept its snapshot");
    let by_id = Query::new(CUSTOMER).order_by(FIELD_ID, Order::Descending);
    assert!(session.explain_query(&by_id).unwrap().index.is_none());
}
