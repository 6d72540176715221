package prove

import (
	"encoding/json"
	"fmt"
	"slices"

	"github.com/posada-exchange/posada/pkg/pdp"
	"github.com/posada-exchange/posada/pkg/posada"
)

// Minors is the table of what minors may consent to alone, read apart from the
// rules.
type Minors struct {
	Serves map[posada.ServiceType][]posada.Purpose `json:"serves"`
	Rows   []struct {
		Jurisdictions []posada.Jurisdiction `json:"jurisdictions"`
		Services      []posada.ServiceType  `json:"services"`
		Youngest      posada.AgeBand        `json:"youngest"`
		Cosigned      bool                  `json:"cosigned"`
	} `json:"rows"`
}

func readMinors(text []byte) (m Minors, err error) {
	if err := json.Unmarshal(text, &m); err != nil {
		return m, fmt.Errorf("read the table of minors: %w", err)
	}
	return m, nil
}

func consentedAlone(d pdp.Disclosure) bool { return d.Consent.GivenBy == posada.GivenByMinorAlone }

func othersConsented(d pdp.Disclosure) bool {
	return posada.Known(d.Consent.GivenBy) && !consentedAlone(d)
}

// law is G5.law of a minor who consented alone: something is asked for, and a row
// allows each service of it.
func (m Minors) law(d pdp.Disclosure) bool {
	return !d.Services.Empty() && !slices.ContainsFunc(d.Services.List(), func(s posada.ServiceType) bool { return !m.allow(d, s) })
}

func (m Minors) allow(d pdp.Disclosure, s posada.ServiceType) bool {
	c := d.Consent
	for _, row := range m.Rows {
		if slices.Contains(row.Jurisdictions, c.Jurisdiction) && slices.Contains(row.Services, s) &&
			oldEnough(c.AgeBand, row.Youngest) && (!row.Cosigned || !c.CoSigned.Empty()) {
			return true
		}
	}
	return false
}

// oldEnough reports whether a minor's band is the youngest of a row or above it.
func oldEnough(band, youngest posada.AgeBand) bool {
	minors := posada.Members[posada.AgeBand]()[:3]
	from := slices.Index(minors, youngest)
	return from > 0 && slices.Index(minors, band) >= from
}

// purpose is G5.purpose of a minor who consented alone.
func (m Minors) purpose(d pdp.Disclosure) bool {
	return !slices.ContainsFunc(d.Services.List(), func(s posada.ServiceType) bool { return !slices.Contains(m.Serves[s], d.Purpose) })
}
