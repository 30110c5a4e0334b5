//! What rules cost behind the plugin ABI: a hook against the same rule called directly and by JSON, and the share of
//! plugins in a write.

use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::Arc;

use crm_core::domain::{Calendar, CustomerStatus, Date, EntityKind, Fields, Instant, ValueRef, customer::field};
use crm_core::plugin::{LoadOptions, Registry, load};
use crm_core::port::{Answer, Computation, Hook, HookInput, NoServices, Point};
use crm_core::{Record, Violation};

use crate::base::{Base, remove};
use crate::json;
use crate::kernel::Kernel;
use crate::measure::{
    Contender, Operation, Result, Sum, Turn, compare, hundredths, medians, timed, timed_on_processor,
};
use crate::options::Options;
use crate::rows::{Customer, customers};
use rules::{Fifteen, Four};

#[path = "../plugin/src/rules.rs"]
mod rules;

/// How many records are asked about, one after the other.
const RECORDS: u64 = 1_000;
/// How often a turn asks about each.
const ROUNDS: u64 = 50;
/// A line is for so many hooks, since one is too short for whole nanoseconds.
const HOOKS: u64 = 100;
/// Writes of a turn.
pub(crate) const WRITES: u64 = 300;

/// The eleven texts of the rule over fifteen fields.
pub(crate) const TEXTS: [u16; 11] = [
    field::code,
    field::name,
    field::short_name,
    field::pinyin,
    field::owner,
    field::org_unit,
    field::region,
    field::industry,
    field::address,
    field::email,
    field::website,
];

pub(crate) fn run(options: &Options, base: &Base) -> Result<()> {
    let library = build()?;
    hooks(options, base, &library)?;
    writes(options, base, &library)
}

/// Has cargo build the plugin, which it does not for a program that only loads it, and writes its manifest.
pub(crate) fn build() -> Result<PathBuf> {
    let program = std::env::current_exe()?;
    let folder = program.parent().ok_or("the program lies in no folder")?;
    let target = folder.parent().ok_or("the program lies in no target folder")?;
    let mut cargo = Command::new(env!("CARGO"));
    cargo.args(["build", "-q", "-p", "crm-bench-plugin", "-p", "crm-plugin-sdk", "--target-dir"]).arg(target);
    if !cfg!(debug_assertions) {
        cargo.arg("--release");
    }
    let source = Path::new(env!("CARGO_MANIFEST_DIR")).join("plugin");
    let library = folder.join("libcrm_bench_plugin.so");
    let built = cargo.current_dir(&source).status()?.success();
    let mut tool = Command::new(folder.join("crmk-plugin-manifest"));
    if !built || !tool.arg(&library).arg(source.join("plugin.toml")).output()?.status.success() {
        return Err("the plugin of the benchmark cannot be built".into());
    }
    Ok(library)
}

pub(crate) fn loaded(library: &Path) -> Result<Arc<dyn Hook>> {
    let (allowed, settings) = ([library.to_owned()], std::collections::BTreeMap::new());
    let options = LoadOptions {
        allowed: &allowed,
        settings: &settings,
        custom_field: &|_, _| None,
        declare: &|_| Ok(()),
        keys: &[],
        drafts: false,
        allow_writable: false,
        guarded: false,
    };
    Ok(load(library, &options)?)
}

/// One way of asking about a record: how many violations there are.
type Ask<'a> = Box<dyn Fn(&Record) -> Result<usize> + 'a>;

