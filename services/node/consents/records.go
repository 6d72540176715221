package consents

import (
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"time"

	"github.com/posada-exchange/posada/pkg/consent"
	"github.com/posada-exchange/posada/pkg/posada"
	"github.com/posada-exchange/posada/pkg/vault"
)

// file is a case: what its consents and referrals have in common. Everything
// of it is sealed under one key, so that destroying the key destroys it all.
type file struct {
	ID     posada.CaseID      `json:"id"`
	Label  string             `json:"label"`
	Key    vault.KeyID        `json:"key"`
	Secret consent.CaseSecret `json:"secret"`
	Opened time.Time          `json:"opened"`
	// Consents are its records: whoever looks for them reads no other case's.
	Consents []posada.ConsentID `json:"consents"`
}

// records are a case's consents, in the order they were given.
func (f file) records(tx *vault.Tx) ([]consent.Record, error) {
	var list []consent.Record
	for _, id := range f.Consents {
		r, err := records.Get(tx, string(id))
		if err != nil {
			return nil, err
		}
		list = append(list, r)
	}
	return list, nil
}

var (
	cases   = vault.Table[file]{Name: "cases", Version: 1}
	records = vault.Table[consent.Record]{Name: "consents", Version: 1}
)

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
		_, err := cases.Get(tx, label)
		if errors.Is(err, vault.ErrNotFound) {
			return label, nil
		}
		if err != nil && !errors.Is(err, vault.ErrErased) {
			return "", err
		}
	}
	return "", errors.New("no label is free")
}
