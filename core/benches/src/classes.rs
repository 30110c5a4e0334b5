//! Customers sorted into classes and planned anew by another policy, a process of its own for each share that changes; and
//! what policy and a plugin cost a write.

use std::env;
use std::ops::ControlFlow;
use std::path::Path;
use std::process::Command as Process;

use crm_core::domain::{Changes, Command, EntityKind, NewPolicy, Value, Verb, customer};
use crm_core::{Atomicity, Reclassified, Session};

use crate::base::{BATCH, Base, remove};
use crate::growth::peak_memory_mb;
use crate::kernel::{Kernel, add};
use crate::measure::{Contender, Operation, Result, Sum, hundredths, median, medians, now, print_head, show_ns};
use crate::options::Options;
use crate::plugins;
use crate::rows::{Customer, customers, day};

/// The customers with so many employees and more are large, before and after; employees are spread evenly below 10,000.
const SHARES: [(&str, u64, [&str; 2]); 3] = [
    ("no customer changes", 0, ["employee_count >= 5000", "employee_count >= 5000"]),
    ("one in ten changes", 10, ["employee_count >= 5000", "employee_count >= 4000"]),
    ("every customer changes", 100, ["employee_count >= 5000", "employee_count < 5000"]),
];
/// The instant at which customers are loaded and sorted, and the number of its day in 2026: 1 June.
const NOW_US: i64 = 1_780_286_400_000_000;
const TODAY: u64 = 151;

/// Two classes, and visits for each.
fn policy(version: &str, large: &str) -> String {
    let basis = r#"rule = "BENCH-1", source = "benchmark""#;
    format!(
        r#"version = "bench/{version}"
id = "bench"
title = "Classes of the benchmark"
title_zh = "基准测试分类"
[classes.class]
order = {{ value = ["large", "small"], {basis} }}
[classes.class.large]
when = "{large}"
reason = "many employees"
reason_zh = "员工多"
rule = "BENCH-1"
source = "benchmark"
[classes.class.small]
when = "true"
reason = "few employees"
reason_zh = "员工少"
rule = "BENCH-1"
source = "benchmark"
[complaint]
key_classes = {{ value = ["large"], {basis} }}
[cadence.large]
return_visit = {{ value = 3, unit = "months", {basis} }}
[cadence.small]
return_visit = {{ value = 6, unit = "months", {basis} }}
"#
    )
}

/// Adopts the policy from the day of the year 2026 with a number on.
fn adopt(session: &Session, version: &str, large: &str, from: u64) -> Result<()> {
    let effective_on = Some(day(from));
    session.adopt_policy(NewPolicy { text: policy(version, large), effective_on, approver: Some("u.bench".into()) })?;
    Ok(())
}

pub(crate) fn run(options: &Options, base: &Base) -> Result<()> {
    let path = base.path("classes.crm");
    let child = |kind: &str| -> Result<()> {
        let (rows, runs) = (options.rows.to_string(), options.runs.to_string());
        let mut process = Process::new(env::current_exe()?);
        process.args(["--child", kind, "--rows", &rows, "--runs", &runs, "--dir"]).arg(&path);
        if process.status()?.success() { Ok(()) } else { Err(format!("the run {kind} failed").into()) }
    };
    child("classes load")?;
    println!("| {} customers, each with a visit planned | changed | a second | for all | peak memory |", options.rows);
    println!("|---|---:|---:|---:|---:|");
    for (name, ..) in SHARES {
        child(&format!("classes {name}"))?;
    }
    remove(&path)?;
    price(options, base)
}

/// What a child does; its kind follows `classes`.
pub(crate) fn child(kind: &str, path: &Path, options: &Options) -> Result<()> {
    match SHARES.iter().find(|(name, ..)| *name == kind) {
        Some((name, percent, large)) => measure(name, *percent, large, path, options),
        None => load(path, options.rows),
    }
}

/// Loads customers that are classified, and plans their visits.
fn load(path: &Path, rows: u64) -> Result<()> {
    remove(path)?;
    let kernel = Kernel::open_at(path, NOW_US)?;
    let session = kernel.session();
    adopt(&session, "load", SHARES[0].2[0], TODAY)?;
    let begun = now();
    for from in (0..rows).step_by(BATCH) {
        let part = customers(from, (rows - from).min(BATCH as u64), rows);
        all(&session, part.iter().map(signed).collect())?;
        let verb = Verb::named(EntityKind::Customer, "plan_visits").ok_or("the verb is missing")?;
        let plan = |id| Command::Act { verb, id, revision: None, changes: Changes::new() };
        all(&session, (from + 1..=from + part.len() as u64).map(plan).collect())?;
    }
    println!("loaded {rows} customers with a visit each in {} s\n", begun.elapsed().as_secs());
    kernel.close()
}

