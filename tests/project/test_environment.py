"""The run itself is what it says it is: the installed wheel, the pinned versions, torch or none."""

import importlib.metadata
import importlib.util
import os
import subprocess
import sys
import sysconfig
from pathlib import Path

import pytest
from packaging.requirements import Requirement
from packaging.specifiers import SpecifierSet
from packaging.utils import canonicalize_name

CONSTRAINTS = Path(__file__).parents[2] / "constraints.txt"
# What an environment starts with, and what torch pins for itself where there is a CUDA device.
NOT_OURS_TO_PIN = ("varproof", "pip", "nvidia-", "cuda-", "triton")

in_tox = pytest.mark.skipif(
    "VARPROOF_INSTALLED" not in os.environ, reason="only tox installs the wheel and the pins"
)


@in_tox
@pytest.mark.parametrize("package", ["derivations", "impl", "varproof"])
def test_packages_under_test_come_from_the_installed_wheel(package: str) -> None:
    """Nothing is imported from the source tree, although the tests run inside it."""
    site_packages = Path(sysconfig.get_path("purelib")).resolve()
    module = importlib.import_module(package)
    assert Path(str(module.__file__)).resolve().is_relative_to(site_packages)


@in_tox
@pytest.mark.parametrize("package", ["derivations", "impl", "varproof"])
def test_processes_started_by_tests_use_the_installed_wheel(package: str) -> None:
    """A child process does not find the source tree either, wherever it is started."""
    program = f"import {package}; print({package}.__file__)"
    root = CONSTRAINTS.parent
    done = subprocess.run(
        [sys.executable, "-c", program], cwd=root, capture_output=True, text=True, check=True
    )
    site_packages = Path(sysconfig.get_path("purelib")).resolve()
    assert Path(done.stdout.strip()).resolve().is_relative_to(site_packages)


@pytest.mark.skipif(
    "VARPROOF_WITHOUT_TORCH" not in os.environ, reason="only the symbolic environments lack torch"
)
def test_symbolic_layer_runs_without_torch() -> None:
    """The environments of the symbolic layer cannot import torch, so nothing in it needs torch."""
    assert importlib.util.find_spec("torch") is None


@in_tox
def test_every_installed_distribution_is_pinned() -> None:
    """No version is left to the day of the run."""
    lines = CONSTRAINTS.read_text(encoding="utf-8").splitlines()
    pins = [Requirement(line) for line in lines if not line.startswith("#")]
    allowed = {canonicalize_name(pin.name): pin.specifier for pin in pins}
    floating = []
    # Not along sys.path: setuptools, once imported, adds packages of its own to it.
    for distribution in importlib.metadata.distributions(path=[sysconfig.get_path("purelib")]):
        name = canonicalize_name(distribution.metadata["Name"])
        if name.startswith(NOT_OURS_TO_PIN):
            continue
        if name not in allowed or not allowed[name].contains(distribution.version):
            floating.append(f"{name}=={distribution.version}")
    assert not floating


@in_tox
def test_every_pin_admits_the_lowest_python() -> None:
    """Python 3.11.0 can install what a later 3.11 was pinned with."""
    closed = [
        f"{distribution.metadata['Name']}: {wanted}"
        for distribution in importlib.metadata.distributions()
        if (wanted := distribution.metadata.get("Requires-Python"))
        and not SpecifierSet(wanted).contains("3.11.0")
    ]
    assert not closed
