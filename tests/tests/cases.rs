//! Every case on the Rust face and on the C face: each goes as the case says, and both answer alike.

use std::collections::BTreeSet;

use crm_core::Catalog;
use crm_core::domain::{Decision, Language, Policy};
use crm_tests::c_face::CFace;
use crm_tests::cases::{self, Case};
use crm_tests::face::Answer;
use crm_tests::library;
use crm_tests::rust_face::RustFace;
use serde_json::Value as Json;

fn run(case: &Case) -> Result<(), String> {
    let setup = case.setup()?;
    let named = |face: &str, error: serde_json::Value| format!("{} on {face} does not open: {error}", case.name);
    let mut rust = RustFace::open(&setup).map_err(|e| named("rust", e))?;
    let mut c = CFace::open(&library::crmkernel(), &setup).map_err(|e| named("c", e))?;
    let (by_rust, by_c) = (case.run(&mut rust)?, case.run(&mut c)?);
    let wordless: BTreeSet<String> = by_rust.iter().flatten().flat_map(without_chinese_word).collect();
    if !wordless.is_empty() {
        return Err(format!("{}: there is no Chinese word for {wordless:?}", case.name));
    }
    for (i, (rust, c)) in by_rust.iter().zip(&by_c).enumerate() {
        if comparable(rust) != comparable(c) {
            return Err(format!("{}, step {}: rust answers {rust:#?}, c answers {c:#?}", case.name, i + 1));
        }
    }
    Ok(())
}

/// The subjects and inputs of the kernel's own decisions that have no Chinese word.
fn without_chinese_word(answer: &Json) -> Vec<String> {
    let (catalog, mut found) = (Catalog::new(Vec::new()), Vec::new());
    let all = answer["decisions"].as_array().into_iter().flatten();
    for decision in all.filter(|decision| decision["plugin"] == "") {
        let subject = decision["subject"]
            .as_str()
            .filter(|_| decision["inputs"]["every"].is_null() && decision["inputs"]["day"].is_null());
        let inputs = decision["inputs"].as_object().into_iter().flatten().map(|(name, _)| name.as_str());
        // A custom field has the label of its database.
        for name in subject.into_iter().chain(inputs).filter(|name| !name.contains('.')) {
            let named = Decision::new("", "x", "", "", &Policy::default());
            let words = catalog.words_of(&Decision { subject: name.to_owned().into(), ..named }, Language::Chinese);
            if words.subject == name {
                found.push(name.to_owned());
            }
        }
    }
    found
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
