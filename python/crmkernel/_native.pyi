"""The kernel's facade as Python sees it. Generated from the declarations; do not edit."""

import datetime
import os
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from types import TracebackType
from typing import Any, ClassVar, Generic, Literal, Protocol, Required, Self, TypedDict, TypeVar, Unpack, final

from typing_extensions import disjoint_base

from .bulk import Report
from .errors import CrmError
from .explanation import Explanation
from .plugin import Plugin, Quantity

__version__: str
__all__ = ["AccessRecord", "AccessRecords", "Action", "Actions", "Appeal", "Appeals", "Change", "Collection", "Command", "Complaint", "Complaints", "Copied", "Cursor", "Customer", "CustomerPlan", "CustomerPlans", "Customers", "Database", "Decision", "FieldInfo", "FigureDifference", "FixedClock", "InformationItem", "InformationItems", "Investigation", "Investigations", "JournalEntry", "Money", "OrgUnit", "OrgUnits", "Outcome", "Page", "Pages", "PartnerRelation", "PartnerRelations", "Person", "PersonRelation", "PersonRelations", "Persons", "Plan", "PluginStatus", "Policies", "PolicyVersion", "Problem", "Query", "Rebuilt", "Record", "RecordChange", "Related", "Review", "Reviews", "Salvaged", "SatisfactionScore", "SatisfactionScores", "Share", "SpaceStatistics", "Staged", "Statistics", "Stay", "Summary", "Survey", "SurveyAnswer", "SurveyAnswers", "Surveys", "Table", "User", "Users", "ValueChange", "Values", "VerifyReport", "Violation", "Visit", "Visits", "Warning", "WhatIf", "WorkYear", "WorkYears", "__version__", "check_plugin", "check_policy", "decisions_html", "error_kinds", "load_record", "open", "operations", "plugin_checks", "plugin_docs", "plugin_header", "plugin_manifest", "plugin_sdk", "restore", "salvage"]

_Level = Literal["read", "edit", "manage"]
_Entity = Literal["customer", "person", "visit", "complaint", "action", "appeal", "review", "work_year", "survey", "survey_answer", "satisfaction_score", "information_item", "person_relation", "partner_relation", "org_unit", "user", "access_record", "customer_plan", "investigation"]
_Lang = Literal["en", "zh"]
_Type = Literal["text", "int", "bool", "date", "instant", "money", "ref"]
_R = TypeVar("_R", bound=Record, covariant=True)

def open(
    path: str | os.PathLike[str],
    *,
    actor: str,
    level: _Level | str = "manage",
    create: bool = True,
    read_only: bool = False,
    without_log: bool = False,
    busy_timeout: float = 5.0,
    durability: Literal["full", "relaxed"] | str = "full",
    time_zone: str = "Asia/Shanghai",
    now: datetime.datetime | FixedClock | None = None,
    allow_missing_plugins: bool = False,
    allow_older_plugins: bool = False,
) -> Database:
    """Opens a database file, and creates it when it does not exist; `:memory:` is one that lives as long as it is open.

    `level` is what the actor may do: read, edit or manage. `busy_timeout` (seconds) is how long to wait for another
    process to let the file go. `durability` is what a commit outlives: with `full` the loss of power, with `relaxed` the
    end of the process, while a loss of power may take the last commits. `time_zone` is used when the database is created.
    `read_only` opens a file beside the process that writes it, or after it: nothing is changed, and `refresh` brings what was
    committed since.
    `without_log` does the same and leaves out the log of the file, be it missing, damaged or another's: commits that only the
    log holds are missing then, which `statistics` tells. It is for a file that opens in no other way.
    `now` stops the clock, for tests. `allow_missing_plugins` lets records be written without a plugin that rules them and is
    not loaded, `allow_older_plugins` lets a plugin be loaded in an older version than the database has seen; the journal
    tells both.
    """

class _Writable(Protocol):
    def write(self, data: bytes, /) -> int | None: ...

class _Readable(Protocol):
    def read(self, size: int, /) -> bytes: ...

def restore(
    source: str | os.PathLike[str] | _Readable,
    path: str | os.PathLike[str],
    *,
    replace: bool = False,
    progress: Callable[[int, int | None], object] | None = None,
) -> Copied:
    """Makes a database file of a backup that `Database.backup` wrote to a file of Python.

    `source` is a path or a binary file. The database appears whole or not at all. With `replace` a database that is there
    is replaced. `progress` is called with how many pairs are done, and `None` for how many there are.
    """

def salvage(
    path: str | os.PathLike[str],
    to: str | os.PathLike[str],
    *,
    replace: bool = False,
    progress: Callable[[int, int | None], object] | None = None,
) -> Salvaged:
    """Writes everything that can be read of the database at `path`, with its log or without it, into a new one at `to`.

    The old file is only read, and may be open in a process; the new one appears whole or not at all. A record that is lost or
    old is made from the journal as far as its entries follow on from one another; index entries, unique keys and counts
    are made anew. With `replace` a database at `to` is replaced. `progress` is called with how many pairs were read, and
    `None` for how many there are.
    """

def decisions_html(decisions: Sequence[Decision]) -> str:
    """Decisions as a table for a notebook."""

def error_kinds() -> list[tuple[int, str, str]]:
    """Every kind of error: number, name and meaning."""

def load_record(data: bytes, custom: Sequence[Any]) -> Record:
    """The record in a pickle. It belongs to no open database."""

@final
class Database:
    """An open database, as one actor uses it."""

    def __enter__(self) -> Self: ...
    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None: ...
    def refresh(self) -> None:
        """Reads the newest committed state from now on, where another process writes the file."""

    def close(self) -> None:
        """Ends the work on the file: everything committed is on disk. A second time it does nothing.

        On what `as_actor` gave it ends that session alone.
        """

    @property
    def closed(self) -> bool:
        """Whether the database is closed, or this session of it."""

    @property
    def path(self) -> os.PathLike[str]:
        """The path as it was given."""

    @property
    def actor(self) -> str:
        """The name of the actor."""

    @property
    def level(self) -> _Level:
        """What the actor may do: read, edit or manage."""

    @property
    def time_zone(self) -> str:
        """The time zone of civil dates."""

    @property
    def customers(self) -> Customers:
        """The customers."""

    @property
    def persons(self) -> Persons:
        """The persons."""

    @property
    def visits(self) -> Visits:
        """The visits."""

    @property
    def complaints(self) -> Complaints:
        """The complaints."""

    @property
    def actions(self) -> Actions:
        """The actions."""

    @property
    def appeals(self) -> Appeals:
        """The appeals."""

    @property
    def reviews(self) -> Reviews:
        """The reviews."""

    @property
    def work_years(self) -> WorkYears:
        """The work_years."""

    @property
    def surveys(self) -> Surveys:
        """The surveys."""

    @property
    def survey_answers(self) -> SurveyAnswers:
        """The survey_answers."""

    @property
    def satisfaction_scores(self) -> SatisfactionScores:
        """The satisfaction_scores."""

    @property
    def information_items(self) -> InformationItems:
        """The information_items."""

    @property
    def person_relations(self) -> PersonRelations:
        """The person_relations."""

    @property
    def partner_relations(self) -> PartnerRelations:
        """The partner_relations."""

    @property
    def org_units(self) -> OrgUnits:
        """The org_units."""

    @property
    def users(self) -> Users:
        """The users."""

    @property
    def access_records(self) -> AccessRecords:
        """The access_records."""

    @property
    def customer_plans(self) -> CustomerPlans:
        """The customer_plans."""

    @property
    def investigations(self) -> Investigations:
        """The investigations."""

    @property
    def policy(self) -> Policies:
        """The policies: adopt, show, compare and try the company's regulation."""

    def collection(self, entity: _Entity | str) -> Collection[Any]:
        """The records of an entity by its name."""

    def as_actor(self, actor: str, *, level: _Level | str | None = None) -> Database:
        """The same database as an actor uses it who may do no more: at most the own level, which it is when left out.

        Only at the level manage may the actor be another. Closing it closes it alone; closing the database is for what `open`
        gave, and ends all.
        """

    def allowing_impossible_dates(self) -> Database:
        """The same database, whose commands record dates that cannot be as they are, with the mark `date_doubt`: closed
        before it was received, a year before 1900. For data of the past that are to be kept as their source has them, in
        `add_many` too; it takes a manager. Closing it closes it alone; closing the database is for what `open` gave, and
        ends all."""

    def apply(self, command: Command) -> Outcome:
        """Does one command."""

    def apply_many(self, commands: Sequence[Command], *, atomic: bool = True) -> list[Outcome | CrmError]:
        """Does many commands in one transaction. With `atomic` all or none; otherwise an outcome or an error for each."""

    def changes(self, since: int = 0, *, limit: int = 1000) -> list[JournalEntry]:
        """The journal entries behind a position, in their order."""

    @property
    def last_sequence(self) -> int:
        """The sequence of the last journal entry; 0 when there is none."""

    def satisfaction(
        self, since: datetime.date, until: datetime.date, /, *, customer: Customer | int | None = None
    ) -> Share:
        """What the answers of a customer, or without one of all customers, got of what they could have got, in the surveys
        that lie within a period; both days belong to it."""

    def complaint_rate(self, since: datetime.datetime, until: datetime.datetime, /) -> Share:
        """The complaints received from an instant up to another, which does not belong to the period, of the customers who
        were active in it, of all customers who were. Who was active when, the journal tells; a customer who was added as
        active was so from `signed_on` on. `NotFoundError` when no customer was active in the period."""

    def verify(self, *, progress: Callable[[int, int | None], object] | None = None) -> VerifyReport:
        """Reads everything and says what does not hold together. Changes nothing. `progress` is called with how many entries,
        records and keys were read."""

    def backup(
        self,
        target: str | os.PathLike[str] | _Writable,
        *,
        replace: bool = False,
        progress: Callable[[int, int | None], object] | None = None,
    ) -> Copied:
        """Writes one snapshot of everything, while others read and write.

        To a path it is a database file of its own, which `replace` allows to take the place of another; to a binary file
        it is a stream that `crmkernel.restore` reads. `progress` is called with how many pairs are done.
        """

    def replay(
        self,
        path: str | os.PathLike[str],
        *,
        replace: bool = False,
        progress: Callable[[int, int | None], object] | None = None,
    ) -> int:
        """Does every entry of the journal again in a new database file, which becomes this database as it was when the
        call began, bit for bit; gives the sequence of the last entry.

        No rule runs again. `replace` allows it to take the place of another file; `progress` is called with how many
        entries are done.
        """

    def rebuild_indexes(self, *, progress: Callable[[int, int | None], object] | None = None) -> Rebuilt:
        """Brings indexes, unique keys and counts up to the records, while others read and write."""

    def compact(self, *, wait: float = 5.0) -> None:
        """Makes the file small again. Others wait meanwhile; cursors that are alive are waited for, at most `wait` seconds."""

    def statistics(self, *, spaces: bool = False) -> Statistics:
        """Counts what the database holds and says what was done since it was opened. With `spaces` it counts the bytes of
        each space of the store too, for which it may read the whole file.
        """

    def fields(self, entity: _Entity | str) -> list[FieldInfo]:
        """The fields of an entity, the custom ones too."""

    def declare_field(
        self,
        entity: _Entity | str,
        name: str,
        type: _Type | str,
        *,
        len_max: int = 200,
        min: int = ...,
        max: int = ...,
        references: _Entity | str | None = None,
        label: str = "",
        label_zh: str = "",
        sensitive: bool = False,
        indexed: bool = False,
    ) -> FieldInfo:
        """Declares a custom field, named `prefix.name`."""

    def plugins(self) -> list[PluginStatus]:
        """The plugins, in the order in which they are asked."""

    def load_plugin(
        self,
        path: str | os.PathLike[str],
        *,
        allow: Sequence[str | os.PathLike[str]] | None = None,
        settings: Mapping[str, str] | None = None,
        drafts: bool = False,
        allow_writable: bool = False,
    ) -> None:
        """Loads a plugin from a shared library with its manifest beside it. `allow` lists the libraries, or folders of
        libraries, that may be loaded; left out it is this one path. `settings` overrides figures of the plugin.
        Where the database trusts keys, the manifest must be signed. `drafts` uses its draft extensions too.
        `allow_writable` loads it although everybody may write the library, its manifest or their folder.
        """

    def register(self, plugin: Plugin | object) -> None:
        """Adds the rules of a Python object behind those that are there: see `crmkernel.Plugin`."""

    @property
    def warnings(self) -> list[Warning]:
        """What somebody should know about the database as it is open now, such as a plugin that it needs and that is not
        loaded. Ask after the plugins are loaded: right after opening, every plugin is missing."""

    def forget_plugin(self, id: str) -> None:
        """Forgets a plugin that the database needs: its absence is missed no longer, its prefixes are free, its fields and
        their values stay. The journal keeps it."""

    def enable_plugin(self, id: str) -> None:
        """Ends the quarantine of a plugin."""

    def trust_plugin_key(self, key: str) -> None:
        """Trusts a public key of minisign: from then on plugins must be signed by a key that the database trusts."""

    def distrust_plugin_key(self, key: str) -> None:
        """Trusts a key no longer. Plugins that are loaded stay."""

    def plugin_keys(self) -> list[str]:
        """The public keys that the database trusts."""

    def plugin_log(self) -> list[tuple[str, bool, str]]:
        """The lines that plugins left since this was asked last: plugin, whether somebody should look at it, text."""

    def calculators(self) -> list[str]:
        """The names of the calculators that the plugins offer."""

    def compute(self, name: str, /, **arguments: Quantity | None) -> dict[str, Quantity]:
        """Calls a calculator of a plugin: `compute("bank.fine_range", gains=Money(100_000_000, "CNY"))` gives its results
        by name. A ratio is a `Fraction`; a `float` is not taken.
        """

@final
class Money:
    """An amount of money: minor units (fen for CNY) of an ISO 4217 currency."""

    __match_args__: ClassVar[tuple[str, str]]
    def __new__(cls, amount_minor: int, currency: str) -> Self: ...
    @property
    def amount_minor(self) -> int:
        """The amount in minor units."""

    @property
    def currency(self) -> str:
        """The three letters of the currency."""

    @staticmethod
    def parse(text: str) -> Money:
        """Reads an amount in units of its currency, as `str` of one is: `12.50 CNY`."""

    def __eq__(self, other: object, /) -> bool: ...
    def __hash__(self) -> int: ...
    def __lt__(self, other: Money, /) -> bool: ...
    def __le__(self, other: Money, /) -> bool: ...
    def __gt__(self, other: Money, /) -> bool: ...
    def __ge__(self, other: Money, /) -> bool: ...

@final
class FixedClock:
    """A clock that stands still until it is set."""

    def __new__(cls, now: datetime.datetime) -> Self: ...
    @property
    def now(self) -> datetime.datetime:
        """The instant that the clock tells."""

    def set(self, now: datetime.datetime) -> None:
        """Sets the instant."""

@final
class Violation:
    """One reason why a rule refuses a change."""

    def __new__(
        cls,
        field: str,
        code: str,
        message: str,
        message_zh: str = "",
        rule: str = "",
        plugin: str = "",
        source: str = "",
        inputs: Sequence[tuple[str, str]] = ...,
        policy_version: str = "",
    ) -> Self: ...
    @property
    def field(self) -> str:
        """The field at fault, empty when the whole record is."""

    @property
    def code(self) -> str:
        """The stable code of the reason, in snake case."""

    @property
    def message(self) -> str:
        """The reason in English."""

    @property
    def message_zh(self) -> str:
        """The reason in Chinese."""

    @property
    def rule(self) -> str:
        """The rule's id, empty for a rule of the kernel's own form."""

    @property
    def source(self) -> str:
        """The regulation and article, empty for a rule of the kernel's own form."""

    @property
    def inputs(self) -> dict[str, str]:
        """The inputs that the rule used, in its order; that of a sensitive field is `(sensitive)`."""

    @property
    def policy_version(self) -> str:
        """The policy in force; empty when a policy file was checked."""

    @property
    def plugin(self) -> str:
        """The plugin that refused, as `id version`; empty for the kernel."""

    def __eq__(self, other: object, /) -> bool: ...

@final
class Decision:
    """What a rule decided, and why."""

    def __new__(
        cls,
        subject: str,
        value: str,
        reason: str,
        reason_zh: str = "",
        *,
        rule: str = "",
        source: str = "",
        inputs: Sequence[tuple[str, str]] = ...,
        policy_version: str = "",
    ) -> Self: ...
    @property
    def subject(self) -> str:
        """What is decided: a field's name or the name of a check."""

    @property
    def value(self) -> str:
        """The value decided, as text."""

    @property
    def rule(self) -> str:
        """The id of the rule."""

    @property
    def source(self) -> str:
        """The regulation and article."""

    @property
    def inputs(self) -> dict[str, str]:
        """The inputs that the rule used, in its order."""

    @property
    def reason(self) -> str:
        """The reason in English."""

    @property
    def reason_zh(self) -> str:
        """The reason in Chinese."""

    @property
    def policy_version(self) -> str:
        """The policy in force."""

    @property
    def plugin(self) -> str:
        """The plugin that decided, as `id version`; empty for the kernel."""

    def _repr_html_(self) -> str: ...
    def __eq__(self, other: object, /) -> bool: ...

@final
class Stay:
    """A stay of a record in a state."""

    @property
    def state(self) -> str:
        """The name of the state."""

    @property
    def since(self) -> datetime.datetime:
        """When the record came into it."""

    @property
    def until(self) -> datetime.datetime | None:
        """When it left it; `None` while it is there."""

    @property
    def seconds(self) -> int:
        """How long it lasted, up to now while it lasts, in whole seconds."""

    def __eq__(self, other: object, /) -> bool: ...

@final
class Related:
    """A person, or a party, to whom relations lead."""

    @property
    def id(self) -> int:
        """The id of the person or party."""

    @property
    def depth(self) -> int:
        """By how many relations, from 1."""

    @property
    def via(self) -> int:
        """The id of the one from whom the last of these relations led here."""

    @property
    def relation(self) -> int:
        """The id of that relation."""

    @property
    def kind(self) -> str:
        """Its kind."""

    @property
    def leads_away(self) -> bool:
        """Whether it leads away from `via`, as one that goes both ways always does."""

    def __eq__(self, other: object, /) -> bool: ...

@final
class Share:
    """A part of a whole, exact."""

    @property
    def part(self) -> int:
        """The part."""

    @property
    def whole(self) -> int:
        """The whole."""

    @property
    def hundredths(self) -> int | None:
        """The part of the whole in hundredths of a percent, rounded half up; `None` of nothing."""

    def is_at_least(self, percent: int) -> bool:
        """Whether it is at least so many percent, without rounding; nothing of nothing is not."""

    def __eq__(self, other: object, /) -> bool: ...

def operations() -> dict[str, tuple[_Level, str]]:
    """What a session can ask for, by name: the least level, and what it does. A verb has a level of its own."""

@final
class FieldInfo:
    """What is known about a field."""

    @property
    def id(self) -> int:
        """The stable number."""

    @property
    def name(self) -> str:
        """The name."""

    @property
    def type(self) -> str:
        """The type: text, int, bool, date, instant, money, enum or ref."""

    @property
    def label(self) -> str:
        """The English label."""

    @property
    def label_zh(self) -> str:
        """The Chinese label."""

    @property
    def sensitive(self) -> bool:
        """Whether it is personal or secret."""

    @property
    def indexed(self) -> bool:
        """Whether an index of its own is kept."""

    @property
    def required(self) -> bool:
        """Whether every record has it."""

    @property
    def writer(self) -> Literal["caller", "verb", "kernel"]:
        """Who may set it: caller, verb or kernel."""

    @property
    def values(self) -> list[str]:
        """The names that an enumeration takes; empty for other types."""

    @property
    def value_labels(self) -> dict[str, str]:
        """The Chinese label of each name that an enumeration takes; empty for other types."""

    @property
    def len_max(self) -> int | None:
        """The greatest number of characters of a text; `None` for other types."""

    @property
    def references(self) -> str | None:
        """The entity that a reference names; `None` for other types."""

    def __eq__(self, other: object, /) -> bool: ...

