//! How an entity is declared: once, with every fact about each of its fields.

use super::value::FieldType;

/// One value of an enumeration.
#[derive(Debug, PartialEq, Eq)]
pub struct EnumValue {
    /// The stored number, never reused.
    pub number: u16,
    /// The stable name in snake case.
    pub name: &'static str,
    /// The Chinese label.
    pub label_zh: &'static str,
    /// What it means.
    pub doc: &'static str,
}

/// An enumeration: a closed list of named values.
#[derive(Debug, PartialEq, Eq)]
pub struct EnumDef {
    /// The name in snake case.
    pub name: &'static str,
    /// The values in the order of their numbers.
    pub values: &'static [EnumValue],
}

impl EnumDef {
    /// The value with a stored number.
    pub fn by_number(&self, number: u16) -> Option<&'static EnumValue> {
        self.values.iter().find(|v| v.number == number)
    }

    /// The value with a name.
    pub fn by_name(&self, name: &str) -> Option<&'static EnumValue> {
        self.values.iter().find(|v| v.name == name)
    }

    /// The names, comma-separated, for a message that says what is allowed.
    pub fn allowed(&self) -> String {
        self.values.iter().map(|v| v.name).collect::<Vec<_>>().join(", ")
    }
}

/// Who may set a field.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Writer {
    /// The caller, by add, update and the verbs that take it.
    Caller,
    /// The caller by a verb that takes it, or when adding a record of the past; never by a plain update.
    Verb,
    /// The kernel alone.
    Kernel,
}

/// When a field must be there.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Required {
    /// Never.
    No,
    /// In every record.
    Always,
    /// In the states of these names.
    In(&'static [&'static str]),
}

/// Everything that is known about a field.
#[derive(Debug, PartialEq, Eq)]
pub struct FieldDef {
    /// The stable number within the entity, never reused. Built-in fields are below [`CUSTOM_FIELD_ID_MIN`].
    pub id: u16,
    /// The name in snake case.
    pub name: &'static str,
    /// The type with its bounds.
    pub kind: FieldType,
    /// The Chinese label.
    pub label_zh: &'static str,
    /// What it means, in English.
    pub doc: &'static str,
    /// When it must be there.
    pub required: Required,
    /// Whether it is personal or secret: kept out of messages, shown to a plugin only with a capability.
    pub sensitive: bool,
    /// Whether an index of its own is kept.
    pub indexed: bool,
    /// Who may set it.
    pub writer: Writer,
    /// Whether it names a user by the code, and so is kept in the normal form of names ([`super::user_name`]).
    pub names_user: bool,
    /// Whether only a manager changes or clears a value that is there: what a deadline runs from, or what decides which guards
    /// hold. Everybody who may add the record gives it the first time.
    pub managed: bool,
    /// What it is made from, so that it is hidden where one of these is: names of fields of the record; of its customer, as
    /// `customer.signed_on`; or of records that name the same customer, as `survey_answer.points`. `@dates` stands for every
    /// date and instant of the record.
    pub made_from: &'static [&'static str],
}

/// What [`FieldDef::made_from`] says for every date and instant of the record.
pub const MADE_FROM_DATES: &str = "@dates";

/// An index or a unique key over several fields.
#[derive(Debug, PartialEq, Eq)]
pub struct IndexDef {
    /// The stable number within the entity, never reused; above every field id.
    pub id: u16,
    /// The name in snake case.
    pub name: &'static str,
    /// The fields, in the order of the key.
    pub fields: &'static [u16],
    /// Whether at most one record may hold the same values. Such a key is in force when all its fields are there.
    pub unique: bool,
    /// The names of the states whose records are in the index; empty for all.
    pub states: &'static [&'static str],
}

/// A count: how many records have the same values in some fields, kept with every write.
#[derive(Debug, PartialEq, Eq)]
pub struct CountDef {
    /// The stable number within the entity, never reused; above every index id.
    pub id: u16,
    /// The name in snake case.
    pub name: &'static str,
    /// The fields, in the order of the key.
    pub fields: &'static [u16],
}

