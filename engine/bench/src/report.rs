//! What a bench found, as JSON or as lines.

use std::io::Write;

use serde::Serialize;
use serde_json::{Map, Value, json};

use crate::{Bench, BenchError, measure::Figure, seed::Bed};

/// Everything a bench found, with what it was found on.
#[derive(Debug, Serialize)]
pub(crate) struct Report {
    bench: String,
    database: String,
    durability: Map<String, Value>,
    machine: Value,
    rounds: usize,
    figures: Map<String, Value>,
    ratios: Map<String, Value>,
    notes: Vec<String>,
}

impl Report {
    /// An empty one that says where it was measured.
    pub(crate) async fn new(options: &Bench, bed: &Bed) -> Result<Self, BenchError> {
        let durability = bed.store.durability().await?;
        let cores = std::thread::available_parallelism().map_or(0, usize::from);
        Ok(Self {
            bench: format!("{:?}", options.what).to_lowercase(),
            database: format!("{:?}", bed.store.dialect()).to_lowercase(),
            durability: durability.into_iter().map(|(name, value)| (name, value.into())).collect(),
            machine: json!({ "cores": cores, "os": std::env::consts::OS, "arch": std::env::consts::ARCH }),
            rounds: options.rounds,
            figures: Map::new(),
            ratios: Map::new(),
            notes: Vec::new(),
        })
    }

    /// Adds a figure.
    pub(crate) fn figure(&mut self, name: &str, figure: Option<Figure>) {
        if let Some(value) = figure.and_then(|figure| serde_json::to_value(figure).ok()) {
            self.figures.insert(name.into(), value);
        }
    }

    /// Adds a ratio.
    pub(crate) fn ratio(&mut self, name: &str, ratio: f64) {
        self.ratios.insert(name.into(), json!((ratio * 1_000.0).round() / 1_000.0));
    }

    /// Adds a remark.
    pub(crate) fn note(&mut self, note: impl Into<String>) {
        self.notes.push(note.into());
    }

    /// Prints it.
    pub(crate) fn print(&self, json: bool, out: &mut dyn Write) -> Result<(), BenchError> {
        if json {
            serde_json::to_writer_pretty(&mut *out, self)?;
            writeln!(out)?;
            return Ok(());
        }
        writeln!(out, "{} on {}, {}", self.bench, self.database, self.machine)?;
        for (name, value) in &self.durability {
            writeln!(out, "  {name} = {}", value.as_str().unwrap_or_default())?;
        }
        for (name, figure) in &self.figures {
            let number = |key: &str| figure[key].as_f64().unwrap_or_default();
            writeln!(
                out,
                "{name:<28} {:>9.0}/s {:>9.0}/CPU-s   p50 {:.1} ms  p95 {:.1} ms  p99 {:.1} ms   n {}",
                number("per_second"),
                number("per_cpu_second"),
                number("p50_ms"),
                number("p95_ms"),
                number("p99_ms"),
                figure["n"],
            )?;
        }
        for (name, ratio) in &self.ratios {
            writeln!(out, "{name:<60} {ratio}")?;
        }
        for note in &self.notes {
            writeln!(out, "note: {note}")?;
        }
        Ok(())
    }
}
