package town

import (
	"net"
	"testing"
)

// TestAddressesThatWereGivenAreFree, as often as a draw repeats an earlier one:
// half the range at once, and none of them is held.
func TestAddressesThatWereGivenAreFree(t *testing.T) {
	t.Parallel()
	addresses, err := freePorts("127.0.0.1", 3000)
	if err != nil {
		t.Fatal(err)
	}
	seen := map[string]bool{}
	held := 0
	for _, address := range addresses {
		if seen[address] {
			t.Errorf("%s was given twice", address)
		}
		seen[address] = true
		l, err := net.Listen("tcp", address)
		if err != nil {
			held++
			continue
		}
		if err := l.Close(); err != nil {
			t.Error(err)
		}
	}
	// Somebody else on the machine may take one or two meanwhile.
	if held > 10 {
		t.Errorf("%d of %d addresses are held", held, len(addresses))
	}
}

// TestAddressesThatAreTakenAreNotGiven, though nobody listens on them yet.
func TestAddressesThatAreTakenAreNotGiven(t *testing.T) {
	t.Parallel()
	taken, err := freePorts("127.0.0.1", 3000)
	if err != nil {
		t.Fatal(err)
	}
	more, err := freePorts("127.0.0.1", 100, taken...)
	if err != nil {
		t.Fatal(err)
	}
	seen := map[string]bool{}
	for _, address := range taken {
		seen[address] = true
	}
	for _, address := range more {
		if seen[address] {
			t.Errorf("%s was given though it is taken", address)
		}
	}
}
