"""The commented scenario that `hanbench new scenario` writes. It runs as it stands."""

from pathlib import Path

from hanbench.harness.errors import ScenarioError

NEW_SCENARIO = """\
# A hanbench scenario, YAML 1.2. Durations carry a unit (us, ms, s, min, h, d): `30min`, `336h`.
scenario: 1 # version of the format
title: The answer to the gas meter's key rotation is lost

# Clauses and definitions that it tests; `hanbench run tmad/3.14C(a)` runs all that name one.
clauses: [def/sua, tmad/3.14C(a)]
# phases: [MDUST] # the test phases that it belongs to: MDUST, UIT-A
if_it_went_wrong: The engine would claim the old key after a time-out; the meter holds the new.

# A name that ships with hanbench (two-fuel, two-fuel-plain, two-fuel-dormant, two-fuel-mixed,
# electricity-only), or the path of an installation file of yours, relative to this file.
installation: two-fuel
epoch: 2021-03-01T09:00:00Z # the calendar instant of time zero
seed: 1 # the same seed gives the same run, octet for octet

traffic: instruction # full: all steady traffic | instruction | off: no octets, for long times
profile: single-shot # how a SUA key is rotated: single-shot | two-phase
order: [gsme, esme] # in which order the meters' keys are rotated

# When the engine is given the home, for which day of its Authorisation, and with what.
# authorised: {at: 8h, day: 0, certificates: {DNO: 0A1B2C}}
# More homes among the same parties; `clause` is broken where they end otherwise.
# also:
#   - {installation: two-fuel, name: next-door, count: 3, supplier: Supplier B, at: 9h, every: 1h}
# migrates: false # no engine at all, and no `end_state`: the scenario is about the HAN alone
# lasts: 3h # how long the home is watched at least

# What goes wrong. A fault stands at a point named by its cause:
#   home-1/gsme/rotate-sua-key#1/try#1/request/wan   the first try of the first ROTATE, going down
#   .../request/mirror  .../request/han#2            into the gas mirror; its second HAN frame
#   .../execute/persist-counter  .../execute/commit-key    the meter's memory
#   .../reply/before-send  .../reply/han#1  .../reply/wan  its answer
#   home-1/party/DCO/authorise/gsme#2                the second call about the gas meter
#   home-1/engine/journal#3                          the engine's third journal write
faults:
  - {at: home-1/gsme/rotate-sua-key#1/try#1/reply/wan, does: drop}
  # - {at: .../request/mirror, does: delay, by: 3h}
  # - {at: .../request/wan, does: duplicate, by: 20min}
  # - {at: .../reply/wan, does: partition, of: gsme, for: forever} # or of: wan, for: 5h
  # - {at: .../execute/commit-key, does: power-cut, when: torn} # before | torn | after
  # - {at: home-1/engine/journal#3, does: crash, when: before} # before | torn | after
  # - {at: home-1/party/DCO/authorise/gsme#2, does: fail, error: UNAVAILABLE} # or never
  # - {does: unavailable, party: DCO, from: 40min, until: 3h}

# What people do: top-up, request-rollback, wrong-codes, resubmit; at an instant, or after the
# outcome or a point.
steps:
  - {after: outcome, delay: 1h, do: top-up, device: gsme, pence: 1000, route: psp-smso}

# How the parties are set up or misbehave.
# parties:
#   SMSO: {refuses_hand_over: [gsme], stale_counter: {gsme: 7}, wrong_key: [esme]}
#   SUPPLIER: {arrangement_with_smso: false}

# Parameters of a device's model, changed for this scenario.
# parameters:
#   gsme: {sua.nvm: torn}

# Each variant is a case of its own; its keys replace those above.
variants:
  two-phase:
    profile: two-phase
    faults:
      - {at: home-1/gsme/confirm-rotation#1/try#1/reply/wan, does: drop}

# sweep: journal # a case for each journal write, at which the engine is killed

limits: {virtual: 60d, events: 2000000} # where a run is stopped

expect:
  # commissioned | commissioned-electricity-only | rolled-back-sua-intact | rolled-back-limited |
  # unresolved | excluded | stranded
  end_state: commissioned
  devices: # what each meter truly holds, and what the engine believes
    gsme: {truth: NEW, belief: NEW}
    esme: {truth: NEW, belief: NEW}
  # clause: def/sua # what another end state breaks; a device and a step can name one of their own
  # within: 2h # how long after its last fault the outcome is claimed
  # han: {ppmid: {joined: true, served_within: 2h}} # what devices show on their HAN
  # party_faults: [tmad/4.23A by MCC] # what parties do wrong in it; any other is a finding
  # reports: {S1MIG-001: 1, S1MIG-010: 0} # how many attempts stand in each migration report
  # Times without a way to top up, with `verdict: "violated: customer-cut-off"`.
  # cut_off: [{device: gsme, by: SUPPLIER, because: no arrangement, since: 0s, until: 31min}]
  verdict: pass # or "violated: confidently-wrong": that finding is expected
  all_faults_fire: true # a fault that never strikes makes the case inconclusive
  all_comes_true: true # false: steps, and what parties do wrong, may come out otherwise
"""


def write_new_scenario(path: Path, *, may_replace: bool = False) -> None:
    """Write the starting file.

    Raises:
        ScenarioError: a file is there already, or it cannot be written.
    """
    if path.exists() and not may_replace:
        raise ScenarioError(f"{path}: is there already; name another, or give --force")
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(NEW_SCENARIO, encoding="utf-8")
    except OSError as error:
        raise ScenarioError(f"{path}: cannot be written: {error.strerror}") from error
