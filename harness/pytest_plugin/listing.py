"""Tests by clause: which are there for a clause, which clauses have none, and only those of one."""

import pytest
from _pytest.main import wrap_session

from hanbench.harness.judging.clauses import load_clauses
from hanbench.harness.pytest_plugin.marks import MarkError, known_clause


def list_by_clause(config: pytest.Config) -> int:
    """Collect, print the tests of each clause, run none, and return the exit code."""
    return int(wrap_session(config, _list))


def keep_clauses(config: pytest.Config, items: list[pytest.Item], chosen: list[str]) -> None:
    """Leave out the tests that are about none of these clauses.

    Raises:
        UsageError: one of them is no clause.
    """
    try:
        wanted = {known_clause(address) for address in chosen}
    except MarkError as error:
        raise pytest.UsageError(f"--hanbench-clause: {error}") from None
    kept = [item for item in items if wanted & set(_clauses(item))]
    left_out = [item for item in items if not wanted & set(_clauses(item))]
    if left_out:
        config.hook.pytest_deselected(items=left_out)
        items[:] = kept


def _list(config: pytest.Config, session: pytest.Session) -> None:
    session.perform_collect()
    known = load_clauses()
    tests: dict[str, list[str]] = {address: [] for address in known}
    for item in session.items:
        for address in _clauses(item):
            tests.setdefault(address, []).append(item.nodeid)
    write = config.get_terminal_writer()
    write.line()
    for address, named in tests.items():
        if named:
            says = f"  {known[address].statement}" if address in known else ""
            write.line(f"{address}{says}")
            for nodeid in named:
                write.line(f"    {nodeid}")
    idle = [address for address, named in tests.items() if not named]
    write.line()
    write.line(f"{len(tests) - len(idle)} clauses with tests, {len(idle)} without")
    if idle:
        write.line(f"without: {' '.join(idle)}")


def _clauses(item: pytest.Item) -> tuple[str, ...]:
    named = [str(one) for mark in item.iter_markers("clause") for one in mark.args]
    return tuple(dict.fromkeys(named))
