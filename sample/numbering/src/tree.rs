//! The smallest set of prefixes that tells the ranges of a plan apart, when the longest prefix wins.
//!
//! Digits are followed through all ranges at once, until one range is left or enough have been dialled. Then
//! prefixes are chosen from the leaves up: a node takes what most of its children take, and only the others
//! get prefixes of their own. Numbers that no range has count for nothing, so that a gap costs no row.

use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::rc::Rc;

use crate::language::State;
use crate::plan::{Kind, Label, Plan};

/// Digits behind the calling code that are looked at. What is not told apart by then is decided by rule.
const DEPTH_MAX: usize = 7;

/// Which ranges a number can still belong to, and how far it has come in each.
type Open = Vec<(usize, State)>;

/// What follows a prefix.
struct Node {
    /// Labels, by their numbers, that cost the fewest rows here.
    best: BTreeSet<usize>,
    /// None for a leaf; a digit that no number goes on with has none either.
    children: Option<[Option<Rc<Node>>; 10]>,
}

/// Prefixes without the calling code, and their labels.
///
/// # Errors
/// When the plan has no numbers.
pub fn prefixes(plan: &mut Plan) -> Result<Vec<(String, Label)>, String> {
    let mut growing = Growing {
        labels: Vec::new(),
        grown: HashMap::new(),
        plan,
    };
    let ranges = growing.plan.ranges.iter().enumerate();
    let open: Open = ranges
        .map(|(range, of)| (range, of.numbers.start))
        .collect();
    let root = growing.grow(&open, 0);
    let Some(usual) = growing.usual() else {
        return Err(format!("+{} has no numbers", growing.plan.code));
    };
    let labels = growing.labels;
    let mut rows = vec![(String::new(), usual)];
    descend(&root, usual, &mut String::new(), &mut rows);
    let named = rows.into_iter().filter_map(|(prefix, label)| {
        let label = labels.get(label)?;
        Some((prefix, label.clone()))
    });
    Ok(named.collect())
}

struct Growing<'p> {
    plan: &'p mut Plan,
    labels: Vec<Label>,
    grown: HashMap<(Open, usize), Rc<Node>>,
}

impl Growing<'_> {
    fn grow(&mut self, open: &Open, depth: usize) -> Rc<Node> {
        let key = (open.clone(), depth);
        if let Some(known) = self.grown.get(&key) {
            return Rc::clone(known);
        }
        let node = match open.len() == 1 || depth == DEPTH_MAX {
            true => self.leaf(open),
            false => self.branch(open, depth),
        };
        let node = Rc::new(node);
        self.grown.insert(key, Rc::clone(&node));
        node
    }

    fn branch(&mut self, open: &Open, depth: usize) -> Node {
        let mut children: [Option<Rc<Node>>; 10] = Default::default();
        for (child, digit) in children.iter_mut().zip(0_u8..) {
            let next = open.iter().filter_map(|(range, state)| {
                let range_at = self.plan.ranges.get_mut(*range)?;
                Some((*range, range_at.numbers.after(*state, digit)?))
            });
            let next: Open = next.collect();
            if !next.is_empty() {
                *child = Some(self.grow(&next, depth + 1));
            }
        }
        if children.iter().all(Option::is_none) {
            return self.leaf(open);
        }
        let mut count: BTreeMap<usize, usize> = BTreeMap::new();
        for label in children.iter().flatten().flat_map(|child| &child.best) {
            *count.entry(*label).or_default() += 1;
        }
        // Where countries share what begins so, the gaps are the main country's.
        if count.keys().any(|label| self.is_main(*label)) {
            count.retain(|label, _| self.is_main(*label));
        }
        let most = count.values().max().copied().unwrap_or_default();
        let best = count.into_iter().filter(|(_, count)| *count == most);
        Node {
            best: best.map(|(label, _)| label).collect(),
            children: Some(children),
        }
    }

    fn is_main(&self, label: usize) -> bool {
        let country = self.labels.get(label).map(|label| &label.country);
        let mut ranges = self.plan.ranges.iter();
        ranges.any(|range| range.is_main && Some(&range.label.country) == country)
    }

    fn leaf(&mut self, open: &Open) -> Node {
        let label = self.decide(open);
        Node {
            best: label.into_iter().collect(),
            children: None,
        }
    }

    /// The label of numbers that can belong to several ranges: that of the main country, and of what is
    /// special before what is usual. Fixed or mobile is a label of its own.
    fn decide(&mut self, open: &Open) -> Option<usize> {
        let ranges = open
            .iter()
            .filter_map(|(range, _)| self.plan.ranges.get(*range));
        let first = ranges
            .clone()
            .max_by_key(|range| (range.is_main, range.label.kind))?;
        let of_both = ranges.filter(|range| {
            let label = &range.label;
            label.country == first.label.country && label.kind == Kind::Fixed
        });
        let kind = match first.label.kind {
            Kind::Mobile if of_both.count() > 0 => Kind::Any,
            kind => kind,
        };
        let country = first.label.country.clone();
        Some(self.label(Label { country, kind }))
    }

    /// The label of a calling code as a whole: what is not in any range is taken for a usual number.
    fn usual(&mut self) -> Option<usize> {
        let main = self.plan.ranges.iter().filter(|range| range.is_main);
        let usual = main.min_by_key(|range| (range.label.kind != Kind::Any, range.label.kind));
        let usual = usual?.label.clone();
        Some(self.label(usual))
    }

    fn label(&mut self, label: Label) -> usize {
        let known = self.labels.iter().position(|known| *known == label);
        known.unwrap_or_else(|| {
            self.labels.push(label);
            self.labels.len() - 1
        })
    }
}

/// Rows for what a node does not inherit.
fn choose(node: &Node, inherited: usize, prefix: &mut String, rows: &mut Vec<(String, usize)>) {
    let own = match node.best.contains(&inherited) {
        true => inherited,
        false => node.best.first().copied().unwrap_or(inherited),
    };
    if own != inherited {
        rows.push((prefix.clone(), own));
    }
    descend(node, own, prefix, rows);
}

fn descend(node: &Node, own: usize, prefix: &mut String, rows: &mut Vec<(String, usize)>) {
    let children = node.children.iter().flatten().zip('0'..='9');
    for (child, digit) in children {
        if let Some(child) = child {
            prefix.push(digit);
            choose(child, own, prefix, rows);
            prefix.pop();
        }
    }
}
