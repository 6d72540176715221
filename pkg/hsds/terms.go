package hsds

import (
	"slices"
	"strconv"
	"strings"

	"github.com/posada-exchange/posada/pkg/directory"
	"github.com/posada-exchange/posada/pkg/posada"
)

// Kinds of our own terms. Each is a list of pkg/posada, or what stands behind it here.
const (
	kindService      = "service"
	kindGender       = "gender"
	kindAge          = "age"
	kindWith         = "with"
	kindExploitation = "exploitation"
	kindAccess       = "access"
	kindPets         = "pets" // yes
	kindLongest      = "longest"
	kindInterpreters = "interpreters" // yes
	kindConfidential = "confidential" // yes or no, of an organization
	kindName         = "name"         // es: the alternate name is the Spanish one
	kindRegion       = "region"       // us-tx, of a service area
	kindZone         = "zone"         // of a schedule
	kindAvailability = "availability" // of a capacity
)

const yes, no, spanish = "yes", "no", "es"

type word struct{ kind, word string }

// words are what a service says in our own terms.
func words(s directory.Service) []word {
	f := s.For
	list := []word{{kindService, string(s.Type)}}
	list = appended(list, kindGender, f.Genders.List())
	list = appended(list, kindAge, f.Ages.List())
	list = appended(list, kindWith, f.With.List())
	list = appended(list, kindExploitation, f.Exploitation.List())
	list = appended(list, kindAccess, f.Access.List())
	if f.Pets {
		list = append(list, word{kindPets, yes})
	}
	if f.Longest != "" {
		list = append(list, word{kindLongest, string(f.Longest)})
	}
	if s.Interpreters {
		list = append(list, word{kindInterpreters, yes})
	}
	return list
}

func appended[T ~string](list []word, kind string, of []T) []word {
	for _, w := range of {
		list = append(list, word{kind, string(w)})
	}
	return list
}

// set takes a word into a service. The type is not among them: there may be several.
func set(s *directory.Service, w word) (err error) {
	f := &s.For
	switch w.kind {
	case kindGender:
		g, wrong := posada.Parse[posada.Gender](w.word)
		f.Genders, err = f.Genders.With(g), wrong
	case kindAge:
		a, wrong := posada.Parse[posada.AgeBand](w.word)
		f.Ages, err = f.Ages.With(a), wrong
	case kindWith:
		k, wrong := posada.Parse[posada.HouseholdKind](w.word)
		f.With, err = f.With.With(k), wrong
	case kindExploitation:
		e, wrong := posada.Parse[posada.ExploitationKind](w.word)
		f.Exploitation, err = f.Exploitation.With(e), wrong
	case kindAccess:
		a, wrong := posada.Parse[posada.AccessNeed](w.word)
		f.Access, err = f.Access.With(a), wrong
	case kindLongest:
		n, wrong := posada.Parse[posada.Nights](w.word)
		if err = wrong; err == nil {
			f.Longest = n
		}
	case kindPets:
		f.Pets, err = w.word == yes, isYes(w.word)
	case kindInterpreters:
		s.Interpreters, err = w.word == yes, isYes(w.word)
	default:
		err = posada.ErrUnknownWord
	}
	return err
}

func isYes(text string) error {
	if text != yes {
		return posada.ErrUnknownWord
	}
	return nil
}

// ages are the youngest and the oldest of bands that follow each other without a gap; none
// where there is a gap, or no limit.
func ages(set posada.Set[posada.AgeBand]) (youngest, oldest *int) {
	all := posada.Members[posada.AgeBand]()
	list := set.List()
	if len(list) == 0 || set.Full() {
		return nil, nil
	}
	first := slices.Index(all, list[0])
	if !slices.Equal(all[first:first+len(list)], list) {
		return nil, nil
	}
	from, _ := bounds(list[0])
	_, to := bounds(list[len(list)-1])
	if from > 0 {
		youngest = &from
	}
	if to >= 0 {
		oldest = &to
	}
	return youngest, oldest
}

// bounds are the first and last year of a band; -1 for no last.
func bounds(a posada.AgeBand) (from, to int) {
	first, last, has := strings.Cut(strings.TrimSuffix(string(a), "+"), "-")
	// The words are numbers; a test reads them all.
	from, _ = strconv.Atoi(first)
	if !has {
		return from, -1
	}
	to, _ = strconv.Atoi(last)
	return from, to
}

// banded are the bands of which everybody is within two ages, and those of which only some
// are; -1 is no oldest.
func banded(youngest, oldest float64) (whole posada.Set[posada.AgeBand], partly []posada.AgeBand) {
	for _, a := range posada.Members[posada.AgeBand]() {
		from, to := bounds(a)
		begins := float64(from) >= youngest
		ends := oldest < 0 || to >= 0 && float64(to) <= oldest
		outside := to >= 0 && float64(to) < youngest || oldest >= 0 && float64(from) > oldest
		switch {
		case begins && ends:
			whole = whole.With(a)
		case !outside:
			partly = append(partly, a)
		}
	}
	return whole, partly
}
