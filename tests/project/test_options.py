"""The options --seed and --device do what they promise, and refuse what they cannot do."""

import importlib.util
import re
from pathlib import Path

import pytest

WORKERS = ("-p", "xdist", "-n", "2")
DRAWS = """
import pytest

@pytest.mark.parametrize("case", [0, 1])
def test_draw(rng, case):
    print("draw", case, rng.random())

def test_other(rng):
    print("draw other", rng.random())
"""
CUDA = """
import pytest

@pytest.mark.cuda
def test_on_cuda(device):
    assert device.type == "cuda"

def test_anywhere():
    pass
"""
REPEATED = """
from hypothesis import given, settings, strategies as st

@settings(max_examples=3, database=None)
@given(st.integers())
def test_given(value):
    print("draw", value)
"""


@pytest.fixture
def suite(pytester: pytest.Pytester, monkeypatch: pytest.MonkeyPatch) -> pytest.Pytester:
    """Give an empty suite with the project's options and nothing else."""
    monkeypatch.setenv("PYTHONPATH", str(Path(__file__).parents[1]))
    monkeypatch.setenv("PYTEST_DISABLE_PLUGIN_AUTOLOAD", "1")  # these plugins alone
    pytester.makeconftest('pytest_plugins = ("harness.device", "harness.seed")')
    pytester.makeini("[pytest]\nmarkers = cuda: needs a device")
    return pytester


def draws(suite: pytest.Pytester, *options: str) -> list[str]:
    """Run the suite and list what its tests drew, in the order of their names."""
    result = suite.runpytest_subprocess("-rP", *options)
    assert result.ret == pytest.ExitCode.OK
    return sorted(set(re.findall(r"^draw .*$", result.stdout.str(), re.MULTILINE)))


def test_equal_seeds_draw_equally_and_others_otherwise(suite: pytest.Pytester) -> None:
    """A seed fixes every draw of the run."""
    suite.makepyfile(test_draws=DRAWS)
    first, again, other = (draws(suite, f"--seed={seed}") for seed in (7, 7, 8))
    assert first == again
    assert not set(first) & set(other)


@pytest.mark.slow
def test_each_test_draws_for_itself(suite: pytest.Pytester) -> None:
    """A test draws the same alone, among others, and on a worker; no two tests draw alike."""
    suite.makepyfile(test_draws=DRAWS)
    together = draws(suite)
    assert len({line.split()[-1] for line in together}) == 3
    assert draws(suite, "-k", "other") == [line for line in together if "other" in line]
    assert draws(suite, *WORKERS) == together


@pytest.mark.slow
@pytest.mark.parametrize("ci", ["", "true"], ids=["here", "in CI"])
def test_hypothesis_follows_the_seed(
    suite: pytest.Pytester, monkeypatch: pytest.MonkeyPatch, ci: str
) -> None:
    """One number repeats a whole run, generated examples included, also where CI is set."""
    monkeypatch.setenv("CI", ci) if ci else monkeypatch.delenv("CI", raising=False)
    suite.makepyfile(test_given=REPEATED)
    plugin = ("-p", "_hypothesis_pytestplugin")
    first, again, other = (draws(suite, *plugin, f"--seed={seed}") for seed in (7, 7, 8))
    assert first == again
    assert first != other


def test_fresh_seed_is_printed_and_repeats_the_run(suite: pytest.Pytester) -> None:
    """A run with a fresh seed can be repeated from its own log."""
    suite.makepyfile(test_draws=DRAWS)
    result = suite.runpytest_subprocess("-rP", "--seed=fresh", *WORKERS)
    seed = re.search(r"^seed: (\d+)", result.stdout.str(), re.MULTILINE).group(1)
    fresh = sorted(set(re.findall(r"^draw .*$", result.stdout.str(), re.MULTILINE)))
    assert draws(suite, f"--seed={seed}") == fresh


