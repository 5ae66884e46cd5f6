"""A small client of the desktop's session bus (D-Bus), for the few words that we say there.

Qt's own takes half a second to import and cannot send the unsigned numbers that the desktop's
notices want from Python.
"""

import os
import re
import struct
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from socket import socket

CALL, REPLY, ERROR, SIGNAL = 1, 2, 3, 4  # kinds of messages
PATH, INTERFACE, MEMBER, ERROR_NAME, REPLY_SERIAL, DESTINATION, SIGNATURE = 1, 2, 3, 4, 5, 6, 8
FIELD_TYPES = {PATH: "o", INTERFACE: "s", MEMBER: "s", DESTINATION: "s", SIGNATURE: "g"}
PATIENCE_S = 1.0  # a bus that does not answer is no bus
LONGEST = 1 << 20  # bytes of an answer


def address() -> str:
    """Return where the session bus is; empty: there is none."""
    named = os.environ.get("DBUS_SESSION_BUS_ADDRESS", "")
    if named:
        return named
    usual = os.path.join(os.environ.get("XDG_RUNTIME_DIR", ""), "bus")
    return f"unix:path={usual}" if os.path.isabs(usual) and os.path.exists(usual) else ""


class SessionBus:
    """A connection. It may be used from any thread, but not from two at once. Raises OSError."""

    def __init__(self, where: str) -> None:
        """Connect to an address as `address` returns it."""
        self._socket = _connected(where)
        self._serial = 0
        try:
            self._greet()
        except OSError:
            self.close()
            raise

    def call(self, destination: str, path: str, name: str, signature: str, *values: Any) -> bytes:
        """Call a method, `name` with its interface, and return the body of the answer."""
        about = {PATH: path, DESTINATION: destination, **_split(name)}
        serial = self._send(CALL, about, signature, values)
        while True:
            kind, _serial, fields, body = self._receive()
            if fields.get(REPLY_SERIAL) == serial:
                if kind == ERROR:
                    raise OSError(str(fields.get(ERROR_NAME)))
                return body

    def send(self, destination: str, path: str, name: str, signature: str, *values: Any) -> None:
        """Call a method, and wait for no answer."""
        about = {PATH: path, DESTINATION: destination, **_split(name)}
        self._send(CALL, about, signature, values)

    def offers(self, name: str) -> bool:
        """Whether somebody goes by a name, or is started once that is called."""
        bus, path = "org.freedesktop.DBus", "/org/freedesktop/DBus"
        if self.call(bus, path, f"{bus}.NameHasOwner", "s", name)[:1] == b"\1":
            return True
        names = self.call(bus, path, f"{bus}.ListActivatableNames", "")
        return f"\0{name}\0".encode() in names

    def emit(self, path: str, name: str, signature: str, *values: Any) -> None:
        """Emit a signal, `name` with its interface."""
        self._send(SIGNAL, {PATH: path, **_split(name)}, signature, values)

    def close(self) -> None:
        """Leave the bus."""
        self._socket.close()

    def _greet(self) -> None:
        who = str(os.getuid()).encode().hex() if hasattr(os, "getuid") else ""
        self._socket.sendall(b"\0AUTH EXTERNAL " + who.encode() + b"\r\n")
        answer = b""
        while not answer.endswith(b"\r\n"):
            answer += self._read(1)
        if not answer.startswith(b"OK"):
            raise OSError("the session bus lets nobody in")
        self._socket.sendall(b"BEGIN\r\n")
        bus = "org.freedesktop.DBus"
        self.call(bus, "/org/freedesktop/DBus", f"{bus}.Hello", "")

    def _send(
        self, kind: int, about: dict[int, str], signature: str, values: tuple[Any, ...]
    ) -> int:
        self._serial += 1
        body = bytearray()
        for one, value in zip(_types(signature), values, strict=True):
            _write(body, one, value)
        if signature:
            about = {**about, SIGNATURE: signature}
        fields = [(code, (FIELD_TYPES[code], value)) for code, value in about.items()]
        head = bytearray(struct.pack("<cBBBII", b"l", kind, 0, 1, len(body), self._serial))
        _write(head, "a(yv)", fields)
        _align(head, 8)
        self._socket.sendall(bytes(head + body))
        return self._serial

    def _receive(self) -> tuple[int, int, dict[int, Any], bytes]:
        fixed = self._read(16)
        order = "<" if fixed[:1] == b"l" else ">"
        length, serial, of_fields = struct.unpack(f"{order}III", fixed[4:])
        if length + of_fields > LONGEST:
            raise OSError("the session bus says too much")
        rest = self._read(-(-of_fields // 8) * 8 + length)
        return fixed[1], serial, _fields(rest[:of_fields], order), rest[len(rest) - length :]

    def _read(self, count: int) -> bytes:
        data = b""
        while len(data) < count:
            part = self._socket.recv(count - len(data))
            if not part:
                raise OSError("the session bus has gone")
            data += part
        return data


def _connected(where: str) -> "socket":
    import socket  # these cost a few ms that the first sight need not wait for
    from urllib.parse import unquote

    if not hasattr(socket, "AF_UNIX"):
        raise OSError("there is no session bus here")
    for one in where.split(";"):
        found = re.match(r"unix:(?:.*,)?(path|abstract)=([^,]+)", one)
        if found:
            name = unquote(found[2])
            made = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
            made.settimeout(PATIENCE_S)
            try:
                made.connect(name if found[1] == "path" else f"\0{name}")
            except OSError:
                made.close()
                raise
            return made
    raise OSError(f"the session bus is at an address of another kind: {where}")


def _split(name: str) -> dict[int, str]:
    interface, _dot, member = name.rpartition(".")
    return {INTERFACE: interface, MEMBER: member}


def _types(signature: str) -> list[str]:
    """Split a signature into its complete types, as far as we use such."""
    return re.findall(r"a\{sv\}|a\(yv\)|a?[a-z]", signature)


def _align(data: bytearray, to: int) -> None:
    data.extend(bytes(-len(data) % to))


def _write(data: bytearray, kind: str, value: Any) -> None:
    match kind:
        case "s" | "o":
            text = value.encode("utf-8", "replace")
            _number(data, "I", len(text))
            data.extend(text + b"\0")
        case "g":
            data.extend(bytes([len(value)]) + value.encode() + b"\0")
        case "y":
            data.append(value)
        case "u" | "b":
            _number(data, "I", int(value))
        case "i":
            _number(data, "i", value)
        case "d":
            _number(data, "d", value)
        case "v":  # a pair of the type and the value
            _write(data, "g", value[0])
            _write(data, *value)
        case "as":
            _array(data, "s", [(one,) for one in value])
        case "a{sv}":
            _array(data, "sv", list(value.items()))
        case "a(yv)":
            _array(data, "yv", value)
        case _:
            raise ValueError(f"no such type: {kind}")


def _number(data: bytearray, code: str, value: float) -> None:
    _align(data, struct.calcsize(code))
    data.extend(struct.pack(f"<{code}", value))


def _array(data: bytearray, kinds: str, elements: list[tuple[Any, ...]]) -> None:
    """Write an array of texts or structs: its length in bytes stands before its first element."""
    alignment = 4 if kinds == "s" else 8
    _number(data, "I", 0)
    place = len(data)
    _align(data, alignment)
    start = len(data)
    for element in elements:
        _align(data, alignment)
        for kind, value in zip(kinds, element, strict=True):
            _write(data, kind, value)
    struct.pack_into("<I", data, place - 4, len(data) - start)


def _fields(data: bytes, order: str) -> dict[int, Any]:
    """Return the fields of a message's head that are texts or numbers."""
    fields: dict[int, Any] = {}
    at = 0
    while at < len(data):
        at += -at % 8
        code, kind = data[at], chr(data[at + 2])  # a byte, then a signature of one letter
        at += 4
        if kind in "so":
            at += -at % 4
            (length,) = struct.unpack_from(f"{order}I", data, at)
            fields[code] = data[at + 4 : at + 4 + length].decode("utf-8", "replace")
            at += 4 + length + 1
        elif kind == "u":
            at += -at % 4
            (fields[code],) = struct.unpack_from(f"{order}I", data, at)
            at += 4
        elif kind == "g":
            fields[code] = data[at + 1 : at + 1 + data[at]].decode("ascii", "replace")
            at += data[at] + 2
        else:
            break
    return fields
