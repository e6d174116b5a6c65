//! The structure of a document for screen readers: what is a heading, a table, a cell
//! (ISO 32000-1, 14.7 and 14.8).

use pdf_writer::types::{StructRole, TableHeaderScope};
use pdf_writer::{Finish, Name, Ref, TextStr};

use super::file::Part;

/// An element of the structure, by its place in the tree.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Element(usize);

/// The document itself.
pub const ROOT: Element = Element(0);

enum Kid {
    Element(Element),
    /// A marked piece of content: page and number on it.
    Mark(usize, i32),
}

struct Node {
    role: StructRole,
    parent: Element,
    kids: Vec<Kid>,
    scope: Option<TableHeaderScope>,
    span: usize,
    alternative: Option<String>,
}

pub struct Tree {
    nodes: Vec<Node>,
    /// For each page, the elements that its marks belong to.
    marks: Vec<Vec<Element>>,
}

/// Where the pages are.
pub struct Places<'a> {
    pub root: Ref,
    pub first: Ref,
    pub pages: &'a [Ref],
}

impl Tree {
    pub fn new() -> Tree {
        Tree {
            nodes: vec![Node::new(StructRole::Document, ROOT)],
            marks: Vec::new(),
        }
    }

    pub fn len(&self) -> usize {
        self.nodes.len()
    }

    /// A new element below another one.
    pub fn add(&mut self, parent: Element, role: StructRole) -> Element {
        let element = Element(self.nodes.len());
        self.nodes.push(Node::new(role, parent));
        if let Some(node) = self.nodes.get_mut(parent.0) {
            node.kids.push(Kid::Element(element));
        }
        element
    }

    /// The head of a row or column, over so many columns.
    pub fn head(&mut self, row: Element, scope: TableHeaderScope, span: usize) -> Element {
        let element = self.add(row, StructRole::TH);
        if let Some(node) = self.nodes.get_mut(element.0) {
            node.scope = Some(scope);
            node.span = span;
        }
        element
    }

    /// A picture, with words for those who do not see it.
    pub fn figure(&mut self, parent: Element, text: &str) -> Element {
        let element = self.add(parent, StructRole::Figure);
        if let Some(node) = self.nodes.get_mut(element.0) {
            node.alternative = Some(text.to_owned());
        }
        element
    }

    /// The number of the next piece of content on a page, which belongs to the element.
    pub fn mark(&mut self, element: Element, page: usize) -> i32 {
        if self.marks.len() <= page {
            self.marks.resize_with(page + 1, Vec::new);
        }
        let marks = self.marks.get_mut(page).map(|marks| {
            marks.push(element);
            marks.len() - 1
        });
        let mark = marks
            .and_then(|at| i32::try_from(at).ok())
            .unwrap_or_default();
        if let Some(node) = self.nodes.get_mut(element.0) {
            node.kids.push(Kid::Mark(page, mark));
        }
        mark
    }

    /// The name that marks the content of an element.
    pub fn role(&self, element: Element) -> StructRole {
        self.nodes
            .get(element.0)
            .map_or(StructRole::NonStruct, |node| node.role)
    }

    pub fn write(&self, part: &mut Part, places: &Places) {
        let id = |element: Element| {
            let at = i32::try_from(element.0).unwrap_or(i32::MAX);
            Ref::new(places.first.get() + at)
        };
        part.object(places.root, |chunk| {
            let mut root = chunk
                .indirect(places.root)
                .start::<pdf_writer::writers::StructTreeRoot>();
            root.child(id(ROOT));
            let mut numbers = root.insert(Name(b"ParentTree")).dict();
            let mut lists = numbers.insert(Name(b"Nums")).array();
            for (page, marks) in (0..).zip(&self.marks) {
                lists.item(page);
                lists
                    .push()
                    .array()
                    .items(marks.iter().map(|element| id(*element)));
            }
            lists.finish();
            numbers.finish();
            let next = i32::try_from(self.marks.len()).unwrap_or(i32::MAX);
            root.parent_tree_next_key(next);
        });
        for (at, node) in self.nodes.iter().enumerate() {
            let own = id(Element(at));
            let parent = if at == 0 {
                places.root
            } else {
                id(node.parent)
            };
            part.object(own, |chunk| {
                node.write(chunk.struct_element(own), parent, places, id)
            });
        }
    }
}

impl Node {
    fn new(role: StructRole, parent: Element) -> Node {
        Node {
            role,
            parent,
            kids: Vec::new(),
            scope: None,
            span: 1,
            alternative: None,
        }
    }

    fn write(
        &self,
        mut element: pdf_writer::writers::StructElement,
        parent: Ref,
        places: &Places,
        id: impl Fn(Element) -> Ref,
    ) {
        element.kind(self.role).parent(parent);
        if let Some(text) = &self.alternative {
            element.alt(TextStr(text));
        }
        if let Some(scope) = self.scope {
            let mut attributes = element.attributes();
            let mut table = attributes.push().table();
            table.scope(scope);
            if let Some(span) = i32::try_from(self.span).ok().filter(|span| *span > 1) {
                table.col_span(span);
            }
        }
        // Marks are numbers where all are on one page.
        let pages: Vec<usize> = self.kids.iter().filter_map(Kid::page).collect();
        let single = pages
            .first()
            .filter(|first| pages.iter().all(|page| page == *first));
        let page = single.and_then(|page| places.pages.get(*page));
        if let Some(page) = page {
            element.page(*page);
        }
        let mut kids = element.children();
        for kid in &self.kids {
            match kid {
                Kid::Element(kid) => {
                    kids.struct_element(id(*kid));
                }
                Kid::Mark(_, mark) if page.is_some() => {
                    kids.marked_content_id(*mark);
                }
                Kid::Mark(on, mark) => {
                    let mut reference = kids.marked_content_ref();
                    if let Some(page) = places.pages.get(*on) {
                        reference.page(*page);
                    }
                    reference.marked_content_id(*mark);
                }
            }
        }
    }
}

impl Kid {
    fn page(&self) -> Option<usize> {
        match self {
            Kid::Element(_) => None,
            Kid::Mark(page, _) => Some(*page),
        }
    }
}
