package main

import (
	"strconv"
	"strings"

	"github.com/spf13/cobra"

	"github.com/posada-exchange/posada/pkg/client"
	"github.com/posada-exchange/posada/pkg/i18n"
	"github.com/posada-exchange/posada/pkg/posada"
)

func (c *cli) status() *cobra.Command {
	var members bool
	cmd := c.command("status", "posada")
	cmd.Args = c.exactly(0)
	cmd.Flags().BoolVar(&members, "members", false, c.Text("flag.members"))
	cmd.RunE = func(cmd *cobra.Command, _ []string) error {
		node, err := c.ask()
		if err != nil {
			return err
		}
		if members {
			list, err := node.Agencies(cmd.Context())
			if err != nil {
				return err
			}
			return c.print(list, func(p *page) { showMembers(p, list) })
		}
		s, err := node.Status(cmd.Context())
		if err != nil {
			return err
		}
		return c.print(s, func(p *page) { showStatus(p, s) })
	}
	return cmd
}

func showMembers(p *page, list []client.Agency) {
	var rows [][]string
	for _, a := range list {
		rows = append(rows, []string{a.Name, p.Term("class", string(a.Class)), p.Term("standing", string(a.Standing))})
	}
	p.table([]i18n.Key{"column.agency", "column.class", "column.standing"}, rows)
}

func showStatus(p *page, s client.Status) {
	p.practice(s.Knows.Practice)
	p.say("status.title", "agency", s.Agency.Name, "class", or(p.Term("class", string(s.Agency.Class)), p.Text("status.no_class")))
	p.say("status.you", "name", s.Staff, "role", i18n.Terms(p.Printer, "role", s.Roles))
	hub := p.Text("status.connected")
	if s.Hub != "connected" {
		hub = p.Text("status.away")
	}
	p.say("status.hub", "hub", hub, "heard", or(moment(s.Heard), p.Text("status.never")))
	showKnows(p, s.Knows)
	p.say("status.waiting", "waiting", s.Waiting, "at_hub", s.AtHub)
	whole := p.Text("status.whole")
	if !s.Audit.Whole {
		whole = p.Text("status.broken")
	}
	p.say("status.audit", "entries", s.Audit.Entries, "whole", whole)
	p.say("status.policy", "roster", s.Roster, "policy", s.Policy, "digest", s.Digest[:16])
	if s.Missing > 0 {
		p.say("status.missing", "count", s.Missing)
	}
	for _, d := range s.Doubted {
		key := i18n.Key("status.doubted")
		if d.Ours {
			key = "status.behind"
		}
		p.say(key, "agency", d.Agency.Name)
	}
	if s.Due > 0 {
		p.say("status.due", "count", s.Due)
	}
	if s.Unconfirmed > 0 {
		p.say("status.unconfirmed", "count", s.Unconfirmed)
	}
	if s.Tell > 0 {
		p.say("status.tell", "count", s.Tell)
	}
	showPolicies(p, s)
	showAsked(p, s)
	showOnCall(p, s)
	showWebhooks(p, s)
	showHandedIn(p, s.HandedIn)
	if len(s.Quarantined) == 0 {
		return
	}
	var rows [][]string
	all := 0
	for _, q := range s.Quarantined {
		from := p.Text("status.not_authentic")
		if q.From != nil {
			from = q.From.Name
		}
		all += q.Count
		rows = append(rows, []string{strconv.Itoa(q.Count) + " ×", moment(q.At), from, p.Term("aside", q.Code)})
	}
	p.heading("status.quarantined", "count", all)
	p.table(nil, rows)
}

// showPolicies says what of another policy is at work here, or would be.
func showPolicies(p *page, s client.Status) {
	if s.OwnCells > 0 {
		p.say("status.own_cells", "count", s.OwnCells)
	}
	if b := s.Beside; b != nil {
		p.say("status.beside", "version", b.Version, "differ", b.Differ, "decisions", b.Decisions)
		if b.Failed > 0 {
			p.say("status.beside_failed", "count", b.Failed)
		}
	}
}

// showAsked says what was asked, of referrals and of needs, and waits for somebody.
func showAsked(p *page, s client.Status) {
	if s.ToAnswer > 0 {
		p.say("status.to_answer", "count", s.ToAnswer)
	}
	if s.Awaited > 0 {
		p.say("status.awaited", "count", s.Awaited)
	}
	if s.NotSent > 0 {
		p.say("status.not_sent", "count", s.NotSent)
	}
	if s.Silent > 0 {
		p.say("status.silent", "count", s.Silent)
	}
	if s.Offers > 0 {
		p.say("status.offers", "count", s.Offers)
	}
	if s.Placements > 0 {
		p.say("status.placements", "count", s.Placements)
	}
}

// showKnows says how well the node knows its network, above all where that
// stops it.
func showKnows(p *page, k client.Knows) {
	if k.SignedAt.IsZero() {
		p.say("status.never_joined")
		return
	}
	if !k.Member {
		p.say("status.not_member")
	}
	if k.Clock != nil {
		p.say("status.clock", "machine", moment(k.Clock.Machine), "at_least", moment(k.Clock.AtLeast), "signed", or(moment(k.Clock.Signed), p.Text("status.never")))
	}
	if k.Frozen != nil {
		p.say("status.frozen", "agency", k.Frozen.Name)
	}
	if k.Clock == nil && k.Frozen == nil && k.Age == posada.StalenessStale {
		p.say("status.stale", "signed", or(moment(k.SignedAt), p.Text("status.never")))
	}
	if k.NotOurs {
		p.say("status.not_ours")
	}
	for _, h := range k.Held {
		var names []string
		for _, a := range h.Agencies {
			names = append(names, or(a.Name, string(a.ID)))
		}
		p.say(i18n.Key("status.held_"+h.Role), "version", h.Version, "agencies", strings.Join(names, ", "))
	}
	for _, w := range k.Waiting {
		p.say("status.decided", "what", p.Text(i18n.Key("status.decided_"+w.Role)), "version", w.Version, "from", moment(w.From))
	}
}

// showHandedIn says what of the work that a locked node kept was not done.
func showHandedIn(p *page, h client.HandedIn) {
	if h.Waiting > 0 {
		p.say("status.handed_in_waiting", "count", h.Waiting)
	}
	if len(h.Refused) == 0 {
		return
	}
	var rows [][]string
	all := 0
	for _, r := range h.Refused {
		all += r.Count
		rows = append(rows, []string{strconv.Itoa(r.Count) + " ×", moment(r.At), p.Term("handed_in", r.Code), r.Key})
	}
	p.heading("status.handed_in", "count", all)
	p.table(nil, rows)
}
