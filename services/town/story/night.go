package story

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/posada-exchange/posada/pkg/client"
	"github.com/posada-exchange/posada/pkg/fault"
	"github.com/posada-exchange/posada/pkg/i18n"
	"github.com/posada-exchange/posada/pkg/posada"
	"github.com/posada-exchange/posada/services/node"
)

// The agencies of deploy/demo/a/town.yaml that are not in the other story.
const (
	cots    = "mesquite"
	fund    = "puente"
	clinic  = "anacua"
	workers = "jornal"
)

// night is the story of a man whom nobody takes, told on a Story's town.
type night struct {
	*Story
	stolen node.Credentials // of the police
	in     client.NewNeed
	shown  client.NeedPreview
	need   posada.NeedID
	of     string // the case's label
	why    string // what is never to leave Casa Girasol
}

// nightSteps are a need, its end, and what is shared of him afterwards; and a need that
// ends with nothing.
func nightSteps(s *Story) []step {
	n := &night{Story: s}
	return []step{
		{"story.a.network", n.network},
		{"story.listening", n.listening},
		{"story.a.places", n.places},
		{"story.a.read", n.readOut},
		{"story.a.permission", n.permission},
		{"story.a.post", n.post},
		{"story.a.luna", n.neverSees},
		{"story.a.refuse", n.refuses},
		{"story.a.stays", n.whyStays},
		{"story.a.voucher", n.voucher},
		{"story.a.closed", n.closed},
		{"story.a.arrives", n.arrives},
		{"story.a.medical", n.medical},
		{"story.a.wages", n.wages},
		{"story.a.status", n.status},
		{"story.a.nobody", n.nobody},
		{"story.a.heard", n.heardNothing},
	}
}

// network starts all of the town, the police's node too. What they connect with is
// copied before, for a program of their own beside it.
func (n *night) network(ctx context.Context) error {
	laid, err := n.lay()
	if err != nil {
		return err
	}
	if n.stolen, err = laid.Credentials(police, time.Now()); err != nil {
		return err
	}
	return n.start(ctx, laid)
}

func (n *night) listening(context.Context) error { return n.listenAs(n.stolen) }

// places: whom each takes is said to its own node, and to nobody else.
func (n *night) places(ctx context.Context) error {
	for _, key := range []string{shelter, cots, fund} {
		text, err := n.read("place-" + key + ".yaml")
		if err != nil {
			return err
		}
		in, err := client.ReadPlace(text)
		if err != nil {
			return err
		}
		p, err := n.asks[key].DescribePlace(ctx, in)
		if err != nil {
			return err
		}
		whom := n.c.Printer.Text("story.a.anybody")
		if len(in.Genders) > 0 {
			whom = i18n.Terms(n.c.Printer, "gender", p.Genders)
		}
		n.told.fact(n.name(key), fmt.Sprintf("%s · %s · %d", i18n.Terms(n.c.Printer, "service", p.Services), whom, p.Free))
	}
	return n.left(0)
}

// readOut is what is read to him before he is asked: every word, and every agency.
func (n *night) readOut(ctx context.Context) error {
	text, err := n.read("need.yaml")
	if err != nil {
		return err
	}
	if n.in, err = client.ReadNeed(text); err != nil {
		return err
	}
	if n.shown, err = n.asks[ngo].PreviewNeed(ctx, n.in); err != nil {
		return err
	}
	n.profile(n.shown.Profile)
	var asks []string
	for _, a := range n.shown.Asks {
		asks = append(asks, a.Name)
	}
	slices.Sort(asks)
	n.told.fact(n.c.Printer.Text("story.a.would_ask"), strings.Join(asks, ", "))
	want := []string{n.name(shelter), n.name(fund), n.name(cots)}
	return errors.Join(n.left(0), must(n.shown.Digest != "" && slices.Equal(asks, want), "it would be asked of %v, and not of %v", asks, want))
}

// profile tells every word that would be said.
func (n *night) profile(in client.NeedProfile) {
	p := n.c.Printer
	n.told.fact(p.Text("need.how_soon"), p.Term("priority", string(in.Priority)))
	n.told.fact(p.Text("need.looked_for"), i18n.Terms(p, "service", in.Services))
	n.told.fact(p.Term("part", "gender"), p.Term("gender", string(in.Gender)))
	n.told.fact(p.Term("part", "age"), string(in.Age))
	n.told.fact(p.Term("part", "size"), p.Term("size", string(in.Size)))
	n.told.fact(p.Term("part", "exploitation"), p.Term("exploitation", string(in.Exploitation)))
	n.told.fact(p.Term("part", "languages"), i18n.Terms(p, "console.tongue", in.Languages))
}

