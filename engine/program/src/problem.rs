//! Findings of the checker: a list, never a failure.

use std::fmt;

use serde::{Deserialize, Serialize};

use crate::{Finding, Fix, NodeId, brief};

/// A finding: what is wrong, where, and what to do.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Problem {
    /// Stable code, such as `cycle`.
    pub code: String,
    /// Whether it stops publishing.
    pub severity: Severity,
    /// At which node, if at one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub node: Option<NodeId>,
    /// In which field of the node.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub field: Option<String>,
    /// What is wrong and what to do, in one or two sentences, as [`Finding`] writes and reads them.
    pub message: String,
    /// What one click does about it, if one click can.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub fix: Option<Fix>,
}

/// Whether a problem stops publishing.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Severity {
    /// The program cannot run.
    Error,
    /// The program runs, perhaps not as meant.
    Warning,
}

impl Problem {
    /// A problem that stops publishing.
    pub fn error(code: &str, finding: Finding) -> Self {
        let (code, message) = (code.into(), brief::message(finding));
        Self { code, severity: Severity::Error, node: None, field: None, message, fix: None }
    }

    /// A problem that does not.
    pub fn warning(code: &str, finding: Finding) -> Self {
        Self { severity: Severity::Warning, ..Self::error(code, finding) }
    }

    /// The same, at this node.
    pub fn at(mut self, node: &NodeId) -> Self {
        self.node = Some(node.clone());
        self
    }

    /// The same, in this field of the node.
    pub fn field(mut self, field: &str) -> Self {
        self.field = Some(field.into());
        self
    }

    /// The same, with what one click does about it.
    pub fn fix(mut self, fix: Fix) -> Self {
        self.fix = Some(fix);
        self
    }

    /// Where it is in the file, as a path of keys.
    pub fn path(&self) -> String {
        match (&self.node, &self.field) {
            (Some(node), Some(field)) => format!("nodes.{node}.{field}"),
            (Some(node), None) => format!("nodes.{node}"),
            (None, Some(field)) => field.clone(),
            (None, None) => String::new(),
        }
    }
}

impl fmt::Display for Problem {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let severity = match self.severity {
            Severity::Error => "error",
            Severity::Warning => "warning",
        };
        write!(f, "{severity}[{}]", self.code)?;
        let path = self.path();
        if !path.is_empty() {
            write!(f, " {path}")?;
        }
        write!(f, ": {}", self.message)
    }
}
