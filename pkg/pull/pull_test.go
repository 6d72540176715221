package pull_test

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"slices"
	"strconv"
	"strings"
	"sync/atomic"
	"testing"

	"github.com/posada-exchange/posada/pkg/mapping"
	"github.com/posada-exchange/posada/pkg/pull"
)

// total is how many records each program has, over three pages.
const total = 250

// upstream stands for a program, and speaks as its pages describe.
type upstream struct {
	t     *testing.T
	asked atomic.Int32
}

func (u *upstream) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	u.asked.Add(1)
	switch {
	case r.Method == http.MethodPost:
		u.session(w, r)
	case strings.HasPrefix(r.URL.Path, "/api/v2/assets/"):
		u.lets(w, r, "Token invented", u.kobo)
	case strings.HasPrefix(r.URL.Path, "/v1/projects/"):
		u.lets(w, r, "Bearer invented", u.odk)
	default:
		want := "Bearer invented" // of an identity provider
		if name, passphrase, basic := r.BasicAuth(); basic && name == "ana@invented.example" && passphrase == "in:vented" {
			want = r.Header.Get("Authorization")
		}
		u.lets(w, r, want, u.primero)
	}
}

func (u *upstream) lets(w http.ResponseWriter, r *http.Request, want string, answer func(*http.Request) any) {
	if r.Header.Get("Authorization") != want {
		http.Error(w, `{"detail":"Invalid token."}`, http.StatusUnauthorized)
		return
	}
	if err := json.NewEncoder(w).Encode(answer(r)); err != nil {
		u.t.Error(err)
	}
}

// session is how ODK Central is signed in to, and nothing else is.
func (u *upstream) session(w http.ResponseWriter, r *http.Request) {
	text, err := io.ReadAll(r.Body)
	if err != nil || r.URL.Path != "/v1/sessions" || string(text) != `{"email":"ana@invented.example","password":"in:vented"}` || r.Header.Get("Authorization") != "" {
		http.Error(w, "{}", http.StatusUnauthorized)
		return
	}
	fmt.Fprint(w, `{"token":"invented"}`)
}

func number(r *http.Request, name string) int {
	n, _ := strconv.Atoi(r.URL.Query().Get(name))
	return n
}

func page(from, size int, record func(int) any) []any {
	list := []any{}
	for n := from; n < min(from+size, total); n++ {
		list = append(list, record(n))
	}
	return list
}

func (u *upstream) kobo(r *http.Request) any {
	start, limit := number(r, "start"), number(r, "limit")
	out := map[string]any{"count": total, "next": nil, "previous": nil, "results": page(start, limit, func(n int) any {
		return map[string]any{"_id": n, "_uuid": fmt.Sprint("u", n), "about/name": fmt.Sprint("Invented ", n), "about/needs": "bed lawyer", "_attachments": []any{}, "family": []any{map[string]any{"family/name": "Invented Eva"}}}
	})}
	if start+limit < total {
		out["next"] = fmt.Sprintf("http://%s%s?format=json&limit=%d&start=%d", r.Host, r.URL.Path, limit, start+limit)
	}
	return out
}

func (u *upstream) odk(r *http.Request) any {
	if r.URL.Query().Get("$expand") != "*" {
		u.t.Error("repeats were not asked for")
	}
	start, size := number(r, "$skip"), number(r, "$top")
	out := map[string]any{"@odata.context": "x", "value": page(start, size, func(n int) any {
		return map[string]any{"__id": fmt.Sprint("uuid:", n), "__system": map[string]any{"submitterId": "1"}, "about": map[string]any{"name": fmt.Sprint("Invented ", n), "needs": "bed lawyer"}, "family": []any{map[string]any{"name": "Invented Eva", "__id": "x"}}}
	})}
	if start+size < total {
		out["@odata.nextLink"] = fmt.Sprintf("http://%s%s?$top=%d&$skip=%d&$expand=*", r.Host, strings.ReplaceAll(r.URL.Path, " ", "%20"), size, start+size)
	}
	return out
}

