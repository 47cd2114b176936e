"""What the report says of the networks: every sentence is held to the numbers it rests on."""

import copy
import importlib
import json
from pathlib import Path, PurePosixPath
from types import ModuleType
from typing import Any

import pytest
from harness.project import ROOT

pytest.importorskip("torch", reason="needs the extra 'torch'")

from derivations.printing.nodes import Figure, Link, Paragraph, Strong, Table

ANSWERS = json.loads((ROOT / "docs/results/vae/answers.json").read_text(encoding="utf-8"))


@pytest.fixture
def words(monkeypatch: pytest.MonkeyPatch) -> ModuleType:
    """The module that writes the answers."""
    monkeypatch.syspath_prepend(str(ROOT / "docs"))
    return importlib.import_module("report.answer_words")


@pytest.fixture
def facts(words: ModuleType) -> ModuleType:
    """The module of what the answers are made of."""
    assert words
    return importlib.import_module("report.answer_facts")


@pytest.fixture
def pages(words: ModuleType) -> ModuleType:
    """The module of the page of answers."""
    assert words
    return importlib.import_module("report.answer_pages")


def changed(claim: str, verdict: str) -> dict[str, Any]:
    """The kept answers with one verdict turned."""
    answers = copy.deepcopy(ANSWERS)
    (entry,) = (e for e in answers["conclusions"] if e["claim"] == claim)
    entry["verdict"] = verdict
    return answers


def test_names_of_runs_and_numbers_are_words(facts: ModuleType) -> None:
    """No name of the program is left."""
    assert facts.named("mmd bandwidth D D 2") == "MMD, bandwidth D, D = 2"
    assert facts.named("mmd notebook seed 1") == "MMD, the notebook's, seed 1"
    assert facts.worded("kl: knn_accuracy_z") == "KL: 10-nearest-neighbour accuracy of draws"
    assert facts.worded("mmd bandwidth 2 weight 0") == "MMD, bandwidth 2, weight 0"
    texts = [e["claim"] for e in ANSWERS["conclusions"]]
    texts += [name for e in ANSWERS["conclusions"] for name in e["numbers"]]
    for text in map(facts.worded, texts):
        assert "_" not in text
        assert not text.startswith(("mmd ", "kl "))


@pytest.mark.parametrize(
    ("claim", "verdict"),
    [
        ("means of KL's latents form clearer clusters of digits than draws", "unclear"),
        ("the notebook's MMD term is the constant 2/100 of its own pairs, to 1%", "no"),
        ("MMD's latents are as a whole nearer to the prior than KL's: {best}", "no"),
        ("MMD's likelihood of test images is higher than KL's at D 2", "yes"),
        ("the published loss after epoch 5 is one more run of this training", "no"),
        ("less than half of KL's units carry more than nine tenths of its divergence", "no"),
        ("draws of MMD's latents name digits better than KL's: {telling}", "unclear"),
        ("with noisy pixels MMD's latents have more information about the image", "unclear"),
    ],
)
def test_a_sentence_falls_with_the_verdict_it_rests_on(
    words: ModuleType, facts: ModuleType, claim: str, verdict: str
) -> None:
    """The kept answers bear all of it out; with one verdict turned nothing is written."""
    assert set(words.written(ANSWERS)) == {"9.1", "10.4"}
    claim = claim.format(best=ANSWERS["chosen"], telling=ANSWERS["telling"])
    with pytest.raises(facts.AnswerError, match=verdict):
        words.written(changed(claim, verdict))


def test_the_example_falls_with_its_verdicts(words: ModuleType, facts: ModuleType) -> None:
    """What is said of pixels that noise can explain is held, too."""
    assert "1 of 200 units is active" in words.noisy(ANSWERS)
    with pytest.raises(facts.AnswerError):
        words.noisy(changed("with noisy pixels MMD's latents have more active units", "no"))


def test_every_conclusion_stands_in_a_table(pages: ModuleType) -> None:
    """Those that several runs share have a row, and a column for each run."""
    tables = [b for b in pages._blocks(ANSWERS, PurePosixPath("x"), 1) if isinstance(b, Table)]  # noqa: SLF001
    first, others, against, runs = tables
    assert {row[1] for row in (*first.rows, *others.rows)} <= {("yes",), ("no",), ("cannot tell",)}
    cells = [cell[0] for row in against.rows for cell in row[1:]]
    shared = [e for e in ANSWERS["conclusions"] if pages.AGAINST.fullmatch(e["claim"])]
    assert len(cells) == len(shared) > 30
    said = sorted(pages.VERDICTS[e["verdict"]] for e in shared)
    assert sorted(c.partition(":")[0] for c in cells) == said
    assert len(first.rows) + len(others.rows) == len(ANSWERS["conclusions"]) - len(shared)
    assert len(runs.rows) == len(ANSWERS["runs"])


