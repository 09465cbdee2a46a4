"""The marks clause, profile and faults: strict, selectable, listed, and written to JUnit."""

from xml.etree import ElementTree as ET

import pytest

from hanbench.harness.files.scenario_faults import to_fault
from hanbench.harness.pytest_plugin.bench_view import Bench
from hanbench.harness.pytest_plugin.marks import MarkError, fault_entry, read_fault

POINT = "home-1/gsme/rotate-sua-key#1/try#1/reply/wan"

WRONG = {
    'clause("tmad/3.14C(b)")': "there is no 'tmad/3.14C(b)'; did you mean 'tmad/3.14C(a)'?",
    "clause()": "expected addresses",
    'profile("tri-phase")': "expected single-shot or two-phase, got 'tri-phase'",
    'faults("drop")': "at: Field required",
    'faults("drip at gsme/no-op#1/try#1/reply/wan")': "drip",
    'faults("power-cut torn at gsme/no-op#1/try#1/reply/wan")': "this fault strikes an NVM commit",
    'faults(does="delay", at="gsme/no-op#1/try#1/reply/wan", by=3)': "3 is not a duration",
    'faults("drop at gsme/rotate-suakey#1/try#1/reply/wan")': "did you mean 'rotate-sua-key'?",
    'faults("drop at gsme/no-op#1/try#1/reply/wan", expect="fine")': "no end state 'fine'",
    "faults(7)": "7 is no fault",
}


def test_a_mark_that_says_nothing_is_an_error_of_collection_with_its_name(
    project: pytest.Pytester,
) -> None:
    for number, mark in enumerate(WRONG):
        text = f"import pytest\n@pytest.mark.{mark}\ndef test_it(bench): bench.run()\n"
        (project.path / f"test_{number}.py").write_text(text)

    done = project.runpytest_inprocess("--tb=short")

    done.assert_outcomes(errors=len(WRONG))
    assert done.ret == pytest.ExitCode.INTERRUPTED
    printed = done.stdout.str()
    assert [mark for mark, says in WRONG.items() if says not in printed] == []


def test_marks_of_the_same_names_that_mean_something_else_are_left_alone(
    project: pytest.Pytester,
) -> None:
    project.makepyfile("""
        import pytest

        @pytest.fixture
        def engine():
            return "a database"

        @pytest.mark.clause("where")
        @pytest.mark.profile("slow")
        @pytest.mark.faults(3)
        def test_theirs(engine):
            assert engine == "a database"
        """)

    project.runpytest_inprocess("-W", "error").assert_outcomes(passed=1)


def test_tests_are_chosen_and_listed_by_clause(project: pytest.Pytester) -> None:
    project.makepyfile(
        test_two="""
        import pytest

        @pytest.mark.clause("tmad/3.14C(a)", "def/sua")
        def test_one():
            pass

        def test_other():
            pass
        """
    )

    listed = project.runpytest_inprocess("--hanbench-clauses")
    listed.stdout.re_match_lines_random([r"tmad/3\.14C\(a\)  \S.*", r"2 clauses with tests, .*"])
    assert listed.stdout.str().count("    test_two.py::test_one") == 2
    assert "without: " in listed.stdout.str()
    chosen = project.runpytest_inprocess("--hanbench-clause=def/sua", "--junitxml=junit.xml")
    chosen.assert_outcomes(passed=1, deselected=1)
    found = ET.parse("junit.xml").find(".//property[@name='clauses']")
    assert found is not None
    assert found.get("value") == "tmad/3.14C(a) def/sua"
    project.runpytest_inprocess("-m", "clause").assert_outcomes(passed=1, deselected=1)
    unknown = project.runpytest_inprocess("--hanbench-clause=def/sau")
    assert unknown.ret == pytest.ExitCode.USAGE_ERROR
    assert "did you mean 'def/sua'?" in unknown.stderr.str()


@pytest.mark.profile("single-shot", "two-phase")
def test_two_profiles_make_two_tests(bench: Bench, request: pytest.FixtureRequest) -> None:
    profile = bench.case.scenario.profile

    assert profile in request.node.name
    assert bench.run().profile == profile


@pytest.mark.faults("drop at gsme/rotate-sua-key#1/try#1/reply/wan")
@pytest.mark.faults(does="late", at="party/SMSO/hand_over/gsme#1", by="20min")
def test_faults_strike_and_whatever_is_true_may_be_claimed(bench: Bench) -> None:
    result = bench.run()

    assert result.faults_fired == 2
    assert result.expected == "any"
    assert bench.case.name == "secure/clean-two-fuel[with its own faults]"


def test_faults_that_a_test_adds_are_those_of_a_file(bench: Bench) -> None:
    bench.load("clean-electricity-only").faults("drop at esme/rotate-sua-key#1/try#1/request/wan")

    assert bench.run().faults == ("drop at home-1/esme/rotate-sua-key#1/try#1/request/wan",)


@pytest.mark.faults("drop at gsme/rotate-sua-key#9/try#1/reply/wan")
def test_a_fault_that_never_strikes_proves_nothing_and_is_no_pass(bench: Bench) -> None:
    with pytest.raises(AssertionError, match="fault-never-fired"):
        bench.run()


@pytest.mark.faults("drop at toaster/rotate-sua-key#1/try#1/reply/wan")
def test_a_fault_at_a_device_that_is_not_there_is_named(bench: Bench) -> None:
    with pytest.raises(Exception, match=r"no device 'toaster' in the Installation"):
        bench.run()


@pytest.mark.parametrize(
    "words",
    [
        f"drop at {POINT}",
        f"delay by 3h at {POINT}",
        f"partition wan for 2h at {POINT}",
        "power-cut torn at home-1/gsme/rotate-sua-key#1/try#1/execute/commit-key",
        "fail at home-1/party/DCO/authorise/gsme#1",
        "crash before at home-1/engine/journal#3",
    ],
)
def test_a_fault_is_read_in_the_words_in_which_it_is_reported(words: str) -> None:
    assert str(to_fault(fault_entry(read_fault(words)))) == words


def test_what_no_file_could_hold_is_no_fault() -> None:
    with pytest.raises(MarkError, match="not JSON serializable"):
        read_fault({"does": "drop", "at": object()})
