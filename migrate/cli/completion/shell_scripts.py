"""The scripts that make bash, zsh and fish ask `decamp` for completions.

All three send the command line up to the cursor (`COMP_LINE`), and get a line for each completion: what it is (`plain`,
`dir`, `file`), its text and, for people, what it means, separated by tabs.
"""

VARIABLE = "_DECAMP_COMPLETE"
"""The environment variable that turns a call into a question of a shell: `bash_complete`, `bash_source`."""

_BASH = r"""# Completion of decamp for bash 4.4 or newer.
_decamp() {
    local type text meaning
    COMPREPLY=()
    while IFS=$'\t' read -r type text meaning; do
        case $type in
            dir) compopt -o dirnames ;;
            file) compopt -o default ;;
            plain) COMPREPLY+=("$text") ;;
        esac
    done < <(COMP_LINE=${COMP_LINE:0:COMP_POINT} DECAMP_BREAKS=$COMP_WORDBREAKS _DECAMP_COMPLETE=bash_complete \
        "$1" 2>/dev/null)
}
complete -o nosort -F _decamp decamp
"""

_ZSH = r"""#compdef decamp
# Completion of decamp for zsh.
_decamp() {
    local -a texts shown
    local type text meaning
    while IFS=$'\t' read -r type text meaning; do
        case $type in
            dir) _files -/ ;;
            file) _files ;;
            plain)
                texts+=("$text")
                shown+=("$text${meaning:+  -- $meaning}")
                ;;
        esac
    done < <(COMP_LINE="${(j: :)words[1,CURRENT]}" _DECAMP_COMPLETE=zsh_complete "$words[1]" 2>/dev/null)
    [[ $words[CURRENT] == --*=* ]] && compset -P '*='
    (( $#texts )) && compadd -V decamp -l -d shown -a texts
}
if [[ $zsh_eval_context[-1] == loadautofunc ]]; then
    _decamp "$@"
else
    compdef _decamp decamp
fi
"""

_FISH = r"""# Completion of decamp for fish 3.1 or newer.
function __decamp_complete
    set -l line (commandline -cp)
    for row in (COMP_LINE="$line" _DECAMP_COMPLETE=fish_complete decamp 2>/dev/null)
        set -l parts (string split -m 2 \t -- $row)
        switch $parts[1]
            case dir
                __fish_complete_directories (commandline -ct)
            case file
                __fish_complete_path (commandline -ct)
            case plain
                printf '%s\t%s\n' $parts[2] "$parts[3]"
        end
    end
end
complete --no-files --keep-order --command decamp --arguments '(__decamp_complete)'
"""

SCRIPTS = {"bash": _BASH, "zsh": _ZSH, "fish": _FISH}
"""Each shell's script, to be evaluated in its start-up file or put where it looks for completions."""
