package browsing

import (
	"bytes"
	"crypto/rand"
	"mime/multipart"
	"net/http"
	"net/url"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/chromedp/chromedp"

	"github.com/posada-exchange/posada/pkg/client"
	"github.com/posada-exchange/posada/pkg/enrol"
	"github.com/posada-exchange/posada/pkg/invented"
	"github.com/posada-exchange/posada/pkg/matrix"
	"github.com/posada-exchange/posada/pkg/posada"
	"github.com/posada-exchange/posada/pkg/trust"
	"github.com/posada-exchange/posada/services/town"
)

// upload sends a form with a file.
func (d *desk) upload(path, field, name string, text []byte) answer {
	d.t.Helper()
	var body bytes.Buffer
	form := multipart.NewWriter(&body)
	part, err := form.CreateFormFile(field, name)
	must(d.t, err)
	_, err = part.Write(text)
	must(d.t, err)
	must(d.t, form.Close())
	r, err := http.NewRequest(http.MethodPost, d.server.URL+path, &body)
	must(d.t, err)
	r.Header.Set("Content-Type", form.FormDataContentType())
	r.Header.Set("Sec-Fetch-Site", "same-origin")
	return d.send(r)
}

// TestWhatStewardsDecideTogether: one network's stewards, in its pages. Each part leaves to
// the next what it decided.
func TestWhatStewardsDecideTogether(t *testing.T) {
	c := newCouncil(t)
	for _, part := range []struct {
		name string
		run  func(*council, *testing.T)
	}{
		{"what was decided stands in one page", (*council).pastInOnePage},
		{"who joins is seen before it counts", (*council).joinsIsSeen},
		{"a proposal is reviewed as it is and not as its file says", (*council).reviewedAsItIs},
		{"what came is picked from a list", (*council).pickedFromAList},
		{"what one steward stops ends with a command", (*council).stopsWithACommand},
		{"each page is fit for everybody", (*council).fitForEverybody},
		{"a signed table goes from the page to the hub", (*council).toTheHub},
	} {
		t.Run(part.name, func(t *testing.T) { part.run(c, t) })
	}
}

// pastInOnePage: what runs and what waits, why, what is stopped, and each
// table with what it came to; and one of them is handed over byte for byte as it was signed.
func (c *council) pastInOnePage(t *testing.T) {
	d := c.at(t)
	a := d.get("/rules/history")
	for _, want := range []string{
		"Table number 2, and list of members number 1", "Table number 3: from", "List of members number 2: from", "So it waits a day", "Suspended: Invented Shelter",
		"stricter: only less is allowed", "wider: only more is allowed", "the first",
	} {
		if !a.says(want) {
			t.Errorf("it does not say %q", want)
		}
	}
	for version, has := range map[string]bool{"1": true, "2": true, "3": true, "4": false, "x": false} {
		if got := d.get("/rules/history/" + version); (got.StatusCode == http.StatusOK) != has {
			t.Errorf("table %s: %s", version, got.Status)
		}
	}
	if a := d.get("/rules/history/1"); !a.says("posada policy rollback policy-1.json") || !a.says("Who may newly have what") {
		t.Errorf("going back is not told: %s", a.body)
	}
	first, err := c.node.PastTable(t.Context(), 1)
	must(t, err)
	file := d.post("/rules/history/1", url.Values{})
	if file.body != first.Text || file.Header.Get("Content-Disposition") != `attachment; filename="policy-1.json"` {
		t.Errorf("%s: %s", file.Header.Get("Content-Disposition"), file.body)
	}
}

