"""Each check of the Commissioning Party switched off, one at a time: its own code is missed, alone.

The scenario hands in a Migration Common File a mistake. A check that another one covers for would
be no check of its own, and one that nobody misses would be a promise.
"""

from collections.abc import Mapping

import pytest
from tests.ablations.breaks import Patch, run
from tests.ablations.rule_breaks import reads_document_types

from hanbench.emulator.parties import common_file_checks, signed_file
from hanbench.emulator.parties.commissioning_party import CommissioningParty
from hanbench.emulator.parties.common_file_checks import KNOWN_CHECKS
from hanbench.harness.parties import migration_signers, organisation_building
from hanbench.harness.parties.check_table import load_check_table
from hanbench.harness.verdict import Verdict

MISTAKES = "rules/every-check-of-a-common-file"
SPOILT = "rules/files-not-in-order"
TABLE = load_check_table()
ALSO_MISSED: Mapping[str, int] = {"network-certificates": 2, "certificate-roles": 2}
"""Checks that more than one of the mistakes meets."""


def switched_off(patch: Patch, name: str) -> None:
    rest = dict(common_file_checks.PROBLEMS)
    rest[name] = lambda _subject: ""
    patch.setattr("hanbench.emulator.parties.commissioning_party.PROBLEMS", rest)


@pytest.mark.parametrize("name", [it.name for it in TABLE.of_stage("file", "installation")])
def test_a_check_that_is_off_is_missed_where_its_mistake_is_and_nowhere_else(
    monkeypatch: pytest.MonkeyPatch, name: str
) -> None:
    switched_off(monkeypatch, name)
    code = TABLE.code(name)
    case = f"{MISTAKES}[without-an-entry]" if name == "eligible-model" else MISTAKES

    caught = run(case)

    assert caught.verdict is Verdict.FAIL
    assert len(caught.findings) == ALSO_MISSED.get(name, 1)
    assert all(code in finding.expected for finding in caught.findings)
    assert all(code not in finding.truth for finding in caught.findings)
    clauses = {finding.clause for finding in caught.findings}
    assert clauses == {"seed0/third-party-devices" if name == "third-party" else "tmad/5.9"}


def knows_any_signer(patch: Patch) -> None:
    everybody = {
        it.eui64: it.private_key.public_key() for it in migration_signers.test_signers().values()
    }
    patch.setattr(organisation_building, "trusted_signers", lambda: everybody)


def verifies_nothing_of_those_it_knows(patch: Patch) -> None:
    verify = signed_file.signature.verify

    def lenient(octets, made, trusted, *, file):  # type: ignore[no-untyped-def]
        if made.signer not in trusted:
            verify(octets, made, trusted, file=file)

    patch.setattr(signed_file.signature, "verify", lenient)


def forgets_the_names_of_files(patch: Patch) -> None:
    read = CommissioningParty._read

    def forgetful(self, octets, signature, home):  # type: ignore[no-untyped-def]
        self._by_name.clear()
        return read(self, octets, signature, home)

    patch.setattr(CommissioningParty, "_read", forgetful)


SUBMISSIONS = {
    "schema": (reads_document_types, SPOILT, "refused: 1: doctype"),
    "signer": (knows_any_signer, SPOILT, "refused: 1: certificate"),
    "signature": (verifies_nothing_of_those_it_knows, SPOILT, "refused: 1: signature"),
    "file-name": (forgets_the_names_of_files, MISTAKES, "refused: CP-FILE-NAME"),
}


@pytest.mark.parametrize("name", SUBMISSIONS)
def test_a_check_of_the_submission_that_is_off_is_missed(
    monkeypatch: pytest.MonkeyPatch, name: str
) -> None:
    switch_off, case, expected = SUBMISSIONS[name]
    switch_off(monkeypatch)

    # What comes of a file that should not have been taken has no step that expects it.
    missed = {finding.expected for finding in run(case).findings if finding.expected}

    assert missed == {expected}


def test_every_check_of_the_table_is_switched_off_here() -> None:
    assert KNOWN_CHECKS["submission"] == frozenset(SUBMISSIONS)
    assert run(MISTAKES).is_as_expected
    assert run(SPOILT).is_as_expected
