package console

import (
	"fmt"
	"strconv"

	"github.com/posada-exchange/posada/pkg/client"
	"github.com/posada-exchange/posada/pkg/i18n"
	"github.com/posada-exchange/posada/pkg/matrix"
	"github.com/posada-exchange/posada/pkg/posada"
)

// changePart is one kind of change, with its sentences.
type changePart struct {
	Title string
	Says  []string
}

// labelled says in a sentence what a difference comes to.
func (v *visit) labelled(d matrix.Difference) string {
	opened, shut := d.Counts()
	return v.Text(i18n.Key("difference."+string(d.Label())), "opened", opened, "shut", shut)
}

// changeParts are all that a difference says.
func (v *visit) changeParts(d matrix.Difference) (parts []changePart) {
	add := func(is bool, title string, says ...string) {
		if is {
			parts = append(parts, changePart{title, says})
		}
	}
	cells := func(changes []matrix.Change) (says []string) {
		for _, g := range matrix.Groups(changes) {
			says = append(says, v.cellsSay(g)+" "+v.Text(i18n.Key("matrix.was."+string(g.Before))))
		}
		return says
	}
	classes := func(key i18n.Key, list []posada.AgencyClass) {
		add(len(list) > 0, v.Text(key, "classes", i18n.Terms(v.Printer, "class", list)))
	}
	add(len(d.Opened()) > 0, v.Text("difference.opened"), cells(d.Opened())...)
	add(len(d.Shut()) > 0, v.Text("difference.shut"), cells(d.Shut())...)
	add(len(d.Seen) > 0, v.Text("difference.seen"), v.looksSay("view.says", d.Seen)...)
	add(len(d.Unseen) > 0, v.Text("difference.unseen"), v.looksSay("view.unseen", d.Unseen)...)
	classes("difference.asked", d.Asked)
	classes("difference.unasked", d.Unasked)
	add(d.Days[0] != d.Days[1], v.Text("difference.days", "before", d.Days[0], "after", d.Days[1]))
	add(len(d.Silence) > 0, v.Text("difference.silence", "priorities", i18n.Terms(v.Printer, "priority", d.Silence)))
	return parts
}

// changesPage is all that a draft changes against what runs, and how it is signed.
type changesPage struct {
	Drafted  bool
	Purpose  string // where a draft is begun
	Wider    bool   // it waits before it runs
	Same     bool
	Label    string
	Parts    []changePart
	Remarks  []string
	Running  uint64
	Newer    bool // another table was signed since the draft was begun
	Waits    uint64
	Days     field
	File     string
	Commands []string
	Replay   *replayPart
}

func rulesChanges(v *visit) (view, error) {
	d, err := v.draftRules()
	if err != nil {
		return view{}, err
	}
	p := changesPage{Drafted: d.begun, Purpose: string(posada.PurposeShelter), Running: d.running.Version}
	if !d.begun {
		return show("rules_changes", p), nil
	}
	text, err := d.Table.Write()
	if err != nil {
		return view{}, err
	}
	checked, err := v.node.CheckPolicy(v.ctx(), string(text))
	if err != nil {
		return view{}, err
	}
	if refused, is := v.refusedTable(checked, "/rules"); is {
		return refused, nil
	}
	p.fill(v, d, checked)
	if p.Replay, err = v.replayOf(string(text)); err != nil {
		return view{}, err
	}
	return show("rules_changes", p), nil
}

func (p *changesPage) fill(v *visit, d rulesDraft, checked client.CheckedTable) {
	difference := *checked.Difference
	p.Label, p.Parts = v.labelled(difference), v.changeParts(difference)
	p.Wider = checked.Label == matrix.Wider || checked.Label == matrix.Mixed
	p.Same = checked.Label == matrix.None && len(p.Parts) == 0
	p.Newer = d.From != d.newest.Version
	if d.signed.Waiting != nil {
		p.Waits = d.newest.Version
	}
	for _, r := range checked.Remarks {
		p.Remarks = append(p.Remarks, v.Text(i18n.Key("policy.remark."+string(r.Why)), r.Words(v.Term)...))
	}
	p.Days = v.text("days", "console.rules.days").as("number").hint(v.Text("console.rules.days_hint", "most", matrix.MaxDays)).first(strconv.Itoa(d.Table.Limits.RetainDays))
	p.Days.Mode = "numeric"
	p.File = tableFile(d.Table.Version)
	p.Commands = []string{
		"posada policy check " + p.File,
		"posada policy propose " + p.File,
		fmt.Sprintf("posada policy approve policy-motion-%d.json --key %s.steward", d.Table.Version, v.Text("console.rules.yours")),
	}
}

// changeDays changes for how long anybody may keep anything.
func changeDays(v *visit) (view, error) {
	d, err := v.draftRules()
	if err != nil {
		return view{}, err
	}
	// What is no number is none that a table may have: the node says so.
	d.Table.Limits.RetainDays, _ = strconv.Atoi(v.value("days"))
	if refused, err := v.keepRules(d.keptRules, "/rules/changes"); err != nil || refused.template != "" {
		return refused, err
	}
	return goTo("/rules/changes", "console.rules.kept"), nil
}

// downloadRules hands the draft over as the file that stewards sign.
func downloadRules(v *visit) (view, error) {
	d, err := v.draftRules()
	if err != nil {
		return view{}, err
	}
	text, err := d.Table.Write()
	if err != nil {
		return view{}, err
	}
	return v.download(tableFile(d.Table.Version), append(text, '\n')), nil
}

// dropRules throws the draft away.
func dropRules(v *visit) (view, error) {
	v.dropDraft(rulesName)
	return goTo("/rules", "console.rules.dropped"), nil
}

// rulesFile asks for a table that was written elsewhere.
func rulesFile(v *visit) (view, error) {
	if _, err := v.draftRules(); err != nil {
		return view{}, err
	}
	f := v.text("table", "console.rules.table").hint(v.Text("console.rules.table_hint")).needed()
	f.Kind, f.Max = "area", maxBody/2
	return show("rules_file", f), nil
}

// readRules goes on with it in the pages, under the number that comes next.
func readRules(v *visit) (view, error) {
	checked, err := v.node.CheckPolicy(v.ctx(), v.value("table"))
	if err != nil {
		return view{}, err
	}
	if refused, is := v.refusedTable(checked, "/rules/file"); is {
		return refused, nil
	}
	d, err := v.draftRules()
	if err != nil {
		return view{}, err
	}
	if d.Table, err = matrix.Read([]byte(v.value("table"))); err != nil {
		return view{}, err
	}
	d.From = d.newest.Version
	if err := v.keepDraft(rulesName, d.keptRules); err != nil {
		return view{}, err
	}
	return goTo("/rules/changes", "console.rules.kept"), nil
}
