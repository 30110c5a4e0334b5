//! A database that is none, for checks: fields that are declared, records of a case, China's calendar.

use std::cell::{Cell, RefCell};
use std::collections::{BTreeMap, BTreeSet};
use std::ops::ControlFlow;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use crate::crm::services::monotonic_us;
use crate::domain::{
    CUSTOM_FIELD_ID_MIN, Calendar, CustomField, EntityKind, FIELD_ID, FieldType, Fields, Instant, Value, ValueRef,
};
use crate::error::{Error, ErrorKind, Result};
use crate::plugin::{HOOK_LIMIT_US, LoadOptions, load};
use crate::port::{Computation, Hook, HookInput, Services};
use crate::record::Catalog;

/// The values of a record.
pub(super) type Values = BTreeMap<u16, Value>;

/// A field of an entity, as far as values are made for it.
#[derive(Debug, Clone)]
pub(super) struct Field {
    pub(super) id: u16,
    pub(super) name: String,
    pub(super) kind: FieldType,
    pub(super) sensitive: bool,
    pub(super) indexed: bool,
}

/// What the plugin declared.
#[derive(Default)]
pub(super) struct Scene {
    fields: RefCell<Vec<CustomField>>,
}

impl Scene {
    /// Loads a plugin; its own library alone is allowed, and it need not be signed. `guarded` watches what it does.
    pub(super) fn load(
        &self,
        library: &Path,
        settings: &BTreeMap<String, String>,
        guarded: bool,
    ) -> Result<Arc<dyn Hook>> {
        let allowed: [PathBuf; 1] = [library.to_owned()];
        load(
            library,
            &LoadOptions {
                allowed: &allowed,
                settings,
                custom_field: &|entity, name| {
                    self.fields.borrow().iter().find(|f| f.entity == entity && f.name == name).cloned()
                },
                declare: &|hook| self.declare(hook.fields()),
                keys: &[],
                drafts: true,
                allow_writable: true,
                guarded,
            },
        )
    }

    /// The fields as a database knows them.
    pub(super) fn catalog(&self) -> Catalog {
        Catalog::new(self.fields.borrow().clone())
    }

    fn declare(&self, declared: &[CustomField]) -> Result<()> {
        let mut fields = self.fields.borrow_mut();
        for field in declared {
            let name = &field.name;
            match fields.iter().find(|f| f.entity == field.entity && f.name == *name) {
                Some(there) if there.kind == field.kind => {}
                Some(_) => return Err(Error::new(ErrorKind::Duplicate, format!("{name} is declared with two types"))),
                None => {
                    let id = CUSTOM_FIELD_ID_MIN + u16::try_from(fields.len()).unwrap_or(u16::MAX - 10_000);
                    fields.push(CustomField { id, ..field.clone() });
                }
            }
        }
        Ok(())
    }

    /// The id and the type of a field of an entity, declared, of the header, or custom.
    pub(super) fn field(&self, entity: EntityKind, name: &str) -> Option<(u16, FieldType)> {
        let built_in = entity.def().field_named(name).map(|def| (def.id, def.kind));
        let fields = self.fields.borrow();
        built_in.or_else(|| fields.iter().find(|f| f.entity == entity && f.name == name).map(|f| (f.id, f.kind)))
    }

    /// The name of a field.
    pub(super) fn name(&self, entity: EntityKind, id: u16) -> String {
        let custom = || self.fields.borrow().iter().find(|f| f.entity == entity && f.id == id).map(|f| f.name.clone());
        entity.def().field(id).map(|def| def.name.to_owned()).or_else(custom).unwrap_or_default()
    }

    /// Every field of an entity.
    pub(super) fn fields(&self, entity: EntityKind) -> Vec<Field> {
        let own = entity.def().fields.iter().map(|def| Field {
            id: def.id,
            name: def.name.to_owned(),
            kind: def.kind,
            sensitive: def.sensitive,
            indexed: def.indexed,
        });
        let custom = self.fields.borrow();
        let custom = custom.iter().filter(|f| f.entity == entity).map(|f| Field {
            id: f.id,
            name: f.name.clone(),
            kind: f.kind,
            sensitive: f.sensitive,
            indexed: f.indexed,
        });
        own.chain(custom).collect()
    }
}

