package console

import (
	"net/http"
	"slices"
	"strings"

	"github.com/posada-exchange/posada/pkg/client"
	"github.com/posada-exchange/posada/pkg/i18n"
	"github.com/posada-exchange/posada/pkg/papers"
	"github.com/posada-exchange/posada/pkg/referral"
	"github.com/posada-exchange/posada/pkg/signing"
	"github.com/posada-exchange/posada/pkg/words"
)

// ownPage is what was taken over into a case.
type ownPage struct {
	At     string
	Record client.OwnRecord
	say    func(place, value string) (string, string)
}

// Values are what something holds, with the words of vocabularies as people say them.
func (p ownPage) Values(list []client.Carried) []client.Carried {
	out := slices.Clone(list)
	for i, f := range out {
		out[i].Place, out[i].Value = p.say(f.Place, f.Value)
	}
	return out
}

// ownRecord shows it. That somebody looked is noted, so it takes a button.
func ownRecord(v *visit) (view, error) {
	k, err := v.ofCase()
	if err != nil {
		return view{}, err
	}
	out, err := v.node.OwnRecord(v.ctx(), client.NewLook{Case: k.Label})
	return show("case_record", ownPage{At: v.caseAt(k.Label), Record: out, say: v.Field}), err
}

// sharedPage is what was shared, to be read aloud.
type sharedPage struct {
	At    string
	Say   i18n.Language
	Says  []option
	Parts []papers.Part
}

func sharedAloud(v *visit) (view, error) {
	k, account, err := v.account()
	if err != nil {
		return view{}, err
	}
	say := v.aloud()
	parts, err := account.Parts(say)
	return show("case_shared", sharedPage{At: v.caseAt(k.Label), Say: say, Says: v.languages(), Parts: parts}), err
}

func sharedPaper(v *visit) (view, error) {
	_, account, err := v.account()
	if err != nil {
		return view{}, err
	}
	html, err := account.HTML(v.aloud())
	return printed(html), err
}

// aloud is the language in which something is read to the person: what was chosen, else
// that of the page.
func (v *visit) aloud() i18n.Language {
	if l := i18n.Language(v.value("say")); slices.Contains(i18n.Languages(), l) {
		return l
	}
	return v.Language()
}

// languages are those there are texts in.
func (v *visit) languages() (list []option) {
	for _, l := range i18n.Languages() {
		list = append(list, option{Value: string(l), Label: v.Term("console.language_name", string(l)), Chosen: l == v.aloud()})
	}
	return list
}

// account is everything that left for others of a case.
func (v *visit) account() (k client.Case, out papers.Shared, err error) {
	if k, err = v.ofCase(); err != nil {
		return k, out, err
	}
	list, err := v.node.Referrals(v.ctx())
	if err != nil {
		return k, out, err
	}
	consents, err := v.node.Consents(v.ctx())
	if err != nil {
		return k, out, err
	}
	out = papers.Shared{At: v.k.c.Now().In(v.k.c.Zone), Lines: []papers.SharedLine{}}
	for _, r := range slices.Backward(list) { // the oldest first
		if r.Side != referral.Source || r.Case != k.Label {
			continue
		}
		whole, err := v.node.Referral(v.ctx(), r.ID)
		if err != nil {
			return k, out, err
		}
		if whole.More {
			return k, out, trouble{http.StatusConflict, "console.case.not_all_shared"}
		}
		out.Lines = append(out.Lines, signing.SharedLine(whole, consents, v.k.c.Zone))
	}
	return k, out, nil
}

// wordsPage is what is to be known before somebody sees the eight words, and then they.
type wordsPage struct {
	At    string
	Says  []option
	Say   i18n.Language
	Words []string
	Hand  []string // what is said with them
}

func wordsBefore(v *visit) (view, error) {
	k, err := v.ofCase()
	if err != nil {
		return view{}, err
	}
	return show("case_words", wordsPage{At: v.caseAt(k.Label), Says: v.languages(), Say: v.aloud()}), nil
}

// theWords asks for the words of a case. That they were read is noted.
func (v *visit) theWords() (label, own string, err error) {
	k, err := v.ofCase()
	if err != nil {
		return "", "", err
	}
	out, err := v.node.Words(v.ctx(), client.NewWords{Case: k.Label})
	own = out.English
	if words.Language(v.aloud()) == words.Spanish {
		own = out.Spanish
	}
	return k.Label, own, err
}

func showWords(v *visit) (view, error) {
	label, own, err := v.theWords()
	if err != nil {
		return view{}, err
	}
	hand, err := papers.HandOver(v.aloud())
	return show("case_words", wordsPage{
		At: v.caseAt(label), Says: v.languages(), Say: v.aloud(), Words: strings.Fields(own), Hand: paragraphs(hand),
	}), err
}

func withdrawalCard(v *visit) (view, error) {
	_, own, err := v.theWords()
	if err != nil {
		return view{}, err
	}
	made, err := papers.NewCard(strings.Fields(own))
	if err != nil {
		return view{}, err
	}
	html, err := made.HTML()
	return printed(html), err
}

// erasePage says what goes, before it does.
type erasePage struct {
	Case    client.Case
	At      string
	Counsel *field // where a paper came
	Really  field
	Done    *client.Erasure
}

func eraseForm(v *visit) (view, error) {
	k, err := v.ofCase()
	if err != nil {
		return view{}, err
	}
	page := erasePage{Case: k, At: v.caseAt(k.Label), Really: v.tick("really", "console.erase.really").called(v.Text("console.erase.really", "case", k.Label)).needed()}
	if len(k.Papers) > 0 {
		asked := v.tick("counsel", "console.erase.counsel").needed()
		page.Counsel = &asked
	}
	return show("case_erase", page).titled(v.Text("console.erase.heading", "case", k.Label)), nil
}

// eraseCase destroys a case, once it was said twice and, where a paper came, counsel was asked.
func eraseCase(v *visit) (view, error) {
	k, err := v.ofCase()
	switch {
	case err != nil:
		return view{}, err
	case !v.ticked("really"):
		return view{}, trouble{http.StatusUnprocessableEntity, "console.erase.untold"}
	case len(k.Papers) > 0 && !v.ticked("counsel"):
		return view{}, trouble{http.StatusUnprocessableEntity, "console.erase.paper"}
	}
	out, err := v.node.EraseCase(v.ctx(), client.NewErasure{Case: k.Label})
	if err != nil {
		return view{}, err
	}
	return show("case_erased", erasePage{Case: k, Done: &out}).titled(v.Text("console.erase.heading_done", "case", k.Label)), nil
}
