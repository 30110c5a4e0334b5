//! Every case on the Rust face and on the C face: each goes as the case says, and both answer alike.

use crm_tests::c_face::CFace;
use crm_tests::cases::{self, Case};
use crm_tests::face::Answer;
use crm_tests::library;
use crm_tests::rust_face::RustFace;

fn run(case: &Case) -> Result<(), String> {
    let setup = case.setup()?;
    let named = |face: &str, error: serde_json::Value| format!("{} on {face} does not open: {error}", case.name);
    let mut rust = RustFace::open(&setup).map_err(|e| named("rust", e))?;
    let mut c = CFace::open(&library::crmkernel(), &setup).map_err(|e| named("c", e))?;
    let (by_rust, by_c) = (case.run(&mut rust)?, case.run(&mut c)?);
    for (i, (rust, c)) in by_rust.iter().zip(&by_c).enumerate() {
        if comparable(rust) != comparable(c) {
            return Err(format!("{}, step {}: rust answers {rust:#?}, c answers {c:#?}", case.name, i + 1));
        }
    }
    Ok(())
}

/// An answer without what a face may say in its own way: the decisions of a batch, which only the journal holds.
fn comparable(answer: &Answer) -> Answer {
    let mut answer = answer.clone();
    if let Ok(done) = &mut answer
        && let Some(answers) = done.get_mut("answers").and_then(|answers| answers.as_array_mut())
    {
        for answer in answers.iter_mut().filter_map(|answer| answer.as_object_mut()) {
            answer.remove("decisions");
        }
    }
    answer
}

#[test]
fn every_case_goes_alike_in_rust_and_through_c() {
    let cases = cases::all().unwrap();
    assert!(cases.len() >= 20, "found {} cases", cases.len());
    let failures: Vec<String> = cases.iter().filter_map(|case| run(case).err()).collect();
    assert!(failures.is_empty(), "{} of {} cases failed:\n{}", failures.len(), cases.len(), failures.join("\n"));
}
