//! The form of a backup as a stream: a header, frames of pairs, and an end that vouches for the whole.
//!
//! ```text
//! header  "crmkernel copy 1", u32 format of the database
//! frame   u32 length of what follows the checksum, u32 CRC-32 of the frame's number (u64) and of what follows:
//!         u8 space, then pairs: length of the key, length of the value (LEB128), key, value
//! end     a frame whose space is 255, then u64 number of pairs, BLAKE3 of everything before this frame
//! ```
//!
//! Numbers are little-endian. Spaces come in the order of their numbers and pairs in the order of their keys.

use std::io::{self, Read, Write};

use crate::error::{Error, ErrorKind, Result};
use crate::port::Space;

use super::bytes;
use super::meta::FORMAT_VERSION;

const MAGIC: &[u8; 15] = b"crmkernel copy ";
const VERSION: u8 = b'1';
const HEADER_LEN: usize = 20;
/// A frame is written when it has reached this length. Unit: bytes.
const FRAME_LEN: usize = 256 << 10;
/// A longer frame is not read. It holds the longest value with its key. Unit: bytes.
const FRAME_LEN_MAX: usize = 64 << 20;
/// The longest key with its value; no record or journal entry comes near it. Unit: bytes.
const PAIR_LEN_MAX: usize = FRAME_LEN_MAX - 2 * FRAME_LEN;
const END: u8 = u8::MAX;
const END_LEN: usize = 41;

/// What pairs are shown to: space, key, value.
pub(crate) type PairVisitor<'v> = dyn FnMut(Space, &[u8], &[u8]) -> Result<()> + 'v;

/// Writes pairs as a stream.
pub(crate) struct ArchiveWriter<'w> {
    out: &'w mut dyn Write,
    hash: blake3::Hasher,
    frame: bytes::Writer,
    frames: u64,
    pairs: u64,
}

impl<'w> ArchiveWriter<'w> {
    pub(crate) fn begin(out: &'w mut dyn Write) -> Result<Self> {
        let frame = bytes::Writer(Vec::with_capacity(FRAME_LEN + FRAME_LEN / 4));
        let mut writer = Self { out, hash: blake3::Hasher::new(), frame, frames: 0, pairs: 0 };
        let mut header = MAGIC.to_vec();
        header.push(VERSION);
        header.extend(FORMAT_VERSION.to_le_bytes());
        writer.write(&header)?;
        Ok(writer)
    }

    /// Adds a pair; they come in the order of spaces and keys.
    pub(crate) fn push(&mut self, space: Space, key: &[u8], value: &[u8]) -> Result<()> {
        let len = key.len() + value.len();
        if len > PAIR_LEN_MAX {
            let message = format!("a pair of {len} bytes is too long for a backup, {PAIR_LEN_MAX} are allowed");
            return Err(Error::new(ErrorKind::Bug, message));
        }
        let other_space = self.frame.0.first().is_some_and(|first| *first != space as u8);
        if other_space || self.frame.0.len() >= FRAME_LEN {
            self.end_frame()?;
        }
        if self.frame.0.is_empty() {
            self.frame.0.push(space as u8);
        }
        self.frame.number(key.len() as u64);
        self.frame.number(value.len() as u64);
        self.frame.0.extend_from_slice(key);
        self.frame.0.extend_from_slice(value);
        self.pairs += 1;
        Ok(())
    }

    /// Writes the end and hands everything to whoever takes it.
    pub(crate) fn finish(mut self) -> Result<()> {
        self.end_frame()?;
        self.frame.0.push(END);
        self.frame.0.extend(self.pairs.to_le_bytes());
        self.frame.0.extend(self.hash.finalize().as_bytes());
        self.end_frame()?;
        self.out.flush().map_err(|e| failed(e, "writing the backup failed"))
    }

