package main

import (
	"errors"

	"github.com/posada-exchange/posada/pkg/directory"
	"github.com/posada-exchange/posada/pkg/hsds"
	"github.com/posada-exchange/posada/pkg/i18n"
	"github.com/posada-exchange/posada/pkg/need"
	"github.com/posada-exchange/posada/pkg/oncall"
	"github.com/posada-exchange/posada/pkg/posada"
)

// reason is what may be wrong with a directory, and its sentence.
type reason struct {
	is  error
	key i18n.Key
}

// reasons have a sentence each, so that nobody reads a program's words.
func reasons() []reason {
	return []reason{
		{directory.ErrID, "directory.why.id"}, {posada.ErrBadID, "directory.why.bad_id"},
		{directory.ErrName, "directory.why.name"}, {directory.ErrText, "directory.why.text"}, {directory.ErrFigures, "directory.why.figures"},
		{directory.ErrConfidential, "directory.why.confidential"}, {directory.ErrAddress, "directory.why.address"}, {directory.ErrCountry, "directory.why.country"},
		{directory.ErrPhone, "directory.why.phone"}, {directory.ErrEmail, "directory.why.email"}, {directory.ErrNoPhone, "directory.why.no_phone"},
		{directory.ErrZone, "directory.why.zone"}, {directory.ErrNoZone, "directory.why.no_zone"}, {directory.ErrNoDays, "directory.why.no_days"},
		{oncall.ErrBadClock, "directory.why.clock"}, {need.ErrLanguage, "directory.why.language"}, {need.ErrRegion, "directory.why.region"},
		{posada.ErrUnknownWord, "directory.why.word"}, {directory.ErrClass, "directory.why.class"}, {directory.ErrTooMany, "directory.why.too_many"}, {directory.ErrTwice, "directory.why.twice"},
		{directory.ErrVersion, "directory.why.version"}, {directory.ErrOrder, "directory.why.order"}, {directory.ErrSameName, "directory.why.same_name"}, {directory.ErrTwoOf, "directory.why.two_of"},
		{directory.ErrJSON, "directory.why.json"}, {directory.ErrForm, "directory.why.form"}, {directory.ErrField, "directory.why.field"},
		{hsds.ErrNotText, "directory.why.not_text"}, {hsds.ErrNotNumber, "directory.why.not_number"}, {hsds.ErrNotList, "directory.why.not_list"},
		{hsds.ErrNotObject, "directory.why.not_object"}, {hsds.ErrMissing, "directory.why.missing"}, {hsds.ErrTerm, "directory.why.term"},
		{hsds.ErrNoType, "directory.why.no_type"}, {hsds.ErrNotActive, "directory.why.not_active"}, {hsds.ErrHours, "directory.why.hours"},
		{hsds.ErrNoClock, "directory.why.no_clock"}, {hsds.ErrLanguage, "directory.why.code"}, {hsds.ErrArea, "directory.why.area"},
		{hsds.ErrPhone, "directory.why.number"}, {hsds.ErrNotVoice, "directory.why.not_voice"}, {hsds.ErrAges, "directory.why.ages"},
		{hsds.ErrUnit, "directory.why.unit"}, {hsds.ErrWhen, "directory.why.when"}, {hsds.ErrSeveral, "directory.why.several"},
		{hsds.ErrHeldBack, "directory.why.held_back"}, {hsds.ErrNobodysName, "directory.why.other_name"}, {hsds.ErrNotPhysical, "directory.why.not_physical"},
	}
}

func (c *cli) why(err error) string { return because(c.Printer, err) }

func because(p i18n.Printer, err error) string {
	for _, r := range reasons() {
		if errors.Is(err, r.is) {
			return p.Text(r.key)
		}
	}
	return err.Error()
}

// mistakes are the mistakes of a book, each in words.
func (c *cli) mistakes(err error) (list []mistake) {
	for _, m := range directory.Mistakes(err) {
		list = append(list, mistake{Where: m.Where, Why: c.why(m.Why)})
	}
	return list
}

// mistakes lists what is wrong or was left out, where it stands and why.
func (p *page) mistakes(list []mistake) {
	for _, m := range list {
		where := m.Where
		if m.Name != "" {
			where += " (" + m.Name + ")"
		}
		if where != "" {
			p.line("  " + where)
		}
		p.line("      " + m.Why)
	}
}
