"""`python -m tests.state.act_writer INDEX DEVICE LOGS ACTS`: acts on a library, until it is killed.

Says each act in a line of JSON as soon as it was acknowledged. With a number for ACTS it ends after
so many; what was refused is said too.
"""

import json
import sys
from pathlib import Path

from PySide6.QtCore import QCoreApplication, QTimer

from kandinsky_desktop.state.background import Background
from kandinsky_desktop.state.library_acts import Done, LibraryActs, Marked, find_places
from kandinsky_desktop.store.library_index import open_reader


def main() -> None:
    index, device, logs, most = sys.argv[1:5]
    application = QCoreApplication([])
    background = Background()
    values: dict[tuple[str, int], int] = {}
    with open_reader(Path(index)) as base:
        ids = [number for (number,) in base.execute("SELECT id FROM picture ORDER BY id")]
    acts = LibraryActs(
        background,
        find_places(lambda: open_reader(Path(index))),
        lambda key, some: {one: values.get((key, one), 0) for one in some},
        Path(device),
        Path(logs),
    )
    count = 0

    def next_act() -> None:
        nonlocal count
        count += 1
        if count > int(most):
            application.quit()
        elif count % 7 == 0:
            acts.undo()
        elif count % 3:
            acts.set_stars(ids[count % 3 :], count % 5 + 1)
        else:
            acts.label(ids[: count % 4 + 1], f"tag:t{count % 5}", on=bool(count % 2))

    def on_done(done: Done) -> None:
        assert not hasattr(done, "old")
        for one in done:
            assert isinstance(one, Marked)
            for picture in one.contents:
                values[one.key, picture] = one.value
            say({"key": one.key, "value": one.value, "contents": sorted(one.contents.values())})

    def on_refused(sentence: str) -> None:
        say({"refused": sentence})
        application.quit()

    acts.done.connect(on_done)
    acts.refused.connect(on_refused)
    tick = QTimer()  # where nothing is to be done, nobody says that it is done
    tick.timeout.connect(lambda: None if acts.is_busy else next_act())
    tick.start(0)
    application.exec()
    background.end()


def say(told: object) -> None:
    sys.stdout.write(json.dumps(told) + "\n")
    sys.stdout.flush()


if __name__ == "__main__":
    main()
