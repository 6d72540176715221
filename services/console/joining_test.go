package console

import (
	"strings"
	"testing"
	"time"

	"github.com/posada-exchange/posada/pkg/client"
	"github.com/posada-exchange/posada/pkg/i18n"
	"github.com/posada-exchange/posada/pkg/posada"
)

// TestAPreviewSaysFromWhenSomethingMayGoToWhoJoinedToday, by the clock at the agency's wall, in
// each language, beside the rule that refuses it.
func TestAPreviewSaysFromWhenSomethingMayGoToWhoJoinedToday(t *testing.T) {
	zone := time.FixedZone("invented", -6*3600)
	since := time.Date(2026, 3, 14, 23, 40, 0, 0, zone)
	for _, l := range i18n.Languages() {
		v := &visit{k: &Console{c: Config{Zone: zone}}, Printer: i18n.For(l)}
		out := client.Preview{
			To:        client.Agency{Name: "Invented Shelter", Joining: &client.Joining{Since: since.UTC(), From: since.Add(24 * time.Hour).UTC()}},
			Uncovered: []client.Uncovered{{Place: "priority", Category: posada.CategoryNeeds, Lacks: []posada.Condition{"G2.joined"}}},
		}
		var p previewPage
		p.fill(v, out)
		for _, want := range []string{"Invented Shelter", v.when(since), v.when(since.Add(24 * time.Hour))} {
			if !strings.Contains(p.Joining, want) {
				t.Errorf("%s: %q is not in %q", l, want, p.Joining)
			}
		}
		if len(p.Not) != 1 || len(p.Not[0].Why) != 1 || p.Not[0].Why[0] != v.Text("rule.G2.joined") {
			t.Errorf("%s: why not is %+v", l, p.Not)
		}
		out.To.Joining = nil
		var of previewPage
		if of.fill(v, out); of.Joining != "" {
			t.Errorf("%s: of who joined long ago it says %q", l, of.Joining)
		}
	}
}
