//! Numbers of expressions: decimals, exact up to 38 digits.
//!
//! JSON has one kind of number, and so have expressions: 100 is 100.0, 33.1 * 3 is 99.3, and 7 / 2 is 3.5.

use std::{cmp::Ordering, fmt};

/// A finite number.
#[derive(Clone, Copy, Debug)]
pub(super) enum Num {
    /// `digits` divided by ten to the power of `scale`; no zeros at the end of a fraction.
    Exact { digits: i128, scale: u32 },
    /// What needs more digits: the nearest that 64 bits can say.
    Near(f64),
}

/// The most digits of a fraction that is exact; ten to this power fits.
const MAX_SCALE: u32 = 38;
/// How far a division is carried on before it is taken for endless.
const MAX_QUOTIENT: u32 = 18;

impl Num {
    /// A number as JSON writes it; none where it is larger than 64 bits can say.
    pub(super) fn read(text: &str) -> Option<Self> {
        exact(text).or_else(|| Self::near(text.parse().ok()?))
    }

    /// As people write this number; it was read from such a text.
    pub(super) fn float(value: f64) -> Option<Self> {
        value.is_finite().then(|| format!("{value:e}")).and_then(|text| Self::read(&text))
    }

    fn near(value: f64) -> Option<Self> {
        value.is_finite().then_some(Self::Near(value))
    }

    /// Without zeros at the end of the fraction.
    fn new(mut digits: i128, mut scale: u32) -> Self {
        while scale > 0 && digits % 10 == 0 {
            digits /= 10;
            scale -= 1;
        }
        Self::Exact { digits, scale }
    }

    fn as_f64(self) -> f64 {
        match self {
            Self::Exact { digits, scale: 0 } => digits as f64,
            // The nearest one, which two roundings would not always give.
            exact @ Self::Exact { .. } => exact.to_string().parse().unwrap_or(f64::NAN),
            Self::Near(value) => value,
        }
    }

    /// Both with the same scale.
    fn aligned(self, other: Self) -> Option<(i128, i128, u32)> {
        let (Self::Exact { digits: a, scale: at }, Self::Exact { digits: b, scale: bt }) = (self, other) else {
            return None;
        };
        let scale = at.max(bt);
        Some((a.checked_mul(power(scale - at)?)?, b.checked_mul(power(scale - bt)?)?, scale))
    }

    pub(super) fn add(self, other: Self) -> Option<Self> {
        let exact = self.aligned(other).and_then(|(a, b, scale)| Some(Self::new(a.checked_add(b)?, scale)));
        exact.or_else(|| Self::near(self.as_f64() + other.as_f64()))
    }

    pub(super) fn negate(self) -> Self {
        match self {
            Self::Exact { digits, scale } => match digits.checked_neg() {
                Some(digits) => Self::Exact { digits, scale },
                None => Self::Near(-self.as_f64()),
            },
            Self::Near(value) => Self::Near(-value),
        }
    }

    pub(super) fn times(self, other: Self) -> Option<Self> {
        let exact = match (self, other) {
            (Self::Exact { digits: a, scale: at }, Self::Exact { digits: b, scale: bt }) if at + bt <= MAX_SCALE => {
                a.checked_mul(b).map(|digits| Self::new(digits, at + bt))
            }
            _ => None,
        };
        exact.or_else(|| Self::near(self.as_f64() * other.as_f64()))
    }

    /// None where it is divided by zero, too.
    pub(super) fn divided(self, other: Self) -> Option<Self> {
        if other.is_zero() {
            return None;
        }
        let exact = self.aligned(other).and_then(|(mut a, b, _)| {
            for scale in 0..=MAX_QUOTIENT {
                if a.checked_rem(b)? == 0 {
                    return Some(Self::new(a / b, scale));
                }
                a = a.checked_mul(10)?;
            }
            None
        });
        exact.or_else(|| Self::near(self.as_f64() / other.as_f64()))
    }

