// Package commandline is what both programs' command lines have in common: the
// language they speak, the library's own words in it, how they say what went
// wrong, and the commands on a configuration.
package commandline

import (
	"fmt"
	"io"
	"runtime/debug"
	"slices"
	"strings"

	"github.com/spf13/cobra"

	"github.com/posada-exchange/posada/pkg/i18n"
)

// UsageError is a command line that is wrong. Its text is in the reader's
// language.
type UsageError string

func (u UsageError) Error() string { return string(u) }

// Environment turns NAME=value lines into a map.
func Environment(environ []string) map[string]string {
	env := map[string]string{}
	for _, line := range environ {
		name, value, _ := strings.Cut(line, "=")
		env[name] = value
	}
	return env
}

// Printer speaks the language of --lang, POSADA_LANG, or the machine's locale,
// in this order. It is needed before the flags are parsed, to describe them.
func Printer(args []string, env map[string]string) i18n.Printer {
	return i18n.For(i18n.Match(flagOf(args, "lang"), env["POSADA_LANG"], env["LC_ALL"], env["LC_MESSAGES"], env["LANG"]))
}

// Spoken refuses a --lang that is not spoken here. A locale is not refused: it
// was not said to this program.
func Spoken(p i18n.Printer, args []string) error {
	asked := flagOf(args, "lang")
	base, _, _ := strings.Cut(strings.ReplaceAll(strings.ToLower(asked), "_", "-"), "-")
	if asked == "" || slices.Contains(i18n.Languages(), i18n.Language(base)) {
		return nil
	}
	return UsageError(p.Text("cli.no_language", "language", asked))
}

func flagOf(args []string, name string) string {
	for i, a := range args {
		if a == "--" {
			break
		}
		if value, ok := strings.CutPrefix(a, "--"+name+"="); ok {
			return value
		}
		if a == "--"+name && i+1 < len(args) {
			return args[i+1]
		}
	}
	return ""
}

// Say writes what happened, what was kept and what to do next.
func Say(w io.Writer, p i18n.Printer, what, kept, next string) {
	fmt.Fprintln(w, what)
	for _, line := range []struct{ name, text string }{{p.Text("cli.kept"), kept}, {p.Text("cli.next"), next}} {
		if line.text != "" {
			fmt.Fprintf(w, "  %s  %s\n", line.name, line.text)
		}
	}
}

// SayKey writes a sentence of the catalogues that has a what, a kept and a next.
func SayKey(w io.Writer, p i18n.Printer, key string, args ...any) {
	Say(w, p, p.Text(i18n.Key(key+".what"), args...), p.Text(i18n.Key(key+".kept"), args...), p.Text(i18n.Key(key+".next"), args...))
}

// Between wants so many words after a command, and says so in the language.
func Between(p i18n.Printer, least, most int) cobra.PositionalArgs {
	return func(cmd *cobra.Command, args []string) error {
		switch {
		case len(args) >= least && len(args) <= most:
			return nil
		case most == 0:
			return UsageError(p.Text("cli.no_such", "word", args[0], "command", cmd.CommandPath()))
		}
		return UsageError(p.Text("cli.args", "use", cmd.UseLine(), "got", len(args)))
	}
}

// Version is which build this is: the module's version and, where the build
// knows it, the commit.
func Version() string {
	build, ok := debug.ReadBuildInfo()
	if !ok {
		return "devel"
	}
	version := build.Main.Version
	if version == "" || version == "(devel)" {
		version = "devel"
	}
	for _, s := range build.Settings {
		if s.Key == "vcs.revision" && !strings.Contains(version, s.Value[:min(12, len(s.Value))]) {
			version += " " + s.Value[:min(12, len(s.Value))]
		}
	}
	return version + " " + build.GoVersion
}
