package town_test

import (
	"encoding/json"
	"fmt"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/posada-exchange/posada/pkg/client"
	"github.com/posada-exchange/posada/services/town"
)

// grows are the lists that are asked for a part at a time, and a node where each is long.
func grows() map[string]string {
	return map[string]string{"list-cases": "ngo", "list-consents": "ngo", "list-referrals": "ngo", "list-needs": "ngo", "list-imports": "ngo", "list-placements": "shelter"}
}

// part asks for a part of a list, and says where the next one is.
func (p *play) part(node, operation, query string) (rows []any, next string, got answered) {
	p.t.Helper()
	op := p.operation(p.t, operation)
	got = p.asks(p.t, p.w.API(node), p.tokens[node], op, "", "", func(r *http.Request) { r.URL.RawQuery = query })
	if got.status != http.StatusOK {
		return nil, "", got
	}
	if err := json.Unmarshal([]byte(got.body), &rows); err != nil {
		p.t.Fatal(err)
	}
	if link := got.header.Get("Link"); link != "" {
		at, how, _ := strings.Cut(strings.TrimPrefix(link, "<"), ">")
		to, err := url.Parse(at)
		if err != nil || to.Path != op.Path || how != `; rel="next"` {
			p.t.Fatalf("%s goes on at %q", op, link)
		}
		next = to.RawQuery
	}
	return rows, next, got
}

// walks goes through every list one row at a time: it is the list as it is at once. A cursor
// of another list, of another account, or that was changed is refused.
func (p *play) walks() {
	long := 0
	cursors := map[string]string{}
	for operation, node := range grows() {
		whole, end, _ := p.part(node, operation, "limit=500")
		var rows []any
		for next := "limit=1"; next != ""; {
			var some []any
			some, next, _ = p.part(node, operation, next)
			if rows = append(rows, some...); len(some) > 1 || len(rows) > len(whole) {
				p.t.Fatalf("%s: %d rows at once, %d of %d", operation, len(some), len(rows), len(whole))
			}
			if next != "" {
				cursors[operation] = next
			}
		}
		if fmt.Sprint(rows) != fmt.Sprint(whole) || end != "" || len(whole) == 0 {
			p.t.Errorf("%s a row at a time is\n%v\nand not\n%v", operation, rows, whole)
		}
		if len(whole) > 1 {
			long++
		}
	}
	if long < 3 || cursors["list-needs"] == "" || cursors["list-placements"] == "" {
		p.t.Fatalf("only %d lists have more than a row", long)
	}
	ours, theirs := cursors["list-needs"], cursors["list-placements"]
	p.tokens["colleague"] = p.colleague("ngo")
	for what, asked := range map[string]struct{ token, operation, query string }{
		"another list":      {p.tokens["ngo"], "list-cases", ours},
		"another account":   {p.tokens["colleague"], "list-needs", ours},
		"what is sifted by": {p.tokens["ngo"], "list-placements", theirs + "&all=true"},
		"nobody's":          {p.tokens["ngo"], "list-needs", "cursor=" + planted},
		"changed":           {p.tokens["ngo"], "list-needs", strings.Replace(ours, "cursor=", "cursor=A", 1)},
	} {
		op := p.operation(p.t, asked.operation)
		got := p.asks(p.t, p.w.API("ngo"), asked.token, op, "", "", func(r *http.Request) { r.URL.RawQuery = asked.query })
		harmless(p.t, "a cursor that is "+what, op, got)
		cursor, _ := url.ParseQuery(asked.query)
		if got.status != http.StatusBadRequest || !strings.Contains(got.body, `"cursor_wrong"`) || strings.Contains(got.body, cursor.Get("cursor")) {
			p.t.Errorf("a cursor that is %s: %d %s", what, got.status, got.body)
		}
	}
	if _, _, got := p.part("ngo", "list-needs", "limit=501"); got.status != http.StatusUnprocessableEntity {
		p.t.Errorf("501 at once: %d", got.status)
	}
}

// colleague is the token of somebody else who may do everything at a node.
func (p *play) colleague(node string) string {
	p.t.Helper()
	of := of(p.does(node, "add-staff", "", body{"name": "Invented Second", "roles": []string{"advocate", "coordinator", "volunteer_screener"}}), "token")
	if of == "" {
		p.t.Fatal("nobody was added")
	}
	return of
}

// TestWhoeverListsCasesLosesNoneThatIsThere: somebody goes through her cases by parts while
// cases are opened; each that was there when she began comes once, and no other.
func TestWhoeverListsCasesLosesNoneThatIsThere(t *testing.T) {
	t.Parallel()
	laid, err := town.Lay(t.TempDir(), plan(), time.Now())
	if err != nil {
		t.Fatal(err)
	}
	w := start(t, laid, town.Options{Skip: []string{"legal", "shelter", "police"}})
	ngo := ask(t, w, "ngo")
	label := func() string {
		opened, err := ngo.OpenCase(t.Context())
		if err != nil {
			t.Fatal(err)
		}
		return opened.Label
	}
	var before []string
	for range 205 { // more than the client asks for at once
		before = append(before, label())
	}
	var seen []string
	for c, err := range ngo.EachCase(t.Context()) {
		if err != nil {
			t.Fatal(err)
		}
		if seen = append(seen, c.Label); len(seen) == 100 {
			label()
			label()
		}
	}
	slices.Sort(before)
	slices.Sort(seen)
	if !slices.Equal(seen, before) {
		t.Errorf("%d cases, of %d", len(seen), len(before))
	}
	list, err := ngo.Cases(t.Context())
	if err != nil || len(list) != len(before)+2 {
		t.Errorf("%d cases, %v", len(list), err)
	}
	var some []client.Case
	for c := range ngo.EachCase(t.Context()) {
		if some = append(some, c); len(some) == 3 {
			break
		}
	}
	if len(some) != 3 {
		t.Errorf("%d cases", len(some))
	}
}
