"""`hanbench sua`: the sums of SUA codes by hand. What they do is in `sums`, imported late."""

from typing import TYPE_CHECKING, Any

import click

from hanbench.harness.cli.octets import COUNTER, EUI64, KEY, KEY_FILE, KEY_HELP, VERSION, Octets
from hanbench.harness.cli.options import JSON, SCHEME, with_options

if TYPE_CHECKING:
    from hanbench.harness.sums.instruction_given import InstructionGiven
    from hanbench.harness.sums.sheet import Sheet
    from hanbench.protocol.keys import Key
    from hanbench.protocol.sua import SuaScheme

_ISSUE_EXAMPLE = """\b
Example (a known answer of the model):
  hanbench sua issue --key 000102030405060708090a0b0c0d0e0f \\
      --eui64 00-DB-12-34-56-78-90-A1 --version 1 --counter 1 --text DISABLE_SUPPLY
"""

_REQUEST = (
    click.option(
        "--instruction",
        default="",
        metavar="HEX|TYPE",
        help="What the code is for: canonical octets, or a type such as no-op, disable-supply or "
        "rotate-sua-key.",
    ),
    click.option(
        "--request-id",
        type=VERSION,
        default=1,
        show_default=True,
        help="Of an instruction that is given by its type.",
    ),
    click.option("--text", default="", help="Octets that are no Instruction, as UTF-8 text."),
    click.option(
        "--digest",
        type=Octets(32),
        default=None,
        metavar="HEX",
        help="The SHA-256 alone, where the instruction is not known.",
    ),
    click.option("--new-key", type=KEY, metavar="HEX", help="Of a rotation: the key that follows."),
    click.option("--new-version", type=VERSION, metavar="N", help="Of a rotation: its version."),
    click.option(
        "--master",
        type=KEY,
        metavar="HEX",
        help="The master key, under which a new key is wrapped.",
    ),
)
_SCOPE = (
    click.option("--key", type=KEY, metavar="HEX", help=f"The SUA key. {KEY_HELP}"),
    click.option(
        "--key-file",
        type=KEY_FILE,
        metavar="FILE",
        help="Keys, one a line: TYPE HEX [LABEL], TYPE being sua or master.",
    ),
    click.option("--label", default="", help="Which sua key of --key-file."),
    click.option("--eui64", type=EUI64, required=True, metavar="EUI", help="The device."),
    click.option("--group", default="DA", show_default=True),
)


@click.group()
def sua() -> None:
    """Do the sums of SUA codes by hand, with every value in between.

    The codes are those of HAN-SUA-M1, a synthetic model of this project: the real SUA of Secure's
    devices is published nowhere, and nothing here works on one.
    """


@sua.command(epilog=_ISSUE_EXAMPLE)
@with_options(*_SCOPE, *_REQUEST)
@click.option("--version", "key_version", type=VERSION, required=True, help="Of the key.")
@click.option("--counter", type=COUNTER, required=True, help="That the code spends.")
@with_options(SCHEME, JSON)
def issue(*, key_version: int, counter: int, as_data: bool, **options: Any) -> None:
    """Make the code for one instruction to one device."""
    from hanbench.harness.sums import sua_code  # noqa: PLC0415

    given = _code_given(options, key_version, counter)
    print_sheet(sua_code.issue(given), as_data=as_data)


