package main

import (
	"context"
	"strconv"

	"github.com/spf13/cobra"

	"github.com/posada-exchange/posada/pkg/client"
	"github.com/posada-exchange/posada/pkg/i18n"
	"github.com/posada-exchange/posada/pkg/posada"
)

func (c *cli) webhook() *cobra.Command {
	group := c.group("webhook", "posada")
	group.AddCommand(c.webhookAdd(), c.webhookList(), c.webhookShow(), c.webhookLog(), c.webhookTest(), c.webhookRotate(), c.webhookEnable(), c.webhookDisable(), c.webhookRemove())
	return group
}

// keyed is an endpoint whose key lies in a file now.
type keyed struct {
	client.Webhook
	File string `json:"key_file"`
}

func (c *cli) webhookAdd() *cobra.Command {
	var in client.NewWebhook
	var file string
	cmd := c.command("add URL", "posada", "webhook")
	cmd.Args = c.exactly(1)
	cmd.Flags().StringVar(&in.For, "for", "", c.Text("flag.webhook_for"))
	cmd.Flags().StringSliceVar(&in.Types, "types", nil, c.Text("flag.webhook_types"))
	cmd.Flags().StringVar(&in.Scheme, "scheme", string(posada.WebhookV1), c.Text("flag.webhook_scheme"))
	cmd.Flags().StringVar(&file, "save", "", c.Text("flag.webhook_save"))
	cmd.RunE = func(cmd *cobra.Command, args []string) error {
		node, err := c.ask()
		if err != nil {
			return err
		}
		if in.For == "" {
			return c.needs("--for", "Inés Duarte")
		}
		if file == "" {
			return c.needs("--save", "webhook.key")
		}
		if err := c.free(file); err != nil {
			return err
		}
		in.URL = args[0]
		out, err := node.AddWebhook(cmd.Context(), in)
		return c.saveKey(out, err, file, "webhook.added")
	}
	return cmd
}

// saveKey writes what an endpoint checks by to a file: it is shown on no screen.
func (c *cli) saveKey(out client.AddedWebhook, err error, file string, said i18n.Key) error {
	if err != nil {
		return err
	}
	if err := c.writeSecret(file, []byte(out.Key+"\n")); err != nil {
		return err
	}
	return c.print(keyed{out.Webhook, file}, func(p *page) {
		p.say(said, "id", posada.Brief(out.Webhook.ID), "file", file)
		p.line("  " + command("webhook", "test", posada.Brief(out.Webhook.ID)))
	})
}

func (c *cli) webhookList() *cobra.Command {
	cmd := c.command("list", "posada", "webhook")
	cmd.Args = c.exactly(0)
	cmd.RunE = func(cmd *cobra.Command, _ []string) error {
		node, err := c.ask()
		if err != nil {
			return err
		}
		list, err := node.Webhooks(cmd.Context())
		if err != nil {
			return err
		}
		return c.print(list, func(p *page) {
			if len(list) == 0 {
				p.say("webhook.none")
				return
			}
			var rows [][]string
			for _, w := range list {
				rows = append(rows, []string{posada.Brief(w.ID), w.URL, w.ForName, p.standing(w), strconv.Itoa(w.Waiting)})
			}
			p.table([]i18n.Key{"column.id", "column.webhook", "column.for", "column.standing", "column.not_told"}, rows)
		})
	}
	return cmd
}

// standing says how it is with an endpoint.
func (p *page) standing(w client.Webhook) string {
	switch {
	case w.Off != "":
		return p.Term("webhook_off", string(w.Off))
	case !w.Failing.IsZero():
		return p.Text("webhook.failing", "at", moment(w.Failing))
	}
	return p.Text("webhook.on")
}

// endpoint makes a command about one endpoint, named by its address or the beginning of its id.
func (c *cli) endpoint(use string, do func(ctx context.Context, node *client.Client, w client.Webhook) error) *cobra.Command {
	cmd := c.command(use, "posada", "webhook")
	cmd.Args = c.exactly(1)
	cmd.RunE = func(cmd *cobra.Command, args []string) error {
		node, err := c.ask()
		if err != nil {
			return err
		}
		list, err := node.Webhooks(cmd.Context())
		if err != nil {
			return err
		}
		one, err := only(list, func(w client.Webhook) bool { return w.URL == args[0] || begins(w.ID, args[0]) })
		if err != nil {
			return err
		}
		return do(cmd.Context(), node, one)
	}
	return cmd
}

