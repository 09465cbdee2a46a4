"""A process is gathered into large pages where the kernel can do that, and stays as it is."""

import subprocess
import sys

from hanbench.harness.explore import large_pages
from hanbench.harness.explore.large_pages import gather

MAPS = """\
5600-5800 r-xp 00000000 fd:00 1234   /usr/bin/python3
600000-e00000 rw-p 00000000 00:00 0  [heap]
e00000-1000000 rw-p 00000000 fd:00 99  /lib/a library.so
1100000-1300000 rw-p 00000000 00:00 0
2000000-2100000 rw-p 00000000 00:00 0
3000000-3400000 r--p 00000000 00:00 0
4000000-4400000 rw-s 00000000 00:00 0
7000000-7400000 rw-p 00000000 00:00 0  [stack]
"""
IN_A_PROCESS_OF_ITS_OWN = """
import os
from hanbench.harness.explore.large_pages import gather

held = [bytes([place % 251]) * 5000 for place in range(4000)]
gather()
assert all(one == bytes([place % 251]) * 5000 for place, one in enumerate(held))
if os.fork() == 0:
    held[7] = b"another"
    os._exit(held[8][0] != 8)
assert os.wait()[1] == 0 and held[7][0] == 7
"""


def test_only_what_is_the_process_s_own_and_in_no_file_is_asked_for(tmp_path, monkeypatch):
    maps = tmp_path / "maps"
    maps.write_text(MAPS)
    asked: list[tuple[int, int, int]] = []

    def advise(place: int, octets: int, advice: int) -> int:
        asked.append((place, octets, advice))
        return 0 if len(asked) > 1 else -1

    monkeypatch.setattr(large_pages, "_MAPS", maps)
    monkeypatch.setattr(large_pages, "_madvise", lambda: advise)

    # Whole large pages alone, of 2 MiB: 11..13 holds none, and 20..21 is too small.
    assert gather() == 3
    assert [place for place, _, _ in asked] == [0x600000, 0x800000, 0xA00000, 0xC00000]
    assert {rest for _, *rest in asked for rest in [tuple(rest)]} == {(0x200000, 25)}


def test_where_there_is_nothing_to_ask_nothing_is_done(tmp_path, monkeypatch):
    monkeypatch.setattr(large_pages, "_MAPS", tmp_path / "none")
    assert gather() == 0


def test_another_system_is_not_asked(monkeypatch):
    large_pages._madvise.cache_clear()
    monkeypatch.setattr("sys.platform", "darwin")
    assert gather() == 0
    large_pages._madvise.cache_clear()


def test_what_is_gathered_holds_what_it_held_also_after_a_fork():
    """How much is gathered hangs on the kernel and its memory; that nothing is lost does not."""
    done = subprocess.run(
        [sys.executable, "-c", IN_A_PROCESS_OF_ITS_OWN], capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stderr
