"""The environment's brand, on every page: REHEARSAL and LIVE can not be mistaken, by pattern and by word."""

from __future__ import annotations

from collectors.observation import Environment
from dashboard.ui import wording
from dashboard.ui.markup import text


def brand(environment: Environment, plan_title: str) -> str:
    """The band above everything else: which world this is, and which launch."""
    kind = environment.value
    word, note = wording.BRAND[environment], wording.BRAND_NOTE[environment]
    return (
        f'<div class="gl-stripe gl-stripe-{kind}" aria-hidden="true"></div>'
        f'<div class="gl gl-brand gl-brand-{kind}">'
        f'<p><strong class="gl-brand-word">{word}</strong><span class="gl-brand-note">{note}</span></p>'
        f'<p class="gl-brand-plan">{text(plan_title)}</p></div>'
    )


def tab_title(environment: Environment) -> str:
    """What the browser's tab says before there is a verdict."""
    return f"{wording.BRAND[environment]} · {wording.PRODUCT}"
