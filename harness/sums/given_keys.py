"""The keys of a sum: given on the command line (test keys alone belong there), or from a file.

A file is what `hanbench decode --keys` reads: a line a key, `TYPE HEX [LABEL]`.
"""

from pathlib import Path

from hanbench.harness.dissection.keys import KeyTable, LabelledKey, read_keys
from hanbench.harness.errors import ScenarioError
from hanbench.protocol.keys import Key, KeyUsage


def keys_for(
    usage: KeyUsage, given: bytes | None, file: Path | None, *, option: str
) -> tuple[LabelledKey, ...]:
    """Return the keys of one use, that of the command line first; there may be none.

    Raises:
        ScenarioError: the file cannot be read, a line of it is wrong, or it has none of this use.
    """
    found = [] if given is None else [LabelledKey(option, Key(usage, given))]
    if file is None:
        return tuple(found)
    held = _table(file).of(usage)
    if not held and not found:
        says = f"no line with a {usage.value} key; expected `{usage.value} HEX [LABEL]`"
        raise ScenarioError(says, path=str(file))
    return (*found, *reversed(held))


def one_key(
    usage: KeyUsage, given: bytes | None, file: Path | None, *, option: str, label: str = ""
) -> LabelledKey:
    """Return the one key of a use, chosen by its label where a file has several.

    Raises:
        ScenarioError: there is none, or it is not said which.
    """
    found = keys_for(usage, given, file, option=option)
    if not found:
        raise ScenarioError(f"no {usage.value} key: give {option} HEX, or --key-file FILE")
    if label:
        chosen = [one for one in found if one.label == label]
        if not chosen:
            known = ", ".join(one.label for one in found)
            raise ScenarioError(f"--label {label}: no such {usage.value} key; there are {known}")
        return chosen[0]
    if given is None and len(found) > 1:
        known = ", ".join(one.label for one in found)
        raise ScenarioError(f"{file}: several {usage.value} keys ({known}); say which by --label")
    return found[0]


def table_has(file: Path, usage: KeyUsage) -> bool:
    """Say whether a key file has a key of this use; raises as `keys_for`."""
    return bool(_table(file).of(usage))


def _table(file: Path) -> KeyTable:
    try:
        table = read_keys(file.read_bytes(), str(file))
    except OSError as error:
        raise ScenarioError(f"cannot be read: {error.strerror}", path=str(file)) from error
    if table.problems:
        raise ScenarioError("\n".join(table.problems))
    return table
