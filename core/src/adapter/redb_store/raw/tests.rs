//! The trees as the store reads them, against redb: the same answers, and redb is asked as long as it answers.

use std::ops::ControlFlow;
use std::sync::Arc;

use super::Kept;
use super::node::{Node, Widths};
use crate::adapter::redb_store::base::Base;
use crate::adapter::redb_store::engine::Engine;
use crate::adapter::redb_store::layer::{Entry, Layer, Newest};
use crate::adapter::redb_store::pages::CheckedPages;
use crate::adapter::redb_store::state::LogState;
use crate::adapter::{RedbOptions, RedbReader, RedbStore};
use crate::error::{ErrorKind, Result};
use crate::port::{Order, Space, Store, Visitor};
use crate::testing::random::Random;
use crate::testing::{Image, SimDisk};

const SPACES: [Space; 3] = [Space::Record, Space::Index, Space::Journal];

type Pairs = Vec<(Vec<u8>, Vec<u8>)>;

fn key(random: &mut Random) -> Vec<u8> {
    let number = random.below(4_000);
    let mut key = number.to_be_bytes()[4..].to_vec();
    let more = if random.one_in(50) { 3_000 } else { 20 };
    key.extend(vec![b'k'; random.index(more)]);
    key
}

fn engine(disk: &SimDisk) -> Engine {
    let pages = CheckedPages::writable(disk.backend(), "m.crm".to_owned());
    let engine = Engine::open("m.crm".into(), pages, &RedbOptions::default()).unwrap();
    engine.create_tables(&Space::ALL).unwrap();
    engine
}

fn shown(scan: impl FnOnce(&mut Visitor<'_>) -> Result<()>, most: usize) -> Pairs {
    let mut pairs = Pairs::new();
    scan(&mut |key, value| {
        pairs.push((key.to_vec(), value.to_vec()));
        Ok(if pairs.len() == most { ControlFlow::Break(()) } else { ControlFlow::Continue(()) })
    })
    .unwrap();
    pairs
}

/// The same question to redb and to the trees.
fn compare(base: &Base, layer: &Layer, random: &mut Random) {
    let space = SPACES[random.index(SPACES.len())];
    let (from, end) = (key(random), key(random));
    let (from, end) = if random.one_in(6) { (Vec::new(), end) } else { (from.clone().min(end.clone()), from.max(end)) };
    let until = (!random.one_in(6)).then_some(end.as_slice());
    if until.is_some_and(|until| until <= from.as_slice()) {
        return;
    }
    let order = if random.one_in(2) { Order::Ascending } else { Order::Descending };
    let most = if random.one_in(3) { 1 + random.index(30) } else { usize::MAX };
    let newer = || Newest::new([layer].into_iter(), space, &from, until, order);
    let usual = shown(|visit| base.scan(space, (&from, until), order, &newer, visit), most);
    let apart = shown(|visit| base.trees().scan(space, (&from, until), order, newer(), visit), most);
    assert!(usual == apart, "{space:?} {from:?} to {until:?}, {order:?}");
    let wanted = if usual.is_empty() || random.one_in(4) { from } else { usual[random.index(usual.len())].0.clone() };
    let (mut one, mut other) = (None, None);
    let found = base.get(space, &wanted, &mut |value| one = Some(value.to_vec())).unwrap();
    let again = base.trees().get(space, &wanted, &mut |value| other = Some(value.to_vec())).unwrap();
    assert_eq!((found, one), (again, other), "{space:?} {wanted:?}");
}

#[test]
fn trees_answer_as_redb_does() {
    let mut random = Random::new(6);
    let engine = engine(&SimDisk::new(Image::default()));
    let state = LogState::new().unwrap();
    for round in 0..12_u64 {
        let mut layer = Layer::default();
        for _ in 0..600 {
            let most = if random.one_in(40) { 9_000 } else { 300 };
            let value = vec![u8::try_from(round).unwrap(); random.index(most)];
            let value = (!random.one_in(4)).then_some(value);
            layer.insert(SPACES[random.index(SPACES.len())], Entry::alone(&key(&mut random), value.as_deref()));
        }
        let base = engine.write_layers(&[layer.clone()], LogState { flushed: round, ..state }).unwrap();
        assert!(base.is_usual(), "redb and the header agree on the transaction");
        for _ in 0..60 {
            let over = if random.one_in(2) { layer.clone() } else { Layer::default() };
            compare(&base, &over, &mut random);
        }
        assert!(base.is_usual(), "redb was not given up");
        assert_eq!(base.log_state().unwrap(), super::super::state::read_apart(base.trees()).unwrap());
        assert_eq!(base.statistics().unwrap(), base.trees().statistics().unwrap());
        assert!(SPACES.iter().all(|space| base.gaps(*space).unwrap().is_empty()) && base.damage().is_empty());
    }
}

/// The quick way is not lost without anybody's notice: a store and a reader ask redb as long as nothing has failed.
#[test]
fn a_store_and_a_reader_ask_redb_as_long_as_it_answers() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("crm.db");
    let store = RedbStore::open(&path, &RedbOptions::default()).unwrap();
    let reader = RedbReader::open(&path, &RedbOptions::default()).unwrap();
    for number in 0..3_u32 {
        for space in [Space::Record, Space::Journal] {
            let mut txn = store.begin_write().unwrap();
            // Past the log, to the file.
            txn.put(space, &number.to_be_bytes(), &vec![7; 9 << 20]).unwrap();
            txn.commit().unwrap();
        }
        assert!(store.shared.engine.begin().unwrap().is_usual());
        assert!(reader.begin().unwrap().is_usual());
    }
}

