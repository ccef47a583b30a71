"""`csobot …` and `python -m bot …`."""

import os


def main() -> None:
    """Run the command line."""
    # The encoder's matrices are small: a second thread of the algebra library only waits. Read when numpy is imported.
    os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")
    from bot.cli import run  # noqa: PLC0415 - numpy must not be imported before

    run()


if __name__ == "__main__":
    main()
