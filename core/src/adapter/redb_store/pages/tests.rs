//! Checked pages: what was written comes back, and whatever else lies in the file is an error.

use std::sync::{Arc, PoisonError};

use redb::{Builder, ConcurrencyMode, Database, Durability, ReadableDatabase, TableDefinition};

use super::head::HEADER_BYTES;
use super::places::{GROUP_BLOCKS, pages_block};
use super::*;
use crate::testing::random::Random;

const TABLE: TableDefinition<'static, u64, &'static [u8]> = TableDefinition::new("t");

/// A file in memory. Clones share it.
#[derive(Debug, Clone, Default)]
struct Memory(Arc<Mutex<Vec<u8>>>);

impl Memory {
    fn bytes(&self) -> MutexGuard<'_, Vec<u8>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn copy(&self) -> Self {
        Self(Arc::new(Mutex::new(self.bytes().clone())))
    }

    fn block(&self, block: u64) -> Vec<u8> {
        self.bytes()[as_usize(block * PAGE)..as_usize((block + 1) * PAGE)].to_vec()
    }

    fn set_block(&self, block: u64, bytes: &[u8]) {
        self.bytes()[as_usize(block * PAGE)..][..bytes.len()].copy_from_slice(bytes);
    }

    /// The file as one process has it open.
    fn pages(&self) -> Instance {
        Instance::main(&CheckedPages::writable(self.clone(), "m.crm".to_owned()))
    }
}

impl StorageBackend for Memory {
    fn len(&self) -> io::Result<u64> {
        Ok(self.bytes().len() as u64)
    }

    fn read(&self, offset: u64, out: &mut [u8]) -> io::Result<()> {
        let at = as_usize(offset);
        let bytes = self.bytes();
        out.copy_from_slice(bytes.get(at..at + out.len()).ok_or(io::ErrorKind::UnexpectedEof)?);
        Ok(())
    }

    fn set_len(&self, len: u64) -> io::Result<()> {
        self.bytes().resize(as_usize(len), 0);
        Ok(())
    }

    fn sync_data(&self) -> io::Result<()> {
        Ok(())
    }

    fn write(&self, offset: u64, data: &[u8]) -> io::Result<()> {
        let (at, mut bytes) = (as_usize(offset), self.bytes());
        let len = bytes.len().max(at + data.len());
        bytes.resize(len, 0);
        bytes[at..at + data.len()].copy_from_slice(data);
        Ok(())
    }
}

/// Pages 1 to 2999, each filled with its number, of a file that was synced; their header is all fives.
fn numbered() -> Memory {
    let memory = Memory::default();
    let pages = memory.pages();
    pages.set_len(3000 * PAGE).unwrap();
    for page in 1..3000 {
        pages.write(page * PAGE, &of_number(page)).unwrap();
    }
    pages.write(0, &[5; HEADER_BYTES]).unwrap();
    pages.sync_data().unwrap();
    memory
}

fn of_number(page: u64) -> Vec<u8> {
    page.to_le_bytes().repeat(as_usize(PAGE) / 8)
}

fn refusal(memory: &Memory, page: u64) -> String {
    memory.pages().read(page * PAGE, &mut [0; PAGE as usize]).expect_err("it is damaged").to_string()
}

#[test]
fn what_was_written_comes_back_across_groups_and_the_file_is_a_thousandth_longer() {
    let memory = numbered();
    let pages = memory.pages();
    assert_eq!(pages.len().unwrap(), 3000 * PAGE);
    let mut all = vec![0; 2999 * as_usize(PAGE)];
    pages.read(PAGE, &mut all).unwrap();
    for (page, bytes) in (1..).zip(all.chunks_exact(as_usize(PAGE))) {
        assert_eq!(bytes, of_number(page));
    }
    let mut header = [0; HEADER_BYTES];
    pages.read(0, &mut header).unwrap();
    assert_eq!(header, [5; HEADER_BYTES]);
    let len = memory.len().unwrap();
    assert_eq!(len, (HEAD_BLOCKS + 3 * SUMS_BLOCKS + 2999) * PAGE);
}

#[test]
fn any_flipped_bit_of_a_page_or_of_both_copies_of_its_checksum_shows() {
    let memory = numbered();
    let mut random = Random::new(1);
    for _ in 0..300 {
        let page = 1 + random.below(2999);
        let group = (page - 1) / GROUP;
        let place = (pages_block(group) + (page - 1) % GROUP) * PAGE + random.below(PAGE);
        let sum_place = sums_block(group) * PAGE + (page - 1) % GROUP * 4 + random.below(4);
        for places in [vec![place], vec![sum_place, sum_place + PAGE]] {
            let (damaged, bit) = (memory.copy(), 1 << random.below(8));
            places.into_iter().for_each(|place| damaged.bytes()[as_usize(place)] ^= bit);
            assert_eq!(refusal(&damaged, page), format!("m.crm is damaged: page {page} does not match its checksum"));
        }
    }
}

