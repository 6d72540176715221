package console

import (
	"net/http"
	"slices"

	"github.com/posada-exchange/posada/pkg/client"
	"github.com/posada-exchange/posada/pkg/consent"
	"github.com/posada-exchange/posada/pkg/i18n"
	"github.com/posada-exchange/posada/pkg/posada"
	"github.com/posada-exchange/posada/pkg/referral"
)

// withdrawPages are how somebody takes back what was shared about them.
func withdrawPages() []page {
	care := careRoles()
	anybody := append(careRoles(), posada.RoleVolunteerScreener)
	return []page{
		{method: http.MethodGet, pattern: "/withdraw", title: "console.words.menu", do: wordsForm, roles: anybody, menu: true, icon: "back"},
		{method: http.MethodPost, pattern: "/withdraw", title: "console.words.title", do: wordsHeard, again: wordsForm, roles: anybody},
		{method: http.MethodPost, pattern: "/withdraw/now", title: "console.words.title", do: wordsSaid, again: wordsForm, roles: anybody},
		{method: http.MethodGet, pattern: "/withdraw/done", title: "console.words.done", do: wordsDone, roles: anybody},
		{method: http.MethodGet, pattern: "/cases/{case}/withdraw", title: "console.withdraw.title", do: withdrawCase, roles: care},
		{method: http.MethodPost, pattern: "/cases/{case}/withdraw", title: "console.withdraw.title", do: withdrawnCase, again: withdrawCase, roles: care},
		{method: http.MethodGet, pattern: "/cases/{case}/withdrawn", title: "console.withdraw.done", do: afterCase, roles: care},
		{method: http.MethodGet, pattern: "/referrals/{id}/withdraw", title: "console.withdraw.title", do: withdrawReferral, roles: care},
		{method: http.MethodPost, pattern: "/referrals/{id}/withdraw", title: "console.withdraw.title", do: withdrawnReferral, again: withdrawReferral, roles: care},
		{method: http.MethodGet, pattern: "/referrals/{id}/withdrawn", title: "console.withdraw.done", do: afterReferral, roles: care},
	}
}

// withdrawPage says what will happen before it does.
type withdrawPage struct {
	At, Back, Label string
	Agencies        []agencyBack
	Nothing         bool
}

// agencyBack is what will happen at one agency.
type agencyBack struct {
	ID, Name string
	Will     []string
	rank     int
}

// withdrawCase says what will happen at each agency when all of a case, or what one has
// of it, is taken back.
func withdrawCase(v *visit) (view, error) {
	label, at, err := v.theCase()
	if err != nil {
		return view{}, err
	}
	referrals, err := v.node.Referrals(v.ctx())
	if err != nil {
		return view{}, err
	}
	consents, err := v.node.Consents(v.ctx())
	if err != nil {
		return view{}, err
	}
	b := backs{v: v}
	for _, r := range referrals {
		if r.Side == referral.Source && r.Case == label && r.State != posada.StateWithdrawnBySurvivor && r.Shredded == nil {
			b.add(r.Peer, v.willBack(r), 0)
			for _, third := range onwardsOf(consents, r) {
				b.add(third, v.Text("console.withdraw.will_third", "agency", r.Peer.Name), 1)
			}
		}
	}
	for _, k := range consents {
		if k.Case != label || k.Status != posada.ConsentGiven && k.Status != posada.ConsentRenewed {
			continue
		}
		for _, a := range k.Allow {
			if !a.Withdrawn && !a.Used && !a.NoMore {
				b.add(a.To, v.Text("console.withdraw.will_end", "purpose", v.Term("purpose", string(a.Purpose))), 2)
			}
		}
	}
	slices.SortStableFunc(b.list, func(x, y agencyBack) int { return x.rank - y.rank })
	return show("withdraw", withdrawPage{At: at + "/withdraw", Back: at, Label: label, Agencies: b.list, Nothing: len(b.list) == 0}), nil
}

// backs gathers what will happen by agency.
type backs struct {
	v    *visit
	list []agencyBack
}

func (b *backs) add(to client.Agency, will string, rank int) {
	i := slices.IndexFunc(b.list, func(a agencyBack) bool { return a.ID == string(to.ID) })
	if i < 0 {
		b.list = append(b.list, agencyBack{ID: string(to.ID), Name: to.Name, rank: rank})
		i = len(b.list) - 1
	}
	b.list[i].rank = min(b.list[i].rank, rank)
	if !slices.Contains(b.list[i].Will, will) {
		b.list[i].Will = append(b.list[i].Will, will)
	}
}

// willBack says what will happen with one referral that was sent.
func (v *visit) willBack(r client.Referral) string {
	sent := v.day(r.Sent)
	switch {
	case r.Paper:
		return v.Text("console.withdraw.paper", "sent", sent)
	case answered(r):
		return v.Text("console.withdraw.will_read", "sent", sent)
	case r.Delivered.IsZero():
		return v.Text("console.withdraw.will_stop", "sent", sent)
	}
	return v.Text("console.withdraw.will_destroy", "sent", sent, "at", v.when(r.Delivered))
}

// onwardsOf is whom a consent lets the recipient of a referral pass it on to.
func onwardsOf(consents []client.Consent, r client.Referral) (thirds []client.Agency) {
	for _, k := range consents {
		if k.ID != r.Consent || r.Obligations != nil && r.Obligations.Onward == consent.OnwardNone {
			continue
		}
		for _, a := range k.Allow {
			if a.To.ID == r.Peer.ID && (r.Purpose == "" || a.Purpose == r.Purpose) {
				thirds = append(thirds, a.Onward...)
			}
		}
	}
	return thirds
}