func (u *upstream) primero(r *http.Request) any {
	n, per := number(r, "page"), number(r, "per")
	return map[string]any{"data": page((n-1)*per, per, func(n int) any {
		return map[string]any{"id": fmt.Sprint("c", n), "name": fmt.Sprint("Invented ", n), "sex": "female", "age": 17, "family_details_section": []any{map[string]any{"relation_name": "Invented Eva"}}}
	}), "metadata": map[string]any{"total": total, "per": per, "page": n}}
}

// path is where each program's records are.
func path(p pull.Program) string {
	return map[pull.Program]string{
		pull.Kobo: "/api/v2/assets/aInvented/data.json", pull.ODK: "/v1/projects/1/forms/invented.svc/Submissions", pull.Primero: "/api/v2/cases",
	}[p]
}

// rules are a mapping for what each program answers.
func rules(p pull.Program) string {
	columns := map[pull.Program]string{
		pull.Kobo:    "key: _uuid\ncolumns:\n  _uuid: {left_out: the key}\n  about/name: {to: survivor.prs_FirstName}\n  about/needs: {to: services, split: \" \", values: {bed: shelter_emergency, lawyer: legal_immigration}}\n  family.family/name: {to: household_member.prs_FirstName}\n  _*: {left_out: of the form}\n",
		pull.ODK:     "key: __id\ncolumns:\n  __id: {left_out: the key}\n  about.name: {to: survivor.prs_FirstName}\n  about.needs: {to: services, split: \" \", values: {bed: shelter_emergency, lawyer: legal_immigration}}\n  family.name: {to: household_member.prs_FirstName}\n  family.__id: {left_out: of the form}\n  __system*: {left_out: of the form}\n",
		pull.Primero: "key: id\ncolumns:\n  id: {left_out: the key}\n  name: {to: survivor.prs_FirstName}\n  sex: {to: survivor.prs_Gender, values: {female: Feminine, male: Masculine}}\n  age: {left_out: a day of birth is asked instead}\n  family_details_section.relation_name: {to: household_member.prs_FirstName}\n",
	}[p]
	return "posada_mapping: 1\nname: invented\nformat: json\n" + columns
}

// TestEveryRecordIsFetchedAndMapped: of each program, over all its pages, each once.
func TestEveryRecordIsFetchedAndMapped(t *testing.T) {
	for _, program := range pull.Programs() {
		for _, secret := range []string{"invented", "ana@invented.example:in:vented"} {
			if program == pull.Kobo && strings.Contains(secret, ":") {
				continue // it has tokens only
			}
			up := &upstream{t: t}
			server := httptest.NewServer(up)
			var lines bytes.Buffer
			rows, err := pull.From{Program: program, Address: server.URL + path(program), Secret: secret}.Copy(t.Context(), &lines)
			server.Close()
			if err != nil || rows != total {
				t.Fatalf("%s: %d rows, %v", program, rows, err)
			}
			m, err := mapping.Read([]byte(rules(program)))
			if err != nil {
				t.Fatal(err)
			}
			source, err := m.Open(&lines)
			if err != nil {
				t.Fatal(err)
			}
			var keys []string
			for {
				row, err := source.Next()
				if errors.Is(err, io.EOF) {
					break
				}
				if err != nil {
					t.Fatal(err)
				}
				mapped, wrong := m.Apply(row)
				if len(wrong) > 0 || len(mapped.Content.Records) != 2 {
					t.Fatalf("%s: %+v, %d records", program, wrong, len(mapped.Content.Records))
				}
				keys = append(keys, mapped.Key)
			}
			if slices.Sort(keys); len(slices.Compact(keys)) != total {
				t.Errorf("%s: %d records", program, len(slices.Compact(keys)))
			}
		}
	}
}

