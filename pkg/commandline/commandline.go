// Package commandline is what both programs' command lines have in common: the
// language they speak, and the library's own words in it.
package commandline

import (
	"strings"

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"

	"github.com/posada-exchange/posada/pkg/i18n"
)

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

// Localise puts the library's own words into the language: headings, the help
// and completion commands, the help flag.
func Localise(p i18n.Printer, root *cobra.Command) {
	root.InitDefaultHelpCmd()
	root.InitDefaultCompletionCmd()
	root.SetUsageTemplate(usageTemplate(p))
	var each func(*cobra.Command)
	each = func(cmd *cobra.Command) {
		cmd.InitDefaultHelpFlag()
		cmd.Flags().VisitAll(func(f *pflag.Flag) {
			if f.Name == "help" {
				f.Usage = p.Text("flag.help")
			}
		})
		switch cmd.Name() {
		case "help", "completion":
			cmd.Short = p.Text(i18n.Key("usage." + cmd.Name()))
		}
		for _, child := range cmd.Commands() {
			each(child)
		}
	}
	each(root)
}

func usageTemplate(p i18n.Printer) string {
	return p.Text("usage.usage") + `:{{if .Runnable}}
  {{.UseLine}}{{end}}{{if .HasAvailableSubCommands}}
  {{.CommandPath}} ` + p.Text("usage.command") + `{{end}}{{if .HasExample}}

` + p.Text("usage.examples") + `:
{{.Example}}{{end}}{{if .HasAvailableSubCommands}}

` + p.Text("usage.commands") + `:{{range .Commands}}{{if (or .IsAvailableCommand (eq .Name "help"))}}
  {{rpad .Name .NamePadding}} {{.Short}}{{end}}{{end}}{{end}}{{if .HasAvailableLocalFlags}}

` + p.Text("usage.flags") + `:
{{.LocalFlags.FlagUsages | trimTrailingWhitespaces}}{{end}}{{if .HasAvailableInheritedFlags}}

` + p.Text("usage.global_flags") + `:
{{.InheritedFlags.FlagUsages | trimTrailingWhitespaces}}{{end}}
`
}
