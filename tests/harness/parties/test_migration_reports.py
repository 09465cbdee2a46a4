"""S1MIG-001 to -006 and -010: counted from the trace, and reconciled with it."""

import json
from dataclasses import replace
from datetime import UTC, datetime, timedelta, timezone

import pytest
from tests.ablations.breaks import case
from tests.harness.report.made_runs import died
from tests.suite_cases import case_of

from hanbench.emulator.events import PartyCalled
from hanbench.emulator.instant import DAY_US, HOUR_US, SECOND_US, Instant
from hanbench.harness.events import EngineTold, OutcomeClaimed
from hanbench.harness.judging.reconciliation import reports_of_run, starts_in
from hanbench.harness.judging.reconciliation import unreconciled as problems_of
from hanbench.harness.parties.migration_reports import (
    attempts_of,
    csv_of,
    reports_of,
)
from hanbench.harness.running.run_case import run_case


def told(at, home, event="started"):
    return EngineTold(Instant(at), home, event)


def called(at, home, operation, result=None, *, is_error=False):
    arguments = json.dumps({"installation": home})
    answer = json.dumps(result if result is not None else {})
    return PartyCalled(Instant(at), home, "engine", "X", operation, arguments, answer, is_error)


def claimed(at, home, end_state):
    return OutcomeClaimed(Instant(at), home, end_state, "")


def migrated(home, at=0, end_state="commissioned"):
    return [
        told(at, home),
        called(at + 1, home, "start_migration"),
        called(at + 2, home, "submit_common_file", {"installations": [home]}),
        claimed(at + 3, home, end_state),
    ]


EPOCH = datetime(2020, 7, 22, 9, tzinfo=UTC)


def unreconciled(attempts, events):
    return problems_of(reports_of(attempts), events, EPOCH)


def attempts_in(case, events, epoch=EPOCH):
    return attempts_of(case, events, epoch)


def finished(case, events, epoch=EPOCH):
    """Return a run that ended with this trace."""
    died_run = died()
    return replace(
        died_run, result=replace(died_run.result, case=case, epoch=epoch), trace=tuple(events)
    )


def totals(events):
    return {report.number[-3:]: report.total for report in reports_of(attempts_in("day", events))}


def test_each_attempt_counts_once_in_each_report_it_belongs_in():
    events = [
        *migrated("a"),
        *migrated("b", end_state="commissioned-electricity-only"),
        *migrated("c", end_state="rolled-back-limited"),
        told(9, "d"),
        claimed(10, "d", "excluded"),
        told(11, "e"),
    ]

    assert totals(events) == {
        "001": 5,
        "002": 3,
        "003": 3,
        "004": 2,
        "005": 3,
        "006": 5,
        "010": 0,
    }
    assert unreconciled(attempts_in("day", events), events) == ()


def test_what_was_cancelled_before_its_file_stands_in_010_alone():
    request = called(5, "b", "request_stop", {"stopped": ["b", "c"], "already_started": ["a"]})
    events = [
        *migrated("a"),
        told(4, "b"),
        request,
        claimed(6, "b", "rolled-back-sua-intact"),
        told(7, "c"),
        claimed(8, "c", "not-started"),
    ]

    attempts = attempts_in("day", events)

    assert totals(events) == {
        "001": 1,
        "002": 1,
        "003": 1,
        "004": 1,
        "005": 0,
        "006": 1,
        "010": 2,
    }
    assert [it.stop_asked_at for it in attempts] == [None, 5, 5]
    assert unreconciled(attempts, events) == ()


def test_what_was_cancelled_after_its_file_is_reported_by_that_point():
    events = [*migrated("a")[:3], told(5, "a", "stop"), claimed(6, "a", "rolled-back-sua-intact")]

    (attempt,) = attempts_in("day", events)

    assert (attempt.cancelled, attempt.is_migration) == ("after-mcf", True)
    assert totals(events)["006"] == totals(events)["010"] == totals(events)["005"] == 1


def test_a_stop_that_came_too_late_to_keep_it_back_cancels_nothing():
    events = [*migrated("a")[:3], told(5, "a", "stop"), claimed(6, "a", "commissioned")]

    assert attempts_in("day", events)[0].cancelled == ""


