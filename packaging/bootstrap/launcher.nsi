; Starts the version that the file `current` names. A program, so that a shortcut can be kept for good.
Unicode true
!include "LogicLib.nsh"
!include "FileFunc.nsh"
!insertmacro GetParameters
Name "Kandinsky Desktop"
OutFile "${OUT}"
Icon "${ICON}"
SilentInstall silent
RequestExecutionLevel user
ManifestLongPathAware true

Section
  ClearErrors
  FileOpen $0 "$EXEDIR\current" r
  ${If} ${Errors}
    MessageBox MB_OK|MB_ICONSTOP "Kandinsky Desktop is not whole. Start its installer again."
    Quit
  ${EndIf}
  FileRead $0 $1
  FileClose $0
loop:
  StrCpy $2 $1 1 -1
  StrCmp $2 "$\n" cut
  StrCmp $2 "$\r" cut done
cut:
  StrCpy $1 $1 -1
  Goto loop
done:
  ${GetParameters} $3
  Exec '"$EXEDIR\versions\$1\env\Scripts\kandinsky-desktop.exe" $3'
SectionEnd