@final
class Plan:
    """How a query is answered."""

    @property
    def index(self) -> str | None:
        """The index that is read; `None` when every record of the entity is."""

    @property
    def fixed_fields(self) -> int:
        """How many of the index's fields are fixed by the conditions."""

    @property
    def ranged(self) -> bool:
        """Whether the conditions bound the field after those to a range."""

    @property
    def sorted(self) -> bool:
        """Whether the records come in the order asked for without sorting."""

    @property
    def filtered(self) -> list[str]:
        """The fields whose conditions are checked on each record."""

    @property
    def counted(self) -> str | None:
        """The count, kept with every write, from which `count()` answers instead; `None` when there is none."""

@final
class Summary:
    """A field summed up over the records of one group that have it."""

    @property
    def group(self) -> Any:
        """The value of the field that groups; `None` when it is absent, and without one."""

    @property
    def count(self) -> int:
        """How many records of the group have the field."""

    @property
    def sum(self) -> int | None:
        """The sum, exact; of money in minor units; `None` for other types than int and money."""

    @property
    def currency(self) -> str | None:
        """The currency of the amounts; `None` when the field is not money."""

    @property
    def least(self) -> Any:
        """The least value."""

    @property
    def greatest(self) -> Any:
        """The greatest value."""

@final
class Copied:
    """How much a backup or a restore copied."""

    @property
    def pairs(self) -> int:
        """How many pairs of a key and a value."""

    @property
    def bytes(self) -> int:
        """How long they are, in bytes."""

@final
class Problem:
    """One thing that is wrong with a database."""

    @property
    def kind(self) -> Literal["store", "journal", "record", "reference", "index", "unique", "count"]:
        """What it is: store, journal, record, reference, index, unique or count."""

    @property
    def entity(self) -> _Entity | None:
        """The entity, when it is about one."""

    @property
    def id(self) -> int | None:
        """The id of the record, or the sequence of the journal entry."""

    @property
    def index(self) -> str | None:
        """The name of the index, unique key or count."""

    @property
    def text(self) -> str:
        """The whole of it as an English sentence."""

@final
class Salvaged:
    """What a salvage brought into the new database, and what it did not find."""

    @property
    def ok(self) -> bool:
        """Whether everything was found, and nothing is in doubt."""

    @property
    def log(self) -> Literal["not_needed", "whole", "damaged", "missing", "foreign"]:
        """What became of the log: not_needed, whole, damaged, missing or foreign. With the last three the last commits are, or
        may be, missing."""

    @property
    def records(self) -> int:
        """Records in the new database."""

    @property
    def records_restored(self) -> int:
        """Of those, how many were made, or brought up to the journal, from its entries."""

    @property
    def records_outdated(self) -> int:
        """How many are older than the journal says, because entries in between are missing."""

    @property
    def records_missing(self) -> int:
        """How many ids were given out whose records are nowhere."""

    @property
    def entries(self) -> int:
        """Entries in the journal of the new database."""

    @property
    def entries_missing(self) -> int:
        """How many entries are missing between those and before them."""

    @property
    def keys(self) -> int:
        """Index entries, unique keys and counts that were made anew."""

    @property
    def problem_count(self) -> int:
        """How many things were missing, unreadable or in doubt."""

    @property
    def problems(self) -> list[Problem]:
        """The first 100 of them."""

@final
class Rebuilt:
    """What a rebuild of the indexes did."""

    @property
    def records(self) -> int:
        """How many records were read."""

    @property
    def keys(self) -> int:
        """How many index entries, unique keys and counts were read."""

    @property
    def written(self) -> int:
        """How many of them were missing or wrong, and were written."""

    @property
    def removed(self) -> int:
        """How many no record called for, which were removed."""

    @property
    def problem_count(self) -> int:
        """How many problems are left, which a rebuild cannot mend."""

    @property
    def problems(self) -> list[Problem]:
        """The first 100 of them."""

@final
class SpaceStatistics:
    """What one space of the store takes."""

    @property
    def name(self) -> str:
        """The name: meta, record, index, unique, journal, schema or count."""

    @property
    def entries(self) -> int:
        """How many entries its tables have. A store may keep several pairs in one."""

    @property
    def stored_bytes(self) -> int:
        """Keys and values, in bytes."""

    @property
    def metadata_bytes(self) -> int:
        """What leads to them, in bytes."""

    @property
    def fragmented_bytes(self) -> int:
        """Room in its pages that holds nothing, in bytes."""

@final
class Statistics:
    """What a database holds, and what was done with it since it was opened."""

    @property
    def records(self) -> dict[str, int]:
        """The number of records of each entity."""

    @property
    def journal_entries(self) -> int:
        """The entries of the journal."""

    @property
    def groups(self) -> int:
        """Transactions that wrote, since the opening. Callers that commit at once share one."""

    @property
    def batches(self) -> int:
        """Calls of callers that were in them."""

    @property
    def batches_per_group_max(self) -> int:
        """The most calls that shared one transaction."""

    @property
    def commands(self) -> int:
        """Commands that changed something."""

    @property
    def file_bytes(self) -> int:
        """The length of the database file, in bytes."""

    @property
    def log_bytes(self) -> int:
        """The length of the write-ahead log beside it, in bytes."""

    @property
    def cache_bytes_max(self) -> int:
        """The most memory that the cache of the file takes, in bytes."""

    @property
    def commits(self) -> int:
        """Transactions that were committed since the opening."""

    @property
    def flushes(self) -> int:
        """Times that commits were written from the log to the file since the opening."""

    @property
    def flushes_waiting(self) -> int:
        """Parts of the log that wait for that now."""

    @property
    def oldest_reader_behind(self) -> int:
        """How many transactions of the file ago the oldest snapshot began that another process shows; 0 when there is none, or
        it shows the newest state. The file keeps what it shows, and grows by it, also when that process is stopped."""

    @property
    def cached_records(self) -> int:
        """The records in the cache of records."""

    @property
    def cached_bytes(self) -> int:
        """What is set aside for them so far, in bytes."""

    @property
    def cached_bytes_max(self) -> int:
        """The most that they may take, in bytes."""

    @property
    def cache_hits(self) -> int:
        """How often a record was asked for by its id and was in that cache, since the opening."""

    @property
    def cache_misses(self) -> int:
        """How often it was not."""

    @property
    def clock_behind_us(self) -> int:
        """How far the clock is behind the last journal entry, in microseconds, 0 when it is not."""

    @property
    def may_lack_commits(self) -> bool:
        """Whether commits may be missing: the file was opened without its log, which it says was in use."""

    @property
    def spaces(self) -> list[SpaceStatistics]:
        """The spaces of the store; empty unless they were asked for."""

    def to_dict(self) -> dict[str, int]:
        """Everything by name, flat."""

    def _repr_html_(self) -> str: ...

@final
class VerifyReport:
    """What a check of the whole database found."""

    @property
    def entries(self) -> int:
        """How many journal entries were read."""

    @property
    def records(self) -> int:
        """How many records were read."""

    @property
    def keys(self) -> int:
        """How many index entries, unique keys and counts were read."""

    @property
    def store_checked(self) -> bool:
        """Whether the store's own check ran: it does not while cursors are alive, nor while the disk is full."""

    @property
    def problem_count(self) -> int:
        """How many problems there are; 0 means that all is well."""

    @property
    def problems(self) -> list[Problem]:
        """What is wrong, the first 100 of it."""

    @property
    def warnings(self) -> list[Warning]:
        """What somebody should know besides, such as a plugin that is missing; these are no problems."""

    @property
    def ok(self) -> bool:
        """Whether all is well."""

@final
class Warning:
    """One thing that somebody should know about an open database."""

    @property
    def code(self) -> str:
        """The stable code in snake case: plugin_missing, plugin_older, calendar_year_not_announced."""

    @property
    def subject(self) -> str:
        """What it is about: the id of a plugin, or the year of a calendar that is not announced."""

    @property
    def message(self) -> str:
        """The warning as an English sentence, without personal data."""

    @property
    def message_zh(self) -> str:
        """The warning as a Chinese sentence."""

@final
class Policies:
    """The policies of a database."""

    def adopt(
        self,
        path_or_text: str | os.PathLike[str],
        *,
        effective_on: datetime.date | None = None,
        approver: str | None = None,
    ) -> Outcome:
        """Adopts a policy file, given by its path or as a text. `effective_on` and `approver` go before those of the file.

        It is in force from that day on, and no earlier than now. What is wrong is refused with every problem.
        """

    def show(self, version: str | None = None, *, form: Literal["toml", "json"] | str = "toml") -> str:
        """A policy merged with the layers below it, each figure with the layer that it comes from."""

    @property
    def version(self) -> str:
        """The version of the policy in force now."""

    def versions(self) -> list[PolicyVersion]:
        """The versions that were adopted, in the order of their adoption."""

    def diff(
        self, other: str | os.PathLike[str], *, base: str | os.PathLike[str] | None = None
    ) -> list[FigureDifference]:
        """The figures in which `other` differs from `base`, each a version, a path or a text."""

    def check(self, path_or_text: str | os.PathLike[str]) -> list[Violation]:
        """What is wrong with a policy file in this database; an empty list when it could be adopted."""

    def what_if(self, path_or_text: str | os.PathLike[str], *, limit: int = 1000) -> WhatIf:
        """What the classes, the planned visits and the open complaints of every customer would become under a policy file, in
        force today, if `reclassify` and `reassess` were called. Changes nothing. `limit` bounds the lists of changes, not the
        counts."""

    def reclassify(self, *, progress: Callable[[int], object] | None = None) -> tuple[int, int]:
        """Sorts every customer anew under the policy in force, and asks the plugins that decide something of customers; then
        asks plugins about the records of which they decide custom fields. How many customers there are and how many
        changed."""

    def reassess(self, *, progress: Callable[[int], object] | None = None) -> tuple[int, int]:
        """Decides the grade and the deadlines of every complaint anew that is neither settled nor suspended, and the days of
        appeals, reviews and visits that were decided by a calendar year that was not announced and is now; how many
        complaints there are and how many records changed."""

    def mark_missed(self, *, progress: Callable[[int], object] | None = None) -> tuple[int, int]:
        """Marks the visits whose planned day is past as missed; how many were marked and how many were left."""

    def customer_file(self, customer: int, *, lang: _Lang | str = "en") -> Explanation:
        """What each section of a customer's file is: the subject is the section, the value missing, current or stale, or
        hidden when what decides that is hidden from the session's actor."""

    def report_days(self, since: datetime.date, until: datetime.date, *, lang: _Lang | str = "en") -> Explanation:
        """The days on which the reports of the policy are due: the subject is the report, the value the day."""

    def due_days(self, customer: int, until: datetime.date, *, lang: _Lang | str = "en") -> Explanation:
        """The days on which a customer is to be contacted: the subject is the kind of contact, the value the day."""

@final
class PolicyVersion:
    """A policy that was adopted."""

    @property
    def version(self) -> str:
        """The version."""

    @property
    def effective_on(self) -> datetime.date:
        """The first day on which it is in force."""

    @property
    def approver(self) -> str:
        """Who approved it."""

    @property
    def actor(self) -> str:
        """Who brought it in."""

    @property
    def at(self) -> datetime.datetime:
        """When it was brought in."""

    @property
    def sequence(self) -> int:
        """The sequence of the journal entry that holds its text."""

@final
class FigureDifference:
    """A figure that two policies do not have alike."""

    @property
    def path(self) -> str:
        """The path, such as `complaint.key_classes`."""

    @property
    def before(self) -> str | None:
        """The figure before, as a policy file spells it; `None` when there was none."""

    @property
    def after(self) -> str | None:
        """The figure after."""

@final
class WhatIf:
    """What another policy would change."""

    @property
    def version(self) -> str:
        """The version that was tried."""

    @property
    def customers(self) -> int:
        """How many customers there are."""

    @property
    def changed(self) -> int:
        """How many would change their class in at least one dimension."""

    @property
    def moves(self) -> list[tuple[str, str, str, int]]:
        """How many would go from one class to another: dimension, class before, class after, count."""

    @property
    def changes(self) -> list[tuple[int, str, str, str, str]]:
        """The changes: customer, dimension, class before, class after, rule."""

    @property
    def due(self) -> list[tuple[str, str, int]]:
        """How many planned visits, grades and deadlines would be others: entity, field, count."""

    @property
    def due_changes(self) -> list[dict[str, Any]]:
        """These changes, each a mapping with customer, entity, id (`None` for a visit that would be added), kind (of
        contact), what, before, after, rule."""

    @property
    def refused(self) -> int:
        """How many customers and complaints a rule would not let be changed."""

def plugin_checks() -> list[tuple[str, str]]:
    """The checks in their order: name and what holds."""

def check_plugin(check: str, path: str | os.PathLike[str], cases: Sequence[str | os.PathLike[str]]) -> str:
    """Runs one check on a library and gives its result as JSON. The plugin's code runs in this process and may end it."""

def plugin_header() -> str:
    """The header that a plugin in C or C++ includes."""

def plugin_sdk() -> list[tuple[str, str]]:
    """The sources of the SDK for plugins in Rust, and its manifests, by their paths."""

def plugin_docs() -> list[tuple[str, str]]:
    """What a vendor reads: the fields, enumerations and commands of the kernel, and the syntax of cases, by file name."""

def plugin_manifest(library: bytes, description: str, platform: str | None = None) -> str:
    """The text of the manifest of a library: from its bytes, the text of its `plugin.toml`, and the platform that it was
    built for; left out, this one."""

def check_policy(path_or_text: str | os.PathLike[str]) -> list[Violation]:
    """What is wrong with a policy file, without a database: every problem with line, column and what is allowed."""

@final
class PluginStatus:
    """What is known about a registered plugin."""

    @property
    def id(self) -> str:
        """The id."""

    @property
    def version(self) -> str:
        """The version."""

    @property
    def failures(self) -> int:
        """How many calls failed."""

    @property
    def quarantined(self) -> bool:
        """Whether it is not called any more."""

    @property
    def slow(self) -> int:
        """How many calls took longer than a tenth of a second."""

    @property
    def slowest_us(self) -> int:
        """The longest call. Unit: microseconds."""

@final
class Command:
    """A change to ask for: `Command("visit.hold", {...}, id=7)`."""

    def __new__(
        cls, do: str, values: dict[str, Any] | None = None, *, id: int | None = None, revision: int | None = None
    ) -> Self: ...
    @property
    def do(self) -> str:
        """What to do: the entity and `add`, `put`, `update` or a verb, as in `customer.add`."""

    @property
    def id(self) -> int | None:
        """Which record, for `update` and verbs."""

    @property
    def revision(self) -> int | None:
        """The revision that was read; `None` changes whatever is there."""

    @property
    def values(self) -> dict[str, Any]:
        """The values by field name; `None` clears."""

@final
class Outcome:
    """What a committed command did."""

    @property
    def changed(self) -> bool:
        """Whether anything was written."""

    @property
    def added(self) -> bool:
        """Whether a record was added."""

    @property
    def sequence(self) -> int:
        """The sequence of the journal entry; 0 when nothing was written."""

    @property
    def record(self) -> Any:
        """The record as it is now."""

    @property
    def decisions(self) -> tuple[Decision, ...]:
        """What the rules decided."""

@final
class JournalEntry:
    """One committed change: who asked for it, when, what changed, and what the rules decided."""

    @property
    def sequence(self) -> int:
        """The position in the journal, from 1, without gaps."""

    @property
    def at(self) -> datetime.datetime:
        """The instant."""

    @property
    def actor(self) -> str:
        """Who asked for it."""

    @property
    def command(self) -> str:
        """The command: add, update, put, declare_field or the name of a verb."""

    @property
    def policy_version(self) -> str:
        """The policy in force."""

    @property
    def changes(self) -> tuple[RecordChange, ...]:
        """The records that changed."""

    @property
    def decisions(self) -> tuple[Decision, ...]:
        """What the rules decided."""

    @property
    def declared(self) -> str | None:
        """The name of the custom field that was declared."""

@final
class RecordChange:
    """What changed in one record."""

    @property
    def entity(self) -> _Entity:
        """The entity."""

    @property
    def id(self) -> int:
        """The id."""

    @property
    def revision(self) -> int:
        """The revision that the change made."""

    @property
    def previous_sequence(self) -> int:
        """The sequence of the entry before that changed this record; 0 when there is none."""

    @property
    def values(self) -> tuple[ValueChange, ...]:
        """The fields that changed."""

@final
class ValueChange:
    """What changed in one field."""

    @property
    def field(self) -> str:
        """The name of the field."""

    @property
    def before(self) -> Any:
        """The value before, `None` when it was absent."""

    @property
    def after(self) -> Any:
        """The value after, `None` when it was cleared."""

    @property
    def sensitive(self) -> bool:
        """Whether the field is personal or secret."""

@final
class Change:
    """What a hook may look at: the change, the records around it, and the calendar."""

    @property
    def now(self) -> datetime.datetime:
        """The instant of the change."""

    @property
    def today(self) -> datetime.date:
        """The civil date of that instant in the database's time zone."""

    @property
    def actor(self) -> str:
        """The name of the actor."""

    @property
    def command(self) -> str:
        """The command: add, update, put or the name of a verb."""

    @property
    def entity(self) -> _Entity:
        """The entity of the record that changes."""

    @property
    def time_zone(self) -> str:
        """The database's time zone."""

    @property
    def before(self) -> Values | None:
        """The record before the change, `None` when it is new."""

    @property
    def after(self) -> Values:
        """The record as it would be written."""

    @property
    def customer(self) -> Values | None:
        """The customer of a person, visit or complaint, when there is one."""

    def date_of(self, instant: datetime.datetime) -> datetime.date:
        """The civil date of an instant in the database's time zone."""

    def is_rest_day(self, day: datetime.date) -> bool:
        """Whether nobody works on a day."""

    def after_days(self, start: datetime.date, days: int, *, roll: str = "none") -> datetime.date:
        """The last day of a term of days, the first day not counted; `roll` is none, next or previous."""

    def after_workdays(self, start: datetime.date, days: int) -> datetime.date:
        """The last day of a term of working days, the first day not counted."""

@final
class Values:
    """The values of a record in a change; attributes by field name, absent ones are `None`."""

    def __getattribute__(self, name: str, /) -> Any: ...
    def __getitem__(self, name: str, /) -> Any: ...
    def to_dict(self) -> dict[str, Any]:
        """Every field by name, the absent ones as `None`."""

@final
class Staged:
    """Rows that were read into changes, each with the error that it had."""

    @property
    def aside(self) -> list[str]:
        """The names in rows that were left aside, for the kernel keeps their fields."""

    def __len__(self) -> int: ...
    def original(self, index: int) -> dict[str, str | None] | None:
        """A row of the table as texts by column, for a report of rejected rows; `None` when the rows were no table."""

    def first_error(self) -> tuple[int, CrmError] | None:
        """The first row that could not be read, with its error."""

    def alone(self) -> Staged:
        """Takes the rows without the table that they came from."""

    def extend(self, other: Staged) -> None:
        """Takes the rows of another and puts them behind these."""

@final
class Table:
    """A table that is read a piece at a time: one batch of the producer is alive, and one piece of it."""

    @property
    def columns(self) -> list[str]:
        """The names of the columns."""

    def __iter__(self) -> Self: ...
    def __next__(self) -> Staged: ...

