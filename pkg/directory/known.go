package directory

import (
	"maps"
	"slices"
	"strings"

	"github.com/posada-exchange/posada/pkg/posada"
)

// Known is what a node knows of agencies, made to be asked often. It does not change.
type Known struct {
	entries []Entry
	at      map[posada.AgencyID]int
}

// Know makes entries ready to be asked. Of two of one agency the first counts.
func Know(entries []Entry) *Known {
	k := &Known{entries: slices.Clone(entries), at: make(map[posada.AgencyID]int, len(entries))}
	for i, e := range k.entries {
		if _, before := k.at[e.Agency()]; !before {
			k.at[e.Agency()] = i
		}
	}
	return k
}

// Named is what is known where members have names beside the book, as a file of an agency's
// own may have: it is called that, and whatever else its entry says stays.
func Named(names map[posada.AgencyID]string, book Book) *Known {
	entries := slices.Clone(book.Entries)
	listed := map[posada.AgencyID]bool{}
	for i, e := range entries {
		if name, has := names[e.Member]; has && e.Member != "" {
			entries[i].Name = Name{EN: name, ES: name}
		}
		listed[e.Member] = true
	}
	for _, id := range slices.Sorted(maps.Keys(names)) {
		if name := names[id]; !listed[id] {
			entries = append(entries, Entry{Member: id, Name: Name{EN: name, ES: name}})
		}
	}
	return Know(entries)
}

// Entries are all that is known; they must not be changed.
func (k *Known) Entries() []Entry { return k.entries }

// Of finds the entry of an agency.
func (k *Known) Of(id posada.AgencyID) (Entry, bool) {
	i, listed := k.at[id]
	if !listed {
		return Entry{}, false
	}
	return k.entries[i], true
}

// Telephoned reports whether an agency is one without a node.
func (k *Known) Telephoned(id posada.AgencyID) bool {
	e, listed := k.Of(id)
	return listed && e.ByPhone()
}

// Name is what an agency is called; its id where nobody knows.
func (k *Known) Name(id posada.AgencyID) string {
	if e, listed := k.Of(id); listed {
		return e.Name.EN
	}
	return string(id)
}

// Find finds the one agency that is called so, in either language, or has this id. Capitals
// and small letters are one, unless two agencies' names differ by no more.
func (k *Known) Find(name string) (posada.AgencyID, bool) {
	name = strings.TrimSpace(name)
	exactly := func(a, b string) bool { return a == b }
	for _, same := range []func(a, b string) bool{exactly, strings.EqualFold} {
		var found []posada.AgencyID
		for _, e := range k.entries {
			if id := e.Agency(); same(e.Name.EN, name) || same(e.Name.ES, name) || string(id) == name {
				found = append(found, id)
			}
		}
		if len(found) == 1 {
			return found[0], true
		}
	}
	return "", false
}