def test_a_refused_operation_and_a_refused_request_count_for_nothing():
    events = [
        told(0, "a"),
        called(1, "a", "start_migration", is_error=True),
        called(2, "a", "submit_common_file", is_error=True),
        called(3, "a", "request_stop", is_error=True),
        called(4, "b", "start_migration"),
    ]

    (attempt,) = attempts_in("day", events)

    assert (attempt.started_at, attempt.submitted_at, attempt.stop_asked_at) == (None, None, None)


def test_a_file_of_many_is_submitted_for_each_and_a_second_attempt_is_another_row():
    events = [
        told(0, "a"),
        told(0, "b"),
        called(1, "a", "submit_common_file", {"installations": ["a", "b"]}),
        claimed(2, "b", "rolled-back-sua-intact"),
        *migrated("b", at=DAY_US),
    ]

    attempts = attempts_in("day", events)

    assert [(it.installation, it.number, it.submitted_at, it.day) for it in attempts] == [
        ("a", 1, 1, "2020-07-22"),
        ("b", 1, 1, "2020-07-22"),
        ("b", 2, DAY_US + 2, "2020-07-23"),
    ]
    assert unreconciled(attempts, events) == ()


def test_the_csv_has_a_row_a_day_and_a_row_an_attempt():
    events = [*migrated("a"), *migrated("b", at=DAY_US)]
    reports = {report.number: csv_of(report) for report in reports_of(attempts_in("x", events))}

    assert reports["S1MIG-001"] == (
        "case,day,installations\r\nx,2020-07-22,1\r\nx,2020-07-23,1\r\n"
    )
    nine = "2020-07-22T09:00:00"
    assert reports["S1MIG-006"].splitlines()[1] == (
        f"x,a,1,2020-07-22,{nine}.000Z,{nine}.000Z,{nine}.000Z,,,commissioned"
    )
    assert len(reports["S1MIG-010"].splitlines()) == 1


@pytest.mark.parametrize(
    ("epoch", "at_us", "day"),
    [
        (EPOCH, 15 * HOUR_US - 1, "2020-07-22"),
        (EPOCH, 15 * HOUR_US, "2020-07-23"),
        (EPOCH, 39 * HOUR_US - 1, "2020-07-23"),
        (EPOCH, 39 * HOUR_US, "2020-07-24"),
        (datetime(2020, 12, 31, 23, 59, tzinfo=UTC), 60 * SECOND_US, "2021-01-01"),
        # Nine in the morning of a summer time is eight of UTC.
        (EPOCH.replace(tzinfo=timezone(timedelta(hours=1))), 16 * HOUR_US - 1, "2020-07-22"),
        (EPOCH.replace(tzinfo=timezone(timedelta(hours=1))), 16 * HOUR_US, "2020-07-23"),
        (None, DAY_US - 1, "day 0"),
        (None, DAY_US, "day 1"),
    ],
)
def test_a_day_ends_at_the_midnight_of_utc_whenever_the_run_began(epoch, at_us, day):
    events = migrated("a", at=at_us)

    (attempt,) = attempts_in("x", events, epoch)
    reports, problems = reports_of_run([finished("x", events, epoch)])

    assert attempt.day == day
    assert [row[1] for row in reports[0].rows] == [day]
    assert problems == ()


def test_a_day_that_is_counted_from_the_beginning_of_the_run_does_not_reconcile():
    events = migrated("a", at=16 * HOUR_US)
    attempts = [replace(one, epoch=EPOCH - timedelta(hours=9)) for one in attempts_in("x", events)]

    assert "S1MIG-001: 1 on 2020-07-22, 0 in the trace" in unreconciled(attempts, events)


def test_a_name_with_a_comma_is_one_field():
    (report, *_) = reports_of(attempts_in("own/a[x, y]", migrated("a")))

    assert csv_of(report).splitlines()[1] == '"own/a[x, y]",2020-07-22,1'


def test_a_report_that_lost_an_attempt_does_not_reconcile():
    events = [*migrated("a"), *migrated("b")]
    fewer = attempts_in("x", events)[:1]

    _, problems = reports_of_run([finished("x", events)])
    assert problems == ()
    assert unreconciled(fewer, events)[:2] == (
        "S1MIG-001: 1 on 2020-07-22, 2 in the trace",
        "S1MIG-001: total 1, 2 in the trace",
    )
    assert "S1MIG-006: attempt 1 of b stands in it 0 times, not 1" in unreconciled(fewer, events)


