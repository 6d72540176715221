package main

import (
	"bytes"
	"encoding/json"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/posada-exchange/posada/pkg/client"
	"github.com/posada-exchange/posada/pkg/enrol"
	"github.com/posada-exchange/posada/pkg/posada"
	"github.com/posada-exchange/posada/pkg/trust"
)

// desk is a steward's desk: her files, and a stand-in for her node that says
// what is in force and takes what is published. The story join.txtar has the
// real node and the real hub.
type desk struct {
	t         *testing.T
	url       string
	network   client.Network
	published [][]client.Signed
}

// says runs a command that must end with a code, and gives what it said.
func (d *desk) says(want int, args ...string) string {
	d.t.Helper()
	var out, errOut bytes.Buffer
	env := []string{"LANG=C", "POSADA_NODE=" + d.url, "POSADA_TOKEN_FILE=token"}
	if got := run(args, env, streams{strings.NewReader(""), &out, &errOut}); got != want {
		d.t.Fatalf("posada %s: %d, want %d\n%s%s", strings.Join(args, " "), got, want, &out, &errOut)
	}
	return out.String() + errOut.String()
}

func (d *desk) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	var answer any
	switch r.Method + " " + r.URL.Path {
	case "GET /v1/network":
		answer = d.network
	case "GET /v1/agencies":
		answer = []client.Agency{{ID: d.network.Stewards[0], Name: "Casa Girasol", Class: posada.ClassNGO, Standing: posada.StandingActive}}
	case "POST /v1/network/decisions":
		var in client.Decisions
		if err := json.NewDecoder(r.Body).Decode(&in); err != nil {
			d.t.Error(err)
		}
		d.published = append(d.published, in.Decisions)
		for _, s := range in.Decisions {
			role, err := trust.Proposal{Document: s.Document}.RoleOf()
			if err != nil {
				d.t.Error(err)
			}
			d.network.InForce[string(role)] = s
		}
		answer = client.Published{Published: len(in.Decisions)}
	}
	w.Header().Set("Content-Type", "application/json")
	if err := json.NewEncoder(w).Encode(answer); err != nil {
		d.t.Error(err)
	}
}

