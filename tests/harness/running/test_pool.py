"""Worker processes: one case cannot take another with it."""

from dataclasses import replace
from pathlib import Path

import pytest
from scripted_cases import load_case, run_scripted

from hanbench.harness.running import pool
from hanbench.harness.running.case import Case
from hanbench.harness.running.pool import Broken, Done, Workers, default_jobs, run_here


def cases(folder: Path, *names: str) -> list[Case]:
    case = load_case(folder)
    return [replace(case, name=f"own/{name}") for name in names]


def test_every_case_comes_back_with_its_place(tmp_path: Path) -> None:
    asked = cases(tmp_path, "a", "b", "c", "d", "e")

    with Workers(2) as workers:
        answers = dict(workers.run(run_scripted, asked))

    assert sorted(answers) == [0, 1, 2, 3, 4]
    for place, answer in answers.items():
        assert isinstance(answer, Done)
        assert answer.value.result.case == asked[place].name


def test_a_case_that_kills_its_worker_costs_itself_alone(tmp_path: Path) -> None:
    asked = cases(tmp_path, "a", "killed-1", "b", "killed-2", "leaves", "c", "d")

    with Workers(2) as workers:
        answers = dict(workers.run(run_scripted, asked))

    broken = {place: answer for place, answer in answers.items() if isinstance(answer, Broken)}
    assert sorted(answers) == list(range(7))
    assert sorted(broken) == [1, 3, 4]
    assert [broken[place].reason for place in (1, 3, 4)] == ["killed", "killed", "left"]
    assert "killed by SIGKILL" in broken[1].detail
    assert "exit code 7" in broken[4].detail


def test_a_case_that_does_not_end_is_ended_and_the_rest_goes_on(tmp_path: Path) -> None:
    asked = cases(tmp_path, "hangs", "a", "b")

    with Workers(1, case_limit_s=1.0) as workers:
        answers = dict(workers.run(run_scripted, asked))

    hung = answers[0]
    assert isinstance(hung, Broken)
    assert hung.reason == "hung"
    assert isinstance(answers[1], Done)
    assert isinstance(answers[2], Done)


def test_a_worker_that_begins_between_two_looks_has_not_answered(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    hear, looks = pool._Worker.hear_it_begin, []

    def a_moment_too_soon(worker: pool._Worker) -> None:
        looks.append(worker)
        if len(looks) > 1:
            hear(worker)
        else:
            worker.connection.poll(60)  # it says so right after it was looked at

    monkeypatch.setattr(pool._Worker, "hear_it_begin", a_moment_too_soon)

    with Workers(1) as workers:
        answers = dict(workers.run(run_scripted, cases(tmp_path, "a")))

    assert isinstance(answers[0], Done), answers[0]


def test_a_case_has_its_time_from_where_it_begins(tmp_path: Path) -> None:
    asked = cases(tmp_path, "a", "b")

    # Less than it takes to start a worker, which a busy machine draws out: that is not the case's.
    with Workers(1, case_limit_s=0.3) as workers:
        answers = dict(workers.run(run_scripted, asked))

    assert [type(answers[place]) for place in (0, 1)] == [Done, Done]


def test_a_bug_comes_back_with_its_traceback(tmp_path: Path) -> None:
    with Workers(1) as workers:
        answers = dict(workers.run(run_scripted, cases(tmp_path, "bug", "refused", "a")))

    bug, refused = answers[0], answers[1]
    assert isinstance(bug, Broken)
    assert isinstance(refused, Broken)
    assert "ZeroDivisionError: the bench divides by zero" in bug.detail
    assert refused.detail == "the bench cannot go on"
    assert isinstance(answers[2], Done)


def test_in_this_process_a_bug_is_not_caught(tmp_path: Path) -> None:
    answers = run_here(run_scripted, cases(tmp_path, "a", "refused", "bug"))

    assert isinstance(next(answers)[1], Done)
    assert isinstance(next(answers)[1], Broken)
    with pytest.raises(ZeroDivisionError):
        next(answers)


def test_leaving_early_ends_the_workers(tmp_path: Path) -> None:
    with Workers(2, case_limit_s=600.0) as workers:
        answers = workers.run(run_scripted, cases(tmp_path, "a", "hangs"))
        assert next(answers)[0] == 0


def test_there_is_at_least_one_job() -> None:
    assert default_jobs() >= 1


def test_workers_that_are_renewed_are_other_processes() -> None:
    own_number = "__import__('os').getpid()"
    with Workers(1) as workers:
        before = [answer for _, answer in workers.run(eval, [own_number])]
        workers.renew()
        after = [answer for _, answer in workers.run(eval, [own_number, own_number])]

    assert isinstance(before[0], Done)
    assert [isinstance(one, Done) and one.value == before[0].value for one in after] == [False] * 2
    assert after[0] != before[0]
