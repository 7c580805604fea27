"""Takes the pictures of pages that the plan names, of its own services and no other host."""

from __future__ import annotations

from collections.abc import Callable
from typing import Final

from dashboard.capture.exchange import host_of
from dashboard.capture.page import CaptureError, capture_page
from dashboard.launch.plan_evidence import EvidenceItem
from dashboard.sealing.desk import DeskError, Shot
from dashboard.wiring.resolve import Resolver

TIMEOUT_S: Final = 20.0


def shoot_of(resolver: Resolver) -> Callable[[EvidenceItem], Shot]:
    """What takes the page of an item. It raises `DeskError` with the reason where it cannot."""

    def shoot(item: EvidenceItem) -> Shot:
        page = item.page
        if page is None:
            raise DeskError(f"The plan names no page for “{item.title}”.")
        url = resolver.url(page.service, page.path)
        try:
            found = capture_page(url, hosts=[host_of(url)], masks=page.masks, timeout_s=TIMEOUT_S)
        except CaptureError as error:
            raise DeskError(f"golive could not take the picture: {error}.") from error
        return Shot(
            png=found.png,
            url=found.url_without_query,
            status=found.status,
            http_date=found.http_date or "",
            browser=found.browser_version,
            masked_regions=found.masked_regions,
        )

    return shoot
