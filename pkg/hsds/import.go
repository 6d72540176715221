package hsds

import (
	"cmp"
	"errors"
	"fmt"
	"maps"
	"slices"
	"strings"
	"time"

	"github.com/go-json-experiment/json"

	"github.com/posada-exchange/posada/pkg/directory"
	"github.com/posada-exchange/posada/pkg/posada"
)

// In is what a person says of a file that does not say it itself.
type In struct {
	Now     time.Time
	Terms   map[Term]posada.ServiceType // what the terms of another taxonomy are here
	Zone    directory.Zone              // the clock of hours that name none
	Country string                      // the telephone code of numbers that have none: +1
	Locate  Locate                      // needed where there are hours
}

// Taken is what was taken from a file, and what was not.
type Taken struct {
	Entries  []directory.Entry   // in the order of their ids; each as Entry.Check wants it, if it is a member's or has a number
	Readings []directory.Reading // in the order of the file
	Left     []Left              // what was not taken, in the order it was found
	Unread   map[string]int      // fields there is no place for here, as in service.fees: how often
}

// Import reads a service, a list of services or a page of the API. An error is that the
// file is none; whatever is wrong within one is Left. The entries say of no agency which
// member it is (directory.Book.With keeps what was known).
func Import(text []byte, in In) (Taken, error) {
	if len(text) > MaxBytes {
		return Taken{}, fmt.Errorf("read HSDS: %w", ErrLarge)
	}
	var whole any
	if err := json.Unmarshal(text, &whole); err != nil {
		return Taken{}, fmt.Errorf("read HSDS: %w: %w", ErrJSON, err)
	}
	r := &reading{in: in}
	services, err := r.services(whole)
	if err != nil {
		return Taken{}, fmt.Errorf("read HSDS: %w", err)
	}
	f := found{reading: r, agencies: map[directory.ID]*agency{}, services: map[directory.ID]bool{}}
	for _, n := range services {
		f.service(n)
	}
	taken := Taken{}
	for _, id := range slices.Sorted(maps.Keys(f.agencies)) {
		a := f.agencies[id]
		if e, ok := f.entry(a); ok {
			taken.Entries = append(taken.Entries, e)
			taken.Readings = append(taken.Readings, a.readings...)
		}
	}
	taken.Left, taken.Unread = r.left, r.untaken()
	return taken, nil
}

// services finds the list of services, in whichever of three forms it comes.
func (r *reading) services(whole any) (nodes []node, err error) {
	list, is := whole.([]any)
	path := "$"
	if members, object := whole.(map[string]any); object {
		contents, has := members["contents"].([]any)
		_, one := members["id"]
		switch {
		case has:
			list, path = contents, "$.contents"
		case one:
			n, _ := r.node("service", "$", whole)
			return []node{n}, nil
		default:
			return nil, ErrShape
		}
	} else if !is {
		return nil, ErrShape
	}
	for i, one := range list {
		if n, is := r.node("service", fmt.Sprintf("%s[%d]", path, i), one); is {
			nodes = append(nodes, n)
		}
	}
	return nodes, nil
}

// found is what was found so far.
type found struct {
	*reading
	agencies map[directory.ID]*agency
	services map[directory.ID]bool
}

// agency is an organization as the services of a file tell of it.
type agency struct {
	entry     directory.Entry
	path      string // where it was found first
	public    bool   // the file says, in our terms, that it is not confidential
	secret    bool   // it says that it is, or a service of it was left out, which may give a place to be
	locations []node
	readings  []directory.Reading
}

// agency takes in what a service says of its organization.
func (f *found) agency(n node) *agency {
	org, is := n.inner("organization", "organization")
	if !is {
		n.leave("organization", ErrMissing, n.text("organization_id"))
		return nil
	}
	id, err := directory.ParseID(strings.ToLower(org.text("id")))
	if err != nil {
		org.leave("id", err, "")
		return nil
	}
	a, known := f.agencies[id]
	if !known {
		a = &agency{entry: directory.Entry{ID: id}, path: org.path}
		f.agencies[id] = a
	}
	of := org.only(kindConfidential, kindName)
	a.public = a.public || slices.Contains(of[kindConfidential], no)
	a.secret = a.secret || slices.ContainsFunc(of[kindConfidential], func(w string) bool { return w != no })
	f.name(a, org, slices.Contains(of[kindName], spanish))
	a.entry.Email = f.one(org, "email", a.entry.Email, directory.CheckEmail)
	f.phones(a, org)
	a.locations = append(a.locations, org.list("locations", "location")...)
	return a
}

