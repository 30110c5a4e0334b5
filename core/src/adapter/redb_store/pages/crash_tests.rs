//! Power cuts while groups of pages get places, lose them and get others: the header that is found never names a page
//! that is not there.

use super::head::HEADER_BYTES;
use super::*;
use crate::testing::random::Random;
use crate::testing::{DiskFault, DiskPlan, Image, SimDisk};

/// What each round writes: how many pages redb's storage has, and the page. Group 8 loses its place after the fourth
/// header, which does not speak of it, and gets another at the end. After the last header, which speaks of neither, groups 8
/// and 18 lose theirs, and the file its end.
const ROUNDS: [(u64, u64); 7] =
    [(1000, 10), (9000, 8800), (9000, 3000), (9000, 20), (20_000, 19_000), (20_000, 8800), (20_000, 30)];

/// The rounds after whose header the storage is cut to 4,000 pages.
const CUT_AFTER: [u8; 2] = [4, 7];

/// The pages that the header of a round needs, each with the round that wrote it.
fn needed(round: u8) -> Vec<(u64, u8)> {
    let written = (1..=round).map(|of| (ROUNDS[usize::from(of) - 1].1, of));
    written.filter(|(page, of)| *page < 4000 || !CUT_AFTER.iter().any(|cut| (*of..=round).contains(cut))).collect()
}

fn content(page: u64, round: u8) -> Vec<u8> {
    (page * 10 + u64::from(round)).to_le_bytes().repeat(as_usize(PAGE) / 8)
}

/// Writes as redb does: the pages, then a header that still means the round before, a sync, the header, a sync.
fn write_rounds(disk: &SimDisk) {
    let pages = Instance::main(&CheckedPages::writable(disk.backend(), "m.crm".to_owned()));
    for (round, (len, page)) in (1_u8..).zip(ROUNDS) {
        pages.set_len(len * PAGE).unwrap();
        pages.write(page * PAGE, &content(page, round)).unwrap();
        pages.write(0, &[round | 0x80; HEADER_BYTES]).unwrap();
        pages.sync_data().unwrap();
        pages.write(0, &[round; HEADER_BYTES]).unwrap();
        pages.sync_data().unwrap();
        disk.acknowledge(u64::from(round));
        if CUT_AFTER.contains(&round) {
            pages.set_len(4000 * PAGE).unwrap();
        }
    }
}

#[test]
fn a_cut_of_the_power_leaves_every_page_that_the_header_needs_in_its_place() {
    let disk = SimDisk::new(Image::default());
    write_rounds(&disk);
    let mut random = Random::new(4);
    let mut cuts = disk.cuts();
    let mut checked = 0;
    while cuts.advance() {
        if cuts.acknowledged() == 0 {
            continue; // A file is made under another name.
        }
        // A length that outlives the header that was written before it is one outcome of many.
        for _ in 0..if cuts.length_is_pending() { 25 } else { 3 } {
            let after = SimDisk::new(Image { database: cuts.cut(&mut random).database, log: None });
            check(&after, cuts.acknowledged());
            checked += 1;
        }
    }
    assert!(checked > 150, "{checked} images");
}

fn check(disk: &SimDisk, acknowledged: u64) {
    let pages = Instance::main(&CheckedPages::writable(disk.backend(), "m.crm".to_owned()));
    let mut header = [0; HEADER_BYTES];
    pages.read(0, &mut header).unwrap();
    let round = if header[0] & 0x80 == 0 { header[0] } else { (header[0] & 0x7f) - 1 };
    assert!(u64::from(round) >= acknowledged, "round {round} after {acknowledged}");
    for (page, of) in needed(round) {
        let mut found = vec![0; as_usize(PAGE)];
        pages.read(page * PAGE, &mut found).unwrap();
        assert_eq!(found, content(page, of), "page {page} under the header of round {round}");
    }
}

/// A sync of a header failed and the process was killed; the system shows the header, and the disk does not have it. The next
/// process of the same boot took what it was shown for what is there: it synced, which found nothing to write, and then wrote
/// over the copy that the disk had.
#[test]
fn a_header_that_the_disk_never_got_is_not_built_on() {
    let mut random = Random::new(5);
    for number in 0..400_u32 {
        let disk = SimDisk::new(Image::default());
        let write = |pages: &Instance, round: u8| {
            let mut header = [round; HEADER_BYTES];
            header[300..304].copy_from_slice(&number.to_le_bytes());
            pages.write(0, &header)
        };
        let pages = Instance::main(&CheckedPages::writable(disk.backend(), "m.crm".to_owned()));
        pages.set_len(100 * PAGE).unwrap();
        for round in 1..=3 {
            write(&pages, round).unwrap();
            pages.sync_data().unwrap();
        }
        disk.follow(Some(DiskPlan { call: disk.calls() + 1, fault: DiskFault::Sync, lasting: true }));
        write(&pages, 4).unwrap();
        assert!(pages.sync_data().is_err());
        disk.follow(None);
        let pages = Instance::main(&CheckedPages::writable(disk.backend(), "m.crm".to_owned()));
        write(&pages, 5).unwrap();
        let mut cuts = disk.cuts();
        while cuts.advance() {}
        for _ in 0..30 {
            let after = SimDisk::new(Image { database: cuts.cut(&mut random).database, log: None });
            let pages = Instance::main(&CheckedPages::writable(after.backend(), "m.crm".to_owned()));
            let mut header = [0; HEADER_BYTES];
            pages.read(0, &mut header).unwrap();
            assert!((3..=5).contains(&header[0]), "the header of round {} after 3", header[0]);
        }
    }
}
