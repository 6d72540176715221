package story

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"

	"github.com/posada-exchange/posada/pkg/client"
	"github.com/posada-exchange/posada/pkg/posada"
)

// refuses: a cot is offered, he says no, and whoever offered it is told what everybody
// will be.
func (n *night) refuses(ctx context.Context) error {
	n.why = n.c.Printer.Text("story.a.why")
	if _, err := n.asks[cots].Offer(ctx, n.need, client.NewOffer{Place: "cots"}); err != nil {
		return err
	}
	if err := n.stands(ctx, cots, posada.AskedOffers); err != nil {
		return err
	}
	if _, err := n.asks[ngo].RefuseOffer(ctx, n.need, client.NewChoice{Agency: n.name(cots), Why: n.why}); err != nil {
		return err
	}
	if err := n.isClosed(ctx, cots, n.need); err != nil {
		return err
	}
	n.told.fact(n.c.Printer.Text("story.a.why_word"), n.why)
	n.told.fact(n.name(cots), n.c.Printer.Term("placement", string(posada.PlacementClosed)))
	left, err := n.asks[cots].Placement(ctx, n.need)
	return errors.Join(err, must(left.Profile.Gender == "" && len(left.Profile.Services) == 0, "it still has of him %+v", left.Profile))
}

// whyStays looks for the reason in everything that any agency can be shown, and on every
// disk; it is at Casa Girasol, for whoever works with him, and nowhere else.
func (n *night) whyStays(ctx context.Context) error {
	here, err := n.line(ctx, n.name(cots))
	if err != nil {
		return err
	}
	shown, err := n.everything(ctx, ngo)
	if err := errors.Join(err, must(bytes.Contains(shown, []byte(n.why)), "it is not where it should be found")); err != nil {
		return err
	}
	elsewhere, looked := 0, 0
	for key := range n.asks {
		if key == ngo {
			continue
		}
		shown, err = n.everything(ctx, key)
		if err != nil {
			return err
		}
		looked++
		if bytes.Contains(shown, []byte(n.why)) {
			elsewhere++
		}
	}
	files, size, found, err := search(n.Town.Dir, [][]byte{[]byte(n.why)})
	n.told.fact(n.name(ngo), here.Why)
	n.told.fact(n.c.Printer.Text("story.a.others_shown", "agencies", looked), fmt.Sprint(elsewhere))
	n.told.fact(n.c.Printer.Text("story.a.on_disks", "files", files, "kib", size/1024), fmt.Sprint(found))
	return errors.Join(err, must(here.Why == n.why && elsewhere+found == 0 && looked == len(n.Town.Plan.Agencies)-1,
		"at Casa Girasol it is %q; %d other agencies have it, and %d files", here.Why, elsewhere, found))
}

// everything is all that an agency's node shows of needs and referrals.
func (n *night) everything(ctx context.Context, key string) ([]byte, error) {
	asks := n.asks[key]
	placements, err := asks.Placements(ctx, true)
	if err != nil {
		return nil, err
	}
	needs, err := asks.Needs(ctx)
	if err != nil {
		return nil, err
	}
	referrals, err := asks.Referrals(ctx)
	if err != nil {
		return nil, err
	}
	status, err := asks.Status(ctx)
	if err != nil {
		return nil, err
	}
	var out bytes.Buffer
	to := json.NewEncoder(&out)
	to.SetEscapeHTML(false)
	err = errors.Join(to.Encode(placements), to.Encode(needs), to.Encode(referrals), to.Encode(status))
	return out.Bytes(), err
}

// voucher: the fund offers, he chooses, and the room is held.
func (n *night) voucher(ctx context.Context) error {
	if _, err := n.asks[fund].Offer(ctx, n.need, client.NewOffer{Place: "voucher"}); err != nil {
		return err
	}
	if err := n.stands(ctx, fund, posada.AskedOffers); err != nil {
		return err
	}
	if _, err := n.asks[ngo].ChooseOffer(ctx, n.need, client.NewChoice{Agency: n.name(fund)}); err != nil {
		return err
	}
	return n.stands(ctx, fund, posada.AskedHolds)
}

// closed: who offered and was refused, and who never saw it, are told the same and keep
// the same of it. All that who never saw it sent tonight is that letters came.
func (n *night) closed(ctx context.Context) error {
	if err := n.isClosed(ctx, shelter, n.need); err != nil {
		return err
	}
	sizes := map[int]bool{}
	for _, key := range []string{shelter, cots} {
		p, err := n.asks[key].Placement(ctx, n.need)
		if err != nil {
			return err
		}
		size := n.tap.last(n.Town.Members[key].Mailbox)
		sizes[size] = true
		n.told.fact(n.name(key), n.c.Printer.Text("story.a.has", "state", n.c.Printer.Term("placement", string(p.State)), "bytes", size))
	}
	return errors.Join(n.sameBytes(ctx, map[string]posada.NeedID{shelter: n.need, cots: n.need}),
		must(len(sizes) == 1 && n.taps[shelter].count() <= 2, "their letters have %d sizes, and %s sent %d", len(sizes), n.name(shelter), n.taps[shelter].count()))
}

