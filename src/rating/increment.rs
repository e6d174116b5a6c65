//! Increments: usage is charged in steps, and each started step is charged whole.
//!
//! 60/1 is a first minute that is always charged whole, then seconds: `[{from 0, step 60}, {from 60,
//! step 1}]`.

use super::fault::Fault;

/// From a quantity on, steps of a size. Both in base units.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Increment {
    pub from: u64,
    pub step: u64,
}

/// Consecutive increments, the first from 0.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Increments(Box<[Increment]>);

impl Default for Increments {
    /// Base units.
    fn default() -> Self {
        Increments(Box::new([Increment { from: 0, step: 1 }]))
    }
}

impl Increments {
    /// Checks a list.
    ///
    /// # Errors
    /// An empty list, one that does not begin at 0 or does not ascend, a step of nothing, or steps
    /// that do not end where the next increment begins: those leave open how a step is cut. Pointers
    /// are relative to the list.
    pub fn new(list: Vec<Increment>) -> Result<Self, Fault> {
        match list.first() {
            None => return Err(Fault::new("", "must have an element")),
            Some(first) if first.from != 0 => return Err(Fault::new("/0/from", "must be 0")),
            Some(_) => {}
        }
        if let Some(place) = list.iter().position(|increment| increment.step == 0) {
            return Err(Fault::new(format!("/{place}/step"), "must be 1 or more"));
        }
        for (place, pair) in list.windows(2).enumerate() {
            let [one, next] = pair else { continue };
            let pointer = format!("/{}/from", place + 1);
            let span = next.from.checked_sub(one.from).filter(|span| *span > 0);
            let Some(span) = span else {
                return Err(Fault::new(pointer, "must be more than the one before"));
            };
            if span % one.step != 0 {
                return Err(Fault::new(pointer, "must be where a step ends"));
            }
        }
        Ok(Increments(list.into_boxed_slice()))
    }

    /// The two numbers of `first/next`.
    ///
    /// # Errors
    /// A step of nothing.
    pub fn pair(first: u64, next: u64) -> Result<Self, Fault> {
        let mut list = vec![Increment {
            from: 0,
            step: first,
        }];
        if next != first {
            list.push(Increment {
                from: first,
                step: next,
            });
        }
        Increments::new(list)
    }

    /// A measured quantity with its last step whole; `None` beyond 64 bits.
    pub fn stepped(&self, measured: u64) -> Option<u64> {
        let started = self.0.iter().rev().find(|own| own.from < measured);
        let Some(increment) = started else {
            return Some(0);
        };
        let beyond = measured - increment.from;
        let steps = beyond.div_ceil(increment.step);
        steps
            .checked_mul(increment.step)?
            .checked_add(increment.from)
    }

    /// The increments.
    pub fn list(&self) -> &[Increment] {
        &self.0
    }
}

#[cfg(test)]
mod tests {
    use super::{Increment, Increments};

    #[test]
    fn started_steps_are_whole() {
        let minute_then_seconds = Increments::pair(60, 1).unwrap();
        let thirty_six = Increments::pair(30, 6).unwrap();
        for (measured, sixty_one, thirty) in [
            (0, 0, 0),
            (1, 60, 30),
            (30, 60, 30),
            (31, 60, 36),
            (60, 60, 60),
            (61, 61, 66),
            (67, 67, 72),
        ] {
            assert_eq!(minute_then_seconds.stepped(measured), Some(sixty_one));
            assert_eq!(thirty_six.stepped(measured), Some(thirty), "{measured}");
        }
        assert_eq!(Increments::default().stepped(7), Some(7));
        assert_eq!(Increments::pair(60, 60).unwrap().stepped(u64::MAX), None);
    }

    #[test]
    fn lists_that_leave_something_open_are_refused() {
        let at = |list: &[(u64, u64)]| {
            let list = list.iter().map(|(from, step)| Increment {
                from: *from,
                step: *step,
            });
            Increments::new(list.collect()).map_err(|fault| fault.pointer)
        };
        assert_eq!(at(&[]), Err(String::new()));
        assert_eq!(at(&[(1, 1)]), Err("/0/from".to_owned()));
        assert_eq!(at(&[(0, 0)]), Err("/0/step".to_owned()));
        assert_eq!(at(&[(0, 60), (0, 1)]), Err("/1/from".to_owned()));
        assert_eq!(at(&[(0, 60), (90, 1)]), Err("/1/from".to_owned()));
        assert!(at(&[(0, 60), (120, 30), (150, 1)]).is_ok());
    }
}