    /// What a division leaves, with the sign of what was divided; none where it is divided by zero, too.
    pub(super) fn rest(self, other: Self) -> Option<Self> {
        if other.is_zero() {
            return None;
        }
        let exact = self.aligned(other).and_then(|(a, b, scale)| Some(Self::new(a.checked_rem(b)?, scale)));
        exact.or_else(|| Self::near(self.as_f64() % other.as_f64()))
    }

    /// Without its fraction.
    pub(super) fn whole(self) -> Self {
        match self {
            Self::Exact { digits, scale } => {
                Self::Exact { digits: power(scale).map_or(digits, |power| digits / power), scale: 0 }
            }
            Self::Near(value) => Self::Near(value.trunc()),
        }
    }

    pub(super) fn is_zero(self) -> bool {
        match self {
            Self::Exact { digits, .. } => digits == 0,
            Self::Near(value) => value == 0.0,
        }
    }

    pub(super) fn is_negative(self) -> bool {
        match self {
            Self::Exact { digits, .. } => digits < 0,
            Self::Near(value) => value < 0.0,
        }
    }

    /// As a place in a list.
    pub(super) fn place(self) -> Option<usize> {
        match self {
            Self::Exact { digits, scale: 0 } => usize::try_from(digits).ok(),
            _ => None,
        }
    }

    pub(super) fn compare(self, other: Self) -> Ordering {
        match (self, other) {
            (Self::Exact { digits: a, scale: at }, Self::Exact { digits: b, scale: bt }) => {
                // A power within the scale always fits; 1 is for the compiler.
                let (ap, bp) = (power(at).unwrap_or(1), power(bt).unwrap_or(1));
                let fraction = |rest: i128, scale: u32| rest * power(at.max(bt) - scale).unwrap_or(1);
                (a / ap).cmp(&(b / bp)).then_with(|| fraction(a % ap, at).cmp(&fraction(b % bp, bt)))
            }
            // Both are finite.
            _ => self.as_f64().partial_cmp(&other.as_f64()).unwrap_or(Ordering::Equal),
        }
    }
}

impl From<u64> for Num {
    fn from(value: u64) -> Self {
        Self::Exact { digits: value.into(), scale: 0 }
    }
}

impl From<i64> for Num {
    fn from(value: i64) -> Self {
        Self::Exact { digits: value.into(), scale: 0 }
    }
}

impl fmt::Display for Num {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match *self {
            Self::Exact { digits, scale: 0 } => write!(f, "{digits}"),
            Self::Exact { digits, scale } => {
                let sign = if digits < 0 { "-" } else { "" };
                let (digits, scale) = (digits.unsigned_abs(), scale as usize);
                let text = format!("{digits:0>width$}", width = scale + 1);
                let (whole, fraction) = text.split_at(text.len() - scale);
                write!(f, "{sign}{whole}.{fraction}")
            }
            // As JSON writes it.
            Self::Near(value) => match serde_json::Number::from_f64(value) {
                Some(number) => number.fmt(f),
                None => value.fmt(f),
            },
        }
    }
}

fn power(scale: u32) -> Option<i128> {
    10_i128.checked_pow(scale)
}

