"""One seed for a run, one independent generator for each test.

``--seed N`` fixes the run; ``--seed fresh`` draws a seed and prints it, so that any run can be
repeated. A test's generator depends only on the seed and on the node id of the test: not on the
order of tests, their number, or the worker that runs it. Hypothesis uses the same seed unless
``--hypothesis-seed`` or ``--hypothesis-profile`` is given. It keeps no examples between runs, sets
no deadline for tests, and does not use fixed examples if the variable CI is set.
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
    """Use another seed for everything that runs from here on."""
    config.option.seed = str(seed)
    hypothesis = sys.modules.get("hypothesis.core")
    if hypothesis is not None:
        hypothesis.global_force_seed = seed


@pytest.hookimpl(optionalhook=True)
def pytest_configure_node(node: object) -> None:
    """Pass the seed to a worker, which reads the command line again."""
    node.workerinput["seed"] = node.config.option.seed


def pytest_report_header(config: pytest.Config) -> str:
    """Print the seeds, so that a run can be repeated from its log."""
    hashes = os.environ.get("PYTHONHASHSEED", "random")
    return f"seed: {config.option.seed} (--seed), order of sets: {hashes} (PYTHONHASHSEED)"


def generator(seed: int, node_id: str) -> np.random.Generator:
    """Return the generator of one test under one seed."""
    digest = hashlib.sha256(node_id.encode()).digest()
    words = [int.from_bytes(digest[i : i + 4], "little") for i in range(0, len(digest), 4)]
    return np.random.default_rng(np.random.SeedSequence([seed, *words]))


@pytest.fixture
def rng(request: pytest.FixtureRequest) -> np.random.Generator:
    """Give the test its own generator, derived from ``--seed`` and the test's node id."""
    return generator(int(request.config.option.seed), request.node.nodeid)


@pytest.fixture(scope="session")
def seed(request: pytest.FixtureRequest) -> int:
    """Give the seed of the run to a test that passes it on."""
    return int(request.config.option.seed)
