"""Whether golive itself can see. Blindness is a failure of ours and never anybody's FAIL."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Mapping
from dataclasses import dataclass

from collectors.asking import Asker, AskError
from collectors.observation import CollectorFailure, FailureReason, Observation, Sample
from collectors.probe import Question

FEWEST = 2
"""One source that does not answer is that source's trouble; from two on it may be ours."""


@dataclass(frozen=True, slots=True, kw_only=True)
class SightProbe(Question):
    """Looks at the newest sample of every other probe; `newest` gives them by probe id."""

    newest: Callable[[], Mapping[str, Sample]]

    async def _look(self, asker: Asker) -> Observation:
        blind = _failed_by_source(self.newest(), self.source)
        asked, failed = len(blind), sum(blind.values())
        if failed >= FEWEST and failed * 2 > asked:
            detail = f"{failed} of {asked} sources did not answer"
            raise AskError(FailureReason.UNREACHABLE, detail, asked="the newest sample of every source")
        return Observation(
            probe=self.probe,
            source=self.source,
            environment=asker.environment,
            asked="the newest sample of every source",
            observed_at=asker.clock(),
            elapsed_ms=0,
            # Before anything has been asked there is nothing that golive can be said to see.
            facts={"asked": asked, "failed": failed} | ({"sees": True} if asked else {}),
        )


def _failed_by_source(newest: Mapping[str, Sample], own: str) -> dict[str, bool]:
    samples: dict[str, list[bool]] = defaultdict(list)
    for sample in newest.values():
        if sample.source != own:
            samples[sample.source].append(isinstance(sample, CollectorFailure))
    return {source: all(failed) for source, failed in samples.items()}
