//! Reads some of the engine's histograms while it is measured.

use std::{
    sync::{Arc, Mutex, PoisonError},
    time::Duration,
};

use metrics::{
    Counter, Gauge, Histogram, HistogramFn, Key, KeyName, Metadata, Recorder as MetricsRecorder, SharedString, Unit,
};

use crate::BenchError;

/// How late a step was on disk after its wait was over.
pub(crate) const LATENESS: &str = "stafette_wait_lateness_seconds";
/// How long a request waited until its commit began.
pub(crate) const WAIT: &str = "stafette_ingest_wait_seconds";

/// Keeps every value of one histogram.
#[derive(Clone, Debug)]
pub(crate) struct Recorder {
    name: &'static str,
    values: Arc<Values>,
}

#[derive(Debug, Default)]
struct Values(Mutex<Vec<f64>>);

impl Recorder {
    /// One for this histogram; it hears nothing before it is installed.
    fn new(name: &'static str) -> Self {
        Self { name, values: Arc::default() }
    }

    /// Listens to this histogram of the whole process from now on; a process has one such listener.
    pub(crate) fn install(name: &'static str) -> Result<Self, BenchError> {
        let recorder = Self::new(name);
        metrics::set_global_recorder(recorder.clone()).map_err(|error| error.to_string())?;
        Ok(recorder)
    }

    /// What was recorded since the last call. Less than nothing, of a clock that was set back, counts as nothing.
    pub(crate) fn take(&self) -> Vec<Duration> {
        let values = std::mem::take(&mut *self.values.0.lock().unwrap_or_else(PoisonError::into_inner));
        values.into_iter().map(|seconds| Duration::try_from_secs_f64(seconds).unwrap_or_default()).collect()
    }
}

impl HistogramFn for Values {
    fn record(&self, value: f64) {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).push(value);
    }
}

impl MetricsRecorder for Recorder {
    fn describe_counter(&self, _: KeyName, _: Option<Unit>, _: SharedString) {}
    fn describe_gauge(&self, _: KeyName, _: Option<Unit>, _: SharedString) {}
    fn describe_histogram(&self, _: KeyName, _: Option<Unit>, _: SharedString) {}

    fn register_counter(&self, _: &Key, _: &Metadata<'_>) -> Counter {
        Counter::noop()
    }

    fn register_gauge(&self, _: &Key, _: &Metadata<'_>) -> Gauge {
        Gauge::noop()
    }

    fn register_histogram(&self, key: &Key, _: &Metadata<'_>) -> Histogram {
        if key.name() == self.name { Histogram::from_arc(self.values.clone()) } else { Histogram::noop() }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn keeps_the_values_of_its_histogram_only() {
        let recorder = Recorder::new(LATENESS);
        metrics::with_local_recorder(&recorder, || {
            metrics::histogram!(LATENESS).record(0.25);
            metrics::histogram!(LATENESS).record(-0.001);
            metrics::histogram!(WAIT).record(3.0);
            metrics::counter!(LATENESS).increment(1);
        });
        assert_eq!(recorder.take(), [Duration::from_millis(250), Duration::ZERO]);
        assert!(recorder.take().is_empty());
    }
}
