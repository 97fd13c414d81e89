//! Medians, and how far the rounds are apart.

use serde::Serialize;

/// What several rounds have in common.
#[derive(Clone, Copy, Debug, PartialEq, Serialize)]
pub struct Spread {
    pub median: f64,
    pub min: f64,
    pub max: f64,
}

impl Spread {
    /// None without a value.
    pub fn of(values: impl IntoIterator<Item = f64>) -> Option<Self> {
        let mut values: Vec<f64> = values.into_iter().collect();
        values.sort_by(f64::total_cmp);
        let (min, max) = (*values.first()?, *values.last()?);
        let (below, above) = (values[(values.len() - 1) / 2], values[values.len() / 2]);
        Some(Self { median: f64::midpoint(below, above), min, max })
    }

    /// Of one server to another, round by round: what slows a round down slows down both. A round in which one of
    /// them yields nothing doesn't count.
    pub fn of_ratios(values: &[Option<f64>], to: &[Option<f64>]) -> Option<Self> {
        let pairs = values.iter().zip(to).filter_map(|(value, to)| Some((*value)? / (*to)?));
        Self::of(pairs.filter(|ratio| ratio.is_finite()))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_median_is_in_the_middle() {
        let spread = |median, min, max| Some(Spread { median, min, max });
        assert_eq!(Spread::of([]), None);
        assert_eq!(Spread::of([3.0, 1.0, 2.0]), spread(2.0, 1.0, 3.0));
        assert_eq!(Spread::of([4.0, 1.0]), spread(2.5, 1.0, 4.0));
    }

    #[test]
    fn ratios_are_of_the_same_round() {
        // The second round was twice as slow for both.
        let ratios = Spread::of_ratios(&[Some(10.0), Some(5.0), None], &[Some(20.0), Some(10.0), Some(1.0)]);
        assert_eq!(ratios, Some(Spread { median: 0.5, min: 0.5, max: 0.5 }));
        assert_eq!(Spread::of_ratios(&[Some(1.0)], &[Some(0.0)]), None);
    }
}