fn all(session: &Session, commands: Vec<Command>) -> Result<()> {
    let outcomes = session.apply_many(commands, Atomicity::All)?;
    Ok(outcomes.into_iter().try_for_each(|outcome| outcome.map(drop))?)
}

/// A customer with a contract, whose class is left to the policy.
fn signed(row: &Customer) -> Command {
    let Command::Add { entity, mut changes } = add(row) else { return add(row) };
    changes.remove(&customer::field::class);
    let signed_on = day(u64::try_from(row.annual_revenue_minor).unwrap_or_default() % 365);
    changes.insert(customer::field::signed_on, Some(Value::Date(signed_on)));
    Command::Add { entity, changes }
}

/// Sorts the base anew, turn by turn from one policy to the other. The first turn, which mends what another child left, goes
/// uncounted.
fn measure(name: &str, percent: u64, large: &[&str; 2], path: &Path, options: &Options) -> Result<()> {
    let kernel = Kernel::open_at(path, NOW_US)?;
    let session = kernel.session();
    let mut times = Vec::new();
    let mut last = Reclassified::default();
    for turn in 0..=usize::try_from(options.runs)? {
        adopt(&session, &format!("{name} {turn}"), large[turn % 2], TODAY)?;
        let begun = now();
        last = session.reclassify(&mut |_| ControlFlow::Continue(()))?;
        if turn > 0 {
            times.push(u64::try_from(begun.elapsed().as_nanos())?);
        }
    }
    let (wanted, spread) = (options.rows * percent / 100, options.rows / 100);
    if last.customers != options.rows || last.changed.abs_diff(wanted) > spread.min(wanted) {
        return Err(format!("{name}: {} of {} customers changed", last.changed, last.customers).into());
    }
    kernel.close()?;
    let (all_ns, changed) = (median(&times), last.changed);
    let peak = peak_memory_mb().map_or("unknown".to_owned(), |mb| format!("{mb} MB"));
    let rate = u128::from(options.rows) * 1_000_000_000 / u128::from(all_ns);
    println!("| {name} | {changed} | {rate} | {} | {peak} |", show_ns(all_ns));
    Ok(())
}

/// Creates without rules, under a policy with classes, and with one plugin besides.
fn price(options: &Options, base: &Base) -> Result<()> {
    let library = plugins::build()?;
    print_head();
    for (title, durable) in [("one durable create", true), ("one create on a store that forgets", false)] {
        let open = |name: &str, rules: bool| -> Result<Kernel> {
            let path = base.path(name);
            remove(&path)?;
            Kernel::open_for_price(durable.then_some(path.as_path()), rules)
        };
        let (none, ruled, both) =
            (open("price_none.crm", false)?, open("price_policy.crm", true)?, open("price_both.crm", true)?);
        for kernel in [&ruled, &both] {
            adopt(&kernel.session(), "price", SHARES[0].2[0], 0)?;
        }
        both.register(plugins::loaded(&library)?)?;
        let contender = |name, kernel: &Kernel| {
            let session = kernel.session();
            Contender::new(name, move |run| {
                let mut commands: Vec<Command> = plugins::accepted(run).iter().map(signed).collect();
                plugins::clock(durable)(&mut || {
                    commands.drain(..).try_for_each(|command| session.apply(command).map(drop))?;
                    Ok(Sum::of_rows(plugins::WRITES))
                })
            })
        };
        let contenders =
            vec![contender("no rules", &none), contender("policy", &ruled), contender("policy and one plugin", &both)];
        let operation = Operation { title: title.into(), per_turn: plugins::WRITES, warm_up: true };
        let found = medians(options.runs, &operation, contenders)?;
        let [free, _, full] = found[..] else { return Err("a contender is missing".into()) };
        let added = hundredths(full.saturating_sub(free) / 10);
        println!("| | policy and one plugin add {added} µs to a write | | | |");
        [none, ruled, both].into_iter().try_for_each(Kernel::close)?;
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_policies_are_taken() {
        for (name, _, large) in SHARES {
            let kernel = Kernel::open_for_price(None, true).unwrap();
            for (turn, condition) in large.into_iter().enumerate() {
                adopt(&kernel.session(), &format!("{name} {turn}"), condition, 0).unwrap();
            }
        }
    }
}
