package commandline

import (
	"errors"
	"fmt"
	"io"
	"strings"
	"unicode"

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"

	"github.com/posada-exchange/posada/pkg/i18n"
)

// Localise puts the library's own words into the language: headings, names of
// arguments, the help, completion and version commands, and the errors of a
// command line that is wrong.
func Localise(p i18n.Printer, root *cobra.Command) {
	root.Version = Version()
	root.SetVersionTemplate("{{.Name}} {{.Version}}\n")
	root.InitDefaultHelpCmd()
	root.InitDefaultCompletionCmd()
	root.InitDefaultVersionFlag()
	root.SetUsageFunc(func(cmd *cobra.Command) error { return usage(p, cmd) })
	root.SetFlagErrorFunc(func(_ *cobra.Command, err error) error { return flagError(p, err) })
	var each func(*cobra.Command)
	each = func(cmd *cobra.Command) {
		cmd.InitDefaultHelpFlag()
		cmd.DisableFlagsInUseLine = true
		cmd.Use = argumentNames(p, cmd.Use)
		cmd.Flags().VisitAll(func(f *pflag.Flag) {
			switch f.Name {
			case "help":
				f.Usage = p.Text("flag.help")
			case "version":
				f.Usage = p.Text("flag.version")
			case "no-descriptions":
				f.Usage = p.Text("flag.no_descriptions")
			}
		})
		switch {
		case cmd.Name() == "help":
			help(p, root, cmd)
		case cmd.Name() == "completion":
			cmd.Short, cmd.Long = p.Text("usage.completion"), ""
			cmd.Args = Between(p, 0, 0)
		case cmd.HasParent() && cmd.Parent().Name() == "completion":
			cmd.Short, cmd.Long = p.Text("usage.completion_of", "shell", cmd.Name()), ""
			cmd.Args = Between(p, 0, 0)
		}
		for _, child := range cmd.Commands() {
			each(child)
		}
	}
	each(root)
}

// help makes the help command refuse what it does not know: the library's own
// says so and ends well.
func help(p i18n.Printer, root, cmd *cobra.Command) {
	cmd.Use, cmd.Short, cmd.Long = "help "+p.Text("usage.command"), p.Text("usage.help"), ""
	cmd.Run = nil
	cmd.RunE = func(_ *cobra.Command, args []string) error {
		about, rest, err := root.Find(args)
		if err != nil || about == nil || len(rest) > 0 {
			return UsageError(p.Text("cli.no_such", "word", strings.Join(args, " "), "command", root.Name()))
		}
		return about.Help()
	}
}

// argumentNames puts FILE, ID and the like into the language.
func argumentNames(p i18n.Printer, use string) string {
	words := strings.Fields(use)
	for i, w := range words {
		name := strings.Trim(w, "[]")
		if name != "" && strings.ToUpper(name) == name && unicode.IsLetter(rune(name[0])) {
			words[i] = strings.Replace(w, name, p.Term("arg", name), 1)
		}
	}
	return strings.Join(words, " ")
}

// flagError says in the language what is wrong with a flag.
func flagError(p i18n.Printer, err error) error {
	if wrong, ok := errors.AsType[*pflag.NotExistError](err); ok {
		name := "--" + wrong.GetSpecifiedName()
		if short := wrong.GetSpecifiedShortnames(); short != "" {
			name = "-" + short
		}
		return UsageError(p.Text("cli.no_flag", "flag", name))
	}
	if wrong, ok := errors.AsType[*pflag.ValueRequiredError](err); ok {
		return UsageError(p.Text("cli.flag_needs", "flag", "--"+wrong.GetFlag().Name))
	}
	if wrong, ok := errors.AsType[*pflag.InvalidValueError](err); ok {
		return UsageError(p.Text("cli.flag_value", "flag", "--"+wrong.GetFlag().Name, "value", wrong.GetValue()))
	}
	if wrong, ok := errors.AsType[*pflag.InvalidSyntaxError](err); ok {
		return UsageError(p.Text("cli.no_flag", "flag", wrong.GetSpecifiedFlag()))
	}
	return UsageError(err.Error())
}

// usage writes how a command is used. The library's template has its words in
// it; this is the same page in the language.
func usage(p i18n.Printer, cmd *cobra.Command) error {
	var text strings.Builder
	fmt.Fprintf(&text, "%s:\n", p.Text("usage.usage"))
	if cmd.Runnable() {
		line := cmd.UseLine()
		if cmd.HasAvailableFlags() {
			line += " " + p.Text("usage.some_flags")
		}
		fmt.Fprintf(&text, "  %s\n", line)
	}
	if cmd.HasAvailableSubCommands() {
		fmt.Fprintf(&text, "  %s %s\n", cmd.CommandPath(), p.Text("usage.command"))
	}
	if cmd.HasExample() {
		fmt.Fprintf(&text, "\n%s:\n%s\n", p.Text("usage.examples"), cmd.Example)
	}
	if cmd.HasAvailableSubCommands() {
		fmt.Fprintf(&text, "\n%s:\n", p.Text("usage.commands"))
		for _, c := range cmd.Commands() {
			if c.IsAvailableCommand() || c.Name() == "help" {
				fmt.Fprintf(&text, "  %-*s %s\n", c.NamePadding(), c.Name(), c.Short)
			}
		}
	}
	if cmd.HasAvailableLocalFlags() {
		fmt.Fprintf(&text, "\n%s:\n%s\n", p.Text("usage.flags"), flags(p, cmd.LocalFlags()))
	}
	if cmd.HasAvailableInheritedFlags() {
		fmt.Fprintf(&text, "\n%s:\n%s\n", p.Text("usage.global_flags"), flags(p, cmd.InheritedFlags()))
	}
	_, err := io.WriteString(cmd.OutOrStderr(), text.String())
	return err
}

func flags(p i18n.Printer, set *pflag.FlagSet) string {
	text := strings.ReplaceAll(set.FlagUsages(), "(default ", "("+p.Text("usage.default")+" ")
	return strings.TrimRight(text, " \n")
}
