package papers

import (
	"crypto/sha256"
	"encoding/base64"
	"errors"
	"regexp"
	"strings"
	"time"

	"github.com/posada-exchange/posada/pkg/i18n"
	"github.com/posada-exchange/posada/pkg/posada"
)

// ErrNeverLeaves says that a form was to share what never leaves its holder
// (guard rule G4): nobody is asked to agree to that.
var ErrNeverLeaves = errors.New("what never leaves its holder cannot be agreed to")

// Form is what a consent form says: the facts of a consent that is about to be
// given. It is read aloud, signed on paper, and stays where it was signed.
type Form struct {
	Agency string // who asks, and reads it aloud
	Hub    string // who carries what is sent and can read none of it

	// Own is that it is not shared but kept: the one line names Agency itself, which
	// copies that into its own record from what came in.
	Own      bool
	Lines    []FormLine
	Excluded []string // agencies that never get anything
	Withheld posada.Set[posada.Category]
	Services posada.Set[posada.ServiceType]

	Made   time.Time // the day it was made, in the reader's zone
	Begins time.Time // zero: when it is signed
	Days   int       // how many days it lasts

	GivenBy     posada.GivenBy
	Method      posada.ConsentMethod
	CoSigned    posada.Set[posada.CoSigner]
	Interpreter bool
	Tells       []FormTell // of a minor who agrees alone

	Mark string // Mark of the file it is made from
}

// FormLine is one agency and purpose.
type FormLine struct {
	To         string // its name, as a person says it
	Purpose    posada.Purpose
	Categories posada.Set[posada.Category]
	Once       bool     // one sending uses it up
	Onward     []string // agencies it may be passed on to; nobody, if none
}

// FormTell is what those who give some services may tell others of a minor who
// agrees alone.
type FormTell struct {
	Services posada.Set[posada.ServiceType]
	Says     map[string]string // by language
}

// String hides the form from every log line and error.
func (Form) String() string { return "(redacted)" }

// GoString hides the form from %#v.
func (Form) GoString() string { return "(redacted)" }

// Mark stands at a form's foot and says which text it is and what it was made
// from, so that whoever records the consent can tell whether that is still the
// same. It is no signature: whoever can write a form can write its mark.
func Mark(from []byte) string {
	sum := sha256.Sum256(from)
	return FormVersion + " · " + base64.RawURLEncoding.EncodeToString(sum[:])
}

// MarkOf finds the mark of a page that HTML made. What is no such page has none.
func MarkOf(page []byte) (string, bool) {
	found := regexp.MustCompile(`<p class="mark">(posada-[0-9]+ · [A-Za-z0-9_-]{43})</p>`).FindSubmatch(page)
	if found == nil {
		return "", false
	}
	return string(found[1]), true
}

// Text is the form as it is read aloud from a terminal.
func (f Form) Text(l i18n.Language) (string, error) {
	s, err := f.sheet(l)
	return s.text(), err
}

// HTML is the form as a page to print and sign.
func (f Form) HTML(l i18n.Language) (string, error) {
	s, err := f.sheet(l)
	if err != nil {
		return "", err
	}
	return s.html()
}

// formText is what consent.txt is filled with.
type formText struct {
	Agency, Hub                         string
	Own                                 bool
	Tells                               []string
	Lines                               []formTextLine
	Excluded, Withheld, Services, Never []string
	Police                              bool
	Made, Begins, Ends                  string
	Days                                int
	GivenBy, Method                     string
	ChildAdvocate, Representative       bool
	Interpreter                         bool
	Mark                                string
}

type formTextLine struct {
	To, Purpose  string
	What, Onward []string
	Once         bool
}

func (f Form) sheet(l i18n.Language) (sheet, error) {
	text, err := read(l, "consent.txt")
	if err != nil {
		return sheet{}, err
	}
	facts, err := f.text(l)
	if err != nil {
		return sheet{}, err
	}
	filled, err := fill(text, facts)
	return sheet{l, parse(filled)}, err
}

func (f Form) text(l i18n.Language) (formText, error) {
	p, err := phrasesOf(l)
	if err != nil {
		return formText{}, err
	}
	t := formText{
		Agency: plain(f.Agency), Hub: plain(f.Hub), Own: f.Own, Excluded: plainly(f.Excluded),
		Withheld: said(p, "category", f.Withheld.List()), Services: said(p, "service", f.Services.List()),
		Never: said(p, "category", posada.SetOf(posada.NeverLeave()...).List()), Days: f.Days, GivenBy: string(f.GivenBy), Method: string(f.Method),
		ChildAdvocate: f.CoSigned.Has(posada.CoSignerChildAdvocate), Representative: f.CoSigned.Has(posada.CoSignerLegalRepresentative),
		Interpreter: f.Interpreter, Mark: f.Mark,
	}
	for _, tell := range f.Tells {
		t.Tells = append(t.Tells, strings.Join(said(p, "service", tell.Services.List()), ", ")+": "+plain(tell.Says[string(l)]))
	}
	for _, line := range f.Lines {
		if !line.Categories.And(posada.SetOf(posada.NeverLeave()...)).Empty() {
			return formText{}, ErrNeverLeaves
		}
		t.Police = t.Police || line.Purpose.OfLawEnforcement()
		t.Lines = append(t.Lines, formTextLine{
			To: plain(line.To), Purpose: p.say("purpose", string(line.Purpose)), Once: line.Once,
			What: said(p, "category", line.Categories.List()), Onward: plainly(line.Onward),
		})
	}
	return t, f.days(p, &t)
}

// days writes when it begins and ends.
func (f Form) days(p phrases, t *formText) (err error) {
	from := f.Made
	if !f.Begins.IsZero() {
		from = f.Begins
		if t.Begins, err = p.day(f.Begins); err != nil {
			return err
		}
	}
	if t.Made, err = p.day(f.Made); err != nil {
		return err
	}
	t.Ends, err = p.day(from.Add(time.Duration(f.Days) * 24 * time.Hour))
	return err
}

func plainly(names []string) []string {
	list := make([]string, len(names))
	for i, name := range names {
		list[i] = plain(name)
	}
	return list
}
