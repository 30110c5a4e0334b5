//! `tests/cases/COVERAGE.md`: which rule of the regulations which case shows.

use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::path::Path;

use crate::cases;

/// The rules of which a case decides something, with what it decides in a few words of our own. A row of the regulations may
/// say more than that.
const SHOWN: &[(&str, &str)] = &[
    ("L-BNK-1", "a bank settles complaints in 15, 30 or 60 days"),
    ("L-BNK-4", "a withdrawal ends the complaint at once"),
    ("L-BNK-5", "a review is asked of the superior and decided in its time"),
    ("L-BNK-7", "no service to a customer of unknown identity"),
    ("L-BNK-8", "purpose and beneficial owner of a bank's customer"),
    ("L-CIV-1", "the first day of a period is not counted"),
    ("L-CIV-2", "a period of months ends on the day of its number, or with the month"),
    ("L-CIV-3", "a last day that is a rest day rolls on"),
    ("L-CIV-4", "whether it rolls is a figure"),
    ("L-HOL-1", "working days come from the year's announcement"),
    ("L-LAW-1", "both sides of a matter are not represented, whichever comes first"),
    ("L-LAW-2", "a matter is opened after its check for conflicts"),
    ("L-LOG-1", "a complaint about express is settled in 7 days"),
    ("L-LOG-2", "an appeal is answered to the authority"),
    ("L-LOG-8", "an appeal is answered in its time"),
    ("L-MED-3", "a hospital answers in 5 or 10 working days"),
    ("L-MED-7", "follow-up in four weeks and then every three months"),
    ("L-TEL-6", "an operator answers in 15 days, and a vendor has no such deadline"),
    ("R-ABC-09", "the label is among what a listed customer still lacks"),
    ("R-ABC-11", "what a listed customer still lacks, with an exact share of self-service"),
    ("R-ABC-12", "a plan for each listed customer"),
    ("R-ABC-13", "a notice of returns every quarter"),
    ("R-ABC-14", "a new product is told to the own list at once"),
    ("R-AGR-06", "suppliers, distributors, retailers and related industries are partners"),
    ("R-ALL-01", "several dimensions of classes at once"),
    ("R-BNK-03", "a customer is active only when identified"),
    ("R-BNK-04", "protected identity data are shown to those alone who recorded a purpose"),
    ("R-BNK-07", "a warning of an ending identity document comes with the days and goes when it is renewed"),
    ("R-BNK-11", "existing customers are visited and served, potential ones researched and courted"),
    ("R-CBK-02", "what counts as a sub-branch"),
    ("R-CBK-03", "four levels of a bank"),
    ("R-CBK-04", "head office records a new tier-1 branch in the month after"),
    ("R-CBK-05", "a tier-1 branch records a new one below it in the month after"),
    ("R-CBK-06", "an upgrade to tier 2 is recorded in the month after"),
    ("R-CBK-08", "eight roles"),
    ("R-CBK-10", "a user is asked for and reviewed by two"),
    ("R-CBK-11", "users who leave are recorded in the month after"),
    ("R-CBK-12", "users of a branch who leave are recorded in the month after"),
    ("R-CBK-13", "from the first to the last day of that month"),
    ("R-CLS-01", "letter classes, whose order is not that of value"),
    ("R-CLS-02", "how often a customer is visited depends on the class"),
    ("R-CLS-04", "needs, satisfaction and competitors are reported from time to time"),
    ("R-DEP-03", "complaints are analysed and handled promptly"),
    ("R-DEP-04", "customers are visited again from time to time, with new products"),
    ("R-DEP-05", "strategic partners"),
    ("R-DEP-08", "a policy has its effective date"),
    ("R-DEV-01", "potential, existing and key customers"),
    ("R-DEV-02", "key, general and promising customers"),
    ("R-DEV-03", "potential, ordinary and important customers"),
    ("R-DEV-07", "file, contacts, a solution of its own, surveys"),
    ("R-DEV-10", "the sections of a development plan"),
    ("R-DEV-11", "the sections of an upkeep plan"),
    ("R-DEV-12", "surveys by question, with an analysis and measures"),
    ("R-DEV-13", "the strategy is evaluated every month"),
    ("R-DEV-15", "customer resources are discussed every week"),
    ("R-DEV-19", "the list of key customers"),
    ("R-EDU-05", "contacts go by any channel"),
    ("R-EDU-06", "calls every week and meetings every month for a family"),
    ("R-EDU-09", "a solution comes with its date"),
    ("R-EDU-10", "a lesson before the close"),
    ("R-END-01", "key by market share and loyalty, ordinary, potential"),
    ("R-END-02", "return visits and birthdays"),
    ("R-END-03", "complaints are recorded and handled in time"),
    ("R-END-06", "files are checked from time to time"),
    ("R-ENG-01", "four classes of a construction group"),
    ("R-ENG-02", "strategic: repeated cooperation, an agreement, or effect on the goals"),
    ("R-ENG-03", "key: smooth cooperation that goes on"),
    ("R-ENG-04", "general: good relation, nothing certain to follow"),
    ("R-ENG-05", "potential: a project at hand of which something is known"),
    ("R-ENG-06", "the first class that fits counts"),
    ("R-ENG-07", "one department owns the contacts"),
    ("R-ENG-08", "another leads the measurement of satisfaction"),
    ("R-ENG-13", "remarks on schedule and quality are complaints, in every phase"),
    ("R-ENG-14", "satisfaction of three parts whose weights make 100"),
    ("R-FIX-01", "key status is granted, the others are general"),
    ("R-FIX-03", "a key customer is maintained every three months"),
    ("R-FIX-04", "a key customer is visited with new products every four months"),
    ("R-FIX-05", "a granted customer gets a number"),
    ("R-FIX-07", "a general customer is maintained every year"),
    ("R-FIX-13", "one department owns complaints"),
    ("R-FIX-14", "a general complaint"),
    ("R-FIX-15", "the report goes by the class of the customer; what is large or unsolved is answered in writing"),
    ("R-FIX-16", "a major complaint: repeated, escalated, or going outside"),
    ("R-FIX-17", "a major complaint goes up at once, and before it is closed"),
    ("R-FIX-18", "a major complaint is written up as a case"),
    ("R-FIX-19", "four steps from receiving to following up"),
    ("R-FIX-20", "a solution states its time and reason; who accepts none is told the limits and where else to turn"),
    ("R-FIX-21", "the result is told and satisfaction asked"),
    ("R-FIX-22", "an unsatisfied return visit becomes a complaint"),
    ("R-FIX-23", "every complaint is archived"),
    ("R-FIX-24", "corrective and preventive actions with a responsible person"),
    ("R-FIX-26", "a general customer is visited again every six months"),
    ("R-FIX-27", "a key customer is visited again every three months"),
    ("R-FIX-28", "a return visit right behind an installation or repair"),
    ("R-FIX-29", "visits are held in the time of their plan"),
    ("R-FIX-30", "the analysis of a month is due on the 3rd of the next"),
    ("R-FIX-31", "how many enquiries cooperate, and why the others do not"),
    ("R-FIX-32", "surveys and their report"),
    ("R-FIX-35", "customer data are due on the 15th and 30th"),
    ("R-FIX-36", "follow-ups are told before the 15th and 30th"),
    ("R-FIX-37", "the mailbox is read twice a day"),
    ("R-GEN-03", "what was known of a customer at any time"),
    ("R-GEN-04", "key customers among present, future and potential ones"),
    ("R-GEN-05", "who borrows information of a customer, for which purpose, is recorded"),
    ("R-GEN-06", "dealers, retailers, contract manufacturers, consumers"),
    ("R-GEN-07", "the topics of a tour visit"),
    ("R-GEN-11", "birthdays and anniversaries, every year"),
    ("R-GEN-12", "customers are found by many dimensions at once"),
    ("R-GEN-13", "personal facts of key persons, sensitive"),
    ("R-GEN-16", "satisfaction and complaint rate lead to improvement"),
    ("R-KA-01", "four gates before the application of a key account"),
    ("R-KA-02", "a general investigation from the latest documents and a talk with the head"),
    ("R-KA-03", "three departments investigate on site, and then the certification is applied for"),
    ("R-KA-04", "what the application says"),
    ("R-KA-05", "supply contract and quality contract of one day before the code"),
    ("R-KA-06", "the code is issued behind application and contracts"),
    ("R-KPI-01", "how many of those who enquire cooperate"),
    ("R-KPI-02", "the shares of the reasons of those who do not"),
    ("R-KPI-03", "the share of each department"),
    ("R-KPI-07", "satisfaction as a weighted score of three parts"),
    ("R-KPI-08", "complaints of a period of the customers who were active in it"),
    ("R-KPI-15", "the share of planned visits that was held in the time of its plan"),
    ("R-LAW-01", "institutions, individuals and other legal persons"),
    ("R-LAW-03", "no matter without a check for conflicts"),
    ("R-LAW-06", "complaints are answered within the company's limit"),
    ("R-LOG-07", "service quality by rating and complaints"),
    ("R-LOG-08", "accept, verify, decide, feed back"),
    ("R-MED-03", "medical records are kept from others"),
    ("R-MED-05", "patients are reached by telephone, online and in person"),
    ("R-MED-06", "complaints of patients are answered in time"),
    ("R-MED-08", "patients are followed up after their discharge"),
    ("R-MNT-01", "key and ordinary by criteria that two departments agree on"),
    ("R-MNT-04", "the service department asks for satisfaction"),
    ("R-MNT-05", "planned, held, reported, reviewed by a superior"),
    ("R-MNT-06", "how often depends on the kind of customer"),
    ("R-MNT-07", "process and result are recorded"),
    ("R-QC-01", "quality customers by spending, frequency and intent"),
    ("R-QC-02", "quality customers by large orders, stability and loyalty"),
    ("R-QC-04", "quality customers are surveyed at times"),
    ("R-QC-05", "quality customers are visited again at times"),
    ("R-QC-06", "quality customers are evaluated at times"),
    ("R-RE-04", "complaints are handled in time"),
    ("R-RE-05", "satisfaction is surveyed from time to time"),
    ("R-RPT-01", "customer analysis on the 3rd"),
    ("R-RPT-02", "market report on the first Monday"),
    ("R-RPT-03", "customer data on the 15th and 30th at 12:00, follow-ups before these days"),
    ("R-RPT-04", "consolidated data on the 15th and 30th in the afternoon"),
    ("R-RPT-05", "files verified again every quarter"),
    ("R-RPT-06", "suggestions for files every quarter"),
    ("R-RPT-07", "review of the policy every year"),
    ("R-RPT-08", "notice of returns every quarter"),
    ("R-RPT-09", "evaluation every month"),
    ("R-RPT-10", "meeting every week"),
    ("R-RPT-11", "mailbox twice a day"),
    ("R-RPT-12", "changes of a bank's units and users are recorded in the month after"),
    ("R-RPT-13", "report of each visit to the superior"),
    ("R-RPT-14", "a major complaint at once, and before it is closed"),
    ("R-RPT-15", "survey report from time to time"),
    ("R-SEG-01", "value and need make a matrix"),
    ("R-SEL-01", "six gates before the application of a new customer"),
    ("R-SEL-02", "five documents and two talks, then four departments on site, then the application"),
    ("R-SEL-03", "both contracts of one day before the code of a new customer"),
    ("R-SIM-01", "strategic, important, general, potential by contribution"),
    ("R-SIM-02", "complaints by hotline, online and in person"),
    ("R-SYS-01", "labels and dimensions drive filters"),
    ("R-SYS-03", "who reads, who edits, who manages"),
    ("R-SYS-05", "which fields are needed depends on the stage"),
    ("R-SYS-06", "stale files are found"),
    ("R-TEL-01", "operators and large enterprises are key"),
    ("R-TEL-02", "the business department draws up the plan for a customer"),
    ("R-TEL-03", "marketing reviews the plan"),
    ("R-TEL-04", "a policy has a version and an approver"),
    ("R-TEL-05", "the policy is reviewed every year"),
    ("R-TEL-06", "what the file of a customer holds"),
    ("R-TEL-07", "the relations of key persons"),
    ("R-TEL-08", "information of level 1: public material of the company"),
    ("R-TEL-09", "information of level 2: reports of others"),
    ("R-TEL-10", "information of level 3: contacts inside"),
    ("R-TEL-11", "information of level 4: an insider close to us"),
    ("R-TEL-12", "the market report is due on the first Monday"),
    ("R-TEL-13", "the file of an institution is held in three copies"),
    ("R-TEL-14", "changes of a file are recorded at once"),
    ("R-TEL-15", "files are verified again every three months"),
    (
        "R-TEL-16",
        "heads of departments borrow the file of a customer, a record for each loan, and nobody reads it without",
    ),
    ("R-TEL-18", "improvements are suggested every quarter"),
    ("R-TEL-20", "the sections of the plan for a customer"),
    ("R-TEL-22", "marketing enters information into the file"),
    ("R-TIER-01", "value, need, behaviour and closeness"),
    ("R-TRV-04", "satisfaction is asked in surveys"),
    ("R-TRV-05", "birthdays are found"),
    ("R-TRV-06", "guests are contacted after their stay"),
    ("R-TRV-07", "who is dissatisfied afterwards is cared for"),
    ("R-X-07", "who left does nothing any more"),
];

