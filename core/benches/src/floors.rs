//! What a durable create cannot beat: its bytes straight into the store, and one small append with a sync.

use std::fs::OpenOptions;
use std::io::{Seek, SeekFrom, Write};

use crm_core::adapter::{RedbOptions, RedbStore};
use crm_core::port::{Space, Store};

use crate::base::Base;
use crate::kernel::Kernel;
use crate::measure::{Contender, Operation, Result, Sum, compare, timed};
use crate::options::Options;
use crate::rows::{Random, customers};

const WRITES: u64 = 300;
const RECORD_LEN: usize = 640;
const ENTRY_LEN: usize = 560;

pub(crate) fn run(options: &Options, base: &Base) -> Result<()> {
    let rows = base.rows;
    let kernel = Kernel::open(&base.kernel_copy("floors.crm")?)?;
    let store = RedbStore::open(base.kernel_copy("floors.redb")?, &RedbOptions::default())?;
    let mut log = OpenOptions::new().create(true).truncate(true).write(true).open(base.path("floors.log"))?;
    let length = usize::try_from((options.runs + 1) * WRITES)? * (RECORD_LEN + ENTRY_LEN);
    log.write_all(&vec![0; length])?;
    log.sync_all()?;
    log.seek(SeekFrom::Start(0))?;
    let operation = Operation { title: "what a durable create is made of".into(), per_turn: WRITES, warm_up: true };
    let contenders = vec![
        Contender::new("crmkernel, create", |run| {
            let rows = customers(rows + run * WRITES, WRITES, rows);
            timed(|| kernel.create_each(&rows))
        }),
        Contender::timed("(the same keys and bytes straight into the store)", |run| {
            (0..WRITES).try_for_each(|n| write_keys(&store, rows * 10 + run * WRITES + n))?;
            Ok(Sum::of_rows(WRITES))
        }),
        Contender::timed("(one append of the same bytes and fdatasync)", |_| {
            for _ in 0..WRITES {
                log.write_all(&[7; RECORD_LEN + ENTRY_LEN])?;
                log.sync_data()?;
            }
            Ok(Sum::of_rows(WRITES))
        }),
    ];
    compare(options.runs, &operation, contenders)?;
    store.close()?;
    kernel.close()
}

/// What a create writes: the record at the end, six index entries and two unique keys anywhere among the customers',
/// the journal entry at the end, and two facts.
fn write_keys(store: &RedbStore, number: u64) -> Result<()> {
    let mut random = Random::of("floors", number);
    let mut txn = store.begin_write()?;
    let mut record = vec![1];
    record.extend_from_slice(&number.to_be_bytes());
    txn.put(Space::Record, &record, &[7; RECORD_LEN])?;
    for field in [8_u16, 9, 11, 13, 26, 20_003] {
        let mut key = vec![1];
        key.extend_from_slice(&field.to_be_bytes());
        key.push(1);
        key.extend_from_slice(&random.next().to_be_bytes());
        key.extend_from_slice(&number.to_be_bytes());
        txn.put(Space::Index, &key, &[])?;
    }
    for index in [20_000_u16, 20_001] {
        let mut key = vec![1];
        key.extend_from_slice(&index.to_be_bytes());
        key.extend_from_slice(format!("\u{1}C{number:09}\0\u{1}").as_bytes());
        txn.put(Space::Unique, &key, &number.to_be_bytes())?;
    }
    txn.put(Space::Journal, &number.to_be_bytes(), &[7; ENTRY_LEN])?;
    txn.put(Space::Meta, b"head", &[7; 40])?;
    txn.put(Space::Meta, b"id\x01", &number.to_be_bytes())?;
    Ok(txn.commit()?)
}
