"""Labels that people gave to posts, one JSON object a line, as training rows and term pairs.

A file may mix these forms:

- text, labels (task to label) and spans (label, start, end, and where they are known conceptId
  and marks), which may each be missing;
- set, hash, labels and spans: the same for a post of another set, whose text is looked up there
  (`hash` as in `annotations`, offsets from the first character that is not white space);
- a label of the topic `labels`, with postId, revision, person, answers, spans, verdict, at
  (`schemas/people.ts`), whose post is a line of one of the files, too: id, revision, text.

Offsets are code points. Of one person's labels of a post the last one counts; a label that was
withdrawn or skipped says nothing, nor does one whose post is gone. Where several people answered
a task, the row allows each of their answers; where their spans differ, the row has none. An empty
list of spans says that there are none in the first two forms, and nothing in a label.
"""

import json
from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from pathlib import Path

from vigil_training.annotations import text_hash
from vigil_training.data.files import MissingData
from vigil_training.data.lexicon import Lexicon
from vigil_training.data.strict import Place, add_drugs, read_text
from vigil_training.rows import Pair, Row, Span
from vigil_training.tasks import Task, sentence_tasks

NAME = "labelled"
PUBLISHER = "an export of your own labels"
_KEYS = {
    "post": {"id", "revision", "text"},
    "label": {"postId", "revision", "person", "answers", "spans", "verdict", "at"},
    "text": {"text"},
    "hash": {"set", "hash"},
}
_COUNTED = {"post": "posts", "label": "labels", "text": "with text", "hash": "by hash"}


@dataclass
class Labelled:
    """Rows, pairs of effects with their terms, and how many lines of each kind there were."""

    rows: list[Row] = field(default_factory=list)
    pairs: list[Pair] = field(default_factory=list)
    lines: Counter[str] = field(default_factory=Counter)

    def summary(self) -> str:
        """The counts in one line."""
        counted = ", ".join(f"{name} {number:,}" for name, number in self.lines.items() if number)
        return f"{len(self.rows):,} labelled posts ({counted}), {len(self.pairs):,} with a term"


@dataclass(frozen=True)
class _Line:
    place: Place
    item: dict


@dataclass(frozen=True)
class _Known:
    """The labels of spans, and the marks of effects."""

    labels: frozenset[str]
    marks: frozenset[str]

    @staticmethod
    def of(tasks: list[Task]) -> "_Known":
        labels = {one[2:] for t in tasks if t.kind == "token" for one in t.labels if one != "O"}
        marks = {one for t in tasks if t.kind == "marks" for one in t.labels}
        return _Known(frozenset(labels), frozenset(marks))


# The first line, the text, every line that labels it, and whether no spans means that none are.
_Made = tuple[_Line, object, list[_Line], bool]


def load(
    paths: Iterable[Path], tasks: list[Task], rows: list[Row], names: dict[str, str], lex: Lexicon
) -> Labelled:
    """Reads the files; `rows` are those of the other sets, `names` the terms of concepts by id.

    A span of a concept without a name makes no pair. Raises ValueError that names file and line,
    and never quotes the text, at an unknown task or label and at a span outside its text; and
    where no line gives a row.
    """
    result = Labelled()
    forms = _lines(paths, result)
    allowed = {task.id: task.labels for task in sentence_tasks(tasks)}
    known = _Known.of(tasks)
    made = [
        *((line, line.item["text"], [line], True) for line in forms["text"]),
        *_known(forms["hash"], rows, result),
        *_people(forms["post"], forms["label"], result),
    ]
    for first, text, lines, is_whole in made:
        if not isinstance(text, str) or not text.strip():
            raise first.place.error("its text is empty")
        answers: dict[str, set[str]] = defaultdict(set)
        for line in lines:
            for task, label in _answers(line, allowed).items():
                answers[task].add(label)
        spans, pairs = _spans(text, lines, known, names, is_whole, result)
        if spans is not None and not any(span.label == "drug" for span in spans):
            spans = add_drugs(list(spans), lex.find(text))
        if not answers and spans is None:
            raise first.place.error("it has neither labels nor spans")
        labels = {task: tuple(sorted(found)) for task, found in answers.items()}
        # Whoever marks no condition at all may not have been asked for any.
        conditions = any(span.label == "condition" for span in spans or ())
        result.rows.append(Row(NAME, text, labels, spans, conditions=conditions))
        result.pairs += pairs
    if not result.rows:
        counted = ", ".join(f"{name} {number}" for name, number in result.lines.items())
        raise ValueError(f"set {NAME}: no line gives a labelled post ({counted or 'no lines'})")
    return result


def _lines(paths: Iterable[Path], result: Labelled) -> dict[str, list[_Line]]:
    forms: dict[str, list[_Line]] = {name: [] for name in _KEYS}
    for path in paths:
        for line in _objects(path):
            form = next((name for name, keys in _KEYS.items() if keys <= set(line.item)), None)
            if form is None:
                raise line.place.error(
                    "it has none of: text; set and hash; postId, revision, person, answers, "
                    "spans, verdict and at; id, revision and text"
                )
            forms[form].append(line)
            result.lines[_COUNTED[form]] += 1
    return forms