// joinsIsSeen, with who spoke for it; and whom one steward suspended.
func (c *council) joinsIsSeen(t *testing.T) {
	list, err := c.node.Members(t.Context())
	must(t, err)
	if len(list) != 4 {
		t.Fatalf("%d members", len(list))
	}
	joins := list[3]
	if joins.Change == nil || joins.Change.Kind != "joins" || joins.Change.From.IsZero() || len(joins.Sponsors) != 2 || joins.Sponsors[0].Name != "Casa Inventada" {
		t.Errorf("who joins: %+v", joins)
	}
	i := slices.IndexFunc(list, func(m client.Member) bool { return m.Agency.Name == "Invented Shelter" })
	if m := list[i]; m.Agency.Standing != posada.StandingSuspended || m.Braked.IsZero() || m.Change != nil {
		t.Errorf("whom a brake suspends: %+v", m)
	}
	a := c.at(t).get("/network/members")
	for _, want := range []string{"Two members speak for it: Casa Inventada, Invented Legal Aid", "by one steward alone, until", "it founded the network"} {
		if !a.says(want) {
			t.Errorf("it does not say %q", want)
		}
	}
}

// reviewedAsItIs: what it changes, who signed, and the
// command to sign with elsewhere; and whatever is made to deceive is told as what it is.
func (c *council) reviewedAsItIs(t *testing.T) {
	d := c.at(t)
	table := c.with(t, matrix.Cell{Class: posada.ClassSchool, Purpose: posada.PurposeEducation, Category: posada.CategoryIdentity}, posada.ModeConsent)
	right, old := c.inForce(), c.inForce()
	first, err := c.node.PastTable(t.Context(), 1)
	must(t, err)
	old.Policy.Target = []byte(first.Text) // held against a table that is no longer in force
	reviews := func(text []byte) answer { return d.upload("/rules/review", "motion", "policy-motion-4.json", text) }
	for name, of := range map[string]struct {
		text []byte
		want []string
		not  []string
	}{
		"unsigned":           {c.proposes(t, table, right, 0), []string{"It is what would be signed", "Signatures wanted still: 2", "posada policy approve policy-motion-4.json --key YOURS.steward", "Cells that open: 1"}, []string{"Publish it"}},
		"by one":             {c.proposes(t, table, right, 1), []string{"It is what would be signed", "Signatures wanted still: 1"}, []string{"Publish it"}},
		"by two":             {c.proposes(t, table, right, 2), []string{"Enough have signed", "Publish it"}, []string{"posada policy approve"}},
		"on top of another":  {c.proposes(t, table, old, 2), []string{"Sign nothing of this", "not proposed on top of table number 3"}, []string{"Publish it", "posada policy approve"}},
		"with another proof": {c.proposes(t, table, right, 2, func(s *trust.Said) { s.Proof = strings.Repeat("0", 64) }), []string{"Sign nothing of this", "not what it comes to here"}, []string{"Publish it", "posada policy approve"}},
	} {
		a := reviews(of.text)
		if a.StatusCode != http.StatusOK || a.Request.URL.Path != "/rules/review" {
			t.Fatalf("%s: %s at %s: %s", name, a.Status, a.Request.URL, a.body)
		}
		for _, want := range of.want {
			if !a.says(want) {
				t.Errorf("%s: it does not say %q", name, want)
			}
		}
		for _, not := range of.not {
			if a.says(not) {
				t.Errorf("%s: it says %q", name, not)
			}
		}
	}
	a := reviews(c.byOthers(t, table))
	if !a.says("Signatures wanted still: 2") || a.says("Publish it") {
		t.Errorf("stewards that a file brings with it count: %s", a.body)
	}
	for name, text := range map[string][]byte{
		"nothing": nil, "a table": table, "noise": []byte("{}"), "the founding of a network": c.founding(t), "too long": bytes.Repeat([]byte("x"), 800<<10),
	} {
		if a := reviews(text); a.StatusCode < 400 || a.StatusCode >= 500 {
			t.Errorf("%s: %s", name, a.Status)
		}
	}
	if a := d.post("/rules/review/gone", nil); !a.says("no longer here") || d.get("/rules/review").says("It is what would be signed") {
		t.Error("the file is still there")
	}
}

