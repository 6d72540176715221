package console

import (
	"net/url"
	"slices"
	"time"

	"github.com/posada-exchange/posada/pkg/client"
	"github.com/posada-exchange/posada/pkg/i18n"
	"github.com/posada-exchange/posada/pkg/posada"
)

// previewPage is exactly what will leave, and what will not, and why.
type previewPage struct {
	At, Back      string // where it is sent by; where it is changed
	Agency, Class string
	Purpose       string
	Carried       []carriedRow
	Not           []notRow
	All           []string // why, where it is the same for all of it
	Without       []string // places that can be left out
	Stuck         bool     // leaving out helps nothing
	Keeps         []string
	Digest, Data  string
	Until         time.Time
	NotAgreed     string
	Passing       bool
	Paper         bool // it is read out or printed
	Points        []pointsAt
}

// notRow is something that will not leave.
type notRow struct {
	Place, Category string
	Why             []string
}

// fill puts a preview into the page.
func (p *previewPage) fill(v *visit, out client.Preview) {
	p.Agency, p.Class, p.Purpose = out.To.Name, v.Term("class", string(out.To.Class)), v.Term("purpose", string(out.Purpose))
	p.Carried, p.Digest, p.Data, p.Until, p.Paper = v.carriedRows(out.Carried), out.Digest, out.Data, out.Until, out.Paper
	if out.Obligations != nil {
		p.Keeps = v.obligations(*out.Obligations)
	}
	same := sameLacks(out.Uncovered)
	p.All = v.rules(same)
	for _, u := range out.Uncovered {
		own := slices.DeleteFunc(client.Telling(u.Lacks), func(c posada.Condition) bool { return slices.Contains(same, c) })
		p.Not = append(p.Not, notRow{v.placed(u.Place), v.Term("category", string(u.Category)), v.rules(own)})
		if u.Place == "priority" {
			p.Stuck = true
		} else {
			p.Without = append(p.Without, u.Place)
		}
	}
	p.Stuck = p.Stuck || len(out.Uncovered) > 0 && len(out.Carried) == 0
}

// rules are sentences of what a condition says.
func (v *visit) rules(list []posada.Condition) (texts []string) {
	for _, c := range list {
		texts = append(texts, v.Text(i18n.Key("rule."+string(c))))
	}
	return texts
}

// sameLacks is what all of it lacks, where there are several.
func sameLacks(list []client.Uncovered) []posada.Condition {
	if len(list) < 2 {
		return nil
	}
	return slices.DeleteFunc(client.Telling(list[0].Lacks), func(c posada.Condition) bool {
		return slices.ContainsFunc(list, func(u client.Uncovered) bool { return !slices.Contains(client.Telling(u.Lacks), c) })
	})
}

// referPreview shows exactly what would leave. Nothing does.
func referPreview(v *visit) (view, error) {
	r, err := v.referring()
	if err != nil {
		return view{}, err
	}
	var kept url.Values
	if !v.draftOf(r.draft(), &kept) {
		return goTo(r.at, ""), nil
	}
	may := r.line.Share.With(posada.CategoryNeeds)
	records, _ := recordsOf(kept, may)
	out, err := v.node.Preview(v.ctx(), client.NewPreview{
		Case: r.label, To: string(r.line.To.ID), Purpose: string(r.line.Purpose), Services: kept["services"], Priority: kept.Get("priority"), Records: records,
	})
	if err != nil {
		return v.backTo(referForm, err, kept)
	}
	p := previewPage{At: r.at, Back: r.at, NotAgreed: v.categories(notAgreed(may))}
	p.fill(v, out)
	p.Purpose = v.Term("purpose", string(r.line.Purpose))
	if p.Points, err = v.fieldWarnings(kept, may, r.line.To.ID); err != nil {
		return view{}, err
	}
	return show("preview", p).titled(v.Text("console.preview.of", "agency", out.To.Name)), nil
}

// backTo shows a form once more where the node will not preview what is in it.
func (v *visit) backTo(form func(*visit) (view, error), err error, kept url.Values) (view, error) {
	problem := v.wrong(err)
	if problem.Status < 400 || problem.Status >= 500 || problem.Status == 401 || problem.Status == 404 {
		return view{}, err
	}
	v.problem, v.typed = problem, kept
	shown, err := form(v)
	shown.status = problem.Status
	return shown, err
}

// referWithout leaves out what may not go.
func referWithout(v *visit) (view, error) {
	r, err := v.referring()
	if err != nil {
		return view{}, err
	}
	var kept url.Values
	if !v.draftOf(r.draft(), &kept) {
		return goTo(r.at, ""), nil
	}
	for _, place := range v.values("without") {
		kept.Del(place)
	}
	if err := v.keepDraft(r.draft(), kept); err != nil {
		return view{}, err
	}
	return goTo(r.at+"/preview", "console.preview.left_out"), nil
}

// referSend sends what was shown, and only that; for an agency without a node it goes on to
// the page it is read out from.
func referSend(v *visit) (view, error) {
	r, err := v.referring()
	if err != nil {
		return view{}, err
	}
	digest := client.NewSend{Digest: v.value("digest")}
	if v.value("paper") != "" {
		out, err := v.node.Print(v.ctx(), digest)
		if err != nil {
			return view{}, err
		}
		v.dropDraft(r.draft())
		return goTo("/referrals/"+string(out.Referral.ID), "console.refer.printed", "agency", out.Referral.Peer.Name), nil
	}
	out, err := v.node.Send(v.ctx(), digest)
	if err != nil {
		return view{}, err
	}
	v.dropDraft(r.draft())
	return goTo("/referrals/"+string(out.ID), "console.refer.sent", "agency", out.Peer.Name), nil
}
