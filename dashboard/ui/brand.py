"""The environment's brand, on every page: REHEARSAL and LIVE can not be mistaken, by pattern and by word."""

from __future__ import annotations

from collectors.observation import Environment
from dashboard.access import Person
from dashboard.ui import wording
from dashboard.ui.markup import text


def brand(environment: Environment, plan_title: str, person: Person) -> str:
    """The band above everything else: which world this is, which launch, and as whom one looks at it."""
    kind = environment.value
    return (
        f'<div class="gl-stripe gl-stripe-{kind}" aria-hidden="true"></div>'
        f'<div class="gl gl-brand gl-brand-{kind}"><p><strong class="gl-brand-word">{wording.BRAND[environment]}</strong>'
        f'<span class="gl-brand-note">{wording.BRAND_NOTE[environment]}</span></p>'
        f'<p class="gl-brand-plan">{text(plan_title)}<span class="gl-brand-who">{text(person.title)} · '
        f"{text(person.identity.value)}</span></p></div>"
    )


def tab_title(environment: Environment) -> str:
    """What the browser's tab says before there is a verdict."""
    return f"{wording.BRAND[environment]} · {wording.PRODUCT}"
