"""The protocol of three subtasks on posts of our own and a tiny random encoder."""

import itertools
from collections import Counter
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
import torch
from tokenizers import Tokenizer, models, normalizers, pre_tokenizers, processors

from vigil_training.papers import pipeline, pipeline_data, views
from vigil_training.papers.pipeline_bundle import Bundle
from vigil_training.papers.pipeline_data import Effect, Parts, Post, Sources, open_parts
from vigil_training.papers.pipeline_model import CLASSIFY, EXTRACT, NORMALISE, Base, Lesson, Plan
from vigil_training.papers.pipeline_recipe import Recipe, recipe
from vigil_training.papers.pipeline_scores import Answer, Stages, answer, scores
from vigil_training.papers.pipeline_trained import Trained
from vigil_training.papers.settings import Settings, Unit, load
from vigil_training.prepare import Prepared
from vigil_training.rows import Pair, Row, Span

EFFECTS = {"sore head": "VS1", "upset tummy": "VS2", "itchy skin": "VS3"}
PEOPLE = ("i", "my aunt", "a friend", "my son", "our nurse", "he", "she", "my boss")
PARTS = ("train", "development", "test")
SIZE = {
    "hidden_size": 32, "num_hidden_layers": 2, "num_attention_heads": 2,
    "intermediate_size": 64, "max_position_embeddings": 64,
}  # fmt: skip


def _post(text: str, effect: str = "", concept: str | None = None) -> Post:
    at = text.index(effect)
    spans = (Span(at, at + len(effect), "effect"),) if effect else ()
    row = Row("own", text, {"adverse_effect": ("yes" if effect else "no",)}, spans)
    return Post(row, tuple(Effect(s.start, s.end, concept) for s in spans))


def _posts(number: int) -> list[Post]:
    found = []
    for at in range(number):
        who = PEOPLE[at % len(PEOPLE)]
        effect, concept = list(EFFECTS.items())[at % 3]
        found.append(_post(f"{who} got {effect} from the tablets, day {at}", effect, concept))
        found += [_post(f"{who} walked the dog in rain {n}, day {at}") for n in range(3)]
    return found


@pytest.fixture(scope="module")
def parts() -> Parts:
    return Parts(_posts(18), _posts(6), _posts(7), {c: e for e, c in EFFECTS.items()})


@pytest.fixture(scope="module")
def plan(tmp_path_factory: pytest.TempPathFactory) -> Plan:
    letters = "abcdefghijklmnopqrstuvwxyz0123456789,"
    texts = " ".join(post.text for post in _posts(9)).replace(",", " ").split()
    pieces = ["[PAD]", "[UNK]", "[CLS]", "[SEP]", *letters, *(f"##{one}" for one in letters)]
    pieces += sorted(set(texts) - set(letters))
    made = Tokenizer(models.WordPiece({p: n for n, p in enumerate(pieces)}, unk_token="[UNK]"))
    made.normalizer = normalizers.BertNormalizer(lowercase=True)
    made.pre_tokenizer = pre_tokenizers.BertPreTokenizer()
    made.post_processor = processors.TemplateProcessing(
        single="[CLS] $A [SEP]",
        pair="[CLS] $A [SEP] $B:1 [SEP]:1",
        special_tokens=[("[CLS]", 2), ("[SEP]", 3)],
    )
    folder = tmp_path_factory.mktemp("encoder")
    made.save(str(folder / "tokenizer.json"))
    return Plan(str(folder), SIZE, 1, 48, epochs=2, learning_rate=3e-3, dropout=0.0)


@pytest.fixture(scope="module")
def base(plan: Plan, parts: Parts) -> Base:
    torch.set_num_threads(1)
    made = Base(plan)
    made.add_texts([post.text for name in PARTS for post in getattr(parts, name)])
    return made


def _lessons(parts: Parts, base: Base) -> dict[str, Lesson]:
    keys = [post.text for post in parts.train]
    positive = [post for post in parts.train if post.effects]
    tags = [base.tags(post.text, post.row.spans) for post in positive]
    base.add_spans(list(EFFECTS))
    return {
        CLASSIFY: Lesson(keys, [int(post.is_positive) for post in parts.train]),
        EXTRACT: Lesson([post.text for post in positive], tags),
        NORMALISE: Lesson([("span", effect) for effect in EFFECTS], [0, 1, 2]),
    }