/// The rules of which a case keeps values and decides nothing, with what it keeps.
const RECORDED: &[(&str, &str)] = &[
    ("R-AGR-02", "fields of a file by kind; there are no purchases and no feedback"),
    ("R-BNK-10", "fields of a file"),
    ("R-CBK-01", "who made a user, as a text"),
    ("R-DEP-02", "a class that is given by hand"),
    ("R-DEV-18", "fields of a file; there is no business progress"),
    ("R-EDU-03", "any change of a record, with its history"),
    ("R-END-04", "fields of a file; there are no purchases"),
    (
        "R-ENG-10",
        "complaints of strategic and key customers are those of key customers; the watching itself is not decided",
    ),
    ("R-ENG-11", "the kind of a contact, as a free text"),
    ("R-FIX-08", "that records are listed"),
    ("R-FIX-25", "purpose, content and materials of a visit, as optional texts"),
    ("R-GEN-02", "fields of a file"),
    ("R-GEN-08", "a survey by its title; nothing ties it to new customers"),
    ("R-GEN-14", "the channel of a contact; there is no hotline"),
    ("R-GEN-15", "the kind of a contact, as a free text"),
    ("R-KA2-01", "two class names by conditions of the test; the sources state no criteria"),
    ("R-LAW-04", "free texts of a file"),
    ("R-LOG-03", "any change of a record"),
    ("R-MNT-02", "fields of a file; there are no orders"),
    ("R-QC-03", "complaints of quality customers are those of key customers; there is no team"),
    ("R-QC-07", "fields of a file; there are no purchases"),
    ("R-TEL-21", "that there is one database"),
];

