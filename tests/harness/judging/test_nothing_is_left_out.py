"""Each rule that the sources are known to have is a clause, or is outside for a stated reason.

The rules by the sections of the collected sources: TMAD conclusions, S1SR, codes, devices, service
requests. One that is neither is one that somebody has forgotten.
"""

import json
import re

import pytest
from click.testing import CliRunner

from hanbench.harness.cli import cli
from hanbench.harness.judging.clauses import load_clauses, load_outside
from hanbench.harness.report.clause_page import build_clause_page

RULES: dict[str, tuple[str, ...]] = {
    "TMAD clauses": tuple(
        f"tmad/{one}"
        for one in (
            *("3.7", "3.14A", "3.14B", "3.14C", "3.14C(a)", "3.14D", "3.14E", "4.12(b)", "4.23"),
            *("4.23A", "4.34A", "4.41", "4.44A", "4.45(b)", "4.49", "5.9", "5.9.10"),
            *("5.27(c)(iii)", "7.1-7.4", "8.9", "16.4", "16.5", "18", "authorised", "epcl"),
            *("authorisation-day", "communications-check"),
        )
    ),
    "TMAD definitions": ("def/sua", "def/utrn-period", "def/relevant-device"),
    "TMAD v5.1 conclusions 4.1": (
        *("seed0/enduring-smso", "seed0/licence-conditions", "seed0/covid"),
        *("seed0/dormant-suspension", "seed0/s1mig-counting"),
    ),
    "TMAD v5.1 conclusions 4.2 and 4.3": (
        *("seed0/utrn-cutover", "seed0/web-vend-ends", "seed0/account-switch", "seed0/dcc-only"),
        *("seed0/two-clocks", "seed0/n55", "seed0/utrn-stranded", "seed0/security-sub-committee"),
    ),
    "TMAD v5.1 conclusions 4.4 to 4.9": (
        *("seed0/after-rollback", "seed0/costs", "seed0/schemas", "seed0/testing"),
        *("seed0/configured-in-time", "seed0/third-party-devices", "seed0/added-afterwards"),
        "seed0/designation",
    ),
    "TMAD v5.1 conclusions 6": ("seed0/sua-rollback", "seed0/no-complete-rollback"),
    "TMAD v0.3 conclusions": (
        *("seed3/dormant-firmware", "seed3/known-firmware", "seed3/network-certificates"),
        *("seed3/dormant-configuration", "seed3/configuration-order"),
        *("seed3/certificates-afterwards", "seed3/liability", "seed3/indemnity"),
        *("seed3/good-industry-practice", "seed3/mpan-names-dno"),
    ),
    "exclusions and retry": (
        *("var/missing-master-keys", "var/gt01", "dcc/exclusion/five-attempts"),
        *("dcc/exclusion/no-wan-before", "dcc/exclusion/no-wan-during"),
        *("dcc/exclusion/uneconomic-dmc", "dcc/exclusion/attempts-counted"),
        *("dcc/mehrs", "dcc/msm-dmin"),
    ),
    "S1SR": (
        *("s1sr/11.1(a)", "s1sr/11.2(a)", "s1sr/groups", "s1sr/annex-a"),
        *("s1sr/verified-image-hash", "s1sr/notified-credentials"),
    ),
    "DUIS": ("duis/other-requests", "duis/messages", "domain/smi-path", "domain/utrn-forms"),
    "the HAN": (
        *("han/joining", "han/device-log", "han/historic-log", "han/rejoining", "han/leaving"),
        *("han/sleeping", "han/mirror", "han/top-up-words", "han/served", "han/firmware"),
    ),
    "alert and event codes": tuple(
        f"alert/{code}"
        for code in (
            *("8F3D", "8F3E", "8F1E", "8F30", "8F53", "8F60", "8F51", "8F63", "8F64", "8F5B"),
            *("8F47", "81C4", "81C5", "810E", "810D", "8119", "81AA", "81AB", "8F0F", "8F32"),
            *("8F33", "8F34", "8168", "81BF", "81BD", "81C0", "8184", "8F01", "8F1D", "8F1F"),
            *("819D", "8F12", "8183", "8F48", "8F49", "8F4A", "8F4B", "8F69", "8F70", "8F3F"),
            *("8F73", "8F74", "8F75", "8F76", "8F77", "8F78", "81C2", "81C3", "8F35", "8F36"),
            *("8F57", "8F52", "8145", "8F0C", "81C6"),
        )
    ),
    "Secure devices": tuple(
        f"device/{one}"
        for one in (
            *("re-arm", "duplicate", "gas-opened-by-hand", "gas-wakes", "vend-deduct"),
            *("engineering-code", "payment-mode", "vend-and-tariff", "debt", "vend-algorithm"),
            *("load-limit-in-emergency", "change-of-tenancy", "friendly-credit", "mode-word"),
        )
    ),
    "service requests": tuple(
        f"srv/{one}"
        for one in (
            *("12.2", "8.11", "6.21", "8.7.1", "8.7.2", "8.1.1"),
            *("roles", "variants", "order", "device-type", "acknowledged", "reachable"),
        )
    ),
    "properties": tuple(f"property/P{number}" for number in range(1, 13)),
    "resolutions of the model": tuple(
        f"domain/{one}"
        for one in (
            *("10.2-dual-control", "10.3-prove", "10.5-states", "10.8-answers"),
            *("10.8-durable-belief", "10.8-mirror", "10.8-hand-over", "10.8-escrow"),
            *("10.8-joint-outcome", "10.8-han-membership", "10.8-top-up", "10.8-vend-set"),
            *("10.8-issuers", "10.8-issued-in-time", "10.8-floor", "10.8-wrap"),
            *("10.8-utrn-unguarded", "10.8-wrong-version", "10.8-lock-out-kept"),
        )
    ),
}


@pytest.mark.parametrize("section", RULES)
def test_each_rule_of_a_section_is_a_clause_or_outside(section: str) -> None:
    known = {**load_clauses(), **load_outside()}

    assert [rule for rule in RULES[section] if rule not in known] == []


def test_what_is_outside_is_no_clause_as_well_and_says_why_and_where() -> None:
    outside = load_outside()

    assert sorted(outside.keys() & load_clauses().keys()) == []
    assert all(len(one.why) > 10 and one.source for one in outside.values())


def test_nothing_is_outside_that_no_section_has() -> None:
    listed = {rule for rules in RULES.values() for rule in rules}

    assert sorted(load_outside().keys() - listed) == []


def test_a_reason_that_points_at_a_clause_points_at_one_that_exists() -> None:
    families = tuple(f"{one.partition('/')[0]}/" for one in load_clauses())
    known = {**load_clauses(), **load_outside()}
    dead = [
        (address, word)
        for address, one in load_outside().items()
        for word in re.findall(r"[a-z0-9]+/[A-Za-z0-9.()/-]+", one.why)
        if word.startswith(families) and not {word, word.rstrip(").")} & known.keys()
    ]

    assert dead == []


def test_a_reader_sees_what_is_outside_in_each_form_of_the_matrix() -> None:
    words = CliRunner().invoke(cli, ["clauses"]).output
    data = json.loads(CliRunner().invoke(cli, ["clauses", "--json"]).output)
    page = build_clause_page((), report="", run="no run")

    for address, one in load_outside().items():
        assert f"{address}  (outside)\n    {one.why}" in words
        assert data["outside"][address]["why"] == one.why
    assert dict(page.outside) == load_outside()
