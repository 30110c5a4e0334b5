//! Programs in C on the library: they compile as C99 and C++17 without a warning, do what they say, and run clean under
//! valgrind and the sanitizers.
#![expect(clippy::unwrap_used, reason = "a test may panic")]
#![expect(clippy::disallowed_methods, reason = "a test makes the files that it needs")]

use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::OnceLock;

use crm_tests::generate::root;
use crm_tests::library::{self, run};

const FLAGS: [&str; 5] = ["-Wall", "-Wextra", "-Werror", "-pedantic", "-g"];
const NOW: &str = "2026-09-16T09:00:00+08:00";

/// A folder that holds the library under the name that programs ask the dynamic linker for.
fn linked() -> &'static Path {
    static FOLDER: OnceLock<tempfile::TempDir> = OnceLock::new();
    let folder = FOLDER.get_or_init(|| {
        let folder = tempfile::tempdir().unwrap();
        for name in ["libcrmkernel.so", "libcrmkernel.so.1"] {
            std::os::unix::fs::symlink(library::crmkernel(), folder.path().join(name)).unwrap();
        }
        folder
    });
    folder.path()
}

/// Compiles and links a source, and gives the program.
fn compiled(source: &Path, compiler: &[&str], into: &Path) -> PathBuf {
    let program = into.join(source.file_stem().unwrap());
    let mut command = Command::new(compiler[0]);
    command.args(&compiler[1..]).args(FLAGS).arg("-I").arg(root().join("include")).arg(source);
    command.arg("-o").arg(&program).arg("-L").arg(linked()).args(["-x", "none", "-lcrmkernel"]);
    command.arg(format!("-Wl,-rpath,{}", linked().display()));
    run(&mut command).unwrap();
    program
}

fn source(name: &str) -> PathBuf {
    root().join("tests/hosts/c").join(format!("{name}.c"))
}

const C: [&str; 2] = ["cc", "-std=c99"];
const CXX: [&str; 4] = ["c++", "-std=c++17", "-x", "c++"];

#[test]
fn misuse_is_refused_in_c_and_in_cpp() {
    for compiler in [&C[..], &CXX] {
        let folder = tempfile::tempdir().unwrap();
        let program = compiled(&source("misuse"), compiler, folder.path());
        assert_eq!(run(&mut Command::new(program)).unwrap(), "misuse: 0 failures\n");
    }
}

#[test]
fn threads_share_a_database_and_a_child_of_fork_does_not() {
    for compiler in [&["cc", "-std=c99", "-pthread"][..], &["c++", "-std=c++17", "-pthread", "-x", "c++"]] {
        let folder = tempfile::tempdir().unwrap();
        let program = compiled(&source("threads"), compiler, folder.path());
        assert_eq!(run(&mut Command::new(&program)).unwrap(), "threads: 0 failures\n");
        let file = folder.path().join("threads.crm");
        assert_eq!(run(Command::new(&program).arg(file)).unwrap(), "threads: 0 failures\n");
    }
}

#[test]
fn a_database_is_backed_up_restored_checked_and_compacted() {
    for compiler in [&C[..], &CXX] {
        let folder = tempfile::tempdir().unwrap();
        let program = compiled(&source("care"), compiler, folder.path());
        let data = tempfile::tempdir().unwrap();
        assert_eq!(run(Command::new(program).arg(data.path())).unwrap(), "care: 0 failures\n");
    }
}

/// A plugin in C of the tests, with its manifest beside it.
fn test_plugin(name: &str, id: &str, capabilities: &str, into: &Path) -> PathBuf {
    let library = into.join(format!("lib{name}.so"));
    let mut command = Command::new("cc");
    command.args(["-std=c99", "-shared", "-fPIC", "-I"]).arg(root().join("include")).arg("-o").arg(&library);
    run(command.arg(root().join("tests/plugins").join(format!("{name}.c")))).unwrap();
    let plugin = into.join("plugin.toml");
    std::fs::write(&plugin, format!("id = \"{id}\"\nversion = \"1.0.0\"\ncapabilities = [{capabilities}]\n")).unwrap();
    run(Command::new(library::manifest_tool().unwrap()).arg(&library).arg(plugin)).unwrap();
    library
}

#[test]
fn a_host_reads_the_calculators_the_log_and_the_keys_of_its_plugins() {
    let folder = tempfile::tempdir().unwrap();
    let banking = library::plugin("banking").unwrap();
    let probe = test_plugin("probe", "test.probe", "", folder.path());
    let discreet = test_plugin("discreet", "test.discreet", "\"actor\"", folder.path());
    for compiler in [&C[..], &CXX] {
        let program = compiled(&source("plugins"), compiler, folder.path());
        assert_eq!(run(Command::new(program).args([&banking, &probe, &discreet])).unwrap(), "plugins: 0 failures\n");
    }
}

