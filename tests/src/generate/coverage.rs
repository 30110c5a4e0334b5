//! `tests/cases/COVERAGE.md`: which rule of the regulations which case shows, and which is not shown yet.

use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::path::Path;

use crate::cases;

/// The rules of classes, visits, complaints and satisfaction that a case shows, in a few words of our own.
const SHOWN: &[(&str, &str)] = &[
    ("L-BNK-4", "a withdrawal ends the complaint at once"),
    ("L-BNK-5", "a review is asked of the superior and decided in its time"),
    ("L-CIV-1", "the first day of a period is not counted"),
    ("L-CIV-3", "a last day that is a rest day rolls on"),
    ("L-CIV-4", "whether it rolls is a figure"),
    ("L-HOL-1", "working days come from the year's announcement"),
    ("L-LOG-8", "an appeal is answered in its time"),
    ("R-ALL-01", "several dimensions of classes at once"),
    ("R-CLS-01", "letter classes, whose order is not that of value"),
    ("R-CLS-02", "how often a customer is visited depends on the class"),
    ("R-DEP-08", "a policy has its effective date"),
    ("R-DEV-01", "potential, existing and key customers"),
    ("R-EDU-06", "calls every week and meetings every month for a family"),
    ("R-EDU-09", "a solution comes with its date"),
    ("R-EDU-10", "a lesson before the close"),
    ("R-END-01", "key by market share and loyalty, ordinary, potential"),
    ("R-ENG-01", "four classes of a construction group"),
    ("R-ENG-02", "strategic: repeated cooperation, an agreement, or effect on the goals"),
    ("R-ENG-03", "key: smooth cooperation that goes on"),
    ("R-ENG-04", "general: good relation, nothing certain to follow"),
    ("R-ENG-05", "potential: a project at hand of which something is known"),
    ("R-ENG-06", "the first class that fits counts"),
    ("R-ENG-14", "satisfaction of three parts whose weights make 100"),
    ("R-FIX-01", "key status is granted, the others are general"),
    ("R-FIX-03", "a key customer is maintained every three months"),
    ("R-FIX-04", "a key customer is visited with new products every four months"),
    ("R-FIX-05", "a granted customer gets a number"),
    ("R-FIX-07", "a general customer is maintained every year"),
    ("R-FIX-14", "a general complaint"),
    ("R-FIX-15", "the complaint of a key customer, with its report"),
    ("R-FIX-16", "a major complaint: repeated, escalated, or going outside"),
    ("R-FIX-17", "a major complaint goes up at once"),
    ("R-FIX-18", "a major complaint is written up as a case"),
    ("R-FIX-19", "four steps from receiving to following up"),
    ("R-FIX-20", "a solution states its time and reason"),
    ("R-FIX-21", "the result is told and satisfaction asked"),
    ("R-FIX-22", "an unsatisfied return visit becomes a complaint"),
    ("R-FIX-23", "every complaint is archived"),
    ("R-FIX-24", "corrective and preventive actions with a responsible person"),
    ("R-FIX-25", "what a planned visit says"),
    ("R-FIX-26", "a general customer is visited again every six months"),
    ("R-FIX-27", "a key customer is visited again every three months"),
    ("R-FIX-28", "a return visit right behind an installation or repair"),
    ("R-FIX-29", "visits are held in the time of their plan"),
    ("R-FIX-32", "surveys and their report"),
    ("R-GEN-07", "the topics of a tour visit"),
    ("R-GEN-11", "birthdays and anniversaries, every year"),
    ("R-KPI-08", "complaints of active customers"),
    ("R-LOG-08", "accept, verify, decide, feed back"),
    ("R-MNT-05", "planned, held, reported, reviewed by a superior"),
    ("R-MNT-06", "how often depends on the kind of customer"),
    ("R-MNT-07", "process and result are recorded"),
    ("R-QC-01", "quality customers by spending, frequency and intent"),
    ("R-QC-02", "quality customers by large orders, stability and loyalty"),
    ("R-QC-04", "quality customers are surveyed at times"),
    ("R-QC-05", "quality customers are visited again at times"),
    ("R-QC-06", "quality customers are evaluated at times"),
    ("R-SEG-01", "value and need make a matrix"),
    ("R-SIM-01", "strategic, important, general, potential by contribution"),
    ("R-SYS-05", "which fields are needed depends on the stage"),
    ("R-SYS-06", "stale files are found"),
    ("R-TEL-01", "operators and large enterprises are key"),
    ("R-TEL-04", "a policy has a version and an approver"),
    ("R-TEL-06", "what the file of a customer holds"),
    ("R-TEL-07", "the relations of key persons"),
    ("R-TEL-08", "information of level 1: public material of the company"),
    ("R-TEL-09", "information of level 2: reports of others"),
    ("R-TEL-10", "information of level 3: contacts inside"),
    ("R-TEL-11", "information of level 4: an insider close to us"),
    ("R-TEL-14", "changes of a file are recorded at once"),
    ("R-TEL-15", "files are verified again every three months"),
    ("R-TIER-01", "value, need, behaviour and closeness"),
];

