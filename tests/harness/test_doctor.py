"""`hanbench doctor`."""

from io import StringIO
from pathlib import Path

import pytest
from rich.console import Console

from hanbench.harness.doctor import check_machine, report_health


def report() -> tuple[int, str]:
    console = Console(record=True, width=300, file=StringIO())
    return report_health(console), console.export_text()


def test_a_machine_that_can_run_is_told_so(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)

    code, text = report()

    assert code == 0
    assert "hanbench can run." in text
    assert "han-sua-m1 (hanbench.protocol.sua:HAN_SUA_M1)" in text


def test_every_check_has_a_name_of_its_own_or_says_more() -> None:
    names = [check.name for check in check_machine()]

    assert {"python", "hanbench", "packages", "fixtures", "scheme", "folder", "tshark"} <= set(
        names
    )


def test_a_missing_tool_is_named_with_what_it_means(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PATH", "")

    code, text = report()

    assert code == 0
    assert "absent" in text
    assert "apt-get install tshark" in text


def test_what_cannot_be_done_without_is_exit_code_3(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("hanbench.harness.doctor.PYTHON_MIN", (99, 0))

    code, text = report()

    assert code == 3
    assert "99.0 or later is needed" in text
    assert "hanbench cannot run without: python" in text