def _objects(path: Path) -> Iterator[_Line]:
    if not path.is_file():
        raise MissingData(f"--labels: {path} is missing")
    for number, text in enumerate(read_text(NAME, path, PUBLISHER).split("\n"), 1):
        if not text.strip():
            continue
        place = Place(NAME, path, number)
        try:
            item = json.loads(text)
        except json.JSONDecodeError:
            raise place.error("it is not JSON") from None
        if not isinstance(item, dict):
            raise place.error("it is not an object")
        yield _Line(place, item)


def _known(lines: list[_Line], rows: list[Row], result: Labelled) -> Iterator[_Made]:
    """Lines by set and hash, with the texts of those sets that are here."""
    wanted = {(line.item["set"], line.item["hash"]) for line in lines}
    here = {row.set for row in rows}
    sets = {name for name, _ in wanted}
    texts = {
        key: row.text
        for row in rows
        if row.set in sets and (key := (row.set, text_hash(row.text))) in wanted
    }
    for line in lines:
        name = line.item["set"]
        text = texts.get((name, line.item["hash"]))
        if text is not None:
            yield line, text, [line], True
        elif name in here:
            raise line.place.error(f"set {name} has no text of this hash")
        else:
            result.lines["of sets that are not here"] += 1


def _people(posts: list[_Line], labels: list[_Line], result: Labelled) -> Iterator[_Made]:
    """Each post with the last label of each person, those that count."""
    texts = {(line.item["id"], line.item["revision"]): line.item["text"] for line in posts}
    last: dict[tuple, _Line] = {}
    for line in sorted(labels, key=lambda one: _time(one)):
        item = line.item
        last[(item["postId"], item["revision"], item["person"], item.get("taskId"))] = line
    found: dict[tuple, list[_Line]] = defaultdict(list)
    for (post, revision, _, _), line in last.items():
        verdict = line.item["verdict"]
        if verdict not in ("answered", "skipped", "withdrawn"):
            raise line.place.error("verdict is none of answered, skipped, withdrawn")
        if verdict != "answered":
            result.lines[verdict] += 1
        elif (post, revision) not in texts:
            result.lines["without their post"] += 1
        else:
            found[post, revision].append(line)
    for key, lines in found.items():
        yield lines[0], texts[key], lines, False


def _time(line: _Line) -> int:
    if not isinstance(line.item["at"], int):
        raise line.place.error("at is not a number of milliseconds")
    return line.item["at"]


def _answers(line: _Line, allowed: dict[str, tuple[str, ...]]) -> dict[str, str]:
    found = line.item.get("answers", line.item.get("labels", {}))
    if not isinstance(found, dict):
        raise line.place.error("labels are not an object of task and label")
    for task, label in found.items():
        if task not in allowed:
            raise line.place.error(f"unknown task {task}; known are {', '.join(sorted(allowed))}")
        if not isinstance(label, str) or label not in allowed[task]:
            raise line.place.error(
                f"task {task} has no label {label}; it has {', '.join(allowed[task])}"
            )
    return found


def _spans(
    text: str,
    lines: list[_Line],
    known: _Known,
    names: dict[str, str],
    is_whole: bool,
    result: Labelled,
) -> tuple[tuple[Span, ...] | None, list[Pair]]:
    """The spans that all who marked some agree on, or None, and the pairs of their terms."""
    versions: list[tuple[tuple[Span, ...], list[Pair]]] = []
    for line in lines:
        given = line.item.get("spans")
        if given is None or (not given and not is_whole):
            continue
        if not isinstance(given, list):
            raise line.place.error("spans are not a list")
        shift = len(text) - len(text.lstrip()) if "hash" in line.item else 0
        spans, pairs = [], []
        for item in given:
            span = _span(line, item, known, shift, text)
            spans.append(span)
            if concept := item.get("conceptId"):
                term = names.get(concept)
                if term is None:
                    result.lines["concepts without a name here"] += 1
                else:
                    pairs.append(Pair(NAME, text, span.start, span.end, term))
        versions.append((tuple(sorted(spans, key=lambda one: (one.start, one.end))), pairs))
    if not versions or len({spans for spans, _ in versions}) > 1:
        return None, []
    return versions[0]


def _span(line: _Line, item: object, known: _Known, shift: int, text: str) -> Span:
    if not isinstance(item, dict) or not {"label", "start", "end"} <= set(item):
        raise line.place.error("a span needs label, start and end")
    start, end, label = item["start"], item["end"], item["label"]
    if label not in known.labels:
        these = ", ".join(sorted(known.labels))
        raise line.place.error(f"a span has no label {label}; known are {these}")
    marks = item.get("marks")
    if marks is not None and (not isinstance(marks, list) or set(marks) - known.marks):
        these = ", ".join(sorted(known.marks)) or "none"
        raise line.place.error(f"marks are not a list of known ones; known are {these}")
    if not isinstance(start, int) or not isinstance(end, int):
        raise line.place.error("an offset is not a whole number")
    start, end = start + shift, end + shift
    if not 0 <= start < end <= len(text):
        raise line.place.error(
            f"span {start}-{end} lies outside its text of {len(text)} characters"
        )
    return Span(start, end, label, None if marks is None else tuple(sorted(marks)))