/// In a forged file a page led back to one above it, and the list of what cannot be read grew until the memory of the machine was
/// used up. No way through a tree reads more pages than the file has.
#[test]
fn a_tree_that_goes_round_in_a_circle_ends() {
    let disk = SimDisk::new(Image::default());
    let engine = engine(&disk);
    let mut layer = Layer::default();
    for number in 0..3_000_u32 {
        layer.insert(Space::Record, Entry::alone(&number.to_be_bytes(), Some(&[7; 700])));
    }
    let base = engine.write_layers(&[layer], LogState::new().unwrap()).unwrap();
    let table = base.trees().table(Space::Record.name()).unwrap();
    let root = table.root.unwrap();
    let top = base.trees().node(root, table.widths).unwrap();
    assert!(!top.is_leaf() && top.count() > 2);
    let children: Vec<[u8; 8]> = (0..top.count()).map(|at| top.child(at).unwrap().to_le_bytes()).collect();
    drop((base, engine));
    let mut image = disk.written();
    let has = |page: &[u8], child: &[u8; 8]| page.windows(8).any(|bytes| bytes == child);
    let mut pages = image.database.chunks_exact_mut(4096).skip(3);
    let page = pages.rfind(|page| children.iter().all(|child| has(page, child))).unwrap();
    for at in 0..page.len() - 8 {
        if children.iter().any(|child| page[at..at + 8] == *child) {
            page[at..at + 8].copy_from_slice(&root.to_le_bytes());
        }
    }
    crate::adapter::redb_store::pages::seal(&mut image.database);
    let image_blocks = image.database.len() / 4096;
    let engine = self::engine(&SimDisk::new(image));
    let base = engine.begin().unwrap();
    let blocks = 1..=image_blocks;
    assert!(blocks.contains(&base.gaps(Space::Record).unwrap().len()) && blocks.contains(&base.damage().len()));
    assert_eq!(base.trees().statistics().unwrap_err().kind(), ErrorKind::Corrupt);
}

/// Pages were counted as 4 KiB each, so that a snapshot of long values kept many times what it was given.
#[test]
fn what_is_kept_is_counted_by_its_bytes() {
    let node = |len: usize| {
        Arc::new(Node::new([&[1, 0, 0, 0][..], &vec![0; len - 4]].concat().into(), Widths::default()).unwrap())
    };
    let mut kept = Kept::new(20_000);
    for number in [0, 1, 1] {
        kept.keep(number, &node(4096));
    }
    assert_eq!((kept.nodes.len(), kept.bytes), (2, 2 * 4096), "a page that two threads have read is kept once");
    for number in 0..10 {
        kept.keep(number, &node(9_000));
        assert!(kept.bytes <= 20_000 && kept.bytes == kept.nodes.values().map(|node| node.len()).sum::<usize>());
    }
    kept.keep(11, &node(50_000));
    assert_eq!((kept.nodes.len(), kept.bytes), (1, 50_000), "one that is longer is kept alone");
}