/// One bad sector in the block of the checksums of a group cost all pages of it: of a small database that was everything, for
/// salvage, too. There are two copies now, and damage of one changes nothing; the next write mends it.
#[test]
fn damage_of_one_copy_of_the_checksums_costs_nothing() {
    let memory = numbered();
    let all = |memory: &Memory| memory.pages().read(PAGE, &mut vec![0; 2999 * as_usize(PAGE)]);
    for copy in 0..SUMS_BLOCKS {
        let damaged = memory.copy();
        for group in 0..3 {
            damaged.set_block(sums_block(group) + copy, &[0; PAGE as usize]);
        }
        all(&damaged).unwrap();
        assert!(is_one_of_ours(&damaged).unwrap());
        let mut whole = 0;
        let mut count = |group: Group| {
            whole += group.whole.iter().filter(|is_whole| **is_whole).count();
            Ok::<_, io::Error>(())
        };
        CheckedPages::read_only(damaged.copy(), "m.crm".to_owned()).each_group(&mut count).unwrap();
        assert_eq!(whole, 2999);
        let pages = damaged.pages();
        pages.write(10 * PAGE, &of_number(10)).unwrap();
        pages.sync_data().unwrap();
        damaged.set_block(sums_block(0) + 1 - copy, &[0; PAGE as usize]);
        all(&damaged).unwrap();
    }
}

/// Each of them is a whole page that once was good, in a place or at a time where it is not.
#[test]
fn pages_that_are_swapped_stale_or_were_never_written_show() {
    let memory = numbered();
    let (one, other) = (pages_block(0) + 9, pages_block(1) + 19);
    let swapped = memory.copy();
    swapped.set_block(one, &memory.block(other));
    swapped.set_block(other, &memory.block(one));
    refusal(&swapped, 10);
    refusal(&swapped, GROUP + 20);

    let pages = memory.pages();
    let stale = memory.block(one);
    pages.write(10 * PAGE, &[7; PAGE as usize]).unwrap();
    pages.sync_data().unwrap();
    assert!(memory.pages().read(10 * PAGE, &mut [0; PAGE as usize]).is_ok());
    memory.set_block(one, &stale);
    refusal(&memory, 10);

    pages.set_len(3100 * PAGE).unwrap();
    refusal(&memory.copy(), 3050);
    assert!(pages.read(3050 * PAGE, &mut [0; PAGE as usize]).is_err(), "there, but never written");
    assert!(pages.read(3100 * PAGE, &mut [0; PAGE as usize]).is_err(), "beyond the end");
    assert!(pages.read(3098 * PAGE + 1, &mut [0; PAGE as usize]).is_err(), "no page begins there");
}

#[test]
fn a_file_that_is_cut_is_refused_and_what_was_added_is_left_alone() {
    let memory = numbered();
    let len = as_usize(memory.len().unwrap());
    for cut in [len - 1, len - 4096, 3 * 4096, 4096] {
        let cut_short = memory.copy();
        cut_short.bytes().truncate(cut);
        let error = cut_short.pages().len().unwrap_err().to_string();
        assert!(error.starts_with("m.crm is damaged: it is cut short to"), "{error}");
    }
    let headless = memory.copy();
    headless.bytes().truncate(4095);
    assert_eq!(headless.pages().len().unwrap_err().to_string(), "m.crm is damaged: its header is unreadable");
    memory.bytes().extend([1; 5000]);
    let pages = memory.pages();
    assert_eq!(pages.len().unwrap(), 3000 * PAGE);
    pages.set_len(3001 * PAGE).unwrap();
    assert_eq!(memory.len().unwrap(), (HEAD_BLOCKS + 3 * SUMS_BLOCKS + 3000) * PAGE);
}

#[test]
fn a_later_form_is_named_and_a_foreign_file_is_foreign() {
    let foreign = Memory::default();
    foreign.bytes().extend(b"name,phone\n".repeat(2000));
    assert!(matches!(Damage::of(&foreign.pages().len().unwrap_err()), Some(Damage::Foreign)));
    let newer = numbered();
    for block in 0..HEAD_BLOCKS {
        let mut copy = newer.block(block);
        copy[12] = 2;
        let checksum = crc32fast::hash(&copy[..4092]);
        copy[4092..].copy_from_slice(&checksum.to_le_bytes());
        newer.set_block(block, &copy);
    }
    assert!(matches!(Damage::of(&newer.pages().len().unwrap_err()), Some(Damage::Newer(2))));
}