func (c *cli) webhookShow() *cobra.Command {
	return c.endpoint("show ID", func(_ context.Context, _ *client.Client, w client.Webhook) error {
		return c.print(w, func(p *page) {
			p.say("webhook.title", "url", w.URL, "id", posada.Brief(w.ID))
			p.say("webhook.for", "name", w.ForName)
			types := p.Text("webhook.everything")
			if len(w.Types) > 0 {
				types = i18n.Terms(p.Printer, "webhook", w.Types)
			}
			p.say("webhook.types", "types", types)
			p.say("webhook.scheme", "scheme", p.Term("scheme", string(w.Scheme)))
			if w.Public != "" {
				p.say("webhook.public", "key", w.Public)
			}
			p.say("webhook.standing", "standing", p.standing(w), "waiting", w.Waiting, "taken", or(moment(w.Taken), p.Text("status.never")))
			if !w.Overlap.IsZero() {
				p.say("webhook.overlap", "at", moment(w.Overlap))
			}
		})
	})
}

func (c *cli) webhookLog() *cobra.Command {
	return c.endpoint("log ID", func(ctx context.Context, node *client.Client, w client.Webhook) error {
		lines, err := node.WebhookLog(ctx, w.ID)
		if err != nil {
			return err
		}
		return c.print(lines, func(p *page) {
			if len(lines) == 0 {
				p.say("webhook.no_log")
				return
			}
			var rows [][]string
			for _, a := range lines {
				rows = append(rows, []string{moment(a.At), p.answered(a), p.Term("webhook_outcome", string(a.Outcome)), p.Term("webhook", string(a.Type)), posada.Brief(a.Event)})
			}
			p.table([]i18n.Key{"column.when", "column.status", "column.outcome", "column.told", "column.event"}, rows)
		})
	})
}

// answered is the status that an endpoint answered with.
func (p *page) answered(a client.WebhookAttempt) string {
	if a.Status == 0 {
		return "-"
	}
	return strconv.Itoa(a.Status)
}

func (c *cli) webhookTest() *cobra.Command {
	return c.endpoint("test ID", func(ctx context.Context, node *client.Client, w client.Webhook) error {
		a, err := node.TestWebhook(ctx, w.ID)
		if err != nil {
			return err
		}
		return c.print(a, func(p *page) {
			p.say("webhook.tested", "outcome", p.Term("webhook_outcome", string(a.Outcome)), "status", p.answered(a))
		})
	})
}

func (c *cli) webhookRotate() *cobra.Command {
	var file string
	cmd := c.endpoint("rotate ID", func(ctx context.Context, node *client.Client, w client.Webhook) error {
		if file == "" {
			return c.needs("--save", "webhook.key")
		}
		if err := c.free(file); err != nil {
			return err
		}
		out, err := node.RotateWebhook(ctx, w.ID)
		return c.saveKey(out, err, file, "webhook.rotated")
	})
	cmd.Flags().StringVar(&file, "save", "", c.Text("flag.webhook_save"))
	return cmd
}

func (c *cli) webhookEnable() *cobra.Command {
	return c.endpoint("enable ID", func(ctx context.Context, node *client.Client, w client.Webhook) error {
		out, err := node.EnableWebhook(ctx, w.ID)
		return c.stands(out, err, "webhook.enabled")
	})
}

func (c *cli) webhookDisable() *cobra.Command {
	return c.endpoint("disable ID", func(ctx context.Context, node *client.Client, w client.Webhook) error {
		out, err := node.DisableWebhook(ctx, w.ID)
		return c.stands(out, err, "webhook.disabled")
	})
}

func (c *cli) stands(w client.Webhook, err error, said i18n.Key) error {
	if err != nil {
		return err
	}
	return c.print(w, func(p *page) { p.say(said, "url", w.URL, "waiting", w.Waiting) })
}

func (c *cli) webhookRemove() *cobra.Command {
	return c.endpoint("remove ID", func(ctx context.Context, node *client.Client, w client.Webhook) error {
		out, err := node.RemoveWebhook(ctx, w.ID)
		if err != nil {
			return err
		}
		return c.print(out, func(p *page) { p.say("webhook.removed", "url", w.URL) })
	})
}

// showWebhooks says in the status that an endpoint is told nothing any more.
func showWebhooks(p *page, s client.Status) {
	if s.WebhooksOff > 0 {
		p.say("status.webhooks_off", "count", s.WebhooksOff)
	}
}