/// A hook by its ways, on stored records: through the ABI, directly, and by JSON.
fn hooks(options: &Options, base: &Base, library: &Path) -> Result<()> {
    let path = base.path("hooks.crm");
    remove(&path)?;
    let kernel = Kernel::open(&path)?;
    kernel.load(&customers(0, RECORDS, RECORDS), 1_000)?;
    let records = (1..=RECORDS).map(|id| kernel.record(id)).collect::<Result<Vec<_>>>()?;
    let hook = loaded(library)?;
    let mut registry = Registry::new();
    registry.add(hook.clone())?;
    let calendar = Calendar::new("CN", []);
    let now = Instant::from_us(1_790_000_000_000_000)?;
    let today = Date::from_epoch_days(20_717).ok_or("the day is out of range")?;
    for (point, count) in [(Point::Validate, 4), (Point::Complaint, 15)] {
        let direct: fn(&Record) -> bool = if count == 4 { |r| refuses_four(r) } else { |r| refuses_fifteen(r) };
        let entry: json::Entry = if count == 4 { json::four_fields } else { json::fifteen_fields };
        let entry = std::hint::black_box(entry);
        let (hook, registry, of_case) = (&hook, &registry, (&calendar, now, today));
        let through = move |record: &Record| Ok(hook.ask(point, &input(record, of_case))?.violations.len());
        let guarded = move |record: &Record| {
            let input = input(record, of_case);
            Ok(registry.validate(&input, &|_, _, _, _| Ok(()))?.len())
        };
        let mut ways: Vec<(&'static str, Ask<'_>)> = vec![("through the ABI", Box::new(through))];
        if point == Point::Validate {
            // The registry asks the other hook about complaints alone.
            ways.push(("(through the ABI and the registry)", Box::new(guarded)));
        }
        let plain: Vec<(&'static str, Ask<'_>)> = vec![
            ("called directly", Box::new(move |record| Ok(answered(direct(record)).violations.len()))),
            (
                "by JSON",
                Box::new(move |record| Ok(json::ask(entry, &input(record, of_case), record)?.violations.len())),
            ),
        ];
        ways.extend(plain);
        let records = &records;
        let contenders =
            ways.into_iter().map(|(name, ask)| Contender::on_processor(name, move |_| ask_all(records, &ask)));
        let title = format!("{HOOKS} hooks that read {count} fields of a customer of 20");
        let operation = Operation { title, per_turn: RECORDS * ROUNDS / HOOKS, warm_up: true };
        let medians = medians(options.runs, &operation, contenders.collect())?;
        let [abi, .., direct, by_json] = medians[..] else { return Err("a way is missing".into()) };
        println!(
            "| | the ABI takes {} times the direct call, JSON {} times the ABI | | | |",
            hundredths(abi * 100 / direct),
            hundredths(by_json * 100 / abi)
        );
    }
    kernel.close()
}

fn ask_all(records: &[Record], ask: &Ask<'_>) -> Result<Sum> {
    let mut found = 0;
    for _ in 0..ROUNDS {
        for record in records {
            found += ask(record)?;
        }
    }
    Ok(Sum::of_rows(found as u64))
}

/// What a hook gets; the instant and the day are the use case's, which does not make them for each hook.
fn input<'a>(after: &'a dyn Fields, (calendar, now, today): (&'a Calendar, Instant, Date)) -> HookInput<'a> {
    HookInput {
        now,
        today,
        actor: "u.bench",
        command: "update",
        entity: EntityKind::Customer,
        before: None,
        after,
        customer: None,
        calendar,
        zone: chrono_tz::Asia::Shanghai,
        services: &NoServices,
    }
}

/// The same answer as the plugin's.
pub(crate) fn answered(refused: bool) -> Answer {
    let violation = || Violation {
        field: "phone".into(),
        code: "required".into(),
        message: "the telephone of an active customer is missing".into(),
        message_zh: "缺少电话".into(),
        rule: "BENCH-1".into(),
        source: "".into(),
        inputs: Vec::new(),
        policy_version: "".into(),
        plugin: String::new(),
    };
    Answer { violations: refused.then(violation).into_iter().collect(), ..Answer::default() }
}

fn four(record: &dyn Fields) -> Four<'_> {
    Four {
        active: record.enumeration(field::status) == Some(CustomerStatus::Active.number()),
        phone: record.text(field::phone).unwrap_or_default(),
        employee_count: match record.get(field::employee_count) {
            Some(ValueRef::Int(count)) => count,
            _ => 0,
        },
        next_due_on: record.date(field::next_due_on).map_or(0, |day| day.to_epoch_days()),
    }
}

