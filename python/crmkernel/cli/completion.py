"""Scripts for the completion of nouns, verbs and options in a shell."""

from __future__ import annotations

import argparse


def words() -> dict[str, list[str]]:
    """What can follow each noun; the nouns and options themselves follow the empty text."""
    from .arguments import parser

    top = parser()
    found = {"": [*_options(top), *_choices(top)]}
    for noun, sub in _choices(top).items():
        found[noun] = [*_options(sub), *_choices(sub)]
    return found


def _choices(parser: argparse.ArgumentParser) -> dict[str, argparse.ArgumentParser]:
    for action in parser._actions:
        if isinstance(action, argparse._SubParsersAction):
            return dict(action.choices)
    return {}


def _options(parser: argparse.ArgumentParser) -> list[str]:
    return [text for action in parser._actions for text in action.option_strings if text.startswith("--")]


_BASH = """_crmkernel() {{
    local word="${{COMP_WORDS[COMP_CWORD]}}" noun="" i
    for ((i = 1; i < COMP_CWORD; i++)); do
        case "${{COMP_WORDS[i]}}" in {nouns}) noun="${{COMP_WORDS[i]}}"; break;; esac
    done
    local words=""
    case "$noun" in
{cases}
    esac
    COMPREPLY=($(compgen -W "$words" -- "$word"))
    [ -n "${{COMPREPLY[*]}}" ] || COMPREPLY=($(compgen -f -- "$word"))
}}
complete -F _crmkernel crmkernel"""


def _bash() -> str:
    table = words()
    cases = [f'        "{noun}") words="{" ".join(rest)}";;' for noun, rest in table.items()]
    return _BASH.format(nouns="|".join(noun for noun in table if noun), cases="\n".join(cases))


def _fish() -> str:
    table = words()
    nouns = " ".join(noun for noun in table if noun)
    lines = [f"complete -c crmkernel -n 'not __fish_seen_subcommand_from {nouns}' -a '{nouns}'"]
    for noun, rest in table.items():
        verbs = " ".join(word for word in rest if not word.startswith("--"))
        if noun and verbs:
            lines.append(f"complete -c crmkernel -n '__fish_seen_subcommand_from {noun}' -a '{verbs}'")
    for option in table[""]:
        if option.startswith("--"):
            lines.append(f"complete -c crmkernel -l {option[2:]}")
    return "\n".join(lines)


def script(shell: str) -> str:
    """The completion script of bash, zsh or fish."""
    if shell == "fish":
        return _fish()
    prefix = "autoload -U +X bashcompinit && bashcompinit\n" if shell == "zsh" else ""
    return prefix + _bash()
