//! Choosing among ids: quick and the same in every run. Nothing secret depends on it.

/// A xorshift generator.
#[derive(Clone, Debug)]
pub struct Random(u64);

impl Random {
    /// Different seeds give different sequences.
    pub fn new(seed: u64) -> Self {
        // Spread small seeds over all bits; the state must not be 0.
        Random(seed.wrapping_add(1).wrapping_mul(0x9E37_79B9_7F4A_7C15) | 1)
    }

    /// A number below `n`; 0 when `n` is 0.
    pub fn below(&mut self, n: usize) -> usize {
        self.0 ^= self.0 >> 12;
        self.0 ^= self.0 << 25;
        self.0 ^= self.0 >> 27;
        let high = self.0.wrapping_mul(0x2545_F491_4F6C_DD1D) >> 33;
        let n = u64::try_from(n).unwrap_or(u64::MAX).max(1);
        usize::try_from(high % n).unwrap_or_default()
    }
}

#[cfg(test)]
mod tests {
    use super::Random;

    #[test]
    fn every_choice_comes_up() {
        let mut random = Random::new(0);
        let mut seen = [0_u32; 10];
        for _ in 0..10_000 {
            seen[random.below(10)] += 1;
        }
        assert!(seen.iter().all(|n| (800..1_200).contains(n)), "{seen:?}");
        assert_eq!(random.below(0), 0);
        assert_ne!(
            Random::new(1).below(1_000_000),
            Random::new(2).below(1_000_000)
        );
    }
}
