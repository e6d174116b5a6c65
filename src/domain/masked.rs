//! Texts for the log without the values that clients sent.
//!
//! Error texts of libraries and databases repeat the values they stumble over, in quotes or as bare
//! numbers. Any of these may be personal, and a log is kept, copied and read by others than the data
//! themselves. So values do not get into the log at all; names of attributes and places do.

/// Digits in a row that may say something: telephone numbers, identity numbers, post codes.
const DIGITS: usize = 5;
/// Stands for what was taken out.
const MASK: char = '…';

/// The text without what stands in quotes and without long numbers. From the first quotation mark to
/// the last one of its kind everything goes, because what is quoted may hold such a mark too.
pub fn masked(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    let mut rest = text;
    let mut before = ' ';
    while let Some(letter) = rest.chars().next() {
        let behind = rest.get(letter.len_utf8()..).unwrap_or_default();
        if opens(letter, before) {
            let end = behind.rfind(letter);
            rest = end.map_or("", |end| behind.get(end + 1..).unwrap_or_default());
            out.extend([letter, MASK]);
            out.extend(end.map(|_| letter));
        } else if letter.is_ascii_digit() {
            let len = rest.find(|c: char| !c.is_ascii_digit());
            let (digits, others) = rest.split_at(len.unwrap_or(rest.len()));
            match digits.len() >= DIGITS {
                true => out.push(MASK),
                false => out.push_str(digits),
            }
            rest = others;
        } else {
            out.push(letter);
            rest = behind;
        }
        before = letter;
    }
    out
}

/// An apostrophe within a word is none.
fn opens(letter: char, before: char) -> bool {
    match letter {
        '"' | '`' => true,
        '\'' => !before.is_alphanumeric(),
        _ => false,
    }
}

#[cfg(test)]
mod tests {
    use super::masked;

    #[test]
    fn values_go_and_words_stay() {
        for (text, expected) in [
            ("", ""),
            (
                "connection refused (os error 111)",
                "connection refused (os error 111)",
            ),
            ("it doesn't work", "it doesn't work"),
            (
                r#"invalid type: string "Ann", expected u8"#,
                r#"invalid type: string "…", expected u8"#,
            ),
            ("'Ann' is not 'Bob'", "'…'"),
            ("syntax error near 'O'Brien'", "syntax error near '…'"),
            (r#"token "a"b" is bad"#, r#"token "…" is bad"#),
            (r#"open "Ann"#, r#"open "…"#),
            (
                "byte 1 is inside 'é' (bytes 0..2) of `Zoé`",
                "byte 1 is inside '…' (bytes 0..2) of `…`",
            ),
            ("number 4915112345678 is too large", "number … is too large"),
            ("line 1 column 4096", "line 1 column 4096"),
        ] {
            assert_eq!(masked(text), expected, "{text}");
        }
    }
}
