package pdp

import (
	"context"
	"fmt"
	"maps"
	"slices"

	"github.com/go-json-experiment/json"

	"github.com/posada-exchange/posada/pkg/matrix"
	"github.com/posada-exchange/posada/pkg/posada"
)

// Facts is one question that an agency's node decides: one of its fields, and nothing in
// the others. It is comparable and finite: words of vocabularies and sets of them, and
// neither content nor an identifier.
type Facts struct {
	Disclosure Disclosure `json:"disclose,omitzero"`
	Reception  Reception  `json:"receive,omitzero"`
	Passing    Passing    `json:"onward,omitzero"`
	Asking     Asking     `json:"ask,omitzero"`
}

// Entry is the entry point that answers: disclose, receive, onward or ask; empty where
// nothing is asked.
func (f Facts) Entry() string {
	switch {
	case f.Disclosure != Disclosure{}:
		return entryDisclose
	case f.Reception != Reception{}:
		return entryReceive
	case f.Passing != Passing{}:
		return entryOnward
	case f.Asking != Asking{}:
		return entryAsk
	}
	return ""
}

// Asked is the categories the question is about.
func (f Facts) Asked() posada.Set[posada.Category] {
	return f.Disclosure.Asked | f.Reception.Carried | f.Passing.Asked | f.Asking.Asked
}

// Cell is where the table says what of a category is lawful. To an Asking, which has two,
// it is the first of them.
func (f Facts) Cell(c posada.Category) matrix.Cell {
	switch f.Entry() {
	case entryDisclose:
		return matrix.Cell{Class: f.Disclosure.Recipient.Class, Purpose: f.Disclosure.Purpose, Category: c}
	case entryReceive:
		return matrix.Cell{Class: f.Reception.Self.Class, Purpose: f.Reception.Purpose, Category: c}
	case entryOnward:
		return matrix.Cell{Class: f.Passing.Recipient.Class, Purpose: f.Passing.Purpose, Category: c}
	case entryAsk:
		return matrix.Cell{Class: f.Asking.Recipient.Class, Purpose: posada.PurposeShelter, Category: c}
	}
	return matrix.Cell{}
}

// Text writes facts for keeping: what is empty is left out.
func (f Facts) Text() ([]byte, error) {
	text, err := json.Marshal(f, json.OmitZeroStructFields(true), json.Deterministic(true))
	if err != nil {
		return nil, fmt.Errorf("write facts: %w", err)
	}
	return text, nil
}

// ReadFacts reads what Text wrote. A word that is in no vocabulary is an error.
func ReadFacts(text []byte) (f Facts, err error) {
	if err := json.Unmarshal(text, &f, json.RejectUnknownMembers(true)); err != nil {
		return Facts{}, fmt.Errorf("read facts: %w", err)
	}
	return f, nil
}

// Fact is one fact by the name the rules have for it, without input, and the words it
// says: one, or those of a set.
type Fact struct {
	Fact  string
	Words []string
}

// List is every fact there is, by name.
func (f Facts) List() (list []Fact) {
	text, err := json.Marshal(f)
	var tree map[string]map[string]any
	if err == nil {
		err = json.Unmarshal(text, &tree)
	}
	if err != nil {
		return nil // words and sets of words are always written, and read as they are
	}
	return factsOf("", tree[f.Entry()])
}

func factsOf(path string, tree map[string]any) (list []Fact) {
	for _, name := range slices.Sorted(maps.Keys(tree)) {
		switch said := tree[name].(type) {
		case map[string]any:
			list = append(list, factsOf(path+name+".", said)...)
		case string:
			list = append(list, Fact{path + name, []string{said}})
		case []any:
			words := []string{}
			for _, w := range said {
				words = append(words, fmt.Sprint(w))
			}
			list = append(list, Fact{path + name, words})
		}
	}
	return list
}

// Decide answers any of the questions. What is taken in has no limit of days.
func (e *Engine) Decide(ctx context.Context, f Facts) (Permit, error) {
	switch f.Entry() {
	case entryDisclose:
		return e.Disclose(ctx, f.Disclosure)
	case entryReceive:
		admission, err := e.Receive(ctx, f.Reception)
		return Permit(admission), err
	case entryOnward:
		return e.Onward(ctx, f.Passing)
	case entryAsk:
		return e.Ask(ctx, f.Asking)
	}
	return Permit{}, fmt.Errorf("%w: nothing is asked", ErrNoReply)
}
