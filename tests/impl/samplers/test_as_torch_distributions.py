"""Our distributions behave as torch's own do: each property is asked of ours and of torch's.

Kumaraswamy stands beside torch's Kumaraswamy, SoftmaxGaussian beside torch's LogisticNormal.
"""

import copy
import io
import math
import pickle
from collections.abc import Callable, Iterator

import numpy as np
import pytest
import torch
from torch import Tensor
from torch.autograd import gradcheck, gradgradcheck
from torch.distributions import Beta, Dirichlet, Distribution, LogisticNormal, kl_divergence
from torch.distributions import Kumaraswamy as TorchKumaraswamy
from torch.func import grad, hessian, jacfwd, jacrev, jvp, vmap

from impl.errors import InputError
from impl.samplers.kumaraswamy import Kumaraswamy
from impl.samplers.softmax_gaussian import SoftmaxGaussian

F16, BF16, F32, F64 = torch.float16, torch.bfloat16, torch.float32, torch.float64
Law = Callable[..., Distribution]
PAIRS: dict[str, tuple[Law, Law]] = {
    "Kumaraswamy": (Kumaraswamy, TorchKumaraswamy),
    "SoftmaxGaussian": (
        SoftmaxGaussian,
        lambda loc, variance, **more: LogisticNormal(loc[..., :-1], variance[..., :-1], **more),
    ),
}
NAMES = sorted(PAIRS)
EVENT = {"Kumaraswamy": (), "SoftmaxGaussian": (3,)}


@pytest.fixture
def compiling() -> Iterator[None]:
    """Turn validation off by default, as torch.compile does at its first use, and on again."""
    before = Distribution._validate_args  # noqa: SLF001 - torch has no other way to ask
    Distribution.set_default_validate_args(False)
    yield
    Distribution.set_default_validate_args(before)


def parameters(name: str, *batches: tuple[int, ...], dtype: torch.dtype = F64) -> list[Tensor]:
    """Two parameters above 0, of these batch shapes."""
    size = EVENT[name]
    rng = np.random.default_rng(5)
    return [
        torch.tensor(rng.uniform(0.5, 3, batch + size)).to(dtype)
        for batch in (batches or ((2,), (2,)))
    ]


def both(name: str) -> list[Law]:
    """Ours, and torch's own."""
    return list(PAIRS[name])


# Shapes


@pytest.mark.parametrize("name", NAMES)
@pytest.mark.parametrize(
    "batches", [((), ()), ((3,), (3,)), ((4, 1), (3,)), ((), (2, 3)), ((0,), ()), ((2, 1), (1, 5))]
)
@pytest.mark.parametrize("sample", [(), (2,), (0,), (3, 2)])
def test_shapes_are_those_of_torch(
    name: str, batches: tuple[tuple[int, ...], ...], sample: tuple[int, ...]
) -> None:
    """Batch, event, draws, densities and expanded laws have the shapes that torch's have.

    torch's LogisticNormal cannot draw nothing; there ours has the shape that the rules say.
    """
    ours, theirs = (law(*parameters(name, *batches)) for law in both(name))
    assert (ours.batch_shape, ours.event_shape) == (theirs.batch_shape, theirs.event_shape)
    wide = ours.expand((7, *ours.batch_shape))
    assert wide.batch_shape == theirs.expand((7, *ours.batch_shape)).batch_shape
    for one in (ours, wide):
        x = one.rsample(sample)
        assert x.shape == torch.Size(sample) + one.batch_shape + one.event_shape
        assert one.log_prob(x).shape == torch.Size(sample) + one.batch_shape
        if x.numel():
            same = theirs if one is ours else theirs.expand(wide.batch_shape)
            assert same.rsample(sample).shape == x.shape
            assert same.log_prob(same.sample(sample)).shape == one.log_prob(x).shape


@pytest.mark.parametrize("name", NAMES)
def test_parameters_that_do_not_broadcast_raise_torchs_class_of_error(name: str) -> None:
    """A RuntimeError, as torch's; ours is an InputError as well."""
    given = parameters(name, (2,), (3,))
    for law in both(name):
        with pytest.raises(RuntimeError):
            law(*given)
    with pytest.raises(InputError, match="broadcasts"):
        PAIRS[name][0](*given)


@pytest.mark.parametrize("name", NAMES)
def test_values_that_do_not_broadcast_raise_torchs_class_of_error(name: str) -> None:
    """A ValueError from log_prob, when values are checked."""
    for law in both(name):
        one = law(*parameters(name))
        with pytest.raises(ValueError, match="broadcast"):
            one.log_prob(one.expand((5, 2)).sample()[:, :1].expand((5, 3, *one.event_shape)))


