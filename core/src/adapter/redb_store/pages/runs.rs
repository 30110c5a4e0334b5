//! Reading and writing pages: ranges of redb's storage as runs of pages in the file, each checked when it is read.

use std::io;
use std::sync::atomic::Ordering;

use super::bad::BadPage;
use super::{CheckedPages, Damage, GROUP, Header, PAGE, SUMS_BLOCKS, as_usize, sums};

/// Pages that lie one behind the other in the file, in one group.
struct Run {
    group: usize,
    /// The first of them within the group.
    index: usize,
    pages: usize,
}

impl Run {
    /// Where they are in the file, when the checksums of their group begin with this block. Unit: bytes.
    fn at(&self, sums_block: u64) -> u64 {
        (sums_block + SUMS_BLOCKS + self.index as u64) * PAGE
    }
}

impl CheckedPages {
    /// Reads pages. One that cannot be read is noted, and named in the error.
    pub(super) fn read_pages(&self, offset: u64, out: &mut [u8]) -> io::Result<()> {
        let mut rest = out;
        for run in self.runs(offset, rest.len())? {
            let (these, others) = rest.split_at_mut(run.pages * as_usize(PAGE));
            self.read_run(&run, these).map_err(|e| self.noted(&run, e))?;
            self.bad.heal(first_page(&run), run.pages);
            rest = others;
        }
        Ok(())
    }

    /// Refuses pages of which one was never written, or lies beyond the end of the file.
    pub(super) fn check_pages(&self, offset: u64, len: usize) -> io::Result<()> {
        let file_len = self.file.len()?;
        for run in self.runs(offset, len)? {
            let block = self.block_of_run(&run).map_err(|e| self.noted(&run, e))?;
            if run.at(block).saturating_add(run.pages as u64 * PAGE) > file_len {
                return Err(self.noted(&run, io::ErrorKind::UnexpectedEof.into()));
            }
        }
        Ok(())
    }

    pub(super) fn write_pages(&self, offset: u64, data: &[u8]) -> io::Result<()> {
        if offset < PAGE {
            let header = <&Header>::try_from(data).ok().filter(|_| offset == 0);
            let header = header.ok_or_else(|| io::Error::other("invariant: redb writes its header whole"))?;
            return self.write_header(&mut self.heads(), Some(header), self.len.load(Ordering::Acquire));
        }
        let mut rest = data;
        for run in self.runs(offset, rest.len())? {
            let (these, others) = rest.split_at(run.pages * as_usize(PAGE));
            self.write_run(&run, these)?;
            rest = others;
        }
        Ok(())
    }

    /// Splits a range of redb's storage, which must be whole pages within it.
    fn runs(&self, offset: u64, len: usize) -> io::Result<impl Iterator<Item = Run>> {
        let end =
            offset.checked_add(len as u64).filter(|end| !self.writable || *end <= self.len.load(Ordering::Acquire));
        let sound = offset >= PAGE && offset.is_multiple_of(PAGE) && (len as u64).is_multiple_of(PAGE);
        let Some(end) = end.filter(|_| sound) else {
            let what = format!("it speaks of {len} bytes at {offset}, where no page is");
            return Err(self.bad_at(offset / PAGE, &what, false));
        };
        let (mut page, last) = (offset / PAGE - 1, end / PAGE - 1);
        Ok(std::iter::from_fn(move || {
            let (group, index) = (page / GROUP, page % GROUP);
            let pages = (GROUP - index).min(last - page);
            page += pages;
            (pages > 0).then(|| Run { group: as_usize(group), index: as_usize(index), pages: as_usize(pages) })
        }))
    }

    fn bad_at(&self, page: u64, what: &str, is_unread: bool) -> io::Error {
        Damage::Page(BadPage { page, why: format!("{} is damaged: {what}", self.name), is_unread }).into()
    }

    /// Reads a run and checks it; once more when it does not match, for a bit may flip on its way here.
    fn read_run(&self, run: &Run, out: &mut [u8]) -> io::Result<()> {
        let block = self.block_of_run(run)?;
        self.file.read(run.at(block), out)?;
        if self.first_that_differs(run, block, out)?.is_none() {
            return Ok(());
        }
        self.sums.read_again(run.group, self.sums_file(block))?;
        self.file.read(run.at(block), out)?;
        match self.first_that_differs(run, block, out)? {
            None => Ok(()),
            Some(page) => Err(self.bad_at(page, &format!("page {page} does not match its checksum"), false)),
        }
    }

    /// The block of the checksums of a run that is read.
    fn block_of_run(&self, run: &Run) -> io::Result<u64> {
        let page = first_page(run);
        let unwritten = || self.bad_at(page, &format!("page {page} was never written"), false);
        self.block_of(run.group).ok_or_else(unwritten)
    }

    /// Names the page in an error of the disk, and notes it.
    fn noted(&self, run: &Run, error: io::Error) -> io::Error {
        let error = if matches!(Damage::of(&error), Some(Damage::Page(_))) {
            error
        } else {
            let page = first_page(run);
            let is_cut = error.kind() == io::ErrorKind::UnexpectedEof;
            self.bad_at(page, &format!("page {page} cannot be read ({error})"), !is_cut)
        };
        if let Some(Damage::Page(page)) = Damage::of(&error) {
            self.bad.note(page.clone());
        }
        error
    }

    fn first_that_differs(&self, run: &Run, block: u64, bytes: &[u8]) -> io::Result<Option<u64>> {
        let expected = self.sums.get(run.group, self.sums_file(block))?;
        let first = first_page(run);
        let mut pages = (first..).zip(bytes.chunks_exact(as_usize(PAGE)));
        let mut index = run.index;
        Ok(pages.find_map(|(page, bytes)| {
            let differs = expected.at(index) != sums::of_page(page, bytes);
            index += 1;
            differs.then_some(page)
        }))
    }

    /// Reads a copy of the checksums that begin with this block.
    pub(super) fn sums_file(&self, block: u64) -> impl Fn(u64, &mut [u8]) -> io::Result<()> {
        move |copy, out| self.file.read((block + copy) * PAGE, out)
    }

    fn write_run(&self, run: &Run, bytes: &[u8]) -> io::Result<()> {
        let pages = (first_page(run)..).zip(bytes.chunks_exact(as_usize(PAGE)));
        let sums = pages.map(|(page, bytes)| sums::of_page(page, bytes));
        let block = self.block_for(run.group)?;
        self.sums.set(run.group, run.index, sums, self.sums_file(block))?;
        self.file.write(run.at(block), bytes)?;
        self.bad.heal(first_page(run), run.pages);
        Ok(())
    }
}

fn first_page(run: &Run) -> u64 {
    1 + run.group as u64 * GROUP + run.index as u64
}
