//! Which fields and indexes the entities of one database have: the declared ones and the custom ones.

use std::collections::BTreeSet;
use std::sync::{Arc, LazyLock};

use crate::domain::{
    CUSTOM_FIELD_ID_MAX, CUSTOM_FIELD_ID_MIN, CustomField, EntityKind, FieldDef, FieldType, Fields, Required, Writer,
};
use crate::error::{Error, ErrorKind, Result};
use crate::policy::condition::FieldFacts;
use crate::policy::{KnownFields, Shelf};

use super::bytes;
use super::count::{COUNT_ALL, CountInfo};
use super::journal::Fact;
use super::key;
use super::needs::{self, COMPANY, Needs};

/// What is known about a field, declared or custom.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct FieldInfo {
    /// The id.
    pub id: u16,
    /// The name.
    pub name: String,
    /// The type with its bounds.
    pub kind: FieldType,
    /// The English label.
    pub label: String,
    /// The Chinese label.
    pub label_zh: String,
    /// When it must be there.
    pub required: Required,
    /// Whether it is personal or secret.
    pub sensitive: bool,
    /// Whether an index of its own is kept.
    pub indexed: bool,
    /// Who may set it.
    pub writer: Writer,
}

/// An index: over one field, over several, or a unique key.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct IndexInfo {
    /// The number in keys: the field's id for an index over one field.
    pub id: u16,
    /// The name, such as `visit.due`.
    pub name: String,
    /// The fields in the order of the key.
    pub fields: Vec<u16>,
    /// Whether it is a unique key.
    pub unique: bool,
    /// The state field and the states whose records are in the index; empty for all.
    pub states: Option<(u16, Vec<u16>)>,
}

impl IndexInfo {
    /// Whether two forms of one record have the same values in every field that the index looks at.
    pub(crate) fn is_same(&self, a: &dyn Fields, b: &dyn Fields) -> bool {
        let state = self.states.iter().map(|(field, _)| field);
        self.fields.iter().chain(state).all(|field| a.get(*field) == b.get(*field))
    }

    /// The key of a record in this index, with the id unless unique; `None` when the record is not in it.
    pub(crate) fn key_of(&self, entity: EntityKind, id: u64, record: &dyn Fields) -> Option<Vec<u8>> {
        let mut key = Vec::with_capacity(key::LEN_MOST);
        self.write_key(&mut key, entity, id, record).then_some(key)
    }

    /// As [`IndexInfo::key_of`], in the place of what `key` holds, and says whether the record has a key.
    pub(crate) fn write_key(&self, key: &mut Vec<u8>, entity: EntityKind, id: u64, record: &dyn Fields) -> bool {
        if let Some((field, states)) = &self.states
            && !record.enumeration(*field).is_some_and(|state| states.contains(&state))
        {
            return false;
        }
        key.clear();
        key::push_index(key, entity, self.id);
        for (i, field) in self.fields.iter().enumerate() {
            let value = record.get(*field);
            if value.is_none() && (self.unique || i == 0 && self.states.is_none()) {
                return false; // An index over some states holds every record in them; others leave out absent values.
            }
            key::push_value(key, value);
        }
        if !self.unique {
            key.extend_from_slice(&id.to_be_bytes());
        }
        true
    }
}

/// The fields and indexes of every entity.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Catalog {
    custom: Vec<CustomField>,
    infos: Vec<(EntityKind, FieldInfo)>,
    indexes: Vec<Vec<IndexInfo>>,
    policies: Arc<Shelf>,
    /// The codes of the users who are suspended.
    suspended: Arc<BTreeSet<String>>,
    /// The time zone in which instants are put into words.
    zone: chrono_tz::Tz,
    /// The plugins that the database needs, and the owners of prefixes.
    needs: Arc<Needs>,
}

impl KnownFields for Catalog {
    fn field(&self, entity: EntityKind, name: &str) -> Option<(FieldFacts, String)> {
        let info = self.field_named(entity, name).filter(|info| info.id < crate::domain::FIELD_ID)?;
        Some((FieldFacts { id: info.id, kind: info.kind, sensitive: info.sensitive }, info.label_zh.clone()))
    }

    fn names(&self, entity: EntityKind) -> Vec<String> {
        self.fields(entity).filter(|info| info.id < crate::domain::FIELD_ID).map(|info| info.name.clone()).collect()
    }
}

