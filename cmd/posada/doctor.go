package main

import (
	"context"
	"errors"
	"net"
	"net/url"
	"time"

	"github.com/spf13/cobra"

	"github.com/posada-exchange/posada/pkg/client"
	"github.com/posada-exchange/posada/pkg/i18n"
	"github.com/posada-exchange/posada/services/node"
)

// hubPatience is how long the hub may take to be reached.
const hubPatience = 5 * time.Second

var errUnwell = errors.New("something stops the node")

// doctor looks at the node from outside and says what is wrong and what to type next. It
// changes nothing.
func (c *cli) doctor() *cobra.Command {
	var file string
	cmd := c.command("doctor", "posada")
	cmd.Args = c.exactly(0)
	cmd.Flags().StringVar(&file, "config", "", c.Text("flag.doctor_config"))
	cmd.RunE = func(cmd *cobra.Command, _ []string) error {
		var found []finding
		if file != "" {
			found = append(found, c.examineSettings(cmd.Context(), file)...)
		}
		found = append(found, c.examineNode(cmd.Context())...)
		if err := c.print(found, func(p *page) { p.findings(found) }); err != nil {
			return err
		}
		for _, f := range found {
			if f.State == stateStopped {
				return errUnwell
			}
		}
		return nil
	}
	return cmd
}

// examineSettings looks at what a node was set up with, on the machine it runs on.
func (c *cli) examineSettings(ctx context.Context, file string) []finding {
	settings, err := node.ReadConfig(file, c.env)
	if err == nil {
		c.subject = settings.Vault
		_, err = settings.Load(ctx)
	}
	if err != nil {
		return []finding{c.ill("settings", err)}
	}
	found := []finding{c.well("settings", "file", file)}
	if err := settings.CheckVault(); err != nil {
		found = append(found, c.ill("vault", err))
	} else {
		found = append(found, c.well("vault", "vault", settings.Vault))
	}
	if err := reachable(ctx, settings.Hub); err != nil {
		return append(found, c.found("way", "none", stateStopped, "hub", settings.Hub))
	}
	return append(found, c.well("way", "hub", settings.Hub))
}

// reachable reports whether something listens where the hub is said to be.
func reachable(ctx context.Context, hub string) error {
	at, err := url.Parse(hub)
	if err != nil {
		return err
	}
	dial := net.Dialer{Timeout: hubPatience}
	line, err := dial.DialContext(ctx, "tcp", at.Host)
	if err != nil {
		return err
	}
	return line.Close()
}

// examineNode asks the node how it is. What stops it from saying is what is wrong first.
func (c *cli) examineNode(ctx context.Context) []finding {
	asked, err := c.ask()
	if err != nil {
		return []finding{c.ill("token", err)}
	}
	status, err := asked.Status(ctx)
	if errors.Is(err, client.ErrUnreachable) || errors.Is(err, client.ErrNotANode) {
		return []finding{c.ill("node", err)}
	}
	found := []finding{c.well("node", "node", c.node)}
	if isLocked(err) {
		return append(found, c.ill("lock", err))
	}
	if err != nil {
		return append(found, c.ill("token", err))
	}
	found = append(found, c.well("token", "name", status.Staff, "role", i18n.Terms(c.Printer, "role", status.Roles)))
	return append(found, c.examine(status)...)
}

// examine says of all that a node's status tells of how it is.
func (c *cli) examine(s client.Status) (found []finding) {
	for _, look := range looks() {
		if ill, how, args := look.at(s); ill != "" {
			found = append(found, c.found(look.name, ill, how, args...))
		} else {
			found = append(found, c.well(look.name, args...))
		}
	}
	return found
}

// finding is what was looked at, and what is the matter with it.
type finding struct {
	Check string `json:"check"`
	State state  `json:"state"`
	Text  string `json:"text"`
	Next  string `json:"next,omitempty"`
}

func (c *cli) well(check string, args ...any) finding {
	return c.found(check, "well", stateWell, args...)
}

// found words a finding. What is well asks for nothing.
func (c *cli) found(check, what string, s state, args ...any) finding {
	key := "doctor." + check + "." + what
	f := finding{Check: check, State: s, Text: c.Text(i18n.Key(key), args...)}
	if s != stateWell {
		f.Next = c.Text(i18n.Key(key+".next"), args...)
	}
	return f
}

// ill words a finding that an error brought.
func (c *cli) ill(check string, err error) finding {
	e := c.explain(err)
	return finding{Check: check, State: stateStopped, Text: e.what, Next: e.next}
}

// findings writes what was found, the worst with what to do about it.
func (p *page) findings(found []finding) {
	count := map[state]int{}
	for _, f := range found {
		count[f.State]++
		p.say("doctor.line", "state", p.Text(i18n.Key("doctor.state."+string(f.State))), "text", f.Text)
		if f.Next != "" {
			p.say("doctor.next", "next", f.Next)
		}
	}
	p.line("")
	switch {
	case count[stateStopped] > 0:
		p.say("doctor.stopped", "count", count[stateStopped])
	case count[stateAttention] > 0:
		p.say("doctor.attention", "count", count[stateAttention])
	default:
		p.say("doctor.all_well")
	}
}
