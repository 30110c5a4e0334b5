//! What is read off the records and the journal: the time in each state, relations, satisfaction, complaints of customers.

use crm_core::domain::Instant;
use crm_core::rules::satisfaction::Share;

use crate::error::CRMK_OK;
use crate::guard::{self, SizeHeaded};
use crate::policy::date;
use crate::session::{self, SessionState, crmk_session};
use crate::text::crmk_text;

/// A stay of a record in a state.
#[derive(Debug, Clone, Copy)]
#[repr(C)]
pub struct crmk_stay {
    /// Set to sizeof(crmk_stay) by the caller.
    pub size: u32,
    /// 1 when the record left the state, 0 while it is there.
    pub is_over: i32,
    /// When it came into the state. Unit: microseconds since the epoch.
    pub from: i64,
    /// When it left it, 0 while it is there. Unit: microseconds since the epoch.
    pub until: i64,
    /// How long it lasted, up to now while it lasts. Unit: whole seconds.
    pub seconds: i64,
    /// The name of the state.
    pub state: crmk_text,
}

// SAFETY: repr(C), begins with a u32, valid for zeros and for any bytes.
unsafe impl SizeHeaded for crmk_stay {
    const NAME: &'static str = "crmk_stay";
}

/// A person, or a party, to whom relations lead.
#[derive(Debug, Clone, Copy)]
#[repr(C)]
pub struct crmk_related {
    /// Set to sizeof(crmk_related) by the caller.
    pub size: u32,
    /// By how many relations, from 1.
    pub depth: u32,
    /// The id of the person or party.
    pub id: u64,
    /// The id of the one from whom the last of these relations led here.
    pub from: u64,
    /// The id of that relation.
    pub relation: u64,
    /// Its kind, one of CRMK_PERSON_RELATION_KIND_ or CRMK_PARTNER_RELATION_KIND_.
    pub kind: i32,
    /// 1 when it leads away from `from`, as one that goes both ways always does; 0 when it leads to it.
    pub leads_away: i32,
}

// SAFETY: repr(C), begins with a u32, valid for zeros and for any bytes.
unsafe impl SizeHeaded for crmk_related {
    const NAME: &'static str = "crmk_related";
}

/// A part of a whole, exact.
#[derive(Debug, Clone, Copy)]
#[repr(C)]
pub struct crmk_share {
    /// Set to sizeof(crmk_share) by the caller.
    pub size: u32,
    /// 1, or 0 when the whole is 0: then there is no share, and hundredths is 0.
    pub is_of_something: i32,
    /// The part.
    pub part: u64,
    /// The whole.
    pub whole: u64,
    /// The part of the whole, rounded half up. Unit: hundredths of a percent.
    pub hundredths: u64,
}

// SAFETY: repr(C), begins with a u32, valid for zeros and for any bytes.
unsafe impl SizeHeaded for crmk_share {
    const NAME: &'static str = "crmk_share";
}

impl From<Share> for crmk_share {
    fn from(share: Share) -> Self {
        let hundredths = share.hundredths();
        Self {
            size: 0,
            is_of_something: i32::from(hundredths.is_some()),
            part: share.part,
            whole: share.whole,
            hundredths: hundredths.unwrap_or(0),
        }
    }
}

/// Finds the states in which a record was, in their order; none for an entity without states. [one-thread]
///
/// They are seen with crmk_session_stay. NULL: count may be NULL.
/// Errors: NOT_FOUND, INVALID_ARGUMENT for an unknown entity, CORRUPT, IO, MISUSE once the database is closed, FORKED.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn crmk_record_stays(session: *mut crmk_session, entity: i32, id: u64, count: *mut u32) -> i32 {
    guard::with::<SessionState>(session, |s| {
        let out = guard::out_optional(count);
        let entity = session::entity(entity)?;
        let found = s.shared.go_in()?.1.stays(entity, id)?;
        s.stays = found;
        out.put(guard::count(s.stays.len()));
        Ok(CRMK_OK)
    })
}

/// One stay that the last crmk_record_stays found. [one-thread]
///
/// Bounds: index from 0 to the count given there. The text lives for ever. NULL: none allowed.
/// Errors: INVALID_ARGUMENT for an index past the end.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn crmk_session_stay(session: *mut crmk_session, index: u32, stay: *mut crmk_stay) -> i32 {
    guard::with::<SessionState>(session, |s| {
        // SAFETY: the caller gives a crmk_stay with its size.
        let out = unsafe { guard::out_struct(stay)? };
        let found = guard::item(&s.stays, index, "stay")?;
        out.put(crmk_stay {
            size: 0,
            is_over: i32::from(found.until.is_some()),
            from: found.from.us(),
            until: found.until.map_or(0, Instant::us),
            seconds: found.seconds,
            state: crmk_text::view(found.state),
        });
        Ok(CRMK_OK)
    })
}

