"""What a party may answer to a call, by clause; each rule is reckoned apart from the party's code.

It is told from the accounts, the scenario and the meters, so that a party that misbehaves, or that
this project has broken, is found.
"""

from collections.abc import Iterator, Mapping

from hanbench.emulator.instant import HOUR_US
from hanbench.emulator.parties.accounts import Account
from hanbench.emulator.parties.operation import PartyError
from hanbench.emulator.parties.premises import Home
from hanbench.harness.judging import alert_rules as alerts
from hanbench.harness.judging import file_set_rules as file_sets
from hanbench.harness.judging.contacts import unheard
from hanbench.harness.judging.party_call import Asked, Fault, Rule
from hanbench.harness.judging.stop_rules import may_miss

PERIOD_US = 336 * HOUR_US
"""The UTRN Period (TMAD v5.1 conclusions), reckoned here apart from the parties."""
CLEARANCE = {
    "stop-requested": "tmad/4.23A",
    "dormant-suspended": "seed0/dormant-suspension",
    "not-authorised-today": "tmad/authorisation-day",
    "no-authorisation": "tmad/authorised",
    "daily-limit": "tmad/4.12(b)",
    "supplier-changed": "domain/change-of-supplier",
    "active-to-dormant": "tmad/18",
    "already-migrated": "domain/one-migration",
    "requesting-party-gone": "tmad/7.1-7.4",
    "not-resubmitted": "seed0/after-rollback",
}
"""By reason why an Installation may not be started, its clause."""
NOT_FOR_SECURE = ("5.9.10", "4.49")
"""Removed from Table 5.9 in the Secure text, and prepayment keys, which Secure has none of."""
_ROUTE_CLOSED = ("MIGRATION_STARTED", "UTRN_PERIOD_OVER", "NO_ARRANGEMENT", "NOT_YET")


def _cleared(asked: Asked) -> Iterator[Fault]:
    if asked.result is None:
        return
    told = asked.result["reasons"]
    true = asked.parties.mcc.reasons(asked.home, asked.now)
    for reason in true:
        if reason not in told:
            says = f"the MCC clears {asked.home} for its start although: {reason}"
            yield CLEARANCE[reason], "MCC", "", says
    for reason in told:
        if reason not in true:
            says = f"the MCC holds {asked.home} back without reason: {reason}"
            yield CLEARANCE[reason], "MCC", "", says


def _contacts(asked: Asked) -> Iterator[Fault]:
    silent = unheard(asked.case, asked.parties, asked.now)
    for contact in asked.result["devices"] if asked.result else ():
        if contact["is_recent"] and contact["device"] in silent:
            says = f"the SMSO reports a contact with {contact['device']}, which is silent"
            yield "tmad/communications-check", "SMSO", contact["device"], says
        if not contact["is_recent"] and contact["device"] not in silent:
            says = f"the SMSO reports no contact with {contact['device']}, which it has heard"
            yield "tmad/communications-check", "SMSO", contact["device"], says


def _eligible(asked: Asked) -> Iterator[Fault]:
    lacking = asked.parties.epcl.lacking(asked.home)
    for entry in asked.result["devices"] if asked.result else ():
        if entry["is_eligible"] and entry["device"] in lacking:
            says = f"the list names an entry for {entry['model']}, which has none"
            yield "tmad/epcl", "EPCL", entry["device"], says


def _started(asked: Asked) -> Iterator[Fault]:
    if asked.result is None or asked.result["already_started"]:
        return
    if asked.parties.supplier.is_stopped(asked.home):
        says = f"the SMSO moves {asked.home} to the DCC account although a stop was asked for"
        yield "tmad/4.23A", "SMSO", "", says


def _handed(asked: Asked) -> Iterator[Fault]:
    """Hold the first hand-over of a meter against the meter: later ones are out of date."""
    meter = asked.seen.meters.get(asked.home, {}).get(asked.device)
    if asked.result is None or meter is None:
        return
    if asked.seen.handed_over.setdefault((asked.home, asked.device), False):
        return
    asked.seen.handed_over[asked.home, asked.device] = True
    truth = meter.truth
    held = (asked.result["version"], asked.result["check_value"])
    if held != (truth.current_version, truth.check_value):
        says = f"the SMSO hands over a key that {asked.device} does not hold"
        yield "domain/10.8-hand-over", "SMSO", asked.device, says
    elif asked.result["last_counter"] != truth.last_counter:
        says = (
            f"the SMSO hands over the counter {asked.result['last_counter']}; that of "
            f"{asked.device} is {truth.last_counter}"
        )
        yield "domain/10.8-hand-over", "SMSO", asked.device, says


def _escrow(asked: Asked) -> Iterator[Fault]:
    if asked.result is not None:
        keys = asked.seen.escrowed.setdefault((asked.home, asked.device), {})
        keys[int(asked.result["version"])] = str(asked.result["check_value"])
    return iter(())