// permission: without his yes nothing is asked.
func (n *night) permission(ctx context.Context) error {
	_, err := n.asks[ngo].PostNeed(ctx, client.NewPosting{Digest: n.shown.Digest})
	p, ok := errors.AsType[*client.Problem](err)
	if !ok || p.Key != string(fault.NeedPermission) {
		return errors.Join(err, must(false, "it was asked without his permission"))
	}
	n.told.fact(n.name(ngo), p.Title)
	list, err := n.asks[ngo].Needs(ctx)
	return errors.Join(err, n.left(0), must(len(list) == 0, "%d needs were posted", len(list)))
}

// post asks all at once.
func (n *night) post(ctx context.Context) error {
	posted, err := n.asks[ngo].PostNeed(ctx, client.NewPosting{Digest: n.shown.Digest, Permission: true})
	if err != nil {
		return err
	}
	n.need, n.of = posted.ID, posted.Case
	if err := n.reached(ctx, n.need); err != nil {
		return err
	}
	n.told.fact(n.of, n.c.Printer.Text("story.case_word"))
	n.told.fact(n.c.Printer.Text("story.wire"), fmt.Sprint(n.tap.sizes()))
	return n.left(len(n.shown.Asks))
}

// reached returns when the question is at each of the three, and each has signed for it.
func (n *night) reached(ctx context.Context, id posada.NeedID) error {
	return eventually(ctx, func() (bool, error) {
		for _, key := range []string{shelter, cots, fund} {
			if _, err := n.asks[key].Placement(ctx, id); err != nil {
				return false, notThere(err)
			}
		}
		status, err := n.asks[ngo].Status(ctx)
		return status.Waiting+status.AtHub == 0, err
	})
}

// notThere is no error where an agency has not got something yet.
func notThere(err error) error {
	if p, ok := errors.AsType[*client.Problem](err); ok && p.Code == string(fault.Withheld) {
		return nil
	}
	return err
}

// left holds how many letters left Casa Girasol tonight against how many should have.
func (n *night) left(want int) error {
	return must(n.tap.count() == want, "%d letters left, and not %d", n.tap.count(), want)
}

// neverSees: the list of who takes women only is empty, and what leaves it is what every
// computer says of every letter: that it came.
func (n *night) neverSees(ctx context.Context) error {
	list, err := n.asks[shelter].Placements(ctx, false)
	if err != nil {
		return err
	}
	waits, err := n.line(ctx, n.name(shelter))
	receipts := n.taps[shelter].sizes()
	n.told.fact(n.c.Printer.Text("story.a.list"), fmt.Sprint(len(list)))
	n.told.fact(n.c.Printer.Text("story.a.receipts"), fmt.Sprint(len(receipts)))
	n.told.fact(n.c.Printer.Text("story.a.stands"), n.c.Printer.Term("asked", string(waits.State)))
	return errors.Join(err, must(len(list) == 0 && len(receipts) == 1 && waits.State == posada.AskedWaiting && waits.Reason == "",
		"its list has %d needs, it sent %d letters, and stands as %s", len(list), len(receipts), waits.State))
}

// line is where an agency stands that was asked, as Casa Girasol sees it.
func (n *night) line(ctx context.Context, name string) (client.NeedLine, error) {
	shown, err := n.asks[ngo].Need(ctx, n.need)
	for _, l := range shown.Asked {
		if l.Agency.Name == name {
			return l, err
		}
	}
	return client.NeedLine{}, errors.Join(err, must(false, "%s was not asked", name))
}

// stands waits until an agency stands so, and tells it.
func (n *night) stands(ctx context.Context, key string, want posada.AskedState) error {
	err := eventually(ctx, func() (bool, error) {
		l, err := n.line(ctx, n.name(key))
		return l.State == want, err
	})
	n.told.fact(n.name(key), n.c.Printer.Term("asked", string(want)))
	return err
}

// isClosed waits until an agency is told that a need is closed.
func (n *night) isClosed(ctx context.Context, key string, id posada.NeedID) error {
	return eventually(ctx, func() (bool, error) {
		p, err := n.asks[key].Placement(ctx, id)
		return p.State == posada.PlacementClosed, err
	})
}

// keeps is what an agency has of a need that others told it, but for its id and its times:
// which place it offered it said itself.
func (n *night) keeps(ctx context.Context, key string, id posada.NeedID) ([]byte, error) {
	p, err := n.asks[key].Placement(ctx, id)
	if err != nil {
		return nil, err
	}
	p.Place, p.Beds = "", 0
	p.ID, p.Came, p.Until, p.Lasts = "", time.Time{}, time.Time{}, time.Time{}
	return json.Marshal(p)
}

// sameBytes holds what agencies keep of needs that are closed against each other.
func (n *night) sameBytes(ctx context.Context, of map[string]posada.NeedID) error {
	var first []byte
	for key, id := range of {
		kept, err := n.keeps(ctx, key, id)
		if err != nil {
			return err
		}
		if first == nil {
			first = kept
		}
		if !bytes.Equal(first, kept) {
			return must(false, "%s has %s, another %s", key, kept, first)
		}
	}
	return nil
}
