//! What this installation knows beside a program: what the checker judges names by, and the editor offers.

mod fields;
mod looks;

use std::collections::BTreeMap;

use program::{
    Contract, ContractMode, Known, KnownEvent, KnownField, KnownProgram, KnownStream, SeenType, WorkspaceId,
};
use runner::Seen;
use store::{Paging, Result, Store};

use self::fields::Fields;
pub(crate) use self::looks::Looks;

/// Contacts looked at: the newest ones.
const CONTACTS: u32 = 200;
/// Values of a contract that are told.
const VALUES: usize = 5;
/// Event types told.
const TYPES: usize = 1_000;

/// Gathers what is known. Its cost has bounds, whatever the installation holds: one read each of streams, live programs,
/// fields of events and newest contacts. What this node has seen and not written is written first.
pub(crate) async fn gather(store: &Store, seen: Option<&Seen>, workspace: WorkspaceId) -> Result<Known> {
    if let Some(seen) = seen {
        seen.settle(workspace).await;
    }
    let stream = |stream: program::Stream| (stream.name.clone(), KnownStream::from(&stream));
    let streams = store.newest_streams(workspace, stream).await?.into_iter().collect();
    let programs = store.live_programs(workspace, |program| KnownProgram::from(&program)).await?;
    let mut events: BTreeMap<_, KnownEvent> = BTreeMap::new();
    let mut paging = Paging { after: None, limit: 200 };
    while events.len() < TYPES {
        let page = store.event_types(workspace, &paging).await?;
        events.extend(page.items.into_iter().map(|row| (row.event, KnownEvent::default())));
        match page.next {
            Some(next) => paging.after = Some(next),
            None => break,
        }
    }
    events.extend(store.seen_types(workspace).await?.into_iter().map(|(event, seen)| (event, known_event(seen))));
    for (event, version) in store.contracts(workspace).await? {
        // One that cannot be read says nothing; whoever takes events in tells of it.
        if let Ok(Some(contract)) = version.contract {
            let known = events.entry(event).or_default();
            *known = agreed(known, &contract);
        }
    }
    let mut room = fields::ROOM;
    let mut attributes = Fields::default();
    store.newest_contacts(workspace, CONTACTS, |contact| attributes.look(&contact, &mut room)).await?;
    Ok(Known { streams, events, attributes: attributes.told(), programs })
}

/// What was seen of a type. One with more fields than are kept is told without: a part of them would mislead.
fn known_event(seen: SeenType) -> KnownEvent {
    let field = |(path, field): (String, program::SeenField)| {
        let mut kinds = field.kinds.iter().map(ToString::to_string);
        let kind = kinds.next().unwrap_or_default();
        (path, KnownField { seen: field.carried, kind, also: kinds.collect(), examples: field.examples })
    };
    let fields = if seen.beyond > 0 { BTreeMap::new() } else { seen.fields.into_iter().map(field).collect() };
    KnownEvent { seen: seen.looked, refuses: false, fields }
}

/// The fields of a type that has a contract: those that it names, however few events came so far. What must be there is
/// there.
fn agreed(seen: &KnownEvent, contract: &Contract) -> KnownEvent {
    let all = seen.seen.max(1);
    let fields = contract.fields.iter().map(|(path, rule)| {
        let known = seen.fields.get(path);
        let carried = known.map_or(0, |field| field.seen);
        let seen = if rule.required || seen.seen == 0 { all } else { carried };
        let values =
            rule.values.iter().take(VALUES).map(|it| it.as_str().map_or_else(|| it.to_string(), str::to_owned));
        let examples = match rule.values.is_empty() {
            true => known.map_or_else(Vec::new, |field| field.examples.clone()),
            false => values.collect(),
        };
        (path.clone(), KnownField { seen, kind: rule.kind.to_string(), also: Vec::new(), examples })
    });
    KnownEvent { seen: all, refuses: contract.mode == ContractMode::Refuse, fields: fields.collect() }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_contract_says_what_there_is() {
        let field =
            |seen| KnownField { seen, kind: "string".into(), also: vec!["number".into()], examples: vec!["x".into()] };
        let seen = KnownEvent {
            seen: 10,
            refuses: false,
            fields: [("a", 3), ("b", 4), ("z", 9)].map(|(n, s)| (n.into(), field(s))).into(),
        };
        let contract = serde_json::from_value::<Contract>(serde_json::json!({ "mode": "report", "fields": {
            "a": { "type": "string", "required": true }, "b": { "type": "string", "values": ["EUR"] },
            "c": { "type": "number" } } }));
        let contract = contract.unwrap_or_default();
        let told = |known: KnownEvent| {
            let fields = known.fields.into_iter().map(|(path, it)| (path, it.seen, it.kind, it.examples.join(" ")));
            (known.seen, fields.collect::<Vec<_>>())
        };
        let row = |path: &str, seen, kind: &str, examples: &str| {
            (path.to_owned(), seen, kind.to_owned(), examples.to_owned())
        };
        let expected = vec![row("a", 10, "string", "x"), row("b", 4, "string", "EUR"), row("c", 0, "number", "")];
        assert_eq!(told(agreed(&seen, &contract)), (10, expected));
        // Nobody has sent one: a condition on it is no rarity yet.
        let (all, fields) = told(agreed(&KnownEvent::default(), &contract));
        assert_eq!((all, fields.iter().map(|(_, seen, ..)| *seen).collect::<Vec<_>>()), (1, vec![1, 1, 1]));
    }
}
