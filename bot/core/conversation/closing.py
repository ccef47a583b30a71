"""After the answer: did it help, how useful was it, and who may see that."""

from bot.core.conversation.asking import Held, ask
from bot.core.conversation.binding import Words, add_onto
from bot.core.conversation.scene import Scene
from bot.core.conversation.state import Ask, Prompt, State, Turn
from bot.core.query import Status
from bot.core.turn import CloseQuery, Option, RateQuery, Say, ShareRating

SATISFIED = (Option("yes", "yes"), Option("no", "not_yet"))
STARS = tuple(Option(str(stars), f"stars_{stars}") for stars in range(1, 6))
SHARING = (Option("focal_point", "the_focal_point"), Option("totals", "only_totals"))


def answered(about: str, state: State, scene: Scene) -> Turn:
    """An answer has been accepted by the person's channel: ask whether it was one."""
    query = scene.query(about)
    if query is None or query.status is not Status.ANSWERED:
        return Turn(state)
    return ask(Turn(state), scene, Ask.SATISFIED, "conversation.did_it_help", SATISFIED, {}, Held(about=about))


def satisfied_chosen(prompt: Prompt, value: str, state: State, scene: Scene) -> Turn:
    left = Turn(state.without(prompt))
    query = scene.query(prompt.about)
    if query is None:
        return left
    if value == "no":
        return ask(left, scene, Ask.MISSING, "conversation.what_is_missing", (), {}, Held(about=prompt.about))
    closed = left.then(CloseQuery(prompt.about)) if query.open else left
    return ask(closed, scene, Ask.RATING, "conversation.closed_how_useful", STARS, {}, Held(about=prompt.about))


def missing_written(prompt: Prompt, text: str, state: State, scene: Scene) -> Turn:
    """More for the one who answered; what was closed meanwhile is open again with it."""
    query = scene.query(prompt.about)
    left = state.without(prompt)
    return add_onto(left, query, Words(text, message=scene.message)) if query else Turn(left)


def rating_chosen(prompt: Prompt, value: str, state: State, scene: Scene) -> Turn:
    rated = Turn(state.without(prompt), (RateQuery(prompt.about, int(value)),))
    return ask(rated, scene, Ask.RATING_SHARED, "conversation.who_may_see", SHARING, {}, Held(about=prompt.about))


def sharing_chosen(prompt: Prompt, value: str, state: State, scene: Scene) -> Turn:
    shared = ShareRating(prompt.about, value == "focal_point")
    return Turn(state.without(prompt), (shared, Say("conversation.noted")))
