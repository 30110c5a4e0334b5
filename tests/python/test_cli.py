"""The command line: data on standard output, the rest on standard error, and its exit codes."""

from __future__ import annotations

import csv
import io
import json
import os
import stat
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import crmkernel
import pytest
from conftest import REPOSITORY
from crmkernel.cli import exit_code, language, main

SAMPLE = REPOSITORY / "tests" / "data"
Capture = pytest.CaptureFixture[str]


@pytest.fixture(autouse=True)
def database(file: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("CRMKERNEL_DB", str(file))
    return file


def run(*words: str) -> int:
    return main(words)


def test_a_customer_from_add_to_history(capsys: Capture) -> None:
    assert run("customer", "add", "name=王五", "class=key", "annual_revenue=12.50 CNY", "--format", "json") == 0
    added = json.loads(capsys.readouterr().out)
    assert (added["id"], added["name"], added["annual_revenue"]) == (1, "王五", {"amount_minor": 1250, "currency": "CNY"})
    assert run("customer", "update", "1", "region=310000", "--revision", "1") == 0
    assert run("customer", "update", "1", "region=1", "--revision", "1") == 4
    assert run("customer", "activate", "1") == 0
    assert run("customer", "activate", "1") == 4
    assert "allowed from prospect" in capsys.readouterr().err
    assert run("customer", "history", "1", "--format", "ndjson") == 0
    commands = [json.loads(line)["command"] for line in capsys.readouterr().out.splitlines()]
    assert commands == ["activate", "update", "add"]
    assert run("customer", "list", "class=key", "region__is_set", "--format", "csv") == 2
    assert run("customer", "list", "class=key", "region__is_set=true", "--format", "csv", "--columns", "id,name") == 0
    assert capsys.readouterr().out == "id,name\n1,王五\n"
    assert run("customer", "count", "status__in=active,lost") == 0
    assert capsys.readouterr().out == "1\n"
    assert run("changes", "--since", "1") == 0
    assert "310000" in capsys.readouterr().out
    assert run("verify", "--format", "json") == 0
    assert json.loads(capsys.readouterr().out)["entries"] == 3


def test_exit_codes(capsys: Capture, tmp_path: Path) -> None:
    assert run("customer", "list") == 3
    assert run("customer", "add", "name=A") == 0
    assert run("customer", "get", "7") == 3
    assert run("customer", "get", "code:none") == 3
    assert run("customer", "add", "name= ") == 4
    assert run("customer", "add", "name=A", "--level", "read") == 4
    assert run("customer", "add", "colour=red") == 2
    assert run("customer", "add", "name") == 2
    assert run("customer", "add", "name=A", "employee_count=many") == 2
    with pytest.raises(SystemExit) as usage:
        run("customer", "dance", "1")
    assert usage.value.code == 2
    (tmp_path / "text").write_text("hello")
    assert run("--db", str(tmp_path / "text"), "verify") == 1
    with crmkernel.open(os.environ["CRMKERNEL_DB"], actor="u"):
        assert run("customer", "list", "--busy-timeout", "0") == 0
        assert run("customer", "add", "name=B", "--busy-timeout", "0") == 5
    assert capsys.readouterr().out.count("\n") <= 10


def test_every_kind_has_an_exit_code() -> None:
    for number, kind, _ in crmkernel._native.error_kinds():
        error = crmkernel.errors.from_kernel(kind, number, "x", [], (), None)
        assert exit_code(error) in (1, 2, 3, 4, 5)


def test_imports_and_exports(capsys: Capture, tmp_path: Path) -> None:
    path = str(SAMPLE / "complaints/cfpb_sample_2023.csv")
    rejected = tmp_path / "rejected.csv"
    assert run("import", "cfpb", path, "--format", "json", "--rejected", str(rejected)) == 4
    captured = capsys.readouterr()
    assert [(row["records"], row["added"], row["rejected"]) for row in json.loads(captured.out)] == [
        ("customers", 5, 0),
        ("complaints", 9, 1),
    ]
    assert "rejected: row 10 (line 13) [not_csv]" in captured.err
    assert rejected.exists()
    assert run("import", "cfpb", path, "--quiet") == 4
    assert "nothing changed" not in capsys.readouterr().out
    assert run("import", "accounts", str(SAMPLE / "pipeline/accounts.csv")) == 0
    assert run("import", "uci-bank", str(SAMPLE / "contacts/bank-full.csv")) == 0
    capsys.readouterr()
    assert run("export", "customer", "industry=retail") == 0
    rows = list(csv.DictReader(io.StringIO(capsys.readouterr().out)))
    assert [row["name"] for row in rows] == ["Blue Heron Foods", "Heron Frozen"]
    assert "phone" not in rows[0]
    (tmp_path / "in.csv").write_text("code,name\nx,X\n")
    assert run("import", "csv", "customer", str(tmp_path / "in.csv"), "--put") == 0
    assert run("complaint", "open", "--format", "ndjson", "--lang", "zh") == 0
    lines = capsys.readouterr().out.splitlines()[-4:]
    assert [json.loads(line)["customer_name"] for line in lines].count("LAKESIDE BANK") == 2
    assert run("complaint", "explain", "1") == 0
    assert "R-FIX-1" in capsys.readouterr().out


def test_an_import_keeps_dates_that_cannot_be_when_it_is_told_to(capsys: Capture, tmp_path: Path) -> None:
    (tmp_path / "in.csv").write_text("name,birthday\nA,0187-01-26\n")
    assert run("import", "csv", "customer", str(tmp_path / "in.csv"), "--format", "ndjson") == 4
    assert json.loads(capsys.readouterr().out.splitlines()[0])["rejected"] == 1
    assert run("import", "csv", "customer", str(tmp_path / "in.csv"), "--allow-impossible-dates") == 0
    assert run("customer", "list", "date_doubt=birthday", "--format", "ndjson") == 0
    assert '"name": "A"' in capsys.readouterr().out.splitlines()[-1]


def test_visits_due(capsys: Capture) -> None:
    assert run("customer", "add", "name=A") == 0
    assert run("visit", "add", "customer=1", "owner=u.li", "planned_on=2026-09-16") == 0
    capsys.readouterr()
    assert run("visit", "due", "--on", "2026-09-16", "--format", "ndjson") == 0
    due = json.loads(capsys.readouterr().out)
    assert (due["customer_name"], due["planned_on"]) == ("A", "2026-09-16")
    assert run("visit", "due", "--on", "2026-09-15", "--format", "ndjson") == 0
    assert capsys.readouterr().out == ""
    with pytest.raises(SystemExit) as usage:
        run("visit", "due", "--on", "soon")
    assert usage.value.code == 2


def test_tables_are_aligned_and_hide_personal_fields(capsys: Capture) -> None:
    assert run("customer", "add", "name=王五商行", "phone=13800000000", "code=K-1") == 0
    assert "13800000000" not in capsys.readouterr().out
    assert run("customer", "list") == 0
    assert run("customer", "get", "code:K-1", "--sensitive") == 0
    out = capsys.readouterr().out
    assert out.splitlines()[1].startswith("1   K-1   王五商行")
    assert "\x1b" not in out
    assert "13800000000" in out
    assert run("fields", "complaint", "--format", "csv") == 0
    assert "投诉事项" in capsys.readouterr().out


@pytest.mark.parametrize("shell", ["bash", "zsh", "fish"])
def test_completion_scripts(capsys: Capture, shell: str, tmp_path: Path) -> None:
    assert run("completion", shell) == 0
    script = capsys.readouterr().out
    assert "escalate" in script
    if shell == "bash":
        code = script + '\nCOMP_WORDS=(crmkernel visit ho); COMP_CWORD=2; _crmkernel; echo "${COMPREPLY[@]}"'
        done = subprocess.run(["bash", "-c", code], capture_output=True, text=True, check=True, cwd=tmp_path)
        assert done.stdout.split() == ["hold"]


def test_a_closed_pipe_is_no_traceback(file: Path) -> None:
    with crmkernel.open(file, actor="u") as db:
        db.customers.add_many([{"name": f"c{i}"} for i in range(20_000)])
    code = f"{sys.executable} -m crmkernel --db {file} export customer | head -1"
    done = subprocess.run(["bash", "-c", code], capture_output=True, text=True)
    assert done.stdout.startswith("code,")
    assert "Traceback" not in done.stderr


def test_an_interrupt_has_its_code(monkeypatch: pytest.MonkeyPatch) -> None:
    def interrupted(arguments: object) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr("crmkernel.cli.run", interrupted)
    assert run("verify") == 130


def test_a_missing_plugin_is_told_and_forgotten(capsys: Capture, file: Path) -> None:
    """A command without the plugin that rules customers wrote them as if there were no rules."""

    class Seen(crmkernel.Plugin):
        id = "cli.seen"
        version = "1.2.0"
        entities = ("customer",)

        def validate(self, change: crmkernel.Change) -> list[crmkernel.Violation]:
            return []

    with crmkernel.open(file, actor="u.test") as db:
        db.register(Seen())
        db.customers.add(name="A")
    assert run("customer", "add", "name=B") != 0
    assert "cli.seen 1.2.0" in capsys.readouterr().err
    assert run("customer", "list", "--format", "csv", "--columns", "id,name") == 0
    told = capsys.readouterr()
    assert told.out == "id,name\n1,A\n" and told.err.count("cli.seen 1.2.0") == 1
    assert run("customer", "list", "--quiet") == 0
    assert "warning" not in capsys.readouterr().err
    assert run("--allow-missing-plugins", "customer", "add", "name=B") == 0
    assert "warning: the database needs the plugin cli.seen" in capsys.readouterr().err
    assert run("plugin", "forget", "cli.seen") == 0
    capsys.readouterr()
    assert run("customer", "add", "name=C") == 0
    assert "cli.seen" not in capsys.readouterr().err


def ended(*words: str, **options: Any) -> subprocess.CompletedProcess[str]:
    """The command in a process of its own."""
    return subprocess.run([sys.executable, "-m", "crmkernel", *words], capture_output=True, text=True, **options)


def test_a_closed_stream_is_one_line_and_nothing_is_done(file: Path) -> None:
    """With standard output closed a command ended in a traceback, after it had written. The file of the database must not get
    the number of a closed stream, for what is written to that would go into the database."""
    crmkernel.open(file, actor="u").close()
    for words in ("customer list", "customer add name=A", "export customer", "--lang zh db check"):
        command = f"{sys.executable} -m crmkernel {words} >&-"
        done = subprocess.run(["sh", "-c", command], capture_output=True, text=True)
        assert done.returncode == 1 and "Traceback" not in done.stderr and len(done.stderr.splitlines()) == 1, done.stderr
    with crmkernel.open(file, actor="u") as db:
        assert db.customers.count() == 0
    for words in ("customer add name=A 2>&-", "customer add name=B 2>&- <&-"):
        done = subprocess.run(["sh", "-c", f"{sys.executable} -m crmkernel {words}"], capture_output=True, text=True)
        assert done.returncode == 0
    with crmkernel.open(file, actor="u") as db:
        assert (db.customers.count(), db.verify().ok) == (2, True)


def test_an_interrupt_while_the_command_line_is_loaded_has_its_code_too() -> None:
    """In the first tenth of a second Ctrl-C gave a traceback out of an import. The program is stopped there, in the first
    import behind the package's own beginning, and gets its interrupt."""
    program = """
import os, signal, sys
class Interrupts:
    def find_spec(self, name, path=None, target=None):
        if name == "crmkernel.bulk":
            os.kill(os.getpid(), signal.SIGINT)
        return None
signal.signal(signal.SIGINT, signal.default_int_handler)
sys.meta_path.insert(0, Interrupts())
sys.argv = ["/usr/bin/crmkernel", "verify"]
from crmkernel.cli import main
sys.exit(main())
"""
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True)
    assert (done.returncode, done.stderr) == (130, "")
    host = program.replace("/usr/bin/crmkernel", "host.py")
    done = subprocess.run([sys.executable, "-c", host], capture_output=True, text=True)
    assert "KeyboardInterrupt" in done.stderr, "another program keeps its own answer to Ctrl-C"


