"""Runs a case file: the form is in tests/cases/README.md."""

from __future__ import annotations

import datetime
import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import crmkernel
from conftest import NOW
from crmkernel.errors import NotFoundError, RejectedError

Step = dict[str, Any]


class Case:
    """A story on a fresh database."""

    def __init__(self, story: dict[str, Any], plugin: Callable[[str], Path]) -> None:
        self.story = story
        self.ids: dict[str, int] = {}
        self.clock = crmkernel.FixedClock(_instant(story["now"]) if "now" in story else NOW)
        self.db = crmkernel.open(":memory:", actor="u.test", now=self.clock)
        for wanted in story.get("plugins", []):
            self.db.load_plugin(plugin(wanted["name"]), settings=wanted.get("settings"))

    def run(self) -> None:
        """Runs every step and checks what it expects."""
        with self.db:
            for number, step in enumerate(self.story["steps"], 1):
                try:
                    self.step(step)
                except AssertionError as error:
                    raise AssertionError(f"step {number}, {step['do']}: {error}") from error

    def step(self, step: Step) -> None:
        if "now" in step:
            self.clock.set(_instant(step["now"]))
        actor = step.get("as", {"name": "u.test", "level": "manage"})
        db = self.db.as_actor(actor["name"], level=actor["level"])
        if step.get("allow_impossible_dates"):
            db = db.allowing_impossible_dates()
        try:
            answer = self.do(db, step)
        except crmkernel.CrmError as error:
            assert "error" in step, f"failed: {error.kind}: {error} {getattr(error, '__notes__', '')}"
            check_error(error, step["error"])
        else:
            assert "error" not in step, f"succeeded, expected {step.get('error')}"
            check(answer, self.resolved(step.get("expect", {})))

    def do(self, db: crmkernel.Database, step: Step) -> Any:
        do = step["do"]
        if do == "batch":
            return self.batch(db, step)
        if do == "changes":
            entries = db.changes(step.get("since", 0), limit=step.get("limit", 1000))
            return {"sequences": [entry.sequence for entry in entries]} | self.entries(entries)
        if do == "declare_field":
            field = dict(step["field"])
            db.declare_field(field.pop("entity"), field.pop("name"), field.pop("type"), **field)
            return {"changed": True}
        if do.startswith("policy."):
            return self.policy(db.policy, do.split(".")[1], step)
        if do == "customer.file":
            return {"decisions": db.policy.customer_file(self.id_of(step))}
        if do == "customer.due_days":
            until = datetime.date.fromisoformat(step["until"])
            return {"decisions": db.policy.due_days(self.id_of(step), until)}
        if do == "customer.satisfaction":
            begin, end = (datetime.date.fromisoformat(step[name]) for name in ("from", "until"))
            customer = self.id_of(step) if "id" in step else None
            return _share(db.satisfaction(begin, end, customer=customer))
        if do == "complaint.rate":
            return _share(db.complaint_rate(_instant(step["from"]), _instant(step["until"])))
        if do == "verify":
            report = db.verify()
            return {"entries": report.entries, "records": report.records, "problems": [problem.text for problem in report.problems]}
        entity, verb = do.split(".")
        collection: crmkernel.Collection[Any] = db.collection(entity)
        reads = {
            "get": self.get,
            "find": self.find,
            "count": lambda c, s: {"count": self.query(c, s).count(), "counted": self.query(c, s).plan().counted},
            "count_by": self.count_by,
            "aggregate": self.aggregate,
            "history": self.history,
            "explain": self.explain,
            "stays": lambda c, s: {"stays": [_stay(stay) for stay in c.stays(self.id_of(s))]},
            "related": self.related,
        }
        if verb in reads:
            return reads[verb](collection, step)
        outcome = db.apply(self.command(db, step))
        return self.outcome(outcome, step)

    def count_by(self, collection: crmkernel.Collection[Any], step: Step) -> dict[str, Any]:
        query = self.query(collection, step)
        shares = [[value, s.part, s.whole, s.hundredths] for value, s in query.shares_by(step["by"]).items()]
        return {"groups": [list(g) for g in query.count_by(step["by"]).items()], "shares": shares}

    def explain(self, collection: crmkernel.Collection[Any], step: Step) -> dict[str, Any]:
        record = self.id_of(step)
        words = {lang: str(collection.explain(record, lang=lang)).splitlines() for lang in ("en", "zh")}
        return {"decisions": collection.explain(record)} | words

    def related(self, collection: crmkernel.Collection[Any], step: Step) -> dict[str, Any]:
        given = {name: step[name] for name in ("depth", "both_directions") if name in step}
        names = ("id", "depth", "via", "relation", "kind", "leads_away")
        found = collection.related(self.id_of(step), **given)
        return {"related": [{name: getattr(one, name) for name in names} for one in found]}

    def history(self, collection: crmkernel.Collection[Any], step: Step) -> dict[str, Any]:
        entries = collection.history(self.id_of(step))
        decisions = [decision for entry in entries for decision in entry.decisions]
        return self.entries(entries) | {"decisions": decisions, "en": [str(decision) for decision in decisions]}

    @staticmethod
    def entries(entries: list[Any]) -> dict[str, Any]:
        counts = [sum(len(change.values) for change in entry.changes) for entry in entries]
        return {"commands": [entry.command for entry in entries], "value_counts": counts}

    def command(self, db: crmkernel.Database, step: Step) -> crmkernel.Command:
        entity = step["do"].split(".")[0]
        id_ = self.id_of(step) if "id" in step else None
        values = self.values(db, entity, step.get("set", {}))
        return crmkernel.Command(step["do"], values, id=id_, revision=step.get("revision"))

    def outcome(self, outcome: crmkernel.Outcome, step: Step) -> dict[str, Any]:
        if "save" in step:
            self.ids[step["save"]] = outcome.record.id
        return {
            "id": outcome.record.id,
            "changed": outcome.changed,
            "added": outcome.added,
            "revision": outcome.record.revision,
            "sequence": outcome.sequence,
            "record": outcome.record,
            "decisions": outcome.decisions,
        }

    def batch(self, db: crmkernel.Database, step: Step) -> dict[str, Any]:
        commands = [self.command(db, command) for command in step["commands"]]
        answers = db.apply_many(commands, atomic=step["atomicity"] == "all")
        wanted = step.get("expect", {}).get("answers", step.get("answers", []))
        for command, answer, expected in zip(step["commands"], answers, wanted, strict=False):
            expected = self.resolved(expected)
            if isinstance(answer, crmkernel.CrmError):
                check_error(answer, expected.get("error", expected))
            else:
                assert "error" not in expected, "succeeded"
                check(self.outcome(answer, command), expected.get("expect", expected))
        return {"answers": wanted}

    def policy(self, policy: crmkernel.Policies, verb: str, step: Step) -> dict[str, Any]:
        text = policy_text(step)
        if verb == "adopt":
            day = datetime.date.fromisoformat(step["effective_on"]) if "effective_on" in step else None
            outcome = policy.adopt(text, effective_on=day, approver=step.get("approver"))
            return {"sequence": outcome.sequence, "decisions": outcome.decisions}
        if verb == "check":
            problems = policy.check(text)
            if problems:
                raise RejectedError(problems[0].message, violations=problems)
            return {}
        if verb == "show":
            shown: dict[str, Any] = json.loads(policy.show(step.get("version"), form="json"))
            return shown
        if verb == "diff":
            figures = policy.diff(step.get("version", text), base=step.get("base"))
            return {"figures": [{name: getattr(one, name) for name in ("path", "before", "after")} for one in figures]}
        if verb == "versions":
            names = ("version", "effective_on", "approver", "actor", "sequence")
            found = policy.versions()
            return {"versions": [{name: plain(getattr(one, name), None) for name in names} for one in found]}
        if verb == "what_if":
            found = policy.what_if(text)
            moves = [dict(zip(("dimension", "before", "after", "count"), move, strict=True)) for move in found.moves]
            names = ("customer", "dimension", "before", "after", "rule")
            changes = [dict(zip(names, change, strict=True)) for change in found.changes]
            counts = {"version": found.version, "customers": found.customers, "changed": found.changed}
            due = [dict(zip(("entity", "what", "count"), row, strict=True)) for row in found.due]
            rows = {"due": due, "due_changes": found.due_changes, "refused": found.refused}
            return counts | {"moves": moves, "changes": changes} | rows
        if verb == "report_days":
            days = (datetime.date.fromisoformat(step[name]) for name in ("since", "until"))
            return {"decisions": policy.report_days(*days)}
        if verb == "reassess":
            complaints, changed = policy.reassess()
            return {"complaints": complaints, "changed": changed}
        if verb == "mark_missed":
            marked, left = policy.mark_missed()
            return {"marked": marked, "left": left}
        assert verb == "reclassify"
        customers, changed = policy.reclassify()
        return {"customers": customers, "changed": changed}

    def get(self, collection: crmkernel.Collection[Any], step: Step) -> dict[str, Any]:
        try:
            if "as_of" in step:
                moment = step["as_of"] if isinstance(step["as_of"], int) else _instant(step["as_of"])
                record = collection.as_of(self.id_of(step), moment)
                if record is None:
                    return {"found": False, "record": None}
            elif "id" in step:
                record = collection.get(self.id_of(step))
            elif "code" in step:
                record = collection.get(code=step["code"])
            else:
                record = collection.get(external_ref=tuple(step["external_ref"]))
        except NotFoundError:
            if step.get("error"):
                raise
            return {"found": False, "record": None}
        return {"id": record.id, "revision": record.revision, "found": True, "record": record}

    def query(self, collection: crmkernel.Collection[Any], step: Step) -> crmkernel.Query[Any]:
        query = collection.find()
        fields = {info.name: info for info in collection.fields()}
        for field, op, *values in step.get("where", []):
            query = query.where(field, op, *(self.value(fields.get(field), value) for value in values))
        if "order" in step:
            field, direction = step["order"]
            query = query.order_by(("-" if direction == "desc" else "") + field)
        return query.limit(step["limit"]) if "limit" in step else query

    def find(self, collection: crmkernel.Collection[Any], step: Step) -> dict[str, Any]:
        query = self.query(collection, step)
        plan = query.plan()
        if step.get("pages"):
            page_by_page = self.query(collection, {name: value for name, value in step.items() if name != "limit"})
            ids = [record.id for page in page_by_page.pages(step["limit"]) for record in page]
        else:
            ids = [record.id for record in query]
        names = ("index", "fixed_fields", "ranged", "sorted", "filtered")
        return {"ids": ids, "plan": {name: getattr(plan, name) for name in names}}

    def aggregate(self, collection: crmkernel.Collection[Any], step: Step) -> dict[str, Any]:
        summaries = self.query(collection, step).aggregate(step["field"], step.get("by"))
        return {"summaries": [_summary(summary) for summary in summaries]}

    def id_of(self, step: Step) -> int:
        return self.resolved(step["id"])

    def resolved(self, value: Any) -> Any:
        """The value with the ids that were saved in place of `$name`."""
        if isinstance(value, str) and value.startswith("$") and value[1:] in self.ids:
            return self.ids[value[1:]]
        if isinstance(value, list):
            return [self.resolved(item) for item in value]
        if isinstance(value, dict):
            return {name: self.resolved(item) for name, item in value.items()}
        return value

    def values(self, db: crmkernel.Database, entity: str, given: dict[str, Any]) -> dict[str, Any]:
        fields = {info.name: info for info in db.fields(entity)}
        return {name: self.value(fields.get(name), value) for name, value in given.items()}

    def value(self, info: crmkernel.FieldInfo | None, value: Any) -> Any:
        """A JSON value as a Python value of the field; one of another type is left as it is, to be refused."""
        value = self.resolved(value)
        if info is None:
            return value
        try:
            if isinstance(value, str) and info.type == "date":
                return datetime.date.fromisoformat(value)
            if isinstance(value, str) and info.type == "instant":
                return _instant(value)
        except ValueError:
            return value
        if isinstance(value, dict) and info.type == "money":
            return crmkernel.Money(value["amount_minor"], value["currency"])
        return value


