package browsing

import (
	"context"
	"fmt"
	"os"
	"strings"
	"testing"

	"github.com/posada-exchange/posada/pkg/client"
	"github.com/posada-exchange/posada/pkg/posada"
)

// harmful is hostile, as short as a place's name must be.
const harmful = `Room "><img src=x>{{.}}'`

// host is whoever coordinates the shelter.
func (w *world) host() (*client.Client, error) {
	token, err := w.Token("shelter")
	return client.New(w.API("shelter"), token, "en"), err
}

// volunteer is the token of whoever is on at the shelter at night.
func (w *world) volunteer(t testing.TB) string {
	t.Helper()
	text, err := os.ReadFile(w.TokenFile("shelter") + "-2")
	if err != nil {
		t.Fatal(err)
	}
	return strings.TrimSpace(string(text))
}

// looking has places looked for: from the NGO one that has an offer and one that is held,
// and at the NGO one that waits for an answer. What can be typed in any of them is.
func (w *world) looking(ctx context.Context) error {
	host, err := w.host()
	if err != nil {
		return err
	}
	free := 40
	if _, err := host.DescribePlace(ctx, client.NewPlace{Place: "Dormitory", Services: []string{"shelter_emergency", "hotel_voucher"}, Free: &free}); err != nil {
		return fmt.Errorf("describe a place: %w", err)
	}
	ngo := w.as(posada.RoleAdvocate)
	few := 3
	if _, err := ngo.DescribePlace(ctx, client.NewPlace{Place: harmful, Services: []string{"shelter_emergency"}, Genders: []string{"man"}, Free: &few}); err != nil {
		return fmt.Errorf("describe a place: %w", err)
	}
	offered, err := w.offered(ctx, ngo, host)
	if err != nil {
		return err
	}
	held, err := w.offered(ctx, ngo, host)
	if err != nil {
		return err
	}
	if _, err := ngo.ChooseOffer(ctx, held.ID, client.NewChoice{Agency: "Invented Shelter"}); err != nil {
		return err
	}
	// One more that the person refused, with why.
	refused, err := w.offered(ctx, ngo, host)
	if err != nil {
		return err
	}
	if _, err := ngo.RefuseOffer(ctx, refused.ID, client.NewChoice{Agency: "Invented Shelter", Why: hostile}); err != nil {
		return err
	}
	if _, err := ngo.EndNeed(ctx, refused.ID, client.NewNeedEnd{How: "withdrawn"}); err != nil {
		return err
	}
	if _, err := ask(ctx, host, client.NewNeed{Priority: "emergency", Services: []string{"shelter_emergency"}, Size: "1"}); err != nil {
		return err
	}
	return eventually(func() bool {
		n, err := ngo.Need(ctx, held.ID)
		came, wrong := ngo.Placements(ctx, false)
		return err == nil && standing(n, "Invented Shelter") == posada.AskedHolds && wrong == nil && len(came) > 0 && offered.ID != ""
	})
}

// offered is a need of the NGO's that the shelter offers a place for.
func (w *world) offered(ctx context.Context, ngo, host *client.Client) (client.Need, error) {
	n, err := ask(ctx, ngo, client.NewNeed{Priority: "urgent", Services: []string{"shelter_emergency"}, Gender: "man", Size: "1", Pets: true})
	if err != nil {
		return n, err
	}
	if err := eventually(func() bool { _, err := host.Placement(ctx, n.ID); return err == nil }); err != nil {
		return n, err
	}
	if _, err := host.Offer(ctx, n.ID, client.NewOffer{Place: "Dormitory"}); err != nil {
		return n, fmt.Errorf("offer: %w", err)
	}
	return n, eventually(func() bool {
		now, err := ngo.Need(ctx, n.ID)
		return err == nil && now.State == posada.NeedOffersOpen
	})
}

// ask asks for a place as it would be after it was read to the person.
func ask(ctx context.Context, node *client.Client, in client.NewNeed) (client.Need, error) {
	p, err := node.PreviewNeed(ctx, in)
	if err != nil {
		return client.Need{}, fmt.Errorf("preview a need: %w", err)
	}
	n, err := node.PostNeed(ctx, client.NewPosting{Digest: p.Digest, Permission: true, Note: hostile})
	if err != nil {
		return n, fmt.Errorf("post a need: %w", err)
	}
	return n, nil
}

// standing is where an agency stands that was asked.
func standing(n client.Need, name string) posada.AskedState {
	for _, l := range n.Asked {
		if l.Agency.Name == name {
			return l.State
		}
	}
	return ""
}
