import type { Candidates } from "./complete.ts";

export const SHELLS = ["bash", "zsh", "fish"] as const;
export type Shell = (typeof SHELLS)[number];

/**
 * What a shell has to source. The script asks the command itself for what may come next: it prints the kind of paths that may
 * stand there (`none`, `files`, `folders`), then a line for each word, a tab and what it means.
 */
export const SCRIPTS: Readonly<Record<Shell, string>> = {
  bash: `# Completion of sigil for bash. For good: sigil completion bash > ~/.local/share/bash-completion/completions/sigil
_sigil() {
  local paths line word
  COMPREPLY=()
  {
    IFS= read -r paths
    while IFS= read -r line; do COMPREPLY+=("\${line%%$'\\t'*}"); done
  } < <("$1" completion bash -- "\${COMP_WORDS[@]:1:COMP_CWORD}" 2>/dev/null)
  # bash breaks words at "=": of --flag=value it completes the value alone.
  if [[ $COMP_WORDBREAKS == *=* ]]; then
    for line in "\${!COMPREPLY[@]}"; do
      [[ \${COMPREPLY[line]} == --*=* ]] && COMPREPLY[line]=\${COMPREPLY[line]#*=}
    done
  fi
  word=$2
  [[ $word == = ]] && word=
  case $paths in
    files) while IFS= read -r line; do COMPREPLY+=("$line"); done < <(compgen -f -- "$word"); compopt -o filenames 2>/dev/null ;;
    folders) while IFS= read -r line; do COMPREPLY+=("$line"); done < <(compgen -d -- "$word"); compopt -o filenames 2>/dev/null ;;
  esac
  [[ \${#COMPREPLY[@]} == 1 && \${COMPREPLY[0]} == *= ]] && compopt -o nospace 2>/dev/null
  return 0
}
complete -F _sigil sigil
`,
  zsh: `#compdef sigil
# Completion of sigil for zsh. For good: sigil completion zsh > a folder of $fpath, as _sigil
_sigil() {
  local -a lines plain
  local paths line
  lines=("\${(@f)$("\${words[1]}" completion zsh -- "\${(@)words[2,CURRENT]}" 2>/dev/null)}")
  paths=$lines[1]
  for line in "\${(@)lines[2,-1]}"; do
    [[ -n $line ]] && plain+=("\${\${line%%$'\\t'*}//:/\\\\:}:\${line#*$'\\t'}")
  done
  (( \${#plain} )) && _describe -t words sigil plain
  case $paths in
    files) _files ;;
    folders) _files -/ ;;
  esac
  return 0
}
if [[ \${funcstack[1]} == _sigil ]]; then _sigil "$@"; else compdef _sigil sigil; fi
`,
  fish: `# Completion of sigil for fish. For good: sigil completion fish > ~/.config/fish/completions/sigil.fish
function __sigil_complete
    set -l words (commandline -opc) (commandline -ct)
    set -l lines ($words[1] completion fish -- $words[2..-1] 2>/dev/null)
    set -l current (commandline -ct)
    for line in $lines[2..-1]
        echo $line
    end
    switch "$lines[1]"
        case files
            __fish_complete_path $current
        case folders
            __fish_complete_directories $current
    end
end
complete -c sigil -f -a '(__sigil_complete)'
`,
};

/** What the scripts read. */
export function candidateLines({ paths, words }: Candidates): string[] {
  return [paths, ...words.map(({ word, summary }) => `${word}\t${summary}`)];
}
