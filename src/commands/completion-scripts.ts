// The completion scripts. completions/ holds the same texts for packagers (scripts/completions.mjs writes them);
// they are here so that `klog completion` also works where klog is a single file.
// The scripts only hand over what was typed and take back words: they evaluate nothing.
import type { Shell } from "./command-table.ts";

export interface CompletionScript {
  readonly file: string;
  readonly text: string;
}

export const COMPLETION_SCRIPTS: Readonly<Record<Shell, CompletionScript>> = {
  bash: {
    file: "klog.bash",
    text: `# bash completion of klog. Put \`source <(klog completion bash)\` into ~/.bashrc; no other package is needed.
_klog() {
  local line kind=""
  COMPREPLY=()
  while IFS= read -r line; do
    if [[ -z $kind ]]; then kind=$line; else COMPREPLY+=("$line"); fi
  done < <(KLOG_WORD_BREAKS=$COMP_WORDBREAKS klog __complete bash -- "\${COMP_LINE:0:COMP_POINT}" 2>/dev/null)
  if [[ $kind == files ]]; then compopt -o default +o nospace 2>/dev/null; fi
}
complete -o nospace -F _klog klog
`,
  },
  zsh: {
    file: "klog.zsh",
    text: `#compdef klog
# zsh completion of klog. Put \`source <(klog completion zsh)\` into ~/.zshrc behind compinit, or this file as _klog into a folder of $fpath.
_klog() {
  local line
  local -a lines before part done_values done_texts open_values open_texts
  before=()
  if (( CURRENT > 2 )); then before=("\${(@Q)words[2,CURRENT-1]}"); fi
  lines=("\${(@f)$(klog __complete zsh -- "\${(@)before}" "\${(Q)PREFIX}" 2>/dev/null)}")
  if [[ $lines[1] == files ]]; then
    compset -P '--[a-z-]#=' || compset -P '*='
    _files
    return
  fi
  for line in "\${(@)lines[2,-1]}"; do
    part=("\${(@s:	:)line}")
    if [[ $part[1] == open ]]; then
      open_values+=("$part[2]")
      open_texts+=("$part[2]\${part[3]:+  -- $part[3]}")
    else
      done_values+=("$part[2]")
      done_texts+=("$part[2]\${part[3]:+  -- $part[3]}")
    fi
  done
  if (( $#done_values )); then compadd -l -d done_texts -- "\${(@)done_values}"; fi
  if (( $#open_values )); then compadd -S '' -l -d open_texts -- "\${(@)open_values}"; fi
  (( $#done_values + $#open_values ))
}
if [[ $funcstack[1] == _klog ]]; then _klog "$@"; else compdef _klog klog; fi
`,
  },
  fish: {
    file: "klog.fish",
    text: `# fish completion of klog. Write it once: klog completion fish > ~/.config/fish/completions/klog.fish
function __klog_complete
    set -l before (commandline -opc)
    set -e before[1]
    set -l current (commandline -ct)
    set -l answer (klog __complete fish -- $before "$current" 2>/dev/null)
    if test "$answer[1]" = files
        set -l flag (string match -r -- '^--[^=]+=' "$current")
        for path in (__fish_complete_path (string replace -- "$flag" '' "$current"))
            echo -- "$flag$path"
        end
    else if set -q answer[2]
        printf '%s\\n' $answer[2..-1]
    end
end
complete -c klog -f -a '(__klog_complete)'
`,
  },
  powershell: {
    file: "klog.ps1",
    text: `# PowerShell completion of klog. Put \`klog completion powershell | Out-String | Invoke-Expression\` into $PROFILE.
Register-ArgumentCompleter -Native -CommandName klog -ScriptBlock {
  param($wordToComplete, $commandAst, $cursorPosition)
  $words = @($commandAst.CommandElements | Select-Object -Skip 1 |
    Where-Object { $_.Extent.EndOffset -lt $cursorPosition } | ForEach-Object { $_.Extent.Text })
  # An empty argument is lost on its way to a program before PowerShell 7.3; a pair of quotes arrives.
  $current = if ($wordToComplete) { $wordToComplete } else { "''" }
  $kind, $lines = @(klog __complete powershell -- @words $current 2>$null)
  if ($kind -eq 'files') { return }
  foreach ($line in $lines) {
    $text, $name, $help = $line -split "\`t", 3
    if (-not $help) { $help = $name }
    [System.Management.Automation.CompletionResult]::new($text, $name, 'ParameterValue', $help)
  }
}
`,
  },
};
