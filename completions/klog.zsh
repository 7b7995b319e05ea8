#compdef klog
# zsh completion of klog. Put `source <(klog completion zsh)` into ~/.zshrc behind compinit, or this file as _klog into a folder of $fpath.
_klog() {
  local line
  local -a lines before part done_values done_texts open_values open_texts
  before=()
  if (( CURRENT > 2 )); then before=("${(@Q)words[2,CURRENT-1]}"); fi
  lines=("${(@f)$(klog __complete zsh -- "${(@)before}" "${(Q)PREFIX}" 2>/dev/null)}")
  if [[ $lines[1] == files ]]; then
    compset -P '--[a-z-]#=' || compset -P '*='
    _files
    return
  fi
  for line in "${(@)lines[2,-1]}"; do
    part=("${(@s:	:)line}")
    if [[ $part[1] == open ]]; then
      open_values+=("$part[2]")
      open_texts+=("$part[2]${part[3]:+  -- $part[3]}")
    else
      done_values+=("$part[2]")
      done_texts+=("$part[2]${part[3]:+  -- $part[3]}")
    fi
  done
  if (( $#done_values )); then compadd -l -d done_texts -- "${(@)done_values}"; fi
  if (( $#open_values )); then compadd -S '' -l -d open_texts -- "${(@)open_values}"; fi
  (( $#done_values + $#open_values ))
}
if [[ $funcstack[1] == _klog ]]; then _klog "$@"; else compdef _klog klog; fi
