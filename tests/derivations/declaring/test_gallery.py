"""Every model of the gallery: each of its derivations is established."""

from __future__ import annotations

import pytest
from harness import gallery

import varproof as vp
from derivations.declaring.derived import derivations_of

WITHOUT_EVIDENCE = {"mixture_of_normals", "normal"}
"""Models whose log evidence is no closed form."""
MODELS = [
    name if name in gallery.SMALL else pytest.param(name, marks=pytest.mark.slow)
    for name in gallery.NAMES
]


@pytest.mark.parametrize("name", MODELS)
def test_every_derivation_of_a_model_is_established(name: str) -> None:
    """Graph, log joint, each update, the bound, its ascent; evidence and prediction if closed."""
    found = vp.check(gallery.model(name))
    assert {
        key: j.verdict.value for key, j in found.items() if j.verdict.value != "established"
    } == {}
    latent = gallery.model(name).model.latent
    keys = {key.partition(".")[2] for key in found}
    always = {"graph", "log_joint", "elbo", "coordinate_ascent"}
    assert keys >= always | {f"q_{v.name}" for v in latent}


@pytest.mark.parametrize("name", MODELS)
def test_the_log_evidence_exists_or_says_why_not(name: str) -> None:
    """In closed form, or as a sum over all states; else the reason says what was wanted."""
    model = gallery.model(name)
    derived = derivations_of(model)
    key = f"{model.name}.log_evidence"
    assert (key in derived.without) == (name in WITHOUT_EVIDENCE)
    for why in derived.without.values():
        assert "wanted" in why
        assert "\n" not in why
    for absent in derived.without:
        assert absent not in derived.builders
