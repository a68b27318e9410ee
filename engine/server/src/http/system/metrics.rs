//! Metrics for Prometheus.

use std::sync::OnceLock;

use axum::http::header::CONTENT_TYPE;
use axum::response::IntoResponse;
use metrics_exporter_prometheus::{PrometheusBuilder, PrometheusHandle};

use crate::access::Caller;

/// Upper bounds of the histograms, in seconds.
const SECONDS: [f64; 12] = [0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 10.0];

/// The one recorder of this process.
static RECORDER: OnceLock<PrometheusHandle> = OnceLock::new();

/// Starts counting. A second call changes nothing.
pub fn start() {
    RECORDER.get_or_init(|| {
        let builder = PrometheusBuilder::new();
        // Buckets that are a constant and not empty are never refused.
        let builder = builder.set_buckets(&SECONDS).unwrap_or_else(|_| PrometheusBuilder::new());
        let recorder = builder.build_recorder();
        let handle = recorder.handle();
        if metrics::set_global_recorder(recorder).is_err() {
            tracing::warn!("another metrics recorder is installed already: /metrics stays empty");
        }
        describe();
        handle
    });
}

/// Counters, each with what it counts. They are there from the start with 0, so that the first one counted is an increase.
const COUNTERS: &[(&str, &str)] = &[
    ("stafette_answers_refused_total", "Answers of readers that could not be stored; the page asks them to try again."),
    (
        "stafette_audit_not_written_total",
        "Changes that were made and could not be written into the audit; the log tells each.",
    ),
    ("stafette_events_accepted_total", "Events that were stored, duplicates included."),
    ("stafette_events_ingested_total", "New events that were committed, those of test runs left out."),
    ("stafette_events_rejected_total", "Events that were refused, alone or with their request."),
    ("stafette_filters_undecided_total", "Filters that could not be decided about an event; a dead letter each."),
    ("stafette_http_connections_refused_total", "Connections that were turned away because there were too many."),
    ("stafette_messages_rescued_total", "Messages that a node left behind when it died, and that were taken up again."),
    ("stafette_rows_pruned_total", "Rows that were deleted because they were kept long enough."),
    ("stafette_tokens_advanced_total", "Tokens that were carried on, those of test runs left out."),
    ("stafette_tokens_failed_total", "Tokens that could not be carried on and were parked."),
];

/// Classes of mail, and queues.
const CLASSES: &[&str] = &["marketing", "operational"];

/// The same with a label, and all its values.
const LABELLED: &[(&str, &str, &str, &[&str])] = &[
    (
        "stafette_calls_total",
        "Tries to call somebody's server; lost: its lease was gone when it was to be settled.",
        "outcome",
        &["answered", "failed", "lost", "retried"],
    ),
    (
        "stafette_event_fields_beyond_total",
        "What is seen of events and not noted down: too many fields or types, no memory left today, a database that waits for its operator.",
        "what",
        &["fields", "types", "memory", "violations", "unwritten"],
    ),
    (
        "stafette_events_not_stored_total",
        "Events that were read and not stored, and why.",
        "why",
        &["contact_conflict", "contact_too_large", "contract", "duplicate", "id_reused", "unknown_type"],
    ),
    (
        "stafette_ingest_tries_total",
        "Tries to store a batch of events, and what they led to.",
        "outcome",
        &["failed", "rejected", "stale", "stored"],
    ),
    ("stafette_messages_failed_total", "Messages that were given up.", "class", CLASSES),
    ("stafette_messages_lost_total", "Messages whose lease was gone when they were to be settled.", "class", CLASSES),
    ("stafette_messages_retried_total", "Attempts that failed for now and are repeated.", "class", CLASSES),
    ("stafette_messages_sent_total", "Messages that a relay or the built-in inbox took.", "class", CLASSES),
    ("stafette_messages_unknown_total", "Messages of which nobody knows whether a relay took them.", "class", CLASSES),
];

/// The same by queue, with another label besides.
const BY_QUEUE: &[(&str, &str, &str, &[&str])] = &[
    (
        "stafette_relay_opened_total",
        "How often a relay was found to take nothing, and why.",
        "cause",
        &["auth", "connect", "hello", "refusals", "sender", "silence", "tls"],
    ),
    (
        "stafette_relay_replies_total",
        "What relays said to mails; none: not a word.",
        "reply",
        &["accepted", "later", "none", "refused", "unknown", "unreached"],
    ),
];

/// The same with labels whose values are met one by one.
const GROWING: &[(&str, &str)] = &[
    ("stafette_http_requests_total", "Requests that were answered, by method, pattern of the route and status."),
    (
        "stafette_stream_messages_total",
        "What attempts led to, by stream (the first 200 that are met; all others together).",
    ),
];