def _rising() -> Callable[[object], float]:
    """A score by which the last epoch is the best."""
    numbers = itertools.count()
    return lambda model: float(next(numbers))


def test_kept_states_and_upper_layers_give_what_the_whole_encoder_gives(plan: Plan) -> None:
    base = Base(plan)
    texts = ["i got sore head", "my aunt walked the dog in rain 3, day 7"]
    base.add_texts(texts)
    whole = Base(replace(plan, frozen_layers=0))
    whole.add_texts(texts)
    # Weights are drawn alike, so that the two differ in where they are cut only.
    states = [
        one.model(3).eval().encoder(
            input_ids=one.cache.batch(texts)[0],
            attention_mask=(one.cache.batch(texts)[1][:, None, None] - 1.0) * 1e4,
        ).last_hidden_state
        for one in (base, whole)
    ]  # fmt: skip
    mask = base.cache.batch(texts)[1].bool()
    assert torch.allclose(states[0][mask], states[1][mask], atol=0.02)
    assert len(base.model(3).encoder.layer) == 1 and len(whole.model(3).encoder.layer) == 2


@pytest.mark.parametrize("layers", [-1, 2])
def test_a_cut_that_leaves_nothing_to_learn_is_refused(plan: Plan, layers: int) -> None:
    with pytest.raises(ValueError, match="0 to 1 may be frozen"):
        Base(replace(plan, frozen_layers=layers))


def test_training_learns_all_three_and_leaves_the_lower_layers(parts: Parts, plan: Plan) -> None:
    base = Base(replace(plan, epochs=12))
    base.add_texts([post.text for post in (*parts.train, *parts.test)])
    before = [value.clone() for value in base.cache.lower.state_dict().values()]
    start = base.model(3).encoder.state_dict()
    model = base.train(_lessons(parts, base), 3, 17, _rising())
    assert all(map(torch.equal, before, base.cache.lower.state_dict().values()))
    for name, value in model.encoder.state_dict().items():
        assert "key.bias" in name or not torch.equal(value, start[name])
    texts = [post.text for post in parts.test]
    labels = base.classes(model, CLASSIFY, texts)
    assert labels.tolist() == [int(post.is_positive) for post in parts.test]
    soft = base.answers(model, EXTRACT, texts)
    found = [base.spans(post.text, one) for post, one in zip(parts.test, soft, strict=True)]
    positive = [at for at, post in enumerate(parts.test) if post.effects]
    assert [found[at] for at in positive] == [list(parts.test[at].row.spans) for at in positive]
    named = base.classes(model, NORMALISE, [("span", effect) for effect in EFFECTS])
    assert named.tolist() == [0, 1, 2]


def test_the_best_epoch_is_what_is_kept(parts: Parts, plan: Plan) -> None:
    def trained(epochs: int, given: list[float]) -> dict:
        base = Base(replace(plan, epochs=epochs))
        base.add_texts([post.text for post in parts.train])
        at = iter(given)
        return base.train(_lessons(parts, base), 3, 17, lambda _: next(at)).state_dict()

    first, best, last = trained(1, [1.0]), trained(2, [1.0, 0.5]), trained(2, [0.5, 1.0])
    name = "heads.classify.weight"
    assert torch.equal(first[name], best[name])
    assert not torch.equal(first[name], last[name])


def test_only_the_classifier_has_class_weights(parts: Parts, base: Base) -> None:
    lessons = _lessons(parts, base)
    model = base.model(3).eval()
    rows = list(range(3))
    plain = {n: base._loss(model, n, one, rows, None) for n, one in lessons.items()}
    weights = torch.tensor([1.0, 9.0])
    found = {n: base._loss(model, n, one, rows, weights) for n, one in lessons.items()}
    assert found[CLASSIFY] != plain[CLASSIFY]
    assert (found[EXTRACT], found[NORMALISE]) == (plain[EXTRACT], plain[NORMALISE])


