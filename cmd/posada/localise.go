package main

import (
	"io"

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"

	"github.com/posada-exchange/posada/pkg/config"
	"github.com/posada-exchange/posada/pkg/i18n"
)

// localise puts the library's own words into the language: headings, the help
// and completion commands, the help flag.
func localise(p i18n.Printer, root *cobra.Command) {
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
			cmd.Short = p.Text(i18n.Key("cmd.posada." + cmd.Name() + ".short"))
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

func printConfig(w io.Writer, c any) error { return config.Print(w, c) }
