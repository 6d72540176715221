package town_test

import (
	"bytes"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"os"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	independent "github.com/standard-webhooks/standard-webhooks/libraries/go"

	"github.com/posada-exchange/posada/pkg/client"
	"github.com/posada-exchange/posada/pkg/obs"
	"github.com/posada-exchange/posada/pkg/posada"
	"github.com/posada-exchange/posada/pkg/webhook"
	"github.com/posada-exchange/posada/services/town"
)

// hearer is a program that is told what came to one agency, and all it was sent.
type hearer struct {
	*httptest.Server
	mu     sync.Mutex
	shut   bool // the agency's node is locked
	late   int  // what came nevertheless
	events []webhook.Event
	all    bytes.Buffer
	key    string // it checks by
	wrong  []error
}

func newHearer(t *testing.T) *hearer {
	p := &hearer{}
	p.Server = httptest.NewServer(http.HandlerFunc(p.take))
	t.Cleanup(p.Close)
	return p
}

func (p *hearer) take(_ http.ResponseWriter, r *http.Request) {
	body, err := io.ReadAll(r.Body)
	p.mu.Lock()
	defer p.mu.Unlock()
	var e webhook.Event
	if err == nil {
		err = json.Unmarshal(body, &e)
	}
	check, keyless := independent.NewWebhook(p.key)
	if keyless == nil && err == nil {
		err = check.Verify(body, r.Header)
	}
	if err != nil || keyless != nil {
		p.wrong = append(p.wrong, err, keyless)
	}
	if p.shut {
		p.late++
	}
	fmt.Fprintln(&p.all, r.URL, r.Header, string(body))
	if !slices.ContainsFunc(p.events, func(x webhook.Event) bool { return x.ID == e.ID }) {
		p.events = append(p.events, e)
	}
}

// has is an event of a type that it was told of, as soon as it was.
func (p *hearer) has(t *testing.T, typ posada.WebhookType) (e webhook.Event) {
	t.Helper()
	eventually(t, "being told "+string(typ), func() bool {
		p.mu.Lock()
		defer p.mu.Unlock()
		i := slices.IndexFunc(p.events, func(e webhook.Event) bool { return e.Type == webhook.TypeName(typ) })
		if i >= 0 {
			e = p.events[i]
		}
		return i >= 0
	})
	return e
}

// locked says whether the agency's node is.
func (p *hearer) locked(is bool) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.shut = is
}

// hook has a program told of what comes to an agency.
func hook(t *testing.T, admin *client.Client, person string) *hearer {
	t.Helper()
	p := newHearer(t)
	p.mu.Lock()
	defer p.mu.Unlock()
	out, err := admin.AddWebhook(t.Context(), client.NewWebhook{URL: p.URL + "/in", For: person})
	if err != nil {
		t.Fatal(err)
	}
	p.key = out.Key
	return p
}

// telling is a town where programs on this machine may be told, and whose every agency has
// somebody who administers it, as whom ask asks.
func telling(t *testing.T) town.Laid {
	t.Helper()
	p := plan()
	p.Agencies[1].Passphrase = passphrase
	for i := range p.Agencies {
		p.Agencies[i].Staff[0].Roles = append(p.Agencies[i].Staff[0].Roles, posada.RoleAgencyAdmin)
	}
	laid, err := town.Lay(t.TempDir(), p, time.Now())
	if err != nil {
		t.Fatal(err)
	}
	for _, a := range p.Agencies {
		text, err := os.ReadFile(laid.NodeConfig(a.Key))
		if err != nil {
			t.Fatal(err)
		}
		said := strings.Replace(string(text), "webhook_loopback: false", "webhook_loopback: true", 1)
		if err := os.WriteFile(laid.NodeConfig(a.Key), []byte(said), 0o600); err != nil || said == string(text) {
			t.Fatal("the configuration does not say it", err)
		}
	}
	return laid
}

