//! Words for text search, cut and folded the same way when a resource is stored and when it is
//! looked for, whatever the database.
//!
//! A word is a run of letters and digits in lower case, without accents (`Muller` finds `Müller`).
//! A value that is a number in the wide sense (`+49 171 555-12345`) is one word of digits; of what may
//! be a telephone number a second word holds the last eight, so that it is found with and without
//! country code. A mail address is one word too, beside those before its `@`: half the world shares
//! what stands behind.
//!
//! A third word holds the first three letters of a word. Databases read all words that begin so to
//! answer for a beginning, which takes the longest for the shortest: these are looked for as they
//! are instead. What is no word of the text is marked by a letter that folding leaves nowhere.

use std::collections::BTreeSet;

use icu_normalizer::DecomposingNormalizerBorrowed;

use super::problem::{Code, Outcome, Problem};

/// Letters of a word that are kept; what is longer is found by its beginning.
const MOST_LETTERS: usize = 40;
/// Digits that make a value a number rather than a word.
const FEWEST_DIGITS: usize = 6;
/// Digits at the end of a number by which it is found.
const ENDING: usize = 8;
/// Digits of a telephone number at most (E.164). What is longer has no country code to leave out.
const MOST_DIGITS: usize = 15;
/// Marks the word that holds the end of a number.
const ENDING_MARK: char = 'z';
/// Marks a mail address: among words, each name would have all addresses that begin so beside it.
const ADDRESS_MARK: char = 'ª';
/// Marks the word that holds the beginning of a word.
const BEGINNING_MARK: char = 'º';
/// Words that are looked for at once.
const MOST_TERMS: usize = 12;
/// Shorter words are looked for as they are: too many words begin so.
const SHORTEST_PREFIX: usize = 3;

/// What a search asks for: one of these must be there.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Term {
    /// A word that begins so.
    Prefix(String),
    /// This word.
    Exact(String),
    /// A number that begins with the first or ends with the second.
    Number {
        digits: String,
        ending: Option<String>,
    },
}

/// Adds the words of a value.
pub fn words_of(value: &str, words: &mut BTreeSet<String>) {
    if let Some(digits) = number(value) {
        words.extend(ending(&digits));
        words.insert(short(&digits));
        return;
    }
    let folded = fold(value);
    match address(&folded) {
        Some((whole, local)) => {
            words.insert(whole);
            insert_all(local, words);
        }
        None => insert_all(&folded, words),
    }
}

fn insert_all(folded: &str, words: &mut BTreeSet<String>) {
    for word in cut(folded) {
        words.extend(beginning(word));
        words.insert(short(word));
    }
}

/// The word that holds the beginning of a word; none for numbers and for words that are too short.
fn beginning(word: &str) -> Option<String> {
    let mut letters = word.chars();
    let mut found = String::from(BEGINNING_MARK);
    for _ in 0..SHORTEST_PREFIX {
        found.push(letters.next().filter(|c| !c.is_ascii_digit())?);
    }
    Some(found)
}

/// The word that is there where a word begins so; none when words have to be compared.
pub fn as_beginning(prefix: &str) -> Option<String> {
    let is_just_so = prefix.chars().count() == SHORTEST_PREFIX;
    beginning(prefix).filter(|_| is_just_so)
}

/// Reads what somebody typed into a search box.
///
/// # Errors
/// [`Code::InvalidQuery`] when there is no word in it, or too many.
pub fn terms_of(query: &str) -> Outcome<Vec<Term>> {
    if let Some(digits) = number(query) {
        let ending = ending(&digits);
        // A trunk prefix is dialled, not part of the number.
        let digits = digits.trim_start_matches('0');
        return Ok(vec![Term::Number {
            digits: short(digits),
            ending,
        }]);
    }
    let folded = fold(query);
    let mut terms = Vec::new();
    for piece in folded.split_whitespace() {
        match address(piece) {
            Some((whole, _)) => terms.push(Term::Prefix(whole)),
            None => terms.extend(cut(piece).map(term)),
        }
    }
    if terms.is_empty() {
        return Err(refuse("must hold a word or a number to look for"));
    }
    if terms.len() > MOST_TERMS {
        return Err(refuse("has too many words"));
    }
    Ok(terms)
}

fn refuse(message: &str) -> Problem {
    Problem::at(Code::InvalidQuery, "q", message)
}

fn term(word: &str) -> Term {
    if word.chars().count() < SHORTEST_PREFIX {
        Term::Exact(word.to_owned())
    } else {
        Term::Prefix(short(word))
    }
}

fn cut(folded: &str) -> impl Iterator<Item = &str> {
    folded
        .split(|c: char| !c.is_alphanumeric())
        .filter(|word| !word.is_empty())
}

fn short(word: &str) -> String {
    if word.len() <= MOST_LETTERS {
        return word.to_owned();
    }
    word.chars().take(MOST_LETTERS).collect()
}

