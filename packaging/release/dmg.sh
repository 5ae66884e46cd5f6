#!/bin/sh
# Makes a disk image of the app, signed and notarised where there are keys: dmg.sh APP FOLDER
# IDENTITY names the certificate in the keychain, NOTARY the profile of notarytool, KEYCHAIN where that
# lies. Never run by us.
set -eu
app=$1
out=$2
here=$(cd "$(dirname "$0")" && pwd)
version=$(defaults read "$(cd "$app" && pwd)/Contents/Info" CFBundleShortVersionString)
image=$out/kandinsky-desktop-$version-macos-arm64.dmg

if [ -n "${IDENTITY:-}" ]; then # from the inside out: programs and libraries, frameworks, the app
    export IDENTITY
    find "$app" -type f -exec sh -c 'for file; do
        case $(file -b "$file") in
            Mach-O*) codesign --force --timestamp --options runtime --sign "$IDENTITY" "$file" || exit ;;
        esac
    done' sh {} +
    find "$app" -type d -name '*.framework' -exec \
        codesign --force --timestamp --options runtime --sign "$IDENTITY" {} +
    codesign --force --timestamp --options runtime --entitlements "$here/entitlements.plist" \
        --sign "$IDENTITY" "$app"
else
    echo "No certificate: the app is signed for this machine alone. People will have to allow it."
    codesign --force --deep --sign - "$app"
fi
codesign --verify --deep --strict "$app"

folder=$(mktemp -d)
cp -R "$app" "$folder/"
ln -s /Applications "$folder/Applications"
hdiutil create -quiet -volname "Kandinsky Desktop" -srcfolder "$folder" -format ULFO "$image"
rm -rf "$folder"
if [ -n "${IDENTITY:-}" ] && [ -n "${NOTARY:-}" ]; then
    codesign --timestamp --sign "$IDENTITY" "$image"
    xcrun notarytool submit "$image" --keychain-profile "$NOTARY" \
        ${KEYCHAIN:+--keychain "$KEYCHAIN"} --wait
    xcrun stapler staple "$image"
fi
