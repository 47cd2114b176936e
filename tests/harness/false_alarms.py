"""One false-alarm budget for a run, spent by Monte Carlo checks in all its processes.

A check spends its false-alarm probability on ``derivations.evidence.monte_carlo.RUN`` before it
draws, every time it runs. Every process of a run has such a budget. Each test report therefore
carries what was spent since the previous one, also in fixtures and at import, and the controlling
process adds these up. A run that spent more than ``ALLOWED`` in all has failed, even if its tests
passed: the union bound on the probability of a false alarm would exceed ``ALLOWED``.

Checks with a separate budget do not count. The tests of the checks themselves use these.
"""

import json
import math
import sys

import pytest

ALLOWED = 1e-6
NAME = "false alarms"
SEEN = pytest.StashKey[int]()
STARTED = pytest.StashKey[int]()
ACCOUNT = pytest.StashKey["Account"]()


def entries() -> list[tuple[str, float]]:
    """List what this process has spent; nothing, if no Monte Carlo check was ever imported."""
    module = sys.modules.get("derivations.evidence.monte_carlo.budget")
    return [] if module is None else module.RUN.entries


def state(claim: str, figures: dict[str, object], item: pytest.Item) -> None:
    """Add ``alpha``, which the test has spent, to a Monte Carlo claim's figures, or refuse it."""
    spent = math.fsum(alpha for _, alpha in entries()[item.stash[STARTED] :])
    claimed = figures.setdefault("alpha", spent)
    if not (isinstance(claimed, float) and 0 < claimed <= spent * (1 + 1e-9)):
        msg = (
            f"{claim!r} is Monte Carlo evidence and wants its false-alarm probability spent on "
            f"the run's budget; it says {claimed!r}, the test spent {spent!r}"
        )
        raise ValueError(msg)


class Account:
    """The sum spent by all processes of a run, kept in the controlling one."""

    def __init__(self) -> None:
        self.amounts: list[float] = []

    @property
    def spent(self) -> float:
        """The sum of all checks' false-alarm probabilities."""
        return math.fsum(self.amounts)

    @property
    def overdrawn(self) -> bool:
        """Whether that is more than a run may spend, up to rounding."""
        return self.spent > ALLOWED * (1 + 1e-9)

    @property
    def figures(self) -> dict[str, object]:
        """The account as it is written to the ledger."""
        return {"spent": self.spent, "allowed": ALLOWED, "checks": len(self.amounts)}

    @property
    def line(self) -> str:
        """The account in words."""
        return (
            f"Monte Carlo false alarms: {self.spent:.3g} of {ALLOWED:.3g} spent by "
            f"{len(self.amounts)} checks"
        )

    def pytest_runtest_logreport(self, report: pytest.TestReport) -> None:
        """Add the amounts of a report."""
        for name, text in report.user_properties:
            if name == NAME:
                self.amounts += json.loads(text)

    @pytest.hookimpl(tryfirst=True)
    def pytest_sessionfinish(self, session: pytest.Session) -> None:
        """Fail a run that is over its budget."""
        if self.overdrawn and session.exitstatus == pytest.ExitCode.OK:
            session.exitstatus = pytest.ExitCode.TESTS_FAILED

    def pytest_terminal_summary(self, terminalreporter: pytest.TerminalReporter) -> None:
        """Print what was spent, if anything was."""
        if self.amounts:
            over = {"red": True, "bold": True} if self.overdrawn else {}
            terminalreporter.write_line(self.line + " (OVER BUDGET)" * self.overdrawn, **over)


@pytest.hookimpl(tryfirst=True)
def pytest_configure(config: pytest.Config) -> None:
    """Open the account in the controlling process."""
    config.stash[SEEN] = len(entries())
    config.stash[ACCOUNT] = Account()
    if not hasattr(config, "workerinput"):
        config.pluginmanager.register(config.stash[ACCOUNT], "varproof-false-alarms")


@pytest.hookimpl(tryfirst=True)
def pytest_runtest_setup(item: pytest.Item) -> None:
    """Note the amount spent before a test."""
    item.stash[STARTED] = len(entries())


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(item: pytest.Item):  # noqa: ANN201
    """Attach what was spent since the last report, which is sent between processes."""
    report = yield
    amounts = [alpha for _, alpha in entries()[item.config.stash[SEEN] :]]
    item.config.stash[SEEN] += len(amounts)
    if amounts:
        report.user_properties.append((NAME, json.dumps(amounts)))
    return report
