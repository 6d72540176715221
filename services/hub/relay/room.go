package relay

import (
	"strconv"
	"strings"
	"sync"

	"github.com/posada-exchange/posada/pkg/broker"
	"github.com/posada-exchange/posada/pkg/posada"
)

// around is what an envelope takes on the disk besides itself, in bytes:
// generously, so that a stream is never full before its mailboxes are.
const around = 512

// room gives every mailbox the same part of what its stream keeps. So one that
// is filled takes nothing from the others, and whether there is room tells
// nobody anything of a mailbox it does not itself write to (T12, T15). What
// another relay takes in is not seen before the next count; so each relay stops
// at its own part of a mailbox's room, and all of them together at the whole.
type room struct {
	each      int64 // bytes
	mailboxes int64 // on the stream that has most, once for each relay

	mu    sync.Mutex
	boxes map[posada.MailboxID]*box
}

// box is what is known of one mailbox. Counting one keeps no other waiting.
type box struct {
	mu      sync.Mutex
	counted bool
	// used is no less than what waits: what did when it was counted, and all
	// that was taken since.
	used int64
}

func newRoom(c Config) *room {
	most, on := 1, map[int]int{}
	for _, a := range c.Members.Get().Agencies() {
		shard := int(a.Mailbox[0]) % c.Shards
		on[shard]++
		most = max(most, on[shard])
	}
	return &room{each: c.MaxBytes / int64(most*c.Relays), mailboxes: int64(most * c.Relays), boxes: map[posada.MailboxID]*box{}}
}

// take takes room for an envelope of size bytes. waiting lists the subjects of
// what is there; it is asked when what we know is that it may be full.
func (r *room) take(m posada.MailboxID, size int, waiting func() ([]string, error)) error {
	need := int64(size + around)
	b := r.box(m)
	b.mu.Lock()
	defer b.mu.Unlock()
	if !b.counted || b.used+need > r.each {
		subjects, err := waiting()
		if err != nil {
			return err
		}
		b.counted, b.used = true, 0
		for _, subject := range subjects {
			b.used += around + sizeIn(subject)
		}
	}
	if b.used+need > r.each {
		return broker.ErrFull
	}
	b.used += need
	return nil
}

func (r *room) box(m posada.MailboxID) *box {
	r.mu.Lock()
	defer r.mu.Unlock()
	if r.boxes[m] == nil {
		r.boxes[m] = &box{}
	}
	return r.boxes[m]
}

// sizeIn is the size that stands in a subject.
func sizeIn(subject string) int64 {
	parts := strings.Split(subject, ".")
	if len(parts) != 5 {
		return 0
	}
	size, err := strconv.ParseInt(parts[3], 10, 64)
	if err != nil {
		return 0
	}
	return size
}
