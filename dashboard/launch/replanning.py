"""Another plan while a launch is under way: offered by a start with another file, adopted by two people.

The plan is frozen at T-0. golive goes on with it whatever file it is started with, says that another is on
offer, and changes over only when one person asks for it with a reason and a second adopts it. That takes
every vote, waiver and override with it: they were given on another plan.
"""

from __future__ import annotations

from dashboard.launch import refusing
from dashboard.launch.event import Draft, What
from dashboard.launch.scene import GOLIVE, Act, Actor, RefusedActError, Scene, Wish, drafted, need_reason


def offered(scene: Scene, plan_sha256: str) -> Draft | None:
    """The event of a start with another plan; None where it is the plan of the run, or was offered last."""
    offer = scene.state.offer
    if plan_sha256 == scene.plan_sha256 or (offer is not None and offer.subject == plan_sha256):
        return None
    wish = Wish(act=Act.ASK_PLAN, subject=plan_sha256)
    before, after = scene.plan_sha256, plan_sha256
    return drafted(scene, wish, GOLIVE, what=What.PLAN_OFFERED, before=before, after=after)


def asked(scene: Scene, wish: Wish, actor: Actor) -> Draft:
    """The first of two who want the plan that is on offer."""
    need_reason(wish)
    offer = scene.state.offer
    if offer is None:
        raise RefusedActError(refusing.no_plan_offered())
    asking = Wish(act=wish.act, subject=offer.subject, reason=wish.reason, about=offer.seq)
    before, after = scene.plan_sha256, "asked for"
    return drafted(scene, asking, actor, what=What.PLAN_ASKED, before=before, after=after)


def changed(scene: Scene, wish: Wish, actor: Actor) -> Draft:
    """The second of the two: from here on the run is judged by the plan that was on offer."""
    first = scene.state.plan_asked
    if first is None:
        raise RefusedActError(refusing.no_plan_asked())
    if actor.did(first):
        raise RefusedActError(refusing.own_plan())
    asking = Wish(act=wish.act, subject=first.subject, reason=first.reason, about=first.seq)
    before, after = scene.plan_sha256, first.subject
    return drafted(scene, asking, actor, what=What.PLAN_CHANGED, before=before, after=after)