def policy_text(step: Step) -> str:
    """The policy file of a step; a text of one line would be taken for a path."""
    if "pack" in step:
        text = (Path(__file__).parents[2] / "plugins" / "policies" / f"{step['pack']}.toml").read_text(encoding="utf-8")
    else:
        text = step.get("text", "")
    for old, new in step.get("replace", []):
        assert old in text, f"the policy does not hold {old!r}"
        text = text.replace(old, new)
    return text


def _instant(text: str) -> datetime.datetime:
    return datetime.datetime.fromisoformat(text)


def _share(share: crmkernel.Share) -> dict[str, Any]:
    return {"part": share.part, "whole": share.whole, "hundredths": share.hundredths}


def _stay(stay: crmkernel.Stay) -> dict[str, Any]:
    return {"state": stay.state, "from": stay.since, "until": stay.until, "seconds": stay.seconds}


def _summary(summary: crmkernel.Summary) -> dict[str, Any]:
    return {
        "group": plain(summary.group, None),
        "count": summary.count,
        "sum": None if summary.sum is None else str(summary.sum),
        "least": plain(summary.least, None),
        "greatest": plain(summary.greatest, None),
    }


def check_error(error: crmkernel.CrmError, expected: dict[str, Any]) -> None:
    """Checks the kind, and the violations and the context as far as they are given."""
    assert error.kind == expected["kind"], f"failed with {error.kind}: {error} {getattr(error, '__notes__', '')}"
    if "violations" in expected:
        found = [f"{v.field} {v.code}" for v in error.violations]
        assert len(found) == len(expected["violations"]), f"violations are {found}"
        for violation, wanted in zip(error.violations, expected["violations"], strict=True):
            for name, value in wanted.items():
                got = getattr(violation, name)
                if name == "inputs":
                    got = {key: got.get(key) for key in value}
                assert got == value, f"violation {name} is {got!r}, not {value!r}"
    for name, value in expected.get("context", {}).items():
        assert error.context.get(name) == str(value), f"context {name} is {error.context.get(name)!r}, not {value!r}"


