"""Every decoder takes any octets: by examples always, and by a fuzzer in `make test-full`."""

import ast
import importlib.util
import os
import subprocess
import sys
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from tests.fuzz.seeds import seeds
from tests.fuzz.targets import TARGETS, try_target

from hanbench.harness.errors import CaptureError
from hanbench.protocol.errors import DecodeError

ROOT = Path(__file__).parents[2]
FUZZ_SECONDS = 10
OF_ALL_KINDS = frozenset(("frame", "zigbee.zcl_general.decode", "zigbee.clusters.catalogue.decode"))
"""They begin with whatever is on the air, and read a part of it."""
SEEDS_CUT_MAX = 40
CUTS_MAX = 300
EACH = pytest.mark.parametrize("name", TARGETS)


@EACH
@settings(max_examples=300)
@given(data=st.binary(max_size=200))
def test_any_octets_are_a_message_or_a_named_error(name: str, data: bytes) -> None:
    try_target(name, data)


@EACH
@settings(max_examples=200)
@given(draw=st.data())
def test_octets_that_are_nearly_right_are_so_too(name: str, draw: st.DataObject) -> None:
    seed = bytearray(draw.draw(st.sampled_from(seeds(name))))
    for _ in range(draw.draw(st.integers(0, 3))):
        at = draw.draw(st.integers(0, len(seed) - 1))
        seed[at] = draw.draw(st.integers(0, 255))
    try_target(name, bytes(seed[: draw.draw(st.integers(0, len(seed)))]))


def is_read(name: str, data: bytes) -> bool:
    try:
        TARGETS[name](data)
    except (DecodeError, CaptureError):
        return False
    return True


@EACH
def test_there_are_octets_that_it_reads_to_begin_with(name: str) -> None:
    read = [is_read(name, seed) for seed in seeds(name)]

    assert any(read), "a fuzzer that begins with octets of another kind learns little"
    if not name.startswith("migration.") and name not in OF_ALL_KINDS:
        assert all(read)


@EACH
def test_every_truncation_and_what_trails_is_a_message_or_a_named_error(name: str) -> None:
    for seed in seeds(name)[:SEEDS_CUT_MAX]:
        for length in range(0, len(seed), 1 + len(seed) // CUTS_MAX):
            try_target(name, seed[:length])
        for trailing in (b"\0", b"\xff", seed):
            try_target(name, seed + trailing)


def test_no_decoder_is_missing_here() -> None:
    """A function that is called decode and stands in a module of its own is a target."""
    found = [
        f"{path.relative_to(ROOT / 'protocol').with_suffix('').as_posix().replace('/', '.')}.{name}"
        for path in sorted((ROOT / "protocol").rglob("*.py"))
        for name in _decoders(path)
    ]

    assert sorted(set(found) - set(TARGETS)) == []


def _decoders(path: Path) -> list[str]:
    tree = ast.parse(path.read_text(encoding="utf-8"))
    return [
        node.name
        for node in tree.body
        if isinstance(node, ast.FunctionDef) and node.name.startswith("decode")
    ]


@pytest.mark.slow
@EACH
def test_a_fuzzer_finds_nothing(name: str) -> None:
    if importlib.util.find_spec("atheris") is None:
        # There are wheels for Python 3.11 alone; there, CI must not go without.
        assert os.environ.get("CI") != "true" or sys.version_info >= (3, 12)
        pytest.skip("atheris is not installed")
    command = [sys.executable, str(ROOT / "tests" / "fuzz" / "fuzz.py"), name, str(FUZZ_SECONDS)]

    done = subprocess.run(command, capture_output=True, text=True, check=False, cwd=ROOT)

    assert done.returncode == 0, done.stderr[-3000:]
