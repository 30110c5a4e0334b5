"""What the command line knows of entities and verbs: their names, as the kernel declares them."""

from __future__ import annotations

from .. import _native
from .._native import Collection

CLASSES: dict[str, type[Collection[_native.Record]]] = {
    "customer": _native.Customers,
    "person": _native.Persons,
    "visit": _native.Visits,
    "complaint": _native.Complaints,
    "action": _native.Actions,
    "appeal": _native.Appeals,
    "review": _native.Reviews,
    "work_year": _native.WorkYears,
    "survey": _native.Surveys,
    "survey_answer": _native.SurveyAnswers,
    "satisfaction_score": _native.SatisfactionScores,
    "information_item": _native.InformationItems,
    "person_relation": _native.PersonRelations,
    "partner_relation": _native.PartnerRelations,
    "org_unit": _native.OrgUnits,
    "user": _native.Users,
    "access_record": _native.AccessRecords,
    "customer_plan": _native.CustomerPlans,
    "investigation": _native.Investigations,
}
"""The collection class of each entity."""


def verbs(entity: str) -> dict[str, str]:
    """The verbs of an entity with what they do."""
    found = {}
    for name in vars(CLASSES[entity]):
        verb = getattr(CLASSES[entity], name)
        if not name.startswith("_") and type(verb).__name__ == "VerbOf":
            found[name] = verb.__doc__
    return found
