//! What cases read off records through the C ABI: the time in each state, relations, satisfaction.

use crmkernel::facts::{crmk_related, crmk_share, crmk_stay};
use serde_json::{Value as Json, json};

use super::{Session, owned, sized};
use crate::face::{self, Answer};

impl Session {
    /// The states in which a record was.
    pub(super) fn stays(self, entity: i32, step: &Json) -> Answer {
        let (id, mut count) = (step["id"].as_u64().unwrap_or_default(), 0);
        // SAFETY: the handle is the face's own, and structs have their sizes; here and below.
        self.ok(unsafe { (self.api.crmk_record_stays)(self.session, entity, id, &raw mut count) })?;
        let mut stays = Vec::new();
        for index in 0..count {
            let mut stay = sized!(crmk_stay);
            // SAFETY: as above.
            self.ok(unsafe { (self.api.crmk_session_stay)(self.session, index, &raw mut stay) })?;
            let until = (stay.is_over == 1).then(|| face::instant_json(stay.until));
            stays.push(json!({"state": owned(stay.state), "from": face::instant_json(stay.from), "until": until,
                "seconds": stay.seconds}));
        }
        Ok(json!({"stays": stays}))
    }

    /// To whom relations lead.
    pub(super) fn related(self, entity: i32, step: &Json) -> Answer {
        let (id, mut count) = (step["id"].as_u64().unwrap_or_default(), 0);
        let (depth, both) = face::walk(step);
        // SAFETY: as above.
        let code =
            unsafe { (self.api.crmk_record_related)(self.session, entity, id, depth, i32::from(both), &raw mut count) };
        self.ok(code)?;
        let mut found = Vec::new();
        for index in 0..count {
            let mut one = sized!(crmk_related);
            // SAFETY: as above.
            self.ok(unsafe { (self.api.crmk_session_related)(self.session, index, &raw mut one) })?;
            let kind = self.enum_name(entity, self.field(entity, "kind")?.0, one.kind)?;
            found.push(json!({"id": one.id, "depth": one.depth, "via": one.from, "relation": one.relation,
                "kind": kind, "leads_away": one.leads_away == 1}));
        }
        Ok(json!({"related": found}))
    }

    /// What answers to surveys got.
    pub(super) fn satisfaction(self, step: &Json) -> Answer {
        let (from, until) = face::period(step, face::date)?;
        let (id, mut share) = (step["id"].as_u64().unwrap_or_default(), sized!(crmk_share));
        let (from, until) = (from.to_epoch_days(), until.to_epoch_days());
        // SAFETY: as above.
        self.ok(unsafe { (self.api.crmk_session_satisfaction)(self.session, id, from, until, &raw mut share) })?;
        Ok(share_json(&share))
    }

    /// The complaints of active customers.
    pub(super) fn complaint_rate(self, step: &Json) -> Answer {
        let (from, until) = face::period(step, face::instant)?;
        let mut share = sized!(crmk_share);
        // SAFETY: as above.
        let code =
            unsafe { (self.api.crmk_session_complaint_rate)(self.session, from.us(), until.us(), &raw mut share) };
        self.ok(code)?;
        Ok(share_json(&share))
    }
}

fn share_json(share: &crmk_share) -> Json {
    face::share(share.part, share.whole, (share.is_of_something == 1).then_some(share.hundredths))
}
