// Package redact builds the least: what is left of a referral's content when
// only allowed categories are kept.
//
// Guarantee: a Minimal holds no field whose category was not in the allow-list
// it was built with, and there is no other way to build one. The zero
// allow-list keeps nothing and the zero Minimal carries nothing. Limit: it
// narrows by category, not by meaning; text typed into the wrong field goes
// where that field goes.
package redact

import (
	"errors"
	"fmt"

	"github.com/posada-exchange/posada/pkg/htcds"
	"github.com/posada-exchange/posada/pkg/jose"
	"github.com/posada-exchange/posada/pkg/posada"
	"github.com/posada-exchange/posada/pkg/referral"
)

// MaxData is the largest Data in bytes. With grant, signature and base64 around
// it, it fits the largest envelope.
const MaxData = 256 << 10

// Errors of reducing.
var (
	ErrNothingLeft = errors.New("nothing of this content may be carried")
	ErrTooLarge    = errors.New("this content is larger than an envelope holds")
)

// Minimal is content that was narrowed. Only Reduce makes one.
type Minimal struct {
	content referral.Content
	carried posada.Set[posada.Category]
	data    []byte
}

// String hides the content from every log line and error.
func (Minimal) String() string { return "(redacted)" }

// GoString hides the content from %#v.
func (Minimal) GoString() string { return "(redacted)" }

// Reduce keeps of the content what allow covers. The second result lists the
// fields that were left out. Fields that are not data about her (the referring
// worker's name) are kept where anything is.
func Reduce(content referral.Content, allow posada.Set[posada.Category]) (Minimal, []referral.Place, error) {
	kept, left := Narrow(content, allow)
	carried := kept.Categories()
	if carried.Empty() {
		return Minimal{}, left, ErrNothingLeft
	}
	data, err := jose.Marshal(kept)
	if err != nil {
		return Minimal{}, left, fmt.Errorf("write minimal content: %w", err)
	}
	if len(data) > MaxData {
		return Minimal{}, left, ErrTooLarge
	}
	return Minimal{content: kept, carried: carried, data: data}, left, nil
}

// Narrow is what Reduce keeps and leaves out, for somebody here to look at. It
// cannot leave: only a Minimal does.
func Narrow(content referral.Content, allow posada.Set[posada.Category]) (referral.Content, []referral.Place) {
	kept := referral.Content{Purpose: content.Purpose}
	if allow.Has(posada.CategoryNeeds) {
		kept.Services, kept.Priority, kept.Need = content.Services, content.Priority, content.Need
	}
	var left []referral.Place
	fields := make([]map[string]string, len(content.Records))
	content.Each(func(at referral.Place, field htcds.Field, value string) {
		if field.About && !allow.Has(field.Category) {
			left = append(left, at)
			return
		}
		if fields[at.Record] == nil {
			fields[at.Record] = map[string]string{}
		}
		fields[at.Record][at.Field] = value
	})
	for i, r := range content.Records {
		if fields[i] != nil {
			kept.Records = append(kept.Records, referral.Record{Role: r.Role, Fields: fields[i]})
		}
	}
	return kept, left
}

// Content is what is left; it must not be changed.
func (m Minimal) Content() referral.Content { return m.content }

// Categories is every category the content holds data of.
func (m Minimal) Categories() posada.Set[posada.Category] { return m.carried }

// Data is the content as canonical JSON: the very bytes that travel. It must
// not be changed.
func (m Minimal) Data() []byte { return m.data }