def test_class_weights_change_what_is_learned(parts: Parts, plan: Plan) -> None:
    heads = []
    for weights in ("", "balanced"):
        base = Base(replace(plan, class_weights=weights, epochs=1))
        base.add_texts([post.text for post in parts.train])
        model = base.train(_lessons(parts, base), 3, 17, lambda _: 1.0)
        heads.append(model.heads[CLASSIFY].weight)
    assert not torch.equal(*heads)


def test_tags_become_the_spans_that_they_were_made_from(parts: Parts, base: Base) -> None:
    post = parts.train[0]
    tags = torch.tensor(base.tags(post.text, post.row.spans))
    soft = torch.nn.functional.one_hot(tags.clamp(min=0), 2).float()
    assert base.spans(post.text, soft) == list(post.row.spans)
    assert set(tags.tolist()) == {-100, 0, 1}


def test_the_normaliser_reads_the_post_beside_the_span(base: Base, parts: Parts) -> None:
    text = parts.train[0].text
    base.add_texts([text])
    base.add_spans(["sore head", ("sore head", text)])
    alone = base.cache.length(("span", "sore head"))
    assert base.cache.length(("span", ("sore head", text))) == alone + base.cache.length(text) - 1
    trained = {
        context: Trained(parts, base, Recipe(plan=base._plan, context=context), 17, _once)
        for context in (False, True)
    }
    span = parts.train[0].row.spans[0]
    keys = {context: one._key(parts.train[0], span) for context, one in trained.items()}
    assert keys == {False: ("span", "sore head"), True: ("span", ("sore head", text))}


def _once(key: tuple, make: Callable[[], object]) -> object:
    return make()


def _stages(labels: list[bool], spans: dict[str, list[Span]], concept: str) -> Stages:
    return Stages(
        lambda posts: np.array(labels),
        lambda posts: [spans[post.text] for post in posts],
        lambda mentions: [concept for _ in mentions],
    )


def test_the_feedback_takes_the_label_where_no_span_is_found() -> None:
    posts = [_post("one"), _post("two"), _post("three")]
    spans = {"two": [], "three": [Span(0, 5, "effect")]}
    stages = _stages([False, True, True], spans, "VS1")
    found = [Answer(False), Answer(False), Answer(True, (Effect(0, 5, "VS1"),))]
    assert answer(stages, posts, True) == found
    assert answer(stages, posts, False) == [found[0], Answer(True), found[2]]


def test_scores_of_each_subtask_by_hand() -> None:
    posts = [
        _post("sore head all day", "sore head", "VS1"),
        _post("upset tummy again", "upset tummy", "VS2"),
        _post("walked the dog"),
        _post("some odd thing", "odd thing"),
    ]
    answers = [
        Answer(True, (Effect(0, 9, "VS1"),)),
        Answer(True, (Effect(6, 11, "VS1"), Effect(12, 17, "VS2"))),
        Answer(True, (Effect(0, 6, "VS3"),)),
        Answer(False),
    ]
    found = scores(posts, answers)
    assert found["classify"]["precision"] == pytest.approx(2 / 3)
    assert found["classify"]["recall"] == pytest.approx(2 / 3)
    assert found["classify"]["accuracy"] == 0.5
    # Two of four found spans overlap a true one, of three; one has its offsets.
    assert found["extract"]["precision"] == 0.5
    assert found["extract"]["recall"] == pytest.approx(2 / 3)
    assert found["extract strict"]["precision"] == 0.25
    # The post whose term is unknown is left out: one of four answers, of two true ones.
    assert found["normalise"]["rows"] == 3
    assert (found["normalise"]["precision"], found["normalise"]["recall"]) == (0.25, 0.5)


