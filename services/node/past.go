package node

import (
	"context"
	"errors"
	"slices"
	"time"

	"github.com/posada-exchange/posada/pkg/client"
	"github.com/posada-exchange/posada/pkg/enrol"
	"github.com/posada-exchange/posada/pkg/fault"
	"github.com/posada-exchange/posada/pkg/matrix"
	"github.com/posada-exchange/posada/pkg/posada"
	"github.com/posada-exchange/posada/pkg/roster"
	"github.com/posada-exchange/posada/pkg/trust"
	"github.com/posada-exchange/posada/services/node/gateway"
)

// mostPast is how many editions of a kind are told of: each is fetched once to be held
// against the one before.
const mostPast = 20

// Past is what stewards decided until now.
func (n known) Past(ctx context.Context) (out client.Past, err error) {
	chain, err := n.stewards.Chain(ctx)
	if err != nil {
		return out, err
	}
	k := n.stewards.Knowledge()
	var more bool
	out.Tables, out.Earlier = n.decided(ctx, of(chain, trust.RolePolicy), k.Policy.Running.Version, labelTables)
	out.Members, more = n.decided(ctx, of(chain, trust.RoleRoster), k.Roster.Running.Version, labelRosters)
	out.Earlier = out.Earlier || more
	for _, w := range n.waiting(k) {
		list := out.Tables
		if w.Role == string(trust.RoleRoster) {
			list = out.Members
		}
		for i := range list {
			if list[i].Version == w.Version {
				list[i].Waits = &w
			}
		}
	}
	return out, nil
}

// of are a chain's entries of one role, the newest first.
func of(chain []trust.Entry, role trust.Role) (list []trust.Entry) {
	for i := len(chain) - 1; i >= 0; i-- {
		if chain[i].Role == role {
			list = append(list, chain[i])
		}
	}
	return list
}

// decided tells of the newest entries, each beside the one before it. Where nobody answers
// who could give an old file, the rest has no label: nobody waits for each of them.
func (n known) decided(ctx context.Context, list []trust.Entry, runs uint64, label func(before, after []byte) matrix.Label) (out []client.Decided, more bool) {
	out, away := []client.Decided{}, false
	text := func(e trust.Entry) []byte {
		if away {
			return nil
		}
		text, err := n.stewards.Past(ctx, e)
		away = err != nil && !errors.Is(err, trust.ErrAbsent)
		return text
	}
	var after []byte
	for i, e := range list {
		if i == mostPast {
			return out, true
		}
		d := client.Decided{Version: e.Version, Published: time.Unix(e.Time, 0).UTC(), Digest: e.Digest, Runs: e.Version == runs, First: i == len(list)-1}
		if i == 0 {
			after = text(e)
		}
		if !d.First {
			before := text(list[i+1])
			if before != nil && after != nil {
				d.Label = label(before, after)
			}
			after = before
		}
		out = append(out, d)
	}
	return out, false
}

// labelTables says what a table came to; nothing, of what is no table.
func labelTables(before, after []byte) matrix.Label {
	old, wrong := matrix.Read(before)
	next, err := matrix.Read(after)
	if errors.Join(wrong, err) != nil {
		return ""
	}
	return matrix.Compare(old, next).Label()
}

// labelRosters says the same of a list of members: wider is what waits (trust.Wider).
func labelRosters(before, after []byte) matrix.Label {
	old, wrong := roster.Read(before)
	next, err := roster.Read(after)
	if errors.Join(wrong, err) != nil {
		return ""
	}
	wider, stricter := trust.Wider(old.Snapshot(), next.Snapshot()), trust.Wider(next.Snapshot(), old.Snapshot())
	switch {
	case wider && stricter:
		return matrix.Mixed
	case wider:
		return matrix.Wider
	case stricter:
		return matrix.Stricter
	}
	return matrix.None
}

// PastTable is a table that was signed once, by its number.
func (n known) PastTable(ctx context.Context, version uint64) (out client.PolicyTable, err error) {
	chain, err := n.stewards.Chain(ctx)
	if err != nil {
		return out, err
	}
	for _, e := range of(chain, trust.RolePolicy) {
		if e.Version != version {
			continue
		}
		text, err := n.stewards.Past(ctx, e)
		switch {
		case errors.Is(err, trust.ErrAbsent):
			return out, fault.New(fault.Withheld, fault.NothingThere).Because(err)
		case errors.Is(err, trust.ErrUnreachable):
			return out, fault.New(fault.Unavailable, fault.HubAway).Because(err)
		case err != nil:
			return out, err
		}
		return client.PolicyTable{Version: version, Text: string(text)}, nil
	}
	return out, fault.New(fault.Withheld, fault.NothingThere)
}

// Members are the members as they count now, and what of the list that waits is another for
// each; who joins by it is among them.
func (n known) Members() (list []gateway.Member, err error) {
	now, next, err := n.stewards.Members()
	if err != nil {
		return nil, err
	}
	k := n.stewards.Knowledge()
	brakes := map[posada.AgencyID]time.Time{}
	for _, b := range k.View.Brakes {
		for _, id := range b.Brake.Suspend {
			if until := time.Unix(b.Brake.Until, 0).UTC(); b.Brake.Active(k.View.SignedAt) && until.After(brakes[id]) {
				brakes[id] = until
			}
		}
	}
	for _, a := range now.Agencies {
		list = append(list, gateway.Member{Member: a, Braked: brakes[a.ID]})
	}
	if next == nil {
		return list, nil
	}
	// Whoever joins stands in both, and counts as others do in the second alone.
	now.Agencies = slices.DeleteFunc(slices.Clone(now.Agencies), func(a roster.Agency) bool { return a.Standing == posada.StandingJoining })
	due, _ := k.Roster.Due(k.View.Practice)
	changed := map[posada.AgencyID]client.MemberChange{}
	for _, a := range enrol.Gone(now, *next) {
		changed[a.ID] = client.MemberChange{Kind: "gone", From: due}
	}
	for _, r := range enrol.Rows(now, *next) {
		if r.Change != enrol.ChangeNone {
			changed[r.Agency.ID] = client.MemberChange{Kind: r.Change, Class: r.Agency.Class, Standing: r.Agency.Standing, From: due}
		}
		if r.Change == enrol.ChangeJoins && !slices.ContainsFunc(list, func(m gateway.Member) bool { return m.Member.ID == r.Agency.ID }) {
			list = append(list, gateway.Member{Member: r.Agency})
		}
	}
	for i, m := range list {
		if c, is := changed[m.Member.ID]; is {
			list[i].Change = &c
		}
	}
	return list, nil
}
