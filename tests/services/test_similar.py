"""Open questions that ask nearly the same: found, counted, and forgotten with their words. On both databases."""

from collections.abc import Callable, Sequence
from dataclasses import replace
from datetime import datetime
from pathlib import Path
from typing import TypeVar

import pytest
import sqlalchemy as sa

from adapters.encoder import LexicalEncoder, SentenceEncoder
from bot.comparing import Comparer
from bot.core.query import Entry, EntryKind, Query, Status
from bot.core.routing.encoder import Encoder
from bot.services import data
from storage import people, queries, similar
from storage.database import Database, Transaction
from storage.desk_tables import query_vectors, similar_queries
from storage.sealing import ProcessSeal
from tests.services.bytes_kept import database_bytes
from tests.services.office import WORLD, Office, open_office

T = TypeVar("T")
HIDDEN = WORLD.office.confidential_desk
ENGLISH = "When will the recommendations of the consultation be published?"
SPANISH = "¿Cuándo se publican las recomendaciones de la consulta?"
FRENCH = "Quand les recommandations de la consultation seront-elles publiées ?"
OTHER = "Border guards asked for a training on mixed flows"


@pytest.fixture(scope="module")
def encoder() -> Encoder:
    return SentenceEncoder()


class Beside:
    """Questions at desks, and what the clock makes of them."""

    def __init__(self, office: Office, encoder: Encoder) -> None:
        self.office, self.encoder, self.made = office, encoder, 0

    def run(self, work: Callable[[Transaction], T]) -> T:
        return self.office.database.run_sync(work)

    def asked(self, text: str, desk: str = "mission-ke", status: Status = Status.NEW, **more: object) -> Query:
        self.made += 1
        opened, number = f"made:{self.made}", self.made
        blank = Query(id=0, opened_by=opened, person=1, account="telegram", asked_at=self.office.now, country="KE")
        wanted = replace(blank, desk=desk, status=status, topic="ipd", **more)  # type: ignore[arg-type]

        def keep(tx: Transaction) -> Query:
            query = queries.add(tx, wanted)
            line = Entry(query=query.id, kind=EntryKind.QUESTION, text=text, at=self.office.now, author=1)
            queries.add_entry(tx, line)
            return query

        assert number == self.made
        return self.run(keep)

    async def compare(self) -> None:
        comparer = Comparer(self.office.database, self.office.setup, self.encoder)
        while await comparer.work():
            pass

    def beside(self, query: Query) -> Sequence[int]:
        return [number for number, _ in self.run(lambda tx: similar.beside(tx, query.id, 50))]

    def vectors(self) -> list[int]:
        return list(self.run(lambda tx: tx.scalars(sa.select(query_vectors.c.query)).all()))

    def change(self, query: Query, **fields: object) -> None:
        def save(tx: Transaction) -> None:
            queries.save(tx, replace(queries.get(tx, query.id), **fields))  # type: ignore[arg-type]

        self.run(save)


@pytest.fixture
def at(database: Database, seal: ProcessSeal, tmp_path: Path, now: datetime, encoder: Encoder) -> Beside:
    return Beside(open_office(database, seal, tmp_path / "files", now), encoder)


@pytest.mark.req("S1-W22")
async def test_the_same_question_in_three_languages_is_found(at: Beside) -> None:
    """Meaning counts and not words; what asks something else is not beside them."""
    first, second, third, _ = [at.asked(text) for text in (ENGLISH, SPANISH, FRENCH, OTHER)]

    await at.compare()

    assert sorted(at.beside(first)) == [second.id, third.id]


async def test_a_later_question_is_put_beside_earlier_ones(at: Beside) -> None:
    """However long ago the first was compared."""
    first = at.asked(ENGLISH)
    await at.compare()
    later = at.asked(SPANISH)
    await at.compare()

    assert (at.beside(first), at.beside(later)) == ([later.id], [first.id])


async def test_without_the_encoder_shared_words_are_found(at: Beside) -> None:
    """The fallback knows no meaning: it finds what is written nearly alike."""
    at.encoder = LexicalEncoder()
    first = at.asked("Where are the guidelines on voluntary return from detention?")
    same, foreign = at.asked("Where are guidelines on voluntary return from detention please"), at.asked(SPANISH)

    await at.compare()

    assert (at.beside(first), at.beside(foreign)) == ([same.id], [])


