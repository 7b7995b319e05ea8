# bash completion of klog. Put `source <(klog completion bash)` into ~/.bashrc; no other package is needed.
_klog() {
  local line kind=""
  COMPREPLY=()
  while IFS= read -r line; do
    if [[ -z $kind ]]; then kind=$line; else COMPREPLY+=("$line"); fi
  done < <(KLOG_WORD_BREAKS=$COMP_WORDBREAKS klog __complete bash -- "${COMP_LINE:0:COMP_POINT}" 2>/dev/null)
  if [[ $kind == files ]]; then compopt -o default +o nospace 2>/dev/null; fi
}
complete -o nospace -F _klog klog
