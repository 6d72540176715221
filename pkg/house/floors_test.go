package house_test

import (
	"encoding/json"
	"errors"
	"io"
	"os/exec"
	"slices"
	"strings"
	"testing"
)

const module = "github.com/posada-exchange/posada/"

// floors is the table of who stands where. A package imports the floors below
// its own; of its own floor only what is listed behind it.
func floors() []map[string][]string {
	return []map[string][]string{
		// Ground: pure.
		{
			"pkg/posada": {}, "pkg/fault": {}, "pkg/jose": {}, "pkg/page": {},
			"pkg/words":     {"pkg/posada", "pkg/jose"},
			"pkg/htcds":     {"pkg/posada"},
			"pkg/freetext":  {"pkg/htcds"},
			"pkg/oncall":    {"pkg/posada"},
			"pkg/silence":   {"pkg/posada"},
			"pkg/matrix":    {"pkg/posada", "pkg/silence"},
			"pkg/need":      {"pkg/posada", "pkg/silence"},
			"pkg/question":  {"pkg/posada"},
			"pkg/directory": {"pkg/posada", "pkg/need", "pkg/oncall"},
			"pkg/hsds":      {"pkg/posada", "pkg/need", "pkg/oncall", "pkg/directory"},
			"pkg/roster":    {"pkg/posada", "pkg/jose"},
			"pkg/consent":   {"pkg/posada", "pkg/jose", "pkg/roster", "pkg/words"},
			"pkg/referral":  {"pkg/posada", "pkg/htcds", "pkg/consent", "pkg/question", "pkg/silence"},
			"pkg/redact":    {"pkg/posada", "pkg/htcds", "pkg/jose", "pkg/referral"},
			"pkg/mapping":   {"pkg/posada", "pkg/htcds", "pkg/referral"},
			"pkg/event":     {"pkg/posada", "pkg/jose", "pkg/consent", "pkg/redact", "pkg/referral", "pkg/need", "pkg/directory", "pkg/question"},
			"pkg/webhook":   {"pkg/posada"},
			"pkg/delivery":  {"pkg/posada", "pkg/event"},
			"pkg/envelope":  {"pkg/posada"},
			"pkg/mail":      {"pkg/posada", "pkg/envelope"},
			"pkg/seal":      {"pkg/posada", "pkg/jose", "pkg/roster", "pkg/envelope", "pkg/event"},
		},
		// First: policy.
		{"policy": {}, "pkg/pdp": {"policy"}, "pkg/prove": {"policy", "pkg/pdp"}, "pkg/decision": {"pkg/pdp", "pkg/prove"}},
		// Second: what reaches disk, network, terminal and log.
		{
			"pkg/vault": {}, "pkg/i18n": {}, "pkg/obs": {}, "pkg/run": {}, "pkg/broker": {}, "pkg/house": {}, "pkg/altered": {}, "pkg/sampled": {}, "pkg/trust": {},
			"pkg/broker/embedded": {"pkg/broker"},
			"pkg/audit":           {"pkg/vault"},
			"pkg/handoff":         {"pkg/vault"},
			"pkg/invented":        {"pkg/trust"},
			"pkg/registry":        {"pkg/broker", "pkg/trust"},
			"pkg/enrol":           {"pkg/trust"},
			"pkg/steward":         {"pkg/enrol", "pkg/vault"},
			"pkg/config":          {"pkg/trust"},
			"pkg/client":          {"pkg/config"},
			"pkg/imports":         {"pkg/client", "pkg/i18n"},
			"pkg/pull":            {},
			"pkg/papers":          {"pkg/i18n"},
			"pkg/duty":            {"pkg/i18n"},
			"pkg/signing":         {"pkg/client", "pkg/papers"},
			"pkg/commandline":     {"pkg/i18n", "pkg/config"},
		},
		// Third: services. A unit never imports another; the tables of units
		// import them.
		{
			"services/hub/callers": {}, "services/hub/connect": {}, "services/hub/relay": {"services/hub/callers"}, "services/hub/registry": {"services/hub/callers"},
			"services/hub":       {"services/hub/connect", "services/hub/relay", "services/hub/registry"},
			"services/node/post": {}, "services/node/keys": {}, "services/node/members": {},
			"services/node/referrals": {}, "services/node/consents": {}, "services/node/cases": {}, "services/node/records": {}, "services/node/imports": {}, "services/node/withdrawals": {}, "services/node/needs": {}, "services/node/places": {}, "services/node/nudges": {}, "services/node/staff": {}, "services/node/gateway": {}, "services/node/letterbox": {}, "services/node/stewards": {}, "services/node/book": {}, "services/node/decisions": {}, "services/node/motions": {}, "services/node/webhooks": {}, "services/node/idempotency": {},
			"services/node": {
				"services/node/post", "services/node/keys", "services/node/members", "services/node/referrals", "services/node/consents", "services/node/cases", "services/node/records", "services/node/imports", "services/node/withdrawals", "services/node/needs", "services/node/places", "services/node/nudges", "services/node/staff", "services/node/gateway", "services/node/letterbox", "services/node/stewards", "services/node/book", "services/node/decisions", "services/node/motions", "services/node/webhooks", "services/node/idempotency",
				"services/console",
			},
			// The pages: a client of a node, and no part of one.
			"services/console":        {},
			"services/town":           {"services/hub", "services/node", "services/node/post", "services/node/stewards"},
			"services/town/processes": {"services/town", "services/hub", "services/node", "services/node/post"},
			"services/town/story":     {"services/town", "services/node", "services/node/post", "services/node/stewards"},
			// Tests alone: the model of taking back, and histories of real nodes.
			"services/town/takenback": {},
			"services/town/torture":   {"services/town", "services/hub", "services/node"},
			// Tests alone: needs that real nodes ask and answer.
			"services/town/placed": {},
			// Tests alone: people in a browser at the pages of real nodes.
			"services/console/browsing": {},
		},
		// Top.
		{"deploy/demo": {}, "cmd/posada": {"deploy/demo"}, "cmd/posada-hub": {}},
	}
}