def with_rows(events, number, change):
    """Return the reports with the rows of one of them changed, and its total as it was."""
    return [
        replace(one, rows=change(one.rows)) if one.number == number else one
        for one in reports_of(attempts_in("day", events))
    ]


def mixed_day():
    """One migrated, one stopped before its file, one stopped after it, one rolled back."""
    stop = called(5, "b", "request_stop", {"stopped": ["b"]})
    return [
        *migrated("a"),
        told(4, "b"),
        stop,
        claimed(6, "b", "not-started"),
        *migrated("c", at=DAY_US)[:3],
        told(DAY_US + 5, "c", "stop"),
        claimed(DAY_US + 6, "c", "rolled-back-sua-intact"),
        *migrated("d", at=DAY_US, end_state="rolled-back-limited"),
    ]


@pytest.mark.parametrize("number", ["S1MIG-006", "S1MIG-010"])
@pytest.mark.parametrize(
    "change",
    [lambda rows: rows[1:], lambda rows: (*rows, rows[0])],
    ids=["a row is dropped", "a row is doubled"],
)
def test_a_dropped_or_doubled_row_does_not_reconcile(number, change):
    events = mixed_day()

    (problem,) = problems_of(with_rows(events, number, change), events, EPOCH)

    assert problem.startswith(f"{number}: attempt 1 of ")


@pytest.mark.parametrize("number", [f"S1MIG-00{one}" for one in range(1, 6)])
def test_a_day_that_counts_one_too_many_does_not_reconcile(number):
    events = mixed_day()

    def one_more(rows):
        case, day, count = rows[0]
        return ((case, day, str(int(count) + 1)), *rows[1:])

    (problem,) = problems_of(with_rows(events, number, one_more), events, EPOCH)

    assert problem.startswith(f"{number}: ")
    assert " on 2020-07-2" in problem


def test_a_total_that_is_not_the_sum_of_its_rows_does_not_reconcile():
    events = mixed_day()
    reports = [
        replace(one, total=one.total + 1) if one.number == "S1MIG-004" else one
        for one in reports_of(attempts_in("day", events))
    ]

    assert problems_of(reports, events, EPOCH) == ("S1MIG-004: total 2, 1 in the trace",)


def test_each_home_of_a_mixed_day_stands_where_the_rule_puts_it():
    events = mixed_day()

    assert totals(events) == {
        "001": 3,
        "002": 3,
        "003": 3,
        "004": 1,
        "005": 2,
        "006": 3,
        "010": 2,
    }
    assert unreconciled(attempts_in("day", events), events) == ()


def test_a_start_that_goes_on_with_one_already_made_is_no_second_one():
    again = {"already_started": True}
    events = [*migrated("a"), called(9, "a", "start_migration", again)]

    assert starts_in(events) == {"a": 1}


@pytest.mark.parametrize(
    ("scenario", "expected"),
    [
        ("clean-two-fuel", {"001": 1, "003": 1, "004": 1, "010": 0}),
        ("active-resubmitted-by-supplier", {"001": 2, "004": 1, "005": 1, "010": 0}),
    ],
)
def test_the_reports_of_a_true_run_reconcile_with_its_trace(scenario, expected):
    run = run_case(case_of(scenario))
    events = run.trace

    assert reports_of_run([run])[1] == ()
    assert {number: totals(events)[number] for number in expected} == expected


def test_when_the_mcc_was_asked_for_a_stop_stands_beside_each_home_that_it_stopped():
    run = run_case(case("rules/stop-on-the-day"))

    reports = {it.number: it for it in reports_of_run([run])[0]}
    asked = reports["S1MIG-010"].columns.index("stop_asked")
    rows = {row[1]: row[asked] for row in reports["S1MIG-010"].rows}
    assert set(rows) == {f"waiting-{number}" for number in range(1, 6)}
    assert len({*rows.values()}) == 1
    assert next(iter(rows.values())).startswith("2021-03-01T08:00:")
