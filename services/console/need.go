package console

import (
	"strings"
	"time"

	"github.com/posada-exchange/posada/pkg/client"
	"github.com/posada-exchange/posada/pkg/i18n"
	"github.com/posada-exchange/posada/pkg/need"
	"github.com/posada-exchange/posada/pkg/posada"
)

// needPage is a need at whoever asked: what came back, and what to do with it.
type needPage struct {
	N         client.Need
	At, Case  string
	State     string
	Stands    string
	Tone      string
	Over      bool
	Mine      bool // it can be worked with by whoever looks
	Clock     *clock
	Until     string
	Board     board
	Offers    []offerRow      // what can be taken, was chosen, or is held
	Unsent    []client.Agency // to be telephoned, and those without a node
	Next      *afterHold
	Rows      []toldRow
	Unsaid    string
	Now       time.Time
	Answering bool // somebody may still answer: it is worth looking again
	Silence   *quiet
}

// quiet is what is due where nobody offers a place, and what follows.
type quiet struct {
	Due, Next string
	Step      posada.SilenceStep // it is begun from here; empty: with the telephone
}

// quietOf says it; nil where there is nothing to say.
func (v *visit) quietOf(n client.Need) *quiet {
	s := n.Silence
	if s == nil || n.NotSent {
		return nil
	}
	var q quiet
	if s.Step != "" {
		q.Due = v.Text(keyOf("console.need.silence." + string(s.Step)))
	}
	if n.Hers && (s.Step == posada.SilenceWiderRegion || s.Step == posada.SilenceVoucherFund) {
		q.Step = s.Step
	}
	if s.Next != "" {
		q.Next = v.Text("console.need.silence.next", "at", v.near(s.At), "next", v.Term("silence", string(s.Next)))
	}
	return &q
}

// offerRow is an agency that has a place.
type offerRow struct {
	client.NeedLine
	Clock  *clock
	Choose bool // it can be taken now
	Refuse string
}

// needOf is the need that a page's path names.
func (v *visit) needOf() (client.Need, error) {
	if !worksCases(v.who().Roles) {
		return client.Need{}, errNothing
	}
	return v.node.Need(v.ctx(), posada.NeedID(v.path("id")))
}

func oneNeed(v *visit) (view, error) {
	n, err := v.needOf()
	if err != nil {
		return view{}, err
	}
	p := needPage{
		N: n, At: needAt(n.ID), Case: v.caseAt(n.Case), Tone: needTone(n.State), Over: n.State.Over(), Mine: n.Hers, Board: v.board(n.Asked), Now: v.k.c.Now(),
		State: v.Term("need_state", string(n.State)), Stands: v.Text(keyOf("console.need.stands." + string(n.State))), Until: v.near(n.Until),
	}
	p.Answering, p.Silence = !p.Over, v.quietOf(n)
	if !p.Over {
		p.Clock = v.clock(n.Posted, n.Until)
	}
	var unsaid []string
	p.Rows, unsaid = told(v.Printer, n.Profile)
	for _, l := range n.Asked {
		if l.State == posada.AskedUnsent {
			p.Unsent = append(p.Unsent, l.Agency)
		}
		if row, has := v.offerRow(n, l); has {
			p.Offers = append(p.Offers, row)
		}
		if l.State == posada.AskedHolds && !p.Over {
			p.Clock = nil // whoever else was asked is closed: its hold is what runs
			p.State, p.Tone, p.Stands = v.Term("asked", string(l.State)), "good", v.Text("console.need.stands.held", "agency", l.Agency.Name, "until", v.near(l.Until))
			if p.Next, err = v.afterHold(n, l.Agency); err != nil {
				return view{}, err
			}
		}
	}
	p.Unsaid, p.Unsent = listed(unsaid), append(p.Unsent, n.Call...)
	return show("need", p).titled(v.Text("console.need.heading", "services", i18n.Terms(v.Printer, "service", n.Profile.Services), "case", n.Case)), nil
}

