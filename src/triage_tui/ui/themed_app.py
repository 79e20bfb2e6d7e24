"""The part of the app that has the colours: which themes there are, and what its styles read of the one that is on."""

from __future__ import annotations

from textual.theme import Theme

from triage_tui.ui.telling_app import TellingApp
from triage_tui.ui.themes import ThemeLoad, load_themes, theme_variable_defaults, themes_at_start


class ThemedApp(TellingApp):
    """Begins with one theme; the others are read once the first frame is out."""

    _themes = ThemeLoad((), ())
    _wanted_theme = ""

    def begin_with_theme(self, name: str) -> None:
        """Take a theme, or the default where there is none of that name."""
        self._take_themes(themes_at_start(name))
        self._wanted_theme, self.theme = name, self._themes.named(name).name

    def take_all_themes(self) -> None:
        """Read the other themes, and say which of them are wrong, and which one that was asked for there is not."""
        self._take_themes(load_themes())
        for notice in (*self._themes.notices, *self._themes.lack_of(self._wanted_theme)):
            self.say(notice, wrong=True)

    def _take_themes(self, themes: ThemeLoad) -> None:
        self._themes = themes
        for known in themes.themes:
            self.register_theme(known)

    def get_css_variables(self) -> dict[str, str]:
        """Return the colours of the theme; none while there is none, since to mix Textual's own takes a millisecond."""
        return super().get_css_variables() if self._themes.themes else {}

    def get_theme_variable_defaults(self) -> dict[str, str]:
        """Give each of our variables a value, whatever theme is on."""
        current: Theme | None = self.get_theme(self.theme)
        return theme_variable_defaults(current)

    def refresh_css(self, animate: bool = True) -> None:
        """Style all again; before there is a screen, only note the colours that its styles will be read with."""
        if self.screen_stack:
            super().refresh_css(animate)
        else:
            self.stylesheet.set_variables(self.get_css_variables())

    def action_next_theme(self) -> None:
        """Take the next theme."""
        names = [theme.name for theme in self._themes.themes]
        here = names.index(self.theme) if self.theme in names else -1
        self.theme = names[(here + 1) % len(names)]
        self.say(f"theme {self.theme}")
