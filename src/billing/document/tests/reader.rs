//! Reads PDF files back: what a viewer would show and a search would find. It knows as much of
//! the format as our files use, and nothing of how they are written.

#![allow(
    clippy::string_slice,
    reason = "the text is ASCII where it is cut, and a test may fail"
)]

use std::collections::BTreeMap;
use std::io::Read;

use flate2::read::ZlibDecoder;

/// A file, taken apart.
pub struct Pdf {
    /// Objects that are no streams, as text, by number.
    objects: BTreeMap<usize, String>,
    /// Streams: dictionary and content.
    streams: BTreeMap<usize, (String, Vec<u8>)>,
}

impl Pdf {
    pub fn of(file: &[u8]) -> Pdf {
        let mut read = Pdf {
            objects: BTreeMap::new(),
            streams: BTreeMap::new(),
        };
        let mut at = 0;
        while let Some(found) = find(file, b" 0 obj", at) {
            let number = number_before(file, found);
            let keyword = find(file, b"stream", found).expect("a stream");
            let dictionary = text(&file[found + 6..keyword]);
            let start = keyword + b"stream\n".len();
            let end = start + value(&dictionary, "/Length ");
            let mut content = Vec::new();
            ZlibDecoder::new(&file[start..end])
                .read_to_end(&mut content)
                .expect("Deflate");
            assert!(
                file[end..].starts_with(b"\nendstream"),
                "the length of {number}"
            );
            read.streams.insert(number, (dictionary, content));
            at = end;
        }
        read.unpack();
        read
    }

    fn unpack(&mut self) {
        for (dictionary, content) in self.streams.values() {
            if !dictionary.contains("/ObjStm") {
                continue;
            }
            let first = value(dictionary, "/First ");
            let index = text(&content[..first]);
            let numbers: Vec<usize> = index
                .split_whitespace()
                .map(|n| n.parse().unwrap())
                .collect();
            let mut ends: Vec<usize> = numbers.chunks(2).skip(1).map(|pair| pair[1]).collect();
            ends.push(content.len() - first);
            for (pair, end) in numbers.chunks(2).zip(ends) {
                let object = text(&content[first + pair[1]..first + end]);
                self.objects.insert(pair[0], object);
            }
        }
    }

    /// The text of each page, a line for each piece that was drawn.
    pub fn pages(&self) -> Vec<Vec<String>> {
        let fonts = self.fonts();
        let tree = self
            .objects
            .values()
            .find(|o| o.contains("/Type/Pages"))
            .expect("pages");
        let pages = references(&tree[tree.find("/Kids").unwrap()..]);
        let pages = pages.iter().map(|page| {
            let page = &self.objects[page];
            let content = references(&page[page.find("/Contents").unwrap()..])[0];
            drawn(&self.streams[&content].1, &fonts)
        });
        pages.collect()
    }

    /// Text of all pages, one piece of text on each line.
    pub fn text(&self) -> String {
        self.pages().concat().join("\n")
    }

    /// Objects of which the text is a part.
    pub fn having(&self, text: &str) -> Vec<&String> {
        self.objects
            .values()
            .filter(|object| object.contains(text))
            .collect()
    }

    /// Characters by glyph, by the name of the font on pages.
    fn fonts(&self) -> BTreeMap<String, BTreeMap<String, char>> {
        let resources = self
            .objects
            .values()
            .find(|o| o.contains("/Font<<"))
            .expect("fonts");
        let list = &resources[resources.find("/Font<<").unwrap() + 7..];
        let fonts = list.split('/').skip(1).map(|font| {
            let (name, reference) = font.split_once(' ').unwrap();
            let font = &self.objects[&reference.split(' ').next().unwrap().parse().unwrap()];
            let map = references(&font[font.find("/ToUnicode").unwrap()..])[0];
            (name.to_owned(), characters(&text(&self.streams[&map].1)))
        });
        fonts.collect()
    }
}

/// Lines such as `<0001> <0042>`.
fn characters(map: &str) -> BTreeMap<String, char> {
    let pairs = map.lines().filter_map(|line| line.split_once("> <"));
    let pairs = pairs.filter(|(glyph, _)| glyph.len() == 5);
    let pairs = pairs.filter_map(|(glyph, character)| {
        let point = u32::from_str_radix(character.trim_end_matches('>'), 16).ok()?;
        Some((glyph[1..].to_lowercase(), char::from_u32(point)?))
    });
    // The range of all codes looks like a pair.
    pairs.filter(|(glyph, _)| glyph != "0000").collect()
}

