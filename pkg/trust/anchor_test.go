package trust_test

import (
	"errors"
	"strings"
	"testing"

	"github.com/posada-exchange/posada/pkg/roster"
	"github.com/posada-exchange/posada/pkg/trust"
)

func anchor() trust.Anchor {
	return trust.Anchor{
		Network: "nnnnnnnnnnnnnnnnnnnnnnnnna", Root: strings.Repeat("0a", 32), Hub: "tls://hub.invented.example:4222", Pins: []roster.Pin{{1}, {2}},
	}
}

func TestAJoinCodeIsReadBackHoweverItWasMailed(t *testing.T) {
	code := must[string](t)(anchor().Code())
	mailed := "  " + code[:40] + "\r\n\t" + code[40:] + "\n"
	got, err := trust.ReadCode(mailed)
	if err != nil || must[string](t)(got.Code()) != code || len(got.Pins) != 2 || got.Hub != anchor().Hub {
		t.Errorf("%+v, %v", got, err)
	}
	text := must[[]byte](t)(trust.WriteAnchor(anchor()))
	if again, err := trust.ReadAnchor(text); err != nil || must[string](t)(again.Code()) != code {
		t.Errorf("%+v, %v", again, err)
	}
}

func TestAJoinCodeThatSaysTooLittleIsRefused(t *testing.T) {
	for name, change := range map[string]func(*trust.Anchor){
		"no network":      func(a *trust.Anchor) { a.Network = "" },
		"no root":         func(a *trust.Anchor) { a.Root = "" },
		"half a root":     func(a *trust.Anchor) { a.Root = a.Root[:32] },
		"no hub":          func(a *trust.Anchor) { a.Hub = "" },
		"a pin twice":     func(a *trust.Anchor) { a.Pins = []roster.Pin{{1}, {1}} },
		"a pin of nobody": func(a *trust.Anchor) { a.Pins = []roster.Pin{{}} },
	} {
		a := anchor()
		change(&a)
		if _, err := a.Code(); !errors.Is(err, trust.ErrMalformed) {
			t.Errorf("%s: %v", name, err)
		}
	}
	code := must[string](t)(anchor().Code())
	for _, wrong := range []string{"", "posada1-", "posada2-" + code[8:], code[:len(code)-4], code + "AAAA", strings.Replace(code, "e", "!", 1)} {
		if _, err := trust.ReadCode(wrong); !errors.Is(err, trust.ErrMalformed) {
			t.Errorf("%.20q: %v", wrong, err)
		}
	}
}