def test_a_reading_command_loads_a_plugin_that_the_database_does_not_know_yet(
    capsys: Capture, file: Path, plugin: Callable[[str], Path]
) -> None:
    """`--plugin` failed on every reading command, for the file was open to read; and with the plugin loaded it was told to be
    missing."""
    with crmkernel.open(file, actor="u") as db:
        db.customers.add(name="A")
    library = str(plugin("banking"))
    for _ in range(2):
        assert run("--plugin", library, "customer", "list", "--format", "csv", "--columns", "name") == 0
        told = capsys.readouterr()
        assert told.out == "name\nA\n" and "not loaded" not in told.err
    assert run("customer", "list") == 0
    assert capsys.readouterr().err.count("needs the plugin crmkernel.banking") == 1


def test_the_file_of_rejected_rows_is_opened_first_and_is_as_private_as_the_database(capsys: Capture, file: Path, tmp_path: Path) -> None:
    """An import wrote its rows and then could not write those it had refused; and what it wrote everybody could read."""
    crmkernel.open(file, actor="u").close()
    file.chmod(0o600)
    source, rejected = tmp_path / "in.csv", tmp_path / "rejected.csv"
    source.write_text("name,employee_count\nok,1\nbad,x\n", encoding="utf-8")
    before = os.umask(0o022)
    try:
        assert run("import", "csv", "customer", str(source), "--rejected", str(tmp_path / "none" / "r.csv")) == 1
        assert str(tmp_path / "none" / "r.csv") in capsys.readouterr().err
        assert run("customer", "count") == 0 and capsys.readouterr().out == "0\n"
        rejected.write_text("old", encoding="utf-8")
        assert run("import", "csv", "customer", str(source), "--rejected", str(rejected), "--lang", "zh") == 4
    finally:
        os.umask(before)
        language.choose("en")
    assert stat.S_IMODE(rejected.stat().st_mode) == 0o600
    assert "字段 employee_count 应为整数" in rejected.read_text(encoding="utf-8-sig")
    assert "bad,x" in rejected.read_text(encoding="utf-8-sig")
    assert sorted(path.name for path in tmp_path.iterdir() if "new-" in path.name) == []


