package post

import (
	"errors"
	"fmt"
	"slices"
	"time"

	"github.com/posada-exchange/posada/pkg/event"
	"github.com/posada-exchange/posada/pkg/jose"
	"github.com/posada-exchange/posada/pkg/obs"
	"github.com/posada-exchange/posada/pkg/posada"
	"github.com/posada-exchange/posada/pkg/trust"
	"github.com/posada-exchange/posada/pkg/vault"
)

// peer is what is known of the two sequences between us and another agency.
type peer struct {
	OutSeq  uint64         `json:"out_seq"` // the last place we gave
	OutLast posada.EventID `json:"out_last,omitempty"`
	InSeq   uint64         `json:"in_seq"` // the highest place we saw
	InLast  posada.EventID `json:"in_last,omitempty"`
	Missing []uint64       `json:"missing,omitempty"` // places below it that have not come
	// Identity is the key the agency had when it last said something: with another
	// one its sequence begins anew, for its node was lost and knows of none.
	Identity jose.KeyID `json:"identity,omitzero"`
	// Anew is when that was seen here: of what it shared before, what took it back may be
	// what its lost node said and never came.
	Anew  time.Time        `json:"anew,omitzero"`
	Held  []posada.EventID `json:"held,omitempty"`  // what of theirs is held
	Bytes int              `json:"bytes,omitempty"` // that takes

	// Fresh is the time up to which everything it said to us came: no statement of
	// before it is missing. It is its sender's time, and never later than it was here.
	Fresh time.Time `json:"fresh,omitzero"`
	// Newest is the latest time at which its sequence went no further than InSeq.
	Newest time.Time `json:"newest,omitzero"`
	// Placed is a time by which it had given the place InSeq: its envelope was sealed.
	Placed time.Time `json:"placed,omitzero"`
	// Ahead is what it said last of a sequence that goes further than InSeq.
	Ahead ahead `json:"ahead,omitzero"`
	// Beyond is a place below which more is missing than is counted, until its sender has
	// our receipts for all of that.
	Beyond uint64 `json:"beyond,omitzero"`
	// Broken is set when its sequence contradicts the one we saw. Nobody knows then what
	// did not come.
	Broken bool `json:"broken,omitzero"`
	// Behind is set when it has our receipt of what is not here: this node's store is one
	// of before, and nobody knows what else it forgot.
	Behind bool `json:"behind,omitzero"`
	// Joined is set when it is known what of its sequence the node receipted that
	// this one took the place of (Config.Again).
	Joined bool `json:"joined,omitzero"`
	// JoinedTo is the place up to which that one receipted all: what was said to it again
	// meanwhile may still come.
	JoinedTo uint64 `json:"joined_to,omitzero"`

	Heard    time.Time      `json:"heard,omitzero"`    // when it last said something, by our clock
	Kept     time.Time      `json:"kept,omitzero"`     // when it was last told that we are there
	Alive    posada.EventID `json:"alive,omitzero"`    // the last event that did; it may wait in the outbox
	Asked    time.Time      `json:"asked,omitzero"`    // when we last asked it the same
	Owes     bool           `json:"owes,omitzero"`     // it asked that, and we owe an answer
	Answered time.Time      `json:"answered,omitzero"` // when we last answered it that
}

// ahead is how far a sequence went at a time.
type ahead struct {
	Seq uint64    `json:"seq"`
	At  time.Time `json:"at"`
}

func peerOf(tx *vault.Tx, id posada.AgencyID) (peer, error) {
	p, err := peers.Get(tx, string(id))
	if err != nil && !errors.Is(err, vault.ErrNotFound) {
		return peer{}, fmt.Errorf("peer: %w", err)
	}
	return p, nil
}

// give gives an event the next place in the sequence to an agency, if its type has one.
func give(tx *vault.Tx, to posada.AgencyID, e event.Event) (event.Place, error) {
	if !e.Type().Sequenced() {
		return event.Place{}, nil
	}
	other, err := peerOf(tx, to)
	if err != nil {
		return event.Place{}, err
	}
	at := event.Place{Seq: other.OutSeq + 1, Prev: other.OutLast}
	other.OutSeq, other.OutLast = at.Seq, e.ID()
	return at, peers.Put(tx, string(to), vault.KeyID{}, other)
}

// maxMissing is how many missing places of one sender are counted.
const maxMissing = 1024

