"""Sealing: what the bot may open again with its own key, and what only the confidential desk can open."""

import base64
import binascii
import json
from pathlib import Path
from typing import BinaryIO

from nacl import bindings, exceptions, pwhash, secret, utils
from nacl.encoding import RawEncoder
from nacl.hash import blake2b
from nacl.public import PrivateKey, PublicKey, SealedBox

from bot.core.errors import BotError, SettingsProblem

_CHUNK = 64 * 1024
_MESSAGE = bindings.crypto_secretstream_xchacha20poly1305_TAG_MESSAGE
_FINAL = bindings.crypto_secretstream_xchacha20poly1305_TAG_FINAL
_HEADER = bindings.crypto_secretstream_xchacha20poly1305_HEADERBYTES
#: What a stream sealed with a public key begins with; its key follows, sealed, in so many bytes.
SEALED_STREAM = b"csobot sealed 1\n"
_SEALED_KEY = 32 + bindings.crypto_box_SEALBYTES
_OVERHEAD = bindings.crypto_secretstream_xchacha20poly1305_ABYTES


class Unopenable(BotError):
    """This was sealed with another key, or it is damaged."""

    template = "errors.unopenable"


class WrongPassphrase(BotError):
    """The passphrase does not open this key."""

    template = "errors.wrong_passphrase"


def new_process_key() -> str:
    """A fresh process key, as the text that the environment holds."""
    return _text(utils.random(secret.SecretBox.KEY_SIZE))


def process_key(text: str) -> bytes:
    """The key in the text of `new_process_key`; says what is wrong without showing it."""
    try:
        key = _bytes(text)
    except (binascii.Error, ValueError):
        key = b""
    if len(key) != secret.SecretBox.KEY_SIZE:
        raise SettingsProblem("the process key is not 32 bytes in base64url") from None
    return key


class ProcessSeal:
    """Seals what waits to be handled: payloads and files. Whoever has the process key can open it."""

    def __init__(self, key: bytes) -> None:
        self._key = key
        self._box = secret.SecretBox(key)

    def seal(self, data: bytes) -> bytes:
        """The data, unreadable and unchangeable without the key."""
        return bytes(self._box.encrypt(data))

    def open(self, sealed: bytes) -> bytes:
        """What was sealed; raises `Unopenable`."""
        try:
            return self._box.decrypt(sealed)
        except exceptions.CryptoError:
            raise Unopenable from None

    def derived(self, purpose: str, name: str) -> str:
        """A secret of 144 bits that only this key can make again from the name: nothing of it is kept anywhere."""
        digest = blake2b(f"{purpose}:{name}".encode(), 18, key=self._key, encoder=RawEncoder)
        return _text(digest)

    def seal_file(self, source: BinaryIO, target: BinaryIO) -> None:
        """Seal a stream in chunks: a file of any size in little memory."""
        state = bindings.crypto_secretstream_xchacha20poly1305_state()
        target.write(bindings.crypto_secretstream_xchacha20poly1305_init_push(state, self._key))
        chunk = source.read(_CHUNK)
        while True:
            following = source.read(_CHUNK)
            tag = _MESSAGE if following else _FINAL
            target.write(bindings.crypto_secretstream_xchacha20poly1305_push(state, chunk, None, tag))
            if not following:
                return
            chunk = following

    def open_file(self, source: BinaryIO, target: BinaryIO) -> None:
        """Open what `seal_file` wrote; a changed or shortened file raises `Unopenable`."""
        state = bindings.crypto_secretstream_xchacha20poly1305_state()
        try:
            bindings.crypto_secretstream_xchacha20poly1305_init_pull(state, source.read(_HEADER), self._key)
            tag = _MESSAGE
            while tag != _FINAL:
                sealed = source.read(_CHUNK + _OVERHEAD)
                chunk, tag = bindings.crypto_secretstream_xchacha20poly1305_pull(state, sealed)
                target.write(chunk)
        except (exceptions.CryptoError, ValueError):
            raise Unopenable from None


class StreamSealer:
    """A stream sealed with a public key while it is written: whoever reads the file needs the private key."""

    def __init__(self, target: BinaryIO, public_key: str) -> None:
        key = utils.random(bindings.crypto_secretstream_xchacha20poly1305_KEYBYTES)
        self._state = bindings.crypto_secretstream_xchacha20poly1305_state()
        self._target = target
        self._waiting = b""
        self._written = 0
        target.write(SEALED_STREAM + ConfidentialBox(public_key).seal(key))
        target.write(bindings.crypto_secretstream_xchacha20poly1305_init_push(self._state, key))

    def write(self, data: bytes) -> int:
        """Takes everything; whole chunks leave at once."""
        self._waiting += data
        self._written += len(data)
        while len(self._waiting) > _CHUNK:
            self._push(self._waiting[:_CHUNK], _MESSAGE)
            self._waiting = self._waiting[_CHUNK:]
        return len(data)

    def tell(self) -> int:
        """How much was written, as if nothing were sealed."""
        return self._written

    def close(self) -> None:
        """The last chunk says that it is the last."""
        self._push(self._waiting, _FINAL)

    def _push(self, chunk: bytes, tag: int) -> None:
        self._target.write(bindings.crypto_secretstream_xchacha20poly1305_push(self._state, chunk, None, tag))