// TestProgramsAreToldWhatCameAndNothingOfIt: a referral, that it is withdrawn, a need, an
// answer and a choice, at real nodes; checked by another implementation; asked at the node
// afterwards. While a node is locked nobody is told; nothing of the case, of its ids or of an
// agency is in anything that was sent or logged.
func TestProgramsAreToldWhatCameAndNothingOfIt(t *testing.T) {
	t.Parallel()
	var log lockedBuffer
	w := start(t, telling(t), town.Options{Skip: []string{"police"}, Log: obs.NewLog(&log)})
	ngo, legal, shelter := ask(t, w, "ngo"), ask(t, w, "legal"), ask(t, w, "shelter")
	unlock(t, legal)
	atLegal, atShelter, atNGO := hook(t, legal, "Invented Lawyer"), hook(t, shelter, "Invented Coordinator"), hook(t, ngo, "Invented Advocate")

	agreed := agree(t, ngo)
	sent := send(t, ngo, agreed.Case)
	came := atLegal.has(t, posada.WebhookReferral)
	what, err := legal.WebhookEvent(t.Context(), posada.EventID(came.ID))
	if err != nil || what.Referral != sent.ID || came.Data.Fetch != "/v1/webhook-events/"+came.ID {
		t.Errorf("it is about %+v, %v", what, err)
	}
	lock(t, legal)
	atLegal.locked(true)
	if _, err := ngo.Withdraw(t.Context(), client.NewWithdrawal{Case: agreed.Case}); err != nil {
		t.Fatal(err)
	}
	eventually(t, "the hub having that it was taken back", func() bool {
		s, err := ngo.Status(t.Context())
		return err == nil && s.Waiting == 0 && s.AtHub > 0
	})
	atLegal.locked(false)
	unlock(t, legal)
	if back := atLegal.has(t, posada.WebhookWithdrawn); back.Subject != came.Subject || back.Source != came.Source {
		t.Errorf("%+v is of another subject than %+v", back, came)
	}

	id := places(t, ngo, shelter, atShelter)
	if e := atNGO.has(t, posada.WebhookNeedAnswer); e.Source == came.Source || e.Subject == atShelter.has(t, posada.WebhookHeld).Subject {
		t.Errorf("two agencies are told the same names: %+v", e)
	}
	for _, p := range []*hearer{atLegal, atShelter, atNGO} {
		p.mu.Lock()
		if len(p.wrong) > 0 || p.late > 0 {
			t.Errorf("%v; %d came while the node was locked", p.wrong, p.late)
		}
		for _, never := range []string{her, "15550100", "Invented", string(sent.ID), string(id), agreed.Case, string(agreed.ID), "legal_immigration", "shelter_emergency"} {
			if bytes.Contains(p.all.Bytes(), []byte(never)) {
				t.Errorf("%s stands in what was sent", never)
			}
			if bytes.Contains(log.bytes(), []byte(never)) {
				t.Errorf("%s stands in the log", never)
			}
		}
		if bytes.Contains(log.bytes(), []byte(strings.TrimPrefix(p.URL, "http://"))) {
			t.Error("an address stands in the log")
		}
		p.mu.Unlock()
	}
}

// places has a need asked, offered for and chosen, as a shelter's program is told of it.
func places(t *testing.T, ngo, shelter *client.Client, at *hearer) posada.NeedID {
	t.Helper()
	free := 2
	if _, err := shelter.DescribePlace(t.Context(), client.NewPlace{Place: "dorm", Services: []string{"shelter_emergency"}, Free: &free}); err != nil {
		t.Fatal(err)
	}
	id, _, _ := needOf(t, ngo, "")
	fits := at.has(t, posada.WebhookNeedFits)
	what, err := shelter.WebhookEvent(t.Context(), posada.EventID(fits.ID))
	if err != nil || what.Placement != posada.NeedID(id) {
		t.Errorf("it is about %+v, %v", what, err)
	}
	if _, err := shelter.Offer(t.Context(), what.Placement, client.NewOffer{Place: "dorm"}); err != nil {
		t.Fatal(err)
	}
	eventually(t, "the offer coming", func() bool {
		n, err := ngo.Need(t.Context(), posada.NeedID(id))
		return err == nil && n.State == posada.NeedOffersOpen
	})
	if _, err := ngo.ChooseOffer(t.Context(), posada.NeedID(id), client.NewChoice{Agency: "Invented Shelter"}); err != nil {
		t.Fatal(err)
	}
	if held := at.has(t, posada.WebhookHeld); held.Subject != fits.Subject {
		t.Errorf("%+v is of another subject than %+v", held, fits)
	}
	return posada.NeedID(id)
}
