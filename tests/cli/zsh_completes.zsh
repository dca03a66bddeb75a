# zsh -f zsh_completes.zsh FOLDER LINE: what LINE becomes when Tab is pressed at its end in an interactive zsh that has FOLDER
# in its $fpath.
zmodload zsh/zpty
zpty shell zsh -f -i
zpty -w shell "PS1=; unset zle_bracketed_paste; fpath=(${(q)1} \$fpath); autoload -U compinit; compinit -u -D"
zpty -w shell 'show_line() { print -r -- "<$BUFFER>"; BUFFER= }; zle -N show_line; bindkey "^X" show_line; echo REA""DY'
zpty -r shell output '*READY*'
zpty -n -w shell "$2"$'\t\C-x'
zpty -r shell output '*<*>*'
output=${output##*<}
print -r -- "${output%%>*}"
