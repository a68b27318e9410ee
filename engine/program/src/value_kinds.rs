//! Sets of kinds of values: what a field can be, what an expression can give.

use crate::ValueKind;

/// Kinds of values, as a set.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Kinds(u8);

impl Kinds {
    /// Nothing is known of the value.
    pub(crate) const ANY: Self = Self(0x3f);
    pub(crate) const NONE: Self = Self(0);
    /// What has no [`ValueKind`]: null, bytes.
    pub(crate) const OTHER: Self = Self(0x20);
    pub(crate) const BOOL: Self = Self::of(ValueKind::Bool);
    pub(crate) const LIST: Self = Self::of(ValueKind::List);
    pub(crate) const NUMBER: Self = Self::of(ValueKind::Number);
    pub(crate) const OBJECT: Self = Self::of(ValueKind::Object);
    pub(crate) const TEXT: Self = Self::of(ValueKind::String);

    /// One kind.
    pub(crate) const fn of(kind: ValueKind) -> Self {
        Self(1 << kind as u8)
    }

    /// These and those.
    pub(crate) const fn or(self, other: Self) -> Self {
        Self(self.0 | other.0)
    }

    pub(crate) const fn and(self, other: Self) -> Self {
        Self(self.0 & other.0)
    }

    /// Without null and bytes.
    pub(crate) const fn told(self) -> Self {
        Self(self.0 & !Self::OTHER.0)
    }

    /// Whether it can be of this kind.
    pub(crate) fn may_be(self, kind: ValueKind) -> bool {
        self.meets(Self::of(kind))
    }

    /// Whether it can be of this kind alone. A field may always be null.
    pub(crate) fn is_only(self, kind: ValueKind) -> bool {
        self.told() == Self::of(kind)
    }

    pub(crate) fn meets(self, other: Self) -> bool {
        self.and(other) != Self::NONE
    }

    /// In the order of [`ValueKind::ALL`]. Null and bytes are of none.
    pub fn list(self) -> impl Iterator<Item = ValueKind> {
        ValueKind::ALL.into_iter().filter(move |kind| self.meets(Self::of(*kind)))
    }
}

impl FromIterator<ValueKind> for Kinds {
    fn from_iter<I: IntoIterator<Item = ValueKind>>(kinds: I) -> Self {
        kinds.into_iter().map(Self::of).fold(Self::NONE, Self::or)
    }
}
