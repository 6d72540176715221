package pdp

import (
	"fmt"
	"io/fs"

	"github.com/go-json-experiment/json"

	"github.com/posada-exchange/posada/pkg/posada"
	"github.com/posada-exchange/posada/policy"
)

// Alone is one row of the table of minors: what the law of some places lets a
// minor consent to alone.
type Alone struct {
	Jurisdictions []posada.Jurisdiction `json:"jurisdictions"`
	Services      []posada.ServiceType  `json:"services"`
	Youngest      posada.AgeBand        `json:"youngest"` // the youngest band of which every age may
	// Cosigned is that it counts only where the child advocate or a legal
	// representative signed too: whoever does answers for what Provided says.
	Cosigned bool              `json:"cosigned"`
	Provided map[string]string `json:"provided,omitempty"` // by language
	// Tells is whom whoever gives the service may tell, by language.
	Tells  map[string]string `json:"tells,omitempty"`
	Source string            `json:"source"` // statute and section
}

// MinorsAlone is the table this program carries. It is an engineer's reading of
// the law, not legal advice.
func MinorsAlone() ([]Alone, error) {
	text, err := readMinors(policy.Files)
	if err != nil {
		return nil, err
	}
	var table struct {
		Rows []Alone `json:"rows"`
	}
	if err := json.Unmarshal(text, &table); err != nil {
		return nil, fmt.Errorf("%w: %w", ErrMinors, err)
	}
	return table.Rows, nil
}

// readMinors reads the table of minors and holds it against its schema.
func readMinors(files fs.FS) ([]byte, error) {
	text, err := fs.ReadFile(files, policy.MinorsFile)
	if err == nil {
		err = minorsSchema().fits(text)
	}
	if err != nil {
		return nil, fmt.Errorf("%w: %w", ErrMinors, err)
	}
	return text, nil
}