async def test_vectors_of_another_encoder_are_made_anew(at: Beside) -> None:
    """Two encoders' numbers say nothing about each other."""
    first, second = at.asked(ENGLISH), at.asked(SPANISH)
    real, at.encoder = at.encoder, LexicalEncoder()
    await at.compare()
    at.encoder = real
    await at.compare()

    assert at.beside(first) == [second.id]


@pytest.mark.parametrize("how", [{"sensitive": True}, {"desk": HIDDEN}, {"status": Status.ANSWERED}])
async def test_what_may_not_be_compared_has_no_vector(at: Beside, how: dict[str, object]) -> None:
    """Sensitive, confidential, and what nobody has to answer any more."""
    at.asked(ENGLISH, **how)  # type: ignore[arg-type]

    await at.compare()

    assert at.vectors() == []


async def test_what_becomes_sensitive_leaves_at_once(at: Beside) -> None:
    """With its vector and its pairs, in the transaction that marks it."""
    first, second = at.asked(ENGLISH), at.asked(SPANISH)
    await at.compare()

    at.change(second, sensitive=True)

    assert (at.beside(first), at.vectors()) == ([], [first.id])


async def test_an_answered_question_is_beside_nothing_until_it_is_open_again(at: Beside) -> None:
    """The pairs go with the answer, and come back with the question."""
    first, second = at.asked(ENGLISH), at.asked(SPANISH)
    await at.compare()
    at.change(second, status=Status.ANSWERED)
    await at.compare()
    kept = at.run(lambda tx: tx.scalar(sa.select(sa.func.count()).select_from(similar_queries)))
    at.change(second, status=Status.CLAIMED)
    await at.compare()

    assert (kept, at.beside(first)) == (0, [second.id])


async def test_words_that_changed_while_they_were_read_make_no_vector(at: Beside) -> None:
    """Reading happens outside the transaction: what was erased meanwhile is not kept."""
    query = at.asked(ENGLISH)
    made = {query.id: ("what stood there before", b"\x01\x02")}

    kept = at.run(lambda tx: similar.keep(tx, "m", HIDDEN, made))

    assert (kept, at.vectors()) == (0, [])


@pytest.mark.req("S0-O3b")
async def test_after_forgetme_no_byte_of_the_vector_is_left(at: Beside, database_url: str) -> None:
    """Neither in the table nor in a free page of the file."""
    query = at.asked(ENGLISH)
    at.asked(SPANISH)
    await at.compare()
    vector = at.run(lambda tx: tx.scalar(sa.select(query_vectors.c.vector).where(query_vectors.c.query == query.id)))
    assert vector is not None
    written = vector.hex().encode() if database_url.startswith("postgresql") else bytes(vector)
    stood = written in database_bytes(at.office.database, database_url)

    person = at.run(lambda tx: people.get(tx, 1))
    assert person is not None
    at.run(lambda tx: data.erase(tx, at.office.setup, person, at.office.now))

    assert stood
    assert written not in database_bytes(at.office.database, database_url)


async def test_the_text_that_is_too_old_goes_with_its_vector(at: Beside) -> None:
    """Retention takes both."""
    query = at.asked(ENGLISH)
    await at.compare()

    at.run(lambda tx: queries.expire_texts(tx, query.id))

    assert at.vectors() == []


async def test_the_card_says_how_many_are_open_here(at: Beside) -> None:
    """As soon as they are compared, and no more once they are answered."""
    at.office.say(ENGLISH)
    at.office.deliver()
    second = at.asked(SPANISH)
    at.asked(FRENCH, desk="region-wca")
    await at.compare()
    cards = [each for each in at.office.messages("C1") if each.template == "desk.card"]
    at.change(second, status=Status.ANSWERED)
    await at.compare()
    after = [each for each in at.office.messages("C1") if each.template == "desk.card"]

    assert ([each.fields["similar"] for each in cards], after[0].fields["similar"]) == ([1], 0)
