package console

import (
	"net/http"
	"net/url"

	"github.com/posada-exchange/posada/pkg/client"
	"github.com/posada-exchange/posada/pkg/freetext"
	"github.com/posada-exchange/posada/pkg/i18n"
	"github.com/posada-exchange/posada/pkg/posada"
)

// mostQuoted is how many things of one kind are quoted in a warning.
const mostQuoted = 4

// pointsAt is that a text which was typed seems to point at somebody: what, and why that is
// thought. It is made of what the form sent and goes on the page that answers it.
type pointsAt struct {
	Field, Kind, Why string
	Finds            []string
	More             int // that are not quoted
}

func (v *visit) pointing(field string, warnings []freetext.Warning) (rows []pointsAt) {
	for _, w := range warnings {
		quoted := w.Finds[:min(mostQuoted, len(w.Finds))]
		rows = append(rows, pointsAt{
			Field: field, Kind: v.Term("freetext.kind", string(w.Kind)), Why: v.Text(i18n.Key("freetext.why." + string(w.Why))), Finds: quoted, More: len(w.Finds) - len(quoted),
		})
	}
	return rows
}

// sheltersBut is what is known beside what is typed for an agency: what other shelters than
// that one are called.
func (v *visit) sheltersBut(to posada.AgencyID) (freetext.Known, error) {
	list, err := v.node.Agencies(v.ctx())
	if err != nil {
		return freetext.Known{}, err
	}
	return freetext.Known{Shelters: freetext.Shelters(client.SheltersBut(list, to)...), Today: v.k.c.Now()}, nil
}

// warnedOf holds a note that is to leave against what points at somebody. Whoever was
// shown what, and sends the same note, sends it: warned is what was typed then.
func (v *visit) warnedOf(to posada.AgencyID) error {
	note := v.value("note")
	if v.value("warned") == note {
		return nil
	}
	rows, err := v.noteWarnings(note, to)
	if err != nil || len(rows) == 0 {
		return err
	}
	return trouble{http.StatusUnprocessableEntity, "console.freetext"}
}

// noteWarnings is what a note is warned of. One too long to be searched is too long to be
// sent, which the node says.
func (v *visit) noteWarnings(note string, to posada.AgencyID) ([]pointsAt, error) {
	known, err := v.sheltersBut(to)
	if err != nil {
		return nil, err
	}
	warnings, _ := freetext.Warn(note, known)
	return v.pointing("", warnings), nil
}

// warning is what a form shows again that was warned of: nil, where that is not why it is
// shown.
type warning struct {
	Rows   []pointsAt
	Warned string // the note that was
}

func (v *visit) warning(to posada.AgencyID) (*warning, error) {
	if v.problem == nil || v.problem.Key != "console.freetext" {
		return nil, nil
	}
	rows, err := v.noteWarnings(v.value("note"), to)
	return &warning{rows, v.value("note")}, err
}

// fieldWarnings is what the fields of a referral are warned of, in words of one's own.
func (v *visit) fieldWarnings(kept url.Values, may posada.Set[posada.Category], to posada.AgencyID) (rows []pointsAt, err error) {
	known, err := v.sheltersBut(to)
	if err != nil {
		return nil, err
	}
	for _, a := range askedFields() {
		value := fieldValue(kept, a)
		if value == "" || a.About && !may.Has(a.Category) {
			continue
		}
		warnings, err := freetext.WarnIn(a.Field, value, known)
		if err != nil { // no field takes as much
			return nil, err
		}
		rows = append(rows, v.pointing(v.placed(a.name()), warnings)...)
	}
	return rows, nil
}
