"""Words on their way to Slack."""

import re
from html import escape

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from adapters.slack import forms
from adapters.slack.blocks import body, fallback
from adapters.slack.markup import mrkdwn, sections
from adapters.slack.payload import Node
from bot.core.channel import FormField, Rendered, RenderedButton, RenderedForm
from bot.core.message import Address


@pytest.mark.parametrize(
    ("html", "text"),
    [
        ("<b>Q-0001</b>: with <i>Kenya</i>", "*Q-0001*: with _Kenya_"),
        ("<code>/csobot claim ABC</code>", "`/csobot claim ABC`"),
        ('<a href="https://iom.int/?a=1&amp;b=2">IOM</a>', "<https://iom.int/?a=1&amp;b=2|IOM>"),
        ('<a href="javascript:alert(1)">x</a>', "x"),
        ("<blockquote>one\ntwo</blockquote>after", "> one\n> two\nafter"),
        ("<b>one\ntwo</b>", "*one*\n*two*"),
        ("<b> spaced </b>", " *spaced* "),
        ("<b>2 * 3</b>", "2 * 3"),
        ("see https://iom.int/a?b=1&amp;c=2.", "see <https://iom.int/a?b=1&amp;c=2>."),
        ("A &amp; B &lt;c&gt; &quot;d&quot;", 'A &amp; B &lt;c&gt; "d"'),
        ("<script>x</script>", "&lt;script&gt;x&lt;/script&gt;"),
        ("<b>never closed", "*never closed*"),
    ],
)
def test_markup(html: str, text: str) -> None:
    """Our five tags become mrkdwn; everything else stays the characters it is."""
    assert mrkdwn(html) == text


@pytest.mark.parametrize("text", ["<!channel>", "<!here|x>", "<@U1>", "<#C1>", "<https://evil.example|safe>"])
def test_user_text_makes_no_mention_and_no_hidden_link(text: str) -> None:
    """What a person wrote never becomes a mention, a channel or a link with another name."""
    sent = body(Rendered(escape(text, quote=False)))
    assert not re.search(r"<[@!#]|\|safe>", f"{sent}")


@settings(max_examples=150, deadline=None)
@given(st.text(alphabet="<>&!@#|*_`~ \n:/achnel", max_size=80))
def test_no_text_makes_a_mention(text: str) -> None:
    """The same for any text, inside any of our tags."""
    html = f'<b>{escape(text)}</b><a href="https://x/{escape(text)}">{escape(text)}</a>'
    assert not re.search(r"<(?!https?://)", mrkdwn(html))


@settings(max_examples=100, deadline=None)
@given(st.text(alphabet="a &<\n", max_size=400), st.integers(40, 90))
def test_sections_fit_and_cut_no_entity(text: str, limit: int) -> None:
    """Every part is within the limit and holds whole entities."""
    parts = sections(mrkdwn(escape(text)), limit)
    assert all(0 < len(part) <= limit for part in parts)
    assert all(re.fullmatch(r"(?:[^&<>]|&(?:amp|lt|gt);)*", part) for part in parts)


def test_long_text_loses_nothing() -> None:
    """100 kB of words arrive in sections of at most 3,000 characters, in order."""
    words = [f"word{n}" for n in range(12_000)]
    parts = sections(mrkdwn(" ".join(words)))
    assert max(map(len, parts)) <= 3000
    assert " ".join(parts).split() == words


def test_link_is_never_cut() -> None:
    """A link at the end of a section goes into the next one."""
    parts = sections(mrkdwn("a" * 2990 + ' <a href="https://iom.int/">IOM</a>'))
    assert parts[-1] == "<https://iom.int/|IOM>"


def test_buttons_are_in_blocks_of_25_with_their_own_action_ids() -> None:
    """Slack takes 25 elements per block, unique action ids and labels of 75 characters."""
    blocks = body(Rendered("x", tuple(RenderedButton("L" * 90, f"t{n}") for n in range(30))))["blocks"]
    actions = [Node(block) for block in blocks if block["type"] == "actions"]
    elements = [element for block in actions for element in block.items("elements")]
    assert [len(block.items("elements")) for block in actions] == [25, 5]
    assert len({element.text("action_id") for element in elements}) == 30
    assert {len(element.text("text", "text")) for element in elements} == {75}
    assert elements[29].text("value") == "t29"


@pytest.mark.req("S1-R5")
def test_numbered_choices_are_listed_in_the_text() -> None:
    """Who sees no buttons reads what may be typed."""
    buttons = (RenderedButton("1 Kenya", "a"), RenderedButton("2 Another country", "b"), RenderedButton("Help", "c"))
    assert fallback(Rendered("Which <b>country</b>?", buttons)) == "Which *country*?\n\n1 Kenya  2 Another country"


@pytest.mark.parametrize("html", ["", " " * 5000, "a" * 5000, "a &amp; b " * 900])
def test_fallback_is_never_empty_nor_too_long(html: str) -> None:
    """Slack wants a text with every message and splits one above 4,000 characters."""
    assert 0 < len(fallback(Rendered(html, tuple(RenderedButton(f"{n} x", "t") for n in range(99))))) < 4000


FORM = RenderedForm(
    token="tok",
    title="Reassign this query to somebody else",
    submit="Reassign",
    cancel="Cancel",
    intro="The CSO reads the <reason>.",
    fields=(
        FormField("desk", "Desk", options=tuple((f"d{n}", f"Desk {n}") for n in range(130)), initial="d3"),
        FormField("reason", "Reason", multiline=True, required=False, initial="Because"),
    ),
)


def test_modal_keeps_slacks_limits() -> None:
    """Title within 24 characters, at most 100 options, user text escaped."""
    view = Node(forms.view(FORM, Address("slack", "C1", "1.1")))
    intro, desk, reason = view.items("blocks")
    assert view.text("title", "text") == "Reassign this query to …"
    assert intro.text("text", "text") == "The CSO reads the &lt;reason&gt;."
    assert len(desk.items("element", "options")) == 100
    assert desk.text("element", "initial_option", "value") == "d3"
    assert (reason.text("element", "type"), reason.true("optional")) == ("plain_text_input", True)


def test_modal_knows_where_it_was_opened() -> None:
    """Token and place come back as they went."""
    view = Node(forms.view(FORM, Address("slack", "C1", "1.1")))
    form, address = forms.filled_in(view, "slack", "trigger")
    assert (form.token, address) == ("tok", Address("slack", "C1", "1.1"))
