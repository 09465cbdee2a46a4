"""Prints everything that octets can be, or returns it as JSON."""

import json
from collections.abc import Sequence

import click
from rich.console import Console
from rich.text import Text

from hanbench.harness.dissection.render import record, show
from hanbench.harness.sums.sheet import SYNTHETIC, wrapped
from hanbench.harness.sums.sua_telling import Reading


def show_readings(
    console: Console, model: str, octets: bytes, found: Sequence[Reading], *, as_data: bool
) -> bool:
    """Print what the octets can be; return whether they are anything."""
    is_known = any(one.told is not None or not one.what.startswith("nothing") for one in found)
    if as_data:
        told = [
            {
                "what": one.what,
                "says": one.says,
                "layers": record({}, one.told)["layers"] if one.told else [],
            }
            for one in found
        ]
        told_all = {"octets": octets.hex(), "model": model, "about": SYNTHETIC, "can_be": told}
        click.echo(json.dumps(told_all, indent=1))
        return is_known
    console.print(Text(f"{len(octets)} octets, without a key", "bold"))
    console.print(Text(f"{model}: {SYNTHETIC}", "dim"), soft_wrap=True)
    for place, one in enumerate(found):
        head = "it can be" if place == 0 else "or"
        console.print(Text(f"\n{head} {one.what}" if is_known else f"\n{one.what}", "bold"))
        if one.told is not None:
            show(console, "", one.told)
        for says in one.says:
            for line in wrapped(says, console.width, "  "):
                console.print(Text(line), soft_wrap=True)
    return is_known