/// redb doubles its storage and uses its new end first, which once made the file as long as all that lies between: 269 MB
/// for 160 MB. Now a group of pages takes room when it is first written, wherever it is in redb's storage.
#[test]
fn what_was_never_written_takes_no_room_in_the_file() {
    let memory = numbered();
    let pages = memory.pages();
    pages.set_len(60_000 * PAGE).unwrap();
    for page in [59_000, 3_500] {
        pages.write(page * PAGE, &of_number(page)).unwrap();
    }
    pages.sync_data().unwrap();
    // Groups 0, 1, 2, then 57 and 3, each with its block of checksums.
    assert_eq!(memory.len().unwrap(), (HEAD_BLOCKS + 5 * GROUP_BLOCKS) * PAGE);
    assert_eq!(memory.copy().pages().len().unwrap(), 3000 * PAGE, "no header speaks of it yet");
    pages.write(0, &[6; HEADER_BYTES]).unwrap();
    pages.sync_data().unwrap();
    for found in [&pages, &memory.copy().pages()] {
        let mut page = [0; PAGE as usize];
        for number in [1, 2_999, 3_500, 59_000] {
            found.read(number * PAGE, &mut page).unwrap();
            assert_eq!(page.to_vec(), of_number(number));
        }
        for number in [3_501, 20_000] {
            let refused = found.read(number * PAGE, &mut page).unwrap_err().to_string();
            assert!(refused.contains(&format!("page {number} ")), "{refused}");
        }
    }
    pages.set_len(4_000 * PAGE).unwrap();
    pages.write(3_999 * PAGE, &of_number(3_999)).unwrap();
    pages.set_len(60_000 * PAGE).unwrap();
    assert!(pages.read(59_000 * PAGE, &mut [0; PAGE as usize]).is_err(), "it was cut off");
}

/// Each moment of writing headers, with and without syncs: the copy that was synced last is whole on the disk, and at rest
/// the newest header is in all of them.
#[test]
fn the_header_that_was_synced_last_is_never_overwritten() {
    let memory = Memory::default();
    let mut pages = memory.pages();
    pages.set_len(8 * PAGE).unwrap();
    let mut random = Random::new(2);
    let mut synced = None;
    for number in 1..500_u32 {
        let header = [number.to_le_bytes()[0]; HEADER_BYTES];
        pages.write(0, &header).unwrap();
        let copies = |expected: [u8; HEADER_BYTES]| {
            (0..HEAD_BLOCKS).filter(|block| memory.block(*block)[32..352] == expected).count()
        };
        assert_eq!(copies(header), 2);
        if let Some(synced) = synced {
            assert_eq!(copies(synced), 1, "the kept one");
        }
        if random.one_in(2) {
            pages.sync_data().unwrap();
            assert_eq!(copies(header), 3);
            synced = Some(header);
        }
        if random.one_in(5) {
            pages = memory.pages();
            let mut found = [0; HEADER_BYTES];
            pages.read(0, &mut found).unwrap();
            assert_eq!(found, header, "the newest is found again");
            // What another process left in the system's memory is synced before it is built on.
            synced = Some(header);
        }
    }
}

fn redb(pages: Instance) -> Database {
    Builder::new().set_concurrency_mode(ConcurrencyMode::ExclusiveWriter).create_with_backend(pages).unwrap()
}

/// A reader beside the writer sees each page as it was at the last sync, also in groups that it has read before.
#[test]
fn a_reader_follows_the_process_that_writes() {
    let memory = numbered();
    let reader = CheckedPages::read_only(memory.clone(), "m.crm".to_owned());
    let (writer, reader) = (memory.pages(), Instance::following(&reader));
    let mut page = [0; PAGE as usize];
    reader.read(10 * PAGE, &mut page).unwrap();
    writer.write(11 * PAGE, &[8; PAGE as usize]).unwrap();
    writer.set_len(5000 * PAGE).unwrap();
    writer.write(4500 * PAGE, &[9; PAGE as usize]).unwrap();
    writer.write(0, &[6; HEADER_BYTES]).unwrap();
    writer.sync_data().unwrap();
    let mut header = [0; HEADER_BYTES];
    reader.read(0, &mut header).unwrap();
    assert_eq!(header, [6; HEADER_BYTES]);
    for (number, content) in [(11, 8), (4500, 9)] {
        reader.read(number * PAGE, &mut page).unwrap();
        assert_eq!(page, [content; PAGE as usize]);
    }
    reader.read(12 * PAGE, &mut page).unwrap();
    assert_eq!(page.to_vec(), of_number(12));
}