// arrives: he is there, the need is filled, and it is counted.
func (n *night) arrives(ctx context.Context) error {
	if _, err := n.asks[fund].Arrived(ctx, n.need); err != nil {
		return err
	}
	err := eventually(ctx, func() (bool, error) {
		shown, err := n.asks[ngo].Need(ctx, n.need)
		return shown.State == posada.NeedFilled, err
	})
	if err != nil {
		return err
	}
	return n.counted(ctx, map[posada.NeedState]int{posada.NeedFilled: 1})
}

// counted tells how needs ended, and holds it against how they should have.
func (n *night) counted(ctx context.Context, want map[posada.NeedState]int) error {
	counts, err := n.asks[ngo].NeedCounts(ctx)
	if err != nil {
		return err
	}
	got := map[posada.NeedState]int{}
	for _, c := range counts {
		got[c.Ended] = max(got[c.Ended], c.Needs) // a need of two services counts under each
	}
	for _, state := range []posada.NeedState{posada.NeedFilled, posada.NeedNoPlacementFound} {
		n.told.fact(n.c.Printer.Term("need_state", string(state)), fmt.Sprint(got[state]))
		if got[state] != want[state] {
			err = errors.Join(err, must(false, "%d needs ended as %s", got[state], state))
		}
	}
	return err
}

// nobody: another man, another need. The voucher is gone, nobody offers, and that it came
// to nothing is an end that counts.
func (n *night) nobody(ctx context.Context) error {
	preview, err := n.asks[ngo].PreviewNeed(ctx, n.in)
	if err != nil {
		return err
	}
	posted, err := n.asks[ngo].PostNeed(ctx, client.NewPosting{Digest: preview.Digest, Permission: true})
	if err != nil {
		return err
	}
	if err := n.reached(ctx, posted.ID); err != nil {
		return err
	}
	if _, err := n.asks[cots].Decline(ctx, posted.ID, client.NewDecline{Reason: string(posada.DeclineLackOfCapacity)}); err != nil {
		return err
	}
	n.told.fact(n.name(cots), n.c.Printer.Term("reason", string(posada.DeclineLackOfCapacity)))
	for _, key := range []string{shelter, fund} {
		list, err := n.asks[key].Placements(ctx, false)
		if err != nil {
			return err
		}
		for _, p := range list {
			if p.ID == posted.ID {
				return must(false, "%s is shown it, and has no place for him", n.name(key))
			}
		}
		n.told.fact(n.name(key), n.c.Printer.Text("story.a.not_shown"))
	}
	ended, err := n.asks[ngo].EndNeed(ctx, posted.ID, client.NewNeedEnd{How: string(posada.NeedNoPlacementFound)})
	if err != nil {
		return err
	}
	if err := n.isClosed(ctx, cots, posted.ID); err != nil {
		return err
	}
	return errors.Join(must(ended.State == posada.NeedNoPlacementFound, "it ended as %s", ended.State),
		n.sameBytes(ctx, map[string]posada.NeedID{shelter: n.need, cots: posted.ID}),
		n.counted(ctx, map[posada.NeedState]int{posada.NeedFilled: 1, posada.NeedNoPlacementFound: 1}))
}

// heardNothing: the police's own node was on line all night, and a program of theirs
// beside it.
func (n *night) heardNothing(ctx context.Context) error {
	if err := n.spy.triesAll(n.Town.Members); err != nil {
		return err
	}
	placements, err := n.asks[police].Placements(ctx, true)
	if err != nil {
		return err
	}
	referrals, err := n.asks[police].Referrals(ctx)
	if err != nil {
		return err
	}
	written := 0
	for _, t := range n.taps {
		written += len(t.letters(n.Town.Members[police].Mailbox))
	}
	y := n.spy
	y.mu.Lock()
	defer y.mu.Unlock()
	n.told.fact(n.c.Printer.Text("story.a.needs_there"), fmt.Sprint(len(placements)))
	n.told.fact(n.c.Printer.Text("story.a.referrals_there"), fmt.Sprint(len(referrals)))
	n.told.fact(n.c.Printer.Text("story.a.written"), fmt.Sprint(written))
	n.gotNothing()
	return must(len(placements)+len(referrals)+written+len(y.heard) == 0 && y.refused > 0,
		"the police have %d needs, %d referrals and %d letters, heard %d subjects and were refused %d times", len(placements), len(referrals), written, len(y.heard), y.refused)
}
