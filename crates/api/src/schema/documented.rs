//! Which members of a value no schema names. JSON Schema lets answers grow, and so do our clients; our own tests do not, so
//! that a field that was added and never published is noticed. Asked of values that fit, see [`super::check`].

use std::collections::BTreeSet;

use serde_json::{Map, Value};

use super::{Additional, Checker, JsonType, Node};

/// Whether a member that the schema of this name does not list belongs to it nevertheless.
pub(crate) type Extra<'a> = &'a dyn Fn(&str, &Map<String, Value>, &str) -> bool;

/// JSON pointers of the members that nothing describes, outermost only, in document order.
pub(super) fn undocumented(checker: &Checker, node: &Node, value: &Value, extra: Extra<'_>) -> Vec<String> {
    let mut walk = Walk { checker, extra, named: BTreeSet::new(), open: BTreeSet::new() };
    walk.visit(node, value, "");
    let mut found = Vec::new();
    walk.list(value, "", &mut found);
    found
}

struct Walk<'a> {
    checker: &'a Checker,
    extra: Extra<'a>,
    /// Members that some schema names.
    named: BTreeSet<String>,
    /// Values whose inside a schema leaves to others.
    open: BTreeSet<String>,
}

impl Walk<'_> {
    fn visit(&mut self, node: &Node, value: &Value, place: &str) {
        if let Some(name) = &node.reference {
            if let Value::Object(members) = value {
                for member in members.keys().filter(|member| (self.extra)(name, members, member)) {
                    let place = inside(place, member);
                    self.named.insert(place.clone());
                    self.open.insert(place);
                }
            }
            self.visit(self.checker.schema(name), value, place);
        }
        for part in &node.all_of {
            self.visit(part, value, place);
        }
        // The first that fits is the one meant. If none does, something is wrong here that `check` tells.
        let checker = self.checker;
        match node.any_of.iter().find(|each| checker.fits(each, value)) {
            Some(fitting) => self.visit(fitting, value, place),
            None if node.any_of.is_empty() => {}
            None => drop(self.open.insert(place.to_owned())),
        }
        match value {
            Value::Object(members) => {
                for (name, value) in members {
                    let described = match (node.property(name), &node.additional) {
                        (Some(property), _) => property,
                        (None, Additional::Each(additional)) => additional,
                        (None, Additional::Anything | Additional::Nothing) => continue,
                    };
                    let place = inside(place, name);
                    self.visit(described, value, &place);
                    self.named.insert(place);
                }
                if node.leaves_open(JsonType::Object) {
                    self.open.insert(place.to_owned());
                }
            }
            Value::Array(items) => {
                for (index, value) in items.iter().enumerate() {
                    if let Some(each) = &node.items {
                        self.visit(each, value, &inside(place, &index.to_string()));
                    }
                }
                if node.leaves_open(JsonType::Array) {
                    self.open.insert(place.to_owned());
                }
            }
            Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_) => {}
        }
    }

    fn list(&self, value: &Value, place: &str, found: &mut Vec<String>) {
        if self.open.contains(place) {
            return;
        }
        match value {
            Value::Object(members) => {
                for (name, value) in members {
                    let place = inside(place, name);
                    if self.named.contains(&place) {
                        self.list(value, &place, found);
                    } else {
                        found.push(place);
                    }
                }
            }
            Value::Array(items) => {
                items.iter().enumerate().for_each(|(index, value)| {
                    self.list(value, &inside(place, &index.to_string()), found);
                });
            }
            Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_) => {}
        }
    }
}

impl Node {
    /// What a member of this name is.
    pub(super) fn property(&self, name: &str) -> Option<&Self> {
        let patterned = || self.patterned.iter().find(|(pattern, _)| pattern.is_match(name)).map(|(_, node)| node);
        self.properties.get(name).or_else(patterned)
    }

    /// Whether it allows the type, or everything, and says nothing about what is in it.
    fn leaves_open(&self, kind: JsonType) -> bool {
        let silent =
            self.properties.is_empty() && self.items.is_none() && matches!(self.additional, Additional::Anything);
        let alone = self.reference.is_none() && self.any_of.is_empty() && self.all_of.is_empty();
        silent && alone && (self.types.is_empty() || self.types.contains(&kind))
    }
}

/// The pointer of a member.
fn inside(place: &str, key: &str) -> String {
    format!("{place}/{}", key.replace('~', "~0").replace('/', "~1"))
}
