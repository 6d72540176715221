// Package browsing is tests alone: people in a real browser at the pages of real nodes.
//
//	go test ./services/console/browsing                          each page once in each language, in turns; axe at each kind once
//	go test ./services/console/browsing -closely                 axe at each in each language, in turns, and at what each test leads to
//	                                                             and both stories in each language, where else one is played in English
//	go test ./services/console/browsing -all                     each page for each role, in each of its ways
//	go test ./services/console/browsing -run Pictures -screenshots DIR
package browsing

import (
	"context"
	"flag"
	"fmt"
	"os"
	"path/filepath"
	"runtime/debug"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/posada-exchange/posada/pkg/client"
	"github.com/posada-exchange/posada/pkg/posada"
	"github.com/posada-exchange/posada/services/town"
	"github.com/posada-exchange/posada/services/town/processes"
)

var (
	all         = flag.Bool("all", false, "each page for each role, language, size and colour, with script and without")
	closely     = flag.Bool("closely", false, "axe looks at each kind of page in each language, not once")
	screenshots = flag.String("screenshots", "", "a folder to put pictures of the pages in")
)

// hostile is what somebody who means harm would type: it must be shown, and never done.
const hostile = `"><img src=x onerror="document.title='DONE'"><script>document.title='DONE'</script>'` + "`${1}`" + `{{.}}javascript:alert(1)`

// shutPhrase opens the one node that starts locked.
const shutPhrase = "an invented passphrase of a clinic"

// world is a town with the pages of each of its nodes.
type world struct {
	*town.Town
	tokens map[posada.StaffRole]string // at the NGO
	over   context.CancelFunc
}

var theWorld = sync.OnceValues(newWorld)

// in is the world all tests share.
func in(t testing.TB) *world {
	t.Helper()
	w, err := theWorld()
	if err != nil {
		t.Fatal(err)
	}
	return w
}

func newWorld() (*world, error) {
	dir, err := os.MkdirTemp("", "posada-browsing-")
	if err != nil {
		return nil, err
	}
	var staff []town.Person
	roles := posada.Members[posada.StaffRole]()
	for _, r := range roles {
		staff = append(staff, town.Person{Name: "Invented " + string(r), Roles: []posada.StaffRole{r}})
	}
	plan := town.Plan{Operator: "Invented Hub Cooperative", Console: true, Practice: true, Stretch: processes.Unstretched, Agencies: []town.Agency{
		{Key: "ngo", Name: "Casa Inventada", Class: posada.ClassNGO, Staff: staff},
		{Key: "legal", Name: "Invented Legal Aid", Class: posada.ClassLegalAid, Staff: []town.Person{{Name: "Invented Lawyer", Roles: []posada.StaffRole{posada.RoleLegal, posada.RoleAgencyAdmin}}, {Name: "Invented Paralegal", Roles: []posada.StaffRole{posada.RoleLegal}}}},
		{Key: "shelter", Name: "Invented Shelter", Class: posada.ClassShelter, Staff: []town.Person{{Name: "Invented Host", Roles: []posada.StaffRole{posada.RoleCoordinator}}, {Name: "Invented Volunteer", Roles: []posada.StaffRole{posada.RoleVolunteerScreener}}}},
		{Key: "shut", Name: "Invented Clinic", Class: posada.ClassHealth, Passphrase: shutPhrase, Staff: []town.Person{{Name: "Invented Nurse", Roles: []posada.StaffRole{posada.RoleMedical}}}},
	}}
	laid, err := town.Lay(dir, plan, time.Now())
	if err != nil {
		return nil, err
	}
	ctx, cancel := context.WithCancel(context.Background())
	w := &world{tokens: map[posada.StaffRole]string{}, over: cancel}
	if w.Town, err = town.Start(ctx, laid, town.Options{Poll: time.Second}); err != nil {
		cancel()
		return nil, err
	}
	for i, r := range roles {
		name := laid.TokenFile("ngo")
		if i > 0 {
			name = fmt.Sprintf("%s-%d", name, i+1)
		}
		text, err := os.ReadFile(name)
		if err != nil {
			return nil, err
		}
		w.tokens[r] = strings.TrimSpace(string(text))
	}
	if err := w.furnish(ctx); err != nil {
		return w, err
	}
	if err := w.looking(ctx); err != nil {
		return w, err
	}
	return w, w.waiting(ctx)
}

// paralegal is the token of somebody at the lawyers' who only works with cases. The lawyer's own may
// be ended by whoever makes an account of it.
func (w *world) paralegal(t testing.TB) string {
	t.Helper()
	text, err := os.ReadFile(w.TokenFile("legal") + "-2")
	if err != nil {
		t.Fatal(err)
	}
	return strings.TrimSpace(string(text))
}

// furnish puts something into every kind of page there is.
func (w *world) furnish(ctx context.Context) error {
	ngo := client.New(w.API("ngo"), w.tokens[posada.RoleAdvocate], "en")
	if err := eventually(func() bool {
		list, err := ngo.Agencies(ctx)
		return err == nil && len(list) == 4
	}); err != nil {
		return err
	}
	agreed, err := ngo.AddConsent(ctx, newConsent())
	if err != nil {
		return fmt.Errorf("record a consent: %w", err)
	}
	preview, err := ngo.Preview(ctx, newPreview(agreed.Case))
	if err != nil {
		return fmt.Errorf("preview: %w", err)
	}
	sent, err := ngo.Send(ctx, client.NewSend{Digest: preview.Digest})
	if err != nil {
		return fmt.Errorf("send: %w", err)
	}
	return eventually(func() bool {
		r, err := ngo.Referral(ctx, sent.ID)
		return err == nil && !r.Delivered.IsZero()
	})
}

func newConsent() client.NewConsent {
	repeated := false
	in := client.NewConsent{
		Allow: []client.NewAllowance{{
			To: "Invented Legal Aid", Purpose: "legal", Share: []string{"needs", "identity", "safe_contact"}, SingleUse: &repeated,
		}},
		Services: []string{"legal_immigration"}, GivenBy: "self", AgeBand: "25-39", Method: "written", Language: "spa",
		Condition: "not_conditional", Form: client.HashForm([]byte("an invented form")), TextVersion: "1",
	}
	for _, i := range posada.Members[posada.Informed]() {
		in.Informed = append(in.Informed, string(i))
	}
	return in
}

func newPreview(label string) client.NewPreview {
	return client.NewPreview{
		Case: label, To: "Invented Legal Aid", Purpose: "legal", Services: []string{"legal_immigration"}, Priority: "urgent",
		Records: []client.NewRecord{{Role: "survivor", Fields: map[string]string{"psd_PreferredName": hostile, "prs_MobilePhone": "+15550100"}}},
	}
}

func eventually(is func() bool) error {
	for deadline := time.Now().Add(patience); ; time.Sleep(10 * time.Millisecond) {
		if is() {
			return nil
		}
		if time.Now().After(deadline) {
			return fmt.Errorf("something did not happen within %s", patience)
		}
	}
}

func TestMain(m *testing.M) {
	flag.Parse()
	debug.SetGCPercent(400) // four nodes and what they decide by are in this process all the time
	code := m.Run()
	if w, err := theWorld(); err == nil && w != nil {
		if err := w.Stop(); err != nil {
			fmt.Fprintln(os.Stderr, err)
			code = 1
		}
		w.over()
		_ = os.RemoveAll(filepath.Clean(w.Dir))
	}
	closeBrowser()
	os.Exit(code)
}