/// An entity: its name, labels, fields, indexes and counts.
#[derive(Debug, PartialEq, Eq)]
pub struct EntityDef {
    /// Which entity.
    pub kind: EntityKind,
    /// The name in snake case, singular.
    pub name: &'static str,
    /// The name in snake case, plural.
    pub plural: &'static str,
    /// The Chinese label.
    pub label_zh: &'static str,
    /// What it means, in English.
    pub doc: &'static str,
    /// The field that holds the state, when the entity has a state machine.
    pub state: Option<u16>,
    /// The field that holds the business code.
    pub code: u16,
    /// The fields in the order of their ids.
    pub fields: &'static [FieldDef],
    /// Those of them that must be there, always or in some states.
    pub required: &'static [&'static FieldDef],
    /// Those of them that name a user.
    pub names_users: &'static [&'static FieldDef],
    /// The indexes over several fields, and the unique keys.
    pub indexes: &'static [IndexDef],
    /// The counts by values. How many records there are in all is counted for every entity.
    pub counts: &'static [CountDef],
}

impl EntityDef {
    /// The built-in or system field with an id.
    pub fn field(&self, id: u16) -> Option<&'static FieldDef> {
        match self.fields.binary_search_by_key(&id, |f| f.id) {
            Ok(at) => self.fields.get(at),
            Err(_) => SYSTEM_FIELDS.iter().find(|f| f.id == id),
        }
    }

    /// The built-in or system field with a name.
    pub fn field_named(&self, name: &str) -> Option<&'static FieldDef> {
        self.fields.iter().chain(SYSTEM_FIELDS).find(|f| f.name == name)
    }

    /// The field that names the customer to whom a record belongs, when the entity has one.
    pub fn customer(&self) -> Option<u16> {
        let of_customer = |f: &&FieldDef| f.name == "customer" && f.kind == FieldType::Ref(EntityKind::Customer);
        self.fields.iter().find(of_customer).map(|f| f.id)
    }

    /// The enumeration of the states, when the entity has a state machine.
    pub fn states(&self) -> Option<&'static EnumDef> {
        match self.field(self.state?)?.kind {
            FieldType::Enum(def) => Some(def),
            _ => None,
        }
    }
}

/// The field of every entity that names the dates which cannot be and were recorded as they are.
pub const FIELD_DATE_DOUBT: u16 = 99;

/// The least id of a custom field.
pub const CUSTOM_FIELD_ID_MIN: u16 = 10_000;
/// The greatest id of a custom field.
pub const CUSTOM_FIELD_ID_MAX: u16 = 19_999;
/// The least id of an index over several fields.
pub const INDEX_ID_MIN: u16 = 20_000;
/// The least id of a count by values.
pub const COUNT_ID_MIN: u16 = 21_000;

/// The id of the system field `id`.
pub const FIELD_ID: u16 = 60_001;
/// The id of the system field `revision`.
pub const FIELD_REVISION: u16 = 60_002;
/// The id of the system field `created_at`.
pub const FIELD_CREATED_AT: u16 = 60_003;
/// The id of the system field `updated_at`.
pub const FIELD_UPDATED_AT: u16 = 60_004;

const fn system_field(
    id: u16,
    name: &'static str,
    kind: FieldType,
    label_zh: &'static str,
    doc: &'static str,
) -> FieldDef {
    FieldDef {
        id,
        name,
        kind,
        label_zh,
        doc,
        required: Required::Always,
        sensitive: false,
        indexed: false,
        writer: Writer::Kernel,
        names_user: false,
        managed: false,
        made_from: &[],
    }
}

/// The fields that every record has in its header.
pub static SYSTEM_FIELDS: &[FieldDef] = &[
    system_field(
        FIELD_ID,
        "id",
        FieldType::Int { min: 1, max: i64::MAX },
        "编号",
        "The id, allocated in order per entity.",
    ),
    system_field(
        FIELD_REVISION,
        "revision",
        FieldType::Int { min: 1, max: i64::MAX },
        "修订号",
        "How often the record was written; an update names the revision that it read.",
    ),
    system_field(FIELD_CREATED_AT, "created_at", FieldType::Instant, "创建时间", "When the record was added."),
    system_field(FIELD_UPDATED_AT, "updated_at", FieldType::Instant, "更新时间", "When the record was last changed."),
];

