"""`hanbench decode`: its options. What it does is in `decoding`, imported when it is asked for."""

from pathlib import Path

import click

from hanbench.harness.cli.run import address


@click.command()
@click.argument("what", metavar="[HEX|CAPTURE]...", nargs=-1)
@click.option(
    "--keys",
    type=click.Path(path_type=Path, dir_okay=False),
    metavar="FILE",
    help="Keys, one a line: TYPE HEX [LABEL]; TYPE is network, link, install-code (with its CRC), "
    "transport or sua. Wireshark's zigbee_pc_keys is read, too.",
)
@click.option(
    "--as",
    "kind",
    type=click.Choice(["frame", "envelope", "instruction", "command", "answer"]),
    default="frame",
    show_default=True,
    help="What HEX is: a frame of the HAN, a WAN envelope, canonical Instruction bytes, an "
    "Instruction with its SUA layer, or an answer.",
)
@click.option("--fcs/--no-fcs", "has_fcs", default=None, help="Whether HEX ends with its FCS.")
@click.option("--frame", "frames", type=click.IntRange(min=1), multiple=True, metavar="N",
              help="Only packet N of a capture; may be repeated.")  # fmt: skip
@click.option("--limit", type=click.IntRange(min=1), metavar="N", help="At most N packets.")
@click.option("--brief", is_flag=True, help="One line a packet.")
@click.option("--json", "as_json", is_flag=True, help="A line of JSON a packet.")
@click.option(
    "--listen",
    callback=address,
    metavar="[HOST:]PORT",
    help="Decode ZEP live instead, as `hanbench run --zep` sends it, until Ctrl-C.",
)
def decode(
    *,
    what: tuple[str, ...],
    keys: Path | None,
    kind: str,
    has_fcs: bool | None,
    frames: tuple[int, ...],
    limit: int | None,
    brief: bool,
    as_json: bool,
    listen: tuple[str, int] | None,
) -> None:
    """Explain octets, or each packet of a capture: named fields beside the hex, layer by layer.

    Captures are pcap or pcapng with 802.15.4 (link types 195, 230, 283), ZEP inside UDP, or
    HAN-WAN-M1 envelopes (147). Frames are opened with the keys of --keys and with those that the
    capture itself shows: its key preamble, and Transport Key commands under a known link key.

    Exit code: 0, or 2 if the input could not be read to its end; what could be read is printed.
    """
    from hanbench.harness.dissection.decoding import DecodeRequest, execute  # noqa: PLC0415
    from hanbench.harness.running.terminal import make_console  # noqa: PLC0415

    if brief and as_json:
        raise click.UsageError("say --brief or --json, not both")
    if bool(what) == (listen is not None):
        raise click.UsageError("name a capture or give hex, or say --listen")
    request = DecodeRequest(
        what=" ".join(what),
        kind=kind,
        keys=keys,
        has_fcs=has_fcs,
        frames=frames,
        limit=limit,
        is_brief=brief,
        as_json=as_json,
        listen=listen,
    )
    raise click.exceptions.Exit(execute(request, make_console()))