/// What can be said exactly.
fn exact(text: &str) -> Option<Num> {
    let (number, exponent) = match text.find(['e', 'E']) {
        Some(at) => (&text[..at], text[at + 1..].parse::<i32>().ok()?),
        None => (text, 0),
    };
    let (whole, fraction) = number.split_once('.').unwrap_or((number, ""));
    let fraction = fraction.trim_end_matches('0');
    let negative = whole.starts_with('-');
    let mut digits: i128 = 0;
    for byte in whole.trim_start_matches(['-', '+']).bytes().chain(fraction.bytes()) {
        let digit = byte.is_ascii_digit().then(|| i128::from(byte - b'0'))?;
        digits = digits.checked_mul(10)?.checked_add(digit)?;
    }
    let digits = if negative { -digits } else { digits };
    let scale = i32::try_from(fraction.len()).ok()?.checked_sub(exponent)?;
    match u32::try_from(scale) {
        Ok(scale) if scale <= MAX_SCALE => Some(Num::new(digits, scale)),
        Ok(_) => None,
        Err(_) => Some(Num::Exact { digits: digits.checked_mul(power(scale.unsigned_abs())?)?, scale: 0 }),
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn num(text: &str) -> Num {
        Num::read(text).unwrap_or_else(|| panic!("{text} is no number"))
    }

    #[test]
    fn calculates_as_people_expect() {
        for (a, op, b, expected) in [
            ("33.5", '*', "3", "100.5"),
            ("33.1", '*', "3", "99.3"),
            ("0.1", '+', "0.2", "0.3"),
            ("7", '/', "2", "3.5"),
            ("1", '/', "3", "0.3333333333333333"),
            ("7.5", '%', "2", "1.5"),
            ("-7", '%', "2", "-1"),
            ("99999999999999999999", '+', "1", "100000000000000000000"),
            ("9007199254740993", '+', "0", "9007199254740993"),
            ("1e19", '*', "1e19", "100000000000000000000000000000000000000"),
            ("-0", '+', "0", "0"),
            ("100.00", '+', "0.50", "100.5"),
            ("123456789.123456789", '*', "1", "123456789.123456789"),
            ("-0.05", '+', "0", "-0.05"),
        ] {
            let (x, y) = (num(a), num(b));
            let got = match op {
                '+' => x.add(y),
                '*' => x.times(y),
                '/' => x.divided(y),
                _ => x.rest(y),
            };
            let got = got.map(|got| got.to_string());
            // Endless ones are as near as 64 bits are.
            let near = |text: &str| text.parse::<f64>().unwrap();
            let got = got.unwrap();
            assert!(got == expected || (near(&got) - near(expected)).abs() < 1e-15, "{a} {op} {b}: {got}");
        }
        assert!(num("1").divided(num("0.0")).is_none());
        assert!(num("1").rest(num("-0")).is_none());
        assert!(Num::read("1e400").is_none());
        assert!(num("1e300").times(num("1e300")).is_none());
    }

    #[test]
    fn compares_by_what_is_meant() {
        for (a, order, b) in [
            ("100", Ordering::Equal, "100.0"),
            ("100.00", Ordering::Equal, "1e2"),
            ("-0", Ordering::Equal, "0.0"),
            ("9007199254740993", Ordering::Greater, "9007199254740992"),
            ("1e37", Ordering::Less, "10000000000000000000000000000000000000.1"),
            ("-1.5", Ordering::Less, "-1.25"),
            ("1e300", Ordering::Greater, "5"),
            ("0.00000000000000000000000000000000000000000001", Ordering::Greater, "0"),
        ] {
            assert_eq!(num(a).compare(num(b)), order, "{a} {b}");
        }
    }

    proptest! {
        #[test]
        fn never_far_from_what_64_bits_calculate(a in -1e9..1e9_f64, b in -1e9..1e9_f64) {
            let (x, y) = (Num::float(a).unwrap(), Num::float(b).unwrap());
            let close = |got: Option<Num>, expected: f64| {
                let got = got.map_or(f64::NAN, Num::as_f64);
                (got - expected).abs() <= expected.abs() * 1e-9 + 1e-6
            };
            prop_assert!(close(x.add(y), a + b));
            prop_assert!(close(x.times(y), a * b));
            prop_assert!(b == 0.0 || close(x.divided(y), a / b));
            prop_assert_eq!(x.compare(y), a.partial_cmp(&b).unwrap());
            prop_assert_eq!(Num::read(&x.to_string()).unwrap().compare(x), Ordering::Equal);
        }
    }
}
