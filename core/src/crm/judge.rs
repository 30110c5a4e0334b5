//! Which customers are of another class, or visited by another plan, than the policy says: judged where their records lie,
//! some thousands at a time, one half on a thread of its own.

use std::ops::ControlFlow;
use std::panic::resume_unwind;
use std::thread;

use crate::domain::{Cadence, Date, EntityKind, Policy, ValueRef, visit};
use crate::error::{Error, ErrorKind, Result};
use crate::port::{Order, ReadTxn, Space};
use crate::record::{RecordRef, key, meta};
use crate::rules::Context;
use crate::rules::visit_plan::{self, Planned};

use super::classify::{Reclassified, resort};
use super::follow::{self, Terms};
use super::snapshot::Snapshot;

/// How many ids are judged at a time, by which the memory is bounded.
const IDS: u64 = 8_192;
/// From how many ids on a second thread is worth its while.
const HALVED_MIN: u64 = 1_024;
/// How many keys between two that are wanted are walked over; behind more the walk begins anew.
const GAP_MAX: u64 = 64;

/// What was found among some customers.
pub(super) struct Judged {
    pub(super) counts: Reclassified,
    /// The customers whose class or plan is another, in the order of their ids.
    pub(super) due: Vec<u64>,
    /// The id at which to go on; `None` behind the last customer.
    pub(super) next: Option<u64>,
}

/// Judges the customers from an id on, as many as are judged at a time.
///
/// # Errors
/// `Corrupt` and what else the store answers.
pub(super) fn judge(snapshot: &Snapshot, context: &Context<'_>, from: u64) -> Result<Judged> {
    let end = meta::last_id(snapshot, EntityKind::Customer)? + 1;
    let until = from.saturating_add(IDS).min(end);
    let next = (until < end).then_some(until);
    let half = |from, until| Half::of(snapshot, context, from, until);
    if until.saturating_sub(from) < HALVED_MIN {
        let Half { counts, due } = half(from, until)?;
        return Ok(Judged { counts, due, next });
    }
    let middle = from.midpoint(until);
    let (mut near, far) = thread::scope(|scope| {
        let started = thread::Builder::new().spawn_scoped(scope, || half(middle, until));
        let near = half(from, middle)?;
        let far = match started {
            Ok(thread) => thread.join().unwrap_or_else(|panic| resume_unwind(panic)),
            Err(_) => half(middle, until),
        };
        Ok::<_, Error>((near, far?))
    })?;
    near.counts.absorb(far.counts);
    near.due.extend(far.due);
    Ok(Judged { counts: near.counts, due: near.due, next })
}

/// What one thread found.
struct Half {
    counts: Reclassified,
    due: Vec<u64>,
}

/// A customer whose class stays and whose plan is looked at.
struct Visited {
    id: u64,
    anchor: Date,
    /// The place of its cadences.
    asked: usize,
    visits: Vec<Planned>,
}

/// The cadences of each class that was met; those of nobody when a plan ends.
#[derive(Default)]
struct Asked<'p>(Vec<(Option<String>, Vec<&'p Cadence>)>);

impl<'p> Asked<'p> {
    fn place_of(&mut self, policy: &'p Policy, terms: &Terms<'_>) -> usize {
        let class = (!terms.ends).then_some(terms.class);
        self.0.iter().position(|(known, _)| known.as_deref() == class).unwrap_or_else(|| {
            self.0.push((class.map(str::to_owned), terms.cadences(policy)));
            self.0.len() - 1
        })
    }
}

