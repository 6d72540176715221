package node

import (
	"context"
	"strings"

	"github.com/posada-exchange/posada/pkg/run"
	"github.com/posada-exchange/posada/services/console"
)

// pages is what the configuration says of the pages for people.
func (c Config) pages() console.Config {
	return console.Config{Listen: c.Console, Names: strings.Fields(c.ConsoleNames), Cert: c.ConsoleCert, Key: c.ConsoleKey, Neutral: c.ConsoleNeutral}
}

// consoles is the unit that serves the pages, if any are to be. They ask this node's
// API as any other program would: they are in its process and hold nothing of it.
func (n *Node) consoles() []run.Unit {
	if n.config.Console == "" {
		return nil
	}
	return []run.Unit{{Name: "console", Run: func(ctx context.Context, ready func()) error {
		c := n.config.pages()
		zone, err := n.config.Location()
		if err != nil {
			return err
		}
		c.Node, c.Zone = "http://"+n.where.API.String(), zone
		c.Now, c.Random, c.Log = n.parts.Clock, n.parts.Random, n.parts.Log
		pages, err := console.New(c)
		if err != nil {
			return err
		}
		return pages.Run(ctx, func() {
			n.where.Console = pages.At()
			ready()
		})
	}}}
}