def lost_from_escrow(asked: Asked) -> Iterator[Fault]:
    """A key that the DCO drew stays in its escrow, whatever it is asked (domain.md 10.8)."""
    home = asked.home
    for device in asked.seen.meters.get(home, ()):
        # Looked up by home: a day has a thousand of them, and this is asked at each call.
        keys = asked.seen.escrowed.get((home, device), {})
        held = asked.parties.dco.held_keys(home, device) if keys else ()
        for version, check_value in keys.items():
            if (version, check_value) not in held:
                says = f"the DCO no longer holds version {version} of {device}, which it drew"
                yield "domain/10.8-escrow", "DCO", device, says


def _checked(asked: Asked) -> Iterator[Fault]:
    problems = asked.parties.commissioning_party.problems(asked.home)
    for check in asked.result["checks"] if asked.result else ():
        problem = problems.get(check["name"], "")
        if check["step"] in NOT_FOR_SECURE:
            says = f"it runs the step {check['step']}, which is not among those for Secure"
            yield "tmad/5.9", "COMMISSIONING_PARTY", "", says
        if check["passed"] is bool(problem):
            says = f"its check {check['name']} ends wrongly: {problem or 'nothing is wrong'}"
            yield "tmad/5.9", "COMMISSIONING_PARTY", "", says


def _stop(asked: Asked) -> Iterator[Fault]:
    """4.23A: all of the supplier's that day; 4.23, of other cohorts: the one that is named."""
    home = asked.parties.premises.home(asked.home)
    if asked.result is None or isinstance(home, PartyError):
        return
    clause = "tmad/4.23A" if home.cohort == "DA" else "tmad/4.23"
    meter = asked.arguments.get("meter")
    supplier = home.supplier
    if meter is not None:
        supplier = next(it.supplier or supplier for it in home.devices if it.name == meter)
    due = [
        other.name
        for other in asked.parties.premises.homes
        if _is_covered(home, supplier, other)
        and asked.parties.accounts.account(other.name) is Account.SUPPLIER
    ]
    stopped = asked.result["stopped"]
    homes = {other.name: other for other in asked.parties.premises.homes}
    left_out = [it for it in due if it not in stopped and not may_miss(asked, homes[it])]
    too_many = [name for name in stopped if name not in due]
    for names, says in ((left_out, "does not stop"), (too_many, "stops, though it need not,")):
        if names:
            detail = f"the request about {home.name} {says} {', '.join(names)}"
            yield clause, "MCC", "", detail


def _is_covered(asked: Home, supplier: str, other: Home) -> bool:
    if asked.name == other.name:
        return True
    is_da = asked.cohort == other.cohort == "DA"
    return is_da and asked.migration_day == other.migration_day and supplier in other.suppliers


def _authorised(asked: Asked) -> Iterator[Fault]:
    """Only a Responsible Supplier gives a Migration Authorisation."""
    home = asked.parties.premises.home(asked.home)
    if isinstance(home, PartyError):
        return
    sender = str(asked.arguments.get("supplier", ""))
    if asked.refusal == "NOT_RESPONSIBLE":
        says = f"{sender} authorises {asked.home}, whose supplier is {', '.join(home.suppliers)}"
        yield "domain/change-of-supplier", "SUPPLIER", "", says
    elif asked.result is not None and sender not in home.suppliers:
        says = f"the MCC takes an Authorisation of {sender} for {asked.home}"
        yield "domain/change-of-supplier", "MCC", "", says


def _upgraded(asked: Asked) -> Iterator[Fault]:
    """The SMSO activates what the Installing Supplier knows, and in Dormant Meters alone."""
    meter = asked.parties.premises.meter(asked.home, asked.device)
    if asked.result is None or isinstance(meter, PartyError):
        return
    if meter.mode != "dormant":
        says = f"the SMSO upgrades {asked.device}, which is Active"
        yield "seed3/dormant-firmware", "SMSO", asked.device, says
    known = asked.case.scenario.parties.installing_supplier.sequences.get(meter.model, ())
    if asked.result["firmware"] not in known:
        says = f"the SMSO activates {asked.result['firmware']}, which is in no sequence"
        yield "seed3/known-firmware", "SMSO", asked.device, says


def _configured(asked: Asked) -> Iterator[Fault]:
    """The SMSO configures Dormant Meters alone, by the steps that the Installing Supplier gave."""
    meter = asked.parties.premises.meter(asked.home, asked.device)
    if asked.result is None or isinstance(meter, PartyError):
        return
    if meter.mode != "dormant":
        says = f"the SMSO configures {asked.device}, which is Active"
        yield "seed3/dormant-configuration", "SMSO", asked.device, says
    given = asked.case.scenario.parties.installing_supplier.configurations.get(meter.model, ())
    step = (asked.result["setting"], asked.result["value"])
    if step not in [(one.setting, one.value) for one in given]:
        says = f"the SMSO sets {step[0]} to {step[1]}, which is in no sequence"
        yield "seed3/configuration-order", "SMSO", asked.device, says