def is_sealed_stream(source: BinaryIO) -> bool:
    """Whether `StreamSealer` wrote this; the source stands at its beginning afterwards."""
    head = source.read(len(SEALED_STREAM))
    source.seek(0)
    return head == SEALED_STREAM


def open_stream(source: BinaryIO, target: BinaryIO, private_text: str, passphrase: str) -> None:
    """Open what `StreamSealer` wrote; raises `WrongPassphrase`, or `Unopenable` when it is not for this key."""
    source.seek(len(SEALED_STREAM))
    key = open_confidential(private_text, passphrase, source.read(_SEALED_KEY))
    ProcessSeal(key).open_file(source, target)


class ConfidentialBox:
    """Seals for the confidential desk. Nothing in this process can open it again."""

    def __init__(self, public_key: str) -> None:
        try:
            self._box = SealedBox(PublicKey(_bytes(public_key)))
        except (binascii.Error, ValueError, exceptions.CryptoError):
            raise SettingsProblem("the confidential public key is not 32 bytes in base64url") from None

    def seal(self, data: bytes) -> bytes:
        """The data, for the desk's private key only."""
        return bytes(self._box.encrypt(data))


#: Costs what libsodium calls moderate, with half its memory: the process that makes the key stays below 300 MB.
_OPERATIONS, _MEMORY = 6, 128 * 1024 * 1024


def new_confidential_pair(passphrase: str) -> tuple[str, str]:
    """The desk's public key, and its private key locked with the passphrase: the text of one file."""
    key = PrivateKey.generate()
    salt = utils.random(pwhash.argon2id.SALTBYTES)
    operations, memory = _OPERATIONS, _MEMORY
    lock = secret.SecretBox(_stretched(passphrase, salt, operations, memory))
    locked = {
        "kind": "csobot confidential key",
        "version": 1,
        "salt": _text(salt),
        "operations": operations,
        "memory": memory,
        "locked": _text(bytes(lock.encrypt(bytes(key)))),
    }
    return _text(bytes(key.public_key)), json.dumps(locked, indent=2) + "\n"


#: A key file that asks for more is not one of ours: it would only fill this machine's memory.
_MOST_OPERATIONS, _MOST_MEMORY = 12, 256 * 1024 * 1024


class OpenedKey:
    """The desk's private key, unlocked: in the memory of this process and nowhere else."""

    def __init__(self, private_text: str, passphrase: str) -> None:
        """Raises `WrongPassphrase`, or `Unopenable` for what is no key file. Takes most of a second."""
        self._box = SealedBox(_unlocked(private_text, passphrase))

    def open(self, box: bytes) -> bytes:
        """What was sealed for the desk; raises `Unopenable` when it was sealed for another key."""
        try:
            return self._box.decrypt(box)
        except exceptions.CryptoError:
            raise Unopenable from None


def open_confidential(private_text: str, passphrase: str, box: bytes) -> bytes:
    """What was sealed for the desk; raises `WrongPassphrase`, or `Unopenable` when it was sealed for another key."""
    return OpenedKey(private_text, passphrase).open(box)


def read_private_key(path: Path) -> str:
    """The text of the desk's key file; says so when there is none."""
    try:
        return path.read_text(encoding="utf-8")
    except OSError as error:
        raise SettingsProblem(f"the confidential desk's key file cannot be read: {error.strerror}") from None


def _unlocked(private_text: str, passphrase: str) -> PrivateKey:
    try:
        parts = json.loads(private_text)
        salt, locked = _bytes(parts["salt"]), _bytes(parts["locked"])
        operations, memory = int(parts["operations"]), int(parts["memory"])
        if operations > _MOST_OPERATIONS or memory > _MOST_MEMORY:
            raise ValueError
        lock = secret.SecretBox(_stretched(passphrase, salt, operations, memory))
    except (ValueError, KeyError, TypeError, binascii.Error, exceptions.CryptoError):
        raise Unopenable("this is no confidential key file") from None
    try:
        return PrivateKey(lock.decrypt(locked))
    except exceptions.CryptoError:
        raise WrongPassphrase from None


def _stretched(passphrase: str, salt: bytes, operations: int, memory: int) -> bytes:
    return pwhash.argon2id.kdf(secret.SecretBox.KEY_SIZE, passphrase.encode(), salt, operations, memory)


def _text(data: bytes) -> str:
    return base64.urlsafe_b64encode(data).rstrip(b"=").decode()


def _bytes(text: str) -> bytes:
    return base64.b64decode(text.strip() + "=" * (-len(text.strip()) % 4), altchars=b"-_", validate=True)
