package main

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"slices"
	"strings"
	"time"

	"github.com/posada-exchange/posada/pkg/client"
	"github.com/posada-exchange/posada/pkg/freetext"
	"github.com/posada-exchange/posada/pkg/htcds"
	"github.com/posada-exchange/posada/pkg/i18n"
	"github.com/posada-exchange/posada/pkg/posada"
)

// mostQuoted is how many things of one kind are quoted in a warning.
const mostQuoted = 4

var errPointsAt = errors.New("a note seems to point at somebody")

// sheltersBut is what is known beside what is typed for an agency: what other shelters than
// that one are called.
func sheltersBut(ctx context.Context, node *client.Client, to posada.AgencyID) (freetext.Known, error) {
	list, err := node.Agencies(ctx)
	if err != nil {
		return freetext.Known{}, err
	}
	return freetext.Known{Shelters: freetext.Shelters(client.SheltersBut(list, to)...), Today: time.Now()}, nil
}

// noteMayGo holds a note for the other side of a referral against what points at somebody,
// before it leaves this program. What was found is said on the terminal, and nothing was
// sent, unless whoever typed it said to send it anyway.
func (c *cli) noteMayGo(ctx context.Context, node *client.Client, id posada.ReferralID, note string, anyway bool) error {
	if note == "" || anyway {
		return nil
	}
	shown, err := node.Referral(ctx, id)
	if err != nil {
		return err
	}
	known, err := sheltersBut(ctx, node, shown.Peer.ID)
	if err != nil {
		return err
	}
	warnings, err := freetext.Warn(note, known)
	if err != nil || len(warnings) == 0 {
		return nil // too long to be searched is too long to be sent, which the node says
	}
	p := &page{Printer: c.Printer}
	p.say("freetext.heading")
	p.warnings(warnings)
	fmt.Fprint(c.err, p.text.String())
	return errPointsAt
}

// warnOfRecords says, beside a preview, what in its fields seems to point at somebody where
// the field is not for it. It stops nothing: a preview is to be read.
func (c *cli) warnOfRecords(ctx context.Context, node *client.Client, in client.NewPreview, to posada.AgencyID) error {
	known, err := sheltersBut(ctx, node, to)
	if err != nil {
		return err
	}
	p := &page{Printer: c.Printer}
	for _, record := range in.Records {
		for _, name := range slices.Sorted(maps.Keys(record.Fields)) {
			f, err := htcds.Lookup(htcds.Role(record.Role), name)
			if err != nil {
				continue // the node has said that there is none
			}
			warnings, err := freetext.WarnIn(f, record.Fields[name], known)
			if err != nil || len(warnings) == 0 {
				continue
			}
			if p.text.Len() == 0 {
				p.heading("freetext.heading")
			}
			p.say("freetext.in", "field", record.Role+"."+name)
			p.warnings(warnings)
		}
	}
	if p.text.Len() > 0 {
		p.say("freetext.some")
	}
	_, err = fmt.Fprint(c.err, p.text.String())
	return err
}

// warnings writes what was found, and why it is taken for that.
func (p *page) warnings(list []freetext.Warning) {
	for _, w := range list {
		var quoted []string
		for _, find := range w.Finds[:min(mostQuoted, len(w.Finds))] {
			quoted = append(quoted, p.Text("freetext.quoted", "text", find))
		}
		if more := len(w.Finds) - len(quoted); more > 0 {
			quoted = append(quoted, p.Text("freetext.more", "count", more))
		}
		p.say("freetext.line", "kind", p.Term("freetext.kind", string(w.Kind)), "finds", strings.Join(quoted, ", "), "why", p.Text(i18n.Key("freetext.why."+string(w.Why))))
	}
}
