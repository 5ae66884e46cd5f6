#!/bin/sh
# Puts the AppImage runtime before the squashfs that `make package` made: appimage.sh FOLDER
# What is in that runtime, and under which licences, packaging/artefacts/runtime.py says.
set -eu
cd "$1"
runtime=https://github.com/AppImage/type2-runtime/releases/download/20251108/runtime-x86_64
wanted=2fca8b443c92510f1483a883f60061ad09b46b978b2631c807cd873a47ec260d
curl -fsSL -o runtime "$runtime"
printf '%s  runtime\n' "$wanted" | sha256sum -c -
for image in *.squashfs; do
    name=${image%.squashfs}.AppImage
    cat runtime "$image" >"$name"
    chmod +x "$name"
    sha256sum "$name" >"$name.sha256"
done
rm runtime
