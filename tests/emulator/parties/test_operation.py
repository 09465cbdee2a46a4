import json

import pytest
from pydantic import ValidationError

from hanbench.emulator.instant import Instant
from hanbench.emulator.parties.catalogue import PARTIES
from hanbench.emulator.parties.operation import (
    COMMON_ERRORS,
    ErrorMeaning,
    OfDevice,
    Operation,
    PartyError,
    Schema,
    bind,
)

OPERATIONS = [
    pytest.param(party, operation, id=f"{party.name} {operation.name}")
    for party in PARTIES
    for operation in party.operations
]


class Echo(Schema):
    text: str


ECHO = Operation(
    name="echo",
    purpose="Say it again.",
    arguments=OfDevice,
    result=Echo,
    errors=(ErrorMeaning("DEAF", "It did not hear."),),
    stated="",
    modelled="",
    example=({"installation": "a", "device": "b"}, {"text": "b"}),
)


@pytest.mark.parametrize(("party", "operation"), OPERATIONS)
def test_each_example_is_valid_by_its_own_schemas(party, operation):
    arguments, result = operation.example

    operation.arguments.model_validate(arguments)
    told = operation.result.model_validate_json(json.dumps(result))

    assert told.model_dump(mode="json") == result, party.name


@pytest.mark.parametrize(("party", "operation"), OPERATIONS)
def test_each_operation_says_what_it_does_and_whose_word_that_is(party, operation):
    assert operation.purpose.endswith("."), party.name
    assert operation.stated or operation.modelled
    assert all(error.meaning.endswith(".") for error in operation.errors)
    codes = [error.code for error in operation.errors]
    assert len(codes) == len(set(codes))
    assert not set(codes) & set(COMMON_ERRORS)


def test_each_party_performs_exactly_what_the_catalogue_lists(bench):
    listed = {entry.name: entry.operations for entry in PARTIES}

    assert [party.name for party in bench.parties] == [entry.name for entry in PARTIES]
    for party in bench.parties:
        assert party.catalogue == listed[party.name]
        for operation in party.catalogue:
            answer = party.call(operation.name, {"no such key": 1}, Instant(0))
            assert isinstance(answer, PartyError)
            assert answer.code == "BAD_REQUEST"
            assert "not one of" not in answer.detail


def test_an_unknown_operation_is_a_bad_request_that_names_the_known_ones(bench):
    answer = bench.dco.call("give_me_the_key", {}, Instant(0))

    assert isinstance(answer, PartyError)
    assert answer.code == "BAD_REQUEST"
    assert "'give_me_the_key' is not one of accept_hand_over" in answer.detail


@pytest.mark.parametrize(
    ("arguments", "detail"),
    [
        ({"installation": "home-1"}, "device: Field required"),
        (
            {"installation": "home-1", "device": "gsme", "now": 3},
            "now: Extra inputs are not permitted",
        ),
        ({"installation": 1, "device": "gsme"}, "installation: Input should be a valid string"),
        ({}, "installation: Field required; device: Field required"),
    ],
)
def test_bad_arguments_are_refused_with_the_key_and_the_reason(bench, arguments, detail):
    assert bench.dco.call("candidates", arguments, Instant(0)) == PartyError("BAD_REQUEST", detail)


@pytest.mark.parametrize("octets", ["0", "0G", "AB", "", "a b"])
def test_octets_are_whole_lower_case_hex(bench, octets):
    assert bench.refuse_gas(bench.dco, "accept_hand_over", file=octets) == "BAD_REQUEST"


@pytest.mark.parametrize("pence", [0, -1, 65_536, True, "100", 1.5])
def test_an_amount_is_whole_pence_that_fit_a_code(bench, pence):
    assert bench.refuse_gas(bench.smso, "web_vend", pence=pence) == "BAD_REQUEST"


@pytest.mark.parametrize(
    ("party", "operation"),
    [
        pytest.param(party, operation, id=f"{party.name} {operation.name}")
        for party in PARTIES
        for operation in party.operations
        if "installation" in operation.example[0]
    ],
)
def test_an_installation_that_nobody_knows_is_named_by_each_party(bench, party, operation):
    arguments = {**operation.example[0], "installation": "atlantis"}
    called = next(it for it in bench.parties if it.name == party.name)

    assert bench.refuse(called, operation.name, **arguments) == "NO_SUCH_INSTALLATION"


@pytest.mark.parametrize(
    ("party", "operation"),
    [
        pytest.param(party, operation, id=f"{party.name} {operation.name}")
        for party in PARTIES
        for operation in party.operations
        if "device" in operation.example[0]
    ],
)
def test_a_device_that_nobody_knows_is_named_by_each_party(bench, party, operation):
    bench.hand_over()
    arguments = {**operation.example[0], "device": "toaster"}
    called = next(it for it in bench.parties if it.name == party.name)

    # A response code of DUIS has its own word for it.
    unknown = "E19" if party.name == "DSP" else "NO_SUCH_DEVICE"
    assert bench.refuse(called, operation.name, **arguments) == unknown


def test_an_error_that_an_operation_does_not_declare_is_our_own_bug():
    bound = bind(ECHO, lambda _asked, _now: PartyError("SHY", ""))

    with pytest.raises(AssertionError, match="undeclared SHY"):
        bound.perform({"installation": "a", "device": "b"}, Instant(0))


def test_results_are_frozen_like_everything_that_passes_between_parties():
    with pytest.raises(ValidationError):
        Echo(text="a").text = "b"
