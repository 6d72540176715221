package steward_test

import (
	"bytes"
	"crypto/rand"
	"errors"
	"testing"

	"github.com/posada-exchange/posada/pkg/enrol"
	"github.com/posada-exchange/posada/pkg/posada"
	"github.com/posada-exchange/posada/pkg/steward"
)

const network posada.NetworkID = "nnnnnnnnnnnnnnnnnnnnnnnnna"

func made(t *testing.T) (k steward.Key, public, sealed []byte) {
	t.Helper()
	k, public, sealed, err := steward.New(network, posada.IDFrom[posada.AgencyID]([16]byte{1}), []byte("an invented passphrase"), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	return k, public, sealed
}

func TestAStewardsKeyOpensWithHerPassphrase(t *testing.T) {
	k, public, sealed := made(t)
	back, err := steward.Open(sealed, []byte("an invented passphrase"))
	if err != nil || back.Network != k.Network || back.Agency != k.Agency || !bytes.Equal(back.Private.Seed(), k.Private.Seed()) {
		t.Fatal(err)
	}
	claim, err := enrol.ReadClaim(public)
	if err != nil || claim.Key.ID() != k.Private.Public().ID() || claim.Agency != k.Agency || claim.Network != network {
		t.Fatal(claim, err)
	}
	if same, err := steward.Claim(sealed); err != nil || same.Key.ID() != claim.Key.ID() {
		t.Error(same, err)
	}
	if bytes.Contains(sealed, k.Private.Seed()) {
		t.Error("the key lies open")
	}
	for _, wrong := range []string{"", "an invented passphras", "An invented passphrase"} {
		if _, err := steward.Open(sealed, []byte(wrong)); !errors.Is(err, steward.ErrPassphrase) {
			t.Errorf("%q: %v", wrong, err)
		}
	}
	if _, _, _, err := steward.New(network, k.Agency, nil, rand.Reader); err == nil {
		t.Error("a key without a passphrase was made")
	}
}

// TestNothingOfAStewardsFileCanBeChanged, nor can one key be shown as another's.
func TestNothingOfAStewardsFileCanBeChanged(t *testing.T) {
	_, _, sealed := made(t)
	_, _, other := made(t)
	// Each try stretches a passphrase, so not every byte is tried.
	for i := 0; i < len(sealed)-1; i += 29 {
		changed := bytes.Clone(sealed)
		changed[i] ^= 1
		if _, err := steward.Open(changed, []byte("an invented passphrase")); err == nil {
			t.Errorf("byte %d can be changed", i)
		}
	}
	a, b := bytes.Split(sealed, []byte("\n")), bytes.Split(other, []byte("\n"))
	swapped := bytes.Join([][]byte{a[0], b[1], a[2]}, []byte("\n"))
	if _, err := steward.Open(swapped, []byte("an invented passphrase")); !errors.Is(err, steward.ErrPassphrase) {
		t.Error("under another's claim:", err)
	}
	for _, text := range []string{"", "posada-steward-key/v1", "posada-steward-key/v1\n\n\n"} {
		if _, err := steward.Open([]byte(text), []byte("an invented passphrase")); !errors.Is(err, enrol.ErrMalformed) {
			t.Errorf("%q: %v", text, err)
		}
	}
}
