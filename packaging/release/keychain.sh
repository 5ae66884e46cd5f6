#!/bin/sh
# Makes a keychain with the certificate that dmg.sh signs with, and tells it the notary. Never run by us.
# CERTIFICATE is a .p12 as base64, PASSWORD its own; APPLE_ID, TEAM and APP_PASSWORD are for the notary,
# which is known by the name NOTARY then.
set -eu
keychain=$RUNNER_TEMP/signing.keychain-db
secret=$(uuidgen)
security create-keychain -p "$secret" "$keychain"
security set-keychain-settings -lut 21600 "$keychain" # open for six hours
security unlock-keychain -p "$secret" "$keychain"

file=$RUNNER_TEMP/certificate.p12
trap 'rm -f "$file"' EXIT
printf '%s' "$CERTIFICATE" | base64 --decode >"$file"
security import "$file" -P "$PASSWORD" -k "$keychain" -T /usr/bin/codesign
# or codesign would ask a person whether it may use the key
security set-key-partition-list -S apple-tool:,apple: -s -k "$secret" "$keychain" >/dev/null
security list-keychains -d user -s "$keychain" login.keychain-db

[ -z "${APPLE_ID:-}" ] || xcrun notarytool store-credentials "$NOTARY" --apple-id "$APPLE_ID" \
    --team-id "$TEAM" --password "$APP_PASSWORD" --keychain "$keychain"
