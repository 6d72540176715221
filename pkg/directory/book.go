package directory

import (
	"errors"
	"fmt"
	"slices"
	"strconv"
	"strings"
	"unicode"

	"github.com/go-json-experiment/json"
	"github.com/go-json-experiment/json/jsontext"

	"github.com/posada-exchange/posada/pkg/oncall"
	"github.com/posada-exchange/posada/pkg/posada"
)

// Errors of a book.
var (
	ErrVersion  = errors.New("a book has a version, from 1")
	ErrOrder    = errors.New("entries stand in the order of their ids")
	ErrSameName = errors.New("two agencies have one name, so that what is for one may go to the other")
	ErrJSON     = errors.New("not JSON, or a field stands twice")
	ErrForm     = errors.New("it is of another form than is wanted there")
	ErrField    = errors.New("there is no such field")
	ErrTwoOf    = errors.New("two entries are of one member")
)

// MaxEntries is how many agencies a book lists: as many by telephone as may be members.
const MaxEntries = 2 * posada.MaxMembers

// Book is the whole directory of a network, as one version. Entries stand in the order
// of their ids, so what is listed has one spelling.
type Book struct {
	Network posada.NetworkID `json:"network"`
	Version uint64           `json:"version"`
	Entries []Entry          `json:"entries"`
}

// Check holds a book and every entry of it against what may be listed. All that is wrong
// is joined.
func (b Book) Check() error {
	var w wrong
	_, err := posada.ParseID[posada.NetworkID](string(b.Network))
	w.is("network", err)
	if b.Version == 0 {
		w.is("version", ErrVersion)
	}
	if len(b.Entries) > MaxEntries {
		w.is("entries", fmt.Errorf("%w (at most %d)", ErrTooMany, MaxEntries))
	}
	if !slices.IsSortedFunc(b.Entries, byID) {
		w.is("entries", ErrOrder)
	}
	ids, members, names := map[ID]bool{}, map[posada.AgencyID]bool{}, map[string]bool{}
	for i, e := range b.Entries {
		where := fmt.Sprintf("entries[%d]", i)
		w.is(where, e.Check())
		listed := append([]ID{e.ID}, idsOf(e.Services)...)
		for _, id := range listed {
			if ids[id] {
				w.is(where, fmt.Errorf("id: %w", ErrTwice))
			}
			ids[id] = true
		}
		if e.Member != "" && members[e.Member] {
			w.is(where, ErrTwoOf)
		}
		members[e.Member] = true
		own := slices.Compact([]string{folded(e.Name.EN), folded(e.Name.ES)})
		for _, name := range own {
			if names[name] {
				w.is(where, ErrSameName)
			}
			names[name] = true
		}
	}
	return errors.Join(w...)
}

// folded is a name as people tell names apart: by letters, not by capitals or spaces.
func folded(name string) string { return strings.Join(strings.Fields(strings.ToLower(name)), " ") }

func byID(a, b Entry) int { return strings.Compare(string(a.ID), string(b.ID)) }

func idsOf(services []Service) (list []ID) {
	for _, s := range services {
		list = append(list, s.ID)
	}
	return list
}

// For is the book as an agency of a class is given it. A distrusted class, and one that
// nobody knows, is given the same version without entries.
func (b Book) For(class posada.AgencyClass) Book {
	if class.Distrusted() {
		b.Entries = []Entry{}
	}
	return b
}

// With is the book with entries, each in the place of the one of its id. An entry that
// does not say which member it is of stays that of the one before it, and of its class
// while it is called the same by the same numbers; nothing else of that stays. The version is the next. What came in has to be checked.
func (b Book) With(entries ...Entry) Book {
	next := Book{Network: b.Network, Version: b.Version + 1, Entries: slices.Clone(b.Entries)}
	for _, e := range entries {
		i := slices.IndexFunc(next.Entries, func(old Entry) bool { return old.ID == e.ID })
		if i < 0 {
			next.Entries = append(next.Entries, e)
			continue
		}
		if e.Member == "" {
			e.Member = next.Entries[i].Member
		}
		if e.Class == "" && e.Called() == next.Entries[i].Called() {
			e.Class = next.Entries[i].Class
		}
		next.Entries[i] = e
	}
	slices.SortStableFunc(next.Entries, byID)
	return next
}

// Read reads a book's JSON, strictly, and checks it. What is wrong are Mistakes.
func Read(text []byte) (Book, error) {
	var b Book
	if err := json.Unmarshal(text, &b, json.RejectUnknownMembers(true)); err != nil {
		return Book{}, fmt.Errorf("read directory: %w", misread(err))
	}
	if err := b.Check(); err != nil {
		return Book{}, fmt.Errorf("read directory: %w", err)
	}
	return b, nil
}

// misread is where JSON is not what it is to be, and why, without what was written.
func misread(err error) *Mistake {
	m := &Mistake{"", ErrJSON}
	if semantic, is := errors.AsType[*json.SemanticError](err); is {
		m.Where = place(semantic.JSONPointer)
		m.Why = ErrForm
	} else if syntactic, is := errors.AsType[*jsontext.SyntacticError](err); is {
		m.Where = place(syntactic.JSONPointer)
	}
	for _, known := range []error{posada.ErrUnknownWord, posada.ErrBadID, oncall.ErrBadClock, ErrID} {
		if errors.Is(err, known) {
			m.Why = known
		}
	}
	if errors.Is(err, json.ErrUnknownName) {
		m.Why = ErrField
	}
	return m
}

// place writes a pointer (RFC 6901) as mistakes say where they are; of the names of fields
// in it, what can be seen.
func place(p jsontext.Pointer) string {
	var where strings.Builder
	for token := range p.Tokens() {
		switch _, err := strconv.Atoi(token); {
		case err == nil:
			where.WriteString("[" + token + "]")
		case where.Len() > 0:
			where.WriteString("." + token)
		default:
			where.WriteString(token)
		}
	}
	return strings.Map(func(r rune) rune {
		if !unicode.IsPrint(r) {
			return -1
		}
		return r
	}, where.String())
}

// Write writes a book as JSON a person can read. One that is wrong is not written.
func Write(b Book) ([]byte, error) {
	if err := b.Check(); err != nil {
		return nil, fmt.Errorf("write directory: %w", err)
	}
	return json.Marshal(b, jsontext.Multiline(true), json.Deterministic(true))
}