def _listed(asked: Asked) -> Iterator[Fault]:
    """The SMSO tells the truth about what meters are configured to."""
    unfit = asked.parties.configuration.unfit(asked.home)
    for entry in asked.result["devices"] if asked.result else ():
        if entry["is_configured"] is (entry["device"] in unfit):
            word = "is" if entry["is_configured"] else "is not"
            says = f"the SMSO says that {entry['device']} {word} configured for its migration"
            yield "seed0/configured-in-time", "SMSO", entry["device"], says


def _certified(asked: Asked) -> Iterator[Fault]:
    home = asked.parties.premises.home(asked.home)
    if isinstance(home, PartyError):
        return
    fuel = {"DNO": "ESME", "GT": "GSME"}.get(str(asked.arguments.get("role")), "")
    suppliers = [it.supplier or home.supplier for it in home.devices if it.type == fuel]
    sender = asked.arguments.get("sender")
    if asked.result is not None and sender not in suppliers:
        says = f"the S1SP takes a network certificate from {sender}"
        yield "seed3/certificates-afterwards", "S1SP", "", says
    elif asked.refusal:
        says = f"{sender} adds a network certificate: {asked.refusal}"
        yield "seed3/certificates-afterwards", "SUPPLIER", "", says


def _web(asked: Asked) -> Iterator[Fault]:
    is_open = _account(asked) is Account.SUPPLIER
    yield from _vended(asked, "SMSO", "web vend of the SMSO", is_open=is_open)


def _smso_route(asked: Asked) -> Iterator[Fault]:
    yield from _vended(asked, "SMSO", "SMSO route", is_open=_is_smso_open(asked))


def _dcc_route(asked: Asked) -> Iterator[Fault]:
    yield from _vended(asked, "S1SP", "DCC route", is_open=_is_dcc_open(asked))
    yield from alerts.after_a_request(asked)


def _paid(asked: Asked) -> Iterator[Fault]:
    by_smso = asked.arguments.get("route") == "smso"
    yield from _smso_route(asked) if by_smso else _dcc_route(asked)


def _account(asked: Asked) -> Account:
    return asked.parties.accounts.account(asked.home)


def _since_period_began(asked: Asked) -> int | None:
    began = asked.parties.dco.utrn_period_started_at(asked.home, asked.device)
    return None if began is None else asked.now - began


def _is_smso_open(asked: Asked) -> bool:
    account, since = _account(asked), _since_period_began(asked)
    if account is Account.SUPPLIER:
        return True
    is_over = account is Account.DCC and since is not None and since >= PERIOD_US
    return not is_over and asked.parties.supplier.has_arrangement(asked.home, asked.device)


def _is_dcc_open(asked: Asked) -> bool:
    if asked.parties.inventory.is_commissioned(asked.home, asked.device):
        return True
    began = _since_period_began(asked) is not None
    return began and _account(asked) is Account.DCC


def _vended(asked: Asked, party: str, route: str, *, is_open: bool) -> Iterator[Fault]:
    if asked.result is not None and not is_open:
        yield "seed0/utrn-cutover", party, asked.device, f"a code by the {route}, which is closed"
    if is_open and asked.refusal in _ROUTE_CLOSED:
        says = f"no code by the {route}, which is open: {asked.refusal}"
        yield "seed0/utrn-cutover", party, asked.device, says


RULES: Mapping[tuple[str, str], Rule] = {
    ("MCC", "clearance"): _cleared,
    ("MCC", "authorise"): _authorised,
    ("SMSO", "upgrade_firmware"): _upgraded,
    ("SMSO", "configure"): _configured,
    ("SMSO", "devices"): _listed,
    ("S1SP", "add_network_certificate"): _certified,
    ("EPCL", "check"): _eligible,
    ("SMSO", "communications_check"): _contacts,
    ("SMSO", "start_migration"): _started,
    ("SMSO", "web_vend"): _web,
    ("SMSO", "issue_utrn"): _smso_route,
    ("DCO", "accept_hand_over"): _handed,
    ("DCO", "escrow_successor"): _escrow,
    ("COMMISSIONING_PARTY", "check"): _checked,
    ("S1SP", "issue_utrn"): _dcc_route,
    ("S1SP", "n55_alerts"): alerts.received,
    ("S1SP", "process_signed_file_set"): file_sets.by_s1sp,
    ("S1SP", "process_file_set"): file_sets.by_s1sp_by_names,
    ("S1SP", "frame"): file_sets.framed,
    ("DCO", "process_signed_file_set"): file_sets.by_dco,
    ("SUPPLIER", "request_stop"): _stop,
    ("PSP", "top_up"): _paid,
}
