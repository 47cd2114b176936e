"""Samplers of PyTorch in the checks: seeded by the check, and leaving PyTorch as it was."""

from __future__ import annotations

import doctest
import subprocess
import sys
from types import ModuleType

import numpy as np
import pytest

from derivations.calculus.steps import Verdict
from derivations.evidence.monte_carlo import (
    Budget,
    Plan,
    Probe,
    kl_matches,
    law_equals_cdf,
    laws_equal,
    mean_equals,
    means_equal,
    projections_equal,
    transport_equation,
    variance_equals,
)
from varproof import torch_draws
from varproof.torch_draws import from_torch

PLAN = Plan(budget=Budget(1e3))
Generator = np.random.Generator


@pytest.fixture
def torch() -> ModuleType:
    """Return PyTorch where it is installed."""
    return pytest.importorskip("torch", reason="needs the extra 'torch'")


def test_the_example_of_the_docstring_runs(torch: ModuleType) -> None:
    """As printed, from imports to verdicts."""
    assert torch is not None
    outcome = doctest.testmod(torch_draws)
    assert outcome.attempted >= 6
    assert outcome.failed == 0


def test_the_checks_do_not_import_torch() -> None:
    """Neither the checks nor the function that makes samplers need it installed."""
    code = (
        "import sys; from varproof.torch_draws import from_torch; "
        "from_torch(lambda n: n); sys.exit('torch' in sys.modules)"
    )
    assert subprocess.run([sys.executable, "-c", code], timeout=120, check=False).returncode == 0


def test_every_check_takes_samplers_of_torch(torch: ModuleType, rng: Generator) -> None:
    """Distributions and functions, as tensors in single and half precision and with gradients."""
    normal = torch.distributions.Normal(0.0, 1.0)
    one = from_torch(normal)
    two = from_torch(lambda draws: torch.randn(draws, dtype=torch.bfloat16))
    plane = from_torch(lambda draws: torch.randn(draws, 2, requires_grad=True))

    def moved(draws: int) -> object:
        scale = torch.ones(draws, 1, requires_grad=True)
        x = scale * torch.randn(draws, 1)
        (velocity,) = torch.autograd.grad(x.sum(), scale)
        return x, velocity

    probe = Probe("x^2 / 2", lambda x: x, 1.0, 2.1)
    bound = {"variance_bound": 1.1, "detects": 0.3, "plan": PLAN}
    near = {"detects": 0.1, "plan": PLAN}
    checks = (
        mean_equals("", one, 0.0, **bound),
        mean_equals("", plane, [0.0, 0.0], **bound),
        means_equal("", one, two, **bound),
        variance_equals("", one, 1.0, fourth_moment_bound=3.1, **near),
        kl_matches("", one, lambda x: normal.log_prob(x) - normal.log_prob(x - 1), 0.5, **bound),
        law_equals_cdf("", one, lambda x: normal.cdf(torch.from_numpy(x)), **near),
        laws_equal("", one, one, **near),
        projections_equal("", plane, plane, dimension=2, **near),
        transport_equation("", from_torch(moved), (probe,), dimension=1, **near),
    )
    for check in checks:
        found = check(rng)
        assert found.verdict is Verdict.ESTABLISHED, found


def test_wrong_sampler_of_torch_is_refuted(torch: ModuleType, rng: Generator) -> None:
    """A shift of what must be detected."""
    sampler = from_torch(torch.distributions.Normal(0.3, 1.0))
    check = mean_equals("", sampler, 0.0, detects=0.3, variance_bound=1.1, plan=PLAN)
    assert check(rng).verdict is Verdict.REFUTED


def test_draws_follow_the_generator_and_leave_torch_alone(torch: ModuleType) -> None:
    """The same state gives the same draws, another others; PyTorch's own go on where they were."""
    torch.manual_seed(3)
    expected = [torch.rand(2).tolist() for _ in range(2)]
    torch.manual_seed(3)
    first = torch.rand(2).tolist()
    sampler = from_torch(torch.distributions.Normal(0.0, 1.0))
    drawn = [sampler(np.random.default_rng(seed), 4).tolist() for seed in (1, 1, 2)]
    assert [first, torch.rand(2).tolist()] == expected
    assert drawn[0] == drawn[1] != drawn[2]


def test_what_draws_nothing_is_refused() -> None:
    """Neither a distribution nor a function."""
    with pytest.raises(TypeError, match="wanted a distribution of PyTorch or a function"):
        from_torch(3)
