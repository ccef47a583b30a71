"""What of a query may be shown where, and whether it may be quoted: asked wherever words could leave their place."""

from bot.core.errors import NotAllowed
from bot.core.query import Query


class NotToBeQuoted(NotAllowed):
    """Nothing of this query may become public."""

    template = "errors.not_to_be_quoted"


def shows_words(query: Query) -> bool:
    """Whether the words of this query may stand in a desk's channel, a list, a search, a digest or an export.

    Where they may not, a reference stands there and the way to the words: the console, or the holder's own chat.
    """
    return not query.sensitive


def may_quote(query: Query) -> bool:
    """Whether anything of this query or its answer may become public: an FAQ, a ready answer, results, an export.

    What even colleagues of the organisation do not see, or no channel shows, is not public either.
    """
    return not (query.no_quotes or query.sensitive or query.private)
