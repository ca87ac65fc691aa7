"""The planned grid of the project's own corpus, and how much of it is there."""

import re
from collections import Counter, defaultdict

from vigil_training.annotation_labels import complete
from vigil_training.data.own import as_record

GOALS = {"posts": 4000, "products": 150, "vaccines": 20, "concepts": 400}
# In the short form the role says what the full form says by its factuality.
_FACTUALITY = {"fear": "feared", "question": "question", "negated": "negated"}
HARD = {
    "general": "rants, advice, own health without a product",
    "joke": "jokes, sarcasm, figures of speech",
    "news": "news and titles",
    "advert": "adverts",
    "other-sense": "other senses of a name or word",
    "helped": "wanted effects and outcomes",
}
_VACCINE = re.compile(
    r"vacc|vaxx|jab|shot|booster|pfizer|moderna|janssen|astra|^az$|novavax|shingrix|gardasil|hpv"
    r"|mmr|tdap|dtap|bcg|bexsero|men acwy|flu mist|flucelvax|fluad|prevnar|pneumo|twinrix|dukoral"
    r"|rabies|typhoid|cholera|yellow fever|tetanus|polio|hep [ab]|covi|sinovac|sputnik|spikevax"
    r"|comirnaty|vaxzevria|anthrax|johnson|^j&j|encephalitis|qdenga|abrysvo|mrna|bivalent"
)
_NO_VACCINE = re.compile(r"cortisone|allergy|depo|pill|flu shots arm")
_EMOJI = re.compile("[\u2600-\u27bf\U0001f300-\U0001faff]")


def is_vaccine(product: str) -> bool:
    """Whether a product's name is that of a vaccine."""
    return bool(_VACCINE.search(product)) and not _NO_VACCINE.search(product)


def report(posts: list[tuple[str, dict]], terms: dict[str, str], frames: Counter[int]) -> str:
    """The grid as lines of text: what there is, and the goal where there is one."""
    counts = _count([item for _, item in posts], terms)
    sizes = Counter(at.partition(":")[0] for at, _ in posts)
    lines = [f"posts {len(posts)} (goal {GOALS['posts']})"]
    lines += [f"  {file} {size}" for file, size in sizes.items()]
    products = counts.pop("products")
    vaccines = [name for name in products if is_vaccine(name)]
    concepts = counts.pop("concepts")
    lines += [
        f"products {len(products)} (goal {GOALS['products']}), of them vaccines {len(vaccines)}",
        f"concepts {len(concepts)} (goal {GOALS['concepts']})",
        f"frames with 1, 2, 3 posts: {frames[1]}, {frames[2]}, {frames[3]}",
    ]
    for heading, values in counts.items():
        lines.append(f"{heading}:")
        lines += [f"  {value} {number}" for value, number in values.most_common()]
    lines.append("missing: " + (", ".join(_missing(len(posts), products, vaccines, concepts))))
    return "\n".join(lines)


def _missing(posts: int, products: Counter, vaccines: list[str], concepts: Counter) -> list[str]:
    have = {
        "posts": posts,
        "products": len(products),
        "vaccines": len(vaccines),
        "concepts": len(concepts),
    }
    short = [f"{goal - have[name]} {name}" for name, goal in GOALS.items() if have[name] < goal]
    return short or ["nothing"]


def _count(items: list[dict], terms: dict[str, str]) -> dict[str, Counter]:
    found: dict[str, Counter] = defaultdict(Counter)
    for item in items:
        found["products"].update({name.lower().lstrip("#") for name in item["drug"]})
        found["role"][item["role"]] += 1
        found["person"][item["person"]] += 1
        found["style"].update(_style(item))
        if item["role"] in HARD:
            found["hard negatives"][HARD[item["role"]]] += 1
        if "labels" in item:
            _count_full(item, found)
        else:
            found["concepts"].update(terms[term] for term in item["terms"])
            found["factuality"][_factuality(item)] += 1
            found["adverse effect"]["yes" if item["ade"] else "no"] += 1
    return found


def _count_full(item: dict, found: dict[str, Counter]) -> None:
    found["concepts"].update(effect["concept"] for effect in item["effects"])
    found["factuality"][item["factuality"]] += 1
    whole = complete(as_record(item))
    found["adverse effect"][whole["adverse_effect"]] += 1
    for label, values in (
        ("vaccine_relevance", ("yes", "no")),
        ("vaccine_stance", ("for", "against", "neutral")),
        ("vaccine_intent", ("yes", "no", "unclear")),
        ("vaccine_use", ("yes", "no")),
        ("medication_mention", ("yes", "no")),
        ("drug_use", ("yes", "no")),
        ("birth_defect", ("defect", "possible-defect", "none")),
    ):
        if whole[label] in values:
            found[f"{label} (full form)"][whole[label]] += 1


def _factuality(item: dict) -> str:
    if item["ade"]:
        return "asserted"
    return _FACTUALITY.get(item["role"], "none")


def _style(item: dict) -> set[str]:
    named = set(item.get("style", ()))
    if _EMOJI.search(item["text"]):
        named.add("emoji")
    if "#" in item["text"]:
        named.add("hashtags")
    return named