// listed is one package as the go command lists it.
type listed struct {
	ImportPath   string
	Dir          string
	GoFiles      []string
	Imports      []string
	Deps         []string
	TestGoFiles  []string
	XTestGoFiles []string
}

func list(t *testing.T, args ...string) []listed {
	t.Helper()
	out, err := exec.Command("go", append([]string{"list", "-json"}, args...)...).Output()
	if err != nil {
		t.Fatal(err)
	}
	var packages []listed
	for decoder := json.NewDecoder(strings.NewReader(string(out))); ; {
		var p listed
		if err := decoder.Decode(&p); errors.Is(err, io.EOF) {
			return packages
		} else if err != nil {
			t.Fatal(err)
		}
		packages = append(packages, p)
	}
}

func TestNobodyImportsUpwards(t *testing.T) {
	table := floors()
	floor := map[string]int{}
	allowed := map[string][]string{}
	for i, f := range table {
		for name, own := range f {
			floor[name], allowed[name] = i, own
		}
	}
	seen := map[string]bool{}
	for _, p := range list(t, module+"...") {
		name := strings.TrimPrefix(p.ImportPath, module)
		seen[name] = true
		own, known := floor[name]
		if !known {
			t.Errorf("%s stands on no floor: give it a place in the table", name)
			continue
		}
		for _, imported := range p.Imports {
			other, ours := strings.CutPrefix(imported, module)
			if !ours {
				continue
			}
			switch below := floor[other]; {
			case below > own:
				t.Errorf("%s imports %s, a floor above", name, other)
			case below == own && !slices.Contains(allowed[name], other):
				t.Errorf("%s imports %s beside it, which the table does not list", name, other)
			}
		}
	}
	for name := range floor {
		if !seen[name] {
			t.Errorf("%s is in the table and not in the tree", name)
		}
	}
}

// TestTheHubLinksNothingThatOpensAnEnvelope, nor a directory, is T31.
func TestTheHubLinksNothingThatOpensAnEnvelope(t *testing.T) {
	for _, hub := range []string{"cmd/posada-hub", "services/hub", "services/hub/relay", "services/hub/registry", "services/hub/connect"} {
		for _, p := range list(t, module+hub) {
			for _, dep := range p.Deps {
				if strings.HasPrefix(dep, "filippo.io/age") || strings.HasPrefix(dep, "filippo.io/hpke") || dep == module+"pkg/seal" || dep == module+"pkg/vault" || dep == module+"pkg/directory" {
					t.Errorf("%s links %s", hub, dep)
				}
			}
		}
	}
	// The same question of the node shows that it can be answered yes.
	found := false
	for _, p := range list(t, module+"cmd/posada") {
		found = slices.Contains(p.Deps, "filippo.io/age")
	}
	if !found {
		t.Error("the node links no age either: this test sees nothing")
	}
}