def test_chinese_messages_say_what_was_found_and_what_is_allowed(capsys: Capture, tmp_path: Path) -> None:
    """In Chinese an error was named by its kind alone: no field that there is, no operator, no file, no column."""
    source = tmp_path / "in.csv"
    assert run("customer", "add", "name=A", "status=active") == 0
    for words, told in {
        ("customer", "list", "colour=1"): ("colour", "可用字段", "employee_count"),
        ("customer", "list", "name__foo=1"): ("foo", "可用", "starts_with"),
        ("customer", "add", "name=B", "employee_count=many"): ("employee_count", "整数", "many"),
        ("customer", "add", "name=B", "status=foo"): ("status", "active", "foo"),
        ("--actor", "a\u200bb", "customer", "list"): ("第 2 个字符", "字母"),
        ("--actor", "", "customer", "list"): ("1 至 64 个字符", "0 个"),
        ("customer", "list", "employee_count__starts_with=3"): ("starts_with", "文本", "employee_count", "整数"),
        ("customer", "list", "--columns", "colour"): ("colour", "可用字段"),
        ("--db", str(tmp_path / "no" / "a.crm"), "customer", "list"): ("不存在", "a.crm"),
        ("import", "csv", "customer", str(tmp_path / "none.csv")): ("none.csv", "没有这个文件"),
        ("db", "backup", os.environ["CRMKERNEL_DB"]): ("已存在", "--replace"),
    }.items():
        capsys.readouterr()
        assert run(*words, "--lang", "zh") != 0
        said = capsys.readouterr().err
        assert all(part in said for part in told), said
    for content, told in {
        "name,colour\nB,red\n": ("colour", "可用字段"),
        "name,name\nB,C\n": ("第 1 行", "name", "两次"),
        'name,code\nB\n"C': ("第 1 条", "第 2 行", "该行有 1 个单元格，表头有 2 个"),
        "name,employee_count\nB,x\n": ("employee_count", "整数"),
    }.items():
        source.write_text(content, encoding="utf-8")
        assert run("import", "csv", "customer", str(source), "--lang", "zh") != 0
        said = capsys.readouterr().err
        assert all(part in said for part in told), said
    at = "2026-01-05T09:00:00+08:00"
    assert run("complaint", "add", "customer=1", "issue=fee", f"received_at={at}") == 0
    capsys.readouterr()
    assert run("complaint", "explain", "1", "--lang", "zh") == 0
    shown = capsys.readouterr().out
    assert "投诉等级" in shown and "一般投诉" in shown and "grade" not in shown and "general" not in shown
    language.choose("en")
