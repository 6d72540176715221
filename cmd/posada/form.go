package main

import (
	"context"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"github.com/posada-exchange/posada/pkg/client"
	"github.com/posada-exchange/posada/pkg/config"
	"github.com/posada-exchange/posada/pkg/i18n"
	"github.com/posada-exchange/posada/pkg/papers"
	"github.com/posada-exchange/posada/pkg/signing"
)

// written is the answer of a command that wrote a page.
type written struct {
	Page        string        `json:"page,omitempty"`
	Digest      string        `json:"sha256,omitempty"` // as a record has it: form
	TextVersion string        `json:"text_version,omitempty"`
	Language    i18n.Language `json:"language,omitempty"`
	Text        string        `json:"text,omitempty"` // where no page was asked for
}

// unwritten refuses to write a page over anything that is there. What is on one
// is for its owner's eyes.
func (c *cli) unwritten(file string) error {
	if file == "" {
		return nil
	}
	return c.free(file)
}

// consentForm makes the form from the file that consent add takes, so that what
// is read aloud and signed is what is recorded. It asks the node only for names.
func (c *cli) consentForm() *cobra.Command {
	var file string
	cmd := c.command("form FILE", "posada", "consent")
	cmd.Args = c.exactly(1)
	cmd.Flags().StringVar(&file, "page", "", c.Text("flag.page"))
	cmd.RunE = func(cmd *cobra.Command, args []string) error {
		if err := c.unwritten(file); err != nil {
			return err
		}
		node, err := c.ask()
		if err != nil {
			return err
		}
		in, err := readFile(c, args[0], func(text []byte) (client.NewConsent, error) {
			in, _, err := client.ReadConsent(text)
			return in, err
		})
		if err != nil {
			return err
		}
		form, err := formOf(cmd.Context(), node, in)
		if err != nil {
			return err
		}
		out := written{Page: file, TextVersion: papers.FormVersion, Language: c.Language()}
		if spoken, ok := texted(in.Language); ok && !cmd.Flags().Changed("lang") {
			out.Language = spoken
		}
		if file == "" {
			return c.readForm(form, out, args[0])
		}
		return c.printForm(form, out, args[0])
	}
	return cmd
}

// texted is the language of the texts in which somebody is spoken with, if there
// are any.
func texted(iso string) (i18n.Language, bool) {
	l, ok := map[string]i18n.Language{"eng": i18n.English, "spa": i18n.Spanish}[iso]
	return l, ok
}

// readForm shows the form to whoever reads it aloud.
func (c *cli) readForm(form papers.Form, out written, from string) (err error) {
	if out.Text, err = form.Text(out.Language); err != nil {
		return err
	}
	return c.print(out, func(p *page) {
		p.line(strings.TrimSpace(out.Text))
		p.heading("form.to_print")
		p.line("  " + command("consent", "form", from, "--page", p.Text("arg.PAGE")))
	})
}

// printForm writes the form for the printer.
func (c *cli) printForm(form papers.Form, out written, from string) error {
	text, err := form.HTML(out.Language)
	if err != nil {
		return err
	}
	if err := config.WriteSecret(out.Page, []byte(text)); err != nil {
		return err
	}
	out.Digest = client.HashForm([]byte(text))
	return c.print(out, func(p *page) {
		p.say("form.made", "page", out.Page, "digest", out.Digest)
		p.say("form.read")
		p.next("form.next")
		if form.Own {
			p.line("  " + command("case", "take-over", p.Text("arg.REFERRAL"), from, "--form", out.Page))
			p.heading("own.form_renews")
			p.line("  " + command("consent", "renew", p.Text("arg.ID"), from, "--form", out.Page))
			return
		}
		p.line("  " + command("consent", "add", from, "--form", out.Page))
	})
}

// ofAnother reports whether a text_version is one of ours that this program does
// not have. An agency's own text has any other name.
func ofAnother(version string) bool {
	return strings.HasPrefix(version, "posada-") && version != papers.FormVersion
}

// formOf is what the form says of a consent.
func formOf(ctx context.Context, node *client.Client, in client.NewConsent) (papers.Form, error) {
	status, err := node.Status(ctx)
	if err != nil {
		return papers.Form{}, err
	}
	members, err := node.Agencies(ctx)
	if err != nil {
		return papers.Form{}, err
	}
	minors, err := minorsAlone()
	if err != nil {
		return papers.Form{}, err
	}
	return signing.Form(in, signing.Node{Agency: status.Agency.Name, Hub: status.Operator, Members: members, Minors: minors}, time.Now())
}
