"""`csobot …` and `python -m bot …`."""

import contextlib
import ctypes
import os

#: glibc's mallopt: everything from this size on is given back when it is freed; one heap serves all threads.
_MMAP_THRESHOLD, _TRIM_THRESHOLD, _ARENA_MAX = -3, -1, -8
_LARGE = 128 * 1024


def _keep_memory_small() -> None:
    """A heap of its own for every thread keeps 30 MB that nobody uses: the encoder frees as much as it takes."""
    with contextlib.suppress(OSError, AttributeError):  # another C library: nothing to set
        settings = ((_ARENA_MAX, 1), (_MMAP_THRESHOLD, _LARGE), (_TRIM_THRESHOLD, 2 * _LARGE))
        libc = ctypes.CDLL(None)
        for name, value in settings:
            libc.mallopt(name, value)


def main() -> None:
    """Run the command line."""
    _keep_memory_small()
    # The encoder's matrices are small: a second thread of the algebra library only waits. Read when numpy is imported.
    os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")
    from bot.cli import run  # noqa: PLC0415 - numpy must not be imported before

    run()


if __name__ == "__main__":
    main()
