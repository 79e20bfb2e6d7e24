"""Completion scripts for bash, zsh and fish, made from the parser itself."""

from __future__ import annotations

import argparse
from collections.abc import Iterator

from triage_tui.cli.arguments import parser


def script(shell: str) -> str:
    """Return the script of a shell; to be sourced, or put where the shell looks for completions."""
    return {"bash": _bash, "zsh": _zsh, "fish": _fish}[shell]()


def _commands() -> Iterator[tuple[str, argparse.ArgumentParser, str]]:
    for action in parser()._actions:  # noqa: SLF001 - argparse offers no public way to its commands
        if isinstance(action, argparse._SubParsersAction):  # noqa: SLF001 - as above
            help_texts = {one.dest: one.help or "" for one in action._choices_actions}  # noqa: SLF001 - as above
            yield from ((name, command, help_texts.get(name, "")) for name, command in action.choices.items())


def _options(command: argparse.ArgumentParser) -> list[str]:
    return sorted({option for action in command._actions for option in action.option_strings if option[:2] == "--"})  # noqa: SLF001 - as above


def _bash() -> str:
    names = " ".join(name for name, _, _ in _commands())
    cases = "\n".join(f"    {name}) words='{' '.join(_options(command))}' ;;" for name, command, _ in _commands())
    return f"""\
_triage() {{
  local current="${{COMP_WORDS[COMP_CWORD]}}" words='{names}'
  if [ "$COMP_CWORD" -gt 1 ]; then case "${{COMP_WORDS[1]}}" in
{cases}
  esac; fi
  case "$current" in
    -*) mapfile -t COMPREPLY < <(compgen -W "$words" -- "$current") ;;
    *) if [ "$COMP_CWORD" -eq 1 ]; then mapfile -t COMPREPLY < <(compgen -W "$words" -- "$current")
       else mapfile -t COMPREPLY < <(compgen -f -- "$current"); fi ;;
  esac
}}
complete -o filenames -F _triage triage
"""


def _zsh() -> str:
    names = "\n".join(f"    '{name}:{_quoted(text)}'" for name, _, text in _commands())
    cases = "\n".join(f"    {name}) compadd -- {' '.join(_options(command))} ;;" for name, command, _ in _commands())
    return f"""\
#compdef triage
_triage() {{
  local -a commands=(
{names}
  )
  if (( CURRENT == 2 )); then _describe command commands; return; fi
  if [[ $words[CURRENT] != -* ]]; then _files; return; fi
  case $words[2] in
{cases}
  esac
}}
compdef _triage triage
"""


def _fish() -> str:
    lines = ["complete -c triage -f"]
    for name, command, text in _commands():
        lines.append(f"complete -c triage -n __fish_use_subcommand -a {name} -d '{_quoted(text)}'")
        seen = f"'__fish_seen_subcommand_from {name}'"
        lines += [f"complete -c triage -n {seen} -l {option[2:]}" for option in _options(command)]
        if any(not action.option_strings for action in command._actions):  # noqa: SLF001 - as above
            lines.append(f"complete -c triage -n {seen} -F")
    return "\n".join(lines) + "\n"


def _quoted(text: str) -> str:
    return text.replace("'", "").replace(":", " -")
