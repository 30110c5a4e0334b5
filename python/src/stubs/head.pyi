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
__all__ = [{all}]

_Level = Literal["read", "edit", "manage"]
_Entity = Literal[{entities}]
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
{collections}
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
{system}
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
