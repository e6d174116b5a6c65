//! Compiling the amounts at which a customer is told what a period has come to.

use crate::domain::money::Amount;
use crate::rating::read::Reader;
use crate::rating::threshold::Notice;

/// Per cent of the amount of the price. More than all of it makes sense, for what is beyond is taken off
/// only when the period ends.
const SHARE_MAX: u16 = 1_000;

/// Reads `[{"amount": 50}, {"percentage": 80}]`, the value of a parameter; `of` is the amount of the
/// price. In ascending order, whatever the order in which they stand there.
pub(super) fn notices(reader: &mut Reader<'_, '_>, of: Amount) -> Box<[Notice]> {
    let list = reader.list("value");
    let mut notices: Vec<Notice> = Vec::with_capacity(list.len());
    for (place, value) in list.iter().enumerate() {
        let at = format!("value/{place}");
        let found = reader
            .child(&at, value)
            .and_then(|mut own| notice(&mut own, of));
        let Some(found) = found else { continue };
        if notices.iter().any(|own| own.amount == found.amount) {
            reader.fault(&at, "is the same amount as another one");
        } else {
            notices.push(found);
        }
    }
    notices.sort_by_key(|own| own.amount);
    notices.into_boxed_slice()
}

fn notice(reader: &mut Reader<'_, '_>, of: Amount) -> Option<Notice> {
    reader.only(&["amount", "percentage"]);
    let notice = match (reader.has("amount"), reader.has("percentage")) {
        (true, false) => Notice {
            amount: amount(reader)?,
            share: None,
        },
        (false, true) => {
            let share = share(reader)?;
            let Some(amount) = part(of, share) else {
                reader.fault("percentage", "is more than can be booked");
                return None;
            };
            Notice {
                amount,
                share: Some(share),
            }
        }
        _ => {
            reader.fault("", "must have either amount or percentage");
            return None;
        }
    };
    if notice.amount <= Amount::ZERO {
        reader.fault("", "must come to more than 0");
        return None;
    }
    Some(notice)
}

fn amount(reader: &mut Reader<'_, '_>) -> Option<Amount> {
    match Amount::of(reader.amount("amount")?) {
        Ok(amount) => Some(amount),
        Err(error) => {
            reader.fault("amount", &error.to_string());
            None
        }
    }
}

fn share(reader: &mut Reader<'_, '_>) -> Option<u16> {
    let share = u16::try_from(reader.whole("percentage")?).ok();
    let share = share.filter(|share| (1..=SHARE_MAX).contains(share));
    if share.is_none() {
        reader.fault(
            "percentage",
            &format!("must be a percentage from 1 to {SHARE_MAX}"),
        );
    }
    share
}

/// The smallest amount that can be booked and is not less than the share: sums are whole millionths, so
/// they reach the one when they reach the other.
fn part(of: Amount, share: u16) -> Option<Amount> {
    let hundredths = i128::from(of.millionths()) * i128::from(share);
    let millionths = i64::try_from((hundredths + 99).div_euclid(100)).ok()?;
    Some(Amount::from_millionths(millionths))
}

#[cfg(test)]
mod tests {
    use super::{Amount, part};

    #[test]
    fn a_share_that_is_no_whole_millionth_is_reached_by_the_next_one() {
        let part = |of, share| part(Amount::from_millionths(of), share).map(Amount::millionths);
        assert_eq!(part(60_000_000, 80), Some(48_000_000));
        assert_eq!(part(1, 50), Some(1));
        assert_eq!(part(7, 50), Some(4));
        assert_eq!(part(i64::MAX, 100), Some(i64::MAX));
        assert_eq!(part(i64::MAX, 101), None);
    }
}