// pickedFromAList: where nothing came the page says how it would; what came is listed with
// whose it is and who signed, and one of it is shown as its file would be, with the commands that
// sign it elsewhere and send it on. What is no name is nothing.
func (c *council) pickedFromAList(t *testing.T) {
	d := c.at(t)
	if a := d.get("/rules/review"); !a.says("Nothing waits for signatures here") || !a.says("posada network send FILE") {
		t.Errorf("where nothing came it does not teach: %s", a.body)
	}
	for _, id := range []string{"", "../network", strings.Repeat("a", 26)} {
		if a := d.post("/rules/review/motion", url.Values{"motion": {id}}); a.StatusCode != http.StatusNotFound {
			t.Errorf("%q: %s", id, a.Status)
		}
	}
	table := c.with(t, matrix.Cell{Class: posada.ClassSchool, Purpose: posada.PurposeEducation, Category: posada.CategoryIdentity}, posada.ModeConsent)
	sent, err := c.node.SendMotion(t.Context(), c.proposes(t, table, c.inForce(), 1))
	must(t, err)
	a := d.get("/rules/review")
	for _, want := range []string{"What came to this node", "Table number 4", "Sent by Casa Inventada", "Signed by the stewards of: Casa Inventada", "Signatures wanted still: 1", `value="` + string(sent.ID) + `"`} {
		if !a.says(want) {
			t.Errorf("it does not say %q", want)
		}
	}
	a = d.post("/rules/review/motion", url.Values{"motion": {string(sent.ID)}})
	for _, want := range []string{
		"It is what would be signed", "Cells that open: 1", "Signatures wanted still: 1", "posada network fetch " + string(sent.ID) + " --out policy-motion-4.json",
		"posada policy approve policy-motion-4.json --key YOURS.steward", "posada network send policy-motion-4.json",
	} {
		if !a.says(want) {
			t.Errorf("picked, it does not say %q", want)
		}
	}
	d.post("/rules/review/gone", nil)
}

// byOthers is a file with a root of its own, of this network by name, and signed by all of its
// stewards.
func (c *council) byOthers(t *testing.T, table []byte) []byte {
	t.Helper()
	r, err := c.Decided()
	must(t, err)
	first, err := c.node.PastTable(t.Context(), 1)
	must(t, err)
	members := r.Snapshot()
	members.Version = 1
	others, _, err := invented.Found(rand.Reader, members, []byte(first.Text), c.Council.Charter, time.Now())
	must(t, err)
	force := c.inForce()
	force.Root = others.InForce[trust.RoleRoot].Document
	theirs := *c
	theirs.Town = &town.Town{Laid: town.Laid{Council: others}}
	return theirs.proposes(t, table, force, 3)
}

// founding is the file that this very network began with.
func (c *council) founding(t *testing.T) []byte {
	t.Helper()
	in := c.inForce()
	m, err := enrol.NewMotion(enrol.Motion{Hub: "tls://hub.invented.example:4222", Proposals: []trust.Proposal{{Document: in.Root}, {Document: in.Targets}, in.Roster, in.Policy}})
	must(t, err)
	text, err := m.Write()
	must(t, err)
	return text
}

// toTheHub: with too few signatures the hub refuses it and
// the page says so; with enough it is published, and stands in the history.
func (c *council) toTheHub(t *testing.T) {
	d := c.at(t)
	table := c.with(t, openCell, posada.ModeNever)
	d.upload("/rules/review", "motion", "my file.json", c.proposes(t, table, c.inForce(), 1))
	if a := d.post("/rules/review/publish", nil); a.StatusCode < 400 || a.StatusCode >= 500 {
		t.Errorf("by one steward: %s", a.Status)
	}
	if a := d.get("/rules/review"); !a.says("policy-motion-4.json --key") || a.says("my file") {
		t.Error("a name that is no word of a command stands in one")
	}
	d.upload("/rules/review", "motion", "policy-motion-4.json", c.proposes(t, table, c.inForce(), 2))
	a := d.post("/rules/review/publish", nil)
	if a.Request.URL.Path != "/rules/history" || !a.says("The hub has it: table number 4") {
		t.Fatalf("at %s: %s", a.Request.URL, a.body)
	}
	past, err := c.node.Past(t.Context())
	must(t, err)
	if past.Tables[0].Version != 4 || !past.Tables[0].Runs || past.Tables[0].Label != matrix.Stricter {
		t.Errorf("%+v", past.Tables[0])
	}
	if strings.Contains(d.get("/rules/review").body, "Publish it") {
		t.Error("the file is still there to be published again")
	}
}

