"""`hanbench utrn`: the sums of top-up codes by hand. What they do is in `sums`, imported late."""

from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from hanbench.harness.cli.octets import COUNTER, EUI64, KEY, KEY_FILE, KEY_HELP, Octets
from hanbench.harness.cli.options import JSON, with_options
from hanbench.harness.cli.sua import print_sheet

if TYPE_CHECKING:
    from hanbench.emulator.model import ModelProfile
    from hanbench.harness.sums.utrn_of_gbcs import GbcsGiven

TYPES = (
    "vend-add",
    "supply-connection",
    "engineering",
    "vend-set",
    "retain-credit",
    "vend-deduct",
    "vend-and-tariff",
    "reserved",
)
_MAKE_EXAMPLE = """\b
Example (a known answer of the model):
  hanbench utrn make --key 2b7e151628aed2a6abf7158809cf4f3c \\
      --eui64 00-DB-12-34-56-78-90-A1 --sequence 1 --value 1000
"""
_SEQUENCE = click.IntRange(0, 0x7FFF)
_ENDS = (
    click.option("--key", type=KEY, metavar="HEX", help=f"The vend key. {KEY_HELP}"),
    click.option(
        "--key-file", type=KEY_FILE, metavar="FILE", help="Keys, one a line: vend HEX [LABEL]."
    ),
    click.option("--label", default="", help="Which vend key of --key-file."),
    click.option("--eui64", type=EUI64, required=True, metavar="EUI", help="The meter."),
    click.option(
        "--shared-secret",
        type=Octets(32),
        metavar="HEX",
        help="In GBCS form: Z, the ECDH secret of supplier and meter (test keys alone).",
    ),
    click.option("--originator", type=EUI64, metavar="EUI", help="In GBCS form: the supplier."),
    click.option(
        "--counter",
        type=COUNTER,
        metavar="N",
        help="In GBCS form: the originator counter, a multiple of 2^32.",
    ),
)


@click.group()
def utrn() -> None:
    """Do the sums of top-up codes by hand, with every value in between.

    Native codes are those of HAN-DAUTRN-M1, a synthetic model of this project: Secure's real vend
    codes are not public, and nothing here makes one. The GBCS form is public.
    """


@utrn.command(epilog=_MAKE_EXAMPLE)
@with_options(*_ENDS)
@click.option("--type", "kind", type=click.Choice(TYPES), default="vend-add", show_default=True)
@click.option(
    "--sequence",
    "sequences",
    type=_SEQUENCE,
    multiple=True,
    metavar="N",
    help="Of each code of the entry; even: the SMSO's, odd: the S1SP's.",
)
@click.option(
    "--value",
    "values",
    type=click.IntRange(0),
    multiple=True,
    metavar="N",
    help="Of each code: pence, or what the type says.",
)
@click.option(
    "--class",
    "value_class",
    type=click.Choice(["pence", "pounds"]),
    default="pence",
    show_default=True,
    help="In GBCS form: the unit of the value.",
)
@JSON
def make(
    *,
    kind: str,
    sequences: tuple[int, ...],
    values: tuple[int, ...],
    value_class: str,
    as_data: bool,
    **options: Any,
) -> None:
    """Make a code: 20 digits, or 40 and 60 for an entry of several."""
    if _is_gbcs(options):
        from hanbench.harness.sums import utrn_of_gbcs  # noqa: PLC0415
        from hanbench.protocol.utrn_gbcs import ValueClass  # noqa: PLC0415

        if len(values) != 1 or sequences:
            raise click.UsageError("in GBCS form a code has one --value and no --sequence")
        unit = ValueClass[value_class.upper()]
        print_sheet(utrn_of_gbcs.make(_gbcs(options), unit, values[0]), as_data=as_data)
    from hanbench.harness.sums import utrn_native  # noqa: PLC0415
    from hanbench.harness.sums.given_keys import one_key  # noqa: PLC0415
    from hanbench.protocol.keys import KeyUsage  # noqa: PLC0415
    from hanbench.protocol.utrn import NativeType  # noqa: PLC0415

    given, file = options["key"], options["key_file"]
    one = one_key(KeyUsage.VEND, given, file, option="--key", label=options["label"])
    native = NativeType[kind.upper().replace("-", "_")]
    codes = utrn_native.codes_of(native, sequences, values)
    print_sheet(utrn_native.make(one, options["eui64"], codes), as_data=as_data)


