//! Query strings of endpoints that are no lists: names and values, nothing more.

use super::raw::{MAX_QUERY_BYTES, Text};
use crate::domain::problem::{Code, Outcome, Problem};

/// Reads the parameters of a query string in the order of `names`; each may stand once.
///
/// # Errors
/// `InvalidQuery` naming the parameter: an unknown or repeated one, broken percent-encoding.
pub fn parse_plain<const N: usize>(
    raw_query: &str,
    names: [&str; N],
) -> Outcome<[Option<String>; N]> {
    if raw_query.len() > MAX_QUERY_BYTES {
        return Err(Problem::new(
            Code::InvalidQuery,
            format!("The query string is longer than {MAX_QUERY_BYTES} bytes."),
        ));
    }
    let mut values = [const { None }; N];
    for part in raw_query.split('&').filter(|part| !part.is_empty()) {
        let (name, value) = part.split_once('=').unwrap_or((part, ""));
        let name = Text::decode(name)?.as_str().to_owned();
        let known = names.iter().zip(values.iter_mut());
        let Some((_, place)) = known.into_iter().find(|(known, _)| **known == name) else {
            let names = names.join(", ");
            return Err(refuse(
                &name,
                format!("is no parameter here; there are: {names}"),
            ));
        };
        if place.is_some() {
            return Err(refuse(&name, "stands twice".to_owned()));
        }
        let value = Text::decode(value)?.as_str().to_owned();
        if value.contains('\0') {
            return Err(refuse(&name, "must not hold NUL".to_owned()));
        }
        *place = Some(value);
    }
    Ok(values)
}

fn refuse(name: &str, message: String) -> Problem {
    Problem::at(Code::InvalidQuery, name, message)
}

#[cfg(test)]
mod tests {
    use super::parse_plain;

    #[test]
    fn names_and_values() {
        let read = |raw: &str| parse_plain(raw, ["q", "limit"]);
        let some = |text: &str| Some(text.to_owned());
        assert_eq!(read("").unwrap(), [None, None]);
        assert_eq!(
            read("limit=5&q=a%20b+c%26").unwrap(),
            [some("a b c&"), some("5")]
        );
        assert_eq!(read("q").unwrap(), [some(""), None]);
        for bad in ["q=a&q=b", "x=1", "q=%zz", "q=%ff", "q=%00"] {
            assert!(read(bad).is_err(), "{bad}");
        }
    }
}