// TestThePagesHoldNoKeyAndNoUnit: the console is a client of a node, also where it is in its
// process; what it would take to open, decide or store anything is not linked into it.
func TestThePagesHoldNoKeyAndNoUnit(t *testing.T) {
	for _, p := range list(t, module+"services/console") {
		for _, dep := range p.Deps {
			for _, never := range []string{module + "services/node", module + "services/hub", module + "pkg/vault", module + "pkg/seal", module + "pkg/pdp", module + "pkg/handoff", module + "policy", "filippo.io/age", "go.etcd.io/bbolt", "github.com/open-policy-agent"} {
				if strings.HasPrefix(dep, never) {
					t.Errorf("the console links %s", dep)
				}
			}
		}
	}
}

// TestNoProgramLinksWhatIsForTestsAlone: what stands for something that costs work, or kills
// it, is in services/town/processes, and no program has that.
func TestNoProgramLinksWhatIsForTestsAlone(t *testing.T) {
	for _, p := range list(t, module+"cmd/...", module+"services/...") {
		if slices.Contains(p.Imports, module+"services/town/processes") {
			t.Errorf("%s links what is for tests alone", p.ImportPath)
		}
	}
}

// only says who alone may import a library.
func TestLibrariesHaveTheirOnlyImporters(t *testing.T) {
	only := map[string][]string{
		"github.com/lestrrat-go/jwx":              {"pkg/jose"},
		"filippo.io/age":                          {"pkg/seal"},
		"github.com/nats-io/nats-server":          {"pkg/broker/embedded"},
		"github.com/nats-io/nats.go":              {"pkg/broker", "services/town/story"},
		"github.com/open-policy-agent/opa":        {"pkg/pdp", "pkg/prove"},
		"github.com/open-policy-agent/opa/v1/sdk": {},
		"go.uber.org/zap":                         {"pkg/obs"},
		"go.etcd.io/bbolt":                        {"pkg/vault"},
		"github.com/danielgtaylor/huma":           {"services/node/gateway"},
		"github.com/spf13":                        {"cmd/posada", "cmd/posada-hub", "pkg/commandline"},
		"github.com/nicksnyder/go-i18n":           {"pkg/i18n"},
		"github.com/prometheus":                   {"pkg/obs"},
		"go.yaml.in/yaml":                         {"pkg/commandline", "pkg/config", "pkg/i18n", "pkg/mapping"},
		"golang.org/x/crypto":                     {"pkg/consent", "pkg/vault", "pkg/directory", "services/node/staff", "services/node/gateway"},
		"github.com/agnivade/levenshtein":         {"pkg/words"},
		"golang.org/x/term":                       {"cmd/posada"},
		"github.com/schollz":                      {"cmd/posada"},
		"rsc.io/qr":                               {"cmd/posada", "services/console"},
		"github.com/pquerna/otp":                  {"services/node/staff"},
		"github.com/theupdateframework":           {"pkg/trust"},
		"github.com/secure-systems-lab":           {"pkg/trust"},
		"github.com/sigstore":                     {"pkg/trust"},
		"github.com/tyler-smith/go-bip39":         {"pkg/words"},
		"log":                                     {"pkg/obs"}, // to silence it
		"log/slog":                                {},
		"math/rand":                               {},
		"net/http/pprof":                          {},
		"unsafe":                                  {},
		"github.com/gowebpki/jcs":                 {},
		"html/template":                           {"pkg/papers", "services/console", "services/node/gateway"},
		"text/template":                           {"pkg/papers"}, // pages are html/template
		"github.com/google/uuid":                  {},
		"github.com/oklog/ulid":                   {},
	}
	for _, p := range list(t, module+"...") {
		name := strings.TrimPrefix(p.ImportPath, module)
		for _, imported := range p.Imports {
			for library, importers := range only {
				exact := !strings.Contains(library, ".")
				if (imported == library || !exact && strings.HasPrefix(imported, library)) && !slices.Contains(importers, name) {
					t.Errorf("%s imports %s; only %v may", name, imported, importers)
				}
			}
		}
	}
}

// TestTheGroundIsPure: bytes, keys, times and randomness come in as arguments.
func TestTheGroundIsPure(t *testing.T) {
	// age draws its own randomness, and seal says so.
	impure := []string{"os", "net", "net/http", "os/exec", "syscall", "crypto/rand", "math/rand/v2", "context", "io/fs"}
	for _, p := range list(t, module+"pkg/...") {
		name := strings.TrimPrefix(p.ImportPath, module)
		if _, ground := floors()[0][name]; !ground {
			continue
		}
		for _, imported := range p.Imports {
			if slices.Contains(impure, imported) {
				t.Errorf("%s imports %s", name, imported)
			}
		}
	}
}
