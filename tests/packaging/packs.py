"""A small installer that can be run in no time: what it lays down is a program of one line.

uv is a script here, which makes an environment as uv does: its folders, its packages, its programs.
`make package-test` runs the real one.
"""

import json
import os
import shutil
import signal
import subprocess
import sys
from hashlib import sha256
from pathlib import Path

import installer
from artefacts import bootstrap

UV = r"""#!/bin/sh
set -e
while [ -e "$HOME/wait" ]; do sleep 0.05; done
case "$*" in
*"python install"*)
    mkdir -p "$UV_PYTHON_INSTALL_DIR/fetched"
    ;;
*"python find"*)
    [ -d "$UV_PYTHON_INSTALL_DIR/fetched" ]
    env echo "PYTHON_HERE"
    ;;
*venv*)
    for last; do :; done
    mkdir -p "$last/bin" "$last/lib/python3.11/site-packages"
    ;;
*pip*install*)
    while [ $# -gt 0 ]; do
        case $1 in
            --python) python=$2 ;;
            *.whl) wheel=$1 ;;
            -r) list=$2 ;;
        esac
        shift
    done
    env=$(dirname "$(dirname "$python")")
    packages=$env/lib/python3.11/site-packages
    if [ -n "${list:-}" ]; then
        [ -d "$packages/torch" ] || {
            mkdir -p "$packages/torch" "$packages/torch-2.0.dist-info"
            env echo large >"$packages/torch/lib.so"
            env printf 'torch/lib.so,sha256=%s,6\ntorch-2.0.dist-info/RECORD,,\n' \
                "TORCH_HASH" >"$packages/torch-2.0.dist-info/RECORD"
            env echo fetched >"$env/fetched"
        }
    else
        for name in kandinsky kandinsky-desktop; do
            { env echo '#!/bin/sh'; cat "$wheel"; } >"$env/bin/$name"
            chmod +x "$env/bin/$name"
        done
    fi
    ;;
esac
"""
PROGRAM = """case $1 in
--selftest) echo '{"ok": OK, "version": "VERSION", "problem": "it cannot paint"}' >"$2" ;;
*) echo VERSION ;;
esac
"""
ENTRIES = {
    "kandinsky-desktop.desktop": "[Desktop Entry]\nExec=kandinsky-desktop %F\nTryExec=x\n",
    "kandinsky-desktop.xml": "<mime-info/>\n",
    "kandinsky-desktop.svg": "<svg/>\n",
    "kandinsky-desktop.png": "png\n",
}
# Kills the process at the so-and-so-manieth thing that it does to the disk, or program it starts.
KILL = """
import os, signal, sys
left = [{step}]
def watch(event, args):
    changes = event in ("os.rename", "os.mkdir", "os.symlink", "os.link", "os.remove", "os.rmdir",
                        "os.chmod", "subprocess.Popen", "fcntl.flock")
    if event == "open" and isinstance(args[1], str) and set(args[1]) & set("wxa"):
        changes = True
    if changes:
        left[0] -= 1
        if left[0] == 0:
            os.kill(os.getpid(), signal.SIGKILL)
sys.addaudithook(watch)
"""


def make_pack(
    folder: Path, version: str, *, works: bool = True, needs: int = 1000, update: int = 0
) -> Path:
    """Make what an installer carries; return its folder.

    It says that it takes so many bytes, and as an update where all else is there.
    """
    from base64 import urlsafe_b64encode

    shutil.rmtree(folder, ignore_errors=True)
    (folder / "requirements").mkdir(parents=True)
    (folder / "entries").mkdir()
    shutil.copy(Path(installer.__file__), folder / "installer.py")
    torch = urlsafe_b64encode(sha256(b"large\n").digest()).rstrip(b"=").decode()
    (folder / "uv").write_text(
        UV.replace("TORCH_HASH", torch).replace("PYTHON_HERE", sys.executable)
    )
    (folder / "uv").chmod(0o755)
    for name, text in ENTRIES.items():
        (folder / "entries" / name).write_text(text)
    wheel = folder / "ours.whl"
    wheel.write_text(
        PROGRAM.replace("VERSION", version).replace("OK", "true" if works else "false")
    )
    (folder / "requirements" / "cpu.txt").write_text("torch==2.0 \\\n    --hash=sha256:0\n")
    (folder / "libraries.json").write_text('{"libEGL.so.1": "libegl1"}')
    files = {
        path.relative_to(folder).as_posix(): sha256(path.read_bytes()).hexdigest()
        for path in sorted(folder.rglob("*"))
        if path.is_file()
    }
    about = {
        "version": version,
        "files": files,
        "wheels": [{"file": "ours.whl", "sha256": files["ours.whl"], "url": ""}],
        "backends": {
            "cpu": {
                "requirements": "requirements/cpu.txt",
                "bytes": needs,
                "update_bytes": update,
            }
        },
    }
    (folder / "payload.json").write_text(json.dumps(about))
    return folder


def heed() -> None:
    """Heed what ends a program, also where tests are run by something that does not."""
    for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
        signal.signal(number, signal.SIG_DFL)


def make_script(pack: Path, out: Path) -> Path:
    """Pack all of it behind the script that people start; return that."""
    out.mkdir(exist_ok=True)
    return bootstrap.shell_installer(pack, out, "here", f"{os.uname().sysname}-*", preset=0)


class Home:
    """A person's folder, and the program in it."""

    def __init__(self, folder: Path) -> None:
        self.folder, self.place = folder, folder / "pro gram’s ümlaut's"
        folder.mkdir(parents=True, exist_ok=True)
        kept = {name: os.environ[name] for name in ("PATH", "LANG", "LC_ALL") if name in os.environ}
        self.environment = kept | {"HOME": str(folder)}

    def run(
        self, pack: Path, act: str, *more: str, before: str = ""
    ) -> subprocess.CompletedProcess[str]:
        """Run an installer, after a line of Python."""
        code = f"{before}\nimport sys, runpy\nsys.argv = sys.argv[1:]\n"
        code += "runpy.run_path(sys.argv[0], run_name='__main__')"
        words = [str(pack / "installer.py"), act, "--to", str(self.place), *more]
        return subprocess.run(
            [sys.executable, "-I", "-c", code, *words],
            capture_output=True,
            text=True,
            check=False,
            env=self.environment,
            timeout=60,
        )

    def start_script(self, script: Path, *words: str, temporary: Path) -> subprocess.Popen[str]:
        """Start the script that people start, in a process group of its own."""
        return subprocess.Popen(
            ["sh", str(script), *words, "--to", str(self.place)],
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            env=self.environment | {"TMPDIR": str(temporary)},
            start_new_session=True,
            preexec_fn=heed,
        )

    def starts(self) -> str:
        """Start the program; return what it says, or nothing where there is none."""
        program = self.place / "current" / "env" / "bin" / "kandinsky-desktop"
        if not program.exists():
            return ""
        return subprocess.run([program], capture_output=True, text=True, check=True).stdout.strip()

    def files(self) -> set[str]:
        """Return all that lies in the person's folder."""
        return {str(path.relative_to(self.folder)) for path in self.folder.rglob("*")}

    def versions(self) -> set[str]:
        """Return which versions lie there, by their numbers."""
        return {path.name.split("-")[0] for path in (self.place / "versions").iterdir()}
