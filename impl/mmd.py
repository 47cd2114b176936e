"""Squared maximum mean discrepancy with a Gaussian kernel: from draws, and in closed form.

The kernel is k(x, y) = exp(-||x - y||^2 / (2 b)) with b the bandwidth, a variance. It is the
notebook's exp(-mean_d((x - y)^2) / s), s = (2 / D) latent_var, with b = latent_var: the dimension
D cancels, and its value at latent_var = 2 is exp(-||x - y||^2 / 4) whatever D is.
"""

import torch
from torch import Tensor

from impl.errors import InputError

__all__ = [
    "STATISTICS",
    "expected_kernel",
    "expected_v_statistic",
    "gaussian_squared_mmd",
    "rbf_kernel",
    "squared_mmd",
]

STATISTICS = ("v", "u")


def rbf_kernel(x: Tensor, y: Tensor, bandwidth: float) -> Tensor:
    """Kernel of every pair: shapes (..., n, D) and (..., m, D) give (..., n, m).

    Derivation: mmd.kernel_form

    Notes
    -----
    ||x - y||^2 is ||x||^2 + ||y||^2 - 2 x.y, which turns the pairs into a matrix product; both
    sets are moved by the mean of x first, so that a common shift costs no digits. A square that
    rounding makes negative is set to 0; the error of a square is some units in the last place of
    ||x||^2 + ||y||^2, so pairs of one and the same point come out as 1 only to that. The
    statistics below do not ask for such pairs.
    """
    centre = x.detach().mean(-2, keepdim=True)
    x, y = x - centre, y - centre
    squares = x.square().sum(-1).unsqueeze(-1) + y.square().sum(-1).unsqueeze(-2)
    distances = (squares - 2 * (x @ y.mT)).clamp(min=0)
    return torch.exp(distances / (-2 * bandwidth))


def _within(x: Tensor, bandwidth: float, *, own_pairs: bool) -> Tensor:
    """Mean of the kernel over ordered pairs of one set, with or without a point's own pair."""
    n = x.shape[-2]
    kernel = rbf_kernel(x, x, bandwidth)
    others = kernel.sum((-2, -1)) - kernel.diagonal(dim1=-2, dim2=-1).sum(-1)
    # A point's own pair is 1 exactly, which rounding in `rbf_kernel` may miss.
    return (others + n) / n**2 if own_pairs else others / (n * (n - 1))


def squared_mmd(x: Tensor, y: Tensor, bandwidth: float, statistic: str = "v") -> Tensor:
    """Squared MMD of two sets of draws; shapes (..., n, D) and (..., m, D) give (...).

        mean k(x_i, x_j) + mean k(y_i, y_j) - 2 mean k(x_i, y_j)

    The V-statistic takes all pairs, is never negative and has the bias of `expected_v_statistic`;
    the U-statistic leaves out i = j in the first two means and has none.

    Derivation: mmd.kernel_form
    Derivation: mmd.v_statistic
    Derivation: mmd.u_statistic

    Raises
    ------
    InputError
        If the dimensions differ, a set is empty or too small, or the bandwidth is not above 0.
    """
    own_pairs = _checked(x, y, bandwidth, statistic) == "v"
    within = _within(x, bandwidth, own_pairs=own_pairs) + _within(y, bandwidth, own_pairs=own_pairs)
    return within - 2 * rbf_kernel(x, y, bandwidth).mean((-2, -1))


def _checked(x: Tensor, y: Tensor, bandwidth: float, statistic: str) -> str:
    if statistic not in STATISTICS:
        raise InputError(source="statistic", wanted=" or ".join(STATISTICS), got=repr(statistic))
    if not 0 < bandwidth < float("inf"):
        raise InputError(source="bandwidth", wanted="a number above 0", got=repr(bandwidth))
    least = 1 if statistic == "v" else 2
    for name, points in (("x", x), ("y", y)):
        if points.dim() < 2 or points.shape[-2] < least:  # noqa: PLR2004 - a set of vectors
            wanted = f"a shape (..., points, dimension) of {least} points or more"
            raise InputError(source=name, wanted=wanted, got=f"shape {tuple(points.shape)}")
    if x.shape[-1] != y.shape[-1]:
        wanted, got = f"points of dimension {x.shape[-1]}, as x", str(y.shape[-1])
        raise InputError(source="y", wanted=wanted, got=got)
    return statistic


def expected_kernel(
    mean: Tensor, variance: Tensor, other_mean: Tensor, other_variance: Tensor, bandwidth: float
) -> Tensor:
    """Average the kernel over independent draws of two Gaussians of diagonal covariance.

        prod_d sqrt(b / t_d) exp(-(mean_d - other_mean_d)^2 / (2 t_d)),
        t_d = b + variance_d + other_variance_d

    Over the last axis, which must be there in full: two standard normals in D dimensions want
    vectors of length D, and give (b / (b + 2))^(D/2), 2^(-D/2) at the notebook's b = 2.

    Derivation: mmd.gaussian_kernel_expectation
    Derivation: mmd.inert_in_high_dimension
    """
    total = bandwidth + variance + other_variance
    shift = (mean - other_mean).square() / total
    # log1p keeps the digits of a bandwidth far above the variances.
    log_shrinkage = torch.log1p((variance + other_variance) / bandwidth)
    return torch.exp(-0.5 * (log_shrinkage + shift).sum(-1))


def gaussian_squared_mmd(
    mean: Tensor, variance: Tensor, other_mean: Tensor, other_variance: Tensor, bandwidth: float
) -> Tensor:
    """Squared MMD between two Gaussians of diagonal covariance, over the last axis.

    Derivation: mmd.gaussian_kernel_expectation
    """
    return (
        expected_kernel(mean, variance, mean, variance, bandwidth)
        + expected_kernel(other_mean, other_variance, other_mean, other_variance, bandwidth)
        - 2 * expected_kernel(mean, variance, other_mean, other_variance, bandwidth)
    )


def expected_v_statistic(
    mean: Tensor,
    variance: Tensor,
    other_mean: Tensor,
    other_variance: Tensor,
    bandwidth: float,
    *,
    counts: tuple[int, int],
) -> Tensor:
    """Average the V-statistic over draws of two Gaussians: the squared MMD and its bias.

    The bias is (1 - E k(x, x')) / n + (1 - E k(y, y')) / m, of a point's own pair, which is 1
    where it should be an independent pair; `counts` are n and m.

    Derivation: mmd.v_statistic
    """
    first = expected_kernel(mean, variance, mean, variance, bandwidth)
    second = expected_kernel(other_mean, other_variance, other_mean, other_variance, bandwidth)
    distance = gaussian_squared_mmd(mean, variance, other_mean, other_variance, bandwidth)
    return distance + (1 - first) / counts[0] + (1 - second) / counts[1]
