# Lets a program without a console examine itself: selftest.ps1 PROGRAM. Never run by us.
param([Parameter(Mandatory)][string]$Program)
$ErrorActionPreference = "Stop"
$said = Join-Path ([IO.Path]::GetTempPath()) "kandinsky-selftest.json"
$running = Start-Process -FilePath $Program -ArgumentList "--selftest", "`"$said`"" -PassThru -Wait
Get-Content $said
if ($running.ExitCode -ne 0) { throw "the selftest ended with $($running.ExitCode)" }
if (-not (Get-Content $said | ConvertFrom-Json).ok) { throw "the selftest found something amiss" }