/// The counts of an entity: of all its records, then the declared ones.
fn counts_of(entity: EntityKind) -> Vec<CountInfo> {
    let def = entity.def();
    let all = CountInfo { id: COUNT_ALL, name: format!("{}.all", def.name), fields: Vec::new() };
    let declared = def.counts.iter().map(|count| CountInfo {
        id: count.id,
        name: format!("{}.{}", def.name, count.name),
        fields: count.fields.to_vec(),
    });
    std::iter::once(all).chain(declared).collect()
}

impl Catalog {
    /// The catalog of the declared fields and these custom ones.
    pub fn new(custom: Vec<CustomField>) -> Self {
        let indexes = EntityKind::ALL.iter().map(|&entity| indexes_of(entity, &custom)).collect();
        let infos = custom.iter().map(|field| (field.entity, custom_info(field))).collect();
        let (suspended, needs, zone) = (Arc::default(), Arc::default(), chrono_tz::Tz::UTC);
        Self { custom, infos, indexes, policies: built_in_shelf(), suspended, needs, zone }
    }

    /// The catalog of a database in a time zone.
    #[must_use]
    pub(crate) fn in_zone(self, zone: chrono_tz::Tz) -> Self {
        Self { zone, ..self }
    }

    /// The time zone in which instants are put into words.
    pub(super) fn zone(&self) -> chrono_tz::Tz {
        self.zone
    }

    /// The plugins that the database needs, and the owners of prefixes.
    pub(crate) fn needs(&self) -> &Needs {
        &self.needs
    }

    /// Puts these needs in the place of those that are there.
    pub(crate) fn set_needs(&mut self, needs: Needs) {
        self.needs = Arc::new(needs);
    }

    /// Takes in the facts about plugins and prefixes among these.
    ///
    /// # Errors
    /// As [`Needs::take`].
    pub(crate) fn take_facts(&mut self, facts: &[Fact]) -> Result<()> {
        let needs = Arc::make_mut(&mut self.needs);
        facts.iter().try_for_each(|fact| needs.take(&fact.key, &fact.value))
    }

    /// The policies of the database.
    pub(crate) fn policies(&self) -> &Shelf {
        &self.policies
    }

    /// The catalog with these policies.
    #[must_use]
    pub(crate) fn with_policies(mut self, policies: Shelf) -> Self {
        self.policies = Arc::new(policies);
        self
    }

    /// Puts these policies in the place of those that are there.
    pub(crate) fn set_policies(&mut self, policies: Shelf) {
        self.policies = Arc::new(policies);
    }

    /// Whether the user of a code is suspended. An actor's name is the code of its user; one without a user is not.
    pub(crate) fn is_suspended(&self, actor: &str) -> bool {
        self.suspended.contains(actor)
    }

    /// Notes that the user of a code is suspended, or is not.
    pub(crate) fn set_suspended(&mut self, code: &str, is_suspended: bool) {
        if self.suspended.contains(code) != is_suspended {
            let suspended = Arc::make_mut(&mut self.suspended);
            if is_suspended {
                suspended.insert(code.to_owned())
            } else {
                suspended.remove(code)
            };
        }
    }

    /// The field of an entity with an id.
    pub fn field(&self, entity: EntityKind, id: u16) -> Option<&FieldInfo> {
        let (system, own) = built_in(entity).split_at(crate::domain::SYSTEM_FIELDS.len());
        // Most entities number their fields from 1 without a gap.
        if let Some(field) = own.get(usize::from(id).wrapping_sub(1)).filter(|field| field.id == id) {
            return Some(field);
        }
        match own.binary_search_by_key(&id, |field| field.id) {
            Ok(at) => own.get(at),
            Err(_) => system.iter().chain(self.custom_info(entity)).find(|field| field.id == id),
        }
    }

    /// The field of an entity with a name.
    pub fn field_named(&self, entity: EntityKind, name: &str) -> Option<&FieldInfo> {
        built_in(entity).iter().find(|f| f.name == name).or_else(|| self.custom_info(entity).find(|f| f.name == name))
    }

    /// The first field of that name of any entity, those of the header last.
    pub(super) fn field_of_any(&self, name: &str) -> Option<&FieldInfo> {
        EntityKind::ALL.iter().find_map(|entity| self.fields(*entity).find(|field| field.name == name))
    }