/// Finds the persons, or the parties, to whom relations lead from one of them: the nearest first, each once, however the
/// relations go round. [one-thread]
///
/// The entity is that of the relations: CRMK_ENTITY_PERSON_RELATION, CRMK_ENTITY_PARTNER_RELATION; the id is that of a
/// person, or of a customer. With both_directions not 0 relations that lead to one are gone along too. They are seen with
/// crmk_session_related. Bounds: depth from 1 to 16; at most 1,000 are reached, over at most 1,000 relations of each in
/// each direction. NULL: count may be NULL.
/// Errors: NOT_FOUND; INVALID_ARGUMENT for an entity that has no relations and for a depth out of bounds; CORRUPT, IO,
/// MISUSE once the database is closed, FORKED.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn crmk_record_related(
    session: *mut crmk_session,
    entity: i32,
    id: u64,
    depth: u32,
    both_directions: i32,
    count: *mut u32,
) -> i32 {
    guard::with::<SessionState>(session, |s| {
        let out = guard::out_optional(count);
        let entity = session::entity(entity)?;
        let found = s.shared.go_in()?.1.related(entity, id, depth, both_directions != 0)?;
        s.related = found;
        out.put(guard::count(s.related.len()));
        Ok(CRMK_OK)
    })
}

/// One person or party that the last crmk_record_related found. [one-thread]
///
/// Bounds: index from 0 to the count given there. NULL: none allowed. Errors: INVALID_ARGUMENT for an index past the end.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn crmk_session_related(
    session: *mut crmk_session,
    index: u32,
    related: *mut crmk_related,
) -> i32 {
    guard::with::<SessionState>(session, |s| {
        // SAFETY: the caller gives a crmk_related with its size.
        let out = unsafe { guard::out_struct(related)? };
        let found = guard::item(&s.related, index, "related")?;
        out.put(crmk_related {
            size: 0,
            depth: found.depth,
            id: found.id,
            from: found.from,
            relation: found.edge.relation,
            kind: i32::from(found.edge.kind),
            leads_away: i32::from(found.edge.leads_away),
        });
        Ok(CRMK_OK)
    })
}

/// What the answers of a customer got of what they could have got, in the surveys that lie within a period. [one-thread]
///
/// Customer 0 is all customers. Both days belong to the period. Unit: days since 1970-01-01. NULL: none allowed.
/// Errors: NOT_FOUND; INVALID_ARGUMENT when until is before from or a day is none; CORRUPT, IO; MISUSE once the database is
/// closed, FORKED.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn crmk_session_satisfaction(
    session: *mut crmk_session,
    customer: u64,
    from: i32,
    until: i32,
    share: *mut crmk_share,
) -> i32 {
    guard::with::<SessionState>(session, |s| {
        // SAFETY: the caller gives a crmk_share with its size.
        let out = unsafe { guard::out_struct(share)? };
        let (from, until) = (date(from)?, date(until)?);
        let customer = (customer != 0).then_some(customer);
        out.put(s.shared.go_in()?.1.satisfaction(customer, from, until)?.into());
        Ok(CRMK_OK)
    })
}

/// The complaint rate: the complaints received from an instant up to another of the customers who were active in that
/// period, of all customers who were. [one-thread]
///
/// Who was active when, the journal tells; a customer who was added as active was so from signed_on on. The instant `until`
/// does not belong to the period. Unit: microseconds since the epoch. NULL: none allowed.
/// Errors: INVALID_ARGUMENT when until is before from or an instant is none; NOT_FOUND when no customer was active in the
/// period, for then there is no rate; CORRUPT, IO; MISUSE once the database is closed,
/// FORKED.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn crmk_session_complaint_rate(
    session: *mut crmk_session,
    from: i64,
    until: i64,
    share: *mut crmk_share,
) -> i32 {
    guard::with::<SessionState>(session, |s| {
        // SAFETY: the caller gives a crmk_share with its size.
        let out = unsafe { guard::out_struct(share)? };
        let (from, until) = (Instant::from_us(from)?, Instant::from_us(until)?);
        out.put(s.shared.go_in()?.1.complaint_rate(from, until)?.into());
        Ok(CRMK_OK)
    })
}
