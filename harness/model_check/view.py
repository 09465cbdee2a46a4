"""What an engine may believe of the meter's key (domain.md 10.8, "Belief").

It follows the key that authenticated a reply. A time-out teaches nothing. The old key is proved
only by a fence: a tick done under it, with a counter above each order that could move the meter;
or, in two phases, by the staged key having been dropped.
"""

from hanbench.harness.model_check.state import HANDED_OVER, Letter, Order, Reply, View, Word

_MOVING = (Order.SWAP, Order.SWITCH)


def sent(view: View, letter: Letter) -> View:
    """Note an order that can move the meter, before it goes out."""
    if letter.order in (Order.STAGE, Order.SWAP):
        view = view._replace(used_up=False)
    if letter.order not in _MOVING:
        return view
    news = view.news if letter.about in view.news else (*view.news, letter.about)
    return view._replace(news=news, open=(*view.open, (letter.under, letter.number)))


def heard(view: View, letter: Letter, reply: Reply) -> View:
    """Take in a reply."""
    if view.proved or not reply.key:
        return view
    if letter.order is Order.SHOW and reply.shows and reply.shows not in view.staged:
        view = view._replace(staged=tuple(sorted((*view.staged, reply.shows))))
    if reply.word is Word.STALE:
        view = view._replace(used_up=True)
    if reply.key in view.news:
        return view._replace(proved=reply.key, open=())
    if reply.key != HANDED_OVER:
        return view
    if letter.order is Order.TICK and reply.word is Word.DONE:
        fence = (HANDED_OVER, letter.number)
        return view._replace(
            open=tuple(one for one in view.open if one[0] != HANDED_OVER or one > fence)
        )
    if letter.order is Order.UNSTAGE and reply.word in (Word.DONE, Word.NONE_STAGED):
        return view._replace(open=tuple(one for one in view.open if one[0] != letter.about))
    return view
