"""The plugin's options, and what they come to in one pytest session."""

from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

if TYPE_CHECKING:
    from hanbench.harness.files.engine_profile import EngineProfile
    from hanbench.harness.running.case import RunOptions

ENGINE_HELP = "the engine under test: `reference`, MODULE:NAME, exec:COMMAND or http://HOST:PORT"
PROFILE_HELP = "the profile file of the engine: what is outside it is skipped"
FILES_HELP = (
    "which YAML files are looked into for scenarios and replays; nothing: only those that are "
    "named on the command line"
)
OUT_HELP = "the folder for the replay files of tests that fail"


def add_options(parser: pytest.Parser) -> None:
    """Add the options of the command line and of the configuration file."""
    group = parser.getgroup("hanbench")
    for name, metavar, says in (
        ("engine", "SPEC", f"{ENGINE_HELP}; default: the ini option, or reference"),
        ("profile", "FILE", PROFILE_HELP),
        ("scheme", "SCHEME", "the SUA scheme, as `hanbench run --scheme` takes it"),
        ("parts", "PARTS", "devices and parties of another make, as `hanbench run --parts` has it"),
        ("out", "DIR", f"{OUT_HELP}; default: runs/pytest"),
    ):
        group.addoption(
            f"--hanbench-{name}", dest=f"hanbench_{name}", metavar=metavar, default=None, help=says
        )
        parser.addini(f"hanbench_{name}", help=says, default="")
    group.addoption(
        "--hanbench-seed",
        dest="hanbench_seed",
        metavar="N",
        type=int,
        default=None,
        help="in place of each scenario's own seed",
    )
    group.addoption(
        "--hanbench-clause",
        dest="hanbench_clause",
        metavar="ADDRESS",
        action="append",
        default=[],
        help="only the tests of this clause; may be given again",
    )
    group.addoption(
        "--hanbench-clauses",
        dest="hanbench_clauses",
        action="store_true",
        help="list the tests by clause, and run none",
    )
    parser.addini("hanbench_files", help=FILES_HELP, type="args", default=["*.yaml", "*.yml"])


@dataclass
class Settings:
    """What the options of a session come to, and what was found out about them."""

    engine: str
    profile_path: str
    scheme: str
    parts: str
    """Empty: the bench's own, or of a replay file those that were recorded."""
    seed: int | None
    out: Path
    here: Path
    """Where pytest was started: from there the commands that are printed are typed."""
    found: dict[str, Any] = field(default_factory=dict)
    """The scenarios that were read, and engines that were reached, by their names."""

    def run_options(self, engine: str) -> "RunOptions":
        """Return what decides for every case with this engine."""
        from hanbench.harness.running.case import RunOptions  # noqa: PLC0415

        return RunOptions(engine=engine, scheme=self.scheme, parts=self.parts, seed=self.seed)

    def profile(self) -> "EngineProfile | None":
        """Return what the engine claims; None: everything.

        Raises:
            ScenarioError: the profile file is wrong.
        """
        if not self.profile_path:
            return None
        if "profile" not in self.found:
            from hanbench.harness.files.engine_profile import read_profile  # noqa: PLC0415

            self.found["profile"] = read_profile(self.here / self.profile_path)
        profile: EngineProfile = self.found["profile"]
        return profile


_KEY: pytest.StashKey[Settings] = pytest.StashKey()


def settings_of(config: pytest.Config) -> Settings:
    """Return the settings of a session."""
    if _KEY not in config.stash:
        out = _stated(config, "out") or "runs/pytest"
        config.stash[_KEY] = Settings(
            engine=_stated(config, "engine") or "reference",
            profile_path=_stated(config, "profile"),
            scheme=_stated(config, "scheme") or "han-sua-m1",
            parts=_stated(config, "parts"),
            seed=config.getoption("hanbench_seed"),
            out=config.rootpath / out,
            here=config.invocation_params.dir,
        )
    return config.stash[_KEY]


def names_engine(config: pytest.Config) -> bool:
    """Whether somebody said which engine is under test."""
    return bool(_stated(config, "engine"))


def _stated(config: pytest.Config, name: str) -> str:
    given = config.getoption(f"hanbench_{name}")
    return str(given if given is not None else config.getini(f"hanbench_{name}"))
