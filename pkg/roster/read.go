package roster

import (
	"bytes"
	"errors"
	"fmt"
	"slices"

	"github.com/go-json-experiment/json"
	"github.com/go-json-experiment/json/jsontext"

	"github.com/posada-exchange/posada/pkg/jose"
	"github.com/posada-exchange/posada/pkg/posada"
)

// Read reads a snapshot's JSON, strictly, and checks it. That somebody is joining is what a
// node says of them; one that stewards signed so could never come to be active.
func Read(text []byte) (*Roster, error) {
	var s Snapshot
	if err := json.Unmarshal(text, &s, json.RejectUnknownMembers(true)); err != nil {
		return nil, fmt.Errorf("read roster: %w", err)
	}
	if slices.ContainsFunc(s.Agencies, func(a Agency) bool { return a.Standing == posada.StandingJoining }) {
		return nil, fmt.Errorf("%w: no roster says that somebody is joining", ErrInconsistent)
	}
	return New(s)
}

// Write writes a snapshot as JSON a person can read.
func Write(s Snapshot) ([]byte, error) {
	return json.Marshal(s, jsontext.Multiline(true), json.Deterministic(true))
}

// ReadAnnouncements reads announcements of a roster's members, one a line. Those
// of who is no member any more, or has another identity key, are passed over.
func ReadAnnouncements(text []byte, r *Roster) (list []Announcement, err error) {
	for line := range bytes.Lines(text) {
		line = bytes.TrimSpace(line)
		if len(line) == 0 {
			continue
		}
		a, err := r.ReadAnnouncement(line)
		if errors.Is(err, ErrUnknownKey) {
			continue
		}
		if err != nil {
			return nil, fmt.Errorf("announcement %d: %w", len(list)+1, err)
		}
		list = append(list, a)
	}
	return list, nil
}

// ReadAnnouncement reads an announcement of whichever member it is of.
func (r *Roster) ReadAnnouncement(compact []byte) (Announcement, error) {
	u, err := jose.Parse(compact, jose.TypeKeys)
	if err != nil {
		return Announcement{}, fmt.Errorf("read announcement: %w", err)
	}
	id, ok := r.byIdentity[u.KeyID()]
	if !ok {
		return Announcement{}, ErrUnknownKey
	}
	return readAnnouncement(compact, u, r.byID[id], r.snapshot.Network)
}

// Listing is what an agency's own directory says of a member: the name people
// call it by. Shelter addresses are in no directory.
type Listing struct {
	ID   posada.AgencyID `json:"id"`
	Name string          `json:"name"`
}

// Directory is the members' names as this agency knows them.
type Directory []Listing

// ReadDirectory reads a directory's JSON, strictly.
func ReadDirectory(text []byte) (Directory, error) {
	var d Directory
	if err := json.Unmarshal(text, &d, json.RejectUnknownMembers(true)); err != nil {
		return nil, fmt.Errorf("read directory: %w", err)
	}
	return d, nil
}

// WriteDirectory writes a directory as JSON a person can read.
func WriteDirectory(d Directory) ([]byte, error) { return json.Marshal(d, jsontext.Multiline(true)) }

// Name is what a member is called; its id where the directory has no name.
func (d Directory) Name(id posada.AgencyID) string {
	for _, l := range d {
		if l.ID == id {
			return l.Name
		}
	}
	return string(id)
}

// Find finds members by name or by id, exactly.
func (d Directory) Find(name string) (posada.AgencyID, bool) {
	for _, l := range d {
		if l.Name == name || string(l.ID) == name {
			return l.ID, true
		}
	}
	return "", false
}
