package client

import (
	"slices"

	"github.com/posada-exchange/posada/pkg/posada"
)

// Telling is a copy of what is missing without what says nothing more: where the network
// lets nobody of that kind have something, that it would want more than consent for it is
// no news; and where nothing was agreed to, or it is over, what that agreement lacks
// helps nobody.
func Telling(lacks []posada.Condition) []posada.Condition {
	never, none := slices.Contains(lacks, "N1"), slices.Contains(lacks, "G3.status")
	return slices.DeleteFunc(slices.Clone(lacks), func(c posada.Condition) bool {
		return never && c == "N2" || none && slices.Contains([]posada.Condition{"G3.time", "G3.use", "G3.informed", "G5", "G11"}, c)
	})
}

// Alike are categories that are refused for the same.
type Alike struct {
	Categories []posada.Category
	Lacks      []posada.Condition // Telling
}

// AllAlike puts together what lacks the same, in the order in which it comes.
func AllAlike(refused []NotGiven) (all []Alike) {
	for _, r := range refused {
		lacks := Telling(r.Lacks)
		i := slices.IndexFunc(all, func(a Alike) bool { return slices.Equal(a.Lacks, lacks) })
		if i < 0 {
			i, all = len(all), append(all, Alike{Lacks: lacks})
		}
		all[i].Categories = append(all[i].Categories, r.Category)
	}
	return all
}
