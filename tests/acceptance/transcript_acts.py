"""What people do in a transcript, done on the platform they are on."""

import re
from datetime import timedelta

from adapters.simulator.faults import ControlError
from adapters.simulator.slack_acts import form_fields
from adapters.simulator.slack_state import SlackChannel, SlackMessage, SlackUser, View
from adapters.simulator.telegram_state import Group
from adapters.simulator.telegram_state import Message as TelegramMessage
from adapters.simulator.telegram_state import Person as TelegramPerson
from bot.core.message import Button, Message
from bot.core.permission import Viewer
from bot.core.person import Role, StaffRole
from bot.core.suspension import Why
from bot.services import directory, staff
from bot.services.cards import desk_reader
from bot.services.hand_over import Receiver
from storage import clock, people
from storage.database import Transaction
from tests.acceptance.transcript_givens import GROUP
from tests.acceptance.transcript_script import CODE, CSO, Kind, Line
from tests.acceptance.transcript_stage import Stage

#: Behind the label of a button: pressed by somebody who still sees it.
AS_IT_WAS = "as it was"
CONTENT = b"0123456789" * 20
_MARKED = re.compile(r"\(([^)]+)\)\s*(.*)", re.DOTALL)
_CODE = re.compile(r"\(((?:organisation|staff|desk) code[^)]*|used code|shown code)\)")
_VOICE = re.compile(r"voice message, (\d+):(\d+)")
_REFERENCE = re.compile(r"[QC]-\d+")
_CHOICE = re.compile(r"\d{1,2}")
_MANAGES = re.compile(r"(hands over|suspends|lifts) (\S+)(?: to (\S+))?")

Written = TelegramMessage | SlackMessage


def _role(role: str, limits: list[str]) -> StaffRole:
    """ "focal-point mission-ke", "editor region=EHA" or "manager department=DMM"."""
    named = dict(each.split("=") if "=" in each else ("desk", each) for each in limits)
    return StaffRole(person=0, role=Role(role), **named)


