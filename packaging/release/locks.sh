#!/bin/sh
# Resolves what is installed for each kind of card: locks.sh BASE FOLDER
# BASE is the index of PyTorch's own builds, without the last part. Run by the release workflow; the
# lists for cards were never run where this was written.
set -eu
cd "$(dirname "$0")/../.."
base=$1
mkdir -p "$2"
out=$(cd "$2" && pwd)

# The list says in its first lines where the installer looks for its packages.
resolve() { # NAME, PLATFORM, part of the index or nothing
    file=$out/$1.txt
    set -- "$1" "$2" "${3:-}"
    if [ -n "$3" ]; then
        uv pip compile --no-config --generate-hashes --no-header --no-annotate --quiet \
            -c packaging/constraints.txt --python-version 3.12 --python-platform "$2" \
            --index "$base/$3" --index-strategy unsafe-best-match --output-file "$file.new" pyproject.toml
        { echo "# index: $base/$3"; cat "$file.new"; } >"$file"
        rm "$file.new"
    else
        uv pip compile --no-config --generate-hashes --no-header --no-annotate --quiet \
            -c packaging/constraints.txt --python-version 3.12 --python-platform "$2" \
            --output-file "$file" pyproject.toml
    fi
}

resolve cpu x86_64-manylinux_2_28 cpu
resolve cu126 x86_64-manylinux_2_28 cu126
resolve cu130 x86_64-manylinux_2_28 cu130
resolve rocm x86_64-manylinux_2_28 rocm7.0
resolve xpu x86_64-manylinux_2_28 xpu
resolve mps aarch64-apple-darwin
