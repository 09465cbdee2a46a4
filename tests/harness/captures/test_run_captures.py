"""The options of `hanbench run` that concern captures, from the command line to the octets."""

import socket
from pathlib import Path

from click.testing import CliRunner

from hanbench.harness.captures.reading import read_capture
from hanbench.harness.captures.writing import PREAMBLE_COMMENT
from hanbench.harness.cli import cli
from hanbench.protocol import zep


def run(out: Path, *options: str) -> None:
    arguments = ["run", "clean-two-fuel", "--jobs", "0", "--no-report", "--out", str(out)]
    result = CliRunner().invoke(cli, [*arguments, "-k", "full-traffic", *options])

    assert result.exit_code == 0, result.output


def test_no_keys_leaves_the_preamble_out_of_the_capture(tmp_path: Path) -> None:
    run(tmp_path / "with")
    run(tmp_path / "without", "--no-keys")

    keyed = list(read_capture(tmp_path / "with" / "han.pcapng"))
    bare = list(read_capture(tmp_path / "without" / "han.pcapng"))
    assert [one.data for one in keyed if one.comment != PREAMBLE_COMMENT] == [
        one.data for one in bare
    ]
    assert len(keyed) > len(bare)


def test_zep_hears_the_frames_of_the_capture(tmp_path: Path) -> None:
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as listener:
        listener.bind(("127.0.0.1", 0))
        listener.settimeout(10)
        run(tmp_path / "run", "--zep", str(listener.getsockname()[1]))
        heard = [zep.decode(listener.recv(2048)) for _ in range(50)]

    written = [one for one in read_capture(tmp_path / "run" / "han.pcapng") if one.link_type == 195]
    assert [one.frame for one in heard] == [one.data for one in written[:50]]
    assert [one.at_ns for one in heard] == [one.at_ns for one in written[:50]]