@utrn.command()
@click.argument("code")
@with_options(*_ENDS)
@click.option(
    "--used",
    type=_SEQUENCE,
    multiple=True,
    metavar="N",
    help="A sequence that the meter has used; may be repeated.",
)
@click.option("--none-used", is_flag=True, help="The meter has used none.")
@click.option(
    "--floor",
    type=click.IntRange(0, 0x7FFF),
    metavar="N",
    help="The highest sequence that has left its cache.",
)
@click.option(
    "--balance",
    type=int,
    metavar="PENCE",
    help="Of the meter; without it the account is not judged.",
)
@click.option(
    "--model",
    default="liberty-100",
    show_default=True,
    metavar="NAME|FILE",
    help="The device model whose limits hold.",
)
@click.option("--locked", is_flag=True, help="The keypad is locked.")
@JSON
def check(
    *,
    code: str,
    used: tuple[int, ...],
    none_used: bool,
    floor: int | None,
    balance: int | None,
    model: str,
    locked: bool,
    as_data: bool,
    **options: Any,
) -> None:
    """Check a code as a meter does, in its order, and say which check fails and why.

    A code whose MAC is wrong is tried against what is near: two exchanged digits, one wrong digit,
    other keys of --key-file, neighbouring meters.

    Exit code: 0 it holds, 1 it does not, 2 wrong usage or input.
    """
    if _is_gbcs(options):
        from hanbench.harness.sums import utrn_of_gbcs  # noqa: PLC0415

        digits = code.replace(" ", "").replace("-", "")
        print_sheet(utrn_of_gbcs.check(_gbcs(options), digits), as_data=as_data)
    from hanbench.harness.sums import utrn_native  # noqa: PLC0415
    from hanbench.harness.sums.given_keys import keys_for, one_key  # noqa: PLC0415
    from hanbench.protocol.keys import KeyUsage  # noqa: PLC0415

    given, file = options["key"], options["key_file"]
    keys = keys_for(KeyUsage.VEND, given, file, option="--key")
    if options["label"] or not keys:
        first = one_key(KeyUsage.VEND, given, file, option="--key", label=options["label"])
        keys = (first, *(one for one in keys if one != first))
    held = utrn_native.MeterHeld(
        model=_model(model),
        used=used if used or none_used else None,
        floor=-1 if floor is None else floor,
        balance_pence=balance,
        is_locked=locked,
    )
    print_sheet(utrn_native.check(keys, options["eui64"], code, held), as_data=as_data)


@utrn.command()
@click.argument("code")
@JSON
def explain(*, code: str, as_data: bool) -> None:
    """Say what a code tells without any key: its form, its fields, its check digit.

    Exit code: 0, or 1 if the digits are no UTRN of either form.
    """
    from hanbench.harness.sums.utrn_telling import explain as explain_code  # noqa: PLC0415

    print_sheet(explain_code(code), as_data=as_data)


def _is_gbcs(options: dict[str, Any]) -> bool:
    """Say which form is asked for; the options of both at once are refused."""
    names = ("shared_secret", "originator", "counter")
    given = [name for name in names if options[name] is not None]
    if not given:
        return False
    lacking = [f"--{name.replace('_', '-')}" for name in names if name not in given]
    if lacking:
        raise click.UsageError(f"the GBCS form needs {' and '.join(lacking)}, too")
    if options["key"] is not None or options["key_file"] is not None:
        raise click.UsageError(
            "--shared-secret is for the GBCS form, a vend key for the native one"
        )
    return True


def _gbcs(options: dict[str, Any]) -> "GbcsGiven":
    from hanbench.harness.sums.utrn_of_gbcs import GbcsGiven  # noqa: PLC0415

    return GbcsGiven(
        shared_secret=options["shared_secret"],
        originator=options["originator"],
        target=options["eui64"],
        counter=options["counter"],
    )


def _model(named: str) -> "ModelProfile":
    from hanbench.harness.sums.meter_model import meter_model  # noqa: PLC0415

    return meter_model(named, Path.cwd())
