package signing

import (
	"slices"

	"github.com/posada-exchange/posada/pkg/client"
	"github.com/posada-exchange/posada/pkg/papers"
	"github.com/posada-exchange/posada/pkg/posada"
)

// Alone is what a minor agreed to alone: where, at which age, to which services.
type Alone struct {
	By       posada.GivenBy
	Where    posada.Jurisdiction
	Age      posada.AgeBand
	Services posada.Set[posada.ServiceType]
}

// Tells are the warnings of the table of minors that concern it, each with the
// services it is about: whom whoever gives them may tell. Of an age that is not known
// all of them are said.
func (a Alone) Tells(table []client.Alone) (list []papers.FormTell) {
	if a.By != posada.GivenByMinorAlone {
		return nil
	}
	ages := posada.Members[posada.AgeBand]()
	for _, row := range table {
		services := posada.SetOf(row.Services...).And(a.Services)
		young := posada.Known(a.Age) && slices.Index(ages, a.Age) < slices.Index(ages, row.Youngest)
		if len(row.Tells) > 0 && slices.Contains(row.Jurisdictions, a.Where) && !services.Empty() && !young {
			list = append(list, papers.FormTell{Services: services, Says: row.Tells})
		}
	}
	return list
}
