package main

import (
	"bytes"
	"context"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"github.com/posada-exchange/posada/pkg/client"
	"github.com/posada-exchange/posada/pkg/commandline"
	"github.com/posada-exchange/posada/pkg/config"
	"github.com/posada-exchange/posada/pkg/i18n"
	"github.com/posada-exchange/posada/pkg/mapping"
	"github.com/posada-exchange/posada/pkg/papers"
	"github.com/posada-exchange/posada/pkg/posada"
)

// exported is what an export answers to a program: what is in it, and what is not.
type exported struct {
	File  string          `json:"file,omitempty"`
	Cases int             `json:"cases"`
	Stays []mapping.Stays `json:"stays"`
	More  []string        `json:"more"` // cases that hold more than whoever exports sees
}

// caseExport writes what was brought into one's own cases in the standard's form.
func (c *cli) caseExport() *cobra.Command {
	var form, file string
	var wide bool
	cmd := c.command("export [CASE...]", "posada", "case")
	f := cmd.Flags()
	f.StringVar(&form, "form", string(mapping.FormatCSV), c.Text("flag.export_form"))
	f.StringVar(&file, "out", "", c.Text("flag.out"))
	f.BoolVar(&wide, "wide", false, c.Text("flag.export_wide"))
	cmd.RunE = func(cmd *cobra.Command, args []string) error {
		if !slices.Contains(mapping.Formats(), mapping.Format(form)) {
			return commandline.UsageError(c.Text("export.form"))
		}
		if err := c.unwritten(file); err != nil {
			return err
		}
		node, err := c.ask()
		if err != nil {
			return err
		}
		list, more, err := ownCases(cmd.Context(), node, args)
		if err != nil {
			return err
		}
		var text bytes.Buffer
		write := mapping.WriteCSV
		if mapping.Format(form) == mapping.FormatJSON {
			write = mapping.WriteJSON
		}
		stays, err := write(&text, list, wide)
		if err != nil {
			return err
		}
		out := exported{File: file, Cases: len(list), Stays: append([]mapping.Stays{}, stays...), More: append([]string{}, more...)}
		return c.handOut(text.Bytes(), out)
	}
	return cmd
}

// handOut writes an export to its file and says what is not in it; without one, on the
// terminal, with that beside it.
func (c *cli) handOut(text []byte, out exported) error {
	if out.File != "" {
		if err := config.WriteSecret(out.File, text); err != nil {
			return err
		}
		return c.print(out, func(p *page) { p.exported(out) })
	}
	p := &page{Printer: c.Printer}
	p.exported(out)
	fmt.Fprint(c.err, p.text.String())
	_, err := c.out.Write(text)
	return err
}

// ownCases is what was brought into cases, as whoever asks sees it: into those that are
// named, or all.
func ownCases(ctx context.Context, node *client.Client, labels []string) (list []mapping.Written, more []string, err error) {
	all, err := node.Cases(ctx)
	if err != nil {
		return nil, nil, err
	}
	if len(labels) == 0 {
		for _, k := range slices.Backward(all) { // the oldest first
			labels = append(labels, k.Label)
		}
	}
	for _, label := range labels {
		own, err := node.OwnRecord(ctx, client.NewLook{Case: label})
		if err != nil {
			return nil, nil, err
		}
		for _, i := range own.Imported {
			if i.More || i.Confirm {
				more = append(more, own.Case)
			}
			if len(i.Carried) == 0 {
				continue
			}
			values, err := valuesOf(i.Carried)
			if err != nil {
				return nil, nil, err
			}
			list = append(list, mapping.Written{ID: own.Case, Content: mapping.Contents(values)})
		}
	}
	return list, more, nil
}

func valuesOf(carried []client.Carried) (values []mapping.Value, err error) {
	for _, f := range carried {
		to, err := mapping.ParseTarget(f.Place)
		if err != nil {
			return nil, err
		}
		values = append(values, mapping.Value{To: to, Value: f.Value})
	}
	return values, nil
}

// exported says what is in an export, and everything that is not.
func (p *page) exported(out exported) {
	p.say("export.done", "cases", out.Cases)
	if out.File != "" {
		p.say("export.file", "file", out.File)
	}
	for _, s := range out.Stays {
		p.say(i18n.Key("export.stays."+string(s.Why)), "place", s.Place, "cases", s.Cases)
	}
	if len(out.More) > 0 {
		p.say("export.more", "cases", strings.Join(out.More, ", "))
	}
}

// caseKept says what we ourselves keep about one person.
func (c *cli) caseKept() *cobra.Command {
	return c.toPerson("kept CASE", "kept.page", func(ctx context.Context, node *client.Client, label string) (spoken, error) {
		own, err := node.OwnRecord(ctx, client.NewLook{Case: label})
		return keptOf(own), err
	})
}

// keptOf is everything of our own record that may be on paper.
func keptOf(own client.OwnRecord) papers.Kept {
	kept := papers.Kept{At: time.Now(), Lines: []papers.KeptLine{}}
	add := func(carried []client.Carried, more bool) {
		kept.More = kept.More || more
		for _, f := range carried {
			if slices.Contains(posada.NeverLeave(), f.Category) {
				kept.More = true
				continue
			}
			kept.Lines = append(kept.Lines, papers.KeptLine{Place: f.Place, Value: f.Value})
		}
	}
	for _, i := range own.Imported {
		add(i.Carried, i.More || i.Confirm)
	}
	for _, t := range own.TakenOver {
		add(t.Carried, t.More || t.Confirm)
	}
	return kept
}