#[test]
fn a_query_is_read_as_a_stream_of_arrow_batches() {
    for compiler in [&C[..], &CXX] {
        let folder = tempfile::tempdir().unwrap();
        let program = compiled(&source("arrow"), compiler, folder.path());
        assert_eq!(run(&mut Command::new(program)).unwrap(), "arrow: 0 failures\n");
    }
}

#[test]
fn the_erp_says_by_when_a_complaint_is_due_and_why() {
    for compiler in [&C[..], &CXX] {
        let folder = tempfile::tempdir().unwrap();
        let program = compiled(&source("erp"), compiler, folder.path());
        let db = folder.path().join("erp.crm");
        let plugin = library::plugin("banking").unwrap();
        let erp = || run(Command::new(&program).arg(&db).arg("--plugin").arg(&plugin).args(["--now", NOW])).unwrap();
        let first = erp();
        for line in [
            "deadline_on is 2026-10-08 by L-BNK-1",
            "grade is key_customer by R-FIX-15",
            "    due_on = 2026-10-01",
            "a visit was held, reported and reviewed",
            "visits due within 30 days\n  2026-09-19  催收与需求\n  2026-09-23  新产品推荐\n",
            "open complaints by deadline\n  2026-10-08  安装延误\n",
        ] {
            assert!(first.contains(line), "{line} is not in\n{first}");
        }
        assert_eq!(erp().matches("as it was").count(), 7);
    }
}

/// Runs the same commands that the other tests run.
fn rehearse(tool: &[&str], compiler: &[&str]) {
    let folder = tempfile::tempdir().unwrap();
    let wrapped = |program: &Path| {
        let mut all: Vec<&str> = tool.to_vec();
        let program = program.to_str().unwrap();
        all.push(program);
        let mut command = Command::new(all[0]);
        command.args(&all[1..]);
        command
    };
    for name in ["misuse", "arrow"] {
        run(&mut wrapped(&compiled(&source(name), compiler, folder.path()))).unwrap();
    }
    let pthread = [compiler, &["-pthread"]].concat();
    run(&mut wrapped(&compiled(&source("threads"), &pthread, folder.path()))).unwrap();
    let (care, data) = (compiled(&source("care"), compiler, folder.path()), tempfile::tempdir().unwrap());
    run(wrapped(&care).arg(data.path())).unwrap();
    let erp = compiled(&source("erp"), compiler, folder.path());
    run(wrapped(&erp).arg(folder.path().join("erp.crm")).args(["--now", NOW])).unwrap();
    let import = compiled(&source("import"), compiler, folder.path());
    let csv = sample(folder.path());
    run(wrapped(&import).arg(folder.path().join("import.crm")).arg("cfpb").arg(csv)).unwrap();
}

#[test]
fn the_programs_run_clean_under_the_sanitizers() {
    let sanitizers = library::sanitized().map_or("address,undefined".to_owned(), |(sanitizer, _)| sanitizer);
    let flag = format!("-fsanitize={sanitizers}");
    rehearse(&["env"], &["cc", "-std=c99", &flag, "-fno-sanitize-recover=all"]);
}

#[test]
fn the_programs_run_clean_under_valgrind() {
    if Command::new("valgrind").arg("--version").output().is_err() {
        println!("valgrind is not installed, so nothing was looked at: for example apt-get install valgrind");
        return;
    }
    // The standard library keeps the main thread's handle by a pointer into its middle, which is "possibly lost".
    let leaks = ["--leak-check=full", "--show-leak-kinds=definite", "--errors-for-leak-kinds=definite"];
    rehearse(&[&["valgrind", "-q", "--error-exitcode=9"][..], &leaks].concat(), &C);
}

/// Complaints with what bites: a byte order mark, line breaks in a cell, quotes, a missing issue, a cut last record.
fn sample(folder: &Path) -> PathBuf {
    let text = "\u{feff}Date received,Product,Sub-product,Issue,Sub-issue,Consumer complaint narrative,\
        Company public response,Company,State,ZIP code,Tags,Consumer consent provided?,Submitted via,\
        Date sent to company,Company response to consumer,Timely response?,Consumer disputed?,Complaint ID\r\n\
        2023-08-25,Mortgage,,Payments,,\"First line\nsecond \"\"line\"\", with a comma\",,\"EQUIFAX, INC.\",FL,1,,,Web,\
        2023-08-26,Closed with explanation,Yes,N/A,1\r\n\
        8/30/2013,Mortgage,,Payments,,,,\"EQUIFAX, INC.\",CA,2,,,Fax,8/29/2013,Closed,No,Yes,2\n\
        2023-08-25,Mortgage,,,,,,Other Bank,CA,2,,,Phone,,In progress,Yes,N/A,3\n\
        yesterday,Mortgage,,Payments,,,,Other Bank,CA,2,,,Phone,,In progress,Yes,N/A,4\n\
        2023-08-25,too few\n\
        2023-08-25,Mortgage,,Payments,,\"cut";
    let path = folder.join("complaints.csv");
    std::fs::write(&path, text).unwrap();
    path
}