pub(super) fn make(root: &Path) -> Result<String, String> {
    let mut by_rule: BTreeMap<String, Vec<String>> = BTreeMap::new();
    for case in cases::all()? {
        for rule in case.rules() {
            by_rule.entry(rule.to_owned()).or_default().push(case.name.clone());
        }
    }
    table(SHOWN, RECORDED, &named(root)?, &by_rule)
}

/// Every rule that a figure of a policy pack or a rule of the kernel names, with the file that does.
fn named(root: &Path) -> Result<BTreeMap<String, String>, String> {
    let mut found = BTreeMap::new();
    for (folder, ending) in [("plugins/policies", "toml"), ("core/src/rules", "rs"), ("core/src/rules/complaint", "rs")]
    {
        let paths = std::fs::read_dir(root.join(folder)).map_err(|e| format!("{folder}: {e}"))?;
        for path in
            paths.filter_map(|entry| Some(entry.ok()?.path())).filter(|p| p.extension() == Some(ending.as_ref()))
        {
            let text = std::fs::read_to_string(&path).map_err(|e| format!("{}: {e}", path.display()))?;
            let text = text.split("#[cfg(test)]").next().unwrap_or_default();
            let file = path.file_name().unwrap_or_default().to_string_lossy();
            for rule in text.split('"').filter(|quoted| is_rule(quoted)) {
                found.insert(rule.to_owned(), format!("{folder}/{file}"));
            }
        }
    }
    Ok(found)
}