class Actor:
    """Does what the lines of a transcript say."""

    def __init__(self, stage: Stage) -> None:
        self.stage = stage
        self.telegram = stage.simulator.telegram
        self.slack = stage.simulator.slack
        self._wrote: dict[str, Written] = {}
        self._used = ""
        #: Buttons that were pressed, by label, with what they carried.
        self._pressed: dict[str, tuple[Written, str]] = {}

    async def do(self, line: Line) -> None:
        """Act, and wait until everything that follows has happened."""
        match line.kind:
            case Kind.TIME:
                await self.stage.pass_time(line.span)
                return
            case Kind.PRESSES:
                await self._presses(line)
            case Kind.WRITES:
                await self._writes(line.who, await self._with_codes(line.text))
        await self.stage.at_rest()

    # Words

    async def _writes(self, who: str, text: str) -> None:
        marked = _MARKED.fullmatch(text)
        mark, words = (marked[1], marked[2]) if marked else ("", text)
        if voice := _VOICE.fullmatch(mark):
            self._sends(who, "voice", "voice.ogg", "", timedelta(minutes=int(voice[1]), seconds=int(voice[2])))
        elif mark == "photo":
            self._sends(who, "photo", "photo.jpg", words)
        elif mark == "file":
            name, _, caption = words.partition(" ")
            self._sends(who, "document", name, caption)
        elif mark == "edit":
            self._edits(who, words)
        elif mark == "form":
            await self._fills(who, {"text": words})
        elif mark == "in the group":
            self._in_group(words)
        elif mark == "private":
            await self._says(who, words, privately=True)
        elif mark.startswith("reply to "):
            self._replies(mark.removeprefix("reply to ").strip('"'), words)
        elif mark in ("blocks the bot", "unblocks the bot"):
            self._blocks(mark == "blocks the bot")
        elif mark == "typed":
            await self._says(who, words)
        elif mark == "leaves the chat":
            self._leaves(who)
        elif managed := _MANAGES.fullmatch(mark):
            await self.stage.run(lambda tx: self._manages(tx, who, *managed.groups()))
        elif _REFERENCE.fullmatch(mark):
            await self._says(who, words, reference=mark)
        elif who in self.stage.partners and _CHOICE.fullmatch(text) and not self.stage.platforms.typed:
            await self._presses_number(who, text)
        else:
            await self._says(who, text)

    async def _says(self, who: str, text: str, *, reference: str = "", privately: bool = False) -> None:
        user = self.stage.people[who]
        chat = None if privately or who in self.stage.partners else self.stage.chats[self.stage.work_in[who]]
        thread = "" if text.startswith("/") or chat is None else self._thread(chat, reference)
        if isinstance(user, TelegramPerson):
            assert chat is None or isinstance(chat, Group)
            self._wrote[who] = self.telegram.say(user, text, chat, int(thread or 0))
        elif text.startswith("/"):
            assert chat is None or isinstance(chat, SlackChannel)
            await self.slack.command(user, chat, "/csobot", text[1:])
        else:
            assert chat is None or isinstance(chat, SlackChannel)
            self._wrote[who] = self.slack.say(user, chat, text, thread)

    def _thread(self, chat: Group | SlackChannel, reference: str) -> str:
        """The thread of a question: the latest one when none is named; empty when there is none."""
        if isinstance(chat, Group):
            found = [topic.id for topic in self.telegram.topics(chat) if reference in topic.name]
            return str(found[-1]) if found else ""
        roots = [each for each in self.slack.from_bot(chat, "") if reference in self.slack.plain(each)]
        return roots[-1].ts if roots else ""

    def _sends(self, who: str, kind: str, name: str, caption: str, length: timedelta = timedelta()) -> None:
        user = self.stage.people[who]
        chat = None if who in self.stage.partners else self.stage.chats[self.stage.work_in[who]]
        thread = self._thread(chat, "") if chat else ""
        seconds = int(length.total_seconds())
        if isinstance(user, SlackUser):
            assert chat is None or isinstance(chat, SlackChannel)
            media = {"voice": "audio/ogg", "photo": "image/jpeg"}.get(kind, "application/pdf")
            file = self.slack.file(user, name, CONTENT, media)
            self._wrote[who] = self.slack.say(user, chat, caption, thread, [file])
            return
        group, topic = (chat if isinstance(chat, Group) else None), int(thread or 0)
        if kind == "voice":
            self.telegram.send_voice(user, CONTENT, seconds, chat=group, thread=topic)
        elif kind == "photo":
            self.telegram.send_photo(user, CONTENT, caption=caption, chat=group, thread=topic)
        else:
            media = "application/pdf"
            self.telegram.send_document(user, CONTENT, name, media, caption=caption, chat=group, thread=topic)

    def _edits(self, who: str, text: str) -> None:
        message = self._wrote[who]
        if isinstance(message, TelegramMessage):
            self.telegram.edit(message, text)
        else:
            self.slack.edit(message, text)

    def _replies(self, beginning: str, text: str) -> None:
        """The CSO answers one message of the bot, by pointing at it."""
        user = self.stage.cso
        if isinstance(user, TelegramPerson):
            answered = next(each for each in self.telegram.from_bot(user) if each.text.startswith(beginning))
            self._wrote[CSO] = self.telegram.say(user, text, reply_to=answered)
        else:
            place = self.slack.direct(user)
            root = next(each for each in self.slack.from_bot(place) if self.slack.plain(each).startswith(beginning))
            self._wrote[CSO] = self.slack.say(user, None, text, root.ts)

    def _in_group(self, words: str) -> None:
        user, group = self.stage.cso, self.stage.chats[GROUP]
        if isinstance(user, TelegramPerson):
            assert isinstance(group, Group)
            self.telegram.say(user, words.replace("@bot", f"@{self.telegram.bot.username}"), group)
        else:
            assert isinstance(group, SlackChannel)
            self.slack.say(user, group, words.replace("@bot", f"<@{self.slack.app.bot_user}>"))

    def _leaves(self, who: str) -> None:
        """Somebody of staff leaves the chat of the desk they work at."""
        user, chat = self.stage.people[who], self.stage.chats[self.stage.work_in[who]]
        if isinstance(user, TelegramPerson):
            assert isinstance(chat, Group)
            self.telegram.leave(user, chat)
        else:
            assert isinstance(chat, SlackChannel)
            self.slack.leave(user, chat)

    def _manages(self, tx: Transaction, who: str, act: str, whom: str, to: str | None) -> None:
        """What an administrator does in the console: hand over somebody's work, suspend them, lift it."""
        setup, now = self.stage.application.setup, clock.now(tx)
        known, person = self.stage.known(tx, who).id, self.stage.known(tx, whom).id
        roles = people.staff(tx, known)
        assert roles is not None, who
        by = Viewer(person=known, staff=roles, world=setup.world)
        if act == "hands over":
            receiver = (
                Receiver(desk=to) if to in setup.world.desks else Receiver(person=self.stage.known(tx, to or "").id)
            )
            staff.hand_over(tx, setup, person, receiver, by, now)
        elif act == "suspends":
            staff.suspend(tx, setup, by, person, Why.LEFT_OFFICE, now)
        else:
            staff.lift(tx, setup, by, person, now)

    def _blocks(self, blocked: bool) -> None:
        """On Slack nobody can block a bot: there the account is deactivated, which the next message finds out."""
        user = self.stage.cso
        if isinstance(user, SlackUser):
            if blocked:
                self.slack.faults.fail_next("chat.postMessage", 200, "user_disabled")
        elif blocked:
            self.telegram.block(user)
        else:
            self.telegram.unblock(user)

    # Codes

    async def _with_codes(self, text: str) -> str:
        found = _CODE.search(text)
        if found is None:
            return text
        if found[1] == "shown code":
            self._used = self._shown()
        elif found[1] != "used code":
            self._used = await self.stage.run(lambda tx: self._code(tx, found[1].split()))
        return text.replace(found[0], self._used)

    def _shown(self) -> str:
        """The latest code that a partner was shown."""
        texts = [self._text(each) for who in sorted(self.stage.partners) for each in self._readable(who)]
        found = [code[2] for text in texts if (code := CODE.search(text))]
        return found[-1]

    def _code(self, tx: Transaction, asked: list[str]) -> str:
        setup, now = self.stage.application.setup, clock.now(tx)
        match asked:
            case ["organisation", "code", organisation]:
                return directory.invite_organisation(tx, setup, organisation, now)
            case ["staff", "code", role, *limits]:
                return directory.invite_staff(tx, setup, _role(role, limits), now)
            case ["desk", "code", desk]:
                return directory.invite_desk(tx, setup, desk, now)
        raise ValueError(f"no such code: {' '.join(asked)}")

    # Buttons and forms

    async def _presses_number(self, who: str, number: str) -> None:
        """The button of the latest question that begins with the number; typed where there is none."""
        user = self.stage.people[who]
        for message in reversed(self._readable(who)):
            for label in self._labels(message):
                if re.match(rf"{number}\b", label):
                    await self._press(user, message, label)
                    return
        await self._says(who, number)

    async def _presses(self, line: Line) -> None:
        """A button by its label, on the latest message that has it; and the form behind it, if text was given."""
        label, _, reference = line.button.partition(" · ")
        if reference == AS_IT_WAS:
            await self._presses_again(line.who, label)
            return
        for message in reversed(self._readable(line.who)):
            fitting = [each for each in self._labels(message) if each == label or each.partition(" ")[2] == label]
            if fitting and reference in self._text(message):
                await self._press(self.stage.people[line.who], message, fitting[0])
                if line.text:
                    await self._fill_form(line)
                return
        raise ControlError(f"{line.who} sees no button {label!r}")

    def _readable(self, who: str) -> list[Written]:
        """What a person sees, oldest first: their desk's chat, and what only they are shown."""
        user = self.stage.people[who]
        if isinstance(user, TelegramPerson):
            desk = self.stage.chats.get(self.stage.work_in.get(who, ""))
            shared = self.telegram.from_bot(desk) if isinstance(desk, Group) else []
            return [*shared, *self.telegram.from_bot(user)]
        alone = self.slack.from_bot(self.slack.direct(user))
        if who in self.stage.partners:
            return list(alone)
        place = self.stage.chats[self.stage.work_in[who]]
        assert isinstance(place, SlackChannel)
        shared = [*self.slack.from_bot(place), *self.slack.ephemerals(user, place)]
        return sorted([*shared, *alone], key=lambda each: each.ts)

    def _latest(self, who: str) -> list[Written]:
        """The last that stands in the desk's chat, and the last that only this person sees."""
        user, every = self.stage.people[who], self._readable(who)
        own = len(self.telegram.from_bot(user)) if isinstance(user, TelegramPerson) else 0
        shared = every[: len(every) - own]
        return [*shared[-1:], *every[-1:]]

    def _labels(self, message: Written) -> list[str]:
        if isinstance(message, TelegramMessage):
            return list(message.labels)
        return [button.label for button in self.slack.buttons(message)]

    def _text(self, message: Written) -> str:
        return message.text if isinstance(message, TelegramMessage) else self.slack.plain(message)

    async def _press(self, user: TelegramPerson | SlackUser, message: Written, label: str) -> None:
        if isinstance(message, TelegramMessage):
            assert isinstance(user, TelegramPerson)
            data = next(button.data for row in message.buttons for button in row if button.text == label)
            self._pressed[label] = (message, data)
            self.telegram.press(user, message, label)
        else:
            assert isinstance(user, SlackUser)
            found = next(button for button in self.slack.buttons(message) if button.label == label)
            self._pressed[label] = (message, found.value)
            await self.slack.press(user, message, found.action_id)

    async def _presses_again(self, who: str, label: str) -> None:
        """The button that somebody has just pressed, in an app that does not show yet that it is gone."""
        user, (message, token) = self.stage.people[who], self._pressed[label]
        if isinstance(message, TelegramMessage):
            assert isinstance(user, TelegramPerson)
            self.telegram.forge_press(user, message, token)
        else:
            assert isinstance(user, SlackUser)
            await self.slack.forge_press(user, message, "button-as-it-was", token)

    async def _fill_form(self, line: Line) -> None:
        """On Slack the form is a modal; on Telegram the bot asks for each field, which is part of the form."""
        await self.stage.at_rest()
        filled = [self._label(each, line.who) for each in line.text.split(" · ")]
        if isinstance(self.stage.people[line.who], SlackUser):
            await self._fills_in_order(line.who, filled)
            return
        reference = line.button.partition(" · ")[2]
        for place, value in enumerate(filled):
            self.stage.eyes.look()
            if value in (label for message in self._latest(line.who) for label in self._labels(message)):
                await self._presses(Line(Kind.PRESSES, line.written, line.who, "", value))
            else:
                await self._says(line.who, value, reference=reference)
            if place < len(filled) - 1:
                await self.stage.at_rest()

    async def _fills_in_order(self, who: str, filled: list[str]) -> None:
        """A field with options takes the one of that label; what is not needed may be left out at the end."""
        user = self.stage.people[who]
        assert isinstance(user, SlackUser)
        fields = list(form_fields(self._open_form(user)))
        values = dict.fromkeys((each.name for each in fields), "")
        for each, value in zip(fields, filled, strict=False):
            values[each.name] = {label: key for key, label in each.options}[value] if each.options else value
        await self._fills(who, values)

    def _label(self, value: str, who: str) -> str:
        """A desk is named by its id in transcripts of every language; all else stands as it is read."""
        return self._name(value, self.stage.work_in[who]) if value in self.stage.application.world.desks else value

    def _name(self, desk: str, reader: str) -> str:
        """What stands on the button of a desk, in the language that is read at another one."""
        application = self.stage.application
        language, zone = desk_reader(application.world, reader)
        choice = Button("buttons.desk", "", {"desk": desk})
        return application.renderer.render(Message("desk.noted", {}, (choice,), language, zone)).buttons[0].label

    async def _fills(self, who: str, values: dict[str, str]) -> None:
        user = self.stage.people[who]
        assert isinstance(user, SlackUser)
        view = self._open_form(user)
        names = {field.name for field in form_fields(view)}
        assert names == set(values), f"the form asks for {sorted(names)}"
        done = await self.slack.submit(user, view, values)
        assert not done.errors, done.errors

    def _open_form(self, user: SlackUser) -> View:
        views = self.slack.views(user)
        if not views:
            raise ControlError(f"no form is open in front of {user.name}")
        return views[-1]