    fn end_frame(&mut self) -> Result<()> {
        if self.frame.0.is_empty() {
            return Ok(());
        }
        let mut frame = std::mem::take(&mut self.frame.0);
        let len = u32::try_from(frame.len()).expect("invariant: a frame is little longer than the longest pair");
        let mut head = [0; 8];
        head[..4].copy_from_slice(&len.to_le_bytes());
        head[4..].copy_from_slice(&checksum(self.frames, &frame).to_le_bytes());
        self.write(&head)?;
        self.write(&frame)?;
        self.frames += 1;
        frame.clear();
        self.frame.0 = frame;
        Ok(())
    }

    fn write(&mut self, bytes: &[u8]) -> Result<()> {
        self.hash.update(bytes);
        self.out.write_all(bytes).map_err(|e| failed(e, "writing the backup failed"))
    }
}

/// Reads a stream frame by frame, and believes none that its checksum does not vouch for.
pub(crate) struct ArchiveReader<'r> {
    input: &'r mut dyn Read,
    hash: blake3::Hasher,
    frame: Vec<u8>,
    frames: u64,
    pairs: u64,
    /// How much was read. Unit: bytes.
    at: u64,
    /// The space and the key before.
    last: Option<(Space, Vec<u8>)>,
}

impl<'r> ArchiveReader<'r> {
    /// Reads the header.
    ///
    /// # Errors
    /// `NotADatabase` when it is not that of a backup, `NewerVersion`, `Io`.
    pub(crate) fn begin(input: &'r mut dyn Read) -> Result<Self> {
        let (hash, frame) = (blake3::Hasher::new(), Vec::new());
        let mut reader = Self { input, hash, frame, frames: 0, pairs: 0, at: 0, last: None };
        let mut header = [0; HEADER_LEN];
        let found = reader.read(&mut header)?;
        if found < HEADER_LEN || header[..15] != *MAGIC {
            return Err(Error::new(ErrorKind::NotADatabase, "the stream is not a backup of crmkernel"));
        }
        let format = u32::from_le_bytes([header[16], header[17], header[18], header[19]]);
        if header[15] != VERSION || format > FORMAT_VERSION {
            let message = format!(
                "the backup has form {} and holds a database of format {format}; this version reads form {} and up to \
                 format {FORMAT_VERSION}",
                header[15].escape_ascii(),
                VERSION.escape_ascii(),
            );
            return Err(Error::new(ErrorKind::NewerVersion, message).with("format", format));
        }
        reader.hash.update(&header);
        Ok(reader)
    }

    /// Shows the pairs of the next frame; false at the end, which has vouched for everything then.
    ///
    /// # Errors
    /// `Corrupt` when the stream is cut short or damaged, with the place in the context; what `visit` answers.
    pub(crate) fn next(&mut self, visit: &mut PairVisitor<'_>) -> Result<bool> {
        let begin = self.at;
        let mut head = [0; 8];
        if self.read(&mut head)? < head.len() {
            return Err(self.cut());
        }
        let [a, b, c, d, e, f, g, h] = head;
        let len = u32::from_le_bytes([a, b, c, d]) as usize;
        if !(1..=FRAME_LEN_MAX).contains(&len) {
            return Err(self.damaged(begin, "its length cannot be"));
        }
        let mut frame = std::mem::take(&mut self.frame);
        frame.resize(len, 0);
        if self.read(&mut frame)? < len {
            return Err(self.cut());
        }
        if checksum(self.frames, &frame) != u32::from_le_bytes([e, f, g, h]) {
            return Err(self.damaged(begin, "its checksum does not fit"));
        }
        if frame[0] == END {
            return self.end(begin, &frame).map(|()| false);
        }
        self.hash.update(&head);
        self.hash.update(&frame);
        self.show(begin, &frame, visit)?;
        self.frames += 1;
        self.frame = frame;
        Ok(true)
    }