// clocks is how far a member's clock may be wrong before it is said that its store is
// one of before.
const clocks = 10 * time.Minute

// speaks begins a sequence anew where its sender has another identity key.
func (o *peer) speaks(key jose.KeyID, now time.Time) {
	if key == o.Identity {
		return
	}
	if o.Identity != "" {
		o.Anew = now.UTC()
		o.InSeq, o.InLast, o.Missing = 0, "", nil
		o.Fresh, o.Newest, o.Placed, o.Ahead = time.Time{}, time.Time{}, time.Time{}, ahead{}
		o.Beyond, o.Broken, o.Behind, o.Joined, o.JoinedTo = 0, false, false, false, 0
	}
	o.Identity = key
}

// statement notes the place of a statement that was sealed then, seen for the first time.
// It reports whether it goes on from what we saw, and how many places before it are
// missing.
func (o *peer) statement(s event.Statement, sealed, now time.Time, again bool) (continues bool, skipped int) {
	at, seq := s.Place(), s.Place().Seq
	if o.InSeq == 0 && again && !o.Joined {
		o.InSeq, o.InLast = seq-1, at.Prev
	}
	continues = true
	switch {
	case seq > o.InSeq:
		continues = seq > o.InSeq+1 || at.Prev == o.InLast || o.InSeq > 0 && o.InLast == ""
		for missing := o.InSeq + 1; missing < seq && len(o.Missing) < maxMissing; missing++ {
			o.Missing = append(o.Missing, missing)
		}
		skipped = int(min(seq-o.InSeq-1, maxMissing))
		if skipped > 0 && len(o.Missing) == maxMissing {
			o.Beyond = seq
		}
		o.Broken = o.Broken || !continues
		o.InSeq, o.InLast, o.Placed = seq, s.ID(), sealed
	case slices.Contains(o.Missing, seq):
		o.Missing = slices.DeleteFunc(o.Missing, func(m uint64) bool { return m == seq })
	default:
		// Something else had its place, or came to a node that was lost, or it was one too
		// many to be counted.
		continues = seq < o.Beyond || again && (!o.Joined || seq <= o.JoinedTo)
		o.Broken = o.Broken || !continues
	}
	// A void says when something was stopped, not when its place was given: there
	// may have been others by then.
	if s.Type() != event.TypeVoid {
		o.Newest = later(o.Newest, minTime(s.Time(), sealed), now)
	}
	o.known(now, again)
	return continues, skipped
}

// reach notes how far its sender says that its sequence goes. It reports whether
// that fits what we saw.
func (o *peer) reach(r event.Reach, at, now time.Time, again bool) (continues bool) {
	continues = true
	if again {
		o.join(r, at)
	} else if o.forgot(r) {
		continues, o.Behind = false, true
	}
	if receipted(r)+1 >= o.Beyond {
		o.Beyond = 0
	}
	switch {
	case r.Seq > o.InSeq:
		if r.Seq > o.Ahead.Seq || r.Seq == o.Ahead.Seq && at.After(o.Ahead.At) {
			o.Ahead = ahead{Seq: r.Seq, At: at}
		}
	case r.Seq < o.InSeq:
		// It was made before what we saw, and tells nothing of now; or its sender's store
		// is one of before.
		if !o.Placed.IsZero() && at.After(o.Placed.Add(clocks)) {
			continues, o.Broken = false, true
		}
	case r.Last == o.InLast || o.InSeq > 0 && o.InLast == "":
		o.InLast, o.Newest = r.Last, later(o.Newest, at, now)
	default:
		continues, o.Broken = false, true
	}
	o.known(now, again)
	return continues
}

// receipted is the place up to which the sender of a keep-alive has a receipt for each.
func receipted(r event.Reach) uint64 {
	if r.Open > 0 {
		return r.Open - 1
	}
	return r.Seq
}

// forgot reports whether its sender has our receipts for something that is not here:
// nothing is receipted but with what notes it.
func (o *peer) forgot(r event.Reach) bool {
	to := receipted(r)
	return to > o.InSeq || slices.ContainsFunc(o.Missing, func(m uint64) bool { return m <= to })
}

// believed reports whether what is known of its sequence means anything.
func (o *peer) believed() bool { return !o.Broken && !o.Behind }

