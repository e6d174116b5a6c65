//! Entity names in words.

/// `ProductOfferingPrice` as `Product offering price`; runs of capitals stay together.
pub(super) fn words(name: &str) -> String {
    let mut words = String::with_capacity(name.len() + 4);
    let mut previous_upper = true;
    for (at, letter) in name.char_indices() {
        let upper = letter.is_uppercase();
        if at == 0 {
            words.extend(letter.to_uppercase());
        } else if upper && !previous_upper {
            words.push(' ');
            words.extend(letter.to_lowercase());
        } else {
            words.push(letter);
        }
        previous_upper = upper;
    }
    words
}

#[cfg(test)]
mod tests {
    use super::words;

    #[test]
    fn names_become_words() {
        assert_eq!(words("ProductOfferingPrice"), "Product offering price");
        assert_eq!(words("catalog"), "Catalog");
        assert_eq!(words("POP"), "POP");
        assert_eq!(words(""), "");
    }
}
