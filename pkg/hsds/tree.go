package hsds

import (
	"errors"
	"fmt"
	"strings"
	"unicode"
)

// Left is something of a file that was not taken, and why. Its error is one of this
// package or of pkg/directory.
type Left struct {
	Path string // where it stands: $.contents[0].schedules[1] (RFC 9535)
	Why  error
	Name string // what it calls itself there: a term, a language; at most 80 bytes, may be empty
}

func (l Left) String() string {
	if l.Name == "" {
		return l.Path + ": " + l.Why.Error()
	}
	return l.Path + " (" + l.Name + "): " + l.Why.Error()
}

// Errors of the parts of a file.
var (
	ErrNotText     = errors.New("want text")
	ErrNotNumber   = errors.New("want a number")
	ErrNotList     = errors.New("want a list")
	ErrNotObject   = errors.New("want an object")
	ErrMissing     = errors.New("it is missing")
	ErrTerm        = errors.New("a term that means nothing here")
	ErrNoType      = errors.New("none of the service's terms says which service it is")
	ErrNotActive   = errors.New("the service is not active")
	ErrHours       = errors.New("not plain hours of a week: WEEKLY, days, from a time until another")
	ErrNoClock     = errors.New("nothing says by which zone's clock, or another than is written")
	ErrLanguage    = errors.New("not a code of ISO 639-1 or 639-3")
	ErrArea        = errors.New("no code of ISO 3166 says which area it is")
	ErrPhone       = errors.New("not a telephone number with its country's code")
	ErrNotVoice    = errors.New("a number that nobody answers by voice")
	ErrAges        = errors.New("of a band of ages only some are taken")
	ErrUnit        = errors.New("not counted in beds or places")
	ErrWhen        = errors.New("not a time as RFC 3339 has it")
	ErrSeveral     = errors.New("there are several that differ, and nothing says which")
	ErrHeldBack    = errors.New("an address, which is taken only of an agency that the file says is not confidential")
	ErrNobodysName = errors.New("an alternate name of which nothing says that it is the Spanish one")
)

// node is an object of a file, with where it stands.
type node struct {
	r       *reading
	kind    string // as the standard calls it
	path    string
	members map[string]any
	taken   map[string]bool
}

// reading is one file being read.
type reading struct {
	in    In
	left  []Left
	nodes []node
}

func (r *reading) leave(path string, why error, name string) {
	r.left = append(r.left, Left{path, why, shown(name)})
}

// shown is a text of a file as it may stand in a message: what is seen of it, cut short.
func shown(text string) string {
	text = strings.Map(func(r rune) rune {
		if !unicode.IsGraphic(r) || unicode.Is(unicode.Co, r) {
			return -1
		}
		return r
	}, text)
	const most = 80
	for len(text) > most {
		cut := []rune(text)
		text = string(cut[:min(len(cut)-1, most)])
	}
	return text
}

func (r *reading) node(kind, path string, value any) (node, bool) {
	members, is := value.(map[string]any)
	if !is {
		r.leave(path, ErrNotObject, "")
		return node{}, false
	}
	n := node{r, kind, path, members, map[string]bool{"id": true}} // what it is called is nobody's loss
	r.nodes = append(r.nodes, n)
	return n, true
}

// untaken counts the fields that nothing asked for, by object and field.
func (r *reading) untaken() map[string]int {
	count := map[string]int{}
	for _, n := range r.nodes {
		for name, value := range n.members {
			if value != nil && !n.taken[name] {
				count[shown(n.kind+"."+name)]++
			}
		}
	}
	return count
}

func (n node) at(name string) string { return n.path + "." + name }

func (n node) leave(name string, why error, called string) { n.r.leave(n.at(name), why, called) }

// value is a member, and whether there is one that is not null.
func (n node) value(name string) (any, bool) {
	n.taken[name] = true
	value := n.members[name]
	return value, value != nil
}

// text is a member that is text, without spaces around it; empty where there is none.
func (n node) text(name string) string {
	value, is := n.value(name)
	text, right := value.(string)
	if is && !right {
		n.leave(name, ErrNotText, "")
	}
	return strings.TrimSpace(text)
}

// number is a member that is a number, and whether there is one.
func (n node) number(name string) (float64, bool) {
	value, is := n.value(name)
	number, right := value.(float64)
	if is && !right {
		n.leave(name, ErrNotNumber, "")
	}
	return number, right
}

// list are the objects of a member that is a list.
func (n node) list(name, kind string) (nodes []node) {
	value, is := n.value(name)
	list, right := value.([]any)
	if is && !right {
		n.leave(name, ErrNotList, "")
	}
	for i, one := range list {
		if inner, is := n.r.node(kind, fmt.Sprintf("%s[%d]", n.at(name), i), one); is {
			nodes = append(nodes, inner)
		}
	}
	return nodes
}

// inner is a member that is an object, and whether there is one.
func (n node) inner(name, kind string) (node, bool) {
	value, is := n.value(name)
	if !is {
		return node{}, false
	}
	return n.r.node(kind, n.at(name), value)
}

// Term is a term of somebody's taxonomy.
type Term struct {
	Taxonomy string `json:"taxonomy"`
	Code     string `json:"code"`
}

// terms are our own words among the attributes, and everybody else's terms, each with
// where it stands.
func (n node) terms() (own map[string]word, others map[string]Term) {
	own, others = map[string]word{}, map[string]Term{}
	for _, a := range n.list("attributes", "attribute") {
		term, is := a.inner("taxonomy_term", "taxonomy_term")
		if !is {
			a.leave("taxonomy_term", ErrMissing, a.text("taxonomy_term_id"))
			continue
		}
		t := Term{term.text("taxonomy"), term.text("code")}
		if detail, is := term.inner("taxonomy_detail", "taxonomy"); is && t.Taxonomy == "" {
			t.Taxonomy = detail.text("name")
		}
		kind, said, has := strings.Cut(t.Code, ":")
		if t.Taxonomy == Taxonomy && has {
			own[term.path] = word{kind, said}
			continue
		}
		if name := term.text("name"); t.Code == "" {
			t.Code = name
		}
		others[term.path] = t
	}
	return own, others
}

// only are our own words of one kind; every other term of an object is left out.
func (n node) only(kinds ...string) (of map[string][]string) {
	own, others := n.terms()
	of = map[string][]string{}
	for _, path := range sorted(own) {
		w := own[path]
		known := false
		for _, kind := range kinds {
			known = known || kind == w.kind
		}
		if !known {
			n.r.leave(path, ErrTerm, w.kind+":"+w.word)
			continue
		}
		of[w.kind] = append(of[w.kind], w.word)
	}
	for _, path := range sorted(others) {
		n.r.leave(path, ErrTerm, others[path].Taxonomy+" "+others[path].Code)
	}
	return of
}