/// Whether a text is the id of a rule, such as `R-FIX-03` or `L-BNK-1`.
fn is_rule(text: &str) -> bool {
    let mut parts = text.splitn(3, '-');
    let mut next = || parts.next().unwrap_or_default();
    let (kind, of, number) = (next(), next(), next());
    let is_number = !number.is_empty() && number.len() <= 2 && number.chars().all(|c| c.is_ascii_digit());
    matches!(kind, "R" | "L")
        && of.len() > 1
        && of.chars().all(|c| c.is_ascii_uppercase() || c.is_ascii_digit())
        && is_number
}

/// The text, or the rule that has no case, or that a case or a policy names and no table has.
fn table(
    shown: &[(&str, &str)],
    recorded: &[(&str, &str)],
    named: &BTreeMap<String, String>,
    by_rule: &BTreeMap<String, Vec<String>>,
) -> Result<String, String> {
    let is_known = |rule: &str| shown.iter().chain(recorded).any(|(known, _)| *known == rule);
    let of_cases = by_rule.iter().map(|(rule, cases)| (rule, cases.join(", ")));
    let mut all = named.iter().map(|(rule, file)| (rule, file.clone())).chain(of_cases);
    if let Some((rule, by)) = all.find(|(rule, _)| !is_known(rule)) {
        return Err(format!("the rule {rule}, which {by} names, is not in a table of tests/src/generate/coverage.rs"));
    }
    let mut out = String::from(
        "# Rules and the cases that show them\n\nGenerated by `make generate` from the cases of this folder. A rule stands here when a case decides something by it and\n\
         fails without it; the words say what. A row of the regulations may say more. `make check` fails when a rule of the\n\
         tables has no case, and when one that the kernel, a policy pack or a case names is in none.\n\n\
         | rule | what | cases |\n|---|---|---|\n",
    );
    rows(&mut out, shown, by_rule)?;
    out.push_str(
        "\n## Recorded only\n\nOf these rules a case keeps values, and nothing is decided: they do not count as shown.\n\n\
         | rule | what is kept | cases |\n|---|---|---|\n",
    );
    rows(&mut out, recorded, by_rule)?;
    Ok(out)
}