/// Declares an enumeration: its numbers, names, labels and meaning, and the Rust type.
macro_rules! enumeration {
    (
        $(#[doc = $doc:literal])+
        $name:ident, $text:literal {
            $($(#[doc = $vdoc:literal])+ $variant:ident = $number:literal, $vtext:literal, $label:literal;)+
        }
    ) => {
        $(#[doc = $doc])+
        #[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
        #[non_exhaustive]
        pub enum $name { $($(#[doc = $vdoc])+ $variant,)+ }

        impl $name {
            /// The declaration.
            pub const DEF: &'static $crate::domain::EnumDef = &$crate::domain::EnumDef {
                name: $text,
                values: &[$($crate::domain::EnumValue {
                    number: $number,
                    name: $vtext,
                    label_zh: $label,
                    doc: concat!($($vdoc),+).trim_ascii(),
                }),+],
            };

            /// The stored number.
            pub const fn number(self) -> u16 { match self { $(Self::$variant => $number,)+ } }

            /// The stable name.
            pub const fn name(self) -> &'static str { match self { $(Self::$variant => $vtext,)+ } }

            /// The value with a stored number.
            pub const fn from_number(number: u16) -> Option<Self> {
                match number { $($number => Some(Self::$variant),)+ _ => None }
            }
        }
    };
}

/// Declares the entities: which there are, from one list.
macro_rules! entity_kinds {
    ($($(#[doc = $doc:literal])+ $kind:ident = $number:literal;)+) => {
        /// Which entity. The number is stored and never reused.
        #[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
        #[non_exhaustive]
        pub enum EntityKind { $($(#[doc = $doc])+ $kind,)+ }

        impl EntityKind {
            /// Every entity, in the order of the numbers.
            pub const ALL: &'static [EntityKind] = &[$(EntityKind::$kind,)+];

            /// The stored number.
            pub const fn number(self) -> u8 { match self { $(Self::$kind => $number,)+ } }

            /// The entity with a stored number.
            pub const fn from_number(number: u8) -> Option<Self> {
                match number { $($number => Some(Self::$kind),)+ _ => None }
            }

            /// The declaration.
            pub fn def(self) -> &'static EntityDef { match self { $(Self::$kind => &super::$kind::DEF,)+ } }

            /// The entity with a name, singular or plural.
            pub fn from_name(name: &str) -> Option<Self> {
                Self::ALL.iter().copied().find(|k| k.def().name == name || k.def().plural == name)
            }
        }
    };
}

entity_kinds! {
    /// A party that buys, bought or may buy.
    Customer = 1;
    /// A natural person at a customer.
    Person = 2;
    /// A planned or held contact with a customer.
    Visit = 3;
    /// A complaint of a customer to the company.
    Complaint = 4;
    /// A corrective or preventive action.
    Action = 5;
    /// An appeal of a customer to an authority.
    Appeal = 6;
    /// A review of a settled complaint by a superior unit.
    Review = 7;
    /// One year of the working-day calendar.
    WorkYear = 8;
    /// A satisfaction survey.
    Survey = 9;
    /// The answer of a customer to a question of a survey.
    SurveyAnswer = 10;
    /// The satisfaction of a customer in a period.
    SatisfactionScore = 11;
    /// One thing that the file of a customer holds.
    InformationItem = 12;
    /// The relation of a person to another.
    PersonRelation = 13;
    /// The relation of a party to another.
    PartnerRelation = 14;
    /// A unit of the company itself.
    OrgUnit = 15;
    /// A person of the company who works with the system.
    User = 16;
    /// An access to what is protected of a customer.
    AccessRecord = 17;
    /// What the company means to do at a customer.
    CustomerPlan = 18;
    /// What is found out about a customer before it is taken on.
    Investigation = 19;
}

/// Declares an entity: each field once, with everything that is known about it.
///
/// From this come the struct, the field ids, the codec, the indexes, the C constants, the Python attributes and
/// stubs, the Arrow columns, the import headings and the tables in the docs.
macro_rules! entity {
    (
        $(#[doc = $doc:literal])+
        $entity:ident, $name:literal, $plural:literal, $label:literal, state $state:tt, code $code:ident {
            $(
                $(#[doc = $fdoc:literal])+
                $field:ident = $id:literal, $kind:ident $(($($arg:tt)*))?, $flabel:literal $(, $flag:ident $(($($farg:tt)*))?)*;
            )+
        }
        indexes {
            $($index:ident = $iid:literal, [$($ifield:ident),+] $(, $iflag:ident $(($($istate:literal),+))?)*;)*
        }
        $(counts {
            $($count:ident = $cid:literal, [$($cfield:ident),+];)*
        })?
    ) => {
        $(#[doc = $doc])+
        #[derive(Debug, Clone, Default, PartialEq, Eq)]
        pub struct $entity {
            $($(#[doc = $fdoc])+ pub $field: Option<entity!(@rust $kind $(($($arg)*))?)>,)+
            /// The custom fields that are there, by id.
            pub custom: std::collections::BTreeMap<u16, $crate::domain::Value>,
        }

        #[doc = concat!("The field ids of ", $name, ".")]
        pub mod field {
            $($(#[doc = $fdoc])+ #[expect(non_upper_case_globals, reason = "a constant named as the field it stands for")] pub const $field: u16 = $id;)+
        }

        impl $entity {
            const FIELDS: &'static [$crate::domain::FieldDef] = &[$(entity!(@flags {
                id: $id,
                name: stringify!($field),
                kind: entity!(@type $kind $(($($arg)*))?),
                label_zh: $flabel,
                doc: concat!($($fdoc),+).trim_ascii(),
            } $($flag $(($($farg)*))?)*)),+];

            const REQUIRED: [&'static $crate::domain::FieldDef; $crate::domain::entity::Flag::Required.count(Self::FIELDS)] =
                $crate::domain::entity::Flag::Required.of(Self::FIELDS);
            const NAMES_USERS: [&'static $crate::domain::FieldDef; $crate::domain::entity::Flag::NamesUser.count(Self::FIELDS)] =
                $crate::domain::entity::Flag::NamesUser.of(Self::FIELDS);

            /// The declaration.
            pub const DEF: $crate::domain::EntityDef = $crate::domain::EntityDef {
                kind: $crate::domain::EntityKind::$entity,
                name: $name,
                plural: $plural,
                label_zh: $label,
                doc: concat!($($doc),+).trim_ascii(),
                state: entity!(@state $state),
                code: field::$code,
                fields: Self::FIELDS,
                required: &Self::REQUIRED,
                names_users: &Self::NAMES_USERS,
                indexes: &[$($crate::domain::EntityDef::index($iid, stringify!($index), &[$(field::$ifield),+])
                    $(.$iflag($(&[$($istate),+])?))*),*],
                counts: &[$($($crate::domain::CountDef {
                    id: $cid,
                    name: stringify!($count),
                    fields: &[$(field::$cfield),+],
                }),*)?],
            };

            /// The values that are set, by field id.
            pub fn to_values(&self) -> std::collections::BTreeMap<u16, $crate::domain::Value> {
                let mut values = self.custom.clone();
                $(if let Some(v) = &self.$field {
                    values.insert($id, entity!(@wrap v $kind $(($($arg)*))?));
                })+
                values
            }

            /// The values that are set, as changes for a command.
            pub fn to_changes(&self) -> $crate::domain::Changes {
                self.to_values().into_iter().map(|(field, value)| (field, Some(value))).collect()
            }

            /// The struct of these values, such as those of [`crate::Record::iter`].
            ///
            /// # Errors
            /// `WrongType` when a value has another type than its field. There are no others.
            pub fn from_values<'v>(values: impl Iterator<Item = (u16, $crate::domain::ValueRef<'v>)>) -> $crate::error::Result<Self> {
                let mut out = Self::default();
                for (id, value) in values {
                    match id {
                        $($id => out.$field = Some(entity!(@unwrap value stringify!($field), $kind $(($($arg)*))?)),)+
                        $crate::domain::CUSTOM_FIELD_ID_MIN..=$crate::domain::CUSTOM_FIELD_ID_MAX => {
                            out.custom.insert(id, value.to_value());
                        }
                        _ => {}
                    }
                }
                Ok(out)
            }
        }
    };

    (@state none) => { None };
    (@state $field:ident) => { Some(field::$field) };

    (@rust Text ($($a:tt)*)) => { String };
    (@rust Int $(($($a:tt)*))?) => { i64 };
    (@rust Bool) => { bool };
    (@rust Date) => { $crate::domain::Date };
    (@rust Instant) => { $crate::domain::Instant };
    (@rust Money) => { $crate::domain::Money };
    (@rust Enum ($e:ident)) => { $e };
    (@rust Ref ($e:ident)) => { u64 };

    (@type Text ($max:literal)) => { $crate::domain::FieldType::Text { len_max: $max } };
    (@type Int) => { $crate::domain::FieldType::Int { min: i64::MIN, max: i64::MAX } };
    (@type Int ($min:literal, $max:literal)) => { $crate::domain::FieldType::Int { min: $min, max: $max } };
    (@type Bool) => { $crate::domain::FieldType::Bool };
    (@type Date) => { $crate::domain::FieldType::Date };
    (@type Instant) => { $crate::domain::FieldType::Instant };
    (@type Money) => { $crate::domain::FieldType::Money };
    (@type Enum ($e:ident)) => { $crate::domain::FieldType::Enum($e::DEF) };
    (@type Ref ($e:ident)) => { $crate::domain::FieldType::Ref($crate::domain::EntityKind::$e) };

    (@wrap $v:ident Text $a:tt) => { $crate::domain::Value::Text($v.clone()) };
    (@wrap $v:ident Int $($a:tt)?) => { $crate::domain::Value::Int(*$v) };
    (@wrap $v:ident Bool) => { $crate::domain::Value::Bool(*$v) };
    (@wrap $v:ident Date) => { $crate::domain::Value::Date(*$v) };
    (@wrap $v:ident Instant) => { $crate::domain::Value::Instant(*$v) };
    (@wrap $v:ident Money) => { $crate::domain::Value::Money(*$v) };
    (@wrap $v:ident Enum $a:tt) => { $crate::domain::Value::Enum($v.number()) };
    (@wrap $v:ident Ref $a:tt) => { $crate::domain::Value::Ref(*$v) };

    (@unwrap $v:ident $name:expr, Text $a:tt) => {
        match $v { $crate::domain::ValueRef::Text(x) => x.to_owned(), other => return Err($crate::domain::wrong_type($name, "text", other)) }
    };
    (@unwrap $v:ident $name:expr, Enum ($e:ident)) => {
        match $v {
            $crate::domain::ValueRef::Enum(x) => match $e::from_number(x) {
                Some(e) => e,
                None => return Err($crate::domain::wrong_type($name, $e::DEF.name, $v)),
            },
            other => return Err($crate::domain::wrong_type($name, "enum", other)),
        }
    };
    (@unwrap $v:ident $name:expr, $kind:ident $($a:tt)?) => {
        match $v { $crate::domain::ValueRef::$kind(x) => x, other => return Err($crate::domain::wrong_type($name, entity!(@type $kind $($a)?).name(), other)) }
    };

    (@flags { $($base:tt)* } $($flag:ident $(($($farg:tt)*))?)*) => {{
        #[allow(unused_mut, clippy::allow_attributes, reason = "a field without flags changes nothing")]
        let mut def = $crate::domain::FieldDef {
            $($base)*
            required: $crate::domain::Required::No,
            sensitive: false,
            indexed: false,
            writer: $crate::domain::Writer::Caller,
            names_user: false,
            managed: false,
            made_from: &[],
        };
        $(entity!(@flag def $flag $(($($farg)*))?);)*
        def
    }};
    (@flag $def:ident required) => { $def.required = $crate::domain::Required::Always };
    (@flag $def:ident required_in ($($s:literal),+)) => { $def.required = $crate::domain::Required::In(&[$($s),+]) };
    (@flag $def:ident sensitive) => { $def.sensitive = true };
    (@flag $def:ident indexed) => { $def.indexed = true };
    (@flag $def:ident verb) => { $def.writer = $crate::domain::Writer::Verb };
    (@flag $def:ident names_user) => { $def.names_user = true };
    (@flag $def:ident managed) => { $def.managed = true };
    (@flag $def:ident made_from ($($s:literal),+)) => { $def.made_from = &[$($s),+] };
    (@flag $def:ident kernel) => { $def.writer = $crate::domain::Writer::Kernel };
}

pub(crate) use {entity, enumeration};

impl EntityDef {
    /// An index over fields, for the declaration macro.
    pub(crate) const fn index(id: u16, name: &'static str, fields: &'static [u16]) -> IndexDef {
        IndexDef { id, name, fields, unique: false, states: &[] }
    }
}

/// By what an entity lists some of its fields, so that a write need not look at all of them.
#[derive(Clone, Copy)]
pub(crate) enum Flag {
    Required,
    NamesUser,
}

impl Flag {
    const fn is_of(self, field: &FieldDef) -> bool {
        match self {
            Flag::Required => !matches!(field.required, Required::No),
            Flag::NamesUser => field.names_user,
        }
    }

    /// How many fields have it, for the declaration macro.
    pub(crate) const fn count(self, fields: &[FieldDef]) -> usize {
        let (mut at, mut count) = (0, 0);
        while at < fields.len() {
            count += self.is_of(&fields[at]) as usize;
            at += 1;
        }
        count
    }

    /// The fields that have it, all `N` of them, for the declaration macro.
    pub(crate) const fn of<const N: usize>(self, fields: &'static [FieldDef]) -> [&'static FieldDef; N] {
        let mut found = [&fields[0]; N];
        let (mut at, mut count) = (0, 0);
        while at < fields.len() {
            if self.is_of(&fields[at]) {
                found[count] = &fields[at];
                count += 1;
            }
            at += 1;
        }
        found
    }
}

impl IndexDef {
    /// Makes the index a unique key.
    pub(crate) const fn unique(mut self) -> Self {
        self.unique = true;
        self
    }

    /// Keeps only the records in these states.
    pub(crate) const fn states(mut self, states: &'static [&'static str]) -> Self {
        self.states = states;
        self
    }
}
