"""Where a bundle's executable begins: the window, or what its first argument says."""

import multiprocessing
import os
import sys


def fill_streams() -> None:
    """Give a program without a console somewhere to print: what prints would fail otherwise."""
    for name, mode in (("stdin", "r"), ("stdout", "w"), ("stderr", "w")):
        if getattr(sys, name) is None:
            setattr(sys, name, open(os.devnull, mode, encoding="utf-8"))  # noqa: SIM115


def free_children() -> None:
    """Let programs that are started from here (the desktop's, say) use the system's libraries.

    PyInstaller leads this process to the bundle's, by a variable that others would inherit. Our own
    processes set it anew: but only where they are told not to take it for done.
    """
    os.environ["PYINSTALLER_RESET_ENVIRONMENT"] = "1"
    for name in ("LD_LIBRARY_PATH", "DYLD_LIBRARY_PATH"):
        before = os.environ.get(f"{name}_ORIG")
        if before is not None:
            os.environ[name] = before
        elif getattr(sys, "frozen", False):
            os.environ.pop(name, None)


if __name__ == "__main__":
    multiprocessing.freeze_support()
    free_children()
    fill_streams()
    given = sys.argv[1:]
    if os.path.basename(sys.argv[0]).lower() in {"kandinsky", "kandinsky.exe"}:
        given = ["--terminal", *given] if given[:1] != ["--terminal"] else given
    from kandinsky_desktop.__main__ import main

    sys.exit(main(given))