@final
class Query(Generic[_R]):
    """Which records of an entity, in which order and how many. It never changes: every method gives a new one."""

    @property
    def entity(self) -> _Entity:
        """The entity."""

    def filter(self, **conditions: Any) -> Query[_R]:
        """Adds conditions: `owner="u.li"`, `planned_on__lt=day`, `state__in=[...]`."""

    def where(self, field: str, op: str, /, *values: Any) -> Query[_R]:
        """Adds one condition: a field, an operator, and its values."""

    def order_by(self, order: str) -> Query[_R]:
        """Sets the order: a field's name, with `-` before it for descending."""

    def limit(self, limit: int) -> Query[_R]:
        """Sets the greatest number of records."""

    def after(self, position: bytes) -> Query[_R]:
        """Goes on behind a page's position, now or in another process. Where no index gives the order (`plan().sorted`), the
        first page and the second read every record that the conditions leave; pages behind read their own alone until
        something is committed.
        """

    def select(self, *columns: str) -> Query[_R]:
        """Takes these fields only, for tables."""

    def __iter__(self) -> Cursor[_R]: ...
    def first(self) -> _R | None:
        """The first record, `None` when there is none."""

    def to_list(self) -> list[_R]:
        """All records as a list."""

    def count(self) -> int:
        """How many records there are, the limit left aside."""

    def count_by(self, field: str) -> dict[Any, int]:
        """How many records have each value of a field; absent counts as `None`."""

    def shares_by(self, field: str) -> dict[Any, Share]:
        """Which part of the records has each value of a field, exact; absent counts as `None`. So the rate of customers that
        cooperate is the share of one status."""

    def aggregate(self, field: str, by: str | None = None) -> list[Summary]:
        """A field summed up over the records: count, sum, least and greatest value, by the values of another field or all
        together. Money has a summary for each currency."""

    def sum(self, field: str, by: str | None = None) -> Any:
        """The exact sum of an integer field: a number, or a dict by the values of another field. The sums of money are
        dicts by currency, in minor units. A group in which no record has the field is left out."""

    def plan(self) -> Plan:
        """How the query is answered: from which index, and what is left to filter and to sort."""

    def pages(self, size: int) -> Pages[_R]:
        """The records page by page, all from the snapshot of the first; each page knows the position behind it. Like a
        cursor, pages that are not read to the end keep their snapshot, and `compact` waits for them.
        """

    def __arrow_c_stream__(self, requested_schema: object | None = None) -> object:
        """A fresh Arrow stream of the records, for any library that takes one."""

    def to_arrow(self) -> Any:
        """The records as a `pyarrow.Table`."""

    def to_polars(self) -> Any:
        """The records as a `polars.DataFrame`."""

    def to_pandas(self) -> Any:
        """The records as a `pandas.DataFrame`."""

    def _repr_html_(self) -> str: ...
    @classmethod
    def __class_getitem__(cls, item: Any) -> type: ...

@final
class Cursor(Generic[_R]):
    """The records of a query, one at a time."""

    def __iter__(self) -> Self: ...
    def __next__(self) -> _R: ...
    @classmethod
    def __class_getitem__(cls, item: Any) -> type: ...

@final
class Page(Generic[_R]):
    """Some records of a query, and the position behind them."""

    @property
    def records(self) -> tuple[_R, ...]:
        """The records."""

    @property
    def position(self) -> bytes:
        """Where the same query goes on, now or after a restart: `query.after(position)`. It may hold personal data."""

    def __len__(self) -> int: ...
    def __iter__(self) -> Iterator[_R]: ...
    @classmethod
    def __class_getitem__(cls, item: Any) -> type: ...

@final
class Pages(Generic[_R]):
    """The pages of a query, read on in the snapshot of the first one."""

    def __iter__(self) -> Self: ...
    def __next__(self) -> Page[_R]: ...
    @classmethod
    def __class_getitem__(cls, item: Any) -> type: ...

@disjoint_base
class Record:
    """A record as it was when it was read. It never changes; a change gives a new record."""

    @property
    def entity(self) -> _Entity:
        """The entity: customer, person, visit or complaint."""

    @property
    def id(self) -> int:
        """编号 The id, allocated in order per entity."""

    @property
    def revision(self) -> int:
        """修订号 How often the record was written; an update names the revision that it read."""

    @property
    def created_at(self) -> datetime.datetime:
        """创建时间 When the record was added."""

    @property
    def updated_at(self) -> datetime.datetime:
        """更新时间 When the record was last changed."""

    def __getitem__(self, name: str, /) -> Any:
        """The value of a field by its name, also of a custom one; `None` when it is absent."""

    def keys(self) -> list[str]:
        """The names of the fields that are there."""

    def to_dict(self, *, sensitive: bool = True) -> dict[str, Any]:
        """Every field by name, the absent ones as `None`. With `sensitive=False` personal fields are left out."""

    def history(self, *, limit: int = 100) -> list[JournalEntry]:
        """The journal entries that changed the record, the newest first."""

    def explain(self, *, lang: _Lang | str = "en") -> Explanation:
        """The decisions that stand for the record, with their reasons."""

    def stays(self) -> list[Stay]:
        """The states in which the record was, in their order; none for an entity without states."""

    def _repr_html_(self) -> str: ...
    def __eq__(self, other: object, /) -> bool: ...
    def __hash__(self) -> int: ...

@disjoint_base
class Collection(Generic[_R]):
    """The records of one entity."""

    @property
    def entity(self) -> _Entity:
        """The entity: customer, person, visit or complaint."""

    def fields(self) -> list[FieldInfo]:
        """The fields of the entity, the custom ones too."""

    def add(self, **fields: Any) -> _R:
        """Adds a record."""

    def put(self, **fields: Any) -> _R:
        """Adds a record, or brings the one with the same external reference or code up to these values."""

    def get(
        self, id: int | None = None, /, *, code: str | None = None, external_ref: tuple[str, str] | None = None
    ) -> _R:
        """The record with an id, a business code or an external reference `(system, id)`."""

    def update(self, record: Record | int, /, **fields: Any) -> _R:
        """Changes fields of a record; `None` clears one. A record given names the revision that it was read at."""

    def act(self, verb: str, record: Record | int, /, **inputs: Any) -> _R:
        """Does what a verb stands for."""

    def find(self, *, order: str | None = None, limit: int | None = None, **conditions: Any) -> Query[_R]:
        """The records that meet conditions: `owner="u.li"`, `planned_on__lt=day`, `state__in=[...]`."""

    def __iter__(self) -> Cursor[_R]: ...
    def count(self) -> int:
        """How many records there are."""

    def history(self, record: Record | int, /, *, limit: int = 100) -> list[JournalEntry]:
        """The journal entries that changed a record, the newest first."""

    def as_of(self, record: Record | int, moment: datetime.datetime | int, /) -> _R | None:
        """A record as it was at a moment: an aware `datetime`, or the sequence of a journal entry; `None` before it was
        added."""

    def explain(self, record: Record | int, /, *, lang: _Lang | str = "en") -> Explanation:
        """The decisions that stand for a record, with their reasons in a language."""

    def stays(self, record: Record | int, /) -> list[Stay]:
        """The states in which a record was, in their order; none for an entity without states."""

    def related(
        self, record: Record | int, /, *, depth: int = 16, both_directions: bool = False
    ) -> list[Related]:
        """The persons, or the parties, to whom relations of this entity lead from one of them: the nearest first, each
        once, at most 1,000. `depth` is how many relations lie between at most, 1 to 16; with `both_directions` relations
        that lead to one are gone along too."""

    def add_many(
        self,
        source: Iterable[Mapping[str, Any] | Record] | str | os.PathLike[str] | Any,
        *,
        put: bool = False,
        progress: Callable[[int, int | None], object] | bool | None = None,
        on_error: Literal["raise", "collect"] | str = "raise",
        batch_size: int = 5000,
        empty: Literal["keep", "clear"] | str = "keep",
    ) -> Report:
        """Adds or puts many records in one call and reports on them: rows (mappings by field name, or records), a table with
        an Arrow stream, or the path of a CSV file.

        A field that a row does not have stays as it is. `None` clears it, and so does a null of a table. An empty cell of a
        file says nothing about its field, unless `empty="clear"`. Columns of a table or a file that the kernel keeps are
        left aside (`Report.left_aside`), but for the id, which names the record of a `put`.

        `on_error="raise"` does all rows in one transaction, or none and raises the first error; the commands of all rows
        wait for it in memory. `"collect"` does `batch_size` rows in each transaction and reports the others: of the source
        at most two batches are in memory. Ctrl-C ends the call: nothing of it is written with `"raise"`; what is done by
        then stays with `"collect"`.
        """

    def _stage_rows(self, rows: list[Any], texts: str | None, put: bool) -> Staged: ...
    def _stage_table(self, source: Any, rows_max: int, put: bool) -> Table: ...
    def _aside(self, columns: list[str], put: bool) -> list[str]: ...
    def _submit(
        self, staged: Staged, *, put: bool, atomic: bool, tell: Callable[[int], object] | None
    ) -> tuple[int, int, int, list[int], list[tuple[int, CrmError]]]: ...
    @classmethod
    def __class_getitem__(cls, item: Any) -> type: ...

_PartyKind = Literal["organisation", "individual", "other_legal_person"]
_CustomerStatus = Literal["prospect", "active", "dormant", "lost"]
_IdentityKind = Literal["resident_card", "passport", "social_credit_code", "other"]
_CustomerKind = Literal["dealer", "retailer", "contract_manufacturer", "consumer"]
_PersonRole = Literal["contact", "decision_maker", "influencer", "user", "guardian", "legal_representative"]
_Channel = Literal["in_person", "phone", "sms", "wechat", "email", "post", "web", "referral", "other"]
_VisitState = Literal["planned", "held", "reported", "reviewed", "missed", "cancelled"]
_Satisfaction = Literal["satisfied", "dissatisfied", "no_answer"]
_ComplaintState = Literal["received", "clarified", "solution_proposed", "solution_accepted", "followed_up", "closed", "escalated", "withdrawn", "suspended", "archived", "unaccepted"]
_ComplaintGrade = Literal["general", "key_customer", "major"]
_Complexity = Literal["simple", "complex", "special"]
_ActionKind = Literal["corrective", "preventive"]
_ActionState = Literal["planned", "done", "effective", "ineffective", "cancelled"]
_AppealState = Literal["received", "answered", "decided", "withdrawn"]
_AppealOutcome = Literal["upheld", "changed", "returned"]
_ReviewState = Literal["requested", "decided", "withdrawn"]
_SurveyState = Literal["open", "closed"]
_FileSection = Literal["industry_market", "strategy", "organisation", "key_persons", "basics", "decision_makers", "purchasing", "investment", "analysis"]
_SourceLevel = Literal["public_material", "external_report", "contact", "insider"]
_PersonRelationKind = Literal["reports_to", "influences", "opposes", "close_to", "family_of"]
_PartnerRelationKind = Literal["agent_of", "supplier_of", "partner_of", "competitor_of", "distributor_of", "retailer_of", "related_industry", "strategic_partner_of"]
_OrgUnitState = Literal["open", "closed"]
_OrgLevel = Literal["head_office", "tier_1_branch", "tier_2_branch", "sub_branch", "outlet", "project_department", "department"]
_UserState = Literal["active", "suspended"]
_UserPosition = Literal["leader", "department_leader", "staff"]
_AccessOperation = Literal["query", "use", "store", "transfer", "delete"]
_CustomerPlanState = Literal["draft", "in_force", "ended"]
_InvestigationKind = Literal["general", "on_site"]
_InvestigationState = Literal["open", "settled", "applied", "cancelled"]
_InvestigationOutcome = Literal["suitable", "unsuitable"]

class _CustomerNew(TypedDict, total=False):
    code: str | None
    external_system: str | None
    external_id: str | None
    name: Required[str]
    short_name: str | None
    pinyin: str | None
    party_kind: _PartyKind | str | None
    status: _CustomerStatus | str | None
    class_: str | None
    key_customer_number: str | None
    owner: str | None
    org_unit: str | None
    region: str | None
    industry: str | None
    address: str | None
    phone: str | None
    email: str | None
    website: str | None
    parent: Customer | int | None
    employee_count: int | None
    annual_revenue: Money | None
    credit_limit: Money | None
    founded_year: int | None
    signed_on: datetime.date | None
    next_due_on: datetime.date | None
    source: str | None
    identity_kind: _IdentityKind | str | None
    identity_number: str | None
    identity_valid_until: datetime.date | None
    identity_verified_on: datetime.date | None
    beneficial_owner: str | None
    relation_purpose: str | None
    birthday: datetime.date | None
    occupation: str | None
    lost_reason: str | None
    note: str | None
    value_class: str | None
    need_class: str | None
    behaviour_class: str | None
    closeness_class: str | None
    granted_class: str | None
    grant_approver: str | None
    granted_at: datetime.datetime | None
    event: str | None
    event_on: datetime.date | None
    kind: _CustomerKind | str | None
    supply_contract_number: str | None
    supply_contract_on: datetime.date | None
    supply_contract_signatories: str | None
    quality_contract_number: str | None
    quality_contract_on: datetime.date | None
    custom: Mapping[str, Any]

class _CustomerPut(TypedDict, total=False):
    code: str | None
    external_system: str | None
    external_id: str | None
    name: str | None
    short_name: str | None
    pinyin: str | None
    party_kind: _PartyKind | str | None
    status: _CustomerStatus | str | None
    class_: str | None
    key_customer_number: str | None
    owner: str | None
    org_unit: str | None
    region: str | None
    industry: str | None
    address: str | None
    phone: str | None
    email: str | None
    website: str | None
    parent: Customer | int | None
    employee_count: int | None
    annual_revenue: Money | None
    credit_limit: Money | None
    founded_year: int | None
    signed_on: datetime.date | None
    next_due_on: datetime.date | None
    source: str | None
    identity_kind: _IdentityKind | str | None
    identity_number: str | None
    identity_valid_until: datetime.date | None
    identity_verified_on: datetime.date | None
    beneficial_owner: str | None
    relation_purpose: str | None
    birthday: datetime.date | None
    occupation: str | None
    lost_reason: str | None
    note: str | None
    value_class: str | None
    need_class: str | None
    behaviour_class: str | None
    closeness_class: str | None
    granted_class: str | None
    grant_approver: str | None
    granted_at: datetime.datetime | None
    event: str | None
    event_on: datetime.date | None
    kind: _CustomerKind | str | None
    supply_contract_number: str | None
    supply_contract_on: datetime.date | None
    supply_contract_signatories: str | None
    quality_contract_number: str | None
    quality_contract_on: datetime.date | None
    custom: Mapping[str, Any]

class _CustomerChanges(TypedDict, total=False):
    code: str | None
    external_system: str | None
    external_id: str | None
    name: str | None
    short_name: str | None
    pinyin: str | None
    party_kind: _PartyKind | str | None
    class_: str | None
    owner: str | None
    org_unit: str | None
    region: str | None
    industry: str | None
    address: str | None
    phone: str | None
    email: str | None
    website: str | None
    parent: Customer | int | None
    employee_count: int | None
    annual_revenue: Money | None
    credit_limit: Money | None
    founded_year: int | None
    signed_on: datetime.date | None
    next_due_on: datetime.date | None
    source: str | None
    identity_kind: _IdentityKind | str | None
    identity_number: str | None
    identity_valid_until: datetime.date | None
    identity_verified_on: datetime.date | None
    beneficial_owner: str | None
    relation_purpose: str | None
    birthday: datetime.date | None
    occupation: str | None
    note: str | None
    value_class: str | None
    need_class: str | None
    behaviour_class: str | None
    closeness_class: str | None
    kind: _CustomerKind | str | None
    supply_contract_number: str | None
    supply_contract_on: datetime.date | None
    supply_contract_signatories: str | None
    quality_contract_number: str | None
    quality_contract_on: datetime.date | None
    custom: Mapping[str, Any]
    revision: int | None

class _CustomerActivate(TypedDict, total=False):
    revision: int | None

class _CustomerRest(TypedDict, total=False):
    revision: int | None

class _CustomerLose(TypedDict, total=False):
    lost_reason: Required[str]
    revision: int | None

class _CustomerGrant(TypedDict, total=False):
    granted_class: Required[str]
    grant_approver: Required[str]
    granted_at: datetime.datetime | None
    revision: int | None

class _CustomerRevoke(TypedDict, total=False):
    revision: int | None

class _CustomerPlanVisits(TypedDict, total=False):
    revision: int | None

class _CustomerEndVisits(TypedDict, total=False):
    revision: int | None

class _CustomerReportEvent(TypedDict, total=False):
    event: Required[str]
    event_on: datetime.date | None
    revision: int | None

@final
class Customer(Record):
    """客户 A party that buys, bought or may buy."""

    __match_args__: ClassVar[tuple[str, ...]]

    @property
    def code(self) -> str | None:
        """客户编号 The company's own code of the customer."""

    @property
    def external_system(self) -> str | None:
        """外部系统 The other system that knows the customer, such as `erp`."""

    @property
    def external_id(self) -> str | None:
        """外部编号 The customer's id in that system."""

    @property
    def name(self) -> str:
        """客户名称 The full name."""

    @property
    def short_name(self) -> str | None:
        """简称 The short name in everyday use."""

    @property
    def pinyin(self) -> str | None:
        """拼音 The name in pinyin, for finding it."""

    @property
    def party_kind(self) -> _PartyKind | None:
        """主体类型 What kind of party it is."""

    @property
    def status(self) -> _CustomerStatus:
        """客户状态 Where the customer stands in the relationship."""

    @property
    def class_(self) -> str | None:
        """客户分类 The class that the company's regulation gives, such as `key` or `general`."""

    @property
    def key_customer_number(self) -> str | None:
        """重点客户编号 The number that the kernel gives with granted key status. A manager's add or put of history may bring one, with the facts of its grant: granted_class, grant_approver and granted_at. Source: R-FIX-05."""

    @property
    def owner(self) -> str | None:
        """负责人 The user who is responsible."""

    @property
    def org_unit(self) -> str | None:
        """所属机构 The organisational unit that the customer belongs to."""

    @property
    def region(self) -> str | None:
        """地区 The administrative region, such as a GB/T 2260 code or a name."""

    @property
    def industry(self) -> str | None:
        """行业 The industry."""

    @property
    def address(self) -> str | None:
        """地址 The postal address."""

    @property
    def phone(self) -> str | None:
        """电话 The telephone number."""

    @property
    def email(self) -> str | None:
        """电子邮箱 The e-mail address."""

    @property
    def website(self) -> str | None:
        """网址 The web address."""

    @property
    def parent(self) -> int | None:
        """上级客户 The parent customer."""

    @property
    def employee_count(self) -> int | None:
        """员工人数 The number of employees."""

    @property
    def annual_revenue(self) -> Money | None:
        """年营业额 The turnover of a year."""

    @property
    def credit_limit(self) -> Money | None:
        """信用额度 The credit limit granted."""

    @property
    def founded_year(self) -> int | None:
        """成立年份 The year in which it was founded, not later than the present one. Companies that trade today were founded from about 1000 on."""

    @property
    def signed_on(self) -> datetime.date | None:
        """签约日期 The day of the first contract, the anchor of repeating visits."""

    @property
    def next_due_on(self) -> datetime.date | None:
        """下次应访日期 The day on which the next contact is due."""

    @property
    def source(self) -> str | None:
        """来源 Where the customer was heard of."""

    @property
    def identity_kind(self) -> _IdentityKind | None:
        """证件类型 The document that proves the identity."""

    @property
    def identity_number(self) -> str | None:
        """证件号码 The number of that document."""

    @property
    def identity_valid_until(self) -> datetime.date | None:
        """证件有效期 The last day on which that document is valid."""

    @property
    def identity_verified_on(self) -> datetime.date | None:
        """身份核实日期 The day on which the identity was verified."""

    @property
    def beneficial_owner(self) -> str | None:
        """受益所有人 The natural person who finally owns or controls the customer."""

    @property
    def relation_purpose(self) -> str | None:
        """建立关系目的 The purpose of the relationship."""

    @property
    def birthday(self) -> datetime.date | None:
        """生日 The birthday of a natural person."""

    @property
    def occupation(self) -> str | None:
        """职业 The occupation of a natural person."""

    @property
    def lost_reason(self) -> str | None:
        """流失原因 Why the customer was lost."""

    @property
    def note(self) -> str | None:
        """备注 Free remarks."""

    @property
    def value_class(self) -> str | None:
        """价值分类 The class by value, such as quality or promising. Source: R-SEG-01, R-TIER-01."""

    @property
    def need_class(self) -> str | None:
        """需求分类 The class by need. Source: R-SEG-01, R-TIER-01."""

    @property
    def behaviour_class(self) -> str | None:
        """行为分类 The class by behaviour, such as active or dormant. Source: R-TIER-01."""

    @property
    def closeness_class(self) -> str | None:
        """紧密度分类 The class by closeness of the relationship. Source: R-TIER-01."""

    @property
    def granted_class(self) -> str | None:
        """认定分类 The class that was granted. Source: R-FIX-05."""

    @property
    def grant_approver(self) -> str | None:
        """认定审批人 Who approved the grant. Source: R-FIX-05."""

    @property
    def granted_at(self) -> datetime.datetime | None:
        """认定时间 When the class was granted."""

    @property
    def visits_planned(self) -> bool | None:
        """已安排回访计划 Whether visits are planned as the class asks for."""

    @property
    def event(self) -> str | None:
        """事件 The event reported last, such as `installation_completed`. Source: R-FIX-28."""

    @property
    def event_on(self) -> datetime.date | None:
        """事件日期 The day of that event."""

    @property
    def birthday_month_day(self) -> int | None:
        """生日月日 The month and day of the birthday, such as 229, for finding whose is near. Source: R-GEN-11."""

    @property
    def kind(self) -> _CustomerKind | None:
        """客户类型 What the customer does with what it buys. Source: R-GEN-06."""

    @property
    def supply_contract_number(self) -> str | None:
        """供货合同编号 The number of the supply contract. Source: R-KA-05."""

    @property
    def supply_contract_on(self) -> datetime.date | None:
        """供货合同签订日期 The day on which the supply contract was signed. Source: R-KA-05."""

    @property
    def supply_contract_signatories(self) -> str | None:
        """供货合同签署人 Who signed the supply contract for each side. Source: R-KA-05, R-SEL-03."""

    @property
    def quality_contract_number(self) -> str | None:
        """质量保证合同编号 The number of the quality-assurance contract. Source: R-KA-05."""

    @property
    def quality_contract_on(self) -> datetime.date | None:
        """质量保证合同签订日期 The day on which the quality-assurance contract was signed. Source: R-KA-05."""

    @property
    def certification_applied_on(self) -> datetime.date | None:
        """认证申请日期 The day on which its certification was applied for, on an investigation that found it suitable. Source: R-KA-03."""

    @property
    def provisional_year(self) -> int | None:
        """暂用日历年度 The calendar year by which a due day was decided and that was not announced then; absent for none."""

    @property
    def date_doubt(self) -> str | None:
        """存疑日期 The dates that cannot be and were recorded as they are, with commas between; absent when all can be."""

    def activate(self, **inputs: Unpack[_CustomerActivate]) -> Customer:
        """启用 Takes up or resumes business with the customer."""

    def rest(self, **inputs: Unpack[_CustomerRest]) -> Customer:
        """转休眠 Marks the customer as not buying of late."""

    def lose(self, **inputs: Unpack[_CustomerLose]) -> Customer:
        """转流失 Marks the customer as lost."""

    def grant(self, **inputs: Unpack[_CustomerGrant]) -> Customer:
        """客户认定 Grants a class that the policy gives by approval. Source: R-FIX-05."""

    def revoke(self, **inputs: Unpack[_CustomerRevoke]) -> Customer:
        """取消认定 Takes a granted class and its number away."""

    def plan_visits(self, **inputs: Unpack[_CustomerPlanVisits]) -> Customer:
        """安排回访计划 Plans the visits that the class asks for. Source: R-MNT-06."""

    def end_visits(self, **inputs: Unpack[_CustomerEndVisits]) -> Customer:
        """停止回访计划 Plans no more visits, and calls off those ahead."""

    def report_event(self, **inputs: Unpack[_CustomerReportEvent]) -> Customer:
        """登记事件 Records an event that asks for a contact, such as a completed installation. Source: R-FIX-28."""

