//! Looking for a way from a resource back to itself, along whatever leads from one to the next.

use crate::domain::problem::{Code, Outcome, Problem};

/// Resources that one search looks at. A tree or a bundle beyond this is taken for a mistake, and
/// the writer must not be held up by it.
const VISITED_MAX: usize = 2_000;

/// Searches breadth-first from `start`. `next` gives the neighbours of an id; `closes` says that an
/// id leads back to the start although `next` does not tell. Answers the ids of the shortest way
/// back, from `start` to the last one before it comes back.
///
/// # Errors
/// `Conflict` when too much hangs together; what `next` fails with.
pub fn way_back(
    start: &str,
    mut next: impl FnMut(&str) -> Outcome<Vec<String>>,
    closes: impl Fn(&str) -> bool,
) -> Outcome<Option<Vec<String>>> {
    let mut visited: Vec<(String, usize)> = vec![(start.to_owned(), 0)];
    let mut at = 0;
    while let Some((id, _)) = visited.get(at) {
        for neighbour in next(id)? {
            if neighbour == start {
                return Ok(Some(way(&visited, at)));
            }
            if visited.iter().any(|(known, _)| *known == neighbour) {
                continue;
            }
            let closed = closes(&neighbour);
            visited.push((neighbour, at));
            if closed {
                return Ok(Some(way(&visited, visited.len() - 1)));
            }
        }
        if visited.len() > VISITED_MAX {
            return Err(Problem::new(
                Code::Conflict,
                format!(
                    "More than {VISITED_MAX} resources hang together with '{start}'; this is not supported."
                ),
            ));
        }
        at += 1;
    }
    Ok(None)
}

/// The ids from the start to a visited one.
fn way(visited: &[(String, usize)], mut at: usize) -> Vec<String> {
    let mut ids = Vec::new();
    while let Some((id, from)) = visited.get(at) {
        ids.push(id.clone());
        if at == 0 {
            break;
        }
        at = *from;
    }
    ids.reverse();
    ids
}

/// `A > B > A`, for a message.
pub fn shown(way: &[String]) -> String {
    let mut text = way.join(" > ");
    if let Some(first) = way.first() {
        text.push_str(" > ");
        text.push_str(first);
    }
    text
}

#[cfg(test)]
mod tests {
    use super::{shown, way_back};

    fn search(edges: &[(&str, &str)], start: &str) -> Option<String> {
        let next = |id: &str| {
            let from = edges.iter().filter(|(from, _)| *from == id);
            Ok(from.map(|(_, to)| (*to).to_owned()).collect())
        };
        way_back(start, next, |_| false)
            .unwrap()
            .map(|way| shown(&way))
    }

    #[test]
    fn the_shortest_way_back_is_named() {
        let edges = [("a", "b"), ("b", "c"), ("c", "a"), ("a", "d"), ("d", "a")];
        assert_eq!(search(&edges, "a").as_deref(), Some("a > d > a"));
        assert_eq!(search(&edges, "b").as_deref(), Some("b > c > a > b"));
    }

    #[test]
    fn a_circle_elsewhere_is_not_a_way_back() {
        assert_eq!(search(&[("a", "b"), ("b", "c"), ("c", "b")], "a"), None);
        assert_eq!(search(&[("a", "a")], "a").as_deref(), Some("a > a"));
    }

    #[test]
    fn a_search_has_an_end() {
        let next = |id: &str| Ok(vec![format!("{id}x")]);
        assert!(way_back("a", next, |_| false).is_err());
    }
}