def test_members_learn_from_resampled_rows(
    parts: Parts, base: Base, monkeypatch: pytest.MonkeyPatch
) -> None:
    lessons: list[Lesson] = []
    texts = [post.text for post in parts.train]
    truth = np.array([int(post.is_positive) for post in parts.train])
    wrong, differ = np.arange(len(truth)) % 5 == 0, np.arange(len(truth)) % 7 == 0
    asked = []

    def train(given: dict, terms: int, seed: int, score: object) -> str:
        lessons.append(given[CLASSIFY])
        return f"model {len(lessons)}"

    def labels(self: Trained, model: str, posts: list[Post]) -> np.ndarray:
        asked.append((model, len(posts)))
        flipped = {"model 1": wrong, "model 2": wrong ^ differ, "model 4": wrong ^ differ}[model]
        found = truth ^ flipped
        return np.concatenate([found, np.ones(len(posts) - len(found), int)])

    monkeypatch.setattr(base, "train", train)
    monkeypatch.setattr(Trained, "_labels", labels)
    members = ("wrong", "differ", "wrong-augmented", "differ-augmented")
    made = Recipe(plan=base._plan, members=members)
    Trained(parts, base, made, 17, _once)
    assert list(lessons[0].keys) == texts and list(lessons[0].targets) == truth.tolist()
    for lesson, raised in ((lessons[1], wrong), (lessons[2], differ)):
        counts = Counter(lesson.keys)
        assert all((counts[text] == 3) == up for text, up in zip(texts, raised, strict=True))
        assert sum(counts.values()) == 3 * raised.sum() + round((~raised).sum() / 3)
    for lesson in lessons[3:]:
        new = [n for key, n in zip(lesson.keys, lesson.targets, strict=True) if key not in texts]
        assert new and set(new) == {1}
    # Every positive post has five more; the last member is set beside the one before it.
    assert asked[3:] == [("model 1", len(texts) + 90)] * 2 + [("model 4", len(texts) + 90)]


def test_a_member_votes(parts: Parts, base: Base, monkeypatch: pytest.MonkeyPatch) -> None:
    made = Recipe(plan=base._plan, members=("wrong", "differ"))
    trained = Trained(parts, base, made, 17, _once)
    votes = iter(([1, 0, 0], [1, 1, 0], [0, 1, 0]))
    monkeypatch.setattr(Trained, "_labels", lambda self, model, posts: np.array(next(votes)))
    stages = trained.stages(None)
    assert stages.classify(parts.test[:3]).tolist() == [True, True, False]


def test_a_term_needs_its_spans(parts: Parts, base: Base) -> None:
    few = replace(parts, train=[p for p in parts.train if "itchy" not in p.text] + parts.train[8:9])
    made = Trained(few, base, Recipe(plan=base._plan, least=4), 17, _once)
    assert made.terms == ["VS1", "VS2"] and made.covered == pytest.approx(12 / 13)
    with pytest.raises(ValueError, match="no term has 99 spans"):
        Trained(parts, base, Recipe(plan=base._plan, least=99), 17, _once)