@final
class Customers(Collection[Customer]):
    """The records of the entity Customer of a database."""

    def add(self, **fields: Unpack[_CustomerNew]) -> Customer: ...  # type: ignore[override]
    def put(self, **fields: Unpack[_CustomerPut]) -> Customer: ...  # type: ignore[override]
    def update(self, record: Customer | int, /, **fields: Unpack[_CustomerChanges]) -> Customer: ...  # type: ignore[override]
    def activate(self, record: Customer | int, /, **inputs: Unpack[_CustomerActivate]) -> Customer:
        """启用 Takes up or resumes business with the customer."""

    def rest(self, record: Customer | int, /, **inputs: Unpack[_CustomerRest]) -> Customer:
        """转休眠 Marks the customer as not buying of late."""

    def lose(self, record: Customer | int, /, **inputs: Unpack[_CustomerLose]) -> Customer:
        """转流失 Marks the customer as lost."""

    def grant(self, record: Customer | int, /, **inputs: Unpack[_CustomerGrant]) -> Customer:
        """客户认定 Grants a class that the policy gives by approval. Source: R-FIX-05."""

    def revoke(self, record: Customer | int, /, **inputs: Unpack[_CustomerRevoke]) -> Customer:
        """取消认定 Takes a granted class and its number away."""

    def plan_visits(self, record: Customer | int, /, **inputs: Unpack[_CustomerPlanVisits]) -> Customer:
        """安排回访计划 Plans the visits that the class asks for. Source: R-MNT-06."""

    def end_visits(self, record: Customer | int, /, **inputs: Unpack[_CustomerEndVisits]) -> Customer:
        """停止回访计划 Plans no more visits, and calls off those ahead."""

    def report_event(self, record: Customer | int, /, **inputs: Unpack[_CustomerReportEvent]) -> Customer:
        """登记事件 Records an event that asks for a contact, such as a completed installation. Source: R-FIX-28."""


class _PersonNew(TypedDict, total=False):
    code: str | None
    external_system: str | None
    external_id: str | None
    customer: Required[Customer | int]
    name: Required[str]
    pinyin: str | None
    role: _PersonRole | str | None
    is_key: bool | None
    title: str | None
    department: str | None
    phone: str | None
    mobile: str | None
    email: str | None
    wechat: str | None
    birthday: datetime.date | None
    anniversary: datetime.date | None
    owner: str | None
    interests: str | None
    note: str | None
    verified_on: datetime.date | None
    custom: Mapping[str, Any]

class _PersonPut(TypedDict, total=False):
    code: str | None
    external_system: str | None
    external_id: str | None
    customer: Customer | int | None
    name: str | None
    pinyin: str | None
    role: _PersonRole | str | None
    is_key: bool | None
    title: str | None
    department: str | None
    phone: str | None
    mobile: str | None
    email: str | None
    wechat: str | None
    birthday: datetime.date | None
    anniversary: datetime.date | None
    owner: str | None
    interests: str | None
    note: str | None
    verified_on: datetime.date | None
    custom: Mapping[str, Any]

class _PersonChanges(TypedDict, total=False):
    code: str | None
    external_system: str | None
    external_id: str | None
    customer: Customer | int | None
    name: str | None
    pinyin: str | None
    role: _PersonRole | str | None
    is_key: bool | None
    title: str | None
    department: str | None
    phone: str | None
    mobile: str | None
    email: str | None
    wechat: str | None
    birthday: datetime.date | None
    anniversary: datetime.date | None
    owner: str | None
    interests: str | None
    note: str | None
    verified_on: datetime.date | None
    custom: Mapping[str, Any]
    revision: int | None

@final
class Person(Record):
    """联系人 A natural person at a customer: a contact or a key person."""

    __match_args__: ClassVar[tuple[str, ...]]

    @property
    def code(self) -> str | None:
        """联系人编号 The company's own code of the person."""

    @property
    def external_system(self) -> str | None:
        """外部系统 The other system that knows the person."""

    @property
    def external_id(self) -> str | None:
        """外部编号 The person's id in that system."""

    @property
    def customer(self) -> int:
        """客户 The customer that the person belongs to."""

    @property
    def name(self) -> str:
        """姓名 The full name."""

    @property
    def pinyin(self) -> str | None:
        """拼音 The name in pinyin, for finding it."""

    @property
    def role(self) -> _PersonRole | None:
        """角色 What the person is to the customer."""

    @property
    def is_key(self) -> bool | None:
        """关键人物 Whether the person is a key person."""

    @property
    def title(self) -> str | None:
        """职务 The title."""

    @property
    def department(self) -> str | None:
        """部门 The department."""

    @property
    def phone(self) -> str | None:
        """电话 The telephone number."""

    @property
    def mobile(self) -> str | None:
        """手机 The mobile telephone number."""

    @property
    def email(self) -> str | None:
        """电子邮箱 The e-mail address."""

    @property
    def wechat(self) -> str | None:
        """微信 The WeChat name."""

    @property
    def birthday(self) -> datetime.date | None:
        """生日 The birthday. Source: R-GEN-11."""

    @property
    def anniversary(self) -> datetime.date | None:
        """纪念日 Another day to remember. Source: R-GEN-11."""

    @property
    def owner(self) -> str | None:
        """负责人 The user who keeps the contact."""

    @property
    def interests(self) -> str | None:
        """兴趣爱好 Interests and hobbies. Source: R-GEN-13."""

    @property
    def note(self) -> str | None:
        """备注 Free remarks."""

    @property
    def birthday_month_day(self) -> int | None:
        """生日月日 The month and day of the birthday, such as 229, for finding whose is near. Source: R-GEN-11."""

    @property
    def anniversary_month_day(self) -> int | None:
        """纪念日月日 The month and day of the anniversary."""

    @property
    def verified_on(self) -> datetime.date | None:
        """核实日期 The day on which the record was last found to be true still. Source: R-TEL-15."""

    @property
    def date_doubt(self) -> str | None:
        """存疑日期 The dates that cannot be and were recorded as they are, with commas between; absent when all can be."""

@final
class Persons(Collection[Person]):
    """The records of the entity Person of a database."""

    def add(self, **fields: Unpack[_PersonNew]) -> Person: ...  # type: ignore[override]
    def put(self, **fields: Unpack[_PersonPut]) -> Person: ...  # type: ignore[override]
    def update(self, record: Person | int, /, **fields: Unpack[_PersonChanges]) -> Person: ...  # type: ignore[override]

class _VisitNew(TypedDict, total=False):
    code: str | None
    external_system: str | None
    external_id: str | None
    customer: Required[Customer | int]
    person: Person | int | None
    kind: str | None
    channel: _Channel | str | None
    state: _VisitState | str | None
    owner: str | None
    planned_on: datetime.date | None
    purpose: str | None
    content: str | None
    materials: str | None
    held_at: datetime.datetime | None
    duration_s: int | None
    result: str | None
    satisfaction: _Satisfaction | str | None
    report: str | None
    reported_at: datetime.datetime | None
    reviewer: str | None
    reviewed_at: datetime.datetime | None
    review_note: str | None
    reason: str | None
    note: str | None
    org_unit: str | None
    topics: str | None
    complaint_issue: str | None
    custom: Mapping[str, Any]

class _VisitPut(TypedDict, total=False):
    code: str | None
    external_system: str | None
    external_id: str | None
    customer: Customer | int | None
    person: Person | int | None
    kind: str | None
    channel: _Channel | str | None
    state: _VisitState | str | None
    owner: str | None
    planned_on: datetime.date | None
    purpose: str | None
    content: str | None
    materials: str | None
    held_at: datetime.datetime | None
    duration_s: int | None
    result: str | None
    satisfaction: _Satisfaction | str | None
    report: str | None
    reported_at: datetime.datetime | None
    reviewer: str | None
    reviewed_at: datetime.datetime | None
    review_note: str | None
    reason: str | None
    note: str | None
    org_unit: str | None
    topics: str | None
    complaint_issue: str | None
    custom: Mapping[str, Any]

class _VisitChanges(TypedDict, total=False):
    code: str | None
    external_system: str | None
    external_id: str | None
    customer: Customer | int | None
    person: Person | int | None
    kind: str | None
    channel: _Channel | str | None
    owner: str | None
    planned_on: datetime.date | None
    purpose: str | None
    content: str | None
    materials: str | None
    note: str | None
    org_unit: str | None
    topics: str | None
    custom: Mapping[str, Any]
    revision: int | None

class _VisitHold(TypedDict, total=False):
    held_at: datetime.datetime | None
    duration_s: int | None
    channel: _Channel | str | None
    person: Person | int | None
    result: str | None
    satisfaction: _Satisfaction | str | None
    complaint_issue: str | None
    revision: int | None

class _VisitReport(TypedDict, total=False):
    report: Required[str]
    result: str | None
    satisfaction: _Satisfaction | str | None
    complaint_issue: str | None
    reported_at: datetime.datetime | None
    revision: int | None

class _VisitReview(TypedDict, total=False):
    review_note: str | None
    reviewed_at: datetime.datetime | None
    revision: int | None

class _VisitMiss(TypedDict, total=False):
    reason: str | None
    revision: int | None

class _VisitCancel(TypedDict, total=False):
    reason: Required[str]
    revision: int | None

@final
class Visit(Record):
    """拜访 A planned or held contact with a customer."""

    __match_args__: ClassVar[tuple[str, ...]]

    @property
    def code(self) -> str | None:
        """拜访编号 The company's own code of the visit."""

    @property
    def external_system(self) -> str | None:
        """外部系统 The other system that knows the visit."""

    @property
    def external_id(self) -> str | None:
        """外部编号 The visit's id in that system."""

    @property
    def customer(self) -> int:
        """客户 The customer visited."""

    @property
    def person(self) -> int | None:
        """联系人 The person met."""

    @property
    def kind(self) -> str | None:
        """拜访类型 The kind of contact, such as `maintenance`, `return_visit` or `on_site`."""

    @property
    def channel(self) -> _Channel | None:
        """方式 How it takes place."""

    @property
    def state(self) -> _VisitState:
        """状态 Where the visit stands."""

    @property
    def owner(self) -> str | None:
        """拜访人 The user who visits."""

    @property
    def planned_on(self) -> datetime.date | None:
        """计划日期 The day for which it is planned."""

    @property
    def purpose(self) -> str | None:
        """目的 The aim. Source: R-FIX-25."""

    @property
    def content(self) -> str | None:
        """内容 The planned content. Source: R-FIX-25."""

    @property
    def materials(self) -> str | None:
        """资料 What to bring. Source: R-FIX-25."""

    @property
    def held_at(self) -> datetime.datetime | None:
        """拜访时间 When it took place."""

    @property
    def duration_s(self) -> int | None:
        """时长（秒） How long it took, in seconds."""

    @property
    def result(self) -> str | None:
        """结果 What came of it."""

    @property
    def satisfaction(self) -> _Satisfaction | None:
        """满意度 What the customer answered when asked whether satisfied."""

    @property
    def report(self) -> str | None:
        """探望报告 The report. Source: R-MNT-05."""

    @property
    def reported_at(self) -> datetime.datetime | None:
        """报告时间 When the report was handed in."""

    @property
    def reviewer(self) -> str | None:
        """审核人 The superior who reviewed the report."""

    @property
    def reviewed_at(self) -> datetime.datetime | None:
        """审核时间 When the report was reviewed."""

    @property
    def review_note(self) -> str | None:
        """审核意见 What the superior remarked."""

    @property
    def reason(self) -> str | None:
        """原因 Why it was called off or missed."""

    @property
    def note(self) -> str | None:
        """备注 Free remarks."""

    @property
    def org_unit(self) -> str | None:
        """所属机构 The organisational unit that visits; that of the customer when none is given."""

    @property
    def due_on(self) -> datetime.date | None:
        """应访日期 The day that a recurring visit stands for, counted from the anchor and not rolled."""

    @property
    def occurrence(self) -> int | None:
        """序次 Which day behind the anchor that is, from 1."""

    @property
    def anchor_on(self) -> datetime.date | None:
        """起算日期 The day from which a recurring visit is counted."""

    @property
    def event(self) -> str | None:
        """触发事件 The event that asked for it. Source: R-FIX-28."""

    @property
    def topics(self) -> str | None:
        """话题 What is talked about, of: business, stock, feedback, market. Source: R-GEN-07."""

    @property
    def complaint_issue(self) -> str | None:
        """不满意事项 What a dissatisfied customer complains of; it becomes the issue of the complaint. Source: R-FIX-22."""

    @property
    def in_window(self) -> bool | None:
        """按期拜访 Whether it was held in the time of its plan; absent when it had no plan or is not held. Source: R-FIX-29, R-KPI-15."""

    @property
    def provisional_year(self) -> int | None:
        """暂用日历年度 The calendar year by which the plan was rolled and that was not announced then; absent for none."""

    @property
    def date_doubt(self) -> str | None:
        """存疑日期 The dates that cannot be and were recorded as they are, with commas between; absent when all can be."""

    def hold(self, **inputs: Unpack[_VisitHold]) -> Visit:
        """拜访 Records that the visit took place."""

    def review(self, **inputs: Unpack[_VisitReview]) -> Visit:
        """审核 Reviews the report; the reviewer is not the visitor. Source: R-MNT-05."""

    def miss(self, **inputs: Unpack[_VisitMiss]) -> Visit:
        """未访 Records that the visit did not take place in its time."""

    def cancel(self, **inputs: Unpack[_VisitCancel]) -> Visit:
        """取消 Calls the visit off."""

@final
class Visits(Collection[Visit]):
    """The records of the entity Visit of a database."""

    def add(self, **fields: Unpack[_VisitNew]) -> Visit: ...  # type: ignore[override]
    def put(self, **fields: Unpack[_VisitPut]) -> Visit: ...  # type: ignore[override]
    def update(self, record: Visit | int, /, **fields: Unpack[_VisitChanges]) -> Visit: ...  # type: ignore[override]
    def hold(self, record: Visit | int, /, **inputs: Unpack[_VisitHold]) -> Visit:
        """拜访 Records that the visit took place."""

    def report(self, record: Visit | int, /, **inputs: Unpack[_VisitReport]) -> Visit:
        """报告 Hands in the report of the visit. Source: R-MNT-05."""

    def review(self, record: Visit | int, /, **inputs: Unpack[_VisitReview]) -> Visit:
        """审核 Reviews the report; the reviewer is not the visitor. Source: R-MNT-05."""

    def miss(self, record: Visit | int, /, **inputs: Unpack[_VisitMiss]) -> Visit:
        """未访 Records that the visit did not take place in its time."""

    def cancel(self, record: Visit | int, /, **inputs: Unpack[_VisitCancel]) -> Visit:
        """取消 Calls the visit off."""


class _ComplaintNew(TypedDict, total=False):
    number: str | None
    external_system: str | None
    external_id: str | None
    customer: Required[Customer | int]
    person: Person | int | None
    state: _ComplaintState | str | None
    received_at: Required[datetime.datetime]
    channel: _Channel | str | None
    issue: Required[str]
    sub_issue: str | None
    product: str | None
    narrative: str | None
    request: str | None
    complexity: _Complexity | str | None
    external_intent: bool | None
    owner: str | None
    region: str | None
    amount: Money | None
    acknowledged_at: datetime.datetime | None
    cause: str | None
    liable_party: str | None
    solution: str | None
    promised_on: datetime.date | None
    promise_reason: str | None
    rejection_reason: str | None
    satisfaction: _Satisfaction | str | None
    lesson: str | None
    case_written: bool | None
    outcome: str | None
    closed_at: datetime.datetime | None
    escalated_to: str | None
    reason: str | None
    extension_approver: str | None
    timely: bool | None
    disputed: bool | None
    note: str | None
    responded_at: datetime.datetime | None
    extension_days: int | None
    archived_at: datetime.datetime | None
    archive_number: str | None
    visit: Visit | int | None
    company_report: str | None
    company_reported_at: datetime.datetime | None
    limits_explained: str | None
    recourse: str | None
    written_reply: str | None
    replied_at: datetime.datetime | None
    facts_unknown: bool | None
    custom: Mapping[str, Any]

class _ComplaintPut(TypedDict, total=False):
    number: str | None
    external_system: str | None
    external_id: str | None
    customer: Customer | int | None
    person: Person | int | None
    state: _ComplaintState | str | None
    received_at: datetime.datetime | None
    channel: _Channel | str | None
    issue: str | None
    sub_issue: str | None
    product: str | None
    narrative: str | None
    request: str | None
    complexity: _Complexity | str | None
    external_intent: bool | None
    owner: str | None
    region: str | None
    amount: Money | None
    acknowledged_at: datetime.datetime | None
    cause: str | None
    liable_party: str | None
    solution: str | None
    promised_on: datetime.date | None
    promise_reason: str | None
    rejection_reason: str | None
    satisfaction: _Satisfaction | str | None
    lesson: str | None
    case_written: bool | None
    outcome: str | None
    closed_at: datetime.datetime | None
    escalated_to: str | None
    reason: str | None
    extension_approver: str | None
    timely: bool | None
    disputed: bool | None
    note: str | None
    responded_at: datetime.datetime | None
    extension_days: int | None
    archived_at: datetime.datetime | None
    archive_number: str | None
    visit: Visit | int | None
    company_report: str | None
    company_reported_at: datetime.datetime | None
    limits_explained: str | None
    recourse: str | None
    written_reply: str | None
    replied_at: datetime.datetime | None
    facts_unknown: bool | None
    custom: Mapping[str, Any]

