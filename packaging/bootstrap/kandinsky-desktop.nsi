; The small installer for Windows: per user, without an administrator. Not run on Windows yet.
; makensis -DVERSION=… -DPACK=FOLDER -DOUT=FILE kandinsky-desktop.nsi; setup.exe /S installs silently.
Unicode true
!include "MUI2.nsh"
!include "x64.nsh"
!include "FileFunc.nsh"
Name "Kandinsky Desktop"
OutFile "${OUT}"
InstallDir "$LOCALAPPDATA\Programs\Kandinsky Desktop"
InstallDirRegKey HKCU "Software\Kandinsky Desktop" "InstallDir"
RequestExecutionLevel user
SetCompressor /SOLID lzma
ManifestLongPathAware true
!define KEY "Software\Microsoft\Windows\CurrentVersion\Uninstall\Kandinsky Desktop"
!define MUI_ICON "${PACK}/entries/icon.ico"
!insertmacro MUI_PAGE_WELCOME
!insertmacro MUI_PAGE_DIRECTORY
!insertmacro MUI_PAGE_INSTFILES
!insertmacro MUI_UNPAGE_CONFIRM
!insertmacro MUI_UNPAGE_INSTFILES
!insertmacro MUI_LANGUAGE "English"
!insertmacro MUI_LANGUAGE "German"
!insertmacro MUI_LANGUAGE "Russian"

Section "Kandinsky Desktop"
  ${IfNot} ${RunningX64}
    MessageBox MB_OK|MB_ICONSTOP "Kandinsky Desktop needs 64-bit Windows." /SD IDOK
    SetErrorLevel 1
    Abort
  ${EndIf}
  InitPluginsDir
  SetOutPath "$PLUGINSDIR\pack"
  File /r "${PACK}/*"
  ; a folder of wheels beside setup.exe, or behind /WHEELS=, makes it work without a network
  ${GetParameters} $0
  ClearErrors
  ${GetOptions} $0 "/WHEELS=" $1
  ${If} ${Errors}
    StrCpy $1 ""
    IfFileExists "$EXEDIR\wheels\*.whl" 0 +2
    StrCpy $1 "$EXEDIR\wheels"
  ${EndIf}
  StrCpy $2 $1 1 -1 ; a \ before the " that ends it would be read as one that does not
  StrCmp $2 "\" 0 +2
  StrCpy $1 $1 -1
  StrCpy $2 ""
  StrCmp $1 "" +2
  StrCpy $2 '--wheels "$1"'
  ; what uv fetches to run the installer goes with the temporary folder; what is installed gets its own
  System::Call 'kernel32::SetEnvironmentVariable(t "UV_PYTHON_INSTALL_DIR", t "$PLUGINSDIR\python")'
  System::Call 'kernel32::SetEnvironmentVariable(t "UV_PYTHON_CACHE_DIR", t "$PLUGINSDIR\archives")'
  System::Call 'kernel32::SetEnvironmentVariable(t "UV_PYTHON_INSTALL_BIN", t "0")'
  System::Call 'kernel32::SetEnvironmentVariable(t "UV_PYTHON_INSTALL_REGISTRY", t "0")'
  System::Call 'kernel32::SetEnvironmentVariable(t "UV_CACHE_DIR", t "$PLUGINSDIR\cache")'
  nsExec::ExecToLog '"$PLUGINSDIR\pack\uv.exe" run --quiet --no-project --no-config --python ">=3.11,<3.14" "$PLUGINSDIR\pack\installer.py" install --to "$INSTDIR" $2'
  Pop $0
  ${If} $0 != 0
    MessageBox MB_OK|MB_ICONSTOP "Kandinsky Desktop was not installed. The lines above say why." /SD IDOK
    SetErrorLevel 1
    Abort
  ${EndIf}
  SetOutPath "$INSTDIR"
  File "${LAUNCHER}"
  File "/oname=kandinsky-desktop.ico" "${PACK}/entries/icon.ico"
  FileOpen $0 "$INSTDIR\kandinsky.cmd" w
  FileWrite $0 '@setlocal$\r$\n@set /p V=<"%~dp0current"$\r$\n@"%~dp0versions\%V%\env\Scripts\kandinsky.exe" %*$\r$\n'
  FileClose $0
  WriteUninstaller "$INSTDIR\uninstall.exe"
  CreateShortCut "$SMPROGRAMS\Kandinsky Desktop.lnk" "$INSTDIR\kandinsky-desktop.exe" "" "$INSTDIR\kandinsky-desktop.ico"
  WriteRegStr HKCU "Software\Kandinsky Desktop" "InstallDir" "$INSTDIR"
  WriteRegStr HKCU "${KEY}" "DisplayName" "Kandinsky Desktop"
  WriteRegStr HKCU "${KEY}" "DisplayVersion" "${VERSION}"
  WriteRegStr HKCU "${KEY}" "DisplayIcon" "$INSTDIR\kandinsky-desktop.ico"
  WriteRegStr HKCU "${KEY}" "UninstallString" '"$INSTDIR\uninstall.exe"'
  WriteRegStr HKCU "${KEY}" "QuietUninstallString" '"$INSTDIR\uninstall.exe" /S'
  WriteRegDWORD HKCU "${KEY}" "NoModify" 1
SectionEnd

Section "Uninstall"
  ; only what this program laid there; models and pictures lie elsewhere and stay
  ; a folder of which a program runs cannot be renamed: then all stays as it is
  RMDir /r "$INSTDIR\.going-versions"
  ${If} ${FileExists} "$INSTDIR\versions\*.*"
    ClearErrors
    Rename "$INSTDIR\versions" "$INSTDIR\.going-versions"
    ${If} ${Errors}
      MessageBox MB_OK|MB_ICONSTOP "Kandinsky Desktop is running. Close it, then remove it." /SD IDOK
      SetErrorLevel 1
      Abort
    ${EndIf}
  ${EndIf}
  RMDir /r "$INSTDIR\.going-versions"
  RMDir /r "$INSTDIR\installer"
  RMDir /r "$INSTDIR\python"
  RMDir /r "$INSTDIR\cache"
  Delete "$INSTDIR\current"
  Delete "$INSTDIR\previous"
  Delete "$INSTDIR\receipt.json"
  Delete "$INSTDIR\.lock"
  Delete "$INSTDIR\kandinsky-desktop.exe"
  Delete "$INSTDIR\kandinsky-desktop.ico"
  Delete "$INSTDIR\kandinsky.cmd"
  Delete "$INSTDIR\uninstall.exe"
  RMDir "$INSTDIR"
  Delete "$SMPROGRAMS\Kandinsky Desktop.lnk"
  DeleteRegKey HKCU "${KEY}"
  DeleteRegKey HKCU "Software\Kandinsky Desktop"
  DetailPrint "Pictures and models stay: Pictures\Kandinsky, and $LOCALAPPDATA\kandinsky-desktop"
SectionEnd
