//! Chance that repeats itself: it follows from the seed and the name of what is decided.

/// Dice of a seed.
#[derive(Clone, Copy)]
pub struct Dice(pub u64);

impl Dice {
    /// A number that belongs to a name.
    pub fn roll(self, name: &str) -> u64 {
        // FNV-1a, then the finaliser of splitmix64.
        let mut hash = 0xcbf2_9ce4_8422_2325 ^ mix(self.0);
        for byte in name.bytes() {
            hash = (hash ^ u64::from(byte)).wrapping_mul(0x0100_0000_01b3);
        }
        mix(hash)
    }

    /// True in so many of a hundred cases.
    pub fn percent(self, name: &str, percent: u64) -> bool {
        self.roll(name) % 100 < percent
    }

    /// One of them; none of nothing.
    pub fn pick<'a, T>(self, name: &str, of: &'a [T]) -> Option<&'a T> {
        let many = u64::try_from(of.len()).ok()?;
        let at = self.roll(name).checked_rem(many)?;
        of.get(usize::try_from(at).ok()?)
    }
}

fn mix(mut n: u64) -> u64 {
    n = n.wrapping_add(0x9e37_79b9_7f4a_7c15);
    n = (n ^ (n >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    n = (n ^ (n >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
    n ^ (n >> 31)
}
