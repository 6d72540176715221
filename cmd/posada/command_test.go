package main

import (
	"os/exec"
	"slices"
	"testing"

	"github.com/posada-exchange/posada/pkg/client"
	"github.com/posada-exchange/posada/pkg/posada"
)

func TestAShellTakesAPrintedWordWhole(t *testing.T) {
	for _, word := range []string{"", "plain", "household_member[2].prs_FirstName", "Refugio Mesquite", "it's", `a"b\c`, "$(rm x)", "ñ;|&*?~", "-o"} {
		got, err := exec.Command("sh", "-c", "printf %s "+quoted(word)).Output()
		if err != nil || string(got) != word {
			t.Errorf("%q came as %q, %v", word, got, err)
		}
	}
}

func TestWhatTheNetworkNeverGivesIsNotAlsoSaidToWantMore(t *testing.T) {
	if got := client.Telling([]posada.Condition{"G3.category", "N1", "N2"}); !slices.Equal(got, []posada.Condition{"G3.category", "N1"}) {
		t.Error(got)
	}
	if got := client.Telling([]posada.Condition{"N2"}); !slices.Equal(got, []posada.Condition{"N2"}) {
		t.Error(got)
	}
}