/// Values that go up and down.
const GAUGES: &[(&str, &str)] = &[
    ("stafette_calls_paused_hosts", "Hosts that take no calls and are left alone for a while; of this node."),
    ("stafette_clock_skew_seconds", "How far this node's clock is ahead of the database's; PostgreSQL only."),
    ("stafette_http_connections", "Connections that are open."),
    ("stafette_ingest_queue", "Rows that wait for the committer."),
    ("stafette_queue_lag_seconds", "How long the oldest due token or message has been waiting, by queue."),
    ("stafette_relay_state", "How a relay stands, by queue: 0 it takes mails, 1 it is being tried, 2 it takes none."),
];

/// What is measured in classes of size.
const HISTOGRAMS: &[(&str, &str)] = &[
    ("stafette_advance_batch_seconds", "How long a batch of tokens took."),
    ("stafette_call_seconds", "How long a try to call somebody's server took."),
    ("stafette_http_request_seconds", "How long answers took, by method and pattern of the route."),
    ("stafette_ingest_commit_rows", "Events of one commit."),
    ("stafette_ingest_commit_seconds", "How long a commit of events took."),
    ("stafette_ingest_wait_seconds", "How long requests with events waited for a commit to begin."),
    ("stafette_wait_lateness_seconds", "How much later than due tokens went on."),
];

/// Says what everything is, and what has a known set of series begins with 0.
fn describe() {
    for (name, text) in COUNTERS {
        metrics::describe_counter!(*name, *text);
        metrics::counter!(*name).increment(0);
    }
    for (name, text, label, values) in LABELLED {
        metrics::describe_counter!(*name, *text);
        values.iter().for_each(|value| metrics::counter!(*name, *label => *value).increment(0));
    }
    for (name, text, label, values) in BY_QUEUE {
        metrics::describe_counter!(*name, *text);
        for queue in CLASSES {
            let zero =
                |value: &&'static str| metrics::counter!(*name, "queue" => *queue, *label => *value).increment(0);
            values.iter().for_each(zero);
        }
    }
    GROWING.iter().for_each(|(name, text)| metrics::describe_counter!(*name, *text));
    GAUGES.iter().for_each(|(name, text)| metrics::describe_gauge!(*name, *text));
    ["stafette_http_connections", "stafette_ingest_queue"].into_iter().for_each(|name| metrics::gauge!(name).set(0.0));
    HISTOGRAMS.iter().for_each(|(name, text)| metrics::describe_histogram!(*name, *text));
    metrics::describe_gauge!("stafette_build_info", "Always 1; its labels say which build this is.");
    metrics::gauge!("stafette_build_info", "version" => env!("CARGO_PKG_VERSION")).set(1.0);
}

/// Works through what was recorded; to be called now and then.
pub fn tidy() {
    if let Some(handle) = RECORDER.get() {
        handle.run_upkeep();
    }
}

/// Counters and histograms of this process, for Prometheus. Answers this machine and keys with scope read, or
/// everybody with the option `public_metrics`.
#[utoipa::path(get, path = "/metrics", tag = "system",
    responses((status = 200, body = String, content_type = "text/plain")))]
pub async fn get_metrics(_: Caller) -> impl IntoResponse {
    let text = RECORDER.get().map(PrometheusHandle::render).unwrap_or_default();
    ([(CONTENT_TYPE, "text/plain; version=0.0.4; charset=utf-8")], text)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// What the code counts and nobody has explained would be a riddle on the operator's screen.
    #[test]
    fn everything_is_explained_and_there_from_the_start() {
        let builder = PrometheusBuilder::new().build_recorder();
        metrics::with_local_recorder(&builder, describe);
        let shown = builder.handle().render();
        assert!(shown.contains("stafette_relay_opened_total{queue=\"marketing\",cause=\"tls\"} 0"), "{shown}");
        assert!(shown.contains("stafette_messages_sent_total{class=\"operational\"} 0"), "{shown}");
        let explained: Vec<_> =
            [COUNTERS, GROWING, GAUGES, HISTOGRAMS].into_iter().flatten().map(|(name, _)| *name).collect();
        let explained = explained.into_iter().chain([LABELLED, BY_QUEUE].into_iter().flatten().map(|(name, ..)| *name));
        let explained: Vec<_> = explained.chain(["stafette_build_info"]).collect();
        let engine = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("..");
        let (mut open, mut seen) = (vec![engine], 0);
        while let Some(path) = open.pop() {
            if path.is_dir() {
                open.extend(std::fs::read_dir(path).unwrap().map(|entry| entry.unwrap().path()));
            } else if path.extension().is_some_and(|ending| ending == "rs") {
                for part in std::fs::read_to_string(&path).unwrap().split("\"stafette_").skip(1) {
                    let name = format!("stafette_{}", part.split('"').next().unwrap());
                    let known = explained.contains(&name.as_str());
                    let counts = ["_total", "_seconds", "_rows", "_state"].iter().any(|end| name.ends_with(end));
                    assert!(known || !counts, "{}: nobody explains {name}", path.display());
                    seen += usize::from(known);
                }
            }
        }
        assert!(seen > 30, "{seen}");
    }
}
