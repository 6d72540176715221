package console

import (
	"cmp"
	"fmt"
	"net/http"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/posada-exchange/posada/pkg/client"
	"github.com/posada-exchange/posada/pkg/matrix"
	"github.com/posada-exchange/posada/pkg/posada"
)

// pastPages are what stewards decided until now, and what runs, waits and is stopped of it.
func pastPages() []page {
	get, post := http.MethodGet, http.MethodPost
	return []page{
		{method: get, pattern: "/rules/history", title: "console.past.title", do: past, roles: draftRoles()},
		{method: get, pattern: "/rules/history/{version}", title: "console.past.one", do: pastTable, roles: draftRoles()},
		{method: post, pattern: "/rules/history/{version}", title: "console.past.one", do: downloadPast, again: pastTable, roles: draftRoles()},
	}
}

// pastPage is what runs here, what waits and why, what is stopped, and what there was.
type pastPage struct {
	Table, List uint64
	Waiting     []waitRow
	Brakes      []brakeRow
	Tables      []client.Decided
	Lists       []client.Decided
	Earlier     bool
}

// waitRow is an edition that does not run here yet.
type waitRow struct {
	Role    string
	Version uint64
	From    time.Time
	Why     string
}

// brakeRow is all that one steward stopped alone.
type brakeRow struct {
	Steward string
	Until   time.Time
	Says    []string
}

func past(v *visit) (view, error) {
	n, err := v.node.Network(v.ctx())
	if err != nil {
		return view{}, err
	}
	all, err := v.node.Past(v.ctx())
	if err != nil {
		return view{}, err
	}
	name, err := v.called()
	if err != nil {
		return view{}, err
	}
	p := pastPage{Table: n.Policy, List: n.Roster, Tables: all.Tables, Lists: all.Members, Earlier: all.Earlier}
	for _, w := range n.Waiting {
		p.Waiting = append(p.Waiting, waitRow{Role: w.Role, Version: w.Version, From: later(w.From, w.Stopped), Why: v.whyWaits(w)})
	}
	for _, b := range n.Brakes {
		p.Brakes = append(p.Brakes, v.brakeRow(b, name))
	}
	return show("rules_history", p), nil
}

func later(a, b time.Time) time.Time {
	if b.After(a) {
		return b
	}
	return a
}

// whyWaits says why something that was decided does not run yet.
func (v *visit) whyWaits(w client.Waiting) string {
	switch {
	case !w.Stopped.IsZero():
		return v.Text("console.past.why_stopped", "until", v.when(w.Stopped))
	case w.All:
		return v.Text("console.past.why_hour")
	}
	return v.Text("console.past.why_day")
}

// brakeRow says all that a brake stops.
func (v *visit) brakeRow(b client.Brake, name func(posada.AgencyID) string) brakeRow {
	nobody := v.Text("console.network.not_member")
	row := brakeRow{Steward: cmp.Or(name(b.Steward), nobody), Until: b.Until}
	var suspended []string
	for _, id := range b.Suspend {
		suspended = append(suspended, cmp.Or(name(id), nobody))
	}
	if len(suspended) > 0 {
		row.Says = append(row.Says, v.Text("console.past.suspends", "agencies", strings.Join(suspended, ", ")))
	}
	var cells []matrix.Change
	for _, c := range b.Cells {
		cells = append(cells, matrix.Change{Cell: c, Before: posada.ModeConsent, After: posada.ModeNever})
	}
	for _, g := range matrix.Groups(cells) {
		row.Says = append(row.Says, v.cellsSay(g))
	}
	if b.Objects > 0 {
		row.Says = append(row.Says, v.Text("console.past.objects", "count", b.Objects))
	}
	return row
}

// pastTablePage is a table that was signed once, held against the one that runs.
type pastTablePage struct {
	Version, Running uint64
	Edition          client.Decided
	Label            string
	Parts            []changePart
	File             string
	Commands         []string
}

// pastOf reads the table that a page is about.
func (v *visit) pastOf() (matrix.Table, client.PolicyTable, error) {
	version, err := strconv.ParseUint(v.path("version"), 10, 64)
	if err != nil {
		return matrix.Table{}, client.PolicyTable{}, errNothing
	}
	signed, err := v.node.PastTable(v.ctx(), version)
	if err != nil {
		return matrix.Table{}, signed, err
	}
	table, err := matrix.Read([]byte(signed.Text))
	if err != nil {
		return table, signed, errNothing // stewards signed what is no table: it never ran
	}
	return table, signed, nil
}

func pastTable(v *visit) (view, error) {
	table, signed, err := v.pastOf()
	if err != nil {
		return view{}, err
	}
	d, err := v.draftRules()
	if err != nil {
		return view{}, err
	}
	all, err := v.node.Past(v.ctx())
	if err != nil {
		return view{}, err
	}
	difference := matrix.Compare(d.running, table)
	p := pastTablePage{
		Version: signed.Version, Running: d.running.Version, Label: v.labelled(difference), Parts: v.changeParts(difference), File: tableFile(signed.Version),
		Commands: []string{"posada policy rollback " + tableFile(signed.Version)},
	}
	if i := slices.IndexFunc(all.Tables, func(e client.Decided) bool { return e.Version == signed.Version }); i >= 0 {
		p.Edition = all.Tables[i]
	}
	return show("rules_past", p).titled(v.Text("console.past.table", "version", signed.Version)), nil
}

// downloadPast hands over a table byte for byte as it was signed.
func downloadPast(v *visit) (view, error) {
	_, signed, err := v.pastOf()
	if err != nil {
		return view{}, err
	}
	return v.download(tableFile(signed.Version), []byte(signed.Text)), nil
}

// tableFile is what a table's file is called.
func tableFile(version uint64) string { return fmt.Sprintf("policy-%d.json", version) }

// download hands over a file.
func (v *visit) download(name string, text []byte) view {
	h := v.w.Header()
	h.Set("Content-Type", "application/json")
	h.Set("Content-Disposition", fmt.Sprintf("attachment; filename=%q", name))
	v.w.WriteHeader(http.StatusOK)
	// A browser that hung up has its answer.
	_, _ = v.w.Write(text)
	return view{done: true}
}