/// What the content of a page shows, a line for each string.
fn drawn(content: &[u8], fonts: &BTreeMap<String, BTreeMap<String, char>>) -> Vec<String> {
    let mut lines = Vec::new();
    let (mut font, mut string, mut name) = (None, Vec::new(), String::new());
    let mut at = 0;
    while let Some(byte) = content.get(at) {
        let rest = &content[at..];
        match byte {
            b'(' => (string, at) = literal(content, at + 1),
            b'<' if rest[1] == b'<' => at += 2,
            b'<' => {
                let end = find(content, b">", at).unwrap();
                string = hexadecimal(&text(&content[at + 1..end]));
                at = end + 1;
            }
            b'/' => {
                let tail = text(&rest[1..rest.len().min(40)]);
                name = tail.split([' ', '<', '/', '\n']).next().unwrap().to_owned();
                at += 1 + name.len();
            }
            b'T' if rest.starts_with(b"Tf") => {
                font = fonts.get(&name);
                at += 2;
            }
            b'T' if rest.starts_with(b"Tj") => {
                let font = font.expect("a font is set");
                let glyphs = string
                    .chunks(2)
                    .map(|pair| format!("{:02x}{:02x}", pair[0], pair[1]));
                lines.push(
                    glyphs
                        .map(|glyph| font.get(&glyph).unwrap_or(&'\u{fffd}'))
                        .collect(),
                );
                at += 2;
            }
            _ => at += 1,
        }
    }
    lines
}

/// A string in brackets, which may hold pairs of brackets, and where it ends.
fn literal(content: &[u8], start: usize) -> (Vec<u8>, usize) {
    let mut string = Vec::new();
    let mut at = start;
    let mut depth = 0;
    loop {
        let byte = content[at];
        at += 1;
        match byte {
            b')' if depth == 0 => return (string, at),
            b'(' | b')' => {
                depth += if byte == b'(' { 1 } else { -1 };
                string.push(byte);
            }
            b'\\' => {
                let escaped = content[at];
                let digits = content[at..at + 3]
                    .iter()
                    .take_while(|byte| byte.is_ascii_digit());
                let digits = digits.count();
                if digits == 3 {
                    let octal = text(&content[at..at + 3]);
                    string.push(u8::from_str_radix(&octal, 8).unwrap());
                    at += 3;
                    continue;
                }
                string.push(match escaped {
                    b'n' => b'\n',
                    b'r' => b'\r',
                    b't' => b'\t',
                    b'b' => 8,
                    b'f' => 12,
                    other => other,
                });
                at += 1;
            }
            other => string.push(other),
        }
    }
}

fn hexadecimal(digits: &str) -> Vec<u8> {
    let pairs = (0..digits.len()).step_by(2).map(|at| &digits[at..at + 2]);
    pairs
        .map(|pair| u8::from_str_radix(pair, 16).unwrap())
        .collect()
}

fn find(bytes: &[u8], what: &[u8], from: usize) -> Option<usize> {
    let rest = &bytes[from..];
    rest.windows(what.len())
        .position(|window| window == what)
        .map(|at| from + at)
}

fn number_before(file: &[u8], end: usize) -> usize {
    let digits = file[..end]
        .iter()
        .rev()
        .take_while(|byte| byte.is_ascii_digit())
        .count();
    text(&file[end - digits..end])
        .parse()
        .expect("a number of an object")
}

fn text(bytes: &[u8]) -> String {
    String::from_utf8_lossy(bytes).into_owned()
}

fn value(dictionary: &str, key: &str) -> usize {
    let (_, rest) = dictionary.split_once(key).expect(key);
    let digits: String = rest.chars().take_while(char::is_ascii_digit).collect();
    digits.parse().expect("a number")
}

/// Numbers of objects in a list of references, up to the end of the list or entry.
fn references(list: &str) -> Vec<usize> {
    let list = list.trim_start_matches(|c: char| !c.is_ascii_digit());
    let end = list.find([']', '/', '>']).unwrap_or(list.len());
    let words: Vec<&str> = list[..end].split_whitespace().collect();
    words
        .chunks(3)
        .map(|reference| reference[0].parse().unwrap())
        .collect()
}