// name takes in how an organization is called.
func (f *found) name(a *agency, org node, isSpanish bool) {
	name := directory.Name{EN: org.text("name")}
	name.ES = name.EN
	if other := org.text("alternate_name"); other != "" && isSpanish {
		name.ES = other
	} else if other != "" {
		org.leave("alternate_name", ErrNobodysName, other)
	}
	switch before := a.entry.Name; {
	case before == directory.Name{}:
		a.entry.Name = name
	case before != name && name.EN != "":
		org.leave("name", ErrSeveral, name.EN)
	}
}

// one is the one text there may be of its kind: the one before, or what stands here.
func (f *found) one(n node, name, before string, check func(string) error) string {
	text := n.text(name)
	if text == "" || text == before {
		return before
	}
	if err := check(text); err != nil {
		n.leave(name, err, "")
		return before
	}
	if before != "" {
		n.leave(name, ErrSeveral, "")
		return before
	}
	return text
}

// entry is what an agency is after all of a file was read. One without a service, or that
// may not be listed, is left out.
func (f *found) entry(a *agency) (directory.Entry, bool) {
	e := &a.entry
	e.Confidential = !a.public || a.secret || e.GivesPlace()
	e.Address = f.address(a)
	if len(e.Services) == 0 {
		f.leave(a.path, ErrNoType, e.Name.EN)
		return *e, false
	}
	// An imported entry says of nobody which member it is, so it wants a number to call;
	// a member's needs none, and whoever knows it for one keeps that.
	if err := f.check(*e); err != nil {
		f.leave(a.path, err, e.Name.EN)
		return *e, false
	}
	return *e, true
}

// check is Entry.Check but for what only the book knows: whether it is a member's.
func (f *found) check(e directory.Entry) error {
	if len(e.Phones) == 0 {
		e.Member = posada.IDFrom[posada.AgencyID]([16]byte{})
	}
	return e.Check()
}

// address is the one place where an agency receives people; none where there are several,
// and none of an agency that is, or may be, confidential.
func (f *found) address(a *agency) (found directory.Address) {
	several := false
	for _, l := range a.locations {
		if a.entry.Confidential {
			f.leave(l.path, ErrHeldBack, "")
			l.keepClosed()
			continue
		}
		if kind := l.text("location_type"); kind != physical {
			f.leave(l.path, ErrNotPhysical, kind)
			continue
		}
		for _, n := range l.list("addresses", "address") {
			at := directory.Address{
				Street: n.text("address_1"), City: n.text("city"), State: n.text("state_province"), Postal: n.text("postal_code"), Country: strings.ToUpper(n.text("country")),
			}
			if more := n.text("address_2"); more != "" {
				at.Street += ", " + more
			}
			switch err := at.Check(); {
			case n.text("address_type") != physical:
				f.leave(n.path, ErrNotPhysical, "")
			case err != nil:
				f.leave(n.path, err, "")
			case found != directory.Address{} && found != at:
				several = true
				f.leave(n.path, ErrSeveral, "")
			default:
				found = at
			}
		}
	}
	if several {
		return directory.Address{}
	}
	return found
}

// keepClosed marks a location as looked at, since that it was left out is said already.
func (n node) keepClosed() {
	for name := range n.members {
		n.taken[name] = true
	}
}

// ErrNotPhysical says that nobody is received at an address.
var ErrNotPhysical = errors.New("not an address at which people are received")

// sorted are the paths of a map in the order of a file, roughly: by length and letters.
func sorted[T any](of map[string]T) []string {
	return slices.SortedFunc(maps.Keys(of), func(a, b string) int {
		return cmp.Or(cmp.Compare(len(a), len(b)), strings.Compare(a, b))
	})
}
