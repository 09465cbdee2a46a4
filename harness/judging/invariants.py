"""All invariants that a run is held against, one claim a function over the whole run."""

from hanbench.harness.judging.authority import AUTHORITY
from hanbench.harness.judging.device_rules import judge_devices
from hanbench.harness.judging.engine_rules import ENGINE_RULES
from hanbench.harness.judging.key_invariants import (
    judge_binding,
    judge_counters,
    judge_entitlement,
    judge_secrecy,
    judge_separation,
    judge_verification,
    judge_versions,
)
from hanbench.harness.judging.lock_out_rules import judge_lock_out_counts
from hanbench.harness.judging.oracle import judge_beliefs, judge_executions, judge_reuse
from hanbench.harness.judging.outcome_rules import judge_outcome
from hanbench.harness.judging.patience_rules import PATIENCE
from hanbench.harness.judging.rotation_rules import ROTATION

WITHOUT_ENGINE = (
    judge_executions,
    judge_verification,
    judge_entitlement,
    judge_counters,
    judge_versions,
    judge_devices,
    judge_lock_out_counts,
    judge_binding,
    judge_separation,
)
"""Those that mean something where nothing is migrated."""
INVARIANTS = (
    judge_beliefs,
    judge_outcome,
    judge_reuse,
    judge_secrecy,
    *AUTHORITY,
    *ENGINE_RULES,
    *PATIENCE,
    *ROTATION,
    *WITHOUT_ENGINE,
)
