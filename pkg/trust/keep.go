package trust

import (
	"bytes"
	"context"
	"fmt"
	"strings"
	"time"

	"github.com/theupdateframework/go-tuf/v2/metadata"
)

// givenBack begins the names, in a client's state, of files that go-tuf does
// not need again and a hub that lost its store would: the registry's name
// follows.
const givenBack = "files/"

// Files is all that the hub served and this client verified, by the registry's
// names, for a hub that lost it (Repository.Restore). None of it is secret.
// ErrAbsent before the first refresh.
func (c *Client) Files(ctx context.Context) (map[string][]byte, error) {
	state, err := c.store.Load(ctx)
	if err != nil {
		return nil, fmt.Errorf("load what was seen: %w", err)
	}
	if s, err := remembered(state, c.pin); err != nil {
		return nil, err
	} else if s == nil {
		return nil, ErrAbsent
	}
	files := map[string][]byte{}
	for name, text := range state {
		if served, err := servedName(name, text); err != nil {
			return nil, err
		} else if served != "" {
			files[served] = text
		}
	}
	return files, nil
}

// servedName is what a registry calls a file of the state; none for what is
// the client's own.
func servedName(name string, text []byte) (string, error) {
	if served, ok := strings.CutPrefix(name, givenBack); ok {
		return served, nil
	}
	kind, file, _ := strings.Cut(name, "/")
	role := Role(strings.TrimSuffix(file, ".json"))
	switch {
	case name == PulseName:
		return name, nil
	case kind == "targets":
		return targetName(role, digest(text)), nil
	case kind == "metadata":
		version, err := versionOf(text)
		return metadataName(role, version), err
	}
	return "", nil
}

// keepFiles chooses what is kept of what was served, beside what go-tuf keeps:
// every root that was passed through, the whole chain, and the documents of
// brakes, those in force and those that were replaced and may still hold. Each
// was verified, or has the hash the snapshot says.
func (r *refresh) keepFiles(root int64, entries []Entry, signedAt time.Time) error {
	for v := int64(1); v <= root; v++ {
		r.keepFile(metadataName(RoleRoot, v))
	}
	pages, err := r.pages(entries)
	if err != nil {
		return err
	}
	for name, meta := range r.snapshotMeta() {
		role := Role(strings.TrimSuffix(name, ".json"))
		if role.brake() && meta != nil {
			r.keepBrake(role, meta)
		}
	}
	for name, page := range pages {
		r.kept[givenBack+name] = page
		lines, err := readPage(page)
		if err != nil {
			return err
		}
		for _, e := range lines {
			// A little longer than anybody asks for it.
			if e.Role.brake() && !ended(time.Unix(e.Time, 0).Add(Tolerance), signedAt) {
				r.keepFile(metadataName(e.Role, int64(e.Version)))
				r.keepFile(targetName(e.Role, e.Digest))
			}
		}
	}
	return nil
}

// keepFile keeps a file that was served now or kept before, if it was.
func (r *refresh) keepFile(name string) {
	text, served := r.src.got[name]
	if !served {
		text, served = r.old[givenBack+name]
	}
	if served {
		r.kept[givenBack+name] = text
	}
}

// keepBrake keeps the document of a brake that stands in the snapshot, though
// its steward left or its document expired: a registry that has the snapshot
// without it would not know what comes next of it. Where the hub has it no
// more, nobody misses it for long.
func (r *refresh) keepBrake(role Role, meta *metadata.MetaFiles) {
	name := metadataName(role, meta.Version)
	if r.keepFile(name); meta.VerifyLengthHashes(r.kept[givenBack+name]) == nil {
		return
	}
	delete(r.kept, givenBack+name)
	if text, err := r.src.get(name, maxMetadata); err == nil && meta.VerifyLengthHashes(text) == nil {
		r.kept[givenBack+name] = text
	}
}

// pages is the chain so far and the entries behind it, as pages.
func (r *refresh) pages(entries []Entry) (map[string][]byte, error) {
	pages := map[string][]byte{}
	for name, text := range r.old {
		if page, ok := strings.CutPrefix(name, givenBack); ok && strings.HasPrefix(page, "chain/") {
			pages[page] = text
		}
	}
	for _, e := range entries {
		line, _, err := e.write()
		if err != nil {
			return nil, err
		}
		name := pageName((e.Index - 1) / perPage)
		pages[name] = append(bytes.Clone(pages[name]), append(line, '\n')...)
	}
	return pages, nil
}

// ended reports whether a brake that was published at a time is over at
// another, whatever it says itself: none lasts longer.
func ended(published, now time.Time) bool { return now.Sub(published) > BrakeLife+Tolerance }
