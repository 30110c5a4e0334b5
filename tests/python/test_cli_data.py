"""What goes out of the command line comes in again, and what it says fits who reads it: a program, a spreadsheet, a terminal."""

from __future__ import annotations

import csv
import datetime
import io
import json
import os
import shutil
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import crmkernel
import pytest
from conftest import REPOSITORY
from crmkernel import bulk, rows
from crmkernel.cli import language, main
from crmkernel.cli.entities import CLASSES
from crmkernel.cli.language import KINDS, TITLES, of_locale
from crmkernel.cli.terminal import printable

Capture = pytest.CaptureFixture[str]
DAY = datetime.date(2026, 9, 16)
AT = datetime.datetime(2026, 9, 16, 1, 2, 3, 456_000, tzinfo=datetime.UTC)
HOSTILE = [
    "=cmd|'/C calc'!A0", "+1+1", "-2+3", "@SUM(1+1)", "\t=1+1", "\rx", "'=1", "''-1", "'plain", "'", "a=b", "上海",
    "zeile\nzwei", "zeile\r\nzwei", "allein\rzurück", 'sagt "ja", nein', "\u202eevil\u2066", "x\x1b]0;pwned\x07\x1b[2J", " rand ",
]


def fill(db: crmkernel.Database) -> None:
    """A record or more of every entity, with every type of value."""
    db.declare_field("customer", "acme.tier", "text")
    db.declare_field("customer", "acme.since", "date")
    db.declare_field("customer", "acme.worth", "money")
    for n, text in enumerate(HOSTILE):
        db.customers.add(
            name=f"c{n}{text}", note=text, code=f"C-{n}", annual_revenue=crmkernel.Money(1250 - 1000 * n, "CNY"), status="active",
            signed_on=DAY, employee_count=n, custom={"acme.tier": text, "acme.since": DAY, "acme.worth": crmkernel.Money(-5, "JPY")},
        )
    db.customers.add(name="带等级", class_="key", external_system="erp", external_id="7")
    for name in ("王五", "赵六"):
        db.persons.add(customer=1, name=name)
    db.visits.add(customer=1, owner="u", planned_on=DAY)
    db.complaints.add(customer=1, issue="=安装\n延误", received_at=AT)
    closed = {"state": "closed", "closed_at": AT, "outcome": "o", "satisfaction": "satisfied", "lesson": "l"}
    closed |= {"cause": "c", "solution": "s", "promised_on": DAY, "promise_reason": "p"}
    db.complaints.add(customer=2, issue="y", received_at=AT - datetime.timedelta(days=3), **closed)
    db.actions.add(complaint=1, kind="corrective", content="-x", owner="u")
    db.appeals.add(customer=1, authority="x", received_at=AT)
    db.reviews.add(complaint=2, unit="总行", objection="x", requested_at=AT)
    db.work_years.add(year=2027, region="CN", rest_days="2027-01-01", make_up_workdays="2027-01-02")
    db.surveys.add(title="x", period_from=DAY, period_until=DAY, questions="x", points_max=5)
    db.survey_answers.add(survey=1, customer=1, question=1, points=3)
    db.satisfaction_scores.add(customer=1, period_from=DAY, period_until=DAY)
    db.information_items.add(
        customer=1, section="industry_market", level="public_material", title="@x", obtained_on=DAY, owner="u"
    )
    db.person_relations.add(person=1, other=2, kind="reports_to")
    db.partner_relations.add(customer=1, other=2, kind="supplier_of")
    db.org_units.add(name="总部", level="head_office")
    db.users.add(code="u.x", name="x", unit=1, position="leader")
    db.access_records.add(customer=1, operation="query", purpose="x", until_on=datetime.date.today() + datetime.timedelta(days=30))
    db.customer_plans.add(customer=1, owner="u")
    db.investigations.add(customer=1, kind="general", owner="u")


