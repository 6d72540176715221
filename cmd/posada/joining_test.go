package main

import (
	"strings"
	"testing"
	"time"

	"github.com/posada-exchange/posada/pkg/client"
	"github.com/posada-exchange/posada/pkg/i18n"
	"github.com/posada-exchange/posada/pkg/posada"
)

// TestWhyNothingGoesToWhoJoinedTodayIsSaid, in each language, with since when it is known and
// from when it may go; and of nobody else.
func TestWhyNothingGoesToWhoJoinedTodayIsSaid(t *testing.T) {
	since := time.Date(2026, 3, 14, 23, 40, 0, 0, time.UTC)
	for _, l := range i18n.Languages() {
		out := client.Preview{
			To:        client.Agency{Name: "Invented Shelter", Class: posada.ClassShelter, Standing: posada.StandingJoining},
			Uncovered: []client.Uncovered{{Place: "priority", Category: posada.CategoryNeeds, Lacks: []posada.Condition{"G2.joined"}}},
		}
		for name, show := range map[string]func(*page){
			"referred":  func(p *page) { showPreview(p, typed{}, client.NewPreview{Purpose: "shelter"}, out) },
			"passed on": func(p *page) { showPassing(p, out) },
		} {
			shown := func() string {
				p := &page{Printer: i18n.For(l)}
				show(p)
				return p.text.String()
			}
			out.To.Joining = nil
			before := shown()
			out.To.Joining = &client.Joining{Since: since, From: since.Add(24 * time.Hour)}
			after := shown()
			for _, want := range []string{moment(since), moment(since.Add(24 * time.Hour))} {
				if strings.Contains(before, want) || !strings.Contains(after, want) {
					t.Errorf("%s, %s, %s: before %v, after %v", l, name, want, strings.Contains(before, want), strings.Contains(after, want))
				}
			}
			if why := i18n.For(l).Text("rule.G2.joined"); why == "rule.G2.joined" || !strings.Contains(after, why) {
				t.Errorf("%s, %s: it is not said why:\n%s", l, name, after)
			}
		}
	}
}
