"""One message of each format, and strategies that draw others."""

import datetime

from hypothesis import strategies as st

from hanbench.protocol.identifiers import Eui64, parse_eui64
from hanbench.protocol.migration.authorisation import (
    AuthorisedInstallation,
    Meter,
    MigrationAuthorisation,
)
from hanbench.protocol.migration.commissioning import (
    CommissioningFile,
    CommissioningOutcomes,
    DeviceOutcome,
    InstallationOutcome,
    MovedDevice,
    MovedInstallation,
)
from hanbench.protocol.migration.common_file import (
    CommonDevice,
    CommonFile,
    CommonInstallation,
    NetworkCertificate,
)
from hanbench.protocol.migration.demand import DayDemand, Demand
from hanbench.protocol.migration.dormant_schedule import (
    DormantMigration,
    FirmwareSchedule,
    FirmwareUpgrade,
    MigrationSchedule,
)
from hanbench.protocol.migration.file_names import DemandName, FileType, StampedName
from hanbench.protocol.migration.file_sets import (
    DcoFileSet,
    HandedOverInstallation,
    HandedOverMeter,
    S1spFileSet,
    ServedDevice,
    ServedInstallation,
)

SENDER = parse_eui64("70-B3-D5-1F-30-00-A0-08")
HUB = parse_eui64("00-DB-12-34-56-78-90-A2")
ESME = parse_eui64("00-DB-12-34-56-78-90-A0")
GSME = parse_eui64("00-DB-12-34-56-78-90-A1")
DAY = datetime.date(2019, 4, 15)
STAMP = datetime.datetime(2019, 4, 7, 18, 25, 3)  # noqa: DTZ001 - the samples name no time zone

MA_NAME = StampedName(type=FileType.AUTHORISATION, tag="cgI", sender=SENDER, written_at=STAMP)

AUTHORISATION = MigrationAuthorisation(
    name=MA_NAME,
    day=DAY,
    installations=(
        AuthorisedInstallation(
            installation="home-1",
            chf=HUB,
            esme=Meter(ESME, "active"),
            gsme=Meter(GSME, "dormant"),
            dno_certificate="0A1B2C",
        ),
        AuthorisedInstallation(
            installation="home-2", chf=Eui64(HUB + 16), esme=Meter(Eui64(ESME + 16), "dormant")
        ),
    ),
)
COMMON = CommonFile(
    name="MCF-1",
    authorisation="MA_cgI_70-B3-D5-1F-30-00-A0-08_20190407_182503",
    installations=(
        CommonInstallation(
            name="home-1",
            supplier="Example Supplier",
            profile="mixed",
            devices=(
                CommonDevice(name="hub", eui64=HUB, type="CHF", model="skyline-i-510"),
                CommonDevice(
                    name="esme", eui64=ESME, type="ESME", model="liberty-100", mode="active"
                ),
                CommonDevice(name="gsme", eui64=GSME, type="GSME", mode="dormant"),
            ),
            certificates=(NetworkCertificate("DNO", "0A1B2C"),),
        ),
    ),
)
S1SP_SET = S1spFileSet(
    "S1SP-RFS-1",
    "MCF-1",
    (
        ServedInstallation(
            "home-1",
            (
                ServedDevice("hub", HUB, "CHF"),
                ServedDevice("esme", ESME, "ESME", "00010203"),
            ),
        ),
    ),
)
DCO_SET = DcoFileSet(
    "DCO-RFS-1",
    "MCF-1",
    (HandedOverInstallation("home-1", (HandedOverMeter("esme", ESME, "ESME", b"\x48\x41"),)),),
)
COMMISSIONING = CommissioningFile(
    "S1SP-CF-1",
    "MCF-1",
    (MovedInstallation("home-1", (MovedDevice("hub", HUB), MovedDevice("esme", ESME, 2))),),
)
OUTCOMES = CommissioningOutcomes(
    "CO-1",
    "MCF-1",
    (
        InstallationOutcome(
            name="home-1",
            outcome="commissioned",
            devices=(DeviceOutcome("esme", ESME, "Commissioned"),),
        ),
        InstallationOutcome(name="home-2", outcome="refused", error_code="CP-DUPLICATE-DEVICE"),
    ),
)
COMMIT = Demand(
    DemandName(
        type=FileType.DEMAND_COMMIT,
        reference="AAA123",
        sender=SENDER,
        tag="CGI",
        day=datetime.date(2019, 1, 21),
    ),
    (DayDemand(DAY, 80, 120), DayDemand(DAY + datetime.timedelta(1), 0, 100)),
)
FIRMWARE = FirmwareSchedule(
    StampedName(type=FileType.DORMANT_FIRMWARE, tag="DCC", sender=SENDER, written_at=STAMP),
    (
        FirmwareUpgrade(
            installation="home-2",
            device=ESME,
            day=DAY,
            from_firmware="00010203",
            to_firmware="00010300",
        ),
        FirmwareUpgrade(
            installation="home-2",
            device=ESME,
            day=DAY,
            from_firmware="00010300",
            to_firmware="00020000",
        ),
    ),
)
MIGRATION = MigrationSchedule(
    StampedName(type=FileType.DORMANT_MIGRATION, tag="DCC", sender=SENDER, written_at=STAMP),
    (DormantMigration("home-2", DAY, SENDER),),
)

