"""The pages of the industries: the figures of the public data where it is, and always those of our own sample."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import crmkernel
import pytest
from conftest import REPOSITORY, data_folder
from crmkernel import industries

SAMPLE = REPOSITORY / "tests" / "data"
FOLDER = data_folder()

OWN: dict[str, dict[str, int]] = {
    "banking": {"complaints": 14, "rejected": 1, "open": 4, "open and late": 4},
    "logistics": {"deliveries": 5, "late": 3, "complaints": 3, "rejected": 0, "days late in all": 15},
    "medical": {
        "encounters": 6, "patients": 5, "patients with several": 1, "readmitted within 30 days": 2,
        "patients stored": 5, "rejected": 0, "follow-ups due": 4,
    },
    "construction": {
        "opportunities": 9, "of no account": 1, "accounts": 6, "rejected": 0,
        "class general": 1, "class key": 1, "class strategic": 1, "class none": 3,
    },
}
PUBLIC: dict[str, dict[str, int]] = {
    "banking": {"complaints": 3067, "rejected": 1, "open": 616, "open and late": 616},
    "logistics": {"deliveries": 10324, "late": 1186, "complaints": 1186, "rejected": 0, "days late in all": 25344},
    "medical": {
        "encounters": 101766, "patients": 71518, "patients with several": 16773, "readmitted within 30 days": 11357,
        "patients stored": 2000, "rejected": 0, "follow-ups due": 982,
    },
    "construction": {
        "opportunities": 8800, "of no account": 1425, "accounts": 85, "rejected": 0,
        "class strategic": 43, "class none": 42,
    },
}
CASES = [(SAMPLE, name, figures) for name, figures in OWN.items()]
if FOLDER != SAMPLE:
    CASES += [(FOLDER, name, figures) for name, figures in PUBLIC.items()]


@pytest.mark.parametrize(("folder", "name", "figures"), CASES, ids=[f"{c[0].name}-{c[1]}" for c in CASES])
def test_the_figures_of_a_page(
    db: crmkernel.Database, plugin: Callable[[str], Path], folder: Path, name: str, figures: dict[str, int]
) -> None:
    needed, make = industries.INDUSTRIES[name]
    assert any(folder.glob(needed))
    db.load_plugin(plugin(name))
    if pack := industries.PACKS.get(name):
        industries.adopt(db, REPOSITORY / "plugins" / "policies" / pack)
    page = make(db, folder)
    assert page.figures == figures
    again = make(db, folder)
    assert len(str(again).splitlines()) < 30, "it is one page"


def test_a_late_delivery_is_a_complaint_with_liability_and_a_deadline_of_seven_days(
    db: crmkernel.Database, plugin: Callable[[str], Path]
) -> None:
    db.load_plugin(plugin("logistics"))
    industries.logistics(db, SAMPLE)
    found = [(c.external_id, c.liable_party, str(c.deadline_on)) for c in db.complaints.find(order="deadline_on")]
    assert found == [
        ("2", "Vendor Two", "2006-11-27"),
        # The seventh day, 7 October 2007, ends the week of National Day.
        ("3", "the carrier (Air)", "2007-10-08"),
        ("4", "the regional distribution centre", "2008-01-10"),
    ]


def test_a_readmitted_patient_is_marked_when_the_follow_up_is_due(
    db: crmkernel.Database, plugin: Callable[[str], Path]
) -> None:
    db.load_plugin(plugin("medical"))
    page = industries.medical(db, SAMPLE)
    assert any("patient 504, readmitted within 30 days" in line for line in page.lines)


def test_pages_are_written_and_data_that_is_not_there_is_told(
    plugin: Callable[[str], Path], tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    libraries = {plugin(name).parent for name in industries.INDUSTRIES}
    arguments = ["--plugins", str(libraries.pop()), "--out", str(tmp_path / "out")]
    assert industries.main(["--data", str(SAMPLE), *arguments]) == 0
    assert sorted(path.stem for path in (tmp_path / "out").glob("*.txt")) == sorted(industries.INDUSTRIES)
    capsys.readouterr()
    assert industries.main(["--data", str(tmp_path), *arguments]) == 0
    assert capsys.readouterr().out.count("there is no") == len(industries.INDUSTRIES)
