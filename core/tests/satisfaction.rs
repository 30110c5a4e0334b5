//! The three-part score of the construction group, its weights, and the rate of complaints.
#![expect(clippy::unwrap_used, reason = "a test whose set-up fails is to fail")]

use std::sync::Arc;

use crm_core::adapter::MemoryStore;
use crm_core::domain::{
    Actor, Changes, Command, Complaint, Customer, CustomerStatus, EntityKind, Fields, Instant, Level, NewPolicy,
    SatisfactionScore, Survey, SurveyAnswer, ValueRef, satisfaction_score,
};
use crm_core::rules::satisfaction::Share;
use crm_core::testing::FixedClock;
use crm_core::{Config, Crm, ErrorKind, Outcome, Session};

const NOW: &str = "2026-09-16T09:00:00+08:00";

fn open() -> Session {
    let clock = FixedClock::new(Instant::parse(NOW).unwrap());
    let crm = Crm::open(Arc::new(MemoryStore::new()), Config::new(Arc::new(clock))).unwrap();
    crm.session(Actor { name: "u.chen".into(), level: Level::Manage }).unwrap()
}

/// The weights of the construction group's policy, without the fields that its classes read.
fn pack() -> String {
    let path = format!("{}/../plugins/policies/construction_group.toml", env!("CARGO_MANIFEST_DIR"));
    let text = std::fs::read_to_string(path).unwrap();
    let (_, weights) = text.split_once("[satisfaction.weights]").unwrap();
    format!("id = \"test\"\nversion = \"test/1\"\ntitle = \"Test\"\n[satisfaction.weights]{weights}")
}

fn adopt(session: &Session, text: String) -> crm_core::Result<Outcome> {
    let effective_on = Some("2026-09-16".parse().unwrap());
    session.apply(Command::AdoptPolicy(NewPolicy { text, effective_on, approver: Some("u.gm".into()) }))
}

fn add(session: &Session, entity: EntityKind, changes: Changes) -> Outcome {
    session.apply(Command::Add { entity, changes }).unwrap()
}

#[test]
fn r_eng_14_three_parts_make_a_score_by_weights_that_sum_up_to_a_hundred() {
    let session = open();
    let wrong = pack().replace("award = { value = 20", "award = { value = 21");
    assert_ne!(wrong, pack());
    let refused = adopt(&session, wrong).unwrap_err();
    assert_eq!((refused.kind(), refused.violations()[0].code.as_ref()), (ErrorKind::Rejected, "wrong_sum"));
    assert!(refused.message().contains("the weights 40, 21 and 40 sum up to 101, not to 100"), "{refused}");
    adopt(&session, pack()).unwrap();

    let customer = Customer { name: Some("中建某局".into()), ..Customer::default() };
    add(&session, EntityKind::Customer, customer.to_changes());
    let day = |text: &str| Some(text.parse().unwrap());
    let survey = Survey {
        title: Some("三季度".into()),
        period_from: day("2026-07-01"),
        period_until: day("2026-09-30"),
        questions: Some("进度\n质量\n安全".into()),
        points_max: Some(5),
        ..Survey::default()
    };
    add(&session, EntityKind::Survey, survey.to_changes());
    for (question, points) in [(1, 5), (2, 5), (3, 3)] {
        let answer = SurveyAnswer {
            survey: Some(1),
            customer: Some(1),
            question: Some(question),
            points: Some(points),
            ..SurveyAnswer::default()
        };
        add(&session, EntityKind::SurveyAnswer, answer.to_changes());
    }
    assert_eq!(
        session.satisfaction(Some(1), "2026-07-01".parse().unwrap(), "2026-09-30".parse().unwrap()).unwrap(),
        Share::new(13, 15)
    );
    let score = SatisfactionScore {
        customer: Some(1),
        period_from: day("2026-07-01"),
        period_until: day("2026-09-30"),
        contract_points: Some(90),
        ..SatisfactionScore::default()
    };
    let added = add(&session, EntityKind::SatisfactionScore, score.to_changes());
    let record = added.record.unwrap();
    assert_eq!(record.get(satisfaction_score::field::score_hundredths), None, "the awards have a weight and no points");
    let awards = SatisfactionScore { award_points: Some(50), ..SatisfactionScore::default() };
    let entity = EntityKind::SatisfactionScore;
    let update = Command::Update { entity, id: 1, revision: None, changes: awards.to_changes() };
    let updated = session.apply(update).unwrap();
    // 40 % of 90, 20 % of 50, 40 % of 13 of 15: 36 + 10 + 34.666...
    let record = updated.record.unwrap();
    assert_eq!(record.get(satisfaction_score::field::score_hundredths), Some(ValueRef::Int(8_067)));
    let decision = &updated.decisions[0];
    assert_eq!((decision.value.as_str(), decision.rule.as_ref()), ("8067", "R-ENG-14"));
    let inputs: Vec<&str> = decision.inputs.iter().map(|(_, value)| value.as_str()).collect();
    assert_eq!(inputs, ["90 of 100 at 40 %", "50 of 100 at 20 %", "13 of 15 at 40 %"]);
}

#[test]
fn r_kpi_08_the_complaint_rate_is_complaints_of_active_customers() {
    let session = open();
    for name in ["王五", "李四", "赵六"] {
        let customer = Customer {
            name: Some(name.into()),
            status: Some(CustomerStatus::Active),
            signed_on: Some("2026-01-01".parse().unwrap()),
            ..Customer::default()
        };
        add(&session, EntityKind::Customer, customer.to_changes());
    }
    let at = |text: &str| Instant::parse(text).unwrap();
    for received in ["2026-08-31T23:59:59+08:00", "2026-09-01T00:00:00+08:00"] {
        let complaint = Complaint {
            customer: Some(1),
            issue: Some("漏水".into()),
            received_at: Some(at(received)),
            ..Complaint::default()
        };
        add(&session, EntityKind::Complaint, complaint.to_changes());
    }
    let rate = |from, until| session.complaint_rate(at(from), at(until)).unwrap();
    let (august, september) = ("2026-08-01T00:00:00+08:00", "2026-09-01T00:00:00+08:00");
    assert_eq!(rate(august, september), Share::new(1, 3));
    assert_eq!(rate(september, "2026-10-01T00:00:00+08:00").hundredths(), Some(3_333));
    let before = session.complaint_rate(at("2025-12-01T00:00:00+08:00"), at("2026-01-01T00:00:00+08:00"));
    assert_eq!(before.unwrap_err().kind(), ErrorKind::NotFound, "nobody was active, there is no rate");
}
