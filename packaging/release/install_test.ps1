# Installs silently, runs, removes silently, compares: install_test.ps1 FOLDER. Never run by us.
param([Parameter(Mandatory)][string]$Folder)
$ErrorActionPreference = "Stop"
$setup = Get-ChildItem -Recurse $Folder -Filter "*-setup.exe" | Select-Object -First 1
$starter = Get-ChildItem -Recurse $Folder -Filter "*starter*.whl" | Select-Object -First 1
$wheels = Join-Path $setup.DirectoryName "wheels"
New-Item -ItemType Directory -Force $wheels | Out-Null
$whole = Get-ChildItem -Recurse $Folder -Filter "kandinsky_desktop-*.whl" | Select-Object -First 1
$index = if ($env:TORCH_CPU_INDEX) { "--extra-index-url", $env:TORCH_CPU_INDEX } else { @() } # as the list has it
python -m pip download -q --only-binary :all: -d $wheels -c packaging\constraints.txt @index $whole.FullName
if ($LASTEXITCODE) { throw "the wheels were not fetched" }
Copy-Item $starter.FullName $wheels
$place = "$env:LOCALAPPDATA\Programs\Kandinsky Desktop"
$key = "HKCU:\Software\Microsoft\Windows\CurrentVersion\Uninstall\Kandinsky Desktop"
foreach ($turn in 1, 2) { # the second time it updates
    $running = Start-Process $setup.FullName -ArgumentList "/S" -PassThru -Wait
    if ($running.ExitCode -ne 0) { throw "setup ended with $($running.ExitCode)" }
}
if (-not (Test-Path $key)) { throw "Windows does not know that it is installed" }
$version = (Get-Content "$place\current").Trim()
& "$PSScriptRoot\selftest.ps1" "$place\versions\$version\env\Scripts\kandinsky-desktop.exe"
& "$place\kandinsky.cmd" draw "a red cat" -o "$env:TEMP\cat.png"
if ($LASTEXITCODE -or -not (Test-Path "$env:TEMP\cat.png")) { throw "the command does not draw" }
Start-Process "$place\uninstall.exe" -ArgumentList "/S", "_?=$place" -Wait
Remove-Item "$place\uninstall.exe" -ErrorAction SilentlyContinue
if (Test-Path $key) { throw "Windows still believes that it is installed" }
if ((Test-Path $place) -and (Get-ChildItem -Recurse $place)) { throw "it left files in $place" }
if (Test-Path "$env:APPDATA\Microsoft\Windows\Start Menu\Programs\Kandinsky Desktop.lnk") { throw "it left its entry" }