// TestTheSecretGoesWhereItWasTypedAndNowhereElse: whatever an answer leads to.
func TestTheSecretGoesWhereItWasTypedAndNowhereElse(t *testing.T) {
	elsewhere := &upstream{t: t}
	other := httptest.NewServer(elsewhere)
	defer other.Close()
	for name, c := range map[string]struct {
		program pull.Program
		answer  func(w http.ResponseWriter, r *http.Request)
		want    error
	}{
		"a next page elsewhere": {pull.Kobo, func(w http.ResponseWriter, _ *http.Request) {
			fmt.Fprintf(w, `{"results":[],"next":%q}`, other.URL+path(pull.Kobo))
		}, pull.ErrLeads},
		"a link elsewhere": {pull.ODK, func(w http.ResponseWriter, _ *http.Request) {
			fmt.Fprintf(w, `{"value":[],"@odata.nextLink":%q}`, other.URL+path(pull.ODK))
		}, pull.ErrLeads},
		"a redirect": {pull.Primero, func(w http.ResponseWriter, r *http.Request) {
			http.Redirect(w, r, other.URL+path(pull.Primero), http.StatusFound)
		}, pull.ErrLeads},
		"the same page again": {pull.Kobo, func(w http.ResponseWriter, r *http.Request) {
			fmt.Fprintf(w, `{"results":[],"next":%q}`, "http://"+r.Host+r.URL.String())
		}, pull.ErrLeads},
		"not let in":           {pull.ODK, func(w http.ResponseWriter, _ *http.Request) { w.WriteHeader(http.StatusForbidden) }, pull.ErrRefused},
		"a page of a browser":  {pull.Kobo, func(w http.ResponseWriter, _ *http.Request) { fmt.Fprint(w, "<html>Xochitl") }, pull.ErrAnswer},
		"another program":      {pull.Primero, func(w http.ResponseWriter, _ *http.Request) { fmt.Fprint(w, `{"results":[]}`) }, pull.ErrAnswer},
		"records that are not": {pull.Kobo, func(w http.ResponseWriter, _ *http.Request) { fmt.Fprint(w, `{"results":["Xochitl"]}`) }, pull.ErrAnswer},
		"it hangs up": {pull.Kobo, func(w http.ResponseWriter, _ *http.Request) {
			w.Header().Set("Content-Length", "99")
			fmt.Fprint(w, "{")
		}, pull.ErrAway},
	} {
		server := httptest.NewServer(http.HandlerFunc(c.answer))
		_, err := pull.From{Program: c.program, Address: server.URL + path(c.program), Secret: "invented"}.Copy(t.Context(), io.Discard)
		server.Close()
		if !errors.Is(err, c.want) || strings.Contains(err.Error(), "Xochitl") {
			t.Errorf("%s: %v", name, err)
		}
	}
	if n := elsewhere.asked.Load(); n > 0 {
		t.Errorf("another host was asked %d times", n)
	}
}

// TestOnlyAddressesOfRecordsAreAsked: over TLS, or on this machine.
func TestOnlyAddressesOfRecordsAreAsked(t *testing.T) {
	for _, c := range []struct {
		program pull.Program
		address string
	}{
		{pull.Kobo, "http://kobo.invalid/api/v2/assets/a/data.json"}, {pull.Kobo, "https://kobo.invalid/"},
		{pull.ODK, "https://u:p@odk.invalid/v1/projects/1/forms/f.svc/Submissions"}, {pull.ODK, "https://odk.invalid/v1/users"},
		{pull.Primero, "https://primero.invalid/api/v2/users"}, {"salesforce", "https://x.invalid/api/v2/cases"}, {pull.Kobo, "://"},
	} {
		if _, err := (pull.From{Program: c.program, Address: c.address, Secret: "invented"}).Copy(t.Context(), io.Discard); !errors.Is(err, pull.ErrAddress) {
			t.Errorf("%s: %v", c.address, err)
		}
	}
	if text := fmt.Sprintf("%v %#v", pull.From{Secret: "invented"}, pull.From{Secret: "invented"}); strings.Contains(text, "invented") {
		t.Error(text)
	}
}