class _ComplaintChanges(TypedDict, total=False):
    number: str | None
    external_system: str | None
    external_id: str | None
    customer: Customer | int | None
    person: Person | int | None
    received_at: datetime.datetime | None
    channel: _Channel | str | None
    issue: str | None
    sub_issue: str | None
    product: str | None
    narrative: str | None
    request: str | None
    complexity: _Complexity | str | None
    external_intent: bool | None
    owner: str | None
    region: str | None
    amount: Money | None
    timely: bool | None
    disputed: bool | None
    note: str | None
    visit: Visit | int | None
    custom: Mapping[str, Any]
    revision: int | None

class _ComplaintAcknowledge(TypedDict, total=False):
    acknowledged_at: datetime.datetime | None
    revision: int | None

class _ComplaintClarify(TypedDict, total=False):
    cause: Required[str]
    liable_party: str | None
    complexity: _Complexity | str | None
    issue: str | None
    sub_issue: str | None
    revision: int | None

class _ComplaintPropose(TypedDict, total=False):
    solution: Required[str]
    promised_on: Required[datetime.date]
    promise_reason: Required[str]
    responded_at: datetime.datetime | None
    revision: int | None

class _ComplaintAccept(TypedDict, total=False):
    revision: int | None

class _ComplaintReject(TypedDict, total=False):
    rejection_reason: Required[str]
    revision: int | None

class _ComplaintFollowUp(TypedDict, total=False):
    outcome: Required[str]
    satisfaction: Required[_Satisfaction | str]
    revision: int | None

class _ComplaintClose(TypedDict, total=False):
    lesson: Required[str]
    case_written: bool | None
    closed_at: datetime.datetime | None
    revision: int | None

class _ComplaintEscalate(TypedDict, total=False):
    escalated_to: Required[str]
    reason: Required[str]
    revision: int | None

class _ComplaintWithdraw(TypedDict, total=False):
    reason: str | None
    revision: int | None

class _ComplaintSuspend(TypedDict, total=False):
    reason: Required[str]
    revision: int | None

class _ComplaintResume(TypedDict, total=False):
    revision: int | None

class _ComplaintExtend(TypedDict, total=False):
    reason: Required[str]
    extension_days: int | None
    complexity: _Complexity | str | None
    extension_approver: str | None
    revision: int | None

class _ComplaintReport(TypedDict, total=False):
    company_report: Required[str]
    company_reported_at: datetime.datetime | None
    revision: int | None

class _ComplaintReopen(TypedDict, total=False):
    reason: Required[str]
    revision: int | None

class _ComplaintArchive(TypedDict, total=False):
    archive_number: str | None
    archived_at: datetime.datetime | None
    revision: int | None

class _ComplaintRequestExtension(TypedDict, total=False):
    extension_days: Required[int]
    reason: Required[str]
    revision: int | None

class _ComplaintRefuseExtension(TypedDict, total=False):
    reason: Required[str]
    revision: int | None

class _ComplaintConclude(TypedDict, total=False):
    limits_explained: Required[str]
    recourse: Required[str]
    reason: Required[str]
    revision: int | None

class _ComplaintReply(TypedDict, total=False):
    written_reply: Required[str]
    replied_at: datetime.datetime | None
    revision: int | None

@final
class Complaint(Record):
    """投诉 A customer's grievance to the company."""

    __match_args__: ClassVar[tuple[str, ...]]

    @property
    def number(self) -> str | None:
        """投诉编号 The company's own number of the complaint."""

    @property
    def external_system(self) -> str | None:
        """外部系统 The other system that knows the complaint."""

    @property
    def external_id(self) -> str | None:
        """外部编号 The complaint's id in that system."""

    @property
    def customer(self) -> int:
        """客户 The customer who complains. Its class decides which guards hold; a manager alone changes it."""

    @property
    def person(self) -> int | None:
        """投诉人 The person who complains."""

    @property
    def state(self) -> _ComplaintState:
        """状态 Where the complaint stands."""

    @property
    def received_at(self) -> datetime.datetime:
        """受理时间 When it was received. The start of every deadline; a manager alone changes it."""

    @property
    def channel(self) -> _Channel | None:
        """渠道 How it came in."""

    @property
    def issue(self) -> str:
        """投诉事项 What it is about, in a few words; the same text is the same issue."""

    @property
    def sub_issue(self) -> str | None:
        """细项 More exactly what it is about."""

    @property
    def product(self) -> str | None:
        """产品 The product or service."""

    @property
    def narrative(self) -> str | None:
        """投诉内容 What the customer says."""

    @property
    def request(self) -> str | None:
        """诉求 What the customer asks for."""

    @property
    def grade(self) -> _ComplaintGrade | None:
        """投诉等级 How grave it is, decided by the rules."""

    @property
    def complexity(self) -> _Complexity | None:
        """复杂程度 How hard it is to settle."""

    @property
    def external_intent(self) -> bool | None:
        """拟对外投诉 Whether the customer means to complain outside. Source: R-FIX-16."""

    @property
    def owner(self) -> str | None:
        """负责人 The user who is responsible."""

    @property
    def region(self) -> str | None:
        """地区 The region that it comes from."""

    @property
    def amount(self) -> Money | None:
        """涉及金额 The amount at stake."""

    @property
    def deadline_on(self) -> datetime.date | None:
        """办结期限 The last day for settling it, decided by the rules."""

    @property
    def acknowledged_at(self) -> datetime.datetime | None:
        """告知受理时间 When the customer was told that it is received."""

    @property
    def cause(self) -> str | None:
        """原因 The cause found."""

    @property
    def liable_party(self) -> str | None:
        """责任方 The party that is liable. Source: R-LOG-09."""

    @property
    def solution(self) -> str | None:
        """解决方案 The solution offered."""

    @property
    def promised_on(self) -> datetime.date | None:
        """承诺日期 The day by which the solution is promised. Source: R-EDU-09, R-FIX-20."""

    @property
    def promise_reason(self) -> str | None:
        """所需时间说明 Why it takes that time. Source: R-FIX-20."""

    @property
    def rejection_reason(self) -> str | None:
        """不认可原因 Why the customer rejects the solution."""

    @property
    def satisfaction(self) -> _Satisfaction | None:
        """处理满意度 What the customer answered when asked whether satisfied. Source: R-FIX-21."""

    @property
    def lesson(self) -> str | None:
        """总结 The lesson recorded before closing. Source: R-EDU-10."""

    @property
    def case_written(self) -> bool | None:
        """已写案例 Whether a major complaint is written up as a case. Source: R-FIX-18."""

    @property
    def outcome(self) -> str | None:
        """处理结果 The result as it was told to the customer."""

    @property
    def closed_at(self) -> datetime.datetime | None:
        """办结时间 When it was closed."""

    @property
    def escalated_to(self) -> str | None:
        """升级对象 To whom it was handed up."""

    @property
    def reason(self) -> str | None:
        """理由 Why it was escalated, suspended, withdrawn, extended or concluded."""

    @property
    def extension_approver(self) -> str | None:
        """延期审批人 Who approved the longer deadline of a special case."""

    @property
    def resumes_to(self) -> _ComplaintState | None:
        """暂停前状态 The state to which a suspended complaint returns."""

    @property
    def suspended_at(self) -> datetime.datetime | None:
        """暂停时间 When the present suspension began."""

    @property
    def timely(self) -> bool | None:
        """及时答复 Whether the answer was given in time, as the source of an imported record says."""

    @property
    def disputed(self) -> bool | None:
        """有异议 Whether the customer disputes the answer, as the source of an imported record says."""

    @property
    def note(self) -> str | None:
        """备注 Free remarks."""

    @property
    def acknowledge_by(self) -> datetime.datetime | None:
        """告知受理期限 The last instant for telling the customer that it is received, decided by the rules."""

    @property
    def respond_by(self) -> datetime.datetime | None:
        """答复期限 The last instant for offering a solution, decided by the rules."""

    @property
    def responded_at(self) -> datetime.datetime | None:
        """答复时间 When the first solution was offered."""

    @property
    def escalate_by(self) -> datetime.datetime | None:
        """升级期限 The last instant at which it goes up to the next level, decided by the rules. Source: R-FIX-17."""

    @property
    def escalation_level(self) -> int | None:
        """升级层级 How many levels it went up; 0 is where it was received."""

    @property
    def escalated_at(self) -> datetime.datetime | None:
        """升级时间 When it went up to the present level."""

    @property
    def paused_s(self) -> int | None:
        """暂停秒数 How long its clocks stood so far, in seconds."""

    @property
    def paused_days(self) -> int | None:
        """暂停天数 How long its clocks stood so far, in civil days."""

    @property
    def paused_workdays(self) -> int | None:
        """暂停工作日数 How long its clocks stood so far, in working days, where the calendar has the years."""

    @property
    def paused_work_s(self) -> int | None:
        """暂停工作秒数 How long its clocks stood so far, in seconds of working time, where the calendar has the years."""

    @property
    def extension_days(self) -> int | None:
        """延期天数 By how many days it is to be extended: working days when its limit counts those."""

    @property
    def extended_days(self) -> int | None:
        """累计延期天数 By how many days it was extended so far."""

    @property
    def extension_count(self) -> int | None:
        """延期次数 How often it was extended."""

    @property
    def extension_requested_by(self) -> str | None:
        """延期申请人 Who asked for an extension that is not yet decided."""

    @property
    def reopened_at(self) -> datetime.datetime | None:
        """重新受理时间 When it was re-opened last; its deadlines run from there."""

    @property
    def reopen_count(self) -> int | None:
        """重新受理次数 How often it was re-opened; each counts as the same issue once more."""

    @property
    def archived_at(self) -> datetime.datetime | None:
        """归档时间 When it was put into the archive. Source: R-FIX-23."""

    @property
    def archive_number(self) -> str | None:
        """档案编号 The number under which it lies in the archive."""

    @property
    def visit(self) -> int | None:
        """来源回访 The return visit that it came from. Source: R-FIX-22."""

    @property
    def company_report(self) -> str | None:
        """书面报告 The written report to the company. Source: R-FIX-15."""

    @property
    def company_reported_at(self) -> datetime.datetime | None:
        """书面报告时间 When that report was handed in."""

    @property
    def level_paused_s(self) -> int | None:
        """本层级暂停秒数 How long its clocks stood on the present level of the chain, in seconds. Source: R-FIX-17."""

    @property
    def level_paused_days(self) -> int | None:
        """本层级暂停天数 How long they stood on that level, in civil days."""

    @property
    def level_paused_workdays(self) -> int | None:
        """本层级暂停工作日数 How long they stood on that level, in working days, where the calendar has the years."""

    @property
    def level_paused_work_s(self) -> int | None:
        """本层级暂停工作秒数 How long they stood on that level, in seconds of working time, where the calendar has the years."""

    @property
    def limits_explained(self) -> str | None:
        """公司限度说明 How the company's limits were explained to a customer who accepts no solution. Source: R-FIX-20."""

    @property
    def recourse(self) -> str | None:
        """其他救济途径 Where else the customer can turn: a mediator, an authority, a court. Source: R-FIX-20."""

    @property
    def written_reply(self) -> str | None:
        """书面答复 The written reply to the customer. Source: R-FIX-15."""

    @property
    def replied_at(self) -> datetime.datetime | None:
        """书面答复时间 When that reply was sent."""

    @property
    def facts_unknown(self) -> bool | None:
        """经过无从查考 Whether the source of a record of the past does not tell what the verbs would have asked for: cause, solution, result, satisfaction, lesson, report, case. A manager sets it when the record is added, or created by a put, and not later. Who takes it away gives what it stood for. It never frees the verb close."""

    @property
    def provisional_year(self) -> int | None:
        """暂用日历年度 The latest calendar year by which a deadline was decided, or a pause began or was counted, and that was not announced then; absent for none."""

    @property
    def pauses_provisional_year(self) -> int | None:
        """暂停暂用日历年度 The latest calendar year by which a pause of this round was counted and that was not announced then; absent for none. A reassessment counts the pauses anew, from the journal; where that has a gap, the sums and this mark stay."""

    @property
    def date_doubt(self) -> str | None:
        """存疑日期 The dates that cannot be and were recorded as they are, with commas between; absent when all can be."""

    def acknowledge(self, **inputs: Unpack[_ComplaintAcknowledge]) -> Complaint:
        """告知受理 Tells the customer that the complaint is received."""

    def clarify(self, **inputs: Unpack[_ComplaintClarify]) -> Complaint:
        """澄清 Records facts and cause."""

    def propose(self, **inputs: Unpack[_ComplaintPropose]) -> Complaint:
        """提出方案 Offers a solution with its date and reason; an earlier rejection is of another solution, and goes. Source: R-FIX-20, R-EDU-09."""

    def accept(self, **inputs: Unpack[_ComplaintAccept]) -> Complaint:
        """认可 Records that the customer accepts the solution."""

    def reject(self, **inputs: Unpack[_ComplaintReject]) -> Complaint:
        """不认可 Records that the customer rejects the solution; back to clarified."""

    def follow_up(self, **inputs: Unpack[_ComplaintFollowUp]) -> Complaint:
        """跟踪回访 Tells the result and asks whether the customer is satisfied. Source: R-FIX-21."""

    def close(self, **inputs: Unpack[_ComplaintClose]) -> Complaint:
        """办结 Closes the complaint with its lesson. Source: R-EDU-10, R-FIX-18."""

    def escalate(self, **inputs: Unpack[_ComplaintEscalate]) -> Complaint:
        """升级 Hands the complaint up to the next level of the chain, to another than its owner; it becomes major. Source: R-FIX-16, R-FIX-17."""

    def withdraw(self, **inputs: Unpack[_ComplaintWithdraw]) -> Complaint:
        """撤回 Ends the procedure because the customer takes the complaint back. Source: L-BNK-4."""

    def suspend(self, **inputs: Unpack[_ComplaintSuspend]) -> Complaint:
        """暂停 Stops the work and its clocks for a time."""

    def resume(self, **inputs: Unpack[_ComplaintResume]) -> Complaint:
        """恢复 Takes the work up where it was suspended."""

    def extend(self, **inputs: Unpack[_ComplaintExtend]) -> Complaint:
        """延期 Approves a longer deadline, by days or by a higher complexity. Source: L-BNK-1."""

    def report(self, **inputs: Unpack[_ComplaintReport]) -> Complaint:
        """书面报告 Hands in the written report to the company. Source: R-FIX-15."""

    def reopen(self, **inputs: Unpack[_ComplaintReopen]) -> Complaint:
        """重新受理 Takes a closed complaint up again; it counts as the same issue once more."""

    def archive(self, **inputs: Unpack[_ComplaintArchive]) -> Complaint:
        """归档 Puts a settled complaint into the archive. Source: R-FIX-23."""

    def request_extension(self, **inputs: Unpack[_ComplaintRequestExtension]) -> Complaint:
        """申请延期 Asks for a longer deadline; a manager extends or refuses."""

    def refuse_extension(self, **inputs: Unpack[_ComplaintRefuseExtension]) -> Complaint:
        """驳回延期 Refuses the extension that was asked for."""

    def conclude(self, **inputs: Unpack[_ComplaintConclude]) -> Complaint:
        """终结协商 Ends the search for a solution that the customer accepts: explains the company's limits and names another recourse. The customer rejected the present solution before. Source: R-FIX-20."""

    def reply(self, **inputs: Unpack[_ComplaintReply]) -> Complaint:
        """书面答复 Sends the customer a written reply. Source: R-FIX-15."""

@final
class Complaints(Collection[Complaint]):
    """The records of the entity Complaint of a database."""

    def add(self, **fields: Unpack[_ComplaintNew]) -> Complaint: ...  # type: ignore[override]
    def put(self, **fields: Unpack[_ComplaintPut]) -> Complaint: ...  # type: ignore[override]
    def update(self, record: Complaint | int, /, **fields: Unpack[_ComplaintChanges]) -> Complaint: ...  # type: ignore[override]
    def acknowledge(self, record: Complaint | int, /, **inputs: Unpack[_ComplaintAcknowledge]) -> Complaint:
        """告知受理 Tells the customer that the complaint is received."""

    def clarify(self, record: Complaint | int, /, **inputs: Unpack[_ComplaintClarify]) -> Complaint:
        """澄清 Records facts and cause."""

    def propose(self, record: Complaint | int, /, **inputs: Unpack[_ComplaintPropose]) -> Complaint:
        """提出方案 Offers a solution with its date and reason; an earlier rejection is of another solution, and goes. Source: R-FIX-20, R-EDU-09."""

    def accept(self, record: Complaint | int, /, **inputs: Unpack[_ComplaintAccept]) -> Complaint:
        """认可 Records that the customer accepts the solution."""

    def reject(self, record: Complaint | int, /, **inputs: Unpack[_ComplaintReject]) -> Complaint:
        """不认可 Records that the customer rejects the solution; back to clarified."""

    def follow_up(self, record: Complaint | int, /, **inputs: Unpack[_ComplaintFollowUp]) -> Complaint:
        """跟踪回访 Tells the result and asks whether the customer is satisfied. Source: R-FIX-21."""

    def close(self, record: Complaint | int, /, **inputs: Unpack[_ComplaintClose]) -> Complaint:
        """办结 Closes the complaint with its lesson. Source: R-EDU-10, R-FIX-18."""

    def escalate(self, record: Complaint | int, /, **inputs: Unpack[_ComplaintEscalate]) -> Complaint:
        """升级 Hands the complaint up to the next level of the chain, to another than its owner; it becomes major. Source: R-FIX-16, R-FIX-17."""

    def withdraw(self, record: Complaint | int, /, **inputs: Unpack[_ComplaintWithdraw]) -> Complaint:
        """撤回 Ends the procedure because the customer takes the complaint back. Source: L-BNK-4."""

    def suspend(self, record: Complaint | int, /, **inputs: Unpack[_ComplaintSuspend]) -> Complaint:
        """暂停 Stops the work and its clocks for a time."""

    def resume(self, record: Complaint | int, /, **inputs: Unpack[_ComplaintResume]) -> Complaint:
        """恢复 Takes the work up where it was suspended."""

    def extend(self, record: Complaint | int, /, **inputs: Unpack[_ComplaintExtend]) -> Complaint:
        """延期 Approves a longer deadline, by days or by a higher complexity. Source: L-BNK-1."""

    def report(self, record: Complaint | int, /, **inputs: Unpack[_ComplaintReport]) -> Complaint:
        """书面报告 Hands in the written report to the company. Source: R-FIX-15."""

    def reopen(self, record: Complaint | int, /, **inputs: Unpack[_ComplaintReopen]) -> Complaint:
        """重新受理 Takes a closed complaint up again; it counts as the same issue once more."""

    def archive(self, record: Complaint | int, /, **inputs: Unpack[_ComplaintArchive]) -> Complaint:
        """归档 Puts a settled complaint into the archive. Source: R-FIX-23."""

    def request_extension(self, record: Complaint | int, /, **inputs: Unpack[_ComplaintRequestExtension]) -> Complaint:
        """申请延期 Asks for a longer deadline; a manager extends or refuses."""

    def refuse_extension(self, record: Complaint | int, /, **inputs: Unpack[_ComplaintRefuseExtension]) -> Complaint:
        """驳回延期 Refuses the extension that was asked for."""

    def conclude(self, record: Complaint | int, /, **inputs: Unpack[_ComplaintConclude]) -> Complaint:
        """终结协商 Ends the search for a solution that the customer accepts: explains the company's limits and names another recourse. The customer rejected the present solution before. Source: R-FIX-20."""

    def reply(self, record: Complaint | int, /, **inputs: Unpack[_ComplaintReply]) -> Complaint:
        """书面答复 Sends the customer a written reply. Source: R-FIX-15."""


class _ActionNew(TypedDict, total=False):
    code: str | None
    external_system: str | None
    external_id: str | None
    complaint: Required[Complaint | int]
    kind: Required[_ActionKind | str]
    state: _ActionState | str | None
    content: Required[str]
    owner: Required[str]
    due_on: datetime.date | None
    result: str | None
    done_at: datetime.datetime | None
    verification: str | None
    verifier: str | None
    verified_at: datetime.datetime | None
    reason: str | None
    note: str | None
    custom: Mapping[str, Any]

class _ActionPut(TypedDict, total=False):
    code: str | None
    external_system: str | None
    external_id: str | None
    complaint: Complaint | int | None
    kind: _ActionKind | str | None
    state: _ActionState | str | None
    content: str | None
    owner: str | None
    due_on: datetime.date | None
    result: str | None
    done_at: datetime.datetime | None
    verification: str | None
    verifier: str | None
    verified_at: datetime.datetime | None
    reason: str | None
    note: str | None
    custom: Mapping[str, Any]

