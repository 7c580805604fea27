"""The poll: who voted what and until when, the vote of who looks, and the chair's declaration."""

from __future__ import annotations

import streamlit as st

from dashboard.access import Action
from dashboard.launch.binding import Vote
from dashboard.launch.polling import Ballot, Tally
from dashboard.launch.refusing import no_poll
from dashboard.launch.run import ENDED
from dashboard.launch.scene import Act, Wish
from dashboard.launch.view import HourView
from dashboard.ui import formats, wording
from dashboard.ui.acting import Hand
from dashboard.ui.looks import Look, badge
from dashboard.ui.markup import joined, text
from dashboard.ui.room import room

_LOOKS = {
    Vote.GO: ("go", "go"),
    Vote.NO_GO: ("nogo", "nogo"),
    Vote.ABSTAIN: ("unknown", "unknown"),
    None: ("stale", "stale"),
}


def poll_desk(own: Hand, hour: HourView) -> None:
    """Nothing where the plan has no voters, or the run is over."""
    planned = room().plan.hour
    if planned is None or planned.poll is None or hour.stage in ENDED:
        return
    st.html(poll(hour.tally))
    with st.container(horizontal=True, gap="small", key="poll_desk"):
        if own.may(Action.CHAIR_POLL):
            _chair(own, hour.tally)
        elif hour.tally is not None and own.person.role in planned.poll.voters:
            for vote in Vote:
                wish = Wish(act=Act.VOTE, subject=vote.value)
                own.button(wording.VOTE_WORD[vote], f"vote_{vote.lower()}", wish)


def polled(hour: HourView) -> str:
    """The poll as it stands; nothing where none is open."""
    return "" if hour.tally is None else poll(hour.tally)


def poll(tallied: Tally | None) -> str:
    """Every voter, for everybody: the poll is not secret."""
    sentence = f"{no_poll()} {wording.POLL_NOTE}" if tallied is None else tallied.sentence
    head = f'<h2>{wording.POLL}</h2><p class="gl-muted">{text(sentence)}</p>'
    ballots = () if tallied is None else tallied.ballots
    items = joined(f"<li>{_ballot(ballot)}</li>" for ballot in ballots)
    died = "" if tallied is None or not tallied.died else wording.VOTES_DIED.format(why=tallied.died)
    head += f"<p>{text(died)}</p>" if died else ""
    body = f'<ul class="gl-ballots">{items}</ul>' if items else ""
    return f'<div class="gl gl-poll">{head}{body}</div>'


def _ballot(ballot: Ballot) -> str:
    tone, shape = _LOOKS[ballot.vote]
    word = wording.NO_VOTE if ballot.vote is None else wording.VOTED_WORD[ballot.vote]
    until = ""
    if ballot.vote is not None and ballot.until is not None:
        until = wording.VOTE_UNTIL.format(at=formats.clock_time(ballot.until))
    told = " · ".join(part for part in (until, ballot.why) if part)
    looks = badge(Look(word=word, tone=tone, icon=shape))
    # Who signed in is called by a pseudonym besides: one person in two roles is seen to be one.
    who = ballot.title if ballot.cast is None else ballot.cast.actor
    return f'{looks} <strong>{text(who)}</strong> <span class="gl-muted">{text(told)}</span>'


def _chair(own: Hand, tallied: Tally | None) -> None:
    if tallied is None or tallied.poll.declared is not None or not any(b.vote for b in tallied.ballots):
        own.button(wording.OPEN_POLL, "open_poll", Wish(act=Act.OPEN_POLL))
    if tallied is None:
        return
    if tallied.is_go and not tallied.is_declared_go:
        own.button(wording.DECLARE_GO, "declare_go", Wish(act=Act.DECLARE, subject=Vote.GO.value))
    if tallied.poll.declared is None:
        own.button(wording.DECLARE_NO_GO, "declare_no_go", Wish(act=Act.DECLARE, subject=Vote.NO_GO.value))
