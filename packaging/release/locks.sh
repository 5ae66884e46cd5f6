#!/bin/sh
# Resolves what is installed for each kind of card: locks.sh BASE FOLDER
# BASE is the index of PyTorch's own builds, without the last part. Run by the release workflow; the
# lists for cards were never run where this was written.
set -eu
cd "$(dirname "$0")/../.."
base=$1
mkdir -p "$2"
out=$(cd "$2" && pwd)

# One list serves every system and Python: lines say for which they are. Its first line says where the
# installer looks for torch.
resolve() { # NAME, part of the index or nothing
    file=$out/$1.txt
    part=${2:-}
    set -- --no-config --universal --python-version 3.11 --generate-hashes --no-header \
        --no-annotate --quiet -c packaging/constraints.txt
    [ -z "$part" ] || set -- "$@" --index "$base/$part" --index-strategy unsafe-best-match
    uv pip compile "$@" --output-file "$file.new" pyproject.toml
    # without that build of the pinned version another index's would be taken, in silence
    if [ -n "$part" ] && ! grep -q "^torch==[0-9.]*+$part" "$file.new"; then
        echo "$base/$part has no build of the torch that is pinned" >&2
        exit 1
    fi
    {
        [ -z "$part" ] || echo "# index: $base/$part"
        cat "$file.new"
    } >"$file"
    rm "$file.new"
}

resolve cpu cpu
resolve cu126 cu126
resolve cu130 cu130
resolve rocm rocm7.0
resolve mps