# Validation


@pytest.mark.parametrize("name", NAMES)
@pytest.mark.parametrize("place", [0, 1])
def test_a_bad_parameter_raises_in_torchs_words_and_only_if_checked(name: str, place: int) -> None:
    """Whoever matches on torch's message finds it; without validation nothing is checked."""
    given = parameters(name)
    given[place] = given[place] * math.nan
    words = "Expected parameter .* of distribution .* to satisfy the constraint"
    for law in both(name):
        with pytest.raises(ValueError, match=words):
            law(*given)
        assert law(*given, validate_args=False).batch_shape == (2,)


@pytest.mark.parametrize("name", NAMES)
def test_a_value_outside_of_the_support_raises_in_torchs_words_and_only_if_checked(
    name: str,
) -> None:
    """As above, of log_prob; an expanded law checks as the first one does."""
    for law in both(name):
        for checks in (True, False):
            one = law(*parameters(name), validate_args=checks).expand((4, 2))
            value = one.sample() - 2
            if checks:
                words = "Expected value argument .* to be within the support"
                with pytest.raises(ValueError, match=words):
                    one.log_prob(value)
            else:
                assert one.log_prob(value).shape == (4, 2)


@pytest.mark.parametrize("fit", ["laplace", "moments"])
def test_a_fit_is_not_checked_if_not_asked(fit: str) -> None:
    """Neither its entries, nor inside of vmap and on the meta device, where none can be seen."""
    alpha = torch.tensor([[1.0, -2.0, 3.0]], dtype=F64)
    with pytest.raises(InputError, match="concentration"):
        SoftmaxGaussian.from_dirichlet(alpha, fit)
    law = SoftmaxGaussian.from_dirichlet(alpha, fit, validate_args=False)
    assert law.batch_shape == (1,)
    meta = SoftmaxGaussian.from_dirichlet(torch.ones(4, 3, device="meta"), fit)
    assert meta.rsample((2,)).shape == (2, 4, 3)
    whole = vmap(lambda a: SoftmaxGaussian.from_dirichlet(a, fit).loc)(alpha.abs())
    torch.testing.assert_close(whole, SoftmaxGaussian.from_dirichlet(alpha.abs(), fit).loc)


# The ends of the unit interval

ENDS = [(0.5, 0.5), (0.5, 1.0), (1.0, 0.5), (1.0, 1.0), (1.0, 2.0), (2.0, 1.0), (3.0, 1.0)]
ENDS += [(2.0, 3.0), (1.0, 0.3), (50.0, 1.0)]


def unit(value: float, dtype: torch.dtype = F64) -> Tensor:
    """A number to differentiate by."""
    return torch.tensor(value, dtype=dtype, requires_grad=True)


@pytest.mark.parametrize(("a", "b"), ENDS)
@pytest.mark.parametrize("end", [0.0, 1.0])
def test_where_a_log_density_is_finite_at_an_end_its_slope_is_the_limit(
    a: float, b: float, end: float
) -> None:
    """By x: -(b-1) at 0 if a = 1, and a-1 at 1 if b = 1; second derivatives are numbers, too.

    The limits are taken from the density just inside, in torch's own class.
    """
    x = unit(end)
    found = Kumaraswamy(a, b).log_prob(x)
    inside = unit(abs(end - 1e-9))
    truth = TorchKumaraswamy(torch.tensor(a, dtype=F64), torch.tensor(b, dtype=F64)).log_prob(
        inside
    )
    if not found.isfinite():
        assert truth.abs() > 5
        return
    assert float(found.detach()) == pytest.approx(float(truth.detach()), abs=1e-6)
    (slope,) = torch.autograd.grad(found, x, create_graph=True)
    (limit,) = torch.autograd.grad(truth, inside)
    assert float(slope.detach()) == pytest.approx(float(limit), rel=1e-6, abs=1e-6)
    if slope.requires_grad:
        assert torch.autograd.grad(slope, x)[0].isfinite()


