"""The pytest plugin: tests of one's own against an emulated home, an engine and its parties.

pytest loads this module in every run of every project that has hanbench installed, so it imports
nothing of the bench by itself: what a hook or a fixture needs is imported when it is first used.
`docs/pytest-plugin.md` is the reference.
"""

from collections.abc import Generator, Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

if TYPE_CHECKING:
    from hanbench.harness.pytest_plugin.bench_view import Bench
    from hanbench.harness.pytest_plugin.home_view import InstallationView
    from hanbench.harness.pytest_plugin.party_view import DcoView, SmsoView

MARKERS = {
    "clause": "clause(*addresses): what the test is about, such as clause('tmad/3.14C(a)'); it is "
    "checked, and written to JUnit",
    "profile": "profile(*profiles): single-shot or two-phase: how `bench` has SUA keys rotated; "
    "two of them make two tests",
    "faults": "faults(*faults, expect=END_STATE): what goes wrong in `bench`, such as "
    "faults('drop at gsme/rotate-sua-key#1/try#1/reply/wan')",
    "hanbench": "hanbench: an async test without a fixture of hanbench that still wants virtual "
    "time",
}
SUFFIXES = (".yaml", ".yml")


def pytest_addoption(parser: pytest.Parser) -> None:
    """Add the options, each with an ini option of the same meaning."""
    from hanbench.harness.pytest_plugin.options import add_options  # noqa: PLC0415

    add_options(parser)


def pytest_configure(config: pytest.Config) -> None:
    """Register the markers, and see to JUnit if it is written."""
    for line in MARKERS.values():
        config.addinivalue_line("markers", line)
    if getattr(config.option, "xmlpath", None):
        from hanbench.harness.pytest_plugin.attaching import Attaching  # noqa: PLC0415

        config.pluginmanager.register(Attaching(config), "hanbench-attaching")


def pytest_cmdline_main(config: pytest.Config) -> int | None:
    """List tests by clause instead of running them, if that is asked for."""
    if not config.getoption("hanbench_clauses"):
        return None
    from hanbench.harness.pytest_plugin.listing import list_by_clause  # noqa: PLC0415

    return list_by_clause(config)


def pytest_collect_file(file_path: Path, parent: pytest.Collector) -> pytest.Collector | None:
    """Take a scenario file, or a replay file, for tests."""
    if file_path.suffix not in SUFFIXES:
        return None
    from hanbench.harness.pytest_plugin.sniffing import kind_of  # noqa: PLC0415

    kind = kind_of(file_path, parent)
    if kind is None:
        return None
    from hanbench.harness.pytest_plugin.files import collector_of  # noqa: PLC0415

    return collector_of(kind, file_path, parent)


@pytest.hookimpl(wrapper=True, tryfirst=True)
def pytest_generate_tests(metafunc: pytest.Metafunc) -> Generator[None, None, None]:
    """Check the marks of a test, and give an async one its loop of virtual time."""
    item = metafunc.definition
    if not _concerns_us(item):
        return (yield)
    from hanbench.harness.pytest_plugin.generating import prepare  # noqa: PLC0415

    with prepare(metafunc):
        return (yield)


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """Keep the tests of the clauses that were asked for, and leave the others out."""
    chosen = config.getoption("hanbench_clause")
    if chosen:
        from hanbench.harness.pytest_plugin.listing import keep_clauses  # noqa: PLC0415

        keep_clauses(config, items, chosen)


def pytest_runtest_setup(item: pytest.Item) -> None:
    """Write the clauses of a test into its report, and look at marks that came with parameters."""
    if item.get_closest_marker("clause") is not None:
        from hanbench.harness.pytest_plugin.marks import record_clauses  # noqa: PLC0415

        record_clauses(item)


@pytest.hookimpl(tryfirst=True)
def pytest_pyfunc_call(pyfuncitem: pytest.Function) -> None:
    """Say what an async test of ours lacks, if nothing can run it in virtual time."""
    if uses_fixtures(pyfuncitem):
        from hanbench.harness.pytest_plugin.generating import require_loop  # noqa: PLC0415

        require_loop(pyfuncitem)


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(
    item: pytest.Item, call: pytest.CallInfo[None]
) -> Generator[None, pytest.TestReport, pytest.TestReport]:
    """Print a failure as the bench prints it, and write its replay file."""
    report = yield
    bench = item.stash.get(bench_key(), None)
    if bench is not None:
        bench.reported(report, call.excinfo)
    return report


_KEYS: dict[str, pytest.StashKey[Any]] = {}


def bench_key() -> "pytest.StashKey[Bench]":
    """Return the key under which a test holds its bench."""
    return _KEYS.setdefault("bench", pytest.StashKey())


def uses_fixtures(item: pytest.Item) -> bool:
    """Whether a test asks for a fixture of ours that nobody has replaced."""
    info = getattr(item, "_fixtureinfo", None)
    if info is None:
        return False
    found = info.name2fixturedefs
    return any(found[name][-1].func.__module__ == __name__ for name in FIXTURES if name in found)


def _concerns_us(item: pytest.Item) -> bool:
    if any(mark.name in MARKERS for mark in item.iter_markers()):
        return True
    return uses_fixtures(item)


FIXTURES = ("bench", "installation", "engine", "dco", "smso", "hanbench_scenario")


@pytest.fixture
def hanbench_scenario() -> str:
    """The scenario that `bench` begins with; override it, or parametrize it."""
    return "secure/clean-two-fuel"


@pytest.fixture
def engine(pytestconfig: pytest.Config) -> object:
    """The engine under test, as `--hanbench-engine` or the ini option `hanbench_engine` names it.

    Override it to return a name of that form, or what makes the engine: an
    `async def migrate(port)`, a class or a function.
    """
    from hanbench.harness.pytest_plugin.engine_view import EngineView  # noqa: PLC0415
    from hanbench.harness.pytest_plugin.options import settings_of  # noqa: PLC0415

    return EngineView(settings_of(pytestconfig).engine)


@pytest.fixture
def bench(
    request: pytest.FixtureRequest, engine: object, hanbench_scenario: object
) -> "Iterator[Bench]":
    """The bench: a scenario's home, parties and engine, run in virtual time."""
    from hanbench.harness.pytest_plugin.bench_view import bench_of  # noqa: PLC0415

    made = bench_of(request.node, engine, hanbench_scenario)
    request.node.stash[bench_key()] = made
    yield made
    made.finish()


@pytest.fixture
def installation(bench: "Bench") -> "InstallationView":
    """The emulated home: its devices, what they truly hold, and what can be done there."""
    return bench.installation


@pytest.fixture
def dco(bench: "Bench") -> "DcoView":
    """The emulated DCO, which holds the keys of the meters."""
    return bench.dco


@pytest.fixture
def smso(bench: "Bench") -> "SmsoView":
    """The emulated Secure SMSO, which had the meters before."""
    return bench.smso
