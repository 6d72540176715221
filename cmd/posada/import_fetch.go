package main

import (
	"bufio"
	"errors"
	"os"
	"slices"
	"strings"

	"github.com/spf13/cobra"

	"github.com/posada-exchange/posada/pkg/commandline"
	"github.com/posada-exchange/posada/pkg/config"
	"github.com/posada-exchange/posada/pkg/posada"
	"github.com/posada-exchange/posada/pkg/pull"
)

// fetched is what a fetch answers to a program.
type fetched struct {
	File string `json:"file"`
	Rows int    `json:"rows"`
}

// importFetch writes what another program has into a file, to be imported from there.
func (c *cli) importFetch() *cobra.Command {
	var secret, file string
	cmd := c.command("fetch PROGRAM ADDRESS", "posada", "import")
	cmd.Args = c.exactly(2)
	cmd.ValidArgs = posada.Texts(pull.Programs())
	cmd.Flags().StringVar(&secret, "secret-file", "", c.Text("flag.fetch_secret"))
	cmd.Flags().StringVar(&file, "out", "", c.Text("flag.out"))
	cmd.RunE = func(cmd *cobra.Command, args []string) error {
		program := pull.Program(args[0])
		if !slices.Contains(pull.Programs(), program) || secret == "" || file == "" {
			return commandline.UsageError(c.Text("fetch.what", "programs", strings.Join(posada.Texts(pull.Programs()), ", ")))
		}
		if err := c.unwritten(file); err != nil {
			return err
		}
		text, err := config.ReadSecret(secret)
		if err != nil {
			return err
		}
		c.subject = args[1]
		rows, err := c.fetch(cmd, pull.From{Program: program, Address: args[1], Secret: strings.TrimSpace(string(text))}, file)
		if err != nil {
			return err
		}
		return c.print(fetched{file, rows}, func(p *page) {
			p.say("fetch.done", "rows", rows, "file", file)
			p.line("  " + command("import", "draft", file))
		})
	}
	return cmd
}

// fetch writes records to a file for whoever runs this alone. Of a fetch that broke off
// nothing stays.
func (c *cli) fetch(cmd *cobra.Command, from pull.From, file string) (rows int, err error) {
	out, err := os.OpenFile(file, os.O_WRONLY|os.O_CREATE|os.O_EXCL, 0o600)
	if err != nil {
		return 0, err
	}
	defer func() {
		if err = errors.Join(err, out.Close()); err != nil {
			err = errors.Join(err, os.Remove(file))
		}
	}()
	buffered := bufio.NewWriter(out)
	rows, err = from.Copy(cmd.Context(), buffered)
	return rows, errors.Join(err, buffered.Flush())
}

// fetching are the errors of fetching.
func fetching() []problem {
	return []problem{
		{pull.ErrAddress, "cli.fetch_address", exitUsage},
		{pull.ErrAway, "cli.fetch_away", exitUnreachable},
		{pull.ErrRefused, "cli.fetch_refused", exitUnknown},
		{pull.ErrAnswer, "cli.fetch_answer", exitUsage},
		{pull.ErrLeads, "cli.fetch_leads", exitUsage},
	}
}
