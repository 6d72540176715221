// Package signing makes, of a consent as people put it together, the form that is read
// aloud and signed, and of what was sent the account that is read to the person.
//
// Guarantee: a form is refused in the sentences the node would say when the consent is
// recorded, so that nobody signs what is refused afterwards, and its mark changes with
// anything that is agreed to. There is no I/O here. Limit: what the network lets an agency
// receive is the node's to say; this does not ask.
package signing

import (
	"encoding/json"
	"errors"
	"time"

	"github.com/posada-exchange/posada/pkg/client"
	"github.com/posada-exchange/posada/pkg/papers"
	"github.com/posada-exchange/posada/pkg/posada"
)

// Errors of a form.
var (
	ErrText      = errors.New("another text is read than the form has")
	ErrCondition = errors.New("signing may be a condition")
)

// Node is what a form says of the agency that makes it.
type Node struct {
	Agency  string // who asks
	Hub     string // who carries what is sent
	Members []client.Agency
	Minors  []client.Alone // what minors may agree to alone, and whom it may be told
}

// Form is what the form says of a consent that is about to be given now.
func Form(in client.NewConsent, n Node, now time.Time) (papers.Form, error) {
	if in.TextVersion != papers.FormVersion {
		return papers.Form{}, ErrText
	}
	mark, err := Mark(in)
	if err != nil {
		return papers.Form{}, err
	}
	r := reader{members: n.Members}
	form := r.form(in, now)
	form.Tells = Alone{form.GivenBy, posada.Jurisdiction(in.Jurisdiction), posada.AgeBand(in.AgeBand), form.Services}.Tells(n.Minors)
	form.Agency, form.Hub, form.Mark = n.Agency, n.Hub, mark
	return form, r.err
}

// Mark is the mark of a form that is made from a consent. Where it will be filed
// is not what is agreed to, and what she was told and who agreed beside her is
// known only when it was read: the form asks for all of it.
func Mark(in client.NewConsent) (string, error) {
	in.Case, in.Form, in.Informed, in.Assent, in.Conflict = "", "", nil, "", ""
	text, err := json.Marshal(in)
	return papers.Mark(text), err
}
