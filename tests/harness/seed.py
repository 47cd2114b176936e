"""One seed for a run, one independent generator for each test.

``--seed N`` fixes the run; ``--seed fresh`` draws a seed and prints it, so that any run can be
repeated. A test's generator depends on the seed and the test's own node id alone: not on the
order of tests, not on how many run, not on the worker that runs it. Hypothesis follows the same
seed unless ``--hypothesis-seed`` or ``--hypothesis-profile`` says otherwise: it keeps no examples
from one run to the next, holds no test to a deadline, and does not fall back on its own fixed
examples where the variable CI is set.
"""

import hashlib
import os
import secrets
import sys

import numpy as np
import pytest

DEFAULT_SEED = 20240229


def _seed(text: str) -> int:
    """Read the value of ``--seed``."""
    if text == "fresh":
        return secrets.randbelow(2**32)
    try:
        seed = int(text)
    except ValueError:
        seed = -1
    if seed < 0:
        msg = f"--seed wants an integer of at least 0, or 'fresh'; got {text!r}"
        raise pytest.UsageError(msg)
    return seed


def pytest_addoption(parser: pytest.Parser) -> None:
    """Add ``--seed``."""
    parser.addoption(
        "--seed",
        default=str(DEFAULT_SEED),
        metavar="N",
        help=f"seed of all random tests, or 'fresh' (default: {DEFAULT_SEED})",
    )


@pytest.hookimpl(tryfirst=True)
def pytest_configure(config: pytest.Config) -> None:
    """Fix the seed once, before workers start and before Hypothesis reads its own option."""
    handed_down = getattr(config, "workerinput", {}).get("seed")
    config.option.seed = handed_down or str(_seed(config.option.seed))
    if getattr(config.option, "hypothesis_seed", "") is None:
        config.option.hypothesis_seed = config.option.seed
    if getattr(config.option, "hypothesis_profile", "") is None:
        from hypothesis import settings  # noqa: PLC0415  (the plugin may be switched off)

        settings.register_profile("seeded", settings.get_profile("ci"), derandomize=False)
        config.option.hypothesis_profile = "seeded"


def follow(config: pytest.Config, seed: int) -> None:
    """Have what runs from here on follow another seed."""
    config.option.seed = str(seed)
    hypothesis = sys.modules.get("hypothesis.core")
    if hypothesis is not None:
        hypothesis.global_force_seed = seed


@pytest.hookimpl(optionalhook=True)
def pytest_configure_node(node: object) -> None:
    """Hand the seed to a worker, which reads the command line afresh."""
    node.workerinput["seed"] = node.config.option.seed


def pytest_report_header(config: pytest.Config) -> str:
    """Name the seeds, so that a log suffices to repeat a run."""
    hashes = os.environ.get("PYTHONHASHSEED", "random")
    return f"seed: {config.option.seed} (--seed), order of sets: {hashes} (PYTHONHASHSEED)"


def generator(seed: int, node_id: str) -> np.random.Generator:
    """Make the generator that belongs to one test under one seed."""
    digest = hashlib.sha256(node_id.encode()).digest()
    words = [int.from_bytes(digest[i : i + 4], "little") for i in range(0, len(digest), 4)]
    return np.random.default_rng(np.random.SeedSequence([seed, *words]))


@pytest.fixture
def rng(request: pytest.FixtureRequest) -> np.random.Generator:
    """Give the test its own generator, derived from ``--seed`` and the test's node id."""
    return generator(int(request.config.option.seed), request.node.nodeid)


@pytest.fixture(scope="session")
def seed(request: pytest.FixtureRequest) -> int:
    """Give the seed of the run, to a test that hands it on."""
    return int(request.config.option.seed)