class _ActionChanges(TypedDict, total=False):
    code: str | None
    external_system: str | None
    external_id: str | None
    complaint: Complaint | int | None
    kind: _ActionKind | str | None
    content: str | None
    owner: str | None
    due_on: datetime.date | None
    note: str | None
    custom: Mapping[str, Any]
    revision: int | None

class _ActionComplete(TypedDict, total=False):
    result: Required[str]
    done_at: datetime.datetime | None
    revision: int | None

class _ActionVerify(TypedDict, total=False):
    verification: str | None
    verified_at: datetime.datetime | None
    revision: int | None

class _ActionFail(TypedDict, total=False):
    verification: Required[str]
    verified_at: datetime.datetime | None
    revision: int | None

class _ActionCancel(TypedDict, total=False):
    reason: Required[str]
    revision: int | None

@final
class Action(Record):
    """纠正预防措施 A corrective or preventive action that comes of a complaint. Source: R-FIX-24."""

    __match_args__: ClassVar[tuple[str, ...]]

    @property
    def code(self) -> str | None:
        """措施编号 The company's own code of the action."""

    @property
    def external_system(self) -> str | None:
        """外部系统 The other system that knows the action."""

    @property
    def external_id(self) -> str | None:
        """外部编号 The action's id in that system."""

    @property
    def complaint(self) -> int:
        """投诉 The complaint that it comes of."""

    @property
    def kind(self) -> _ActionKind:
        """类别 What it is for."""

    @property
    def state(self) -> _ActionState:
        """状态 Where it stands."""

    @property
    def content(self) -> str:
        """措施内容 What is to be done."""

    @property
    def owner(self) -> str:
        """责任人 The user who must improve. Source: R-FIX-24."""

    @property
    def due_on(self) -> datetime.date | None:
        """期限 The day by which it is to be done."""

    @property
    def result(self) -> str | None:
        """实施结果 What was done."""

    @property
    def done_at(self) -> datetime.datetime | None:
        """完成时间 When it was done."""

    @property
    def verification(self) -> str | None:
        """验证情况 How it was verified, or why it does not work."""

    @property
    def verifier(self) -> str | None:
        """验证人 Who verified it."""

    @property
    def verified_at(self) -> datetime.datetime | None:
        """验证时间 When it was verified."""

    @property
    def reason(self) -> str | None:
        """取消原因 Why it was called off."""

    @property
    def note(self) -> str | None:
        """备注 Free remarks."""

    @property
    def date_doubt(self) -> str | None:
        """存疑日期 The dates that cannot be and were recorded as they are, with commas between; absent when all can be."""

    def complete(self, **inputs: Unpack[_ActionComplete]) -> Action:
        """完成 Records what was done."""

    def verify(self, **inputs: Unpack[_ActionVerify]) -> Action:
        """验证有效 Confirms that the action works; another than who did it. Source: R-FIX-24."""

    def fail(self, **inputs: Unpack[_ActionFail]) -> Action:
        """验证无效 Finds that the action does not work; it is to be done again."""

    def cancel(self, **inputs: Unpack[_ActionCancel]) -> Action:
        """取消 Calls the action off."""

@final
class Actions(Collection[Action]):
    """The records of the entity Action of a database."""

    def add(self, **fields: Unpack[_ActionNew]) -> Action: ...  # type: ignore[override]
    def put(self, **fields: Unpack[_ActionPut]) -> Action: ...  # type: ignore[override]
    def update(self, record: Action | int, /, **fields: Unpack[_ActionChanges]) -> Action: ...  # type: ignore[override]
    def complete(self, record: Action | int, /, **inputs: Unpack[_ActionComplete]) -> Action:
        """完成 Records what was done."""

    def verify(self, record: Action | int, /, **inputs: Unpack[_ActionVerify]) -> Action:
        """验证有效 Confirms that the action works; another than who did it. Source: R-FIX-24."""

    def fail(self, record: Action | int, /, **inputs: Unpack[_ActionFail]) -> Action:
        """验证无效 Finds that the action does not work; it is to be done again."""

    def cancel(self, record: Action | int, /, **inputs: Unpack[_ActionCancel]) -> Action:
        """取消 Calls the action off."""


class _AppealNew(TypedDict, total=False):
    code: str | None
    external_system: str | None
    external_id: str | None
    customer: Required[Customer | int]
    complaint: Complaint | int | None
    state: _AppealState | str | None
    authority: Required[str]
    received_at: Required[datetime.datetime]
    claim: str | None
    owner: str | None
    answer_on: datetime.date | None
    answer: str | None
    answered_at: datetime.datetime | None
    outcome: _AppealOutcome | str | None
    decision: str | None
    decided_at: datetime.datetime | None
    reason: str | None
    note: str | None
    custom: Mapping[str, Any]

class _AppealPut(TypedDict, total=False):
    code: str | None
    external_system: str | None
    external_id: str | None
    customer: Customer | int | None
    complaint: Complaint | int | None
    state: _AppealState | str | None
    authority: str | None
    received_at: datetime.datetime | None
    claim: str | None
    owner: str | None
    answer_on: datetime.date | None
    answer: str | None
    answered_at: datetime.datetime | None
    outcome: _AppealOutcome | str | None
    decision: str | None
    decided_at: datetime.datetime | None
    reason: str | None
    note: str | None
    custom: Mapping[str, Any]

class _AppealChanges(TypedDict, total=False):
    code: str | None
    external_system: str | None
    external_id: str | None
    customer: Customer | int | None
    complaint: Complaint | int | None
    authority: str | None
    received_at: datetime.datetime | None
    claim: str | None
    owner: str | None
    answer_on: datetime.date | None
    note: str | None
    custom: Mapping[str, Any]
    revision: int | None

class _AppealAnswer(TypedDict, total=False):
    answer: Required[str]
    answered_at: datetime.datetime | None
    revision: int | None

class _AppealDecide(TypedDict, total=False):
    outcome: Required[_AppealOutcome | str]
    decision: Required[str]
    decided_at: datetime.datetime | None
    revision: int | None

class _AppealWithdraw(TypedDict, total=False):
    reason: str | None
    revision: int | None

@final
class Appeal(Record):
    """申诉 An appeal of a customer to an authority. Source: L-LOG-2, L-LOG-7, L-LOG-8."""

    __match_args__: ClassVar[tuple[str, ...]]

    @property
    def code(self) -> str | None:
        """申诉编号 The authority's or the company's number of the appeal."""

    @property
    def external_system(self) -> str | None:
        """外部系统 The other system that knows the appeal."""

    @property
    def external_id(self) -> str | None:
        """外部编号 The appeal's id in that system."""

    @property
    def customer(self) -> int:
        """客户 The customer who appeals."""

    @property
    def complaint(self) -> int | None:
        """原投诉 The complaint before it; there is none when the customer went to the authority at once."""

    @property
    def state(self) -> _AppealState:
        """状态 Where it stands."""

    @property
    def authority(self) -> str:
        """受理机关 The authority."""

    @property
    def received_at(self) -> datetime.datetime:
        """转办时间 When the authority handed it on. The start of the deadline."""

    @property
    def claim(self) -> str | None:
        """申诉请求 What the customer claims."""

    @property
    def owner(self) -> str | None:
        """负责人 The user who is responsible."""

    @property
    def answer_on(self) -> datetime.date | None:
        """答复期限 The last day for the answer: the authority's, else the one that the rules decide."""

    @property
    def answer(self) -> str | None:
        """答复内容 The answer to the authority."""

    @property
    def answered_at(self) -> datetime.datetime | None:
        """答复时间 When it was answered."""

    @property
    def outcome(self) -> _AppealOutcome | None:
        """裁定结果 For whom the authority decided."""

    @property
    def decision(self) -> str | None:
        """裁定内容 What the authority decided."""

    @property
    def decided_at(self) -> datetime.datetime | None:
        """裁定时间 When the authority decided."""

    @property
    def reason(self) -> str | None:
        """撤回原因 Why it was taken back."""

    @property
    def provisional_year(self) -> int | None:
        """暂用日历年度 The calendar year by which the deadline was decided and that was not announced then; absent for none."""

    @property
    def note(self) -> str | None:
        """备注 Free remarks."""

    @property
    def date_doubt(self) -> str | None:
        """存疑日期 The dates that cannot be and were recorded as they are, with commas between; absent when all can be."""

    def decide(self, **inputs: Unpack[_AppealDecide]) -> Appeal:
        """裁定 Records what the authority decided. Source: L-LOG-7."""

    def withdraw(self, **inputs: Unpack[_AppealWithdraw]) -> Appeal:
        """撤回 Ends the appeal because the customer takes it back."""

@final
class Appeals(Collection[Appeal]):
    """The records of the entity Appeal of a database."""

    def add(self, **fields: Unpack[_AppealNew]) -> Appeal: ...  # type: ignore[override]
    def put(self, **fields: Unpack[_AppealPut]) -> Appeal: ...  # type: ignore[override]
    def update(self, record: Appeal | int, /, **fields: Unpack[_AppealChanges]) -> Appeal: ...  # type: ignore[override]
    def answer(self, record: Appeal | int, /, **inputs: Unpack[_AppealAnswer]) -> Appeal:
        """答复 Answers the authority. Source: L-LOG-2, L-LOG-8."""

    def decide(self, record: Appeal | int, /, **inputs: Unpack[_AppealDecide]) -> Appeal:
        """裁定 Records what the authority decided. Source: L-LOG-7."""

    def withdraw(self, record: Appeal | int, /, **inputs: Unpack[_AppealWithdraw]) -> Appeal:
        """撤回 Ends the appeal because the customer takes it back."""


class _ReviewNew(TypedDict, total=False):
    code: str | None
    external_system: str | None
    external_id: str | None
    complaint: Required[Complaint | int]
    state: _ReviewState | str | None
    unit: Required[str]
    requested_at: Required[datetime.datetime]
    objection: str | None
    owner: str | None
    outcome: _AppealOutcome | str | None
    decision: str | None
    decided_at: datetime.datetime | None
    decided_by: str | None
    reason: str | None
    note: str | None
    custom: Mapping[str, Any]

class _ReviewPut(TypedDict, total=False):
    code: str | None
    external_system: str | None
    external_id: str | None
    complaint: Complaint | int | None
    state: _ReviewState | str | None
    unit: str | None
    requested_at: datetime.datetime | None
    objection: str | None
    owner: str | None
    outcome: _AppealOutcome | str | None
    decision: str | None
    decided_at: datetime.datetime | None
    decided_by: str | None
    reason: str | None
    note: str | None
    custom: Mapping[str, Any]

class _ReviewChanges(TypedDict, total=False):
    code: str | None
    external_system: str | None
    external_id: str | None
    complaint: Complaint | int | None
    unit: str | None
    requested_at: datetime.datetime | None
    objection: str | None
    owner: str | None
    note: str | None
    custom: Mapping[str, Any]
    revision: int | None

class _ReviewDecide(TypedDict, total=False):
    outcome: Required[_AppealOutcome | str]
    decision: Required[str]
    decided_at: datetime.datetime | None
    revision: int | None

class _ReviewWithdraw(TypedDict, total=False):
    reason: str | None
    revision: int | None

@final
class Review(Record):
    """核查 A review of a settled complaint by a superior unit. Source: L-BNK-5."""

    __match_args__: ClassVar[tuple[str, ...]]

    @property
    def code(self) -> str | None:
        """核查编号 The company's own number of the review."""

    @property
    def external_system(self) -> str | None:
        """外部系统 The other system that knows the review."""

    @property
    def external_id(self) -> str | None:
        """外部编号 The review's id in that system."""

    @property
    def complaint(self) -> int:
        """原投诉 The complaint that is reviewed."""

    @property
    def state(self) -> _ReviewState:
        """状态 Where it stands."""

    @property
    def unit(self) -> str:
        """核查机构 The superior unit."""

    @property
    def requested_at(self) -> datetime.datetime:
        """申请时间 When the customer asked for it. The start of the deadline."""

    @property
    def objection(self) -> str | None:
        """申请理由 What the customer objects to."""

    @property
    def owner(self) -> str | None:
        """负责人 The user who is responsible."""

    @property
    def decide_on(self) -> datetime.date | None:
        """决定期限 The last day for the decision, decided by the rules."""

    @property
    def outcome(self) -> _AppealOutcome | None:
        """核查结果 What came of it."""

    @property
    def decision(self) -> str | None:
        """核查决定 The decision."""

    @property
    def decided_at(self) -> datetime.datetime | None:
        """决定时间 When it was decided."""

    @property
    def decided_by(self) -> str | None:
        """决定人 Who decided it."""

    @property
    def reason(self) -> str | None:
        """撤回原因 Why it was taken back."""

    @property
    def provisional_year(self) -> int | None:
        """暂用日历年度 The calendar year by which the deadline was decided and that was not announced then; absent for none."""

    @property
    def note(self) -> str | None:
        """备注 Free remarks."""

    @property
    def date_doubt(self) -> str | None:
        """存疑日期 The dates that cannot be and were recorded as they are, with commas between; absent when all can be."""

    def decide(self, **inputs: Unpack[_ReviewDecide]) -> Review:
        """决定 Records what the superior decided on the review. Source: L-BNK-5."""

    def withdraw(self, **inputs: Unpack[_ReviewWithdraw]) -> Review:
        """撤回 Ends the review because the customer takes the request back."""

@final
class Reviews(Collection[Review]):
    """The records of the entity Review of a database."""

    def add(self, **fields: Unpack[_ReviewNew]) -> Review: ...  # type: ignore[override]
    def put(self, **fields: Unpack[_ReviewPut]) -> Review: ...  # type: ignore[override]
    def update(self, record: Review | int, /, **fields: Unpack[_ReviewChanges]) -> Review: ...  # type: ignore[override]
    def decide(self, record: Review | int, /, **inputs: Unpack[_ReviewDecide]) -> Review:
        """决定 Records what the superior decided on the review. Source: L-BNK-5."""

    def withdraw(self, record: Review | int, /, **inputs: Unpack[_ReviewWithdraw]) -> Review:
        """撤回 Ends the review because the customer takes the request back."""


class _WorkYearNew(TypedDict, total=False):
    code: str | None
    external_system: str | None
    external_id: str | None
    year: Required[int]
    region: Required[str]
    rest_days: str | None
    make_up_workdays: str | None
    company_rest_days: str | None
    company_workdays: str | None
    source: str | None
    note: str | None
    custom: Mapping[str, Any]

class _WorkYearPut(TypedDict, total=False):
    code: str | None
    external_system: str | None
    external_id: str | None
    year: int | None
    region: str | None
    rest_days: str | None
    make_up_workdays: str | None
    company_rest_days: str | None
    company_workdays: str | None
    source: str | None
    note: str | None
    custom: Mapping[str, Any]

class _WorkYearChanges(TypedDict, total=False):
    code: str | None
    external_system: str | None
    external_id: str | None
    year: int | None
    region: str | None
    rest_days: str | None
    make_up_workdays: str | None
    company_rest_days: str | None
    company_workdays: str | None
    source: str | None
    note: str | None
    custom: Mapping[str, Any]
    revision: int | None

@final
class WorkYear(Record):
    """工作日历年度 One year of the working-day calendar, which takes the place of a built-in one. Source: L-HOL-1, L-CIV-4."""

    __match_args__: ClassVar[tuple[str, ...]]

    @property
    def code(self) -> str | None:
        """编号 The company's own code of the year."""

    @property
    def external_system(self) -> str | None:
        """外部系统 The other system that knows the year."""

    @property
    def external_id(self) -> str | None:
        """外部编号 The year's id in that system."""

    @property
    def year(self) -> int:
        """年度 The year."""

    @property
    def region(self) -> str:
        """地区 The region, such as `CN`."""

    @property
    def rest_days(self) -> str | None:
        """休息日 The days from Monday to Friday that are not worked, such as `2027-01-01 2027-02-08`."""

    @property
    def make_up_workdays(self) -> str | None:
        """调休上班日 The Saturdays and Sundays that are worked."""

    @property
    def company_rest_days(self) -> str | None:
        """公司休息日 Further days on which the company rests."""

    @property
    def company_workdays(self) -> str | None:
        """公司上班日 Further days on which the company works."""

    @property
    def source(self) -> str | None:
        """依据 The notice that it comes from."""

    @property
    def note(self) -> str | None:
        """备注 Free remarks."""

    @property
    def date_doubt(self) -> str | None:
        """存疑日期 The dates that cannot be and were recorded as they are, with commas between; absent when all can be."""

@final
class WorkYears(Collection[WorkYear]):
    """The records of the entity WorkYear of a database."""

    def add(self, **fields: Unpack[_WorkYearNew]) -> WorkYear: ...  # type: ignore[override]
    def put(self, **fields: Unpack[_WorkYearPut]) -> WorkYear: ...  # type: ignore[override]
    def update(self, record: WorkYear | int, /, **fields: Unpack[_WorkYearChanges]) -> WorkYear: ...  # type: ignore[override]

class _SurveyNew(TypedDict, total=False):
    code: str | None
    external_system: str | None
    external_id: str | None
    title: Required[str]
    state: _SurveyState | str | None
    period_from: Required[datetime.date]
    period_until: Required[datetime.date]
    questions: Required[str]
    points_max: Required[int]
    closed_at: datetime.datetime | None
    note: str | None
    custom: Mapping[str, Any]

class _SurveyPut(TypedDict, total=False):
    code: str | None
    external_system: str | None
    external_id: str | None
    title: str | None
    state: _SurveyState | str | None
    period_from: datetime.date | None
    period_until: datetime.date | None
    questions: str | None
    points_max: int | None
    closed_at: datetime.datetime | None
    note: str | None
    custom: Mapping[str, Any]

class _SurveyChanges(TypedDict, total=False):
    code: str | None
    external_system: str | None
    external_id: str | None
    title: str | None
    period_from: datetime.date | None
    period_until: datetime.date | None
    questions: str | None
    points_max: int | None
    note: str | None
    custom: Mapping[str, Any]
    revision: int | None

class _SurveyClose(TypedDict, total=False):
    closed_at: datetime.datetime | None
    revision: int | None

@final
class Survey(Record):
    """满意度调查 A satisfaction survey: questions for customers in a period. Source: R-FIX-32, R-GEN-16, R-DEV-12."""

    __match_args__: ClassVar[tuple[str, ...]]

    @property
    def code(self) -> str | None:
        """调查编号 The company's own code of the survey."""

    @property
    def external_system(self) -> str | None:
        """外部系统 The other system that knows the survey."""

    @property
    def external_id(self) -> str | None:
        """外部编号 The survey's id in that system."""

    @property
    def title(self) -> str:
        """名称 What it is called."""

    @property
    def state(self) -> _SurveyState:
        """状态 Where it stands."""

    @property
    def period_from(self) -> datetime.date:
        """期间起 The first day of the period that it is about."""

    @property
    def period_until(self) -> datetime.date:
        """期间止 The last day of that period."""

    @property
    def questions(self) -> str:
        """问题 The questions, one a line."""

    @property
    def points_max(self) -> int:
        """满分 The points that the best answer to a question gets."""

    @property
    def points(self) -> int | None:
        """得分合计 The sum of the points of all answers."""

    @property
    def points_possible(self) -> int | None:
        """满分合计 The sum of the points that they could have got."""

    @property
    def score_hundredths(self) -> int | None:
        """满意度（万分之一） The score in hundredths of a percent, rounded half up."""

    @property
    def closed_at(self) -> datetime.datetime | None:
        """结束时间 When it was closed."""

    @property
    def note(self) -> str | None:
        """备注 Free remarks."""

    @property
    def date_doubt(self) -> str | None:
        """存疑日期 The dates that cannot be and were recorded as they are, with commas between; absent when all can be."""

    def close(self, **inputs: Unpack[_SurveyClose]) -> Survey:
        """结束 Ends a survey and takes its score. Source: R-FIX-32."""

