# Signs programs: sign.ps1 FILE …; CERTIFICATE is a .pfx as base64, PASSWORD its own. Never run by us.
param([Parameter(Mandatory, ValueFromRemainingArguments)][string[]]$Files)
$ErrorActionPreference = "Stop"
$key = Join-Path ([IO.Path]::GetTempPath()) "key.pfx"
[IO.File]::WriteAllBytes($key, [Convert]::FromBase64String($env:CERTIFICATE))
try {
    $tool = Get-ChildItem "${env:ProgramFiles(x86)}\Windows Kits\10\bin\*\x64\signtool.exe" |
        Sort-Object FullName | Select-Object -Last 1
    foreach ($file in $Files) {
        & $tool.FullName sign /f $key /p $env:PASSWORD /fd sha256 /td sha256 /tr http://timestamp.digicert.com $file
        if ($LASTEXITCODE) { throw "$file was not signed" }
    }
} finally {
    Remove-Item $key
}
