package cases

import (
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"time"

	"github.com/posada-exchange/posada/pkg/fault"
	"github.com/posada-exchange/posada/pkg/handoff"
	"github.com/posada-exchange/posada/pkg/page"
	"github.com/posada-exchange/posada/pkg/posada"
	"github.com/posada-exchange/posada/pkg/vault"
)

// file is a case as it is kept, by its label, under its own key.
type file struct {
	ID       posada.CaseID     `json:"id"`
	Label    string            `json:"label"`
	Key      vault.KeyID       `json:"key"`
	Opened   time.Time         `json:"opened"`
	By       posada.StaffID    `json:"by"`
	Assigned []posada.StaffID  `json:"assigned,omitempty"`
	Excluded []posada.AgencyID `json:"excluded,omitempty"`
	Erasing  time.Time         `json:"erasing,omitzero"` // since then nothing is done in it any more
}

var files = vault.Table[file]{Name: "cases", Version: 3}

func (f file) known() handoff.Case {
	return handoff.Case{ID: f.ID, Label: f.Label, Key: f.Key, Assigned: f.Assigned, Excluded: f.Excluded, Erasing: f.Erasing}
}

// place is where a case stands in a list.
func (f file) place() page.Place { return page.Place{At: f.Opened, ID: string(f.ID)} }

func put(tx *vault.Tx, f file) error { return files.Put(tx, f.Label, f.Key, f) }

func get(tx *vault.Tx, label string) (file, error) {
	f, err := files.Get(tx, label)
	if vault.Gone(err) {
		return file{}, unknown(label)
	}
	return f, err
}

// unknown is what is said of a case that is not there, and of one that somebody
// is not to know of.
func unknown(label string) error {
	return fault.New(fault.Invalid, fault.UnknownCase)
}

// birds are what cases are called by: a bird and a number say nothing of a
// person, can be said on the phone, and are spelt alike in both languages'
// alphabets.
func birds() []string {
	return []string{
		"wren", "heron", "finch", "robin", "plover", "swift", "martin", "osprey", "kestrel", "merlin", "condor", "ibis",
		"curlew", "dunlin", "avocet", "tanager", "oriole", "bunting", "siskin", "linnet", "thrush", "pipit", "lark", "dove",
		"tern", "gannet", "petrel", "puffin", "grebe", "egret", "stork", "crane",
	}
}

// newLabel draws a label no case has. It never names, and never counts.
func newLabel(tx *vault.Tx, random io.Reader) (string, error) {
	for range 1000 {
		var drawn [4]byte
		if _, err := io.ReadFull(random, drawn[:]); err != nil {
			return "", fmt.Errorf("draw a label: %w", err)
		}
		n := binary.BigEndian.Uint32(drawn[:])
		list := birds()
		label := fmt.Sprintf("%s-%d", list[n%uint32(len(list))], 10+n/uint32(len(list))%9990)
		_, err := files.Get(tx, label)
		if errors.Is(err, vault.ErrNotFound) {
			return label, nil
		}
		if err != nil && !errors.Is(err, vault.ErrErased) {
			return "", err
		}
	}
	return "", errors.New("no label is free")
}