@final
class Surveys(Collection[Survey]):
    """The records of the entity Survey of a database."""

    def add(self, **fields: Unpack[_SurveyNew]) -> Survey: ...  # type: ignore[override]
    def put(self, **fields: Unpack[_SurveyPut]) -> Survey: ...  # type: ignore[override]
    def update(self, record: Survey | int, /, **fields: Unpack[_SurveyChanges]) -> Survey: ...  # type: ignore[override]
    def close(self, record: Survey | int, /, **inputs: Unpack[_SurveyClose]) -> Survey:
        """结束 Ends a survey and takes its score. Source: R-FIX-32."""


class _SurveyAnswerNew(TypedDict, total=False):
    code: str | None
    external_system: str | None
    external_id: str | None
    survey: Required[Survey | int]
    customer: Required[Customer | int]
    person: Person | int | None
    question: Required[int]
    points: int | None
    remark: str | None
    answered_at: datetime.datetime | None
    custom: Mapping[str, Any]

class _SurveyAnswerPut(TypedDict, total=False):
    code: str | None
    external_system: str | None
    external_id: str | None
    survey: Survey | int | None
    customer: Customer | int | None
    person: Person | int | None
    question: int | None
    points: int | None
    remark: str | None
    answered_at: datetime.datetime | None
    custom: Mapping[str, Any]

class _SurveyAnswerChanges(TypedDict, total=False):
    code: str | None
    external_system: str | None
    external_id: str | None
    survey: Survey | int | None
    customer: Customer | int | None
    person: Person | int | None
    question: int | None
    points: int | None
    remark: str | None
    answered_at: datetime.datetime | None
    custom: Mapping[str, Any]
    revision: int | None

@final
class SurveyAnswer(Record):
    """问卷答复 The answer of a customer to a question of a survey. Source: R-FIX-32, R-GEN-08."""

    __match_args__: ClassVar[tuple[str, ...]]

    @property
    def code(self) -> str | None:
        """答复编号 The company's own code of the answer."""

    @property
    def external_system(self) -> str | None:
        """外部系统 The other system that knows the answer."""

    @property
    def external_id(self) -> str | None:
        """外部编号 The answer's id in that system."""

    @property
    def survey(self) -> int:
        """调查 The survey."""

    @property
    def customer(self) -> int:
        """客户 The customer who answers."""

    @property
    def person(self) -> int | None:
        """答复人 The person who answers."""

    @property
    def question(self) -> int:
        """问题序号 The line of the question, from 1."""

    @property
    def points(self) -> int | None:
        """得分 The points; none when the question was left open, which counts for nothing."""

    @property
    def remark(self) -> str | None:
        """意见 What the customer says."""

    @property
    def answered_at(self) -> datetime.datetime | None:
        """答复时间 When it was answered."""

    @property
    def date_doubt(self) -> str | None:
        """存疑日期 The dates that cannot be and were recorded as they are, with commas between; absent when all can be."""

@final
class SurveyAnswers(Collection[SurveyAnswer]):
    """The records of the entity SurveyAnswer of a database."""

    def add(self, **fields: Unpack[_SurveyAnswerNew]) -> SurveyAnswer: ...  # type: ignore[override]
    def put(self, **fields: Unpack[_SurveyAnswerPut]) -> SurveyAnswer: ...  # type: ignore[override]
    def update(self, record: SurveyAnswer | int, /, **fields: Unpack[_SurveyAnswerChanges]) -> SurveyAnswer: ...  # type: ignore[override]

class _SatisfactionScoreNew(TypedDict, total=False):
    code: str | None
    external_system: str | None
    external_id: str | None
    customer: Required[Customer | int]
    period_from: Required[datetime.date]
    period_until: Required[datetime.date]
    contract_points: int | None
    award_points: int | None
    note: str | None
    custom: Mapping[str, Any]

class _SatisfactionScorePut(TypedDict, total=False):
    code: str | None
    external_system: str | None
    external_id: str | None
    customer: Customer | int | None
    period_from: datetime.date | None
    period_until: datetime.date | None
    contract_points: int | None
    award_points: int | None
    note: str | None
    custom: Mapping[str, Any]

class _SatisfactionScoreChanges(TypedDict, total=False):
    code: str | None
    external_system: str | None
    external_id: str | None
    customer: Customer | int | None
    period_from: datetime.date | None
    period_until: datetime.date | None
    contract_points: int | None
    award_points: int | None
    note: str | None
    custom: Mapping[str, Any]
    revision: int | None

@final
class SatisfactionScore(Record):
    """满意度评分 The satisfaction of a customer in a period: contract performance, awards and questionnaire. Source: R-ENG-14."""

    __match_args__: ClassVar[tuple[str, ...]]

    @property
    def code(self) -> str | None:
        """评分编号 The company's own code of the score."""

    @property
    def external_system(self) -> str | None:
        """外部系统 The other system that knows the score."""

    @property
    def external_id(self) -> str | None:
        """外部编号 The score's id in that system."""

    @property
    def customer(self) -> int:
        """客户 The customer."""

    @property
    def period_from(self) -> datetime.date:
        """期间起 The first day of the period."""

    @property
    def period_until(self) -> datetime.date:
        """期间止 The last day of the period."""

    @property
    def contract_points(self) -> int | None:
        """合同履约得分 The points of contract performance, of 100."""

    @property
    def award_points(self) -> int | None:
        """获奖得分 The points of the awards won, of 100."""

    @property
    def questionnaire_points(self) -> int | None:
        """问卷得分合计 The points that the customer's answers in the period got."""

    @property
    def questionnaire_possible(self) -> int | None:
        """问卷满分合计 The points that they could have got."""

    @property
    def score_hundredths(self) -> int | None:
        """满意度（万分之一） The score in hundredths of a percent, rounded half up."""

    @property
    def note(self) -> str | None:
        """备注 Free remarks."""

    @property
    def date_doubt(self) -> str | None:
        """存疑日期 The dates that cannot be and were recorded as they are, with commas between; absent when all can be."""

@final
class SatisfactionScores(Collection[SatisfactionScore]):
    """The records of the entity SatisfactionScore of a database."""

    def add(self, **fields: Unpack[_SatisfactionScoreNew]) -> SatisfactionScore: ...  # type: ignore[override]
    def put(self, **fields: Unpack[_SatisfactionScorePut]) -> SatisfactionScore: ...  # type: ignore[override]
    def update(self, record: SatisfactionScore | int, /, **fields: Unpack[_SatisfactionScoreChanges]) -> SatisfactionScore: ...  # type: ignore[override]

class _InformationItemNew(TypedDict, total=False):
    code: str | None
    external_system: str | None
    external_id: str | None
    customer: Required[Customer | int]
    section: Required[_FileSection | str]
    level: Required[_SourceLevel | str]
    title: Required[str]
    content: str | None
    origin: str | None
    person: Person | int | None
    obtained_on: Required[datetime.date]
    verified_on: datetime.date | None
    owner: Required[str]
    compliance_reviewer: str | None
    note: str | None
    custom: Mapping[str, Any]

class _InformationItemPut(TypedDict, total=False):
    code: str | None
    external_system: str | None
    external_id: str | None
    customer: Customer | int | None
    section: _FileSection | str | None
    level: _SourceLevel | str | None
    title: str | None
    content: str | None
    origin: str | None
    person: Person | int | None
    obtained_on: datetime.date | None
    verified_on: datetime.date | None
    owner: str | None
    compliance_reviewer: str | None
    note: str | None
    custom: Mapping[str, Any]

class _InformationItemChanges(TypedDict, total=False):
    code: str | None
    external_system: str | None
    external_id: str | None
    customer: Customer | int | None
    section: _FileSection | str | None
    level: _SourceLevel | str | None
    title: str | None
    content: str | None
    origin: str | None
    person: Person | int | None
    obtained_on: datetime.date | None
    verified_on: datetime.date | None
    owner: str | None
    compliance_reviewer: str | None
    note: str | None
    custom: Mapping[str, Any]
    revision: int | None

@final
class InformationItem(Record):
    """客户信息 One thing that the file of a customer holds, with its section and the level of its source. Source: R-TEL-06, R-TEL-08."""

    __match_args__: ClassVar[tuple[str, ...]]

    @property
    def code(self) -> str | None:
        """信息编号 The company's own code of the item."""

    @property
    def external_system(self) -> str | None:
        """外部系统 The other system that knows the item."""

    @property
    def external_id(self) -> str | None:
        """外部编号 The item's id in that system."""

    @property
    def customer(self) -> int:
        """客户 The customer whom it is about."""

    @property
    def section(self) -> _FileSection:
        """档案部分 The section of the file that it belongs to."""

    @property
    def level(self) -> _SourceLevel:
        """信息级别 How near to the customer its source is."""

    @property
    def title(self) -> str:
        """标题 What it is about, in a few words."""

    @property
    def content(self) -> str | None:
        """内容 What is known."""

    @property
    def origin(self) -> str | None:
        """来源 Where it comes from, such as the title of a report. Source: R-TEL-09."""

    @property
    def person(self) -> int | None:
        """信息提供人 Who told it. Source: R-TEL-10, R-TEL-11."""

    @property
    def obtained_on(self) -> datetime.date:
        """获取日期 The day on which it was learned."""

    @property
    def verified_on(self) -> datetime.date | None:
        """核实日期 The day on which it was last found to be true still. Source: R-TEL-15."""

    @property
    def owner(self) -> str:
        """负责人 The user who is responsible for it."""

    @property
    def compliance_reviewer(self) -> str | None:
        """合规审核人 Who found that it may be kept and used; an item of level 4 needs one other than its owner. Source: R-TEL-11."""

    @property
    def note(self) -> str | None:
        """备注 Free remarks."""

    @property
    def date_doubt(self) -> str | None:
        """存疑日期 The dates that cannot be and were recorded as they are, with commas between; absent when all can be."""

@final
class InformationItems(Collection[InformationItem]):
    """The records of the entity InformationItem of a database."""

    def add(self, **fields: Unpack[_InformationItemNew]) -> InformationItem: ...  # type: ignore[override]
    def put(self, **fields: Unpack[_InformationItemPut]) -> InformationItem: ...  # type: ignore[override]
    def update(self, record: InformationItem | int, /, **fields: Unpack[_InformationItemChanges]) -> InformationItem: ...  # type: ignore[override]

class _PersonRelationNew(TypedDict, total=False):
    code: str | None
    external_system: str | None
    external_id: str | None
    person: Required[Person | int]
    other: Required[Person | int]
    kind: Required[_PersonRelationKind | str]
    owner: str | None
    note: str | None
    custom: Mapping[str, Any]

class _PersonRelationPut(TypedDict, total=False):
    code: str | None
    external_system: str | None
    external_id: str | None
    person: Person | int | None
    other: Person | int | None
    kind: _PersonRelationKind | str | None
    owner: str | None
    note: str | None
    custom: Mapping[str, Any]

class _PersonRelationChanges(TypedDict, total=False):
    code: str | None
    external_system: str | None
    external_id: str | None
    person: Person | int | None
    other: Person | int | None
    kind: _PersonRelationKind | str | None
    owner: str | None
    note: str | None
    custom: Mapping[str, Any]
    revision: int | None

@final
class PersonRelation(Record):
    """人物关系 The relation of a person to another, of the same customer or not. Source: R-TEL-07."""

    __match_args__: ClassVar[tuple[str, ...]]

    @property
    def code(self) -> str | None:
        """关系编号 The company's own code of the relation."""

    @property
    def external_system(self) -> str | None:
        """外部系统 The other system that knows the relation."""

    @property
    def external_id(self) -> str | None:
        """外部编号 The relation's id in that system."""

    @property
    def person(self) -> int:
        """人物 The person from whom it leads."""

    @property
    def other(self) -> int:
        """相关人物 The person to whom it leads."""

    @property
    def kind(self) -> _PersonRelationKind:
        """关系类型 How the first is related to the second."""

    @property
    def owner(self) -> str | None:
        """负责人 The user who knows it."""

    @property
    def note(self) -> str | None:
        """备注 Free remarks."""

    @property
    def date_doubt(self) -> str | None:
        """存疑日期 The dates that cannot be and were recorded as they are, with commas between; absent when all can be."""

@final
class PersonRelations(Collection[PersonRelation]):
    """The records of the entity PersonRelation of a database."""

    def add(self, **fields: Unpack[_PersonRelationNew]) -> PersonRelation: ...  # type: ignore[override]
    def put(self, **fields: Unpack[_PersonRelationPut]) -> PersonRelation: ...  # type: ignore[override]
    def update(self, record: PersonRelation | int, /, **fields: Unpack[_PersonRelationChanges]) -> PersonRelation: ...  # type: ignore[override]

class _PartnerRelationNew(TypedDict, total=False):
    code: str | None
    external_system: str | None
    external_id: str | None
    customer: Required[Customer | int]
    other: Required[Customer | int]
    kind: Required[_PartnerRelationKind | str]
    owner: str | None
    note: str | None
    custom: Mapping[str, Any]

class _PartnerRelationPut(TypedDict, total=False):
    code: str | None
    external_system: str | None
    external_id: str | None
    customer: Customer | int | None
    other: Customer | int | None
    kind: _PartnerRelationKind | str | None
    owner: str | None
    note: str | None
    custom: Mapping[str, Any]

class _PartnerRelationChanges(TypedDict, total=False):
    code: str | None
    external_system: str | None
    external_id: str | None
    customer: Customer | int | None
    other: Customer | int | None
    kind: _PartnerRelationKind | str | None
    owner: str | None
    note: str | None
    custom: Mapping[str, Any]
    revision: int | None

@final
class PartnerRelation(Record):
    """伙伴关系 The relation of a party to another with whom it does business. Source: R-TEL-10, R-TEL-20."""

    __match_args__: ClassVar[tuple[str, ...]]

    @property
    def code(self) -> str | None:
        """关系编号 The company's own code of the relation."""

    @property
    def external_system(self) -> str | None:
        """外部系统 The other system that knows the relation."""

    @property
    def external_id(self) -> str | None:
        """外部编号 The relation's id in that system."""

    @property
    def customer(self) -> int:
        """客户 The party from which it leads."""

    @property
    def other(self) -> int:
        """相关客户 The party to which it leads."""

    @property
    def kind(self) -> _PartnerRelationKind:
        """关系类型 How the first is related to the second."""

    @property
    def owner(self) -> str | None:
        """负责人 The user who knows it."""

    @property
    def note(self) -> str | None:
        """备注 Free remarks."""

    @property
    def date_doubt(self) -> str | None:
        """存疑日期 The dates that cannot be and were recorded as they are, with commas between; absent when all can be."""

@final
class PartnerRelations(Collection[PartnerRelation]):
    """The records of the entity PartnerRelation of a database."""

    def add(self, **fields: Unpack[_PartnerRelationNew]) -> PartnerRelation: ...  # type: ignore[override]
    def put(self, **fields: Unpack[_PartnerRelationPut]) -> PartnerRelation: ...  # type: ignore[override]
    def update(self, record: PartnerRelation | int, /, **fields: Unpack[_PartnerRelationChanges]) -> PartnerRelation: ...  # type: ignore[override]

class _OrgUnitNew(TypedDict, total=False):
    code: str | None
    external_system: str | None
    external_id: str | None
    name: Required[str]
    state: _OrgUnitState | str | None
    level: _OrgLevel | str | None
    parent: OrgUnit | int | None
    founded_on: datetime.date | None
    level_since: datetime.date | None
    closed_on: datetime.date | None
    note: str | None
    custom: Mapping[str, Any]

class _OrgUnitPut(TypedDict, total=False):
    code: str | None
    external_system: str | None
    external_id: str | None
    name: str | None
    state: _OrgUnitState | str | None
    level: _OrgLevel | str | None
    parent: OrgUnit | int | None
    founded_on: datetime.date | None
    level_since: datetime.date | None
    closed_on: datetime.date | None
    note: str | None
    custom: Mapping[str, Any]

class _OrgUnitChanges(TypedDict, total=False):
    code: str | None
    external_system: str | None
    external_id: str | None
    name: str | None
    parent: OrgUnit | int | None
    founded_on: datetime.date | None
    note: str | None
    custom: Mapping[str, Any]
    revision: int | None

class _OrgUnitUpgrade(TypedDict, total=False):
    level: Required[_OrgLevel | str]
    level_since: Required[datetime.date]
    parent: OrgUnit | int | None
    revision: int | None

class _OrgUnitClose(TypedDict, total=False):
    closed_on: Required[datetime.date]
    revision: int | None

@final
class OrgUnit(Record):
    """机构 A unit of the company itself: the head office, a branch, an outlet, a department. Source: R-CBK-03."""

    __match_args__: ClassVar[tuple[str, ...]]

    @property
    def code(self) -> str | None:
        """机构编号 The company's own code of the unit."""

    @property
    def external_system(self) -> str | None:
        """外部系统 The other system that knows the unit."""

    @property
    def external_id(self) -> str | None:
        """外部编号 The unit's id in that system."""

    @property
    def name(self) -> str:
        """机构名称 The full name."""

    @property
    def state(self) -> _OrgUnitState:
        """机构状态 Whether it is at work."""

    @property
    def level(self) -> _OrgLevel:
        """机构层级 The level; it changes by an upgrade."""

    @property
    def parent(self) -> int | None:
        """上级机构 The unit that it stands under; none of a head office."""

    @property
    def founded_on(self) -> datetime.date | None:
        """成立日期 The day on which it was founded."""

    @property
    def level_since(self) -> datetime.date | None:
        """升级日期 The day since which it is of its level, when it was upgraded."""

    @property
    def closed_on(self) -> datetime.date | None:
        """撤销日期 The day on which it was closed."""

    @property
    def note(self) -> str | None:
        """备注 Free remarks."""

    @property
    def date_doubt(self) -> str | None:
        """存疑日期 The dates that cannot be and were recorded as they are, with commas between; absent when all can be."""

    def upgrade(self, **inputs: Unpack[_OrgUnitUpgrade]) -> OrgUnit:
        """机构升级 Gives the unit another level. Source: R-CBK-06, R-CBK-07."""

    def close(self, **inputs: Unpack[_OrgUnitClose]) -> OrgUnit:
        """撤销 Closes the unit."""

@final
class OrgUnits(Collection[OrgUnit]):
    """The records of the entity OrgUnit of a database."""

    def add(self, **fields: Unpack[_OrgUnitNew]) -> OrgUnit: ...  # type: ignore[override]
    def put(self, **fields: Unpack[_OrgUnitPut]) -> OrgUnit: ...  # type: ignore[override]
    def update(self, record: OrgUnit | int, /, **fields: Unpack[_OrgUnitChanges]) -> OrgUnit: ...  # type: ignore[override]
    def upgrade(self, record: OrgUnit | int, /, **inputs: Unpack[_OrgUnitUpgrade]) -> OrgUnit:
        """机构升级 Gives the unit another level. Source: R-CBK-06, R-CBK-07."""

    def close(self, record: OrgUnit | int, /, **inputs: Unpack[_OrgUnitClose]) -> OrgUnit:
        """撤销 Closes the unit."""


class _UserNew(TypedDict, total=False):
    code: Required[str]
    external_system: str | None
    external_id: str | None
    name: Required[str]
    state: _UserState | str | None
    unit: OrgUnit | int | None
    position: _UserPosition | str | None
    transferred_on: datetime.date | None
    left_on: datetime.date | None
    note: str | None
    custom: Mapping[str, Any]

class _UserPut(TypedDict, total=False):
    code: str | None
    external_system: str | None
    external_id: str | None
    name: str | None
    state: _UserState | str | None
    unit: OrgUnit | int | None
    position: _UserPosition | str | None
    transferred_on: datetime.date | None
    left_on: datetime.date | None
    note: str | None
    custom: Mapping[str, Any]

class _UserChanges(TypedDict, total=False):
    code: str | None
    external_system: str | None
    external_id: str | None
    name: str | None
    note: str | None
    custom: Mapping[str, Any]
    revision: int | None

class _UserTransfer(TypedDict, total=False):
    unit: Required[OrgUnit | int]
    transferred_on: Required[datetime.date]
    position: _UserPosition | str | None
    revision: int | None

class _UserSuspend(TypedDict, total=False):
    left_on: datetime.date | None
    revision: int | None

class _UserResume(TypedDict, total=False):
    revision: int | None

