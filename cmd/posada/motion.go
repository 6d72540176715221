package main

import (
	"crypto/sha256"
	"encoding/hex"
	"strconv"
	"strings"
	"time"

	"github.com/posada-exchange/posada/pkg/enrol"
	"github.com/posada-exchange/posada/pkg/i18n"
	"github.com/posada-exchange/posada/pkg/matrix"
	"github.com/posada-exchange/posada/pkg/posada"
	"github.com/posada-exchange/posada/pkg/roster"
	"github.com/posada-exchange/posada/pkg/trust"
)

// shownMotion is a motion as programs are shown it.
type shownMotion struct {
	Network   posada.NetworkID  `json:"network"`
	Practice  bool              `json:"practice"`
	Founds    bool              `json:"founds"`
	Threshold int               `json:"threshold"`
	Signed    []posada.AgencyID `json:"signed"`
	Lacks     int               `json:"lacks"`
}

func (c *cli) shownOf(m enrol.Motion) shownMotion {
	charter := m.Charter()
	out := shownMotion{
		Network: charter.Network, Practice: charter.Practice, Founds: m.Founds(), Threshold: charter.Threshold,
		Signed: []posada.AgencyID{}, Lacks: m.Lacks(),
	}
	for _, s := range m.Signed() {
		out.Signed = append(out.Signed, s.Agency)
	}
	return out
}

// showMotion writes all that a motion says: whoever signs it signs all of it.
func (c *cli) showMotion(p *page, m enrol.Motion) {
	charter := m.Charter()
	p.practice(charter.Practice)
	if m.Founds() {
		p.say("motion.founds", "network", charter.Network, "hub", m.Hub)
	} else {
		p.say("motion.changes", "network", charter.Network)
	}
	p.heading("motion.stewards", "threshold", charter.Threshold, "stewards", len(charter.Stewards))
	signed := map[posada.AgencyID]bool{}
	for _, s := range m.Signed() {
		signed[s.Agency] = true
	}
	var rows [][]string
	for _, s := range charter.Stewards {
		mark := ""
		if signed[s.Agency] {
			mark = p.Text("motion.signed")
		}
		rows = append(rows, []string{posada.Brief(s.Agency), c.keyInWords(s.Key), mark})
	}
	p.table([]i18n.Key{"column.agency", "column.words", "column.signed"}, rows)
	for _, e := range m.Examined() {
		if e.Role == trust.RoleRoot && !m.Founds() {
			p.heading("motion.root", "version", e.Version)
			for _, s := range m.Leave() {
				p.say("motion.leaves", "agency", posada.Brief(s.Agency), "words", c.keyInWords(s.Key))
			}
		}
	}
	if base, next, ok := m.Rosters(); ok {
		c.showRoster(p, base, next, m.Founds())
	}
	showFiles(p, m)
	showTable(p, m)
	if b, ok := m.Braked(); ok {
		showBrake(p, b)
	}
	if lacks := m.Lacks(); lacks > 0 {
		p.heading("motion.lacks", "count", lacks)
	} else {
		p.heading("motion.enough")
	}
}

// showRoster writes every member of a proposed roster, and what is new.
func (c *cli) showRoster(p *page, base, next roster.Snapshot, founds bool) {
	p.heading("motion.roster", "version", next.Version, "operator", next.Hub.Operator)
	var rows [][]string
	for _, r := range enrol.Rows(base, next) {
		mark := ""
		if r.Change != enrol.ChangeNone && !founds {
			mark = p.Term("change", r.Change)
		}
		rows = append(rows, []string{
			posada.Brief(r.Agency.ID), p.Term("class", string(r.Agency.Class)), p.Term("standing", string(r.Agency.Standing)), c.keyInWords(r.Agency.Identity), mark,
		})
	}
	for _, a := range enrol.Gone(base, next) {
		rows = append(rows, []string{posada.Brief(a.ID), p.Term("class", string(a.Class)), "", c.keyInWords(a.Identity), p.Term("change", "gone")})
	}
	columns := []i18n.Key{"column.agency", "column.class", "column.standing", "column.words", "column.change"}
	if founds {
		columns = columns[:4] // all of it is new
	}
	p.table(columns, rows)
	for _, r := range enrol.Rows(base, next) {
		if r.Change == enrol.ChangeJoins && !founds {
			p.say("motion.sponsors", "agency", posada.Brief(r.Agency.ID), "one", posada.Brief(r.Agency.Sponsors[0]), "other", posada.Brief(r.Agency.Sponsors[1]))
		}
	}
}

// showFiles names the other files by their digest: they are read elsewhere.
func showFiles(p *page, m enrol.Motion) {
	for i, e := range m.Examined() {
		if e.Role == trust.RolePolicy || e.Role == trust.RolePacks || e.Role == trust.RoleDirectory {
			sum := sha256.Sum256(m.Proposals[i].Target)
			p.heading("motion.file", "role", p.Term("signed_role", string(e.Role)), "version", e.Version, "digest", hex.EncodeToString(sum[:8]))
		}
	}
}

// showTable writes all that a proposed policy changes, against the one that came with it.
func showTable(p *page, m enrol.Motion) {
	text, _, proposes := m.Table()
	if !proposes {
		return
	}
	before, errBefore := matrix.Read(m.Policy)
	after, errAfter := matrix.Read(text)
	if errBefore != nil || errAfter != nil {
		return
	}
	p.line("")
	p.difference(matrix.Compare(before, after))
}

func showBrake(p *page, b trust.Brake) {
	ids := make([]string, len(b.Suspend))
	for i, id := range b.Suspend {
		ids[i] = posada.Brief(id)
	}
	until := moment(time.Unix(b.Until, 0))
	if len(ids) == 0 {
		p.heading("motion.brake_policy", "until", until, "never", strconv.Itoa(len(b.Never)), "objects", strconv.Itoa(len(b.Object)))
		return
	}
	p.heading("motion.brake", "until", until, "agencies", strings.Join(ids, ", "),
		"never", strconv.Itoa(len(b.Never)), "objects", strconv.Itoa(len(b.Object)))
}