@pytest.mark.parametrize(("a", "b"), ENDS)
@pytest.mark.parametrize("end", [0.0, 1.0])
@pytest.mark.parametrize("method", ["cdf", "icdf"])
def test_distribution_function_and_quantile_have_their_limits_at_the_ends(
    a: float, b: float, end: float, method: str
) -> None:
    """0 at 0 and 1 at 1; slopes are the limits by x, infinite or not, and 0 by a and b."""
    x, first, second = unit(end), unit(a), unit(b)
    found = getattr(Kumaraswamy(first, second), method)(x)
    assert float(found.detach()) == end
    slopes = torch.autograd.grad(found, (x, first, second))
    assert [float(slope) for slope in slopes[1:]] == [0, 0]
    inside = unit(abs(end - 1e-12))
    near = getattr(TorchKumaraswamy(torch.tensor(a, dtype=F64), torch.tensor(b, dtype=F64)), method)
    (limit,) = torch.autograd.grad(near(inside), inside)
    if float(slopes[0]) == math.inf:
        assert float(limit) > 100
    elif float(slopes[0]) == 0:
        assert float(limit) < 0.1
    else:
        assert float(slopes[0]) == pytest.approx(float(limit), rel=1e-3, abs=1e-12)


@pytest.mark.parametrize("dtype", [F32, F64])
@pytest.mark.parametrize(("a", "b"), [*ENDS, (0.01, 0.01), (1e-3, 5.0), (5.0, 1e-3)])
def test_quantiles_of_levels_lead_back_also_where_levels_round_to_an_end(
    a: float, b: float, dtype: torch.dtype
) -> None:
    """icdf(cdf(x)) is a number of [0, 1] everywhere, and x where the level is far from its ends."""
    law = Kumaraswamy(torch.tensor(a, dtype=dtype), torch.tensor(b, dtype=dtype))
    x = torch.linspace(0, 1, 41, dtype=dtype)
    level = law.cdf(x)
    back = law.icdf(level)
    assert bool(((back >= 0) & (back <= 1)).all())
    middle = (level > 0.01) & (level < 0.99)
    torch.testing.assert_close(
        back[middle], x[middle], rtol=3e-4 if dtype == F32 else 1e-11, atol=0
    )


@pytest.mark.parametrize(("a", "b"), [(3000.0, 1.0), (30000.0, 1.0), (1.0, 1.0)])
def test_gradients_along_draws_are_numbers_where_draws_round_to_an_end(a: float, b: float) -> None:
    """Draws in float32, some of which are 1: the gradient is that of the mean."""
    torch.manual_seed(1)
    first = unit(a, F32)
    x = Kumaraswamy(first, b).rsample((50_000,))
    if a > 1:
        assert bool((x == 1).any())
    (slope,) = torch.autograd.grad(Kumaraswamy(first, b).log_prob(x).mean(), first)
    # E[log f(x)] = log a - (1 - 1/a) with b = 1, so that the slope is 1/a - 1/a^2.
    assert float(slope) == pytest.approx(1 / a - 1 / a**2, abs=2e-2 / a)


# Derivatives

# torch's own machinery warns of itself; shapes are looked at where a function is traced.
quiet = pytest.mark.filterwarnings(
    "ignore:`torch.jit:DeprecationWarning", "ignore::torch.jit.TracerWarning"
)


def seeded(function: Callable[..., Tensor]) -> Callable[..., Tensor]:
    """Draw with one seed, whenever it is called."""

    def again(*given: Tensor) -> Tensor:
        torch.manual_seed(8)
        return function(*given)

    return again


def first_draws(law: Distribution) -> Tensor:
    """Draws without a dimension for the sample, so that rows of a batch do not mix."""
    return law.rsample((2,)).sum(0)


FUNCTIONS: dict[str, Callable[[Tensor, Tensor, Tensor], Tensor]] = {
    "log_prob": lambda a, b, x: Kumaraswamy(a, b).log_prob(x),
    "cdf": lambda a, b, x: Kumaraswamy(a, b).cdf(x),
    "icdf": lambda a, b, x: Kumaraswamy(a, b).icdf(x),
    "entropy": lambda a, b, _: Kumaraswamy(a, b).entropy(),
    "mean": lambda a, b, _: Kumaraswamy(a, b).mean,
    "variance": lambda a, b, _: Kumaraswamy(a, b).variance,
    "kl to Beta": lambda a, b, _: kl_divergence(Kumaraswamy(a, b), Beta(b, a)),
    "kl from Beta": lambda a, b, _: kl_divergence(Beta(a, b), Kumaraswamy(b, a)),
    "rsample": seeded(lambda a, b, _: first_draws(Kumaraswamy(a, b))),
    "rsample_log": seeded(lambda a, b, _: sum(Kumaraswamy(a, b).rsample_log())),
    "softmax log_prob": lambda a, b, x: SoftmaxGaussian(a, b).log_prob(x / x.sum(-1, keepdim=True)),
    "softmax rsample": seeded(lambda a, b, _: first_draws(SoftmaxGaussian(a, b))),
    "softmax kl": lambda a, b, x: kl_divergence(SoftmaxGaussian(a, b), SoftmaxGaussian(x, a)),
    "softmax kl from Dirichlet": lambda a, b, x: kl_divergence(Dirichlet(x), SoftmaxGaussian(a, b)),
    "softmax factor": lambda a, b, x: SoftmaxGaussian(a, scale_tril=torch.diag_embed(b)).log_prob(
        x / x.sum(-1, keepdim=True)
    ),
}
RANDOM = {"rsample", "rsample_log", "softmax rsample"}


