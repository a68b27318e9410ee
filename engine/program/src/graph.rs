//! A program: nodes and edges by id. Its serde form is the file format.

use std::collections::BTreeSet;

use indexmap::IndexMap;
use petgraph::graph::{DiGraph, NodeIndex};
use serde::{Deserialize, Deserializer, Serialize, Serializer, de, ser::SerializeMap};
use serde_json::{Map, Value};

use crate::{
    EventType, Kind, NodeId, Note, Places, Port, ProgramName,
    file::{self, FileError, PathError},
};

/// A program as its file says it. Anything that parses is a `Program`, even one that cannot run:
/// what is wrong with it is for [`check`](crate::check) to list.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Program {
    /// Version of the file format; 1 for now.
    pub stafette: u32,
    /// Name within the workspace.
    pub name: ProgramName,
    /// Shown to people.
    pub title: String,
    /// What it is for, in a sentence or two.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub description: String,
    /// Nodes by id, in the order of the file.
    pub nodes: IndexMap<NodeId, Node>,
    /// Where the cards stand in free mode. Without it they are laid out from top to bottom.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub places: Option<Places>,
    /// What people wrote beside the graph.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub notes: Vec<Note>,
}

/// One node: what it does, and where its ports lead.
///
/// In the file the kind's own fields stand beside `kind`, `title`, `disabled` and `next`:
/// `{ kind: wait, duration: 2d, next: survey }`.
#[derive(Clone, Debug, PartialEq)]
pub struct Node {
    /// Shown on the card; empty for the kind's own name.
    pub title: String,
    /// What it does.
    pub kind: Kind,
    /// Left out for now: contacts pass through by its last port, and a disabled entry lets nobody in.
    pub disabled: bool,
    /// What was typed into fields and cannot be read, by field, or by field and part: `duration`, `hours.from`. The field
    /// itself keeps what it said before. Only drafts have any: it is an error.
    pub unread: IndexMap<String, String>,
    /// Where its ports lead. A port without an edge ends the run.
    pub next: IndexMap<Port, NodeId>,
}

impl Program {
    /// Reads a program file (YAML, or JSON as its subset).
    pub fn parse(text: &str) -> Result<Self, FileError> {
        let value = file::parse_value(text)?;
        Self::from_value(value).map_err(|error| FileError::at(text, &error.path, error.message))
    }

    /// A program in which nothing happens yet.
    pub fn empty(name: ProgramName, title: String) -> Self {
        let (nodes, notes) = (IndexMap::new(), Vec::new());
        Self { stafette: 1, name, title, description: String::new(), nodes, places: None, notes }
    }

    /// Writes the file. What is written parses equal.
    pub fn to_yaml(&self) -> String {
        file::to_yaml(self)
    }

    /// The graph as petgraph sees it; node weights are positions in [`Program::nodes`].
    /// Edges to nodes that do not exist are left out.
    pub fn graph(&self) -> DiGraph<usize, Port> {
        let mut graph = DiGraph::with_capacity(self.nodes.len(), self.nodes.len());
        for at in 0..self.nodes.len() {
            graph.add_node(at);
        }
        for (at, node) in self.nodes.values().enumerate() {
            for (port, target) in &node.next {
                if let Some(to) = self.nodes.get_index_of(target) {
                    graph.add_edge(NodeIndex::new(at), NodeIndex::new(to), port.clone());
                }
            }
        }
        graph
    }

    /// The event types that start it; disabled entries take none.
    pub fn entry_events(&self) -> impl Iterator<Item = &EventType> {
        self.nodes.values().filter(|node| !node.disabled).filter_map(|node| node.kind.as_kind().way_in()?.event)
    }

    /// The event types that its tokens wait for, those of disabled nodes among them: a token may stand there.
    pub fn awaited_events(&self) -> BTreeSet<&EventType> {
        self.nodes.values().filter_map(|node| node.kind.as_kind().awaits()?.event).collect()
    }

    /// Whether tokens wait in it for what is known of contacts to change.
    pub fn watches(&self) -> bool {
        self.nodes.values().any(|node| node.kind.as_kind().watches())
    }

    /// The events that it brings about; disabled nodes ask nobody.
    pub fn emits(&self) -> BTreeSet<EventType> {
        let nodes = self.nodes.values().filter(|node| !node.disabled);
        nodes.flat_map(|node| node.kind.as_kind().emits()).filter_map(|event| EventType::new(event).ok()).collect()
    }