fn rows(out: &mut String, rules: &[(&str, &str)], by_rule: &BTreeMap<String, Vec<String>>) -> Result<(), String> {
    for (rule, what) in rules {
        let cases = by_rule.get(*rule).ok_or_else(|| format!("the rule {rule} ({what}) has no case in tests/cases"))?;
        row(out, rule, what, cases);
    }
    Ok(())
}

fn row(out: &mut String, rule: &str, what: &str, cases: &[String]) {
    let links: Vec<String> = cases.iter().map(|name| format!("[{name}]({name}.json)")).collect();
    let _ = writeln!(out, "| {rule} | {what} | {} |", links.join(", "));
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_rule_without_a_case_and_one_that_the_table_leaves_out_are_named() {
        let cases = BTreeMap::from([("R-A".to_owned(), vec!["a".to_owned()])]);
        let (none, one) = (BTreeMap::new(), |rule: &str| BTreeMap::from([(rule.to_owned(), "x.toml".to_owned())]));
        assert!(table(&[("R-A", "x")], &[], &none, &cases).unwrap().contains("| R-A | x | [a](a.json) |"));
        assert!(table(&[("R-A", "x"), ("R-B", "y")], &[], &none, &cases).unwrap_err().contains("R-B (y) has no case"));
        assert!(table(&[("R-A", "x")], &[], &one("R-A"), &cases).is_ok());
        assert!(table(&[("R-A", "x")], &[], &one("R-C"), &cases).unwrap_err().contains("R-C, which x.toml names"));
        assert!(table(&[], &[], &none, &cases).unwrap_err().contains("R-A, which a names"));
        let kept = table(&[], &[("R-A", "x")], &none, &cases).unwrap();
        assert!(kept.split("## Recorded only").nth(1).unwrap().contains("| R-A | x | [a](a.json) |"));
    }

    #[test]
    fn no_rule_of_the_table_can_lose_its_cases_unseen() {
        let by_rule = |without: &str| {
            let of = |(rule, _): &(&str, &str)| ((*rule).to_owned(), vec!["a".to_owned()]);
            SHOWN.iter().chain(RECORDED).map(of).filter(|(rule, _)| rule != without).collect::<BTreeMap<_, _>>()
        };
        assert!(table(SHOWN, RECORDED, &BTreeMap::new(), &by_rule("")).is_ok());
        for (rule, _) in SHOWN.iter().chain(RECORDED) {
            let refused = table(SHOWN, RECORDED, &BTreeMap::new(), &by_rule(rule)).unwrap_err();
            assert!(refused.contains(&format!("the rule {rule} (")), "{refused}");
        }
    }

    #[test]
    fn ids_of_rules_are_found_and_other_texts_are_not() {
        let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("..");
        let found = named(&root).unwrap();
        assert_eq!(found.get("R-TEL-18").map(String::as_str), Some("plugins/policies/telecom_vendor.toml"));
        assert_eq!(found.get("R-FIX-16").map(String::as_str), Some("core/src/rules/complaint/grade.rs"));
        for text in ["R-FIX", "R-FIX-", "R-FIX-1x", "T-1-2", "F2 Art. 8.1", "R--1"] {
            assert!(!is_rule(text), "{text}");
        }
    }
}