def three() -> tuple[Tensor, Tensor, Tensor]:
    """Concentrations and a point, of shape (3,)."""
    numbers = ([0.7, 2.0, 3.0], [1.3, 0.4, 5.0], [0.2, 0.5, 0.9])
    a, b, x = (torch.tensor(part, dtype=F64) for part in numbers)
    return a, b, x


@quiet
@pytest.mark.parametrize("name", FUNCTIONS)
def test_first_and_second_derivatives_are_differences(name: str) -> None:
    """In reverse and in forward mode, by parameters and arguments; second ones, too."""
    given = tuple(part.requires_grad_() for part in three())
    assert gradcheck(FUNCTIONS[name], given, check_forward_ad=True)
    assert gradgradcheck(FUNCTIONS[name], given)


@quiet
@pytest.mark.parametrize("name", FUNCTIONS)
def test_functional_transformations_agree_with_backward(name: str) -> None:
    """torch.func's grad, jacrev, jacfwd, jvp and hessian, and forward mode within itself."""
    function = FUNCTIONS[name]

    def total(*given: Tensor) -> Tensor:
        return function(*given).sum()

    points = three()
    given = tuple(part.clone().requires_grad_() for part in points)
    slopes = torch.autograd.grad(total(*given), given, create_graph=True, materialize_grads=True)
    places = (0, 1, 2)
    shared = {"randomness": "same"}
    for found in (
        grad(total, places)(*points),
        jacrev(total, places)(*points),
        jacfwd(total, places, **shared)(*points),
    ):
        torch.testing.assert_close(found, slopes, rtol=1e-11, atol=1e-12)
    _, moved = jvp(total, points, tuple(torch.ones_like(part) for part in points))
    whole = sum(slope.sum() for slope in slopes)
    torch.testing.assert_close(moved, whole, rtol=1e-11, atol=1e-12)
    bends = torch.autograd.grad(slopes[0].sum(), given[0], materialize_grads=True)[0]
    forward = jacfwd(jacfwd(total, **shared), **shared)(*points)
    reverse = jacrev(jacrev(total))(*points)
    torch.testing.assert_close(reverse.sum(0), bends, rtol=1e-10, atol=1e-11)
    torch.testing.assert_close(forward, reverse, rtol=1e-10, atol=1e-11)
    if name not in RANDOM:
        torch.testing.assert_close(hessian(total)(*points), reverse, rtol=1e-10, atol=1e-11)


@pytest.mark.parametrize("name", FUNCTIONS)
def test_vmap_is_a_loop(name: str) -> None:
    """Over a batch; draws need torch's own flag, and differ along the batch."""
    batch = tuple(torch.stack((part, 0.9 * part)) for part in three())
    function = FUNCTIONS[name]
    if name in RANDOM:
        with pytest.raises(RuntimeError, match="random"):
            vmap(function)(*batch)
        assert vmap(function, randomness="different")(*batch).shape[0] == 2
        return
    each = torch.stack([function(*row) for row in zip(*batch, strict=True)])
    torch.testing.assert_close(vmap(function)(*batch), each, rtol=1e-12, atol=1e-13)


@quiet
@pytest.mark.parametrize("name", FUNCTIONS)
def test_a_traced_function_is_the_function_at_other_points(name: str) -> None:
    """What torch.jit.trace recorded at one point holds at others."""
    points = three()
    traced = torch.jit.trace(FUNCTIONS[name], points, check_trace=False)
    others = tuple(1.07 * part for part in points)
    torch.manual_seed(8)
    found = traced(*others)
    torch.testing.assert_close(found, FUNCTIONS[name](*others), rtol=1e-11, atol=1e-12)