    fn show(&mut self, begin: u64, frame: &[u8], visit: &mut PairVisitor<'_>) -> Result<()> {
        let space =
            *Space::ALL.get(usize::from(frame[0])).ok_or_else(|| self.damaged(begin, "its space is unknown"))?;
        let mut rest = bytes::Reader(&frame[1..]);
        let mut last = self.last.take();
        let mut pairs = 0;
        let odd = |_| self.damaged(begin, "its pairs cannot be told apart");
        while !rest.0.is_empty() {
            let (key_len, value_len) = (rest.count().map_err(odd)?, rest.count().map_err(odd)?);
            let (key, value) = (rest.take(key_len).map_err(odd)?, rest.take(value_len).map_err(odd)?);
            if last.as_ref().is_some_and(|(before, least)| (*before, least.as_slice()) >= (space, key)) {
                return Err(self.damaged(begin, "its pairs are out of order"));
            }
            visit(space, key, value)?;
            let mut kept = last.map(|(_, kept)| kept).unwrap_or_default();
            key.clone_into(&mut kept);
            last = Some((space, kept));
            pairs += 1;
        }
        (self.last, self.pairs) = (last, self.pairs + pairs);
        Ok(())
    }

    /// The end has vouched for everything; nothing may follow, because nothing vouches for that.
    fn end(&mut self, begin: u64, frame: &[u8]) -> Result<()> {
        let whole = frame.len() == END_LEN
            && frame[1..9] == self.pairs.to_le_bytes()
            && frame[9..] == *self.hash.finalize().as_bytes();
        if !whole {
            return Err(self.damaged(begin, "it ends another backup than this"));
        }
        let at = self.at;
        if self.read(&mut [0])? == 0 {
            return Ok(());
        }
        let message = format!("the backup ends at byte {at}, and more follows in the stream: cut it there");
        Err(Error::new(ErrorKind::Corrupt, message).with("offset", at))
    }

    /// Fills the buffer as far as the stream goes.
    fn read(&mut self, out: &mut [u8]) -> Result<usize> {
        let mut filled = 0;
        while filled < out.len() {
            match self.input.read(&mut out[filled..]) {
                Ok(0) => break,
                Ok(n) => filled += n,
                Err(e) if e.kind() == io::ErrorKind::Interrupted => {}
                Err(e) => return Err(failed(e, "reading the backup failed").with("offset", self.at + filled as u64)),
            }
        }
        self.at += filled as u64;
        Ok(filled)
    }

    fn cut(&self) -> Error {
        let message = format!("the backup is cut short: it ends at byte {}, in frame {}", self.at, self.frames + 1);
        Error::new(ErrorKind::Corrupt, message).with("offset", self.at).with("frame", self.frames + 1)
    }

    fn damaged(&self, begin: u64, why: &str) -> Error {
        let message = format!("the backup is damaged at byte {begin}, in frame {}: {why}", self.frames + 1);
        Error::new(ErrorKind::Corrupt, message).with("offset", begin).with("frame", self.frames + 1)
    }
}

fn checksum(number: u64, frame: &[u8]) -> u32 {
    let mut hasher = crc32fast::Hasher::new();
    hasher.update(&number.to_le_bytes());
    hasher.update(frame);
    hasher.finalize()
}

fn failed(error: io::Error, what: &str) -> Error {
    let kind = match error.kind() {
        io::ErrorKind::StorageFull | io::ErrorKind::QuotaExceeded | io::ErrorKind::FileTooLarge => ErrorKind::DiskFull,
        _ => ErrorKind::Io,
    };
    Error::new(kind, format!("{what} ({error})")).caused_by(error)
}

#[cfg(test)]
mod tests {
    use super::*;

    type Pair = (Space, Vec<u8>, Vec<u8>);

    fn pairs() -> Vec<Pair> {
        let mut pairs = vec![(Space::Meta, b"".to_vec(), b"of the empty key".to_vec())];
        pairs.extend((0..3_000_u32).map(|n| (Space::Record, n.to_be_bytes().to_vec(), vec![7; n as usize % 300])));
        pairs.push((Space::Journal, vec![0; 9], vec![0xFF; FRAME_LEN * 3]));
        pairs.push((Space::Journal, vec![1], Vec::new()));
        pairs
    }

    fn written(pairs: &[Pair]) -> Vec<u8> {
        let mut stream = Vec::new();
        let mut writer = ArchiveWriter::begin(&mut stream).unwrap();
        for (space, key, value) in pairs {
            writer.push(*space, key, value).unwrap();
        }
        writer.finish().unwrap();
        stream
    }

