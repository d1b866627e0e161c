# Completion of decamp for fish 3.1 or newer.
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
