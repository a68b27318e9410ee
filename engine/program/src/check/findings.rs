//! The list that the checks write to. It holds a bounded number of findings and counts the rest, so that a program with
//! many faults costs no more than one with some.

use crate::{Finding, Problem, Severity};

/// The most findings that are listed. Nobody reads more, and the next check shows what is left.
pub(super) const MOST: usize = 200;

/// What the checks found so far.
#[derive(Debug)]
pub(super) struct Findings {
    most: usize,
    errors: Vec<Problem>,
    warnings: Vec<Problem>,
    /// Errors and warnings that are counted only.
    left_out: (usize, usize),
}

impl Findings {
    /// An empty list with room for so many errors, and for as many warnings.
    pub(super) fn up_to(most: usize) -> Self {
        Self { most, errors: Vec::new(), warnings: Vec::new(), left_out: (0, 0) }
    }

    /// Adds a finding.
    pub(super) fn push(&mut self, problem: Problem) {
        let (list, left_out) = match problem.severity {
            Severity::Error => (&mut self.errors, &mut self.left_out.0),
            Severity::Warning => (&mut self.warnings, &mut self.left_out.1),
        };
        if list.len() < self.most {
            list.push(problem);
        } else {
            *left_out += 1;
        }
    }

    /// Adds some.
    pub(super) fn extend(&mut self, problems: impl IntoIterator<Item = Problem>) {
        problems.into_iter().for_each(|problem| self.push(problem));
    }

    /// Adds a warning that is dear to make: where there is no room it is counted and not made.
    pub(super) fn warn(&mut self, make: impl FnOnce() -> Problem) {
        if self.warnings.len() < self.most {
            self.push(make());
        } else {
            self.left_out.1 += 1;
        }
    }

    /// The same for an error.
    pub(super) fn fail(&mut self, make: impl FnOnce() -> Problem) {
        if self.errors.len() < self.most {
            self.push(make());
        } else {
            self.left_out.0 += 1;
        }
    }

    /// Errors first, each in the order of the checks; the last one says how many are not listed.
    pub(super) fn list(mut self) -> Vec<Problem> {
        let (errors, mut warnings) = self.left_out;
        let room = self.most.saturating_sub(self.errors.len());
        warnings += self.warnings.len().saturating_sub(room);
        self.warnings.truncate(room);
        let mut list = self.errors;
        list.append(&mut self.warnings);
        if errors + warnings > 0 {
            let severity = if errors > 0 { Severity::Error } else { Severity::Warning };
            list.push(Problem { severity, ..Problem::warning("more_problems", Finding::More { errors, warnings }) });
        }
        list
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lists_some_and_counts_the_rest() {
        let told = |errors, warnings| {
            let mut findings = Findings::up_to(3);
            (0..warnings).for_each(|n| findings.warn(|| Problem::warning("w", Finding::Text(n.to_string()))));
            (0..errors).for_each(|n| findings.push(Problem::error("e", Finding::Text(n.to_string()))));
            findings.list().iter().map(ToString::to_string).collect::<Vec<_>>()
        };
        let more = |severity: &str, what: &str| {
            format!("{severity}[more_problems]: There is more that is not listed: {what}. Mend these first.")
        };
        assert_eq!(told(1, 1), ["error[e]: 0", "warning[w]: 0"]);
        assert_eq!(told(0, 5)[3], more("warning", "0 errors, 2 warnings"));
        assert_eq!(told(2, 2)[2..], ["warning[w]: 0".to_owned(), more("warning", "0 errors, 1 warnings")]);
        assert_eq!(told(5, 7)[3], more("error", "2 errors, 7 warnings"));
    }
}
