package event

import (
	"fmt"
	"time"

	"github.com/go-json-experiment/json"
	"github.com/go-json-experiment/json/jsontext"

	"github.com/posada-exchange/posada/pkg/consent"
	"github.com/posada-exchange/posada/pkg/jose"
	"github.com/posada-exchange/posada/pkg/posada"
)

// specVersion is the CloudEvents version our attributes are of.
const specVersion = "1.0"

// maxSeq is the last place a sequence can have: JSON is exact up to it.
const maxSeq = 1 << 53

// sourcePrefix makes an agency's id the URI reference that CloudEvents wants
// as source.
const sourcePrefix = "posada:"

// wire is a statement as JSON. CloudEvents 1.0 attributes first; kind, seq,
// prev, grant and obligations are extension attributes.
type wire struct {
	SpecVersion string               `json:"specversion"`
	ID          posada.EventID       `json:"id"`
	Source      string               `json:"source"`
	Type        Type                 `json:"type"`
	Subject     posada.ReferralID    `json:"subject,omitzero"`
	Time        time.Time            `json:"time"`
	ContentType string               `json:"datacontenttype,omitzero"`
	Kind        Kind                 `json:"kind"`
	Seq         uint64               `json:"seq,omitzero"`
	Prev        posada.EventID       `json:"prev,omitzero"`
	Grant       string               `json:"grant,omitzero"`
	Obligations *consent.Obligations `json:"obligations,omitzero"`
	Data        jsontext.Value       `json:"data,omitzero"`
}

// Place is a statement's place in the sequence of statements from one agency
// to another: its number from 1, and the jti of the one before.
type Place struct {
	Seq  uint64         `json:"seq"`
	Prev posada.EventID `json:"prev,omitzero"`
}

// Statement is what travels: an event in its place, said by its source. It is
// made by Event.In or read from a payload.
type Statement struct{ w wire }

// In gives the event its source and its place. Receipts, fillers and keep-alives
// have the zero place.
func (e Event) In(source posada.AgencyID, p Place) (Statement, error) {
	kind, _ := e.typ.kind()
	w := wire{
		SpecVersion: specVersion, ID: e.id, Source: sourcePrefix + string(source), Type: e.typ,
		Subject: e.subject, Time: e.at, Kind: kind, Seq: p.Seq, Prev: p.Prev,
		Grant: e.grant, Obligations: e.obligations, Data: e.data,
	}
	if e.data != nil {
		w.ContentType = "application/json"
	}
	s := Statement{w: w}
	return s, s.check(source)
}

// MarshalJSONTo writes the statement as part of a payload.
func (s Statement) MarshalJSONTo(enc *jsontext.Encoder) error { return json.MarshalEncode(enc, s.w) }

// UnmarshalJSONFrom reads a statement as strictly as the payload it stands in;
// whose it is, Check says.
func (s *Statement) UnmarshalJSONFrom(dec *jsontext.Decoder) error {
	return json.UnmarshalDecode(dec, &s.w)
}

// String hides the statement from every log line and error.
func (Statement) String() string { return "(redacted)" }

// GoString hides the statement from %#v.
func (Statement) GoString() string { return "(redacted)" }

// Check holds a statement that was read against what its type needs, and its
// source against who signed it.
func (s Statement) Check(signedBy posada.AgencyID) error { return s.check(signedBy) }

func (s Statement) check(source posada.AgencyID) error {
	w := s.w
	kind, known := w.Type.kind()
	disclosure := kind == KindEvent
	hasData := len(w.Data) > 0
	switch {
	case !known, w.Kind != kind, w.SpecVersion != specVersion, w.ID == "",
		w.Source != sourcePrefix+string(source), source == "",
		w.Time.IsZero() || w.Time.Location() != time.UTC || w.Time.Nanosecond() != 0,
		(w.ContentType == "application/json") != hasData || (w.ContentType == "") == hasData,
		(w.Seq > 0) != w.Type.Sequenced(), w.Seq > maxSeq, (w.Prev != "") != (w.Seq > 1),
		(w.Grant != "") != disclosure, (w.Obligations != nil) != disclosure,
		(w.Subject != "") != w.Type.about(), hasData != w.Type.says():
		return ErrShape
	}
	return nil
}

// ID is the jti.
func (s Statement) ID() posada.EventID { return s.w.ID }

// Type is what the statement means.
func (s Statement) Type() Type { return s.w.Type }

// Subject is the referral it is about; empty where there is none.
func (s Statement) Subject() posada.ReferralID { return s.w.Subject }

// Time is when its sender made it, by the sender's clock.
func (s Statement) Time() time.Time { return s.w.Time }

// Place is its place in the sequence.
func (s Statement) Place() Place { return Place{Seq: s.w.Seq, Prev: s.w.Prev} }

// Grant is the compact grant; empty on a notice.
func (s Statement) Grant() string { return s.w.Grant }

// Obligations are what the recipient must keep; the zero value on a notice.
func (s Statement) Obligations() consent.Obligations {
	if s.w.Obligations == nil {
		return consent.Obligations{}
	}
	return *s.w.Obligations
}

// Data is the data as it was signed; it must not be changed.
func (s Statement) Data() []byte { return s.w.Data }

// Read reads the data into v, strictly.
func (s Statement) Read(v any) error {
	return read(s.w.Data, v)
}

func read(data []byte, v any) error {
	if err := jose.Unmarshal(data, v); err != nil {
		return fmt.Errorf("read statement: %w", err)
	}
	return nil
}

// Store writes an event for the outbox.
func (e Event) Store() ([]byte, error) {
	return jose.Marshal(wire{
		ID: e.id, Type: e.typ, Subject: e.subject, Time: e.at,
		Grant: e.grant, Obligations: e.obligations, Data: e.data,
	})
}

// Restore reads what Store wrote. It believes its bytes: they come from the
// vault, where only Store's are put.
func Restore(text []byte) (Event, error) {
	var w wire
	if err := jose.Unmarshal(text, &w); err != nil {
		return Event{}, fmt.Errorf("restore event: %w", err)
	}
	return Event{
		id: w.ID, typ: w.Type, at: w.Time, subject: w.Subject,
		grant: w.Grant, obligations: w.Obligations, data: w.Data,
	}, nil
}