    /// The fields of an entity: declared, custom, then those of the header.
    pub fn fields(&self, entity: EntityKind) -> impl Iterator<Item = &FieldInfo> {
        let (system, own) = built_in(entity).split_at(crate::domain::SYSTEM_FIELDS.len());
        own.iter().chain(self.custom_info(entity)).chain(system)
    }

    /// The indexes of an entity.
    pub fn indexes(&self, entity: EntityKind) -> &[IndexInfo] {
        &self.indexes[usize::from(entity.number()) - 1]
    }

    /// The counts of an entity.
    #[expect(clippy::unused_self, reason = "the counts of custom fields, when there are any, belong to a catalog")]
    pub(crate) fn counts(&self, entity: EntityKind) -> &'static [CountInfo] {
        static COUNTS: LazyLock<Vec<Vec<CountInfo>>> =
            LazyLock::new(|| EntityKind::ALL.iter().map(|entity| counts_of(*entity)).collect());
        &COUNTS[usize::from(entity.number()) - 1]
    }

    /// The custom fields, in the order of their declaration.
    pub fn custom_fields(&self) -> &[CustomField] {
        &self.custom
    }

    /// The field of an entity with a name, or the error that says which there are.
    ///
    /// # Errors
    /// `UnknownField` when there is none. There are no others.
    pub fn require_named(&self, entity: EntityKind, name: &str) -> Result<&FieldInfo> {
        self.field_named(entity, name).ok_or_else(|| {
            let names: Vec<&str> = self.fields(entity).map(|f| f.name.as_str()).collect();
            let entity = entity.def().name;
            Error::new(ErrorKind::UnknownField, format!("{entity} has no field {name}; it has {}", names.join(", ")))
                .with("field", name)
                .with("entity", entity)
        })
    }

    /// The field of an entity with an id, or the error.
    ///
    /// # Errors
    /// `UnknownField` when there is none. There are no others.
    pub fn require(&self, entity: EntityKind, id: u16) -> Result<&FieldInfo> {
        self.field(entity, id).ok_or_else(|| {
            let entity = entity.def().name;
            Error::new(ErrorKind::UnknownField, format!("{entity} has no field with the id {id}"))
                .with("field", id)
                .with("entity", entity)
        })
    }

    /// Checks a declaration of an owner's, gives it the next id, and adds it; gives it with the fact that the prefix is the
    /// owner's from now on, when it was free, which the caller writes and takes in.
    ///
    /// # Errors
    /// `InvalidArgument` for a name that is not of the form, a text bound outside of 1 to 100,000, an enumeration or
    /// too many fields; `Duplicate` when the name is taken or the prefix is another's. There are no others.
    pub(crate) fn declare(&mut self, mut field: CustomField, owner: &str) -> Result<(CustomField, Option<Fact>)> {
        self.check_owner(&field, owner)?;
        if self.field_named(field.entity, &field.name).is_some() {
            let entity = field.entity.def().name;
            return Err(Error::new(ErrorKind::Duplicate, format!("{entity} has a field {} already", field.name))
                .with("field", &field.name));
        }
        field.id = CUSTOM_FIELD_ID_MIN + u16::try_from(self.custom.len()).unwrap_or(u16::MAX);
        if field.id > CUSTOM_FIELD_ID_MAX {
            return Err(Error::new(ErrorKind::InvalidArgument, "a database holds at most 10,000 custom fields"));
        }
        self.restore(field.clone());
        let bound = self.bound_to(&field.name, owner);
        Ok((field, bound))
    }

    /// The fact that the prefix of a field is an owner's from now on; `None` when it is already.
    pub(crate) fn bound_to(&self, field: &str, owner: &str) -> Option<Fact> {
        let prefix = needs::prefix_of(field);
        self.needs.owner(prefix).is_none().then(|| needs::prefix_fact(prefix, owner))
    }

    /// That an owner may declare a field of a name: it has the form, and its prefix is the owner's or free.
    ///
    /// # Errors
    /// `InvalidArgument` when it is not of the form; `Duplicate` when the prefix is another's. There are no others.
    pub(crate) fn check_owner(&self, field: &CustomField, owner: &str) -> Result<()> {
        check_declaration(field)?;
        self.check_prefix(&field.name, &format!("{}.{}", field.entity.def().name, field.name), owner)
    }

    /// That a plugin may offer a calculator of a name: it has the form, and its prefix is the plugin's or free.
    ///
    /// # Errors
    /// As [`Catalog::check_owner`].
    pub(crate) fn check_calculator(&self, name: &str, owner: &str) -> Result<()> {
        check_name("a calculator's", name)?;
        self.check_prefix(name, &format!("the calculator {name}"), owner)
    }

    fn check_prefix(&self, name: &str, what: &str, owner: &str) -> Result<()> {
        let prefix = needs::prefix_of(name);
        match self.needs.owner(prefix) {
            Some(other) if other != owner => {
                let whose = if other == COMPANY { "the company".to_owned() } else { format!("plugin {other}") };
                let message = format!(
                    "the prefix {prefix} of {what} belongs to {whose}; a prefix has one owner, choose one that is free"
                );
                Err(Error::new(ErrorKind::Duplicate, message)
                    .with("field", name)
                    .with("owner", other)
                    .with("found", owner)
                    .with("allowed", other))
            }
            _ => Ok(()),
        }
    }

    /// Puts a field that has its id into the catalog, in the place of the one of that id when there is one.
    pub(crate) fn restore(&mut self, field: CustomField) {
        let mut custom = std::mem::take(&mut self.custom);
        match custom.iter_mut().find(|known| known.id == field.id) {
            Some(known) => *known = field,
            None => custom.push(field),
        }
        let (policies, suspended, needs) = (self.policies.clone(), self.suspended.clone(), self.needs.clone());
        *self = Self { policies, suspended, needs, zone: self.zone, ..Self::new(custom) };
    }

    fn custom_info(&self, entity: EntityKind) -> impl Iterator<Item = &FieldInfo> {
        self.infos.iter().filter(move |(e, _)| *e == entity).map(|(_, info)| info)
    }
}