EUI64S = st.integers(0, 2**64 - 1).map(Eui64)
NAMES = st.from_regex(r"[A-Za-z0-9._-]{1,64}", fullmatch=True)
FILE_NAMES = st.from_regex(r"[A-Za-z0-9._/-]{1,128}", fullmatch=True)
SERIALS = st.from_regex(r"[0-9A-F]{1,40}", fullmatch=True)
TEXTS = st.from_regex("[ -~\u00a1-\ud7ff]{1,64}", fullmatch=True)
MODELS = st.just("") | st.from_regex(r"[A-Za-z0-9._ -]{1,64}", fullmatch=True)
DATES = st.dates(datetime.date(1000, 1, 1))
TAGS = st.from_regex(r"[A-Za-z]{3}", fullmatch=True)
VERSIONS = st.from_regex(r"[0-9A-F]{8}", fullmatch=True)
STAMPS = st.datetimes(datetime.datetime(1000, 1, 1)).map(  # noqa: DTZ001
    lambda it: it.replace(microsecond=0)
)
TYPES = st.sampled_from(["ESME", "GSME", "CHF", "GPF", "PPMID", "IHD", "CAD", "HCALCS"])
MODES = st.sampled_from(["active", "dormant"])


def stamped(kind: FileType) -> st.SearchStrategy[StampedName]:
    return st.builds(StampedName, type=st.just(kind), tag=TAGS, sender=EUI64S, written_at=STAMPS)


def demand_name(kind: FileType) -> st.SearchStrategy[DemandName]:
    return st.builds(
        DemandName,
        type=st.just(kind),
        reference=st.from_regex(r"[A-Z0-9]{1,12}", fullmatch=True),
        sender=EUI64S,
        tag=TAGS,
        day=DATES,
    )


@st.composite
def authorisations(draw: st.DrawFn) -> MigrationAuthorisation:
    names = draw(st.lists(NAMES, min_size=1, max_size=4, unique=True))
    addresses = draw(
        st.lists(EUI64S, min_size=3 * len(names), max_size=3 * len(names), unique=True)
    )
    which = draw(st.lists(st.integers(1, 3), min_size=len(names), max_size=len(names)))
    installations = tuple(
        AuthorisedInstallation(
            installation=name,
            chf=addresses[3 * n],
            esme=Meter(addresses[3 * n + 1], draw(MODES)) if which[n] & 1 else None,
            gsme=Meter(addresses[3 * n + 2], draw(MODES)) if which[n] & 2 else None,
            dno_certificate=draw(st.just("") | SERIALS),
            gt_certificate=draw(st.just("") | SERIALS),
        )
        for n, name in enumerate(names)
    )
    return MigrationAuthorisation(
        name=draw(stamped(FileType.AUTHORISATION)), day=draw(DATES), installations=installations
    )


