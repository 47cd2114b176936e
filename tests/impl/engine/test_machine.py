"""A machine computes again what has changed, and nothing else."""

from __future__ import annotations

import numpy as np

from derivations.calculus.expressions import POSITIVE, Array, IndexSum
from derivations.calculus.indices import Index, size
from derivations.programs.compiling import compile_expressions
from impl.engine.machine import Machine

N = size("N")
n = Index("n", 1, N)
u, v = Array("u", (N,), "u", POSITIVE), Array("v", (N,), "v", POSITIVE)
PROGRAM = compile_expressions(
    {"of u": (IndexSum(u[n] ** 2, n), ()), "of both": (IndexSum(u[n] ** 2, n) + v[n], (n,))}
)


def test_a_result_follows_its_arrays(rng: np.random.Generator) -> None:
    """After each change of either array, in random order, both results are up to date."""
    values = {"u": rng.random(3), "v": rng.random(3)}
    machine = Machine(PROGRAM, {"N": 3}, values)
    for _ in range(20):
        name = str(rng.choice(["u", "v"]))
        values[name] = rng.random(3)
        machine.put(name, values[name])
        if rng.random() < 0.5:
            assert np.isclose(machine.value("of u"), (values["u"] ** 2).sum(), rtol=1e-14)
        if rng.random() < 0.5:
            both = (values["u"] ** 2).sum() + values["v"]
            assert np.allclose(machine.value("of both"), both, rtol=1e-14, atol=0)


def test_what_did_not_change_is_not_computed_again(rng: np.random.Generator) -> None:
    """The square of u is computed once for both results, and not after a change of v."""
    machine = Machine(PROGRAM, {"N": 3}, {"u": rng.random(3), "v": rng.random(3)})
    computed: list[str] = []
    compute = machine._compute  # noqa: SLF001 - counted here

    def counted(number: int) -> object:
        computed.append(PROGRAM.instructions[number].kind)
        return compute(number)

    machine._compute = counted  # type: ignore[method-assign] # noqa: SLF001 - as above
    machine.value("of u")
    machine.value("of both")
    assert computed.count("power") == 1
    computed.clear()
    machine.put("v", rng.random(3))
    machine.value("of u")
    assert not computed
    machine.value("of both")
    assert "power" not in computed
