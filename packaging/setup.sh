#!/bin/sh
# Sets up all that the make targets need: a .venv with the pinned packages, and on Linux the system
# libraries that Qt loads. Does nothing, at once, where everything is there already.
#
#   PYTHON       the Python to build .venv with, instead of the newest of 3.11 to 3.13
#   TORCH_INDEX  a package index to look for torch in besides pip's own; see README.md
set -eu
cd "$(dirname "$0")/.."

say() { printf '%s\n' "$*" >&2; }

is_root() { [ "$(id -u)" = 0 ]; }

# Runs apt-get for root; for anybody else prints the line to run, once.
debian() {
    if is_root; then
        say "Installing system packages: $*"
        export DEBIAN_FRONTEND=noninteractive
        apt-get update -qq >/dev/null 2>&1 || true # an old list of packages may do
        apt-get install -qq -y --no-install-recommends "$@" </dev/null >/dev/null
        return
    fi
    told=.venv/.told-system-packages
    if [ "$(cat "$told" 2>/dev/null)" != "$*" ]; then
        say "The window needs system libraries that are not here. Install them with:"
        say "    sudo apt-get install $*"
        [ ! -d .venv ] || printf '%s\n' "$*" >"$told"
    fi
}

# --- system libraries -------------------------------------------------------------------------

# What PySide6's libraries and its xcb plugin load, and the Debian package that has it.
libraries='
libEGL.so.1 libegl1
libGL.so.1 libgl1
libX11-xcb.so.1 libx11-xcb1
libX11.so.6 libx11-6
libdbus-1.so.3 libdbus-1-3
libfontconfig.so.1 libfontconfig1
libfreetype.so.6 libfreetype6
libglib-2.0.so.0 libglib2.0-0
libxcb-cursor.so.0 libxcb-cursor0
libxcb-icccm.so.4 libxcb-icccm4
libxcb-image.so.0 libxcb-image0
libxcb-keysyms.so.1 libxcb-keysyms1
libxcb-randr.so.0 libxcb-randr0
libxcb-render-util.so.0 libxcb-render-util0
libxcb-render.so.0 libxcb-render0
libxcb-shape.so.0 libxcb-shape0
libxcb-shm.so.0 libxcb-shm0
libxcb-sync.so.1 libxcb-sync1
libxcb-util.so.1 libxcb-util1
libxcb-xfixes.so.0 libxcb-xfixes0
libxcb-xkb.so.1 libxcb-xkb1
libxcb.so.1 libxcb1
libxkbcommon-x11.so.0 libxkbcommon-x11-0
libxkbcommon.so.0 libxkbcommon0
'

a_font() {
    find /usr/share/fonts /usr/local/share/fonts "${HOME:-/}/.fonts" "${HOME:-/}/.local/share/fonts" \
        \( -name '*.ttf' -o -name '*.otf' -o -name '*.ttc' \) 2>/dev/null | head -n 1
}

missing_packages() {
    printf '%s' "$libraries" | awk '
        NR == FNR { there[$1] = 1; next }
        NF && !($1 in there) { print $2 }
    ' "$known" -
    [ -n "$(a_font)" ] || printf '%s\n' fontconfig fonts-dejavu-core
}

system_libraries() {
    [ "$(uname)" = Linux ] || return 0
    known=$(mktemp)
    PATH="$PATH:/usr/sbin:/sbin" ldconfig -p >"$known" 2>/dev/null || {
        rm -f "$known" # not a system we know how to ask
        return 0
    }
    missing=$(missing_packages | tr '\n' ' ')
    rm -f "$known"
    missing=${missing% }
    [ -n "$missing" ] || return 0
    if command -v apt-get >/dev/null; then
        # shellcheck disable=SC2086 # one word a package
        debian $missing || say "That failed. Without them no window can open; the terminal works."
    else
        say "The window may not open: these libraries, named as in Debian, are not here: $missing"
    fi
}

# --- Python -----------------------------------------------------------------------------------

supported='import sys; sys.exit(not (3, 11) <= sys.version_info[:2] <= (3, 13))'

find_python() {
    set -- python3.13 python3.12 python3.11 python3 python
    [ -z "${PYTHON:-}" ] || set -- "$PYTHON" # one name, whatever signs are in it
    for name; do
        if "$name" -c "$supported" 2>/dev/null; then
            printf '%s' "$name"
            return
        fi
    done
}

make_venv() {
    python=$(find_python)
    if [ -z "$python" ] && is_root && command -v apt-get >/dev/null; then
        debian python3 python3-venv
        python=$(find_python)
    fi
    if [ -z "$python" ]; then
        say "Kandinsky Desktop needs Python 3.11, 3.12 or 3.13, and none is here. If you have one"
        say "under another name: PYTHON=/path/to/python3.12 make run"
        exit 1
    fi
    version=$("$python" -c 'import sys; print("%d.%d" % sys.version_info[:2])')
    if ! "$python" -c 'import ensurepip, venv' 2>/dev/null; then # Debian packs them apart
        if is_root && command -v apt-get >/dev/null; then
            debian "python$version-venv"
        else
            say "Python $version lacks its venv module. Install it with:"
            say "    sudo apt-get install python$version-venv"
            exit 1
        fi
    fi
    say "Setting up .venv with Python $version. The first time this takes some minutes."
    "$python" -m venv --clear .venv
}

# Empty, or what to add to pip's command line so that it finds torch.
torch_index=${TORCH_INDEX:+--extra-index-url $TORCH_INDEX}

pip_install() {
    quiet="--quiet --quiet"
    [ ! -t 2 ] || quiet=
    # shellcheck disable=SC2086 # words, or none
    .venv/bin/python -m pip install --disable-pip-version-check $quiet $torch_index \
        -c packaging/constraints.txt "$@"
}

python_packages() {
    wanted="$(pwd) $(cat pyproject.toml packaging/constraints.txt | cksum)"
    stamp=.venv/.set-up
    was=$(cat "$stamp" 2>/dev/null || true)
    if [ "$was" = "$wanted" ] && [ -x .venv/bin/python ]; then
        return
    fi
    moved=$([ -z "$was" ] || [ "${was% * *}" = "$(pwd)" ] || echo yes)
    # what is linked to and set up for another folder is in use there
    [ -z "$moved" ] || [ ! -L .venv ] || rm .venv
    # stopped while it was made, it has no pip
    if [ -n "$moved" ] || ! .venv/bin/python -c "import pip; $supported" 2>/dev/null; then
        make_venv
    fi
    rm -f "$stamp"
    pip_install hatchling # builds us; from here on nothing is fetched only to build
    pip_install --no-build-isolation -e '.[dev]'
    printf '%s\n' "$wanted" >"$stamp"
}

python_packages
system_libraries
