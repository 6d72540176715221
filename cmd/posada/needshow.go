package main

import (
	"slices"
	"strings"

	"github.com/posada-exchange/posada/pkg/client"
	"github.com/posada-exchange/posada/pkg/i18n"
	"github.com/posada-exchange/posada/pkg/need"
	"github.com/posada-exchange/posada/pkg/posada"
)

// showNeed writes a need and where each agency stands that was asked. What has not left
// comes first: nobody is to wait for an answer to it.
func showNeed(p *page, n client.Need) {
	if n.NotSent {
		p.notSent(n)
	}
	p.say("need.title", "id", posada.Brief(n.ID), "case", n.Case, "state", p.Term("need_state", string(n.State)))
	if n.State.Over() {
		p.say("need.was_asked", "posted", moment(n.Posted))
	} else {
		p.say("need.asked_until", "posted", moment(n.Posted), "until", moment(n.Until))
	}
	if n.Anew != "" {
		p.say("need.anew", "id", posada.Brief(n.Anew))
	}
	if !n.Hers {
		p.say("need.not_hers")
	}
	p.silence(n)
	if n.Note != "" {
		p.say("need.note", "note", n.Note)
	}
	p.line("")
	var rows [][]string
	for _, l := range n.Asked {
		why := p.termOf("reason", string(l.Reason))
		if l.Why != "" {
			why = p.Text("need.why", "why", l.Why)
		}
		by := ""
		if l.Phoned {
			by = p.Text("need.phoned")
		}
		rows = append(rows, []string{l.Agency.Name, p.Term("asked", string(l.State)), moment(l.Until), by, why})
	}
	p.table([]i18n.Key{"column.agency", "column.stands", "column.until", "column.how", "column.why"}, rows)
	p.heading("need.told")
	p.profile(n.Profile)
	if n.Hers && !n.State.Over() {
		p.needNext(n)
	}
}

// silence says what is due where nobody offers, as it is typed, and what follows.
func (p *page) silence(n client.Need) {
	if n.Silence == nil || n.NotSent {
		return
	}
	if s := n.Silence; s.Step != "" {
		p.say(i18n.Key("need.silence."+string(s.Step)), "since", moment(s.Since))
	}
	again := []string{"need", "preview", "--instead", posada.Brief(n.ID)}
	switch n.Silence.Step {
	case posada.SilenceWiderRegion:
		p.line("  " + command(append(again, "--"+leaveOut, string(need.PartRegion))...))
	case posada.SilenceVoucherFund:
		services := append(slices.Clone(n.Profile.Services), posada.ServiceHotelVoucher)
		p.line("  " + command(append(again, "--service", strings.Join(posada.Texts(services), ","))...))
	}
	if s := n.Silence; s.Next != "" {
		p.say("need.silence.next", "at", moment(s.At), "next", p.Term("silence", string(s.Next)))
	}
}

// notSent says to take up the telephone, and names all that were to be asked: of none
// it is known whether it will hear of this in time.
func (p *page) notSent(n client.Need) {
	p.say("need.not_sent")
	for _, l := range n.Asked {
		p.line("  " + reached(l.Agency))
	}
	for _, a := range n.Call {
		p.line("  " + reached(a))
	}
	p.say("need.not_sent_record")
	p.line("  " + command("need", "call", posada.Brief(n.ID), p.Text("arg.AGENCY"), "--answer") + " " + p.Text("arg.ANSWER"))
	p.line("")
}

// reached is an agency's name and its numbers, where they are known.
func reached(a client.Agency) string {
	if a.Phone == "" {
		return a.Name
	}
	return a.Name + ": " + a.Phone
}

// needNext writes what can be done next, as it is typed.
func (p *page) needNext(n client.Need) {
	id := posada.Brief(n.ID)
	p.next("need.next")
	open := false
	for _, l := range n.Asked {
		switch {
		case l.State == posada.AskedOffers:
			open = true
			p.line("  " + command("need", "choose", id, l.Agency.Name))
			p.line("  " + command("need", "refuse", id, l.Agency.Name, "--why") + " " + p.Text("arg.WHY"))
		case l.State == posada.AskedChosen && l.Phoned:
			p.line("  " + command("need", "call", id, l.Agency.Name, "--answer", "held"))
			p.line("  " + command("need", "call", id, l.Agency.Name, "--answer", "gone"))
		case l.State == posada.AskedChosen:
			p.say("need.wait_for", "agency", l.Agency.Name)
		case l.State == posada.AskedHolds:
			p.say("need.held_by", "agency", l.Agency.Name, "until", moment(l.Until))
			if l.Meet != "" {
				p.say("need.meet", "how", p.Term("meet", string(l.Meet)))
			}
			p.line("  " + command("need", "end", id, string(posada.NeedFilled)))
			return
		}
	}
	if !open {
		p.line("  " + command("need", "call", id, p.Text("arg.AGENCY"), "--answer") + " " + p.Text("arg.ANSWER"))
	}
	p.line("  " + command("need", "end", id, string(posada.NeedNoPlacementFound)))
}
