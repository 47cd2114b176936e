"""Credible intervals of dice at the ends of floating point: each end has its probability."""

import json
from pathlib import Path

import mpmath as mp
import numpy as np
import pytest
from harness.dice_commands import call, draw_nothing, fit_arguments, write_rolls

from impl.dice.model import Priors
from impl.dice.predictive import credible_intervals
from impl.errors import InputError

TAILS = (0.1, 0.9)


def beta_probability(a: float, b: float, x: float) -> float:
    """P(p <= x) under Beta(a, b), by a series of positive terms with all the digits of b."""
    with mp.workdps(40 + int(mp.log10(a + b))):
        a, b, x = mp.mpf(a), mp.mpf(b), mp.mpf(x)
        normalizer = mp.loggamma(a) + mp.loggamma(b) - mp.loggamma(a + b)
        term = mp.exp(a * mp.log(x) + b * mp.log1p(-x) - normalizer) / a
        total, k = mp.mpf(0), 0
        while term > mp.mpf(10) ** -20:
            total += term
            term *= (a + b + k) / (a + 1 + k) * x
            k += 1
        return float(total)


@pytest.mark.parametrize(
    ("a", "b"),
    [
        (0.3, 1e16),
        (0.8, 1.5e3),
        (1.0, 1e17),
        (3.0, 1e18),
        (3.0, 1e155),
        (3.0, 1e300),
        (5.0, 6.1e3),
        (40.0, 3e290),
        (999.5, 1e6),
        (3.1e3, 6.2e5),
        (1000.0, 7e7),
        (1000.0, 1e12),
        (2e4, 5e12),
    ],
)
def test_each_end_has_its_probability_however_far_apart_the_concentrations(
    a: float, b: float
) -> None:
    """Of two faces, and of three, each tail is a tenth; the other face's interval mirrors it."""
    pair = credible_intervals(np.array([b, a]), 0.8)
    parts = credible_intervals(np.array([[a, 0.25 * b, 0.75 * b]]), 0.8)[0]
    for ends in (pair[1], parts[0]):
        found = [beta_probability(a, b, end) for end in ends.tolist()]
        assert found == pytest.approx(TAILS, rel=0, abs=1e-11)
    np.testing.assert_allclose(pair[0], 1 - pair[1, ::-1], rtol=0, atol=2e-16)


def test_a_face_beside_rare_ones_has_what_they_leave() -> None:
    """Where the sum rounds to its largest part, the others are still added up, by die."""
    concentration = np.array([[1e17, 0.5, 1.5], [0.5, 1.5, 1e17]])
    found = credible_intervals(concentration, 0.8)
    np.testing.assert_array_equal(found[1], found[0, [1, 2, 0]])
    np.testing.assert_array_equal(found[0, 0], [1.0, 1.0])
    tiny = credible_intervals(np.array([1e-20, 3.0, 1e-20]), 0.8)
    np.testing.assert_allclose(tiny, [[0, 0], [1, 1], [0, 0]], rtol=0, atol=1e-300)


@pytest.mark.parametrize(
    "entries", [(1e17, 1.0), (1.0, 1e17), (1e-20,), (1e-300, 1.0), (3.0, 1e300), (1e300, 1e-300)]
)
@pytest.mark.parametrize("die", ["first", "roll"])
def test_extreme_priors_are_fitted_and_their_intervals_written(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, die: str, entries: tuple[float, ...]
) -> None:
    """The command ends well, without a warning, and every interval is one."""
    draw_nothing(monkeypatch)
    rolls = write_rolls(tmp_path / "rolls.csv")
    spread = entries if len(entries) == 1 or die == "first" else entries * 2
    more = ("--faces", 2, 3, 4, f"--{die}-concentration", *spread)
    assert call(*fit_arguments(rolls, tmp_path / "fit", *more)) == 0
    said = json.loads((tmp_path / "fit" / "summary.json").read_text(encoding="utf-8"))
    for name in ("first", "second", "roll"):
        ends = np.array(said["credible_intervals"][name])
        assert ((ends >= 0) & (ends <= 1)).all()
        assert (ends[..., 0] <= ends[..., 1]).all()


@pytest.mark.parametrize("entry", [0.99e-300, 1.01e300, 1e308, 1e-310, np.nan])
def test_a_concentration_that_overflows_is_refused_by_name(entry: float) -> None:
    """Beyond what can be summed or differentiated, the parameter and the entry are named."""
    wanted = "wanted finite numbers above 0, from 1e-300 to 1e\\+300, got .* at index"
    for name in ("first", "second", "roll"):
        with pytest.raises(InputError, match=rf"^{name}_concentration: {wanted} "):
            Priors.symmetric((2, 3, 4), **{name: entry})
    with pytest.raises(InputError, match=rf"^concentration: {wanted} \[1\]$"):
        credible_intervals(np.array([1.0, entry]))
