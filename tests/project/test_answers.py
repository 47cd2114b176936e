"""What the report says of the networks: every sentence is held to the numbers it rests on."""

import copy
import importlib
import json
from pathlib import PurePosixPath
from types import ModuleType
from typing import Any

import pytest
from harness.project import ROOT

pytest.importorskip("torch", reason="needs the extra 'torch'")

from derivations.printing.nodes import Link, Table

ANSWERS = json.loads((ROOT / "docs/results/vae/answers.json").read_text(encoding="utf-8"))


@pytest.fixture
def words(monkeypatch: pytest.MonkeyPatch) -> ModuleType:
    """The module that writes the answers."""
    monkeypatch.syspath_prepend(str(ROOT / "docs"))
    return importlib.import_module("report.answer_words")


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


def test_names_of_runs_and_numbers_are_words(words: ModuleType) -> None:
    """No name of the program is left."""
    assert words.named("mmd bandwidth D D 2") == "MMD, bandwidth D, D = 2"
    assert words.named("mmd notebook seed 1") == "MMD, the notebook's, seed 1"
    assert words.worded("kl: knn_accuracy_z") == "KL: 10-nearest-neighbour accuracy of draws"
    assert words.worded("mmd bandwidth 2 weight 0") == "MMD, bandwidth 2, weight 0"
    texts = [e["claim"] for e in ANSWERS["conclusions"]]
    texts += [name for e in ANSWERS["conclusions"] for name in e["numbers"]]
    for text in map(words.worded, texts):
        assert "_" not in text
        assert not text.startswith(("mmd ", "kl "))


@pytest.mark.parametrize(
    ("claim", "verdict"),
    [
        ("means of KL's latents form clearer clusters of digits than draws", "unclear"),
        ("the notebook's MMD term is the constant 2/100 of its own pairs, to 1%", "no"),
        ("MMD's latents are as a whole nearer to the prior than KL's: {best}", "no"),
        ("MMD's likelihood of test images is higher than KL's at D 2", "yes"),
    ],
)
def test_a_sentence_falls_with_the_verdict_it_rests_on(
    words: ModuleType, claim: str, verdict: str
) -> None:
    """The kept answers bear all of it out; with one verdict turned nothing is written."""
    assert set(words.written(ANSWERS)) == {"9.1", "10.4"}
    claim = claim.format(best=ANSWERS["chosen"])
    with pytest.raises(words.AnswerError, match=verdict):
        words.written(changed(claim, verdict))


def test_the_example_falls_with_its_verdicts(words: ModuleType) -> None:
    """What is said of pixels that noise can explain is held, too."""
    assert "1 of 200 units is active" in words.noisy(ANSWERS)
    with pytest.raises(words.AnswerError):
        words.noisy(changed("with noisy pixels MMD's latents have more active units", "no"))


def test_every_conclusion_stands_in_a_table(pages: ModuleType) -> None:
    """Those that several runs share have a row, and a column for each run."""
    tables = [b for b in pages._blocks(ANSWERS, PurePosixPath("x"), 1) if isinstance(b, Table)]  # noqa: SLF001
    first, others, against, runs = tables
    cells = [cell[0] for row in against.rows for cell in row[1:]]
    shared = [e for e in ANSWERS["conclusions"] if pages.AGAINST.fullmatch(e["claim"])]
    assert len(cells) == len(shared) > 30
    assert sorted(c.partition(":")[0] for c in cells) == sorted(e["verdict"] for e in shared)
    assert len(first.rows) + len(others.rows) == len(ANSWERS["conclusions"]) - len(shared)
    assert len(runs.rows) == len(ANSWERS["runs"])


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