COMMON_DEVICES = st.builds(
    CommonDevice, name=NAMES, eui64=EUI64S, type=TYPES, model=MODELS, mode=st.none() | MODES
)
COMMON_FILES = st.builds(
    CommonFile,
    name=FILE_NAMES,
    group_id=st.from_regex("[A-Z]{2}", fullmatch=True),
    authorisation=st.just("") | FILE_NAMES,
    installations=st.lists(
        st.builds(
            CommonInstallation,
            name=NAMES,
            supplier=TEXTS,
            profile=st.sampled_from([None, "all-active", "all-dormant", "mixed"]),
            devices=st.lists(COMMON_DEVICES, min_size=1, max_size=3).map(tuple),
            certificates=st.lists(
                st.builds(NetworkCertificate, st.sampled_from(["DNO", "GT"]), SERIALS), max_size=2
            ).map(tuple),
        ),
        min_size=1,
        max_size=3,
    ).map(tuple),
)


def _named_apart(items, least=1):
    return st.lists(items, min_size=least, max_size=3, unique_by=lambda it: it.name).map(tuple)


S1SP_SETS = st.builds(
    S1spFileSet,
    FILE_NAMES,
    FILE_NAMES,
    _named_apart(
        st.builds(
            ServedInstallation,
            NAMES,
            _named_apart(st.builds(ServedDevice, NAMES, EUI64S, TYPES, st.just("") | VERSIONS)),
        )
    ),
)
DCO_SETS = st.builds(
    DcoFileSet,
    FILE_NAMES,
    FILE_NAMES,
    _named_apart(
        st.builds(
            HandedOverInstallation,
            NAMES,
            _named_apart(
                st.builds(
                    HandedOverMeter,
                    NAMES,
                    EUI64S,
                    st.sampled_from(["ESME", "GSME"]),
                    st.binary(min_size=1, max_size=40),
                )
            ),
        )
    ),
)
COMMISSIONING_FILES = st.builds(
    CommissioningFile,
    FILE_NAMES,
    FILE_NAMES,
    _named_apart(
        st.builds(
            MovedInstallation,
            NAMES,
            _named_apart(
                st.builds(MovedDevice, NAMES, EUI64S, st.none() | st.integers(0, 2**32 - 1))
            ),
        )
    ),
)
_DEVICE_OUTCOMES = _named_apart(
    st.builds(DeviceOutcome, NAMES, EUI64S, st.sampled_from(["Commissioned", "NotCommissioned"])),
    least=0,
)
OUTCOME_FILES = st.builds(
    CommissioningOutcomes,
    FILE_NAMES,
    FILE_NAMES,
    _named_apart(
        st.builds(
            InstallationOutcome,
            name=NAMES,
            outcome=st.sampled_from(["commissioned", "commissioned-electricity-only"]),
            devices=_DEVICE_OUTCOMES,
        )
        | st.builds(
            InstallationOutcome,
            name=NAMES,
            outcome=st.just("refused"),
            error_code=st.from_regex("[A-Z0-9_-]{1,40}", fullmatch=True),
            devices=_DEVICE_OUTCOMES,
        )
    ),
)
_DAYS = st.lists(
    st.builds(DayDemand, DATES, st.integers(0, 999_999), st.integers(0, 999_999)),
    max_size=4,
    unique_by=lambda it: it.day,
).map(tuple)
DEMANDS = st.builds(
    Demand,
    st.sampled_from([FileType.DEMAND_COMMIT, FileType.DEMAND_RETURN]).flatmap(demand_name),
    _DAYS,
)
MIGRATION_SCHEDULES = st.builds(
    MigrationSchedule,
    stamped(FileType.DORMANT_MIGRATION),
    st.lists(
        st.builds(DormantMigration, NAMES, DATES, EUI64S),
        max_size=4,
        unique_by=lambda it: it.installation,
    ).map(tuple),
)
FIRMWARE_SCHEDULES = st.builds(
    FirmwareSchedule,
    stamped(FileType.DORMANT_FIRMWARE),
    st.lists(
        st.builds(
            FirmwareUpgrade,
            installation=NAMES,
            device=EUI64S,
            day=DATES,
            from_firmware=st.just("00000001"),
            to_firmware=st.just("00000002"),
        ),
        max_size=4,
        unique_by=lambda it: it.device,
    ).map(tuple),
)