func withdrawnCase(v *visit) (view, error) {
	label, at, err := v.theCase()
	if err != nil {
		return view{}, err
	}
	out, err := v.node.Withdraw(v.ctx(), client.NewWithdrawal{Case: label, From: v.value("from"), AskCounsel: !v.ticked("counsel")})
	if err != nil {
		return view{}, err
	}
	if err := v.keepDraft("back "+label, doneBack{out, v.value("from")}); err != nil {
		return view{}, err
	}
	return goTo(at+"/withdrawn", ""), nil
}

// doneBack is what was taken back, and of whom alone.
type doneBack struct {
	Out  client.Withdrawal
	From string
}

// withdrawnPage says what was done and what follows.
type withdrawnPage struct {
	What    string
	Rows    []backRow
	Thirds  []string
	Own     int
	Kept    int    // of our own record, until counsel was asked
	At      string // where it is destroyed then
	Remain  []remainRow
	Shared  string // the page of what was shared
	Back    string
	Nothing bool
}

type backRow struct{ To, Agency, Done string }

type remainRow struct{ Label, To string }

func (v *visit) withdrawn(d doneBack, what string) withdrawnPage {
	p := withdrawnPage{What: what, Own: d.Out.Own, Kept: d.Out.Kept, Nothing: len(d.Out.Back)+len(d.Out.Thirds) == 0}
	for _, r := range d.Out.Back {
		key := i18n.Key("console.withdraw.did_destroy")
		switch {
		case received(r):
			key = "console.withdraw.did_here"
		case r.Paper:
			key = "console.shredded.paper"
		case answered(r):
			key = "console.withdraw.did_read"
		case r.Delivered.IsZero():
			key = "console.withdraw.did_stop"
		}
		p.Rows = append(p.Rows, backRow{"/referrals/" + string(r.ID), r.Peer.Name, v.Text(key, "agency", r.Peer.Name)})
	}
	for _, a := range d.Out.Thirds {
		p.Thirds = append(p.Thirds, a.Name)
	}
	for _, label := range d.Out.Remain {
		p.Remain = append(p.Remain, remainRow{label, "/cases/" + v.handle(label) + "/withdraw"})
	}
	return p
}

func afterCase(v *visit) (view, error) {
	label, at, err := v.theCase()
	if err != nil {
		return view{}, err
	}
	var d doneBack
	if !v.draftOf("back "+label, &d) {
		return goTo(at+"/withdraw", ""), nil
	}
	what := v.Text("console.withdraw.of_case", "case", label)
	if d.From != "" {
		what = v.Text("console.withdraw.of_case_from", "case", label, "agency", v.agencyName(d.From))
	}
	p := v.withdrawn(d, what)
	p.Shared, p.Back, p.At = at+"/shared", at, at+"/withdraw"
	return show("withdrawn", p), nil
}

// agencyName is what a member is called here.
func (v *visit) agencyName(id string) string {
	list, err := v.node.Agencies(v.ctx())
	if i := slices.IndexFunc(list, func(a client.Agency) bool { return string(a.ID) == id }); err == nil && i >= 0 {
		return list[i].Name
	}
	return id
}

// withdrawReferral says what happens when somebody takes back where they happen to be.
func withdrawReferral(v *visit) (view, error) {
	r, err := v.findReferral()
	if err != nil {
		return view{}, err
	}
	at := "/referrals/" + string(r.ID)
	if r.Case != "" {
		return goTo("/cases/"+v.handle(r.Case)+"/withdraw", ""), nil
	}
	if r.State == posada.StateWithdrawnBySurvivor {
		return goTo(at, ""), nil
	}
	return show("withdraw_referral", withdrawPage{
		At: at + "/withdraw", Back: at, Label: r.Peer.Name, Agencies: v.willHere(r),
	}), nil
}

// willHere says what will happen where somebody takes back what came in, or what was
// passed on of it.
func (v *visit) willHere(r client.Referral) []agencyBack {
	if !received(r) {
		return []agencyBack{{Name: r.Peer.Name, Will: []string{v.willBack(r)}}}
	}
	return []agencyBack{
		{Name: v.Text("console.path.lane_we"), Will: []string{v.Text("console.withdraw.will_here", "agency", r.Peer.Name), v.Text("console.withdraw.will_own")}},
		{Name: r.Peer.Name, Will: []string{v.Text("console.withdraw.will_hear")}},
	}
}

func withdrawnReferral(v *visit) (view, error) {
	out, err := v.node.Withdraw(v.ctx(), client.NewWithdrawal{Referral: v.path("id")})
	if err != nil {
		return view{}, err
	}
	if err := v.keepDraft("back "+v.path("id"), doneBack{Out: out}); err != nil {
		return view{}, err
	}
	return goTo("/referrals/"+v.path("id")+"/withdrawn", ""), nil
}

func afterReferral(v *visit) (view, error) {
	var d doneBack
	if !v.draftOf("back "+v.path("id"), &d) {
		return goTo("/referrals", ""), nil
	}
	p := v.withdrawn(d, v.Text("console.withdraw.of_referral"))
	p.Back = "/referrals"
	return show("withdrawn", p), nil
}
