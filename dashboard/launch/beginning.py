"""How a task begins: its owner says so, and from then on its forecast counts from there."""

from __future__ import annotations

from dashboard.launch import refusing
from dashboard.launch.ending import happened_at, own_task, refuse_waiting
from dashboard.launch.event import Draft, What
from dashboard.launch.run import TaskState
from dashboard.launch.scene import Actor, RefusedActError, Scene, Wish, drafted


def task_begun(scene: Scene, wish: Wish, actor: Actor) -> Draft:
    """The begin of a task, by its owner; once, and not before what it needs is over."""
    task = own_task(scene, wish, actor, verb="begin")
    begun = scene.state.begun.get(task.id)
    if begun is not None:
        raise RefusedActError(refusing.already(task.title, TaskState.BEGUN.value, begun.event.actor))
    refuse_waiting(scene, task)
    return drafted(
        scene,
        wish,
        actor,
        what=What.BEGUN,
        before=TaskState.OPEN,
        after=TaskState.BEGUN,
        event_at=happened_at(scene, wish),
    )
