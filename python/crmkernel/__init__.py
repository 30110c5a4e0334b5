"""crmkernel: an embedded CRM kernel. Customers, visits and complaints with their regulations, in your process.

>>> import crmkernel
>>> with crmkernel.open(":memory:", actor="u.li") as db:
...     wang = db.customers.add(name="Wang Trading", party_kind="organisation")
...     db.customers.activate(wang).status
'active'
"""

from ._native import (
    Change,
    Collection,
    Command,
    Complaint,
    Complaints,
    Cursor,
    Customer,
    Customers,
    Database,
    Decision,
    FieldInfo,
    FixedClock,
    JournalEntry,
    Money,
    Outcome,
    Page,
    Pages,
    Person,
    Persons,
    Plan,
    PluginStatus,
    Query,
    Record,
    RecordChange,
    Summary,
    Values,
    ValueChange,
    VerifyReport,
    Violation,
    Visit,
    Visits,
    __version__,
    open,
)
from .bulk import Rejected, RejectedRows, Report
from .errors import CrmError
from .plugin import ComplaintAnswer, Plugin

__all__ = [
    "Change",
    "Collection",
    "Command",
    "Complaint",
    "ComplaintAnswer",
    "Complaints",
    "CrmError",
    "Cursor",
    "Customer",
    "Customers",
    "Database",
    "Decision",
    "FieldInfo",
    "FixedClock",
    "JournalEntry",
    "Money",
    "Outcome",
    "Page",
    "Pages",
    "Person",
    "Persons",
    "Plan",
    "Plugin",
    "PluginStatus",
    "Query",
    "Record",
    "RecordChange",
    "Rejected",
    "RejectedRows",
    "Report",
    "Summary",
    "ValueChange",
    "Values",
    "VerifyReport",
    "Violation",
    "Visit",
    "Visits",
    "__version__",
    "open",
]
