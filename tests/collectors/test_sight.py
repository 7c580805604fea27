from __future__ import annotations

from datetime import UTC, datetime

import pytest

from collectors.asking import Asker
from collectors.observation import CollectorFailure, Environment, FailureReason, Observation, Sample
from collectors.sight import SightProbe

NOW = datetime(2026, 11, 22, 2, tzinfo=UTC)


def sample(probe: str, *, sees: bool) -> Sample:
    source = probe.partition(".")[0]
    about = {
        "probe": probe,
        "source": source,
        "environment": Environment.REHEARSAL,
        "asked": "GET x",
        "observed_at": NOW,
        "elapsed_ms": 1,
    }
    if sees:
        return Observation(**about)  # type: ignore[arg-type]
    return CollectorFailure(**about, reason=FailureReason.TIMEOUT, detail="late")  # type: ignore[arg-type]


async def look(asker: Asker, **sees: bool) -> Sample:
    newest = {
        name.replace("_", "."): sample(name.replace("_", "."), sees=fine) for name, fine in sees.items()
    }
    return await SightProbe(probe="golive.sight", source="golive", newest=lambda: newest).ask(asker)


@pytest.mark.parametrize(
    ("sees", "facts"),
    [
        ({"a_ready": True, "b_ready": True}, {"sees": True, "asked": 2, "failed": 0}),
        ({"a_ready": False}, {"sees": True, "asked": 1, "failed": 1}),
        ({"a_ready": False, "b_ready": True}, {"sees": True, "asked": 2, "failed": 1}),
        (
            {"a_ready": False, "b_ready": False, "c_ready": True, "d_ready": True},
            {"sees": True, "asked": 4, "failed": 2},
        ),
        (
            {"a_ready": False, "a_cors": True, "b_ready": False, "b_cors": True},
            {"sees": True, "asked": 2, "failed": 0},
        ),
        ({"a_ready": True, "golive_sight": False}, {"sees": True, "asked": 1, "failed": 0}),
    ],
)
async def test_golive_sees_as_long_as_half_of_the_sources_answer(
    asker: Asker, sees: dict[str, bool], facts: dict[str, bool | int]
) -> None:
    seen = await look(asker, **sees)

    assert isinstance(seen, Observation)
    assert seen.facts == facts


@pytest.mark.parametrize(
    ("sees", "sentence"),
    [
        ({"a_ready": False, "b_ready": False}, "2 of 2 sources did not answer"),
        ({"a_ready": False, "b_ready": False, "c_ready": True}, "2 of 3 sources did not answer"),
    ],
)
async def test_golive_that_cannot_see_is_a_failure_and_never_a_false(
    asker: Asker, sees: dict[str, bool], sentence: str
) -> None:
    seen = await look(asker, **sees)

    assert isinstance(seen, CollectorFailure)
    assert (seen.reason, seen.detail) == (FailureReason.UNREACHABLE, sentence)


async def test_before_anything_was_asked_golive_sees_nothing(asker: Asker) -> None:
    seen = await look(asker)

    assert isinstance(seen, Observation)
    assert seen.facts == {"asked": 0, "failed": 0}
