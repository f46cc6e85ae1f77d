from dataclasses import asdict

from interlock.executor.api.routes.policies import LimitsBody
from interlock.executor.service.policies import RANGES
from interlock.sandbox import Limits
from interlock.worker.data_limits import DataLimits
from interlock.worker.resuming import SUSPENDED_MS


def test_a_policy_sets_limits_whose_defaults_are_in_range() -> None:
    defaults = {**asdict(Limits()), **asdict(DataLimits()), "suspended_ms": SUSPENDED_MS}
    assert set(defaults) - set(RANGES) == {"source_bytes", "input_bytes"}
    for name, allowed in RANGES.items():
        default = defaults[name]
        assert allowed.least <= default <= allowed.most


def test_a_body_can_set_every_limit_there_is() -> None:
    assert set(LimitsBody.model_fields) == set(RANGES)
