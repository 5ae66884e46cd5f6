"""Refuses each way out to a network, in every Python that a test starts.

Python imports it at its start where its folder is in PYTHONPATH; so it imports nothing that is not
there already. What is refused is written to the file that NETWORK_ATTEMPTS names, so that it is
found even where the refusal is caught. Sockets in the file system are all that is used here.
"""

import os
import sys

ATTEMPTS = "NETWORK_ATTEMPTS"
WAYS_OUT = ("socket.connect", "socket.sendto", "socket.sendmsg")
LOOKUPS = ("socket.getaddrinfo", "socket.gethostbyname", "socket.gethostbyaddr")


def _watch(event: str, arguments: tuple[object, ...]) -> None:
    if event in WAYS_OUT:
        within = getattr(sys.modules["socket"], "AF_UNIX", None)
        if getattr(arguments[0], "family", None) == within:
            return
    elif event not in LOOKUPS:
        return
    said = f"{event} {arguments[1:] if event in WAYS_OUT else arguments}"
    file = os.environ.get(ATTEMPTS)
    if file:
        with open(file, "a", encoding="utf-8") as attempts:
            attempts.write(f"{said}\n")
    raise RuntimeError(f"a test goes out to a network: {said}")


sys.addaudithook(_watch)