/// The policies of a database that has adopted none, with China's calendar.
fn built_in_shelf() -> Arc<Shelf> {
    static SHELF: LazyLock<Arc<Shelf>> =
        LazyLock::new(|| Arc::new(Shelf::new(crate::domain::Calendar::china().clone())));
    SHELF.clone()
}

/// That a name is of the form of a custom field's or a calculator's, and does not look like a field of the kernel's.
///
/// # Errors
/// `InvalidArgument`. There are no others.
fn check_name(whose: &str, name: &str) -> Result<()> {
    let refused = |message: String| Err(Error::new(ErrorKind::InvalidArgument, message).with("field", name));
    let part = |p: &str| {
        p.starts_with(|c: char| c.is_ascii_lowercase())
            && p.chars().all(|c| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '_')
    };
    let parts: Vec<&str> = name.split('.').collect();
    if parts.len() != 2 || name.len() > 64 || !parts.iter().all(|p| part(p)) {
        return refused(format!(
            "{whose} name is prefix.name in lower-case letters, digits and _, at most 64 long, found {name:?}; a name \
             without a dot is the kernel's"
        ));
    }
    match EntityKind::from_name(parts[0]) {
        None => Ok(()),
        Some(_) => refused(format!("{whose} prefix is {}, which is an entity of the kernel; choose another", parts[0])),
    }
}

pub(super) fn check_declaration(field: &CustomField) -> Result<()> {
    let refused = |message: String| Err(Error::new(ErrorKind::InvalidArgument, message).with("field", &field.name));
    check_name("a custom field's", &field.name)?;
    match field.kind {
        FieldType::Enum(_) => refused("a custom field cannot be an enumeration; use text".to_owned()),
        FieldType::Text { len_max } if len_max == 0 || len_max > 100_000 => {
            refused(format!("a text field holds 1 to 100000 characters at most, found {len_max}"))
        }
        FieldType::Text { len_max } if field.indexed && len_max > 1_000 => {
            refused(format!("an indexed text field holds at most 1000 characters, found {len_max}"))
        }
        FieldType::Int { min, max } if min > max => {
            refused(format!("the least value {min} is above the greatest {max}"))
        }
        _ => Ok(()),
    }
}

/// The declared fields of an entity, those of the header first.
fn built_in(entity: EntityKind) -> &'static [FieldInfo] {
    static FIELDS: LazyLock<Vec<Vec<FieldInfo>>> = LazyLock::new(|| {
        let of =
            |entity: &EntityKind| crate::domain::SYSTEM_FIELDS.iter().chain(entity.def().fields).map(info).collect();
        EntityKind::ALL.iter().map(of).collect()
    });
    &FIELDS[usize::from(entity.number()) - 1]
}

