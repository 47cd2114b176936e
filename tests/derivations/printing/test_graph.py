"""The drawn graph says what the model says, and no box holds a node that is not its own."""

from __future__ import annotations

from pathlib import PurePosixPath
from typing import TYPE_CHECKING

import pytest

from derivations.calculus.expressions import Array
from derivations.calculus.indices import Index, size
from derivations.calculus.model import Model, Variable
from derivations.families import Categorical, Dirichlet, Gaussian, Vector
from derivations.printing.graph import _box, _spot, draw_graph, drawn_graph, graph_text
from derivations.printing.graph_layout import laid_out

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

N, J, K, M, V = (size(s) for s in "NJKMV")
n, j, k, m, v = (Index(s.name.lower(), 1, s) for s in (N, J, K, M, V))


def topics() -> Model:
    """Declare latent Dirichlet allocation: nested plates, a plate beside them."""
    alpha, eta = Array("alpha", (K,), domain="positive"), Array("eta", (V,), domain="positive")
    theta, phi = Array("theta", (M, K), domain="simplex"), Array("phi", (K, V), domain="simplex")
    z, w = Array("z", (M, N), states=K), Array("w", (M, N), states=V)
    return Model(
        "topics",
        (
            Variable(phi, Dirichlet(), (Vector(eta[v], v),), (k,)),
            Variable(theta, Dirichlet(), (Vector(alpha[k], k),), (m,)),
            Variable(z, Categorical(), (Vector(theta[m, k], k),), (m, n)),
            Variable(w, Categorical(), (Vector(phi[z[m, n], v], v),), (m, n), observed=True),
        ),
    )


def mixture() -> Model:
    """Declare a mixture of Gaussians: a fixed number must stand beside a plate, not in it."""
    alpha, weights = Array("alpha", (K,), domain="positive"), Array("pi", (K,), domain="simplex")
    centre, spread = Array("m", ()), Array("s", (), domain="positive")
    noise = Array("sigma", (), "sigma^2", "positive")
    mu, z, x = Array("mu", (K,)), Array("z", (N,), states=K), Array("x", (N,))
    return Model(
        "mixture",
        (
            Variable(weights, Dirichlet(), (Vector(alpha[k], k),)),
            Variable(mu, Gaussian(), (Vector(centre[()]), Vector(spread[()])), (k,)),
            Variable(z, Categorical(), (Vector(weights[k], k),), (n,)),
            Variable(x, Gaussian(), (Vector(mu[z[n]]), Vector(noise[()])), (n,), observed=True),
        ),
    )


def repeated() -> Model:
    """Declare two selectors of one table under two plates, as in a sum of dice."""
    pi, rho = Array("pi", (K,), domain="simplex"), Array("rho", (K, V), domain="simplex")
    alpha, beta = Array("alpha", (K,), domain="positive"), Array("beta", (K, V), domain="positive")
    z, x = Array("z", (N,), states=K), Array("x", (N, J), states=V)
    return Model(
        "repeated",
        (
            Variable(pi, Dirichlet(), (Vector(alpha[k], k),)),
            Variable(rho, Dirichlet(), (Vector(beta[k, v], v),), (k,)),
            Variable(z, Categorical(), (Vector(pi[k], k),), (n,)),
            Variable(x, Categorical(), (Vector(rho[z[n], v], v),), (n, j), observed=True),
        ),
    )


MODELS = [topics, mixture, repeated]


@pytest.mark.parametrize("make", MODELS)
def test_boxes_hold_their_members_and_nothing_else(make: Callable[[], Model]) -> None:
    """A node lies in the box of a plate exactly if it is repeated over the plate."""
    graph = laid_out(make())
    for plate in graph.plates:
        left, right, bottom, top = _box(plate)
        for node in graph.nodes:
            x, y = _spot(graph, node)
            assert (left < x < right and bottom < y < top) == (plate.index in node.plates)


@pytest.mark.parametrize("make", MODELS)
def test_arrows_point_down_and_nodes_keep_apart(make: Callable[[], Model]) -> None:
    """Parents stand above their children; no two nodes share a place."""
    graph = laid_out(make())
    assert all(graph.places[p][1] > graph.places[c][1] for p, c in graph.edges)
    spots = [(level, column) for column, level in graph.places.values()]
    for level, column in spots:
        near = [c for row, c in spots if row == level and abs(c - column) < 0.999]
        assert near == [column]


def test_text_lists_arrows_plates_and_what_is_known() -> None:
    """The graph of a topic model in text, to the letter."""
    assert graph_text(topics()).splitlines() == [
        "η → φ_k",
        "α → θ_m",
        "θ_m → z_{m,n}",
        "φ_k → w_{m,n}",
        "z_{m,n} → w_{m,n}",
        "plate k = 1..K: φ",
        "plate m = 1..M: θ, z, w",
        "plate n = 1..N: z, w",
        "observed: w",
        "fixed: η, α",
    ]


def test_a_fixed_number_indexed_by_the_plate_is_inside_it() -> None:
    """beta_k is repeated over k; alpha, whose subscript runs over entries, is not."""
    plates = {node.array.name: node.plates for node in laid_out(repeated()).nodes}
    assert plates["beta"] == (k,)
    assert plates["alpha"] == ()


@pytest.mark.parametrize("suffix", [".svg", ".png", ".pdf"])
def test_drawing_has_the_same_bytes_again(tmp_path: Path, suffix: str) -> None:
    """No date and no random name is left in the file."""
    for name in ("one", "two"):
        draw_graph(topics(), tmp_path / f"{name}{suffix}")
    one, two = ((tmp_path / f"{name}{suffix}").read_bytes() for name in ("one", "two"))
    assert one == two
    assert len(one) > 1000


def test_unknown_picture_format_is_refused(tmp_path: Path) -> None:
    """The error says which endings there are, and nothing is written."""
    with pytest.raises(ValueError, match="wanted a name ending in"):
        draw_graph(topics(), tmp_path / "graph.bmp")
    assert not list(tmp_path.iterdir())


def test_a_drawn_graph_is_where_its_block_says(tmp_path: Path) -> None:
    """The folder is made if need be; without a model there is neither picture nor block."""
    path = PurePosixPath("figures/graph.svg")
    block = drawn_graph(topics(), tmp_path / "topics", path)
    assert block.path == path
    assert (tmp_path / "topics" / path).stat().st_size > 1000
    assert drawn_graph(None, tmp_path / "none", path) is None
    assert not (tmp_path / "none").exists()