// sit founds a practice network of two agencies in a folder of its own.
func sit(t *testing.T) *desk {
	t.Helper()
	t.Chdir(t.TempDir())
	d := &desk{t: t}
	server := httptest.NewServer(d)
	t.Cleanup(server.Close)
	d.url = server.URL
	for _, name := range []string{"pass", "token"} {
		if err := os.WriteFile(name, []byte("an invented passphrase\n"), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	d.says(0, "network", "new", "--practice")
	for agency, name := range map[string]string{"girasol": "ana", "luna": "luz"} {
		d.says(0, "node", "init", "--draft", "network.draft", "--class", "ngo", "--dir", agency, "--unattended")
		d.says(0, "steward", "keygen", name, "--agency", filepath.Join(agency, "agency.request"), "--passphrase-file", "pass")
	}
	newTestHub(t)
	d.says(0, "network", "init", "--hub", "hub/hub.pub", "--steward", "ana.pub", "--steward", "luz.pub",
		"--member", "girasol/agency.request:ngo", "--member", "luna/agency.request:ngo")
	for _, name := range []string{"ana", "luz"} {
		d.says(0, "network", "sign", "founding.json", "--key", name+".steward", "--passphrase-file", "pass")
	}
	d.network = client.Network{InForce: map[string]client.Signed{}, Practice: true, Member: true, SignedAt: time.Now()}
	m := d.motion("founding.json")
	anchor, err := m.Anchor()
	if err != nil {
		t.Fatal(err)
	}
	for i, e := range m.Examined() {
		d.network.InForce[string(e.Role)] = client.Signed{Document: m.Proposals[i].Document, Target: m.Proposals[i].Target}
	}
	for _, name := range []string{"ana", "luz"} {
		text, err := os.ReadFile(name + ".pub")
		if err != nil {
			t.Fatal(err)
		}
		claim, err := enrol.ReadClaim(text)
		if err != nil {
			t.Fatal(err)
		}
		d.network.Stewards = append(d.network.Stewards, claim.Agency)
	}
	d.network.Network, d.network.Root, d.network.Hub, d.network.Threshold = anchor.Network, anchor.Root, anchor.Hub, 2
	return d
}

func (d *desk) motion(path string) enrol.Motion {
	d.t.Helper()
	text, err := os.ReadFile(path)
	if err != nil {
		d.t.Fatal(err)
	}
	m, err := enrol.ReadMotion(text)
	if err != nil {
		d.t.Fatal(err)
	}
	return m
}

func wants(t *testing.T, said string, parts ...string) {
	t.Helper()
	for _, p := range parts {
		if !strings.Contains(said, p) {
			t.Errorf("it does not say %q:\n%s", p, said)
		}
	}
}

// TestAnAgencyIsInvitedApprovedSuspendedAndRemoved, each by whoever may.
func TestAnAgencyIsInvitedApprovedSuspendedAndRemoved(t *testing.T) {
	d := sit(t)
	wants(t, d.says(0, "network", "status"), "PRACTICE", "This agency is a member", "2 of 2 stewards decide", "list 1")
	code, founded := d.says(0, "network", "invite"), d.says(0, "network", "code", "founding.json")
	if code != founded {
		t.Errorf("the node's code is another than the founding file's:\n%s\n%s", code, founded)
	}
	code = strings.Fields(code[strings.Index(code, "posada1-"):])[0]
	joined := d.says(0, "join", code, "--class", "shelter", "--dir", "brisa", "--unattended")
	words := strings.TrimSpace(strings.Split(joined[strings.Index(joined, "Its key in words:"):], "\n")[1])

	d.says(2, "network", "approve", "brisa/agency.request", "--class", "shelterr")
	d.says(2, "network", "approve", "brisa/agency.request")
	wants(t, d.says(2, "network", "approve", "brisa/agency.request", "--class", "shelter"), "--sponsor is missing")
	girasol, luna := d.agency("girasol/agency.request"), d.agency("luna/agency.request")
	wants(t, d.says(3, "network", "approve", "brisa/agency.request", "--class", "shelter", "--sponsor", luna, "--sponsor", luna), "not two members speak")
	speak := []string{"--sponsor", luna, "--sponsor", girasol}
	wants(t, d.says(0, append([]string{"network", "approve", "brisa/agency.request", "--class", "legal_aid"}, speak...)...), words, "speak "+luna[:8]+" and "+girasol[:8], "BEFORE ANYBODY SIGNS", "It calls itself: shelter", "JOINS", "wanted: 2")
	d.says(2, append([]string{"network", "approve", "brisa/agency.request", "--class", "shelter"}, speak...)...)
	d.says(5, "network", "publish", "roster-2.json")
	for _, name := range []string{"luz", "ana"} {
		wants(t, d.says(0, "network", "sign", "roster-2.json", "--key", name+".steward", "--passphrase-file", "pass"), words, "JOINS")
	}
	if len(d.published) != 0 {
		t.Fatal("it was published before it was signed")
	}
	d.says(0, "network", "publish", "roster-2.json")
	d.says(5, "network", "approve", "brisa/agency.request", "--class", "legal_aid")

	id := d.agency("brisa/agency.request")
	wants(t, d.says(4, "network", "suspend", "nosuch", "--key", "ana.steward", "--passphrase-file", "pass"), "No member is called “nosuch”")
	d.says(2, "network", "suspend", id, "--key", "ana.steward", "--hours", "73")
	d.says(7, "network", "suspend", id[:6], "--key", "ana.steward", "--passphrase-file", d.file("wrong", "not that passphrase"))
	if len(d.published) != 1 {
		t.Fatal("a brake nobody signed was published")
	}
	wants(t, d.says(0, "network", "suspend", id[:6], "--key", "ana.steward", "--passphrase-file", "pass"), "is suspended until", "posada network remove")
	if len(d.published) != 2 || len(d.published[1]) != 1 {
		t.Fatalf("%d times published", len(d.published))
	}
	wants(t, d.says(0, "network", "remove", id), "OTHER STANDING", "removed")
	wants(t, d.says(0, "network", "remove", "casa girasol", "--out", "other.json"), "removed")
	d.says(5, "network", "reinstate", id)
}

// file writes a secret and gives its name.
func (d *desk) file(name, text string) string {
	d.t.Helper()
	if err := os.WriteFile(name, []byte(text), 0o600); err != nil {
		d.t.Fatal(err)
	}
	return name
}

func (d *desk) agency(path string) string {
	d.t.Helper()
	text, err := os.ReadFile(path)
	if err != nil {
		d.t.Fatal(err)
	}
	r, err := enrol.ReadRequest(text)
	if err != nil {
		d.t.Fatal(err)
	}
	return string(r.Agency)
}

// TestWhatTheNodeDoesNotKnowIsNotProposedOnTopOf.
func TestWhatTheNodeDoesNotKnowIsNotProposedOnTopOf(t *testing.T) {
	d := sit(t)
	in := d.network.InForce
	d.network.InForce = nil
	wants(t, d.says(5, "network", "approve", "luna/agency.request", "--class", "ngo"), "has not verified yet")
	wants(t, d.says(5, "network", "invite"), "has not verified yet")
	d.network.InForce, d.network.Member = in, false
	wants(t, d.says(0, "network", "status", "--lang", "es"), "TODAVÍA NO ES MIEMBRO", "PRÁCTICA")
}