#[test]
fn the_importer_compiles_as_cpp_too() {
    let folder = tempfile::tempdir().unwrap();
    let program = compiled(&source("import"), &CXX, folder.path());
    assert_eq!(Command::new(program).output().unwrap().status.code(), Some(2));
}

#[test]
fn an_import_reports_rejected_records_with_their_lines_and_changes_nothing_twice() {
    let folder = tempfile::tempdir().unwrap();
    let program = compiled(&source("import"), &C, folder.path());
    let csv = sample(folder.path());
    let import = || {
        let done = Command::new(&program).arg(folder.path().join("a.crm")).arg("cfpb").arg(&csv).output().unwrap();
        assert!(done.status.success());
        (String::from_utf8(done.stdout).unwrap(), String::from_utf8(done.stderr).unwrap())
    };
    let (counts, rejected) = import();
    assert_eq!(
        counts,
        "customers: 2 added, 0 changed, 0 unchanged, 0 rejected\ncomplaints: 2 added, 0 changed, 0 unchanged, 4 rejected\n"
    );
    let mut lines: Vec<&str> = rejected.lines().map(|line| line.split_once("csv:").unwrap().1).collect();
    lines.sort_unstable();
    assert_eq!(
        lines,
        [
            "5: issue is missing, it is required",
            "6: a date is not of the form 2023-08-25 or 8/25/2023",
            "7: the record has 2 cells, the heading has 18",
            "8: the record is cut inside a quote",
        ]
    );
    let (counts, _) = import();
    assert_eq!(
        counts,
        "customers: 0 added, 0 changed, 2 unchanged, 0 rejected\ncomplaints: 0 added, 0 changed, 2 unchanged, 4 rejected\n"
    );
}

#[test]
fn the_example_of_the_readme_compiles_and_runs() {
    let readme = std::fs::read_to_string(root().join("README.md")).unwrap();
    let (_, rest) = readme.split_once("```c\n").expect("README.md opens with an example in C");
    let (example, _) = rest.split_once("```").unwrap();
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("example.c");
    std::fs::write(&path, example).unwrap();
    let program = compiled(&path, &C, folder.path());
    let told = run(Command::new(program).current_dir(folder.path())).unwrap();
    assert!(told.contains("key_customer, because the customer is a key customer (R-FIX-15)"), "{told}");
}

#[test]
fn the_header_says_the_version_that_runs_and_asserts_its_layout() {
    let program = "#include \"crmkernel.h\"\n#ifndef CRMK_ASSERT\n#error the layout is not held\n#endif\n\
        int main(void) {\n  return crmk_version_number() == CRMK_VERSION_NUMBER && CRMK_VERSION_NUMBER ==\n\
        CRMK_VERSION_MAJOR * 1000000 + CRMK_VERSION_MINOR * 1000 + CRMK_VERSION_PATCH ? 0 : 1;\n}\n";
    for compiler in [&["cc", "-std=c11"][..], &CXX] {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("version.c");
        std::fs::write(&path, program).unwrap();
        run(&mut Command::new(compiled(&path, compiler, folder.path()))).unwrap();
    }
}

#[test]
fn the_library_exports_the_functions_of_the_list_and_no_others() {
    let listed = std::fs::read_to_string(root().join("ffi/symbols.txt")).unwrap();
    let exported = run(Command::new("nm").args(["-D", "--defined-only"]).arg(library::crmkernel())).unwrap();
    let mut exported: Vec<&str> = exported.lines().filter_map(|line| line.split_whitespace().last()).collect();
    exported.sort_unstable();
    assert_eq!(exported, listed.lines().collect::<Vec<_>>(), "ffi/symbols.txt lists what is exported, sorted");
    let header = std::fs::read_to_string(root().join("include/crmkernel.h")).unwrap();
    let missing: Vec<&&str> = exported.iter().filter(|name| !header.contains(&format!("{name}("))).collect();
    assert_eq!(missing, Vec::<&&str>::new(), "exported, but not in the header");
}

#[test]
fn the_library_asks_to_be_found_by_its_major_version() {
    let dynamic = run(Command::new("readelf").arg("-d").arg(library::crmkernel())).unwrap();
    assert!(dynamic.contains("Library soname: [libcrmkernel.so.1]"), "{dynamic}");
}
