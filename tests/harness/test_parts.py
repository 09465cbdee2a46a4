"""Parts of another make by their name, and what is said of a name that stands for none."""

from dataclasses import replace

import pytest

from hanbench.emulator.hub.comms_hub import CommsHub
from hanbench.harness.errors import EngineError, HarnessError, ScenarioError
from hanbench.harness.parts import OURS, Parts, load_parts


class Hub(CommsHub):
    """A hub of another make."""


class MoreParts(Parts):
    """Parts by a class of their own."""


THEIRS = Parts(hub=Hub)
A_DICTIONARY_FOR_A_HUB = replace(OURS, hub=dict)  # type: ignore[arg-type]
AN_OBJECT_FOR_A_HUB = replace(OURS, hub=object())  # type: ignore[arg-type]


def theirs() -> Parts:
    """Return them when it is called."""
    return THEIRS


def raises() -> Parts:
    """Fail as a user's code may."""
    raise KeyError("liberty-110")


def test_parts_are_named_themselves_or_by_what_returns_them() -> None:
    assert load_parts("") is OURS
    assert load_parts(f"{__name__}:THEIRS") is THEIRS
    assert load_parts(f"{__name__}:theirs") is THEIRS
    assert load_parts(f"{__name__}:MoreParts") == MoreParts()


@pytest.mark.parametrize(
    ("spec", "error", "says"),
    [
        ("nowhere_at_all:parts", ScenarioError, "no module 'nowhere_at_all' is installed"),
        (f"{__name__}:nobody", ScenarioError, f"{__name__} has no 'nobody'"),
        (__name__, ScenarioError, "expected MODULE:NAME, such as my_package.parts:new"),
        (f"{__name__}:__name__", ScenarioError, "expected Parts, or a function that returns them"),
        # Its class in place of the parts that it is one of: it is not made without a home.
        (f"{__name__}:Hub", ScenarioError, "expected Parts, or a function that returns them"),
        (f"{__name__}:A_DICTIONARY_FOR_A_HUB", ScenarioError, "hub: no subclass of CommsHub"),
        (f"{__name__}:AN_OBJECT_FOR_A_HUB", ScenarioError, "hub: no subclass of CommsHub"),
        (f"{__name__}:raises", EngineError, "it raised KeyError: 'liberty-110'"),
    ],
)
def test_a_name_that_stands_for_no_parts_is_refused(
    spec: str, error: type[HarnessError], says: str
) -> None:
    with pytest.raises(error) as refused:
        load_parts(spec)

    assert str(refused.value) == f"--parts {spec}: {says}"