fn info(def: &FieldDef) -> FieldInfo {
    FieldInfo {
        id: def.id,
        name: def.name.to_owned(),
        kind: def.kind,
        label: def.name.replace('_', " "),
        label_zh: def.label_zh.to_owned(),
        required: def.required,
        sensitive: def.sensitive,
        indexed: def.indexed,
        writer: def.writer,
    }
}

fn custom_info(field: &CustomField) -> FieldInfo {
    FieldInfo {
        id: field.id,
        name: field.name.clone(),
        kind: field.kind,
        label: field.label.clone(),
        label_zh: field.label_zh.clone(),
        required: Required::No,
        sensitive: field.sensitive,
        indexed: field.indexed,
        writer: Writer::Caller,
    }
}

fn indexes_of(entity: EntityKind, custom: &[CustomField]) -> Vec<IndexInfo> {
    let def = entity.def();
    let single = |id: u16, name: &str| IndexInfo {
        id,
        name: format!("{}.{name}", def.name),
        fields: vec![id],
        unique: false,
        states: None,
    };
    let mut indexes: Vec<IndexInfo> = def.fields.iter().filter(|f| f.indexed).map(|f| single(f.id, f.name)).collect();
    indexes.extend(def.indexes.iter().map(|index| IndexInfo {
        id: index.id,
        name: format!("{}.{}", def.name, index.name),
        fields: index.fields.to_vec(),
        unique: index.unique,
        states: (!index.states.is_empty()).then(|| {
            let state = def.state.expect("invariant: an index by states belongs to an entity with a state");
            let states = def.states().expect("invariant: a state field is an enumeration");
            (state, index.states.iter().filter_map(|name| states.by_name(name)).map(|v| v.number).collect())
        }),
    }));
    indexes.extend(custom.iter().filter(|f| f.entity == entity && f.indexed).map(|f| single(f.id, &f.name)));
    indexes
}

/// The stored form of a custom field's declaration. Version 1.
pub(crate) fn encode_custom(field: &CustomField) -> Vec<u8> {
    let mut out = bytes::Writer(vec![1, field.entity.number(), field.kind.tag()]);
    let (a, b) = match field.kind {
        FieldType::Text { len_max } => (u64::from(len_max), 0),
        FieldType::Int { min, max } => (min.cast_unsigned(), max.cast_unsigned()),
        FieldType::Ref(entity) => (u64::from(entity.number()), 0),
        _ => (0, 0),
    };
    out.number(u64::from(field.id));
    out.number(a);
    out.number(b);
    out.0.push(u8::from(field.sensitive) | u8::from(field.indexed) << 1);
    out.text(&field.name);
    out.text(&field.label);
    out.text(&field.label_zh);
    out.0
}

/// Reads what [`encode_custom`] wrote.
pub(crate) fn decode_custom(bytes: &[u8]) -> Result<CustomField> {
    let damaged = || Error::new(ErrorKind::Corrupt, "the declaration of a custom field is damaged");
    let mut reader = bytes::Reader(bytes);
    let version = reader.byte()?;
    if version != 1 {
        let message = format!("a field's declaration has form {version}, this version reads form 1");
        return Err(Error::new(ErrorKind::NewerVersion, message));
    }
    let entity = EntityKind::from_number(reader.byte()?).ok_or_else(damaged)?;
    let tag = reader.byte()?;
    let id = u16::try_from(reader.number()?).map_err(|_| damaged())?;
    let (a, b) = (reader.number()?, reader.number()?);
    let kind = match tag {
        1 => FieldType::Text { len_max: u32::try_from(a).map_err(|_| damaged())? },
        2 => FieldType::Int { min: a.cast_signed(), max: b.cast_signed() },
        3 => FieldType::Bool,
        4 => FieldType::Date,
        5 => FieldType::Instant,
        6 => FieldType::Money,
        8 => FieldType::Ref(u8::try_from(a).ok().and_then(EntityKind::from_number).ok_or_else(damaged)?),
        _ => return Err(damaged()),
    };
    let flags = reader.byte()?;
    Ok(CustomField {
        id,
        entity,
        kind,
        name: reader.text()?,
        label: reader.text()?,
        label_zh: reader.text()?,
        sensitive: flags & 1 != 0,
        indexed: flags & 2 != 0,
    })
}