    fn read(mut stream: &[u8]) -> Result<Vec<Pair>> {
        let mut found = Vec::new();
        let mut reader = ArchiveReader::begin(&mut stream)?;
        while reader.next(&mut |space, key, value| {
            found.push((space, key.to_vec(), value.to_vec()));
            Ok(())
        })? {}
        Ok(found)
    }

    #[test]
    fn pairs_come_back_as_they_went() {
        assert_eq!(read(&written(&pairs())).unwrap(), pairs());
        assert_eq!(read(&written(&[])).unwrap(), []);
    }

    #[test]
    fn a_cut_stream_is_refused_by_the_place_where_it_ends() {
        let stream = written(&pairs()[..40]);
        for end in 0..stream.len() {
            let error = read(&stream[..end]).unwrap_err();
            match end < HEADER_LEN {
                true => assert_eq!(error.kind(), ErrorKind::NotADatabase, "cut to {end}"),
                false => {
                    assert_eq!(error.kind(), ErrorKind::Corrupt, "cut to {end}");
                    assert_eq!(error.context_value("offset"), Some(end.to_string().as_str()), "{error}");
                }
            }
        }
    }

    /// Bytes behind the end once went unnoticed: a second backup that was appended to the first, or a file that was
    /// overwritten by a shorter one, was restored as if it were whole.
    #[test]
    fn a_stream_that_goes_on_behind_its_end_is_refused() {
        let stream = written(&pairs()[..20]);
        for more in [&b"\n"[..], &[0; 4096], &stream.clone()] {
            let error = read(&[&stream[..], more].concat()).unwrap_err();
            assert_eq!(error.kind(), ErrorKind::Corrupt);
            assert_eq!(error.context_value("offset"), Some(stream.len().to_string().as_str()), "{error}");
        }
    }

    #[test]
    fn no_bit_of_a_stream_may_change() {
        let stream = written(&pairs()[..20]);
        for at in 0..stream.len() {
            for bit in 0..8 {
                let mut damaged = stream.clone();
                damaged[at] ^= 1 << bit;
                assert!(read(&damaged).is_err(), "bit {bit} of byte {at}");
            }
        }
    }

    #[test]
    fn frames_that_are_swapped_left_out_or_come_twice_are_refused() {
        let stream = written(&pairs());
        let mut frames = Vec::new();
        let mut at = HEADER_LEN;
        while at < stream.len() {
            let len = u32::from_le_bytes(stream[at..at + 4].try_into().unwrap()) as usize + 8;
            frames.push(&stream[at..at + len]);
            at += len;
        }
        assert!(frames.len() >= 5, "{} frames", frames.len());
        let stream_of = |order: &[usize]| {
            let mut bytes = stream[..HEADER_LEN].to_vec();
            order.iter().for_each(|&i| bytes.extend_from_slice(frames[i]));
            bytes
        };
        let all: Vec<usize> = (0..frames.len()).collect();
        assert_eq!(stream_of(&all), stream);
        for i in 0..frames.len() - 1 {
            let (mut swapped, mut without, mut twice) = (all.clone(), all.clone(), all.clone());
            swapped.swap(i, i + 1);
            without.remove(i);
            twice.insert(i, i);
            for order in [swapped, without, twice] {
                assert_eq!(read(&stream_of(&order)).unwrap_err().kind(), ErrorKind::Corrupt, "{order:?}");
            }
        }
    }

    #[test]
    fn a_stream_of_a_newer_form_or_format_says_so() {
        let mut newer = written(&[]);
        newer[15] = b'2';
        assert_eq!(read(&newer).unwrap_err().kind(), ErrorKind::NewerVersion);
        let mut newer = written(&[]);
        newer[16..20].copy_from_slice(&(FORMAT_VERSION + 1).to_le_bytes());
        assert_eq!(read(&newer).unwrap_err().kind(), ErrorKind::NewerVersion);
    }
}
