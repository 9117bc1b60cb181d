# SPDX-License-Identifier: MIT
#
# bash completion for spfpolicyd: verbs, the options of each, the names of settings behind -o, files.
# It asks the program: what its help shows of a verb, and what "config --all" prints.

# The options in the help's lines about a verb; without a verb, those of the service.
_spfpolicyd_options() {
	"$1" --help 2>/dev/null | awk -v verb="${2:-[-\[]}" '
		/^$/ { exit }
		/^(usage:| +)? *spfpolicyd/ { of_verb = $0 ~ "spfpolicyd " verb }
		of_verb { gsub(/[^-a-zA-Z]+/, " "); for (i = 1; i <= NF; i++) if ($i ~ /^--?[a-zA-Z]/) print $i }'
	echo -c -o -h
}

_spfpolicyd() {
	local program=${COMP_WORDS[0]/#\~/$HOME} word=${COMP_WORDS[COMP_CWORD]} before=${COMP_WORDS[COMP_CWORD - 1]}
	local verb='' words='' i
	for ((i = 1; i < COMP_CWORD; i++)); do
		case ${COMP_WORDS[i]} in
		check | config | report | replay) verb=${COMP_WORDS[i]} && break ;;
		esac
	done
	COMPREPLY=()
	case $before in
	-o)
		words=$("$program" config --all 2>/dev/null | sed -n 's/^\([A-Za-z_]*\) =.*/\1/p')
		compopt -o nospace 2>/dev/null
		mapfile -t COMPREPLY < <(compgen -S = -W "$words" -- "${word#[\"\']}")
		return
		;;
	-c | --config | --zone) ;;
	--ip | --helo | --from | --to | --record | --domain | --since | --top | --jobs | =) return ;;
	*)
		case $verb,$word in
		report,[!-]* | report, | replay,[!-]* | replay,) ;;
		,[!-]* | ,) words='check config report replay' ;;&
		,[!-]*/*) ;;
		*) words+=" $(_spfpolicyd_options "$program" "$verb")" ;;
		esac
		mapfile -t COMPREPLY < <(compgen -W "$words" -- "$word")
		[ -n "$words" ] && [[ $word != */* ]] && return
		;;
	esac
	compopt -o filenames 2>/dev/null
	mapfile -t COMPREPLY < <(compgen -f -- "$word")
}
complete -F _spfpolicyd spfpolicyd
