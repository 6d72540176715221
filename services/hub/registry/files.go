package registry

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"strconv"
	"strings"
	"sync"

	"github.com/posada-exchange/posada/pkg/broker"
	"github.com/posada-exchange/posada/pkg/trust"
)

// files are the files of what stewards decided, as a log of batches: each
// batch is one message on the subject registry.files.<number>, so it is written
// whole or not at all, and two registries that write at once cannot both have a
// number. A batch of which nothing counts any more is erased.
type files struct {
	stream *broker.Stream

	mu     sync.Mutex
	last   uint64            // number of the newest batch
	text   map[string][]byte // by name
	in     map[string]uint64 // the batch each name was last written in
	counts map[uint64]int    // how many names count in each batch
	kept   map[uint64]broker.Kept
}

var _ trust.Blobs = (*files)(nil)

// openFiles reads all there is.
func openFiles(ctx context.Context, stream *broker.Stream) (*files, error) {
	f := &files{
		stream: stream, text: map[string][]byte{}, in: map[string]uint64{}, counts: map[uint64]int{}, kept: map[uint64]broker.Kept{},
	}
	return f, f.catchUp(ctx)
}

// catchUp reads the batches behind the newest that is known.
func (f *files) catchUp(ctx context.Context) error {
	batches := map[uint64]map[string][]byte{}
	for place := uint64(0); ; {
		kept, next, err := f.stream.Next(ctx, "registry.files.*", place)
		if errors.Is(err, broker.ErrNoneLeft) {
			break
		}
		if err != nil {
			return err
		}
		place = next
		number, err := strconv.ParseUint(strings.TrimPrefix(kept.Subject, "registry.files."), 10, 64)
		if err != nil || number <= f.last {
			continue
		}
		var batch map[string][]byte
		if err := json.Unmarshal(kept.Body, &batch); err != nil {
			continue // the disk changed it; members have the files
		}
		batches[number] = batch
		kept.Body = nil
		f.kept[number] = kept
	}
	for number := f.last + 1; len(batches) > 0; number++ {
		if batch, ok := batches[number]; ok {
			f.take(number, batch)
			delete(batches, number)
		}
	}
	return nil
}

// take lets a batch count, and gives the batches of which nothing does now.
func (f *files) take(number uint64, batch map[string][]byte) (empty []uint64) {
	f.last = max(f.last, number)
	for name, text := range batch {
		if before, ok := f.in[name]; ok {
			if f.counts[before]--; f.counts[before] == 0 {
				empty = append(empty, before)
				delete(f.counts, before)
			}
		}
		f.text[name], f.in[name] = text, number
		f.counts[number]++
	}
	return empty
}

// Get is a file as it was last written.
func (f *files) Get(_ context.Context, name string) ([]byte, error) {
	f.mu.Lock()
	defer f.mu.Unlock()
	text, ok := f.text[name]
	if !ok {
		return nil, trust.ErrAbsent
	}
	return text, nil
}

// Put writes a batch.
func (f *files) Put(ctx context.Context, batch map[string][]byte) error {
	f.mu.Lock()
	defer f.mu.Unlock()
	text, err := json.Marshal(batch)
	if err != nil {
		return fmt.Errorf("write files: %w", err)
	}
	number := f.last + 1
	subject := "registry.files." + strconv.FormatUint(number, 10)
	if err := f.stream.Put(ctx, subject, text); err != nil {
		// It may be there all the same, or another registry's is.
		return errors.Join(err, f.catchUp(ctx))
	}
	kept, _, err := f.stream.Next(ctx, subject, 0)
	if err != nil {
		return err
	}
	kept.Body = nil
	f.kept[number] = kept
	for _, empty := range f.take(number, batch) {
		if kept, ok := f.kept[empty]; ok {
			// One that stays is erased at no time; it counts for nothing.
			if err := f.stream.Erase(ctx, kept); err == nil {
				delete(f.kept, empty)
			}
		}
	}
	return nil
}