# The compiler's modules warn of torch's own deprecations.
compiler = pytest.mark.filterwarnings("ignore::DeprecationWarning", "ignore::FutureWarning")
COMPILED = ["log_prob", "cdf", "icdf", "kl to Beta", "softmax kl", "softmax factor"]


@compiler
@pytest.mark.usefixtures("compiling")
@pytest.mark.slow  # a compiler runs
@pytest.mark.parametrize("name", COMPILED)
def test_a_compiled_function_is_the_function(name: str) -> None:
    """As one graph, at concentrations down to 0.001: values and gradients by all three."""
    function = FUNCTIONS[name]
    a, b, x = three()
    if not name.startswith("softmax"):
        a, b = (
            torch.cat((a, torch.tensor([0.0011, 1e3]))),
            torch.cat((b, torch.tensor([0.0016, 1e4]))),
        )
        x = torch.cat((x, torch.tensor([1e-9, 0.4])))
    found = []
    for work in (function, torch.compile(function, fullgraph=True)):
        given = tuple(part.to(F64, copy=True).requires_grad_() for part in (a, b, x))
        value = work(*given)
        weight = torch.linspace(0.3, 1.7, value.numel(), dtype=F64).reshape(value.shape)
        slopes = torch.autograd.grad((weight * value).sum(), given, materialize_grads=True)
        found.append((value.detach(), *slopes))
    torch._dynamo.reset()  # noqa: SLF001 - torch has no public name
    torch.testing.assert_close(found[1], found[0], rtol=1e-11, atol=1e-12)


@compiler
@pytest.mark.usefixtures("compiling")
@pytest.mark.slow  # a compiler runs
@pytest.mark.parametrize("name", NAMES)
def test_compiled_draws_lie_in_the_support(name: str) -> None:
    """As one graph; the compiler has a generator of its own."""

    def draw(*given: Tensor) -> Tensor:
        return PAIRS[name][0](*given).rsample((100,))

    given = parameters(name)
    x = torch.compile(draw, fullgraph=True)(*given)
    torch._dynamo.reset()  # noqa: SLF001 - torch has no public name
    assert bool(PAIRS[name][0](*given).log_prob(x).isfinite().all())


# Dtypes

DTYPES = [(one, other) for one in (F16, BF16, F32, F64) for other in (F16, BF16, F32, F64)]


@pytest.mark.parametrize("name", NAMES)
@pytest.mark.parametrize(("first", "second"), DTYPES)
def test_dtypes_are_promoted_as_torch_does(
    name: str, first: torch.dtype, second: torch.dtype
) -> None:
    """Draws and densities have the promoted dtype, and the values of float64 up to its rounding."""
    given = [part.to(kind) for part, kind in zip(parameters(name), (first, second), strict=True)]
    law = PAIRS[name][0](*given)
    dtype = torch.promote_types(first, second)
    torch.manual_seed(2)
    x = law.rsample((20,))
    assert x.dtype == dtype
    if {F16, BF16}.isdisjoint({first, second}):
        torch.manual_seed(2)
        assert PAIRS[name][1](*given).rsample((20,)).dtype == dtype
    x = x.clamp(0.05, 0.9)
    x = x / x.sum(-1, keepdim=True) if law.event_shape else x
    found = law.log_prob(x)
    assert found.dtype == dtype
    truth = PAIRS[name][0](*(part.to(F64) for part in given), validate_args=False)
    exact = truth.log_prob(x.to(F64))
    eps = torch.finfo(dtype).eps
    size = 1 + exact.abs().max()
    if dtype in {F16, BF16} or not law.event_shape:
        torch.testing.assert_close(found.to(F64), exact, rtol=0, atol=float(2 * eps * size))
    names = ["entropy"] + (["log_ratio_entropy", "expected_log"] if law.event_shape else [])
    assert {getattr(law, part)().dtype for part in names} == {dtype}
    assert {law.mean.dtype, law.variance.dtype} == {dtype}
    torch.testing.assert_close(law.mean.to(F64), truth.mean, rtol=float(2 * eps), atol=0)


