"""A stranger who reads the printed pages alone finds every claim true, and broken ones false."""

import subprocess
import sys
from pathlib import Path

import pytest
from stranger.verdicts import AGREES, DEFINES, DISAGREES, NOT_EVALUATED, Stranger, agrees

from derivations.claims.mutation import Fate, mutants
from derivations.claims.statements import Claim
from derivations.index import derive, entries
from derivations.printing.notation import to_text
from derivations.printing.page import note_on
from derivations.printing.show import plain, show

SLOW = (
    "dice.coordinate_ascent",
    "dice.log_evidence",
    "gaussian_vae.gradient_variance",
    "gaussian_vae.sampled_kl_gradient",
    "linear_vae.gradients",
    "softmax_gaussian.laplace",
)
KEYS = [pytest.param(e.key, marks=pytest.mark.slow) if e.key in SLOW else e.key for e in entries()]
FOLDER = Path(__file__).parents[2] / "stranger"


@pytest.mark.parametrize("key", KEYS)
def test_a_stranger_agrees_with_every_claim(key: str) -> None:
    """No claim of a page disagrees, and none is left unevaluated."""
    found = [v for v in Stranger(show(key, "text")).verdicts() if v.finding != DEFINES]
    assert found
    assert [str(v) for v in found if v.finding == DISAGREES] == []
    evaluated = sum(v.finding == AGREES for v in found)
    assert evaluated == len(found), [str(v) for v in found if v.finding == NOT_EVALUATED]


BROKEN = [
    ("gaussian_vae.elbo", "- KL(q(z | x) ‖ p(z))", "- KL(p(z) ‖ q(z | x))"),
    ("gaussian_vae.elbo", "log p(x) - KL(q(z | x) ‖ p(z | x))", "log p(x) - KL(q(z | x) ‖ p(z))"),
    ("gaussian_vae.elbo", "ℒ ≤ log p(x)", "log p(x) ≤ ℒ"),
    ("gaussian_vae.elbo", "𝔼_{q(z | x)}[log p(x | z)]", "𝔼_{q(z | x)}[log p(x)]"),
    ("gaussian_vae.elbo", "log u ≤ u - 1", "log u ≤ u - 2"),
    ("gaussian_vae.gaussian_kl", "σ²_k - log σ²_k - 1)", "σ²_k + log σ²_k - 1)"),
    ("gaussian_vae.gaussian_kl", "((μ_k - m_k)² + σ²_k)/s²_k", "((μ_k - m_k)² + s²_k)/σ²_k"),
    ("gaussian_vae.gaussian_kl", "Let σ²_k := exp(λ_k)", "Let σ²_k := exp(2 λ_k)"),
    ("gaussian_vae.reparameterization", "= 𝕀{k = j} √(σ²_k)", "= 𝕀{k = j} σ²_k"),
    ("gaussian_vae.reparameterization", "z̃ ~ 𝒩(μ, diag(σ²))", "z̃ ~ 𝒩(μ, I)"),
    ("gaussian_vae.bernoulli_logits", "= x_d - θ_d", "= θ_d - x_d"),
    ("gaussian_vae.bernoulli_logits", "x_d ~ Bernoulli(θ_d)", "x_d ~ Bernoulli(1 - θ_d)"),
    ("gaussian_vae.importance_weighted_bound", "ℒ_k ≤ ℒ_{k+1}", "ℒ_{k+1} ≤ ℒ_k"),
    ("gaussian_vae.pathwise_gradient", "𝔼_{q(z | x)}[∂f(z)/∂z_k]", "𝔼_{p(ε)}[∂f(ε)/∂ε_k]"),
    ("kumaraswamy.density", "a b x^{a-1} · (1 - x^a)^{b-1}", "a b x^{b-1} · (1 - x^b)^{a-1}"),
    ("kumaraswamy.entropy", "x ~ Kumaraswamy(a, b)", "x ~ Beta(a, b)"),
    ("kumaraswamy.law", "~ Kumaraswamy(a, b)", "~ Kumaraswamy(b, a)"),
    ("kumaraswamy.moments", "1 - x^a ~ Beta(b, 1)", "1 - x^a ~ Beta(1, b)"),
    ("kumaraswamy.mode", "f(x) ≤ f(x^*)", "f(x^*) ≤ f(x)"),
    ("kumaraswamy.equals_beta", "< (d x^{d-1})/(1 - x^d)", "< (d x^{d-1})/(1 - x)"),
    ("mmd.kernel_form", "𝔼_{q(y) q(y′)}[k(y, y′)]", "𝔼_{q(y) q(y′)}[k(y, y)]"),
    ("mmd.v_statistic", "- 2 𝔼_{p(x) q(y)}[k(x, y)]", "- 𝔼_{p(x) q(y)}[k(x, y)]"),
    ("mmd.u_statistic", "n · (n - 1)", "n · n"),
    ("mmd.inert_in_high_dimension", "a exp(-a) ≤ exp(-1)", "a exp(-a) ≤ exp(-2)"),
    ("linear_vae.posterior", "𝒩(z | m, (σ² M^{-1}_{k,l})_{k,l})", "𝒩(z | m, (M^{-1}_{k,l})_{k,l})"),
    ("linear_vae.evidence", "p(x) = 𝒩(x | c, C)", "p(x) = 𝒩(x | c, I)"),
    ("linear_vae.elbo", "KL(q(z) ‖ p(z | x)) =", "KL(p(z | x) ‖ q(z)) ="),
    ("softmax_gaussian.moment_matching", "= ψ(α_k) - ψ(∑", "= ψ(α_k) - ψ′(∑"),
    ("softmax_gaussian.back_to_concentration", "- 2/K + 1)/v_k", "- 1/K + 1)/v_k"),
    ("softmax_gaussian.dirichlet_in_softmax_basis", "= K ∏_{k=1..K} x_k", "= ∏_{k=1..K} x_k"),
    ("dice.log_joint", "log ρ_{i+l-1,d}", "log ρ_{i,d}"),
    ("dice.q_z1", "does not depend on Z¹_n", "does not depend on π¹"),
    ("dice.q_pi1", "= Dirichlet(π¹ | α̂^{1 *})", "= Dirichlet(π¹ | α̂¹)"),
    ("dice.q_rho", "𝕀{X_{n,j} = d} φ¹_{n,i} φ²_{n,l} - 1", "𝕀{X_{n,j} = d} φ¹_{n,i} φ²_{n,l}"),
    ("dice.elbo", "H[q(Z¹_n)] = -∑", "H[q(Z¹_n)] = ∑"),
]  # fmt: skip
"""A key, what its page says, and what a broken page says in its place."""