#[inline(never)]
fn refuses_four(record: &dyn Fields) -> bool {
    rules::refuses_four(&four(record))
}

#[inline(never)]
fn refuses_fifteen(record: &dyn Fields) -> bool {
    let texts = TEXTS.map(|field| record.text(field).unwrap_or_default());
    rules::refuses_fifteen(&Fifteen { four: four(record), texts })
}

/// The rule over four fields, for rows that come in another form.
pub(crate) fn refuses(active: bool, phone: &str, employee_count: i64, next_due_on: i32) -> bool {
    rules::refuses_four(&Four { active, phone, employee_count, next_due_on })
}

/// As [`refuses`], with the eleven texts.
pub(crate) fn refuses_with(
    active: bool,
    phone: &str,
    employee_count: i64,
    next_due_on: i32,
    texts: [&str; 11],
) -> bool {
    rules::refuses_fifteen(&Fifteen { four: Four { active, phone, employee_count, next_due_on }, texts })
}

/// The same plugin once more, under another name and with a state of its own.
struct Again {
    id: String,
    hook: Arc<dyn Hook>,
}

impl Hook for Again {
    fn id(&self) -> &str {
        &self.id
    }

    fn version(&self) -> &str {
        self.hook.version()
    }

    fn offers(&self, point: Point) -> bool {
        self.hook.offers(point)
    }

    fn ask(&self, point: Point, input: &HookInput<'_>) -> crm_core::Result<Answer> {
        self.hook.ask(point, input)
    }

    fn compute(&self, computation: &Computation<'_>) -> crm_core::Result<Answer> {
        self.hook.compute(computation)
    }
}

/// Creates with no, one and five plugins, durable, and on a store that forgets.
fn writes(options: &Options, base: &Base, library: &Path) -> Result<()> {
    for (title, durable) in [("one durable create", true), ("one create on a store that forgets", false)] {
        let open = |plugins: usize| -> Result<Kernel> {
            let path = base.path(&format!("plugins_{plugins}.crm"));
            remove(&path)?;
            let kernel = if durable { Kernel::open(&path)? } else { Kernel::forgetful()? };
            for number in 0..plugins {
                kernel.register(Arc::new(Again { id: format!("bench.{number}"), hook: loaded(library)? }))?;
            }
            Ok(kernel)
        };
        let (none, one, five) = (open(0)?, open(1)?, open(5)?);
        let contender = |name, kernel| {
            Contender::new(name, move |run| {
                let rows = accepted(run);
                clock(durable)(&mut || Kernel::create_each(kernel, &rows))
            })
        };
        let contenders =
            vec![contender("no plugin", &none), contender("1 plugin", &one), contender("5 plugins", &five)];
        let operation = Operation { title: title.into(), per_turn: WRITES, warm_up: true };
        compare(options.runs, &operation, contenders)?;
        [none, one, five].into_iter().try_for_each(Kernel::close)?;
    }
    Ok(())
}

/// How creates are timed: by the processor time where nothing waits.
pub(crate) fn clock(durable: bool) -> fn(&mut dyn FnMut() -> Result<Sum>) -> Result<Turn> {
    if durable { |work| timed(work) } else { |work| timed_on_processor(work) }
}

/// Customers of a run that the rule does not refuse.
pub(crate) fn accepted(run: u64) -> Vec<Customer> {
    let rows = customers(run * WRITES * 2, WRITES * 2, 100_000).into_iter();
    let refused = |row: &Customer| {
        let active = row.status == CustomerStatus::Active.number();
        refuses(active, &row.phone, row.employee_count, row.next_due_on.to_epoch_days())
    };
    rows.filter(|row| !refused(row)).take(usize::try_from(WRITES).unwrap_or(0)).collect()
}