/// A change for a hook to look at.
pub(super) struct Change<'a> {
    pub(super) now: Instant,
    pub(super) actor: &'a str,
    pub(super) command: &'a str,
    pub(super) entity: EntityKind,
    pub(super) before: Option<&'a Values>,
    pub(super) after: &'a Values,
    pub(super) customer: Option<&'a Values>,
    pub(super) stored: &'a Stored,
    pub(super) calendar: &'a Calendar,
}

pub(super) const ZONE: chrono_tz::Tz = chrono_tz::Asia::Shanghai;

impl Change<'_> {
    /// Asks with this change.
    pub(super) fn ask<T>(&self, ask: impl FnOnce(&HookInput<'_>) -> T) -> T {
        ask(&HookInput {
            now: self.now,
            today: self.now.date_in(ZONE),
            actor: self.actor,
            command: self.command,
            entity: self.entity,
            before: self.before.map(|values| values as &dyn Fields),
            after: self.after,
            customer: self.customer.map(|values| values as &dyn Fields),
            calendar: self.calendar,
            zone: ZONE,
            services: self.stored,
        })
    }
}

/// A call of a calculator on a day.
pub(super) fn computation<'a>(
    now: Instant,
    name: &'a str,
    arguments: &'a [Option<crate::domain::Quantity>],
    stored: &'a Stored,
) -> Computation<'a> {
    let calendar = stored.calendar();
    Computation { now, today: now.date_in(ZONE), name, arguments, calendar, zone: ZONE, services: stored }
}

/// The stored records of a case, the newest first.
#[derive(Default)]
pub(super) struct Stored {
    pub(super) records: Vec<(EntityKind, u64, Values)>,
    /// How long a hook has run.
    pub(super) ticks: Ticks,
    /// The fields of which an index is kept; of the others nobody finds who refers. Empty for no such look.
    pub(super) indexed: BTreeSet<(EntityKind, u16)>,
    /// The instant of the question, when it is another than noon.
    pub(super) now: Option<Instant>,
    /// The calendar, when it is another than China's.
    pub(super) calendar: Option<Calendar>,
}

impl Stored {
    /// The calendar of the database.
    pub(super) fn calendar(&self) -> &Calendar {
        self.calendar.as_ref().unwrap_or_else(|| Calendar::china())
    }
}

/// A clock of hooks.
#[derive(Default)]
pub(super) enum Ticks {
    /// It stands still.
    #[default]
    Still,
    /// It goes on.
    Running,
    /// It is past every limit as soon as a hook looks.
    Past(Cell<i64>),
}

/// A stored record with its id.
struct Numbered {
    id: u64,
    values: Values,
}

impl Fields for Numbered {
    fn get(&self, field: u16) -> Option<ValueRef<'_>> {
        match field {
            FIELD_ID => Some(ValueRef::Int(self.id.cast_signed())),
            _ => self.values.get(&field).map(Value::as_ref),
        }
    }
}

impl Services for Stored {
    fn record(&self, entity: EntityKind, id: u64) -> Result<Option<Box<dyn Fields>>> {
        let found = self.records.iter().find(|(e, i, _)| *e == entity && *i == id);
        Ok(found.map(|(_, id, values)| Box::new(Numbered { id: *id, values: values.clone() }) as Box<dyn Fields>))
    }

    fn referring(
        &self,
        entity: EntityKind,
        field: u16,
        id: u64,
        visit: &mut dyn FnMut(&dyn Fields) -> ControlFlow<()>,
    ) -> Result<()> {
        if !self.indexed.is_empty() && !self.indexed.contains(&(entity, field)) {
            let message = format!("the field {field} of {} has no index", entity.def().name);
            return Err(Error::new(ErrorKind::InvalidArgument, message));
        }
        for (_, number, values) in self.records.iter().filter(|(e, ..)| *e == entity) {
            let refers = values.get(&field) == Some(&Value::Ref(id));
            if refers && visit(&Numbered { id: *number, values: values.clone() }).is_break() {
                break;
            }
        }
        Ok(())
    }

    fn ticks_us(&self) -> i64 {
        match &self.ticks {
            Ticks::Still => 0,
            Ticks::Running => monotonic_us(),
            Ticks::Past(now) => {
                now.set(now.get() + 2 * HOOK_LIMIT_US);
                now.get()
            }
        }
    }
}