/// Lower case without accents.
fn fold(text: &str) -> String {
    if text.is_ascii() {
        return text.to_ascii_lowercase();
    }
    let apart = DecomposingNormalizerBorrowed::new_nfkd().normalize(text);
    let letters = apart.chars().filter(|c| !is_accent(*c));
    letters.flat_map(char::to_lowercase).collect()
}

/// Combining diacritical marks.
fn is_accent(c: char) -> bool {
    matches!(c, '\u{300}'..='\u{36f}')
}

/// The digits of a value that is a number in the wide sense.
fn number(value: &str) -> Option<String> {
    let between = |c: char| matches!(c, ' ' | '+' | '-' | '(' | ')' | '.' | '/');
    if !value.chars().all(|c| c.is_ascii_digit() || between(c)) {
        return None;
    }
    let digits: String = value.chars().filter(char::is_ascii_digit).collect();
    (digits.len() >= FEWEST_DIGITS).then_some(digits)
}

/// A mail address as one word, and what stands before its `@`.
fn address(folded: &str) -> Option<(String, &str)> {
    let (local, domain) = folded.split_once('@')?;
    if local.is_empty() || domain.is_empty() || folded.contains(char::is_whitespace) {
        return None;
    }
    let whole: String = folded.chars().filter(|c| c.is_alphanumeric()).collect();
    (whole.chars().count() >= SHORTEST_PREFIX)
        .then(|| (format!("{ADDRESS_MARK}{}", short(&whole)), local))
}

fn ending(digits: &str) -> Option<String> {
    if digits.len() > MOST_DIGITS {
        return None;
    }
    let start = digits.len().checked_sub(ENDING)?;
    let end = digits.get(start..)?;
    Some(format!("{ENDING_MARK}{end}"))
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::{Term, as_beginning, terms_of, words_of};

    fn words(value: &str) -> Vec<String> {
        let mut found = BTreeSet::new();
        words_of(value, &mut found);
        found.into_iter().collect()
    }

    #[test]
    fn words_are_folded() {
        assert_eq!(
            words("Zoë  Müller-O'Neil"),
            ["muller", "neil", "o", "zoe", "ºmul", "ºnei", "ºzoe"]
        );
        assert_eq!(words("ŁÓDŹ"), ["ºłod", "łodz"]);
        assert_eq!(
            words("Ann.Lee@example.com"),
            ["ann", "lee", "ªannleeexamplecom", "ºann", "ºlee"]
        );
        // Signs that could be taken for marks are letters like others.
        assert_eq!(words("ªb ºc"), ["ab", "oc"]);
        assert_eq!(words("a @ b"), ["a", "b"]);
        assert_eq!(words("  --  "), Vec::<String>::new());
        assert_eq!(words(&"x".repeat(99)), ["x".repeat(40), "ºxxx".to_owned()]);
    }

    #[test]
    fn numbers_are_found_with_and_without_country_code() {
        assert_eq!(words("+49 (171) 555-12345"), ["4917155512345", "z55512345"]);
        assert_eq!(words("123456"), ["123456"]);
        assert_eq!(words("12345"), ["12345"]);
        assert_eq!(words("8949000491713900002"), ["8949000491713900002"]);
        let found = |query: &str| terms_of(query).unwrap();
        assert_eq!(
            found("0171 55512345"),
            [Term::Number {
                digits: "17155512345".to_owned(),
                ending: Some("z55512345".to_owned()),
            }]
        );
        assert_eq!(
            found("+49 171"),
            [Term::Exact("49".to_owned()), Term::Prefix("171".to_owned())]
        );
    }

    #[test]
    fn a_mail_address_is_looked_for_as_a_whole() {
        let whole = Term::Prefix("ªannleeexamplecom".to_owned());
        let alone = terms_of("Ann.Lee@example.com").unwrap();
        assert_eq!(alone, std::slice::from_ref(&whole));
        let with_name = [Term::Prefix("horn".to_owned()), whole];
        assert_eq!(terms_of("horn ann.lee@example.com").unwrap(), with_name);
        assert_eq!(terms_of("@").ok(), None);
    }

    #[test]
    fn short_beginnings_are_words_of_their_own() {
        assert!(words("Müllerin").contains(&as_beginning("mul").unwrap()));
        assert!(words("max").contains(&as_beginning("max").unwrap()));
        for other in ["mu", "mull", "m1l", "123", ""] {
            assert_eq!(as_beginning(other), None, "{other}");
        }
        assert_eq!(words("4711 a1b2"), ["4711", "a1b2"]);
    }

    #[test]
    fn a_search_without_words_is_refused() {
        assert!(terms_of(" - ").is_err());
        assert!(terms_of("").is_err());
        assert!(terms_of(&"a ".repeat(13)).is_err());
        assert_eq!(
            terms_of("Jo SMI").unwrap(),
            [Term::Exact("jo".to_owned()), Term::Prefix("smi".to_owned())]
        );
    }
}
