"""Whoever has a law has its divergences; nothing that needs no torch imports it."""

import ast
import subprocess
import sys
from pathlib import Path

import pytest

import impl

pytest.importorskip("torch", reason="the samplers need torch")

FOLDER = Path(impl.__file__).parent
MODULES = sorted(f"impl.samplers.{p.stem}" for p in (FOLDER / "samplers").glob("[a-z]*.py"))
KUMARASWAMY = """
import torch
from torch.distributions import Beta, Uniform, kl_divergence
from impl.samplers.kumaraswamy import Kumaraswamy
p = Kumaraswamy(torch.tensor(2.0), torch.tensor(0.7))
assert kl_divergence(p, Beta(3.0, 2.0)) > 0.001
assert kl_divergence(Beta(3.0, 2.0), p) > 0.001
assert kl_divergence(p, Uniform(0.0, 1.0)) > 0.001
assert kl_divergence(p, Kumaraswamy(3.0, 2.0)) > 0.001
"""
SOFTMAX = """
import torch
from torch.distributions import Dirichlet, LogisticNormal, kl_divergence
from impl.samplers.softmax_gaussian import SoftmaxGaussian
alpha = torch.tensor([1.0, 3.0, 2.0])
p, q = SoftmaxGaussian.from_dirichlet(alpha), SoftmaxGaussian.from_dirichlet(2 * alpha)
other = LogisticNormal(torch.zeros(2), torch.ones(2))
laws = ((p, q), (p, Dirichlet(alpha)), (Dirichlet(alpha), p), (p, other))
assert all(kl_divergence(*pair) > 0.001 for pair in laws)
"""
NO_TORCH = """
import sys
try:
    __import__(sys.argv[1], fromlist=["main"]).main(["--help"])
except SystemExit:
    pass
except AttributeError:  # a package has no command
    pass
assert "torch" not in sys.modules
"""


def run(program: str, *arguments: str) -> None:
    """Run a program in an interpreter that has imported nothing of ours."""
    command = [sys.executable, "-c", program, *arguments]
    done = subprocess.run(command, cwd=FOLDER.parent, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr


@pytest.mark.slow
@pytest.mark.parametrize("program", [KUMARASWAMY, SOFTMAX], ids=["kumaraswamy", "softmax_gaussian"])
def test_importing_a_law_registers_its_divergences(program: str) -> None:
    """No further import is needed for torch's kl_divergence."""
    run(program)


def test_no_law_imports_the_divergences() -> None:
    """Imports go one way, as in torch.distributions: the module kl imports the laws."""
    importing = {
        path.stem
        for path in (FOLDER / "samplers").glob("*.py")
        for node in ast.walk(ast.parse(path.read_text("utf-8")))
        if isinstance(node, ast.ImportFrom)
        and (node.module == "impl.samplers.kl" or "kl" in {name.name for name in node.names})
    }
    assert importing == {"__init__"}


@pytest.mark.slow
def test_each_module_can_be_the_first_one_imported() -> None:
    """No module of the samplers needs another to have been imported before it."""
    assert len(MODULES) > 10
    forget = "for name in [n for n in sys.modules if n.startswith('impl')]: del sys.modules[name]"
    run("\n".join(["import sys, torch", *(f"{forget}\nimport {name}" for name in MODULES)]))


@pytest.mark.parametrize(
    "module", ["impl", "varproof.command", "impl.dice", "impl.samplers_command"]
)
def test_what_needs_no_torch_does_not_import_it(module: str) -> None:
    """The command line's help, and the dice, work without torch."""
    run(NO_TORCH, module)
