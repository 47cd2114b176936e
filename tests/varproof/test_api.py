"""`import varproof`: its public names, when they load, and what they do."""

from __future__ import annotations

import subprocess
import sys

import pytest

import varproof
from varproof import api

KEY = "kumaraswamy.density"


@pytest.mark.slow
def test_importing_it_imports_neither_sympy_nor_torch() -> None:
    """Nor does listing what is derived."""
    program = (
        "import sys, varproof\n"
        "assert varproof.__version__\n"
        "import varproof.command\n"
        "assert not {'sympy', 'torch', 'numpy', 'matplotlib'} & set(sys.modules)\n"
        "varproof.check\n"
        "assert 'sympy' in sys.modules\n"
        "assert 'torch' not in sys.modules\n"
    )
    subprocess.run([sys.executable, "-c", program], check=True)


@pytest.mark.parametrize("name", api.__all__)
def test_every_public_name_is_there_and_described(name: str) -> None:
    """In `dir`, and with a docstring where it is a function or a class of ours."""
    found = getattr(varproof, name)
    assert name in dir(varproof)
    assert not callable(found) or found.__doc__


def test_a_name_that_is_not_there_is_an_attribute_error() -> None:
    """As for any module, private names too."""
    for name in ("nonsense", "_nonsense", "__nonsense__"):
        assert not hasattr(varproof, name)


def test_check_gives_the_verdict_of_the_command() -> None:
    """By key, by derivation, or by the function that states it."""
    by_key = varproof.check(KEY, seed=3)
    assert by_key.verdict is varproof.Verdict.ESTABLISHED
    assert str(by_key) == f"{KEY}: established"
    derivation = varproof.derive(KEY)
    for what in (derivation, lambda: derivation):
        assert varproof.check(what, seed=3).findings == by_key.findings


def test_a_false_statement_of_ones_own_is_refuted_with_a_point() -> None:
    """Declared, stated and checked with public names alone; the error says where it fails."""
    a = varproof.Array("a", (), "a", varproof.POSITIVE)[()]

    @varproof.derivation("own.false", question="none", title="A false statement")
    def false() -> object:
        yield varproof.Domain(a)
        rule = varproof.Rule("square", "A number is its square.")
        yield varproof.result(rule, varproof.equal(a, a**2))

    found = varproof.check(false)
    assert found.verdict is varproof.Verdict.REFUTED
    assert "refuted: at" in str(found)
    assert "a = a²" in varproof.show(false)


@pytest.mark.slow
def test_the_distributions_are_those_for_torch() -> None:
    """Their divergence is torch's function, with ours registered."""
    torch = pytest.importorskip("torch")
    one = varproof.distributions.Kumaraswamy(torch.tensor(2.0), torch.tensor(3.0))
    beta = torch.distributions.Beta(torch.tensor(2.0), torch.tensor(3.0))
    assert varproof.distributions.kl_divergence(one, beta) > 0


def test_without_torch_one_line_names_the_extra() -> None:
    """An import error, as Python's own would be, and how to go on."""
    program = (
        "import sys\n"
        "sys.modules['torch'] = None\n"
        "import varproof\n"
        "try:\n"
        "    varproof.distributions\n"
        "except ModuleNotFoundError as error:\n"
        "    assert '.[torch]' in str(error), error\n"
        "else:\n"
        "    raise SystemExit(1)\n"
    )
    subprocess.run([sys.executable, "-c", program], check=True)