@pytest.mark.parametrize("size", [3, 16])
def test_autocast_changes_nothing(size: int) -> None:
    """Densities, draws and divergences are those without it, from a factor of any size."""
    rng = np.random.default_rng(3)
    factor = torch.tensor(np.tril(rng.normal(size=(size, size)), -1), dtype=F32) + torch.eye(size)
    loc = torch.tensor(rng.normal(size=size), dtype=F32)
    x = torch.softmax(torch.tensor(rng.normal(size=(5, size)), dtype=F32), -1)
    value = torch.tensor([0.2, 0.7])

    def results() -> list[Tensor]:
        torch.manual_seed(4)
        one = SoftmaxGaussian(loc, scale_tril=factor)
        two = SoftmaxGaussian(loc, covariance_matrix=factor @ factor.mT + torch.eye(size))
        other = Kumaraswamy(torch.tensor([0.7, 2.0]), torch.tensor(1.3))
        return [
            one.log_prob(x),
            one.rsample((3,)),
            one.covariance_matrix,
            kl_divergence(one, one.expand((2,))),
            kl_divergence(Dirichlet(loc.exp()), one),
            two.loc,
            other.rsample((3,)),
            other.log_prob(value),
            kl_divergence(other, Beta(1.5, 2.0)),
        ]

    plain = results()
    with torch.autocast("cpu", dtype=BF16):
        torch.testing.assert_close(results(), plain, rtol=0, atol=0)


# Objects


@pytest.mark.parametrize("name", NAMES)
def test_a_law_is_copied_and_pickled(name: str) -> None:
    """A copy has the same density; so has what comes back from a file."""
    for law in both(name):
        one = law(*parameters(name))
        x = one.sample((3,))
        stream = io.BytesIO()
        pickle.dump(one, stream)
        stream.seek(0)
        for other in (copy.deepcopy(one), copy.copy(one), pickle.load(stream)):  # noqa: S301
            assert torch.equal(other.log_prob(x), one.log_prob(x))


SPREADS = {
    "gaussian_variance": torch.tensor([0.5, 2.0, 0.7], dtype=F64),
    "covariance_matrix": torch.diag(torch.tensor([0.5, 2.0, 0.7], dtype=F64)),
    "scale_tril": torch.diag(torch.tensor([0.5, 2.0, 0.7], dtype=F64)),
}


@pytest.mark.parametrize("given", SPREADS)
def test_every_parameter_is_named_and_satisfies_its_constraint(given: str) -> None:
    """Of a law by each spread: its text names what was given, and no other spread."""
    law = SoftmaxGaussian(torch.zeros(2, 3, dtype=F64), **{given: SPREADS[given]})
    assert set(law.arg_constraints) == {"loc", *SPREADS}
    for name, constraint in law.arg_constraints.items():
        assert bool(constraint.check(getattr(law, name)).all()), name
    shape = "torch.Size([2, 3])" if given == "gaussian_variance" else "torch.Size([2, 3, 3])"
    assert repr(law) == f"SoftmaxGaussian(loc: torch.Size([2, 3]), {given}: {shape})"
    factor = law.scale_tril
    torch.testing.assert_close(factor @ factor.mT, law.covariance_matrix)
    wide = law.expand((5, 2))
    assert wide.scale_tril.shape == (5, 2, 3, 3)
    torch.testing.assert_close(wide.scale_tril[0], factor)


def test_text_and_constraints_of_kumaraswamy_are_torchs() -> None:
    """Single numbers are shown, others by their shape."""
    for batch in ((), (1,), (2, 3)):
        given = parameters("Kumaraswamy", batch, batch)
        ours, theirs = (law(*given) for law in both("Kumaraswamy"))
        assert repr(ours) == repr(theirs)
    assert Kumaraswamy.arg_constraints == TorchKumaraswamy.arg_constraints


def test_a_factor_of_a_singular_covariance_has_its_law() -> None:
    """Centred, it has none of full rank; what is returned gives the same density."""
    centring = torch.eye(3, dtype=F64) - 1 / 3
    law = SoftmaxGaussian(torch.zeros(3, dtype=F64), covariance_matrix=2 * centring)
    same = SoftmaxGaussian(law.loc, scale_tril=law.scale_tril)
    x = torch.tensor([0.2, 0.3, 0.5], dtype=F64)
    torch.testing.assert_close(same.log_prob(x), law.log_prob(x))


def test_no_mode_is_made_up() -> None:
    """The density may have several maxima: with a large variance there is one by each corner."""
    law = SoftmaxGaussian(
        torch.zeros(2, dtype=F64), gaussian_variance=torch.full((2,), 4.0).to(F64)
    )
    x = torch.tensor([[0.01, 0.99], [0.5, 0.5], [0.99, 0.01]], dtype=F64)
    left, middle, right = law.log_prob(x).tolist()
    assert middle < min(left, right)
    with pytest.raises(NotImplementedError, match=r"no mode in closed form.*several maxima"):
        _ = law.mode
