"""What is asked for is reported: on change, at the latest, to who is bound, and nothing else."""

import pytest

from hanbench.emulator.instant import SECOND_US, Instant
from hanbench.emulator.node.zdo.bindings import Binding
from hanbench.emulator.zcl.reporting import NEVER, RULES_MAX, Reporting
from hanbench.protocol.identifiers import Eui64
from hanbench.protocol.zigbee.attributes import AttributeValue, DataType
from hanbench.protocol.zigbee.zcl import ZclStatus
from hanbench.protocol.zigbee.zcl_reporting import (
    AskedRule,
    ConfigureReporting,
    ReadReportingConfiguration,
    ReportDirection,
    ReportingFailure,
    ReportingRule,
    ReportingTimeout,
)

METERING = 0x0702
SUMMATION = 0x0000
DISPLAY = Binding(1, METERING, Eui64(0x0102), 1)


def rule(**changes: object) -> ReportingRule:
    stated = {
        "id": SUMMATION,
        "type": DataType.UINT48,
        "interval_s_min": 10,
        "interval_s_max": 60,
        "change": 100,
    } | changes
    return ReportingRule(**stated)  # type: ignore[arg-type]


class Meter:
    """A meter with one attribute, which a test turns."""

    def __init__(self, *bindings: Binding) -> None:
        self.reading = 1_000
        self.reporting = Reporting(lambda: bindings)

    def held(self, cluster: int) -> dict[int, AttributeValue]:
        if cluster != METERING:
            return {}
        return {SUMMATION: AttributeValue(DataType.UINT48, self.reading)}

    def ask(self, *rules: ReportingRule | ReportingTimeout) -> list[ZclStatus]:
        command = ConfigureReporting(tuple(rules))
        answer = self.reporting.configure(METERING, command, self.held(METERING), Instant(0))
        return [failure.status for failure in answer.failures]

    def reported(self, at_s: int) -> list[int]:
        due = self.reporting.due(self.held, Instant(at_s * SECOND_US))
        return [int(str(one.report.attributes[0].typed.value)) for one in due]


def test_the_first_report_comes_at_once_and_then_each_maximum_interval() -> None:
    meter = Meter(DISPLAY)
    assert meter.ask(rule()) == []
    assert [meter.reported(at_s) for at_s in (0, 1, 20, 59, 60)] == [[1_000], [], [], [], [1_000]]


def test_the_maximum_interval_0_means_only_when_it_has_changed() -> None:
    meter = Meter(DISPLAY)
    assert meter.ask(rule(interval_s_min=0, interval_s_max=0)) == []
    assert [meter.reported(at_s) for at_s in (0, 1, 5_000)] == [[1_000], [], []]
    deadline = meter.reporting.deadline
    assert deadline is not None, "it goes on looking"
    assert deadline > Instant(5_000 * SECOND_US), "or the home would stand still"
    meter.reading += 100
    assert meter.reported(5_001) == [1_100]


def test_a_change_is_reported_after_the_minimum_interval_and_a_small_one_is_not() -> None:
    meter = Meter(DISPLAY)
    meter.ask(rule())
    meter.reported(0)
    meter.reading += 99
    assert meter.reported(10) == []
    meter.reading += 1
    assert meter.reported(15) == [], "it was looked at five seconds ago"
    assert meter.reported(20) == [1_100]


def test_without_a_binding_nothing_is_sent() -> None:
    meter = Meter()
    meter.ask(rule())
    assert meter.reported(0) == []


def test_a_binding_of_another_cluster_hears_nothing() -> None:
    meter = Meter(Binding(1, 0x0705, DISPLAY.target, 1))
    meter.ask(rule())
    assert meter.reported(0) == []


def test_the_maximum_interval_ffff_ends_it() -> None:
    meter = Meter(DISPLAY)
    meter.ask(rule())
    assert meter.reporting.deadline == Instant(0)
    assert meter.ask(rule(interval_s_max=NEVER)) == []
    assert meter.reporting.deadline is None


@pytest.mark.parametrize(
    ("bad", "status"),
    [
        ({"id": 0x4321}, ZclStatus.UNSUPPORTED_ATTRIBUTE),
        ({"type": DataType.UINT24}, ZclStatus.INVALID_DATA_TYPE),
        ({"interval_s_min": 61}, ZclStatus.INVALID_VALUE),
    ],
)
def test_what_cannot_be_reported_is_refused_by_name(
    bad: dict[str, object], status: ZclStatus
) -> None:
    meter = Meter(DISPLAY)
    assert meter.ask(rule(**bad), rule()) == [status]
    assert meter.reported(0) == [1_000], "the good rule beside it holds"


def test_a_timeout_of_the_other_direction_changes_nothing() -> None:
    meter = Meter(DISPLAY)
    assert meter.ask(ReportingTimeout(SUMMATION, 60)) == []
    assert meter.reporting.deadline is None


def test_too_many_rules_are_refused() -> None:
    meter = Meter(DISPLAY)
    many = {n: AttributeValue(DataType.UINT48, 0) for n in range(RULES_MAX + 1)}
    command = ConfigureReporting(tuple(rule(id=n) for n in many))
    answer = meter.reporting.configure(METERING, command, many, Instant(0))
    (failure,) = answer.failures
    assert failure.status is ZclStatus.INSUFFICIENT_SPACE
    assert (failure.direction, failure.id) == (ReportDirection.SEND, RULES_MAX)


def asked(meter: Meter, *wanted: AskedRule) -> tuple[object, ...]:
    command = ReadReportingConfiguration(wanted)
    return meter.reporting.configuration(METERING, command, meter.held(METERING)).results


def test_what_was_configured_is_told_and_what_was_not_is_said_to_be_missing() -> None:
    meter = Meter(DISPLAY)
    send, expect = ReportDirection.SEND, ReportDirection.EXPECT
    assert asked(meter, AskedRule(send, SUMMATION)) == (
        ReportingFailure(ZclStatus.NOT_FOUND, send, SUMMATION),
    )
    meter.ask(rule())
    assert asked(
        meter, AskedRule(send, SUMMATION), AskedRule(expect, SUMMATION), AskedRule(send, 9)
    ) == (
        rule(),
        ReportingFailure(ZclStatus.NOT_FOUND, expect, SUMMATION),
        ReportingFailure(ZclStatus.UNSUPPORTED_ATTRIBUTE, send, 9),
    )


def test_rules_of_old_are_reported_an_interval_after_the_last_time() -> None:
    meter = Meter(DISPLAY)
    meter.reporting.provision(METERING, [rule(interval_s_min=60)], Instant(5 * SECOND_US))
    assert meter.reporting.deadline == Instant(65 * SECOND_US)
    assert [meter.reported(at_s) for at_s in (64, 65, 124, 125)] == [[], [1_000], [], [1_000]]


def test_after_a_restart_each_interval_begins_anew() -> None:
    meter = Meter(DISPLAY)
    meter.ask(rule(interval_s_min=60))
    meter.reported(0)
    meter.reporting.restart(Instant(30 * SECOND_US))
    assert [meter.reported(at_s) for at_s in (60, 89, 90)] == [[], [], [1_000]]


def test_an_attribute_that_is_gone_is_looked_for_again_and_never_all_the_time() -> None:
    meter = Meter(DISPLAY)
    meter.ask(rule())
    meter.reported(0)
    gone = meter.reporting.due(lambda _: {}, Instant(60 * SECOND_US))
    assert gone == []
    deadline = meter.reporting.deadline
    assert deadline is not None
    assert deadline > Instant(60 * SECOND_US)
    assert meter.reported(70) == [1_000]
