"""Names of migration files.

Source: the samples on the DCC's pages on SMETS1 migration updates and scaling methodology:

    MA_cgI_70-B3-D5-1F-30-00-A0-08_20190407_182503          type _ tag _ EUI-64 _ date _ time
    MAPASSWORD_CGI_70-B3-D5-1F-30-00-A0-08_20190407_182503  the password of that MA
    DC-AAA123_70-B3-D5-1F-30-00-A0-08_CGI_20190121          reference, EUI-64, tag, date
    DR_AAA123_70-B3-D5-1F-30-00-A0-08_CGI_20190121          the same, for a demand return

What the fields mean is inferred. The case of the tag differs between the samples, so tags are
compared without it and kept as written. Names of the Dormant notifications are not public: `DFU`
and `DMS` are modelled [M] after the MA.
"""

import datetime
import enum
import re
from dataclasses import dataclass

from hanbench.protocol.errors import FileError, FileProblem
from hanbench.protocol.identifiers import Eui64, format_eui64, parse_eui64


class FileType(enum.StrEnum):
    """What a name begins with."""

    AUTHORISATION = "MA"
    PASSWORD = "MAPASSWORD"  # noqa: S105 - the word of the samples, no password
    DORMANT_FIRMWARE = "DFU"
    DORMANT_MIGRATION = "DMS"
    DEMAND_COMMIT = "DC"
    DEMAND_RETURN = "DR"


@dataclass(frozen=True, slots=True, kw_only=True)
class StampedName:
    """The name of a file that is written at an instant: MA, MAPASSWORD, DFU, DMS."""

    type: FileType
    tag: str
    """The sender, three letters in the samples; as written."""
    sender: Eui64
    written_at: datetime.datetime
    """To the second, without a time zone: the samples name none."""

    def is_from(self, tag: str) -> bool:
        """Whether the tag is this one, whatever its case."""
        return self.tag.upper() == tag.upper()

    def is_password_of(self, other: "StampedName") -> bool:
        """Whether this names the password of that Migration Authorisation."""
        return (
            (self.type, other.type) == (FileType.PASSWORD, FileType.AUTHORISATION)
            and self.is_from(other.tag)
            and (self.sender, self.written_at) == (other.sender, other.written_at)
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class DemandName:
    """The name of a demand file: DC, DR."""

    type: FileType
    reference: str
    sender: Eui64
    tag: str
    day: datetime.date


_TAG = "[A-Za-z]{3}"
_EUI64 = "(?:[0-9A-F]{2}-){7}[0-9A-F]{2}"
_STAMPED = re.compile(
    rf"(MA|MAPASSWORD|DFU|DMS)_({_TAG})_({_EUI64})_([1-9][0-9]{{7}})_([0-9]{{6}})"
)
_DEMAND = re.compile(rf"(DC-|DR_)([A-Z0-9]{{1,12}})_({_EUI64})_({_TAG})_([1-9][0-9]{{7}})")
_SUFFIX = ".csv"


def parse_stamped(name: str) -> StampedName:
    """Read the name of an MA, MAPASSWORD, DFU or DMS file, with or without `.csv`.

    Raises:
        FileError: it is not such a name, or its date or time does not exist.
    """
    match = _STAMPED.fullmatch(name.removesuffix(_SUFFIX))
    if match is None:
        raise _error(
            name, "expected TYPE_TAG_EUI-64_yyyymmdd_hhmmss, the type MA, MAPASSWORD, DFU or DMS"
        )
    kind, tag, sender, date, time = match.groups()
    try:
        written_at = datetime.datetime.strptime(f"{date}{time}", "%Y%m%d%H%M%S")  # noqa: DTZ007 - the samples name no time zone
    except ValueError as error:
        raise _error(name, f"{date}_{time} is no date and time") from error
    return StampedName(
        type=FileType(kind), tag=tag, sender=parse_eui64(sender), written_at=written_at
    )


def format_stamped(name: StampedName) -> str:
    """Write such a name, without `.csv`; the tag stays as it is."""
    stamp = name.written_at.strftime("%Y%m%d_%H%M%S")
    return f"{name.type}_{name.tag}_{format_eui64(name.sender)}_{stamp}"


def parse_demand(name: str) -> DemandName:
    """Read the name of a demand commit or return file, with or without `.csv`.

    Raises:
        FileError: it is not such a name, or its date does not exist.
    """
    match = _DEMAND.fullmatch(name.removesuffix(_SUFFIX))
    if match is None:
        raise _error(name, "expected DC-REFERENCE_EUI-64_TAG_yyyymmdd, or DR_ for a return")
    kind, reference, sender, tag, date = match.groups()
    try:
        day = datetime.date(int(date[:4]), int(date[4:6]), int(date[6:]))
    except ValueError as error:
        raise _error(name, f"{date} is no date") from error
    return DemandName(
        type=FileType(kind[:2]), reference=reference, sender=parse_eui64(sender), tag=tag, day=day
    )


def format_demand(name: DemandName) -> str:
    """Write such a name, without `.csv`: `DC-` with a hyphen and `DR_` without, as printed."""
    mark = "-" if name.type is FileType.DEMAND_COMMIT else "_"
    day = name.day.strftime("%Y%m%d")
    return f"{name.type}{mark}{name.reference}_{format_eui64(name.sender)}_{name.tag}_{day}"


def _error(name: str, reason: str) -> FileError:
    return FileError(FileProblem(name[:128], 1, "name", reason))