// join notes what the node receipted that this one took the place of: what its
// sender has receipts for is not missing here. Where to begin it learns only of a
// sequence of which nothing beyond that has come: which places came out of turn
// before that, nobody noted.
func (o *peer) join(r event.Reach, at time.Time) {
	to, last := receipted(r), r.Last
	if r.Open > 0 {
		last = ""
	}
	if !o.Joined && to < o.InSeq {
		return
	}
	if !o.Joined {
		o.Joined, o.Broken, o.JoinedTo = true, false, to
	}
	if to > o.InSeq {
		o.JoinedTo, o.InSeq, o.InLast, o.Placed = to, to, last, at
	}
	o.Missing = slices.DeleteFunc(o.Missing, func(m uint64) bool { return m <= to })
}

// known moves Fresh on to what is known without a gap.
func (o *peer) known(now time.Time, again bool) {
	if o.Ahead.Seq > 0 && o.InSeq >= o.Ahead.Seq {
		o.Newest, o.Ahead = later(o.Newest, o.Ahead.At, now), ahead{}
	}
	if len(o.Missing) == 0 && o.Beyond == 0 && o.believed() && (!again || o.Joined) {
		to := o.Newest
		if o.Ahead.Seq > 0 { // by then there was more, whatever its clock said before
			to = minTime(to, o.Ahead.At)
		}
		o.Fresh = later(o.Fresh, to, now)
	}
}

// later is the later of two times, the other one counted as now where it is later
// than that.
func later(known, other, now time.Time) time.Time {
	if other = minTime(other, now.UTC()); other.After(known) {
		return other
	}
	return known
}

// missing counts the places that have not come.
func (o *peer) missing() int {
	n := len(o.Missing)
	if o.Beyond > 0 {
		n = max(n, 1) // and nobody counts which
	}
	if o.Ahead.Seq > o.InSeq {
		n += int(min(o.Ahead.Seq-o.InSeq, maxMissing))
	}
	return n
}

// Freshness is how old the time is up to which everything an agency said to us came:
// whether a grant of its can have been taken back since, and we do not know.
func (p *Post) Freshness(tx *vault.Tx, from posada.AgencyID) (posada.Staleness, error) {
	other, err := peerOf(tx, from)
	if err != nil || other.Identity != identityOf(p.c.Members.Get(), from) {
		return posada.StalenessStale, err
	}
	heard := trust.Fresh(other.Fresh, p.c.Now())
	switch {
	case !other.believed():
		return posada.StalenessStale, nil
	case heard == posada.StalenessLive && other.missing() > 0:
		return posada.StalenessFresh, nil // what is missing may take it back
	}
	return heard, nil
}

// Vouches is the same for what an agency shared that came at a time: of before its
// sequence began anew nobody knows what is missing.
func (p *Post) Vouches(tx *vault.Tx, from posada.AgencyID, came time.Time) (posada.Staleness, error) {
	other, err := peerOf(tx, from)
	if err != nil || came.Before(other.Anew) {
		return posada.StalenessStale, err
	}
	return p.Freshness(tx, from)
}

// place notes a statement's place in its sender's sequence. A gap is counted
// and told of; it never refuses anything. It reports whether its sender is known up
// to a later time.
func (p *Post) place(tx *vault.Tx, from posada.AgencyID, s event.Statement, sealed time.Time) (nearer bool, err error) {
	return p.hears(tx, from, func(other *peer) error {
		continues, skipped := other.statement(s, sealed, p.c.Now(), p.c.Again)
		if !continues {
			p.c.Log.Alarm("a sender's sequence does not continue the one we saw", obs.EventID(s.ID()))
		}
		if skipped > 0 {
			p.c.Log.Alarm("statements are missing from a sender's sequence", obs.Count(skipped))
		}
		return nil
	})
}

// hears notes something another agency said, and reports whether it is known up to
// a later time.
func (p *Post) hears(tx *vault.Tx, from posada.AgencyID, note func(*peer) error) (nearer bool, err error) {
	other, err := peerOf(tx, from)
	if err != nil {
		return false, err
	}
	before := other.Fresh
	other.Heard = p.c.Now().UTC()
	other.speaks(identityOf(p.c.Members.Get(), from), p.c.Now())
	if err := note(&other); err != nil {
		return false, err
	}
	return other.Fresh.After(before), peers.Put(tx, string(from), vault.KeyID{}, other)
}
