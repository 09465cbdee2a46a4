"""What the DCO counts and learns: one page for each key.

It goes by the key that authenticates a reply, never by the word in it. A reply that is ahead of
what was issued moves the counter on; one that says "too far" moves it back to the meter's, since
nothing else could ever pass (domain.md 10.2, resynchronisation).
"""

from hanbench.harness.model_check.state import Letter, Order, Page, Reply, Word

Pages = tuple[Page, ...]


def issue(pages: Pages, version: int) -> tuple[Pages, int]:
    """Give out the next counter of a key."""
    page = pages[version - 1]
    number = page.issued + 1
    return _with(pages, version, page._replace(issued=number)), number


def learn(pages: Pages, letter: Letter, reply: Reply) -> Pages:
    """Take in a reply that one of the keys authenticates; others teach nothing."""
    if letter.order is Order.SWAP and reply.shows:
        pages = _with(pages, reply.shows, pages[reply.shows - 1]._replace(answered=True))
    if not reply.key:
        return pages
    page = pages[reply.key - 1]
    shown = max(page.shown, reply.last)
    issued = max(page.issued, shown)
    if reply.word is Word.TOO_FAR and reply.last == shown:
        issued = shown
    return _with(pages, reply.key, Page(issued, shown, answered=True))


def confirmable(pages: Pages) -> int:
    """Return the key that the DCO would confirm as the meter's: the highest that answered."""
    answered = [version for version, page in enumerate(pages, 1) if page.answered]
    return answered[-1] if answered else 0


def _with(pages: Pages, version: int, page: Page) -> Pages:
    return (*pages[: version - 1], page, *pages[version:])