@sua.command()
@with_options(*_SCOPE, *_REQUEST)
@click.option("--code", type=Octets(what="the code"), metavar="HEX", help="The code to check.")
@click.option(
    "--command",
    type=Octets(what="the command"),
    metavar="HEX",
    help="Instruction, version, counter and code in one, as an envelope carries them.",
)
@click.option(
    "--answer",
    type=Octets(what="the answer"),
    metavar="HEX",
    help="An answer instead of a code: under which key was it MACed?",
)
@click.option("--version", "key_version", type=VERSION, help="That the code is said to be for.")
@click.option("--counter", type=COUNTER, help="That the code is said to be for.")
@click.option(
    "--held-version",
    type=VERSION,
    metavar="N",
    help="Of the device's current key. Default: that of the code.",
)
@click.option(
    "--last-counter",
    type=COUNTER,
    metavar="N",
    help="The last that the device spent; without it the counter is not judged.",
)
@click.option(
    "--window",
    type=click.IntRange(1, 100),
    default=10,
    show_default=True,
    help="How far above it the next may be.",
)
@click.option("--max-version", type=VERSION, metavar="N", help="The highest ever held.")
@click.option("--staged-key", type=KEY, metavar="HEX", help="Of a two-phase rotation.")
@click.option("--staged-version", type=VERSION, metavar="N", help="Of the staged key.")
@click.option(
    "--addressee", type=EUI64, metavar="EUI", help="Whom the envelope names. Default: the device."
)
@click.option("--locked", is_flag=True, help="The device is locked out.")
@click.option("--torn", is_flag=True, help="The device's key slot is torn.")
@with_options(SCHEME, JSON)
def verify(*, as_data: bool, **options: Any) -> None:
    """Check a code as a device does, in its order, and say which check fails and why.

    A code that does not fit is tried against what is near: other counters and versions, other
    keys of --key-file, neighbouring addresses, a digest that was hashed twice.

    Exit code: 0 it holds, 1 it does not, 2 wrong usage or input.
    """
    if options["answer"] is not None:
        _verify_answer(options, as_data=as_data)
        return
    from hanbench.harness.sums import sua_checks  # noqa: PLC0415
    from hanbench.protocol.keys import Key, KeyUsage  # noqa: PLC0415

    _take_command(options)
    for name in ("key_version", "counter", "code"):
        if options[name] is None:
            word = "--version" if name == "key_version" else f"--{name}"
            raise click.UsageError(f"say {word}, or all at once by --command")
    if (options["staged_key"] is None) != (options["staged_version"] is None):
        raise click.UsageError("--staged-key and --staged-version go together")
    keys = _keys(options, "sua")
    staged = None if options["staged_key"] is None else Key(KeyUsage.SUA, options["staged_key"])
    held_version = options["held_version"]
    held = sua_checks.Held(
        key=keys[0].key,
        version=options["key_version"] if held_version is None else held_version,
        last_counter=options["last_counter"],
        window=options["window"],
        max_version=options["max_version"],
        staged_key=staged,
        staged_version=options["staged_version"] or 0,
        is_locked=options["locked"],
        is_torn=options["torn"],
        addressee=options["addressee"],
        master=_master(options),
    )
    given = _code_given(options, options["key_version"], options["counter"])
    sheet = sua_checks.verify(
        sua_checks.ToVerify(given=given, keys=keys, code=options["code"], held=held)
    )
    print_sheet(sheet, as_data=as_data)


@sua.command()
@click.argument("octets", type=Octets(what="what is to be explained"), metavar="HEX")
@with_options(SCHEME, JSON)
def explain(*, octets: bytes, scheme: str, as_data: bool) -> None:
    """Say what octets of the SUA layer tell without any key: a code, a command, an answer.

    Exit code: 0, or 1 if they are nothing of the model.
    """
    from hanbench.harness.running.terminal import make_console  # noqa: PLC0415
    from hanbench.harness.schemes import load_scheme  # noqa: PLC0415
    from hanbench.harness.sums.show_readings import show_readings  # noqa: PLC0415
    from hanbench.harness.sums.sua_telling import readings  # noqa: PLC0415

    chosen = load_scheme(scheme)
    is_known = show_readings(
        make_console(), chosen.name, octets, readings(octets, chosen), as_data=as_data
    )
    raise click.exceptions.Exit(0 if is_known else 1)


def _verify_answer(options: dict[str, Any], *, as_data: bool) -> None:
    from hanbench.harness.sums import sua_answer  # noqa: PLC0415
    from hanbench.harness.sums.instruction_given import bound_to  # noqa: PLC0415

    _take_command(options)
    scheme = _scheme(options)
    given = sua_answer.AnswerGiven(
        scheme=scheme,
        keys=_keys(options, "sua"),
        eui64=options["eui64"],
        answer=options["answer"],
        bound=bound_to(_instruction(options), scheme, options["eui64"]),
    )
    print_sheet(sua_answer.verify_answer(given), as_data=as_data)


