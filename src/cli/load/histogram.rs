//! Latencies in buckets: exact to the microsecond below 256 µs, to less than 1 % above.

use std::time::Duration;

/// Buckets of one power of two.
const STEPS: u64 = 128;
const STEP_BITS: u32 = STEPS.trailing_zeros();
/// Values from 2^37 µs (38 hours) on share the last bucket.
const TOP_BITS: u32 = 37;

/// Counts of latencies. Merging and reading are exact sums of what was recorded.
#[derive(Clone, Debug)]
pub struct Histogram {
    counts: Vec<u64>,
    total: u64,
    max: u64,
}

impl Default for Histogram {
    fn default() -> Self {
        let last = bucket(u64::MAX);
        Histogram {
            counts: vec![0; last + 1],
            total: 0,
            max: 0,
        }
    }
}

impl Histogram {
    /// Counts one latency.
    pub fn record(&mut self, latency: Duration) {
        let micros = u64::try_from(latency.as_micros()).unwrap_or(u64::MAX);
        if let Some(count) = self.counts.get_mut(bucket(micros)) {
            *count += 1;
        }
        self.total += 1;
        self.max = self.max.max(micros);
    }

    /// Adds what another one counted.
    pub fn merge(&mut self, other: &Histogram) {
        for (mine, theirs) in self.counts.iter_mut().zip(&other.counts) {
            *mine += theirs;
        }
        self.total += other.total;
        self.max = self.max.max(other.max);
    }

    pub fn count(&self) -> u64 {
        self.total
    }

    /// The largest value in microseconds, exact.
    pub fn max(&self) -> u64 {
        self.max
    }

    /// The value in microseconds that `permille` of all values do not exceed; 0 when empty. It is
    /// the upper end of its bucket, so it is never below the true one.
    pub fn quantile(&self, permille: u64) -> u64 {
        let wanted = self.total.saturating_mul(permille).div_ceil(1000).max(1);
        let mut seen = 0;
        for (at, count) in self.counts.iter().enumerate() {
            seen += count;
            if seen >= wanted {
                return upper(at).min(self.max);
            }
        }
        self.max
    }
}

/// The bucket of a value: its leading `STEP_BITS + 1` bits and their place.
fn bucket(micros: u64) -> usize {
    let micros = micros.min((1 << TOP_BITS) - 1);
    let bits = u64::BITS - micros.leading_zeros();
    let shift = bits.saturating_sub(STEP_BITS + 1);
    let index = u64::from(shift) * STEPS + (micros >> shift);
    usize::try_from(index).unwrap_or(usize::MAX)
}

/// The largest value of a bucket.
fn upper(bucket: usize) -> u64 {
    let index = u64::try_from(bucket).unwrap_or(u64::MAX);
    if index < 2 * STEPS {
        return index;
    }
    let shift = index / STEPS - 1;
    let lead = index - shift * STEPS;
    ((lead + 1) << shift) - 1
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::{Histogram, bucket, upper};

    fn of(values: impl IntoIterator<Item = u64>) -> Histogram {
        let mut histogram = Histogram::default();
        for value in values {
            histogram.record(Duration::from_micros(value));
        }
        histogram
    }

    #[test]
    fn buckets_are_contiguous_and_narrow() {
        let mut before = 0;
        for value in (0..10_000).chain((10_000..50_000_000).step_by(9_973)) {
            let at = bucket(value);
            assert!(at >= before, "{value}");
            before = at;
            assert!(upper(at) >= value, "{value}");
            assert!(at == 0 || upper(at - 1) < value, "{value}");
            assert!(upper(at) - value <= value / 128, "{value}: {}", upper(at));
        }
    }

    #[test]
    fn small_values_are_exact() {
        let histogram = of(1..=200);
        assert_eq!(histogram.quantile(500), 100);
        assert_eq!(histogram.quantile(990), 198);
        assert_eq!(histogram.quantile(1000), 200);
        assert_eq!(histogram.max(), 200);
    }

    #[test]
    fn quantiles_agree_with_sorting() {
        // A spread over five decades, in an order that is not sorted.
        let values: Vec<u64> = (1..=5_000_u64)
            .map(|n| (n * 7_919) % 5_003)
            .map(|n| n * n / 3)
            .collect();
        let histogram = of(values.iter().copied());
        let mut sorted = values;
        sorted.sort_unstable();
        for permille in [1, 100, 500, 900, 990, 999, 1000] {
            let exact = sorted[sorted.len() * permille / 1000 - 1];
            let read = histogram.quantile(u64::try_from(permille).expect("small"));
            assert!(
                read >= exact && read - exact <= exact / 100 + 1,
                "{permille}: {exact} {read}"
            );
        }
    }

    #[test]
    fn merging_is_recording_together() {
        let (low, high) = (of(0..500), of(500..1_000));
        let mut both = low.clone();
        both.merge(&high);
        let whole = of(0..1_000);
        assert_eq!(both.count(), 1_000);
        for permille in [10, 500, 990] {
            assert_eq!(both.quantile(permille), whole.quantile(permille));
        }
    }

    #[test]
    fn the_extremes_have_a_place() {
        let histogram = of([0, u64::MAX]);
        assert_eq!(histogram.count(), 2);
        assert_eq!(histogram.quantile(500), 0);
        assert_eq!(Histogram::default().quantile(990), 0);
    }
}
