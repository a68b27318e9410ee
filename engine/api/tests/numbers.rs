//! Numbers that cross the wire: those of data are written as they were read, and those of ours are read wherever they
//! stand. The reader keeps fractions as text, which types that buffer (`flatten`, tagged enums) would meet as a map.
#![allow(clippy::unwrap_used, reason = "a test says no more than that it failed, and where")]

use api::{
    contacts::{Contact, TimelineEntry},
    events::{EventDetail, EventIn, EventResult},
    inbox::Mail,
    live::FeedItem,
    programs::{CatchUp, FieldChange, Moved, Paused, ProgramDetail, Resumed, Returned, Stopped, TestEvent, TestRun},
    streams::{PreviewMail, StreamDetail},
    tokens::TokenDetail,
};
use serde::{Serialize, de::DeserializeOwned};

const ID: &str = "0190f3a0-0000-7000-8000-000000000001";
const AT: &str = "2026-03-01T09:00:00Z";
const DATA: &str = r#"{"total":100.00,"zero":-0,"big":99999999999999999999,"fine":[123456789.123456789,-0.0,1.10,7]}"#;
const PROGRAM: &str = r#""id":"ID","name":"p","title":"P","description":"","state":"live","version":4,"entry_events":[],
    "entered":18446744073709551615,"inside":2,"failed":0,"updated_at":"AT""#;
const TOKEN: &str = r#""id":"ID","program":"p","version":3,"contact_id":"ID","contact":"c","event_id":"ID","node":"n",
    "state":"done","seq":12,"due_at":null,"error":null,"created_at":"AT","updated_at":"AT""#;
const MESSAGE: &str = r#"{"id":"ID","message_id":"<1@x>","token_id":"ID","seq":2,"n":1,"program":"p","node":"n","stream":"s",
    "contact_id":"ID","recipient":"a@b.example","subject":null,"state":"sent","attempt":1,"hand_overs":1,"unknowns":0,"due_at":null,
    "reason":"expired after 48 h; the last reply: no reply in time",
    "why":{"reason":"expired","hours":48,"last":{"reason":"late"}},"unknown_at":null,"inbox_mail_id":null,"created_at":"AT","sent_at":"AT"}"#;
const STEP: &str = r#"{"seq":5,"at":"AT","node":"n","action":"passed","port":"next","reason":"drew 42 of 100",
    "why":{"reason":"drew","drawn":42},
    "effect":{"effect":"send_mail","stream":"s","purpose":{"purpose":"survey","question":"How?","scale":5}},
    "effects":[{"effect":"send_mail","stream":"s","purpose":{"purpose":"survey","question":"How?","scale":5}}]}"#;
const CONTACT: &str = r#"{"id":"ID","email":null,"external_id":"1","opt_in":null,"test":true,"attributes":DATA,
    "created_at":"AT","updated_at":"AT"}"#;

/// Reads it, and writes it as it was. Numbers are equal here if they are written alike.
#[track_caller]
fn check<T: DeserializeOwned + Serialize>(text: &str) {
    let mut text = text.to_owned();
    for (name, value) in
        [("CONTACT", CONTACT), ("MESSAGE", MESSAGE), ("STEP", STEP), ("PROGRAM", PROGRAM), ("TOKEN", TOKEN)]
            .into_iter()
            .chain([("DATA", DATA), ("ID", ID), ("AT", AT)])
    {
        text = text.replace(name, value);
    }
    let text: String = text.lines().map(str::trim).collect();
    let read: T = serde_json::from_str(&text).unwrap_or_else(|error| panic!("{error}: {text}"));
    let written: serde_json::Value = serde_json::from_str(&serde_json::to_string(&read).unwrap()).unwrap();
    assert_eq!(written, serde_json::from_str::<serde_json::Value>(&text).unwrap());
}

#[test]
fn data_is_written_as_it_was_read() {
    check::<EventIn>(r#"{"type":"a","contact":DATA,"data":DATA}"#);
    check::<EventDetail>(
        r#"{"id":"ID","type":"a","contact_id":"ID","contact":"c","occurred_at":"AT","received_at":"AT","started":3,
            "client_id":null,"data":DATA,"attachments":[{"filename":"f","content_type":"t","size":7}],"tokens":[{TOKEN}]}"#,
    );
    check::<Contact>("CONTACT");
    check::<TestEvent>(r#"{"type":"a","data":DATA}"#);
    check::<TestRun>(
        r#"{"id":"ID","revision":7,"event":"a","data":DATA,"started_at":"AT","started_by":null,"contacts":[CONTACT],
            "tokens":[]}"#,
    );
    check::<PreviewMail>(
        r#"{"contact":DATA,"event":DATA,"joined":DATA,"purpose":{"purpose":"survey","question":"How?","scale":5}}"#,
    );
    check::<FieldChange>(r#"{"field":"f","from":1.50,"to":DATA}"#);
}

#[test]
fn our_own_numbers_are_read_wherever_they_stand() {
    check::<EventResult>(r#"{"status":"accepted","event_id":"ID","contact_id":"ID","started":2}"#);
    check::<TokenDetail>(
        r#"{TOKEN,"trace":[STEP],"messages":[MESSAGE],"calls":[{"id":"ID","seq":2,"n":1,"node":"n","url":"https://a.example",
            "state":"answered","status":200,"attempts":1,"queued_at":"AT","settled_at":"AT"}]}"#,
    );
    check::<TimelineEntry>(r#"{"entry":"message","at":"AT","message":MESSAGE}"#);
    check::<TimelineEntry>(
        r#"{"entry":"step","at":"AT","token_id":"ID","program":"p","program_title":"P",
            "node":{"kind":"survey","stream":"s","question":"How?","scale":5,"next":"out"},"step":STEP}"#,
    );
    check::<FeedItem>(
        r#"{"item":"step","at":"AT","program":"p","token_id":"ID","seq":9,"contact_id":"ID","contact":"c","node":"n",
            "action":"passed","port":null,"to":null,"reason":"asked"}"#,
    );
    check::<Mail>(
        r#"{"id":"ID","message_id":"ID","sender":"a","recipient":"b","subject":"s","received_at":"AT","size":1024,
            "headers":[],"text":null,"has_html":false,"remote_images":false,"attachments":[]}"#,
    );
    check::<StreamDetail>(
        r#"{"id":"ID","name":"s","title":"S","class":"operational","version":2,"updated_at":"AT","stream":{"stafette":1,
            "name":"s","title":"S","class":"operational","from":{"email":"a@b.example"},"subject":"x",
            "attachments":"ignore","unknown_outcome":"resend","html":"h","text":"t"}}"#,
    );
    check::<Paused>(r#"{PROGRAM,"handing_over":3}"#);
    check::<Stopped>(r#"{PROGRAM,"ejected":4,"handing_over":3}"#);
    check::<Resumed>(
        r#"{PROGRAM,"caught_up":{"tokens":1,"waiting":2,"messages":3,"calls":6,
            "skipped_tokens":4,"skipped_messages":5,"skipped_calls":7,"more":true}}"#,
    );
    check::<ProgramDetail>(
        r#"{PROGRAM,"held":{"tokens":1,"messages":2,"ejected":3,"calls":4},"program":{"stafette":1,"name":"p","title":"P",
            "nodes":{"in":{"kind":"split","weights":[30,70]}}},"problems":[]}"#,
    );
    check::<Moved>(r#"{"node":"n","choice":"move","to":"m","tokens":8}"#);
    check::<Returned>(r#"{"node":"n","choice":"exit","back":8,"gone_on":9}"#);
    check::<CatchUp>(r#"{"rule":"spread","over":"6h"}"#);
}
