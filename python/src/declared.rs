//! What a plugin in Python declares: custom fields and calculators, as dataclasses of `crmkernel.plugin`.

use crm_core::Result;
use crm_core::domain::{Calculator, CustomField, EntityKind, Parameter, QuantityType};
use pyo3::prelude::*;

use crate::database::type_named;
use crate::failure::{OrRaise, invalid};

/// The attribute `fields`: objects of `crmkernel.CustomField`.
pub(crate) fn fields(plugin: &Bound<'_, PyAny>) -> PyResult<Vec<CustomField>> {
    let Some(list) = plugin.getattr_opt("fields")? else { return Ok(Vec::new()) };
    list.try_iter()?.map(|item| field(&item?)).collect()
}

fn field(item: &Bound<'_, PyAny>) -> PyResult<CustomField> {
    let py = item.py();
    let text = |name: &str| -> PyResult<String> { item.getattr(name)?.extract() };
    let entity = text("entity")?;
    let entity = EntityKind::from_name(&entity).ok_or_else(|| invalid(format!("there is no entity {entity}")));
    let references: Option<String> = item.getattr("references")?.extract()?;
    let bounds = (item.getattr("min")?.extract()?, item.getattr("max")?.extract()?);
    let len_max: u32 = item.getattr("len_max")?.extract()?;
    Ok(CustomField {
        id: 0,
        entity: entity.or_raise(py)?,
        name: text("name")?,
        kind: type_named(&text("type")?, len_max, bounds, references.as_deref()).or_raise(py)?,
        label: text("label")?,
        label_zh: text("label_zh")?,
        sensitive: item.getattr("sensitive")?.extract()?,
        indexed: item.getattr("indexed")?.extract()?,
    })
}

/// The attribute `entities`: the names of the entities about which the plugin is asked; left out, all of them.
pub(crate) fn entities(plugin: &Bound<'_, PyAny>) -> PyResult<Option<Vec<EntityKind>>> {
    let Some(list) = plugin.getattr_opt("entities")?.filter(|list| !list.is_none()) else { return Ok(None) };
    list.try_iter()?
        .map(|name| entity(&name?.extract::<String>()?).or_raise(plugin.py()))
        .collect::<PyResult<_>>()
        .map(Some)
}

/// The attribute `hides`: the fields that `rights` may hide, as `entity.field`; left out, every field of its entities.
pub(crate) fn hides(plugin: &Bound<'_, PyAny>) -> PyResult<Option<Vec<(EntityKind, String)>>> {
    let Some(list) = plugin.getattr_opt("hides")?.filter(|list| !list.is_none()) else { return Ok(None) };
    let one = |name: PyResult<Bound<'_, PyAny>>| {
        let name: String = name?.extract()?;
        let parted = name
            .split_once('.')
            .ok_or_else(|| invalid(format!("hides holds {name:?}, allowed is entity.field, such as customer.phone")));
        let (of, field) = parted.or_raise(plugin.py())?;
        Ok((entity(of).or_raise(plugin.py())?, field.to_owned()))
    };
    list.try_iter()?.map(one).collect::<PyResult<_>>().map(Some)
}

fn entity(name: &str) -> Result<EntityKind> {
    let names: Vec<&str> = EntityKind::ALL.iter().map(|entity| entity.def().name).collect();
    let unknown = || invalid(format!("there is no entity {name:?}, allowed are {}", names.join(", ")));
    EntityKind::from_name(name).ok_or_else(unknown)
}

/// The attribute `calculators`: objects of `crmkernel.Calculator`.
pub(crate) fn calculators(plugin: &Bound<'_, PyAny>, id: &str) -> PyResult<Vec<Calculator>> {
    let Some(list) = plugin.getattr_opt("calculators")? else { return Ok(Vec::new()) };
    let one = |item: PyResult<Bound<'_, PyAny>>| {
        let item = item?;
        let text = |name: &str| -> PyResult<String> { item.getattr(name)?.extract() };
        Ok(Calculator {
            name: text("name")?,
            label: text("label")?,
            label_zh: text("label_zh")?,
            arguments: parameters(&item.getattr("arguments")?)?,
            results: parameters(&item.getattr("results")?)?,
            plugin: id.to_owned(),
        })
    };
    list.try_iter()?.map(one).collect()
}

fn parameters(list: &Bound<'_, PyAny>) -> PyResult<Vec<Parameter>> {
    let one = |item: PyResult<Bound<'_, PyAny>>| {
        let item = item?;
        let text = |name: &str| -> PyResult<String> { item.getattr(name)?.extract() };
        let kind = kind(&text("type")?).or_raise(item.py())?;
        let optional = item.getattr("optional")?.extract()?;
        Ok(Parameter { name: text("name")?, label: text("label")?, label_zh: text("label_zh")?, kind, optional })
    };
    list.try_iter()?.map(one).collect()
}

fn kind(name: &str) -> Result<QuantityType> {
    QuantityType::ALL.into_iter().find(|kind| kind.name() == name).ok_or_else(|| {
        let names: Vec<&str> = QuantityType::ALL.iter().map(|kind| kind.name()).collect();
        invalid(format!("the type is {name:?}, allowed are {}", names.join(", ")))
    })
}
