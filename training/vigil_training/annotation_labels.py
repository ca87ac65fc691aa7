"""The labels of an annotated post, their values, and what follows from its effects.

The rules are those of section 3 of GUIDELINE.md. `complete` gives every label of a record;
`compact` leaves out what `complete` would give back.
"""

from collections.abc import Iterable

from vigil_training.rows import Span

MARKS = {"n": "negated", "u": "uncertain", "o": "other_person", "i": "indication"}
SKIPS = ("language", "fragment")
_YES = {"1": "yes", "0": "no"}
_OUTCOME = {"+": "effective", "-": "ineffective", "0": "none"}

# Per label: the key that annotators write, and what their short values mean.
LABELS: dict[str, tuple[str, dict[str, str]]] = {
    "withdrawal": ("wd", _YES),
    "drug_outcome": ("out", _OUTCOME),
    "vaccine_stance": ("vs", {"+": "for", "-": "against", "0": "neutral"}),
    "vaccine_intent": ("vi", {"1": "yes", "0": "no", "?": "unclear"}),
    "vaccine_relevance": ("vr", _YES),
    "vaccine_use": ("vu", _YES),
    "drug_use": ("du", _YES),
    "health_mention": ("hm", {"m": "mention", "f": "figurative", "o": "other"}),
    "birth_defect": ("bd", {"d": "defect", "p": "possible-defect", "-": "none"}),
    "person": (
        "p",
        {"s": "self", "c": "child", "f": "family", "o": "other", "g": "general", "-": "none"},
    ),
    "condition": ("cond", {"-": "none", "e": "exist", "r": "recover", "d": "deteriorate"}),
    "medication_sentiment": ("ms", {**_OUTCOME, "!": "serious-adverse-effect"}),
    "factuality": (
        "f",
        {
            name: name
            for name in (
                "asserted negated uncertain feared hypothetical question sarcasm figurative none"
            ).split()
        },
    ),
}
# Marks of what nobody had from the product.
_NOT_HAD = {"negated", "indication"}
DERIVED = ("adverse_effect", "indication", "medication_mention")


def complete(record: dict) -> dict[str, str]:
    """Every label of a record: what it says itself, and the defaults for the rest."""
    marks = [set(effect.get("marks", ())) for effect in record.get("effects", ())]
    reported = [found for found in marks if not found & _NOT_HAD]
    result: dict[str, str] = {}

    def settle(label: str, default: str) -> str:
        result[label] = record.get(label, default)
        return result[label]

    def yes(condition: bool) -> str:
        return "yes" if condition else "no"

    settle("withdrawal", "no")
    outcome = settle("drug_outcome", "none")
    stance = settle("vaccine_stance", "neutral")
    intent = settle("vaccine_intent", "unclear")
    about = stance != "neutral" or intent != "unclear" or record.get("vaccine_use") == "yes"
    vaccine = settle("vaccine_relevance", yes(about)) == "yes"
    used = bool(reported) or outcome != "none"
    settle("vaccine_use", yes(used and vaccine))
    settle("drug_use", yes(used and not vaccine))
    ill = bool(reported) or any("indication" in found for found in marks)
    mention = settle("health_mention", "mention" if ill else "other") == "mention"
    settle("birth_defect", "none")
    settle("person", _person(reported, mention, result))
    settle("condition", "exist" if mention else "none")
    settle("medication_sentiment", "serious-adverse-effect" if reported else outcome)
    settle("factuality", _factuality(marks, reported))
    result["adverse_effect"] = yes(bool(reported))
    result["indication"] = yes(any("indication" in found for found in marks))
    result["medication_mention"] = yes(bool(record.get("products")))
    return result


def row_labels(record: dict) -> dict[str, tuple[str]]:
    """What the record's row is labelled with: all of `complete`, and that a post which is not about
    vaccines does not worry about their side effects, which annotators are not asked.
    """
    found = {label: (value,) for label, value in complete(record).items()}
    if found["vaccine_relevance"] == ("no",):
        found["vaccine_side_effect_concern"] = ("no",)
    return found


def _person(reported: list[set[str]], mention: bool, labels: dict[str, str]) -> str:
    if reported and all("other_person" in found for found in reported):
        return "other"
    taken = "yes" in (labels["drug_use"], labels["vaccine_use"])
    intent = labels["vaccine_intent"] != "unclear"
    return "self" if reported or mention or taken or intent else "none"


def _factuality(marks: list[set[str]], reported: list[set[str]]) -> str:
    if reported:
        return "uncertain" if all("uncertain" in found for found in reported) else "asserted"
    return "negated" if any("negated" in found for found in marks) else "none"


def compact(record: dict) -> dict:
    """The record without the labels that follow from the rest of it."""
    whole = complete(record)
    for label in LABELS:
        if label in record:
            less = {key: value for key, value in record.items() if key != label}
            if complete(less) == whole:
                record = less
    return record


def effect_span(start: int, end: int, marks: Iterable[str]) -> Span:
    """The span of a marked effect: a condition where nobody had it from the product."""
    found = tuple(sorted(mark.replace("_", "-") for mark in marks))
    return Span(start, end, "condition" if _NOT_HAD & set(found) else "effect", found)