def moved(answers: dict[str, Any], start: str, field: str, by: float) -> dict[str, Any]:
    """Answers in which a number of some runs is another."""
    answers = copy.deepcopy(answers)
    for run in answers["runs"]:
        if run["name"].startswith(start):
            run[field] += by
    return answers


def test_a_claim_that_no_conclusion_is_of_is_held_to_the_runs(
    words: ModuleType, facts: ModuleType
) -> None:
    """A number moved far enough turns the comparison, and nothing is written."""
    for start, field, by in (
        ("mmd notebook D 10", "importance_sampled_log_likelihood", 500.0),
        ("mmd bandwidth D weight 100000", "log_likelihood_at_z", 500.0),
        ("mmd notebook seed", "image_mmd_noise", -1.0),
        ("mmd noisy pixels", "importance_sampled_log_likelihood", 5_000.0),
    ):
        with pytest.raises(facts.AnswerError, match=field):
            words.claims(moved(ANSWERS, start, field, by))


def test_numbers_of_the_answers_are_those_of_the_conclusions(words: ModuleType) -> None:
    """Another number, another sentence."""
    claim = "means of KL's latents name digits by neighbours better than draws"
    assert "97% of 10,000 test images" in words.written(ANSWERS)["9.1"][1]
    answers = copy.deepcopy(ANSWERS)
    (entry,) = (e for e in answers["conclusions"] if e["claim"] == claim)
    entry["numbers"]["kl: knn_accuracy_mean"] = 0.83
    assert "83% of 10,000 test images" in words.written(answers)["9.1"][1]


def test_published_losses_are_claimed_of_the_notebooks_data_alone(words: ModuleType) -> None:
    """Of other data the first claim is missing."""
    others = words.claims(ANSWERS | {"is_notebook": False})
    assert others["9.1"] == words.claims(ANSWERS)["9.1"][1:]


def test_every_claim_stands_with_its_numbers_its_reason_and_its_figures(
    words: ModuleType, pages: ModuleType, tmp_path: Path
) -> None:
    """In this order, and every figure is there, none twice."""
    blocks = pages._blocks(ANSWERS, PurePosixPath("x"), 2)  # noqa: SLF001
    places = [n for n, b in enumerate(blocks) if isinstance(b, Paragraph) and b.prose
              and isinstance(b.prose[0], Strong)]  # fmt: skip
    found = [one for group in words.claims(ANSWERS).values() for one in group]
    assert len(places) == len(found)
    for place, one in zip(places, found, strict=True):
        assert blocks[place].prose[0].text.endswith(one.claim)
        assert blocks[place + 1].prose == (one.numbers,)
        assert one.reason in blocks[place + 2].prose
        assert isinstance(blocks[place + 3], Figure)
    drawn = [b.path.name for b in blocks if isinstance(b, Figure)]
    chapter = pages.read(ROOT / "docs/results/vae", tmp_path)
    assert chapter.page == "mmd/answers"
    assert sorted(drawn) == sorted(p.name for p in (tmp_path / pages.FIGURES).iterdir())


@pytest.mark.parametrize("is_mnist", [True, False])
def test_published_losses_stand_beside_those_of_mnist_alone(
    words: ModuleType, *, is_mnist: bool
) -> None:
    """A sample's losses are not held against what was published of all of it."""
    assert words
    pages = importlib.import_module("report.vae_pages")
    lines = [
        {"epoch": n, "train_loss": 100.0 / n, "test_loss": 90.0, "test_grey_loss": 91.0}
        for n in (1, 2)
    ]
    table = pages._losses(pages.Training(lines, {}, {"is_mnist": is_mnist}, {}))  # noqa: SLF001
    assert (("Published (nats an image)",) in table.header) == is_mnist
    assert any(("170.5",) in row for row in table.rows) == is_mnist


def test_every_question_of_the_notebook_has_its_place(words: ModuleType) -> None:
    """Each leads to a page by its title, or says where on this page."""
    assert words
    pages = importlib.import_module("report.vae_pages")
    table = pages._questions()  # noqa: SLF001
    asked = "3.1 5.1 5.2 5.3 6 7.1 8.1 9 9.1 10.1 10.2 10.3 10.4"
    assert list(dict.fromkeys(row[0][0] for row in table.rows)) == asked.split()
    for *_, (place,) in table.rows:
        assert isinstance(place, Link) or place.endswith("on this page")
