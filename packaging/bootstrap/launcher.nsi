; Starts the version that the file `current` names. A program, so that a shortcut can be kept for good.
Unicode true
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
  IfErrors amiss
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
  ClearErrors
  Exec '"$EXEDIR\versions\$1\env\Scripts\kandinsky-desktop.exe" $3'
  IfErrors amiss
  Quit
amiss:
  MessageBox MB_OK|MB_ICONSTOP "Kandinsky Desktop is not whole. Start its installer again."
  SetErrorLevel 1
SectionEnd
