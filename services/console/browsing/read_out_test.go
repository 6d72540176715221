package browsing

import (
	"crypto/rand"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/chromedp/cdproto/emulation"

	"github.com/posada-exchange/posada/pkg/client"
	"github.com/posada-exchange/posada/pkg/directory"
	"github.com/posada-exchange/posada/pkg/i18n"
	"github.com/posada-exchange/posada/pkg/posada"
	"github.com/posada-exchange/posada/pkg/trust"
	"github.com/posada-exchange/posada/services/town"
	"github.com/posada-exchange/posada/services/town/processes"
)

// ours is an agency, and phoned one that has no node: stewards signed of what class it is.
const (
	ours   = "Casa Inventada"
	phoned = "Invented Phone Clinic"
)

// TestWhatIsReadOutIsPrintedAsItWasShown: somebody agrees, in pages, that an agency without a node is told
// something. What was shown is read out by one press; on paper stand those same lines and what binds whoever has
// them, and nothing that belongs to us: no way about, no case, nothing of what to do next.
func TestWhatIsReadOutIsPrintedAsItWasShown(t *testing.T) {
	s := &tale{t: t, how: ways{language: "es", width: 1280}, says: i18n.For(i18n.Spanish), sits: map[string]*tab{}}
	s.lists()
	b := s.at("ngo")
	label := b.opensCase()
	in := newConsent()
	in.Allow[0].To, in.Days = phoned, 30
	in.Allow[0].Share = []string{"needs", "safe_contact", "identity"}
	b.agrees(in)
	b.toCase()
	draft := newPreview(label)
	draft.To = phoned
	s.previews(b, draft)
	b.tells(s.says.Text("console.preview.paper", "agency", phoned))
	shown, keeps := b.rows(), read[string](b, `document.querySelector('main ul.plain').innerText`)
	b.press(`form[action$="/send"] button`)
	b.tells(s.says.Text("console.refer.printed", "agency", phoned))
	if came := b.rows(); len(shown) < 3 || !slices.EqualFunc(came, shown, slices.Equal) {
		t.Errorf("%q was shown, and %q is read out", shown, came)
	}
	set(b, emulation.SetEmulatedMedia, emulation.SetEmulatedMediaParams{Media: "print"})
	b.keep(b.how, "read-out-printed")
	heading := b.heading()
	left := strings.Fields(b.text("body"))
	for _, row := range shown {
		left = without(t, left, strings.Join(row, " "))
	}
	left = without(t, left, keeps)
	left = without(t, left, heading)
	// What is left names who reads it out, and the columns.
	for _, text := range []string{ours, s.says.Text("console.referral.carried"), s.says.Text("console.column.field"), s.says.Text("console.column.value"), s.says.Text("console.column.kind"), s.says.Text("console.keeps.theirs", "agency", phoned)} {
		left = without(t, left, text)
	}
	if len(left) > 0 {
		t.Errorf("on paper there is more than was shown: %q", left)
	}
	b.goesTo("/referrals")
}

// without is words without those of a text, which must be among them, one after the other.
func without(t *testing.T, words []string, text string) []string {
	t.Helper()
	part := strings.Fields(text)
	for i := range words {
		if len(words)-i >= len(part) && slices.EqualFunc(words[i:i+len(part)], part, strings.EqualFold) {
			return slices.Concat(words[:i], words[i+len(part):])
		}
	}
	t.Errorf("on paper there is no %q: %q", text, words)
	return words
}

// lists is a town of one NGO whose stewards signed a directory with the agency that has no node.
func (s *tale) lists() {
	s.t.Helper()
	plan := town.Plan{Operator: "Invented Hub Cooperative", Console: true, Practice: true, Stretch: processes.Unstretched, Agencies: []town.Agency{
		{Key: "ngo", Name: ours, Class: posada.ClassNGO, Staff: []town.Person{{Name: "Invented Steward", Roles: []posada.StaffRole{posada.RoleAdvocate, posada.RoleAgencyAdmin}}}},
	}}
	s.starts(plan)
	text, keys, err := directory.Book{Network: s.Network, Version: 1, Entries: []directory.Entry{
		{ID: directory.IDFrom([16]byte{1}, 4), Name: directory.Name{EN: phoned, ES: phoned}, Class: posada.ClassLegalAid, Phones: []directory.Phone{{Number: "+19155550177"}}},
		{ID: directory.IDFrom([16]byte{2}, 4), Name: directory.Name{EN: ours, ES: ours}, Member: s.Members["ngo"].ID},
	}}.Seal(rand.Reader)
	if err != nil {
		s.t.Fatal(err)
	}
	signed, err := s.Council.Decide(trust.RoleDirectory, text, time.Now())
	if err != nil {
		s.t.Fatal(err)
	}
	node := s.asks("ngo")
	s.waits(func() bool {
		return node.Publish(s.t.Context(), []client.Signed{{Document: signed.Document, Target: signed.Target}}) == nil
	})
	s.waits(func() bool { _, err := node.GiveDirectory(s.t.Context(), keys); return err == nil })
	s.waits(func() bool {
		list, err := node.Agencies(s.t.Context())
		return err == nil && slices.ContainsFunc(list, func(a client.Agency) bool { return a.Name == phoned })
	})
}
