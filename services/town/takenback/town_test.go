package takenback

import (
	"context"
	"errors"
	"math/rand/v2"
	"sync"

	"github.com/posada-exchange/posada/pkg/client"
	"github.com/posada-exchange/posada/pkg/envelope"
	"github.com/posada-exchange/posada/pkg/posada"
	"github.com/posada-exchange/posada/services/node/post"
	"github.com/posada-exchange/posada/services/town"
	"github.com/posada-exchange/posada/services/town/processes"
)

// name is what an agency of the plan is called; all of it is invented.
func name(key string) string {
	return map[string]string{"ngo": "Invented NGO", "legal": "Invented Legal Aid", "shelter": "Invented Shelter", "aid": "Invented Pantry"}[key]
}

// plan is a source, two recipients, and an agency that never heard of anybody.
func plan() town.Plan {
	agency := func(key string, class posada.AgencyClass, role posada.StaffRole) town.Agency {
		return town.Agency{Key: key, Name: name(key), Class: class, Staff: []town.Person{{Name: "Invented " + string(role), Roles: []posada.StaffRole{role}}}}
	}
	return town.Plan{Operator: "Invented Hub Cooperative", Stretch: processes.Unstretched, Agencies: []town.Agency{
		agency("ngo", posada.ClassNGO, posada.RoleAdvocate), agency("legal", posada.ClassLegalAid, posada.RoleLegal),
		agency("shelter", posada.ClassShelter, posada.RoleCoordinator), agency("aid", posada.ClassMaterialAid, posada.RoleAdvocate),
	}}
}

// what each recipient may be asked for.
func asked(key string) (purpose, service string) {
	if key == "legal" {
		return "legal", "legal_immigration"
	}
	return "shelter", "shelter_emergency"
}

func newConsent() client.NewConsent {
	repeated := false
	in := client.NewConsent{
		GivenBy: "self", AgeBand: "25-39", Method: "written", Language: "spa", Condition: "not_conditional",
		Form: client.HashForm([]byte("an invented form")), TextVersion: "1",
	}
	for _, i := range posada.Members[posada.Informed]() {
		in.Informed = append(in.Informed, string(i))
	}
	for _, key := range recipients() {
		purpose, service := asked(key)
		in.Services = append(in.Services, service)
		in.Allow = append(in.Allow, client.NewAllowance{To: name(key), Purpose: purpose, Share: []string{"needs", "identity"}, SingleUse: &repeated})
	}
	return in
}

func newPreview(label, key string) client.NewPreview {
	purpose, service := asked(key)
	return client.NewPreview{
		Case: label, To: name(key), Purpose: purpose, Services: []string{service}, Priority: "urgent",
		Records: []client.NewRecord{{Role: "survivor", Fields: map[string]string{"psd_PreferredName": "Invented"}}},
	}
}

var errFault = errors.New("a fault that was put there")

// faults lets calls of the hub fail, one in sixteen, before or after they were
// carried out.
type faults struct {
	mu            sync.Mutex
	random        *rand.Rand
	well          bool
	calls, failed int
}

func (f *faults) draw() uint64 {
	f.mu.Lock()
	defer f.mu.Unlock()
	return f.random.Uint64()
}

func (f *faults) stop() {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.well = true
}

// count is how many calls failed, and of how many.
func (f *faults) count() (failed, calls int) {
	f.mu.Lock()
	defer f.mu.Unlock()
	return f.failed, f.calls
}

func (f *faults) through(do func() error) error {
	f.mu.Lock()
	drawn := f.random.IntN(32)
	if f.well {
		drawn = 32
	}
	if f.calls++; drawn < 2 {
		f.failed++
	}
	f.mu.Unlock()
	if drawn == 0 {
		return errFault
	}
	if err := do(); err != nil || drawn > 1 {
		return err
	}
	return errFault
}

// faulty stands between a node and the hub.
type faulty struct {
	post.Hub
	*faults
}

func (f faulty) Submit(ctx context.Context, e envelope.Envelope) error {
	return f.through(func() error { return f.Hub.Submit(ctx, e) })
}

func (f faulty) Recall(ctx context.Context, to posada.MailboxID, id posada.MessageID) error {
	return f.through(func() error { return f.Hub.Recall(ctx, to, id) })
}

func (f faulty) Collect(ctx context.Context, ids []posada.MessageID) (list [][]byte, more bool, err error) {
	err = f.through(func() error { list, more, err = f.Hub.Collect(ctx, ids); return err })
	if err != nil {
		return nil, false, err
	}
	return list, more, nil
}
