"""Second derivatives along draws are those of the inverse transform, by mpmath."""

from collections.abc import Callable

import mpmath as mp
import pytest
import torch
from torch import Tensor

from impl.samplers.kumaraswamy import Kumaraswamy

LEVELS = (0.03, 0.4, 0.97)


def quantile(level: float, a: mp.mpf, b: mp.mpf) -> mp.mpf:
    """Quantile (1 - (1-u)^(1/b))^(1/a)."""
    return (1 - (1 - mp.mpf(level)) ** (1 / b)) ** (1 / a)


RESULTS: dict[str, Callable[[mp.mpf], mp.mpf]] = {
    "x": lambda x: x,
    "log x": mp.log,
    "log(1-x)": lambda x: mp.log(1 - x),
}


def drawn(name: str, a: Tensor, b: Tensor, monkeypatch: pytest.MonkeyPatch) -> Tensor:
    """Draws at the levels, of x or its logarithms."""
    levels = torch.tensor(LEVELS, dtype=torch.float64)
    monkeypatch.setattr(torch.Tensor, "uniform_", lambda given: given.copy_(levels))
    monkeypatch.setattr(torch, "rand", lambda *_, **__: levels.clone())
    law = Kumaraswamy(a, b)
    if name == "x":
        return law.rsample((3,))
    logs = law.rsample_log((3,))
    return logs.log_x if name == "log x" else logs.log1m_x


@pytest.mark.parametrize("name", RESULTS)
@pytest.mark.parametrize("order", [(2, 0), (1, 1), (0, 2)])
@pytest.mark.parametrize("at", [(1.3, 0.7), (0.2, 8.0), (30.0, 0.4)])
def test_a_draws_second_derivative_is_that_of_the_quantile(
    name: str, order: tuple[int, int], at: tuple[float, float], monkeypatch: pytest.MonkeyPatch
) -> None:
    """By a and b, of a draw or its logarithm; the mixed one in either order."""
    given = [torch.tensor(value, dtype=torch.float64, requires_grad=True) for value in at]
    found = drawn(name, *given, monkeypatch)
    weight = torch.tensor([1.0, -2.0, 0.5], dtype=torch.float64)
    first, second = {(2, 0): (0, 0), (1, 1): (0, 1), (0, 2): (1, 1)}[order]
    for one, other in {(first, second), (second, first)}:
        (slope,) = torch.autograd.grad((weight * found).sum(), given[one], create_graph=True)
        (bend,) = torch.autograd.grad(slope, given[other])
        with mp.workdps(50):
            point = tuple(mp.mpf(value) for value in at)
            bends = [
                mp.diff(lambda a, b, u=u: RESULTS[name](quantile(u, a, b)), point, order)
                for u in LEVELS
            ]
            truth = float(mp.fsum(w * v for w, v in zip(weight.tolist(), bends, strict=True)))
        assert float(bend) == pytest.approx(truth, rel=1e-11, abs=0)


def test_a_third_derivative_of_a_draw_is_a_difference() -> None:
    """Derivatives do not end at the second."""

    def bend(a: Tensor) -> Tensor:
        torch.manual_seed(6)
        x = Kumaraswamy(a, 0.7).rsample((4,)).sum()
        (slope,) = torch.autograd.grad(x, a, create_graph=True)
        return torch.autograd.grad(slope, a, create_graph=True)[0]

    assert torch.autograd.gradcheck(
        bend, torch.tensor(1.3, dtype=torch.float64, requires_grad=True)
    )