    fn from_value(value: Value) -> Result<Self, PathError> {
        #[derive(Deserialize)]
        #[serde(deny_unknown_fields)]
        struct Head {
            stafette: u32,
            name: ProgramName,
            title: String,
            #[serde(default)]
            description: String,
            nodes: IndexMap<NodeId, Value>,
            #[serde(default)]
            places: Option<Places>,
            #[serde(default)]
            notes: Vec<Note>,
        }

        let mut head: Head = file::typed(value, "")?;
        if head.stafette != 1 {
            let message = format!("format version {} is not known; this build reads version 1", head.stafette);
            return Err(PathError { path: "stafette".into(), message });
        }
        let node = |(id, value): (NodeId, Value)| {
            let node = Node::from_value(value, &format!("nodes.{id}"))?;
            Ok((id, node))
        };
        let nodes = std::mem::take(&mut head.nodes).into_iter().map(node).collect::<Result<_, PathError>>()?;
        let Head { name, title, description, places, notes, .. } = head;
        Ok(Self { stafette: 1, name, title, description, nodes, places, notes })
    }
}

impl<'de> Deserialize<'de> for Program {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        Self::from_value(Value::deserialize(deserializer)?).map_err(de::Error::custom)
    }
}

impl Node {
    /// The event type that tokens wait for here, if they do; [`EventType::facts`] where they wait for a condition.
    pub fn awaited(&self) -> Option<&EventType> {
        let kind = self.kind.as_kind();
        if kind.watches() { EventType::facts() } else { kind.awaits()?.event }
    }

    /// A node of this kind, without title and edges.
    pub fn new(kind: impl Into<Kind>) -> Self {
        let kind = kind.into();
        Self { title: String::new(), kind, disabled: false, unread: IndexMap::new(), next: IndexMap::new() }
    }

    /// The same, with an edge at a port.
    pub fn to(mut self, port: Port, target: &NodeId) -> Self {
        self.next.insert(port, target.clone());
        self
    }

    /// The title, or the kind's own where there is none.
    pub fn title(&self) -> &str {
        if self.title.is_empty() { self.kind.as_kind().title() } else { &self.title }
    }

    /// The ports that lead nowhere.
    pub(crate) fn open_ports(&self) -> impl Iterator<Item = &Port> {
        self.kind.as_kind().ports().iter().filter(|port| !self.next.contains_key(*port))
    }

    fn from_value(value: Value, path: &str) -> Result<Self, PathError> {
        let mut fields: Map<String, Value> = file::typed(value, path)?;
        let mut take = |name: &str| fields.shift_remove(name);
        let kind: String = match take("kind") {
            Some(kind) => file::typed(kind, &format!("{path}.kind"))?,
            None => {
                let message = format!("the node has no kind; kinds are {}", Kind::tags().join(", "));
                return Err(PathError { path: path.into(), message });
            }
        };
        let title = take("title").map_or(Ok(String::new()), |title| file::typed(title, &format!("{path}.title")))?;
        let disabled = take("disabled").map_or(Ok(false), |yes| file::typed(yes, &format!("{path}.disabled")))?;
        let unread =
            take("unread").map_or(Ok(IndexMap::new()), |typed| file::typed(typed, &format!("{path}.unread")))?;
        let next = match take("next") {
            None | Some(Value::Null) => IndexMap::new(),
            Some(Value::String(target)) => {
                let target = file::typed(Value::String(target), &format!("{path}.next"))?;
                IndexMap::from([(Port::NEXT, target)])
            }
            Some(ports) => file::typed(ports, &format!("{path}.next"))?,
        };
        let kind = Kind::from_fields(&kind, Value::Object(fields), path)?;
        Ok(Self { title, kind, disabled, unread, next })
    }
}

impl Serialize for Node {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut map = serializer.serialize_map(None)?;
        map.serialize_entry("kind", self.kind.tag())?;
        if !self.title.is_empty() {
            map.serialize_entry("title", &self.title)?;
        }
        for (name, value) in self.kind.to_fields() {
            map.serialize_entry(&name, &file::Plain(&value))?;
        }
        if self.disabled {
            map.serialize_entry("disabled", &true)?;
        }
        if !self.unread.is_empty() {
            map.serialize_entry("unread", &self.unread)?;
        }
        match (self.next.len(), self.next.get(&Port::NEXT)) {
            (0, _) => {}
            (1, Some(target)) => map.serialize_entry("next", target)?,
            _ => map.serialize_entry("next", &self.next)?,
        }
        map.end()
    }
}

impl<'de> Deserialize<'de> for Node {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        Self::from_value(Value::deserialize(deserializer)?, "node").map_err(de::Error::custom)
    }
}
