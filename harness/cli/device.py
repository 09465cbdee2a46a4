"""`hanbench device`: its options. What it does is in `stepping.request`, imported late."""

import click

from hanbench.harness.cli.options import RECORDED_PARTS, SCHEME, SEED


@click.command()
@click.argument("name")
@click.option(
    "--scenario",
    required=True,
    metavar="NAME|FILE",
    help="The run: a scenario such as clean-two-fuel or clean-two-fuel[two-phase], a scenario file "
    "of your own, or a replay file.",
)
@click.option(
    "--at",
    default="",
    metavar="PLACE",
    help="A time (31min, 00:31:02.5), an event number, start, end, or a fault point: then as it "
    "is passed, before what comes of it. Default: the end of the run.",
)
@click.option(
    "--section",
    "sections",
    multiple=True,
    metavar="PART",
    help="Only sections whose title holds PART, such as sua, account, log; may be repeated.",
)
@click.option(
    "--engine", metavar="ENGINE", help="In place of the reference engine, or the recorded."
)
@RECORDED_PARTS
@SCHEME
@SEED
@click.option("--json", "as_json", is_flag=True, help="Print it as JSON.")
def device(
    *,
    name: str,
    scenario: str,
    at: str,
    sections: tuple[str, ...],
    engine: str | None,
    parts: str | None,
    scheme: str,
    seed: int | None,
    as_json: bool,
) -> None:
    """Print all that the device NAME holds at an instant of a run.

    Of a meter: its SUA keys and what is true of them, the engine's belief, counters, credit and
    tariff, used UTRNs, logs; of the hub: its join table, device log and gas mirror; of each:
    its place on the HAN, link keys, neighbours, routes and frame counts. Keys are shown where they
    are test material, and never otherwise. A device of another home of the run is HOME/NAME.

    Exit code: 0, 1 the run never comes to PLACE, 2 wrong usage or input.
    """
    from hanbench.harness.running.case import RunOptions  # noqa: PLC0415
    from hanbench.harness.stepping.chosen_case import chosen_case  # noqa: PLC0415
    from hanbench.harness.stepping.request import DeviceRequest, show_device  # noqa: PLC0415

    options = RunOptions(engine=engine or "reference", scheme=scheme, parts=parts or "", seed=seed)
    case = chosen_case(scenario, options=options, engine=engine, parts=parts)
    request = DeviceRequest(case=case, name=name, at=at, sections=sections, as_json=as_json)
    raise click.exceptions.Exit(show_device(request))
