"""The honest page: what public text states, with its place, and what this project made up.

Written from the catalogue of clauses, the device models, the table of cluster security and the
general assumptions, which is where the bench itself takes them from.
"""

from collections.abc import Iterable, Mapping
from pathlib import Path

from page_words import cell

from hanbench.emulator.model import ModelProfile, parse_model
from hanbench.harness.files.loader import fixture_names, fixtures_folder
from hanbench.harness.files.yaml_source import read_yaml
from hanbench.harness.homes.cluster_security import load_cluster_security
from hanbench.harness.judging.assumptions import SCHEME, TRAFFIC, TRANSPORT
from hanbench.harness.judging.clauses import Clause, load_clauses, load_outside

HEAD = Path(__file__).parent / "page_texts" / "stated-and-modelled.md"


def fact_pages() -> dict[str, str]:
    """Return the one page."""
    clauses = load_clauses()
    return {
        "stated-and-modelled.md": "\n".join(
            [
                HEAD.read_text(encoding="utf-8"),
                *_general(),
                *_clauses("Rules that are stated", "stated", clauses),
                *_clauses("Rules that are modelled", "modelled", clauses),
                *_outside(),
                *_models(),
                *_clusters(),
            ]
        )
        + "\n"
    }


def _general() -> list[str]:
    assumptions = (SCHEME, TRANSPORT, *TRAFFIC.values())
    return [
        "## What everything rests on",
        "",
        *(f"- {one}." for one in assumptions),
        (
            "- The parties (S1SP, DCO, DSP, SMSO and the others) and how they answer: "
            "[each operation](../parties.md) says what of it is stated."
        ),
        (
            "- The [migration files](../migration-files.md): names of files are public, their "
            "layouts are not, and are modelled."
        ),
        (
            "- All keys are test material, derived from a name and a seed, unless an Installation "
            "names a key file of yours."
        ),
        "",
    ]


def _clauses(title: str, kind: str, clauses: Mapping[str, Clause]) -> list[str]:
    rows = [
        f"| `{address}` | {cell(clause.statement)} | {cell(clause.source)} |"
        for address, clause in clauses.items()
        if clause.kind == kind
    ]
    return [
        f"## {title}",
        "",
        f"{len(rows)} of {len(clauses)}.",
        "",
        *_table("clause | rule | source", rows),
    ]


def _outside() -> list[str]:
    rows = [
        f"| `{address}` | {cell(one.why)} | {cell(one.source)} |"
        for address, one in load_outside().items()
    ]
    return [
        "## Rules that are outside the bench",
        "",
        "What the sources say and no scenario here can show, and why.",
        "",
        *_table("address | outside, because | source", rows),
    ]


def _models() -> list[str]:
    lines = ["## Devices, value by value", ""]
    for name in fixture_names("models"):
        model = _model(name)
        rows = [
            f"| `{parameter}` | {cell(value)} | {cell(why)} |"
            for parameter, value, why in model.reasons()
        ]
        lines += [f"### {model.title}", "", f"Model `{name}`. {model.source}.", ""]
        lines += _table("parameter | value | why", rows)
    return lines


def _model(name: str) -> ModelProfile:
    data = read_yaml(fixtures_folder("models") / f"{name}.yaml").data
    assert isinstance(data, dict)
    return parse_model(data)


def _clusters() -> list[str]:
    rows = [
        f"| {row.cluster} | {row.protection} | {row.kind} | {cell(row.source)} "
        f"| {cell(row.dispute)} |"
        for row in load_cluster_security().entries
    ]
    return [
        "## Which key protects which cluster",
        "",
        *_table("cluster | key | | source | dispute", rows),
    ]


def _table(head: str, rows: Iterable[str]) -> list[str]:
    columns = head.count("|") + 1
    return [f"| {head} |", "|" + "---|" * columns, *rows, ""]