@pytest.mark.slow
@pytest.mark.parametrize(("key", "said", "broken"), BROKEN)
def test_a_stranger_disagrees_with_a_broken_page(key: str, said: str, broken: str) -> None:
    """A page whose text was changed has a claim that disagrees."""
    text = show(key, "text")
    assert said in text
    found = Stranger(text.replace(said, broken)).verdicts()
    assert any(v.finding == DISAGREES for v in found)


@pytest.mark.parametrize("broken", [False, True])
def test_the_command_says_a_line_a_claim(tmp_path: Path, *, broken: bool) -> None:
    """The exit status is 1 where a claim disagrees, and the line shows the instance and numbers."""
    text = show("kumaraswamy.density", "text")
    page = tmp_path / "page.txt"
    page.write_text(text.replace("F(0) = 0", "F(0) = 1") if broken else text, "utf-8")
    ran = subprocess.run(
        [sys.executable, FOLDER, page], capture_output=True, text=True, check=False
    )
    assert ran.returncode == int(broken), ran.stderr
    lines = ran.stdout.splitlines()
    assert len(lines) == 5
    assert [line for line in lines if line.startswith(DISAGREES)] == lines[:1] * broken
    assert lines[-1] == f"4 claims: {4 - broken} agree, {int(broken)} disagree"


@pytest.mark.parametrize(
    ("name", "status", "told"),
    [
        ("foo.txt", 2, "error: no claims found in foo.txt"),
        ("nowhere.txt", 2, "error: nowhere.txt: no such file or directory"),
        ("--help", 0, ""),
    ],
)
def test_the_command_refuses_what_is_no_derivation(
    tmp_path: Path, name: str, status: int, told: str
) -> None:
    """A file without claims is not one whose claims agree; help is printed on demand."""
    (tmp_path / "foo.txt").write_text("foo\n", "utf-8")
    command = [sys.executable, FOLDER, name]
    ran = subprocess.run(command, cwd=tmp_path, capture_output=True, text=True, check=False)
    assert (ran.returncode, ran.stderr.strip()) == (status, told)


def test_a_stranger_imports_nothing_of_the_project() -> None:
    """Neither ``derivations`` nor SymPy is loaded when a stranger reads a page."""
    script = (
        "import sys; sys.path.insert(0, sys.argv[1]); import stranger.verdicts; "
        "print([m for m in sys.modules if m.split('.')[0] in {'derivations', 'sympy', 'impl'}])"
    )
    command = [sys.executable, "-c", script, str(FOLDER.parent)]
    ran = subprocess.run(command, capture_output=True, text=True, check=True)
    assert ran.stdout.strip() == "[]"


@pytest.mark.slow
@pytest.mark.parametrize(
    "key",
    [
        "gaussian_vae.elbo",
        "gaussian_vae.gaussian_kl",
        "kumaraswamy.equals_beta",
        "linear_vae.posterior",
        "mmd.kernel_form",
        "softmax_gaussian.back_to_concentration",
    ],
)
def test_what_is_still_true_is_so_to_a_stranger(key: str) -> None:
    """A changed statement that stands does so to a stranger; a refuted equation does not."""
    text = show(key, "text")
    true = refuted = 0
    for mutant in mutants(derive(key), 3, 10):
        if not isinstance(mutant.after, Claim) or mutant.fate not in {Fate.TRUE, Fate.REFUTED}:
            continue
        claim = f"{to_text(mutant.after)} {plain(note_on(mutant.after))}"
        verdict = agrees(claim, text)
        if mutant.fate is Fate.TRUE:
            true += 1
            assert verdict.finding == AGREES, str(verdict)
        elif mutant.fate is Fate.REFUTED and mutant.after.relation == "=":
            refuted += 1
            assert verdict.finding != AGREES, str(verdict)
    assert true or refuted
