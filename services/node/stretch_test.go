package node

import (
	"testing"

	"github.com/posada-exchange/posada/pkg/consent"
	"github.com/posada-exchange/posada/pkg/posada"
)

// TestANodeStretchesCodesAsTheExchangeDoes: nothing that a program gives a node, which is what its
// configuration loads, has it leave the work out.
func TestANodeStretchesCodesAsTheExchangeDoes(t *testing.T) {
	code, network := consent.Code{3, 14, 15, 92, 65, 35, 89, 79, 32, 38}, posada.IDFrom[posada.NetworkID]([16]byte{7})
	if New(Defaults(), Parts{}).parts.Stretch(code, network) != code.Secret(network) {
		t.Error("a node makes something else of a code than Argon2id does")
	}
}