impl Half {
    /// Judges the customers from an id on and below another.
    fn of(snapshot: &Snapshot, context: &Context<'_>, from: u64, until: u64) -> Result<Self> {
        let mut found = Self { counts: Reclassified::default(), due: Vec::new() };
        let (mut visited, mut asked) = (Vec::new(), Asked::default());
        let (from, until) = (key::record(EntityKind::Customer, from), key::record(EntityKind::Customer, until));
        snapshot.scan(Space::Record, &from, Some(&until), Order::Ascending, &mut |_, stored| {
            let record = RecordRef::open(stored)?;
            let changes = resort(context.policy, &record, context.today);
            found.counts.count(&changes);
            if !changes.is_empty() {
                found.due.push(record.id());
            } else if follow::is_planned(&record)
                && let Some(terms) = Terms::of(&record, context.today)
            {
                let asked = asked.place_of(context.policy, &terms);
                visited.push(Visited { id: record.id(), anchor: terms.anchor, asked, visits: Vec::new() });
            }
            Ok(ControlFlow::Continue(()))
        })?;
        read_visits(snapshot, &mut visited)?;
        let is_behind = |of: &&Visited| {
            let asked = &asked.0[of.asked].1;
            !visit_plan::steps(asked, of.anchor, &of.visits, context.today, true).is_empty()
        };
        found.due.extend(visited.iter().filter(is_behind).map(|of| of.id));
        found.due.sort_unstable();
        Ok(found)
    }
}

/// Reads the recurring visits of customers, who come in the order of their ids.
fn read_visits(snapshot: &Snapshot, visited: &mut [Visited]) -> Result<()> {
    let mut visits = Vec::new();
    let mut at = 0;
    while at < visited.len() {
        let (from, until) = (key_of(visited[at].id), key_of(visited[visited.len() - 1].id + 1));
        let (mut passed, mut ended) = (0, true);
        snapshot.scan(Space::Index, &from, Some(&until), Order::Ascending, &mut |key, _| {
            let (of, visit) = ids_in(key).ok_or_else(dangling)?;
            at += visited[at..].iter().take_while(|known| known.id < of).count();
            passed = match visited.get(at).is_some_and(|known| known.id == of) {
                true => 0,
                false => passed + 1,
            };
            if passed == 0 {
                visits.push((visit, at));
            }
            ended = passed < GAP_MAX;
            Ok(if ended { ControlFlow::Continue(()) } else { ControlFlow::Break(()) })
        })?;
        if ended {
            break;
        }
    }
    visits.sort_unstable();
    let ids: Vec<u64> = visits.iter().map(|(id, _)| *id).collect();
    let mut owners = visits.iter().map(|(_, at)| *at);
    show_each(snapshot, EntityKind::Visit, &ids, &mut |visit| {
        if let (Some(at), Some(visit)) = (owners.next(), follow::planned(visit.id(), &visit)) {
            visited[at].visits.push(visit);
        }
        Ok(())
    })
}

/// Where the visits of a customer begin in their index.
fn key_of(customer: u64) -> Vec<u8> {
    let mut key = key::index(EntityKind::Visit, visit::field::customer);
    key::push_value(&mut key, Some(ValueRef::Ref(customer)));
    key
}

/// The customer and the visit in a key of that index.
fn ids_in(key: &[u8]) -> Option<(u64, u64)> {
    let (rest, visit) = key.split_last_chunk()?;
    Some((key::id_at_end(rest)?, u64::from_be_bytes(*visit)))
}

/// Shows records where they lie, by their ids in order; those that lie close together are read in one walk.
fn show_each(
    snapshot: &Snapshot,
    entity: EntityKind,
    ids: &[u64],
    visit: &mut dyn FnMut(RecordRef<'_>) -> Result<()>,
) -> Result<()> {
    let mut left = ids;
    while let [first, .., last] | [first @ last] = left {
        let (from, until) = (key::record(entity, *first), key::record(entity, last + 1));
        let before = left.len();
        snapshot.scan(Space::Record, &from, Some(&until), Order::Ascending, &mut |key, stored| {
            let id = key::id_at_end(key).ok_or_else(dangling)?;
            if left.first() == Some(&id) {
                visit(RecordRef::open(stored)?)?;
                left = &left[1..];
            }
            let is_near = left.first().is_some_and(|next| *next > id && next - id <= GAP_MAX);
            Ok(if is_near { ControlFlow::Continue(()) } else { ControlFlow::Break(()) })
        })?;
        if left.len() == before {
            return Err(dangling());
        }
    }
    Ok(())
}

fn dangling() -> Error {
    Error::new(ErrorKind::Corrupt, "an index names a record that is not there")
}