def check(answer: dict[str, Any], expected: dict[str, Any]) -> None:
    """Checks what is expected; what it leaves out is not checked."""
    for name, wanted in expected.items():
        assert name in answer, f"the answer has no {name}"
        found = answer[name]
        if name == "record" and wanted is not None:
            for field, value in wanted.items():
                assert plain(found[field], value) == value, f"{field} is {found[field]!r}, not {value!r}"
        elif name == "decisions":
            check_decisions(found, wanted)
        elif name == "plan":
            for part, value in wanted.items():
                assert found[part] == value, f"plan {part} is {found[part]!r}, not {value!r}"
        elif name == "problems" and isinstance(wanted, int):
            assert len(found) == wanted, f"problems are {found}"
        elif isinstance(wanted, dict):
            check(found, wanted)
        elif isinstance(wanted, list) and any(isinstance(part, dict) for part in wanted):
            assert len(found) == len(wanted), f"{name} is {found!r}, not {wanted!r}"
            for part, expected_part in zip(found, wanted, strict=True):
                check(part, expected_part)
        elif isinstance(found, datetime.datetime):
            assert found == _instant(wanted), f"{name} is {found!r}, not {wanted!r}"
        else:
            assert found == wanted, f"{name} is {found!r}, not {wanted!r}"


def check_decisions(found: Any, wanted: list[dict[str, Any]]) -> None:
    """Checks decisions in order, each as far as given."""
    assert len(found) == len(wanted), f"decisions are {[str(decision) for decision in found]}"
    for decision, expected in zip(found, wanted, strict=True):
        for name, value in expected.items():
            got = getattr(decision, name)
            if name == "inputs":
                got = {key: got.get(key) for key in value}
            assert got == value, f"decision {name} is {got!r}, not {value!r}"


def plain(value: Any, wanted: Any) -> Any:
    """A value in the form of the case file."""
    if isinstance(value, datetime.datetime):
        return wanted if isinstance(wanted, str) and _instant(wanted) == value else value.isoformat()
    if isinstance(value, datetime.date):
        return value.isoformat()
    if isinstance(value, crmkernel.Money):
        return {"amount_minor": value.amount_minor, "currency": value.currency}
    return value


def load(path: Path) -> dict[str, Any]:
    """Reads a case file."""
    story: dict[str, Any] = json.loads(path.read_text(encoding="utf-8"))
    return story