/// The rules of the same parts that need no case yet. Once one has a case it belongs to the list above, which keeps it.
const OPEN: &[(&str, &str)] = &[("R-MNT-01", "criteria that two departments agree on")];

pub(super) fn make(_root: &Path) -> Result<String, String> {
    let mut by_rule: BTreeMap<String, Vec<String>> = BTreeMap::new();
    for case in cases::all()? {
        for rule in case.rules() {
            by_rule.entry(rule.to_owned()).or_default().push(case.name.clone());
        }
    }
    table(SHOWN, OPEN, &by_rule)
}

/// The text, or the rule that has no case.
fn table(
    shown: &[(&str, &str)],
    open: &[(&str, &str)],
    by_rule: &BTreeMap<String, Vec<String>>,
) -> Result<String, String> {
    let mut out = String::from(
        "# Rules and the cases that show them\n\nThe rules of classes, visits, complaints and satisfaction, generated by \
         `make generate` from the cases of this\nfolder. `make check` fails when a rule of the table has no case.\n\n\
         | rule | what | cases |\n|---|---|---|\n",
    );
    for (rule, what) in shown {
        let cases = by_rule.get(*rule).ok_or_else(|| format!("the rule {rule} ({what}) has no case in tests/cases"))?;
        row(&mut out, rule, what, cases);
    }
    let without = |(rule, _): &&(&str, &str)| !by_rule.contains_key(*rule);
    for (rule, what) in open.iter().filter(|listed| !without(listed)) {
        row(&mut out, rule, what, &by_rule[*rule]);
    }
    out.push_str("\nNot shown by a case yet:\n\n| rule | what |\n|---|---|\n");
    for (rule, what) in open.iter().filter(without) {
        let _ = writeln!(out, "| {rule} | {what} |");
    }
    Ok(out)
}

fn row(out: &mut String, rule: &str, what: &str, cases: &[String]) {
    let links: Vec<String> = cases.iter().map(|name| format!("[{name}]({name}.json)")).collect();
    let _ = writeln!(out, "| {rule} | {what} | {} |", links.join(", "));
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_rule_without_a_case_is_named_and_an_open_one_is_listed_by_what_it_has() {
        let cases = BTreeMap::from([("R-A".to_owned(), vec!["a".to_owned()])]);
        assert!(table(&[("R-A", "x")], &[("R-B", "y")], &cases).unwrap().contains("| R-A | x | [a](a.json) |"));
        assert!(table(&[("R-B", "y")], &[], &cases).unwrap_err().contains("R-B"));
        assert!(table(&[], &[("R-A", "x")], &cases).unwrap().contains("| R-A | x | [a](a.json) |"));
    }
}