// stopsWithACommand: what one steward can stop alone ends with the command that her own
// machine runs, for cells that give something and for no others.
func (c *council) stopsWithACommand(t *testing.T) {
	d := c.at(t)
	a := d.get("/rules/stop")
	for _, want := range []string{"posada policy object --key YOURS.steward", "posada network suspend MEMBER --key YOURS.steward", `href="/rules/history/1"`, "Table number 3: from"} {
		if !a.says(want) {
			t.Errorf("it does not say %q", want)
		}
	}
	for name, of := range map[string]struct {
		form   url.Values
		status int
		want   string
	}{
		"a class and a purpose": {url.Values{"class": {"legal_aid"}, "purpose": {"legal"}}, http.StatusOK, "posada policy brake --class legal_aid --purpose legal --key YOURS.steward"},
		"one cell":              {url.Values{"class": {"legal_aid"}, "purpose": {"legal"}, "category": {"needs"}}, http.StatusOK, "--class legal_aid --purpose legal --category needs --key"},
		"what gives nothing":    {url.Values{"class": {"border"}}, http.StatusOK, "there is nothing to stop"},
		"nothing":               {url.Values{}, http.StatusUnprocessableEntity, "Choose at least one"},
		"no words of ours":      {url.Values{"class": {"x; rm -rf"}}, http.StatusUnprocessableEntity, "Choose at least one"},
	} {
		if a := d.post("/rules/stop", of.form); a.StatusCode != of.status || !a.says(of.want) || strings.Contains(a.body, "rm -rf") {
			t.Errorf("%s: %s: %s", name, a.Status, a.body)
		}
	}
	if n, err := c.node.Network(t.Context()); err != nil || len(n.Brakes) != 1 {
		t.Errorf("a page stopped something: %v", err)
	}
}

// fitForEverybody looks at each page as it is when there is much to say, in both languages,
// on a phone and at a desk, with a script and without.
func (c *council) fitForEverybody(t *testing.T) {
	table := c.with(t, matrix.Cell{Class: posada.ClassSchool, Purpose: posada.PurposeEducation, Category: posada.CategoryIdentity}, posada.ModeConsent)
	files := map[string][]byte{"right": c.proposes(t, table, c.inForce(), 1), "wrong": c.proposes(t, table, c.inForce(), 2, func(s *trust.Said) { s.Proof = strings.Repeat("0", 64) })}
	dir := t.TempDir()
	for name, text := range files {
		must(t, os.WriteFile(filepath.Join(dir, name+".json"), text, 0o600))
	}
	at := c.run(t)
	for _, how := range []ways{{language: "en", width: 1280, script: true}, {language: "es", width: 320, dark: true}} {
		b := open(t, at)
		b.look(how)
		b.signIn(c.token)
		for _, path := range []string{"/rules", "/rules/history", "/rules/history/1", "/rules/review", "/rules/stop", "/network/members"} {
			b.visit(path)
			b.keep(how, "council"+strings.ReplaceAll(path, "/", "-"))
			b.scrutinize()
		}
		for name := range files {
			b.visit("/rules/review")
			b.do(chromedp.SetUploadFiles(chromedp.CSS("#motion"), []string{filepath.Join(dir, name+".json")}))
			if status := b.press(`form[action="/rules/review"] button`); status != http.StatusOK {
				t.Errorf("%s: %d", name, status)
			}
			b.keep(how, "council-review-"+name)
			b.scrutinize()
			b.press(`form[action="/rules/review/gone"] button`)
		}
		b.visit("/rules/stop")
		b.do(chromedp.SetValue(chromedp.CSS(`[name="class"]`), "legal_aid"))
		b.press(`form[action="/rules/stop"] button`)
		b.keep(how, "council-stop-command")
		b.scrutinize()
	}
}