@pytest.mark.parametrize("value", ["-1", "1.5", "", "seven"])
def test_impossible_seed_is_a_usage_error(suite: pytest.Pytester, value: str) -> None:
    """A seed that is none is named, with what was wanted."""
    result = suite.runpytest_subprocess(f"--seed={value}")
    assert result.ret == pytest.ExitCode.USAGE_ERROR
    result.stderr.fnmatch_lines([f"*--seed wants an integer of at least 0*got '{value}'"])


def test_unknown_device_is_a_usage_error(suite: pytest.Pytester) -> None:
    """Only cpu, cuda and auto are devices."""
    result = suite.runpytest_subprocess("--device=tpu")
    assert result.ret == pytest.ExitCode.USAGE_ERROR
    result.stderr.fnmatch_lines(["*--device: invalid choice: 'tpu'*"])


def test_cpu_run_deselects_cuda_tests_and_counts_them(suite: pytest.Pytester) -> None:
    """What does not run is seen not to run."""
    suite.makepyfile(test_cuda=CUDA)
    result = suite.runpytest_subprocess()
    result.assert_outcomes(passed=1, deselected=1)
    result.stdout.fnmatch_lines(["device: cpu"])


def test_cuda_without_torch_is_a_usage_error(suite: pytest.Pytester) -> None:
    """A demand that cannot be met is refused before any test runs, and says what to install."""
    suite.makepyfile(torch="raise ImportError('none here')", test_cuda=CUDA)
    suite.syspathinsert()
    result = run_with_stand_in(suite, "--device=cuda")
    assert result.ret == pytest.ExitCode.USAGE_ERROR
    result.stderr.fnmatch_lines(["*--device cuda: PyTorch cannot be imported*extra 'torch'*"])


STAND_IN = """
__version__ = "0"
class version: cuda = None
class cuda:
    @staticmethod
    def is_available(): return {available}
def ones(*_, **__): raise RuntimeError("no kernel image for this device")
"""


def run_with_stand_in(suite: pytest.Pytester, *options: str) -> pytest.RunResult:
    """Run the suite where the stand-in for torch, in the suite's folder, comes first."""
    path = f"{suite.path}:{Path(__file__).parents[1]}"
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("PYTHONPATH", path)
        return suite.runpytest_subprocess(*options)


@pytest.mark.parametrize(
    ("available", "reason"),
    [
        (False, "*PyTorch 0 (a CPU build) finds no CUDA device*"),
        (True, "*cannot be used: no kernel*"),
    ],
)
def test_cuda_that_does_not_work_is_a_usage_error_and_auto_falls_back(
    suite: pytest.Pytester, *, available: bool, reason: str
) -> None:
    """Neither a missing device nor a broken one is ever mistaken for a working one."""
    suite.makepyfile(torch=STAND_IN.format(available=available), test_cuda=CUDA)
    demanded = run_with_stand_in(suite, "--device=cuda")
    assert demanded.ret == pytest.ExitCode.USAGE_ERROR
    demanded.stderr.fnmatch_lines([reason])
    offered = run_with_stand_in(suite, "--device=auto")
    offered.assert_outcomes(passed=1, deselected=1)
    offered.stdout.fnmatch_lines([f"device: cpu ({reason})"])


@pytest.mark.cuda
def test_device_adds_on_cuda(device: object) -> None:
    """With a usable GPU the fixture gives it."""
    assert str(device) == "cuda"


@pytest.mark.slow
@pytest.mark.skipif(importlib.util.find_spec("torch") is None, reason="needs the extra 'torch'")
def test_device_on_this_machine_is_found_out(suite: pytest.Pytester) -> None:
    """With the real torch, auto runs, and cuda runs exactly if auto settles on it."""
    suite.makepyfile(test_cuda=CUDA)
    settled = suite.runpytest_subprocess("--device=auto")
    assert settled.ret == pytest.ExitCode.OK
    usable = bool(re.search(r"^device: cuda$", settled.stdout.str(), re.MULTILINE))
    demanded = suite.runpytest_subprocess("--device=cuda")
    assert demanded.ret == (pytest.ExitCode.OK if usable else pytest.ExitCode.USAGE_ERROR)
