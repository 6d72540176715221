package console

import (
	"cmp"
	"fmt"
	"net/http"
	"strings"

	"github.com/posada-exchange/posada/pkg/client"
	"github.com/posada-exchange/posada/pkg/i18n"
	"github.com/posada-exchange/posada/pkg/posada"
)

// reviewPages show what a proposal's file comes to, before a steward signs it elsewhere. A
// steward's key never comes near a page: to approve is a command on her own machine.
func reviewPages() []page {
	get, post := http.MethodGet, http.MethodPost
	return []page{
		{method: get, pattern: "/rules/review", title: "console.review.title", do: review, roles: draftRoles()},
		{method: post, pattern: "/rules/review", title: "console.review.title", do: readMotion, again: reviewForm, roles: draftRoles(), upload: maxUpload},
		{method: post, pattern: "/rules/review/motion", title: "console.review.title", do: pickMotion, again: reviewForm, roles: draftRoles()},
		{method: post, pattern: "/rules/review/publish", title: "console.review.title", do: publishMotion, again: review, roles: draftRoles()},
		{method: post, pattern: "/rules/review/gone", title: "console.review.title", do: dropMotion, again: review, roles: draftRoles()},
	}
}

// motionName is what a session keeps the file under that somebody looks at.
const motionName = "motion"

// keptMotion is the file as it was chosen, or the motion that came to this node, by its name.
type keptMotion struct {
	Name, Text string
	Motion     posada.MotionID
}

// reviewPage is what a file comes to, with all that came to this node and is not decided;
// without a file, the form that asks for it.
type reviewPage struct {
	File field
	Came []cameRow
	reviewed
}

// reviewed is all that is said of a file.
type reviewed struct {
	client.Review
	Name     string
	Label    string
	Parts    []changePart
	Remarks  []string
	Refused  refusedPage
	Sound    bool // a steward may sign it
	Complete bool // enough of them have
	Signed   []string
	Missing  []string
	Also     []string
	Approve  string
	Object   string
	Show     string
}

func review(v *visit) (view, error) {
	var kept keptMotion
	if !v.draftOf(motionName, &kept) {
		return reviewForm(v)
	}
	out, err := v.node.Review(v.ctx(), client.NewReview{Motion: kept.Text})
	if err != nil {
		return view{}, err
	}
	came, err := v.came()
	if err != nil {
		return view{}, err
	}
	shown := reviewPage{File: v.motionField(), Came: came, reviewed: v.reviewed(kept, out)}
	return show("rules_review", shown).titled(v.Text("console.review.of", "version", out.Version)), nil
}

// reviewForm asks for a file.
func reviewForm(v *visit) (view, error) {
	if _, err := v.draftRules(); err != nil { // whoever may not weigh the table learns nothing here
		return view{}, err
	}
	came, err := v.came()
	if err != nil {
		return view{}, err
	}
	return show("rules_review", reviewPage{File: v.motionField(), Came: came}), nil
}

func (v *visit) motionField() field {
	f := v.text("motion", "console.review.file").as("file").hint(v.Text("console.review.file_hint")).needed()
	f.Max = 0
	return f
}

// readMotion keeps a file that proposes a table for this network, and shows it.
func readMotion(v *visit) (view, error) {
	name, text := v.file("motion")
	if _, err := v.node.Review(v.ctx(), client.NewReview{Motion: string(text)}); err != nil {
		return view{}, err
	}
	if err := v.keepDraft(motionName, keptMotion{Name: plainName(name), Text: string(text)}); err != nil {
		return view{}, err
	}
	return goTo("/rules/review", ""), nil
}

// plainName is a file's name as it can stand in a command; any other is called what posada
// policy propose would.
func plainName(name string) string {
	plain := func(r rune) bool {
		return r >= 'a' && r <= 'z' || r >= 'A' && r <= 'Z' || r >= '0' && r <= '9' || strings.ContainsRune("-_.", r)
	}
	if strings.ContainsFunc(name, func(r rune) bool { return !plain(r) }) || strings.HasPrefix(name, "-") || len(name) > 100 {
		return ""
	}
	return name
}

func (v *visit) reviewed(kept keptMotion, out client.Review) reviewed {
	name := cmp.Or(kept.Name, fmt.Sprintf("policy-motion-%d.json", out.Version))
	yours := v.Text("console.rules.yours") + ".steward"
	p := reviewed{
		Review: out, Name: name, Refused: v.refusals(out.Checked), Approve: "posada policy approve " + name + " --key " + yours, Object: "posada policy object " + name + " --key " + yours,
		Show: "posada network show " + name,
	}
	if kept.Motion != "" { // its file is not on her machine yet, and goes on as it came
		p.Approve = "posada network fetch " + string(kept.Motion) + " --out " + name + "\n" + p.Approve + "\nposada network send " + name
	}
	p.Sound = out.Checked.Difference != nil && out.Checked.Counterexample == nil && out.Follows && out.AsSigned
	p.Complete = p.Sound && out.Lacks == 0
	if d := out.Checked.Difference; d != nil {
		p.Label, p.Parts = v.labelled(*d), v.changeParts(*d)
	}
	for _, r := range out.Checked.Remarks {
		p.Remarks = append(p.Remarks, v.Text(i18n.Key("policy.remark."+string(r.Why)), r.Words(v.Term)...))
	}
	for _, s := range out.Stewards {
		who := v.Text("console.review.steward", "agency", v.known(s.Agency), "key", s.Key)
		if s.Signed {
			p.Signed = append(p.Signed, who)
		} else {
			p.Missing = append(p.Missing, who)
		}
	}
	for _, role := range out.Also {
		p.Also = append(p.Also, v.Term("console.review.also", role))
	}
	return p
}

// publishMotion brings what enough stewards signed to the hub. Whether it is enough, the
// hub and every node look for themselves.
func publishMotion(v *visit) (view, error) {
	var kept keptMotion
	if !v.draftOf(motionName, &kept) {
		return reviewForm(v)
	}
	out, err := v.node.Review(v.ctx(), client.NewReview{Motion: kept.Text})
	if err != nil {
		return view{}, err
	}
	if err := v.node.Publish(v.ctx(), out.Decisions); err != nil {
		return view{}, err
	}
	v.dropDraft(motionName)
	return goTo("/rules/history", "console.review.published", "version", out.Version), nil
}

// dropMotion forgets the file.
func dropMotion(v *visit) (view, error) {
	v.dropDraft(motionName)
	return goTo("/rules/review", "console.review.dropped"), nil
}
