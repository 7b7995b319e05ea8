# fish completion of klog. Write it once: klog completion fish > ~/.config/fish/completions/klog.fish
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
        printf '%s\n' $answer[2..-1]
    end
end
complete -c klog -f -a '(__klog_complete)'
