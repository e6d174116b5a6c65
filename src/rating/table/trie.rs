//! The trie behind a table: one arena of nodes for all keys. Where a prefix of one key ends, the trie
//! of the next key begins.

use super::symbols::{PREFIX_BYTES_MAX, symbols};

/// No payload.
const NONE: u32 = u32::MAX;

/// A node. Its children stand side by side, in the order of their symbols.
#[derive(Clone, Copy, Debug, Default)]
struct Node {
    /// Symbols that have a child.
    children: u16,
    /// Place of the first child.
    first: u32,
    /// Where a prefix ends here: the root of the next key's trie, or the place of the rows of the
    /// last key.
    payload: u32,
}

/// Prefixes of all keys, and the rows they lead to.
#[derive(Debug, Default)]
pub(super) struct Trie {
    keys: usize,
    root: u32,
    nodes: Vec<Node>,
    /// Rows of one set of prefixes stand side by side, the latest first.
    groups: Vec<(u32, u32)>,
    rows: Vec<u32>,
}

/// A row with the symbols of its prefixes, one after the other.
pub(super) struct Entry<'a> {
    pub row: u32,
    pub symbols: &'a [u8],
    /// Where the symbols of each key end.
    pub ends: &'a [u16],
}

impl<'a> Entry<'a> {
    /// The symbols of a key.
    pub fn key(&self, key: usize) -> &'a [u8] {
        let end = |key: usize| self.ends.get(key).map_or(0, |end| usize::from(*end));
        let start = key.checked_sub(1).map_or(0, end);
        self.symbols.get(start..end(key)).unwrap_or_default()
    }
}

impl Trie {
    /// Builds the trie of entries that are sorted by the symbols of their keys in order, then with
    /// the row first that is to be tried first.
    pub fn build(keys: usize, entries: &[Entry<'_>]) -> Self {
        let mut trie = Trie {
            keys,
            ..Trie::default()
        };
        trie.root = trie.below(0, entries);
        trie
    }

    /// The trie of one key, for entries whose earlier keys are the same; its root.
    fn below(&mut self, key: usize, entries: &[Entry<'_>]) -> u32 {
        let root = self.add(1);
        self.fill(root, key, 0, entries);
        root
    }

    /// Adds nodes; the place of the first.
    fn add(&mut self, count: usize) -> u32 {
        let first = place(self.nodes.len());
        let node = Node {
            payload: NONE,
            ..Node::default()
        };
        self.nodes.resize(self.nodes.len() + count, node);
        first
    }

    fn fill(&mut self, node: u32, key: usize, depth: usize, entries: &[Entry<'_>]) {
        let ended = entries.partition_point(|entry| entry.key(key).len() <= depth);
        let (ending, longer) = entries.split_at(ended);
        let payload = match ending {
            [] => NONE,
            _ if key + 1 < self.keys => self.below(key + 1, ending),
            _ => self.group(ending),
        };
        let symbol = |entry: &Entry<'_>| entry.key(key).get(depth).copied().unwrap_or_default();
        let of_one_symbol = |a: &Entry<'_>, b: &Entry<'_>| symbol(a) == symbol(b);
        let mut children = 0_u16;
        let mut count = 0;
        for group in longer.chunk_by(of_one_symbol) {
            children |= group.first().map_or(0, |entry| 1 << symbol(entry));
            count += 1;
        }
        let first = self.add(count);
        if let Some(node) = self.nodes.get_mut(index(node)) {
            *node = Node {
                children,
                first,
                payload,
            };
        }
        for (child, group) in (first..).zip(longer.chunk_by(of_one_symbol)) {
            self.fill(child, key, depth + 1, group);
        }
    }

    fn group(&mut self, entries: &[Entry<'_>]) -> u32 {
        let start = place(self.rows.len());
        self.rows.extend(entries.iter().map(|entry| entry.row));
        self.groups.push((start, place(self.rows.len())));
        place(self.groups.len() - 1)
    }

    /// The first row that is accepted, the longest prefix of the first key first.
    ///
    /// `values` are in the order of the keys; further ones are not looked at.
    pub fn find(&self, values: &[&str], accept: impl Fn(u32) -> bool) -> Option<u32> {
        self.search(self.root, values.get(..self.keys)?, &accept)
    }

    fn search(&self, root: u32, values: &[&str], accept: &impl Fn(u32) -> bool) -> Option<u32> {
        let (value, others) = values.split_first()?;
        // Prefixes that end on the way down; there cannot be more than a prefix has bytes.
        let mut passed = [NONE; PREFIX_BYTES_MAX + 1];
        let mut count = 0;
        let mut node = self.nodes.get(index(root))?;
        let mut rest = symbols(value);
        loop {
            if node.payload != NONE
                && let Some(free) = passed.get_mut(count)
            {
                *free = node.payload;
                count += 1;
            }
            let Some(child) = rest.next().and_then(|symbol| self.child(node, symbol)) else {
                break;
            };
            node = child;
        }
        let longest_first = passed.get(..count)?.iter().rev();
        for payload in longest_first {
            let found = match others.is_empty() {
                true => self.accepted(*payload, accept),
                false => self.search(*payload, others, accept),
            };
            if found.is_some() {
                return found;
            }
        }
        None
    }

    fn child(&self, node: &Node, symbol: u8) -> Option<&Node> {
        let bit = 1_u16 << symbol;
        if node.children & bit == 0 {
            return None;
        }
        let before = (node.children & (bit - 1)).count_ones();
        self.nodes.get(index(node.first + before))
    }

    fn accepted(&self, group: u32, accept: &impl Fn(u32) -> bool) -> Option<u32> {
        let (start, end) = *self.groups.get(index(group))?;
        let mut rows = self.rows.get(index(start)..index(end))?.iter().copied();
        rows.find(|row| accept(*row))
    }

    /// Bytes of memory.
    pub fn footprint(&self) -> usize {
        size_of_val(&*self.nodes) + size_of_val(&*self.groups) + size_of_val(&*self.rows)
    }
}

/// Tables are held far below four thousand million nodes by the number of rows.
fn place(index: usize) -> u32 {
    u32::try_from(index).unwrap_or(NONE)
}

fn index(place: u32) -> usize {
    usize::try_from(place).unwrap_or(usize::MAX)
}