def _take_command(options: dict[str, Any]) -> None:
    """Put what a whole Command holds in the place of the single options."""
    octets = options["command"]
    if octets is None:
        return
    from hanbench.protocol.errors import DecodeError  # noqa: PLC0415
    from hanbench.protocol.instruction import decode_command  # noqa: PLC0415

    if any(options[name] for name in ("instruction", "text", "digest", "code")):
        raise click.UsageError("--command holds the instruction and the code: give no other")
    try:
        held = decode_command(octets)
    except DecodeError as error:
        raise click.BadParameter(f"no Command: {error}", param_hint="'--command'") from error
    options["instruction"] = held.instruction.hex()
    code = held.authorisation
    if code is not None:
        options.update(key_version=code.key_version, counter=code.counter, code=code.code)
    elif options["answer"] is None:
        raise click.BadParameter("the Command has no SUA code", param_hint="'--command'")


def _code_given(options: dict[str, Any], key_version: int, counter: int) -> Any:
    from hanbench.harness.sums.instruction_given import bound_to  # noqa: PLC0415
    from hanbench.harness.sums.sua_code import CodeGiven  # noqa: PLC0415
    from hanbench.protocol.keys import Key, KeyUsage  # noqa: PLC0415

    scheme = _scheme(options)
    one = _keys(options, "sua")[0]
    key, label = one.key, one.label
    if options.get("staged_key") is not None and key_version == options["staged_version"]:
        key, label = Key(KeyUsage.SUA, options["staged_key"]), "--staged-key"
    return CodeGiven(
        scheme=scheme,
        key=key,
        key_label=label,
        eui64=options["eui64"],
        group=options["group"],
        key_version=key_version,
        counter=counter,
        bound=bound_to(_instruction(options), scheme, options["eui64"]),
    )


def _instruction(options: dict[str, Any]) -> "InstructionGiven":
    from hanbench.harness.sums.instruction_given import InstructionGiven  # noqa: PLC0415
    from hanbench.protocol.keys import Key, KeyUsage  # noqa: PLC0415

    new_key = options["new_key"]
    return InstructionGiven(
        instruction=options["instruction"],
        request_id=options["request_id"],
        text=options["text"],
        digest=options["digest"] or b"",
        new_key=None if new_key is None else Key(KeyUsage.SUA, new_key),
        new_version=options["new_version"],
        master=_master(options),
    )


def _master(options: dict[str, Any]) -> "Key | None":
    from hanbench.harness.sums.given_keys import keys_for, table_has  # noqa: PLC0415
    from hanbench.protocol.keys import KeyUsage  # noqa: PLC0415

    given, file = options["master"], options["key_file"]
    if given is None and (file is None or not table_has(file, KeyUsage.MASTER)):
        return None
    return keys_for(KeyUsage.MASTER, given, file, option="--master")[0].key


def _keys(options: dict[str, Any], usage: str) -> tuple[Any, ...]:
    """Return all keys of a use, the chosen one first."""
    from hanbench.harness.sums.given_keys import keys_for, one_key  # noqa: PLC0415
    from hanbench.protocol.keys import KeyUsage  # noqa: PLC0415

    kind: KeyUsage = KeyUsage(usage)
    given, file = options["key"], options["key_file"]
    is_any = options.get("answer") is not None or "code" in options
    found = keys_for(kind, given, file, option="--key")
    if is_any and found and not options["label"]:
        return found
    chosen = one_key(kind, given, file, option="--key", label=options["label"])
    return (chosen, *(one for one in found if one is not chosen and one != chosen))


def _scheme(options: dict[str, Any]) -> "SuaScheme":
    from hanbench.harness.schemes import load_scheme  # noqa: PLC0415

    return load_scheme(options["scheme"])


def print_sheet(sheet: "Sheet", *, as_data: bool) -> None:
    """Print a sheet, and end the command: 0 if it holds, else 1."""
    from hanbench.harness.running.terminal import make_console  # noqa: PLC0415
    from hanbench.harness.sums.sheet import as_json, show  # noqa: PLC0415

    if as_data:
        click.echo(as_json(sheet))
    else:
        show(make_console(), sheet)
    raise click.exceptions.Exit(0 if sheet.holds else 1)
