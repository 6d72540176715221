package torture

import (
	"github.com/posada-exchange/posada/pkg/client"
	"github.com/posada-exchange/posada/pkg/config"
	"github.com/posada-exchange/posada/pkg/consent"
	"github.com/posada-exchange/posada/pkg/posada"
	"github.com/posada-exchange/posada/services/node"
	"github.com/posada-exchange/posada/services/town"
)

// agency is a member of the tortured network, and what it may be asked for.
type agency struct {
	key, name string
	class     posada.AgencyClass
	role      posada.StaffRole
	purpose   string // "" where it only sends
	service   string
}

// agencies are two that send, and two that are sent to.
func agencies() []agency {
	return []agency{
		{"north", "Invented NGO North", posada.ClassNGO, posada.RoleAdvocate, "", ""},
		{"south", "Invented NGO South", posada.ClassNGO, posada.RoleAdvocate, "", ""},
		{"legal", "Invented Legal Aid", posada.ClassLegalAid, posada.RoleLegal, "legal", "legal_immigration"},
		{"shelter", "Invented Shelter", posada.ClassShelter, posada.RoleCoordinator, "shelter", "shelter_emergency"},
	}
}

func senders() []agency { return agencies()[:2] }

func targets() []agency { return agencies()[2:] }

func plan(host string, stretch consent.Stretch) town.Plan {
	p := town.Plan{Operator: "Invented Hub Cooperative", Host: host, Stretch: stretch}
	for _, a := range agencies() {
		p.Agencies = append(p.Agencies, town.Agency{Key: a.key, Name: a.name, Class: a.class, Staff: []town.Person{{Name: "Invented " + string(a.role), Roles: []posada.StaffRole{a.role}}}})
	}
	return p
}

// agreed is a consent that covers referral after referral to every target.
func agreed() client.NewConsent {
	repeated := false
	in := client.NewConsent{
		GivenBy: "self", AgeBand: "25-39", Method: "written", Language: "spa", Condition: "not_conditional",
		Form: client.HashForm([]byte("an invented form")), TextVersion: "1",
	}
	for _, i := range posada.Members[posada.Informed]() {
		in.Informed = append(in.Informed, string(i))
	}
	for _, a := range targets() {
		in.Services = append(in.Services, a.service)
		in.Allow = append(in.Allow, client.NewAllowance{To: a.name, Purpose: a.purpose, Share: []string{"needs", "identity"}, SingleUse: &repeated})
	}
	return in
}

// marked is the field of a referral that says which one it is.
const marked = "psd_AccessNeeds"

func referral(to agency, label, mark string) client.NewPreview {
	return client.NewPreview{
		Case: label, To: to.name, Purpose: to.purpose, Services: []string{to.service}, Priority: "urgent",
		Records: []client.NewRecord{{Role: "survivor", Fields: map[string]string{marked: mark}}},
	}
}

// ask makes a client of an agency's node for its first member of staff.
func (w *world) ask(key string) (*client.Client, error) {
	settings, err := node.ReadConfig(w.laid.NodeConfig(key), nil)
	if err != nil {
		return nil, err
	}
	token, err := config.ReadSecret(w.laid.TokenFile(key))
	if err != nil {
		return nil, err
	}
	return client.New("http://"+settings.Listen, string(token), "en").Keeping(4), nil
}