// offerRow is an agency's offer as it stands, if it has one that counts.
func (v *visit) offerRow(n client.Need, l client.NeedLine) (row offerRow, has bool) {
	row = offerRow{NeedLine: l}
	lasts := need.OfferLasts
	switch l.State {
	case posada.AskedHolds:
		lasts = need.HoldLasts
	case posada.AskedOffers, posada.AskedChosen:
	default:
		return row, false
	}
	if n.State.Over() {
		return row, false
	}
	if !l.Until.IsZero() {
		row.Clock = v.clock(l.Until.Add(-lasts), l.Until)
	}
	row.Choose = n.Hers && n.State == posada.NeedOffersOpen && l.State == posada.AskedOffers
	if n.Hers {
		row.Refuse = needAt(n.ID) + "/refuse/" + string(l.Agency.ID)
	}
	return row, true
}

// afterHold is what comes when an agency holds a place: it still knows nothing of the
// person, and gets what the person agrees to.
type afterHold struct {
	Agency  client.Agency
	Refer   string // where what is agreed to is sent; empty: nothing is yet
	Consent string // where the consent is talked about
	Purpose posada.Purpose
}

func (v *visit) afterHold(n client.Need, to client.Agency) (*afterHold, error) {
	if !n.Hers {
		return nil, nil
	}
	at := v.caseAt(n.Case)
	next := &afterHold{Agency: to, Consent: at + "/consent", Purpose: posada.PurposeShelter}
	lines, err := v.agreedIn(n.Case)
	if err != nil {
		return nil, err
	}
	for _, l := range lines {
		if l.To.ID == to.ID && l.Wrong == "" {
			next.Refer = at + "/refer/" + v.handle(string(l.To.ID)+" "+string(l.Purpose))
			return next, nil
		}
	}
	table, err := v.mayHave()
	if err != nil {
		return nil, err
	}
	if table.takes(to.Class, next.Purpose, posada.CategoryNeeds) == "" {
		next.Purpose = posada.PurposeImmediateSafety
	}
	return next, nil
}

// board is a picture of where each agency stands that was asked: one sign each.
type board struct {
	Height int
	Marks  []boardMark
	Key    []boardKey
	Spoken string
}

type boardMark struct {
	X, Y int
	Sign string
}

// boardKey says what a sign means and how many there are.
type boardKey struct {
	Sign, What string
	Count      int
}

// The sizes of a board, in its own units; it is as wide as other pictures.
const (
	boardRow  = 10 // signs in a row
	boardStep = 32
)

// signOf is the sign of where an agency stands: each kind has a shape of its own.
func signOf(s posada.AskedState) string {
	switch s {
	case posada.AskedHolds, posada.AskedChosen:
		return "holds"
	case posada.AskedOffers:
		return "offers"
	case posada.AskedWaiting:
		return "waiting"
	case posada.AskedUnsent:
		return "unsent"
	}
	return "none"
}

func (v *visit) board(list []client.NeedLine) board {
	var b board
	count := map[posada.AskedState]int{}
	for i, l := range list {
		b.Marks = append(b.Marks, boardMark{boardStep/2 + i%boardRow*boardStep, boardStep/2 + i/boardRow*boardStep, signOf(l.State)})
		count[l.State]++
	}
	b.Height = max(1, (len(list)+boardRow-1)/boardRow) * boardStep
	var spoken []string
	for _, s := range posada.Members[posada.AskedState]() {
		if count[s] > 0 {
			b.Key = append(b.Key, boardKey{signOf(s), v.Term("asked", string(s)), count[s]})
			spoken = append(spoken, v.Text("console.need.board_part", "what", v.Term("asked", string(s)), "count", count[s]))
		}
	}
	b.Spoken = v.Text("console.need.board", "count", len(list), "how", strings.Join(spoken, "; "))
	return b
}