@final
class User(Record):
    """用户 A person of the company who works with the system. Source: R-CBK-08."""

    __match_args__: ClassVar[tuple[str, ...]]

    @property
    def code(self) -> str:
        """用户编号 The name by which the journal knows the user, that of the actor in sessions. Kept in the normal form of names: NFKC, case folded, single spaces, and no character that nobody sees."""

    @property
    def external_system(self) -> str | None:
        """外部系统 The other system that knows the user."""

    @property
    def external_id(self) -> str | None:
        """外部编号 The user's id in that system."""

    @property
    def name(self) -> str:
        """姓名 The full name."""

    @property
    def state(self) -> _UserState:
        """用户状态 Whether the user works with the system. Commands of a suspended user are refused. Source: R-X-07."""

    @property
    def unit(self) -> int:
        """所属机构 The unit that the user belongs to; it changes by a transfer."""

    @property
    def position(self) -> _UserPosition:
        """岗位 What the user is there."""

    @property
    def transferred_on(self) -> datetime.date | None:
        """调动日期 The day of the last transfer. Source: R-CBK-11, R-CBK-12."""

    @property
    def left_on(self) -> datetime.date | None:
        """离职日期 The day on which the user left. Source: R-CBK-11, R-CBK-12."""

    @property
    def note(self) -> str | None:
        """备注 Free remarks."""

    @property
    def date_doubt(self) -> str | None:
        """存疑日期 The dates that cannot be and were recorded as they are, with commas between; absent when all can be."""

    def transfer(self, **inputs: Unpack[_UserTransfer]) -> User:
        """调动 Gives the user another unit or position. Source: R-CBK-11, R-CBK-12."""

    def suspend(self, **inputs: Unpack[_UserSuspend]) -> User:
        """停用 Takes the user out of use, such as when leaving. Source: R-CBK-11, R-CBK-12."""

    def resume(self, **inputs: Unpack[_UserResume]) -> User:
        """恢复 Takes the user into use again."""

@final
class Users(Collection[User]):
    """The records of the entity User of a database."""

    def add(self, **fields: Unpack[_UserNew]) -> User: ...  # type: ignore[override]
    def put(self, **fields: Unpack[_UserPut]) -> User: ...  # type: ignore[override]
    def update(self, record: User | int, /, **fields: Unpack[_UserChanges]) -> User: ...  # type: ignore[override]
    def transfer(self, record: User | int, /, **inputs: Unpack[_UserTransfer]) -> User:
        """调动 Gives the user another unit or position. Source: R-CBK-11, R-CBK-12."""

    def suspend(self, record: User | int, /, **inputs: Unpack[_UserSuspend]) -> User:
        """停用 Takes the user out of use, such as when leaving. Source: R-CBK-11, R-CBK-12."""

    def resume(self, record: User | int, /, **inputs: Unpack[_UserResume]) -> User:
        """恢复 Takes the user into use again."""


class _AccessRecordNew(TypedDict, total=False):
    code: str | None
    external_system: str | None
    external_id: str | None
    customer: Required[Customer | int]
    operation: Required[_AccessOperation | str]
    purpose: Required[str]
    borrower: Required[str]
    until_on: Required[datetime.date]
    note: str | None
    custom: Mapping[str, Any]

class _AccessRecordPut(TypedDict, total=False):
    code: str | None
    external_system: str | None
    external_id: str | None
    customer: Customer | int | None
    operation: _AccessOperation | str | None
    purpose: str | None
    borrower: str | None
    until_on: datetime.date | None
    note: str | None
    custom: Mapping[str, Any]

class _AccessRecordChanges(TypedDict, total=False):
    code: str | None
    external_system: str | None
    external_id: str | None
    customer: Customer | int | None
    operation: _AccessOperation | str | None
    purpose: str | None
    borrower: str | None
    until_on: datetime.date | None
    note: str | None
    custom: Mapping[str, Any]
    revision: int | None

@final
class AccessRecord(Record):
    """借阅记录 An access to what is protected of a customer, or the loan of its file, recorded before it. What it says of who, what and why stays as it was recorded. Source: R-GEN-05, R-BNK-04, R-TEL-16."""

    __match_args__: ClassVar[tuple[str, ...]]

    @property
    def code(self) -> str | None:
        """借阅编号 The company's own code of the record."""

    @property
    def external_system(self) -> str | None:
        """外部系统 The other system that knows the record."""

    @property
    def external_id(self) -> str | None:
        """外部编号 The record's id in that system."""

    @property
    def customer(self) -> int:
        """客户 The customer whose data they are."""

    @property
    def operation(self) -> _AccessOperation:
        """操作 What is done with them."""

    @property
    def purpose(self) -> str:
        """用途 For what. Source: R-GEN-05, R-END-05."""

    @property
    def borrower(self) -> str:
        """借阅人 The user who gets access; left out, whoever records it. Another is a manager's to name. Kept in the normal form of names, as the code of a user is. Source: R-TEL-16."""

    @property
    def until_on(self) -> datetime.date:
        """截止日期 The last day of it; left out, the day on which it is recorded."""

    @property
    def note(self) -> str | None:
        """备注 Free remarks."""

    @property
    def date_doubt(self) -> str | None:
        """存疑日期 The dates that cannot be and were recorded as they are, with commas between; absent when all can be."""

@final
class AccessRecords(Collection[AccessRecord]):
    """The records of the entity AccessRecord of a database."""

    def add(self, **fields: Unpack[_AccessRecordNew]) -> AccessRecord: ...  # type: ignore[override]
    def put(self, **fields: Unpack[_AccessRecordPut]) -> AccessRecord: ...  # type: ignore[override]
    def update(self, record: AccessRecord | int, /, **fields: Unpack[_AccessRecordChanges]) -> AccessRecord: ...  # type: ignore[override]

class _CustomerPlanNew(TypedDict, total=False):
    code: str | None
    external_system: str | None
    external_id: str | None
    customer: Required[Customer | int]
    state: _CustomerPlanState | str | None
    owner: Required[str]
    period_from: datetime.date | None
    period_until: datetime.date | None
    summary: str | None
    key_persons: str | None
    moves: str | None
    position: str | None
    market: str | None
    strategy: str | None
    trend: str | None
    customer_swot: str | None
    needs: str | None
    competition: str | None
    business_history: str | None
    current_business: str | None
    life_cycle: str | None
    swot: str | None
    key_person_relations: str | None
    reviewer: str | None
    approved_at: datetime.datetime | None
    review_note: str | None
    reason: str | None
    note: str | None
    custom: Mapping[str, Any]

class _CustomerPlanPut(TypedDict, total=False):
    code: str | None
    external_system: str | None
    external_id: str | None
    customer: Customer | int | None
    state: _CustomerPlanState | str | None
    owner: str | None
    period_from: datetime.date | None
    period_until: datetime.date | None
    summary: str | None
    key_persons: str | None
    moves: str | None
    position: str | None
    market: str | None
    strategy: str | None
    trend: str | None
    customer_swot: str | None
    needs: str | None
    competition: str | None
    business_history: str | None
    current_business: str | None
    life_cycle: str | None
    swot: str | None
    key_person_relations: str | None
    reviewer: str | None
    approved_at: datetime.datetime | None
    review_note: str | None
    reason: str | None
    note: str | None
    custom: Mapping[str, Any]

class _CustomerPlanChanges(TypedDict, total=False):
    code: str | None
    external_system: str | None
    external_id: str | None
    customer: Customer | int | None
    owner: str | None
    period_from: datetime.date | None
    period_until: datetime.date | None
    summary: str | None
    key_persons: str | None
    moves: str | None
    position: str | None
    market: str | None
    strategy: str | None
    trend: str | None
    customer_swot: str | None
    needs: str | None
    competition: str | None
    business_history: str | None
    current_business: str | None
    life_cycle: str | None
    swot: str | None
    key_person_relations: str | None
    note: str | None
    custom: Mapping[str, Any]
    revision: int | None

class _CustomerPlanApprove(TypedDict, total=False):
    review_note: str | None
    approved_at: datetime.datetime | None
    revision: int | None

class _CustomerPlanRevise(TypedDict, total=False):
    reason: Required[str]
    revision: int | None

class _CustomerPlanEnd(TypedDict, total=False):
    reason: Required[str]
    revision: int | None

@final
class CustomerPlan(Record):
    """客户计划 The plan for a customer. Its aims are the competitive position at the customer and the potential of the business (R-TEL-19). The summary stands alone; the other sections are confidential. Which of them a plan must have, the policy says under `required.customer_plan`; a company with other sections declares them as fields. Source: R-TEL-20."""

    __match_args__: ClassVar[tuple[str, ...]]

    @property
    def code(self) -> str | None:
        """计划编号 The company's own code of the plan."""

    @property
    def external_system(self) -> str | None:
        """外部系统 The other system that knows the plan."""

    @property
    def external_id(self) -> str | None:
        """外部编号 The plan's id in that system."""

    @property
    def customer(self) -> int:
        """客户 The customer whom it is for."""

    @property
    def state(self) -> _CustomerPlanState:
        """状态 Where it stands."""

    @property
    def owner(self) -> str:
        """负责人 The user who draws it up."""

    @property
    def period_from(self) -> datetime.date | None:
        """期间起 The first day for which it is made."""

    @property
    def period_until(self) -> datetime.date | None:
        """期间止 The last day for which it is made."""

    @property
    def summary(self) -> str | None:
        """计划摘要 The summary, which is read without the rest. Source: R-TEL-20."""

    @property
    def key_persons(self) -> str | None:
        """客户概况：关键人物 Customer overview: the key persons."""

    @property
    def moves(self) -> str | None:
        """客户概况：动向 Customer overview: what it did of late."""

    @property
    def position(self) -> str | None:
        """客户概况：地位 Customer overview: its position."""

    @property
    def market(self) -> str | None:
        """客户概况：市场 Customer overview: its market."""

    @property
    def strategy(self) -> str | None:
        """客户概况：战略 Customer overview: its strategy."""

    @property
    def trend(self) -> str | None:
        """客户概况：发展趋势 Customer overview: where it is going."""

    @property
    def customer_swot(self) -> str | None:
        """客户概况：SWOT分析 Customer overview: its strengths, weaknesses, opportunities and threats."""

    @property
    def needs(self) -> str | None:
        """客户概况：需求 Customer overview: what it needs."""

    @property
    def competition(self) -> str | None:
        """竞争概况 Competition overview."""

    @property
    def business_history(self) -> str | None:
        """形势评估：业务历史 Situation: the history of the business."""

    @property
    def current_business(self) -> str | None:
        """形势评估：当前业务 Situation: the present business."""

    @property
    def life_cycle(self) -> str | None:
        """形势评估：关系生命周期 Situation: where the relationship stands in its life-cycle."""

    @property
    def swot(self) -> str | None:
        """形势评估：SWOT分析 Situation: our strengths, weaknesses, opportunities and threats."""

    @property
    def key_person_relations(self) -> str | None:
        """形势评估：与关键人物的关系 Situation: our relation with the key persons."""

    @property
    def missing_sections(self) -> int | None:
        """缺少章节数 How many of the sections are missing that the policy asks for of a plan in force; absent when it asks for none."""

    @property
    def reviewer(self) -> str | None:
        """审核人 Who reviewed it."""

    @property
    def approved_at(self) -> datetime.datetime | None:
        """审核时间 When it was put in force."""

    @property
    def review_note(self) -> str | None:
        """审核意见 What the reviewer remarked."""

    @property
    def reason(self) -> str | None:
        """修订或终止原因 Why it was revised or ended."""

    @property
    def note(self) -> str | None:
        """备注 Free remarks."""

    @property
    def date_doubt(self) -> str | None:
        """存疑日期 The dates that cannot be and were recorded as they are, with commas between; absent when all can be."""

    def approve(self, **inputs: Unpack[_CustomerPlanApprove]) -> CustomerPlan:
        """审核通过 Puts the plan in force; another than its owner does. Source: R-TEL-03."""

    def revise(self, **inputs: Unpack[_CustomerPlanRevise]) -> CustomerPlan:
        """修订 Takes a plan in force back to be changed; it is approved again then."""

    def end(self, **inputs: Unpack[_CustomerPlanEnd]) -> CustomerPlan:
        """终止 Ends the plan."""

@final
class CustomerPlans(Collection[CustomerPlan]):
    """The records of the entity CustomerPlan of a database."""

    def add(self, **fields: Unpack[_CustomerPlanNew]) -> CustomerPlan: ...  # type: ignore[override]
    def put(self, **fields: Unpack[_CustomerPlanPut]) -> CustomerPlan: ...  # type: ignore[override]
    def update(self, record: CustomerPlan | int, /, **fields: Unpack[_CustomerPlanChanges]) -> CustomerPlan: ...  # type: ignore[override]
    def approve(self, record: CustomerPlan | int, /, **inputs: Unpack[_CustomerPlanApprove]) -> CustomerPlan:
        """审核通过 Puts the plan in force; another than its owner does. Source: R-TEL-03."""

    def revise(self, record: CustomerPlan | int, /, **inputs: Unpack[_CustomerPlanRevise]) -> CustomerPlan:
        """修订 Takes a plan in force back to be changed; it is approved again then."""

    def end(self, record: CustomerPlan | int, /, **inputs: Unpack[_CustomerPlanEnd]) -> CustomerPlan:
        """终止 Ends the plan."""


class _InvestigationNew(TypedDict, total=False):
    code: str | None
    external_system: str | None
    external_id: str | None
    customer: Required[Customer | int]
    kind: Required[_InvestigationKind | str]
    state: _InvestigationState | str | None
    owner: Required[str]
    company_history: str | None
    overview: str | None
    annual_accounts: str | None
    accounts_year: int | None
    product_guide: str | None
    catalogue: str | None
    head: Person | int | None
    head_talk: str | None
    technical_talk: str | None
    departments: str | None
    result: str | None
    outcome: _InvestigationOutcome | str | None
    settled_at: datetime.datetime | None
    application_reason: str | None
    trade_policy: str | None
    goods: str | None
    goods_amount: Money | None
    applied_at: datetime.datetime | None
    reason: str | None
    note: str | None
    custom: Mapping[str, Any]

class _InvestigationPut(TypedDict, total=False):
    code: str | None
    external_system: str | None
    external_id: str | None
    customer: Customer | int | None
    kind: _InvestigationKind | str | None
    state: _InvestigationState | str | None
    owner: str | None
    company_history: str | None
    overview: str | None
    annual_accounts: str | None
    accounts_year: int | None
    product_guide: str | None
    catalogue: str | None
    head: Person | int | None
    head_talk: str | None
    technical_talk: str | None
    departments: str | None
    result: str | None
    outcome: _InvestigationOutcome | str | None
    settled_at: datetime.datetime | None
    application_reason: str | None
    trade_policy: str | None
    goods: str | None
    goods_amount: Money | None
    applied_at: datetime.datetime | None
    reason: str | None
    note: str | None
    custom: Mapping[str, Any]

class _InvestigationChanges(TypedDict, total=False):
    code: str | None
    external_system: str | None
    external_id: str | None
    customer: Customer | int | None
    kind: _InvestigationKind | str | None
    owner: str | None
    company_history: str | None
    overview: str | None
    annual_accounts: str | None
    accounts_year: int | None
    product_guide: str | None
    catalogue: str | None
    head: Person | int | None
    head_talk: str | None
    technical_talk: str | None
    departments: str | None
    note: str | None
    custom: Mapping[str, Any]
    revision: int | None

class _InvestigationSettle(TypedDict, total=False):
    result: Required[str]
    outcome: Required[_InvestigationOutcome | str]
    settled_at: datetime.datetime | None
    revision: int | None

class _InvestigationApply(TypedDict, total=False):
    application_reason: Required[str]
    trade_policy: Required[str]
    goods: Required[str]
    goods_amount: Required[Money]
    applied_at: datetime.datetime | None
    revision: int | None

class _InvestigationCancel(TypedDict, total=False):
    reason: Required[str]
    revision: int | None

@final
class Investigation(Record):
    """客户调查 An investigation of a customer, and the application that comes of it. What each kind needs, and which departments take part, the policy says. Source: R-KA-02, R-KA-03, R-KA-04, R-SEL-02."""

    __match_args__: ClassVar[tuple[str, ...]]

    @property
    def code(self) -> str | None:
        """调查编号 The company's own code of the investigation."""

    @property
    def external_system(self) -> str | None:
        """外部系统 The other system that knows the investigation."""

    @property
    def external_id(self) -> str | None:
        """外部编号 The investigation's id in that system."""

    @property
    def customer(self) -> int:
        """客户 The customer who is investigated."""

    @property
    def kind(self) -> _InvestigationKind:
        """调查类型 How it is done."""

    @property
    def state(self) -> _InvestigationState:
        """状态 Where it stands."""

    @property
    def owner(self) -> str:
        """负责人 The user who is responsible."""

    @property
    def company_history(self) -> str | None:
        """沿革 The history of the customer. Source: R-KA-02."""

    @property
    def overview(self) -> str | None:
        """概况 The overview of the customer. Source: R-KA-02."""

    @property
    def annual_accounts(self) -> str | None:
        """最近年度决算 The latest annual accounts. Source: R-KA-02."""

    @property
    def accounts_year(self) -> int | None:
        """决算年度 The year that these accounts are of."""

    @property
    def product_guide(self) -> str | None:
        """产品介绍 The product guide. Source: R-KA-02."""

    @property
    def catalogue(self) -> str | None:
        """产品目录 The catalogue. Source: R-KA-02."""

    @property
    def head(self) -> int | None:
        """面谈负责人 The head of the customer who was talked to. Source: R-KA-02."""

    @property
    def head_talk(self) -> str | None:
        """与负责人面谈 What came of the talk with the head. Source: R-KA-02."""

    @property
    def technical_talk(self) -> str | None:
        """与技术负责人面谈 What came of the talk with the technical head. Source: R-SEL-02."""

    @property
    def departments(self) -> str | None:
        """参加部门 The departments that took part, with commas between. Source: R-KA-03, R-SEL-02."""

    @property
    def result(self) -> str | None:
        """调查结果 What was found."""

    @property
    def outcome(self) -> _InvestigationOutcome | None:
        """调查结论 What it comes to."""

    @property
    def settled_at(self) -> datetime.datetime | None:
        """完成时间 When it was settled."""

    @property
    def application_reason(self) -> str | None:
        """申请理由 Application: why. Source: R-KA-04."""

    @property
    def trade_policy(self) -> str | None:
        """交易方针 Application: how the customer is dealt with. Source: R-KA-04."""

    @property
    def goods(self) -> str | None:
        """交易货物 Application: the goods. Source: R-KA-04."""

    @property
    def goods_amount(self) -> Money | None:
        """交易金额 Application: the amount of the goods. Source: R-KA-04."""

    @property
    def applied_at(self) -> datetime.datetime | None:
        """申请时间 When it was applied for."""

    @property
    def reason(self) -> str | None:
        """取消原因 Why it was called off."""

    @property
    def note(self) -> str | None:
        """备注 Free remarks."""

    @property
    def date_doubt(self) -> str | None:
        """存疑日期 The dates that cannot be and were recorded as they are, with commas between; absent when all can be."""

    def settle(self, **inputs: Unpack[_InvestigationSettle]) -> Investigation:
        """完成调查 Records what was found. Source: R-KA-02, R-SEL-02."""

    def apply(self, **inputs: Unpack[_InvestigationApply]) -> Investigation:
        """提出申请 Applies for the customer's certification on what was found on site. Source: R-KA-03, R-KA-04."""

    def cancel(self, **inputs: Unpack[_InvestigationCancel]) -> Investigation:
        """取消 Calls the investigation off."""

@final
class Investigations(Collection[Investigation]):
    """The records of the entity Investigation of a database."""

    def add(self, **fields: Unpack[_InvestigationNew]) -> Investigation: ...  # type: ignore[override]
    def put(self, **fields: Unpack[_InvestigationPut]) -> Investigation: ...  # type: ignore[override]
    def update(self, record: Investigation | int, /, **fields: Unpack[_InvestigationChanges]) -> Investigation: ...  # type: ignore[override]
    def settle(self, record: Investigation | int, /, **inputs: Unpack[_InvestigationSettle]) -> Investigation:
        """完成调查 Records what was found. Source: R-KA-02, R-SEL-02."""

    def apply(self, record: Investigation | int, /, **inputs: Unpack[_InvestigationApply]) -> Investigation:
        """提出申请 Applies for the customer's certification on what was found on site. Source: R-KA-03, R-KA-04."""

    def cancel(self, record: Investigation | int, /, **inputs: Unpack[_InvestigationCancel]) -> Investigation:
        """取消 Calls the investigation off."""

