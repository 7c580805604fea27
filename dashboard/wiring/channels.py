"""Turns the settings and a resolved plan into the channels that notices go to."""

from __future__ import annotations

from collections.abc import Sequence

from collectors.asking import Asker
from collectors.masked import Masked
from dashboard.channels import ServiceChannel, apprise_channels
from dashboard.notifier import Channel
from dashboard.wiring.resolve import Resolver


def channels_of(resolver: Resolver, notify: Sequence[Masked], asker: Asker) -> tuple[Channel, ...]:
    """The addresses of the settings in their order, then the service of the plan, if it names one."""
    announce = resolver.plan.announce
    found: list[Channel] = [*apprise_channels(notify)]
    if announce is not None:
        found.append(
            ServiceChannel(
                name=announce.service,
                asker=asker,
                url=resolver.url(announce.service, announce.path),
                header=announce.header,
                secret=resolver.secret(announce.secret),
                text=announce.text,
                body=announce.body,
            )
        )
    return tuple(found)