def test_a_unit_runs_and_is_the_same_again(
    parts: Parts, plan: Plan, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setattr(pipeline, "open_parts", lambda *given: parts)
    table = {"plan": {"encoder": plan.encoder, "size": SIZE, "frozen_layers": 1, "epochs": 12,
                      "learning_rate": 3e-3}}  # fmt: skip
    values = {
        "all": table,
        "seeds": [1, 2],
        "experiment": {"e": {"tasks": ["classify"], "variants": ["one", "three"]}},
        "variant": {"one": {}, "three": {"members": ["wrong", "differ"], "augment": 1}},
    }
    settings = Settings("x", "x", "pipeline", values)
    found = pipeline.units(settings)
    assert [(u.variant, u.seed) for u in found] == [
        ("one", 1), ("three", 1), ("one", 2), ("three", 2)
    ]  # fmt: skip
    opened = pipeline.open_data(settings, None, tmp_path)
    results = [pipeline.run(unit, settings, opened) for unit in found[:2]]
    assert results[0]["scores"]["extract"]["positives"] == 7
    assert results[0]["scores"]["classify"]["f1"] > 0.9
    again = pipeline.run(found[0], settings, pipeline.open_data(settings, None, tmp_path))
    assert again == results[0]
    # The first model is shared; two more were trained.
    assert sum(key.startswith('["first"') for key in opened.made) == 1
    assert sum(key.startswith('["member"') for key in opened.made) == 2


def _prepared() -> Prepared:
    def row(name: str, number: int, split: str, label: str) -> Row:
        text = f"{name} {split} {label} {number} sore head"
        at = text.index("sore")
        spans = (Span(at, at + 9, "effect"),)
        return Row(name, text, {"adverse_effect": (label,)}, spans, split=split)

    rows = [
        row(name, number, split, label)
        for name in ("own-plain", "real-a", "quiet")
        for split in ("train", "dev", "test")
        for label in (("no",) if name == "quiet" else ("yes", "no"))
        for number in range(200 if name == "quiet" else 10)
    ]
    rows = [replace(row, cluster=at) for at, row in enumerate(rows)]
    pairs = [Pair(r.set, r.text, 0, 0, "headache", r.split) for r in rows]
    pairs = [replace(p, start=p.text.index("sore"), end=len(p.text)) for p in pairs]
    return Prepared(rows, pairs, None, {})


def test_parts_hold_what_the_sources_say(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setattr(views, "prepare", lambda *given: _prepared())
    monkeypatch.setattr(pipeline_data, "concepts_of_names", lambda folder: {"headache": "VS9"})
    sources = Sources(("own-*", "real-*"), ("quiet",), ("real-*",), 0.1, 0.2)
    found = open_parts(tmp_path, tmp_path, sources)
    trained = [*found.train, *found.development]
    assert len(trained) == 200 and sum(post.is_positive for post in trained) == 20
    assert 15 < len(found.development) < 70
    assert {post.row.split for post in trained} == {"train"}
    assert {(post.row.set, post.row.split) for post in found.test} == {("real-a", "dev")}
    assert len(found.test) == 20
    for post in (*trained, *found.test):
        assert bool(post.effects) == bool(post.row.spans) == post.is_positive
    assert {e.concept for p in trained for e in p.effects} == {"VS9"}
    without = open_parts(tmp_path, tmp_path, replace(sources, positives=0.0))
    assert len(without.train) + len(without.development) == 40
    with pytest.raises(ValueError, match="part test: none of its 0 posts"):
        open_parts(tmp_path, tmp_path, replace(sources, test=("nothing",)))


@pytest.mark.parametrize(
    ("table", "message"),
    [
        ({"member": []}, "unknown keys member; known are data, plan, members"),
        ({"members": ["right"]}, "members holds 'right'; allowed are wrong, differ"),
        ({"normaliser": "guess"}, "allowed are classifier, retrieval"),
        ({"stages": "bundle"}, 'take the normaliser "retrieval"'),
        ({"plan": {"epoch": 1}}, "plan: unknown keys epoch"),
        ({"plan": {"class_weights": "even"}}, "allowed: balanced or empty"),
        ({"plan": {"batches": {"classify": 1}}}, "batches has to name"),
        ({"data": {"set": []}}, "data: unknown keys set"),
    ],
)
def test_a_wrong_setting_is_one_line(table: dict, message: str) -> None:
    with pytest.raises(ValueError, match=message):
        recipe(table, "x")


def test_the_settings_that_come_along_are_of_this_protocol() -> None:
    for is_smoke in (False, True):
        settings = load("dima2021", is_smoke)
        found = pipeline.units(settings)
        assert found[0] == Unit("table1", "MTL", 17, 0)
        assert len(found) == len(settings.values["seeds"]) * len(settings.values["variant"])


def test_a_bundle_retrieves_the_concept_of_a_wording(tmp_path: Path) -> None:
    names = {"VS0053": "Headache", "VS0173": "Nausea", "VS0363": "Rash"}
    bundle = Bundle(Path("models/vigil-minilm"), names, False)
    posts = [
        _post("sertraline gave me a pounding headache", "pounding headache"),
        _post("the new tablets make me feel sick and nauseous", "nauseous"),
    ]
    mentions = [(post, post.row.spans[0]) for post in posts]
    assert bundle.normalise(mentions) == ["VS0053", "VS0173"]
    assert bundle.normalise([]) == []
    labels = bundle.classify([*posts, _post("walked the dog in the park this morning")])
    assert labels.tolist() == [True, True, False]
    spans, _ = bundle.extract(posts)
    assert [posts[0].text[s.start : s.end][-8:] for s in spans] == ["headache"]
    with pytest.raises(ValueError, match=r"holds no model\.onnx"):
        Bundle(tmp_path, names, False)
