from hanbench.emulator.events import AlertRaised, Event, LogWritten
from hanbench.emulator.instant import Instant
from hanbench.emulator.meters.logs import Log, LogEntry, MeterLogs


def meter_logs(capacity: int = 3) -> tuple[MeterLogs, list[Event]]:
    events: list[Event] = []
    return MeterLogs("gsme", "home-1", events.append, capacity), events


def test_a_full_log_loses_its_oldest_entry_first() -> None:
    logs, _ = meter_logs(capacity=2)

    for at in range(3):
        logs.write(Log.EVENT, "", f"entry {at}", Instant(at))

    assert logs.entries(Log.EVENT) == (
        LogEntry(Instant(1), "", "entry 1"),
        LogEntry(Instant(2), "", "entry 2"),
    )


def test_the_logs_of_a_meter_are_apart() -> None:
    logs, _ = meter_logs()

    logs.note("8F3E", Instant(5))

    assert [entry.code for entry in logs.entries(Log.SECURITY)] == ["8F3E"]
    assert logs.entries(Log.EVENT) == ()


def test_an_authentication_failure_is_an_alert_without_a_log_entry() -> None:
    logs, events = meter_logs()

    logs.note("8F3D", Instant(5))

    assert events == [
        AlertRaised(Instant(5), "home-1", "gsme", "8F3D", "trusted source authentication failure")
    ]


def test_a_code_that_goes_both_ways_is_logged_and_alerted_with_its_detail() -> None:
    logs, events = meter_logs()

    logs.note("81C4", Instant(5), "five wrong codes")

    text = "manual entry of UTRNs suspended: five wrong codes"
    assert events == [
        LogWritten(Instant(5), "home-1", "gsme", "event", "81C4", text),
        AlertRaised(Instant(5), "home-1", "gsme", "81C4", text),
    ]


def test_clearing_a_log_is_itself_logged() -> None:
    logs, _ = meter_logs()
    logs.note("81AB", Instant(1))

    logs.clear(Log.EVENT, Instant(2))

    assert [entry.code for entry in logs.entries(Log.EVENT)] == ["8F52"]
