//! The file around the objects. Those that are no streams are packed into compressed object
//! streams (ISO 32000-1, 7.5.7), which the library does not write: the structure of a long bill
//! would be larger than the bill.

use std::io::Write;
use std::ops::Range;

use flate2::Compression;
use flate2::write::ZlibEncoder;
use pdf_writer::{Chunk, Filter, Finish, Name, Ref, Settings};

/// Objects in one object stream.
const PACKED: usize = 200;

const HEADER: &[u8] = b"%PDF-1.7\n%\xe2\xe3\xcf\xd3\n";

/// Without spaces for people.
pub const DENSE: Settings = Settings { pretty: false };

/// Objects on their way to a file.
#[derive(Default)]
pub struct Part {
    streams: Objects,
    others: Objects,
}

/// Objects one behind the other, and where each begins.
struct Objects {
    chunk: Chunk,
    starts: Vec<(Ref, usize)>,
}

impl Default for Objects {
    fn default() -> Self {
        Objects {
            chunk: Chunk::with_settings(DENSE),
            starts: Vec::new(),
        }
    }
}

impl Objects {
    /// Numbers and bytes of the objects.
    fn ranges(&self) -> impl Iterator<Item = (Ref, Range<usize>)> + '_ {
        let ends = self.starts.iter().skip(1).map(|(_, start)| *start);
        let ends = ends.chain([self.chunk.len()]);
        self.starts
            .iter()
            .zip(ends)
            .map(|((id, start), end)| (*id, *start..end))
    }
}

impl Part {
    /// Writes one object that is no stream.
    pub fn object(&mut self, id: Ref, write: impl FnOnce(&mut Chunk)) {
        let objects = &mut self.others;
        objects.starts.push((id, objects.chunk.len()));
        write(&mut objects.chunk);
    }

    pub fn stream<'a>(&'a mut self, id: Ref, data: &'a [u8]) -> pdf_writer::Stream<'a> {
        let objects = &mut self.streams;
        objects.starts.push((id, objects.chunk.len()));
        objects.chunk.stream(id, data)
    }

    /// The whole file. Numbers of objects are below `next`.
    pub fn finish(self, catalog: Ref, info: Ref, next: Ref) -> Vec<u8> {
        let mut next = next;
        let mut entries = vec![Entry::Free; usize::try_from(next.get()).unwrap_or_default()];
        let Part { streams, others } = self;
        let mut file = Part {
            streams,
            others: Objects::default(),
        };
        let packs: Vec<(Ref, Range<usize>)> = others.ranges().collect();
        for group in packs.chunks(PACKED) {
            let stream = next.bump();
            entries.push(Entry::Free);
            for (at, (id, _)) in group.iter().enumerate() {
                set(&mut entries, *id, Entry::Packed(stream, at));
            }
            write_pack(&mut file, stream, others.chunk.as_bytes(), group);
        }
        let table = next.bump();
        entries.push(Entry::Free);
        let end = HEADER.len() + file.streams.chunk.len();
        let starts = file.streams.starts.iter().copied();
        for (id, start) in starts.chain([(table, end - HEADER.len())]) {
            set(&mut entries, id, Entry::At(HEADER.len() + start));
        }
        write_table(&mut file, table, &entries, (catalog, info));
        let body = file.streams.chunk.as_bytes();
        let tail = format!("startxref\n{end}\n%%EOF\n");
        [HEADER, body, tail.as_bytes()].concat()
    }
}

/// Where an object is found.
#[derive(Clone, Copy)]
enum Entry {
    Free,
    At(usize),
    Packed(Ref, usize),
}

fn set(entries: &mut [Entry], id: Ref, entry: Entry) {
    let at = usize::try_from(id.get()).unwrap_or(usize::MAX);
    if let Some(slot) = entries.get_mut(at) {
        *slot = entry;
    }
}

/// An object stream: pairs of number and place, then the objects without their frames.
fn write_pack(file: &mut Part, id: Ref, bytes: &[u8], objects: &[(Ref, Range<usize>)]) {
    let mut index = String::new();
    let mut content = Vec::new();
    for (id, range) in objects {
        let framed = bytes.get(range.clone()).unwrap_or_default();
        index.push_str(&format!("{} {} ", id.get(), content.len()));
        content.extend_from_slice(unframed(framed, *id));
        content.push(b'\n');
    }
    let first = i32::try_from(index.len()).unwrap_or(i32::MAX);
    let count = i32::try_from(objects.len()).unwrap_or(i32::MAX);
    let compressed = packed(&[index.as_bytes(), &content].concat());
    let mut stream = file.stream(id, &compressed);
    stream.filter(Filter::FlateDecode);
    stream.pair(Name(b"Type"), Name(b"ObjStm"));
    stream.pair(Name(b"N"), count).pair(Name(b"First"), first);
}

/// What stands between `7 0 obj` and `endobj`.
fn unframed(object: &[u8], id: Ref) -> &[u8] {
    let head = format!("{} 0 obj", id.get());
    let body = object.strip_prefix(head.as_bytes()).unwrap_or(object);
    let body = body.trim_ascii();
    body.strip_suffix(b"endobj")
        .unwrap_or(body)
        .trim_ascii_end()
}

/// The cross-reference stream, which is the trailer as well.
fn write_table(file: &mut Part, id: Ref, entries: &[Entry], (catalog, info): (Ref, Ref)) {
    let mut table = Vec::with_capacity(7 * entries.len());
    for entry in entries {
        let (kind, place, within) = match entry {
            Entry::Free => (0, 0, 0),
            Entry::At(start) => (1, *start, 0),
            Entry::Packed(stream, at) => (2, usize::try_from(stream.get()).unwrap_or(0), *at),
        };
        let place = u32::try_from(place).unwrap_or(u32::MAX);
        let within = u16::try_from(within).unwrap_or(u16::MAX);
        table.push(kind);
        table.extend(place.to_be_bytes());
        table.extend(within.to_be_bytes());
    }
    let size = i32::try_from(entries.len()).unwrap_or(i32::MAX);
    let compressed = packed(&table);
    let mut stream = file.stream(id, &compressed);
    stream.filter(Filter::FlateDecode);
    stream
        .pair(Name(b"Type"), Name(b"XRef"))
        .pair(Name(b"Size"), size);
    stream.insert(Name(b"W")).array().items([1, 4, 2]);
    stream
        .pair(Name(b"Root"), catalog)
        .pair(Name(b"Info"), info);
    stream.finish();
}

/// Compressed by Deflate.
pub fn packed(data: &[u8]) -> Vec<u8> {
    let mut encoder = ZlibEncoder::new(Vec::new(), Compression::new(6));
    // Writing to memory does not fail.
    let written = encoder.write_all(data).and_then(|()| encoder.finish());
    written.unwrap_or_default()
}
