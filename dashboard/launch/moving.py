"""What a moved host clock does to a launch: one event, by which the T-clock goes on as if it had not."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

from dashboard.launch import wording
from dashboard.launch.event import Draft, What
from dashboard.launch.run import ENDED
from dashboard.launch.scene import GOLIVE, Act, Scene, Wish, drafted


def clock_moved(scene: Scene, by: timedelta) -> Draft | None:
    """The event that golive records when its time base is `by` later than the one before; None where nothing
    was done yet, or all is. It binds the newest board: nothing that was shown up to it can be decided on any
    more.
    """
    if scene.state.stage in ENDED or scene.state.seq == 0:
        return None
    wish = Wish(act=Act.HOLD, reason=wording.clock_moved(by))
    before, after = wording.at(scene.now - by), wording.at(scene.now)
    draft = drafted(scene, wish, GOLIVE, what=What.CLOCK_MOVED, before=before, after=after)
    return replace(draft, shift_ms=round(by / timedelta(milliseconds=1)))
