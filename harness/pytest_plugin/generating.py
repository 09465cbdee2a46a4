"""Collected tests that use the bench: their marks are checked, async ones get virtual time."""

import inspect
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, nullcontext
from typing import Any

import pytest

from hanbench.harness.clock import VirtualLoop
from hanbench.harness.pytest_plugin import uses_fixtures
from hanbench.harness.pytest_plugin.choosing import PROFILE_FIXTURE
from hanbench.harness.pytest_plugin.marks import (
    MarkError,
    clauses_of,
    faults_of,
    names_addresses,
    profiles_of,
)

HOOK = "pytest_asyncio_loop_factories"
_LOOPS = "hanbench-virtual-time"


class VirtualTime:
    """Gives pytest-asyncio our loop; registered only while a test of ours is collected."""

    @pytest.hookimpl(tryfirst=True, optionalhook=True)
    def pytest_asyncio_loop_factories(self) -> Mapping[str, Any]:
        """Name the one loop that such a test runs on."""
        return {"virtual": VirtualLoop}


@contextmanager
def prepare(metafunc: pytest.Metafunc) -> Iterator[None]:
    """Check a test's marks, make one test for each profile, and lend it the loop."""
    item = metafunc.definition
    is_ours = uses_fixtures(item) or item.get_closest_marker("hanbench") is not None
    profiles = _check(item, is_ours=is_ours)
    if is_ours and len(profiles) > 1:
        metafunc.fixturenames.append(PROFILE_FIXTURE)
        metafunc.parametrize(PROFILE_FIXTURE, profiles, indirect=False)
    with _virtual_time(metafunc) if is_ours and _is_async(item) else nullcontext():
        yield


def require_loop(item: pytest.Function) -> None:
    """Fail an async test that nothing will run in virtual time, and say what it lacks."""
    if not _is_async(item):
        return
    has_one = item.config.pluginmanager.hasplugin("asyncio")
    hook = getattr(item.config.hook, HOOK, None)
    if hook is None or not hook.has_spec():
        lacks = "a newer pytest-asyncio (1.4 or later)" if has_one else "pytest-asyncio"
        pytest.fail(
            f"{item.nodeid}: an async test in virtual time needs {lacks}: "
            "pip install 'hanbench[pytest]'",
            pytrace=False,
        )
    if item.get_closest_marker("asyncio") is None:
        pytest.fail(
            f"{item.nodeid}: mark this async test with @pytest.mark.asyncio, or set "
            "asyncio_mode = auto, so that pytest-asyncio runs it in virtual time",
            pytrace=False,
        )


@contextmanager
def _virtual_time(metafunc: pytest.Metafunc) -> Iterator[None]:
    # With a hook of this name for good, pytest-asyncio would parametrize every async test of every
    # project; so it is there only now.
    manager = metafunc.config.pluginmanager
    loops = VirtualTime()
    manager.register(loops, _LOOPS)
    try:
        yield
    finally:
        manager.unregister(loops)


def _check(item: pytest.Item, *, is_ours: bool) -> tuple[str, ...]:
    """Return the profiles of a test, or fail its collection by the name of what is wrong.

    On a test that uses nothing of ours, a mark of the same name may mean something else.
    """
    try:
        if is_ours or names_addresses(item):
            clauses_of(item)
        if not is_ours:
            return ()
        faults_of(item)
        return profiles_of(item)
    except MarkError as error:
        pytest.fail(f"{item.nodeid}: {error}", pytrace=False)


def _is_async(item: pytest.Item) -> bool:
    function = getattr(item, "obj", None)
    inner = getattr(getattr(function, "hypothesis", None), "inner_test", function)
    return inspect.iscoroutinefunction(inner)