/// redb grows, shrinks and frees over checked pages, and finds everything, also with its own check of every page.
#[test]
fn redb_works_on_checked_pages_through_growth_and_compaction() {
    let memory = Memory::default();
    let mut random = Random::new(3);
    let mut database = redb(memory.pages());
    for round in 0..6_u64 {
        let mut txn = database.begin_write().unwrap();
        txn.set_durability(Durability::Immediate).unwrap();
        let mut table = txn.open_table(TABLE).unwrap();
        for _ in 0..400 {
            let key = random.below(600);
            let len = if random.one_in(50) { 40_000 } else { random.index(2000) };
            table.insert(key, vec![round.to_le_bytes()[0]; len].as_slice()).unwrap();
            table.remove(random.below(600)).unwrap();
        }
        drop(table);
        txn.commit().unwrap();
        if round == 3 {
            database.compact().unwrap();
        }
        if random.one_in(2) {
            database.close().unwrap();
            database = redb(memory.pages());
        }
        assert!(database.check_integrity().unwrap());
    }
    let txn = database.begin_read().unwrap();
    assert!(txn.open_table(TABLE).unwrap().range::<u64>(..).unwrap().all(|pair| pair.is_ok()));
}

/// A header that says a length of 4 PiB had a reader make room for the checksums of a billion groups, and the number of a page
/// in a tree may stand for 4 GiB: both were allocated before anybody looked how long the file is.
#[test]
fn no_room_is_made_for_what_lies_beyond_the_file() {
    let memory = numbered();
    for block in 0..HEAD_BLOCKS {
        let mut copy = memory.block(block);
        copy[24..32].copy_from_slice(&(1_u64 << 52).to_le_bytes());
        head::seal(&mut copy);
        memory.set_block(block, &copy);
    }
    let pages = CheckedPages::read_only(memory, "m.crm".to_owned());
    let mut page = vec![0; as_usize(PAGE)];
    pages.read(2999 * PAGE, &mut page).unwrap();
    assert_eq!(page, of_number(2999));
    pages.check_place(PAGE, 2999 * as_usize(PAGE)).unwrap();
    let beyond = [(PAGE, 4 << 30), (2999 * PAGE, 2 * as_usize(PAGE)), (1 << 50, as_usize(PAGE))];
    for (offset, len) in beyond {
        let error = pages.check_place(offset, len).unwrap_err();
        assert!(matches!(Damage::of(&error), Some(Damage::Page(_))), "{offset}, {len}: {error}");
    }
}

/// A file of which some blocks cannot be read.
#[derive(Debug)]
struct Unreadable(Memory, fn(u64) -> bool);

impl StorageBackend for Unreadable {
    fn len(&self) -> io::Result<u64> {
        self.0.len()
    }

    fn read(&self, offset: u64, out: &mut [u8]) -> io::Result<()> {
        if (self.1)(offset / PAGE) { Err(io::Error::other("EIO")) } else { self.0.read(offset, out) }
    }

    fn set_len(&self, len: u64) -> io::Result<()> {
        self.0.set_len(len)
    }

    fn sync_data(&self) -> io::Result<()> {
        Ok(())
    }

    fn write(&self, offset: u64, data: &[u8]) -> io::Result<()> {
        self.0.write(offset, data)
    }
}

/// One block that the disk could not read kept a restore from replacing a damaged database, though all others showed whose
/// it was.
#[test]
fn a_block_that_cannot_be_read_is_no_sign_and_hides_none() {
    let unread: [fn(u64) -> bool; 4] =
        [|block| block == 0, |block| block < 3, |block| block < 4, |block| block < 3 + GROUP_BLOCKS];
    for unread in unread {
        assert!(is_one_of_ours(&Unreadable(numbered(), unread)).unwrap());
    }
    assert_eq!(is_one_of_ours(&Unreadable(numbered(), |_| true)).unwrap_err().to_string(), "EIO");
    let foreign = Memory(Arc::new(Mutex::new(vec![1; 20 * as_usize(PAGE)])));
    assert!(!is_one_of_ours(&foreign).unwrap());
    assert_eq!(is_one_of_ours(&Unreadable(foreign, |block| block == 9)).unwrap_err().to_string(), "EIO");
}