@pytest.fixture(scope="module")
def filled(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("filled") / "filled.crm"
    with crmkernel.open(path, actor="u.boss") as db:
        fill(db)
        assert all(db.collection(entity).count() for entity in CLASSES)
    return path


@pytest.fixture
def file(filled: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    path = tmp_path / "copy.crm"
    shutil.copy(filled, path)
    monkeypatch.setenv("CRMKERNEL_DB", str(path))
    monkeypatch.setenv("LC_ALL", "C.UTF-8")
    return path


def run(*words: str) -> int:
    return main([*words, "--actor", "u.boss"])


@pytest.mark.parametrize("raw", [(), ("--raw",)])
def test_what_export_writes_comes_back_through_import(file: Path, tmp_path: Path, capsys: Capture, raw: tuple[str, ...]) -> None:
    """An export did not come back: id, revision and what the kernel keeps were refused, row by row.

    Now `import --put` finds each record by its id and leaves aside what the kernel keeps; nothing changes, of any entity.
    """
    with crmkernel.open(file, actor="u.boss") as db:
        before = {entity: [record.to_dict(sensitive=True) for record in db.collection(entity)] for entity in CLASSES}
        sequence = db.last_sequence
    for entity in CLASSES:
        capsys.readouterr()
        assert run("export", entity, "--sensitive", *raw) == 0
        (tmp_path / f"{entity}.csv").write_text(capsys.readouterr().out, encoding="utf-8", newline="")
        assert run("import", "csv", entity, str(tmp_path / f"{entity}.csv"), "--put", "--format", "json", *raw) == 0
        (report,) = json.loads(capsys.readouterr().out)
        assert (report["unchanged"], report["added"], report["changed"], report["rejected"]) == (len(before[entity]), 0, 0, 0)
    with crmkernel.open(file, actor="u.boss") as db:
        assert db.last_sequence == sequence
        for entity, records in before.items():
            assert [record.to_dict(sensitive=True) for record in db.collection(entity)] == records
    # One cell that is changed is one record that is changed.
    path = tmp_path / "customer.csv"
    path.write_bytes(path.read_bytes().replace("带等级".encode(), "改名".encode()))
    assert run("import", "csv", "customer", str(path), "--put", "--format", "json", *raw) == 0
    assert json.loads(capsys.readouterr().out)[0]["changed"] == 1


def test_an_export_makes_the_same_records_in_an_empty_database(file: Path, tmp_path: Path, capsys: Capture) -> None:
    """Without `--put` the rows are new records: what callers set is the same, what the kernel keeps is made anew."""
    assert run("export", "customer", "class__is_absent=true") == 0
    text = capsys.readouterr().out
    (tmp_path / "c.csv").write_text(text, encoding="utf-8", newline="")
    other = str(tmp_path / "other.crm")
    with crmkernel.open(other, actor="u.boss") as db:
        for name, type_ in (("acme.tier", "text"), ("acme.since", "date"), ("acme.worth", "money")):
            db.declare_field("customer", name, type_)
    assert run("import", "csv", "customer", str(tmp_path / "c.csv"), "--db", other) == 0
    told = capsys.readouterr().err
    assert "left aside, for the kernel keeps them: " in told and "revision" in told
    assert run("export", "customer", "--db", other) == 0
    again = capsys.readouterr().out
    kept = {"id", "revision", "created_at", "updated_at"}
    old, new = (
        [{name: cell for name, cell in row.items() if name not in kept} for row in csv.DictReader(io.StringIO(text, newline=""))]
        for text in (text, again)
    )
    assert old == new


def test_cells_that_a_spreadsheet_would_run_are_guarded(file: Path, tmp_path: Path, capsys: Capture) -> None:
    """Exports wrote `=HYPERLINK(...)` as it was, which a spreadsheet runs when the file is opened."""
    assert run("export", "customer", "--columns", "note,employee_count,annual_revenue") == 0
    cells = list(csv.reader(io.StringIO(capsys.readouterr().out, newline="")))[1:]
    assert [rows.unguarded(row[0]) for row in cells] == [*HOSTILE, ""]
    assert not [row[0] for row in cells if row[0].startswith(rows.FORMULA_STARTS)]
    assert cells[2] == ["'-2+3", "2", "-7.50 CNY"]
    assert run("export", "customer", "--columns", "note", "--raw") == 0
    assert [row[0] for row in csv.reader(io.StringIO(capsys.readouterr().out, newline=""))][1:] == [*HOSTILE, ""]
    assert run("export", "customer", "--columns", "note", "--format", "ndjson") == 0
    out = capsys.readouterr().out
    assert [json.loads(line)["note"] for line in out.splitlines()] == [*HOSTILE, None]
    # The rejected rows of an import are a file for spreadsheets too.
    (tmp_path / "in.csv").write_text("code,name,note\nC-1,A,'=1\nC-2,B,=1\n", encoding="utf-8")
    assert run("import", "csv", "customer", str(tmp_path / "in.csv"), "--rejected", str(tmp_path / "out.csv")) == 4
    with (tmp_path / "out.csv").open(encoding="utf-8-sig", newline="") as out_file:
        assert [row["note"] for row in csv.DictReader(out_file)] == ["'=1", "'=1"]


def raw_controls(text: str) -> list[str]:
    return [letter for letter in text if letter not in "\n\r\t" and not printable(letter) == letter]


def test_control_characters_never_reach_the_terminal(file: Path, tmp_path: Path, capsys: Capture) -> None:
    """A name with ESC, BEL and bidi marks retitled, cleared and reordered the terminal of whoever listed it."""
    evil = "x\x1b]0;pwned\x07\x1b[2J\u202e\u2066\x9b"
    calls: list[Callable[[], int]] = [
        lambda: run("customer", "list"),
        lambda: run("customer", "get", "18"),
        lambda: run("customer", "history", "18"),
        lambda: run("customer", "list", "--format", "json"),
        lambda: run("customer", "list", "--format", "ndjson", "--columns", "note"),
        lambda: run("complaint", "open"),
        lambda: run("changes"),
        lambda: run("customer", "get", f"code:{evil}"),
        lambda: run("customer", "get", evil),
        lambda: run("customer", "list", f"{evil}=1"),
        lambda: run("customer", "list", f"status={evil}"),
        lambda: run("customer", "list", "--order", f"-{evil}"),
        lambda: run("customer", "add", f"name=\x1b[2J{'x' * 300}"),
        lambda: run("import", "csv", "customer", str(tmp_path / evil)),
        lambda: run("policy", "check", str(tmp_path / evil)),
        lambda: run("--db", str(tmp_path / evil / evil), "customer", "list"),
    ]
    (tmp_path / "bad.csv").write_text(f"name,{evil}\nA,1\n", encoding="utf-8")
    (tmp_path / "rows.csv").write_text(f'name,status\nA,"{evil}"\nB,"x{evil}"\n', encoding="utf-8")
    calls += [lambda name=name: run("import", "csv", "customer", str(tmp_path / name)) for name in ("bad.csv", "rows.csv")]
    for call in calls:
        call()
        said = capsys.readouterr()
        assert not raw_controls(said.out + said.err), ascii(said.out + said.err)
    with pytest.raises(SystemExit):
        run("customer", "list", "--format", evil)
    with pytest.raises(SystemExit):
        run("customer", "list", f"--{evil}")
    assert not raw_controls(capsys.readouterr().err)
    assert printable("上海\u3000路 é") == "上海\u3000路 é"
    assert printable("a\x1b\x07\x9b\u202e\u200b\U000e0001") == "a\\x1b\\x07\\x9b\\u202e\\u200b\\U000e0001"


def test_an_import_that_refuses_rows_says_so_with_its_code(file: Path, tmp_path: Path, capsys: Capture) -> None:
    """An import that refused every row exited with 0 and printed the list of all fields ten times."""
    path = tmp_path / "in.csv"
    path.write_text("name,colour\n" + "A,red\n" * 50, encoding="utf-8")
    assert run("import", "csv", "customer", str(path)) == 2
    told = capsys.readouterr().err
    assert told.count("a customer has no field colour") == 1 and told.count("external_system") == 1
    path.write_text("name,employee_count,code\n" + "A,many,\n" * 50 + "B,5,x\n,6,\n", encoding="utf-8")
    assert run("import", "csv", "customer", str(path), "--format", "json") == 4
    said = capsys.readouterr()
    assert (json.loads(said.out)[0]["added"], json.loads(said.out)[0]["rejected"]) == (1, 51)
    refused = [line for line in said.err.splitlines() if line.startswith("rejected: ")]
    assert len(refused) == 2
    assert refused[0].startswith("rejected: row 1 (line 2) and 49 more employee_count [wrong_type]: ")
    assert run("import", "csv", "customer", str(path), "--put", "--quiet") == 4
    path.write_text("code,name\nx,B\n", encoding="utf-8")
    assert run("import", "csv", "customer", str(path), "--put") == 0


def test_an_empty_cell_clears_when_it_is_asked_to(file: Path, tmp_path: Path, capsys: Capture) -> None:
    path = tmp_path / "in.csv"
    path.write_text("id,region,note\n1,,\n", encoding="utf-8")
    assert run("import", "csv", "customer", str(path), "--put", "--format", "json") == 0
    assert json.loads(capsys.readouterr().out)[0]["unchanged"] == 1
    assert run("import", "csv", "customer", str(path), "--put", "--empty-clears", "--format", "json") == 0
    assert json.loads(capsys.readouterr().out)[0]["changed"] == 1
    assert run("customer", "get", "1", "--format", "json") == 0
    assert json.loads(capsys.readouterr().out)["note"] is None


def test_what_only_reads_takes_no_lock(file: Path, tmp_path: Path, capsys: Capture) -> None:
    """Every command took the lock of the writer, so that none could look while an ERP had the database open."""
    policy = str(REPOSITORY / "tests" / "data" / "policies" / "resolve_in_7_days.toml")
    with crmkernel.open(file, actor="erp") as db:
        db.customers.add(name="neu", code="NEU")
        reads = [
            ["customer", "list"], ["customer", "count"], ["customer", "get", "code:NEU"], ["customer", "history", "1"],
            ["complaint", "explain", "1"], ["complaint", "open"], ["visit", "due"], ["export", "customer"], ["changes"],
            ["verify"], ["fields", "customer"], ["db", "check"], ["db", "statistics"], ["db", "backup", str(tmp_path / "b.crm")],
            ["policy", "show"], ["policy", "versions"], ["policy", "diff", "default", policy], ["policy", "what-if", policy],
            ["plugin", "list"], ["plugin", "keys"],
        ]
        for words in reads:
            if words[:2] == ["policy", "diff"]:
                words[2] = db.policy.version
            assert run(*words, "--busy-timeout", "0") == 0, (words, capsys.readouterr().err)
        db.customers.add(name="danach")
        for words in (["customer", "add", "name=x"], ["import", "csv", "customer", os.devnull], ["db", "rebuild"], ["policy", "reclassify"]):
            assert run(*words, "--busy-timeout", "0") == 5, words
    assert run("customer", "list", "--db", str(tmp_path / "none.crm")) == 3
    assert not (tmp_path / "none.crm").exists()


def test_orders_and_conditions_are_what_help_says(file: Path, capsys: Capture) -> None:
    """`--order -name`, as help spells it, failed; of `region=a region=b` the first was dropped."""
    listed = ("--format", "csv", "--columns", "id")
    assert run("customer", "list", "--order", "-id", "--limit", "2", *listed) == 0
    assert run("customer", "list", "--limit", "2", *listed, "--order", "-id") == 0
    assert run("customer", "list", "--order=-id", "--limit", "2", *listed) == 0
    assert capsys.readouterr().out == "id\n20\n19\n" * 3
    assert run("customer", "list", "employee_count__ge=2", "employee_count__lt=4", *listed) == 0
    assert capsys.readouterr().out == "id\n3\n4\n"
    for words in (["status=active", "status=lost"], ["id__in=1", "id__in=2"], ["id__ge=1", "id__ge=2"]):
        assert run("customer", "list", *words) == 2
        assert "is given twice" in capsys.readouterr().err
    assert run("customer", "add", "name=a", "name=b") == 2
    assert run("customer", "list", "id__in=", *listed) == 0
    assert run("customer", "list", "class__is_set=false", "code=", *listed) == 0
    assert capsys.readouterr().out.endswith("id\nid\n")
    assert run("customer", "count", "class__is_absent=false") == 0
    assert capsys.readouterr().out == "1\n"


def test_a_limit_that_cuts_is_told(file: Path, capsys: Capture) -> None:
    """A list ended at 100 rows without a word."""
    assert run("customer", "list", "--limit", "3", "--format", "csv", "--columns", "id") == 0
    said = capsys.readouterr()
    assert said.out == "id\n1\n2\n3\n"
    assert "more than the 3 that are shown" in said.err
    for words in (["--limit", "20"], ["--limit", "3", "--quiet"], ["--limit", "50"]):
        assert run("customer", "list", *words) == 0
        assert "more than" not in capsys.readouterr().err
    for wrong in ("-1", "many", "1e3"):
        with pytest.raises(SystemExit) as usage:
            run("customer", "list", "--limit", wrong)
        assert usage.value.code == 2


def test_money_has_one_form_and_nothing_is_a_repr(file: Path, tmp_path: Path, capsys: Capture) -> None:
    """A table said 12.50 CNY, a file and the help 1250 CNY, the history Money(1250, 'CNY')."""
    forms: list[str] = []
    for words in (["list", "id=1"], ["get", "1"], ["history", "1"], ["list", "id=1", "--format", "csv"], ["explain", "1"]):
        assert run("customer", *words) == 0
        forms.append(capsys.readouterr().out)
    assert run("export", "customer", "id=1") == 0
    assert run("changes", "--limit", "3") == 0
    forms.append(capsys.readouterr().out)
    text = "".join(forms)
    assert text.count("12.50 CNY") == 4 and "1250" not in text
    assert not any(repr_ in text for repr_ in ("Money(", "datetime.", "Decimal(", "<", "None"))
    assert run("customer", "update", "1", "annual_revenue=7.25 CNY") == 0
    assert "7.25 CNY" in capsys.readouterr().out
    assert run("customer", "update", "1", "annual_revenue=7.255 CNY") == 2
    assert "such as 12.50 CNY" in capsys.readouterr().err
    with pytest.raises(SystemExit):
        run("--help")
    assert "12.50 CNY" in capsys.readouterr().out


class Terminal(io.StringIO):
    """Standard error as a terminal."""

    def isatty(self) -> bool:
        return True


def test_progress_is_a_line_of_its_own(file: Path, tmp_path: Path, capsys: Capture, monkeypatch: pytest.MonkeyPatch) -> None:
    """The line of the progress was never ended, so that the table of the result went on in it."""
    path = tmp_path / "in.csv"
    path.write_text("name\n" + "A\n" * 20_000, encoding="utf-8")
    for words in (["import", "csv", "customer", str(path)], ["db", "check"], ["db", "backup", str(tmp_path / "b.crm")], ["db", "rebuild"]):
        terminal = Terminal()
        monkeypatch.setattr("sys.stderr", terminal)
        assert run(*words) == 0
        text = terminal.getvalue()
        assert text == "" or text.endswith("\n"), ascii(text[-80:])
        assert "\r" not in capsys.readouterr().out

    told = Terminal()
    monkeypatch.setattr("sys.stderr", told)
    with pytest.raises(ZeroDivisionError), bulk.Teller(True, 5, "rows") as teller:
        teller.tell(3)
        raise ZeroDivisionError
    assert told.getvalue().startswith("\rrows: 3 of 5") and told.getvalue().endswith("\n")


LOCALES = {
    "latin-1": {"LC_ALL": "en_US.ISO-8859-1", "PYTHONIOENCODING": "latin-1", "PYTHONUTF8": "0"},
    "ascii": {"LC_ALL": "C", "PYTHONIOENCODING": "ascii", "PYTHONUTF8": "0", "PYTHONCOERCECLOCALE": "0"},
}


@pytest.mark.parametrize("locale", LOCALES)
def test_no_locale_makes_a_traceback(file: Path, locale: str) -> None:
    """In a locale without Chinese every list of Chinese names was a traceback."""

    def ended(*words: str) -> subprocess.CompletedProcess[bytes]:
        command = [sys.executable, "-m", "crmkernel", "--db", str(file), *words]
        return subprocess.run(command, capture_output=True, env={**os.environ, **LOCALES[locale]}, check=False)

    listed = ended("customer", "list", "name__starts_with=带", "--columns", "name")
    assert b"Traceback" not in listed.stderr
    listed = ended("customer", "get", "20", "--lang", "zh")
    assert (listed.returncode, listed.stderr) == (0, b"")
    assert b"\\u5e26\\u7b49\\u7ea7" in listed.stdout
    exported = ended("export", "customer", "id=20", "--columns", "name")
    assert exported.stdout.decode() == "name\n带等级\n"
    refused = ended("customer", "add", "name=", "--lang", "zh")
    assert refused.returncode == 4 and b"Traceback" not in refused.stderr


def chinese(text: str) -> bool:
    return any("\u4e00" <= letter <= "\u9fff" for letter in text)


def test_a_command_speaks_one_language(file: Path, tmp_path: Path, capsys: Capture) -> None:
    """Chinese was asked for, and headings, values and errors came in English, the reasons in Chinese."""
    path = tmp_path / "in.csv"
    path.write_text("name,status\nA,lost\n", encoding="utf-8")
    errors = [
        ["customer", "get", "99"], ["customer", "add", "name= "], ["customer", "add", "colour=red"], ["customer", "add", "name"],
        ["customer", "add", "name=A", "employee_count=many"], ["customer", "activate", "1"], ["customer", "list", "id=1", "id=2"],
        ["customer", "add", "name=A", "--level", "read"], ["import", "csv", "customer", str(tmp_path / "none.csv")],
        ["customer", "list", "--db", str(path)], ["import", "csv", "customer", str(path)], ["customer", "list", "--limit", "1"],
        ["db", "check"], ["customer", "get", "x:y"],
    ]
    for words in errors:
        run(*words, "--lang", "en")
        assert not chinese(capsys.readouterr().err), words
        run(*words, "--lang", "zh")
        told = capsys.readouterr().err
        assert chinese(told), words
        for line in told.splitlines():
            plain = line.replace(str(tmp_path), "").replace("crmkernel", "")
            words_of = [word for word in plain.replace("：", " ").replace("，", " ").split() if len(word) > 12 and word.isalpha() and word.isascii()]
            assert not words_of, line
    for words in (["customer", "list", "id=1"], ["customer", "get", "1"], ["visit", "due"], ["complaint", "open"], ["customer", "history", "1"]):
        assert run(*words, "--lang", "zh") == 0
        first = capsys.readouterr().out.splitlines()[0]
        assert chinese(first) and "name" not in first and "actor" not in first
    with crmkernel.open(file, actor="u", read_only=True) as db:
        (status,) = (info for info in db.fields("customer") if info.name == "status")
    assert run("customer", "get", "1", "--lang", "zh") == 0
    assert status.value_labels["active"] in capsys.readouterr().out
    assert run("customer", "list", "id=1", "--lang", "zh", "--format", "csv", "--columns", "status") == 0
    assert capsys.readouterr().out == "status\nactive\n"
    language.choose("en")


def test_the_locale_chooses_the_language() -> None:
    assert of_locale({"LANG": "zh_CN.UTF-8"}) == "zh"
    assert of_locale({"LC_ALL": "en_US.UTF-8", "LANG": "zh_CN.UTF-8"}) == "en"
    assert of_locale({"LC_ALL": "", "LC_MESSAGES": "zh_TW", "LANG": "en"}) == "zh"
    assert of_locale({}) == of_locale({"LANG": "C"}) == "en"


def test_every_kind_of_error_and_every_heading_has_a_chinese_name() -> None:
    assert set(KINDS) >= {kind for _, kind, _ in crmkernel._native.error_kinds()}
    assert all(chinese(text) for text in (*KINDS.values(), *TITLES.values()) if text != "键")


def test_a_report_of_a_plugin_shows_no_control_characters(tmp_path: Path, capsys: Capture) -> None:
    """What `plugin check` says of a plugin holds texts that the plugin chose."""
    from crmkernel.cli import plugins

    case = {"name": "a\x1b[2J", "passed": False, "message": "\u202eb"}
    plugins._show({"check": "cases", "what": "w", "passed": False, "message": "x\x07", "cases": [case]})
    assert not raw_controls(capsys.readouterr().out)


def test_an_export_imports_nothing_per_cell(file: Path, capsys: Capture, monkeypatch: pytest.MonkeyPatch) -> None:
    """`as_text` ran an import for every cell, which made an export four times slower than it is."""
    import builtins

    imported: list[str] = []
    real = builtins.__import__

    def counted(name: str, *rest: object, **options: object) -> object:
        imported.append(name)
        return real(name, *rest, **options)  # type: ignore[arg-type]

    assert run("export", "customer", "id=1") == 0
    monkeypatch.setattr(builtins, "__import__", counted)
    assert run("export", "customer", "id=1") == 0
    once = len(imported)
    assert run("export", "customer") == 0
    assert len(imported) - once <= once
